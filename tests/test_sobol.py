"""Sobol indices: functions whose indices are known, the same again from the same seed, and told in words."""

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from conftest import make_scenario
from test_explain import EDIT, ranged

from apstra import report
from apstra.assessment import explain
from apstra.assessment.differences import risks_proposed, side_by_side
from apstra.assessment.live import live
from apstra.assessment.sobol import explained, points, sobol
from apstra.recall import Recall
from apstra.uncertainty import random_stream

RANGES = {"circuity": (1, 2), "donor_speed": (70, 90), "turnout_minutes": (1, 9)}
POINTS = {"circuity": (1, 1.3, 2), "donor_speed": (70, 80, 90), "turnout_minutes": (1, 3, 9)}


def moments(low, mode, high):
    """Return mean and variance of a PERT distribution (Vose 2008, Risk Analysis, section 12.3)."""
    mean = (low + 4 * mode + high) / 6
    return mean, (mean - low) * (high - mean) / 7


def additive(_tables, scenario):
    return 10 * scenario.value("circuity") - scenario.value("donor_speed") + 2 * scenario.value("turnout_minutes")


def product(_tables, scenario):
    return scenario.value("circuity") * scenario.value("turnout_minutes")


def test_the_ishigami_function_has_its_published_indices():
    # Ishigami and Homma (1990), a = 7, b = 0.1. At N = 1024 the standard error is 0.008; the worst of 60 is 0.033.
    rng = random_stream(1, "ishigami")
    x = math.pi * (2 * points(3, 1024, rng) - 1)
    values = np.sin(x[:, 0]) + 7 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0])
    found = explained("ishigami", pd.DataFrame({"name": ["x1", "x2", "x3"]}), values, rng)
    assert found.indices["name"].tolist() == ["x1", "x2", "x3"]
    assert found.indices["first"].tolist() == pytest.approx([0.313905, 0.442411, 0], abs=0.03)
    assert found.indices["total"].tolist() == pytest.approx([0.557589, 0.442411, 0.243684], abs=0.03)
    assert found.interaction == pytest.approx(0.243684, abs=0.05)
    assert found.variance == pytest.approx(49 / 8 + 0.1 * math.pi**4 / 5 + 0.01 * math.pi**8 / 18 + 0.5, rel=0.02)
    assert (found.samples, found.evaluations) == (1024, 5120)
    assert found.indices["first_confidence"].between(0.02, 0.1).all()
    assert found.indices["total_confidence"].between(0.01, 0.12).all()
    assert 0.05 < found.interaction_confidence < 0.2


def test_of_a_sum_each_explains_its_own_variance_and_no_more():
    found = sobol({}, ranged(**RANGES), "any", names=list(RANGES), samples=1024, measured=additive)
    parts = {"circuity": 10, "donor_speed": -1, "turnout_minutes": 2}
    variance = {name: weight**2 * moments(*POINTS[name])[1] for name, weight in parts.items()}
    whole = sum(variance.values())
    rows = found.indices.set_index("name")
    for name, own in variance.items():
        assert rows.loc[name, "first"] == pytest.approx(own / whole, abs=0.03)
        assert rows.loc[name, "total"] == pytest.approx(own / whole, abs=0.03)
    assert found.variance == pytest.approx(whole, rel=0.02)
    assert found.interaction == pytest.approx(0, abs=0.05)
    assert found.indices["total"].is_monotonic_decreasing
    assert rows.loc["circuity", ["meaning", "unit", "low", "high"]].tolist() == ["circuity", "ratio", 1, 2]


def test_of_a_product_what_neither_explains_alone_is_interaction():
    found = sobol({}, ranged(**RANGES), "any", names=["circuity", "turnout_minutes"], samples=1024, measured=product)
    (m, v), (n, w) = (moments(*POINTS[name]) for name in ("circuity", "turnout_minutes"))
    whole = v * w + v * n**2 + w * m**2
    rows = found.indices.set_index("name")
    assert rows.loc["circuity", "first"] == pytest.approx(v * n**2 / whole, abs=0.03)
    assert rows.loc["circuity", "total"] == pytest.approx((v * n**2 + v * w) / whole, abs=0.03)
    assert found.interaction == pytest.approx(v * w / whole, abs=0.05)


def test_the_same_seed_gives_the_same_indices_and_leaves_the_global_generator_alone():
    scenario, before = ranged(**RANGES), str(np.random.get_state())  # noqa: NPY002
    first, again, other = (
        sobol({}, each, "any", samples=16, measured=additive)
        for each in (scenario, scenario, replace(scenario, seed=scenario.seed + 1))
    )
    pd.testing.assert_frame_equal(first.indices, again.indices)
    assert not first.indices["total"].equals(other.indices["total"])
    assert str(np.random.get_state()) == before  # noqa: NPY002


def test_only_the_ten_that_move_the_figure_range_and_only_within_their_ranges():
    few = ranged(**RANGES, presence_share=(0.7, 0.9)).with_values(turnout_minutes=2.0)
    seen = []

    def measured(_tables, scenario):
        seen.append({name: scenario.value(name) for name in few.assumptions})
        return additive(_tables, scenario)

    found = sobol({}, few, "any", samples=16, measured=measured)
    assert set(found.indices["name"]) == {"circuity", "donor_speed"}
    assert (found.evaluations, len(seen)) == (64, 64 + 7)
    sample = pd.DataFrame(seen[7:])
    assert sample["circuity"].between(1, 2).all()
    assert sample["donor_speed"].between(70, 90).all()
    assert sample.drop(columns=["circuity", "donor_speed"]).nunique().eq(1).all()
    names = [name for name in make_scenario().assumptions if name.startswith("aid_")]
    names += ["circuity", "speed_urban", "speed_rural", "speed_upland"]
    many = ranged(**dict.fromkeys(names, (0, 100)))
    rank = {name: place for place, name in enumerate(names)}
    found = sobol({}, many, "any", samples=2, measured=lambda _, given: sum(rank[n] * given.value(n) for n in names))
    assert len(names) > explain.MOST
    assert set(found.indices["name"]) == set(names[-explain.MOST :])


def test_a_figure_that_nothing_moves_has_no_variance():
    scenario = ranged(**RANGES)
    found = sobol({}, scenario, "any", names=["circuity", "donor_speed"], samples=4, measured=lambda *_: 0.1)
    assert found.indices[["first", "first_confidence", "total", "total_confidence"]].eq(0).all(axis=None)
    assert (len(found.indices), found.variance, found.interaction, found.evaluations) == (2, 0, 0, 16)
    none = sobol({}, scenario, "any", measured=lambda *_: 0.1)
    assert (len(none.indices), none.variance, none.evaluations) == (0, 0, 0)
    assert {"name", "meaning", "first", "total_confidence"} < set(none.indices)


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"names": ["speeed"]}, "names must be assumptions, not speeed"),
        ({"names": []}, "at least one assumption with a range must vary, not 0"),
        ({"names": ["presence_share"]}, "at least one assumption with a range must vary, not 0"),
        ({"samples": 48}, "samples must be a power of two from 2, not 48"),
        ({"samples": 1}, "samples must be a power of two from 2, not 1"),
        ({"samples": 0}, "samples must be a power of two from 2, not 0"),
        ({"measured": lambda *_: math.nan}, "any is not known under this scenario"),
        ({"measured": lambda *_: math.nan, "names": ["circuity"]}, "any must be known wherever its assumptions range"),
    ],
)
def test_what_cannot_be_explained_is_refused(asked, told):
    with pytest.raises(ValueError, match=told):
        sobol({}, ranged(**RANGES), "any", **{"measured": additive, "samples": 4, **asked})


def test_it_tells_how_far_it_is_in_one_count_and_stops_when_asked():
    told = []
    given = {"samples": 4, "measured": additive, "progress": lambda done, of: told.append((done, of))}
    sobol({}, ranged(**RANGES, presence_share=(0.7, 0.9)), "any", **given)
    # One and two ends of four; then three that move it, of four that might.
    assert told == [(step, 9 + 24) for step in range(1, 10)] + [(step, 9 + 20) for step in range(10, 30)]
    told.clear()
    sobol({}, ranged(**RANGES), "any", names=["circuity"], **given)
    assert told == [(step, 12) for step in range(1, 13)]
    for stop in (3, 20):
        told.clear()
        assert sobol({}, ranged(**RANGES), "any", cancelled=lambda stop=stop: len(told) == stop, **given) is None
        assert len(told) == stop


def test_every_step_is_given_the_same_tables_where_the_edits_are_the_same(worked):
    tables, _ = worked
    seen = []
    measured = lambda tables, given: seen.append(tables["crews"]) or given.value("circuity")  # noqa: E731
    scenario = replace(ranged(circuity=(1, 2)), edits=(EDIT,))
    sobol(tables, scenario, "any", names=["circuity"], samples=2, measured=measured)
    assert len(seen) == 6
    assert all(each is seen[0] for each in seen)
    assert seen[0] is not tables["crews"]


def test_the_indices_are_shown_with_their_intervals_and_what_people_wrote_is_escaped(assessed):
    rows = pd.DataFrame(
        [("a_b", "How <b>fast", "<i>", 1.0, 2.5, 0.55, 0.1, 0.61, 0.2), ("c", "Slow", "s", 0, 1, -0.02, 0.1, 0.1, 0.3)],
        columns=["name", "meaning", "unit", "low", "high", "first", "first_confidence", "total", "total_confidence"],
    )
    found = replace(sobol({}, ranged(circuity=(1, 2)), "none_free", samples=2, measured=additive), indices=rows)
    found = replace(found, interaction=0.47, interaction_confidence=0.6, samples=64, evaluations=256)
    shown = report.scenarios.sobol(assessed, found)
    assert shown.headline == (
        "Probability that no crew is free: of its variance 'How <b>fast' alone explains 55% (45% to 65%), "
        "interactions explain 47% (0% to 100%)"
    )
    assert shown.table.to_numpy().tolist() == [
        ["How <b>fast", "1 to 2.5 <i>", "55% (45% to 65%)", "61% (41% to 81%)"],
        ["Slow", "0 to 1 s", "0% (0% to 8%)", "10% (0% to 40%)"],
    ]
    html = shown._repr_html_()
    assert "How &lt;b&gt;fast" in html
    assert "<b>fast" not in html
    assert "256 points from 64 samples" in html
    assert html.count("<img") == 1
    still = sobol({}, ranged(circuity=(1, 2)), "gone", samples=2, measured=lambda *_: 1.0)
    assert "gone: no assumption with a range moves it" in repr(report.scenarios.sobol(assessed, still))


def test_live_figures_are_compared_like_assessments_and_not_with_them(worked, assessed):
    tables, scenario = worked
    recall = Recall()
    before = live(assessed, tables, scenario, recall)
    after = live(assessed, tables, replace(scenario.with_values(on_call_rota_depth=7.0), name="deep"), recall)
    rows = side_by_side([before, after]).query("headline == 'required_OFC'")
    assert rows["value"].is_monotonic_increasing
    assert rows["value"].nunique() == 2
    risks = risks_proposed([before, after]).set_index("key")
    assert risks.loc["shortfall:OFC", ["baseline", "deep"]].tolist() == [False, True]
    assert set(risks.index) == set(before.findings["key"]) ^ set(after.findings["key"])
    shown = report.scenarios.compared([before, after])
    title = risks.loc["shortfall:OFC", "title"]
    assert ["Risk: " + title, "no", "proposed"] in shown.table.to_numpy().tolist()
    with pytest.raises(ValueError, match="baseline, deep must all be whole assessments or all live figures"):
        risks_proposed([assessed, after])

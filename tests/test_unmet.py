"""What goes unmet and what each capability answers: hand-worked values, conservation, blanks, alignment."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from conftest import make_scenario
from scipy import stats

from apstra.assessment import assess_chapters
from apstra.assessment.alignment import NO_COVER, NO_REQUIREMENT, NO_THREAT, SHORT, alignment_matrix, misaligned
from apstra.assessment.unmet import DRAWS, area_shares, not_met_draws, occurrences, total_unmet, unmet_requirement
from apstra.threat import rates


def make_met(**changed: list[object]) -> pd.DataFrame:
    """Return two threats, the first in two areas."""
    columns = {
        "threat_id": ["T1", "T1", "T2"], "area_id": ["N", "S", "S"], "not_met_all": [0.2, 0.5, 0.0],
        "not_met_low": [0.2, 0.5, 0.0], "not_met_high": [0.2, 0.5, 0.0],
    }  # fmt: skip
    return pd.DataFrame(columns | changed)


def make_sources() -> pd.DataFrame:
    """Return what is known of how often the first threat occurs: gamma of shape 4 over 2 years."""
    row = {"threat_id": "T1", "source": "pooled", "shape": 4.0, "exposure": 2.0}
    return pd.DataFrame([row])


ZONES = pd.DataFrame({"area_id": ["N", "N", "S"], "demand_weight": [1.0, 2.0, 1.0]})


def test_occurrences_fall_on_areas_as_demand_does_and_are_conserved() -> None:
    shares = area_shares(make_met(), ZONES)
    assert shares.tolist() == pytest.approx([0.75, 0.25, 1.0])
    nowhere = area_shares(make_met(), ZONES.assign(demand_weight=0.0))
    assert nowhere.tolist() == pytest.approx([0.5, 0.5, 1.0])


def test_draws_of_occurrences_have_the_mean_and_the_spread_of_the_pooled_gamma() -> None:
    drawn = occurrences(make_met(), ZONES, make_sources(), make_scenario())
    assert drawn.shape == (3, DRAWS)
    assert drawn[0].mean() == pytest.approx(0.75 * 2.0)
    law = stats.gamma(4.0, scale=0.5)
    for p in (0.05, 0.5, 0.95):
        error = np.sqrt(p * (1 - p) / DRAWS) / law.pdf(law.ppf(p))
        assert abs(np.quantile(drawn[0] / 0.75, p) - law.ppf(p)) < 3 * error
    assert np.isnan(drawn[2]).all()


def test_a_threat_draws_the_same_whatever_other_threats_there_are() -> None:
    alone = occurrences(make_met().iloc[:1], ZONES, make_sources(), make_scenario())
    other = make_sources().assign(threat_id="T0")
    both = occurrences(make_met().iloc[:1], ZONES, pd.concat([other, make_sources()]), make_scenario())
    assert (alone == both).all()


def test_travel_and_mobilisation_move_every_threat_together() -> None:
    found = not_met_draws(make_met(not_met_low=[0.1, 0.4, 0.0], not_met_high=[0.4, 0.9, 0.0]), make_scenario())
    assert found[0].min() >= 0.1
    assert found[0].max() <= 0.4
    assert np.corrcoef(found[0], found[1])[0, 1] > 0.99
    assert (found[2] == 0).all()


@pytest.fixture(scope="module")
def chapters(worked):
    """Return the chapters of the worked force."""
    return assess_chapters(*worked)


def test_the_unmet_requirement_is_frequency_times_the_chance_of_not_being_met(chapters) -> None:
    table, known = unmet_requirement(chapters), rates(chapters.threat.sources)
    assert len(table) == len(chapters.mutual_aid.threats)
    assert table["unmet"].tolist() == pytest.approx((table["frequency"] * table["not_met"]).tolist())
    for threat, rows in table.groupby("threat_id"):
        assert rows["frequency"].sum() == pytest.approx(known[threat].mean)
    assert (np.diff(table["unmet"].dropna()) <= 0).all()
    assert (table["low"] <= table["unmet"] + 1e-12).all()
    assert (table["unmet"] <= table["high"] + 1e-12).all()


def test_aid_only_lowers_what_goes_unmet(chapters) -> None:
    table = unmet_requirement(chapters)
    assert (table["unmet_collaboration"] <= table["unmet_own"] + 1e-12).all()
    assert (table["unmet"] <= table["unmet_collaboration"] + 1e-12).all()
    low, mean, high = total_unmet(chapters)
    assert mean == pytest.approx(table["unmet"].sum())
    assert low < mean < high


def test_every_threat_and_role_called_for_stands_in_the_matrix_with_its_rows(chapters) -> None:
    matrix = alignment_matrix(chapters)
    asked = chapters.tables["requirements"]
    roles = matrix.query("kind == 'role'")
    assert set(zip(roles["threat_id"], roles["capability"], strict=True)) == set(
        zip(asked["threat_id"], asked["role"], strict=True)
    )
    named = {name for words in roles["evidence"] for name in words.split()}
    assert set(asked["requirement_id"]) <= named
    items = asked["means"].dropna().str.split("|").explode().str.strip()
    assert set(matrix.query("kind == 'means'")["capability"]) == set(items)
    worst = chapters.mutual_aid.assembly.groupby(["threat_id", "role"])["p_all"].min()
    for row in roles.itertuples():
        assert row.p_all == pytest.approx(worst[row.threat_id, row.capability])


def test_what_has_no_cover_and_what_has_no_use_are_listed(chapters) -> None:
    found = misaligned(chapters, alignment_matrix(chapters)).groupby("kind")["id"].agg(set)
    gaps = chapters.mutual_aid.assembly.query("status == 'gap'")["threat_id"]
    assert found[NO_COVER] == set(gaps)
    items = chapters.capability.equipment.set_index("item")
    assert all(items.loc[item, "short"] > 0 or items.loc[item, "approval"] == "pending" for item in found[SHORT])
    assert NO_THREAT not in found


def test_a_threat_that_calls_for_nothing_and_a_role_nobody_calls_for_are_named(chapters) -> None:
    tables = dict(chapters.tables)
    tables["requirements"] = tables["requirements"].query("threat_id != 'TH18' and role != 'DOG'")
    assembly = chapters.mutual_aid.assembly.query("threat_id != 'TH18' and role != 'DOG'")
    items = chapters.capability.equipment
    idle = items.assign(required_derived=items["required_derived"].where(items["item"] != "ballistic_helmet"))
    less = replace(
        chapters, tables=tables, mutual_aid=replace(chapters.mutual_aid, assembly=assembly),
        capability=replace(chapters.capability, equipment=idle),
    )  # fmt: skip
    found = misaligned(less, alignment_matrix(less)).set_index("id")
    assert found.loc["TH18", "kind"] == NO_REQUIREMENT
    assert found.loc["DOG", "kind"] == NO_THREAT
    assert "5 posts and 1 officers promised" in found.loc["DOG", "why"]
    assert found.loc["ballistic_helmet", "kind"] == NO_THREAT

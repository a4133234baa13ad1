"""The demand chapter's track record, proof and pattern as people read them, on frames made by hand."""

import re
from dataclasses import replace
from html import unescape
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from conftest import make_scenario

from apstra.demand.backtest import BASELINES, LADDER, backtest
from apstra.demand.proof import Proof
from apstra.report import demand as shown
from apstra.report.demand.backtest import MODELS, capital
from apstra.report.deployment.workload import outlook
from apstra.report.exhibit import Exhibit
from apstra.uncertainty import random_stream

PROVED = ("backtest_table", "pit", "coverage", "incidents_table", "end_to_end", "real_tail")
SAID = ("statements_said", "came_true", "tally", "missed")
LEARNT = ("pattern_terms", "zone_shares", "duration_tail")
HOSTILE = "<script>alert(1)</script>"
RIVALS = ("pattern, Poisson", "climatology", "climatology, Poisson")


def made_up_counts(growth=1.0, years=9):
    """Return four series that grow by ``growth`` a year."""
    rng = random_stream(7, "test_demand_report")
    mean = np.outer([20, 40, 80, 160], growth ** np.arange(years))
    return pd.DataFrame(rng.poisson(mean), index=list("ABCD"), columns=range(2000, 2000 + years)).astype(float)


STEADY = backtest(made_up_counts())


def make_proof(better=-0.1, ratio=1.2, log_score=3.4):
    """Return a proof whose pattern is ``better`` than its rivals and predicts ``ratio`` times what was seen."""
    held = {f"{name}_{level}": level / 100 for level in (50, 80, 95) for name in ("within", "expected")}
    models = [(scale, model) for scale in ("hour", "day") for model in ("pattern", *RIVALS)]
    scores = pd.DataFrame([{"scale": scale, "model": model, "n": 56.0, "log_score": log_score, "crps": 4.0, **held}
                           for scale, model in models])  # fmt: skip
    differences = pd.DataFrame(
        [(scale, model, score, better, better - 0.05, better + 0.05)
         for scale, model in models if model != "pattern" for score in ("log_score", "crps")],
        columns=["scale", "rival", "score", "difference", "low", "high"],
    )  # fmt: skip
    pit = pd.DataFrame([(place, scale, 0.1) for scale in ("hour", "day") for place in range(10)],
                       columns=["bin", "scale", "share"])  # fmt: skip
    seen = np.array([0.2, 0.02, 0.0])
    lost = pd.DataFrame({"crews": [2, 3, 4], "windows": 2, "calls": 1500, "seen": seen, "share": ratio * seen,
                         "average": seen / 4, "within_80": 1, "within_95": 2})  # fmt: skip
    return Proof(scores, differences, pit, lost)


REAL_TAIL = pd.DataFrame(
    {"kind": "all calls", "minutes": [60.0, 120.0], "observed": [0.4, 0.02], "low": [0.38, 0.016],
     "high": [0.42, 0.024], "fitted": [0.42, 0.03], "law": "mixture of 2 lognormals", "n": 5000}
)  # fmt: skip


def evidence(years=None, incidents=None, tail=None):
    """Return a track record of the methods."""
    return SimpleNamespace(
        years={"operations": STEADY, "operations_arv": STEADY} if years is None else years,
        incidents=incidents or make_proof(), eventless=make_proof(log_score=3.5),
        tail=REAL_TAIL if tail is None else tail,
    )  # fmt: skip


def make_said(*rows):
    """Return statements: kind, title, year said, and what was counted of 4 to 16 expected in 95 %."""
    told = {"mean": 10.0, "p2_5": 4.0, "p10": 6.0, "p25": 8.0, "p50": 10.0, "p75": 12.0, "p90": 14.0, "p97_5": 16.0,
            "held_50": 0.55, "held_80": 0.81, "held_95": 0.96, "some": 1.0, "source": "by hand"}  # fmt: skip
    return pd.DataFrame([
        {"as_at": pd.Timestamp(year, 11, 1), "kind": kind, "subject": f"{year}-{year - 1999}", "title": title,
         "starts_on": pd.Timestamp(year, 4, 1), "ends_on": pd.Timestamp(year + 1, 3, 31), **told, "run": run,
         "counted": float(counted), "inside_50": 8 <= counted <= 12, "inside_80": 6 <= counted <= 14,
         "inside_95": 4 <= counted <= 16, "came": counted > 0}
        for kind, title, year, run, counted in rows
    ])  # fmt: skip


PAST = make_said(("operations", "Operations in 2022-23", 2022, "hindcast", 10),
                 ("operations", "Operations in 2023-24", 2023, "run-1", 15),
                 ("threat", HOSTILE, 2023, "run-1", 30))  # fmt: skip
TRUE = pd.DataFrame([("operations", 80, 2, 1, 1.6, 12.0), ("threat", 80, 1, 0, 0.8, 90.0)],
                    columns=["kind", "level", "statements", "came_true", "expected", "interval_score"])  # fmt: skip
USUAL = ("constant", 0.14, 0.12, 0.16)
WEEKEND = ("weekend", 1.4, 1.2, 1.63)
ZONES = pd.DataFrame({"zone": ["Z1", "Z2", "Z3"], "observed": [3.0, 12.0, 85.0], "prior": [0.1, 0.1, 0.8],
                      "share": [0.09, 0.102, 0.808]})  # fmt: skip
LAWS = pd.DataFrame([("not planned", "lognormal", 90, 2, 100.0, 80.0, 200.0, 400.0)],
                    columns=["kind", "law", "n", "dropped", "mean", "median", "p90", "p99"])  # fmt: skip
TAIL = pd.DataFrame([("not planned", 60.0, 0.9, 0.8, 0.95, 0.92), ("not planned", 400.0, 0.0, 0.0, 0.04, 0.01),
                     ("not planned", 200.0, 0.2, 0.15, 0.3, 0.1)],
                    columns=["kind", "minutes", "observed", "low", "high", "fitted"])  # fmt: skip


def terms(*rows):
    """Return the terms a regression kept."""
    return pd.DataFrame(rows, columns=["term", "ratio", "low", "high"])


def as_shown(track=PAST, true=TRUE, **frames):
    """Return what the exhibits need of an assessment."""
    demand = {
        "terms": terms(USUAL), "shares": ZONES, "durations": LAWS, "tail": TAIL,
        "dispersion": pd.DataFrame({"alpha": [0.0, 0.1], "p_value": [0.6, 0.01], "scale": ["day", "hour"]}),
    }  # fmt: skip
    zones = pd.DataFrame({"zone_id": ["Z1", "Z2", "Z3"], "name": ["Fell", "Port", HOSTILE]})
    said = track.drop(columns=["counted", "inside_50", "inside_80", "inside_95", "came"], errors="ignore")
    return SimpleNamespace(
        demand=SimpleNamespace(**{**demand, **frames}), statements=said, track=track, came_true=true,
        scenario=make_scenario(), tables={"zones": zones}, illustrative=("operations",),
    )  # fmt: skip


def every_exhibit():
    """Give the name and the exhibit of each, with all there is to show."""
    yield from ((name, getattr(shown, name)(evidence())) for name in PROVED)
    yield from ((name, getattr(shown, name)(as_shown())) for name in (*SAID, *LEARNT))
    yield "effects", shown.pattern_terms(as_shown(terms=terms(USUAL, WEEKEND)))


@pytest.mark.parametrize(("name", "exhibit"), list(every_exhibit()))
def test_every_exhibit_has_a_headline_a_source_a_table_and_alt_text_where_it_has_a_picture(name, exhibit):
    assert isinstance(exhibit, Exhibit)
    assert exhibit.headline[0] == capital(exhibit.headline)[0]
    assert not exhibit.headline.endswith(".")
    assert exhibit.source
    assert not exhibit.table.empty
    assert exhibit.figure is None or exhibit.headline in exhibit.alt
    html = exhibit._repr_html_()
    assert html.startswith("<figure")
    assert "<script>" not in html
    assert not re.search(r"\b(nan|inf)\b", f"{exhibit.headline} {exhibit.table.to_string()}", re.IGNORECASE)


def test_words_of_a_table_stay_words():
    for name in ("tally", "missed", "zone_shares", "statements_said"):
        html = getattr(shown, name)(as_shown())._repr_html_()
        assert "<script>" not in html
        assert HOSTILE in unescape(html) or name == "tally"


@pytest.mark.parametrize("name", PROVED)
def test_without_a_track_record_exhibits_say_to_be_supplied(name):
    none = replace(make_proof(), scores=pd.DataFrame(), lost=pd.DataFrame())
    assert "To be supplied" in repr(getattr(shown, name)(evidence({}, none, REAL_TAIL.iloc[:0])))
    assert "To be supplied" in repr(shown.backtest_sentence(evidence({})))


@pytest.mark.parametrize("name", [*SAID, *LEARNT])
def test_without_a_record_or_a_log_exhibits_say_to_be_supplied(name):
    bare = as_shown(PAST[:0], TRUE[:0], terms=terms(), shares=ZONES[:0], durations=LAWS[:0], tail=TAIL[:0])
    assert "To be supplied" in repr(getattr(shown, name)(bare))


# ------------------------------------------------------------------------------------------------------------- backtest


def judged(model, low, high):
    """Return the back test with the difference from one model set by hand and all others beaten."""
    others = STEADY.differences.assign(mean=-1.0, low=-2.0, high=-0.5)
    here = others["model"] == model
    return replace(STEADY, differences=others.assign(
        mean=others["mean"].mask(here, (low + high) / 2), low=others["low"].mask(here, low),
        high=others["high"].mask(here, high)))  # fmt: skip


def test_the_headline_says_where_a_simple_model_won_and_how_clearly():
    told = shown.backtest_table(evidence({"operations_arv": judged("last year", 0.02, 0.1)})).headline
    assert f"a simpler model won ({MODELS['last year']})" in told
    assert "1.06 times the probability (95% range 1.02 to 1.11)" in told
    assert "every baseline is clearly beaten" in told
    assert repr(shown.backtest_sentence(evidence({"operations_arv": judged("last year", 0.02, 0.1)}))) == f"{told}."


def test_the_headline_counts_the_baselines_beaten():
    told = shown.backtest_table(evidence({"operations": judged(BASELINES[0], -0.1, 0.1)})).headline
    assert "2 of 3 baselines are clearly beaten, and no simpler model did clearly better" in told


def test_the_table_of_models_holds_every_model_of_every_series():
    table = shown.backtest_table(evidence()).table
    assert len(table) == 2 * len(MODELS)
    used = table.set_index("Model").loc[capital(MODELS[LADDER]), "Log score, used less this"]
    assert set(used) == {"does not apply"}


@pytest.mark.parametrize(("growth", "words"), [(1.35, "forecasts lay low"), (0.7, "forecasts lay high")])
def test_counts_that_rise_leave_forecasts_low_and_counts_that_fall_leave_them_high(growth, words):
    assert words in shown.pit(evidence({"operations": backtest(made_up_counts(growth))})).headline


def test_the_pictures_of_the_back_test_have_a_panel_for_each_step_and_series():
    assert len(shown.pit(evidence()).figure.axes) == 10
    assert len(shown.coverage(evidence()).figure.axes) == 4
    assert len(shown.coverage(evidence()).table) == 2 * 7


def test_coverage_tells_the_first_year_the_last_and_a_single_year_of_history():
    steps, past = STEADY.by_step, STEADY.by_history
    found = replace(
        STEADY, by_step=steps.assign(within_80=[0.9 - 0.1 * step for step in steps["step"]]),
        by_history=past.assign(within_80=0.6),
    )  # fmt: skip
    assert shown.coverage(evidence({"operations": found})).headline == (
        "The 80% range held 80% of firearms operations one year ahead and 50% four years ahead; with a single year of "
        "history 60%"
    )


def test_one_series_one_year_ahead_is_enough():
    e = evidence({"operations": backtest(made_up_counts(), horizon=1)})
    assert "years ahead" not in shown.coverage(e).headline
    assert "year ahead," not in shown.pit(e).headline


# ------------------------------------------------------------------------------------------------------------ incidents


def test_the_pattern_is_said_to_win_only_where_it_clearly_does():
    won = shown.incidents_table(evidence()).headline
    assert "On 2 windows of 4 weeks of a real log the pattern beats every simpler forecast" in won
    assert "3.40 with Hallowe'en learnt, 3.50 without a calendar" in won
    lost = shown.incidents_table(evidence(incidents=make_proof(better=-0.01))).headline
    assert "does not clearly beat the pattern without bursts (Poisson) by hour" in lost


@pytest.mark.parametrize(("ratio", "said"), [(1.2, True), (0.8, False)])
def test_a_prediction_is_said_to_be_high_only_where_it_is(ratio, said):
    exhibit = shown.end_to_end(evidence(incidents=make_proof(ratio=ratio)))
    assert ("somewhat high (1.20 times what was seen)" in exhibit.headline) is said
    assert exhibit.headline.startswith("Of 1,500 held-back calls 20% found none of 2 crews free")
    assert exhibit.table["Windows inside 95%"].tolist() == ["2 of 2"] * 3


# ---------------------------------------------------------------------------------------------------------------- track


def test_the_record_tells_how_many_came_true_how_many_should_have_and_what_is_a_hindcast():
    told = shown.came_true(as_shown()).headline
    assert told.startswith("Of 2 statements about yearly operations given as 80%, 1 came true (1.6 expected)")
    assert told.endswith("1 of 3 are hindcasts, worked out afterwards")
    told = shown.tally(as_shown(PAST.assign(run="run-1"))).headline
    assert "hindcast" not in told


def test_the_picture_marks_what_fell_outside_and_a_list_names_what_fell_outside_95():
    exhibit = shown.came_true(as_shown())
    assert [text.get_text() for text in exhibit.figure.axes[0].texts] == ["10", "15, outside 80%"]
    assert "by hand" in exhibit.source
    assert shown.missed(as_shown()).table["Statement"].tolist() == [HOSTILE]
    none = shown.missed(as_shown(PAST.iloc[:2]))
    assert none.headline == "0 of 2 statements fell outside the 95% range"
    assert "No rows" in none._repr_html_()


def test_a_record_of_threats_alone_has_no_picture_of_years():
    a = as_shown(PAST.iloc[2:], TRUE.iloc[1:])
    assert "To be supplied" in repr(shown.came_true(a))
    assert shown.tally(a).headline.startswith("Of 1 statement about occurrences of a threat")


def test_todays_statements_say_how_sure_they_are():
    exhibit = shown.statements_said(as_shown())
    assert "Operations in 2022-23, 6 to 14 (81% sure)" in exhibit.headline
    assert "Counted" not in exhibit.table


# --------------------------------------------------------------------------------------------------------------- learnt


def test_effects_are_told_with_their_ranges_and_their_absence_is_said():
    assert shown.pattern_terms(as_shown()).headline == (
        "No weekday, season or holiday effect is shown by the log: 0.14 (0.12 to 0.16) operations on any day; days "
        "vary no more than chance alone would make them (p = 0.60)"
    )
    found = shown.pattern_terms(as_shown(terms=terms(USUAL, WEEKEND)))
    assert "The log shows 1 effect, in times as many operations: weekend 1.40 (1.20 to 1.63)" in found.headline
    assert found.figure is not None


def test_zones_are_shown_the_most_different_first_with_what_is_used():
    exhibit = shown.zone_shares(as_shown())
    assert exhibit.table["Zone"].tolist()[0] == "Fell"
    assert "moves its share 14% of the way" in exhibit.headline
    assert "Fell, where 3 of 100 operations began, counts for 9.0% (10.0% expected, 3.0% seen)" in exhibit.headline


def test_the_tail_says_where_the_law_lies_outside_the_limits():
    exhibit = shown.duration_tail(as_shown())
    assert exhibit.headline.startswith("Not planned: one operation in ten commits its crews for more than 200 minutes")
    assert exhibit.headline.endswith("at 2 of 3 times")


# -------------------------------------------------------------------------------------------------------------- outlook


def test_the_outlook_tells_range_and_mean_over_the_likely_levels_of_demand():
    rows = pd.DataFrame({"probability": [0.25, 0.75], "operations": [30.0, 50.0], "within": [0.8, 0.6],
                         "none_free": [0.01, 0.03], "unmet_a_year": [0.3, 1.5]})  # fmt: skip
    chapter = SimpleNamespace(outlook=rows, workload=pd.DataFrame({"crews": [1]}),
                              reach=pd.DataFrame({"demand_share": [0.7]}))  # fmt: skip
    a = SimpleNamespace(deployment=chapter, scenario=make_scenario(), illustrative=(), tables={
        "areas": pd.DataFrame({"area_id": ["N"], "name": ["North"]}),
        "bases": pd.DataFrame({"base_id": ["B"], "name": ["Base"]})})  # fmt: skip
    exhibit = outlook(a)
    assert exhibit.headline == (
        "Whether the coming year brings 30 to 50 operations, 60.0% to 80.0% of calls would be answered within the "
        "standard "
        "(mean 70.0%), 1.0% to 3.0% would find no crew free (mean 2.0%): 0.3 to 1.5 calls a year (mean 0.9)"
    )
    assert exhibit.headline in exhibit.alt
    assert len(exhibit.table) == 2
    chapter.outlook = rows[:0]
    assert "To be supplied" in repr(outlook(a))


# ------------------------------------------------------------------------------------------------------------- forecast


@pytest.mark.parametrize(
    ("rung", "elapsed", "words"),
    [
        ("averaged", 0.59, "average over how fast the past fades; the 31 counted in the 59% of 2026-27 that is past"),
        ("last year", 0.0, "last year, spread as of all forces; nothing of 2026-27 is counted yet"),
    ],
)
def test_the_forecast_names_its_model_and_what_is_counted_already(rung, elapsed, words):
    points = dict.fromkeys(("mean", "p2_5", "p10", "p25", "p75", "p90", "p97_5"), 40.0)
    ahead = pd.DataFrame([{"year": 2026, "label": "2026-27", **points, "rung": rung}])
    yearly = pd.DataFrame({"year": [2026], "operations": [31], "elapsed": [elapsed], "complete": [False]})
    exhibit = shown.forecast(as_shown(forecast=ahead, yearly=yearly))
    assert f"model: {words}" in exhibit.subtitle
    assert exhibit.table["By"].tolist() == [words.split(";")[0]]
    nothing = shown.forecast(as_shown(forecast=ahead, yearly=yearly[:0]))
    assert "nothing of 2026-27 is counted yet" in nothing.subtitle


def test_the_tail_of_the_real_log_says_which_law_fits_and_how_far_it_strays():
    headline = shown.real_tail(evidence()).headline
    assert headline.startswith("Of 5,000 committed times of a real log a mixture of 2 lognormals tells how many")
    assert headline.endswith("it gives 1.05 to 1.50 times the share seen")
    assert "To be supplied" in repr(shown.real_tail(evidence(tail=REAL_TAIL.iloc[:0])))

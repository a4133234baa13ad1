"""What was said before and whether it came true: statements, the record kept, and how many of them held."""

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest
import scoringrules
from conftest import make_scenario
from scipy import stats

from apstra.assessment import assess, statements
from apstra.assessment.track import COLUMNS, came_true, track_record
from apstra.demand import forecast_annual
from apstra.demand.forecast import forecast_table
from apstra.scenario import DAYS_A_YEAR
from apstra.schema import TABLES
from apstra.uncertainty import random_stream

LOG_OPENS = pd.Timestamp("2016-04-01")
THREATS = pd.DataFrame(
    {"threat_id": ["T1", "T2"], "title": ["One", "Two"], "logged": pd.array([pd.NA, False], "boolean")}
)
FOUND = pd.DataFrame(
    {"threat_id": ["T1", "T1", "T2"], "source": ["force history", "pooled", "pooled"], "shape": [20.0, 20.5, 3.0],
     "exposure": [8.0, 8.0, 10.0]}
)  # fmt: skip


def said(**changes):
    table = forecast_table(forecast_annual([50, 60, 55, 58], 3), 2026)
    return statements(table, FOUND, THREATS, make_scenario(**changes))


def one(kind="operations", subject="2020-21", starts="2020-04-01", ends="2021-03-31", **points):
    numbers = {
        "mean": 50.0,
        "p2_5": 30.0,
        "p10": 38.0,
        "p25": 44.0,
        "p50": 50.0,
        "p75": 56.0,
        "p90": 63.0,
        "p97_5": 72.0,
    }
    held = {"held_50": 0.55, "held_80": 0.82, "held_95": 0.96, "some": 1.0}
    dates = {name: pd.Timestamp(day) for name, day in (("as_at", starts), ("starts_on", starts), ("ends_on", ends))}
    return {"kind": kind, "subject": subject, "title": subject, **dates, **numbers, **held, **points}


def log(by_day, threat="T1"):
    days = pd.DatetimeIndex(np.repeat(list(by_day), list(by_day.values())))
    return pd.DataFrame({"called_at": pd.Series(days, dtype="datetime64[us]"), "threat_id": threat})


STEADY = log(dict.fromkeys(pd.date_range("2016-04-01", "2026-03-31", freq="7D"), 1))


def test_every_year_forecast_and_every_threat_the_log_shows_is_said_with_its_range():
    table = said()
    assert list(table.columns) == COLUMNS
    assert table["kind"].tolist() == ["operations"] * 3 + ["threat"]
    assert table["subject"].tolist() == ["2026-27", "2027-28", "2028-29", "T1"]
    assert table.loc[0, ["starts_on", "ends_on"]].tolist() == [pd.Timestamp("2026-04-01"), pd.Timestamp("2027-03-31")]
    assert table.loc[3, ["starts_on", "ends_on"]].tolist() == [pd.Timestamp("2026-11-02"), pd.Timestamp("2027-11-01")]


def test_occurrences_of_a_threat_are_the_predictive_count_of_its_frequency():
    row = said().loc[3]
    chance = 8.0 / (8.0 + 365 / DAYS_A_YEAR)
    law = stats.nbinom(20.5, chance)
    assert row["mean"] == pytest.approx(law.mean())
    assert row[["p2_5", "p50", "p97_5"]].tolist() == law.ppf([0.025, 0.5, 0.975]).tolist()
    assert row["held_80"] == pytest.approx(law.cdf(row["p90"]) - law.cdf(row["p10"] - 1))
    assert row["some"] == pytest.approx(1 - law.pmf(0))


def test_statements_fit_the_table_they_are_kept_in():
    declared = [column.name for column in TABLES["forecasts"].columns]
    assert declared == [*COLUMNS, "run", "source", "provenance"]
    assert TABLES["forecasts"].file == "ledger/forecasts.csv"


def test_a_statement_is_scored_once_the_log_covers_all_of_its_time():
    record = pd.DataFrame([one(), one(subject="2026-27", starts="2026-04-01", ends="2027-03-31")])
    scored = track_record(record, STEADY, date(2026, 11, 1))
    assert scored["subject"].tolist() == ["2020-21"]
    assert scored["counted"].tolist() == [52.0]
    before_the_log = pd.DataFrame([one(subject="2010-11", starts="2010-04-01", ends="2011-03-31")])
    assert track_record(before_the_log, STEADY, date(2026, 11, 1)).empty


def test_a_threat_is_counted_by_its_own_operations_on_both_its_days():
    days = {pd.Timestamp("2020-04-01 00:00"): 2, pd.Timestamp("2021-03-31 23:59"): 1, pd.Timestamp("2021-04-01"): 1}
    mixed = pd.concat([STEADY.assign(threat_id="T9"), log(days)], ignore_index=True)
    record = pd.DataFrame([one(kind="threat", subject="T1", p2_5=0.0, p10=0.0, p90=2.0, p97_5=3.0)])
    scored = track_record(record, mixed, date(2026, 11, 1)).iloc[0]
    assert scored["counted"] == 3
    assert (scored["inside_80"], scored["inside_95"], scored["came"]) == (False, True, True)


def test_the_ends_of_an_interval_belong_to_it():
    record = pd.DataFrame(
        [one(p10=52.0, p90=52.0), one(subject="2021-22", starts="2021-04-01", ends="2022-03-31", p10=53.0)]
    )
    assert track_record(record, STEADY, date(2026, 11, 1))["inside_80"].tolist() == [True, False]


def test_statements_that_came_true_are_counted_beside_those_that_should_have():
    record = pd.DataFrame([one(), one(subject="2021-22", starts="2021-04-01", ends="2022-03-31", p10=53.0, p90=60.0)])
    table = came_true(track_record(record, STEADY, date(2026, 11, 1))).set_index("level")
    assert table.loc[80, ["statements", "came_true", "expected"]].tolist() == [2, 1, pytest.approx(1.64)]
    theirs = scoringrules.interval_score([52.0, 52.0], [38.0, 53.0], [63.0, 60.0], 0.2)
    assert table.loc[80, "interval_score"] == pytest.approx(np.mean(theirs))


def test_true_statements_come_true_as_often_as_they_say():
    rng = random_stream(2026, "test_track", "calibration")
    rate = rng.gamma(20.5, 1 / 8.0, 3000)
    counted = rng.poisson(rate * 365 / DAYS_A_YEAR)
    row = said().loc[3]
    inside = (counted >= row["p10"]) & (counted <= row["p90"])
    assert inside.mean() == pytest.approx(row["held_80"], abs=4 * np.sqrt(0.16 / 3000))


def test_no_record_gives_empty_frames_with_their_columns():
    record = pd.DataFrame([one()]).iloc[:0]
    empty = track_record(record, STEADY, date(2026, 11, 1))
    assert empty.empty
    assert "inside_80" in empty
    assert came_true(empty).columns.tolist()[:2] == ["kind", "level"]


def test_the_worked_force_scores_its_record_and_says_what_comes(assessed):
    track = assessed.track
    assert (track["run"] == "hindcast").all()
    assert set(track["kind"]) == {"operations", "threat"}
    assert len(track) > 80
    assert (track["ends_on"] <= pd.Timestamp("2026-11-01")).all()
    first = assessed.statements.iloc[0]
    assert first["p2_5"] >= assessed.demand.yearly.query("year == 2026")["operations"].item()
    table = assessed.came_true.set_index(["kind", "level"])
    for (_, level), row in table.iterrows():
        # Six overlapping years of one made-up force are far from independent: only a gross failure is caught.
        assert row["came_true"] / row["statements"] > level / 100 - 0.15


def test_an_earlier_assessment_does_not_know_later_statements(worked):
    tables, scenario = worked
    earlier = assess(tables, replace(scenario, as_at=date(2023, 11, 1), year=2023))
    assert (earlier.track["as_at"] < "2023-11-01").all()
    assert earlier.track["ends_on"].max() <= pd.Timestamp("2023-11-01")

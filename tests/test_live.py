"""The live figures are those of the assessment, whatever is changed, and only what depends on a change is made anew."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from conftest import WORKED

from apstra import data
from apstra.assessment import assess
from apstra.assessment.differences import edited
from apstra.assessment.live import live
from apstra.recall import Recall
from apstra.schema.edit import Edit

ENDS = ["value", "low", "high"]
NIGHT = {"base_id": "carlisle", "block": "night-weekend-summer"}


@pytest.fixture(scope="module")
def start():
    return data.assessment(str(WORKED), 2026, "2026-11-01", "baseline", "")


@pytest.fixture(scope="module")
def tables():
    return data.read_tables(WORKED)


@pytest.fixture(scope="module")
def recall():
    """One memory for all tests of this module, as a page has: an answer that is stale would show."""
    return Recall()


def changed(scenario, *edits, **changes):
    return replace(scenario.with_values(**changes), edits=edits)


CHANGES = {
    "nothing": ((), {}),
    "a crew more at night": ((Edit("crews", NIGHT, {"crews": 3}),), {}),
    "no crew at a base": (
        tuple(
            Edit("crews", {"base_id": "penrith", "block": f"{shift}-{days}-{season}"}, {"crews": 0})
            for shift in ("early", "late", "night")
            for days in ("weekday", "weekend")
            for season in ("summer", "winter")
        ),
        {},
    ),
    "more demand": ((), {"demand_factor": 1.2}),
    "more leave and sickness": ((), {"annual_leave_days": 40, "sickness_share": 0.08, "presence_share": 0.9}),
    "another assurance level": ((), {"assurance_level": 0.8}),
    "another standard": (
        (Edit("response_standards", {"area_id": "north", "kind": "spontaneous"}, {"minutes": 20, "share": 0.7}),),
        {},
    ),
    "an agreement off, another slower": (
        (
            Edit("agreements", {"agreement_id": "AG01"}, remove=True),
            Edit("agreements", {"agreement_id": "AG03"}, {"notice_low": 30, "notice_mode": 60, "notice_high": 90}),
        ),
        {},
    ),
    "heightened threat": ((), {"malicious_frequency_factor": 3, "donor_availability_factor": 0.5}),
    "two incidents, crews elsewhere": ((), {"simultaneous_incidents": 2, "crews_committed_elsewhere": 2}),
    "one scorer's score": (
        (Edit("threat_scores", {"threat_id": "TH05", "scorer": "S1", "dimension": "physical"}, {"score": 1}),),
        {},
    ),
    "officers sick, one lapsed": (
        (
            Edit("currency", {"officer_id": "O001", "module": "ARV-WEAPONS"}, {"valid_until": "2026-10-01"}),
            *(Edit("officers", {"officer_id": f"O{one:03d}"}, {"status": "sick"}) for one in (3, 5, 7)),
        ),
        {},
    ),
    "an event of the past busier": ((Edit("calendar", {"event_id": "EV02"}, {"demand_factor": 2}),), {}),
}


@pytest.mark.parametrize("name", CHANGES)
def test_the_figures_are_those_of_the_assessment(name, start, tables, recall):
    edits, changes = CHANGES[name]
    scenario = changed(start.scenario, *edits, **changes)
    found, whole = live(start, tables, scenario, recall), assess(edited(tables, scenario), scenario, weighing=False)
    mine, theirs = (one.headlines.set_index("headline")[ENDS].astype(float) for one in (found, whole))
    assert len(mine) > 40
    pd.testing.assert_frame_equal(mine, theirs.loc[mine.index], rtol=1e-9)
    assert set(found.findings["key"]) == set(whole.risk.findings["key"])
    assert found.chapters.threat.ranking["threat_id"].tolist() == whole.threat.ranking["threat_id"].tolist()
    for chapter, frame, keys in [
        ("mutual_aid", "threats", ["not_met_all", "not_met_low", "not_met_high"]),
        ("mutual_aid", "donors", ["promised", "remainder", "exposed"]),
        ("mutual_aid", "national", ["p_met", "p_exposed"]),
        ("deployment", "zones", ["within", "unmet"]),
        ("capability", "position", ["required", "required_low", "required_high", "deployable"]),
    ]:
        one, other = (getattr(getattr(a, chapter), frame)[keys] for a in (found.chapters, whole))
        pd.testing.assert_frame_equal(one, other, check_dtype=False, rtol=1e-9)


def test_what_is_not_worked_out_is_empty_and_not_that_of_the_start(start, tables, recall):
    chapters = live(start, tables, start.scenario, recall).chapters
    assert chapters.deployment.simulated.empty
    assert chapters.capability.projection.empty
    assert not start.deployment.simulated.empty


def test_a_change_works_out_only_what_depends_on_it(start, tables):
    done = []

    class Watched(Recall):
        def __call__(self, function, *given):
            def work(*inner):
                done.append(function.__name__)
                return function(*inner)

            work.__name__ = function.__name__
            return super().__call__(known.setdefault(function, work), *given)

    known, recall = {}, Watched()
    live(start, tables, start.scenario, recall)
    assert {"learnt_for_rates", "_searched", "_how_met", "national_aid", "ranked"} <= set(done)
    done.clear()
    live(start, tables, changed(start.scenario, Edit("crews", NIGHT, {"crews": 3})), recall)
    assert {"_reached", "_how_met"} <= set(done)
    assert not {"learnt_for_rates", "_searched", "national_aid", "ranked", "strength_steps", "gather_work"} & set(done)
    done.clear()
    live(start, tables, changed(start.scenario, annual_leave_days=40), recall)
    assert "required_range" in done
    assert not {"_reached", "_searched", "ranked", "national_aid"} & set(done)
    done.clear()
    live(start, tables, start.scenario, recall)
    assert done == []


def test_the_draws_of_two_scenarios_belong_together(start, tables, recall):
    one, other = (live(start, tables, changed(start.scenario, mobilisation_minutes=m), recall) for m in (5, 30))
    assert (other.draws >= one.draws - 1e-9).all()
    assert (other.draws > one.draws).mean() > 0.9


def test_cover_tells_seasons_events_and_the_range_of_demand(start, tables, recall):
    days = live(start, tables, start.scenario, recall).cover.days
    seasons = days.loc[days["event_id"].isna()]
    load = start.deployment.workload.assign(season=start.deployment.workload["block"].str.split("-").str[2])
    for row in seasons.itertuples():
        part = load.loc[load["season"] == row.name]
        assert np.isclose(row.none_free, np.average(part["none_free"], weights=part["hours_a_year"]))
        assert np.isclose(row.calls, part["calls_a_year"].sum() / part["hours_a_year"].sum() * 24)
    assert seasons["days"].sum() == pytest.approx(365.25)
    # It is still to come, so that what the log says of an ordinary day stays as it is.
    event = days.set_index("name").loc["Christmas and New Year 2026"]
    calm = live(start, tables, changed(start.scenario, Edit("calendar", {"event_id": event.event_id},
                {"demand_factor": 3})), recall).cover.days  # fmt: skip
    busy = calm.set_index("event_id").loc[event.event_id]
    assert "Appleby Horse Fair 2027" in set(days["name"])  # of the financial year after the one assessed
    assert busy.calls == pytest.approx(
        event.calls * 3 / tables["calendar"].set_index("event_id").loc[event.event_id, "demand_factor"]
    )
    assert busy.none_free > event.none_free
    by_demand = live(start, tables, start.scenario, recall).cover.by_demand
    assert (by_demand["low"] <= by_demand["none_free"]).all()
    assert (by_demand["none_free"] <= by_demand["high"]).all()


def test_crews_beyond_what_the_model_can_hold_are_refused_and_nothing_is_lost(start, tables, recall):
    many = [
        Edit("crews", {"base_id": base, "block": NIGHT["block"]}, {"crews": 40}) for base in tables["bases"]["base_id"]
    ]
    with pytest.raises(ValueError, match="must lead to at most"):
        live(start, tables, changed(start.scenario, *many), recall)
    assert live(start, tables, start.scenario, recall).headlines.equals(
        live(start, tables, start.scenario, Recall()).headlines
    )

"""The whole: order, matrix, steps that add up, headlines with lineage, decisions, breaches, nothing after as-at."""

import importlib
from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest
from conftest import AS_AT, WORKED

from apstra import data
from apstra.assessment import STEPS, as_known, assess, compare
from apstra.schema import TABLES


def emptied(tables):
    return {name: frame.iloc[:0] if name in TABLES else frame for name, frame in tables.items()}


def test_the_steps_from_last_years_requirement_add_up_to_this_years(assessed):
    totals = assessed.changes.groupby("role")["posts"].sum(min_count=4).dropna()
    now = assessed.capability.requirement.set_index("role")
    known = now.loc[totals.index]
    assert len(known) > 0
    assert (known["required_last_year"] + totals).tolist() == pytest.approx(known["required"].tolist())
    assert set(assessed.changes["step"]) == set(STEPS)


def test_every_headline_has_a_range_around_it_a_unit_and_a_function_that_exists(assessed):
    rows = assessed.headlines
    assert rows["headline"].is_unique
    for row in rows.itertuples():
        module, name = row.function.rsplit(".", 1)
        assert callable(getattr(importlib.import_module(f"apstra.{module}"), name)), row.function
        assert row.unit
        assert set(row.tables.split()) <= set(TABLES), row.tables
        if not np.isnan(row.value):
            assert row.low <= row.value + 1e-9, row.headline
            assert row.value <= row.high + 1e-9, row.headline


def test_every_headline_names_assumptions_that_exist(assessed):
    for row in assessed.headlines.itertuples():
        assert set(row.assumptions.split()) <= set(assessed.scenario.assumptions), row.headline


def test_the_matrix_holds_every_requirement_and_a_gap_wherever_nobody_meets_it(assessed):
    rows = assessed.matrix
    assert set(rows["requirement_id"]) == set(assessed.tables["requirements"]["requirement_id"])
    assert (rows["gap"] == (rows["status"] == "gap")).all()
    assert (rows["own"] <= rows["collaboration"] + 1e-9).all()
    assert (rows["collaboration"] <= rows["all"] + 1e-9).all()
    met = rows["all"] >= assessed.scenario.force.assurance_level
    assert (rows["gap"] == ~met).all()


def test_at_most_five_decisions_are_asked_each_with_at_least_two_options(assessed):
    options = assessed.decisions.groupby("decision")["option"].nunique()
    assert 1 <= len(options) <= 5
    assert (options >= 2).all()
    assert assessed.decisions["effect"].str.len().min() > 5


def test_nothing_that_happened_after_as_at_is_used(worked):
    tables, scenario = worked
    early = replace(scenario, as_at=date(2024, 6, 30))
    known = as_known(tables, early)
    assert known["operations"]["called_at"].max() < pd.Timestamp("2024-07-01")
    assert len(known["operations"]) < len(tables["operations"])
    assert set(known["operation_crews"]["operation_id"]) <= set(known["operations"]["operation_id"])
    assert not (known["advice"]["told_on"] >= "2024-07-01").any()
    assert not (known["meetings"]["held_on"] >= "2024-07-01").any()
    assert known["meetings"]["held_on"].notna().any()
    assert len(known["meetings"]) == len(tables["meetings"])


def test_an_assessment_of_an_earlier_day_does_not_change_when_later_rows_are_added(worked):
    tables, scenario = worked
    early = replace(scenario, as_at=date(2025, 3, 31), year=2024)
    trimmed = {**tables, "operations": tables["operations"].query("called_at < '2025-04-01'")}
    pd.testing.assert_frame_equal(assess(tables, early).headlines, assess(trimmed, early).headlines)


def test_assessing_leaves_the_tables_as_they_were(worked):
    tables, scenario = worked
    before = {name: frame.copy() for name, frame in tables.items()}
    assess(tables, scenario)
    for name, frame in before.items():
        pd.testing.assert_frame_equal(frame, tables[name])


def test_the_same_tables_give_the_same_assessment(worked, assessed):
    again = assess(*worked)
    pd.testing.assert_frame_equal(again.headlines, assessed.headlines)
    pd.testing.assert_frame_equal(again.matrix, assessed.matrix)


def test_a_force_with_nothing_but_headers_is_assessed_and_says_it_cannot_tell(worked):
    tables, scenario = worked
    bare = emptied(tables)
    bare["obligations"] = tables["obligations"]
    result = assess(bare, scenario)
    assert (result.obligations["status"] == "cannot tell").sum() >= 10
    assert result.matrix.empty
    assert result.risk.register.empty


def test_every_key_proposed_is_gone_once_the_register_answers_it(worked, assessed):
    tables, scenario = worked
    proposed = assessed.risk.proposals
    assert len(proposed) > 0
    assert proposed["key"].is_unique
    first = proposed.iloc[0]
    row = tables["risks"].query("state == 'treating'").iloc[[0]].assign(risk_id="R900", origin=first["key"])
    answered = assess({**tables, "risks": pd.concat([tables["risks"], row], ignore_index=True)}, scenario)
    assert first["key"] not in set(answered.risk.proposals["key"])
    assert len(answered.risk.proposals) == len(proposed) - 1


def test_each_breach_is_one_line_and_a_shortfall_is_among_them(assessed):
    assert not assessed.breaches["message"].str.contains("\n").any()
    short = assessed.capability.position.query("shortfall > 0")
    assert (assessed.breaches["check"] == "shortfall").sum() == len(short)


def test_illustrative_tables_are_named_and_public_ones_are_not(assessed):
    assert {"officers", "operations", "agreements"} <= set(assessed.illustrative)
    assert "advisory_groups" not in assessed.illustrative


def test_the_heightened_scenario_raises_malicious_threats_and_asks_no_less(worked, assessed):
    result = assess(worked[0], data.read_scenario(WORKED, "heightened", 2026, AS_AT))
    base = assessed.threat.ranking.set_index("threat_id")
    raised = result.threat.ranking.set_index("threat_id").loc[base.index]
    malicious = base["malicious"].astype(bool)
    assert (raised.loc[malicious, "frequency"] > base.loc[malicious, "frequency"]).all()
    assert (raised["likelihood"] >= base["likelihood"] - 1e-9).all()
    assert result.capability.position["required"].sum() >= assessed.capability.position["required"].sum()
    assert (result.matrix["status"] == "gap").sum() >= assessed.matrix["gap"].sum()


def test_two_incidents_at_once_ask_no_less_and_leave_less_cover(worked, assessed):
    result = assess(worked[0], data.read_scenario(WORKED, "simultaneous", 2026, AS_AT))
    assert result.capability.position["required"].sum() > assessed.capability.position["required"].sum()
    cover = [
        r.deployment.reach.query("kind == 'force' and committed == 0")["demand_share"].item()
        for r in (result, assessed)
    ]
    assert cover[0] < cover[1]


def test_adding_a_crew_never_lowers_cover(worked, assessed):
    tables, scenario = worked
    crews = tables["crews"]
    more = crews.assign(crews=crews["crews"] + (crews["base_id"] == tables["bases"]["base_id"].iloc[0]))
    better = assess(tables | {"crews": more}, scenario)
    for committed in (0, 1, 2):
        query = f"kind == 'force' and committed == {committed}"
        before = assessed.deployment.reach.query(query)["demand_share"].item()
        assert better.deployment.reach.query(query)["demand_share"].item() >= before - 1e-12


def test_comparing_an_assessment_with_itself_shows_no_change(assessed):
    changes = compare(assessed, assessed)["change"].dropna()
    assert len(changes) > 10
    assert (changes == 0).all()

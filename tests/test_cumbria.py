"""The worked force keeps what is printed, says where every row comes from, and can be made again to the last byte."""

import importlib.util
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from apstra import data, ledger
from apstra.scenario import financial_year
from apstra.schema import TABLES, Kind
from apstra.schema.assumptions import ASSUMPTIONS

PROJECT = Path(__file__).parents[1]
FORCE = PROJECT / "data" / "cumbria"
REFERENCE = PROJECT / "data" / "reference"
AS_AT = pd.Timestamp("2026-11-01")
PRINTED_UPLIFT = 1.12
PLANNED = {
    "review_on",
    "due_on",
    "expires_on",
    "valid_until",
    "licence_until",
    "accepted_until",
    "starts_on",
    "ends_on",
}


def cells(name):
    return pd.read_csv(FORCE / TABLES[name].file, dtype="str", keep_default_na=False)


@pytest.fixture(scope="module")
def tables():
    return {name: cells(name) for name in TABLES}


LEDGER = "ledger/ledger.sqlite"
ADDED = ("carried", "opened", "control_carried", "control_added")


@pytest.fixture(scope="module")
def script():
    found = importlib.util.spec_from_file_location("make_cumbria", PROJECT / "data" / "make_cumbria.py")
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def operations(tables):
    log = tables["operations"]
    return log.assign(called_at=pd.to_datetime(log["called_at"]))


def printed_operations():
    published = pd.read_csv(REFERENCE / "firearms_by_force_long.csv").query("force == 'Cumbria'")
    counts = published.query("metric == 'operations' and year >= '2018'").drop_duplicates("year")
    return {int(label[:4]): int(value) for label, value in zip(counts["year"], counts["value"], strict=True)}


def test_the_script_makes_every_committed_table_again_byte_for_byte(script, tmp_path):
    script.main(tmp_path)
    made = sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.*"))
    assert made == sorted([*(table.file for table in TABLES.values()), "zones.geojson", LEDGER])
    tables = [name for name in made if name != LEDGER]
    different = [name for name in tables if (tmp_path / name).read_bytes() != (FORCE / name).read_bytes()]
    assert different == []
    # Another version of SQLite may lay the same events out in other bytes.
    again = ledger.whole(ledger.Place("cumbria", file=tmp_path / LEDGER))
    assert again == data.said(FORCE)
    assert len(again) > len(tables)


def test_what_the_ledger_of_the_worked_force_adds_is_labelled_and_names_no_person():
    events = data.said(FORCE)
    assert {event.content["provenance"] for event in events if event.kind in ADDED} == {"illustrative"}
    titles = set(pd.read_csv(FORCE / "risks.csv")["owner"].dropna())
    assert {event.role for event in events} - titles <= {"Author of the assessment", "Head of people"}


def test_no_table_or_setting_of_the_worked_force_is_at_fault():
    assert data.validate(FORCE).to_dict("records") == []


def test_every_table_holds_its_declared_columns_in_their_order(tables):
    for name, frame in tables.items():
        assert list(frame.columns) == [column.name for column in TABLES[name].columns], name


def test_yearly_totals_equal_the_published_counts(operations):
    printed = printed_operations()
    assert printed == {2018: 71, 2019: 60, 2020: 38, 2021: 44}
    yearly = financial_year(operations["called_at"]).value_counts()
    assert {year: int(yearly[year]) for year in printed} == printed


def test_the_total_of_2024_25_rounds_to_the_printed_rate_for_the_population_of_the_zones(tables, operations):
    published = pd.read_csv(REFERENCE / "firearms_by_force_long.csv").query("force == 'Cumbria' and year == '2024-25'")
    rate = float(published.set_index("metric").loc["operations_per_100k_population", "value"])
    total = int((financial_year(operations["called_at"]) == 2024).sum())
    assert round(total / tables["zones"]["population"].astype(float).sum() * 1e5) == rate == 11


def test_operations_say_in_every_row_whether_their_yearly_total_is_printed(operations):
    year = financial_year(operations["called_at"])
    as_published = operations["source"].str.contains("as published")
    assert (as_published == year.isin(printed_operations())).all()
    assert operations.loc[year.isin([2022, 2023, 2025, 2026]), "source"].str.contains("no count published").all()


def test_a_week_of_may_to_october_is_12_percent_busier_within_one_standard_error(operations):
    whole = operations.loc[financial_year(operations["called_at"]) < 2026, "called_at"]
    days = pd.Series(pd.date_range("2018-04-01", "2026-03-31"))
    summer, days_summer = (times.dt.month.between(5, 10).sum() for times in (whole, days))
    winter, days_winter = len(whole) - summer, len(days) - days_summer
    ratio = (summer / days_summer) / (winter / days_winter)
    standard_error = np.sqrt(1 / summer + 1 / winter)
    assert abs(np.log(ratio / PRINTED_UPLIFT)) < standard_error


def test_kinds_of_operation_come_in_the_stated_shares_within_three_standard_errors(operations, script):
    shares = operations["kind"].value_counts(normalize=True)
    for kind, share in script.KIND_SHARE.items():
        assert abs(shares[kind] - share) < 3 * np.sqrt(share * (1 - share) / len(operations)), kind


def test_mental_health_and_domestic_calls_are_recorded_and_mental_health_takes_a_growing_share(operations):
    early = financial_year(operations["called_at"]) < 2022
    share = [(operations.loc[half, "reason"] == "mental_health").mean() for half in (early, ~early)]
    assert share[1] > share[0] > 0
    assert (operations["reason"] == "domestic").any()


def test_a_few_arrivals_are_missing_and_no_missing_time_is_filled(operations):
    missing = (operations["arrived_at"] == "").mean()
    assert 0.03 < missing < 0.09
    assert (operations["log_reference"] == "").any()


def test_no_time_falls_in_the_hour_the_spring_clock_change_leaves_out(operations):
    for column in ("called_at", "authorised_at", "assigned_at", "arrived_at", "cleared_at"):
        times = pd.to_datetime(operations[column]).dropna()
        assert times.dt.tz_localize("Europe/London", ambiguous="NaT", nonexistent="raise").notna().mean() > 0.99


def test_operations_begin_with_2018_19_and_end_before_as_at(operations):
    assert financial_year(operations["called_at"]).min() == 2018
    assert operations["called_at"].max() < AS_AT


def test_every_operation_was_met_by_one_to_four_crews(tables, operations):
    crews = tables["operation_crews"].groupby("operation_id").size()
    assert set(crews.index) == set(operations["operation_id"])
    assert crews.between(1, 4).all()


@pytest.mark.parametrize("name", sorted(TABLES))
def test_no_row_is_without_source_and_provenance(tables, name):
    frame = tables[name]
    assert (frame["source"].str.strip() != "").all()
    assert frame["provenance"].isin(["public", "derived", "illustrative"]).all()


def test_illustrative_rows_say_that_they_are_and_nothing_made_up_is_called_public(tables):
    for name, frame in tables.items():
        made_up = frame["source"].str.contains("illustrative", case=False)
        assert made_up[frame["provenance"] == "illustrative"].all(), name
        assert not made_up[frame["provenance"] == "public"].any(), name
    public = {name for name, frame in tables.items() if (frame["provenance"] == "public").any()}
    assert public == {"advisory_groups", "obligations"}


def test_only_planned_dates_lie_after_as_at(tables):
    for name, frame in tables.items():
        for column in TABLES[name].columns:
            if column.kind not in (Kind.DATE, Kind.TIME) or column.name in PLANNED:
                continue
            assert (pd.to_datetime(frame[column.name]) <= AS_AT).sum() == (frame[column.name] != "").sum(), (
                name,
                column,
            )


def test_every_category_of_threat_is_there_with_a_requirement_and_three_scorers(tables):
    threats = tables["threats"]
    assert set(threats["category"]) == {f"T{number}" for number in range(1, 15)}
    assert set(tables["requirements"]["threat_id"]) == set(threats["threat_id"])
    assert (tables["threat_scores"].groupby(["threat_id", "dimension"])["scorer"].nunique() == 3).all()


def test_a_threat_that_operations_record_is_judged_by_history_and_a_rare_one_by_three_points(tables, operations):
    threats = tables["threats"].set_index("threat_id")
    recorded = set(operations["threat_id"])
    assert recorded == set(threats.index[threats["frequency_mode"] == ""])


def test_every_obligation_of_the_26_is_there_with_its_source_and_none_is_made_up(tables):
    obligations = tables["obligations"]
    assert {f"OB{number:02d}" for number in range(1, 27)} <= set(obligations["obligation_id"])
    assert (obligations["provenance"] == "public").all()


def test_officers_are_pseudonymous_and_owners_are_roles(tables):
    assert tables["officers"]["officer_id"].str.fullmatch(r"O\d{3}").all()
    assert tables["currency"]["officer_id"].isin(tables["officers"]["officer_id"]).all()
    owners = pd.concat([tables[name]["owner"] for name in ("risks", "controls", "actions", "recommendations")])
    assert owners[owners != ""].str.fullmatch(r"[A-Z][a-z]+( [a-z]+|, [a-z]+)*").all()


def test_zones_hold_the_district_populations_and_areas_hold_the_zones(tables):
    zones, districts = tables["zones"], pd.read_csv(REFERENCE / "cumbria_districts.csv").set_index("lad_name")
    assert len(zones) == 64
    people = zones["population"].astype(float)
    by_district = people.groupby(zones["district"]).sum()
    assert by_district.to_numpy() == pytest.approx(districts["population_2022_listed"][by_district.index], abs=1)
    areas = tables["areas"].set_index("area_id")
    by_area = people.groupby(zones["area_id"]).sum()
    assert areas["population"].astype(float)[by_area.index].to_numpy() == pytest.approx(by_area, abs=1)


def test_visitors_of_the_areas_add_up_to_the_printed_49_million(tables):
    assert tables["areas"]["visitors_a_year"].astype(float).sum() == pytest.approx(49e6, abs=2e5)


def test_one_central_and_three_local_groups_meet_quarterly(tables):
    groups, meetings = tables["advisory_groups"], tables["meetings"]
    assert sorted(groups["area_id"]) == ["", "north", "south", "west"]
    in_2025 = meetings[meetings["due_on"].str.startswith("2025")]
    assert (in_2025.groupby("group_id").size() == 4).all()


def test_the_outlines_hold_each_zone_once(tables):
    shapes = json.loads((FORCE / "zones.geojson").read_text(encoding="utf-8"))
    assert sorted(f["properties"]["zone_id"] for f in shapes["features"]) == sorted(tables["zones"]["zone_id"])


def test_the_force_is_short_of_its_requirement_as_inspectors_found_everywhere(assessed):
    position = assessed.capability.position.set_index("role").loc["ARV"]
    assert position["required"] > position["established"] > position["deployable"] > 0


def test_crews_are_busy_for_a_third_to_six_tenths_of_their_time(assessed):
    load = assessed.deployment.workload
    assert (load["offered_load"] / load["crews"]).between(0.3, 0.65).all()


@pytest.mark.parametrize("name", ["baseline", "heightened", "simultaneous"])
def test_each_scenario_can_be_read_and_changes_only_what_it_says(name):
    scenario = data.read_scenario(FORCE, name, 2026, AS_AT.date())
    changed = {
        "baseline": set(),
        "heightened": {"malicious_frequency_factor", "demand_factor", "donor_availability_factor"},
        "simultaneous": {"simultaneous_incidents", "crews_committed_elsewhere"},
    }
    assert set(scenario.changes) == changed[name]


def test_some_assumptions_changed_since_last_year_so_that_the_change_can_be_told():
    scenario = data.read_scenario(FORCE, "baseline", 2026, AS_AT.date())
    changed = {name for name, values in scenario.assumptions.items() if len(values) > 1}
    assert {"training_days", "court_and_other_days"} <= changed


def test_assumptions_mean_what_they_are_declared_to_mean_in_the_same_unit():
    stated = data.read_scenario(FORCE, "baseline", 2026, AS_AT.date()).assumptions
    assert {name: (stated[name][-1].meaning, stated[name][-1].unit) for name in ASSUMPTIONS} == ASSUMPTIONS


def test_the_scheme_in_use_is_our_own_and_bears_no_official_name():
    scheme = data.read_scenario(FORCE, "baseline", 2026, AS_AT.date()).scheme
    assert (scheme.name, scheme.version) == ("APSTRA house scale", "1")
    text = (FORCE / "scales" / "house-1.csv").read_text(encoding="utf-8")
    assert "morile" not in text.lower()


def test_made_up_journeys_use_the_speeds_and_circuity_of_the_assumptions(script):
    scenario = data.read_scenario(FORCE, "baseline", 2026, AS_AT.date())
    assert {terrain: scenario.value(f"speed_{terrain}") for terrain in script.KMH} == script.KMH
    assert scenario.value("circuity") == script.CIRCUITY

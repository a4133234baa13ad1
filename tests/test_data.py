"""The door to tables and settings: every fault told at once, the same bytes on every machine, computed once."""

import json
import os
import pickle
import shutil
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_force import SCALE, stand_in_of, write_small_force

from apstra import data
from apstra.data import cache, store
from apstra.data.cells import allowed_words, is_sound
from apstra.schema import CHAPTERS, TABLES, Kind, Marking
from apstra.schema.assumptions import ASSUMPTIONS
from apstra.schema.declare import Column

AS_AT = date(2026, 11, 1)


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    return write_small_force(tmp_path_factory.mktemp("forces") / "sound")


@pytest.fixture
def folder(sound, tmp_path):
    return Path(shutil.copytree(sound, tmp_path / "force"))


def put(folder, file, old, new, count=1):
    path = folder / file
    text = path.read_text(encoding="utf-8")
    assert old in text, f"{old!r} is not in {file}"
    path.write_text(text.replace(old, new, count), encoding="utf-8")


def found(folder):
    return [tuple(row) for row in data.validate(folder)[["file", "row", "column", "value"]].itertuples(index=False)]


# --- tables ---------------------------------------------------------------------------------------------------------


def test_a_sound_folder_has_no_faults_and_every_table_is_read(sound):
    assert data.validate(sound).empty
    tables = data.read_tables(sound)
    assert set(tables) == {
        *TABLES, "published_firearms", "series_breaks", "police_forces", "inter_force_travel", "national_firearms",
        "police_officers", "boundaries",
    }  # fmt: skip
    for name, table in TABLES.items():
        assert list(tables[name]) == [column.name for column in table.columns]


def test_cells_arrive_in_the_types_of_the_contract(sound):
    tables = data.read_tables(sound)
    types = {
        ("operations", "called_at"): "datetime64[us]",
        ("operations", "arv"): "bool",
        ("operations", "signed_off"): "boolean",
        ("operations", "fold"): "float64",
        ("zones", "population"): "float64",
        ("requirements", "officers"): "int64",
        ("areas", "population"): "float64",
        ("risks", "opened_on"): "datetime64[us]",
        ("currency", "valid_until"): "datetime64[us]",
        ("zones", "terrain"): "str",
    }
    assert {key: str(tables[key[0]][key[1]].dtype) for key in types} == types
    operations = tables["operations"]
    assert operations["called_at"].iloc[0] == pd.Timestamp("2026-01-01T10:00")
    assert operations["arv"].tolist() == [True, False]
    assert operations["debriefed"].isna().all()
    assert operations["threat_id"].isna().tolist() == [False, True]
    assert operations["outcome"].iloc[0] == "quoted\nover two lines"
    assert tables["incident_reviews"]["lessons"].iloc[0] == "L1|L2"


def test_a_column_that_may_be_absent_is_read_as_blank(folder):
    frame = pd.read_csv(folder / "zones.csv", dtype="str", keep_default_na=False)
    frame.drop(columns="terrain").to_csv(folder / "zones.csv", index=False)
    assert data.read_tables(folder)["zones"]["terrain"].isna().all()


def test_a_file_saved_with_a_byte_order_mark_is_read(folder):
    (folder / "areas.csv").write_bytes(b"\xef\xbb\xbf" + (folder / "areas.csv").read_bytes())
    assert data.validate(folder).empty


CELL_FAULTS = [
    ("areas.csv", "North,1000", "North,'1,000'".replace("'", '"'), 2, "population", "1,000"),
    ("areas.csv", "North,1000", "North,10.5", 2, "population", "10.5"),
    ("areas.csv", "North,1000", "North,-1", 2, "population", "-1"),
    ("areas.csv", "North,1000", "North,nan", 2, "population", "nan"),
    ("areas.csv", "2000,5000", "2000,inf", 3, "visitors_a_year", "inf"),
    ("areas.csv", "2000,5000", "2000,1e999", 3, "visitors_a_year", "1e999"),
    ("areas.csv", "2000,5000", "2000, 5000", 3, "visitors_a_year", " 5000"),
    ("areas.csv", "N,North", "N,", 2, "name", ""),
    ("areas.csv", "N,North", "N,   ", 2, "name", "   "),
    ("donors.csv", "provenance\n", "provenance\n,Name,force,home,54.7,-2.7,,,s,public\n", 2, "donor_id", ""),
    ("areas.csv", "s,public", "s,rumour", 3, "provenance", "rumour"),
    ("zones.csv", "54.6", "45.6", 2, "lat", "45.6"),
    ("zones.csv", "54.6", "64.6", 2, "lat", "64.6"),
    ("zones.csv", "rural", "lunar", 3, "terrain", "lunar"),
    ("roles.csv", "ARV|TFC", "ARV||TFC", 3, "stands_in_for", "ARV||TFC"),
    ("threats.csv", "2026-01-01", "01/02/2026", 2, "evidence_on", "01/02/2026"),
    ("threats.csv", "2026-01-01", "2026-02-30", 2, "evidence_on", "2026-02-30"),
    ("threats.csv", "2026-01-01", "2026-1-1", 2, "evidence_on", "2026-1-1"),
    ("threats.csv", "1,yes,0.1", "1,maybe,0.1", 2, "malicious", "maybe"),
    ("requirements.csv", "ARV,4", "ARV,0", 2, "officers", "0"),
    ("operations.csv", "2026-01-02T10:00", "2026-01-02T25:00", 3, "called_at", "2026-01-02T25:00"),
    ("operations.csv", "2026-01-02T10:00", "2026-01-02T10:00Z", 3, "called_at", "2026-01-02T10:00Z"),
    ("operations.csv", "2026-01-02T10:00", "2026-01-02", 3, "called_at", "2026-01-02"),
    ("risks.csv", "2026-01-01,3", "2026-01-01,6", 2, "inherent_likelihood", "6"),
]


@pytest.mark.parametrize(("file", "old", "new", "row", "column", "value"), CELL_FAULTS)
def test_a_cell_that_breaks_its_declaration_is_named_with_row_column_and_value(
    folder, file, old, new, row, column, value
):
    put(folder, file, old, new)
    faults = data.validate(folder)
    assert [tuple(fault) for fault in faults.iloc[:, :4].itertuples(index=False)] == [(file, row, column, value)]
    assert faults["allowed"].iloc[0] == allowed_words(TABLES[file.removesuffix(".csv")].column(column))


REFERENCE_FAULTS = [
    ("zones.csv", "One,N,", "One,X,", 2, "area_id", "X"),
    ("roles.csv", "ARV|TFC", "ARV|X", 3, "stands_in_for", "X"),
    ("crews.csv", "early-weekday-summer", "early-weekday-autumn", 2, "block", "early-weekday-autumn"),
    ("threat_scores.csv", "physical", "psychic", 2, "dimension", "psychic"),
    ("incident_reviews.csv", "L1|L2", "L1|L9", 2, "lessons", "L9"),
    ("incident_reviews.csv", "O1,", "O7,", 2, "operation_id", "O7"),
    ("risks.csv", "T1", " T1", 2, "threat_id", " T1"),
]


@pytest.mark.parametrize(("file", "old", "new", "row", "column", "value"), REFERENCE_FAULTS)
def test_a_broken_reference_is_named_even_inside_a_list(folder, file, old, new, row, column, value):
    put(folder, file, old, new)
    assert found(folder) == [(file, row, column, value)]
    refers = TABLES[file.removesuffix(".csv")].column(column).refers
    assert data.validate(folder)["allowed"].iloc[0].startswith(f"a key of {refers}")


def test_arrival_before_the_call_is_a_fault_even_when_the_time_between_is_blank(folder):
    put(folder, "operations.csv", "2026-01-01T10:02,2026-01-01T10:12", ",2026-01-01T09:59")
    faults = data.validate(folder)
    assert found(folder) == [("operations.csv", 2, "arrived_at", "2026-01-01T09:59")]
    assert faults["allowed"].iloc[0] == "called_at 2026-01-01T10:00 or later"


def test_a_range_that_descends_is_a_fault(folder):
    put(folder, "threats.csv", "0.1,0.5,2", "0.1,3,2")
    assert data.validate(folder)["allowed"].tolist() == ["frequency_mode 3 or more"]


def test_a_recommendation_is_done_only_with_its_evidence(folder):
    header = "recommendation_id,body,title,due_on,owner,state,evidence,source,provenance\n"
    rows = "RC1,HMICFRS,Trackers,,,done,,s,force\nRC2,HMICFRS,Trackers,,,done,Fitted,s,force\n"
    (folder / "recommendations.csv").write_text(f"{header}{rows}RC3,HMICFRS,Trackers,,,open,,s,force\n")
    faults = data.validate(folder)
    assert faults[["file", "row", "column", "allowed"]].to_numpy().tolist() == [
        ["recommendations.csv", 2, "evidence", "not blank where state is done"]
    ]


FLOWS = "role,flow,low,mode,high,lead_months,period,source,provenance\n"


@pytest.mark.parametrize(
    ("flow", "values", "wrong"),
    [
        ("pass_rate", "0.6,0.8,1.2", {"high": "1.2"}),
        ("pass_rate", "60,75,90", {"low": "60", "mode": "75", "high": "90"}),
        ("pass_rate", "-0.1,0.8,1", {"low": "-0.1"}),
        ("pass_rate", "0,0.8,1", {}),
        ("intake", "6,8,12", {}),
    ],
)
def test_a_pass_rate_that_is_no_share_is_a_fault_of_its_cells(folder, flow, values, wrong):
    (folder / "workforce_flows.csv").write_text(f"{FLOWS}ARV,{flow},{values},6,,s,illustrative\n")
    faults = data.validate(folder)
    assert found(folder) == [("workforce_flows.csv", 2, column, value) for column, value in wrong.items()]
    assert all("0 or more" in said or said == "a share, 0 to 1, where flow is pass_rate" for said in faults["allowed"])


def test_more_combinations_of_busy_crews_than_the_exact_model_holds_are_a_fault(folder):
    put(folder, "crews.csv", "B1,early-weekday-summer,1,", "B1,early-weekday-summer,4194304,")
    assert found(folder) == [("crews.csv", 2, "crews", "4194304")]
    words = "at most 4,194,304 combinations of crews for block early-weekday-summer; Crews on duty."
    assert data.validate(folder)["allowed"].tolist() == [words]
    put(folder, "crews.csv", "B1,early-weekday-summer,4194304,", "B1,early-weekday-summer,30,")
    assert data.validate(folder).empty


@pytest.mark.parametrize(("arrived", "count"), [("2026-10-25T01:05", 0), ("2026-10-25T00:55", 1)])
def test_an_arrival_in_the_repeated_autumn_hour_may_read_earlier_than_the_call(folder, arrived, count):
    times = "2026-01-01T10:00,,2026-01-01T10:02,2026-01-01T10:12,2026-01-01T11:00"
    put(folder, "operations.csv", times, f"2026-10-25T01:50,,,{arrived},")
    assert len(data.validate(folder)) == count


def test_a_key_that_occurs_twice_is_a_fault_alone_and_composite(folder):
    put(folder, "areas.csv", "S,South", "N,South")
    put(folder, "zones.csv", "Two,S", "Two,N")
    (folder / "threat_scores.csv").write_text(
        (folder / "threat_scores.csv").read_text() + "T1,b,physical,3,s,force\nT1,a,physical,4,s,force\n"
    )
    expected = [("areas.csv", 3, "area_id", "N")]
    expected += [("threat_scores.csv", 4, "threat_id, scorer, dimension", "T1, a, physical")]
    assert found(folder) == expected


FILE_FAULTS = [
    (lambda f: (f / "areas.csv").unlink(), ("areas.csv", 0, "", ""), "must be there"),
    (lambda f: (f / "travel.csv").write_bytes(b""), ("travel.csv", 0, "", ""), "empty"),
    (lambda f: (f / "travel.csv").write_bytes(b" \n"), ("travel.csv", 0, "", ""), "empty"),
    (lambda f: put(f, "areas.csv", "North,1000", "North,1000,9"), ("areas.csv", 2, "", "7 cells"), "6 cells"),
    (lambda f: put(f, "areas.csv", "North,1000,", "North"), ("areas.csv", 2, "", "4 cells"), "6 cells"),
    (lambda f: put(f, "areas.csv", "N,North", 'N,"North"x'), ("areas.csv", 2, "", ""), "well-formed CSV"),
    (lambda f: put(f, "areas.csv", "S,South", 'S,"South'), ("areas.csv", 3, "", ""), "well-formed CSV"),
    (lambda f: put(f, "areas.csv", "visitors_a_year", "visitors"), ("areas.csv", 1, "visitors", "visitors"), "year"),
    (lambda f: put(f, "areas.csv", "area_id,name", "area_id,area_id"), ("areas.csv", 1, "area_id", "area_id"), "once"),
    (lambda f: put(f, "bases.csv", "lon,", "long,"), ("bases.csv", 1, "lon", ""), "must be there"),
    (lambda f: (f / "officer.csv").write_text("a\n"), ("officer.csv", 0, "", "officer"), "officers"),
]


@pytest.mark.parametrize(("spoil", "fault", "allowed"), FILE_FAULTS)
def test_a_file_that_cannot_be_read_whole_is_named(folder, spoil, fault, allowed):
    spoil(folder)
    faults = data.validate(folder)
    match = faults[[tuple(row) == fault for row in faults.iloc[:, :4].itertuples(index=False)]]
    assert len(match) == 1
    assert allowed in match["allowed"].iloc[0]


def test_a_wrong_encoding_is_named_with_the_line_it_starts_in(folder):
    (folder / "areas.csv").write_bytes((folder / "areas.csv").read_bytes().replace(b"South", "Süd".encode("latin-1")))
    assert found(folder)[0] == ("areas.csv", 3, "", "\\xfc")


def test_rows_are_numbered_as_a_spreadsheet_shows_them_after_a_cell_of_two_lines(folder):
    put(folder, "operations.csv", "planned", "unplanned")
    assert found(folder) == [("operations.csv", 3, "kind", "unplanned")]


def test_a_ragged_row_does_not_drag_false_faults_behind_it(folder):
    put(folder, "areas.csv", "N,North,1000,,s,illustrative", "N,North")
    assert found(folder) == [("areas.csv", 2, "", "2 cells")]


def test_all_faults_of_all_files_are_told_at_once(folder):
    spoilt = [*CELL_FAULTS[1::5], REFERENCE_FAULTS[2], REFERENCE_FAULTS[3]]
    for file, old, new, *_ in spoilt:
        put(folder, file, old, new)
    put(folder, "force.toml", "seed = 7", "seed = -7")
    put(folder, "assumptions.yaml", "quality: amber", "quality: blue")
    expected = {(file, row, column, value) for file, _, _, row, column, value in spoilt}
    expected |= {("force.toml", 0, "seed", "-7")}
    faults = set(found(folder))
    assert expected <= faults
    assert {file for file, *_ in faults - expected} == {"assumptions.yaml"}


def test_nothing_is_read_when_anything_is_at_fault_and_the_error_says_all(folder):
    put(folder, "areas.csv", "North,1000", "North,x")
    put(folder, "zones.csv", "rural", "lunar")
    with pytest.raises(
        data.InvalidTables, match=r"2 faults[\s\S]*areas.csv:2 population 'x' - allowed: a whole"
    ) as info:
        data.read_tables(folder)
    assert list(info.value.faults) == ["file", "row", "column", "value", "allowed"]
    assert info.value.faults["row"].tolist() == [2, 3]


def test_a_message_of_many_faults_is_cut_and_counts_the_rest(folder):
    with (folder / "areas.csv").open("a") as stream:
        stream.writelines(f"A{n},,x,,s,public\n" for n in range(30))
    with pytest.raises(data.InvalidTables, match="and 20 more"):
        data.read_tables(folder)


def test_a_folder_that_is_not_there_is_refused(tmp_path):
    for ask in (data.validate, data.read_tables, lambda f: data.read_scenario(f, "baseline", 2026, AS_AT)):
        with pytest.raises(ValueError, match="there is no folder"):
            ask(tmp_path / "nowhere")


def test_validating_changes_no_file(folder):
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    data.validate(folder)
    data.read_tables(folder)
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


@given(number=st.floats(allow_nan=False, allow_infinity=False))
def test_every_number_python_prints_is_read_and_its_range_kept(number):
    column = Column("n", Kind.NUMBER, "n", low=0.0, high=10.0)
    assert is_sound(column, repr(number)) == (0 <= number <= 10)


# --- outlines and public figures -------------------------------------------------------------------------------------


def outlines(zone="Z1", shape="Polygon"):
    ring = [[[-2.7, 54.6], [-2.6, 54.6], [-2.6, 54.7], [-2.7, 54.6]]]
    coordinates = ring if shape == "Polygon" else [ring, ring]
    return {"features": [{"properties": {"zone_id": zone}, "geometry": {"type": shape, "coordinates": coordinates}}]}


@pytest.mark.parametrize(("shape", "rings"), [("Polygon", 1), ("MultiPolygon", 2)])
def test_outlines_of_zones_are_read_ring_by_ring(folder, shape, rings):
    (folder / "zones.geojson").write_text(json.dumps(outlines(shape=shape)))
    boundaries = data.read_tables(folder)["boundaries"]
    assert list(boundaries) == ["zone_id", "ring", "lon", "lat"]
    assert boundaries["ring"].nunique() == rings
    assert len(boundaries) == 4 * rings


@pytest.mark.parametrize(
    "content", ["{", '{"type": "x"}', '{"features": [{"geometry": null}]}', "", '{"features": [3]}']
)
def test_outlines_that_are_none_are_a_fault(folder, content):
    (folder / "zones.geojson").write_text(content)
    assert [file for file, *_ in found(folder)] == ["zones.geojson"]


def test_an_outline_of_an_unknown_zone_is_a_fault(folder):
    (folder / "zones.geojson").write_text(json.dumps(outlines(zone="Z9")))
    assert found(folder) == [("zones.geojson", 0, "zone_id", "Z9")]


def test_a_force_without_outlines_has_none_and_public_figures_are_as_printed(sound):
    tables = data.read_tables(sound)
    assert tables["boundaries"].empty
    assert {"force", "year", "metric", "value", "source"} <= set(tables["published_firearms"])
    cumbria = tables["published_firearms"].query("force == 'Cumbria' and metric == 'operations' and year == '2018-19'")
    assert cumbria["value"].astype(float).unique().tolist() == [71.0]


# --- settings -------------------------------------------------------------------------------------------------------

SETTINGS_FAULTS = [
    ("force.toml", "seed = 7\n", "", "seed", "None", "whole number"),
    ("force.toml", "slug = ", "slogan = ", "slogan", "slogan", "slug"),
    ("force.toml", 'slug = "small"', 'slug = "../x"', "slug", "../x", "names a folder"),
    ("force.toml", "assurance_level = 0.9", 'assurance_level = "0.9"', "assurance_level", "0.9", "number"),
    ("force.toml", "assurance_level = 0.9", "assurance_level = 1.9", "", "", "between 0 and 1, not 1.9"),
    ("force.toml", "OFFICIAL-SENSITIVE", "SECRET", "marking", "SECRET", "out of this software's scope"),
    ("force.toml", "test-1", "test-9", "scheme", "test-9", "test-1"),
    ("force.toml", "early = 7", "early = 7.5", "blocks.shifts.early", "7.5", "integer"),
    ("force.toml", "weekend = [5, 6]", "weekend = [5]", "blocks", "", "each weekday"),
    ("force.toml", "[blocks.seasons]", "[blocks.moons]", "blocks.moons", "moons", "seasons"),
    ("force.toml", 'high = "Chief constable"', "", "authority.high", "high", "each level once"),
    ("force.toml", "[responsible]", "[responsible", "", "", "well-formed TOML"),
    ("assumptions.yaml", "  unit: km/h\n", "", "speed.2020-04-01.unit", "", "required"),
    ("assumptions.yaml", "value: 60", "value: fast", "speed.2020-04-01.value", "fast", "number"),
    ("assumptions.yaml", "value: 60", "value: .nan", "speed.2020-04-01.value", "nan", "finite"),
    ("assumptions.yaml", "low: 50", "low: 65", "speed.2020-04-01", "", "does not hold"),
    ("assumptions.yaml", "low: 50", "lower: 50", "speed.2020-04-01.lower", "lower", "low"),
    ("assumptions.yaml", "quality: amber", "quality: blue", "speed.2020-04-01", "", "red, amber, green"),
    ("assumptions.yaml", "provenance: force", "provenance: rumour", "speed.2025-04-01.provenance", "rumour", "public"),
    ("assumptions.yaml", "2020-04-01", "2020-04-31", "", "", "day is out of range"),
    ("assumptions.yaml", "\nspeed:\n", "\nspeed: 3\nother:\n", "speed.values", "None", "dates"),
    ("assumptions.yaml", "{value: 65.5, source: s, provenance: force}", "65.5", "speed.2025-04-01", "65.5", "value, "),
    ("assumptions.yaml", "\nspeed:", "\nspeed: {values: {}}\nspeed:", "speed", "speed", "each name once"),
    ("assumptions.yaml", "meaning: Speed", "meaning: [Speed", "", "", "well-formed YAML"),
    ("assumptions.yaml", None, "- a\n- b\n", "", "list", "mapping"),
    ("scenarios/fast.yaml", "{speed: 90}", "{sped: 90}", "changes.sped", "sped", "nearest is speed"),
    ("scenarios/fast.yaml", "{speed: 90}", "{speed: .inf}", "changes.speed", "inf", "finite"),
    ("scenarios/fast.yaml", "{speed: 90}", "{speed: quick}", "changes.speed", "quick", "number"),
    ("scenarios/fast.yaml", "name: fast", "name: slow", "name", "slow", "fast"),
    ("scenarios/fast.yaml", "title: Fast", "titel: Fast", "title", "", "required"),
    ("scales/test-1.csv", "level,,high,,,,,,,2,1", "level,,huge,,,,,,,2,1", "label", "huge", "order rows"),
    ("scales/test-1.csv", "level,,high,,,,,,,2,1,,s,illustrative\n", "", "likelihood, impact", "2, 1", "each cell"),
    ("scales/test-1.csv", "scheme,,Test scale", "scheme,,", "label", "", "a scheme row needs it"),
    ("scales/test-1.csv", "Physical,,,,1,impact", "Physical,,,,7,impact", "weight", "7", "1 or less"),
    ("scales/test-1.csv", SCALE.splitlines()[1] + "\n", "", "kind", "0 scheme rows", "one row"),
    (
        "scales/test-1.csv",
        "dimension,physical,Physical,,,,1,impact,5,,,,s,illustrative\n",
        "",
        "kind",
        "dimension",
        "one",
    ),
    ("scales/test-1.csv", None, "", "", "", "empty"),
]


@pytest.mark.parametrize(("file", "old", "new", "column", "value", "allowed"), SETTINGS_FAULTS)
def test_a_fault_in_a_setting_has_the_shape_of_a_tables_fault(folder, file, old, new, column, value, allowed):
    if old is None:
        (folder / file).write_text(new)
    else:
        put(folder, file, old, new)
    faults = data.validate(folder).query("file == @file and column == @column and value == @value")
    assert len(faults) >= 1
    assert allowed in faults["allowed"].iloc[0]
    with pytest.raises(data.InvalidTables):
        data.read_scenario(folder, "baseline", 2026, AS_AT)


def test_every_assumption_that_is_not_there_is_a_fault_that_says_what_it_means(folder):
    put(folder, "assumptions.yaml", "circuity:", "circuitry:")
    put(folder, "assumptions.yaml", "aid_reserve_home:", "aid_reserve_house:")
    faults = data.validate(folder)
    assert found(folder) == [("assumptions.yaml", 0, name, "") for name in ("circuity", "aid_reserve_home")]
    words = "an assumption that must be there: Road distance over straight-line distance [ratio]"
    assert faults["allowed"].iloc[0] == words
    with pytest.raises(
        data.InvalidTables, match=r"2 faults[\s\S]*assumptions.yaml circuity '' - allowed: an assumption"
    ):
        data.read_scenario(folder, "baseline", 2026, AS_AT)


def test_an_assumptions_file_that_holds_nothing_lacks_every_one_and_one_that_cannot_be_read_is_told_once(folder):
    place = folder / "assumptions.yaml"
    place.write_text("{}")
    lacking = [column for file, _, column, _ in found(folder) if file == place.name]
    assert lacking == list(ASSUMPTIONS)
    place.write_text("speed: [")
    assert len([file for file, *_ in found(folder) if file == place.name]) == 1


def test_missing_settings_are_faults_and_tables_are_still_checked(folder):
    (folder / "force.toml").unlink()
    (folder / "assumptions.yaml").unlink()
    shutil.rmtree(folder / "scenarios")
    put(folder, "areas.csv", "North,1000", "North,x")
    assert {file for file, *_ in found(folder)} == {"force.toml", "assumptions.yaml", "scenarios", "areas.csv"}


def test_a_scenario_holds_the_settings_and_its_own_changes(sound):
    scenario = data.read_scenario(sound, "fast", 2026, AS_AT)
    assert (scenario.title, scenario.seed, scenario.year, scenario.as_at) == ("Fast", 7, 2026, AS_AT)
    assert scenario.force.marking is Marking.OFFICIAL_SENSITIVE
    assert scenario.force.blocks.days == {"weekday": (0, 1, 2, 3, 4), "weekend": (5, 6)}
    assert scenario.value("speed") == 90
    baseline = data.read_scenario(sound, "baseline", 2024, date(2024, 11, 1)).assumption("speed")
    assert (baseline.value, baseline.low, baseline.high) == (60, 50, 70)
    later = data.read_scenario(sound, "baseline", 2026, AS_AT).assumption("speed")
    assert (later.value, later.low, later.high) == (65.5, 65.5, 65.5)


def test_a_scheme_is_read_from_its_file(sound):
    scheme = data.read_scenario(sound, "baseline", 2026, AS_AT).scheme
    assert (scheme.name, scheme.version, scheme.order) == ("Test scale", "1", ("low", "high"))
    assert scheme.dimensions.loc["physical"].to_dict() == {
        "label": "Physical", "weight": 1.0, "axis": "impact", "highest": 5.0,
    }  # fmt: skip
    assert scheme.likelihood["high"].tolist() == [0.5, 1.0]
    assert scheme.levels.to_dict("list") == {"likelihood": [1, 2], "impact": [1, 1], "level": ["low", "high"]}


def test_a_scenario_that_is_not_there_or_without_a_value_in_force_is_refused(sound):
    with pytest.raises(data.InvalidTables, match="baseline, fast"):
        data.read_scenario(sound, "slow", 2026, AS_AT)
    with pytest.raises(data.InvalidTables, match="speed"):
        data.read_scenario(sound, "baseline", 2019, date(2019, 11, 1))


# --- results --------------------------------------------------------------------------------------------------------

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**12), 10**12) | st.floats(allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(PLAIN)
def test_canonical_json_survives_being_read_and_written_again(value):
    written = data.canonical(value)
    assert data.canonical(json.loads(written)) == written
    assert written.endswith(b"\n")


@given(st.dictionaries(st.text(), st.integers(), min_size=2))
def test_canonical_json_does_not_depend_on_the_order_of_keys(value):
    assert data.canonical(value) == data.canonical(dict(reversed(value.items())))


@given(st.floats(min_value=1e-300, max_value=1e300))
def test_numbers_that_differ_in_their_last_bits_are_written_alike(number):
    short = float(f"{number:.9g}")
    assert json.loads(data.canonical(short * (1 + 1e-14))) == pytest.approx(short, rel=1e-15)


def test_canonical_json_speaks_plainly_of_dates_blanks_and_frames():
    frame = pd.DataFrame({"on": pd.to_datetime(["2026-11-01", None]), "n": pd.array([1, None], dtype="Int64")})
    value = {
        "frame": frame,
        "named": pd.Series([0.1 + 0.2], index=pd.Index(["a"], name="role")),
        "time": pd.Timestamp("2026-11-01T10:30"),
        "day": AS_AT,
        "flag": np.bool_(True),
        "count": np.int64(3),
        "nothing": float("nan"),
        "endless": [float("inf"), float("-inf")],
        "zero": -0.0,
        "marking": Marking.OFFICIAL,
        "set": {"b", "a"},
        "array": np.array([1.5]),
    }
    assert json.loads(data.canonical(value)) == {
        "frame": [{"on": "2026-11-01", "n": 1}, {"on": None, "n": None}],
        "named": {"a": 0.3},
        "time": "2026-11-01T10:30:00",
        "day": "2026-11-01",
        "flag": True,
        "count": 3,
        "nothing": None,
        "endless": ["infinity", "-infinity"],
        "zero": 0.0,
        "marking": "OFFICIAL",
        "set": ["a", "b"],
        "array": [1.5],
    }
    assert b"-0.0" not in data.canonical(value)


def test_results_are_written_as_tables_and_one_json_and_inputs_are_not(sound, tmp_path):
    assessment = stand_in_of(sound)
    data.write_results(assessment, tmp_path)
    assert {path.name for path in (tmp_path / "tables").iterdir()} == {
        "headlines.csv", "breaches.csv", "risk_register.csv", "risk_lint.csv", "risk_proposals.csv",
    }  # fmt: skip
    assert (tmp_path / "tables" / "headlines.csv").read_text() == "headline,value,low\ngap,0.333333333,\n"
    content = json.loads((tmp_path / "assessment.json").read_bytes())
    assert content["schema_version"] == 1
    assert content["settings"]["scheme"] == {"name": "Test scale", "version": "1"}
    assert content["settings"]["assumptions"]["speed"]["value"] == 65.5
    assert content["results"]["headlines"] == [{"headline": "gap", "value": 0.333333333, "low": None}]
    assert "tables" not in content["results"]


def test_a_frame_with_a_named_index_keeps_it_as_a_column():
    @dataclass(frozen=True)
    class Result:
        posts: pd.DataFrame

    frame = pd.DataFrame({"posts": [2]}, index=pd.Index(["ARV"], name="role"))
    assert list(data.result_frames(Result(frame))["posts"]) == ["role", "posts"]


# --- the store ------------------------------------------------------------------------------------------------------


def test_the_content_hash_changes_with_anything_read_and_with_nothing_else(folder):
    def ask(scenario="baseline", year=2026, as_at=AS_AT):
        return data.content_hash(folder, scenario, year, as_at)

    first = ask()
    assert len({first, ask("fast"), ask(year=2027), ask(as_at=date(2026, 11, 2))}) == 4
    (folder / "ledger").mkdir()
    (folder / "ledger" / "events.csv").write_text("x")
    (folder / "notes.txt").write_text("x")
    put(folder, "scenarios/fast.yaml", "90", "91")
    assert ask() == first
    (folder / "ledger" / "forecasts.csv").write_text("as_at")
    files = ("areas.csv", "force.toml", "assumptions.yaml", "scales/test-1.csv", "scenarios/baseline.yaml")
    for file in (*files, "ledger/forecasts.csv"):
        before = ask()
        (folder / file).write_bytes((folder / file).read_bytes() + b"\n")
        assert ask() != before


def test_the_content_hash_changes_with_the_code(sound, tmp_path, monkeypatch):
    monkeypatch.setattr(store, "PACKAGE", tmp_path)
    hashes = set()
    for code in ("", "x = 1", "x = 2"):
        (tmp_path / "threat.py").write_text(code)
        hashes.add(data.content_hash(sound, "baseline", 2026, AS_AT))
    assert len(hashes) == 3


def test_the_content_hash_does_not_depend_on_where_the_folder_lies(sound, folder):
    assert data.content_hash(sound, "baseline", 2026, AS_AT) == data.content_hash(folder, "baseline", 2026, AS_AT)


@dataclass(frozen=True)
class Computed:
    """What the door keeps of an assessment in place of one: what was asked for."""

    asked: tuple[object, ...]
    standing: str = ""


@pytest.fixture
def kept(monkeypatch, tmp_path, folder):
    """The door with a cache of its own and a model that counts how often it is asked."""
    calls = []

    def compute(*asked):
        calls.append(asked)
        return Computed(asked)

    monkeypatch.setattr(store, "CACHE", tmp_path / "cache")
    monkeypatch.setattr(store, "compute", compute)
    return SimpleNamespace(calls=calls, cache=tmp_path / "cache", force=str(folder), folder=folder)


def test_an_assessment_is_computed_once_for_the_same_content(kept):
    first = data.assessment(kept.force, 2026, "2026-11-01", "baseline", "")
    again = data.assessment(kept.force, 2026, "2026-11-01", "baseline", "")
    assert first == again
    assert kept.calls == [(kept.folder.resolve(), 2026, AS_AT, "baseline")]
    put(kept.folder, "areas.csv", "1000", "1001")
    assert first.standing == "draft, not signed"
    data.assessment(kept.force, 2026, "2026-11-01", "baseline", "")
    assert len(kept.calls) == 2


def test_a_spoilt_cache_is_computed_anew_and_mended(kept):
    data.assessment(kept.force, 2026, "2026-11-01")
    (place,) = kept.cache.glob("*.pickle")
    place.write_bytes(b"spoilt")
    data.assessment(kept.force, 2026, "2026-11-01")
    assert len(kept.calls) == 2
    assert pickle.loads(place.read_bytes()).asked[1] == 2026  # noqa: S301
    assert place.stat().st_mode & 0o077 == 0


def test_the_cache_keeps_only_the_newest(kept):
    for day in range(1, 12):
        data.assessment(kept.force, 2026, f"2026-11-{day:02d}")
        for age, path in enumerate(sorted(kept.cache.glob("*"), key=os.path.getmtime)):
            os.utime(path, (age, age))
    assert len(list(kept.cache.glob("*"))) == cache.KEPT


def test_a_run_hands_out_its_own_assessment_and_refuses_one_of_other_content(kept, tmp_path):
    digest = data.content_hash(kept.folder, "baseline", 2026, AS_AT)
    cache.keep("the run's", store.run_pickle(tmp_path / "run", digest))
    ask = (kept.force, 2026, "2026-11-01", "baseline", str(tmp_path / "run"))
    assert data.assessment(*ask) == "the run's"
    assert kept.calls == []
    put(kept.folder, "areas.csv", "1000", "1001")
    with pytest.raises(ValueError, match="run_dir holds no assessment of this content"):
        data.assessment(*ask)


def test_a_notebook_that_asks_early_waits_until_the_runs_assessment_is_made_and_no_longer(kept, tmp_path):
    place = store.run_pickle(tmp_path, data.content_hash(kept.folder, "baseline", 2026, AS_AT))
    ask = partial(data.assessment, kept.force, 2026, "2026-11-01", "baseline", str(tmp_path))
    with ThreadPoolExecutor(1) as pool:
        with store.being_assessed(tmp_path):
            early = pool.submit(ask)
            assert not wait([early], timeout=0.3).done
            cache.keep("made", place)
        assert early.result(timeout=5) == "made"
        place.unlink()
        with store.being_assessed(tmp_path):
            vain = pool.submit(ask)
        with pytest.raises(ValueError, match="but none: tables, settings or code changed"):
            vain.result(timeout=5)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"force": 3}, "force and run_dir must be text"),
        ({"force": ""}, "force and run_dir must be text"),
        ({"run_dir": None}, "force and run_dir must be text"),
        ({"year": "2026"}, "year must be a whole number"),
        ({"year": True}, "year must be a whole number"),
        ({"as_at": "1/11/2026"}, "as_at must be a date such as 2026-11-01, not '1/11/2026'"),
        ({"as_at": "2026-02-30"}, "as_at must be a date"),
        ({"as_at": 20261101}, "as_at must be a date"),
        ({"as_at": "2023-11-01"}, "as_at must lie between 1 April 2025 and 31 March 2027"),
        ({"year": 20260}, "year must lie between 2000 and 2100"),
        ({"scenario": "../baseline"}, "scenario must be small letters"),
        ({"scenario": ""}, "scenario must be small letters"),
        ({"scenario": 1}, "scenario must be small letters"),
    ],
)
def test_a_parameter_that_is_not_what_it_must_be_is_refused(kept, change, message):
    asked = {"force": kept.force, "year": 2026, "as_at": "2026-11-01", "scenario": "baseline", "run_dir": ""}
    with pytest.raises(ValueError, match=message):
        data.assessment(**{**asked, **change})


def test_a_relative_force_is_found_from_any_folder(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert data.force_folder("data/cumbria") == data.PROJECT / "data" / "cumbria"
    assert data.force_folder(tmp_path) == tmp_path.resolve()


def test_a_printed_path_holds_no_folder_of_the_machine(tmp_path):
    assert store.portable(data.PROJECT / "data" / "cumbria") == "data/cumbria"
    assert store.portable(tmp_path / "forces" / "small") == "small"


# --- the data dictionary --------------------------------------------------------------------------------------------


def test_the_data_dictionary_names_every_table_column_and_public_file(tmp_path):
    words = data.dictionary()
    for name, table in TABLES.items():
        section = words.split(f"### `{name}`")[1].split("\n#")[0]
        for column in table.columns:
            assert f"| `{column.name}` | {column.kind}" in section
            assert table.marking_of(column.name) in section
    assert all(f"## {chapter.replace('_', ' ').capitalize()}" in words for chapter in CHAPTERS)
    for path in (data.PROJECT / "data" / "reference").glob("*.*"):
        assert f"| `{path.name}` |" in words
    for name, (meaning, unit) in ASSUMPTIONS.items():
        assert f"| `{name}` | {meaning} | {unit} |" in words
    assert "`low`, `mode`, `high`: at most 1 where `flow` is `pass_rate`." in words
    data.write_dictionary(tmp_path / "README.md")
    assert (tmp_path / "README.md").read_text(encoding="utf-8") == words


def test_the_printed_data_dictionary_is_the_one_the_schema_makes():
    assert (data.PROJECT / "data" / "README.md").read_text(encoding="utf-8") == data.dictionary()


def test_a_fault_in_the_settings_does_not_hide_the_faults_of_the_tables(tmp_path: Path) -> None:
    folder = tmp_path / "both"
    shutil.copytree(data.PROJECT / "data" / "cumbria", folder)
    settings = (folder / "assumptions.yaml").read_text(encoding="utf-8")
    (folder / "assumptions.yaml").write_text(settings.replace("quality: amber", "quality: purple", 1), encoding="utf-8")
    areas = (folder / "areas.csv").read_text(encoding="utf-8")
    (folder / "areas.csv").write_text(areas.replace("north", "", 1), encoding="utf-8")
    with pytest.raises(data.InvalidTables) as refused:
        data.read_scenario(folder, "baseline", 2026, date(2026, 11, 1))
    assert {"assumptions.yaml", "areas.csv"} <= set(refused.value.faults["file"])
    assert "purple" in str(refused.value)

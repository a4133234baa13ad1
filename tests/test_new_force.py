"""A force's start: any of the 43 validates, holds what is public and nothing that is not its own, and is assessed."""

import csv
import re
from datetime import date

import pandas as pd
import pytest
from conftest import PROJECT, WORKED

from apstra import data
from apstra.__main__ import main
from apstra.assessment import assess
from apstra.data.new_force import new_force
from apstra.schema import TABLES

FORCES = pd.read_csv(PROJECT / "data" / "reference" / "police_forces.csv")
TRIED = ("Bedfordshire", "City of London", "Metropolitan Police", "Dyfed-Powys", "Cumbria")
FILLED = {"areas", "donors", "obligations"}


@pytest.mark.parametrize("name", FORCES["force"])
def test_the_start_of_each_of_the_43_forces_validates(name, tmp_path):
    new_force(name, tmp_path / "force")
    assert data.validate(tmp_path / "force").empty
    settings = data.read_scenario(tmp_path / "force", "baseline", 2026, date(2026, 11, 1)).force
    own = FORCES.set_index("force").loc[name]
    assert (settings.name, settings.code, settings.peers) == (name, own["pfa_code"], ())
    donors = pd.read_csv(tmp_path / "force" / "donors.csv")
    assert sorted(donors["name"]) == sorted(set(FORCES["force"]) - {name})
    areas = pd.read_csv(tmp_path / "force" / "areas.csv")
    assert areas["population"].tolist() == [own["population_mid2018"]]


@pytest.fixture(scope="module")
def bedfordshire(tmp_path_factory):
    """The start of Bedfordshire."""
    folder = tmp_path_factory.mktemp("start") / "beds"
    new_force("Bedfordshire", folder)
    return folder


def test_only_public_figures_stand_in_it_each_with_its_source_and_no_row_is_the_worked_forces_own(bedfordshire):
    for table in TABLES.values():
        if not table.folder:
            rows = list(csv.DictReader((bedfordshire / table.file).open(encoding="utf-8")))
            assert bool(rows) == (table.name in FILLED), table.name
            assert {row["provenance"] for row in rows} <= {"public", "derived"}
            assert all(row["source"] for row in rows)
            assert not [row for row in rows if "Cumbria" in row["source"]]
    assert not (bedfordshire / "ledger").exists()
    assert not (bedfordshire / "zones.geojson").exists()


def test_donors_lie_at_the_centres_printed_and_have_armed_officers_only_where_printed(bedfordshire):
    donors = pd.read_csv(bedfordshire / "donors.csv").set_index("name")
    assert donors.loc["Lancashire", ["lat", "lon"]].tolist() == [53.86418, -2.55392]
    # Blackpool Gazette and others of 2019 and 2020, as data/reference/firearms_by_force_long.csv has them.
    printed = {"Cumbria": 80, "Lancashire": 102, "Northumbria": 151, "Nottinghamshire": 71, "West Mercia": 106}
    assert donors["armed_officers"].dropna().to_dict() == printed
    assert "2018-19" in donors.loc["Lancashire", "source"]
    assert donors["own_requirement"].isna().all()
    east = {"Cambridgeshire", "Essex", "Hertfordshire", "Norfolk", "Suffolk"}
    assert set(donors.index[donors["tier"] == "regional"]) == east


def test_obligations_are_the_public_ones_less_what_inspectors_found_of_the_worked_force(bedfordshire, tmp_path):
    rows = pd.read_csv(bedfordshire / "obligations.csv")
    worked = pd.read_csv(WORKED / "obligations.csv")
    assert len(rows) == len(worked) - worked["source"].str.contains("Cumbria").sum() == 26
    new_force("Cumbria", tmp_path / "cumbria")
    assert (tmp_path / "cumbria" / "obligations.csv").read_bytes() == (WORKED / "obligations.csv").read_bytes()


def test_settings_are_the_worked_forces_and_are_said_to_be_illustrative(bedfordshire):
    for file in ("assumptions.yaml", "scales/house-1.csv", "scenarios/heightened.yaml"):
        assert (bedfordshire / file).read_bytes() == (WORKED / file).read_bytes()
    text = (bedfordshire / "force.toml").read_text()
    assert "illustrative: copied from the worked force, to be supplied by the force" in text
    assert not re.search("cumbria|peers", text, re.IGNORECASE)
    mine, theirs = (
        data.read_scenario(folder, "baseline", 2026, date(2026, 11, 1)).force for folder in (bedfordshire, WORKED)
    )
    assert (mine.blocks, mine.authority, mine.sections) == (theirs.blocks, theirs.authority, theirs.sections)


def test_the_verb_says_everything_that_is_to_be_supplied(tmp_path, capsys):
    assert main(["new-force", "City of London", str(tmp_path / "city")]) == 0
    said = capsys.readouterr().out
    for table in TABLES.values():
        assert table.folder or table.file in said
    assert "assumptions.yaml: every value that is labelled illustrative" in said


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("Bedford", "nearest: Bedfordshire"),
        ("bedfordshire", "nearest: Bedfordshire"),
        ("Metropolitan", "nearest: Metropolitan Police"),
        ("Dyfed Powys", "nearest: Dyfed-Powys"),
        ("", "nearest: one of the 43"),
        ("../escape", "no force is named '../escape'"),
    ],
)
def test_a_near_miss_is_told_the_nearest_names_and_nothing_is_made(name, near, tmp_path, capsys):
    assert main(["new-force", name, str(tmp_path / "force")]) == 3
    error = capsys.readouterr().err
    assert near in error
    assert error.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_a_folder_with_something_in_it_is_left_alone_and_an_empty_one_is_filled(tmp_path, capsys):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").write_text("mine")
    (tmp_path / "file").write_text("mine")
    for place in ("full", "file", "file/within", "nowhere/kent"):
        assert main(["new-force", "Kent", str(tmp_path / place)]) == 3
        assert capsys.readouterr().err.count("\n") == 1
    assert [path.name for path in (tmp_path / "full").iterdir()] == ["mine.txt"]
    (tmp_path / "empty").mkdir()
    assert main(["new-force", "Kent", str(tmp_path / "empty")]) == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["empty", "file", "full"]


def test_nothing_is_left_behind_when_it_fails(tmp_path, monkeypatch, capsys):
    def full(*_arguments, **_more):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("apstra.data.new_force._donors", full)
    assert main(["new-force", "Kent", str(tmp_path / "force")]) == 3
    assert "No space left on device" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", TRIED)
def test_the_assessment_of_a_start_says_what_it_cannot_tell(name, tmp_path):
    new_force(name, tmp_path / "force")
    found = assess(
        data.read_tables(tmp_path / "force"),
        data.read_scenario(tmp_path / "force", "baseline", 2026, date(2026, 11, 1)),
    )
    assert found.illustrative == ()
    status = found.obligations.set_index("rule")["status"]
    untold = ("requirement_traced", "requirement_covered", "operations_logged", "licence_current", "equipment_approved")
    assert {said for rule in untold for said in pd.Series(status[rule]).tolist()} == {"cannot tell"}
    assert found.obligations["obligation_id"].is_unique
    headlines = found.headlines.set_index("headline")["value"]
    assert headlines[["cover_0", "people_covered", "response", "reviewed"]].isna().all()

"""Unsaved work: kept after every change with the way back, found again, told where it no longer fits, never lost."""

import json
import os
from dataclasses import replace
from unittest.mock import Mock

import pytest

from apstra.data.drafts import MOST_STEPS, Draft, draft_place, keep_draft, kept_draft
from apstra.schema.edit import Edit

NIGHT = Edit("crews", {"base_id": "carlisle", "block": "night-weekend-summer"}, {"crews": 4})
GONE = Edit("crews", {"base_id": "carlisle", "block": "no-such-block"}, {"crews": 4})
OFFICER = {"officer_id": "NEW-ARV-01", "base_id": "carlisle", "in_post_on": "2026-11-01", "status": "deployable"}


@pytest.fixture
def begun(worked):
    """A draft of three steps, one of each kind of change."""
    start = replace(worked[1], name="what-if", title="What if", author="Analyst", note="é\n'quoted': yes")
    draft = Draft(start, loaded={"fast": "0" * 64})
    for changes, edits in (
        ({"demand_factor": 1.25}, ()),
        ({"demand_factor": 1.25, "assurance_level": 0.8}, (NIGHT,)),
        ({}, (Edit("agreements", {"agreement_id": "AG01"}, remove=True), Edit("officers", add=OFFICER))),
    ):
        draft = draft.changed(replace(start, changes=changes, edits=edits))
    return draft


@pytest.fixture
def place(worked, tmp_path):
    return draft_place(worked[1], tmp_path / "drafts")


def kept(place, worked):
    return kept_draft(place, worked[1], worked[0])


def test_a_draft_is_found_again_as_it_was_with_every_step_back(begun, place, worked):
    where, known = keep_draft(place, begun, "")
    assert where == place
    assert kept(place, worked) == (begun, place, known, [])
    draft = begun
    for _ in range(3):
        draft = draft.undone()
    assert (draft.scenario.changes, draft.scenario.edits, draft.past) == ({}, (), ())
    assert draft.undone() == draft


def test_the_same_scenario_again_is_no_step(begun):
    assert begun.changed(begun.scenario) is begun


def test_another_name_title_or_note_is_no_step_and_the_past_of_the_same_scenario_has_it_too(begun, worked):
    other = replace(worked[1], name="other", title="Other")
    draft = begun.changed(other).undone().worded(name="mine", note="why")
    assert len(draft.past) == len(begun.past)
    assert {one.name for one in (draft.scenario, *draft.past)} == {"mine"}
    mixed = begun.changed(other).worded(title="Seen")
    assert [one.title for one in mixed.past] == ["What if"] * 4
    assert mixed.scenario.title == "Seen"


def test_only_the_last_steps_are_kept(begun, place, worked):
    draft = begun
    for number in range(MOST_STEPS + 5):
        draft = draft.changed(replace(draft.scenario, changes={"demand_factor": 1 + number / 100}))
    keep_draft(place, draft, "")
    assert kept(place, worked)[0].past == draft.past[-MOST_STEPS:]


def test_two_pages_that_keep_the_same_draft_lose_nothing(begun, place, worked):
    first, known = keep_draft(place, begun, "")
    second, _ = keep_draft(place, begun.undone(), "")
    assert (first.name, second.name) == ("2026-2026-11-01-1.json", "2026-2026-11-01-2.json")
    again, newer = keep_draft(first, begun.undone().undone(), known)
    assert again == first
    third, _ = keep_draft(first, begun, known)  # a page that read it before the change
    assert third.name == "2026-2026-11-01-3.json"
    assert json.loads(first.read_text("utf-8"))["steps"][-1]["changes"] == {"demand_factor": 1.25}
    assert keep_draft(first, begun, newer)[0] == first


def test_the_newest_is_found(begun, place, worked):
    first, known = keep_draft(place, begun, "")
    second, other = keep_draft(place, begun.undone(), "")
    os.utime(second, ns=(1, 1))
    assert kept(place, worked)[1:3] == (first, known)
    os.utime(first, ns=(0, 0))
    assert kept(place, worked)[1:3] == (second, other)


def test_drafts_of_another_day_or_year_are_not_found(begun, worked, place, tmp_path):
    keep_draft(place, begun, "")
    other = draft_place(replace(worked[1], year=2027), tmp_path / "drafts")
    assert kept(other, worked) == (None, other, "", [])


def test_a_file_taken_away_meanwhile_is_written_anew(begun, place):
    where, known = keep_draft(place, begun, "")
    where.unlink()
    assert keep_draft(where, begun, known)[0] == where
    assert where.is_file()


def test_what_no_longer_fits_is_told_and_stays_where_it_is(begun, place, worked):
    keep_draft(place, begun.changed(replace(begun.scenario, edits=(GONE,))), "")
    before = place.read_bytes()
    draft, where, _, faults = kept(place, worked)
    assert (draft, where) == (None, place)
    assert [(fault.value, "no-such-block" in fault.allowed) for fault in faults] == [("no-such-block", True)]
    assert place.read_bytes() == before


def test_a_step_back_of_an_assumption_that_is_gone_is_left_out_and_the_rest_stays(begun, place, worked):
    keep_draft(place, begun, "")
    place.write_text(place.read_text("utf-8").replace("assurance_level", "speed_of_light"), encoding="utf-8")
    found = kept(place, worked)[0]
    assert (found.scenario, found.past) == (begun.scenario, begun.past[:2])


def test_an_assumption_there_no_longer_is_is_told(begun, place, worked):
    keep_draft(place, begun.undone(), "")
    place.write_text(place.read_text("utf-8").replace("demand_factor", "speed_of_light"), encoding="utf-8")
    _, _, _, faults = kept(place, worked)
    assert [fault.value for fault in faults] == ["speed_of_light"]


@pytest.mark.parametrize("name", ["baseline", "no name of one!", ""])
def test_a_name_that_cannot_be_saved_yet_is_kept_all_the_same(begun, place, worked, name):
    keep_draft(place, begun.worded(name=name), "")
    assert kept(place, worked)[0].scenario.name == name


SPOILT = [
    b"", b'{"steps": [', b"\xff\xfe", b"[]", b'{"loaded": {}, "steps": []}', b'{"loaded": {}, "steps": [1]}',
    b'{"loaded": "x", "steps": [{}]}', b'{"loaded": {}, "steps": [{"name": "a"}]}',
]  # fmt: skip


@pytest.mark.parametrize("content", SPOILT)
def test_a_spoilt_draft_is_told_and_not_touched(place, worked, content):
    place.parent.mkdir(parents=True)
    place.write_bytes(content)
    draft, where, known, faults = kept(place, worked)
    assert (draft, where, bool(faults)) == (None, place, True)
    assert known
    assert place.read_bytes() == content


def test_a_folder_that_cannot_be_written_is_an_error(begun, place):
    place.parent.parent.write_text("a file where the folder should be", encoding="utf-8")
    with pytest.raises(OSError, match="drafts"):
        keep_draft(place, begun, "")


def test_a_writer_that_fails_leaves_the_draft_whole(begun, place, worked, monkeypatch):
    _, known = keep_draft(place, begun, "")
    monkeypatch.setattr("apstra.data.scenarios.os.fsync", Mock(side_effect=OSError(28, "No space")))
    with pytest.raises(ValueError, match="cannot be saved: No space"):
        keep_draft(place, begun.undone(), known)
    assert kept(place, worked)[0] == begun
    assert [one.name for one in place.parent.iterdir()] == [place.name]

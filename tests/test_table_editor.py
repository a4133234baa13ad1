"""The table editor: every field has its label, what may not stand in it is refused beside it, nothing typed is lost."""

import shutil
from datetime import UTC, datetime
from html import unescape

import ipywidgets as widgets
import pytest
from browser import begun_force
from small_force import write_small_force

from apstra import data
from apstra.schema import TABLES
from apstra.workbench import table_editor
from apstra.workbench.table_editor import BUTTONS, NEW, REGISTER, SHOWN, editor

NOW = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)
SCORE = ("T1", "a", "physical")


@pytest.fixture
def force(tmp_path):
    return write_small_force(tmp_path / "force")


@pytest.fixture(scope="module")
def begun(tmp_path_factory):
    """The worked force with a ledger begun."""
    return begun_force(tmp_path_factory.mktemp("begun") / "force", NOW, cured=True)


@pytest.fixture
def register(begun, tmp_path):
    return shutil.copytree(begun, tmp_path / "register")


def opened(folder, *tables):
    return editor(str(folder), tables or SHOWN, lambda: NOW)


def words(room, name):
    return unescape(room.told[name].value)


def alerts(room):
    """Return the fields that are refused, and in what words."""
    return {name: unescape(note.value) for name, note in room.notes.items() if 'role="alert"' in note.value}


def press(room, name):
    room.controls[name].click()
    return words(room, "picked" if name == "again" else "saved")


def shown(box):
    """Give every widget in a box."""
    for child in box.children:
        yield from shown(child) if isinstance(child, widgets.Box) else (child,)


@pytest.mark.parametrize("name", [name for name, table in TABLES.items() if not table.folder])
def test_every_table_has_a_form_in_which_every_control_has_a_label_of_its_own(force, name):
    room = opened(force, name)
    controls = [each for each in shown(room.box) if not isinstance(each, widgets.HTML)]
    labels = [each.description.strip() for each in controls]
    assert all(labels)
    assert len(set(labels)) == len(labels)
    assert list(room.fields) == [column.name for column in TABLES[name].columns]
    assert all("Allowed: " in note.value for note in room.notes.values())


def test_the_fields_come_from_the_declaration_with_unit_range_and_words(force):
    room = opened(force, "threat_scores", "threats")
    assert room.fields["score"].description == "Score [score]"
    assert "0 or more and 5 or less [score]; may be blank" in room.notes["score"].value
    assert list(room.fields["threat_id"].options) == [("Choose one", ""), ("T1 Gun, loaded", "T1")]
    room.controls["table"].value = "threats"
    assert [value for _, value in room.fields["trend"].options] == ["", *TABLES["threats"].column("trend").allowed]
    assert [value for _, value in room.fields["malicious"].options] == ["", "yes", "no"]
    assert room.fields["threat_id"].disabled
    assert not room.fields["title"].disabled


def test_a_value_out_of_range_is_refused_at_its_field_with_the_range_and_nothing_is_saved(force):
    room, before = opened(force, "threat_scores"), (force / "threat_scores.csv").read_bytes()
    room.fields["score"].value = "7"
    assert alerts(room).keys() == {"score"}
    assert "Refused:</strong> '7' - allowed: a number" in alerts(room)["score"]
    assert "0 or more and 5 or less [score]" in alerts(room)["score"]
    assert "Not done:</strong> put these fields right first, or undo: Score" in press(room, "save")
    assert (force / "threat_scores.csv").read_bytes() == before
    assert room.fields["score"].value == "7"
    room.fields["score"].value = "5"
    assert alerts(room) == {}


def test_what_would_change_is_shown_then_written_and_its_lines_are_told(force):
    room = opened(force, "threat_scores")
    assert "Nothing would change" in words(room, "changes")
    room.fields["score"].value = "2"
    assert "<td>Score</td><td>3</td><td>2</td>" in words(room, "changes")
    told = press(room, "save")
    assert "Done:</strong> Written to threat_scores.csv:\n-T1,a,physical,3,s,illustrative\n+T1,a,physical,2,s," in told
    assert "Nothing would change" in words(room, "changes")
    assert "nothing is changed" in press(room, "save")
    assert data.read_tables(force)["threat_scores"]["score"].tolist() == [2.0]


def test_what_is_not_saved_can_be_undone(force):
    room = opened(force, "threat_scores")
    room.fields["score"].value = "9"
    press(room, "undo")
    assert (room.fields["score"].value, alerts(room)) == ("3", {})
    assert "Nothing would change" in words(room, "changes")


def test_what_is_put_back_as_it_was_is_no_change(force):
    room = opened(force, "threat_scores")
    room.fields["score"].value = "4"
    room.fields["score"].value = "3"
    assert "Nothing would change" in words(room, "changes")


def test_several_rows_are_changed_and_saved_together(force):
    room = opened(force, "lessons")
    room.fields["changed"].value = "equipment"
    room.controls["row"].value = ("L2",)
    room.fields["changed"].value = "training"
    room.controls["row"].value = ("L1",)
    assert room.fields["changed"].value == "equipment"
    press(room, "save")
    assert data.read_tables(force)["lessons"]["changed"].tolist() == ["equipment", "training"]


def test_a_row_with_a_wrong_field_is_not_left_and_a_table_not_with_something_unsaved(force):
    room = opened(force, "threat_scores", "threats")
    room.fields["score"].value = "7"
    room.controls["row"].value = NEW
    assert room.controls["row"].value == SCORE
    assert "put these fields right first" in words(room, "picked")
    room.fields["score"].value = "2"
    room.controls["table"].value = "threats"
    assert room.controls["table"].value == "threat_scores"
    assert "save or undo first what is not saved of threat_scores" in words(room, "picked")
    press(room, "undo")
    room.controls["table"].value = "threats"
    assert (room.controls["row"].value, "It is kept in threats.csv." in words(room, "picked")) == (("T1",), True)


def test_what_was_written_to_one_table_is_not_told_under_another(force):
    room = opened(force, "threat_scores", "threats")
    room.fields["score"].value = "2"
    assert "Written to threat_scores.csv" in press(room, "save")
    room.controls["table"].value = "threats"
    assert words(room, "saved") == ""


def test_a_row_at_fault_in_its_file_is_told_and_can_be_left(force):
    path = force / "lessons.csv"
    path.write_text(path.read_text().replace("none", "nothing"))
    room = opened(force, "lessons")
    room.controls["row"].value = ("L2",)
    assert "'nothing' - allowed: one of: " in alerts(room)["changed"]
    room.controls["row"].value = ("L1",)
    assert room.controls["row"].value == ("L1",)


def test_a_new_row_asks_for_what_is_missing_only_once_it_is_saved(force):
    room = opened(force, "threat_scores")
    room.controls["row"].value = NEW
    assert not room.fields["threat_id"].disabled
    assert room.fields["provenance"].value == "force"
    room.fields["threat_id"].value = "T1"
    assert alerts(room) == {}
    assert "put these fields right first, or undo: Scorer, Dimension, Source" in press(room, "save")
    assert alerts(room).keys() == {"scorer", "dimension", "source"}
    for name, text in {"scorer": "a", "dimension": "physical", "source": "Panel", "score": "1"}.items():
        room.fields[name].value = text
    assert "a key that no other row has" in alerts(room)["scorer"]
    room.fields["scorer"].value = "b"
    assert "\n+T1,b,physical,1,Panel,force" in press(room, "save")
    assert room.controls["row"].value == ("T1", "b", "physical")


def test_a_row_is_removed_once_it_is_saved_and_not_before(force):
    room, before = opened(force, "threat_scores"), (force / "threat_scores.csv").read_bytes()
    press(room, "remove")
    assert "<td>the whole row</td><td>there</td><td>removed</td>" in words(room, "changes")
    assert room.fields["score"].disabled
    assert (force / "threat_scores.csv").read_bytes() == before
    assert "\n-T1,a,physical,3" in press(room, "save")
    assert room.controls["row"].value == NEW
    assert data.read_tables(force)["threat_scores"].empty


def test_a_row_that_others_refer_to_is_refused_and_stays_to_be_undone(force):
    room = opened(force, "threats")
    press(room, "remove")
    assert "threat_scores.csv:2 threat_id 'T1' - allowed: a key of threats" in press(room, "save")
    press(room, "undo")
    assert not room.fields["title"].disabled


def test_whoever_saves_second_is_told_keeps_what_was_typed_and_sees_it_against_the_other(force):
    first, second = opened(force, "threat_scores"), opened(force, "threat_scores")
    first.fields["score"].value = "1"
    first.fields["source"].value = "First"
    press(first, "save")
    second.fields["score"].value = "2"
    assert "somebody else saved to threat_scores.csv" in press(second, "save")
    assert second.fields["score"].value == "2"
    press(second, "again")
    assert "<td>Score</td><td>1</td><td>2</td>" in words(second, "changes")
    assert second.fields["source"].value == "First"
    press(second, "save")
    row = data.read_tables(force)["threat_scores"].iloc[0]
    assert (row["score"], row["source"]) == (2.0, "First")


def test_a_change_to_a_row_that_somebody_removed_is_told_as_gone(force):
    first, second = opened(force, "threat_scores"), opened(force, "threat_scores")
    second.fields["score"].value = "2"
    press(first, "remove")
    press(first, "save")
    assert "Gone with your changes to them: T1, a, physical." in press(second, "again")
    assert "nothing is changed" in press(second, "save")


def test_what_people_type_is_shown_as_text_and_never_as_html(force):
    room = opened(force, "threats")
    room.fields["title"].value = "<img src=x>"
    assert "<img" not in room.told["changes"].value
    press(room, "save")
    assert "<img" not in room.told["saved"].value
    room.fields["frequency_low"].value = "<img src=x>"
    assert "<img" not in room.notes["frequency_low"].value


def test_lines_in_a_cell_are_kept_where_they_are_shown(force):
    room = opened(force, "operations")
    assert isinstance(room.fields["outcome"], widgets.Textarea)
    assert room.fields["outcome"].value == "quoted\nover two lines"
    assert "Nothing would change" in words(room, "changes")


def test_a_role_an_account_and_a_reason_are_asked_for_where_a_ledger_has_begun_and_nowhere_else(register):
    room = opened(register)
    assert room.asked.layout.display == "none"
    room.controls["table"].value = "risks"
    assert room.asked.layout.display is None
    assert "a change is an event in it" in words(room, "picked")
    assert set(room.asked.children) == {room.controls[name] for name in REGISTER}


def test_a_change_of_the_register_is_said_in_its_ledger_and_a_refusal_loses_nothing(register):
    room, csv = opened(register, "risks"), (register / "risks.csv").read_bytes()
    room.fields["owner"].value = "Chief constable"
    assert "account must be pseudonymous" in press(room, "save")
    room.controls["account"].value = "a-17"
    assert "a reason must be given" in press(room, "save")
    room.controls["reason"].value = "Agreed."
    assert 'changed R01 {"owner":"Chief constable"}' in press(room, "save")
    event = data.said(register)[-1]
    assert (event.role, event.account, event.reason) == (room.controls["role"].value, "a-17", "Agreed.")
    assert (register / "risks.csv").read_bytes() == csv
    assert room.controls["reason"].value == ""


def test_the_controls_show_in_the_order_in_which_they_are_worked(force):
    order = [each.description for each in shown(opened(force).box) if not isinstance(each, widgets.HTML)]
    assert order[:3] == ["Table", "Row", BUTTONS["again"]]
    assert order[-1] == BUTTONS["save"]


def test_the_clock_is_read_by_the_hand_that_saves():
    assert table_editor.the_time().tzinfo is UTC

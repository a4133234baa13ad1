"""A few rows of a table edited by hand: the smallest difference of its CSV, or events of the register's ledger."""

import codecs
import csv
import shutil
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import pytest
from browser import AUTHOR, begun_force
from hypothesis import given
from hypothesis import strategies as st
from small_force import write_small_force

from apstra import data, ledger, risk
from apstra.data.csv_lines import edited
from apstra.data.faults import InvalidTables
from apstra.data.table_edit import blank_row, may_set, read_table, row_faults, save_edits
from apstra.schema import TABLES
from apstra.schema.edit import Edit

NOW = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)
ACTIONS = TABLES["actions"]
HEADER = ["action_id", "origin", "title", "owner", "due_on", "state", "evidence", "source", "provenance"]
ROWS = [
    ["A1", "L1", "Plain", "", "2026-01-01", "open", "", "s", "force"],
    ["A2", "L2", 'With, a comma and a "quote"', "Role", "2026-02-01", "open", "", "a, b", "force"],
    ["A3", "L3", "Over\ntwo lines", "", "2026-03-01", "done", "yes", "s", "force"],
    ["A4", "L4", "The last", "", "2026-04-01", "open", "", "s", "force"],
]
STYLES = {
    "plain": {},
    "with CRLF": {"end": "\r\n"},
    "with a byte order mark": {"mark": codecs.BOM_UTF8},
    "all quoted": {"quoting": csv.QUOTE_ALL},
    "only text quoted": {"quoting": csv.QUOTE_NONNUMERIC},
    "without a last line end": {"last": False},
    "with CRLF, a mark and no last line end": {"end": "\r\n", "mark": codecs.BOM_UTF8, "last": False},
}


def written(*, end="\n", mark=b"", quoting=csv.QUOTE_MINIMAL, last=True, rows=ROWS):
    """Return a CSV in some style."""
    stream = StringIO(newline="")
    csv.writer(stream, lineterminator=end, quoting=quoting).writerows([HEADER, *rows])
    text = stream.getvalue()
    return mark + (text if last else text.removesuffix(end)).encode()


def with_row(place, column, text):
    """Return the rows with one cell set."""
    rows = [list(row) for row in ROWS]
    rows[place][HEADER.index(column)] = text
    return rows


def of(key, **kinds):
    return Edit("actions", key={"action_id": key}, **kinds)


@pytest.fixture(params=STYLES.values(), ids=STYLES.keys())
def style(request):
    return request.param


@pytest.mark.parametrize("text", ["Other", "with, comma", 'say "x"', "two\nlines", ""])
@pytest.mark.parametrize("place", range(4))
def test_setting_a_cell_writes_what_a_csv_of_that_style_would_hold_and_not_a_byte_else(style, place, text):
    after, difference = edited(written(**style), ACTIONS, [of(f"A{place + 1}", set={"evidence": text})])
    assert after == written(**style, rows=with_row(place, "evidence", text))
    assert {line[0] for line in difference} <= {"-", "+"}
    assert bool(difference) == (text != ROWS[place][6])


def test_a_row_added_comes_last_in_the_style_of_the_file(style):
    row = ["A5", "L9", "New, and last", "", "2026-05-01", "open", "", "s", "force"]
    after, difference = edited(written(**style), ACTIONS, [Edit("actions", add=dict(zip(HEADER, row, strict=True)))])
    assert after == written(**style, rows=[*ROWS, row])
    assert [line[0] for line in difference] == ["+"]


@pytest.mark.parametrize("place", range(4))
def test_a_row_removed_takes_its_own_lines_and_no_other(place):
    after, difference = edited(written(), ACTIONS, [of(f"A{place + 1}", remove=True)])
    assert after == written(rows=ROWS[:place] + ROWS[place + 1 :])
    assert [line[0] for line in difference] == ["-"] * (2 if place == 2 else 1)


def test_a_line_that_no_csv_program_would_write_so_keeps_all_but_the_cell_that_was_set():
    odd = b'action_id,origin,title\n"A1",x "y" z,"needless quotes"\nA2,b,c\n'
    after, difference = edited(odd, ACTIONS, [of("A1", set={"title": "T"})])
    assert after == b'action_id,origin,title\n"A1",x "y" z,T\nA2,b,c\n'
    assert difference == ('-"A1",x "y" z,"needless quotes"', '+"A1",x "y" z,T')


def test_what_is_set_to_what_stands_there_is_no_difference():
    assert edited(written(), ACTIONS, [of("A2", set={"title": ROWS[1][2]})]) == (written(), ())


def test_a_table_without_a_file_begins_with_its_header():
    after, difference = edited(b"", ACTIONS, [Edit("actions", add=dict(zip(HEADER, ROWS[0], strict=True)))])
    assert after == written(rows=ROWS[:1])
    assert [line[0] for line in difference] == ["+", "+"]


@pytest.mark.parametrize(
    ("edit", "told"),
    [
        (of("A9", set={"title": "x"}), "'A9' - allowed: a row's key"),
        (of("A9", remove=True), "'A9' - allowed: a row's key"),
        (of("A1", set={"colour": "x"}), "colour 'x' - allowed: one of: action_id, origin"),
    ],
)
def test_an_edit_of_no_row_or_no_column_is_refused(edit, told):
    with pytest.raises(InvalidTables, match=told):
        edited(written(), ACTIONS, [edit])


@given(
    st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\r\x00"), max_size=8), min_size=4, max_size=4),
    st.integers(0, 3),
)
def test_whatever_is_typed_is_read_back_and_the_other_rows_stay(texts, place):
    rows = [[*row[:2], text, *row[3:]] for row, text in zip(ROWS, texts, strict=True)]
    after, _ = edited(written(rows=rows), ACTIONS, [of(f"A{place + 1}", set={"owner": texts[place] + "!"})])
    rows[place][3] = texts[place] + "!"
    assert list(csv.reader(StringIO(after.decode(), newline=""))) == [HEADER, *rows]


@pytest.fixture
def force(tmp_path):
    return write_small_force(tmp_path / "force")


def files(folder):
    """Return the bytes of every file of a folder by name."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def saved(reading, *edits, reason="Why not."):
    return save_edits(reading, edits, AUTHOR.role, AUTHOR.account, reason, NOW)


def threat(**cells):
    return Edit("threats", key={"threat_id": "T1"}, set=cells)


def entry(key, **cells):
    return Edit("risks", key={"risk_id": key}, set=cells)


def score(**kinds):
    return Edit("threat_scores", key={"threat_id": "T1", "scorer": "a", "dimension": "physical"}, **kinds)


def test_only_the_file_of_the_table_changes_and_the_force_stays_sound(force):
    before = files(force)
    told = saved(read_table(force, "threat_scores"), score(set={"score": "4.5"}))
    after = files(force)
    assert [name for name in after if after[name] != before.get(name)] == ["threat_scores.csv"]
    assert told == ("-T1,a,physical,3,s,illustrative", "+T1,a,physical,4.5,s,illustrative")
    assert data.validate(force).empty
    assert read_table(force, "threat_scores").row(("T1", "a", "physical"))["score"] == "4.5"


@pytest.mark.parametrize(
    ("name", "edit", "column", "allowed"),
    [
        ("threat_scores", score(set={"score": "7"}), "score", "0 or more and 5 or less [score]"),
        ("threat_scores", score(set={"score": "1,5"}), "score", "a number such as 1000.5"),
        ("threats", threat(trend="up"), "trend", "falling, steady, rising"),
        ("threats", threat(malicious="maybe"), "malicious", "yes or no"),
        ("threats", threat(title=""), "title", "not blank"),
        ("threats", threat(evidence_on="1/2/26"), "evidence_on", "a date"),
        ("threats", threat(frequency_low="9"), "frequency_mode", "9 or more"),
        ("threats", threat(harm_low="1"), "harm_mode", "blank together"),
        ("risks", entry("K1", current_impact="6"), "current_impact", "1 or more and 5"),
        ("risks", entry("K1", threat_id="T9"), "threat_id", "a key of threats"),
        ("threat_scores", score(set={"dimension": "sound"}), "dimension", "a key of dimensions"),
    ],
)  # fmt: skip
def test_what_may_not_stand_in_a_field_is_told_with_what_may_and_refused(force, name, edit, column, allowed):
    reading, before = read_table(force, name), files(force)
    assert allowed in row_faults(reading, edit)[column].allowed
    with pytest.raises(InvalidTables) as refused:
        saved(reading, edit)
    assert (refused.value.faults["column"] == column).any()
    assert files(force) == before


def test_a_key_that_another_row_has_is_told_in_the_fields_of_the_key(force):
    reading = read_table(force, "threats")
    again = Edit("threats", add={**blank_row(reading, NOW), "threat_id": "T1"})
    assert row_faults(reading, again)["threat_id"].allowed == "a key that no other row has"


def test_a_row_that_others_refer_to_is_not_removed(force):
    before = files(force)
    with pytest.raises(InvalidTables, match=r"threat_scores.csv:2 threat_id 'T1' - allowed: a key of threats"):
        saved(read_table(force, "threats"), Edit("threats", key={"threat_id": "T1"}, remove=True))
    assert files(force) == before


def test_whoever_saves_second_is_told_and_nothing_is_overwritten(force):
    first, second = read_table(force, "threat_scores"), read_table(force, "threat_scores")
    saved(first, score(set={"score": "1"}))
    before = files(force)
    with pytest.raises(ValueError, match=r"somebody else saved to threat_scores.csv since .* nothing is overwritten"):
        saved(second, score(set={"score": "2"}))
    assert files(force) == before


def test_a_crash_between_writing_and_replacing_leaves_the_old_file_whole(force, monkeypatch):
    reading, before = read_table(force, "threat_scores"), files(force)

    def crash(_self, _target):
        raise OSError(28, "no space left")

    monkeypatch.setattr(Path, "replace", crash)
    with pytest.raises(ValueError, match="cannot be written: no space left"):
        saved(reading, score(set={"score": "1"}))
    assert files(force) == before


def test_what_a_killed_writer_left_behind_neither_counts_as_a_table_nor_stops_the_next(force):
    (force / "threat_scores.csv.partial").write_bytes(b"threat_id,sco")
    assert data.validate(force).empty
    saved(read_table(force, "threat_scores"), score(set={"score": "1"}))
    assert data.validate(force).empty


def test_a_file_that_is_not_well_formed_is_told_and_not_edited(force):
    (force / "horizon.csv").write_text("driver_id,driver\nH1\n")
    with pytest.raises(InvalidTables, match="1 cells"):
        read_table(force, "horizon")


def test_a_fault_in_a_cell_keeps_nobody_from_putting_it_right(force):
    path = force / "threat_scores.csv"
    path.write_text(path.read_text().replace(",3,", ",30,"))
    saved(read_table(force, "threat_scores"), score(set={"score": "3"}))
    assert data.validate(force).empty


def test_a_table_that_may_be_missing_begins_with_its_first_row(force):
    (force / "horizon.csv").unlink()
    reading = read_table(force, "horizon")
    assert (reading.rows, reading.version) == ([], "")
    row = blank_row(reading, NOW) | {"driver_id": "H1", "driver": "legal", "title": "Law", "threats": "T1"}
    row |= {"outlook_1y": "steady", "outlook_4y": "rising", "confidence": "low", "source": "s"}
    saved(reading, Edit("horizon", add=row))
    assert data.read_tables(force)["horizon"]["title"].tolist() == ["Law"]


def test_a_row_keeps_its_provenance_and_takes_the_source_that_is_stated(force):
    saved(read_table(force, "threat_scores"), score(set={"score": "1", "source": "Panel of May"}))
    row = read_table(force, "threat_scores").row(("T1", "a", "physical"))
    assert (row["source"], row["provenance"]) == ("Panel of May", "illustrative")


@pytest.fixture(scope="module")
def begun(tmp_path_factory):
    """The worked force with a ledger begun."""
    return begun_force(tmp_path_factory.mktemp("begun") / "force", NOW, cured=True)


@pytest.fixture
def register(begun, tmp_path):
    return shutil.copytree(begun, tmp_path / "register")


def events_of(folder, edits, table="risks"):
    """Return what an edit says: kind, subject, content, having looked that no CSV changes."""
    known, csvs = len(data.said(folder)), {name: text for name, text in files(folder).items() if name.endswith("csv")}
    saved(read_table(folder, table), *edits)
    assert csvs == {name: text for name, text in files(folder).items() if name.endswith("csv")}
    return [(event.kind, event.subject, event.content) for event in data.said(folder)[known:]]


def test_once_a_ledger_has_begun_a_change_of_fields_is_said_in_it(register):
    said = events_of(register, [entry("R01", current_likelihood="3", owner="")])
    assert said == [("changed", "R01", {"current_likelihood": 3, "owner": None})]
    event = data.said(register)[-1]
    assert (event.role, event.account, event.reason) == (AUTHOR.role, AUTHOR.account, "Why not.")
    assert read_table(register, "risks").row(("R01",))["current_likelihood"] == "3"


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (
            entry("R01", state="closed", evidence="Shown.", current_impact="3"),
            [("changed", {"current_impact": 3}), ("moved", {"to": "closed", "evidence": "Shown."})],
        ),
        (
            entry("R11", state="reopened", owner="Chief"),
            [("moved", {"to": "reopened"}), ("changed", {"owner": "Chief"})],
        ),
        (entry("R07", state="open"), [("moved", {"to": "open"})]),
        (
            entry("R02", state="open", treatment="transfer"),
            [("changed", {"treatment": "transfer"}), ("moved", {"to": "open"})],
        ),
    ],
)  # fmt: skip
def test_another_state_is_a_move_and_what_else_changed_is_said_where_it_may_be(register, edit, said):
    found = events_of(register, [edit])
    assert [(kind, content) for kind, _, content in found] == said


def test_a_new_entry_and_a_new_control_take_the_next_id(register):
    reading = read_table(register, "risks")
    row = blank_row(reading, NOW) | {"kind": "risk", "title": "New", "cause": "c", "consequence": "d"}
    ((kind, name, content),) = events_of(register, [Edit("risks", add=row)])
    assert (kind, content["title"], content["state"]) == ("opened", "New", "open")
    assert name == risk.next_id({"risks": dict.fromkeys(key[0] for key in reading.rows)})
    control = blank_row(read_table(register, "controls"), NOW)
    control |= {"risk_id": name, "title": "Hold", "status": "planned", "effect": "Less"}
    ((kind, _, content),) = events_of(register, [Edit("controls", add=control)], "controls")
    assert (kind, content["risk_id"]) == ("control_added", name)


def test_links_are_tied_and_undone(register):
    tie = {"risk_id": "R01", "relation": "lesson", "linked_id": "L01"}
    reading = read_table(register, "links")
    added = events_of(register, [Edit("links", add=blank_row(reading, NOW) | tie)], "links")
    assert [(kind, content["to"]) for kind, _, content in added] == [("linked", "L01")]
    undone = events_of(register, [Edit("links", key=tie, remove=True)], "links")
    assert undone == [("unlinked", "R01", {"relation": "lesson", "to": "L01"})]


@pytest.mark.parametrize(
    ("edit", "told"),
    [
        (Edit("risks", key={"risk_id": "R01"}, remove=True), "R01: the ledger keeps every row of risks"),
        (entry("R01", state="tolerated", accepted_until="2020-01-01"), "an acceptance ends on a day to come"),
        (entry("R01", state="closed"), "it closes only with its evidence"),
        (entry("R01", accepted_until="2027-01-01"), "accepted_until cannot be set by changed"),
    ],
)
def test_what_a_ledger_refuses_is_told_and_none_of_it_is_said(register, edit, told):
    known = data.said(register)
    with pytest.raises(ValueError, match=told):
        saved(read_table(register, "risks"), entry("R02", owner="Chief"), edit)
    assert data.said(register) == known


def test_whoever_speaks_second_to_a_ledger_is_told(register):
    first, second = read_table(register, "risks"), read_table(register, "risks")
    saved(first, entry("R01", owner="Chief"))
    with pytest.raises(ValueError, match="somebody else saved to the ledger since it was read"):
        saved(second, entry("R01", owner="Deputy"))


def test_a_register_read_from_its_csv_is_not_saved_there_once_a_ledger_has_begun(register):
    file = data.desk(register, NOW.date()).place.file
    aside = file.rename(register / "aside")
    reading = read_table(register, "risks")
    assert not reading.begun
    aside.rename(file)
    with pytest.raises(ValueError, match="somebody else saved to the ledger"):
        saved(reading, entry("R01", owner="Chief"))


def test_a_run_that_is_signed_meanwhile_is_no_change_of_the_register(register):
    reading, desk = read_table(register, "risks"), data.desk(register, NOW.date())
    kept = ("decision", "product", "results", "register")
    ledger.append(
        desk.place, AUTHOR, [risk.Draft("prepared", "run", dict.fromkeys(kept, "x"), "Done.")], NOW, lambda *_: None
    )
    saved(reading, entry("R01", owner="Chief"))  # fmt: skip
    assert data.said(register)[-1].kind == "changed"


def test_the_key_is_set_in_a_new_row_alone_and_the_ledger_sets_what_is_its_own(force, register):
    scores = read_table(force, "threat_scores")
    assert set(TABLES["threat_scores"].key).isdisjoint(may_set(scores, new=False))
    assert set(TABLES["threat_scores"].key) <= set(may_set(scores, new=True))
    entries = read_table(register, "risks")
    own = {"risk_id", "opened_on", "reviewed_on", "accepted_by", "merged_into", "closing_proposed"}
    assert own.isdisjoint({*may_set(entries, new=False), *may_set(entries, new=True)})

"""The register through a spreadsheet and back: what was edited applies, what conflicts is shown, the rest stays."""

import shutil
from datetime import UTC, date, datetime
from io import BytesIO
from types import SimpleNamespace

import openpyxl
import pytest
import python_calamine
from conftest import WORKED, make_scenario
from hypothesis import given, settings
from hypothesis import strategies as st
from small_force import write_small_force

from apstra import data
from apstra.__main__ import main
from apstra.data.register_book import exported_events, read_book, rows_of
from apstra.publish.book import SPARE, register_book
from apstra.risk import Actor, Draft, fold, sealed
from apstra.risk.difference import SHEETS, columns, differences, drafts
from apstra.risk.lifecycle import CONTROL_EDITABLE, EDITABLE
from apstra.schema import TABLES, Kind

ANALYST = Actor("Analyst", "a-01")
NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
WHO = ["--role", "Inspector", "--account", "i-01", "--reason", "Agreed at the meeting."]
HEADINGS = 4
ENTRY = {
    "kind": "risk", "title": "Range fails", "cause": "Age", "consequence": "Currency lapses", "state": "open",
    "threat_id": "T1", "owner": "Inspector", "current_likelihood": 4, "current_impact": 3, "confidence": "high",
    "treatment": "treat", "review_on": "2026-12-10",
}  # fmt: skip
CONTROL = {"risk_id": "R01", "title": "Second course", "status": "planned", "effect": "More officers",
           "owner": "Inspector", "due_on": "2027-03-31"}  # fmt: skip
HOSTILE = (
    "=1+1", "+1+1", "-1+1", "@SUM(A1)", '=HYPERLINK("http://evil","x")', "\uff1d1+1", "'quoted", "http://evil",
    "[a](http://evil) [b](http://evil)", "$$edit$$", "???", " ends in blanks ", "two\nlines", "two\r\nlines", "12",
    "1e5", "TRUE", "2026-11-01", "_x0041_", "a\x01b", "\ufffe", "<b>&amp;</b>", "\U0001f600", "\t=1",
)  # fmt: skip


@pytest.fixture
def small(tmp_path, capsys):
    """A small force with a ledger of two entries and a control, its exported book, and verbs about it."""
    folder = write_small_force(tmp_path / "small")
    desk = data.desk(folder, NOW.date())
    data.begin(desk, ANALYST, NOW, "The register moves to the ledger.")
    opened = [Draft("opened", "R01", ENTRY, "New."), Draft("control_added", "C01", CONTROL, "New.")]
    data.say(desk, ANALYST, opened, NOW)
    path = tmp_path / "book.xlsx"
    assert main(["register", "export", str(path), "--force", str(folder)]) == 0
    capsys.readouterr()

    def take(*more):
        code = main(["register", "import", str(path), "--force", str(folder), *WHO, *more])
        return SimpleNamespace(code=code, **capsys.readouterr()._asdict())

    def say(kind, subject, **fields):
        data.say(desk, ANALYST, [Draft(kind, subject, fields, "Elsewhere.")], NOW)

    def news():
        return [(e.kind, e.subject, e.content, e.reason) for e in data.said(folder)[3:]]

    return SimpleNamespace(folder=folder, desk=desk, path=path, take=take, say=say, news=news)


def cell(sheet, one, field, nth=0):
    """Return the cell of an entry's field; ``nth`` counts rows of one id."""
    headings = [each.value for each in sheet[HEADINGS]]
    rows = [row for row in sheet.iter_rows(min_row=HEADINGS + 1) if row[0].value == one]
    return rows[nth][headings.index(field.replace("_", " ").capitalize())]


def put(place, value):
    """Set a cell as a spreadsheet would: text stays text."""
    place.value = value
    if isinstance(value, str):
        place.data_type = "s"


def edit(path, *changes, nth=0):
    """Edit cells ``(sheet, id, field, value)`` and save the book as another program does."""
    book = openpyxl.load_workbook(path)
    for sheet, one, field, value in changes:
        put(cell(book[sheet], one, field, nth), value)
    book.save(path)


def new_row(sheet, nth=0, **fields):
    return [(sheet, "new", name, value, nth) for name, value in fields.items()]


def add(path, *rows):
    book = openpyxl.load_workbook(path)
    for sheet, one, field, value, nth in [change for row in rows for change in row]:
        put(cell(book[sheet], one, field, nth), value)
    book.save(path)


# --- identity ---------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def worked_copy(tmp_path_factory):
    folder = tmp_path_factory.mktemp("worked") / "cumbria"
    shutil.copytree(WORKED, folder)
    for file in (folder / "ledger").glob("ledger.sqlite*"):
        file.unlink()
    data.begin(data.desk(folder, NOW.date()), ANALYST, NOW, "The register moves to the ledger.")
    return folder


@pytest.mark.parametrize("program", ["untouched", "saved", "put in another order"])
def test_the_worked_register_comes_back_unchanged_as_no_event(worked_copy, tmp_path, capsys, program):
    path = tmp_path / "book.xlsx"
    assert main(["register", "export", str(path), "--force", str(worked_copy)]) == 0
    if program != "untouched":
        book = openpyxl.load_workbook(path)
        if program == "put in another order":
            for sheet in (book["Register"], book["Controls"]):
                rows = [[each.value for each in row] for row in sheet.iter_rows(min_row=HEADINGS + 1)]
                rows = [*rows[1::2], *rows[::2]]
                for number, row in enumerate(rows, HEADINGS + 1):
                    for column, value in enumerate(row, 1):
                        sheet.cell(number, column).value = value
        book.save(path)
    before = data.said(worked_copy)
    assert len(before) > 30
    capsys.readouterr()
    assert main(["register", "import", str(path), "--force", str(worked_copy), "--yes", *WHO]) == 0
    assert capsys.readouterr().out == "nothing changed: nothing is applied\n"
    assert data.said(worked_copy) == before


def test_the_book_is_the_same_bytes_for_the_same_register(small, tmp_path):
    assert main(["register", "export", str(tmp_path / "again.xlsx"), "--force", str(small.folder)]) == 0
    assert (tmp_path / "again.xlsx").read_bytes() == small.path.read_bytes()


def test_a_cell_written_as_other_programs_write_it_is_not_a_change(small):
    book = openpyxl.load_workbook(small.path)
    review, score = (cell(book["Register"], "R01", field) for field in ("review_on", "current_likelihood"))
    review.value = (date(2026, 12, 10) - date(1899, 12, 30)).days
    review.number_format = "General"
    score.value = 4.0
    book["Register"].cell(60, 3).value = ""
    book["Controls"].append([None] * 9)
    book.save(small.path)
    done = small.take("--yes")
    assert (done.code, done.out, small.news()) == (0, "nothing changed: nothing is applied\n", [])


# --- edits ------------------------------------------------------------------------------------------------------------


def test_each_kind_of_edit_becomes_an_event_with_actor_and_reason(small):
    edit(
        small.path,
        ("Register", "R01", "title", "Indoor range fails"),
        ("Register", "R01", "current_likelihood", 5),
        ("Register", "R01", "review_on", datetime(2027, 2, 1)),  # noqa: DTZ001 - a day has no zone
        ("Register", "R01", "owner", None),
        ("Register", "R01", "reason", "Seen at the range."),
        ("Register", "K1", "threat_id", "T1"),
        ("Register", "K1", "current_impact", 2),
        ("Controls", "C01", "effect_seen", "Six more officers"),
        ("Controls", "C01", "due_on", "2027-04-30"),
    )
    done = small.take("--yes")
    assert done.code == 0, done.err
    seen = {"title": "Indoor range fails", "current_likelihood": 5, "review_on": "2027-02-01", "owner": None}
    assert small.news() == [
        ("changed", "K1", {"current_impact": 2}, "Agreed at the meeting."),
        ("changed", "R01", seen, "Seen at the range."),
        ("control_changed", "C01", {"due_on": "2027-04-30", "effect_seen": "Six more officers"}, WHO[-1]),
    ]
    assert {(e.role, e.account) for e in data.said(small.folder)[3:]} == {("Inspector", "i-01")}
    assert "Register:6 R01 title: was 'Range fails'; book 'Indoor range fails'; now 'Range fails' - applied" in done.out
    assert "Register:6 R01 owner: was 'Inspector'; book blank; now 'Inspector' - applied" in done.out
    assert "E000005: changed R01" in done.out


def test_new_rows_open_entries_and_add_controls_under_the_next_ids_once(small):
    needed = {
        "state": "proposed",
        "kind": "observation",
        "title": "Radios fade",
        "cause": "Hills",
        "consequence": "Silence",
    }
    more = {**needed, "title": "Keys lost", "current_impact": 2, "reason": "From the walk-round."}
    control = {"risk_id": "K1", "title": "Relay", "status": "existing", "effect": "Heard"}
    add(small.path, new_row("Register", 0, **needed), new_row("Register", 5, **more), new_row("Controls", **control))
    book = openpyxl.load_workbook(small.path)
    cell(book["Register"], "new", "risk_id", 5).value = None
    book.save(small.path)
    assert small.take("--yes").code == 0
    del more["reason"]
    assert small.news() == [
        ("opened", "R02", needed, WHO[-1]),
        ("opened", "R03", more, "From the walk-round."),
        ("control_added", "C02", control, WHO[-1]),
    ]
    again = small.take("--yes")
    assert (again.code, len(small.news())) == (0, 3)
    assert "Register: R02 is newer than the book" in again.out


def test_nothing_is_applied_without_a_yes(small, monkeypatch):
    edit(small.path, ("Register", "R01", "title", "Indoor range fails"))
    done = small.take()
    assert (done.code, small.news()) == (0, [])
    assert "book 'Indoor range fails'" in done.out
    assert done.out.endswith("nothing was applied; --yes applies it\n")
    monkeypatch.setattr("sys.stdin", SimpleNamespace(isatty=lambda: True))
    asked = []
    monkeypatch.setattr("builtins.input", lambda words: asked.append(words) or "n")
    assert (small.take().code, small.news()) == (0, [])
    assert asked == ["Apply 1 change? [y/N] "]

    def leave(_words):
        raise EOFError

    monkeypatch.setattr("builtins.input", leave)
    assert (small.take().code, small.news()) == (0, [])
    monkeypatch.setattr("builtins.input", lambda _words: "y")
    assert (small.take().code, len(small.news())) == (0, 1)


def test_what_is_said_while_the_question_stands_is_not_overwritten(small, monkeypatch):
    edit(small.path, ("Register", "R01", "title", "Indoor range fails"))
    monkeypatch.setattr("sys.stdin", SimpleNamespace(isatty=lambda: True))
    monkeypatch.setattr("builtins.input", lambda _words: small.say("changed", "R01", title="Outdoor range") or "y")
    done = small.take()
    assert done.code == 3
    assert "meanwhile" in done.err
    assert [content for _, _, content, _ in small.news()] == [{"title": "Outdoor range"}]


def test_a_row_taken_out_is_told_and_takes_nothing_out(small):
    book = openpyxl.load_workbook(small.path)
    book["Register"].delete_rows(HEADINGS + 1)
    book.save(small.path)
    done = small.take("--yes")
    assert (done.code, small.news()) == (0, [])
    assert "Register: K1 is missing from the book; nothing is done" in done.out


# --- both sides -------------------------------------------------------------------------------------------------------


def test_what_changed_only_in_the_ledger_is_left_alone_and_told(small):
    small.say("changed", "R01", title="Outdoor range")
    edit(small.path, ("Register", "R01", "current_impact", 5))
    done = small.take("--yes")
    assert done.code == 0, done.err
    assert small.news()[1:] == [("changed", "R01", {"current_impact": 5}, WHO[-1])]
    assert "title: was 'Range fails'; book 'Range fails'; now 'Outdoor range' - changed in the ledger" in done.out


def test_the_same_value_on_both_sides_is_no_change(small):
    small.say("changed", "R01", title="Outdoor range", owner=None)
    edit(small.path, ("Register", "R01", "title", "Outdoor range"), ("Register", "R01", "owner", None))
    done = small.take("--yes")
    assert (done.code, len(small.news())) == (0, 1)
    assert done.out == "nothing changed: nothing is applied\n"


def test_every_conflict_is_shown_and_nothing_at_all_applied_unless_conflicts_are_left_out(small):
    small.say("changed", "R01", title="Outdoor range", current_impact=1)
    small.say("control_changed", "C01", effect="Fewer")
    edit(
        small.path,
        ("Register", "R01", "title", "Indoor range"),
        ("Register", "R01", "current_impact", None),
        ("Register", "R01", "confidence", "low"),
        ("Register", "K1", "title", "No cover at night"),
        ("Controls", "C01", "effect", "Many"),
    )
    done = small.take("--yes")
    assert (done.code, len(small.news())) == (3, 2)
    for words in (
        "3 conflicts: nothing is applied",
        "Register:6 R01 title: was 'Range fails'; book 'Indoor range'; now 'Outdoor range' - conflict",
        "Register:6 R01 current_impact: was 3; book blank; now 1 - conflict",
        "Controls:5 C01 effect: was 'More officers'; book 'Many'; now 'Fewer' - conflict",
    ):
        assert words in done.err
    done = small.take("--yes", "--except-conflicts")
    assert done.code == 0, done.err
    assert [said[:3] for said in small.news()[2:]] == [("changed", "K1", {"title": "No cover at night"})]
    assert "conflict: changed in the book and in the ledger" in done.out
    assert "R01 confidence: was 'high'; book 'low'; now 'high' - not applied: its row has a conflict" in done.out


def test_an_entry_closed_since_conflicts_with_its_edits(small):
    small.say("moved", "R01", to="closed", evidence="Range rebuilt")
    edit(small.path, ("Register", "R01", "title", "Indoor range"), ("Register", "K1", "title", "No cover at night"))
    done = small.take("--yes")
    assert done.code == 3
    assert "closed or dismissed in the ledger" in done.err
    assert small.take("--yes", "--except-conflicts").code == 0
    assert [said[1] for said in small.news()] == ["R01", "K1"]


# --- refusals ---------------------------------------------------------------------------------------------------------


def test_every_fault_of_the_book_is_told_at_once_with_sheet_row_column_value_and_what_is_allowed(small):
    edit(
        small.path,
        ("Register", "R01", "current_likelihood", 9),
        ("Register", "R01", "current_impact", 2.5),
        ("Register", "R01", "title", None),
        ("Register", "R01", "confidence", "certain"),
        ("Register", "R01", "review_on", "01/02/2027"),
        ("Register", "R01", "threat_id", "T9"),
        ("Register", "R01", "state", "closed"),
        ("Register", "K1", "treatment", "tolerate"),
        ("Register", "new", "title", "Radios fade"),
        ("Controls", "C01", "risk_id", "K1"),
        ("Controls", "new", "risk_id", "R77"),
    )
    done = small.take("--yes")
    assert (done.code, small.news()) == (3, [])
    for words in (
        "Register:6 current_likelihood '9' - allowed: a whole number without separators; 1 or more and 5 or less",
        "Register:6 current_impact '2.5' - allowed: a whole number",
        "Register:6 title '' - allowed: text; not blank",
        "Register:6 confidence 'certain' - allowed: one of: low, moderate, high; may be blank",
        "Register:6 review_on '01/02/2027' - allowed: a date such as 2026-11-01; may be blank",
        "Register:6 threat_id 'T9' - allowed: a key of threats",
        "Register:6 state 'closed' - allowed: 'open', as exported: this cell is locked",
        "Register:5 K1: tolerating is a decision with a last day",
        "Register:7 kind '' - allowed: one of: risk, observation; not blank",
        "Register:7 cause '' - allowed: text; not blank",
        "Controls:5 risk_id 'K1' - allowed: 'R01', as exported: this cell is locked",
        "Controls:6 risk_id 'R77' - allowed: a key of risks",
    ):
        assert words in done.err
    assert "faults in the book: nothing is applied" in done.err


def test_ids_that_are_not_of_the_register_or_twice_are_faults(small):
    book = openpyxl.load_workbook(small.path)
    cell(book["Register"], "K1", "risk_id").value = "K7"
    cell(book["Controls"], "new", "control_id").value = "C01"
    cell(book["Controls"], "C01", "title", 1).value = "Again"
    book.save(small.path)
    done = small.take("--yes")
    assert done.code == 3
    assert "Register:5 risk_id 'K7' - allowed: an id of the register as exported, or new" in done.err
    assert "Controls:6 control_id 'C01' - allowed: an id that no other row has" in done.err


def test_a_formula_is_a_fault_and_never_read_as_a_blank(small):
    book = openpyxl.load_workbook(small.path)
    place = cell(book["Register"], "R01", "current_likelihood")
    place.value = "=2+2"
    book.save(small.path)
    done = small.take("--yes")
    assert (done.code, small.news()) == (3, [])
    assert f"Register:6 {place.column_letter} 'a formula' - allowed: a value" in done.err
    assert "blank" not in done.err


def test_columns_and_sheets_that_are_missing_or_unknown_are_faults(small):
    book = openpyxl.load_workbook(small.path)
    book["Register"].cell(HEADINGS, 4).value = "Titel"
    del book["Controls"]
    book.save(small.path)
    done = small.take("--yes")
    assert done.code == 3
    assert "Register:4 title - allowed: the column must be there" in done.err.replace(" '' ", " ")
    assert "Register:4 titel 'titel' - allowed: one of: risk_id, state" in done.err
    assert "Controls '' - allowed: the sheet must be there" in done.err


def test_a_rule_of_the_register_refuses_all_of_the_book(small):
    small.say("moved", "R01", to="closed", evidence="Range rebuilt")
    again = small.path.with_name("again.xlsx")
    assert main(["register", "export", str(again), "--force", str(small.folder)]) == 0
    again.replace(small.path)
    book = openpyxl.load_workbook(small.path)
    assert cell(book["Register"], "R01", "title").protection.locked
    edit(small.path, ("Register", "R01", "title", "Indoor range"), ("Register", "K1", "title", "No cover at night"))
    done = small.take("--yes")
    assert (done.code, len(small.news())) == (3, 1)
    assert "Register:6 R01 is closed: reopen it first" in done.err


def test_the_book_of_another_force_or_another_history_is_refused(small, worked_copy, tmp_path, capsys):
    assert main(["register", "import", str(small.path), "--force", str(worked_copy), *WHO]) == 3
    assert "book.xlsx is the register of small, not of cumbria" in capsys.readouterr().err
    edit(small.path)
    for item, value in (("Hash", "0" * 64), ("Event", "4000"), ("Event", "0")):
        book = openpyxl.load_workbook(small.path)
        next(row[1] for row in book["Origin"].iter_rows() if row[0].value == item).value = value
        book.save(small.path)
        done = small.take("--yes")
        assert (done.code, small.news()) == (3, [])
        assert "of a history that is not this ledger's" in done.err


def of_a_later_zip(whole):
    """Return a workbook whose first part asks for a version of ZIP that does not exist yet."""
    place = whole.index(b"PK\x01\x02") + 6
    return whole[:place] + b"\xff" + whole[place + 1 :]


def test_a_file_that_is_no_book_of_the_register_is_refused_in_one_line(small):
    other = openpyxl.Workbook()
    other["Sheet"]["A1"] = "Risk id"
    foreign = BytesIO()
    other.save(foreign)
    whole = small.path.read_bytes()
    for content, words in (
        (foreign.getvalue(), "is no book of this version of apstra register export"),
        (b"risk_id,title\n", "cannot be read as a spreadsheet"),
        (b"", "cannot be read as a spreadsheet"),
        (whole[: len(whole) // 2], "cannot be read as a spreadsheet"),
        (of_a_later_zip(whole), "cannot be read as a spreadsheet"),
    ):
        small.path.write_bytes(content)
        done = small.take("--yes")
        assert (done.code, done.err.count("\n")) == (3, 1)
        assert f"book.xlsx {words}" in done.err
    small.path.unlink()
    assert small.take("--yes").err == "there is no file book.xlsx\n"


def test_a_book_is_never_written_over_a_file_nor_without_a_ledger_nor_half(small, tmp_path, capsys):
    def export(path, *more, folder=small.folder):
        return main(["register", "export", str(path), "--force", str(folder), *more]), capsys.readouterr().err

    code, words = export(small.path)
    assert (code, "is there already" in words) == (3, True)
    assert export(tmp_path / "book.csv") == (3, "the workbook's name must end in .xlsx, not 'book.csv'\n")
    for place in (tmp_path / "nowhere" / "book.xlsx", small.path / "book.xlsx", tmp_path / f"{'a' * 300}.xlsx"):
        code, words = export(place)
        assert (code, "cannot be written" in words, words.count("\n")) == (3, True, 1)
    code, words = export(tmp_path / "before.xlsx", "--as-at", "2020-01-01")
    assert (code, "nothing was said of the register up to 2020-01-01" in words) == (3, True)
    code, words = export(tmp_path / "none.xlsx", folder=write_small_force(tmp_path / "bare" / "small"))
    assert (code, "apstra register begin" in words) == (3, True)
    assert sorted(path.name for path in tmp_path.glob("*.*")) == ["book.xlsx"]


def test_the_register_at_a_past_day_is_exported_and_compared_with_what_came_after(small, tmp_path):
    later = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)
    data.say(small.desk, ANALYST, [Draft("changed", "R01", {"title": "Outdoor range"}, "Later.")], later)
    past = tmp_path / "past.xlsx"
    assert main(["register", "export", str(past), "--force", str(small.folder), "--as-at", "2026-11-25"]) == 0
    assert past.read_bytes() == small.path.read_bytes()
    assert cell(openpyxl.load_workbook(past)["Register"], "R01", "title").value == "Range fails"


# --- the book itself --------------------------------------------------------------------------------------------------


def test_every_sheet_is_titled_marked_and_a_table_under_one_row_of_headings(small):
    book = openpyxl.load_workbook(small.path)
    assert book.sheetnames == ["Cover", "Contents", "Notes", "Origin", "Register", "Controls"]
    for sheet in book.worksheets:
        assert sheet["A1"].value
        assert sheet.oddHeader.center.text == sheet.oddFooter.center.text == "OFFICIAL-SENSITIVE Force use only"
    for name, sheet in SHEETS.items():
        (table,) = book[name].tables.values()
        assert table.name == f"{name.lower()}_table"
        headings = [each.value for each in book[name][HEADINGS]]
        assert [one.lower().replace(" ", "_") for one in headings] == list(columns(sheet))
        assert all(each.alignment.wrap_text for row in book[name][table.ref] for each in row)
    assert [(one.name, one.value) for one in book.custom_doc_props.props] == [("Classification", "OFFICIAL-SENSITIVE")]
    notes = " ".join(str(each.value) for row in book["Notes"] for each in row)
    assert "a change of state is a decision, made with apstra register say" in notes
    cover = " ".join(str(each.value) for row in book["Cover"] for each in row)
    assert "OFFICIAL-SENSITIVE Force use only" in cover
    assert "after event E000003" in cover
    assert "Illustrative: rows made up" in cover
    assert all(row.hidden is False for row in book["Origin"].row_dimensions.values())
    assert {sheet.sheet_state for sheet in book.worksheets} == {"visible"}


def test_the_origin_names_force_and_last_event_in_locked_cells(small):
    last = data.said(small.folder)[-1]
    sheet = openpyxl.load_workbook(small.path)["Origin"]
    found = {row[0].value: row[1].value for row in sheet.iter_rows()}
    assert (found["Force"], found["Event"], found["Hash"]) == ("small", str(last.number), last.hash)
    assert all(each.protection.locked for row in sheet.iter_rows() for each in row)


def test_ids_states_and_what_is_worked_out_are_locked_and_the_rest_is_not(small):
    book = openpyxl.load_workbook(small.path)
    assert all(sheet.protection.sheet and not sheet.protection.password for sheet in book.worksheets)
    for name, editable in (("Register", EDITABLE), ("Controls", CONTROL_EDITABLE)):
        sheet = SHEETS[name]
        rows = list(book[name].iter_rows(min_row=HEADINGS + 1))
        assert [row[0].value for row in rows].count("new") == SPARE
        for row in rows:
            free = {column for column, each in zip(columns(sheet), row, strict=True) if not each.protection.locked}
            at_first = {*sheet.at_first} if row[0].value == "new" else set()
            assert free == {*editable, "reason", *at_first}


def test_drop_downs_offer_the_words_scores_and_days_that_are_allowed(small):
    book = openpyxl.load_workbook(small.path)
    for name, sheet in SHEETS.items():
        rules = {}
        for rule in book[name].data_validations.dataValidation:
            (area,) = rule.sqref.ranges
            rules[columns(sheet)[area.min_col - 1]] = rule
            assert area.max_row == HEADINGS + SPARE + {"Register": 2, "Controls": 1}[name]
            assert rule.allow_blank
            assert rule.error
        for column in (TABLES[sheet.table].column(one) for one in sheet.editable):
            rule = rules.pop(column.name, None)
            if column.allowed:
                offered = rule.formula1.strip('"').split(",")
                assert set(column.allowed) - set(offered) == ({"tolerate"} if column.name == "treatment" else set())
            elif column.kind is Kind.INTEGER:
                assert (rule.type, rule.formula1, rule.formula2, rule.operator) == ("whole", "1", "5", None)
            elif column.kind is Kind.DATE:
                assert rule.type == "date"
            else:
                assert rule is None
        assert set(rules) == ({"state"} if name == "Register" else set())
        assert all(rule.formula1 == '"proposed,open"' for rule in rules.values())


# --- text -------------------------------------------------------------------------------------------------------------


def told(*payloads):
    """Return the events of a register whose entries hold these fields."""
    events = []
    for number, payload in enumerate(payloads, 1):
        draft = Draft("opened", f"R{number:02d}", {**ENTRY, "threat_id": None, **payload}, "New.")
        events.append(sealed(draft, ANALYST, NOW, events[-1] if events else None, "test"))
    return events


def found_in(path, events):
    """Return rows, faults and differences of a book against the events it was exported from."""
    book = read_book(path)
    state = fold(exported_events(book, "test", events))
    rows, faults = rows_of(book, state, {})
    return differences(rows, state, state, []), faults


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return tmp_path_factory.mktemp("books") / "book.xlsx"


def test_hostile_text_is_neither_formula_nor_link_and_comes_back_as_it_was(place):
    events = told(*({"title": words, "cause": words} for words in HOSTILE))
    place.write_bytes(register_book(events, make_scenario(), date(2026, 11, 25)))
    sheet = openpyxl.load_workbook(place)["Register"]
    assert all(each.data_type != "f" and each.hyperlink is None for row in sheet for each in row)
    read = {row[0]: row for row in python_calamine.load_workbook(place).get_sheet_by_name("Register").to_python()}
    for number, words in enumerate(HOSTILE, 1):
        title = cell(sheet, f"R{number:02d}", "title")
        assert title.number_format == "@"
        assert title.quotePrefix == words.startswith(("=", "+", "-", "@", "\t", "\uff1d"))
        if not any(mark in words for mark in ("_x", "\r", "\x01", "\ufffe")):
            assert title.value == words == read[f"R{number:02d}"][3]
    assert found_in(place, events) == ([], [])
    openpyxl.load_workbook(place).save(place)
    assert found_in(place, events) == ([], [])


@settings(max_examples=30)
@given(words=st.text(min_size=1, max_size=60).filter(str.strip))
def test_any_text_comes_back_as_it_was(place, words):
    events = told({"title": words})
    place.write_bytes(register_book(events, make_scenario(), date(2026, 11, 25)))
    assert found_in(place, events) == ([], [])


SAID = st.text(st.characters(exclude_categories=("C", "Z"), include_characters=" \n"), min_size=1, max_size=30)
EDITS = {
    "kind": st.just("risk"),
    "title": SAID.filter(str.strip),
    "owner": st.none() | SAID.filter(str.strip),
    "current_likelihood": st.none() | st.integers(1, 5),
    "target_impact": st.none() | st.integers(1, 5),
    "confidence": st.none() | st.sampled_from(["low", "moderate", "high"]),
    "treatment": st.none() | st.sampled_from(["treat", "transfer", "terminate"]),
    "review_on": st.none() | st.dates(date(1950, 1, 1), date(2099, 12, 31)),
}
CHANGES = st.dictionaries(st.sampled_from(["R01", "R02", "R03"]), st.fixed_dictionaries({}, optional=EDITS))


@settings(max_examples=30)
@given(changes=CHANGES)
def test_random_edits_come_back_as_exactly_those_events(place, changes):
    events = told({}, {"review_on": None, "owner": None}, {"title": "=1+1", "current_likelihood": None})
    then = fold(events)
    place.write_bytes(register_book(events, make_scenario(), date(2026, 11, 25)))
    edit(place, *(("Register", one, name, value) for one, said in changes.items() for name, value in said.items()))
    found, faults = found_in(place, events)
    said, refused = drafts(found, then, ANALYST, make_scenario(), NOW.date(), "Edited.")
    expected = {}
    for one, fields in changes.items():
        plain = {name: value.isoformat() if isinstance(value, date) else value for name, value in fields.items()}
        if new := {name: value for name, value in plain.items() if value != then["risks"][one].get(name)}:
            expected[one] = new
    assert (faults, refused) == ([], [])
    assert {draft.subject: dict(draft.payload) for draft in said} == expected
    assert all((draft.kind, draft.reason) == ("changed", "Edited.") for draft in said)

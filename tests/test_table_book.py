"""Every table through a spreadsheet and back: derived from the declarations, faults by sheet and row, nothing lost."""

import shutil
import zipfile
from pathlib import Path
from types import SimpleNamespace

import openpyxl
import pandas as pd
import pytest
from conftest import WORKED
from small_force import write_small_force

from apstra import data
from apstra.__main__ import main
from apstra.schema import TABLES, Kind

HEADINGS = 4
FRONT = ["Cover", "Contents", "Notes", "Columns"]
HOSTILE = ("=1+1", "+1", "-1", "@SUM(A1)", '=HYPERLINK("http://evil","x")', "http://evil", "'quoted", "$$fill$$",
           "[a](http://evil)", "_x0041_", " ends in blanks ", "two\nlines", "12", "TRUE", "2026-11-01")  # fmt: skip


def files(folder):
    """Return the bytes of every file of a folder by name."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def edit(path, change):
    """Change a workbook as a person would, saving it with another program."""
    book = openpyxl.load_workbook(path)
    change(book)
    book.save(path)


def cell(book, table, column, nth=0):
    """Return the cell of a table's column, ``nth`` row of data."""
    names = [each.value for each in book[table][HEADINGS]]
    return book[table].cell(HEADINGS + 1 + nth, names.index(column) + 1)


@pytest.fixture(scope="module")
def blank(tmp_path_factory):
    """The workbook without rows."""
    path = tmp_path_factory.mktemp("blank") / "blank.xlsx"
    assert main(["template", str(path)]) == 0
    return path


@pytest.fixture(scope="module")
def worked_book(tmp_path_factory):
    """The workbook of the worked force."""
    path = tmp_path_factory.mktemp("worked") / "worked.xlsx"
    assert main(["template", str(path), "--force", str(WORKED)]) == 0
    return path


@pytest.fixture
def small(tmp_path, capsys):
    """A small force, its workbook, and a verb to take the workbook in."""
    folder = write_small_force(tmp_path / "small")
    book = tmp_path / "book.xlsx"
    assert main(["template", str(book), "--force", str(folder)]) == 0
    capsys.readouterr()

    def take(*more):
        code = main(["import", str(book), str(folder), *more])
        return SimpleNamespace(code=code, **capsys.readouterr()._asdict())

    return SimpleNamespace(folder=folder, book=book, take=take)


def test_each_table_has_a_sheet_with_its_columns_and_nothing_is_in_it(blank):
    book = openpyxl.load_workbook(blank)
    assert book.sheetnames == [*FRONT, *TABLES]
    for name, table in TABLES.items():
        sheet = book[name]
        assert len(name) < 31
        assert [each.value for each in sheet[HEADINGS]] == [column.name for column in table.columns]
        assert all(each.value is None for row in sheet.iter_rows(min_row=HEADINGS + 1) for each in row)
        assert f"{name}_table" in sheet.tables
        assert sheet["A1"].value.startswith(table.meaning)


def test_every_heading_says_what_its_column_means_its_unit_and_what_is_allowed(blank):
    book = openpyxl.load_workbook(blank)
    for name, table in TABLES.items():
        for heading, column in zip(book[name][HEADINGS], table.columns, strict=True):
            words = heading.comment.text
            assert column.meaning in words
            assert all(word in words for word in column.allowed) or column.many
            assert not column.unit or f"[{column.unit}]" in words


def test_closed_vocabularies_yes_and_no_ranges_dates_and_references_are_ruled_in_their_columns(blank):
    book = openpyxl.load_workbook(blank)
    rules = {(str(rule.sqref).split(":")[0]): rule for rule in book["threats"].data_validations.dataValidation}
    place = {
        column.name: book["threats"].cell(5, at).coordinate for at, column in enumerate(TABLES["threats"].columns, 1)
    }
    assert rules[place["confidence"]].formula1 == '"low,moderate,high"'
    assert rules[place["malicious"]].formula1 == '"yes,no"'
    share = rules[place["worst_case_share"]]
    assert (share.type, float(share.formula1), float(share.formula2)) == ("decimal", 0, 1)
    assert rules[place["evidence_on"]].type == "date"
    assert place["title"] not in rules
    rules = {(str(rule.sqref).split(":")[0]): rule for rule in book["zones"].data_validations.dataValidation}
    assert rules["C5"].formula1.startswith("areas!$A$5:$A$")
    assert (float(rules["E5"].formula1), float(rules["E5"].formula2)) == (49, 61)
    closed = sum(bool(c.allowed or c.kind is Kind.FLAG) and not c.many for t in TABLES.values() for c in t.columns)
    lists = [r for t in TABLES for r in book[t].data_validations.dataValidation if r.formula1.startswith('"')]
    assert len(lists) == closed > 40


def test_headings_are_locked_and_all_cells_below_are_free_without_a_password(blank, worked_book):
    for path in (blank, worked_book):
        sheet = openpyxl.load_workbook(path)["areas"]
        assert sheet.protection.sheet
        assert not sheet.protection.password
        assert all(each.protection.locked for each in sheet[HEADINGS])
        assert not any(each.protection.locked for row in sheet.iter_rows(min_row=HEADINGS + 1) for each in row)
        # What lies below the written rows has the style of its column.
        assert not sheet.column_dimensions["A"].protection.locked


def test_examples_stand_on_a_sheet_of_their_own_and_are_never_read_as_data(blank, tmp_path):
    sheet = openpyxl.load_workbook(blank)["Columns"]
    rows = {(row[0].value, row[1].value): row[6].value for row in sheet.iter_rows(min_row=5)}
    assert rows["roles", "title"] == "Armed response vehicle officer"
    assert len(rows) == sum(len(table.columns) for table in TABLES.values())
    folder = write_small_force(tmp_path / "small")
    for table in TABLES.values():
        if (path := folder / table.file).is_file():
            path.write_text(path.read_text().splitlines()[0] + "\n")
    before = files(folder)
    assert main(["import", str(blank), str(folder)]) == 0
    assert files(folder) == before


def test_the_marking_stands_on_every_sheet_and_the_same_input_makes_the_same_bytes(worked_book, tmp_path):
    book = openpyxl.load_workbook(worked_book)
    for sheet in book.worksheets:
        assert "OFFICIAL-SENSITIVE" in sheet.oddHeader.center.text
        assert "OFFICIAL-SENSITIVE" in sheet.oddFooter.center.text
    assert "Illustrative" in " ".join(str(row[0].value) for row in book["Cover"].iter_rows())
    again = tmp_path / "again.xlsx"
    assert main(["template", str(again), "--force", str(WORKED)]) == 0
    assert again.read_bytes() == worked_book.read_bytes()


def test_a_file_that_is_there_is_never_overwritten_and_other_endings_are_refused(tmp_path, capsys):
    (tmp_path / "mine.xlsx").write_text("mine")
    assert main(["template", str(tmp_path / "mine.xlsx")]) == 3
    assert "is there already" in capsys.readouterr().err
    assert (tmp_path / "mine.xlsx").read_text() == "mine"
    assert main(["template", str(tmp_path / "book.ods")]) == 3
    assert "must end in .xlsx" in capsys.readouterr().err


def test_export_and_import_of_the_worked_force_leave_every_file_byte_for_byte(worked_book, tmp_path, capsys):
    folder = tmp_path / "cumbria"
    shutil.copytree(WORKED, folder)
    assert main(["import", str(worked_book), str(folder)]) == 0
    assert "nothing changed" in capsys.readouterr().out
    resaved = tmp_path / "resaved.xlsx"
    shutil.copy(worked_book, resaved)
    edit(resaved, list)
    assert main(["import", str(resaved), str(folder)]) == 0
    assert files(folder) == files(WORKED)


def test_a_workbook_alone_carries_every_row_of_the_worked_force(worked_book, tmp_path):
    folder = tmp_path / "cumbria"
    shutil.copytree(WORKED, folder)
    (folder / "zones.geojson").unlink()
    for table in TABLES.values():
        path = folder / table.file
        path.write_text(path.read_text(encoding="utf-8").splitlines()[0] + "\n", encoding="utf-8")
    assert main(["import", str(worked_book), str(folder)]) == 0
    was, now = data.read_tables(WORKED), data.read_tables(folder)
    for name in TABLES:
        pd.testing.assert_frame_equal(now[name], was[name])


def test_one_edited_cell_changes_one_line_of_one_file(worked_book, tmp_path, capsys):
    folder, path = tmp_path / "cumbria", tmp_path / "edited.xlsx"
    shutil.copytree(WORKED, folder)
    shutil.copy(worked_book, path)
    edit(path, lambda book: setattr(cell(book, "operations", "reason", 5), "value", 'quoted, "twice"'))
    capsys.readouterr()
    assert main(["import", str(path), str(folder)]) == 0
    assert capsys.readouterr().out == "changed: operations.csv\n"
    before, after = files(WORKED), files(folder)
    assert [name for name in before if before[name] != after[name]] == ["operations.csv"]
    lines = zip(before["operations.csv"].splitlines(), after["operations.csv"].splitlines(), strict=True)
    changed = [line for was, line in lines if was != line]
    assert len(changed) == 1
    assert b'"quoted, ""twice"""' in changed[0]


def test_what_a_program_writes_in_another_way_is_no_change(small):
    def rewrite(book):
        cell(book, "areas", "population").value = 1000.0
        serial = cell(book, "threats", "evidence_on")
        serial.number_format, serial.value = "General", 46023  # 2026-01-01
        moment = cell(book, "operations", "called_at")
        moment.number_format, moment.value = "General", 46023 + 10 / 24
        cell(book, "operations", "arv").value = True
        cell(book, "operations", "source").value = "s"
        book["areas"].cell(60, 1).value = "  "

    before = files(small.folder)
    edit(small.book, rewrite)
    done = small.take()
    assert (done.code, done.out) == (0, "nothing changed: nothing is written\n")
    assert files(small.folder) == before


def test_rows_can_be_added_and_taken_out_and_a_column_left_out_comes_in_once_something_is_in_it(small):
    path = small.folder / "zones.csv"
    table = pd.read_csv(path, dtype="str", keep_default_na=False).drop(columns="terrain")
    table.to_csv(path, index=False, lineterminator="\r\n")

    def change(book):
        for column, value in {"area_id": "W", "name": "West", "source": "s", "provenance": "force"}.items():
            cell(book, "areas", column, 3).value = value  # a row of blanks lies between
        book["lessons"].delete_rows(HEADINGS + 2)
        cell(book, "incident_reviews", "lessons").value = "L1"
        cell(book, "zones", "terrain", 1).value = "urban"

    edit(small.book, change)
    assert small.take().out == "changed: areas.csv, incident_reviews.csv, lessons.csv, zones.csv\n"
    assert (small.folder / "areas.csv").read_text().splitlines()[-1] == "W,West,,,s,force"
    assert len((small.folder / "lessons.csv").read_text().splitlines()) == 2
    now = path.read_bytes()
    assert now.splitlines()[0].endswith(b",terrain")
    assert now.count(b"\r\n") == 3
    assert data.validate(small.folder).empty


def test_text_comes_back_as_it_was_and_never_as_a_formula_or_a_link(tmp_path):
    folder = write_small_force(tmp_path / "small")
    path = folder / "horizon.csv"
    rows = [f"D{at},social,{_quoted(text)},T1,steady,steady,low,,s,force" for at, text in enumerate(HOSTILE)]
    path.write_text(path.read_text() + "\n".join(rows) + "\n", newline="")
    book = tmp_path / "book.xlsx"
    assert main(["template", str(book), "--force", str(folder)]) == 0
    with zipfile.ZipFile(book) as parts:
        sheets = {name: parts.read(name).decode() for name in parts.namelist() if name.startswith("xl/worksheets/")}
    assert not any("<f>" in text or "<f " in text for name, text in sheets.items() if "_rels" not in name)
    assert not any("evil" in text for name, text in sheets.items() if "_rels" in name)
    before = files(folder)
    edit(book, list)
    assert main(["import", str(book), str(folder)]) == 0
    assert files(folder) == before


def _quoted(text):
    """Return text as a cell of a CSV."""
    return '"{}"'.format(text.replace('"', '""'))


def test_every_fault_is_told_at_once_by_sheet_row_column_value_and_what_is_allowed(small):
    def spoil(book):
        cell(book, "areas", "population").value = "1,000"
        cell(book, "zones", "area_id", 1).value = "X"
        cell(book, "threats", "confidence").value = "sure"
        cell(book, "threats", "evidence_on").value = "01/11/2026"
        cell(book, "crews", "block").value = "teatime"
        cell(book, "bases", "lat").value = "=A1"
        cell(book, "roles", "role", 1).value = "ARV"
        book.create_sheet("officer").append(["a"])
        cell(book, "sites", "site_id").offset(-1, 0).value = None

    before = files(small.folder)
    edit(small.book, spoil)
    done = small.take()
    assert done.code == 3
    for words in (
        "sheet areas:5 population '1,000' - allowed: a whole number without separators",
        "sheet zones:6 area_id 'X' - allowed: a key of areas",
        "sheet threats:5 confidence 'sure' - allowed: one of: low, moderate, high",
        "sheet threats:5 evidence_on '01/11/2026' - allowed: a date such as 2026-11-01",
        "sheet crews:5 block 'teatime' - allowed: a key of blocks",
        "sheet bases:5 D 'a formula' - allowed: a value",
        "sheet roles:6 role 'ARV' - allowed: a key that no other row has",
        "sheet officer 'officer' - allowed: the name of a table; nearest is officers",
        "sheet sites '' - allowed: a row of headings with site_id among them",
        "nothing is written",
    ):
        assert words in done.out
    assert files(small.folder) == before


def test_the_rest_of_the_folder_must_be_sound_with_the_workbook_in_it(small):
    (small.folder / "force.toml").write_text((small.folder / "force.toml").read_text().replace("0.9", "9"))
    edit(small.book, lambda book: setattr(cell(book, "areas", "name"), "value", "Other"))
    before = files(small.folder)
    done = small.take()
    assert (done.code, files(small.folder)) == (3, before)
    assert "force.toml" in done.out


def test_a_table_without_a_sheet_stays_and_a_sheet_without_rows_empties_only_when_told(small):
    def change(book):
        del book["threats"]
        book["risks"].delete_rows(HEADINGS + 1)

    before = files(small.folder)
    edit(small.book, change)
    done = small.take()
    assert done.code == 3
    assert (
        "sheet risks 'no rows' - allowed: rows, or no such sheet: risks.csv has 1; --empty takes them out" in done.out
    )
    assert files(small.folder) == before
    done = small.take("--empty")
    assert (done.code, done.out) == (0, "no sheet, left as they are: threats.csv\nchanged: risks.csv\n")
    assert len((small.folder / "risks.csv").read_text().splitlines()) == 1


def test_what_is_no_workbook_of_tables_or_no_folder_is_refused_in_one_line(small, tmp_path, capsys):
    wrong = openpyxl.Workbook()
    wrong.save(tmp_path / "wrong.xlsx")
    (tmp_path / "text.xlsx").write_text("no workbook")
    for book, folder, words in (
        ("wrong.xlsx", small.folder, "holds no table"),
        ("text.xlsx", small.folder, "cannot be read as a spreadsheet"),
        ("none.xlsx", small.folder, "there is no file"),
        ("book.xlsx", tmp_path / "nowhere", "there is no folder"),
    ):
        assert main(["import", str(tmp_path / book), str(folder)]) == 3
        error = capsys.readouterr().err
        assert words in error
        assert error.count("\n") == 1


def test_files_are_moved_in_together_or_not_at_all(small, monkeypatch):
    def change(book):
        cell(book, "areas", "name").value = "Other"
        cell(book, "zones", "name").value = "Other"

    edit(small.book, change)
    before, write = files(small.folder), Path.write_bytes

    def full(path, content):
        if path.name == "zones.csv.partial":
            raise OSError(28, "No space left on device")
        return write(path, content)

    monkeypatch.setattr(Path, "write_bytes", full)
    done = small.take()
    assert done.code == 3
    assert "No space left on device" in done.err
    assert files(small.folder) == before


def test_a_force_at_fault_is_not_exported(small, tmp_path, capsys):
    (small.folder / "areas.csv").write_text("area_id\n")
    assert main(["template", str(tmp_path / "other.xlsx"), "--force", str(small.folder)]) == 3
    assert "areas.csv" in capsys.readouterr().err
    assert not (tmp_path / "other.xlsx").exists()


def test_a_text_longer_than_a_cell_holds_is_refused_by_its_place(small, tmp_path, capsys):
    path = small.folder / "areas.csv"
    path.write_text(path.read_text().replace("North", "x" * 40_000))
    assert main(["template", str(tmp_path / "other.xlsx"), "--force", str(small.folder)]) == 3
    assert "row 5 of areas, name: more than a spreadsheet holds" in capsys.readouterr().err
    assert not (tmp_path / "other.xlsx").exists()

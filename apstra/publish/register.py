"""The register of risks for people who work in spreadsheets: an accessible workbook and a CSV.

In: an ``Assessment`` and the stamp of its products. Out: bytes. Text in the register comes from people: no cell of it
can become a formula or a link.
"""

import re
from datetime import datetime, time
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from apstra.publish.stamp import Stamp

if TYPE_CHECKING:
    from apstra.assessment import Assessment

# The last four are the wide forms some spreadsheets read as the first four.
FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20")
LONGEST_CELL: Final = 32_000
NARROWEST, WIDEST = 12, 48
NOT_APPLICABLE: Final = "[z]"
NOT_AVAILABLE: Final = "[x]"
ORIGIN: Final = ("source", "provenance")
SCORED: Final = ("likelihood", "impact", "score", "level")
SHEETS: Final = {
    "Register": ("Risks and other observations, most severe first", "One row for each risk or observation."),
    "Controls": ("Controls in place and planned", "One row for each control; risk id names its risk."),
    "Checks": ("What the checks of the register found", "One row for each fault of the register."),
    "Proposed": ("Risks the assessment proposes", "One row for each finding no live risk answers yet."),
}


def register_csv(assessment: "Assessment", stamp: Stamp) -> bytes:
    """Return the register as CSV for people: each row carries the marking, and no cell can become a formula."""
    frame = _cells(assessment.risk.register)
    frame.insert(0, "Marking", stamp.marking.value)
    frame.insert(1, "Assessment", _safe(stamp.state))
    return frame.to_csv(index=False, lineterminator="\r\n").encode("utf-8-sig")


def register_xlsx(assessment: "Assessment", stamp: Stamp) -> bytes:
    """Return the register as a workbook: cover, contents, notes and a table a sheet; the same bytes always."""
    chapter = assessment.risk
    frames = (chapter.register, assessment.tables["controls"], chapter.lint, chapter.proposals)
    tables = {sheet: _cells(frame) for sheet, frame in zip(SHEETS, frames, strict=True)}
    stream = BytesIO()
    sheets = {sheet: _gptable(sheet, table) for sheet, table in tables.items()}
    workbook = marked_workbook(stream, sheets, _notes(stamp), _cover_lines(stamp), stamp)
    for sheet, table in tables.items():
        for number, column in enumerate(table):
            longest = max(len(str(cell)) for cell in [column, *table[column]])
            width = min(max(longest + 2, NARROWEST), WIDEST)
            workbook.get_worksheet_by_name(sheet).set_column(number, number, width)
    workbook.close()
    return stream.getvalue()


def marked_workbook(
    stream: BytesIO,
    sheets: dict[str, Any],
    notes: dict[str, str],
    lines: list[str],
    stamp: Stamp,
    what: str = "Register of risks",
) -> Any:
    """Return an open workbook: cover, contents, notes and tables, marked, no text a formula or a link.

    Parameters
    ----------
    sheets
        Name to its ``GPTable``.
    notes
        Name a sheet refers to it by, to the note.
    lines
        What stands on the cover.
    what
        What the workbook holds, for its title.
    """
    # Imported here: spreadsheets are made once a run, and the library costs time every other door would pay.
    from gptables import Cover, produce_workbook  # noqa: PLC0415

    title = _safe(f"{stamp.force} {stamp.period}".strip())
    workbook = produce_workbook(
        stream,  # xlsxwriter writes to a stream as to a file
        sheets,
        cover=Cover(f"{what}: {title}", intro=[_safe(line) for line in lines if line], width=90),
        notes_table=pd.DataFrame({"Note": list(notes), "Note text": [_safe(note) for note in notes.values()]}),
        auto_width=False,
        workbook_options={"strings_to_formulas": False, "strings_to_urls": False},
    )
    created = datetime.combine(stamp.as_at, time())
    properties = {"title": f"{what}, {title}", "category": stamp.marking.value, "created": created}
    workbook.set_properties(properties)
    workbook.set_custom_property("Classification", stamp.marking.value)
    line = stamp.line.replace("&", "&&")
    for sheet in workbook.worksheets():
        sheet.set_header(f"&C{line}")
        sheet.set_footer(f"&L{stamp.run_id}&C{line}&RPage &P of &N")
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
    return workbook


def _gptable(sheet: str, table: pd.DataFrame) -> Any:
    """Return one sheet's table with its title and how to read it."""
    from gptables import GPTable  # noqa: PLC0415

    title, instructions = SHEETS[sheet]
    return GPTable(
        table=table,
        table_name=f"{sheet.lower()}_table",
        title=f"{title} $$scheme$$",
        subtitles=[f"Cells that say {NOT_AVAILABLE} or {NOT_APPLICABLE} are explained in the notes $$shorthand$$"],
        instructions=f"This worksheet contains one table. {instructions}",
        index_columns={2: 0},
        additional_formatting=[{"column": {"columns": list(table), "format": {"text_wrap": 1, "valign": "top"}}}],
    )


def _cover_lines(stamp: Stamp) -> list[str]:
    """Return what stands on the cover."""
    return [
        stamp.line,
        f"As at {stamp.as_at.isoformat()}. Scenario: {stamp.scenario}.",
        f"State: {stamp.state}.",
        f"Run {stamp.run_id}.",
        stamp.banner,
    ]


def _notes(stamp: Stamp) -> dict[str, str]:
    """Return the notes the sheets refer to."""
    return {
        "scheme": f"Levels are read from the matrix of the scoring scheme {stamp.scheme}.",
        "shorthand": f"{NOT_AVAILABLE} not recorded; {NOT_APPLICABLE} not applicable, such as the score of an "
        "observation.",
    }


def _cells(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame as people read it: plain column names, every cell saying something, no formula, no link."""
    observation = frame.get("kind", pd.Series("", index=frame.index)) == "observation"
    columns = {}
    for name in sorted(frame.columns, key=lambda name: name in ORIGIN):
        blank = [NOT_APPLICABLE if it and name.endswith(SCORED) else NOT_AVAILABLE for it in observation]
        cells = [_cell(value, empty) for value, empty in zip(frame[name], blank, strict=True)]
        columns[name.replace("_", " ").capitalize()] = cells or [NOT_APPLICABLE]
    return pd.DataFrame(columns, dtype=object)


def _cell(value: Any, empty: str) -> Any:
    """Return one cell: yes or no, an ISO date, a number, safe text, or the shorthand for what is missing."""
    if pd.isna(value) or (isinstance(value, str) and not value.strip()):
        return empty
    if isinstance(value, pd.Timestamp):
        return value.isoformat().removesuffix("T00:00:00")
    if isinstance(value, str):
        return _safe(value)
    if isinstance(value, float):
        return int(value) if value.is_integer() else float(f"{value:.9g}")
    return ("yes" if value else "no") if isinstance(value, bool) else value


def _safe(text: str) -> str:
    """Return text that no spreadsheet reads as a formula and no library as a link, a note or an empty cell."""
    plain = text[:LONGEST_CELL].replace("](", "] (").replace("$$", "$ $")
    if plain.startswith(FORMULA_STARTS):
        plain = f"'{plain}"
    return plain if re.search("[A-Za-z0-9]", plain) else f"[as written] {plain}"

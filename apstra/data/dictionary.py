"""The data dictionary: what each table and column holds, written from the declarations and the public figures' files.

In: ``schema.TABLES`` and ``data/reference``. Out: the Markdown of ``data/README.md``; nobody writes it by hand.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pandas as pd

from apstra.data.reference import PROJECT, REFERENCE
from apstra.schema import CHAPTERS, LIST_SEPARATOR, TABLES, Column, Table
from apstra.schema.assumptions import ASSUMPTIONS
from apstra.schema.glossary import GLOSSARY

README: Final = PROJECT / "data" / "README.md"
YEAR_COLUMNS: Final = ("year", "period", "as_at")
OPENING: Final = f"""# Data dictionary

Generated from `apstra/schema` by `make dictionary`; do not edit. A test keeps it true.

A force keeps one folder with one CSV for each table below: UTF-8, comma, ISO dates (`2026-11-01`) and local ISO times
(`2026-11-01T14:30`, Europe/London). A table may hold only its header; a missing or empty file is a fault, but for the
tables that say they may be left out. Missing is blank, never zero. Lists are separated by `{LIST_SEPARATOR}`.
`python -m apstra validate FOLDER` names every fault.

Beside the tables stand `force.toml` (the force's own settings), `assumptions.yaml` (dated numbers with unit, source,
quality and impact), `scales/` (scoring schemes), `scenarios/` and, where there is one, `zones.geojson` (outlines).
The `ledger/` folder is no table: runs read it and never write it.
"""
NUMBERS: Final = """## Assumptions

What `assumptions.yaml` must hold; each has dated values with source, quality and impact.

| Name | Meaning | Unit |
| --- | --- | --- |
"""
WORDS: Final = """
## Glossary

| Term | Meaning |
| --- | --- |
"""
SOURCES: Final = """## Public figures and their vintages

Files of `data/reference`, used as printed; the source of every row stands in the row.

| File | Rows | Sources | From | To |
| --- | ---: | ---: | --- | --- |
"""


def dictionary() -> str:
    """Return the data dictionary in Markdown."""
    terms = "\n".join(f"| {term} | {meaning} |" for term, meaning in GLOSSARY.items())
    numbers = "\n".join(f"| `{name}` | {meaning} | {unit} |" for name, (meaning, unit) in ASSUMPTIONS.items())
    vintages = "\n".join(_vintages())
    return "\n".join([OPENING, *_chapters(), f"{NUMBERS}{numbers}\n", SOURCES + vintages, WORDS + terms]) + "\n"


def write_dictionary(path: Path = README) -> None:
    """Write the data dictionary."""
    path.write_text(dictionary(), encoding="utf-8")


def _chapters() -> Iterator[str]:
    """Give the section of each chapter."""
    for chapter, names in CHAPTERS.items():
        yield f"## {chapter.replace('_', ' ').capitalize()}\n"
        yield from (_table_words(TABLES[name]) for name in names)


def _table_words(table: Table) -> str:
    """Return a table's section: meaning, key, order and columns."""
    ascending = [f"`{'` <= `'.join(sequence)}`" for sequence in table.ascending]
    order = f" Never descending: {'; '.join(ascending)}." if ascending else ""
    order += "".join(
        f" At most {most:,} combinations of `{column}` for each `{by}`." for column, by, most in table.at_most
    )
    order += "".join(f" `{'`, `'.join(group)}`: all or none." for group in table.together)
    order += "".join(
        f" `{'`, `'.join(others)}`: at most 1 where `{column}` is `{word}`." for column, word, others in table.shares
    )
    order += " The file may be left out." if table.optional else ""
    head = "| Column | Kind | Allowed | Blank | Meaning | Marking |\n| --- | --- | --- | --- | --- | --- |"
    rows = "\n".join(_column_words(table, column) for column in table.columns)
    key = ", ".join(f"`{name}`" for name in table.key)
    return f"### `{table.name}`\n\n{table.meaning} Key: {key}.{order}\n\n{head}\n{rows}\n"


def _column_words(table: Table, column: Column) -> str:
    """Return a column's row."""
    kind = f"{column.kind} [{column.unit}]" if column.unit else str(column.kind)
    blank = "may be left out" if column.absent else "yes" if column.blank else "no"
    cells = [f"`{column.name}`", kind, _allowed(column), blank, column.meaning, table.marking_of(column.name)]
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def _allowed(column: Column) -> str:
    """Return what a column's cells may hold beyond their kind."""
    bounds = [f">= {column.low:g}" if column.low is not None else "", f"<= {column.high:g}" if column.high else ""]
    many = "list of " if column.many else ""
    parts = [
        ", ".join(f"`{word}`" for word in column.allowed),
        f"{many}key of `{column.refers}`" if column.refers else many and "list",
        " and ".join(bound for bound in bounds if bound),
    ]
    return "; ".join(part for part in parts if part)


def _vintages() -> Iterator[str]:
    """Give one row for each file of public figures: how many rows, from how many sources, over which years."""
    for path in sorted(REFERENCE.glob("*.csv")):
        frame = pd.read_csv(path, dtype="str")
        years = next((frame[name].dropna() for name in YEAR_COLUMNS if name in frame), pd.Series(dtype="str"))
        first, last = (years.min(), years.max()) if len(years) else ("-", "-")
        yield f"| `{path.name}` | {len(frame):,} | {frame['source'].nunique()} | {first} | {last} |"
    for path in sorted(REFERENCE.glob("*.geojson")):
        yield f"| `{path.name}` | outlines | 1 | - | - |"

"""What a scenario changes: its edits made in copies of the tables, told in words, and what follows side by side.

In: tables, the edits of a scenario, assessments. Out: changed copies and frames; nothing given is altered. A row that
is set keeps its provenance and names the scenario as its source; a row that is added is illustrative, for no record
of the force holds it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from itertools import groupby
from typing import TYPE_CHECKING, Final

import pandas as pd

from apstra.assurance import Tables
from apstra.recall import Recaller, plain
from apstra.scenario import Scenario
from apstra.schema import TABLES, Provenance
from apstra.schema.edit import Edit, Value

if TYPE_CHECKING:
    from apstra.assessment import Assessment
    from apstra.assessment.live import Live

FEWEST: Final = 2
MOST: Final = 4
PLACE: Final = {"lat", "lon"}
TOLD: Final = ("what", "before", "after", "unit")


def edited(tables: Tables, scenario: Scenario, recall: Recaller = plain) -> dict[str, pd.DataFrame]:
    """Return the tables with the edits of a scenario made.

    Rows of other tables that refer to a removed row go with it, and so do measured travel times of a base that is
    moved, for they were measured from where it was.

    Raises
    ------
    ValueError
        If an edit names a row that is not there.
    """
    changed = dict(tables)
    for (name, form), run in groupby(scenario.edits, key=lambda edit: (edit.table, _form(edit))):
        edits = tuple(run)
        changed[name] = recall(_MADE[form], changed[name], edits, f"Scenario {scenario.name}")
        for edit in edits:
            for other, column, value in _gone_with(edit):
                changed[other] = recall(_without, changed[other], column, value)
    return changed


def _form(edit: Edit) -> str:
    """Return whether an edit adds, removes or sets."""
    return "add" if edit.add else "remove" if edit.remove else "set"


def _added(table: pd.DataFrame, edits: tuple[Edit, ...], source: str) -> pd.DataFrame:
    """Return the table with rows added."""
    rows = [{"provenance": Provenance.ILLUSTRATIVE.value, **edit.add, "source": source} for edit in edits]
    more = {name: pd.concat([typed(table[name], row.get(str(name))) for row in rows]) for name in table.columns}
    return pd.concat([table, pd.DataFrame(more)], ignore_index=True)


def _removed(table: pd.DataFrame, edits: tuple[Edit, ...], _source: str) -> pd.DataFrame:
    """Return the table without some rows."""
    return table.drop(index=[row for rows in _rows(table, edits) for row in rows]).reset_index(drop=True)


def _set(table: pd.DataFrame, edits: tuple[Edit, ...], source: str) -> pd.DataFrame:
    """Return the table with cells set, each in the type of its column."""
    cells: dict[str, dict[int, Value]] = {}
    for edit, rows in zip(edits, _rows(table, edits), strict=True):
        for name, value in {**edit.set, "source": source}.items():
            cells.setdefault(name, {}).update(dict.fromkeys(rows, value))
    changed = table.copy(deep=False)
    for name, values in cells.items():
        column, alike = table[name].copy(), dict[tuple[type, Value], list[int]]()
        for row, value in values.items():
            alike.setdefault((type(value), value), []).append(row)
        for (_, value), rows in alike.items():
            column.iloc[rows] = typed(column, value).iloc[0]
        changed[name] = column
    return changed


_MADE: Final = {"add": _added, "remove": _removed, "set": _set}


def _rows(table: pd.DataFrame, edits: Sequence[Edit]) -> list[list[int]]:
    """Return the places of the rows that each edit is of; refuse one of no row."""
    names = list(edits[0].key)
    there: dict[tuple[str, ...], list[int]] = {}
    for place, key in enumerate(zip(*(table[name].astype("str") for name in names), strict=True)):
        there.setdefault(key, []).append(place)
    asked = [tuple(str(edit.key[name]) for name in names) for edit in edits]
    for edit, key in zip(edits, asked, strict=True):
        if key not in there:
            raise ValueError(f"{edit.table} has no row {', '.join(key)}; {nearest(table, edit.key)}")
    return [there[key] for key in asked]


def _gone_with(edit: Edit) -> Iterator[tuple[str, str, Value]]:
    """Give which rows go with an edit: their table, and a column with its value."""
    if edit.remove:
        first = TABLES[edit.table].key[0]
        refers = ((table.name, each.name) for table in TABLES.values() for each in table.columns
                  if each.refers == edit.table)  # fmt: skip
        yield from ((name, column, edit.key[first]) for name, column in refers)
    if edit.table == "bases" and edit.set.keys() & PLACE:
        yield "travel", "base_id", edit.key["base_id"]


def _without(table: pd.DataFrame, column: str, value: Value) -> pd.DataFrame:
    """Return the table without the rows of one value; itself where there is none."""
    gone = table[column] == value
    return table.loc[~gone].reset_index(drop=True) if gone.any() else table


def typed(column: pd.Series, value: Value) -> pd.Series:
    """Return one value in the type of a column; nothing is missing."""
    return pd.Series([value], dtype=object if value is None else None).astype(column.dtype)


def rows_of(table: pd.DataFrame, key: Mapping[str, Value]) -> pd.Series:
    """Return which rows have a key."""
    found = pd.Series(data=True, index=table.index)
    for name, value in key.items():
        found &= table[name].astype("str") == str(value)
    return found


def nearest(table: pd.DataFrame, key: Mapping[str, Value]) -> str:
    """Return in words the row whose key is most like one that no row has."""
    there = [", ".join(row) for row in table[list(key)].astype("str").itertuples(index=False, name=None)]
    found = get_close_matches(", ".join(map(str, key.values())), there, 1, cutoff=0.0)
    return f"nearest is {found[0]}" if found else "it has no rows"


def told(scenario: Scenario, tables: Tables | None = None) -> pd.DataFrame:
    """Return what a scenario changes from the baseline: ``what``, ``before``, ``after``, ``unit``, a row for each.

    Parameters
    ----------
    tables
        Tables of the force as they are, from which ``before`` of an edit is read; blank without them.
    """
    plain = replace(scenario, changes={})
    rows: list[tuple[str, ...]] = []
    for name in sorted(scenario.changes):
        was = plain.assumption(name)
        rows.append((was.meaning, f"{was.value:g}", f"{scenario.changes[name]:g}", was.unit))
    rows += [row for edit in scenario.edits for row in _told(edit, tables)]
    return pd.DataFrame(rows, columns=list(TOLD), dtype="str")


def _told(edit: Edit, tables: Tables | None) -> Iterator[tuple[str, ...]]:
    """Give what one edit changes, a row for each column set."""
    row = label(edit.row(TABLES[edit.table].key))
    if edit.remove:
        yield row, "there", "removed", ""
    if edit.add:
        rest = (f"{name} {value}" for name, value in edit.add.items() if name not in TABLES[edit.table].key)
        yield row, "not there", f"added: {', '.join(rest)}", ""
    for name, value in edit.set.items():
        here = None if tables is None else tables[edit.table].loc[rows_of(tables[edit.table], edit.key), name]
        before = "" if here is None or here.empty else _said(here.iloc[0])
        yield f"{row}: {name}", before, _said(value), TABLES[edit.table].column(name).unit


def label(row: Sequence[str]) -> str:
    """Return a row in words, given as ``Edit.row`` does: the table and the cells of its key."""
    table, *cells = row
    return f"{table.replace('_', ' ').capitalize()}, {', '.join(cells)}"


def _said(value: object) -> str:
    """Return a cell in words."""
    if pd.isna(value):
        return "blank"
    if isinstance(value, pd.Timestamp):
        return value.date().isoformat()
    return ("no", "yes")[value] if isinstance(value, bool) else f"{value:g}" if isinstance(value, float) else str(value)


def side_by_side(assessments: "Sequence[Assessment | Live]") -> pd.DataFrame:
    """Return the headline figures of two to four assessments, or live figures, under each other.

    ``headline``, ``label``, ``unit``, ``scenario`` (its name), ``value``, ``low``, ``high``; missing where an
    assessment does not have the figure.

    Raises
    ------
    ValueError
        If there are too few or too many, or two of the same scenario.
    """
    names = checked_names([one.scenario.name for one in assessments])
    columns = ["headline", "label", "unit", "value", "low", "high"]
    table = pd.concat([one.headlines[columns].assign(scenario=one.scenario.name) for one in assessments])
    known = table.drop_duplicates("headline")[["headline", "label", "unit"]]
    whole = known.merge(pd.DataFrame({"scenario": names}), how="cross")
    return whole.merge(table.drop(columns=["label", "unit"]), on=["headline", "scenario"], how="left")


def checked_names(names: Sequence[str]) -> Sequence[str]:
    """Return the names of scenarios to be compared; refuse too few, too many, or one twice."""
    if not FEWEST <= len(names) <= MOST or len(set(names)) < len(names):
        raise ValueError(f"two to four different scenarios are compared, not {', '.join(names) or 'none'}")
    return names


def risks_proposed(assessments: "Sequence[Assessment | Live]") -> pd.DataFrame:
    """Return the risks that some of the assessments would propose and some not: ``key``, ``title``, one flag for each.

    The flags stand under the names of the scenarios: a risk false in the first and true in another would appear, the
    other way round it would go. Live figures propose what they find, whether or not the register holds it already.

    Raises
    ------
    ValueError
        If live figures stand beside whole assessments: a risk on the register would seem to come or go.
    """
    proposed = {one.scenario.name: one.risk.proposals if hasattr(one, "risk") else one.findings for one in assessments}
    if len({hasattr(one, "risk") for one in assessments}) > 1:
        raise ValueError(f"{', '.join(proposed)} must all be whole assessments or all live figures, not some of each")
    table = pd.concat([each[["key", "title"]] for each in proposed.values()])
    table = table.drop_duplicates("key").reset_index(drop=True)
    table = table.assign(**{name: table["key"].isin(each["key"]) for name, each in proposed.items()})
    some, every = table[list(proposed)].any(axis=1), table[list(proposed)].all(axis=1)
    return table.loc[some & ~every].reset_index(drop=True)

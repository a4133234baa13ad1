"""Yearly counts of forces from a file of their own, to put their forecasts through the back test.

In: a CSV laid out like the published figures: force, year, value, and where known the release and what is counted. Out:
one series a row, one year a column; or every fault at once.
"""

import re
from pathlib import Path
from typing import Final

import pandas as pd

from apstra.data.faults import FIRST_ROW, Fault, InvalidTables, fault_frame
from apstra.data.tables import Cells, read_cells, table_faults, typed_table
from apstra.demand.published import HISTORIC, yearly_counts
from apstra.schema.declare import Table, integer, text

YEAR: Final = re.compile(r"(\d{2})(\d{2})-(\d{2})")
SERIES: Final = Table(
    "series",
    "Yearly counts of forces.",
    (
        text("series", "Release the figures were printed in; one release in a file.", blank=True, absent=True),
        text("force", "Force, or any name of a series."),
        text("year", "Financial year such as 2004-05."),
        text("metric", "What is counted; one kind in a file.", blank=True, absent=True),
        integer("value", "Operations counted; a year without a count has no row.", "operations"),
        text("note", "Anything to be said of the figure.", blank=True, absent=True),
        text("source", "Where it was printed.", blank=True, absent=True),
        text("provenance", "Kind of source.", blank=True, absent=True),
    ),
    key=("force", "year"),
)


def read_series(path: Path) -> pd.DataFrame:
    """Return the series of a file, series in rows and years in columns, NaN where there is no row.

    Raises
    ------
    InvalidTables
        If the file is missing or a cell is at fault: a count that is negative, fractional or text, a year that is not
        printed as 2004-05, a force's year twice, more than one release or kind of count.
    """
    cells, faults = read_cells(path, path.name)
    if cells is not None:
        faults = [*faults, *table_faults(SERIES, cells, path.name), *_year_faults(cells, path.name)]
        faults += [fault for column in ("series", "metric") for fault in _mixed(column, cells, path.name)]
    if cells is None or faults:
        raise InvalidTables(fault_frame(faults))
    rows = typed_table(SERIES, cells).assign(series=HISTORIC, metric="operations")
    return yearly_counts(rows)


def _year_faults(cells: Cells, name: str) -> list[Fault]:
    """Return the years that are not printed as 2004-05."""
    return [
        Fault(name, row, "year", year, "a financial year such as 2004-05")
        for row, year in enumerate(cells.get("year", ()), FIRST_ROW)
        if not (found := YEAR.fullmatch(year)) or (int(found[2]) + 1) % 100 != int(found[3])
    ]


def _mixed(column: str, cells: Cells, name: str) -> list[Fault]:
    """Return the first row whose release, or kind of count, is not the first row's: series are never spliced."""
    values = list(cells.get(column, ()))
    other = next((row for row, value in enumerate(values) if value != values[0]), None)
    return [] if other is None else [Fault(name, other + FIRST_ROW, column, values[other], f"as above: {values[0]!r}")]

"""What forces counted, as it was published: one release at a time, never spliced.

In: the public figures, one row a number with the release it comes from, and where a series is known to break. Out:
yearly counts by force.
"""

from typing import Final

import numpy as np
import pandas as pd

HISTORIC: Final = "historic (pre-2015 statements, not fully quality-assured)"
TOGETHER: Final = ("England and Wales",)
REGION: Final = "(region)"


def yearly_counts(
    published: pd.DataFrame, metric: str = "operations", release: str = HISTORIC, breaks: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Return one release's counts, series in rows and first calendar years of financial years in columns.

    Parameters
    ----------
    published
        ``series`` (the release), ``force``, ``year`` such as 2004-05, ``metric``, ``value``.
    metric, release
        What is counted, and the release it is taken from; rows of another release are left out, not spliced in.
    breaks
        ``force``, ``metric``, ``from_year``: the basis of a count changed, so that what follows is another series.

    Returns
    -------
    frame
        Indexed by series: the force, with the first year of the stretch where its series breaks. A missing cell is NaN.
        Totals of regions and of England and Wales are left out.

    Raises
    ------
    ValueError
        If a value is negative, fractional or no number, a year is not printed as 2004-05, or one release gives two
        different values for a force and year.
    """
    rows = published.loc[(published["metric"] == metric) & (published["series"] == release)]
    whole = rows["force"].isin(TOGETHER) | rows["force"].str.endswith(REGION)
    rows = rows.loc[~whole].assign(start=_starts(rows["year"]), value=_whole(rows))
    rows = rows.drop_duplicates(["force", "start", "value"])
    if len(twice := rows.loc[rows.duplicated(["force", "start"], keep=False)]):
        told = " and ".join(f"{value:.0f}" for value in twice["value"].iloc[:2])
        raise ValueError(
            f"{twice['force'].iloc[0]} {twice['year'].iloc[0]}: {release!r} gives both {told} for {metric}"
        )
    names = rows["force"].copy()
    for row in () if breaks is None else breaks.loc[breaks["metric"] == metric].itertuples():
        names[(rows["force"] == row.force) & (rows["start"] >= int(row.from_year[:4]))] += f" from {row.from_year}"
    table = rows.assign(force=names).pivot_table(index="force", columns="start", values="value", aggfunc="sum")
    years = range(int(rows["start"].min()), int(rows["start"].max()) + 1) if len(rows) else range(0)
    return table.reindex(columns=pd.Index(years, name="year")).rename_axis(index="series").astype(float)


def _starts(year: pd.Series) -> pd.Series:
    """Return the calendar year in which financial years such as 2004-05 start."""
    parts = year.astype(str).str.extract(r"^(\d{4})-(\d{2})$").astype(float)
    wrong = ~((parts[0] + 1.0) % 100.0 == parts[1])
    if wrong.any():
        raise ValueError(f"year must be printed as 2004-05, not {year[wrong].iloc[0]!r}")
    return parts[0].astype(int)


def _whole(rows: pd.DataFrame) -> pd.Series:
    """Return the values as counts."""
    value = pd.to_numeric(rows["value"], errors="coerce")
    wrong = ~((value >= 0) & (value == np.floor(value)))
    if wrong.any():
        first = rows.loc[wrong].iloc[0]
        raise ValueError(f"{first['force']} {first['year']}: value must be a whole number >= 0, not {first['value']}")
    return value

"""How many armed officers has each of the 43 forces, and how far does it drive to every other?

In: public figures of the forces, the nation's armed officers, the few figures printed of single forces, police officers
by force, and drive times between forces. Out: armed officers by force, and minutes from each force to each. Armed
officers are not public for every force, so these are shares of the nation's, an order of magnitude and no record of any
force: the Metropolitan Police and the City of London hold more of the nation's armed officers than of its police.
"""

from collections.abc import Mapping
from datetime import date
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from apstra.mutual_aid.agreements import journeys
from apstra.scenario import Scenario, first_year_not_complete

FloatArray = NDArray[np.float64]
DEPLOYABLE: Final = "operationally_deployable_31mar"
ARMED: Final = "armed_officers_31mar"
TOGETHER: Final = {
    "Beds Cambs Herts": ("Bedfordshire", "Cambridgeshire", "Hertfordshire"),
    "W Midlands W Mercia": ("West Midlands", "West Mercia"),
}
ROW_OF: Final = {force: row for row, forces in TOGETHER.items() for force in forces}
COLUMNS: Final = (
    "force", "pfa_code", "region", "residents", "lat", "lon", "officers", "basis", "figure", "figure_on", "nation",
    "nation_on",
)  # fmt: skip


def force_strengths(tables: Mapping[str, pd.DataFrame], as_at: date) -> pd.DataFrame:
    """Return the operationally deployable armed officers of each force, derived from the nation's.

    Parameters
    ----------
    tables
        ``police_forces``, ``national_firearms``, ``published_firearms``, ``police_officers`` and
        ``inter_force_travel``; any of them may be empty.
    as_at
        Figures of years and days not over by this day are left out.

    Returns
    -------
    DataFrame
        ``force``, ``pfa_code``, ``region``, ``residents``, ``lat``, ``lon``, ``officers`` (whole), ``basis`` (printed:
        from the force's own ``figure`` of armed officers; police officers: from its ``figure`` of them, full-time
        equivalent), ``figure_on``, ``nation`` and ``nation_on`` (the nation's deployable armed officers that are
        shared, and their financial year). A force that one of the tables does not name is left out.

    Notes
    -----
    A force whose armed officers are printed has the share of the nation's that it had on that day (as both were first
    published), of the latest count of the deployable. The others share the rest in proportion to police officers.
    """
    over = {name: _over(tables[name], as_at) for name in ("national_firearms", "published_firearms")}
    nation, own = over["national_firearms"], over["published_firearms"]
    total = nation.loc[nation["metric"] == DEPLOYABLE].sort_values("year", kind="stable").tail(1)
    armed = nation.loc[nation["metric"] == ARMED].drop_duplicates("year").set_index("year")["value"]
    shown = own.loc[own["metric"] == ARMED].sort_values("year", kind="stable")
    forces = _placed(tables, as_at).merge(
        shown.drop_duplicates("force", keep="last")[["force", "year", "value"]], on="force", how="left"
    )
    if total.empty or forces.empty:
        return pd.DataFrame(columns=list(COLUMNS))
    printed = forces["value"] / forces["year"].map(armed)
    others = forces["fte"].where(printed.isna())
    share = printed.fillna((1.0 - printed.sum()) * others / others.sum())
    return forces.assign(
        officers=np.rint(share * total["value"].iloc[0]).astype(int),
        basis=np.where(printed.notna(), "printed", "police officers"),
        figure=forces["value"].where(printed.notna(), forces["fte"]),
        figure_on=forces["year"].where(printed.notna(), forces["fte_on"]),
        nation=int(total["value"].iloc[0]),
        nation_on=total["year"].iloc[0],
    )[list(COLUMNS)]


def _over(figures: pd.DataFrame, as_at: date) -> pd.DataFrame:
    """Return the rows of financial years, printed as 2004-05, that are over by a day."""
    start = pd.to_numeric(figures["year"].astype(str).str.slice(0, 4), errors="coerce")
    return figures.loc[start < first_year_not_complete(as_at)]


def _placed(tables: Mapping[str, pd.DataFrame], as_at: date) -> pd.DataFrame:
    """Return the forces that have drive times and a count of police officers, with the latest, ``fte``."""
    police = tables["police_officers"]
    police = police.assign(on=pd.to_datetime(police["as_at"], format="%B %Y"))
    police = police.loc[police["on"] <= pd.Timestamp(as_at)]
    latest = police.loc[police["on"] == police["on"].max()]
    forces = tables["police_forces"].rename(
        columns={"population_mid2018": "residents", "centroid_lat": "lat", "centroid_lon": "lon"}
    )
    timed = forces["force"].replace(ROW_OF).isin(tables["inter_force_travel"]["from_force"])
    counted = latest.rename(columns={"officers_fte": "fte", "as_at": "fte_on"})[["force", "fte", "fte_on"]]
    return forces.loc[timed].merge(counted, on="force")


def drive_minutes(forces: pd.DataFrame, travel: pd.DataFrame, scenario: Scenario) -> FloatArray:
    """Return the drive from each force to each [minutes]: (forces, forces), host in rows, donor in columns.

    Parameters
    ----------
    forces
        ``force``, ``lat``, ``lon`` of its centre.
    travel
        ``from_force``, ``to_force``, ``drive_time_min``: centre to centre, 40 rows for 43 forces.

    Notes
    -----
    Forces that share a row (Bedfordshire, Cambridgeshire and Hertfordshire; West Midlands and West Mercia) are as far
    from any other as their row. Between one another it is the great circle between their centres x ``circuity`` at
    ``donor_speed``, as for any donor without a drive time.
    """
    row = forces["force"].replace(ROW_OF).to_numpy(object)
    pairs = zip(travel["to_force"], travel["from_force"], strict=True)
    drives = dict(zip(pairs, travel["drive_time_min"].tolist(), strict=True))
    between = journeys(forces, forces[["lat", "lon"]].to_numpy(float), scenario).T
    apart = [[drives.get((to, start), np.nan) for start in row] for to in row]
    return np.where(row[:, None] == row, between, np.array(apart, float).reshape(between.shape))

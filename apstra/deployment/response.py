"""How soon a crew arrived when one was called, and whether the force's own standard was met.

In: the log, zones, areas and response standards. Out: median, 90th percentile and share within the standard by area,
with how many arrivals are not on record and whether the numbers allow a verdict.
"""

from typing import Final

import numpy as np
import pandas as pd
from scipy import special

ALL: Final = "all"
CALLED: Final = "spontaneous"
LEVEL: Final = 0.95
TAIL: Final = 0.9
SECONDS_A_MINUTE: Final = 60.0


def call_standards(response_standards: pd.DataFrame) -> pd.DataFrame:
    """Return the standard each area holds itself to for spontaneous operations, else its shortest: by ``area_id``.

    Returns
    -------
    frame
        ``minutes`` from call to arrival, ``share`` to be met within them.
    """
    ordered = response_standards.assign(other=response_standards["kind"] != CALLED).sort_values(["other", "minutes"])
    return ordered.drop_duplicates("area_id").set_index("area_id")[["minutes", "share"]]


def observed_response(
    operations: pd.DataFrame, zones: pd.DataFrame, areas: pd.DataFrame, standards: pd.DataFrame
) -> pd.DataFrame:
    """Return the time from call to arrival of spontaneous operations against the standard, by area and for the force.

    Parameters
    ----------
    standards
        ``minutes`` and ``share`` by area.

    Returns
    -------
    frame
        ``area_id`` (and ``all``), ``n`` timed, ``missing`` (no arrival on record), ``median``, ``p90`` [minutes],
        ``within`` with ``within_low``, ``within_high`` (Wilson 95 %), ``standard`` [minutes; blank where areas differ],
        ``target`` share (for the force the areas' mean by calls), ``met``: yes when the whole interval reaches the
        target, no when none of it does, else cannot tell.
    """
    calls = operations.loc[operations["kind"] == CALLED]
    area = calls["zone_id"].map(zones.set_index("zone_id")["area_id"])
    timed = pd.DataFrame(
        {
            "area_id": area,
            "minutes": (calls["arrived_at"] - calls["called_at"]).dt.total_seconds() / SECONDS_A_MINUTE,
            "standard": area.map(standards["minutes"]).astype(float),
            "target": area.map(standards["share"]).astype(float),
        }
    )
    rows = []
    for one in (ALL, *areas["area_id"]):
        these = timed if one == ALL else timed.loc[timed["area_id"] == one]
        known = standards.reindex(areas["area_id"] if one == ALL else [one])
        rows.append((one, *_response(these, known)))
    columns = ["area_id", "n", "missing", "median", "p90", "within", "within_low", "within_high", "standard", "target"]
    return pd.DataFrame(rows, columns=[*columns, "met"])


def _response(timed: pd.DataFrame, standards: pd.DataFrame) -> tuple[object, ...]:
    """Return one row of ``observed_response`` but its area."""
    seen = timed.loc[timed["minutes"].notna()]
    judged = seen.loc[seen["standard"].notna()]
    within = int((judged["minutes"] <= judged["standard"]).sum())
    low, high = wilson(within, len(judged))
    shortest, longest = standards["minutes"].min(), standards["minutes"].max()
    target = float((judged["target"] if len(judged) else standards["share"]).mean())
    return (
        len(seen),
        len(timed) - len(seen),
        float(seen["minutes"].median()),
        float(seen["minutes"].quantile(TAIL)),
        within / len(judged) if len(judged) else np.nan,
        low,
        high,
        float(longest) if shortest == longest else np.nan,
        target,
        verdict(low, high, target),
    )


def verdict(low: float, high: float, target: float) -> str:
    """Return whether a share with 95 % limits meets its target: yes, no or cannot tell."""
    if low >= target:
        return "yes"
    return "no" if high < target else "cannot tell"


def wilson(count: int, of: int) -> tuple[float, float]:
    """Return the 95 % limits of a share of which ``count`` in ``of`` was seen (Wilson 1927); 0 to 1 for none."""
    if not of:
        return (0.0, 1.0)
    z = float(special.ndtri((1.0 + LEVEL) / 2.0))
    share, weight = count / of, z**2 / of
    middle = (share + weight / 2.0) / (1.0 + weight)
    half = z * np.sqrt(share * (1.0 - share) / of + weight / (4.0 * of)) / (1.0 + weight)
    return (max(0.0, float(middle - half)), min(1.0, float(middle + half)))

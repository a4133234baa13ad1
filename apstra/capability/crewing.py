"""Can the crews be crewed, and on how many shifts are there fewer than the force needs?

In: crews rostered by block, deployable strength and the crews needed by area and block. Out: by block the probability
that exactly so many crews can be formed, with events that take several officers at once (an operation, a course,
sickness) counted as such; and how many shifts a year fall below the floor, the crews that the areas need together.
"""

from collections.abc import Mapping, Sequence
from itertools import product
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special

from apstra.capability.relief import relief_steps
from apstra.scenario import Blocks, Scenario
from apstra.schema.duty import crew_role

ROUNDING: Final = 1e-9  # hours that spread to whole officers but for floating point are not rounded down
UNPLANNED: Final = ("sickness", "court and other duties")


def crewing_probability(
    officers: int, probability: float, crews: int, *, per_crew: int = 2, shared_shocks: Sequence[tuple[float, int]] = ()
) -> float:
    """Return the probability that at least ``crews`` crews can be formed from the officers rostered.

    Parameters
    ----------
    officers
        Officers rostered.
    probability
        Probability that each is present, independently of the others.
    crews
        Crews wanted.
    per_crew
        Officers in a crew.
    shared_shocks
        Independent events ``(probability, officers_removed)``, each of which takes that many officers off the roster at
        once.

    Raises
    ------
    ValueError
        If a probability lies outside 0 to 1, or a count is negative or not whole.

    Notes
    -----
    Exact: every combination of shocks is weighed, and the officers left are binomial. Treating a shock as so much more
    independent absence would flatter the answer.
    """
    wanted = _whole("crews", crews) * _whole("per_crew", per_crew)
    rostered, chance = _whole("officers", officers), _share("probability", probability)
    shocks = [(_share("shared_shocks", p), _whole("shared_shocks", removed)) for p, removed in shared_shocks]
    total = 0.0
    for happened in product((False, True), repeat=len(shocks)):
        weight = np.prod([p if hit else 1.0 - p for hit, (p, _) in zip(happened, shocks, strict=True)])
        removed = sum(size for hit, (_, size) in zip(happened, shocks, strict=True) if hit)
        total += float(weight) * _at_least(wanted, max(rostered - removed, 0), chance)
    return total


def crews_formed(
    officers: int, probability: float, crews: int, *, per_crew: int = 2, shared_shocks: Sequence[tuple[float, int]] = ()
) -> NDArray[np.float64]:
    """Return the probability that exactly 0, 1, ... ``crews`` crews can be formed, no more than are rostered.

    Arguments as in ``crewing_probability``, of which this is the falling step at each number of crews.
    """
    at_least = [
        crewing_probability(officers, probability, k, per_crew=per_crew, shared_shocks=shared_shocks)
        for k in range(crews + 1)
    ]
    return np.maximum(-np.diff(at_least, append=0.0), 0.0)


def _at_least(wanted: int, officers: int, chance: float) -> float:
    """Return P(at least ``wanted`` of ``officers`` present)."""
    if wanted > officers:
        return 0.0
    return 1.0 if wanted == 0 else float(special.bdtrc(wanted - 1, officers, chance))


def _whole(name: str, value: float) -> int:
    """Return a count, refusing what is negative or not whole."""
    if not (value >= 0 and float(value).is_integer()):
        raise ValueError(f"{name} must be a whole number of at least 0, not {value}")
    return int(value)


def _share(name: str, value: float) -> float:
    """Return a probability, refusing what is none."""
    if not 0.0 <= value <= 1.0:
        raise ValueError(f"{name} must lie in [0, 1], not {value}")
    return float(value)


def formed(duty: pd.DataFrame, scenario: Scenario) -> pd.DataFrame:
    """Return by block the probability that exactly so many of the rostered crews can be formed.

    ``presence_share`` stands for what cannot be planned, and one shared shock of ``shock_officers`` for events that
    take several at once. Hours that do not come to a whole officer more put one on the roster for that part of shifts.

    Parameters
    ----------
    duty
        From ``roster``.

    Returns
    -------
    DataFrame
        ``block``, ``crews`` (0 to those rostered), ``probability``; the rows of a block sum to 1, blocks without crews
        are left out.
    """
    shock = (scenario.value("shock_probability"), round(scenario.value("shock_officers")))
    presence = scenario.value("presence_share")
    rows = []
    for row in duty.itertuples():
        fewer, more = (
            crews_formed(row.rostered + odd, presence, row.crews, per_crew=row.per_crew, shared_shocks=[shock])
            for odd in (0, 1)
        )
        chances = fewer + row.part * (more - fewer)
        rows += [(row.Index, crews, chance) for crews, chance in enumerate(chances)]
    return pd.DataFrame(rows, columns=["block", "crews", "probability"])


def roster(tables: Mapping[str, pd.DataFrame], strength: pd.DataFrame, scenario: Scenario) -> pd.DataFrame:
    """Return the crews of each block and the deployable officers who can be rostered to them.

    The hours for which deployable officers of the crews' role can be rostered (contract less leave and training) are
    spread over the blocks in proportion to the seats in them.

    Returns
    -------
    DataFrame
        Indexed by ``block``: ``crews``, ``seats``, ``per_crew``, ``rostered`` [whole officers], ``part`` (of shifts on
        which there is one more); blocks without crews are left out.
    """
    seats = tables["crews"].assign(seats=tables["crews"]["crews"] * tables["crews"]["officers_per_crew"])
    duty = seats.groupby("block")[["crews", "seats"]].sum().reindex(list(scenario.force.blocks.names)).dropna()
    duty = duty.loc[duty["crews"] > 0].astype(int)
    hours = float((duty["seats"] * scenario.force.blocks.hours_a_year()).sum())
    deployable = strength.set_index("role")["available"].get(crew_role(tables), 0)
    share = deployable * rostered_hours(scenario) / hours if hours > 0 else 0.0
    officers = duty["seats"] * share
    whole = np.floor(officers + ROUNDING).astype(int)
    return duty.assign(
        per_crew=-(-duty["seats"] // duty["crews"]), rostered=whole, part=(officers - whole).clip(lower=0.0)
    )


def rostered_hours(scenario: Scenario) -> float:
    """Return the hours for which an officer can be rostered: contract less what is planned away [hours/year]."""
    steps = relief_steps(scenario).set_index("quantity")["hours"]
    return float(steps.drop(["productive", *UNPLANNED]).sum())


def crewing_by_block(duty: pd.DataFrame, formed: pd.DataFrame) -> pd.DataFrame:
    """Return by block the probability that all the rostered crews, and all but one, can be crewed.

    Parameters
    ----------
    duty
        From ``roster``.
    formed
        From ``formed``.

    Returns
    -------
    DataFrame
        ``block``, ``crews``, ``officers_rostered``, ``officers_needed``, ``probability`` (all crews),
        ``probability_less_one`` (all but one).
    """
    missing = formed["block"].map(duty["crews"]) - formed["crews"]
    all_crews, less_one = (
        formed["probability"].where(missing <= less, 0.0).groupby(formed["block"]).sum().reindex(duty.index)
        for less in (0, 1)
    )
    frame = duty[["crews"]].assign(
        officers_rostered=duty["rostered"],
        officers_needed=duty["seats"],
        probability=all_crews,
        probability_less_one=less_one,
    )
    return frame.reset_index()


def below_floor(formed: pd.DataFrame, crews_needed: pd.DataFrame, blocks: Blocks) -> pd.DataFrame:
    """Return on how many shifts a year fewer crews can be formed than the areas of the force need together.

    Parameters
    ----------
    formed
        From ``formed``; in a block that is not in it no crew is rostered.
    crews_needed
        By area and block, with ``crews_needed``.

    Returns
    -------
    DataFrame
        ``block``, ``crews`` (rostered), ``floor`` (crews needed), ``shifts_a_year``, ``p_below_floor``,
        ``shifts_below_floor`` [shifts/year], ``crews_short`` (below the floor, mean over all shifts); blocks of which
        nothing is needed are left out.
    """
    floor = crews_needed.groupby("block")["crews_needed"].sum()
    floor = floor.reindex([name for name in blocks.names if floor.get(name, 0) > 0]).rename("floor").astype(int)
    short = (formed["block"].map(floor).fillna(0) - formed["crews"]).clip(lower=0)
    by_block = formed.assign(below=formed["probability"] * (short > 0), short=formed["probability"] * short)
    by_block = by_block.groupby("block").agg({"crews": "max", "below": "sum", "short": "sum"}).reindex(floor.index)
    shifts, unmanned = blocks.shifts_a_year().reindex(floor.index), by_block["crews"].isna()
    p_below = by_block["below"].mask(unmanned, 1.0)
    frame = floor.to_frame().assign(
        shifts_a_year=shifts,
        p_below_floor=p_below,
        shifts_below_floor=p_below * shifts,
        crews_short=by_block["short"].where(~unmanned, floor),
    )
    frame.insert(0, "crews", by_block["crews"].fillna(0).astype(int))
    return frame.reset_index()

"""Who meets which requirement and which threat in time, and what stands in the way of the others?

In: how far each threat is met in each area. Out, as frames: one row for each requirement and area, one for each threat
and area, each with the first source that reaches the assurance level or that it is a gap; what binds a gap; and the
curves over time.
"""

from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np
import pandas as pd

from apstra.mutual_aid.met import CURVE_MINUTES, NEVER, Met, mean
from apstra.mutual_aid.supply import SOURCES, Ground

MET_BY: Final = {"own": "own", "home": "with collaboration", "collaboration": "with collaboration",
                 "all": "with national aid"}  # fmt: skip
GAP: Final = "gap"
IN_TIME: Final = [f"p_{source}" for source in SOURCES]


def status(in_time: Iterable[float], assurance_level: float) -> str:
    """Return the first source that reaches the assurance level: own, with collaboration, with national aid; or gap."""
    reached = [MET_BY[one] for one, p in zip(SOURCES, in_time, strict=True) if p >= assurance_level - NEVER]
    return reached[0] if reached else GAP


def binding(nobody_ever: float, enough_ever: float, assurance_level: float) -> str:
    """Return what stands in the way of a requirement that is not met in time.

    Parameters
    ----------
    nobody_ever, enough_ever
        P(no officer able to fill the role ever comes), P(enough do, however late), with all aid.

    Returns
    -------
    str
        ``role`` if nobody offers it, ``number`` if all together are too few, ``time`` if enough would come but late,
        else ``availability``.
    """
    if nobody_ever >= 1.0 - NEVER:
        return "role"
    if enough_ever <= NEVER:
        return "number"
    return "time" if enough_ever >= assurance_level else "availability"


def assembly(found: Sequence[Met], assurance_level: float) -> pd.DataFrame:
    """Return for each requirement and area who meets it in time, and what binds where nobody does.

    Returns
    -------
    DataFrame
        ``requirement_id``, ``threat_id``, ``area_id``, ``role``, ``officers``, ``within_minutes``, ``p_own``,
        ``p_home``, ``p_collaboration``, ``p_all`` [probability in time], ``p_ever`` (with all aid, however late),
        ``status`` and ``binding`` (none, role, number, time, availability).
    """
    rows = []
    for one in found:
        for number, need in enumerate(one.needs):
            verdict = status(one.each[number], assurance_level)
            binds = binding(one.nobody[number], one.ever[number], assurance_level) if verdict == GAP else "none"
            keys = (need.requirement_id, need.threat_id, need.area_id, need.role, need.officers, need.within_minutes)
            rows.append((*keys, *one.each[number], one.ever[number], verdict, binds))
    columns = ["requirement_id", "threat_id", "area_id", "role", "officers", "within_minutes", *IN_TIME]
    table = pd.DataFrame(rows, columns=[*columns, "p_ever", "status", "binding"])
    return table.sort_values(["requirement_id", "area_id"], ignore_index=True)


def threats_met(found: Sequence[Met], ground: Ground, blocks: Sequence[str], assurance_level: float) -> pd.DataFrame:
    """Return for each threat and area whether all that it asks for is met in time.

    Returns
    -------
    DataFrame
        ``threat_id``, ``area_id``, ``requirements`` (how many), ``p_own``, ``p_home``, ``p_collaboration``, ``p_all``
        (all of them in time), ``status``, ``weakest`` (the requirement least likely to be met with all aid),
        ``binding`` (what binds that one; none where the threat is no gap), ``worst_block`` and ``worst_zone`` with
        ``worst_block_p`` and ``worst_zone_p`` with all aid, ``not_met_own``, ``not_met_collaboration``,
        ``not_met_all`` (per occurrence of the threat).
    """
    rows = []
    for one in found:
        zones, weight = ground.areas[one.needs[0].area_id]
        together = mean(one.together, ground.force.share, weight)
        verdict, weakest = status(together, assurance_level), int(one.each[:, -1].argmin())
        binds = binding(one.nobody[weakest], one.ever[weakest], assurance_level) if verdict == GAP else "none"
        by_block, by_zone = one.together[-1] @ weight, ground.force.share @ one.together[-1]
        block, zone = int(by_block.argmin()), int(by_zone.argmin())
        where = ground.zones["zone_id"].iloc[zones[zone]]
        key = (one.needs[0].threat_id, one.needs[0].area_id, len(one.needs))
        worst = (blocks[block], by_block[block], where, by_zone[zone])
        lost = (one.not_met[0], one.not_met[2], one.not_met[3])
        rows.append((*key, *together, verdict, one.needs[weakest].requirement_id, binds, *worst, *lost))
    columns = ["threat_id", "area_id", "requirements", *IN_TIME, "status", "weakest", "binding", "worst_block"]
    columns += ["worst_block_p", "worst_zone", "worst_zone_p", "not_met_own", "not_met_collaboration", "not_met_all"]
    return pd.DataFrame(rows, columns=columns)


def by_block(found: Sequence[Met], ground: Ground, blocks: Sequence[str]) -> pd.DataFrame:
    """Return ``threat_id``, ``area_id``, ``block``, ``probability`` that all it asks for is there in time, all aid."""
    chances = [one.together[-1] @ ground.areas[one.needs[0].area_id][1] for one in found]
    rows = [
        (one.needs[0].threat_id, one.needs[0].area_id, block, float(chance))
        for one, by in zip(found, chances, strict=True)
        for block, chance in zip(blocks, by, strict=True)
    ]
    return pd.DataFrame(rows, columns=["threat_id", "area_id", "block", "probability"])


def curves(found: Sequence[Met], moments: np.ndarray) -> pd.DataFrame:
    """Return ``threat_id``, ``area_id``, ``source``, ``minutes``, ``probability`` that all asked for have come."""
    at = np.searchsorted(moments, CURVE_MINUTES)
    keys = pd.DataFrame(
        [(one.needs[0].threat_id, one.needs[0].area_id, source) for one in found for source in SOURCES],
        columns=["threat_id", "area_id", "source"],
    )
    frame = keys.loc[keys.index.repeat(at.size)].reset_index(drop=True)
    shown = np.concatenate([np.empty(0), *(one.curve[:, at].ravel() for one in found)])
    return frame.assign(minutes=np.tile(CURVE_MINUTES, len(keys)), probability=shown)

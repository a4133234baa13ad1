"""Who is there, and who of them can deploy?

In: posts, officers, modules and currency. Out: by role the steps from established posts to officers available, each
a part of the one before: in post, authorised (every module of the role passed at least once), current (every one still
valid), fit (not restricted, sick, on maternity leave, suspended or otherwise out), available (not on a course either);
and every loss on the way with its reason. An officer counts once, in the role of the post held.
"""

from datetime import date
from typing import Final, TypeVar

import numpy as np
import pandas as pd

STEPS: Final = ("established", "in_post", "authorised", "current", "fit", "available")
DEPLOYABLE: Final = "deployable"
FIT: Final = (DEPLOYABLE, "course")
VACANT: Final = "vacant"
OVER: Final = "over establishment"
NEVER_PASSED: Final = "not yet authorised"
LAPSED: Final = "module lapsed"
REASONS: Final = (NEVER_PASSED, LAPSED, "restricted", "sick", "maternity", "suspended", "other", "course")
Amount = TypeVar("Amount", float, pd.Series)


def shortfall(required: Amount, deployable: Amount) -> Amount:
    """Return by how many deployable officers fall short of the requirement [officers]: never below 0.

    >>> float(shortfall(20, 17)), float(shortfall(20, 23))
    (3.0, 0.0)
    """
    return np.maximum(required - deployable, 0)


def deficit(required: Amount, established: Amount) -> Amount:
    """Return by how many established posts fall short of the requirement [posts]: never below 0."""
    return np.maximum(required - established, 0)


def holders(officers: pd.DataFrame, currency: pd.DataFrame, modules: pd.DataFrame, roles: pd.DataFrame) -> pd.DataFrame:
    """Return each officer's role and standing: who counts for which role, and until when.

    Parameters
    ----------
    officers, currency, modules, roles
        Tables of the force.

    Returns
    -------
    DataFrame
        ``officer_id``, ``role`` (that of the post held; where blank, the role of which most modules were passed, the
        first listed in ``roles`` if several), ``status``, ``authorised``, ``current_until`` (first day on which a
        module of the role ends; blank unless authorised). A role without modules needs none.
    """
    passed = currency.merge(modules[["module", "role"]], on="module")
    asked = modules.groupby("role").size()
    people = officers[["officer_id", "status"]].assign(role=_role_held(officers, passed, roles))
    own = passed.merge(people[["officer_id", "role"]], on=["officer_id", "role"])
    held = own.groupby("officer_id")["valid_until"].agg(["size", "min"]).reindex(people["officer_id"])
    needs = people["role"].map(asked).fillna(0).to_numpy()
    authorised = people["role"].notna().to_numpy() & (held["size"].fillna(0).to_numpy() >= needs)
    until = held["min"].where(needs > 0, pd.Timestamp.max.normalize())
    return people.assign(authorised=authorised, current_until=until.where(authorised).to_numpy())


def _role_held(officers: pd.DataFrame, passed: pd.DataFrame, roles: pd.DataFrame) -> pd.Series:
    """Return the role of each officer, in the order of ``officers``."""
    blank = officers["role"].isna()
    if not blank.any():
        return officers["role"].astype("str")
    theirs = passed.loc[passed["officer_id"].isin(officers.loc[blank, "officer_id"])]
    counts = pd.crosstab(theirs["officer_id"], theirs["role"]).reindex(columns=roles["role"], fill_value=0)
    most = counts.idxmax(axis="columns") if counts.size else pd.Series(dtype="str")
    return officers["role"].fillna(officers["officer_id"].map(most)).astype("str")


def strength_steps(people: pd.DataFrame, posts: pd.DataFrame, roles: pd.DataFrame, as_at: date) -> pd.DataFrame:
    """Return by role the posts established and the officers left at each step after it.

    Returns
    -------
    DataFrame
        ``role``, ``title`` and the six steps [officers]; from ``in_post`` on no step exceeds the one before.
    """
    current = people["authorised"] & (people["current_until"] >= pd.Timestamp(as_at))
    fit = current & people["status"].isin(FIT)
    flags = pd.DataFrame(
        {
            "role": people["role"],
            "in_post": True,
            "authorised": people["authorised"],
            "current": current,
            "fit": fit,
            "available": fit & (people["status"] == DEPLOYABLE),
        }
    )
    by_role = pd.concat([posts.groupby("role")["established"].sum(), flags.groupby("role").sum()], axis=1)
    by_role = by_role.reindex(index=roles["role"], columns=list(STEPS)).fillna(0).astype(int)
    return roles[["role", "title"]].join(by_role, on="role")


def losses(people: pd.DataFrame, as_at: date) -> pd.DataFrame:
    """Return ``role``, ``reason``, ``officers``: why officers in post are not available, by the first reason met."""
    lapsed = people["current_until"] < pd.Timestamp(as_at)
    reason = people["status"].mask(lapsed, LAPSED).mask(~people["authorised"], NEVER_PASSED)
    away = people.assign(reason=reason)[lambda p: p["reason"] != DEPLOYABLE]
    return away.groupby(["role", "reason"], sort=False).size().rename("officers").reset_index()


def waterfall(strength: pd.DataFrame, lost: pd.DataFrame) -> pd.DataFrame:
    """Return by role how established posts come down to available officers, each loss a step with its reason.

    Parameters
    ----------
    strength
        From ``strength_steps``.
    lost
        From ``losses``.

    Returns
    -------
    DataFrame
        ``role``, ``step`` (established; vacant, or over establishment; each reason of ``lost`` in the order of the
        steps it falls under; available), ``change`` and ``left`` [officers] after it. The last step restates what is
        left.
    """
    by_reason = lost.set_index(["role", "reason"])["officers"]
    rows = []
    for row in strength.itertuples():
        vacant = row.established - row.in_post
        changes = [("established", row.established), (VACANT if vacant >= 0 else OVER, -vacant)]
        changes += [(reason, -int(by_reason.get((row.role, reason), 0))) for reason in REASONS]
        kept = [(step, change) for step, change in changes if change or step == "established"]
        left = np.cumsum([change for _, change in kept])
        rows += [(row.role, step, change, total) for (step, change), total in zip(kept, left, strict=True)]
        rows.append((row.role, "available", 0, row.available))
    return pd.DataFrame(rows, columns=["role", "step", "change", "left"])

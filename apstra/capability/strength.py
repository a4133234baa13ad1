"""Who is there, and who of them can deploy?

In: posts, officers, modules and currency. Out: by role the steps from established posts to officers available, each
a part of the one before: in post, authorised (every module of the role passed at least once), current (every one still
valid), fit (not restricted, sick, on maternity leave, suspended or otherwise out), available (not on a course either);
and how currency falls over the coming year if nobody is refreshed. An officer counts once, in the role of the post
held.
"""

from datetime import date
from typing import Final, TypeVar

import numpy as np
import pandas as pd

MONTHS_AHEAD: Final = (0, 3, 6, 12)
STEPS: Final = ("established", "in_post", "authorised", "current", "fit", "available")
FIT: Final = ("deployable", "course")
AVAILABLE: Final = "deployable"
NEVER_PASSED: Final = "not yet authorised"
LAPSED: Final = "module lapsed"
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
    counts = pd.crosstab(passed["officer_id"], passed["role"]).reindex(columns=roles["role"], fill_value=0)
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
            "available": fit & (people["status"] == AVAILABLE),
        }
    )
    by_role = pd.concat([posts.groupby("role")["established"].sum(), flags.groupby("role").sum()], axis=1)
    by_role = by_role.reindex(index=roles["role"], columns=list(STEPS)).fillna(0).astype(int)
    return roles[["role", "title"]].join(by_role, on="role")


def losses(people: pd.DataFrame, as_at: date) -> pd.DataFrame:
    """Return ``role``, ``reason``, ``officers``: why officers in post are not available, by the first reason met."""
    lapsed = people["current_until"] < pd.Timestamp(as_at)
    reason = people["status"].mask(lapsed, LAPSED).mask(~people["authorised"], NEVER_PASSED)
    away = people.assign(reason=reason)[lambda p: p["reason"] != AVAILABLE]
    return away.groupby(["role", "reason"], sort=False).size().rename("officers").reset_index()


def currency_ahead(people: pd.DataFrame, roles: pd.DataFrame, as_at: date) -> pd.DataFrame:
    """Return how many officers of each role are current in every module of it now and later, if nobody is refreshed.

    Returns
    -------
    DataFrame
        ``role``, ``months_ahead`` (0, 3, 6, 12), ``current``, ``of`` (officers in post); roles without officers are
        left out.
    """
    until = {role: people.loc[people["role"] == role, "current_until"] for role in roles["role"]}
    rows = [
        (role, months, int((days >= _later(as_at, months)).sum()), len(days))
        for role, days in until.items()
        if len(days)
        for months in MONTHS_AHEAD
    ]
    return pd.DataFrame(rows, columns=["role", "months_ahead", "current", "of"])


def lapsing(people: pd.DataFrame, currency: pd.DataFrame, modules: pd.DataFrame, as_at: date) -> pd.DataFrame:
    """Return each module of an officer's own role that has lapsed or lapses within the year (restricted edition only).

    Returns
    -------
    DataFrame
        ``officer_id``, ``role``, ``module``, ``valid_until``, ``lapsed``; earliest first.
    """
    own = currency.merge(modules[["module", "role"]], on="module")
    own = own.merge(people[["officer_id", "role"]], on=["officer_id", "role"])
    soon = own.loc[own["valid_until"] < _later(as_at, MONTHS_AHEAD[-1])]
    soon = soon.assign(lapsed=soon["valid_until"] < pd.Timestamp(as_at))
    columns = ["officer_id", "role", "module", "valid_until", "lapsed"]
    return soon[columns].sort_values(["valid_until", "officer_id", "module"], ignore_index=True)


def _later(as_at: date, months: int) -> pd.Timestamp:
    """Return the day ``months`` after *as at*."""
    return pd.Timestamp(as_at) + pd.DateOffset(months=months)

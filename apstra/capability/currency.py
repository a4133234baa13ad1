"""Who is current in which training module, today and in the coming year, and whose validity ends when?

In: officers with the role of their post, modules, and the day until which each pass is valid. Out: by role, and by role
and module, how many are current today and in 3, 6 and 12 months if nobody is refreshed; and each pass that ends within
the year, under the officer's pseudonym (restricted edition only).
"""

from datetime import date
from typing import Final

import numpy as np
import pandas as pd

MONTHS_AHEAD: Final = (0, 3, 6, 12)


def months_later(as_at: date, months: int) -> pd.Timestamp:
    """Return the day ``months`` after *as at*."""
    return pd.Timestamp(as_at) + pd.DateOffset(months=months)


def passes_of_role(people: pd.DataFrame, currency: pd.DataFrame, modules: pd.DataFrame) -> pd.DataFrame:
    """Return each officer's passes in the modules of the role held.

    Parameters
    ----------
    people
        ``officer_id`` and ``role``, from ``strength.holders``.
    currency, modules
        Tables of the force.

    Returns
    -------
    DataFrame
        ``officer_id``, ``role``, ``module``, ``valid_until``, ``valid_months``.
    """
    passed = currency[["officer_id", "module", "valid_until"]].merge(
        modules[["module", "role", "valid_months"]], on="module"
    )
    own = people[["officer_id", "role"]].merge(passed, on=["officer_id", "role"])
    return own[["officer_id", "role", "module", "valid_until", "valid_months"]]


def currency_ahead(people: pd.DataFrame, roles: pd.DataFrame, as_at: date) -> pd.DataFrame:
    """Return how many officers of each role are current in every module of it now and later, if nobody is refreshed.

    Returns
    -------
    DataFrame
        ``role``, ``months_ahead`` (0, 3, 6, 12), ``current``, ``of`` (officers in post); roles without officers are
        left out.
    """
    held, until = people["role"].to_numpy(object), people["current_until"].to_numpy("datetime64[s]")
    ends = [(months, np.datetime64(months_later(as_at, months))) for months in MONTHS_AHEAD]
    rows = [
        (role, months, int((until[held == role] >= end).sum()), int((held == role).sum()))
        for role in roles["role"]
        if (held == role).any()
        for months, end in ends
    ]
    return pd.DataFrame(rows, columns=["role", "months_ahead", "current", "of"])


def module_currency(people: pd.DataFrame, held: pd.DataFrame, modules: pd.DataFrame, as_at: date) -> pd.DataFrame:
    """Return how many officers of each role are current in each module of it now and later, if nobody is refreshed.

    Parameters
    ----------
    people
        From ``strength.holders``.
    held
        From ``passes_of_role``.

    Returns
    -------
    DataFrame
        ``role``, ``module``, ``months_ahead`` (0, 3, 6, 12), ``current``, ``of`` (officers in post, whether they ever
        passed the module or not); modules of roles without officers are left out.
    """
    in_post, until = people["role"].value_counts(), dict(list(held.groupby("module")["valid_until"]))
    nobody = held["valid_until"].iloc[:0]
    rows = [
        (row.role, row.module, months, int((until.get(row.module, nobody) >= months_later(as_at, months)).sum()),
         int(in_post[row.role]))
        for row in modules.itertuples()
        if row.role in in_post.index
        for months in MONTHS_AHEAD
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=["role", "module", "months_ahead", "current", "of"])


def lapsing(held: pd.DataFrame, as_at: date) -> pd.DataFrame:
    """Return each module of an officer's own role that has lapsed or lapses within the year (restricted edition only).

    Parameters
    ----------
    held
        From ``passes_of_role``.

    Returns
    -------
    DataFrame
        ``officer_id``, ``role``, ``module``, ``valid_until``, ``lapsed``; earliest first.
    """
    soon = held.loc[held["valid_until"] < months_later(as_at, MONTHS_AHEAD[-1])]
    soon = soon.assign(lapsed=soon["valid_until"] < pd.Timestamp(as_at))
    columns = ["officer_id", "role", "module", "valid_until", "lapsed"]
    return soon[columns].sort_values(["valid_until", "officer_id", "module"], ignore_index=True)

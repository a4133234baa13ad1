"""When is the requirement met, with what probability, and under which intake?

In: strength, requirement and workforce flows by role. Out: for the intake as planned, month by month, how many
officers are qualified and how many of them are deployable, as fans beside the requirement; and for each plan of intake
(none, as planned, more, and the fewest starters a year that are enough) the probability that the requirement is met,
and from which month on it is met with the probability that the force asks for.
"""

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from math import ceil
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import special

from apstra.capability.currency import months_later
from apstra.capability.projection import (
    FUTURES,
    MONTHS,
    Counts,
    Members,
    Prospects,
    members,
    movements,
    prospects,
    starters,
    strength_ahead,
)
from apstra.scenario import MONTHS_A_YEAR, Scenario
from apstra.uncertainty import FloatArray

PERCENTILES: Final = {"p5": 0.05, "p25": 0.25, "p50": 0.5, "p75": 0.75, "p95": 0.95}
PLANNED: Final = "as planned"
MULTIPLES: Final = {"no intake": 0.0, PLANNED: 1.0, "1.5 x as planned": 1.5, "2 x as planned": 2.0}
ENOUGH: Final = "enough"
JEFFREYS: Final = 0.5
BEYOND: Final = 3  # posts for each officer required: more are not looked at
ROUNDING: Final = 1e-12
FAN: Final = [f"{measure}_{name}" for measure in ("deployable", "qualified") for name in (*PERCENTILES, "mean")]
MOVED: Final = ("newly_qualified", "transfers_in", "leavers", "promotions")
PROJECTION: Final = ["role", "months_ahead", "month", *FAN, *MOVED, "required", "required_low", "required_high",
                     "p_met"]  # fmt: skip
YEARS: Final = range(MONTHS_A_YEAR, MONTHS + 1, MONTHS_A_YEAR)
PLANS: Final = ["role", "plan", "starters_a_year", "posts", "required", *(f"p_met_{months}" for months in YEARS),
                "met_from", "short"]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Aim:
    """What one role is to reach.

    Attributes
    ----------
    required, available
        Deployable officers required, and deployable today.
    level
        Probability with which the requirement is to be met.
    given, met
        P(so many deployable, given so many qualified) and P(the requirement is met, given so many qualified), from 0.
    posts
        Posts with which, all filled, the requirement is met with half the risk that ``level`` allows: the other half is
        left for posts that are not.
    spell
        Months from one course to the next.
    """

    required: int
    available: int
    level: float
    given: FloatArray
    met: FloatArray
    posts: int
    spell: int


def workforce_ahead(
    flows: pd.DataFrame, strength: pd.DataFrame, requirement: pd.DataFrame, scenario: Scenario
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the projection of each role, and what each plan of intake comes to.

    Parameters
    ----------
    flows
        Table ``workforce_flows``; a role whose leavers or intake are not stated is left out.
    strength
        Result of ``strength_steps``.
    requirement
        ``role``, ``required``, ``required_low``, ``required_high`` [officers].

    Returns
    -------
    projection
        The intake and posts as they are: ``role``, ``months_ahead`` (0 to 48), ``month`` (the day so many months after
        *as at*), ``deployable_`` and ``qualified_`` each with ``p5``, ``p25``, ``p50``, ``p75``, ``p95`` and ``mean``
        [officers], the mean totals since today ``newly_qualified``, ``transfers_in``, ``leavers``, ``promotions``, the
        requirement with its range, ``p_met``: P(deployable >= required) on a day of that month.
    plans
        ``role``, ``plan``, ``starters_a_year`` [officers/year, mean], ``posts``, ``required``, ``p_met_12`` to
        ``p_met_48`` (by months ahead), ``met_from`` (first month from which on ``p_met`` is never below the assurance
        level, for a spell between two courses at least; blank if never), ``short`` (median shortfall after four years).
        Without intake and as planned, the posts are those established; other plans presume that they are raised to what
        the requirement takes. No figures stand where no number of starters up to that of posts is ``enough``.
    """
    asked = requirement.set_index("role")[["required", "required_low", "required_high"]]
    projection, plans = [pd.DataFrame(columns=PROJECTION)], []
    for role in strength.loc[strength[["established", "in_post"]].any(axis=1)].itertuples():
        start = prospects(role, flows, scenario)
        if start is None:
            continue
        required = int(asked["required"].get(role.role, 0))
        aim = _aim(role, required, strength, ceil(MONTHS_A_YEAR / start.courses), scenario)
        fan, rows = _plans(start, aim, scenario.as_at)
        projection.append(fan.assign(role=role.role).join(asked, on="role"))
        plans += [{"role": role.role, "required": aim.required, **row} for row in rows]
    whole = pd.concat(projection[1:] or projection, ignore_index=True)
    months = {number: months_later(scenario.as_at, number) for number in range(MONTHS + 1)}
    whole = whole.assign(month=pd.to_datetime(whole["months_ahead"].map(months)))[PROJECTION]
    return whole, pd.DataFrame(plans, columns=PLANS).astype({"met_from": "datetime64[us]"})


def _aim(role: Any, required: int, strength: pd.DataFrame, spell: int, scenario: Scenario) -> Aim:
    """Return what a role is to reach, and how many of its qualified officers are likely to be deployable."""
    weight = scenario.value("share_deployable_weight")
    if not weight > 0:
        raise ValueError(f"share_deployable_weight must be positive, not {weight}")
    share = (strength["available"].sum() + JEFFREYS) / (strength["authorised"].sum() + 2 * JEFFREYS)
    here, away = role.available + weight * share, role.authorised - role.available + weight * (1 - share)
    level, fewer = scenario.assurance_level, np.arange(required)

    def carry(posts: int) -> bool:
        return float(chance_deployable(posts, fewer, here, away).sum()) <= (1 - level) / 2

    posts = bisect_left(range(BEYOND * required), x=True, key=carry)
    officers = np.arange(max(role.authorised, role.established, posts) + 1)
    given = chance_deployable(officers[:, np.newaxis], officers, here, away)
    return Aim(required, int(role.available), level, given, given[:, required:].sum(axis=1), posts, spell)


def chance_deployable(qualified: ArrayLike, deployable: ArrayLike, here: float, away: float) -> FloatArray:
    """Return P(so many of the officers qualified are deployable), both broadcast.

    Beta-binomial: the share deployable is known as from ``here`` officers deployable and ``away`` not, those of the
    role and, for a weight, those of the force.

    References
    ----------
    Gelman et al., *Bayesian Data Analysis*, 3rd ed., section 2.4.

    Examples
    --------
    >>> chance_deployable(2, [0, 1, 2, 3], 1.0, 1.0).round(6).tolist()
    [0.333333, 0.333333, 0.333333, 0.0]
    """
    n, k = np.asarray(qualified), np.asarray(deployable)
    gone = np.maximum(n - k, 0)
    ways = -np.log(n + 1.0) - special.betaln(gone + 1.0, k + 1.0)
    chance = np.exp(ways + special.betaln(k + here, gone + away) - special.betaln(here, away))
    return np.where(k <= n, chance, 0.0)


def _plans(start: Prospects, aim: Aim, as_at: date) -> tuple[pd.DataFrame, list[dict[str, object]]]:
    """Return the projection of the intake as planned, and what each plan of intake comes to."""
    today = max(start.established, start.qualified)
    raised, planned = max(today, aim.posts), start.flows["intake"]
    everyone, fewest = _fewest(start, aim, raised)
    intakes: dict[str, tuple[FloatArray | float, int]] = {
        plan: (times * planned, raised if times > 1 else today) for plan, times in MULTIPLES.items()
    }
    if fewest is not None:
        intakes[ENOUGH] = (float(fewest), raised)
    paths = {
        plan: strength_ahead(everyone, starters(start, a_year), posts) for plan, (a_year, posts) in intakes.items()
    }
    rows: list[dict[str, object]] = [
        {"plan": plan, "starters_a_year": float(np.mean(a_year)), "posts": posts, **_outcome(paths[plan], aim, as_at)}
        for plan, (a_year, posts) in intakes.items()
    ]
    fan = _projection(paths[PLANNED], movements(everyone, starters(start, planned)), aim)
    return fan, rows if fewest is not None else [*rows, {"plan": ENOUGH}]


def _fewest(start: Prospects, aim: Aim, posts: int) -> tuple[Members, int | None]:
    """Return everyone who may come under any plan, and the fewest starters a year, up to ``posts``, that are enough.

    Twice as many are drawn until they are enough, for the chances of the first do not depend on it. More starters never
    leave fewer officers, so that halving the interval then finds the least.
    """
    least, most = 0, ceil(max(max(MULTIPLES.values()) * start.flows["intake"].max(), 1.0))

    def enough(a_year: int) -> bool:
        strength = strength_ahead(everyone, starters(start, a_year), posts)
        return _met_from(_met(strength, aim), aim) is not None

    everyone = members(start, most)
    while not enough(most):
        if most >= posts:
            return everyone, None
        least, most = most, min(2 * most, posts)
        everyone = members(start, most)
    return everyone, bisect_left(range(most), x=True, lo=least, key=enough)


def _shares(strength: Counts, aim: Aim) -> FloatArray:
    """Return the share of futures with so many officers, shape (months, officers + 1)."""
    size = (len(strength), len(aim.given))
    cell = strength + np.arange(size[0])[:, np.newaxis] * size[1]
    return np.bincount(cell.ravel(), minlength=size[0] * size[1]).reshape(size) / FUTURES


def _met(strength: Counts, aim: Aim) -> FloatArray:
    """Return P(deployable >= required) in each month: as counted today, by chance from then on."""
    met = aim.met[strength].mean(axis=1).clip(0.0, 1.0)
    met[0] = aim.available >= aim.required
    return np.asarray(met)


def _quantile(chance: FloatArray, p: float) -> Counts:
    """Return the least number of officers that is not exceeded with probability ``p``, month by month."""
    return np.asarray((chance.cumsum(axis=1) < p - ROUNDING).sum(axis=1))


def _met_from(met: FloatArray, aim: Aim) -> int | None:
    """Return the first month from which on the requirement is met with the probability asked for, if any.

    Met just after a course and not before the next is not met: the last spell between two courses must hold.
    """
    missed = np.flatnonzero(met < aim.level - ROUNDING)
    first = int(missed[-1]) + 1 if len(missed) else 0
    return first if first <= len(met) - aim.spell else None


def _outcome(strength: Counts, aim: Aim, as_at: date) -> dict[str, object]:
    """Return what a plan of intake comes to."""
    met, last = _met(strength, aim), _shares(strength[-1:], aim) @ aim.given
    first = _met_from(met, aim)
    return {
        **{f"p_met_{months}": met[months] for months in YEARS},
        "met_from": pd.NaT if first is None else months_later(as_at, first),
        "short": max(aim.required - int(_quantile(last, PERCENTILES["p50"])[0]), 0),
    }


def _projection(strength: Counts, moved: Mapping[str, Counts], aim: Aim) -> pd.DataFrame:
    """Return the fans and the mean movements of one role, month by month."""
    qualified = _shares(strength, aim)
    chances = {"deployable": qualified @ aim.given, "qualified": qualified}
    chances["deployable"][0] = np.arange(len(aim.given)) == aim.available
    fans = {
        f"{measure}_{name}": _quantile(chance, p)
        for measure, chance in chances.items()
        for name, p in PERCENTILES.items()
    }
    means = {f"{measure}_mean": chance @ np.arange(len(aim.given)) for measure, chance in chances.items()}
    totals = {name: total.mean(axis=1) for name, total in moved.items()}
    fan = {**fans, **means, **totals, "p_met": _met(strength, aim)}
    return pd.DataFrame({"months_ahead": range(MONTHS + 1), **fan})

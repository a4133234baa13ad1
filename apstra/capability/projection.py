"""How many qualified officers will each role have, month by month, over the coming four years?

In: what a role starts from (officers qualified, officers on their course) and how it moves (leavers, promotions,
intake, transfers in, pass rate, months to qualify), as three-point judgements. Out: futures. In each, the judged
numbers are drawn once, for nobody knows them exactly; then every officer leaves, is promoted, passes or fails by
chance. Starters come in courses; an officer who qualifies when every post is filled waits and takes the first that
falls free. Plans of intake are played on the same chances, so that more starters never leave fewer officers.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from apstra.scenario import MONTHS_A_YEAR, Scenario
from apstra.uncertainty import FloatArray, ThreePoint, random_stream

Counts = NDArray[np.int64]
Months = NDArray[np.int16]
Flags = NDArray[np.bool_]
MONTHS: Final = 48
NEVER: Final = MONTHS + 1
FUTURES: Final = 1000
SLICES: Final = 200  # equally likely values of a judged number, each in as many futures
FLOWS: Final = ("leavers", "promotions", "intake", "transfers_in", "pass_rate")
NEEDED: Final = ("leavers", "intake")
TURNS: Final = (0.625, 0.125, 0.875, 0.375)  # by year: half a starter a year is one every other year
ORIGINS: Final = ("in post", "on course", "transfers in", "courses")
MARGIN: Final = 6.0  # standard deviations of the number of transfers beyond which nobody is drawn


@dataclass(frozen=True, slots=True)
class Prospects:
    """What one role starts from and how it moves, in each future.

    Attributes
    ----------
    role, seed
        Name its random streams.
    qualified, on_course, established
        Officers in post who are authorised, officers in post who are not yet, and posts, today.
    flows
        In each future, the yearly number of ``leavers`` and ``promotions`` (at today's strength), ``intake`` (starters)
        and ``transfers_in`` [officers/year], and the ``pass_rate`` [share].
    lead
        Months from a decision on a course, or on a transfer, to a qualified officer, by flow.
    courses
        Initial courses a year.
    """

    role: str
    seed: int
    qualified: int
    on_course: int
    established: int
    flows: Mapping[str, FloatArray]
    lead: Mapping[str, int]
    courses: int


@dataclass(frozen=True, slots=True)
class Members:
    """Everyone who holds the role or may come to it: a row for each person, a column for each future.

    Attributes
    ----------
    joins, leaves, promoted
        Month in which the person takes up, leaves and is promoted out of the role; ``NEVER`` and later for never.
    qualifies
        Whether the person passes the course, where there is one.
    origin
        Index into ``ORIGINS``, shape (people,).
    course, place
        Course of a starter and place on it, -1 where no decision on intake is needed, shape (people,).
    """

    joins: Months
    leaves: Months
    promoted: Months
    qualifies: Flags
    origin: Counts
    course: Counts
    place: Counts


def prospects(role: Any, flows: pd.DataFrame, scenario: Scenario) -> Prospects | None:
    """Return what a role starts from and how it moves; nothing where its leavers or its intake are not stated.

    Parameters
    ----------
    role
        Row of ``strength_steps``.
    flows
        Table ``workforce_flows``. Without a pass rate every starter qualifies; other flows not stated are 0.

    Raises
    ------
    ValueError
        If a pass rate exceeds 1.
    """
    stated = {row.flow: row for row in flows.loc[flows["role"] == role.role].itertuples()}
    if not set(NEEDED) <= set(stated):
        return None
    rate: Any = stated.get("pass_rate")
    if rate is not None and rate.high > 1:
        raise ValueError(f"workforce_flows: the pass_rate of {role.role} must lie in [0, 1], not {rate.high}")
    return Prospects(
        role=role.role,
        seed=scenario.seed,
        qualified=int(role.authorised),
        on_course=int(role.in_post - role.authorised),
        established=int(role.established),
        flows={flow: _drawn(stated.get(flow), flow, role.role, scenario.seed) for flow in FLOWS},
        lead={flow: int(row.lead_months) for flow, row in stated.items()},
        courses=max(round(scenario.value("courses_a_year")), 1),
    )


def _drawn(stated: Any, flow: str, role: str, seed: int) -> FloatArray:
    """Return a flow in each future: equally likely slices of its judgement, shuffled by the flow's own stream."""
    if stated is None:
        return np.full(FUTURES, float(flow == "pass_rate"))
    judged = ThreePoint(stated.low, stated.mode, stated.high)
    slices = np.repeat(judged.quantile((np.arange(SLICES) + 0.5) / SLICES), FUTURES // SLICES)
    a_year = MONTHS_A_YEAR if stated.period == "month" and flow != "pass_rate" else 1
    return random_stream(seed, "projection", role, flow).permutation(slices) * a_year


def members(p: Prospects, most: float) -> Members:
    """Return everyone who holds the role or may come to it, with up to ``most`` starters a year.

    Notes
    -----
    Officers on their course today qualify spread evenly over the lead time of intake, and the first course decided on
    today at its end; transfers decided on from today arrive as a Poisson process.
    """
    lead, begins = max(p.lead["intake"], 1), _begins(p)
    spread = np.ceil(lead * (np.arange(p.on_course) + 0.5) / max(p.on_course, 1))
    seats = int(np.ceil(most / p.courses)) + 1
    joins = (
        np.zeros((p.qualified, 1)),
        spread[:, np.newaxis],
        _arrivals(p),
        np.tile(lead + begins, seats)[:, np.newaxis],
    )
    people = [len(months) for months in joins]
    decided = np.arange(people[-1])
    leaves, promoted = (
        [_ends(p, months, flow, origin) for months, origin in zip(joins, ORIGINS, strict=True)]
        for flow in ("leavers", "promotions")
    )
    passing = [_passes(p, n, origin) for n, origin in zip(people, ORIGINS, strict=True)]
    return Members(
        joins=np.concatenate([_whole(np.broadcast_to(months, (len(months), FUTURES))) for months in joins]),
        leaves=np.concatenate(leaves),
        promoted=np.concatenate(promoted),
        qualifies=np.concatenate(passing),
        origin=np.repeat(np.arange(len(ORIGINS)), people),
        course=np.append(np.full(sum(people[:-1]), -1), decided % len(begins)),
        place=np.append(np.full(sum(people[:-1]), -1), decided // len(begins)),
    )


def _begins(p: Prospects) -> FloatArray:
    """Return the month in which each course of the coming years is decided on, the first today."""
    return np.floor(np.arange(p.courses * len(TURNS)) * MONTHS_A_YEAR / p.courses)


def _arrivals(p: Prospects) -> FloatArray:
    """Return the month in which each transfer arrives, shape (people, futures)."""
    yearly = p.flows["transfers_in"]
    expected = float(yearly.max()) * len(TURNS)
    size = (int(np.ceil(expected + MARGIN * np.sqrt(expected))), FUTURES)
    waits = random_stream(p.seed, "projection", p.role, "transfers_in", "waits").standard_exponential(size)
    with np.errstate(divide="ignore", over="ignore"):
        return p.lead.get("transfers_in", 0) + np.ceil(waits.cumsum(axis=0) * MONTHS_A_YEAR / yearly)


def _ends(p: Prospects, joins: FloatArray, flow: str, origin: str) -> Months:
    """Return the month in which each person leaves, or is promoted, left alone by the other: shape (people, futures).

    A hazard, the yearly number over today's strength, so that a role of half the size loses half as many: wastage as in
    Bartholomew, Forbes and McClean (1991), *Statistical Techniques for Manpower Planning*, 2nd ed.
    """
    holders = p.qualified or p.established or 1
    stream = random_stream(p.seed, "projection", p.role, flow, origin)
    drawn = stream.standard_exponential((len(joins), FUTURES), dtype=np.float32)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        served = drawn * (MONTHS_A_YEAR * holders / p.flows[flow]).astype(np.float32)
    return _whole(joins + np.maximum(np.ceil(served), 1))


def _whole(months: FloatArray) -> Months:
    """Return months as small whole numbers, those beyond the horizon as never."""
    return np.fmin(months, NEVER).astype(np.int16)


def _passes(p: Prospects, people: int, origin: str) -> Flags:
    """Return who qualifies, shape (people, futures): everyone who is on no course."""
    if "course" not in origin:
        return np.full((people, FUTURES), fill_value=True)
    return (
        random_stream(p.seed, "projection", p.role, "pass_rate", origin).random((people, FUTURES))
        < p.flows["pass_rate"]
    )


def starters(p: Prospects, a_year: FloatArray | float) -> Counts:
    """Return the whole starters on each course, shape (courses, futures), for so many a year.

    A whole number a year is met in each year; more a year are never fewer on any course.
    """
    order = (p.courses - 1 - np.arange(p.courses)[np.newaxis] + np.array(TURNS)[:, np.newaxis]) / p.courses
    return np.floor(np.broadcast_to(a_year, FUTURES) / p.courses + order.ravel()[:, np.newaxis]).astype(int)


def comes(m: Members, begun: Counts) -> Flags:
    """Return who of the members takes up the role when each course has ``begun`` starters, shape (people, futures)."""
    return m.qualifies & (m.place[:, np.newaxis] < begun[m.course])


def strength_ahead(m: Members, begun: Counts, posts: int) -> Counts:
    """Return the qualified officers in post in each future, shape (months + 1, futures); month 0 is today.

    Those for whom there is no post wait, and leave as soon as they would have left it.
    """
    there = comes(m, begun)
    return np.minimum(_tally(m.joins, there) - _tally(np.minimum(m.leaves, m.promoted), there), posts)


def movements(m: Members, begun: Counts) -> dict[str, Counts]:
    """Return how many have qualified, transferred in, left and been promoted since today, as ``strength_ahead``."""
    there, left = comes(m, begun), m.leaves <= m.promoted
    transfer, course = ((m.origin == ORIGINS.index(name))[:, np.newaxis] for name in ("transfers in", "courses"))
    course = course | (m.origin == ORIGINS.index("on course"))[:, np.newaxis]
    return {
        "newly_qualified": _tally(m.joins, there & course),
        "transfers_in": _tally(m.joins, there & transfer),
        "leavers": _tally(m.leaves, there & left),
        "promotions": _tally(m.promoted, there & ~left),
    }


def _tally(months: Months, counted: Flags) -> Counts:
    """Return how many of those counted have come to their month so far, shape (months + 1, futures)."""
    cell = months.astype(np.int32) * FUTURES + np.arange(FUTURES, dtype=np.int32)
    found = np.bincount(cell[counted], minlength=FUTURES * (NEVER + 1)).reshape(-1, FUTURES)
    return np.asarray(found[:NEVER].cumsum(axis=0))

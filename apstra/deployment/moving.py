"""What is left when an offender moves: several scenes along a route in little more than an hour, as in Cumbria in 2010.

In: ``Work``, a posting, a ``Timeline`` and an ``Incident``: how many scenes over how long, between which zones. Out:
``Moved``, how soon the first crew is at each scene, how many crews are engaged by then, and what ordinary firearms
calls find meanwhile; ``scene_shares`` makes shares of it.

Each replication plays one incident in a stretch of the timeline of its own: it begins at a random time of the timeline,
the hours before it (``Rules.warm_up_hours``) fill the crews with ordinary work. Streams are those of ``simulation`` and
``moving``, for time and route; postings share all of them. Neighbours answer ordinary calls only.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from apstra.deployment.dispatcher import IDLE, READY, answer
from apstra.deployment.replication import SEEN, Hours, Rules, Run, Stage, count, draw_run, hours_of, set_stage
from apstra.deployment.simulation import FEWEST, PLAIN, ratio
from apstra.deployment.timeline import FloatArray, Numbers, Timeline
from apstra.deployment.travel import MINUTES_AN_HOUR, great_circle
from apstra.deployment.work import Crews, Work
from apstra.queueing.arguments import whole
from apstra.uncertainty import random_stream

SHOWN: Final = {"": "value", "_low": "low", "_high": "high", "_quotable": "quotable"}


@dataclass(frozen=True, slots=True, eq=False)
class Incident:
    """An incident that moves from one zone to another in a straight line.

    Attributes
    ----------
    zones
        ``lat``, ``lon`` [degrees] and ``demand_weight``, by which the two zones are drawn, in the order of ``Work``.
    between
        Travel from zone to zone (zones, zones) [minutes].
    scenes, minutes
        How many scenes, equally spaced over how long [minutes].
    crews
        Crews each scene asks for.
    hold_hours
        How long crews stay committed after the last scene [hours].
    """

    zones: pd.DataFrame
    between: FloatArray
    scenes: int = 6
    minutes: float = 100.0
    crews: int = 2
    hold_hours: float = 2.0


@dataclass(frozen=True, slots=True, eq=False)
class Moved:
    """What became of R incidents with K scenes.

    Attributes
    ----------
    block
        Number of the block in which the incident begins (R,).
    zone
        Number of the zone of each scene (R, K); the first is where it starts.
    minutes
        From the scene's beginning to the first crew there (R, K) [minutes]; infinite when no crew was to be had.
    within
        1 when that is within the zone's standard, else 0; NaN where there is no standard (R, K).
    engaged
        Crews engaged by then, this scene's included (R, K).
    meanwhile
        What firearms calls and probes met from the first scene until the crews are let go (R, fields), as
        ``Simulated.tally``.
    """

    block: Numbers
    zone: Numbers
    minutes: FloatArray
    within: FloatArray
    engaged: Numbers
    meanwhile: FloatArray


def move(
    work: Work,
    posting: Crews,
    timeline: Timeline,
    incident: Incident,
    *,
    replications: int,
    seed: int,
    rules: Rules = PLAIN,
    names: Sequence[str] = ("simulation",),
) -> Moved:
    """Return how soon crews are at each scene of an incident that moves.

    Parameters
    ----------
    posting, replications, rules, seed, names
        As for ``simulate``.

    Raises
    ------
    ValueError
        If arrays do not fit, there are too few replications, or fewer than two zones to move between.

    Notes
    -----
    A scene takes the crews that can be there first: those free, from their bases, or those engaged already, on from the
    scene they were sent to and not before they were there. When there is none at its beginning it stays unmet.
    """
    whole("replications", replications, FEWEST)
    weight = incident.zones["demand_weight"].to_numpy(float)
    if np.count_nonzero(weight > 0) < FEWEST:
        raise ValueError(f"an incident moves between two zones with demand, not {weight.tolist()}")
    stage, root = set_stage(work, posting, timeline, rules), (seed, tuple(names))
    played = [_play(stage, timeline, incident, rules, root, number) for number in range(replications)]
    begins, zone, minutes, engaged, meanwhile = (np.array(values) for values in zip(*played, strict=True))
    standard = work.standard[zone]
    within = np.where(np.isnan(standard), np.nan, minutes <= standard)
    return Moved(stage.block[begins], zone, minutes, within, engaged, meanwhile)


def scene_shares(moved: Moved, chosen: ArrayLike | None = None) -> pd.DataFrame:
    """Return how each scene was met, over all incidents or the ``chosen`` ones (by number, or true and false).

    Returns
    -------
    frame
        ``scene`` (from 1), ``within`` the standard and ``unmet`` as shares of the incidents, ``minutes`` to the first
        crew where there was one, each with ``_low`` and ``_high`` (95 %) and, for the shares, ``_quotable``;
        ``engaged`` [crews].
    """
    these = slice(None) if chosen is None else np.asarray(chosen)
    rows = []
    for scene in range(moved.zone.shape[1]):
        within, minutes, engaged = (values[these, scene] for values in (moved.within, moved.minutes, moved.engaged))
        known, met, each = ~np.isnan(within), np.isfinite(minutes), np.ones(len(within))
        found = {
            "within": ratio(np.where(known, within, 0.0), known.astype(float)),
            "unmet": ratio(1.0 - met, each),
            "minutes": ratio(np.where(met, minutes, 0.0), met.astype(float), share=False),
        }
        row = {f"{name}{end}": getattr(one, part) for name, one in found.items() for end, part in SHOWN.items()}
        rows.append({"scene": scene + 1, **row, "engaged": ratio(engaged.astype(float), each, share=False).value})
    return pd.DataFrame(rows)


def _play(
    stage: Stage, timeline: Timeline, incident: Incident, rules: Rules, root: tuple[int, Sequence[str]], number: int
) -> tuple[int, Numbers, FloatArray, Numbers, FloatArray]:
    """Return one incident: the profile it begins in, zones, minutes and crews engaged by scene, what calls met."""
    seed, names = root
    stream = random_stream(seed, *names, "moving", str(number))
    begins = stream.random() * len(timeline.profile)
    zones = _route(incident, stream)
    lasts = incident.minutes / MINUTES_AN_HOUR
    stretch = np.arange(-rules.warm_up_hours, math.ceil(lasts + incident.hold_hours) + 1)
    hours = hours_of(stage, timeline.profile[(int(begins) + stretch) % len(timeline.profile)])
    times = rules.warm_up_hours + begins % 1.0 + np.linspace(0.0, lasts, incident.scenes)
    run = draw_run(stage, hours, rules, root, number)
    minutes, engaged = _answer_all(stage, hours, run, incident, rules, times, zones)
    span = (times[0], times[-1] + incident.hold_hours)
    meanwhile = count(stage, hours, rules, run, span)[SEEN].sum(axis=(0, 1))
    return int(timeline.profile[int(begins)]), zones, minutes, engaged, meanwhile


def _route(incident: Incident, stream: np.random.Generator) -> Numbers:
    """Return the zone of each scene: those nearest to points on the line between two zones drawn by demand."""
    lat, lon, weight = (incident.zones[name].to_numpy(float) for name in ("lat", "lon", "demand_weight"))
    start = _drawn(weight, stream)
    end = _drawn(np.where(np.arange(len(weight)) == start, 0.0, weight), stream)
    part = np.linspace(0.0, 1.0, incident.scenes)[:, np.newaxis]
    at_lat, at_lon = (values[start] + part * (values[end] - values[start]) for values in (lat, lon))
    return great_circle(at_lat, at_lon, lat, lon).argmin(axis=1)


def _drawn(weight: FloatArray, stream: np.random.Generator) -> int:
    """Return a number drawn by weight."""
    total = np.cumsum(weight)
    return int(np.searchsorted(total, stream.random() * total[-1], side="right"))


def _answer_all(
    stage: Stage, hours: Hours, run: Run, incident: Incident, rules: Rules, times: FloatArray, zones: Numbers
) -> tuple[FloatArray, Numbers]:
    """Return minutes to the first crew and crews engaged by scene, answering the calls before, between and after."""
    when, what, durations = run.calls
    free, block_of, on_duty = run.state[0], hours[2], stage.crews[2]
    there, place = np.full(len(stage.base), np.inf), np.zeros(len(stage.base), np.int64)
    minutes, engaged = np.zeros(len(times)), np.zeros(len(times), np.int64)
    for scene, (first, last) in enumerate(pairwise([0, *np.searchsorted(when, times), len(when)])):
        part = slice(first, last)
        calls, sent = (when[part], what[part], durations), (run.sent[0][part], run.sent[1][part])
        answer(calls, block_of, stage.kinds, stage.hours, stage.crews, run.state, sent, run.log)
        if scene < len(times):
            now, zone = times[scene], zones[scene]
            ready = on_duty[block_of[int(now)]] & (free[READY if rules.release else IDLE] <= now)
            onward = np.maximum(there - now, 0.0) * MINUTES_AN_HOUR + incident.between[place, zone]
            soonest = np.minimum(np.where(ready, stage.standards[0][zone], np.inf), onward)
            nearest = np.lexsort((free[IDLE] > now, soonest))[: incident.crews]
            crews = nearest[np.isfinite(soonest[nearest])]
            free[:, crews] = times[-1] + incident.hold_hours
            place[crews], there[crews] = zone, now + soonest[crews] / MINUTES_AN_HOUR
            minutes[scene], engaged[scene] = soonest[crews].min(initial=np.inf), np.isfinite(there).sum()
    return minutes, engaged

"""What does a whole year look like, played through call by call, and does it bear the exact model out?

In: ``Work``, the rosters to compare, the calendar, neighbours' agreements. Out: what the exact model leaves out, step
by step; each roster on the same calls, with what it gains over the present one; and how far crews keep up with an
incident that moves from scene to scene.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from apstra.deployment.dispatcher import FIELDS
from apstra.deployment.moving import Incident, move, scene_shares
from apstra.deployment.posting import CURRENT
from apstra.deployment.reach import Reach, areas, reach, share
from apstra.deployment.simulation import Estimate, Neighbours, Rules, Simulated, difference, estimate, simulate
from apstra.deployment.timeline import Timeline, year_timeline
from apstra.deployment.travel import MINUTES_AN_HOUR, great_circle, travel_times
from apstra.deployment.work import Crews, Work
from apstra.scenario import Scenario

YEARS: Final = 10
INCIDENTS: Final = 150
PROBES: Final = 60.0  # for each firearms call: as precise as more years, and cheaper
NETWORK: Final = "network"
SIMULATED: Final = ["case", "share", "share_low", "share_high", "unmet", "unmet_low", "unmet_high", "neighbour",
                    "fully_crewed", "calls", "years", "quotable"]  # fmt: skip
CONFIRMATION: Final = ["roster", "place", "exact_share", "share", "share_low", "share_high", "gain", "gain_low",
                       "gain_high"]  # fmt: skip
MOVING: Final = ["place", "scene", "minutes", "within", "within_low", "within_high", "met", "mean_minutes", "crews",
                 "incidents"]  # fmt: skip
Tables = Mapping[str, pd.DataFrame]


def play_years(
    work: Work, rosters: Mapping[str, Crews], found: Reach, tables: Tables, scenario: Scenario
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return what a year played through shows beside the exact model, and each roster on the same calls.

    Returns
    -------
    simulated
        ``case`` (each with what the ones before it add), ``share`` of calls within the standard, ``unmet`` by own
        crews, each with ``_low`` and ``_high`` (95 % over years), ``neighbour`` (share a neighbour answers),
        ``fully_crewed`` (share sent all the crews asked for), ``calls`` seen, ``years``, ``quotable`` (enough unmet
        ones were seen).
    confirmation
        ``roster``, ``place`` (all, or an area), ``exact_share``, ``share``, ``gain`` over the present roster on the
        same calls, each of the last two with ``_low`` and ``_high``.
    """
    timeline = year_timeline(scenario, tables["zones"], tables["calendar"])
    judged, calls = ~np.isnan(work.standard), work.firearms * work.hours[:, np.newaxis]
    exact = {"share": share(found.within[:, 0], calls), "unmet": share(1.0 - found.first[:, 0].sum(axis=-1), calls)}
    rows: list[dict[str, object]] = [{"case": "exact model, block by block", **exact}]
    runs: dict[str, Simulated] = {}
    if np.isfinite(calls).all() and calls.any() and judged.any():
        for name, roster in rosters.items():
            like = next((other for other in runs if (rosters[other] == roster).all()), None)
            runs[name] = runs[like] if like else _years(work, roster, timeline, scenario, Rules(probes=PROBES))
        for case, lighter, rules in _cases(work, tables, scenario):
            run = _years(lighter, rosters[CURRENT], timeline, scenario, rules) if rules else runs[CURRENT]
            rows.append({"case": case, **_seen(run, judged)})
    return pd.DataFrame(rows, columns=SIMULATED), _confirmed(work, rosters, runs, tables)


def _years(work: Work, roster: Crews, timeline: Timeline, scenario: Scenario, rules: Rules) -> Simulated:
    """Return the years played through with a roster, always on the same calls."""
    return simulate(work, roster, timeline, replications=YEARS, seed=scenario.seed, rules=rules)


def _cases(work: Work, tables: Tables, scenario: Scenario) -> Iterator[tuple[str, Work, Rules | None]]:
    """Give the cases in words, with the work and the rules they are played by; no rules where it has been played."""
    yield (
        "a year of shifts, seasons and events",
        replace(work, releasable=np.zeros_like(work.releasable)),
        Rules(probes=PROBES),
    )
    yield "with routine work that crews leave for a call, other work put off when no crew is idle", work, None
    yield "the same, crews staying on routine work", work, Rules(probes=PROBES, release=False)
    helpers = neighbours(tables, scenario)
    if helpers.availability.size:
        yield "the same, neighbours answering when no crew is free", work, Rules(probes=PROBES, neighbours=helpers)


def neighbours(tables: Tables, scenario: Scenario) -> Neighbours:
    """Return the donor forces that may answer a call, each by its largest agreement in force.

    Notice and journey as for mutual aid: great circle x ``circuity`` at ``donor_speed`` from the donor's place;
    released with the agreement's availability x ``donor_availability_factor``.
    """
    agreed = tables["agreements"].merge(tables["donors"].query("kind != @NETWORK"), on="donor_id")
    agreed = agreed.loc[~(agreed["expires_on"] < pd.Timestamp(scenario.as_at))].sort_values("officers", kind="stable")
    agreed, zones = agreed.drop_duplicates("donor_id", keep="last"), tables["zones"]
    places_of = [agreed[name].to_numpy(float) for name in ("lat", "lon")]
    from_zone = [zones[name].to_numpy(float)[:, np.newaxis] for name in ("lat", "lon")]
    pace = scenario.value("circuity") / scenario.value("donor_speed") * MINUTES_AN_HOUR
    minutes = agreed["notice_mode"].to_numpy(float) + great_circle(*from_zone, *places_of) * pace
    released = agreed["availability"].to_numpy(float) * scenario.value("donor_availability_factor")
    return Neighbours(np.asarray(minutes), np.clip(released, 0.0, 1.0))


def _seen(run: Simulated, judged: NDArray[np.bool_]) -> dict[str, object]:
    """Return what one run shows, as a row of ``simulated``."""
    within, unmet = estimate(run, "within", zones=judged), estimate(run, "unmet")
    return {
        **_with_limits("share", within),
        **_with_limits("unmet", unmet),
        "neighbour": estimate(run, "neighbour").value,
        "fully_crewed": estimate(run, "full").value,
        "calls": int(run.tally[..., FIELDS.index("calls")].sum()),
        "years": len(run.tally),
        "quotable": unmet.quotable,
    }


def _with_limits(name: str, found: Estimate) -> dict[str, object]:
    """Return an estimate with its interval under ``name``."""
    return {name: found.value, f"{name}_low": found.low, f"{name}_high": found.high}


def _confirmed(work: Work, rosters: Mapping[str, Crews], runs: Mapping[str, Simulated], tables: Tables) -> pd.DataFrame:
    """Return each roster by place: exact, simulated, and what it gains over the present one."""
    rows = []
    calls = work.firearms * work.hours[:, np.newaxis]
    for roster, run in runs.items():
        within = reach(work, rosters[roster], committed=(0,)).within[:, 0]
        for place, inside in areas(tables):
            judged = inside & ~np.isnan(work.standard)
            if judged.any():
                row = {"roster": roster, "place": place, "exact_share": share(within, calls * inside)}
                row |= _with_limits("share", estimate(run, "within", zones=judged))
                if roster != CURRENT:
                    row |= _with_limits("gain", difference(run, runs[CURRENT], "within", zones=judged))
                rows.append(row)
    return pd.DataFrame(rows, columns=CONFIRMATION)


def moving_incident(work: Work, posting: Crews, tables: Tables, scenario: Scenario) -> pd.DataFrame:
    """Return how soon crews are at the scenes of an incident that moves, for the force and by where it begins.

    Returns
    -------
    frame
        ``place`` (all, or the area of the first scene), ``scene``, ``minutes`` since the first, ``within`` (share
        reached within the standard of the zone) with ``within_low``, ``within_high``, ``met`` (share reached by any
        own crew), ``mean_minutes`` to the first crew there, ``crews`` engaged so far [mean]; ``incidents`` played.
    """
    zones, rates = tables["zones"], work.firearms
    if not (np.isfinite(rates).all() and (zones["demand_weight"] > 0).sum() > 1 and posting.any()):
        return pd.DataFrame(columns=MOVING)
    stops = zones[["lat", "lon"]].assign(base_id=zones["zone_id"])
    between = travel_times(stops, zones, tables["travel"].iloc[:0], scenario)["minutes"].to_numpy(float)
    incident = Incident(
        zones, between.reshape(len(zones), -1), round(scenario.value("moving_incident_scenes")),
        scenario.value("moving_incident_minutes"), round(scenario.value("moving_incident_crews")),
        scenario.value("moving_incident_hold_hours"),
    )  # fmt: skip
    timeline = year_timeline(scenario, zones, tables["calendar"])
    moved = move(work, posting, timeline, incident, replications=INCIDENTS, seed=scenario.seed)
    frames = []
    for place, inside in areas(tables):
        chosen = inside[moved.zone[:, 0]]
        if chosen.sum() > 1:
            seen = scene_shares(moved, chosen)
            since = np.linspace(0.0, incident.minutes, incident.scenes)
            seen = seen.rename(columns={"minutes": "mean_minutes", "engaged": "crews"})
            frames.append(seen.assign(place=place, minutes=since, met=1.0 - seen["unmet"], incidents=int(chosen.sum())))
    return pd.concat(frames, ignore_index=True)[MOVING]

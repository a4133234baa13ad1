"""One door to the track record of the methods: worked out once for the same code and public data, then kept.

In: the published series of forces and a real log of incidents with a full job cycle. Out: how the forecasts of years,
of hours and days, and of calls that find no crew would have done on them.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pandas as pd

from apstra.data.cache import CACHE, keep, kept, sha256
from apstra.data.reference import REFERENCE, reference_frames
from apstra.data.store import code_files
from apstra.demand import Backtest, Proof, backtest, fit_duration, score_log, yearly_counts

INCIDENTS: Final = "real_incidents/dublin_fire_incidents_2020_2022.csv.gz"
COUNTRY: Final = "IE"
BEHIND: Final = ("apstra/demand/", "apstra/data/proof", "apstra/queueing/", "apstra/scenario", "apstra/uncertainty")
LONGEST: Final = 300.0  # minutes; the data's notes say that longer ones are errors of the clock
METRICS: Final = {"operations": "Firearms operations", "operations_arv": "Operations by armed response vehicle"}
EVENINGS: Final = pd.DataFrame(
    {
        "event_id": ["H2020", "H2021", "H2022"],
        "name": [f"Hallowe'en {year}" for year in (2020, 2021, 2022)],
        "starts_on": pd.to_datetime(["2020-10-31", "2021-10-31", "2022-10-31"]),
        "ends_on": pd.to_datetime(["2020-10-31", "2021-10-31", "2022-10-31"]),
        "zone_id": None,
        "demand_factor": float("nan"),
    }
)


@dataclass(frozen=True, slots=True)
class Evidence:
    """The track record of the methods.

    Attributes
    ----------
    years
        The back test of the yearly forecasts on each published series, by what it counts.
    incidents, eventless
        That of the pattern on the real log, with Hallowe'en in its calendar (what it brings is learnt, not stated), and
        without any calendar (calls that find no crew left out).
    tail
        How often a call of the real log held its crew for longer than given times, seen and fitted (``Duration.tail``),
        with ``kind``, ``law`` and ``n``.
    """

    years: dict[str, Backtest]
    incidents: Proof
    eventless: Proof
    tail: pd.DataFrame


def real_incidents() -> pd.DataFrame:
    """Return the real log: ``called_at``, ``zone`` (station area), ``minutes`` committed, blank where impossible."""
    log = pd.read_csv(REFERENCE / INCIDENTS, parse_dates=["call_received"])
    minutes = log["order_to_closed_min"]
    return pd.DataFrame(
        {
            "called_at": log["call_received"],
            "zone": log["station_area"],
            "minutes": minutes.where((minutes > 0) & (minutes <= LONGEST)),
        }
    )


def evidence() -> Evidence:
    """Return the track record of the methods, from the cache or worked out and kept."""
    files = [REFERENCE / INCIDENTS, *sorted(REFERENCE.glob("*firearms*.csv")), REFERENCE / "series_breaks.csv"]
    code = [path for name, path in code_files().items() if name.startswith(BEHIND)]
    digest = hashlib.sha256("".join(sha256(path) for path in (*files, *code)).encode()).hexdigest()
    place = CACHE / f"track-{digest}.pickle"
    found = kept(place)
    if found is None:
        with _alone(place):
            found = kept(place) or worked_out()
            keep(found, place)
    return found


@contextmanager
def _alone(place: Path) -> Iterator[None]:
    """Let one process at a time work out what belongs at ``place``; the system frees the lock of one that dies."""
    try:
        import fcntl  # noqa: PLC0415 - absent on Windows, where two may do the same work
    except ImportError:
        yield
        return
    place.parent.mkdir(parents=True, exist_ok=True)
    with place.with_suffix(".lock").open("a") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def worked_out() -> Evidence:
    """Return the track record of the methods, worked out anew: about half a minute."""
    frames, log = reference_frames(), real_incidents()
    published, breaks = frames["published_firearms"], frames["series_breaks"]
    law = fit_duration(log["minutes"])
    return Evidence(
        years={name: backtest(yearly_counts(published, name, breaks=breaks)) for name in METRICS},
        incidents=score_log(log, EVENINGS, country=COUNTRY),
        eventless=score_log(log.drop(columns="minutes"), None, country=COUNTRY),
        tail=law.tail.assign(kind="all calls", law=law.law, n=law.n),
    )

"""When one, two or three forces call on the nation at once, how much comes, and who is left exposed?

In: armed officers of the 43 forces, the drives between them, and assumptions. Out: how often what a host asks comes in
full, and by when; how many officers come and are missing; which donors are left below their own need; and what would
come to this force, from whom. In the heightened scenarios the threat is heightened everywhere: every force asks for,
needs and keeps more. Armed officers by force are derived from national figures, an order of magnitude; what a donor
keeps is assumed.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import numpy as np
import pandas as pd

from apstra.mutual_aid.aid import TIERS
from apstra.mutual_aid.allocation import Mobilisation, Nation, mobilise, nation
from apstra.mutual_aid.forces import COLUMNS
from apstra.scenario import Scenario

SCENARIOS: Final = {
    "one host": (1, False),
    "two hosts": (2, False),
    "three hosts": (3, False),
    "heightened, one host": (1, True),
    "heightened, three hosts": (3, True),
}
ANY: Final = "any force"
THIS: Final = "this force"
WITHIN: Final = (0.0, 60.0, 120.0, 180.0, 240.0)
HIGH: Final = 0.95
DRAWS: Final = 2_000
OWN: Final = "own"
NATIONAL: Final = (
    "scenario", "host", "hosts", "heightened", "draws", "asked", "own", "received", "unmet", "unmet_high", "p_met",
    *(f"p_met_{minutes:.0f}" for minutes in WITHIN), "p_all_met", "p_exposed", "exposed", "given_high",
)  # fmt: skip
EXPOSED: Final = ("scenario", *COLUMNS, "need", "p_gives", "given", "kept", "p_exposed")
INCOMING: Final = ("scenario", "donor", "tier", "minutes", "p_gives", "officers", "arrived", "p_exposed")


def national_aid(
    tables: Mapping[str, pd.DataFrame], scenario: Scenario, draws: int = DRAWS
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Return what mobilisations bring, who is left exposed, and what comes to this force.

    Returns
    -------
    national
        ``scenario``, ``host`` (any force; this force, with the others drawn), ``hosts``, ``heightened``, ``draws``;
        for each host on average ``asked``, ``own`` (found at the host), ``received``, ``unmet`` [officers] and
        ``unmet_high`` (95 %); ``p_met`` (a host's shortfall in full), ``p_met_0`` to ``p_met_240`` (by a drive of so
        many minutes, 0: with own officers alone), ``p_all_met`` (all hosts'); ``p_exposed`` (at least one donor left
        with fewer than it needs), ``exposed`` (mean number of them), ``given_high`` (95 %, by all donors together).
    exposed
        Each ``scenario`` and force, any force being host: the columns of ``force_strengths``, ``need`` [officers],
        ``p_gives``, ``given`` and ``kept`` (on average when it gives), ``p_exposed``.
    incoming
        Each ``scenario`` and donor, this force being host, in order of ``minutes``: ``donor``, ``tier``, ``p_gives``,
        ``officers`` (on average), ``arrived`` (with all before it), ``p_exposed``. The first is the force's own.
    """
    of = nation(tables, scenario, draws)
    lines: list[dict[str, Any]] = []
    left: list[pd.DataFrame] = []
    coming: list[pd.DataFrame] = []
    for name, host, first in _cases(of, scenario.force.code):
        hosts, heightened = SCENARIOS[name]
        one = mobilise(of, hosts, scenario.value("aid_heightened_factor") if heightened else 1.0, scenario, first)
        keys = {"scenario": name, "host": host, "hosts": hosts, "heightened": heightened, "draws": draws}
        lines.append(keys | _brought(one, slice(None) if first is None else slice(1)))
        if first is None:
            left.append(_left(of, one).assign(scenario=name))
        else:
            coming.append(_coming(of, one, first).assign(scenario=name))
    return pd.DataFrame(lines, columns=list(NATIONAL)), _together(left, EXPOSED), _together(coming, INCOMING)


def _together(frames: list[pd.DataFrame], columns: tuple[str, ...]) -> pd.DataFrame:
    """Return frames as one, or none of its rows."""
    return pd.concat(frames or [pd.DataFrame(columns=list(columns))], ignore_index=True)[list(columns)]


def _cases(of: Nation, code: str) -> Iterator[tuple[str, str, int | None]]:
    """Give each scenario that the forces are enough for, with any force as host, then with this one."""
    this = np.flatnonzero(of.forces["pfa_code"] == code)
    for name, (hosts, _) in SCENARIOS.items():
        if hosts <= len(of.forces):
            yield name, ANY, None
            yield from ((name, THIS, int(place)) for place in this)


def _brought(one: Mobilisation, which: slice) -> dict[str, float]:
    """Return what a mobilisation brought each of the hosts listed so, and what it took from donors."""
    asked, own, unmet, last = (part[:, which] for part in (one.asked, one.own, one.unmet, one.last))
    exposed = one.exposed.sum(axis=1)
    return {
        "asked": float(asked.mean()),
        "own": float(own.mean()),
        "received": float((asked - own - unmet).mean()),
        "unmet": float(unmet.mean()),
        "unmet_high": float(np.quantile(unmet, HIGH)),
        "p_met": float((unmet == 0).mean()),
        **{f"p_met_{minutes:.0f}": float((last <= minutes).mean()) for minutes in WITHIN},
        "p_all_met": float((one.unmet == 0).all(axis=1).mean()),
        "p_exposed": float((exposed > 0).mean()),
        "exposed": float(exposed.mean()),
        "given_high": float(np.quantile(one.given.sum(axis=(1, 2)), HIGH)),
    }


def _left(of: Nation, one: Mobilisation) -> pd.DataFrame:
    """Return what each force gave, and what it has left when it gives."""
    gave = one.given.sum(axis=1)
    times = np.where((gave > 0).any(axis=0), (gave > 0).sum(axis=0), np.nan)
    return of.forces.assign(
        need=one.need,
        p_gives=(gave > 0).mean(axis=0),
        given=gave.sum(axis=0) / times,
        kept=np.where(gave > 0, one.kept, 0).sum(axis=0) / times,
        p_exposed=one.exposed.mean(axis=0),
    )


def _coming(of: Nation, one: Mobilisation, first: int) -> pd.DataFrame:
    """Return what comes to the host named first, its own officers before all."""
    given = one.given[:, 0]
    frame = pd.DataFrame(
        {
            "donor": of.forces["force"],
            "tier": np.array(TIERS)[of.tier[first]],
            "minutes": of.minutes[first],
            "p_gives": (given > 0).mean(axis=0),
            "officers": given.mean(axis=0),
            "p_exposed": ((given > 0) & one.exposed).mean(axis=0),
        }
    )
    own = frame.iloc[[first]].assign(
        tier=OWN, minutes=0.0, p_gives=(one.own[:, 0] > 0).mean(), officers=one.own[:, 0].mean()
    )
    donors = frame.loc[frame["officers"] > 0].sort_values("minutes", kind="stable")
    rows = pd.concat([own, donors], ignore_index=True)
    return rows.assign(arrived=rows["officers"].cumsum())

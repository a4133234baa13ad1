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
from numpy.typing import NDArray

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
    tables: Mapping[str, pd.DataFrame], scenario: Scenario, draws: int = DRAWS, worst: int | None = None
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Return what mobilisations bring, who is left exposed, and what comes to this force.

    Parameters
    ----------
    worst
        What ``worst_case`` returns, where it is known.

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
    of = nation(tables, scenario, draws, worst)
    lines: list[dict[str, Any]] = []
    left: dict[str, dict[str, NDArray[Any]]] = {}
    coming: list[pd.DataFrame] = []
    for name, host, first in _cases(of, scenario.force.code):
        hosts, heightened = SCENARIOS[name]
        one = mobilise(of, hosts, scenario.value("aid_heightened_factor") if heightened else 1.0, scenario, first)
        keys = {"scenario": name, "host": host, "hosts": hosts, "heightened": heightened, "draws": draws}
        lines.append(keys | _brought(one, slice(None) if first is None else slice(1)))
        if first is None:
            left[name] = _left(of, one)
        else:
            coming.append(_coming(of, one, first, name))
    return pd.DataFrame(lines, columns=list(NATIONAL)), _exposed(of, left), _together(coming)


def _together(coming: list[pd.DataFrame]) -> pd.DataFrame:
    """Return what comes by scenario as one frame, or none of its rows."""
    return pd.concat(coming or [pd.DataFrame(columns=list(INCOMING))], ignore_index=True)[list(INCOMING)]


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


def _left(of: Nation, one: Mobilisation) -> dict[str, NDArray[Any]]:
    """Return what each force gave, and what it has left when it gives."""
    gave = of.on_duty - one.kept
    gives = gave > 0
    often = gives.mean(axis=0)
    times = np.where(often > 0, gives.sum(axis=0), np.nan)
    return {
        "need": one.need,
        "p_gives": often,
        "given": gave.sum(axis=0) / times,
        "kept": np.where(gives, one.kept, 0).sum(axis=0) / times,
        "p_exposed": one.exposed.mean(axis=0),
    }


def _exposed(of: Nation, left: dict[str, dict[str, NDArray[Any]]]) -> pd.DataFrame:
    """Return what each force gave and has left by scenario, as one frame."""
    if not left:
        return pd.DataFrame(columns=list(EXPOSED))
    frame = pd.concat([of.forces] * len(left), ignore_index=True)
    found = {name: np.concatenate([each[name] for each in left.values()]) for name in next(iter(left.values()))}
    return frame.assign(scenario=np.repeat(list(left), len(of.forces)), **found)[list(EXPOSED)]


def _coming(of: Nation, one: Mobilisation, first: int, name: str) -> pd.DataFrame:
    """Return what comes to the host named first, its own officers before all."""
    given, own, minutes = one.given[:, 0], one.own[:, 0], of.minutes[first]
    gives, officers = given > 0, given.mean(axis=0)
    near = np.argsort(minutes, kind="stable")
    donors = near[officers[near] > 0]
    officers = np.array([own.mean(), *officers[donors]])
    exposed = (gives & one.exposed).mean(axis=0)[[first, *donors]]
    return pd.DataFrame(
        {
            "scenario": name,
            "donor": of.forces["force"].to_numpy(object)[[first, *donors]],
            "tier": [OWN, *np.array(TIERS, object)[of.tier[first, donors]]],
            "minutes": [0.0, *minutes[donors]],
            "p_gives": [(own > 0).mean(), *gives.mean(axis=0)[donors]],
            "officers": officers,
            "arrived": officers.cumsum(),
            "p_exposed": exposed,
        }
    )

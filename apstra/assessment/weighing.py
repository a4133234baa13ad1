"""Which option removes most unmet requirement, what does it do elsewhere, and which only work together?

In: the tables of a force, a scenario and candidates. Each candidate's change is made and the chain from crews and
officers to what arrives in time is gone through again; demand and the frequency of threats stay as assessed, so that
options are compared on the same future. Out: the candidates ranked by the unmet requirement they remove a year, with
range; what each does to every policing area; and pairs that do more together than apart.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from apstra import capability, demand, deployment, mutual_aid, threat
from apstra.assessment.candidate import Candidate, changed
from apstra.assessment.chapters import as_known, formed_crews
from apstra.assessment.unmet import KEYS, occurrences
from apstra.assurance import Tables
from apstra.scenario import Scenario
from apstra.uncertainty import REPORTED

FloatArray = NDArray[np.float64]
FORCE: Final = "all"
PAIRED: Final = 3  # so many of the best alone are paired with one another
MOST_ALONE: Final = 0.1  # of what an option adds to another: if it removes no more alone, it needs the other
WORSE_WITHIN: Final = 0.005  # fall in the share of calls answered within the standard that is a side effect
SLIGHT: Final = 1e-9
POSTED: Final = {"bases", "travel", "zones", "response_standards"}
MANNED: Final = {"officers", "currency", "posts", "roles", "modules"}


@dataclass(frozen=True, slots=True)
class Options:
    """Candidates weighed.

    Attributes
    ----------
    ranking
        One row for each, the most unmet requirement removed first: ``rank``, ``option_id``, ``title``, ``kind``,
        ``subject``, ``removed`` with ``low``, ``high`` (mean, 5 and 95 % over the frequency of threats) and ``left``
        [occurrences a year], ``within_change`` (share of the force's calls answered within the standard), ``worse``
        (areas that lose by it, in words), ``cost`` [pounds a year], ``cost_per_occurrence`` removed.
    areas
        ``option_id``, ``area_id``, ``removed`` [occurrences a year], ``within_change`` [share].
    pairs
        ``first``, ``second``, ``apart`` (sum of what each removes alone), ``together``, ``extra``, ``only_together``
        (one of them adds something, and next to nothing without the other): the largest extra first.
    """

    ranking: pd.DataFrame
    areas: pd.DataFrame
    pairs: pd.DataFrame


@dataclass(frozen=True, slots=True, eq=False)
class _Outcome:
    """What follows from some tables: P(not met) by threat and area, share within the standard by area; how it came."""

    tables: Tables
    not_met: pd.Series
    readiness: deployment.Readiness
    strength: pd.DataFrame
    formed: pd.DataFrame


@dataclass(frozen=True, slots=True, eq=False)
class _Ground:
    """What every candidate is compared on: calls by zone and block, how often threats occur, and things as they are."""

    scenario: Scenario
    rates: pd.DataFrame
    occurs: FloatArray
    now: _Outcome


def options(tables: Tables, scenario: Scenario, candidates: Sequence[Candidate]) -> Options:
    """Return the candidates ranked by the unmet requirement they remove, with range, side effects and pairs.

    Parameters
    ----------
    tables
        Tables of the force; nothing dated later than *as at* is used.
    candidates
        Options to be weighed, each changing one thing.

    Raises
    ------
    ValueError
        If a candidate names what the force does not have (see ``candidate.changed``), or two have the same id.
    """
    ids = [one.option_id for one in candidates]
    if len(set(ids)) < len(ids):
        raise ValueError(f"options must have different ids, not {', '.join(sorted(ids))}")
    known = as_known(tables, scenario)
    volume = demand.assess_demand(known, scenario)
    found = threat.sources(known["threats"], known["threat_judgements"], known["operations"], scenario)
    return weigh(known, volume.rates, found, scenario, candidates)


def weigh(
    known: Tables,
    rates: pd.DataFrame,
    found: pd.DataFrame,
    scenario: Scenario,
    candidates: Sequence[Candidate],
    progress: Callable[[int, int], None] = lambda _done, _of: None,
) -> Options:
    """Return what ``options`` does, from tables as known and the demand and threats already assessed.

    Parameters
    ----------
    rates
        Calls by zone and block of the demand chapter.
    found
        Sources of the frequency of each threat.
    progress
        Called with the candidates weighed and all of them.
    """
    now = _outcome(known, rates, scenario, None)
    keys = now.not_met.index.to_frame(index=False)
    ground = _Ground(scenario, rates, np.nan_to_num(occurrences(keys, known["zones"], found, scenario)), now)
    alone = {}
    for place, one in enumerate(candidates):
        progress(place, len(candidates))
        alone[one.option_id] = _with(ground, [one])
    ranking = _ranking(ground, candidates, alone)
    return Options(ranking, _areas(ground, alone), _pairs(ground, candidates, ranking))


def _outcome(tables: Tables, rates: pd.DataFrame, scenario: Scenario, before: _Outcome | None) -> _Outcome:
    """Return what follows from some tables; what does not depend on what changed is taken from ``before``."""
    same = {name for name in tables if before is not None and tables[name] is before.tables[name]}
    strength = before.strength if before and same >= MANNED else capability.strength_of(tables, scenario)
    if before and same >= POSTED | MANNED | {"crews"}:
        reach, formed = before.readiness, before.formed
    else:
        posted = before.readiness if before and same >= POSTED else None
        reach = deployment.readiness(tables, rates, scenario, posted)
        formed = formed_crews(tables, strength, scenario)
    missed = mutual_aid.not_met(tables, mutual_aid.Ready(reach.travel, reach.free, formed), scenario)
    return _Outcome(tables, missed.set_index(KEYS)["not_met_all"], reach, strength, formed)


def _with(ground: _Ground, made: Sequence[Candidate]) -> _Outcome:
    """Return what follows when the changes of some candidates are made together."""
    tables = ground.now.tables
    for one in made:
        tables = changed(tables, ground.scenario, one)
    return _outcome(tables, ground.rates, ground.scenario, ground.now)


def _removed(ground: _Ground, then: _Outcome) -> FloatArray:
    """Return draws of the unmet requirement removed from each threat and area (rows, draws) [occurrences a year]."""
    less = ground.now.not_met - then.not_met.reindex(ground.now.not_met.index)
    return less.to_numpy(float)[:, np.newaxis] * ground.occurs


def _ranking(ground: _Ground, candidates: Sequence[Candidate], alone: Mapping[str, _Outcome]) -> pd.DataFrame:
    """Return the candidates ranked."""
    rows = []
    unmet = float((ground.now.not_met.to_numpy(float) @ ground.occurs).mean())
    for one in candidates:
        drawn = _removed(ground, alone[one.option_id]).sum(axis=0)
        low, _, high = np.quantile(drawn, REPORTED)
        mean = float(drawn.mean())
        within = alone[one.option_id].readiness.within - ground.now.readiness.within
        each = one.cost / mean if mean > SLIGHT else np.nan
        worse = _worse(ground, alone[one.option_id])
        rows.append(
            (one.option_id, one.title, one.kind, one.subject, mean, low, high, unmet - mean, within[FORCE], worse,
             one.cost, each)
        )  # fmt: skip
    columns = ["option_id", "title", "kind", "subject", "removed", "low", "high", "left", "within_change", "worse"]
    table = pd.DataFrame(rows, columns=[*columns, "cost", "cost_per_occurrence"])
    table = table.sort_values(["removed", "option_id"], ascending=[False, True], ignore_index=True)
    table.insert(0, "rank", np.arange(1, len(table) + 1))
    return table


def _by_area(ground: _Ground, then: _Outcome) -> pd.DataFrame:
    """Return ``removed`` and ``within_change`` by area."""
    removed = pd.Series(_removed(ground, then).mean(axis=1), index=ground.now.not_met.index)
    within = then.readiness.within - ground.now.readiness.within
    table = pd.DataFrame({"removed": removed.groupby(level="area_id").sum(), "within_change": within.drop(FORCE)})
    return table.rename_axis("area_id").fillna({"removed": 0.0})


def _worse(ground: _Ground, then: _Outcome) -> str:
    """Return the areas that lose by a change, in words; nothing where none does."""
    names = ground.now.tables["areas"].set_index("area_id")["name"]
    said = []
    for row in _by_area(ground, then).itertuples():
        if row.removed < -SLIGHT:
            said.append(f"{names[row.Index]}: {-row.removed:.2g} more unmet a year")
        if row.within_change < -WORSE_WITHIN:
            said.append(f"{names[row.Index]}: {-row.within_change:.0%} fewer calls within the standard")
    return "; ".join(said)


def _areas(ground: _Ground, alone: Mapping[str, _Outcome]) -> pd.DataFrame:
    """Return what each option does to each area."""
    parts = [_by_area(ground, then).reset_index().assign(option_id=name) for name, then in alone.items()]
    columns = ["option_id", "area_id", "removed", "within_change"]
    return pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns)


def _pairs(ground: _Ground, candidates: Sequence[Candidate], ranking: pd.DataFrame) -> pd.DataFrame:
    """Return what the pairs worth a look do together, the largest extra first."""
    apart = ranking.set_index("option_id")["removed"]
    rows: list[tuple[object, ...]] = []
    for first, second in _worth_pairing(candidates, ranking):
        together = float(_removed(ground, _with(ground, [first, second])).sum(axis=0).mean())
        each = [float(apart[one.option_id]) for one in (first, second)]
        needs = [alone <= MOST_ALONE * (together - other) for alone, other in (each, each[::-1])]
        bound = together - max(each) > SLIGHT and any(needs)
        rows.append((first.option_id, second.option_id, sum(each), together, together - sum(each), bound))
    columns = ["first", "second", "apart", "together", "extra", "only_together"]
    return pd.DataFrame(rows, columns=columns).sort_values("extra", ascending=False, ignore_index=True)


def _worth_pairing(candidates: Sequence[Candidate], ranking: pd.DataFrame) -> Iterator[tuple[Candidate, Candidate]]:
    """Give the pairs worth a look: the best together, those of one subject, idle crews with the best courses."""
    best = set(ranking["option_id"].head(PAIRED))
    idle = set(ranking.query("kind == 'crew' and removed <= @SLIGHT", local_dict={"SLIGHT": SLIGHT})["option_id"])
    courses = set(ranking.query("kind == 'courses' and removed > 0")["option_id"].head(1))
    for pair in combinations(candidates, 2):
        ids = {one.option_id for one in pair}
        if ids <= best or pair[0].subject == pair[1].subject or (ids & idle and ids & courses):
            yield pair

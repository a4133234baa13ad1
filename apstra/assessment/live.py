"""What a change does, at once: the figures of the workbench, each worked out again only where it depends on the change.

In: an assessment to start from, the tables as they are and a scenario. Out: ``Live``, the chapters less what takes long
(simulation, postings, projection, options), from the functions of the assessment itself: what both hold is the same.
"""

from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from apstra import assurance, capability, demand, deployment, mutual_aid, threat
from apstra.assessment.chapters import as_known
from apstra.assessment.differences import edited
from apstra.assessment.findings import findings
from apstra.assessment.headlines import live_headlines
from apstra.assessment.unmet import by_threat, unmet_draws, unmet_requirement
from apstra.assurance import Chapters, Tables
from apstra.mutual_aid.agreements import donor_remainder
from apstra.mutual_aid.allocation import worst_case
from apstra.mutual_aid.national import DRAWS, national_aid
from apstra.mutual_aid.verdict import assembly, threats_met
from apstra.recall import Recall
from apstra.scenario import Scenario
from apstra.uncertainty import REPORTED

NOT_HERE: Final = pd.DataFrame()
# Rules that judge what the workbench changes: strength, currency and command.
STRENGTH: Final = ("requirement_covered", "training_current", "workforce_projected", "specialist_command_cover")


@dataclass(frozen=True, slots=True)
class Live:
    """The figures of the workbench under one scenario.

    Attributes
    ----------
    chapters
        The chapters, as far as they are worked out; frames that are not are empty, learning and engagement those of the
        assessment it starts from.
    cover
        Cover by season, event and level of demand (``deployment.cover``).
    headlines
        Strength, cover, aid and unmet requirement: rows of ``Assessment.headlines``.
    unmet
        By threat and area (``unmet_requirement``).
    draws
        Draws of the whole unmet requirement [occurrences a year]: those of two scenarios belong together one by one.
    findings
        What a register should hold (``findings``).
    """

    chapters: Chapters
    cover: deployment.Cover
    headlines: pd.DataFrame
    unmet: pd.DataFrame
    draws: NDArray[np.float64]
    findings: pd.DataFrame

    @property
    def scenario(self) -> Scenario:
        """Return the scenario they speak of."""
        return self.chapters.scenario


def live(start: Chapters, tables: Tables, scenario: Scenario, recall: Recall) -> Live:
    """Return the figures of ``scenario``.

    Parameters
    ----------
    start
        An assessment of the same tables, year and *as at*: what no scenario changes is taken from it.
    tables
        Tables of the force as they are, no edit made.

    Raises
    ------
    ValueError
        If an edit names a row that is not there, or the crews are more than the exact model can hold.
    """
    known = as_known(edited(tables, scenario, recall), scenario, recall)
    rates, slices = recall(demand.ahead, known, scenario, recall)
    with deployment.foreseen(deployment.likely_tried(known, rates, slices, scenario, recall)):
        cover = deployment.cover(known, rates, slices, scenario, recall)
        threats = _threat(start, known, scenario, recall)
    crews, areas = recall(_crews_required, known, rates, slices, scenario, recall)
    strength = capability.live(known, crews, scenario, recall)
    judged = recall(
        _obligations, start, known, strength["position"], strength["currency"], strength["command"], scenario, recall
    )
    chapters = Chapters(
        scenario=scenario,
        tables=known,
        threat=threats,
        demand=replace(start.demand, rates=rates, slices=slices),
        deployment=_only(start.deployment, travel=cover.travel[0], zones=cover.zones, reach=cover.reach,
                         workload=cover.workload, free=cover.free, response=cover.response, crews_required=crews,
                         area_crews=areas),
        capability=_only(start.capability, **strength, crews_required=crews, crews_needed=areas),
        mutual_aid=_mutual_aid(start, known, cover, strength["formed"], scenario, recall),
        learning=start.learning,
        engagement=start.engagement,
    )  # fmt: skip
    return _figures(chapters, cover, judged, recall)


def _crews_required(
    known: Tables, rates: pd.DataFrame, slices: pd.DataFrame, scenario: Scenario, recall: Recall
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return ``deployment.crews_required``, what it shares with cover from memory."""
    return deployment.crews_required(known, rates, slices, scenario, recall=recall)


def _only(chapter: Any, **frames: pd.DataFrame) -> Any:
    """Return a chapter of these frames alone, the others empty."""
    return type(chapter)(**{name: frames.get(name, NOT_HERE) for name in chapter.__dataclass_fields__})


def _obligations(
    start: Chapters,
    known: Tables,
    position: pd.DataFrame,
    currency: pd.DataFrame,
    command: pd.DataFrame,
    scenario: Scenario,
    recall: Recall,
) -> pd.DataFrame:
    """Return the obligations judged as at the start, but for what a change of strength or command alters."""
    strength = replace(start.capability, position=position, currency=currency, command=command)
    asked, evidence = known["obligations"], replace(start, scenario=scenario, tables=known, capability=strength)
    moved = asked["rule"].isin(STRENGTH)
    others = recall(_others, start, known, scenario)
    return pd.concat([assurance.assess_obligations(asked.loc[moved], evidence), others]).sort_index()


def _others(start: Chapters, known: Tables, scenario: Scenario) -> pd.DataFrame:
    """Return the obligations that no change of strength or command alters."""
    asked = known["obligations"]
    kept = asked.loc[~asked["rule"].isin(STRENGTH)]
    return assurance.assess_obligations(kept, replace(start, scenario=scenario, tables=known))


def _figures(chapters: Chapters, cover: deployment.Cover, obligations: pd.DataFrame, recall: Recall) -> Live:
    """Return what follows from the chapters."""
    every = unmet_draws(chapters, recall)
    unmet, draws = unmet_requirement(chapters, recall, every), np.asarray(np.nansum(every, axis=0))
    asked = len(chapters.tables["requirements"]) > 0
    low, _, high = np.quantile(draws, REPORTED)
    total = (float(low), float(unmet["unmet"].sum()), float(high)) if asked else (np.nan,) * 3
    found = findings(chapters, obligations, recall(by_threat, unmet), recall)
    return Live(chapters, cover, live_headlines(chapters, total, recall), unmet, draws, found)


def _threat(start: Chapters, known: Tables, scenario: Scenario, recall: Recall) -> threat.ThreatChapter:
    """Return sources and ranking of the threats."""
    threats, operations = known["threats"], known["operations"]
    found = recall(threat.sources, threats, known["threat_judgements"], operations, scenario, recall)
    ordered = recall(threat.ranked, threats, known["threat_scores"], operations, found, scenario, recall).reset_index()
    ordered.insert(0, "rank", np.arange(1, len(ordered) + 1))
    return _only(start.threat, sources=found, ranking=ordered)


def _mutual_aid(
    start: Chapters, known: Tables, cover: deployment.Cover, formed: pd.DataFrame, scenario: Scenario, recall: Recall
) -> mutual_aid.MutualAidChapter:
    """Return who meets what, with its range over travel and mobilisation, and what donors keep."""
    level, blocks = scenario.assurance_level, scenario.force.blocks.names
    crews = formed if len(known["officers"]) else formed[:0]
    position, ground, ways = recall(_how_met, known, cover.travel[0], cover.free, crews, scenario, recall)
    ends = [
        recall(_not_met, known, trip, cover.free, crews, _at_end(scenario, slow=slow), recall)["not_met_all"]
        for trip, slow in zip(cover.travel[1:], (True, False), strict=True)
    ]
    threats = recall(threats_met, ways, ground, blocks, level)
    both = pd.concat([threats["not_met_all"], *ends], axis=1)
    national, exposed, incoming = recall(national_aid, known, scenario, DRAWS, recall(worst_case, known))
    return _only(
        start.mutual_aid,
        agreements=position,
        assembly=recall(assembly, ways, level),
        threats=threats.assign(not_met_low=both.min(axis=1), not_met_high=both.max(axis=1)),
        donors=recall(donor_remainder, known["donors"], position),
        national=national,
        exposed=exposed,
        incoming=incoming,
    )


def _at_end(scenario: Scenario, *, slow: bool) -> Scenario:
    """Return the scenario with the assumptions of travel and of how donors come at their slow, or their fast end."""
    return mutual_aid.with_aid_at(deployment.with_travel_at(scenario, slow=slow), slow=slow)


def _how_met(
    known: Tables, travel: pd.DataFrame, free: pd.DataFrame, formed: pd.DataFrame, scenario: Scenario, recall: Recall
) -> tuple[pd.DataFrame, Any, Any]:
    """Return ``mutual_aid.how_met`` of what the chapters before found."""
    return mutual_aid.how_met(known, mutual_aid.Ready(travel, free, formed), scenario, recall=recall)


def _not_met(
    known: Tables, travel: pd.DataFrame, free: pd.DataFrame, formed: pd.DataFrame, scenario: Scenario, recall: Recall
) -> pd.DataFrame:
    """Return ``mutual_aid.not_met`` of what the chapters before found."""
    return mutual_aid.not_met(known, mutual_aid.Ready(travel, free, formed), scenario, recall)

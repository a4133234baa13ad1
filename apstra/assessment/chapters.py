"""What is known at *as at*, and what each chapter makes of it, in the order in which one feeds the next.

In: the tables of a force and a scenario. Out: ``Chapters``, every chapter's result but the register's, which needs what
all the others found. Nothing dated after *as at* is used.
"""

from typing import Final

import pandas as pd

from apstra import capability, demand, deployment, engagement, learning, mutual_aid, threat
from apstra.assurance import Chapters, Tables
from apstra.recall import Recaller, plain
from apstra.scenario import Scenario

GAP: Final = mutual_aid.GAP

_KNOWN_FROM: Final = {
    "operations": "called_at",
    "officers": "in_post_on",
    "currency": "passed_on",
    "agreements": "signed_on",
    "aid_responses": "on",
    "risks": "opened_on",
    "triggers": "on",
    "incident_reviews": "reviewed_on",
    "exercises": "on",
    "advice": "received_on",
    "departures": "approved_on",
    "decisions": "on",
    "quality_log": "on",
    "data_log": "received_on",
    "forecasts": "as_at",
}
_RECORDED_LATER: Final = {
    "agreements": ("tested_on",),
    "risks": ("reviewed_on",),
    "exercises": ("reviewed_on",),
    "lessons": ("evidence_on",),
    "meetings": ("held_on",),
    "advice": ("told_on",),
    "sites": ("plan_reviewed_on",),
    "equipment": ("reviewed_on", "approved_on"),
}
_PARTS: Final = {
    "operation_crews": ("operation_id", "operations"),
    "incident_reviews": ("operation_id", "operations"),
    "currency": ("officer_id", "officers"),
    "options": ("agreement_id", "agreements"),
    "aid_responses": ("agreement_id", "agreements"),
}


def assess_chapters(tables: Tables, scenario: Scenario) -> Chapters:
    """Return every chapter but the register, in the order in which one feeds the next."""
    known = as_known(tables, scenario)
    volume = demand.assess_demand(known, scenario)
    posting = deployment.assess_deployment(known, volume.rates, volume.slices, scenario)
    strength = capability.assess_capability(known, posting.crews_required, posting.area_crews, scenario)
    return Chapters(
        scenario=scenario,
        tables=known,
        threat=threat.assess_threats(
            known["threats"],
            known["threat_scores"],
            known["operations"],
            scenario,
            known["threat_judgements"],
            known["horizon"],
        ),
        demand=volume,
        deployment=posting,
        capability=strength,
        mutual_aid=_mutual_aid(known, posting, strength.formed, scenario),
        learning=learning.assess_learning(known, scenario),
        engagement=engagement.assess_engagement(known, scenario),
    )


def _mutual_aid(
    known: Tables, posting: deployment.DeploymentChapter, formed: pd.DataFrame, scenario: Scenario
) -> mutual_aid.MutualAidChapter:
    """Return the mutual aid chapter, its range over the assumptions of travel and aid taken slow and fast."""
    crews = _as_entered(known, formed)
    ends = []
    for slow in (True, False):
        at_end = mutual_aid.with_aid_at(deployment.with_travel_at(scenario, slow=slow), slow=slow)
        travel = deployment.travel_times(known["bases"], known["zones"], known["travel"], at_end)
        ends.append((mutual_aid.Ready(travel, posting.free, crews), at_end))
    return mutual_aid.assess_mutual_aid(known, mutual_aid.Ready(posting.travel, posting.free, crews), scenario, ends)


def formed_crews(known: Tables, strength: pd.DataFrame, scenario: Scenario) -> pd.DataFrame:
    """Return how many of the crews rostered can be formed: ``block``, ``crews``, ``probability``."""
    return _as_entered(known, capability.formed_crews(known, strength, scenario))


def _as_entered(known: Tables, formed: pd.DataFrame) -> pd.DataFrame:
    """Return crews that can be formed; where the force has entered no officers nothing: they count as rostered."""
    return formed if len(known["officers"]) else formed[:0]


def as_known(tables: Tables, scenario: Scenario, recall: Recaller = plain) -> dict[str, pd.DataFrame]:
    """Return the tables as they stood at the end of *as at*: later rows are dropped, later dates are blank."""
    end = pd.Timestamp(scenario.as_at) + pd.Timedelta(days=1)
    known = dict(tables)
    for name, column in _KNOWN_FROM.items():
        known[name] = recall(_until, tables[name], column, end)
    for name, (key, whole) in _PARTS.items():
        known[name] = recall(_parts_known, known[name], key, known[whole])
    for name, columns in _RECORDED_LATER.items():
        known[name] = recall(_without_later, known[name], columns, end)
    return known


def _until(table: pd.DataFrame, column: str, end: pd.Timestamp) -> pd.DataFrame:
    """Return the rows dated before ``end``."""
    return table.loc[table[column] < end].reset_index(drop=True)


def _parts_known(part: pd.DataFrame, key: str, whole: pd.DataFrame) -> pd.DataFrame:
    """Return the rows that belong to a row of ``whole``, or to none."""
    return part.loc[part[key].isna() | part[key].isin(whole[key])].reset_index(drop=True)


def _without_later(table: pd.DataFrame, columns: tuple[str, ...], end: pd.Timestamp) -> pd.DataFrame:
    """Return the table, blank in ``columns`` where the date is not before ``end``."""
    return table.assign(**{column: table[column].where(table[column] < end) for column in columns})


def threat_matrix(chapters: Chapters) -> pd.DataFrame:
    """Return threat, requirement and who meets it in one row per requirement and area, most serious threat first."""
    ranking = chapters.threat.ranking[["threat_id", "title", "rank"]]
    rows = chapters.mutual_aid.assembly.merge(ranking, on="threat_id", how="left")
    rows = rows.assign(gap=rows["status"] == GAP).rename(
        columns={"p_own": "own", "p_collaboration": "collaboration", "p_all": "all"}
    )
    return rows.sort_values(["rank", "requirement_id", "area_id"], ignore_index=True)

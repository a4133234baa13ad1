"""What the assessment found that a register of risks should hold.

In: the chapters and the obligations. Out: findings, each under a key that stays the same next time, so that a second
run proposes nothing new.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from types import MappingProxyType
from typing import Any, Final

import pandas as pd

from apstra import assurance
from apstra.assessment.chapters import GAP
from apstra.assurance import Chapters
from apstra.recall import Recaller, plain

CERTAIN: Final = 5
SERIOUS: Final = 4
MODERATE: Final = 3
_FINDING: Final = ("key", "title", "cause", "consequence", "threat_id", "likelihood", "impact", "number", "evidence")
_ASKED: Final = ("threat_id", "requirement_id", "area_id", "role", "officers", "within_minutes", "p_all", "binding")


def findings(
    chapters: Chapters,
    obligations: pd.DataFrame,
    unmet: Mapping[str, float] = MappingProxyType({}),
    recall: Recaller = plain,
) -> pd.DataFrame:
    """Return what the assessment found that a register should hold, each under a key that stays the same next time.

    ``number`` is how much there is of it: officers short, share not current, occurrences a year that go unmet, one
    agreement, one obligation. It tells whether a finding somebody dismissed has grown.

    Parameters
    ----------
    unmet
        Threat to its unmet requirement [occurrences a year].
    """
    c, floor = chapters, chapters.scenario.value("proposal_currency_share")
    rows = [
        *recall(_shortfall_findings, c.capability.position, c.capability.requirement),
        *recall(_currency_findings, c.capability.currency, floor),
        *recall(_agreement_findings, c.mutual_aid.agreements, c.scenario.as_at),
        *_requirement_findings(c.threat.ranking, c.mutual_aid.assembly, unmet),
        *recall(_obligation_findings, obligations),
    ]
    return pd.DataFrame(rows, columns=list(_FINDING))


def _rows(frame: pd.DataFrame, *columns: str) -> Iterator[tuple[Any, ...]]:
    """Give the rows of some columns."""
    return frame[list(columns)].itertuples(index=False, name=None)


def _shortfall_findings(position: pd.DataFrame, required: pd.DataFrame) -> list[tuple[object, ...]]:
    """Return a finding per role short of its requirement."""
    reasons = dict(_rows(required, "role", "reasoning"))
    return [
        (
            f"shortfall:{role}",
            f"Fewer deployable {title} than the assessment requires",
            f"{deployable:.0f} deployable of {needed:.0f} required ({established:.0f} posts established)",
            "Requirements of the assessed threats cannot all be met with own officers",
            None,
            CERTAIN,
            SERIOUS,
            float(short),
            reasons[role],
        )
        for role, title, deployable, needed, established, short in _rows(
            position, "role", "title", "deployable", "required", "established", "shortfall"
        )
        if short > 0
    ]


def _currency_findings(ahead: pd.DataFrame, floor: float) -> list[tuple[object, ...]]:
    """Return a finding per role whose currency is below the share that needs no proposal."""
    return [
        (
            f"currency:{role}",
            f"Training currency of {role} below {floor:.0%}",
            f"{current:.0f} of {of:.0f} role holders are current in every module",
            "Authority lapses and deployable strength falls",
            None,
            SERIOUS,
            MODERATE,
            1 - current / of,
            "currency today, all modules of the role",
        )
        for role, current, of in _rows(ahead.loc[ahead["months_ahead"] == 0], "role", "current", "of")
        if current < floor * of
    ]


def _agreement_findings(agreements: pd.DataFrame, as_at: date) -> list[tuple[object, ...]]:
    """Return a finding per agreement that has expired or whose last test was not met."""
    return [
        (
            f"agreement:{agreement_id}",
            f"Agreement with {donor} for {role}: {standing}",
            f"Agreement {agreement_id} ({basis}) is {standing}",
            "Aid the assessment relies on may not come",
            None,
            SERIOUS,
            MODERATE,
            1.0,
            f"standing at {as_at}",
        )
        for agreement_id, donor, role, basis, standing in _rows(
            agreements, "agreement_id", "donor", "role", "basis", "standing"
        )
        if standing in {"expired", "test not met"}
    ]


def _requirement_findings(
    ranking: pd.DataFrame, assembly: pd.DataFrame, unmet: Mapping[str, float]
) -> list[tuple[object, ...]]:
    """Return a finding per threat with a requirement that nobody meets in time, in rank order."""
    columns = ("threat_id", "rank", "title", "likelihood_score", "impact_score")
    scored: dict[str, Any] = {row.threat_id: row for row in ranking[[*columns]].itertuples()}
    gaps: dict[str, list[Any]] = {}
    for row in assembly.loc[assembly["status"] == GAP, [*_ASKED]].itertuples():
        gaps.setdefault(row.threat_id, []).append(row)
    return [
        (
            f"unmet:{threat_id}",
            f"Requirement of {scored[threat_id].title} not met in time",
            "; ".join(f"{r.officers:.0f} {r.role} in {r.area_id} within {r.within_minutes:.0f} min ({r.binding})"
                      for r in rows),
            "The reasonable worst case would be met late or with too few",
            threat_id,
            _score(scored[threat_id].likelihood_score),
            _score(scored[threat_id].impact_score),
            unmet.get(threat_id, float(len(rows))),
            "; ".join(f"{r.requirement_id} {r.area_id}: P(met in time) {r.p_all:.2f}" for r in rows),
        )
        for threat_id, rows in sorted(gaps.items(), key=lambda gap: scored[gap[0]].rank)
    ]  # fmt: skip


def _score(score: float) -> int:
    """Return a score as it stands in the register; one nobody has given yet counts as moderate until somebody does."""
    return MODERATE if pd.isna(score) else int(score)


def _obligation_findings(obligations: pd.DataFrame) -> list[tuple[object, ...]]:
    """Return a finding per obligation not met."""
    return [
        (
            f"obligation:{obligation_id}",
            f"Obligation not met: {clause}",
            requirement,
            "The assessment does not conform",
            None,
            CERTAIN,
            MODERATE,
            1.0,
            evidence,
        )
        for obligation_id, clause, requirement, evidence, status in _rows(
            obligations, "obligation_id", "clause", "requirement", "evidence", "status"
        )
        if status == assurance.NOT_MET
    ]

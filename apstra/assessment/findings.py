"""What the assessment found that a register of risks should hold.

In: the chapters and the obligations. Out: findings, each under a key that stays the same next time, so that a second
run proposes nothing new.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

import pandas as pd

from apstra import assurance
from apstra.assessment.chapters import GAP
from apstra.assurance import Chapters

CERTAIN: Final = 5
SERIOUS: Final = 4
MODERATE: Final = 3
_FINDING: Final = ("key", "title", "cause", "consequence", "threat_id", "likelihood", "impact", "number", "evidence")


def findings(
    chapters: Chapters, obligations: pd.DataFrame, unmet: Mapping[str, float] = MappingProxyType({})
) -> pd.DataFrame:
    """Return what the assessment found that a register should hold, each under a key that stays the same next time.

    ``number`` is how much there is of it: officers short, share not current, occurrences a year that go unmet, one
    agreement, one obligation. It tells whether a finding somebody dismissed has grown.

    Parameters
    ----------
    unmet
        Threat to its unmet requirement [occurrences a year].
    """
    rows = [
        *_shortfall_findings(chapters),
        *_currency_findings(chapters),
        *_agreement_findings(chapters),
        *_requirement_findings(chapters, unmet),
        *_obligation_findings(obligations),
    ]
    return pd.DataFrame(rows, columns=list(_FINDING))


def _shortfall_findings(chapters: Chapters) -> list[tuple[object, ...]]:
    """Return a finding per role short of its requirement."""
    position, required = chapters.capability.position, chapters.capability.requirement
    reasons = dict(zip(required["role"], required["reasoning"], strict=True))
    return [
        (
            f"shortfall:{row.role}",
            f"Fewer deployable {row.title} than the assessment requires",
            f"{row.deployable:.0f} deployable of {row.required:.0f} required ({row.established:.0f} posts established)",
            "Requirements of the assessed threats cannot all be met with own officers",
            None,
            CERTAIN,
            SERIOUS,
            float(row.shortfall),
            reasons[str(row.role)],
        )
        for row in position.loc[position["shortfall"] > 0].itertuples()
    ]


def _currency_findings(chapters: Chapters) -> list[tuple[object, ...]]:
    """Return a finding per role whose currency is below the share that needs no proposal."""
    floor = chapters.scenario.value("proposal_currency_share")
    ahead = chapters.capability.currency
    today = ahead.loc[(ahead["months_ahead"] == 0) & (ahead["current"] < floor * ahead["of"])]
    return [
        (
            f"currency:{row.role}",
            f"Training currency of {row.role} below {floor:.0%}",
            f"{row.current:.0f} of {row.of:.0f} role holders are current in every module",
            "Authority lapses and deployable strength falls",
            None,
            SERIOUS,
            MODERATE,
            1 - row.current / row.of,
            "currency today, all modules of the role",
        )
        for row in today.itertuples()
    ]


def _agreement_findings(chapters: Chapters) -> list[tuple[object, ...]]:
    """Return a finding per agreement that has expired or whose last test was not met."""
    agreements = chapters.mutual_aid.agreements
    return [
        (
            f"agreement:{row.agreement_id}",
            f"Agreement with {row.donor} for {row.role}: {row.standing}",
            f"Agreement {row.agreement_id} ({row.basis}) is {row.standing}",
            "Aid the assessment relies on may not come",
            None,
            SERIOUS,
            MODERATE,
            1.0,
            f"standing at {chapters.scenario.as_at}",
        )
        for row in agreements.loc[agreements["standing"].isin(["expired", "test not met"])].itertuples()
    ]


def _requirement_findings(chapters: Chapters, unmet: Mapping[str, float]) -> list[tuple[object, ...]]:
    """Return a finding per threat with a requirement that nobody meets in time."""
    scored: dict[str, Any] = {row.threat_id: row for row in chapters.threat.ranking.itertuples()}
    asked = chapters.mutual_aid.assembly
    late: list[Any] = sorted(asked.loc[asked["status"] == GAP].itertuples(), key=lambda one: scored[one.threat_id].rank)
    gaps: dict[str, list[Any]] = {}
    for row in late:
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
        for threat_id, rows in gaps.items()
    ]  # fmt: skip


def _score(score: float) -> int:
    """Return a score as it stands in the register; one nobody has given yet counts as moderate until somebody does."""
    return MODERATE if pd.isna(score) else int(score)


def _obligation_findings(obligations: pd.DataFrame) -> list[tuple[object, ...]]:
    """Return a finding per obligation not met."""
    return [
        (
            f"obligation:{row.obligation_id}",
            f"Obligation not met: {row.clause}",
            row.requirement,
            "The assessment does not conform",
            None,
            CERTAIN,
            MODERATE,
            1.0,
            row.evidence,
        )
        for row in obligations.loc[obligations["status"] == assurance.NOT_MET].itertuples()
    ]

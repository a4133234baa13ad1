"""What could go wrong, what holds it down, who answers for it, and whether the register is kept as it should be.

In go the register's risks and observations, their controls, and what the other chapters found. Out come the register
with its three positions and the risks nobody has entered yet (``entries``), its faults by rule (``rules``), and how
much harm the worst cases of a year could do together (``harm``, by the method of ``loss`` and ``rounding``).

Once a force keeps a ledger, the register is the fold of its events (``event``, ``history``), each of which keeps to the
life an entry may have (``lifecycle``).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from apstra.risk.entries import (
    NOTHING_UNMET,
    POSITIONS,
    PROPOSAL_COLUMNS,
    closures,
    level,
    proposal_drafts,
    proposals,
    register,
)
from apstra.risk.event import LOCAL, Actor, Draft, Event, first_fault, sealed
from apstra.risk.harm import ALL, HARMS, losses
from apstra.risk.history import (
    Register,
    fold,
    history,
    lineage,
    of_register,
    recorded,
    register_digest,
    register_tables,
    until,
)
from apstra.risk.lifecycle import CLOSED, TRANSITIONS, check, covers, level_of, next_id
from apstra.risk.loss import annual_loss
from apstra.risk.rules import LINT_COLUMNS, RULES, SEVERITIES, WHOLE_REGISTER, Rule, lint
from apstra.risk.signature import (
    APPROVALS,
    DECISIONS,
    PARTS,
    PREPARED,
    SIGNED,
    Covered,
    Standing,
    checked_expiry,
    covered_of,
    draft_of,
    may_sign,
    obstacles,
    standing,
)
from apstra.scenario import Scenario

__all__ = [
    "ALL",
    "APPROVALS",
    "CLOSED",
    "DECISIONS",
    "LINT_COLUMNS",
    "LOCAL",
    "PARTS",
    "POSITIONS",
    "PREPARED",
    "PROPOSAL_COLUMNS",
    "RULES",
    "SEVERITIES",
    "SIGNED",
    "TRANSITIONS",
    "WHOLE_REGISTER",
    "Actor",
    "Covered",
    "Draft",
    "Event",
    "Register",
    "RiskChapter",
    "Rule",
    "Standing",
    "annual_loss",
    "assess_register",
    "check",
    "checked_expiry",
    "closures",
    "covered_of",
    "covers",
    "draft_of",
    "first_fault",
    "fold",
    "history",
    "level",
    "level_of",
    "lineage",
    "lint",
    "losses",
    "may_sign",
    "next_id",
    "obstacles",
    "of_register",
    "proposal_drafts",
    "proposals",
    "recorded",
    "register",
    "register_digest",
    "register_tables",
    "sealed",
    "standing",
    "until",
]


@dataclass(frozen=True, slots=True)
class RiskChapter:
    """The ``register`` most severe first, its faults (``lint``), what should be entered (``proposals``) or closed.

    ``findings`` is what the assessment found that a register should hold, ``closures`` the live entries whose findings
    it no longer makes.

    ``loss`` holds how likely a year's worst cases are to do at least so much harm (``harm.losses``); ``history`` what
    was said of the register up to *as at* (``history.history``), nothing where no ledger has begun.
    """

    register: pd.DataFrame
    lint: pd.DataFrame
    proposals: pd.DataFrame
    closures: pd.DataFrame
    findings: pd.DataFrame
    loss: pd.DataFrame
    history: pd.DataFrame


def assess_register(
    risks: pd.DataFrame,
    controls: pd.DataFrame,
    findings: pd.DataFrame,
    scenario: Scenario,
    threats: pd.DataFrame | None = None,
    harms: pd.DataFrame | None = None,
    unmet: Mapping[str, float] = NOTHING_UNMET,
    events: Sequence[Event] = (),
) -> RiskChapter:
    """Return the register with its positions, its faults and the risks it lacks.

    Parameters
    ----------
    risks, controls
        Tables of those names, nothing in them later than *as at*.
    findings
        What the assessment found: ``key``, ``title``, ``cause``, ``consequence``, ``threat_id``, ``likelihood``,
        ``impact``, ``number`` (its size, in a unit of its own), ``evidence``.
    threats
        The ranking of threats (``threat_id``, ``title``, ``level``); severe threats without an entry are then faults.
    harms
        Harm and frequency of each threat's worst case (``harm.losses``); none where it is not judged.
    unmet
        Threat to its unmet requirement [occurrences a year].
    events
        What was said of the register up to *as at*.
    """
    table = register(risks, controls, scenario, unmet)
    return RiskChapter(
        register=table,
        lint=lint(table, controls, scenario, threats),
        proposals=proposals(findings, risks, scenario.scheme, unmet, scenario.value("proposal_return_share")),
        closures=closures(findings, risks),
        findings=findings,
        loss=losses(pd.DataFrame(columns=HARMS) if harms is None else harms, scenario.seed),
        history=history(events),
    )

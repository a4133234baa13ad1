"""What could go wrong, what holds it down, who answers for it, and whether the register is kept as it should be.

In go the register's risks and observations, their controls, and what the other chapters found. Out come the register
with its three positions and the risks nobody has entered yet (``entries``), its faults by rule (``rules``), and how
much harm the worst cases of a year could do together (``harm``, by the method of ``loss`` and ``rounding``).
"""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from apstra.risk.entries import CLOSED, NOTHING_UNMET, POSITIONS, PROPOSAL_COLUMNS, level, proposals, register
from apstra.risk.harm import ALL, HARMS, losses
from apstra.risk.loss import annual_loss
from apstra.risk.rules import LINT_COLUMNS, RULES, SEVERITIES, Rule, lint
from apstra.scenario import Scenario

__all__ = [
    "ALL",
    "CLOSED",
    "LINT_COLUMNS",
    "POSITIONS",
    "PROPOSAL_COLUMNS",
    "RULES",
    "SEVERITIES",
    "RiskChapter",
    "Rule",
    "annual_loss",
    "assess_register",
    "level",
    "lint",
    "losses",
    "proposals",
    "register",
]


@dataclass(frozen=True, slots=True)
class RiskChapter:
    """The ``register`` most severe first, its faults (``lint``), and what should be entered (``proposals``).

    ``loss`` holds how likely a year's worst cases are to do at least so much harm (``harm.losses``).
    """

    register: pd.DataFrame
    lint: pd.DataFrame
    proposals: pd.DataFrame
    loss: pd.DataFrame


def assess_register(
    risks: pd.DataFrame,
    controls: pd.DataFrame,
    findings: pd.DataFrame,
    scenario: Scenario,
    threats: pd.DataFrame | None = None,
    harms: pd.DataFrame | None = None,
    unmet: Mapping[str, float] = NOTHING_UNMET,
) -> RiskChapter:
    """Return the register with its positions, its faults and the risks it lacks.

    Parameters
    ----------
    risks, controls
        Tables of those names, nothing in them later than *as at*.
    findings
        What the assessment found: ``key``, ``title``, ``cause``, ``consequence``, ``threat_id``, ``likelihood``,
        ``impact``, ``evidence``.
    threats
        The ranking of threats (``threat_id``, ``title``, ``level``); severe threats without an entry are then faults.
    harms
        Harm and frequency of each threat's worst case (``harm.losses``); none where it is not judged.
    unmet
        Threat to its unmet requirement [occurrences a year].
    """
    table = register(risks, controls, scenario, unmet)
    return RiskChapter(
        register=table,
        lint=lint(table, controls, scenario, threats),
        proposals=proposals(findings, risks, scenario.scheme, unmet),
        loss=losses(pd.DataFrame(columns=HARMS) if harms is None else harms, scenario.seed),
    )

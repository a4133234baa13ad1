"""Which obligations are met, and on what evidence.

Each obligation of the force's table names a rule; the rule looks at what the chapters found and answers with a status
(met, partly, not met, cannot tell) and the evidence in one sentence. In: the obligations and the chapters' results.
Out: one row per obligation. An obligation whose evidence the tables do not hold reads "cannot tell", never "met".
"""

import pandas as pd

from apstra.assurance.evidence import Chapters, Tables
from apstra.assurance.rules import CANNOT_TELL, MET, NOT_MET, PARTLY, RULES, STATUSES, Verdict, graded

__all__ = [
    "CANNOT_TELL",
    "MET",
    "NOT_MET",
    "PARTLY",
    "RULES",
    "STATUSES",
    "Chapters",
    "Tables",
    "assess_obligations",
    "graded",
]


def assess_obligations(obligations: pd.DataFrame, evidence: Chapters) -> pd.DataFrame:
    """Return the obligations with ``status`` and ``evidence``, in their own order.

    Raises
    ------
    ValueError
        If an obligation names a rule that does not exist.
    """
    verdicts = [_verdict(rule, evidence) for rule in obligations["rule"]]
    return obligations.assign(
        status=pd.Series([status for status, _ in verdicts], index=obligations.index, dtype="str"),
        evidence=pd.Series([words for _, words in verdicts], index=obligations.index, dtype="str"),
    )


def _verdict(rule: str, evidence: Chapters) -> Verdict:
    """Return what ``rule`` says."""
    if rule not in RULES:
        raise ValueError(f"obligation rule must be one of {', '.join(sorted(RULES))}, not {rule!r}")
    return RULES[rule](evidence)

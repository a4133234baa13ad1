"""Threats as the chapter shows them: which lead, whether the order holds, and what it rests on.

In: an ``Assessment``. Out: exhibits and sentences.
"""

from apstra.assessment import Assessment
from apstra.report.exhibit import Prose, bullets, to_be_supplied
from apstra.report.threat.judgement import (
    agreement,
    discussion,
    evidence,
    gaps_named,
    horizon,
    outlook,
    position,
    stale,
)
from apstra.report.threat.order import SUBJECT, firmness, gravest, leading, ranking, stability

__all__ = ["agreement", "evidence", "findings", "horizon", "position", "ranking", "stability"]


def findings(a: Assessment) -> Prose:
    """Return what the threat chapter found, in sentences."""
    rows = a.threat.ranking
    if rows.empty:
        return to_be_supplied(SUBJECT)
    said = (leading(rows), gravest(rows), firmness(rows), gaps_named(a), stale(a), discussion(a), outlook(rows))
    return bullets(*(f"{sentence}." for sentence in said))

"""Threats as the chapter shows them: which lead, whether the order holds, and what it rests on.

In: an ``Assessment``. Out: exhibits and sentences.
"""

from apstra.assessment import Assessment
from apstra.report.exhibit import Prose, bullets, to_be_supplied
from apstra.report.threat.evidence import drivers, evidence, horizon, outlook, stale
from apstra.report.threat.judgement import agreement, discussion, elicited, gaps_named, position
from apstra.report.threat.matrix import matrix, matrix_says
from apstra.report.threat.order import SUBJECT, firmness, gravest, leading, likeliest, ranking, stability
from apstra.report.threat.sources import frequencies, pooled

__all__ = [
    "agreement",
    "drivers",
    "elicited",
    "evidence",
    "findings",
    "frequencies",
    "horizon",
    "matrix",
    "position",
    "ranking",
    "stability",
]


def findings(a: Assessment) -> Prose:
    """Return what the threat chapter found, in sentences."""
    rows = a.threat.ranking
    if rows.empty:
        return to_be_supplied(SUBJECT)
    order = (leading(rows), gravest(rows), likeliest(rows), firmness(rows), matrix_says(a))
    said = (*order, pooled(a), discussion(a), gaps_named(a), stale(a), outlook(a))
    return bullets(*(f"{sentence}." for sentence in said if sentence))

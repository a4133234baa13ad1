"""The register as people read it: where the risks stand, what the register holds and lacks, and a year's harm.

In: an ``Assessment``. Out: exhibits and sentences.
"""

from apstra.assessment import Assessment
from apstra.report.exhibit import Prose, bullets, to_be_supplied
from apstra.report.risk.entries import SUBJECT, decisions, due, faults, lint, overdue, proposals, proposed, register
from apstra.report.risk.history import acceptances, came_back, closures, history, links, rules
from apstra.report.risk.levels import leading, matrix, movement, severe_levels
from apstra.report.risk.loss import loss, year_of_harm

__all__ = [
    "acceptances",
    "came_back",
    "closures",
    "decisions",
    "due",
    "findings",
    "history",
    "links",
    "lint",
    "loss",
    "matrix",
    "movement",
    "proposals",
    "register",
    "rules",
]


def findings(a: Assessment) -> Prose:
    """Return what the register says, in sentences."""
    if a.risk.register.empty:
        return to_be_supplied(SUBJECT)
    said = (leading(a), severe_levels(a), overdue(a), faults(a), proposed(a), year_of_harm(a))
    return bullets(*(f"{sentence}." for sentence in said))

"""Capability as the chapter shows it: strength, requirement, crews, command and means.

In: an ``Assessment``. Out: exhibits and sentences.
"""

from apstra.assessment import Assessment
from apstra.report.capability.ahead import intake_plans, plans_headline, projection, projection_headline
from apstra.report.capability.command import command, command_headline
from apstra.report.capability.cover import crews, crews_headline, roster_week
from apstra.report.capability.crewing import crewing_headline, floor, floor_headline
from apstra.report.capability.currency import currency, currency_headline, lapsing
from apstra.report.capability.means import equipment, equipment_headline
from apstra.report.capability.requirement import officers, position, position_headline, posts, relief, requirement
from apstra.report.capability.strength import losses, losses_headline, steps
from apstra.report.capability.training import estate, estate_headline, training_headline, training_load, training_months
from apstra.report.exhibit import Prose, bullets, to_be_supplied

__all__ = [
    "command",
    "crews",
    "currency",
    "equipment",
    "estate",
    "findings",
    "floor",
    "intake_plans",
    "lapsing",
    "losses",
    "officers",
    "position",
    "posts",
    "projection",
    "relief",
    "requirement",
    "roster_week",
    "steps",
    "training_load",
    "training_months",
]


def findings(a: Assessment) -> Prose:
    """Return what the chapter found, in sentences."""
    c = a.capability
    said = (
        (position_headline, len(c.position)),
        (losses_headline, c.strength["in_post"].sum()),
        (currency_headline, len(c.currency)),
        (training_headline, len(c.training_load)),
        (crews_headline, len(c.crews_needed)),
        (crewing_headline, len(c.crewing)),
        (floor_headline, len(c.floor)),
        (projection_headline, len(c.projection)),
        (plans_headline, len(c.intake_plans)),
        (command_headline, len(c.command)),
        (equipment_headline, len(c.equipment)),
        (estate_headline, len(c.estate)),
    )
    if c.position.empty:
        return to_be_supplied("Roles, posts and officers")
    return bullets(*(f"{sentence(a)}." for sentence, rows in said if rows))

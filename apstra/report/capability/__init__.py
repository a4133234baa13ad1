"""Capability as the chapter shows it: strength, requirement, crews, command and means.

In: an ``Assessment``. Out: exhibits and sentences.
"""

from apstra.assessment import Assessment
from apstra.report.capability.cover import command, command_headline, crewing, crewing_headline, crews, crews_headline
from apstra.report.capability.means import equipment, equipment_headline, estate, estate_headline
from apstra.report.capability.requirement import position, position_headline, relief, requirement
from apstra.report.capability.strength import currency, currency_headline, lapsing, losses, losses_headline, steps
from apstra.report.exhibit import Prose, bullets, to_be_supplied

__all__ = [
    "command",
    "crewing",
    "crews",
    "currency",
    "equipment",
    "estate",
    "findings",
    "lapsing",
    "losses",
    "position",
    "relief",
    "requirement",
    "steps",
]


def findings(a: Assessment) -> Prose:
    """Return what the chapter found, in sentences."""
    c = a.capability
    said = (
        (position_headline, len(c.position)),
        (losses_headline, c.strength["in_post"].sum()),
        (currency_headline, len(c.currency)),
        (crews_headline, len(c.crews_needed)),
        (crewing_headline, len(c.crewing)),
        (command_headline, len(c.command)),
        (equipment_headline, len(c.equipment)),
        (estate_headline, len(c.estate)),
    )
    if c.position.empty:
        return to_be_supplied("Roles, posts and officers")
    return bullets(*(f"{sentence(a)}." for sentence, rows in said if rows))

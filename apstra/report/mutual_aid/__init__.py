"""Mutual aid as the chapter shows it: agreements, who meets which requirement by when, what donors keep.

In: an ``Assessment``. Out: exhibits and sentences.
"""

from apstra.assessment import Assessment
from apstra.report.exhibit import Prose, bullets, to_be_supplied
from apstra.report.mutual_aid.agreements import agreements, agreements_headline, donors, donors_headline
from apstra.report.mutual_aid.assembly import (
    assembly,
    assembly_headline,
    binding_headline,
    curves,
    threats,
    threats_headline,
    weeks,
)
from apstra.report.mutual_aid.national import exposed, exposed_headline, incoming, national, national_headline

__all__ = [
    "agreements",
    "assembly",
    "curves",
    "donors",
    "exposed",
    "findings",
    "incoming",
    "national",
    "threats",
    "weeks",
]


def findings(a: Assessment) -> Prose:
    """Return what the chapter found, in sentences."""
    m = a.mutual_aid
    said = (
        (assembly_headline, len(m.assembly)),
        (threats_headline, len(m.threats)),
        (binding_headline, len(m.assembly)),
        (agreements_headline, len(m.agreements)),
        (donors_headline, len(m.donors)),
        (national_headline, len(m.national)),
        (exposed_headline, len(m.exposed)),
    )
    if m.assembly.empty and m.agreements.empty:
        return to_be_supplied("Requirements and agreements")
    return bullets(*(f"{sentence(a)}." for sentence, rows in said if rows))

"""Mutual aid as the chapter shows it: agreements, who meets which requirement by when, what donors keep.

In: an ``Assessment``. Out: exhibits and sentences.
"""

from apstra.assessment import Assessment
from apstra.report.exhibit import Prose, bullets, to_be_supplied
from apstra.report.mutual_aid.agreements import agreements, agreements_headline, donors, donors_headline
from apstra.report.mutual_aid.assembly import assembly, assembly_headline, binding_headline, curves

__all__ = ["agreements", "assembly", "curves", "donors", "findings"]


def findings(a: Assessment) -> Prose:
    """Return what the chapter found, in sentences."""
    m = a.mutual_aid
    said = (
        (assembly_headline, len(m.assembly)),
        (binding_headline, len(m.assembly)),
        (agreements_headline, len(m.agreements)),
        (donors_headline, len(m.donors)),
    )
    if m.assembly.empty and m.agreements.empty:
        return to_be_supplied("Requirements and agreements")
    return bullets(*(f"{sentence(a)}." for sentence, rows in said if rows))

"""Demand as the chapter shows it: volume, pattern, reasons, time, record and forecast.

In: an ``Assessment``. Out: exhibits and sentences.
"""

from apstra.assessment import Assessment
from apstra.report.demand.national import comparison, funnel
from apstra.report.demand.pattern import areas, pattern, reasons, reasons_sentence, season, season_sentence
from apstra.report.demand.record import committed, completeness, late_sentence, other_work, unmet
from apstra.report.demand.volume import forecast, trend_sentence, volume_headline, yearly
from apstra.report.exhibit import Prose, bullets, to_be_supplied

__all__ = [
    "areas",
    "committed",
    "comparison",
    "completeness",
    "findings",
    "forecast",
    "funnel",
    "other_work",
    "pattern",
    "reasons",
    "season",
    "unmet",
    "yearly",
]


def findings(a: Assessment) -> Prose:
    """Return what the chapter found, in sentences."""
    if a.demand.yearly.empty:
        return to_be_supplied("The log of firearms operations")
    return bullets(
        f"{volume_headline(a)}.", trend_sentence(a), season_sentence(a), reasons_sentence(a), late_sentence(a)
    )

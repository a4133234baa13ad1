"""Demand as the chapter shows it: volume, pattern, reasons, time, record, forecast and how good it was.

In: an ``Assessment``, or the track record of the methods. Out: exhibits and sentences.
"""

from apstra.assessment import Assessment
from apstra.report.demand.backtest import backtest_sentence, backtest_table, coverage, pit
from apstra.report.demand.incidents import end_to_end, incidents_table, real_tail
from apstra.report.demand.learnt import pattern_terms, zone_shares
from apstra.report.demand.national import comparison, funnel
from apstra.report.demand.pattern import areas, pattern, reasons, reasons_sentence, season, season_sentence
from apstra.report.demand.record import committed, completeness, duration_tail, late_sentence, other_work, unmet
from apstra.report.demand.track import came_true, missed, statements_said, tally
from apstra.report.demand.volume import forecast, trend_sentence, volume_headline, yearly
from apstra.report.exhibit import Prose, bullets, to_be_supplied

__all__ = [
    "areas", "backtest_sentence", "backtest_table", "came_true", "committed", "comparison", "completeness",
    "coverage", "duration_tail", "end_to_end", "findings", "forecast", "funnel", "incidents_table", "missed",
    "other_work", "pattern", "pattern_terms", "pit", "real_tail", "reasons", "season", "statements_said", "tally",
    "unmet", "yearly", "zone_shares",
]  # fmt: skip


def findings(a: Assessment) -> Prose:
    """Return what the chapter found, in sentences."""
    if a.demand.yearly.empty:
        return to_be_supplied("The log of firearms operations")
    return bullets(
        f"{volume_headline(a)}.", trend_sentence(a), season_sentence(a), reasons_sentence(a), late_sentence(a)
    )

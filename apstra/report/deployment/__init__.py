"""Deployment as the chapter shows it: cover, times, response, workload, posting, simulation and travel.

In: an ``Assessment``. Out: exhibits and sentences.
"""

from apstra.assessment import Assessment
from apstra.report.deployment.cover import (
    committed_sentence,
    cover,
    districts,
    reach,
    reach_sentence,
    times,
    where_sentence,
)
from apstra.report.deployment.posting import confirmation, posting, posting_sentence
from apstra.report.deployment.response import response, response_sentence, standards, travel, travel_sentence
from apstra.report.deployment.simulation import moving, moving_sentence, simulation, simulation_sentence
from apstra.report.deployment.words import known
from apstra.report.deployment.workload import crews, outlook, simultaneous, week, workload, workload_sentence
from apstra.report.exhibit import Prose, bullets, to_be_supplied

__all__ = [
    "confirmation", "cover", "crews", "districts", "findings", "moving", "outlook", "posting", "reach", "response",
    "simulation", "simultaneous", "standards", "times", "travel", "week", "workload",
]  # fmt: skip


def findings(a: Assessment) -> Prose:
    """Return what the chapter found, in sentences."""
    d = a.deployment
    if not d.workload["crews"].any():
        return to_be_supplied("Crews on duty")
    said = (
        (_reach_sentences, True),
        (where_sentence, known(a)),
        (response_sentence, True),
        (workload_sentence, True),
        (posting_sentence, known(a)),
        (simulation_sentence, known(a) and d.simulated["share"].notna().any()),
        (moving_sentence, known(a) and d.moving["within"].notna().any()),
        (travel_sentence, len(d.travel)),
    )
    return bullets(*(f"{sentence(a)}." for sentence, told in said if told))


def _reach_sentences(a: Assessment) -> str:
    """Return what share of calls is answered in time, and what is left with crews committed."""
    return ". ".join([reach_sentence(a), *([committed_sentence(a)] if known(a) else [])])

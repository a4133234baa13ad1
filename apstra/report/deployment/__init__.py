"""Deployment as the chapter shows it: cover, reach, response and workload.

In: an ``Assessment``. Out: exhibits and sentences.
"""

from apstra.assessment import Assessment
from apstra.report.deployment.cover import cover, reach, reach_headline, travel_sentence
from apstra.report.deployment.workload import response, response_headline, workload, workload_sentences
from apstra.report.exhibit import Prose, bullets, to_be_supplied

__all__ = ["cover", "findings", "reach", "response", "workload"]


def findings(a: Assessment) -> Prose:
    """Return what the chapter found, in sentences."""
    load = a.deployment.workload
    if not load["crews"].any():
        return to_be_supplied("Crews on duty")
    return bullets(f"{reach_headline(a)}.", f"{response_headline(a)}.", *workload_sentences(a), travel_sentence(a))

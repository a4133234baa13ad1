"""How many units are in use, how often none is free, how long a call then waits, and how this changes through the day.

Textbook formulas under their textbook names: ``erlang`` (loss, delay, priorities, a reserve), ``counts`` (calls that
take several units; how many of several unlike things are present), ``daily`` (demand that rises and falls) and
``hypercube`` (units told apart, each zone with its own order of preference). In: rates and times in one consistent
unit, probabilities. Out: probabilities, mean numbers and mean waits. Nothing here knows of policing.
"""

from apstra.queueing.approximation import hypercube_approximation
from apstra.queueing.counts import busy_distribution, kaufman_roberts, poisson_binomial
from apstra.queueing.daily import loss_over_day, simultaneous_incidents
from apstra.queueing.erlang import erlang_b, erlang_c, priority_waits, reserved_blocking
from apstra.queueing.hypercube import HypercubeApproximation, HypercubeResult, first_free, hypercube

__all__ = [
    "HypercubeApproximation",
    "HypercubeResult",
    "busy_distribution",
    "erlang_b",
    "erlang_c",
    "first_free",
    "hypercube",
    "hypercube_approximation",
    "kaufman_roberts",
    "loss_over_day",
    "poisson_binomial",
    "priority_waits",
    "reserved_blocking",
    "simultaneous_incidents",
]

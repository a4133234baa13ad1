"""Who comes to the force's aid, how soon, and what do they keep for themselves?

In: donors and the agreements they are called under, requirements, the force's own crews, officers and command rota, and
travel and workload from the deployment chapter. Out: what each agreement is worth today; for every requirement and
policing area the probability that enough officers of the role have arrived in time with own officers, with
collaboration, with all aid, and what binds where that is too little; and what donors keep.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from apstra.mutual_aid.agreements import agreement_position, donor_remainder
from apstra.mutual_aid.assembly import NoticeAndTravel, Responder, time_to_assemble
from apstra.mutual_aid.met import arrivals, assembly, curves
from apstra.scenario import Scenario

__all__ = ["MutualAidChapter", "NoticeAndTravel", "Responder", "assess_mutual_aid", "time_to_assemble"]


@dataclass(frozen=True, slots=True)
class MutualAidChapter:
    """The frames of the chapter; counts are officers, times minutes, shares and probabilities 0 to 1.

    Attributes
    ----------
    agreements
        Each agreement with donor, tier, journey, ``standing`` and ``counted_availability``.
    assembly
        Each requirement and area: the probability of being met in time by own officers, with collaboration, with all
        aid, ``status`` and ``binding``.
    curves
        The same probabilities over time since the call.
    donors
        What each donor keeps against its own requirement.
    """

    agreements: pd.DataFrame
    assembly: pd.DataFrame
    curves: pd.DataFrame
    donors: pd.DataFrame


def assess_mutual_aid(
    tables: Mapping[str, pd.DataFrame], travel: pd.DataFrame, free: pd.DataFrame, scenario: Scenario
) -> MutualAidChapter:
    """Return the mutual aid chapter: what aid is worth, who meets which requirement, what donors keep.

    Parameters
    ----------
    tables
        Tables of the force, nothing in them later than *as at*.
    travel
        ``base_id``, ``zone_id``, ``minutes``.
    free
        ``block``, ``free`` crews and their ``probability``.
    scenario
        Settings and assumptions.
    """
    position = agreement_position(tables["agreements"], tables["donors"], tables["zones"], scenario)
    found = arrivals(tables, position, travel, free, scenario)
    return MutualAidChapter(
        agreements=position,
        assembly=assembly(found, scenario.force.assurance_level),
        curves=curves(found),
        donors=donor_remainder(tables["donors"], position),
    )

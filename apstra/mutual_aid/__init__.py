"""Who comes to the force's aid, how soon, and what do they keep for themselves?

In: donors and the agreements they are called under, requirements, the force's own crews, officers and command rota, and
which crews are free together and how many can be formed from the chapters before. Out: what each agreement is worth
today; for every requirement and every threat, by policing area, the probability that all the officers called for have
arrived in time with own officers, with home donors, with collaboration, with all aid, and what binds where that is too
little; and what donors keep.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pandas as pd

from apstra.mutual_aid.agreements import agreement_position, donor_remainder
from apstra.mutual_aid.assembly import NoticeAndTravel, Observed, Responder, time_to_assemble
from apstra.mutual_aid.met import CURVE_MINUTES, Met, each_threat, missed
from apstra.mutual_aid.national import national_aid
from apstra.mutual_aid.needs import needs_by_area
from apstra.mutual_aid.supply import Ground, ground, moments_of
from apstra.mutual_aid.verdict import GAP, assembly, by_block, curves, threats_met
from apstra.recall import Recaller, plain
from apstra.scenario import Scenario

__all__ = [
    "GAP",
    "MutualAidChapter",
    "NoticeAndTravel",
    "Observed",
    "Ready",
    "Responder",
    "assess_mutual_aid",
    "how_met",
    "not_met",
    "time_to_assemble",
    "with_aid_at",
]
_SLOWEST: Final = {"donor_speed": "low", "mobilisation_minutes": "high", "on_call_turnout_minutes": "high"}
_OTHER_END: Final = {"low": "high", "high": "low"}
Tables = Mapping[str, pd.DataFrame]


@dataclass(frozen=True, slots=True)
class Ready:
    """What the chapters before say of the force's own crews.

    Attributes
    ----------
    travel
        ``base_id``, ``zone_id``, ``minutes``.
    free
        Crews free together: ``block``, ``bases``, ``crews``, ``probability``.
    formed
        Crews that can be formed: ``block``, ``crews``, ``probability``; a block without rows has all it rosters.
    """

    travel: pd.DataFrame
    free: pd.DataFrame
    formed: pd.DataFrame


@dataclass(frozen=True, slots=True)
class MutualAidChapter:
    """The frames of the chapter; counts are officers, times minutes, shares and probabilities 0 to 1.

    Attributes
    ----------
    agreements
        Each agreement with donor, tier, journey, ``standing`` and ``counted_availability``.
    assembly
        Each requirement and area: the probability of being met in time by source, ``status`` and ``binding``.
    threats
        Each threat and area: the same for all that it asks for, the worst block and zone, and how likely an occurrence
        finds it not met, with the range over the assumptions of travel and mobilisation.
    by_block
        The same probability with all aid, by block of the week.
    curves
        P(all officers a threat calls for have arrived) over time since the call.
    donors
        What each donor keeps against its own requirement.
    national, exposed, incoming
        What one, two and three hosts at once receive from the 43 forces, which of these are left exposed, and what
        comes to this force (``national_aid``).
    """

    agreements: pd.DataFrame
    assembly: pd.DataFrame
    threats: pd.DataFrame
    by_block: pd.DataFrame
    curves: pd.DataFrame
    donors: pd.DataFrame
    national: pd.DataFrame
    exposed: pd.DataFrame
    incoming: pd.DataFrame


def assess_mutual_aid(
    tables: Tables, ready: Ready, scenario: Scenario, ends: Sequence[tuple[Ready, Scenario]] = ()
) -> MutualAidChapter:
    """Return the mutual aid chapter: what aid is worth, who meets which requirement, what donors keep.

    Parameters
    ----------
    tables
        Tables of the force, nothing in them later than *as at*.
    ready
        The force's own crews.
    scenario
        Settings and assumptions.
    ends
        The same with the assumptions of travel and aid at the ends of their ranges: slow, fast.
    """
    level = scenario.assurance_level
    position, found, ways = how_met(tables, ready, scenario, curve=True)
    threats = threats_met(ways, found, scenario.force.blocks.names, level)
    extremes = [threats["not_met_all"], *(not_met(tables, *end)["not_met_all"] for end in ends)]
    both = pd.concat(extremes, axis=1)
    national, exposed, incoming = national_aid(tables, scenario)
    return MutualAidChapter(
        agreements=position,
        assembly=assembly(ways, level),
        threats=threats.assign(not_met_low=both.min(axis=1), not_met_high=both.max(axis=1)),
        by_block=by_block(ways, found, scenario.force.blocks.names),
        curves=curves(ways, found.moments),
        donors=donor_remainder(tables["donors"], position),
        national=national,
        exposed=exposed,
        incoming=incoming,
    )


def how_met(
    tables: Tables, ready: Ready, scenario: Scenario, *, curve: bool = False, recall: Recaller = plain
) -> tuple[pd.DataFrame, Ground, list[Met]]:
    """Return what agreements are worth, what arrives anywhere, and how far each threat is met in each area.

    Parameters
    ----------
    curve
        Follow arrivals over time, not at the times required alone.
    """
    position, found = _ground(tables, ready, scenario, recall, curve=curve)
    return position, found, list(each_threat(found, curve=curve))


def _ground(
    tables: Tables, ready: Ready, scenario: Scenario, recall: Recaller, *, curve: bool = False
) -> tuple[pd.DataFrame, Ground]:
    """Return what agreements are worth, and what arrives anywhere."""
    position = recall(agreement_position, tables["agreements"], tables["donors"], tables["zones"], scenario)
    wanted = recall(needs_by_area, tables)
    moments = moments_of(wanted, CURVE_MINUTES if curve else ())
    own = (ready.travel, ready.free, ready.formed)
    return position, ground(tables, wanted, position, own, moments, scenario, every=curve, recall=recall)


def not_met(tables: Tables, ready: Ready, scenario: Scenario, recall: Recaller = plain) -> pd.DataFrame:
    """Return ``threat_id``, ``area_id``, ``not_met_all``: P(an occurrence finds what it calls for not met in time)."""
    _, found = _ground(tables, ready, scenario, recall)
    rows = [(needs[0].threat_id, needs[0].area_id, lost) for needs, lost in missed(found)]
    return pd.DataFrame(rows, columns=["threat_id", "area_id", "not_met_all"])


def with_aid_at(scenario: Scenario, *, slow: bool) -> Scenario:
    """Return the scenario with the assumptions of how donors come at the end of their range that makes them late."""
    ends = {name: end if slow else _OTHER_END[end] for name, end in _SLOWEST.items()}
    return scenario.with_values(**{name: getattr(scenario.assumption(name), end) for name, end in ends.items()})

"""The figures a chief officer reads first, and the checks a scheduled run must say out loud.

In: the chapters, the obligations and the register. Out: headline figures, each with its range, unit and the function,
tables and assumptions it can be traced to; and breaches, one line each.
"""

from collections import Counter
from typing import Final

import numpy as np
import pandas as pd

from apstra import assurance
from apstra.assessment.chapters import GAP, threat_matrix
from apstra.assessment.unmet import total_unmet
from apstra.assurance import Chapters
from apstra.recall import Recaller, plain
from apstra.risk import RiskChapter
from apstra.scenario import year_label

_HEADLINE: Final = ("headline", "label", "value", "low", "high", "unit", "function", "tables", "assumptions", "note")
_CREW_ASSUMPTIONS: Final = "contract_hours_week annual_leave_days training_days sickness_share court_and_other_days"


def headline_figures(chapters: Chapters, obligations: pd.DataFrame, register: RiskChapter) -> pd.DataFrame:
    """Return the headline figures, each with its range, unit, and the function, tables and assumptions behind it."""
    rows = [
        *_demand_headlines(chapters),
        *_force_headlines(chapters, plain),
        _unmet_headline(total_unmet(chapters) if len(chapters.tables["requirements"]) else (np.nan,) * 3),
        *_conduct_headlines(chapters, obligations, register),
    ]
    return pd.DataFrame(rows, columns=list(_HEADLINE))


def live_headlines(chapters: Chapters, unmet: tuple[float, float, float], recall: Recaller = plain) -> pd.DataFrame:
    """Return the headline figures of strength, cover and aid, given the unmet requirement (low, mean, high)."""
    return pd.DataFrame([*_force_headlines(chapters, recall), _unmet_headline(unmet)], columns=list(_HEADLINE))


def _force_headlines(c: Chapters, recall: Recaller) -> list[tuple[object, ...]]:
    """Return the headline figures of strength, cover and aid."""
    reach, load, response = c.deployment.reach, c.deployment.workload, c.deployment.response
    return [
        *recall(_strength_headlines, c.capability.position),
        *recall(_reach_headlines, reach),
        *recall(_load_headlines, load),
        *recall(_response_headlines, response),
        *recall(_aid_headlines, c.mutual_aid.assembly, c.scenario.assurance_level),
    ]


def _demand_headlines(c: Chapters) -> list[tuple[object, ...]]:
    """Return the headline figures of demand."""
    coming = c.demand.forecast.iloc[0] if len(c.demand.forecast) else None
    whole = c.demand.yearly.query("complete")
    last = whole.iloc[-1] if len(whole) else None
    rows: list[tuple[object, ...]] = []
    if last is not None:
        rows.append(
            ("operations", f"Firearms operations in {year_label(int(last.year))}", last.operations, last.low, last.high,
             "operations", "demand.assess_demand", "operations", "", "counted; range is the exact 95 % Poisson limits")
        )  # fmt: skip
    if coming is not None:
        rows.append(
            ("operations_forecast", f"Firearms operations forecast for {coming.label}", coming["mean"], coming.p2_5,
             coming.p97_5, "operations", "demand.forecast_annual", "operations", "demand_factor", "95 % of outcomes")
        )  # fmt: skip
    return rows


def _strength_headlines(position: pd.DataFrame) -> list[tuple[object, ...]]:
    """Return requirement, establishment, deployable strength and shortfall of each role with a requirement."""
    rows: list[tuple[object, ...]] = []
    for p in position.itertuples():
        if not p.required > 0:
            continue
        rows += [
            (f"required_{p.role}", f"Required: {p.title}", p.required, p.required_low, p.required_high, "officers",
             "capability.required_posts", "requirements crews response_standards operations other_work posts",
             f"{_CREW_ASSUMPTIONS} required_crews_minimum on_call_rota_depth turnout_minutes demand_factor",
             "range from the 5 % to the 95 % of the demand forecast"),
            (f"established_{p.role}", f"Established: {p.title}", p.established, p.established, p.established,
             "officers", "capability.assess_capability", "posts", "", "counted"),
            (f"deployable_{p.role}", f"Deployable: {p.title}", p.deployable, p.deployable, p.deployable, "officers",
             "capability.assess_capability", "officers currency modules", "", "counted at as at"),
            (f"shortfall_{p.role}", f"Shortfall: {p.title}", p.shortfall, p.shortfall_low, p.shortfall_high,
             "officers", "capability.shortfall", "requirements crews operations posts officers currency",
             _CREW_ASSUMPTIONS, "required less deployable"),
        ]  # fmt: skip
    return rows


def _load_headlines(load: pd.DataFrame) -> list[tuple[object, ...]]:
    """Return the chance of no free crew."""
    if load.empty:
        return []
    # Where no crew is entered nobody knows that none is there.
    none_free = load["none_free"] if load["crews"].any() else load["none_free"] * np.nan
    mean = float(np.average(none_free, weights=load["hours_a_year"]))
    return [
        ("none_free", "Probability that no crew is free", mean, none_free.min(), none_free.max(),
         "probability", "queueing.hypercube", "crews bases operations other_work", "demand_factor",
         "mean over the year; range is the best and the worst block")
    ]  # fmt: skip


def _response_headlines(response: pd.DataFrame) -> list[tuple[object, ...]]:
    """Return how many responses were seen to be within the standard."""
    return [
        ("response", "Observed responses within the standard", r.within, r.within_low, r.within_high, "share",
         "deployment.assess_deployment", "operations response_standards", "", f"{r.n} timed, {r.missing} not recorded")
        for r in response.loc[response["area_id"] == "all"].itertuples()
    ]  # fmt: skip


def _reach_headlines(reach: pd.DataFrame) -> list[tuple[object, ...]]:
    """Return the share of calls, and of people, within the standard, and of calls with crews committed."""
    rows: list[tuple[object, ...]] = []
    lineage = ("deployment.assess_deployment", "zones bases crews travel response_standards operations other_work",
               "circuity speed_urban speed_rural speed_upland turnout_minutes demand_factor")  # fmt: skip
    for r in reach.loc[reach["kind"] == "force"].itertuples():
        words, low, high = "Calls answered within the standard", r.low, r.high
        worst = "" if np.isnan(r.worst_block_share) else f"; worst block {r.worst_block}, {r.worst_block_share:.0%}"
        note = f"over the year{worst}; range from travel assumptions"
        if r.committed:
            words, low, high = (
                f"Calls within the standard with {r.committed} crews committed",
                r.worst_share,
                r.demand_share,
            )
            note = "mean over which crews an operation takes; low when they are those nearest to each zone"
        rows.append((f"cover_{r.committed}", words, r.demand_share, low, high, "share", *lineage, note))
        if not r.committed:
            people = "People within the standard of a crew that is free"
            rows.append(("people_covered", people, *[r.population_share] * 3, "share", *lineage, "weighted by people"))
    return rows


def _aid_headlines(assembly: pd.DataFrame, assurance_level: float) -> list[tuple[object, ...]]:
    """Return how many requirements are met by whom."""
    functions = ("mutual_aid.time_to_assemble", "requirements agreements donors crews", "donor_speed turnout_minutes")
    met = {
        "own": "Requirements met in time with own crews",
        "with collaboration": "Requirements met in time only with collaboration",
        "with national aid": "Requirements met in time only with national aid",
        GAP: "Requirements not met in time by anyone",
    }
    count = Counter(assembly["status"])
    met_by = {name: count[name] if count else np.nan for name in met}
    return [
        (f"requirements_{name.replace(' ', '_')}", label, met_by[name], met_by[name], met_by[name], "requirements",
         *functions,
         f"of {count.total()} requirement-area pairs, at {assurance_level:.0%} assurance")
        for name, label in met.items()
    ]  # fmt: skip


def _unmet_headline(total: tuple[float, float, float]) -> tuple[object, ...]:
    """Return how many times a year a threat calls for more than is there in time: ``total`` low, mean and high."""
    low, mean, high = total
    return (
        "unmet_requirement", "Occurrences that find what they call for not met in time", mean, low, high,
        "occurrences a year", "assessment.unmet_requirement", "threats requirements crews officers agreements donors",
        "mobilisation_minutes donor_speed turnout_minutes presence_share",
        "frequency x P(not met in time); range 5 to 95 % over frequency, travel and mobilisation",
    )  # fmt: skip


def _conduct_headlines(c: Chapters, obligations: pd.DataFrame, register: RiskChapter) -> list[tuple[object, ...]]:
    """Return review coverage, obligations and the state of the register."""
    cover = c.learning.coverage[["operations", "reviewed"]].sum()
    share = cover["reviewed"] / cover["operations"] if cover["operations"] else np.nan
    met, overdue = (obligations["status"] == assurance.MET).sum(), register.register["overdue"].sum()
    return [
        ("reviewed", "Firearms operations whose outcome was reviewed", share, share, share, "share",
         "learning.assess_learning", "operations incident_reviews", "review_target_days", "target 100 %"),
        ("obligations_met", "Obligations met", met, met, met, "obligations", "assurance.assess_obligations",
         "obligations", "", f"of {len(obligations)}"),
        ("risks_overdue", "Register entries overdue for review", overdue, overdue, overdue, "entries",
         "risk.assess_register", "risks", "lint_review_months", f"of {len(register.register)}"),
    ]  # fmt: skip


def breached_checks(chapters: Chapters, obligations: pd.DataFrame, register: RiskChapter) -> pd.DataFrame:
    """Return each check that is breached, in one line each."""
    c = chapters
    short = c.capability.position.query("shortfall > 0")
    late = c.deployment.response.query("met == 'no'")
    lapsed = c.mutual_aid.agreements.query("standing == 'expired'")
    wrong = register.lint.query("severity == 'error'")
    missed = obligations.loc[obligations["status"] == assurance.NOT_MET]
    gaps = threat_matrix(c).query("gap")["threat_id"].nunique()
    lines = {
        "shortfall": [
            f"{r.title}: {r.deployable:.0f} deployable of {r.required:.0f} required" for r in short.itertuples()
        ],
        "response": [
            f"{'force' if r.area_id == 'all' else r.area_id}: {r.within:.0%} of {r.n} responses within the standard, "
            f"target {r.target:.0%}"
            for r in late.itertuples()
        ],
        "agreement": [f"{r.agreement_id} with {r.donor} has expired" for r in lapsed.itertuples()],
        "requirement": [f"{gaps} threats have a requirement nobody meets in time"] if gaps else [],
        "register": [f"{len(wrong)} errors in the register"] if len(wrong) else [],
        "obligation": [f"{r.obligation_id} {r.clause}: not met" for r in missed.itertuples()],
    }
    rows = [(check, message) for check, messages in lines.items() for message in messages]
    return pd.DataFrame(rows, columns=["check", "message"])

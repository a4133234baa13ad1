"""The rules that look for the evidence of an obligation, each under the name the table of obligations gives it.

In: the chapters. Out: a status and the evidence in one sentence. What the tables do not hold cannot be told.
"""

from collections.abc import Callable, Mapping
from typing import Final

import pandas as pd

from apstra.assurance.evidence import Chapters

MET: Final = "met"
PARTLY: Final = "partly"
NOT_MET: Final = "not met"
CANNOT_TELL: Final = "cannot tell"
STATUSES: Final = (MET, PARTLY, NOT_MET, CANNOT_TELL)
REVIEW_MONTHS: Final = 6
LIVE: Final = ("open", "treating", "tolerated", "reopened")
YEARS_OF_HISTORY: Final = 3
Verdict = tuple[str, str]


def graded(done: float, of: float, words: str) -> Verdict:
    """Return the verdict of ``done`` out of ``of``: all is met, some partly, none not met, of nothing cannot tell."""
    if of == 0:
        return CANNOT_TELL, f"No rows to judge by: {words}."
    status = MET if done >= of else PARTLY if done > 0 else NOT_MET
    return status, f"{done:.0f} of {of:.0f} {words}."


def _since(e: Chapters, months: float) -> pd.Timestamp:
    """Return the day ``months`` before *as at*."""
    return pd.Timestamp(e.scenario.as_at) - pd.DateOffset(months=int(months))


def _assessment_current(e: Chapters) -> Verdict:
    """Judge the annual assessment."""
    signed = e.tables["decisions"]["decision"].str.contains("assessment approved", case=False).sum()
    words = f"This assessment is made as at {e.scenario.as_at}"
    return (
        (MET, f"{words}; approval is in the decision log.") if signed else (PARTLY, f"{words}; no approval is logged.")
    )


def _reviewed_six_monthly(e: Chapters) -> Verdict:
    """Judge the six-month review by the register's last reviews."""
    live = e.tables["risks"].query("state in @LIVE")
    fresh = (live["reviewed_on"] >= _since(e, REVIEW_MONTHS)).sum()
    return graded(fresh, len(live), "live entries of the register were reviewed in the last six months")


def _monitored_continually(e: Chapters) -> Verdict:
    """Judge monitoring between reviews by the trigger log."""
    recent = (e.tables["triggers"]["on"] >= _since(e, REVIEW_MONTHS)).sum()
    if e.tables["triggers"].empty:
        return CANNOT_TELL, "The monitoring log is empty."
    status = MET if recent else NOT_MET
    return status, f"{recent} entries in the monitoring log in the last six months, each with its decision."


def _requirement_traced(e: Chapters) -> Verdict:
    """Judge whether each threat carries a requirement with its rationale."""
    with_reason = e.tables["requirements"].dropna(subset="rationale")["threat_id"]
    threats = e.tables["threats"]["threat_id"]
    return graded(threats.isin(with_reason).sum(), len(threats), "threats carry a requirement with its rationale")


def _decisions_informed(e: Chapters) -> Verdict:
    """Judge whether each of the four decisions has figures to rest on."""
    figures = (e.deployment.reach, e.capability.position, e.capability.currency, e.demand.forecast)
    return graded(sum(not frame.empty for frame in figures), len(figures), "decisions have figures to rest on")


def _export_available(e: Chapters) -> Verdict:
    """Judge the machine-readable export."""
    return MET, f"Every run of {e.scenario.force.slug} writes assessment.json and its tables under fixed codes."


def _departures_justified(e: Chapters) -> Verdict:
    """Judge departures from guidance: each needs a threat as evidence and a review that is not overdue."""
    departures = e.tables["departures"]
    if departures.empty:
        return MET, "No departure from guidance is recorded."
    sound = departures["threat_id"].notna() & (departures["review_on"] >= pd.Timestamp(e.scenario.as_at))
    return graded(sound.sum(), len(departures), "departures have a threat as evidence and a review in date")


def _code_checklist(e: Chapters) -> Verdict:
    """Judge the checklist by paragraph of the code, whose text the force must supply."""
    listed = e.tables["obligations"]["source"].str.contains("Code of Practice").sum()
    return CANNOT_TELL, f"{listed} obligations cite the code; its paragraphs are for the force to enter and answer."


def _equipment_approved(e: Chapters) -> Verdict:
    """Judge the approval of every family of means."""
    items = e.capability.equipment
    sound = items["approval"].isin(["approved", "not_required"])
    return graded(sound.sum(), len(items), "items are approved or need no approval")


def _less_lethal_assessed(e: Chapters) -> Verdict:
    """Judge whether less lethal options have a requirement beside firearms."""
    items = e.capability.equipment.query("family == 'less_lethal'")
    return graded(items["required"].notna().sum(), len(items), "less lethal options have a stated requirement")


def _roles_named(e: Chapters) -> Verdict:
    """Judge whether each responsibility is given to a role."""
    needed = ("portfolio_holder", "chief_firearms_instructor", "author", "assurer", "approver")
    given = sum(bool(e.scenario.force.responsible.get(name)) for name in needed)
    return graded(given, len(needed), "responsibilities are given to a role")


def _history_kept(e: Chapters) -> Verdict:
    """Judge whether past operations are kept for long enough to judge by."""
    years = int(e.demand.yearly["complete"].sum())
    return graded(min(years, YEARS_OF_HISTORY), YEARS_OF_HISTORY, "complete years of history are kept, as a minimum")


def _engagement_done(e: Chapters) -> Verdict:
    """Judge whether advice was answered with a reason and the group told."""
    stage = e.engagement.advice["stage"]
    return graded((stage == "complete").sum(), len(stage), "pieces of advice were answered, reasoned and told back")


def _lessons_closed(e: Chapters) -> Verdict:
    """Judge whether lessons lead to evidence of change."""
    stage = e.learning.chain["stage"]
    return graded((stage == "complete").sum(), len(stage), "lessons have led to a change with evidence")


def _operations_logged(e: Chapters) -> Verdict:
    """Judge the log of armed deployments: reference, sign-off and debrief."""
    rows = e.demand.completeness.set_index("measure")["share"].reindex(["log_reference", "signed_off", "debriefed"])
    if rows.isna().all():
        return CANNOT_TELL, "No operations are logged."
    worst = rows.min()
    return graded(
        round(100 * worst),
        100,
        f"per cent complete on the weakest of log reference, sign-off and debrief ({rows.idxmin()})",
    )


def _licence_current(e: Chapters) -> Verdict:
    """Judge the licences of the training estate."""
    sites = e.capability.estate.query("licence_status != 'not_required'")
    return graded(
        (sites["licence_status"] == "licensed").sum(), len(sites), "facilities that need a licence hold one in full"
    )


def _requirement_covered(e: Chapters) -> Verdict:
    """Judge whether deployable strength meets the requirement, role by role."""
    roles = e.capability.position
    asked = roles["required"] > 0
    covered = asked & (roles["shortfall"] == 0)
    return graded(covered.sum(), asked.sum(), "roles have the deployable officers the assessment calls for")


def _workforce_projected(e: Chapters) -> Verdict:
    """Judge whether each role with posts is projected four years ahead: its leavers and intake are stated."""
    position = e.capability.position
    roles = set(position.loc[position["established"] > 0, "role"])
    projected = roles & set(e.capability.projection["role"])
    return graded(len(projected), len(roles), "roles with posts are projected four years ahead")


def _specialist_command_cover(e: Chapters) -> Verdict:
    """Judge round-the-clock access to specialist strategic and tactical commanders."""
    rota = e.capability.command
    asked = rota["cadre"].isin(["SFC", "TFC"])
    covered, hours = (rota.loc[rows, "hours_a_year"].sum() for rows in (asked & (rota["specialist"] > 0), asked))
    if hours == 0:
        return CANNOT_TELL, "No command rota is recorded."
    return graded(
        int(100 * covered / hours), 100, "per cent of the hours of the year have a specialist commander on call"
    )


def _recommendations_answered(e: Chapters) -> Verdict:
    """Judge recommendations of inspectors and inquiries."""
    rows = e.learning.recommendations
    return graded((rows["state"] != "open").sum(), len(rows), "recommendations are answered")


def _audit_trail(e: Chapters) -> Verdict:
    """Judge the trail of decisions."""
    logged = len(e.tables["decisions"]) + len(e.tables["quality_log"])
    words = f"{logged} entries in the decision and quality logs; each run is bound to its inputs by hash"
    return (PARTLY, f"{words}; signatures are not recorded here.") if logged else (NOT_MET, f"{words}.")


def _evidence_graded(e: Chapters) -> Verdict:
    """Judge whether each threat's evidence is graded, dated and not stale."""
    threats = e.tables["threats"]
    fresh = threats["evidence_grade"].notna() & (
        threats["evidence_on"] >= _since(e, e.scenario.value("evidence_stale_months"))
    )
    return graded(fresh.sum(), len(threats), "threats rest on graded evidence that is not stale")


def _marking_applied(e: Chapters) -> Verdict:
    """Judge the protective marking."""
    return (
        MET,
        f"Every product carries {e.scenario.force.marking} top and bottom, and every column has its own marking.",
    )


def _redaction_planned(e: Chapters) -> Verdict:
    """Judge readiness for disclosure requests."""
    return PARTLY, f"Every column of {len(e.tables)} tables has a marking to redact by; no public edition is made yet."


def _incidents_reviewed(e: Chapters) -> Verdict:
    """Judge whether the outcome of every incident is reviewed."""
    rows = e.learning.coverage
    return graded(rows["reviewed"].sum(), rows["operations"].sum(), "operations have had their outcome reviewed")


def _exercises_held(e: Chapters) -> Verdict:
    """Judge whether exercises of the last year were reviewed."""
    recent = e.learning.exercises.query("days_since <= 365")
    return graded(recent["reviewed"].sum(), len(recent), "exercises of the last year have been reviewed")


def _arv_tracking(e: Chapters) -> Verdict:
    """Judge the record of arrival times, which asset tracking should make complete."""
    row = e.demand.completeness.query("measure == 'arrived_at'")
    return graded(row["complete"].sum(), row["of"].sum(), "operations have a recorded arrival time")


def _training_current(e: Chapters) -> Verdict:
    """Judge currency today."""
    rows = e.capability.currency.loc[e.capability.currency["months_ahead"] == 0]
    return graded(rows["current"].sum(), rows["of"].sum(), "role holders are current in every module of their role")


RULES: Final[Mapping[str, Callable[[Chapters], Verdict]]] = {
    rule.__name__.removeprefix("_"): rule
    for rule in (
        _assessment_current,
        _reviewed_six_monthly,
        _monitored_continually,
        _requirement_traced,
        _decisions_informed,
        _export_available,
        _departures_justified,
        _code_checklist,
        _equipment_approved,
        _less_lethal_assessed,
        _roles_named,
        _history_kept,
        _engagement_done,
        _lessons_closed,
        _operations_logged,
        _licence_current,
        _requirement_covered,
        _workforce_projected,
        _specialist_command_cover,
        _recommendations_answered,
        _audit_trail,
        _evidence_graded,
        _marking_applied,
        _redaction_planned,
        _incidents_reviewed,
        _exercises_held,
        _arv_tracking,
        _training_current,
    )
}

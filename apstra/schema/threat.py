"""Threats, the scores given to them, and what each one requires."""

from apstra.schema.declare import Table, date, flag, integer, number, share, table, text

CONFIDENCE = ("low", "moderate", "high")
OUTLOOK = ("falling", "steady", "rising", "unknown")

TABLES: tuple[Table, ...] = (
    table(
        "threats",
        "Each threat with its reasonable worst case, how often it occurs, and how far that is known.",
        text("threat_id", "Stable id, never reused."),
        text("category", "Category of threat, T1 to T14 of the glossary."),
        text("title", "Short name."),
        text("worst_case", "Reasonable worst case in one sentence, without tactics."),
        flag("malicious", "Intended by someone: the likelihood window is then shorter."),
        number("frequency_low", "Lowest credible frequency; blank where history speaks.", "per year", blank=True),
        number("frequency_mode", "Most likely frequency; blank where history speaks.", "per year", blank=True),
        number("frequency_high", "Highest credible frequency; blank where history speaks.", "per year", blank=True),
        text("trend", "Direction over the last three years.", allowed=OUTLOOK),
        text("horizon_1y", "Outlook over the coming year.", allowed=OUTLOOK),
        text("horizon_4y", "Outlook over four years.", allowed=OUTLOOK),
        text("evidence", "What the judgement rests on; a pointer, never the intelligence itself."),
        text("evidence_grade", "Grade of the evidence (3x5x2 or the force's own)."),
        date("evidence_on", "Day of the newest evidence."),
        text("confidence", "Analytical confidence.", allowed=CONFIDENCE),
        text("strategic_policing_requirement", "National threat it falls under; blank when none.", blank=True),
        text("intelligence_gap", "What is not known.", blank=True),
        share(
            "worst_case_share",
            "Share of occurrences that reach the reasonable worst case; blank is all of them.",
            absent=True,
        ),
        key=("threat_id",),
        ascending=[("frequency_low", "frequency_mode", "frequency_high")],
    ),
    table(
        "threat_scores",
        "Scores of each scorer on each dimension of the scoring scheme.",
        text("threat_id", "Threat scored.", refers="threats"),
        text("scorer", "Pseudonymous scorer."),
        text("dimension", "Dimension of the scheme in use.", refers="dimensions"),
        number("score", "Score on the scheme's scale.", "score", high=5.0),
        key=("threat_id", "scorer", "dimension"),
    ),
    table(
        "requirements",
        "What each threat's reasonable worst case calls for.",
        text("requirement_id", "Stable id."),
        text("threat_id", "Threat that calls for it.", refers="threats"),
        text("area_id", "Policing area; blank means anywhere in the force.", refers="areas", blank=True),
        text("role", "Role called for.", refers="roles"),
        integer("officers", "Officers of that role.", "officers", low=1),
        number("within_minutes", "Time by which they are needed.", "minutes"),
        number("for_hours", "How long they are needed.", "hours"),
        text("rationale", "Why this number, this role and this time."),
        text(
            "means",
            "Means needed beside officers (items of the equipment table).",
            refers="equipment",
            many=True,
            absent=True,
        ),
        key=("requirement_id",),
    ),
)

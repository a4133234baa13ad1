"""Obligations, departures from guidance, and the logs of the analysis (AQuA Book)."""

from dataclasses import replace

from apstra.schema.declare import Marking, Table, date, number, share, table, text

DECISIONS = ("deployment_profile", "capability", "policy_and_training", "future_demand", "governance")

POINTS = (("2_5", "2.5"), ("10", "10"), ("25", "25"), ("50", "50"), ("75", "75"), ("90", "90"), ("97_5", "97.5"))

TABLES: tuple[Table, ...] = (
    table(
        "obligations",
        "What code, guidance and inspectors require, and the rule that looks for the evidence.",
        text("obligation_id", "Stable id."),
        text("source", "Where the obligation stands.", marking=Marking.PUBLIC),
        text("clause", "Place in the source."),
        text("requirement", "The obligation, paraphrased."),
        text("decision", "Decision of the chief officer it informs.", allowed=DECISIONS),
        text("rule", "Name of the evidence rule."),
        text("owner", "Role that answers for it."),
        key=("obligation_id",),
        marking=Marking.PUBLIC,
    ),
    table(
        "departures",
        "Instructions that depart from guidance, with the threat that is their evidence base.",
        text("departure_id", "Stable id."),
        text("clause", "Clause departed from."),
        text("departure", "What the force does instead."),
        text("threat_id", "Threat that justifies it.", refers="threats", blank=True),
        text("approver", "Role that approved it."),
        date("approved_on", "Day approved."),
        date("review_on", "Day of the next review."),
        key=("departure_id",),
        ascending=[("approved_on", "review_on")],
    ),
    table(
        "decisions",
        "Log of decisions about the analysis.",
        text("decision_id", "Stable id."),
        date("on", "Day decided."),
        text("decision", "What was decided."),
        text("reason", "Why."),
        text("decided_by", "Role that decided."),
        date("review_on", "Day of the next review.", blank=True),
        key=("decision_id",),
        marking=Marking.OFFICIAL,
    ),
    table(
        "quality_log",
        "Log of quality assurance.",
        text("check_id", "Stable id."),
        date("on", "Day checked."),
        text("what", "What was checked."),
        text("finding", "What was found."),
        text("assurer", "Role that checked; independent of the analyst."),
        text("state", "Where it stands.", allowed=("open", "closed")),
        key=("check_id",),
        marking=Marking.OFFICIAL,
    ),
    table(
        "data_log",
        "Log of the data: where each table came from, up to when, with what known faults.",
        text("entry_id", "Stable id."),
        text("table_name", "Table."),
        date("received_on", "Day received."),
        date("covers_until", "Last day covered.", blank=True),
        text("known_faults", "Known faults.", blank=True),
        key=("entry_id",),
        marking=Marking.OFFICIAL,
    ),
    replace(
        table(
            "forecasts",
            "The record of what earlier assessments said would be counted, kept so that it is scored.",
            date("as_at", "Day the assessment spoke of."),
            text("kind", "What is said.", allowed=("operations", "threat")),
            text("subject", "Financial year, or id of the threat."),
            text("title", "The statement in words."),
            date("starts_on", "First day of the time it speaks of."),
            date("ends_on", "Last day of it."),
            number("mean", "Mean.", "operations"),
            *(
                number(f"p{name}", f"Count that is not exceeded with {words} %.", "operations")
                for name, words in POINTS
            ),
            *(
                share(f"held_{level}", f"Probability that the {level} % interval holds the count.")
                for level in (50, 80, 95)
            ),
            share("some", "Probability of at least one."),
            text("run", "Run that said it; hindcast where it was worked out afterwards from what was known then."),
            key=("as_at", "kind", "subject"),
            ascending=[("as_at", "ends_on"), ("starts_on", "ends_on"), tuple(f"p{name}" for name, _ in POINTS)],
            optional=True,
        ),
        folder="ledger",
    ),
)

"""Reviews of incidents, exercises, lessons and recommendations."""

from dataclasses import replace

from apstra.schema.declare import Table, date, flag, table, text

TABLES: tuple[Table, ...] = (
    table(
        "incident_reviews",
        "Review of the outcome of each firearms operation.",
        text("operation_id", "Operation reviewed.", refers="operations"),
        date("reviewed_on", "Day reviewed."),
        text("by", "Role that reviewed it."),
        text("outcome", "Conclusion of the review."),
        text("lessons", "Lessons drawn from it.", refers="lessons", many=True, blank=True),
        key=("operation_id",),
    ),
    table(
        "exercises",
        "Exercises held and their review.",
        text("exercise_id", "Stable id."),
        date("on", "Day held."),
        text("kind", "Kind of exercise."),
        text("threats", "Threats exercised.", refers="threats", many=True, blank=True),
        text("partners", "Partners that took part.", many=True, blank=True),
        text("neighbours", "Neighbouring forces that took part.", many=True, blank=True),
        flag("control_room", "The control room took part."),
        text("objectives", "Objectives, without tactics."),
        date("reviewed_on", "Day the exercise was reviewed.", blank=True),
        key=("exercise_id",),
        ascending=[("on", "reviewed_on")],
    ),
    table(
        "lessons",
        "What was learned, what was done about it, and what changed.",
        text("lesson_id", "Stable id."),
        text("origin", "Operation, exercise or report it came from."),
        text("theme", "Theme."),
        text("cause", "Cause found."),
        text("action_id", "Action that answers it.", refers="actions", blank=True),
        text("changed", "What was changed.", allowed=("training", "procedure", "equipment", "none")),
        text("evidence", "Evidence of the change.", blank=True),
        date("evidence_on", "Day of the evidence.", blank=True),
        key=("lesson_id",),
        together=[("evidence", "evidence_on")],
    ),
    replace(
        table(
            "recommendations",
            "Recommendations of inspectors, inquiries and other bodies.",
            text("recommendation_id", "Stable id."),
            text("body", "Body that made it."),
            text("title", "Short name."),
            date("due_on", "Day due.", blank=True),
            text("owner", "Role that owns it.", blank=True),
            text("state", "Where it stands.", allowed=("open", "done", "overtaken")),
            text("evidence", "Evidence that it was done.", blank=True),
            key=("recommendation_id",),
        ),
        filled=(("state", "done", ("evidence",)),),
    ),
)

"""Advisory groups, their meetings and their advice."""

from apstra.schema.declare import Marking, Table, date, table, text

TABLES: tuple[Table, ...] = (
    table(
        "advisory_groups",
        "Independent advisory groups.",
        text("group_id", "Stable id."),
        text("name", "Name."),
        text("area_id", "Policing area; blank for the central group.", refers="areas", blank=True),
        key=("group_id",),
        marking=Marking.PUBLIC,
    ),
    table(
        "meetings",
        "Meetings due and held.",
        text("meeting_id", "Stable id."),
        text("group_id", "Group.", refers="advisory_groups"),
        date("due_on", "Day due."),
        date("held_on", "Day held; blank when it was not.", blank=True),
        key=("meeting_id",),
        marking=Marking.OFFICIAL,
    ),
    table(
        "advice",
        "Advice received, what was done with it, why, and when the group was told.",
        text("advice_id", "Stable id."),
        text("meeting_id", "Meeting it was given at.", refers="meetings"),
        date("received_on", "Day received."),
        text("theme", "Theme."),
        text("advice", "The advice."),
        text("response", "What the force decided.", allowed=("accepted", "partly", "declined", "pending")),
        text("action", "What was done.", blank=True),
        text("reason", "Why.", blank=True),
        date("told_on", "Day the group was told.", blank=True),
        text("threat_id", "Threat it bears on.", refers="threats", blank=True),
        key=("advice_id",),
        ascending=[("received_on", "told_on")],
        marking=Marking.OFFICIAL,
    ),
)

"""Crews on duty and the standards they are held to."""

from apstra.schema.declare import Table, integer, number, share, table, text

MOST_COMBINATIONS = 2**22  # of how many crews are busy at each base: the exact model holds every one

TABLES: tuple[Table, ...] = (
    table(
        "crews",
        "Armed response vehicle crews rostered, by base and block.",
        text("base_id", "Base they work from.", refers="bases"),
        text("block", "Block of the week.", refers="blocks"),
        integer("crews", "Crews on duty.", "crews"),
        integer("officers_per_crew", "Officers in a crew.", "officers", low=1),
        key=("base_id", "block"),
        at_most=[("crews", "block", MOST_COMBINATIONS)],
    ),
    table(
        "response_standards",
        "The force's own response standards.",
        text("area_id", "Policing area.", refers="areas"),
        text("kind", "Kind of operation the standard is for."),
        number("minutes", "Time from call to arrival.", "minutes"),
        share("share", "Share of operations to be met within that time."),
        key=("area_id", "kind"),
    ),
)

"""Crews on duty and the standards they are held to."""

from apstra.schema.declare import Table, integer, number, share, table, text

MOST_CREWS = 22  # on duty at once: the exact model holds every combination of busy crews

TABLES: tuple[Table, ...] = (
    table(
        "crews",
        "Armed response vehicle crews rostered, by base and block.",
        text("base_id", "Base they work from.", refers="bases"),
        text("block", "Block of the week.", refers="blocks"),
        integer("crews", "Crews on duty.", "crews"),
        integer("officers_per_crew", "Officers in a crew.", "officers", low=1),
        key=("base_id", "block"),
        at_most=[("crews", "block", MOST_CREWS)],
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

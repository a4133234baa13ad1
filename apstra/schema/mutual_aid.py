"""Donors and the agreements they are called under."""

from apstra.schema.declare import Table, date, flag, integer, number, share, table, text

TABLES: tuple[Table, ...] = (
    table(
        "donors",
        "Forces, non-Home Office forces and networks that may give aid.",
        text("donor_id", "Stable id."),
        text("name", "Name."),
        text("kind", "Kind of donor.", allowed=("force", "non_home_office", "network")),
        text(
            "tier", "Tier of mobilisation: home (local), regional, national.", allowed=("home", "regional", "national")
        ),
        number("lat", "Latitude of the place aid comes from.", "degrees", low=49.0, high=61.0),
        number("lon", "Longitude of the place aid comes from.", "degrees", low=-9.0, high=3.0),
        integer("armed_officers", "Armed officers of the donor.", "officers", absent=True),
        integer("own_requirement", "Officers the donor needs for itself.", "officers", absent=True),
        key=("donor_id",),
    ),
    table(
        "agreements",
        "What each donor has agreed to give, on what notice, and when that was last tested.",
        text("agreement_id", "Stable id."),
        text("donor_id", "Donor.", refers="donors"),
        text("basis", "Legal basis (Police Act 1996).", allowed=("s22A", "s24", "s98", "other")),
        text("role", "Role given.", refers="roles"),
        integer("officers", "Officers given.", "officers", low=1),
        number("notice_low", "Shortest notice before they move.", "minutes"),
        number("notice_mode", "Most likely notice.", "minutes"),
        number("notice_high", "Longest notice.", "minutes"),
        share("availability", "Probability that they can be released when asked."),
        date("signed_on", "Day signed."),
        date("tested_on", "Day last tested; blank means never.", blank=True),
        text("test_result", "Result of the test.", allowed=("met", "partly", "not_met"), blank=True),
        date("expires_on", "Last day; blank means until ended.", blank=True),
        flag("interoperable", "Training standard and communications allow working together."),
        text(
            "interoperability_gap",
            "What stands in the way of working together.",
            allowed=("training standard", "communications"),
            many=True,
            absent=True,
        ),
        key=("agreement_id",),
        ascending=[("notice_low", "notice_mode", "notice_high"), ("signed_on", "expires_on")],
    ),
    table(
        "aid_responses",
        "How long donors took to move when they were called or tested: observed notice replaces the agreed one.",
        text("response_id", "Stable id."),
        text("agreement_id", "Agreement called on.", refers="agreements"),
        date("on", "Day of the call or test."),
        text("kind", "A real call or a test.", allowed=("call", "test")),
        number("notice_minutes", "Time from the request reaching the donor to its officers moving.", "minutes"),
        key=("response_id",),
        optional=True,
    ),
)

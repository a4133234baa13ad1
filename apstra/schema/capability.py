"""Roles, training modules, posts, people, currency, command cover, equipment and the training estate."""

from dataclasses import replace

from apstra.schema.declare import Table, date, integer, number, share, table, text

STATUSES = ("deployable", "restricted", "sick", "course", "maternity", "suspended", "other")

TABLES: tuple[Table, ...] = (
    table(
        "roles",
        "Roles of armed policing and command.",
        text("role", "Stable code of the role."),
        text("title", "Name of the role."),
        text("stands_in_for", "Roles it may substitute.", refers="roles", many=True, blank=True),
        text("duty", "How the role is held ready: on shift or on call.", absent=True, allowed=("shift", "on_call")),
        key=("role",),
    ),
    table(
        "modules",
        "Training modules each role must hold current; periods and hours are the force's to enter.",
        text("module", "Stable code of the module."),
        text("role", "Role that needs it.", refers="roles"),
        integer("valid_months", "Months it stays valid.", "months", low=1),
        number("hours", "Hours of the initial course.", "hours"),
        number("refresher_hours", "Hours of the refresher.", "hours"),
        key=("module",),
    ),
    table(
        "posts",
        "Established posts by role and base, and what last year's assessment required.",
        text("role", "Role.", refers="roles"),
        text("base_id", "Base.", refers="bases"),
        integer("established", "Posts funded.", "posts"),
        integer("required_last_year", "Posts the last assessment required.", "posts", blank=True),
        key=("role", "base_id"),
    ),
    table(
        "officers",
        "Officers by pseudonymous id; no personal data.",
        text("officer_id", "Pseudonymous id."),
        text("base_id", "Base posted to.", refers="bases"),
        date("in_post_on", "Day the officer took up the post."),
        text("status", "Status at the date of the table.", allowed=STATUSES),
        text("role", "Role of the post held; blank is read from the modules passed.", refers="roles", absent=True),
        key=("officer_id",),
    ),
    table(
        "currency",
        "When each officer last passed each module and until when that is valid.",
        text("officer_id", "Officer.", refers="officers"),
        text("module", "Module.", refers="modules"),
        date("passed_on", "Day passed."),
        date("valid_until", "Last day of validity."),
        key=("officer_id", "module"),
        ascending=[("passed_on", "valid_until")],
    ),
    table(
        "command_cover",
        "Commanders, advisers and control-room seats on call or on duty by block.",
        text("cadre", "Cadre: a role code such as SFC, TFC, TA, PIM or FIM.", refers="roles"),
        text("block", "Block of the week.", refers="blocks"),
        integer("on_call", "People on call, or on duty where the role is held on shift.", "people"),
        integer("specialist", "Of those, specialist commanders.", "people"),
        key=("cadre", "block"),
    ),
    replace(
        table(
            "workforce_flows",
            "Movement into, between and out of roles, as three-point judgements. A role is projected when its leavers "
            "and its intake are stated, be it as 0.",
            text("role", "Role.", refers="roles"),
            text(
                "flow",
                "leavers: qualified officers who leave the role at today's strength; promotions: those promoted or "
                "moved out of it (what they move to states them as its transfers_in); intake: officers who start an "
                "initial course; transfers_in: officers who come qualified; pass_rate: share of starters who qualify, "
                "all where it is not stated.",
                allowed=("leavers", "promotions", "intake", "transfers_in", "pass_rate"),
            ),
            number("low", "Lowest credible value.", "per period, or share for pass_rate"),
            number("mode", "Most likely value.", "per period, or share for pass_rate"),
            number("high", "Highest credible value.", "per period, or share for pass_rate"),
            integer(
                "lead_months",
                "Months from decision to effect: for intake to a qualified officer, for transfers_in to one in post; "
                "not used for other flows.",
                "months",
            ),
            text("period", "Period the flow is stated for; blank is a year.", absent=True, allowed=("year", "month")),
            key=("role", "flow"),
            ascending=[("low", "mode", "high")],
        ),
        shares=(("flow", "pass_rate", ("low", "mode", "high")),),
    ),
    table(
        "equipment",
        "Families of means: conventional, less lethal, protective, vehicles. No quantities of weapons by place.",
        text("item", "Stable code of the item."),
        text("family", "Family.", allowed=("conventional", "less_lethal", "protective", "vehicle")),
        text("approval", "State of approval.", allowed=("approved", "pending", "not_approved", "not_required")),
        date("approved_on", "Day of approval.", blank=True),
        date("reviewed_on", "Day last reviewed.", blank=True),
        share("serviceable_share", "Share serviceable."),
        integer("held", "Number held by the force.", "items", absent=True),
        integer(
            "required", "Number the force states as required; the derived number counts beside.", "items", absent=True
        ),
        text(
            "issued_per",
            "What it goes with: a post, an officer or a crew on duty.",
            absent=True,
            allowed=("post", "officer", "crew"),
        ),
        number("issue", "Items for each of those.", "items", absent=True),
        text("carried_by", "Roles that carry it; blank is the crews' role.", refers="roles", many=True, absent=True),
        key=("item",),
        together=[("issued_per", "issue")],
    ),
    table(
        "training_estate",
        "Ranges and other training facilities.",
        text("facility", "Stable code of the facility."),
        text("kind", "Kind of facility."),
        text("condition", "Condition.", allowed=("good", "fair", "poor", "closed")),
        number("days_lost", "Training days lost in the last twelve months.", "days"),
        text("licence_status", "Licence.", allowed=("licensed", "conditional", "expired", "not_required")),
        date("licence_until", "Last day of the licence.", blank=True),
        key=("facility",),
    ),
    replace(
        table(
            "options",
            "Options to be weighed by the unmet requirement they remove; without rows the assessment weighs its own.",
            text("option_id", "Stable id."),
            text("title", "The option in words."),
            text("kind", "What it changes.", allowed=("crew", "base", "renew", "test", "courses", "standard")),
            text("base_id", "Base that has crews more, or is moved.", refers="bases", blank=True),
            text("agreement_id", "Agreement renewed or tested.", refers="agreements", blank=True),
            text("role", "Role whose initial course takes starters more.", refers="roles", blank=True),
            text("requirement_id", "Requirement with another time.", refers="requirements", blank=True),
            text("area_id", "Policing area with another response standard.", refers="areas", blank=True),
            number(
                "amount",
                "Crews more, starters more on the initial course, or minutes of the standard.",
                "crews, officers or minutes",
                low=None,
                blank=True,
            ),
            text("block", "Block of the week of a crew; blank is every block.", refers="blocks", blank=True),
            text("zone_id", "Zone a base is moved to.", refers="zones", blank=True),
            number("cost", "Cost a year where it is known.", "pounds/year", blank=True),
            key=("option_id",),
            optional=True,
        ),
        filled=(
            ("kind", "crew", ("base_id", "amount")),
            ("kind", "base", ("base_id", "zone_id")),
            ("kind", "renew", ("agreement_id",)),
            ("kind", "test", ("agreement_id",)),
            ("kind", "courses", ("role", "amount")),
            ("kind", "standard", ("amount",)),
        ),
    ),
)

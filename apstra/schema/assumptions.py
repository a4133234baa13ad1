"""The numbers that an assessment reads beside the tables: name, meaning and unit of each.

A force states the value of every one in its ``assumptions.yaml``, with source, quality and impact. The door refuses a
force that leaves one out, and the data dictionary prints them.
"""

from typing import Final

ASSUMPTIONS: Final[dict[str, tuple[str, str]]] = {
    "likelihood_window_malicious": ("Window in which a malicious threat is asked to occur at least once", "years"),
    "likelihood_window_other": ("Window in which any other threat is asked to occur at least once", "years"),
    "evidence_stale_months": ("Age from which evidence is stale and lowers confidence", "months"),
    "force_likeness_shape": (
        "How alike forces are: gamma shape of the ratio of one force's frequency to its share of the nation's",
        "shape",
    ),
    "harm_ratio_per_step": ("Harm of a worst case relative to that of one a step lower in impact", "ratio"),
    "circuity": ("Road distance over straight-line distance", "ratio"),
    "speed_urban": ("Speed to a zone in a town under response conditions", "km/h"),
    "speed_rural": ("Speed to a rural zone under response conditions", "km/h"),
    "speed_upland": ("Speed to an upland zone under response conditions", "km/h"),
    "turnout_minutes": ("Time from call to a crew on the move", "minutes"),
    "on_call_turnout_minutes": (
        "Time from call to an officer on call being equipped and on the move from the base",
        "minutes",
    ),
    "contract_hours_week": ("Contract hours of an officer", "hours/week"),
    "annual_leave_days": ("Annual leave and bank holidays of an officer", "days/year"),
    "training_days": ("Training days of an armed officer; the national curriculum's hours are not public", "days/year"),
    "sickness_share": ("Share of remaining contract hours lost to sickness", "share"),
    "court_and_other_days": ("Days at court and on other duties", "days/year"),
    "shift_hours": ("Length of a shift", "hours"),
    "presence_share": ("Probability that a rostered officer is present", "share"),
    "shock_probability": ("Share of shifts in which one event takes several officers at once", "share"),
    "shock_officers": ("Officers that such an event takes", "officers"),
    "on_call_rota_depth": ("People on the rota for each on-call seat", "people"),
    "required_crews_minimum": ("Fewest crews an area is to have whatever its load", "crews/area"),
    "untested_agreement_factor": (
        "Availability counted of an agreement that was never tested, or not lately, as a share of what it states",
        "share",
    ),
    "failed_test_factor": (
        "Availability counted of an agreement whose last test was not met in full, as a share of what it states",
        "share",
    ),
    "not_interoperable_factor": (
        (
            "Availability counted of an agreement whose officers do not share the training standard or communications, "
            "as a share"
        ),
        "share",
    ),
    "observed_notice_minimum": (
        "Responses of a donor on record from which observed notice replaces the agreed one",
        "responses",
    ),
    "mobilisation_minutes": (
        "Time from the call to the request for aid reaching donors, the same delay for all of them",
        "minutes",
    ),
    "agreement_test_valid_months": ("Months for which a test of an agreement is good", "months"),
    "agreement_expiry_warning_days": ("Days before its end at which an agreement is shown as expiring", "days"),
    "donor_speed": ("Speed of donors on main roads", "km/h"),
    "aid_duty_share": ("Share of a force's armed officers on duty or recallable within the hour", "share"),
    "aid_home_minutes": ("Longest drive between the centres of two forces that call on each other first", "minutes"),
    "aid_reserve_home": (
        "Share of its usual officers on duty that a donor keeps when a force within its home drive asks",
        "share",
    ),
    "aid_reserve_regional": (
        "Share of its usual officers on duty that a donor keeps when another force of its region asks",
        "share",
    ),
    "aid_reserve_national": (
        "Share of its usual officers on duty that a donor keeps when a force elsewhere asks",
        "share",
    ),
    "aid_own_need_share": (
        "Share of its usual officers on duty that a force needs for itself; with fewer it is exposed",
        "share",
    ),
    "aid_host_officers": ("Armed officers that a force asks for in its reasonable worst case", "officers"),
    "aid_heightened_factor": (
        "Armed officers that forces ask for, need and keep when the threat is heightened everywhere, relative to usual",
        "ratio",
    ),
    "demand_factor": ("Firearms operations relative to the forecast", "ratio"),
    "malicious_frequency_factor": ("Frequency of malicious threats relative to the assessment", "ratio"),
    "donor_availability_factor": ("Availability of donors relative to their agreements", "ratio"),
    "simultaneous_incidents": ("Incidents of the reasonable worst case at the same time", "incidents"),
    "moving_incident_scenes": ("Scenes of an incident that moves", "scenes"),
    "moving_incident_minutes": ("Time from the first to the last scene of an incident that moves", "minutes"),
    "moving_incident_crews": ("Crews asked for at each scene of an incident that moves", "crews"),
    "moving_incident_hold_hours": (
        "Time that crews stay committed after the last scene of an incident that moves",
        "hours",
    ),
    "crews_committed_elsewhere": ("Crews that are committed elsewhere from the start", "crews"),
    "review_target_days": ("Days from an operation to the review of its outcome", "days"),
    "advice_told_days": ("Days from advice to telling the group what was done", "days"),
    "proposal_return_share": (
        "Growth of a finding's number beyond which a proposal that was dismissed returns",
        "share",
    ),
    "lint_review_months": ("Longest time between two reviews of an entry of the register", "months"),
    "proposal_currency_share": ("Share of officers current below which a risk is proposed", "share"),
    "courses_a_year": ("Initial courses of each role a year, over which a year's starters are spread", "courses/year"),
    "share_deployable_weight": (
        "Officers for which the force-wide share deployable of those qualified counts beside a role's own officers",
        "officers",
    ),
    "refresher_places": ("Places on a refresher course", "places/course"),
    "refresher_instructors": ("Instructors on a refresher course", "instructors/course"),
    "refresher_window_months": ("How long before it is due a refresher may be taken", "months"),
    "equipment_review_months": ("Longest time between two reviews of a means", "months"),
    "meetings_a_year": ("Meetings of each advisory group", "meetings/year"),
}

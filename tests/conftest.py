"""Fixtures shared by every test: a small scenario made by hand, and the worked force read and assessed once."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import settings

from apstra import data
from apstra.assessment import assess
from apstra.scenario import Assumption, Blocks, Force, Scenario, Scheme
from apstra.schema import Marking

settings.register_profile("apstra", deadline=None)
settings.load_profile("apstra")

PROJECT = Path(__file__).parents[1]
WORKED = PROJECT / "data" / "cumbria"
AS_AT = date(2026, 11, 1)
BLOCKS = Blocks(
    {"early": 7, "late": 15, "night": 23},
    {"weekday": (0, 1, 2, 3, 4), "weekend": (5, 6)},
    {"summer": (5, 6, 7, 8, 9, 10), "winter": (11, 12, 1, 2, 3, 4)},
)
DIMENSIONS = (
    "physical",
    "psychological",
    "financial",
    "community",
    "environment",
    "organisational",
    "capability_gap",
    "capacity_gap",
)
VALUES: Mapping[str, tuple[float, str]] = {
    "likelihood_window_malicious": (2, "years"),
    "likelihood_window_other": (5, "years"),
    "evidence_stale_months": (12, "months"),
    "force_likeness_shape": (4, "shape"),
    "harm_ratio_per_step": (3, "ratio"),
    "circuity": (1.3, "ratio"),
    "speed_urban": (50, "km/h"),
    "speed_rural": (70, "km/h"),
    "speed_upland": (55, "km/h"),
    "turnout_minutes": (3, "minutes"),
    "on_call_turnout_minutes": (3, "minutes"),
    "contract_hours_week": (40, "hours/week"),
    "annual_leave_days": (27, "days/year"),
    "training_days": (25, "days/year"),
    "sickness_share": (0.05, "share"),
    "court_and_other_days": (6, "days/year"),
    "shift_hours": (8, "hours"),
    "presence_share": (0.8, "share"),
    "shock_probability": (0.1, "share"),
    "shock_officers": (3, "officers"),
    "on_call_rota_depth": (6, "people"),
    "required_crews_minimum": (1, "crews/area"),
    "untested_agreement_factor": (0.75, "share"),
    "failed_test_factor": (0.4, "share"),
    "not_interoperable_factor": (0.5, "share"),
    "mobilisation_minutes": (0, "minutes"),
    "observed_notice_minimum": (5, "responses"),
    "agreement_test_valid_months": (24, "months"),
    "agreement_expiry_warning_days": (90, "days"),
    "donor_speed": (80, "km/h"),
    "aid_duty_share": (0.25, "share"),
    "aid_home_minutes": (90, "minutes"),
    "aid_reserve_home": (0.5, "share"),
    "aid_reserve_regional": (0.6, "share"),
    "aid_reserve_national": (0.7, "share"),
    "aid_own_need_share": (0.6, "share"),
    "aid_host_officers": (50, "officers"),
    "aid_heightened_factor": (1.2, "ratio"),
    "demand_factor": (1, "ratio"),
    "malicious_frequency_factor": (1, "ratio"),
    "donor_availability_factor": (1, "ratio"),
    "simultaneous_incidents": (1, "incidents"),
    "crews_committed_elsewhere": (0, "crews"),
    "moving_incident_scenes": (5, "scenes"),
    "moving_incident_minutes": (100, "minutes"),
    "moving_incident_crews": (2, "crews"),
    "moving_incident_hold_hours": (2, "hours"),
    "review_target_days": (28, "days"),
    "advice_told_days": (60, "days"),
    "lint_review_months": (6, "months"),
    "proposal_return_share": (0.25, "share"),
    "proposal_currency_share": (0.9, "share"),
    "courses_a_year": (2, "courses/year"),
    "share_deployable_weight": (10, "officers"),
    "refresher_places": (4, "places/course"),
    "refresher_instructors": (2, "instructors/course"),
    "refresher_window_months": (3, "months"),
    "equipment_review_months": (24, "months"),
    "site_plan_review_months": (12, "months"),
    "meetings_a_year": (4, "meetings/year"),
}


def make_scheme() -> Scheme:
    """Return a small scoring scheme made by hand."""
    dimensions = pd.DataFrame(
        {
            "label": [name.replace("_", " ").capitalize() for name in DIMENSIONS],
            "weight": [0.3, 0.2, 0.1, 0.2, 0.1, 0.1, 1.0, 1.0],
            "axis": ["impact"] * 6 + ["position"] * 2,
            "highest": [5.0] * 6 + [3.0] * 2,
        },
        index=pd.Index(DIMENSIONS, name="dimension"),
    )
    edges = [0.0, 0.002, 0.01, 0.05, 0.25, 1.0]
    likelihood = pd.DataFrame(
        {
            "score": range(1, 6),
            "label": ["<0.2%", "0.2-1%", "1-5%", "5-25%", ">25%"],
            "low": edges[:-1],
            "high": edges[1:],
        }
    )
    impact = pd.DataFrame(
        {
            "score": range(1, 6),
            "label": ["Minor", "Limited", "Moderate", "Significant", "Catastrophic"],
            "low": [0.0, 1.5, 2.5, 3.5, 4.5],
            "high": [1.5, 2.5, 3.5, 4.5, 5.0],
        }
    )
    cells = [(like, hit, like * hit) for like in range(1, 6) for hit in range(1, 6)]
    levels = pd.DataFrame(cells, columns=["likelihood", "impact", "product"])
    named = pd.cut(levels.pop("product"), [0, 4, 9, 14, 25], labels=["low", "medium", "high", "very high"])
    anchors = pd.DataFrame(columns=["dimension", "score", "label"])
    order = ("low", "medium", "high", "very high")
    return Scheme(
        "Test scale", "1", dimensions, anchors, likelihood, impact, levels.assign(level=named.astype(str)), order
    )


def make_scenario(**changes: float) -> Scenario:
    """Return a small scenario made by hand, with some assumptions changed."""
    force = Force(
        slug="test",
        name="Test Constabulary",
        code="E23000002",
        marking=Marking.OFFICIAL_SENSITIVE,
        handling="",
        scheme="test-1",
        assurance_level=0.95,
        blocks=BLOCKS,
        authority={
            "low": "Armed policing inspector",
            "medium": "Armed policing inspector",
            "high": "Assistant chief constable",
            "very high": "Chief constable",
        },
        sections={},
        responsible={},
    )
    assumptions = {
        name: (
            Assumption(
                name, name, unit, value, value, value, "amber", "amber", date(2020, 4, 1), "test", "illustrative"
            ),
        )
        for name, (value, unit) in VALUES.items()
    }
    return Scenario(
        name="baseline",
        title="Baseline",
        note="",
        force=force,
        year=2026,
        as_at=AS_AT,
        seed=2026,
        scheme=make_scheme(),
        assumptions=assumptions,
        changes=changes,
    )


@contextmanager
def assumptions_read() -> Iterator[set[str]]:
    """Give the names of the assumptions that are asked of any scenario while this lasts."""
    names: set[str] = set()
    asked = Scenario.assumption

    def assumption(scenario: Scenario, name: str) -> Assumption:
        names.add(name)
        return asked(scenario, name)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Scenario, "assumption", assumption)
        yield names


@pytest.fixture
def scenario() -> Scenario:
    """Return the small scenario."""
    return make_scenario()


@pytest.fixture(scope="session")
def worked():
    """Return tables and baseline scenario of the worked force."""
    return data.read_tables(WORKED), data.read_scenario(WORKED, "baseline", 2026, AS_AT)


@pytest.fixture(scope="session")
def assessed_reading(worked):
    """Return the assessment of the worked force and the names of the assumptions it read."""
    with assumptions_read() as names:
        return assess(*worked), names


@pytest.fixture(scope="session")
def assessed(assessed_reading):
    """Return the assessment of the worked force."""
    return assessed_reading[0]


@pytest.fixture(scope="session")
def evidence():
    """Return the track record of the methods, worked out once for this code by whoever asks first."""
    return data.evidence()

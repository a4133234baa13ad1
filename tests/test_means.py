"""How many of each of the means are required and serviceable: worked cases, directions, edges."""

import copy
from types import SimpleNamespace

import numpy as np
import pandas as pd
from conftest import BLOCKS, make_scenario
from hypothesis import given, settings
from hypothesis import strategies as st
from test_capability import make_table, make_tables

from apstra.capability import means
from apstra.report import capability as report
from apstra.report.exhibit import TO_BE_SUPPLIED

REQUIREMENT = pd.DataFrame({"role": ["TFC", "ARV", "SFO"], "required": [6, 46, 0]})
NEEDED = pd.DataFrame(
    {"area_id": ["N"] * 12 + ["S"] * 12, "block": list(BLOCKS.names) * 2, "crews_needed": [2] * 23 + [5]}
)


def make_items(**changed: list[object]) -> pd.DataFrame:
    """Return five means, one of each kind of issue, and one that nobody says anything about."""
    columns: dict[str, list[object]] = {
        "item": ["pistol", "shield", "taser", "dog_van", "baton"],
        "family": ["conventional", "protective", "less_lethal", "vehicle", "less_lethal"],
        "approval": ["approved"] * 5,
        "reviewed_on": ["2026-01-01"] * 5,
        "serviceable_share": [1.0, 0.5, 0.9, 1.0, 1.0],
        "held": [50, 20, 20, 2, 3],
        "required": [None, 12, None, None, None],
        "issued_per": ["post", "crew", "officer", "officer", None],
        "issue": [1.0, 2.0, 1.5, 1.0, None],
        "carried_by": ["ARV|TFC", None, None, "TFC", None],
    }
    return make_table("equipment", **(columns | changed))


def make_asked(officers: tuple[int, ...] = (6, 3, 9, 8, 1)) -> pd.DataFrame:
    """Return requirements of two threats that name shields, tasers and vans."""
    return make_table(
        "requirements", requirement_id=["R1", "R2", "R3", "R4", "R5"], threat_id=["T1", "T1", "T2", "T2", "T2"],
        area_id=[None, "N", "N", "S", None], role=["ARV", "SFO", "ARV", "ARV", "TFC"], officers=list(officers),
        within_minutes=[30] * 5, means=["taser|shield", " shield ", "taser", "taser", "dog_van"],
    )  # fmt: skip


def position(items=None, needed=NEEDED, requirement=REQUIREMENT, asked=None, **changes) -> pd.DataFrame:
    """Return the position of means, by item."""
    tables = make_tables(
        equipment=make_items() if items is None else items, requirements=make_asked() if asked is None else asked
    )
    return means.equipment_position(tables, needed, requirement, make_scenario(**changes)).set_index("item")


def test_what_is_required_is_the_worked_larger_of_what_the_force_states_posts_crews_and_threats() -> None:
    found = position()
    # 46 + 6 posts carry a pistol each.
    assert found.loc["pistol", ["required", "required_derived", "rules"]].tolist() == [52, 52, "posts"]
    # 7 crews in the busiest block x 2 shields; T1 asks for 6 anywhere + 3 in N = 5 crews x 2; the force states 12.
    assert found.loc["shield", ["required", "required_derived", "rules"]].tolist() == [14, 14, "demand"]
    # 14 officers on duty x 1.5; T2 asks for 9 in N (or 8 in S) x 1.5 = 13.5.
    assert found.loc["taser", ["required", "rules"]].tolist() == [21, "demand"]
    # Tactical commanders crew no vehicle; T2 asks for one.
    assert found.loc["dog_van", ["required", "rules"]].tolist() == [1, "scenario"]
    assert found.loc["baton", "rules"] == ""
    assert found.loc["baton", ["required", "short", "required_derived"]].isna().all()
    assert found["serviceable"].tolist() == [50, 10, 18, 2, 3]
    assert found["short"].tolist()[:4] == [2, 4, 3, 0]
    assert found["called_for"].tolist() == [0, 1, 2, 1, 0]


def test_the_sentence_carries_the_numbers_it_rests_on() -> None:
    why = position()["why"]
    assert why["pistol"] == "52 required posts of ARV and TFC x 1 = 52."
    assert why["shield"] == (
        "The force states 12. Demand: 7 crews needed in the busiest block (night-weekend-winter) x 2 = 14. Worst case: "
        "T1 with 9 officers in 5 crews x 2 = 10. Demand rules."
    )
    assert why["dog_van"] == "Worst case: T2 with 1 officer x 1 = 1."
    assert why["baton"] == "Nothing says how many are required."


def test_what_the_force_states_stands_unless_more_is_derived() -> None:
    for stated, required, rules in ((14, 14, "typed"), (15, 15, "typed"), (13, 14, "demand")):
        found = position(make_items(required=[None, stated, None, None, None])).loc["shield"]
        assert found[["required", "required_derived", "rules"]].tolist() == [required, 14, rules]
    alone = make_items(issued_per=[None] * 5, issue=[None] * 5, required=[None, 12, None, None, None])
    found = position(alone).loc["shield"]
    assert found[["required", "rules", "short"]].tolist() == [12, "typed", 2]
    assert np.isnan(found["required_derived"])


def test_two_incidents_at_once_ask_for_the_means_of_both_threats() -> None:
    few = NEEDED.assign(crews_needed=1)
    assert position(needed=few).loc["taser", ["required", "rules"]].tolist() == [14, "scenario"]
    both = position(needed=few, simultaneous_incidents=2).loc["taser"]
    assert both["required"] == np.ceil((9 + 6) * 1.5)
    assert "T2 and T1 with 15 officers" in both["why"]


@settings(max_examples=25)
@given(st.lists(st.integers(1, 30), min_size=5, max_size=5), st.integers(0, 4), st.integers(0, 5), st.integers(0, 9))
def test_a_larger_requirement_never_lowers_what_is_required_and_short_is_what_is_missing(officers, at, crews, posts):
    more = [number + 5 * (place == at) for place, number in enumerate(officers)]
    few = position(asked=make_asked(tuple(officers)))
    for many in (
        position(asked=make_asked(tuple(more))),
        position(asked=make_asked(tuple(officers)), needed=NEEDED.assign(crews_needed=NEEDED["crews_needed"] + crews)),
        position(asked=make_asked(tuple(officers)), requirement=REQUIREMENT.assign(required=[6 + posts, 46, posts])),
    ):
        assert (many["required"].dropna() >= few["required"].dropna()).all()
        expected = np.maximum(many["required"] - many["serviceable"], 0)
        pd.testing.assert_series_equal(many["short"], expected, check_names=False)
        assert (many["required"].fillna(0) >= many["required_derived"].fillna(0)).all()


def test_equipment_counts_only_what_is_serviceable_and_is_silent_where_it_does_not_know() -> None:
    items = make_table(
        "equipment", item=["taser", "shield", "baton"], family=["less_lethal", "protective", "less_lethal"],
        approval=["approved"] * 3, reviewed_on=["2026-01-01", "2024-10-31", None],
        serviceable_share=[0.29, 0.9, 1.0], held=[100, 10, None], required=[30, 8, 5],
    )  # fmt: skip
    found = position(items, asked=make_tables()["requirements"])
    assert found.loc["taser", ["serviceable", "short", "called_for"]].tolist() == [29, 1, 2]
    assert found.loc["shield", ["short", "called_for"]].tolist() == [0, 1]
    assert np.isnan(found.loc["baton", "short"])
    assert found["review_overdue"].tolist() == [False, True, True]


def test_a_table_with_only_its_header_gives_no_rows_and_the_same_columns() -> None:
    empty = position(make_table("equipment"))
    assert empty.empty
    assert list(empty.columns) == list(position().columns)


def test_means_hold_for_a_force_without_crews_posts_or_requirements() -> None:
    found = position(needed=NEEDED.iloc[:0], requirement=REQUIREMENT.iloc[:0], asked=make_asked().iloc[:0])
    assert found["required"].fillna(0).tolist() == [0, 12, 0, 0, 0]
    assert found["rules"].tolist() == ["", "typed", "", "", ""]


def test_the_tables_given_are_left_as_they_were() -> None:
    given_tables = make_tables(equipment=make_items(), requirements=make_asked())
    before = copy.deepcopy((given_tables, NEEDED, REQUIREMENT))
    means.equipment_position(given_tables, NEEDED, REQUIREMENT, make_scenario())
    for name, frame in before[0].items():
        pd.testing.assert_frame_equal(given_tables[name], frame)
    pd.testing.assert_frame_equal(NEEDED, before[1])
    pd.testing.assert_frame_equal(REQUIREMENT, before[2])


def shown(found: pd.DataFrame) -> SimpleNamespace:
    """Return what the exhibit of means needs."""
    frames = SimpleNamespace(equipment=found.reset_index())
    return SimpleNamespace(tables={}, scenario=make_scenario(), capability=frames, illustrative=())


def test_the_exhibit_shows_each_family_with_what_sets_its_requirement_and_why() -> None:
    made = report.equipment(shown(position()))
    assert made.headline.startswith(
        "3 items of 5 short of the serviceable number required, less lethal options among them"
    )
    table = made.table.set_index("Item")
    assert table["What sets the requirement"].to_dict() == {
        "pistol": "personal issue", "shield": "demand", "taser": "demand", "dog van": "worst case",
        "baton": "not stated",
    }  # fmt: skip
    assert table.loc["shield", "Why"].endswith("Demand rules.")
    assert "<script>" not in report.equipment(shown(position().assign(why="<script>")))._repr_html_()
    assert TO_BE_SUPPLIED in repr(report.equipment(shown(position(make_table("equipment")))))


def test_the_worked_force_shows_every_family_with_a_requirement_that_has_a_reason(assessed) -> None:
    items = assessed.capability.equipment
    assert set(items["family"]) == {"conventional", "less_lethal", "protective", "vehicle"}
    assert items["required"].notna().all()
    assert {"typed", "posts", "demand", "scenario"} == set(items["rules"])
    assert (items["short"] > 0).any()
    assert (items.loc[items["family"] == "less_lethal", "short"] > 0).any()

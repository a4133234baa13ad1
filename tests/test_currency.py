"""Who is current, who lapses when, what staying current takes: worked cases, fewest courses by brute force, edges."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from types import SimpleNamespace

import pandas as pd
import pytest
from conftest import AS_AT, make_scenario
from hypothesis import given
from hypothesis import strategies as st
from test_capability import make_people, make_table, make_tables

from apstra.capability import currency, strength, training
from apstra.report import capability as report

DAY = pd.Timestamp(AS_AT)


def make_held(tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Return the passes of ``tables`` in the modules of each officer's role."""
    return currency.passes_of_role(make_people(tables), tables["currency"], tables["modules"])


def make_passes(*ends: str, months: float = 12, module: str = "A1") -> pd.DataFrame:
    """Return passes of one module that end on the days given."""
    until = pd.to_datetime(list(ends)).astype("datetime64[us]")
    names = [f"o{number}" for number in range(len(ends))]
    return pd.DataFrame(
        {"officer_id": names, "role": "ARV", "module": module, "valid_until": until, "valid_months": months}
    )


MODULES = make_table(
    "modules", module=["A1", "A2"], role=["ARV", "ARV"], valid_months=[12, 6], hours=[40, 16], refresher_hours=[20, 8]
)


def test_currency_only_falls_when_nobody_is_refreshed() -> None:
    tables = make_tables()
    ahead = currency.currency_ahead(make_people(tables), tables["roles"], AS_AT)
    arv = ahead.loc[ahead["role"] == "ARV"]
    assert arv["months_ahead"].tolist() == [0, 3, 6, 12]
    # b goes at 3 months, a (A2 to 1 March) at 6, all at 12.
    assert arv["current"].tolist() == [4, 3, 2, 0]
    assert (arv["of"] == 6).all()
    assert "SFO" not in set(ahead["role"])


def test_what_lapses_is_listed_for_the_own_role_only_and_earliest_first() -> None:
    tables = make_tables()
    soon = currency.lapsing(make_held(tables), AS_AT)
    assert soon.iloc[0][["officer_id", "module", "lapsed"]].tolist() == ["f", "A1", True]
    assert soon["valid_until"].is_monotonic_increasing
    assert not ((soon["officer_id"] == "a") & (soon["module"] == "T1")).any()


def test_module_currency_counts_every_officer_in_post_whether_passed_or_not() -> None:
    tables = make_tables()
    found = currency.module_currency(make_people(tables), make_held(tables), tables["modules"], AS_AT)
    a2 = found.loc[found["module"] == "A2"]
    assert a2["months_ahead"].tolist() == [0, 3, 6, 12]
    # Of six a's A2 ends on 1 March; e never passed it; the other four hold it to 1 June.
    assert a2["current"].tolist() == [5, 5, 4, 0]
    assert (a2["of"] == 6).all()
    a1 = found.loc[found["module"] == "A1"]
    # f's A1 ended the day before; b's ends on the day and still holds.
    assert a1["current"].tolist() == [5, 4, 4, 0]
    assert set(found["module"]) == {"A1", "A2", "T1"}


def test_nobody_is_current_in_every_module_who_is_not_in_each(assessed) -> None:
    each = assessed.capability.module_currency.groupby(["role", "months_ahead"])
    whole = assessed.capability.currency.set_index(["role", "months_ahead"])
    assert set(each.groups) == set(whole.index)
    assert (each["current"].min().reindex(whole.index) >= whole["current"]).all()
    assert (each["of"].first().reindex(whole.index) == whole["of"]).all()
    falls = assessed.capability.module_currency.groupby("module")["current"].agg(lambda n: n.is_monotonic_decreasing)
    assert falls.all()


def test_only_the_restricted_frame_says_who_lapses(assessed) -> None:
    chapter = assessed.capability
    named = [name for name in chapter.__dataclass_fields__ if "officer_id" in getattr(chapter, name).columns]
    assert named == ["lapsing"]
    ids = set(chapter.lapsing["officer_id"])
    assert ids <= set(assessed.tables["officers"]["officer_id"])
    assert not ids & set(report.lapsing(assessed).table.astype("str").to_numpy().ravel())
    assert report.lapsing(assessed).table.drop(columns="Role").to_numpy().sum() == (~chapter.lapsing["lapsed"]).sum()


def test_a_module_valid_for_half_a_year_falls_due_twice_and_a_lapsed_one_at_once() -> None:
    held = pd.concat([
        make_passes("2026-12-01", "2026-06-01", "2027-10-31", "2027-11-01"),
        make_passes("2026-12-01", "2026-06-01", "2027-05-15", months=6, module="A2"),
    ])  # fmt: skip
    due = training.refreshers_due(held, AS_AT)
    days = {module: rows.dt.strftime("%Y-%m-%d").tolist() for module, rows in due.groupby("module")["due_on"]}
    assert days["A1"] == ["2026-11-01", "2026-12-01", "2027-10-31"]
    assert days["A2"] == ["2026-11-01", "2026-12-01", "2027-05-01", "2027-05-15", "2027-06-01"]


@given(st.lists(st.integers(-400, 800), max_size=12), st.sampled_from([12, 24, 36]))
def test_a_module_valid_for_a_year_or_more_falls_due_once_for_each_that_lapses_within_the_year(offsets, months):
    held = make_passes(*[(DAY + pd.Timedelta(days=offset)).isoformat() for offset in offsets], months=months)
    due = training.refreshers_due(held, AS_AT)
    assert len(due) == len(currency.lapsing(held, AS_AT))
    assert ((due["due_on"] >= DAY) & (due["due_on"] < DAY + pd.DateOffset(years=1))).all()


def partitions(items: list[pd.Timestamp]) -> Iterator[list[list[pd.Timestamp]]]:
    """Give every way to part ``items`` into groups."""
    if not items:
        yield []
        return
    for rest in partitions(items[1:]):
        yield [[items[0]], *rest]
        for at, group in enumerate(rest):
            yield [*rest[:at], [items[0], *group], *rest[at + 1 :]]


@given(st.lists(st.integers(0, 300), max_size=6), st.integers(1, 4), st.integers(0, 5))
def test_no_way_to_share_out_the_refreshers_takes_fewer_courses(offsets, places, window):
    due = [DAY + pd.Timedelta(days=offset) for offset in offsets]
    courses = training.fewest_courses(due, places, window)
    least = min(
        len(groups)
        for groups in partitions(due)
        if all(len(g) <= places and max(g) <= min(g) + pd.DateOffset(months=window) for g in groups)
    )
    assert len(courses) == least
    assert sum(taken for _, taken in courses) == len(due)
    assert all(1 <= taken <= places for _, taken in courses)


@given(st.lists(st.integers(0, 364), max_size=30), st.integers(1, 8), st.integers(0, 6))
def test_more_places_or_a_longer_window_never_take_more_courses(offsets, places, window):
    due = [DAY + pd.Timedelta(days=offset) for offset in offsets]
    courses = len(training.fewest_courses(due, places, window))
    assert len(training.fewest_courses(due, places + 1, window)) <= courses
    assert len(training.fewest_courses(due, places, window + 1)) <= courses


def test_a_course_without_places_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="places must be at least 1, not 0"):
        training.fewest_courses([DAY], 0, 3)


def test_the_training_load_is_the_arithmetic_of_courses_days_and_instructors(scenario) -> None:
    # Four places; six of A1 end within three months of 1 December: a course of four, then one of two in January.
    ends = ["2026-12-01", "2026-12-20", "2027-01-10", "2027-01-10", "2027-01-10", "2027-02-05"]
    due = training.refreshers_due(make_passes(*ends), AS_AT)
    load = training.training_load(due, MODULES, scenario)
    by_month = load.set_index("month")
    assert by_month.index.tolist() == list(pd.date_range("2026-11-01", periods=12, freq="MS"))
    assert by_month["due"].tolist()[:4] == [0, 2, 3, 1]
    assert by_month["courses"].tolist()[:4] == [0, 1, 1, 0]
    assert by_month["places"].tolist()[:4] == [0, 4, 2, 0]
    total = load.sum(numeric_only=True)
    # 20 hours are 2.5 shifts of an officer and three days of a course with two instructors.
    assert total[["due", "places", "officer_days", "course_days", "instructor_days"]].tolist() == [6, 6, 15, 6, 12]
    assert total["instructor_years"] == pytest.approx(12 * 8 / 1529.585714)


def test_nobody_takes_two_refreshers_of_a_module_on_one_course(scenario) -> None:
    often = MODULES.assign(valid_months=2)
    due = training.refreshers_due(make_passes("2026-12-01", months=2), AS_AT)
    load = training.training_load(due, often, scenario)
    assert load[["due", "courses", "places"]].sum().tolist() == [6, 6, 6]


def test_months_of_training_run_from_the_day_of_the_assessment(scenario) -> None:
    middle = replace(scenario, as_at=date(2026, 11, 15))
    due = training.refreshers_due(make_passes("2026-11-14", "2026-12-14", "2026-12-15", "2027-11-14"), middle.as_at)
    load = training.training_load(due, MODULES, middle)
    assert load["due"].tolist() == [2, 1, *[0] * 9, 1]


def test_without_passes_nothing_falls_due(scenario) -> None:
    due = training.refreshers_due(make_passes(), AS_AT)
    load = training.training_load(due, MODULES, scenario)
    assert load.empty
    full = training.training_load(training.refreshers_due(make_passes("2026-12-01"), AS_AT), MODULES, scenario)
    assert list(load.columns) == list(full.columns)


def test_a_facility_needs_attention_when_worn_or_not_fully_licensed() -> None:
    estate = make_table(
        "training_estate", facility=list("abcd"), kind=["range"] * 4, condition=["good", "poor", "good", "fair"],
        days_lost=[0.0] * 4, licence_status=["licensed", "licensed", "conditional", "licensed"],
        licence_until=["2027-01-01", "2027-01-01", "2027-01-01", "2026-10-31"],
    )  # fmt: skip
    assert training.estate_position(estate, AS_AT)["attention"].tolist() == [False, True, True, True]


def test_the_waterfall_comes_down_from_posts_to_available_by_every_loss_with_its_reason() -> None:
    tables = make_tables()
    people = make_people(tables)
    steps = strength.strength_steps(people, tables["posts"], tables["roles"], AS_AT)
    down = strength.waterfall(steps, strength.losses(people, AS_AT))
    arv = down.loc[down["role"] == "ARV"]
    assert list(zip(arv["step"], arv["change"], arv["left"], strict=True)) == [
        ("established", 35, 35), ("vacant", -29, 6), ("not yet authorised", -1, 5), ("module lapsed", -1, 4),
        ("sick", -1, 3), ("course", -1, 2), ("available", 0, 2),
    ]  # fmt: skip


def test_a_role_over_its_establishment_goes_up_before_it_comes_down() -> None:
    tables = make_tables(posts=make_table("posts", role=["ARV"], base_id=["B1"], established=[4]))
    people = make_people(tables)
    steps = strength.strength_steps(people, tables["posts"], tables["roles"], AS_AT)
    down = strength.waterfall(steps, strength.losses(people, AS_AT)).query("role == 'ARV'")
    assert down[["step", "change", "left"]].to_numpy().tolist()[1] == ["over establishment", 2, 6]


def test_each_waterfall_of_the_worked_force_ends_at_the_officers_available(assessed) -> None:
    chapter = assessed.capability
    before_last = chapter.waterfall.groupby("role")["left"].nth(-2)
    available = chapter.strength.set_index("role")["available"]
    assert before_last.tolist() == available.tolist()
    added = chapter.waterfall.groupby("role")["change"].sum()
    assert (added == available.reindex(added.index)).all()


def test_the_exhibits_tell_what_it_takes_to_stay_current() -> None:
    scenario = make_scenario()
    load = training.training_load(
        training.refreshers_due(make_passes("2026-12-01", "2026-12-02"), AS_AT), MODULES, scenario
    )
    estate = pd.DataFrame({"days_lost": [4.0]})
    frames = SimpleNamespace(training_load=load, estate=estate)
    a = SimpleNamespace(tables={}, scenario=scenario, capability=frames, illustrative=())
    made = report.training_load(a)
    assert made.headline == (
        "To stay current 2 refreshers fall due within twelve months: at least 1 course, 5 officer days and 6 "
        "instructor days, the working year of 0.0 instructors; courses take 3 days of an estate that lost 4 last year"
    )
    assert made.table.iloc[0].tolist()[:6] == ["A1", 2, 1, 5.0, 3, 6.0]
    months = report.training_months(a)
    assert months.headline == "Courses take most in the month from 1 Dec 2026: 6 instructor days of 6 in twelve months"
    assert len(months.table) == 12

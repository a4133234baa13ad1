"""What an option would change: each change alone, the light chain against the whole assessment, ranking and pairs."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from conftest import WORKED
from small_force import write_small_force

from apstra import data
from apstra.assessment import Candidate, as_known, assess, changed, options
from apstra.assessment.candidate import KINDS, candidates, proposed
from apstra.report import options as report

ALL = "all"


@pytest.fixture(scope="module")
def known(worked):
    """Return the tables of the worked force as known."""
    return as_known(*worked)


def one(kind: str, subject: str, amount: float = 1.0, **more: object) -> Candidate:
    """Return a candidate."""
    return Candidate(f"{kind}-{subject}", kind, subject, amount, **more)


def test_a_crew_more_stands_in_its_block_alone_or_in_every_block(known, worked) -> None:
    scenario = worked[1]
    there = changed(known, scenario, one("crew", "penrith", block="night-weekday-winter"))["crews"]
    assert there["crews"].sum() == known["crews"]["crews"].sum() + 1
    row = there.query("base_id == 'penrith' and block == 'night-weekday-winter'")
    assert row[["crews", "officers_per_crew"]].to_numpy().tolist() == [[1, 2]]
    everywhere = changed(known, scenario, one("crew", "penrith"))["crews"]
    assert everywhere["crews"].sum() == known["crews"]["crews"].sum() + 12
    assert not there.duplicated(["base_id", "block"]).any()
    gone = changed(known, scenario, one("crew", "penrith", -9))["crews"]
    assert (gone.query("base_id == 'penrith'")["crews"] == 0).all()


def test_a_base_moves_to_the_middle_of_a_zone_and_leaves_its_measured_times_behind(known, worked) -> None:
    measured = pd.DataFrame({"base_id": ["kendal", "barrow"], "zone_id": ["Z", "Z"], "minutes": [1.0, 2.0]})
    tables = dict(known) | {"travel": measured}
    found = changed(tables, worked[1], one("base", "kendal", zone_id="E02003987"))
    zone = known["zones"].set_index("zone_id").loc["E02003987"]
    base = found["bases"].set_index("base_id").loc["kendal"]
    assert (base["lat"], base["lon"], base["area_id"]) == (zone["lat"], zone["lon"], zone["area_id"])
    assert found["travel"]["base_id"].tolist() == ["barrow"]


def test_an_agreement_is_renewed_or_tested_alone(known, worked) -> None:
    before = known["agreements"].set_index("agreement_id")
    renewed = changed(known, worked[1], one("renew", "AG10"))["agreements"].set_index("agreement_id")
    tested = changed(known, worked[1], one("test", "AG11"))["agreements"].set_index("agreement_id")
    assert pd.isna(renewed.loc["AG10", "expires_on"])
    assert tested.loc["AG11", ["tested_on", "test_result"]].tolist() == [pd.Timestamp("2026-11-01"), "met"]
    pd.testing.assert_frame_equal(renewed.drop(index="AG10"), before.drop(index="AG10"))
    pd.testing.assert_frame_equal(tested.drop(index="AG11"), before.drop(index="AG11"))


def test_courses_bring_those_who_pass_current_and_posted_where_the_role_is_shortest(known, worked) -> None:
    found = changed(known, worked[1], one("courses", "ARV", 8.0))
    more = found["officers"].iloc[len(known["officers"]) :]
    assert len(more) == 6  # three in four pass (the mode of the worked force's pass rate)
    vacant = (
        known["posts"].query("role == 'ARV'").set_index("base_id")["established"]
        - known["officers"].query("role == 'ARV'")["base_id"].value_counts()
    )
    assert set(more["base_id"]) == {vacant.idxmax()}
    held = found["currency"].iloc[len(known["currency"]) :].groupby("officer_id").size()
    assert (held == 3).all()
    assert list(found["officers"].dtypes) == list(known["officers"].dtypes)


def test_a_standard_is_that_of_a_requirement_or_of_an_area(known, worked) -> None:
    later = changed(known, worked[1], one("standard", "RQ02", 300.0))["requirements"].set_index("requirement_id")
    assert later.loc["RQ02", "within_minutes"] == 300
    wider = changed(known, worked[1], one("standard", "west", 45.0))["response_standards"].set_index("area_id")
    assert wider["minutes"].to_dict() == {"north": 30, "south": 30, "west": 45}


@pytest.mark.parametrize(
    ("candidate", "words"),
    [
        (one("crew", "nowhere"), "'nowhere' is no base_id"),
        (one("base", "kendal", zone_id="Z0"), "'Z0' is no zone_id"),
        (one("renew", "AG99"), "'AG99' is no agreement_id"),
        (one("courses", "XX"), "'XX' is no role"),
        (one("courses", "ARV", 0.1), "none of 0.1 starters passes"),
        (one("standard", "RQ99", 5.0), "'RQ99' is no requirement_id"),
        (one("standard", "west", -5.0), "minutes must not be negative"),
        (one("wish", "x"), "kind must be one of"),
        (one("crew", "kendal", 1e6), "combinations of busy crews"),
    ],
)
def test_a_candidate_that_names_what_is_not_there_is_refused_in_words(known, worked, candidate, words) -> None:
    with pytest.raises(ValueError, match=words):
        changed(known, worked[1], candidate)


def test_every_kind_of_change_leaves_what_it_was_given_alone(known, worked) -> None:
    before = {name: frame.copy(deep=True) for name, frame in known.items()}
    for candidate in (
        one("crew", "kendal"), one("base", "kendal", zone_id="E02003987"), one("renew", "AG10"), one("test", "AG10"),
        one("courses", "ARV", 4.0), one("standard", "RQ02", 300.0),
    ):  # fmt: skip
        changed(known, worked[1], candidate)
    assert len(KINDS) == 6
    for name, frame in before.items():
        pd.testing.assert_frame_equal(known[name], frame)


@pytest.fixture(scope="module")
def weighed(worked):
    """Return a few candidates weighed on the worked force."""
    asked = [
        one("crew", "workington", block="night-weekday-winter"), one("crew", "barrow"), one("courses", "ARV", 12.0),
        one("renew", "AG10"), one("test", "AG10"), one("test", "AG09"), one("standard", "RQ02", 480.0),
        one("base", "penrith", zone_id="E02003974"),
    ]  # fmt: skip
    return asked, options(*worked, asked)


def test_the_light_chain_says_what_the_whole_assessment_of_the_changed_tables_says(worked, assessed, weighed) -> None:
    tables, scenario = worked
    candidate = weighed[0][0]
    then = assess(changed(tables, scenario, candidate), scenario, weighing=False)
    row = weighed[1].ranking.set_index("option_id").loc[candidate.option_id]
    assert row["removed"] == pytest.approx(assessed.unmet["unmet"].sum() - then.unmet["unmet"].sum(), abs=1e-9)
    assert row["left"] == pytest.approx(then.unmet["unmet"].sum())
    share = [
        a.deployment.reach.query("kind == 'force' and committed == 0")["demand_share"].item() for a in (then, assessed)
    ]
    assert row["within_change"] == pytest.approx(share[0] - share[1], abs=1e-9)


def test_options_are_ranked_by_what_they_remove_with_its_range(weighed) -> None:
    rows = weighed[1].ranking
    assert rows["rank"].tolist() == list(range(1, len(weighed[0]) + 1))
    assert (np.diff(rows["removed"]) <= 1e-15).all()
    assert (rows["low"] <= rows["removed"] + 1e-12).all()
    assert (rows["removed"] <= rows["high"] + 1e-12).all()
    sums = weighed[1].areas.groupby("option_id")["removed"].sum()
    assert rows.set_index("option_id")["removed"].to_dict() == pytest.approx(sums.to_dict())


def test_more_officers_and_surer_agreements_never_add_to_what_goes_unmet(weighed) -> None:
    rows = weighed[1].ranking.set_index("option_id")["removed"]
    for name in ("courses-ARV", "renew-AG10", "test-AG10", "test-AG09", "standard-RQ02"):
        assert rows[name] >= -1e-12, name


def test_an_expired_agreement_is_worth_nothing_tested_until_it_is_renewed(weighed) -> None:
    pairs = weighed[1].pairs.set_index(["first", "second"])
    row = pairs.loc["renew-AG10", "test-AG10"]
    assert row["only_together"]
    assert row["extra"] == pytest.approx(row["together"] - row["apart"])
    assert weighed[1].ranking.set_index("option_id").loc["test-AG10", "removed"] == pytest.approx(0.0, abs=1e-12)


def test_crews_without_officers_are_paired_with_courses(weighed) -> None:
    idle = weighed[1].ranking.query("kind == 'crew' and removed <= 0")["option_id"]
    pairs = set(zip(weighed[1].pairs["first"], weighed[1].pairs["second"], strict=True))
    assert len(idle)
    assert all((name, "courses-ARV") in pairs for name in idle)


def test_what_an_option_does_elsewhere_is_said(weighed) -> None:
    row = weighed[1].ranking.set_index("option_id").loc["base-penrith"]
    assert "North" in row["worse"]
    areas = weighed[1].areas.query("option_id == 'base-penrith'").set_index("area_id")
    assert areas.loc["north", "within_change"] < 0


def test_two_options_of_one_id_are_refused(worked) -> None:
    with pytest.raises(ValueError, match="different ids"):
        options(*worked, [one("renew", "AG10"), one("renew", "AG10")])


def test_the_worked_force_weighs_the_options_of_its_own_table(assessed) -> None:
    listed = candidates(assessed.tables["options"])
    weighed = set(assessed.options.ranking["option_id"])
    assert weighed >= {each.option_id for each in listed}
    assert {each.kind for each in listed} == set(KINDS)
    assert assessed.options.ranking.set_index("option_id").loc["OP07", "cost"] == 420_000


def test_renewing_and_testing_are_weighed_for_every_agreement_that_does_not_count_in_full(assessed) -> None:
    rows = assessed.options.ranking.query("kind in ['renew', 'test']")
    assert not rows.duplicated(["kind", "subject"]).any()
    stale = assessed.mutual_aid.agreements.query("standing in ['expired', 'untested', 'test not met']")
    assert set(stale["agreement_id"]) <= set(rows["subject"])


def test_a_force_without_options_of_its_own_has_the_obvious_ones_weighed(assessed) -> None:
    found = {each.option_id: each for each in proposed(assessed)}
    stale = assessed.mutual_aid.agreements.set_index("agreement_id")["standing"]
    assert {name for name in found if name.startswith("renew-")} == {
        f"renew-{name}" for name in stale.index[stale.isin(["expired", "expiring"])]
    }
    assert {name for name in found if name.startswith("crew-")} == {
        f"crew-{name}" for name in assessed.tables["bases"]["base_id"]
    }
    assert "courses-ARV" in found
    assert all(each.title for each in found.values())


@pytest.mark.parametrize(
    ("row", "column", "allowed"),
    [
        ("A,Title,crew,,,,,,1,,,,s,illustrative", "base_id", "not blank where kind is crew"),
        ("A,Title,renew,,,,,,,,,,s,illustrative", "agreement_id", "not blank where kind is renew"),
        ("A,Title,crew,B9,,,,,1,,,,s,illustrative", "base_id", "a key of bases"),
        ("A,Title,wish,,,,,,1,,,,s,illustrative", "kind", "crew"),
    ],
)
def test_a_faulty_row_of_options_is_told_by_file_row_column_and_what_is_allowed(
    tmp_path: Path, row: str, column: str, allowed: str
) -> None:
    folder = write_small_force(tmp_path / "force")
    header = (WORKED / "options.csv").read_text(encoding="utf-8").splitlines()[0]
    (folder / "options.csv").write_text(f"{header}\n{row}\n", encoding="utf-8")
    faults = data.validate(folder)
    (fault,) = faults.query("column == @column", local_dict={"column": column}).itertuples()
    assert (fault.file, fault.row) == ("options.csv", 2)
    assert allowed in fault.allowed


def test_the_exhibits_say_what_helps_and_what_it_costs_others(assessed) -> None:
    made = report.options(assessed)
    best = assessed.options.ranking.iloc[0]
    assert best["title"] in made.headline
    assert made.figure is not None
    assert next(iter(made.table["Option"])) == f"1. {best['title']}"
    assert "nobody" in set(made.table["Worse for"])
    assert "£420,000" in set(made.table["Cost a year"])
    words = [text for text in made.figure.axes[0].texts if text.get_text()]
    assert len(words) == len(made.table)
    assert min(text.get_position()[0] for text in words) >= 0, "words left of nought would hide the option's name"
    removes = list(made.table["Removes, a year (5 to 95%)"])
    assert [text.get_text().strip().removesuffix("; worse elsewhere") for text in words] == removes
    assert {"under 0.001", "nothing"} <= set(removes)
    assert not re.search(r"\de[-+]\d", made.table.to_csv()), "a reader cannot picture an exponent"
    unmet = report.unmet(assessed)
    assert "a year" in unmet.headline
    assert len(unmet.table) == len(assessed.unmet)
    assert len(report.pairs(assessed).table) == len(assessed.options.pairs)

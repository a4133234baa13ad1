"""Whether what happens is reviewed, whether reviews and exercises yield lessons, and whether lessons change anything.

In go the firearms operations and their reviews, the exercises, the lessons with the actions that answer them, and the
recommendations of inspectors and inquiries. Out come the share of operations reviewed year by year (the outcome of
every one should be), each exercise with what it yielded, each lesson with the first link that is missing between it
and proof of change, the recommendations with what is overdue, and when each neighbour last took part in an exercise.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import numpy as np
import pandas as pd
from scipy import special

from apstra.scenario import Scenario, financial_year
from apstra.schema import LIST_SEPARATOR

LEVEL: Final = 0.95
NO_ORIGINS: Final[Mapping[str, pd.Timestamp]] = MappingProxyType({})
STAGES: Final = ("no action", "action open", "action done, no change", "changed, no evidence", "complete")


@dataclass(frozen=True, slots=True)
class LearningChapter:
    """``coverage`` by year, ``exercises``, ``chain`` by lesson, ``recommendations``, ``neighbours``."""

    coverage: pd.DataFrame
    exercises: pd.DataFrame
    chain: pd.DataFrame
    recommendations: pd.DataFrame
    neighbours: pd.DataFrame


def assess_learning(tables: Mapping[str, pd.DataFrame], scenario: Scenario) -> LearningChapter:
    """Return what was reviewed, exercised, learned and changed.

    Parameters
    ----------
    tables
        ``operations``, ``incident_reviews``, ``exercises``, ``lessons``, ``actions``, ``recommendations`` and
        ``donors``, nothing in them later than *as at*.
    """
    return LearningChapter(
        coverage=review_coverage(tables["operations"], tables["incident_reviews"], scenario),
        exercises=exercises_held(tables["exercises"], tables["lessons"], scenario),
        chain=chain(tables["lessons"], tables["actions"], scenario, _origins(tables)),
        recommendations=recommendations_open(tables["recommendations"], scenario),
        neighbours=neighbours_exercised(tables["exercises"], tables["donors"]),
    )


def review_coverage(operations: pd.DataFrame, reviews: pd.DataFrame, scenario: Scenario) -> pd.DataFrame:
    """Return, by financial year, the operations, how many were reviewed, and how many are overdue for it.

    ``share`` is of all operations of the year; ``share_low`` and ``share_high`` are its 95 % Wilson limits, for years
    of few operations should not be read as a trend. ``overdue`` counts operations called longer ago than the target
    and not reviewed; ``median_days`` runs from the call to the review [days].
    """
    table = operations[["operation_id", "called_at"]].merge(
        reviews[["operation_id", "reviewed_on"]].drop_duplicates("operation_id"), on="operation_id", how="left"
    )
    target = pd.Timedelta(days=scenario.value("review_target_days"))
    table["year"] = financial_year(table["called_at"])
    table["reviewed"] = table["reviewed_on"].notna()
    table["overdue"] = ~table["reviewed"] & (table["called_at"] + target < pd.Timestamp(scenario.as_at))
    table["days"] = (table["reviewed_on"] - table["called_at"].dt.normalize()).dt.days
    years = table.groupby("year", as_index=False).agg(
        operations=("operation_id", "size"),
        reviewed=("reviewed", "sum"),
        overdue=("overdue", "sum"),
        median_days=("days", "median"),
    )
    years["share"] = years["reviewed"] / years["operations"]
    years["share_low"], years["share_high"] = wilson_limits(years["reviewed"], years["operations"])
    return years


def wilson_limits(found: pd.Series, of: pd.Series) -> tuple[pd.Series, pd.Series]:
    """Return the 95 % Wilson score limits of a share [share]; missing where ``of`` is 0.

    References
    ----------
    Wilson (1927), JASA 22(158):209.

    Examples
    --------
    >>> [round(float(limit.iloc[0]), 4) for limit in wilson_limits(pd.Series([10]), pd.Series([10]))]
    [0.7225, 1.0]
    """
    z = float(special.ndtri(0.5 + LEVEL / 2))
    n = of.where(of > 0).astype("float64")
    share = found / n
    centre = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    return ((centre - half).clip(0.0, 1.0), (centre + half).clip(0.0, 1.0))


def exercises_held(exercises: pd.DataFrame, lessons: pd.DataFrame, scenario: Scenario) -> pd.DataFrame:
    """Return the exercises, latest first, with days since, whether reviewed, neighbours and lessons counted."""
    table = exercises.copy()
    table["days_since"] = (pd.Timestamp(scenario.as_at) - table["on"]).dt.days
    table["reviewed"] = table["reviewed_on"].notna()
    table["neighbours_n"] = table["neighbours"].map(lambda cell: len(_members(cell))).astype("int64")
    table["lessons_n"] = table["exercise_id"].map(lessons["origin"].value_counts()).fillna(0).astype("int64")
    return table.sort_values(["on", "exercise_id"], ascending=[False, True], ignore_index=True)


def _origins(tables: Mapping[str, pd.DataFrame]) -> dict[str, pd.Timestamp]:
    """Return when each operation and exercise took place, by its id."""
    operations, exercises = tables["operations"], tables["exercises"]
    called = zip(operations["operation_id"], operations["called_at"], strict=True)
    return dict(called) | dict(zip(exercises["exercise_id"], exercises["on"], strict=True))


def _came_back(lessons: pd.DataFrame, origins: Mapping[str, pd.Timestamp]) -> list[str]:
    """Return, for each lesson, the lessons of the same theme and cause from what took place after its evidence."""
    rows = [
        (r.lesson_id, r.theme, str(r.cause).casefold(), origins.get(r.origin, pd.NaT)) for r in lessons.itertuples()
    ]
    return [
        ", ".join(other for other, *what, on in rows if what == [row.theme, str(row.cause).casefold()]
                  and other != row.lesson_id and on > row.evidence_on)
        for row in lessons.itertuples()
    ]  # fmt: skip


def chain(
    lessons: pd.DataFrame, actions: pd.DataFrame, scenario: Scenario, origins: Mapping[str, pd.Timestamp] = NO_ORIGINS
) -> pd.DataFrame:
    """Return each lesson with its action, what it changed, the evidence, and the stage the chain has reached.

    The stage names the first link that is missing; a chain is complete only when a change has dated evidence. A lesson
    is overdue when its action is open past its day. ``came_back`` names the lessons of the same theme and cause drawn
    from something that took place after the evidence; blank where none was.

    Parameters
    ----------
    origins
        When each operation and exercise took place, by its id.
    """
    answer = actions[["action_id", "state", "due_on"]].rename(columns={"state": "action_state"})
    table = lessons[["lesson_id", "origin", "theme", "cause", "action_id", "changed", "evidence_on"]].merge(
        answer, on="action_id", how="left"
    )
    missing = [
        table["action_state"].isna(),
        table["action_state"] == "open",
        table["changed"].isna() | (table["changed"] == "none"),
        table["evidence_on"].isna(),
    ]
    table["stage"] = pd.Series(np.select(missing, STAGES[:-1], STAGES[-1]), index=table.index, dtype="str")
    table["overdue"] = (table["action_state"] == "open") & (table["due_on"] < pd.Timestamp(scenario.as_at))
    table["came_back"] = pd.Series(_came_back(lessons, origins), index=table.index, dtype="str")
    return table.sort_values("lesson_id", ignore_index=True)


def recommendations_open(recommendations: pd.DataFrame, scenario: Scenario) -> pd.DataFrame:
    """Return the recommendations with whether each is overdue; open ones first, the longest due first among them."""
    table = recommendations.copy()
    is_open = table["state"] == "open"
    table["overdue"] = is_open & (table["due_on"] < pd.Timestamp(scenario.as_at))
    keys = table.assign(closed=~is_open).sort_values(["closed", "due_on", "recommendation_id"])
    return table.loc[keys.index].reset_index(drop=True)


def neighbours_exercised(exercises: pd.DataFrame, donors: pd.DataFrame) -> pd.DataFrame:
    """Return how often and when last each neighbouring force took part in an exercise, the longest ago first.

    Forces that give aid below the national tier are neighbours even if they never took part. An exercise may name a
    donor by its id, its name or the first words of its name.
    """
    pairs = [
        (_donor_named(part, donors), row.on) for row in exercises.itertuples() for part in _members(row.neighbours)
    ]
    table = pd.DataFrame(pairs, columns=["neighbour", "on"]).astype({"neighbour": "str", "on": "datetime64[us]"})
    held = table.groupby("neighbour").agg(exercises=("on", "size"), last_exercised_on=("on", "max"))
    expected = donors.loc[(donors["kind"] == "force") & (donors["tier"] != "national"), "name"]
    every = held.reindex(held.index.union(pd.Index(expected, dtype="str"), sort=True).rename("neighbour")).reset_index()
    every["exercises"] = every["exercises"].fillna(0).astype("int64")
    return every.sort_values(["last_exercised_on", "neighbour"], na_position="first", ignore_index=True)


def _donor_named(words: str, donors: pd.DataFrame) -> str:
    """Return the name of the donor that ``words`` name; the words themselves when there is none."""
    begins = (donors["name"].str.casefold() + " ").str.startswith(f"{words.casefold()} ")
    named = donors.loc[begins | (donors["donor_id"] == words), "name"]
    return words if named.empty else str(named.iloc[0])


def _members(cell: object) -> list[str]:
    """Return the members of a list kept in one cell; none when it is blank."""
    return [part.strip() for part in str(cell).split(LIST_SEPARATOR)] if isinstance(cell, str) and cell.strip() else []

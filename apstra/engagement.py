"""Whether the independent advisory groups meet, what they advise, and whether they are told what was done and why.

In go the groups, their meetings and their advice. Out come the meetings held against those due over the past year,
each piece of advice with the first step still missing (a response, a reason, telling the group), and a summary.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from apstra.scenario import Scenario

STAGES: Final = ("awaiting response", "no reason given", "not yet told", "complete")


@dataclass(frozen=True, slots=True)
class EngagementChapter:
    """``groups`` with their meetings, ``advice`` with its stage, ``summary`` by measure."""

    groups: pd.DataFrame
    advice: pd.DataFrame
    summary: pd.DataFrame


def assess_engagement(tables: Mapping[str, pd.DataFrame], scenario: Scenario) -> EngagementChapter:
    """Return what was promised to the advisory groups and what was kept.

    Parameters
    ----------
    tables
        ``advisory_groups``, ``meetings``, ``advice``, nothing in them later than *as at*.
    """
    groups = meetings_kept(tables["advisory_groups"], tables["meetings"], scenario)
    given = advice_answered(tables["advisory_groups"], tables["meetings"], tables["advice"], scenario)
    return EngagementChapter(groups, given, summarise_engagement(groups, given))


def meetings_kept(groups: pd.DataFrame, meetings: pd.DataFrame, scenario: Scenario) -> pd.DataFrame:
    """Return, by group, the meetings due and held over the twelve months to *as at*, and when it last met.

    ``due`` is the larger of the meetings on the calendar and the number promised a year, so that a meeting nobody
    planned is missed as surely as one that was cancelled.
    """
    as_at = pd.Timestamp(scenario.as_at)
    past = meetings.loc[meetings["due_on"].between(as_at - pd.DateOffset(years=1), as_at, inclusive="right")]
    table = groups[["group_id", "name", "area_id"]].copy()
    planned = table["group_id"].map(past["group_id"].value_counts()).fillna(0)
    table["due"] = planned.clip(lower=scenario.value("meetings_a_year")).astype("int64")
    held = past.loc[past["held_on"] <= as_at, "group_id"].value_counts()
    table["held"] = table["group_id"].map(held).fillna(0).astype("int64")
    table["share"] = table["held"] / table["due"].where(table["due"] > 0)
    latest = meetings.groupby("group_id")["held_on"].max()
    table["last_held_on"] = latest.reindex(table["group_id"]).array
    return table


def advice_answered(
    groups: pd.DataFrame, meetings: pd.DataFrame, advice: pd.DataFrame, scenario: Scenario
) -> pd.DataFrame:
    """Return each piece of advice with its group, the days until the group was told, its stage and whether it is late.

    The stage names the first step missing. ``late`` is advice whose group was told, or is still waiting to be told,
    longer after it was received than promised.
    """
    group_of = meetings[["meeting_id", "group_id"]].merge(groups[["group_id", "name"]], on="group_id", how="left")
    table = advice.merge(group_of.rename(columns={"name": "group"}), on="meeting_id", how="left")
    table["days_to_told"] = (table["told_on"] - table["received_on"]).dt.days
    missing = [
        table["response"].isna() | (table["response"] == "pending"),
        table["reason"].isna(),
        table["told_on"].isna(),
    ]
    table["stage"] = pd.Series(np.select(missing, STAGES[:-1], STAGES[-1]), index=table.index, dtype="str")
    waited = table["told_on"].fillna(pd.Timestamp(scenario.as_at)) - table["received_on"]
    table["late"] = waited > pd.Timedelta(days=scenario.value("advice_told_days"))
    columns = ["advice_id", "group", "received_on", "theme", "advice", "response", "action", "reason", "told_on"]
    kept = table[[*columns, "days_to_told", "stage", "late", "threat_id"]]
    return kept.sort_values(["received_on", "advice_id"], ascending=[False, True], ignore_index=True)


def summarise_engagement(groups: pd.DataFrame, advice: pd.DataFrame) -> pd.DataFrame:
    """Return ``measure``, ``value``, ``of`` and ``share`` of what was promised to the groups."""
    told = advice["told_on"].notna()
    rows = [
        ("meetings held of those due", groups["held"].sum(), groups["due"].sum()),
        ("advice that has a response", (advice["stage"] != STAGES[0]).sum(), len(advice)),
        ("advice that has a reason", advice["reason"].notna().sum(), len(advice)),
        ("advice whose group was told", told.sum(), len(advice)),
        ("told within the time promised", (told & ~advice["late"]).sum(), len(advice)),
    ]
    table = pd.DataFrame(rows, columns=["measure", "value", "of"])
    return table.assign(share=table["value"] / table["of"].where(table["of"] > 0))

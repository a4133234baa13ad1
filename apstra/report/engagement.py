"""Engagement as the chapter shows it: meetings kept, advice and what became of it, what the groups were told.

In: an ``Assessment``. Out: exhibits and sentences; nothing is computed but what is needed to choose and word.
"""

from typing import Final

import pandas as pd

from apstra.assessment import Assessment
from apstra.engagement import STAGES
from apstra.report.assessment import made_of, when
from apstra.report.chart import COLOURS, bars, canvas
from apstra.report.exhibit import Exhibit, Prose, bullets, count, listed, percent, to_be_supplied

SUBJECT: Final = "Advisory groups and their advice"


def findings(a: Assessment) -> Prose:
    """Return what the engagement chapter found, in sentences."""
    if a.engagement.groups.empty:
        return to_be_supplied(SUBJECT)
    return bullets(*(f"{sentence}." for sentence in (_met(a), _short_of(a), _answered(a), _told(a))))


def meetings(a: Assessment) -> Exhibit | Prose:
    """Return the meetings held against those due over the past year, by group."""
    rows = a.engagement.groups
    if rows.empty:
        return to_be_supplied(SUBJECT)
    with canvas(7.4, 0.7 + 0.46 * len(rows)) as (figure, axes):
        words = [f"{r.held} of {r.due}" for r in rows.itertuples()]
        bars(axes, rows["name"].tolist(), rows["held"].tolist(), texts=words, colour=COLOURS["teal"])
        axes.set_xlim(0, max(int(rows["due"].max()), 1) * 1.25)
    table = pd.DataFrame(
        {
            "Group": rows["name"],
            "Area": rows["area_id"].fillna("central"),
            "Due": rows["due"],
            "Held": rows["held"],
            "Share": rows["share"].map(percent),
            "Last met": rows["last_held_on"],
        }
    )
    promised = a.scenario.value("meetings_a_year")
    return Exhibit(
        _met(a),
        f"Meetings of the advisory groups over twelve months, {when(a)}; at least {promised:.0f} a year are promised",
        f"Bar chart of meetings held by group. {_met(a)}.",
        made_of(a, "advisory_groups", "meetings"),
        table,
        figure,
    )


def advice(a: Assessment) -> Exhibit | Prose:
    """Return each piece of advice, what was done with it, why, and when the group was told."""
    rows = a.engagement.advice
    if rows.empty:
        return to_be_supplied("Advice of the advisory groups")
    reached = rows["stage"].value_counts().reindex(STAGES).fillna(0).astype(int)
    with canvas(7.0, 2.4) as (figure, axes):
        texts = [f"{number} of {len(rows)}" for number in reached]
        bars(axes, list(STAGES), reached.tolist(), texts=texts, colour=COLOURS["plum"])
    table = pd.DataFrame(
        {
            "Advice": rows["advice_id"] + " " + rows["advice"],
            "Group": rows["group"],
            "Received": rows["received_on"],
            "Response": rows["response"],
            "What was done": rows["action"].fillna("none yet"),
            "Why": rows["reason"].fillna("no reason given"),
            "Told on": rows["told_on"],
            "Stage": rows["stage"],
            "Late": rows["late"],
        }
    )
    return Exhibit(
        _answered(a),
        f"Advice by the first step still missing, latest first in the table, {when(a)}",
        f"Bar chart of advice by stage. {_answered(a)}.",
        made_of(a, "advice", "meetings", "advisory_groups"),
        table,
        figure,
    )


def promises(a: Assessment) -> Exhibit | Prose:
    """Return what was promised to the groups and the share that was kept."""
    rows = a.engagement.summary.dropna(subset=["share"])
    if rows.empty:
        return to_be_supplied(SUBJECT)
    with canvas(7.4, 0.7 + 0.42 * len(rows)) as (figure, axes):
        words = [f"{r.value} of {r.of}, {percent(r.share)}" for r in rows.itertuples()]
        bars(axes, [measure.capitalize() for measure in rows["measure"]], rows["share"].tolist(), texts=words)
        axes.set_xlim(0, 1.4)
    table = pd.DataFrame(
        {
            "Promise": rows["measure"].str.capitalize(),
            "Kept": rows["value"],
            "Of": rows["of"],
            "Share": rows["share"].map(percent),
        }
    )
    return Exhibit(
        _told(a),
        f"Promises kept to the advisory groups, {when(a)}",
        f"Bar chart of promises kept. {_told(a)}.",
        made_of(a, "meetings", "advice"),
        table,
        figure,
    )


def _met(a: Assessment) -> str:
    """Say how many of the meetings due were held."""
    rows = a.engagement.groups
    return f"{rows['held'].sum()} of {count(rows['due'].sum(), 'meeting')} due over the past year were held"


def _short_of(a: Assessment) -> str:
    """Say which groups met less often than due."""
    rows = a.engagement.groups
    short = rows.loc[rows["held"] < rows["due"], "name"].tolist()
    return f"Met less often than due: {listed(short)}" if short else "Every group met as often as due"


def _answered(a: Assessment) -> str:
    """Say how far advice has been answered."""
    rows = a.engagement.advice
    if rows.empty:
        return "No advice is recorded"
    reached = rows["stage"].value_counts()
    others = "".join(f"; {stage}: {reached[stage]}" for stage in STAGES[:-1] if stage in reached)
    done = f"{reached.get(STAGES[-1], 0)} of {count(len(rows), 'piece')} of advice answered, with the reason told"
    return f"{done}{others}"


def _told(a: Assessment) -> str:
    """Say how many groups wait for an answer for too long."""
    rows = a.engagement.advice
    days = a.scenario.value("advice_told_days")
    if rows.empty:
        return "No group waits for an answer"
    waiting = int((rows["late"] & rows["told_on"].isna()).sum())
    late = int((rows["late"] & rows["told_on"].notna()).sum())
    total = count(len(rows), "piece")
    return f"Not told after {days:.0f} days: {waiting} of {total} of advice; told, but later than that: {late}"

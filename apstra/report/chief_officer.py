"""The chief officer's one page: what is asked, the risks and what moved, strength, breaches, what decisions led to.

In: an assessment, and the events of the register up to now. Out: things that show themselves as HTML.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from html import escape
from typing import Final

import pandas as pd

from apstra.assessment import Assessment
from apstra.report.assessment import asked, breached, strength, top_risks
from apstra.report.exhibit import Exhibit, Page, Prose, count, listed, prose
from apstra.risk import SIGNED, Event, fold, history, level_of
from apstra.risk.lifecycle import Entry
from apstra.scenario import Scenario

DECIDING: Final = ("moved", "changed", "reviewed", SIGNED)
BEGINNING: Final = ("carried", "control_carried", "linked")
LATEST: Final = 8


def one_page(
    a: Assessment,
    register: pd.DataFrame,
    scenario: Scenario,
    events: Sequence[Event],
    role: str,
    worth: Mapping[str, str],
) -> Page:
    """Return the page as a role reads it on the day of ``scenario``.

    Parameters
    ----------
    register
        The register on that day (``risk.register``); the assessment's own is that of its day.
    scenario
        Settings of the force on that day.
    worth
        Run to what its signature is worth now, in words.
    """
    now = replace(a, scenario=scenario, risk=replace(a.risk, register=register))
    parts = (
        ("What is asked of you", asked(a)),
        ("The risks that matter most", top_risks(now)),
        ("What moved since your last decision", moved(events, role, scenario)),
        ("Required, established, deployable", strength(a)),
        ("What is breached or overdue", breached(a)),
        ("What your last decisions led to", led_to(events, role, scenario, worth)),
    )
    shown = tuple(Page(f"<section><h3>{escape(title)}</h3>", (part,), "</section>") for title, part in parts)
    return Page('<h2>One page</h2><div class="one-page">', shown, "</div>")


def moved(events: Sequence[Event], role: str, scenario: Scenario) -> Exhibit | Prose:
    """Return what was said of the register since the last day before today on which a role decided something."""
    if not events:
        return prose("No ledger has begun, so what moved cannot be told.")
    mine = [event for event in _decisions(events, role) if event.day < scenario.as_at]
    first = mine[-1].number if mine else 0
    since = f"since {_day(mine[-1].day)}" if mine else "since the ledger began"
    later = {event.id for event in events if event.number > first and event.kind not in BEGINNING}
    told = history(events)
    rows = told.loc[told["event"].isin(later)].iloc[::-1]
    if rows.empty:
        return prose(f"Nothing was said of the register {since}.")
    levels = _levels_moved(events, first, scenario)
    table = pd.DataFrame(
        {"Entry": rows["risk_id"], "On": rows["on"], "What": rows["said"], "Why": rows["reason"], "Who": rows["role"]}
    )
    headline = f"{listed(levels)} moved {since}" if levels else f"No level moved {since}"
    number = count(rows["risk_id"].nunique(), "entry", "entries")
    return Exhibit(
        f"{headline}; {count(len(rows), 'thing was', 'things were')} said of {number}",
        f"Said of the register {since}, newest first",
        "",
        "ledger of the register",
        table.head(LATEST),
    )


def led_to(events: Sequence[Event], role: str, scenario: Scenario, worth: Mapping[str, str]) -> Exhibit | Prose:
    """Return the last decisions of a role, and where what it decided on stands now."""
    mine = _decisions(events, role)[::-1][:LATEST]
    if not mine:
        return prose(f"{role} has decided nothing yet that the ledger holds.")
    entries = fold(events)["risks"]
    said = history(events).set_index("event")["said"].to_dict()
    rows = [
        (
            f"Run {event.subject}" if event.kind == SIGNED else f"{event.subject} {entries[event.subject]['title']}",
            pd.Timestamp(event.day),
            event.content["decision"] if event.kind == SIGNED else said[event.id],
            worth.get(event.subject, "of another assessment")
            if event.kind == SIGNED
            else _stands(entries[event.subject], scenario),
        )
        for event in mine
    ]
    return Exhibit(
        f"The last {count(len(rows), 'decision')} of {role} and where they stand",
        "Last decisions, newest first",
        "",
        "ledger of the register",
        pd.DataFrame(rows, columns=["Decided on", "Day", "Decision", "Stands now"]),
    )


def _decisions(events: Sequence[Event], role: str) -> list[Event]:
    """Return what a role decided, oldest first."""
    return [event for event in events if event.role == role and event.kind in DECIDING]


def _stands(entry: Entry, scenario: Scenario) -> str:
    """Return where an entry stands, in words."""
    more = [
        f"until {_day(date.fromisoformat(entry['accepted_until']))}" if entry.get("accepted_until") else "",
        f"came back {count(entry['times_reopened'], 'time')}" if entry.get("times_reopened") else "",
    ]
    return ", ".join([entry["state"], level_of(entry, scenario) or "not scored", *filter(None, more)])


def _levels_moved(events: Sequence[Event], first: int, scenario: Scenario) -> list[str]:
    """Return the entries whose level is not what it was after the event of number ``first``, in words."""
    before, now = fold(events[:first])["risks"], fold(events)["risks"]
    levels = {name: (level_of(before[name], scenario), level_of(now[name], scenario)) for name in now if name in before}
    return [
        f"{name} from {was or 'not scored'} to {level or 'not scored'}"
        for name, (was, level) in levels.items()
        if was != level
    ]


def _day(day: date) -> str:
    """Return a day in words."""
    return f"{day:%d %B %Y}".lstrip("0")

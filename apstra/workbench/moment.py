"""How things stand when the page is painted or a button pressed: the register, what is due, the run to be signed.

In: an assessment, the folder of its force, a time. Out: all of it as of that time, and in words.
"""

from dataclasses import dataclass
from datetime import datetime
from html import escape
from pathlib import Path

import pandas as pd

from apstra import data
from apstra.assessment import Assessment
from apstra.data import signing
from apstra.data.store import portable
from apstra.report.exhibit import bullets
from apstra.risk import LOCAL, Actor, Covered, Event, lint, recorded, register, standing
from apstra.workbench.due import Due, due


@dataclass(frozen=True, slots=True)
class Moment:
    """How things stand at a time.

    Attributes
    ----------
    register, faults
        The register on that day, and what is wrong with it.
    waiting
        Every entry with the reasons why it waits for a decision, if it does.
    asked, run
        What would be signed, and the folder of the finished run of it; nothing where none is there.
    """

    at: datetime
    desk: data.Desk
    events: tuple[Event, ...]
    register: pd.DataFrame
    faults: pd.DataFrame
    waiting: tuple[Due, ...]
    asked: Covered
    run: Path | None


def moment(a: Assessment, force: str, out: Path, at: datetime) -> Moment:
    """Return how things stand at a time.

    Raises
    ------
    ValueError
        If the ledger cannot be read or is not whole, or a table or setting is at fault.
    """
    desk = data.desk(force, at.astimezone(LOCAL).date())
    events = data.said(desk.folder)
    tables = recorded(events) or data.read_tables(desk.folder)
    unmet = a.risk.register.dropna(subset=["unmet"]).set_index("threat_id")["unmet"].to_dict()
    entries = register(tables["risks"], tables["controls"], desk.scenario, unmet)
    faults = lint(entries, tables["controls"], desk.scenario)
    waiting = tuple(due(entries, faults, pd.Timestamp(desk.scenario.as_at)))
    asked = signing.asked_of(desk, a.scenario.year, a.scenario.as_at, a.scenario.name)
    return Moment(at, desk, events, entries, faults, waiting, asked, signing.find_run(desk, asked, out))


def worth(event: Event, m: Moment) -> str:
    """Return what a signature is worth now, where it is of what this page shows."""
    said = event.content
    same = (said["product"], said["year"], said["as_at"], said["scenario"]) == m.asked.asked
    return standing(m.asked, m.events).words if same else "of another assessment: apstra verify tells"


def not_begun(m: Moment) -> str:
    """Return how a ledger is begun, where none has."""
    if m.events:
        return ""
    begin = f'apstra register begin --force {portable(m.desk.folder)} --role ROLE --account ACCOUNT --reason "WHY"'
    return (
        "<h2>Read only</h2><p>No ledger has begun, so nothing can be decided or signed here. To begin it, in a "
        f"terminal: <code>{escape(begin)}</code>. Then press Read the register again.</p>"
    )


def run_words(m: Moment, out: Path, role: str, account: str) -> str:
    """Return the run to be signed with its digest, its standing and what stands in the way, as HTML."""
    if m.run is None:
        asked = f"--year {m.asked.year} --as-at {m.asked.as_at} --scenario {m.asked.scenario}"
        command = f"apstra run --force {portable(m.desk.folder)} {asked} --out {out.name}"
        return (
            "<p>There is no finished run of the tables, the code and the register as they are now. In a terminal: "
            f"<code>{escape(command)}</code>. Then press Read the register again.</p>"
        )
    digest = signing.covered(m.run).results
    state = signing.standing_of(m.desk, m.run).words
    return (
        f"<p>Run <strong>{escape(m.run.name)}</strong>: {escape(state)}.</p>"
        f"<p>Digest of its results: <strong><code>{digest[: signing.CONFIRMED]}</code></strong>, in full "
        f"<code>{digest}</code>. A signature covers exactly these results and the register as it stands; it is no "
        f"qualified electronic signature.</p>{_in_the_way(m, m.run, role, account)}"
    )


def _in_the_way(m: Moment, run: Path, role: str, account: str) -> str:
    """Return what stands in the way of an approval, as HTML."""
    try:
        found = signing.obstacles(m.desk, run, Actor(role, account))
    except ValueError as unknown:
        found = [f"Who decides is not said yet: {unknown}."]
    if not found:
        return "<p>Nothing stands in the way of an approval.</p>"
    errors = m.faults.query("severity == 'error'")
    listed = [f"{row.risk_id}: {row.message}" for row in errors.itertuples()]
    more = f"<p>Errors of the register:</p>{bullets(*listed)._repr_html_()}" if listed else ""
    return f"<p>What stands in the way of an approval:</p>{bullets(*found)._repr_html_()}{more}"

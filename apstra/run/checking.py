"""The light scheduled check: what is late, lapsed or at fault, in seconds and without a notebook.

In: the folder of a force and a day. Out: breaches, one line each, and the days on which the next assessment and review
are due. Only tables, settings and the ledger are looked at; what needs the assessment is the run's to say.
"""

from dataclasses import dataclass
from datetime import date
from typing import Final

import pandas as pd

from apstra import data, ledger, risk
from apstra.assessment import as_known
from apstra.assessment.review import next_dates
from apstra.data import signing

LAPSES_WITHIN: Final = 30  # days: the check is made monthly
BASELINE: Final = "baseline"


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check found: ``breaches``, one line each, the ``dates`` that come next, and the ``standing`` in words."""

    breaches: tuple[str, ...]
    dates: pd.DataFrame
    standing: str


def check(force: str, as_at: date) -> Checked:
    """Return what is late, lapsed or at fault in a force's register, agreements and signatures on a day.

    Raises
    ------
    ValueError
        If the force's tables or settings are at fault, or its ledger cannot be read.
    """
    desk = data.desk(force, as_at)
    events = ledger.events(desk.place)
    known = risk.until(events, as_at)
    tables = as_known({**data.read_tables(desk.folder), **risk.recorded(known)}, desk.scenario)
    register = risk.register(tables["risks"], tables["controls"], desk.scenario)
    dates = next_dates(known, tables["decisions"], desk.scenario)
    broken = ledger.fault(desk.place)
    found = [
        *([f"ledger: {broken}"] if broken else []),
        *_register(register, tables["controls"], desk),
        *_lapsing(register, as_at),
        *_agreements(tables["agreements"], as_at),
        *_signatures(known, as_at),
        *(f"review: the {row.what} {'assessment' if row.what == 'annual' else 'review'} was due on {row.due:%d %B %Y}"
          for row in dates.itertuples() if row.overdue),
    ]  # fmt: skip
    if broken:
        return Checked(tuple(found), dates, "cannot be told: the ledger is not whole")
    asked = signing.asked_of(desk, desk.scenario.year, as_at, BASELINE)
    return Checked(tuple(found), dates, risk.standing(asked, events).words)


def _register(register: pd.DataFrame, controls: pd.DataFrame, desk: data.Desk) -> list[str]:
    """Return the errors of the register: overdue reviews, late controls and ended acceptances are among them."""
    wrong = risk.lint(register, controls, desk.scenario).query("severity == 'error'").fillna("")
    return [" ".join(f"register: {row.risk_id} {row.rule}: {row.message}".split()) for row in wrong.itertuples()]


def _lapsing(register: pd.DataFrame, as_at: date) -> list[str]:
    """Return the acceptances that end before the next check."""
    left = (register["accepted_until"] - pd.Timestamp(as_at)).dt.days
    soon = register.loc[register["live"] & left.between(0, LAPSES_WITHIN)]
    return [
        f"acceptance: {row.risk_id} {row.title}: ends on {row.accepted_until:%d %B %Y}" for row in soon.itertuples()
    ]


def _agreements(agreements: pd.DataFrame, as_at: date) -> list[str]:
    """Return the agreements that have expired."""
    over = agreements.loc[agreements["expires_on"] < pd.Timestamp(as_at)]
    return [f"agreement: {row.agreement_id} expired on {row.expires_on:%d %B %Y}" for row in over.itertuples()]


def _signatures(events: list[risk.Event], as_at: date) -> list[str]:
    """Return the last approval of each product whose last day has passed."""
    signed = [event for event in events if event.kind == risk.SIGNED]
    approved = {e.content["product"]: e for e in signed if e.content["decision"] in risk.APPROVALS}
    ended = [(product, date.fromisoformat(e.content["expires_on"]), e.role) for product, e in approved.items()]
    return [
        f"signature: the approval of the {product} by {role} ended on {until:%d %B %Y}"
        for product, until, role in ended
        if until < as_at
    ]

"""What waits for a decision, and which decisions the state of an entry allows.

In: the register on a day with its faults. Out: the entries that are due with the reasons in words, the decisions on
each in words, and what the ledger is told when one is taken. The states are those of ``risk.TRANSITIONS`` and of no
other table.
"""

from dataclasses import dataclass
from typing import Any, Final

import pandas as pd

from apstra.risk import CLOSED, TRANSITIONS, Draft
from apstra.risk.fields import day_of

REVIEWED: Final = "reviewed"
REVIEW_DUE_WITHIN: Final = 30  # days: one meeting of a monthly board
LAPSES_WITHIN: Final = 60  # days: two meetings
PUT_RIGHT: Final = (
    "review-overdue", "no-review-date", "acceptance-expired", "acceptance-without-expiry",
    "tolerated-without-acceptance", "accepted-without-authority", "closed-without-evidence",
)  # fmt: skip
WORDS: Final = {
    "open": "Open it again, neither treated nor tolerated",
    "treating": "Treat it",
    "tolerated": "Tolerate it until a last day",
    "closed": "Close it, with its evidence",
    "dismissed": "Dismiss it",
    "reopened": "Reopen it",
    REVIEWED: "Reviewed: it stays as it is until the next review",
}
DAYS: Final = {"tolerated": "Last day of the acceptance", REVIEWED: "Day of the next review"}


@dataclass(frozen=True, slots=True)
class Due:
    """An entry as it stands, and why it waits for a decision; no reason once it does not wait any more."""

    risk_id: str
    title: str
    state: str
    facts: str
    because: tuple[str, ...]


def due(register: pd.DataFrame, faults: pd.DataFrame, on: pd.Timestamp) -> list[Due]:
    """Return every entry, most severe first, with the reasons why it waits for a decision.

    Parameters
    ----------
    register
        As ``risk.register`` returns it.
    faults
        As ``risk.lint`` returns them; those that a decision can put right are reasons.
    on
        Day of the decision.
    """
    wrong = faults.loc[faults["rule"].isin(PUT_RIGHT)].groupby("risk_id")["message"].agg(tuple).to_dict()
    return [
        Due(
            str(row.risk_id),
            str(row.title),
            str(row.state),
            f"{str(row.kind).capitalize()}, {row.state}; level {_or(row.current_level, 'not scored')}; "
            f"owner {_or(row.owner, 'none')}; next review {_day(row.review_on)}.",
            (*_reasons(row, on), *wrong.get(row.risk_id, ())),
        )
        for row in register.itertuples()
    ]


def _reasons(row: Any, on: pd.Timestamp) -> list[str]:
    """Return why an entry waits, in sentences, apart from what is wrong with it."""
    if row.state in CLOSED:
        return []
    found = []
    if row.state == "proposed":
        found.append("The assessment proposes it.")
    if row.state == "reopened":
        found.append("It came back after it was closed or dismissed.")
    if pd.notna(row.closing_proposed):
        found.append(f"The assessment no longer finds {row.closing_proposed}: close it, or keep it with a review.")
    if on <= row.review_on <= on + pd.Timedelta(days=REVIEW_DUE_WITHIN):
        found.append(f"Its review is due on {_day(row.review_on)}.")
    if on <= row.accepted_until <= on + pd.Timedelta(days=LAPSES_WITHIN):
        found.append(f"Its acceptance ends on {_day(row.accepted_until)}.")
    return found


def choices(state: str) -> list[tuple[str, str]]:
    """Return the decisions on an entry in a state, in words and by the name ``drafts`` takes.

    >>> [name for _, name in choices("proposed")], [name for _, name in choices("tolerated")]
    (['open', 'dismissed'], ['reviewed', 'open', 'treating', 'closed', 'tolerated'])
    """
    moves = [(WORDS[to], to) for to in TRANSITIONS[state]]
    if state == "proposed":
        return [("Adopt it", name) if name == "open" else (words, name) for words, name in moves]
    if state in CLOSED:
        return moves
    again = [("Tolerate it again, until a new last day", "tolerated")] if state == "tolerated" else []
    return [(WORDS[REVIEWED], REVIEWED), *moves, *again]


def drafts(entry: Due, decision: str, day: str, reason: str) -> list[Draft]:
    """Return what the ledger is told of a decision.

    Parameters
    ----------
    day
        Last day of an acceptance or day of the next review, in ISO; otherwise empty.
    reason
        Why; of an entry that is closed, its evidence.

    Raises
    ------
    ValueError
        If no decision is chosen, no reason given, or the day is needed and is none, or given and not needed.
    """
    if not decision:
        raise ValueError(f"choose a decision on {entry.risk_id} first")
    if not reason.strip():
        raise ValueError("say on what evidence it closes" if decision == "closed" else "say why")
    reason, on = reason.strip(), day.strip()
    if decision in DAYS:
        day_of(on, f"{DAYS[decision]}:")
    elif on:
        raise ValueError(f"this decision has no day: leave {on!r} out")
    if decision == REVIEWED:
        return [Draft(REVIEWED, entry.risk_id, {"review_on": on}, reason)]
    said = {"to": decision}
    if decision == "tolerated":
        said["accepted_until"] = on
    if decision == "closed":
        said["evidence"] = reason
    # An acceptance is not prolonged: it ends, and a new one is given by whoever may give it now.
    ended = [Draft("moved", entry.risk_id, {"to": "open"}, reason)] if decision == entry.state else []
    return [*ended, Draft("moved", entry.risk_id, said, reason)]


def _or(value: Any, words: str) -> str:
    """Return a cell, or words where it is blank."""
    return words if pd.isna(value) else str(value)


def _day(value: Any) -> str:
    """Return a day in words."""
    return "not set" if pd.isna(value) else f"{value:%d %B %Y}".lstrip("0")

"""Saying something of the register: checked against what it is now, then added, all or none.

In: drafts and who says them. Out: the sealed events. Two people may speak at once: whoever comes second is checked
against what the first said.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from apstra.ledger.place import Place
from apstra.ledger.store import append
from apstra.risk.event import Actor, Draft, Event
from apstra.risk.history import advance, fold
from apstra.risk.lifecycle import check
from apstra.scenario import Scenario

AT_FIRST: Final = ("carried", "control_carried")


def record(place: Place, actor: Actor, drafts: Sequence[Draft], scenario: Scenario, at: datetime) -> tuple[Event, ...]:
    """Say something of the register of a force, and return it sealed.

    Parameters
    ----------
    scenario
        Settings of the force: who may accept which level.
    at
        When it is said, with its zone.

    Raises
    ------
    ValueError
        If a draft may not be said of the register as it stands; then none of them is.
    LedgerFault
        If there is no ledger, it is not whole, or it cannot be written.
    """

    def judge(known: Sequence[Event], added: Sequence[Event]) -> None:
        state = fold(known)
        for draft, event in zip(drafts, added, strict=True):
            if known and draft.kind in AT_FIRST:
                raise ValueError(f"{draft.subject}: entries are carried over from the tables only when a ledger begins")
            check(state, draft, actor, scenario, event.day)
            advance(state, event)

    return append(place, actor, drafts, at, judge)

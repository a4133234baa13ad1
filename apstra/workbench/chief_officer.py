"""The chief officer's page: read it, decide on what is due, sign.

In: an assessment and the folder of its force. Out: one page, a form for each entry that waits for a decision and one to
sign, all worked by keyboard. What is decided goes to the ledger through ``data.say`` and ``signing.sign``, which refuse
what may not be; a refusal stands beside its button, and nothing typed is lost. This is the one place here that reads
the clock.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from typing import Any, Final

import ipywidgets as widgets
from IPython.display import display

from apstra import data
from apstra.assessment import Assessment
from apstra.data import signing
from apstra.report.chief_officer import one_page
from apstra.report.exhibit import bullets
from apstra.risk import SIGNED, Actor
from apstra.workbench.due import Due, choices, drafts
from apstra.workbench.look import TYPED, WIDE, button, said, style
from apstra.workbench.moment import Moment, moment, not_begun, run_words, worth

PAGE: Final = "chief-officer"
OUT: Final = data.PROJECT / "outputs"
A_DAY: Final = "YYYY-MM-DD, such as 2027-05-31"
SIGNING: Final = ("decision", "note", "expires", "confirm", "sign")
RUN_DECISIONS: Final = {
    "Approve this run": "approve",
    "Approve this run with conditions": "approve with conditions",
    "Return this run": "return",
}
NONE_CHOSEN: Final = ("Choose a decision", "")


def the_time() -> datetime:
    """Return the time at which something is said."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Office:
    """What the page is made of, its controls and what it tells by name, and the box that shows itself.

    Attributes
    ----------
    out
        Folder in which runs are kept.
    now
        The clock.
    told
        ``page``, ``waiting``, ``run``, the head of each form by entry, what came of each button by the button's name.
    forms
        A form for each entry that waits for a decision, or did when the page was opened.
    """

    a: Assessment
    force: str
    out: Path
    now: Callable[[], datetime]
    controls: dict[str, Any]
    told: dict[str, widgets.HTML]
    forms: widgets.VBox
    box: widgets.VBox

    def _ipython_display_(self) -> None:
        """Show the box."""
        display(self.box)  # type: ignore[no-untyped-call]  # IPython states no types


def office(a: Assessment, force: str, out: str | Path = OUT, now: Callable[[], datetime] = the_time) -> Office:
    """Return the chief officer's page of an assessment.

    Parameters
    ----------
    force
        Folder of the force's tables, relative to the project (or absolute).
    out
        Folder in which its runs are kept.
    now
        The clock.
    """
    told = {name: widgets.HTML() for name in ("page", "waiting", "run", "again", "sign")}
    who, forms = _who(a), widgets.VBox()
    room = Office(a, force, Path(out), now, who | _signing(), told, forms, widgets.VBox())
    signing_form = [told["run"], *(room.controls[name] for name in SIGNING), told["sign"]]
    # Set once: a box whose children change draws them anew, and whoever was in one of them is thrown out of it.
    room.box.children = (told["page"], *who.values(), told["again"], told["waiting"], forms, *signing_form)
    room.box.add_class(PAGE)
    _listen(room)
    repaint(room)
    return room


def _who(a: Assessment) -> dict[str, Any]:
    """Return the controls that say who decides: the force's approver first."""
    known = a.scenario.force
    first = [role for role in (known.responsible.get("approver"),) if role]
    severe = [known.authority[level] for level in reversed(a.scenario.scheme.order) if level in known.authority]
    roles = list(dict.fromkeys([*first, *severe, *known.responsible.values()]))
    return {
        "role": widgets.Dropdown(options=roles, description="Your role", **WIDE),
        "account": widgets.Text(description="Your account", placeholder="pseudonymous, such as c-01", **TYPED),
        "again": widgets.Button(description="Read the register again", **button()),
    }


def _signing() -> dict[str, Any]:
    """Return the controls of a signature; nothing is chosen beforehand."""
    typed = f"First {signing.CONFIRMED} characters"
    return {
        "decision": widgets.RadioButtons(
            options=list(RUN_DECISIONS.items()), index=None, description="Decision on the run", **WIDE
        ),
        "note": widgets.Textarea(description="Note, or the conditions", rows=3, **TYPED),
        "expires": widgets.Text(description="Last day of an approval", placeholder=A_DAY, **TYPED),
        "confirm": widgets.Text(description=f"{typed} of the digest", placeholder="typed, to confirm", **TYPED),
        "sign": widgets.Button(description="Sign", **button()),
    }


def _listen(room: Office) -> None:
    """Repaint when somebody else decides or asks; sign when asked."""
    for name in ("role", "account"):
        room.controls[name].observe(lambda _change: _told(room, "again", lambda: _greeting(room)), names="value")
    room.controls["again"].on_click(lambda _button: _told(room, "again", lambda: "The register was read again."))
    room.controls["sign"].on_click(lambda _button: _told(room, "sign", lambda: _sign(room)))


def _greeting(room: Office) -> str:
    """Return whose page it is now, refusing what is no role or account."""
    who = Actor(*_who_says(room))
    return f"This is the page of {who.role} ({who.account})."


def _moment(room: Office) -> Moment:
    """Return how things stand now."""
    return moment(room.a, room.force, room.out, room.now())


def repaint(room: Office) -> None:
    """Paint everything from the ledger as it stands; what is typed stays."""
    m = _moment(room)
    role, account = _who_says(room)
    signed = {event.subject: worth(event, m) for event in m.events if event.kind == SIGNED}
    page = one_page(room.a, m.register, m.desk.scenario, m.events, role, signed)
    room.told["page"].value = f"{style(PAGE)}{not_begun(m)}{page._repr_html_()}<h2>Decide</h2>"
    waiting = _paint_forms(room, m.waiting)
    room.told["waiting"].value = f"<p>{escape(_waiting_words(waiting))}</p>"
    room.told["run"].value = f"<h2>Sign</h2>{run_words(m, room.out, role, account)}"
    for name, control in room.controls.items():
        if name not in ("role", "account", "again"):
            control.disabled = not m.events or (name in SIGNING and m.run is None)


def _waiting_words(waiting: int) -> str:
    """Return how many entries wait, in words."""
    if not waiting:
        return "No entry waits for a decision."
    return f"{waiting} {'entry waits' if waiting == 1 else 'entries wait'} for a decision, the most severe first."


def _paint_forms(room: Office, entries: Sequence[Due]) -> int:
    """Paint the forms, add those that are missing, and return how many entries wait; a form once there stays."""
    for entry in entries:
        key = f"decision {entry.risk_id}"
        if entry.because and key not in room.controls:
            _add_form(room, entry)
        if key in room.controls:
            room.told[entry.risk_id].value = _head(entry)
            options = (NONE_CHOSEN, *choices(entry.state))
            if tuple(room.controls[key].options) != options:
                room.controls[key].options = options  # what was chosen may not be possible any more
    return sum(bool(entry.because) for entry in entries)


def _head(entry: Due) -> str:
    """Return what stands above a form: the entry, how it stands, why it waits."""
    reasons = bullets(*entry.because)._repr_html_() if entry.because else "<p>It waits for no decision now.</p>"
    return f"<h3>{escape(f'{entry.risk_id} {entry.title}')}</h3><p>{escape(entry.facts)}</p>{reasons}"


def _add_form(room: Office, entry: Due) -> None:
    """Add the form of an entry."""
    name = entry.risk_id
    parts = {
        f"decision {name}": widgets.Dropdown(options=(NONE_CHOSEN,), description=f"Decision on {name}", **WIDE),
        f"day {name}": widgets.Text(description=f"Next review, or last day, {name}", placeholder=A_DAY, **TYPED),
        f"reason {name}": widgets.Textarea(description=f"Reason or evidence, {name}", rows=3, **TYPED),
        f"record {name}": widgets.Button(description=f"Record decision on {name}", **button()),
    }
    room.controls.update(parts)
    room.told.update({name: widgets.HTML(), f"record {name}": widgets.HTML()})
    parts[f"record {name}"].on_click(lambda _button: _told(room, f"record {name}", lambda: _record(room, name)))
    room.forms.children = (*room.forms.children, room.told[name], *parts.values(), room.told[f"record {name}"])


def _told(room: Office, name: str, does: Callable[[], str]) -> None:
    """Do what a button is for, say beside it what came of it, and paint everything anew, refused or not."""
    place = room.told[name]
    place.value = ""  # so that the same words said twice are announced twice
    words = said(does)
    try:
        repaint(room)
    except ValueError as fault:
        words += f'<div role="alert"><strong>Not painted anew:</strong> {escape(str(fault))}</div>'
    place.value = words


def _who_says(room: Office) -> tuple[str, str]:
    """Return role and account as they are given."""
    return room.controls["role"].value or "", room.controls["account"].value.strip()


def _record(room: Office, name: str) -> str:
    """Record a decision on an entry, empty its form, and return what was recorded."""
    m, who = _moment(room), Actor(*_who_says(room))
    entry = next(entry for entry in m.waiting if entry.risk_id == name)
    decision, day, reason = (room.controls[f"{part} {name}"] for part in ("decision", "day", "reason"))
    events = data.say(m.desk, who, drafts(entry, decision.value, day.value, reason.value), m.at)
    words = f"“{decision.label}” is recorded of {name} as {events[-1].id}, by {who.role} ({who.account})."
    decision.value, day.value, reason.value = "", "", ""
    return words


def _sign(room: Office) -> str:
    """Sign the run, once its digest is typed, and return what was recorded."""
    m, typed = _moment(room), room.controls["confirm"].value.strip().lower()
    if m.run is None:
        raise ValueError("there is no run to sign any more: something changed since the page was painted")
    digest = signing.covered(m.run).results
    if len(typed) < signing.CONFIRMED or not digest.startswith(typed):
        raise ValueError(f"to sign, type the first {signing.CONFIRMED} characters of the digest; nothing is signed")
    decision, note, expires = (room.controls[name] for name in ("decision", "note", "expires"))
    if decision.value is None:
        raise ValueError("choose a decision on the run first; nothing is signed")
    who, until = Actor(*_who_says(room)), expires.value.strip() or None
    event = signing.sign(m.desk, m.run, who, decision.value, note.value, until, m.at)
    words = f"“{decision.label}” is recorded of run {m.run.name} as {event.id}, by {who.role} ({who.account})."
    decision.index = None
    note.value, expires.value, room.controls["confirm"].value = "", "", ""
    return words

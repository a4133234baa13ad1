"""The table editor: pick a table and a row, change it field by field, see what would change, save it.

In: the folder of a force. Out: a form made from the declaration of the table, all worked by keyboard. A field is
checked as it is left, and what may not stand there is refused beside it with what may. What is saved goes through
``table_edit.save_edits``: the smallest difference of the CSV, or events of the register's ledger once that has begun.
A refusal loses nothing typed.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import Any, Final

import ipywidgets as widgets
import pandas as pd
from IPython.display import display

from apstra import data
from apstra.data.cells import allowed_words
from apstra.data.table_edit import Key, Reading, blank_row, may_set, read_table, row_faults, save_edits
from apstra.report.exhibit import table_html
from apstra.risk import LOCAL
from apstra.schema import TABLES, Column, Kind
from apstra.schema.edit import Edit
from apstra.workbench.chief_officer import the_time
from apstra.workbench.look import TYPED, WIDE, button, said, style

SHOWN: Final = ("threats", "threat_scores", "threat_judgements", "horizon", "risks", "controls", "links", "actions")
NEW: Final[Key] = ()
LONG: Final = 60  # characters that are read in one line
REGISTER: Final = ("role", "account", "reason")
BUTTONS: Final = {
    "again": "Read again", "remove": "Remove this row", "undo": "Undo what is not saved", "save": "Save",
}  # fmt: skip
PAGE: Final = "table-editor"
_RULES: Final = ".PAGE :is([role=alert], [role=status]) { white-space: pre-wrap; word-break: break-word }"


@dataclass(frozen=True, slots=True)
class Editor:
    """What the editor is made of, its controls by name and the box that shows itself.

    ``fields`` and the words beside them, ``notes``, are by column. ``told`` is what came of picking (``picked``) or of
    a button (``saved``), and what would change (``changes``); ``asked`` is what a ledger asks for. ``state`` holds the
    table (``reading``), what is not saved by the row's key (``edits``) and the row shown (``key``; none meanwhile).
    """

    force: str
    now: Callable[[], datetime]
    controls: dict[str, Any]
    fields: dict[str, Any]
    notes: dict[str, widgets.HTML]
    told: dict[str, widgets.HTML]
    state: dict[str, Any]
    form: widgets.VBox
    asked: widgets.VBox
    box: widgets.VBox

    @property
    def reading(self) -> Reading:
        """Return the table as it was read."""
        return self.state["reading"]

    def _ipython_display_(self) -> None:
        """Show the box."""
        display(self.box)  # type: ignore[no-untyped-call]  # IPython states no types


def editor(force: str, tables: Sequence[str] = SHOWN, now: Callable[[], datetime] = the_time) -> Editor:
    """Return the editor of some tables in the folder of a force, the first of them picked; ``now`` is the clock."""
    told = {name: widgets.HTML() for name in ("picked", "changes", "saved")}
    controls = _controls(force, tables, now())
    form, asked = widgets.VBox(), widgets.VBox([controls[name] for name in REGISTER])
    room = Editor(force, now, controls, {}, {}, told, {"edits": {}}, form, asked, widgets.VBox())
    table, row, again, remove, undo, save = (controls[name] for name in ("table", "row", *BUTTONS))
    pick, keep = (table, row, again, told["picked"]), (remove, undo, asked, save, told["saved"])
    room.box.children = (widgets.HTML(style(PAGE, _RULES)), *pick, form, told["changes"], *keep)
    room.box.add_class(PAGE)
    _open(room, tables[0])
    controls["table"].observe(lambda change: _pick(room, "table", _turn_to_table, change.new), names="value")
    controls["row"].observe(lambda change: _pick(room, "row", _turn_to_row, change.new), names="value")
    for name, does in {"again": _again, "remove": _remove, "undo": _undo, "save": _save}.items():
        place = "picked" if name == "again" else "saved"
        controls[name].on_click(lambda _, does=does, place=place: _tell(room, place, lambda: does(room)))
    return room


def _controls(force: str, tables: Sequence[str], at: datetime) -> dict[str, Any]:
    """Return the controls that stay whatever table is picked."""
    known = data.desk(force, at.astimezone(LOCAL).date()).scenario.force
    roles = list(dict.fromkeys([*known.responsible.values(), *known.authority.values()]))
    return {
        "table": widgets.Dropdown(options=[(_words(name), name) for name in tables], description="Table", **WIDE),
        "row": widgets.Dropdown(options=[("A new row", NEW)], description="Row", **WIDE),
        "role": widgets.Dropdown(options=roles, description="Your role", **WIDE),
        "account": widgets.Text(description="Your account", placeholder="pseudonymous, such as a-17", **TYPED),
        "reason": widgets.Textarea(description="Reason of the change", rows=2, **TYPED),
        **{name: widgets.Button(description=text, **button()) for name, text in BUTTONS.items()},
    }


def _words(name: str) -> str:
    """Return the name of a table or column in words."""
    return name.replace("_", " ").capitalize()


def _open(room: Editor, name: str, key: Key = NEW) -> None:
    """Read a table, make its form and show one of its rows, or the first where there is no such row."""
    room.state.update(reading=read_table(room.force, name), key=None)
    room.fields.clear()
    room.notes.clear()
    for column in TABLES[name].columns:
        if column.name in room.reading.cells:
            field = room.fields[column.name] = _field(room.reading, column)
            room.notes[column.name] = widgets.HTML(layout=widgets.Layout(margin="0 0 0.5em 15.6em", max_width="36em"))
            field.observe(lambda _change: _left(room), names="value")
    room.form.children = [part for name in room.fields for part in (room.fields[name], room.notes[name])]
    room.asked.layout.display = None if room.reading.begun else "none"
    rows = room.reading.rows
    titles = room.reading.cells.get("title", [""] * len(rows))
    names = [f"{', '.join(row)} {title}".strip() for row, title in zip(rows, titles, strict=True)]
    room.controls["row"].options = [("A new row", NEW), *zip(names, rows, strict=True)]
    shown = key if key in rows or key in room.state["edits"] else next(iter(rows), NEW)
    room.controls["row"].value = shown
    _show(room, shown)


def _field(reading: Reading, column: Column) -> Any:
    """Return the control of a column: a choice where its words are known, else text."""
    name = f"{_words(column.name)}{f' [{column.unit}]' * bool(column.unit)}"
    words = ("yes", "no") if column.kind is Kind.FLAG else column.allowed
    known = reading.keys.get(column.refers, {}) or {word: word for word in words}
    if known and not column.many:
        none = ("Blank" if column.blank else "Choose one", "")
        options = [none, *((label, key) for key, label in known.items())]
        return widgets.Dropdown(options=options, description=name, **WIDE)
    if any(len(text) > LONG or "\n" in text for text in reading.cells[column.name]):
        return widgets.Textarea(description=name, rows=2, **TYPED)
    return widgets.Text(description=name, **TYPED)


def _show(room: Editor, key: Key) -> None:
    """Put a row into the form, with what is not saved of it."""
    room.state["key"] = None
    edit, may = room.state["edits"].get(key, Edit("")), may_set(room.reading, new=key == NEW)
    for name, text in {**_stored(room, key), **edit.set, **edit.add}.items():
        field = room.fields[name]
        if isinstance(field, widgets.Dropdown) and text not in [value for _, value in field.options]:
            field.options = (*field.options, (f"{text} (as it stands)", text))
        field.value, field.disabled = text, edit.remove or name not in may
    room.controls["remove"].disabled = key == NEW or edit.remove
    room.state["key"] = key
    _paint(room)


def _stored(room: Editor, key: Key) -> dict[str, str]:
    """Return the cells of a row as it was read; of a new row what it says at first."""
    return blank_row(room.reading, room.now()) if key == NEW else room.reading.row(key)


def _left(room: Editor) -> None:
    """Keep what was put into a field as not saved, and say beside it what is wrong with it."""
    key, table = room.state["key"], room.reading.table
    if key is None:
        return
    before = _stored(room, key)
    cells = {each: field.value for each, field in room.fields.items()}
    changed = {each: text for each, text in cells.items() if text != before[each]}
    room.state["edits"].pop(key, None)
    if changed:
        old = Edit(table.name, key=_named(room, key), set=changed)
        room.state["edits"][key] = Edit(table.name, add=cells) if key == NEW else old
    _paint(room)


def _named(room: Editor, key: Key) -> dict[str, str]:
    """Return the key of a row by column; nothing of a new row."""
    return dict(zip(room.reading.table.key, key, strict=True)) if key else {}


def _paint(room: Editor, *, whole: bool = False) -> list[str]:
    """Paint the words beside every field and what would change; return the fields that are wrong.

    Of a new row, fields not filled in yet are wrong only once it is looked at as a ``whole``.
    """
    key = room.state["key"]
    edit = room.state["edits"].get(key, Edit(room.reading.table.name, key=_named(room, key)))
    faults = row_faults(room.reading, edit) if not edit.remove and (edit.add or edit.key) else {}
    wrong = [name for name in room.fields if name in faults and (whole or room.fields[name].value or name in edit.set)]
    for name, note in room.notes.items():
        column = room.reading.table.column(name)
        words = f"<small>{escape(f'{column.meaning} Allowed: {allowed_words(column)}.')}</small>"
        if name in wrong:
            refused = f"{room.fields[name].value!r} - allowed: {faults[name].allowed}"
            words = f'<div role="alert"><strong>Refused:</strong> {escape(refused)}</div>'
        if note.value != words:
            note.value = words
    room.told["changes"].value = _changes(room)
    return wrong


def _changes(room: Editor) -> str:
    """Return what would change as a table, as HTML."""
    rows = []
    for key, edit in room.state["edits"].items():
        row, before = ", ".join(key) or "a new row", _stored(room, key) if key else {}
        told = {**edit.set, **{name: text for name, text in edit.add.items() if text}}
        rows += [(row, "the whole row", "there", "removed")] if edit.remove else []
        rows += [(row, _words(name), before.get(name) or "blank", text or "blank") for name, text in told.items()]
    if not rows:
        return "<p>Nothing would change: everything is as it was read.</p>"
    return table_html(pd.DataFrame(rows, columns=["Row", "Field", "Before", "After"]), "What would change")


def _pick(room: Editor, name: str, turn: Callable[[Editor, Any], str], chosen: Any) -> None:
    """Turn to another table or row; where that is refused, the one shown is picked again."""

    def shown() -> Any:
        return room.reading.table.name if name == "table" else room.state["key"]

    if room.state["key"] is not None and chosen != shown():
        _tell(room, "picked", lambda: turn(room, chosen))
        room.controls[name].value = shown()


def _turn_to_table(room: Editor, name: str) -> str:
    """Show another table, unless something of this one is not saved."""
    if room.state["edits"]:
        raise ValueError(f"save or undo first what is not saved of {room.reading.table.name}")
    _open(room, name)
    room.told["saved"].value = ""
    where = "the register's ledger: a change is an event in it" if room.reading.begun else TABLES[name].file
    return f"{TABLES[name].meaning} It is kept in {where}."


def _turn_to_row(room: Editor, key: Key) -> str:
    """Show another row, unless a field of this one is wrong; what is not saved of it stays."""
    _refuse_wrong(room)
    _show(room, key)
    return f"Row {', '.join(key) or 'new'} is shown."


def _refuse_wrong(room: Editor) -> None:
    """Refuse to go on while a field of a row that was changed is wrong."""
    wrong = _paint(room, whole=True)
    if wrong and room.state["key"] in room.state["edits"]:
        names = ", ".join(_words(name) for name in wrong)
        raise ValueError(f"put these fields right first, or undo: {names}; what each may hold stands beside it")


def _remove(room: Editor) -> str:
    """Take the row shown out, once it is saved."""
    key = room.state["key"]
    room.state["edits"][key] = Edit(room.reading.table.name, key=_named(room, key), remove=True)
    _show(room, key)
    return f"Row {', '.join(key)} goes when you save."


def _undo(room: Editor) -> str:
    """Forget what is not saved."""
    room.state["edits"].clear()
    _show(room, room.state["key"])
    return "Everything is as it was read."


def _again(room: Editor) -> str:
    """Read the table again; what is not saved stays, but of rows that are gone."""
    edits, there = room.state["edits"], read_table(room.force, room.reading.table.name).rows
    gone = [key for key in edits if key != NEW and key not in there]
    for key in gone:
        del edits[key]
    _open(room, room.reading.table.name, room.state["key"])
    lost = f" Gone with your changes to them: {'; '.join(', '.join(key) for key in gone)}." * bool(gone)
    return f"The table was read again; what you have not saved is shown against it.{lost}"


def _save(room: Editor) -> str:
    """Save what is not saved, and return what was written."""
    _refuse_wrong(room)
    edits, table, key = room.state["edits"], room.reading.table, room.state["key"]
    if not edits:
        raise ValueError("nothing is changed: there is nothing to save")
    shown = edits[NEW].row(table.key)[1:] if key == NEW and NEW in edits else key
    role, account, reason = ((room.controls[name].value or "").strip() for name in REGISTER)
    written = save_edits(room.reading, list(edits.values()), role, account, reason, room.now())
    edits.clear()
    room.controls["reason"].value = ""
    where = "Said in the ledger" if room.reading.begun else f"Written to {table.file}"
    _open(room, table.name, shown)
    return "\n".join([f"{where}:", *written])


def _tell(room: Editor, name: str, does: Callable[[], str]) -> None:
    """Do something and say what came of it, refused or not."""
    room.told[name].value = ""  # so that the same words said twice are announced twice
    room.told[name].value = said(does)

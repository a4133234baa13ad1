"""The form of the workbench: what to change, of what, and a labelled field for each value.

In: a workbench. Out: controls. A value is checked as it is left; one out of range is refused beside its field with what
is allowed, and the field goes back to what it was.
"""

from dataclasses import replace
from html import escape
from typing import TYPE_CHECKING, Any, Final

import ipywidgets as widgets

from apstra.data.edits import unfit
from apstra.scenario import Scenario
from apstra.schema import TABLES, Kind
from apstra.schema.edit import Value
from apstra.workbench.field import Field, Section

if TYPE_CHECKING:
    from apstra.workbench.bench import Workbench

MOST_PICKS: Final = 2
ABSTAINED: Final = "blank: abstained"
_LOOK: Final[Any] = {"style": {"description_width": "17em"}}


def build(bench: "Workbench") -> list[Any]:
    """Return the controls of the form, wired."""
    section = widgets.Dropdown(
        options=[(one.title, one.name) for one in bench.sections], description="What to change", layout=_wide(), **_LOOK
    )
    picks = [widgets.Dropdown(description=f"Choice {number}", layout=_wide(), **_LOOK) for number in (1, 2)]
    fields = widgets.VBox()
    bench.controls.update({"section": section, "fields": fields, **{f"pick {n}": one for n, one in enumerate(picks)}})
    section.observe(lambda _change: _turn(bench), names="value")
    for pick in picks:
        pick.observe(lambda _change: show(bench), names="value")
    _turn(bench)
    return [section, *picks, fields]


def _wide(*, shown: bool = True) -> widgets.Layout:
    """Return the layout of a control."""
    return widgets.Layout(width="100%", max_width="40em", display=None if shown else "none")


def _section(bench: "Workbench") -> Section:
    """Return the section chosen."""
    return next(one for one in bench.sections if one.name == bench.controls["section"].value)


def _turn(bench: "Workbench") -> None:
    """Offer what the section chosen is picked by, and show the fields of the first."""
    asked = _section(bench).picks
    for place in range(MOST_PICKS):
        pick = bench.controls[f"pick {place}"]
        pick.layout = _wide(shown=place < len(asked))
        if place < len(asked):
            pick.description, pick.options = asked[place]
            pick.index = 0
    show(bench)


def show(bench: "Workbench") -> None:
    """Show the fields of what is picked, as the draft has them."""
    section = _section(bench)
    chosen = [bench.controls[f"pick {place}"].value for place in range(len(section.picks))]
    if any(one not in dict(choices).values() for one, (_, choices) in zip(chosen, section.picks, strict=True)):
        return  # another section is being turned to
    bench.fields.clear()
    for field in section.fields(chosen):
        control, note = _control(field, field.now(bench.draft.scenario)), widgets.HTML()
        bench.fields[field.name] = (field, control, note)
        control.observe(lambda change, name=field.name: typed(bench, name, change.new), names="value")
    bench.controls["fields"].children = [part for _, *parts in bench.fields.values() for part in parts]


def _control(field: Field, value: Value) -> Any:
    """Return the control of a field: its label says the unit and what the baseline has."""
    unit = f" [{field.unit}]" if field.unit else ""
    look = {"description": f"{field.label}{unit}, baseline {_words(field.was)}", "layout": _wide(), **_LOOK}
    if field.blank and field.low is not None and field.high is not None:
        held = [one for one in (field.was, value) if one is not None]  # a scorer may have chosen one in between
        scores = sorted({*range(int(field.low), int(field.high) + 1), *held}, key=float)
        options = [(ABSTAINED, None), *((f"{one}", one) for one in scores)]
        return widgets.Dropdown(options=options, value=value, **look)
    if field.kind is Kind.FLAG:
        return widgets.Checkbox(value=bool(value), indent=False, **look)
    if field.kind is Kind.DATE:
        return widgets.Text(value=str(value), continuous_update=False, **look)
    # A whole number too, for a control of whole numbers would cut a fraction off and say nothing.
    return widgets.FloatText(value=value, step=_step(field), **look)


def _step(field: Field) -> float:
    """Return by how much the arrows of a number change it: a hundredth of a small range, else one."""
    small = field.kind is Kind.NUMBER and field.high is not None and field.high <= 10.0  # noqa: PLR2004 (ratios, shares)
    return 0.05 if small else 1.0


def _words(value: Value) -> str:
    """Return a value in words."""
    if value is None:
        return "blank"
    return ("no", "yes")[value] if isinstance(value, bool) else f"{value:g}" if isinstance(value, float) else str(value)


def typed(bench: "Workbench", name: str, value: Value) -> None:
    """Take what was typed into a field, or refuse it beside the field with what is allowed."""
    field, _, note = bench.fields[name]
    note.value = ""
    if value == field.now(bench.draft.scenario):
        return
    try:
        scenario = field.put(bench.draft.scenario, field.checked(value))
        _fits(bench, scenario)
        bench.move(bench.draft.changed(scenario), field.about)
    except ValueError as refused:
        refresh(bench)
        note.value = f'<p role="alert">{escape(str(refused))}</p>'


def refresh(bench: "Workbench") -> None:
    """Show in every field what the draft has."""
    for field, control, _ in bench.fields.values():
        control.value = field.now(bench.draft.scenario)


def _fits(bench: "Workbench", scenario: Scenario) -> None:
    """Refuse a change that breaks a rule of its table, such as an event that ends before it starts."""
    before = bench.draft.scenario.edits
    moved = {edit.table for edit in scenario.edits if edit not in before}
    asked = {column.refers for name in moved for column in TABLES[name].columns}  # there a row added counts
    edits = tuple(edit for edit in scenario.edits if edit.table in moved or (edit.add and edit.table in asked))
    if edits and (faults := unfit(bench.tables, replace(scenario, edits=edits))):
        columns = [(one.column.rsplit(".", 1)[-1], one) for one in faults]
        raise ValueError("; ".join(f"{name}: {one.allowed}, not {one.value}" for name, one in columns))

"""Why two scenarios differ in a figure, and which assumptions a figure rests on most.

In: the tables of a force as they are, scenarios and the name of a headline figure. Out: each edit made alone and what
they do together beyond that, adding up to the whole difference; and the assumptions ranked by how far the figure moves
between the ends of their credible ranges. Every step works the figure out once, told as it goes and stopped when asked:
by a whole assessment of the chapters, seconds each, unless the caller gives a quicker ``measured``, as the workbench
does with live figures, of which only what a step changes is worked out again.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import pandas as pd

from apstra import assurance, risk
from apstra.assessment.chapters import assess_chapters
from apstra.assessment.differences import edited, label
from apstra.assessment.findings import findings
from apstra.assessment.headlines import headline_figures
from apstra.assurance import Tables
from apstra.recall import Recall
from apstra.scenario import Assumption, Scenario
from apstra.schema import TABLES
from apstra.schema.edit import Edit

INTERACTION: Final = "together beyond that"
MOST: Final = 10
Measure = Callable[[Tables, Scenario], float]
Progress = Callable[[int, int], None]
Part = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Drivers:
    """What drives a difference in ``figure``.

    Attributes
    ----------
    before, after
        The figure under the one scenario and the other [its unit].
    parts
        ``driver`` (in words), ``change``: what each edit does alone, the largest first, then the interaction. They
        add up to ``after - before``.
    """

    figure: str
    before: float
    after: float
    parts: pd.DataFrame


@dataclass(frozen=True, slots=True)
class Tornado:
    """The assumptions that ``figure`` rests on most.

    Attributes
    ----------
    now
        The figure as it is [its unit].
    swings
        ``name``, ``meaning``, ``unit``, ``low``, ``high`` (ends of the credible range), ``at_low``, ``at_high`` (the
        figure there, all else as it is), ``swing`` (their distance), the largest first.
    tried
        How many assumptions were tried.
    """

    figure: str
    now: float
    swings: pd.DataFrame
    tried: int


def measure(figure: str) -> Measure:
    """Return what works out a headline figure from tables and scenario, options not weighed.

    Raises
    ------
    ValueError
        By the function returned: if there is no such figure.
    """

    def measured(tables: Tables, scenario: Scenario) -> float:
        chapters = assess_chapters(tables, scenario)
        known = chapters.tables
        obligations = assurance.assess_obligations(known["obligations"], chapters)
        found = findings(chapters, obligations, {})
        register = risk.assess_register(known["risks"], known["controls"], found, scenario)
        values = headline_figures(chapters, obligations, register).set_index("headline")["value"]
        if figure not in values.index:
            raise ValueError(f"figure must be one of {', '.join(values.index)}, not {figure!r}")
        return float(values[figure])

    return measured


def drivers(
    tables: Tables,
    baseline: Scenario,
    scenario: Scenario,
    figure: str,
    *,
    measured: Measure | None = None,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Drivers | None:
    """Return what each edit of a scenario does to a figure alone, and what they do together beyond that.

    Parameters
    ----------
    tables
        Tables as they are, no edit made.
    figure
        Name of a headline figure.
    measured
        Works the figure out; ``measure(figure)`` when not given.
    progress
        Called with the steps done and all steps.
    cancelled
        Asked before each step; when it says so, nothing is returned.

    Raises
    ------
    ValueError
        If the two differ in more than what they change (force, year, *as at*), or there is no such figure.
    """
    if (baseline.force, baseline.year, baseline.as_at) != (scenario.force, scenario.year, scenario.as_at):
        raise ValueError("scenarios of one force, year and as_at are compared; these differ in more than their changes")
    first, last = _parts(baseline), _parts(scenario)
    moved = [part for part in {**first, **last} if first.get(part) != last.get(part)]
    alone = [_with(baseline, first, last, [part]) for part in moved] if len(moved) > 1 else []
    values = worked(tables, [baseline, scenario, *alone], measured or measure(figure), progress, cancelled)
    if values is None:
        return None
    before, after, *each = values
    changes = [value - before for value in each or [after] * len(moved)]
    table = pd.DataFrame({"driver": [_named(part, scenario) for part in moved], "change": changes})
    table = table.sort_values("change", key=abs, ascending=False, kind="stable")
    rest = pd.DataFrame({"driver": [INTERACTION], "change": [math.fsum([after, -before, *(-one for one in changes)])]})
    return Drivers(figure, before, after, pd.concat([table, rest], ignore_index=True))


def _parts(scenario: Scenario) -> dict[Part, float | Edit]:
    """Return what a scenario changes, by the assumption or the row it changes."""
    changes: Mapping[Part, float] = {(name,): value for name, value in scenario.changes.items()}
    return {**changes, **{edit.row(TABLES[edit.table].key): edit for edit in scenario.edits}}


def _with(
    scenario: Scenario, first: Mapping[Part, float | Edit], last: Mapping[Part, float | Edit], moved: Sequence[Part]
) -> Scenario:
    """Return a scenario whose ``moved`` parts are those of the last, all others those of the first."""
    parts = {part: value for part, value in first.items() if part not in moved}
    parts |= {part: last[part] for part in moved if part in last}
    changes = {part[0]: value for part, value in parts.items() if not isinstance(value, Edit)}
    return replace(scenario, changes=changes, edits=tuple(value for value in parts.values() if isinstance(value, Edit)))


def _named(part: Part, scenario: Scenario) -> str:
    """Return in words what is changed."""
    return scenario.assumption(part[0]).meaning if len(part) == 1 else label(part)


def worked(
    tables: Tables,
    scenarios: Sequence[Scenario],
    measured: Measure,
    progress: Progress | None,
    cancelled: Callable[[], bool],
) -> list[float] | None:
    """Return a figure under each scenario, one after the other; nothing when it is stopped."""
    # The same edits give the same tables, so that a measure that remembers knows them again.
    values, recall = [], Recall()
    for place, scenario in enumerate(scenarios):
        if cancelled():
            return None
        values.append(measured(edited(tables, scenario, recall), scenario))
        if progress:
            progress(place + 1, len(scenarios))
    return values


def tornado(
    tables: Tables,
    scenario: Scenario,
    figure: str,
    *,
    names: Sequence[str] | None = None,
    most: int = MOST,
    measured: Measure | None = None,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Tornado | None:
    """Return the assumptions that matter most to a figure: each at its low and at its high, all else as it is.

    Parameters
    ----------
    tables
        Tables as they are, no edit made.
    names
        Assumptions to try; all that have a range when not given. One without a range, or that the scenario fixes, is
        not tried.
    most
        So many are returned.
    measured, progress, cancelled
        As of ``drivers``.

    Raises
    ------
    ValueError
        If there is no such figure or assumption.
    """
    tried = ranged(scenario, names)
    ends = [scenario.with_values(**{one.name: end}) for one in tried for end in (one.low, one.high)]
    values = worked(tables, [scenario, *ends], measured or measure(figure), progress, cancelled)
    if values is None:
        return None
    rows = described(tried).assign(at_low=values[1::2], at_high=values[2::2])
    rows = rows.assign(swing=(rows["at_high"] - rows["at_low"]).abs())
    rows = rows.sort_values("swing", ascending=False, kind="stable", ignore_index=True)
    return Tornado(figure, values[0], rows.head(most), len(tried))


def ranged(scenario: Scenario, names: Sequence[str] | None) -> list[Assumption]:
    """Return the assumptions of these names, or all, that have a range; refuse a name that none has."""
    unknown = sorted(set(names or ()) - set(scenario.assumptions))
    if unknown:
        raise ValueError(f"names must be assumptions, not {', '.join(unknown)}")
    asked = scenario.assumptions if names is None else dict.fromkeys(names)
    return [one for name in asked if (one := scenario.assumption(name)).low < one.high]


def described(assumptions: Sequence[Assumption]) -> pd.DataFrame:
    """Return a row for each assumption: ``name``, ``meaning``, ``unit``, ``low``, ``high``."""
    return pd.DataFrame(
        [(one.name, one.meaning, one.unit, one.low, one.high) for one in assumptions],
        columns=["name", "meaning", "unit", "low", "high"],
    )

"""Scenarios side by side, what one changes, what drives a difference, and which assumptions a figure rests on most.

In: assessments or live figures, and what ``assessment.explain`` and ``assessment.sobol`` found. Out: exhibits and
sentences; nothing is computed but what is needed to choose and word.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from apstra.assessment import Assessment
from apstra.assessment.differences import risks_proposed, side_by_side, told
from apstra.assessment.explain import Drivers, Tornado
from apstra.assessment.live import Live
from apstra.assessment.sobol import Sobol
from apstra.report.assessment import when
from apstra.report.chart import COLOURS, MISSING, bars, canvas, changes, dots
from apstra.report.exhibit import Exhibit, Page, Prose, count, percent, prose, span, to_be_supplied

PICTURED: Final = ("unmet_requirement", "cover_0", "none_free")
SHARES: Final = ("share", "probability")
WIDER: Final = 1.25  # room for the words at the longest bar
SLIGHT: Final = 1e-9
HOW: Final = ["alone", "with its interactions"]
BASELINE: Final = "baseline"


def annex(a: Assessment) -> Page:
    """Return the annex of the document: what its scenario changes, under its heading."""
    return Page('<h2 id="annex">Annex: what this scenario changes</h2>', (changed(a),))


def changed(a: Assessment) -> Exhibit | Prose:
    """Return what the scenario of an assessment changes from the baseline."""
    rows = told(a.scenario)
    if rows.empty:
        return prose(
            "This is the baseline: the tables and the assumptions as they are, nothing changed."
            if a.scenario.name == BASELINE
            else f"The scenario {a.scenario.title} changes nothing from the baseline."
        )
    number = len(a.scenario.changes), len(a.scenario.edits)
    return Exhibit(
        f"{a.scenario.title} differs from the baseline in {count(number[0], 'assumption')} and "
        f"{count(number[1], 'row')} of the tables",
        f"What the scenario changes, {when(a)}",
        "",
        f"Scenario {a.scenario.name}{f', by {a.scenario.author}' if a.scenario.author else ''}: {a.scenario.note}",
        changes_table(rows),
    )


def changes_table(rows: pd.DataFrame) -> pd.DataFrame:
    """Return what a scenario changes as a table for people."""
    names = {"what": "What", "before": "Before", "after": "In this scenario", "unit": "Unit"}
    table = rows.rename(columns=names)
    return table.assign(Before=table["Before"].replace("", "as in the tables"))


def compared(assessments: Sequence[Assessment | Live]) -> Exhibit:
    """Return two to four scenarios side by side: headline figures with ranges, and risks that would appear or go.

    Raises
    ------
    ValueError
        If there are too few or too many, or two of the same scenario.
    """
    rows = side_by_side(assessments)
    titles = {one.scenario.name: one.scenario.title for one in assessments}
    shown = [name for name in PICTURED if rows.loc[rows["headline"] == name, "value"].notna().any()]
    with canvas(8.6, 0.6 + 0.5 * len(titles) * max(len(shown), 1), rows=max(len(shown), 1)) as (figure, axes):
        for each, name in zip(np.atleast_1d(axes), shown, strict=False):
            part = rows.loc[rows["headline"] == name]
            dots(each, list(titles.values()), part["value"], part["low"], part["high"], _figures(part))
            each.set_title(f"{part['label'].iloc[0]} [{part['unit'].iloc[0]}]", loc="left", fontsize=10)
    headline, speaks = _compared_headline(rows, titles), assessments[0].scenario
    return Exhibit(
        headline,
        "Headline figures with their ranges, and risks that would appear or go, "
        f"{speaks.force.name}, as at {speaks.as_at:%d %B %Y}",
        f"Dots with ranges, one for each scenario. {headline}.",
        f"Assessments under {', '.join(titles)}",
        compared_table(assessments),
        figure,
    )


def compared_table(assessments: Sequence[Assessment | Live]) -> pd.DataFrame:
    """Return two to four scenarios side by side as a table for people, a column for each.

    First the headline figures with their ranges; then, for each risk that some would propose and some not, whether it
    would.
    """
    rows = side_by_side(assessments)
    names = [one.scenario.name for one in assessments]
    cells = rows.assign(cell=_figures(rows)).pivot_table(
        index="headline", columns="scenario", values="cell", aggfunc="first"
    )
    known = rows.drop_duplicates("headline").set_index("headline")
    figures = cells.reindex(known.index)[names].reset_index(drop=True)
    figures.insert(0, "Figure", (known["label"] + " [" + known["unit"] + "]").to_numpy())
    risks = risks_proposed(assessments)
    flags = risks[names].replace({True: "proposed", False: "no"}) if len(risks) else risks[names]
    flags.insert(0, "Figure", "Risk: " + risks["title"])
    return pd.concat([figures, flags], ignore_index=True)


def _figures(rows: pd.DataFrame) -> list[str]:
    """Return figures in words, each with its range where it has one."""
    return [_figure(row.value, row.low, row.high, row.unit) for row in rows.itertuples()]


def _figure(value: float, low: float, high: float, unit: str) -> str:
    """Return one figure in words."""
    if pd.isna(value):
        return MISSING
    extent = f"{percent(low)} to {percent(high)}" if unit in SHARES else span(low, high, "{:,.3g}")
    middle = percent(value) if unit in SHARES else f"{value:,.3g}"
    return f"{middle} ({extent})" if low < high else middle


def _compared_headline(rows: pd.DataFrame, titles: dict[str, str]) -> str:
    """Return under which scenario most and least goes unmet."""
    part = rows.loc[rows["headline"] == PICTURED[0]].dropna(subset="value")
    if part.empty or part["value"].min() == part["value"].max():
        return f"{count(len(titles), 'scenario')} side by side"
    most, least = part.loc[part["value"].idxmax()], part.loc[part["value"].idxmin()]
    return (
        f"Most goes unmet under {titles[most.scenario]}, {most.value:.2g} occurrences a year; least under "
        f"{titles[least.scenario]}, {least.value:.2g}"
    )


def drivers(a: Assessment, found: Drivers) -> Exhibit | Prose:
    """Return what drives the difference of a figure between two scenarios, adding up to the whole."""
    label, unit = _named(a, found.figure)
    parts = found.parts
    if parts.empty or len(parts) == 1:
        return prose(f"{label}: the scenarios change nothing, so nothing differs.")
    texts = [f"{change:+.3g}" for change in parts["change"]]
    with canvas(8.6, 0.8 + 0.4 * len(parts)) as (figure, axes):
        extent = min(float(parts["change"].min()), 0.0), WIDER * max(float(parts["change"].max()), SLIGHT)
        changes(axes, parts["change"], texts, extent)
        axes.set_yticks(range(len(parts)), parts["driver"].tolist(), fontsize=9)
    most = parts.iloc[0]
    headline = (
        f"{label}: {found.before:.3g} becomes {found.after:.3g}; most alone does {most.driver} ({most.change:+.3g})"
    )
    table = pd.DataFrame({"What is changed": parts["driver"], f"Change alone [{unit}]": texts})
    whole = pd.DataFrame([["all of it", f"{found.after - found.before:+.3g}"]], columns=table.columns)
    return Exhibit(
        headline,
        f"Each change made alone, and what all do together beyond that; they add up, {when(a)}",
        f"Bar chart of changes. {headline}.",
        "this assessment, worked out again for each change",
        pd.concat([table, whole], ignore_index=True),
        figure,
    )


def tornado(a: Assessment, found: Tornado) -> Exhibit | Prose:
    """Return the assumptions a figure rests on most: where it lies with each at its low and at its high."""
    label, unit = _named(a, found.figure)
    rows = found.swings.query("swing > 0")
    if rows.empty:
        return (
            to_be_supplied(f"{label}: assumptions with a range that moves it")
            if not found.tried
            else prose(f"{label}: none of {count(found.tried, 'assumption')} with a range moves it.")
        )
    with canvas(9.0, 0.9 + 0.45 * len(rows)) as (figure, axes):
        _tornado_bars(axes, rows, found.now)
        axes.set_xlabel(f"{label} [{unit}]", fontsize=10)
    most = rows.iloc[0]
    headline = (
        f"{label}: {found.now:.3g}, and it moves most with '{most.meaning}', "
        f"from {most.at_low:.3g} at {most.low:g} to {most.at_high:.3g} at {most.high:g} {most.unit}"
    )
    return Exhibit(
        headline,
        f"Each assumption at the ends of its credible range, all else as it is; the {len(rows)} of {found.tried} that "
        f"move it most, {when(a)}",
        f"Tornado: bars from the figure as it is to where it lies with an assumption at its low and high. {headline}.",
        "this assessment, worked out again for each end; assumptions.yaml",
        _swings(rows),
        figure,
    )


def _tornado_bars(axes: Axes, rows: pd.DataFrame, now: float) -> None:
    """Draw for each assumption a bar from the figure as it is to where it lies at each end, the end in words."""
    for place, row in enumerate(rows.itertuples()):
        ends = ((row.at_low, row.low, COLOURS["blue"], ""), (row.at_high, row.high, COLOURS["orange"], "xx"))
        for value, end, colour, hatch in ends:
            axes.barh(place, value - now, left=now, color=colour, hatch=hatch, edgecolor="white", height=0.6)
            side = "left" if value > now else "right"
            axes.annotate(f" at {end:g} ", (value, place), ha=side, va="center", fontsize=9)
    axes.axvline(now, color=COLOURS["dark"], linewidth=0.8)
    axes.set_yticks(range(len(rows)), rows["name"].str.replace("_", " ").tolist(), fontsize=9)
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.margins(x=0.15)


def _swings(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the swings of a figure as a table for people."""
    return pd.DataFrame(
        {
            "Assumption": rows["meaning"],
            "Low": rows["low"].map("{:g}".format) + " " + rows["unit"],
            "Figure at low": rows["at_low"].map("{:,.4g}".format),
            "High": rows["high"].map("{:g}".format) + " " + rows["unit"],
            "Figure at high": rows["at_high"].map("{:,.4g}".format),
            "Swing": rows["swing"].map("{:,.3g}".format),
        }
    )


def sobol(a: Assessment, found: Sobol) -> Exhibit | Prose:
    """Return how much of a figure's variance each assumption explains, alone and with all it interacts with."""
    label, unit = _named(a, found.figure)
    rows = found.indices
    if not found.variance:
        return prose(f"{label}: no assumption with a range moves it, so that there is no variance to explain.")
    alone, whole = (_within(rows, name) for name in ("first", "total"))
    with canvas(9.0, 0.9 + 0.7 * len(rows)) as (figure, axes):
        pairs = pd.concat([alone, whole]).sort_index(kind="stable")
        words = [f"{percent(value)} {how}" for value, how in zip(pairs["value"], HOW * len(rows), strict=True)]
        names = [name for each in rows["name"] for name in (each.replace("_", " "), "")]
        bars(axes, names, pairs["value"], low=pairs["low"], high=pairs["high"], texts=words)
    table = pd.DataFrame(
        {
            "Assumption": rows["meaning"],
            "Credible range": [f"{row.low:g} to {row.high:g} {row.unit}" for row in rows.itertuples()],
            "Explains alone": alone["words"],
            "With its interactions": whole["words"],
        }
    )
    return Exhibit(
        _sobol_headline(label, found),
        f"Share of the variance ({found.variance:.3g}, the square of {unit}) with its 95% interval, estimated at "
        f"{count(found.evaluations, 'point')} from {found.samples} samples; as estimates, alone may exceed with "
        f"interactions; assumptions taken as independent, {when(a)}",
        f"Two bars for each assumption, alone and with its interactions. {_sobol_headline(label, found)}.",
        "this assessment, worked out again at each point; assumptions.yaml",
        table,
        figure,
    )


def _within(rows: pd.DataFrame, name: str) -> pd.DataFrame:
    """Return an index of each assumption with its interval, ``value``, ``low``, ``high``, kept to shares; ``words``."""
    ends = {"value": 0, "low": -1, "high": 1}
    found = pd.DataFrame({end: rows[name] + side * rows[f"{name}_confidence"] for end, side in ends.items()}).clip(0, 1)
    return found.assign(words=[_share(*each) for each in found.itertuples(index=False, name=None)])


def _share(value: float, low: float, high: float) -> str:
    """Return a share of variance in words, with its interval."""
    return f"{percent(value)} ({percent(low)} to {percent(high)})"


def _sobol_headline(label: str, found: Sobol) -> str:
    """Return how much the largest explains, and how much is explained by no assumption alone."""
    most, wide = found.indices.iloc[0], found.interaction_confidence
    alone = _within(found.indices, "first")["words"].iloc[0]
    rest = np.clip([found.interaction, found.interaction - wide, found.interaction + wide], 0, 1).tolist()
    return f"{label}: of its variance '{most.meaning}' alone explains {alone}, interactions explain {_share(*rest)}"


def _named(a: Assessment, figure: str) -> tuple[str, str]:
    """Return label and unit of a headline figure; its own name where the assessment does not have it."""
    found = a.headlines.loc[a.headlines["headline"] == figure]
    return (found["label"].iloc[0], found["unit"].iloc[0]) if len(found) else (figure, "its unit")

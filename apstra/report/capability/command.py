"""Who is there to command and advise, by hour of the week, specialists apart."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from matplotlib.axes import Axes

from apstra.assessment import Assessment
from apstra.report.assessment import block_words, made_of, when
from apstra.report.chart import SEQUENTIAL, canvas, strips
from apstra.report.exhibit import Exhibit, Prose, count, listed, percent, to_be_supplied

DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
DAY_HOURS: Final = 24
LABELLED: Final = 4  # hours: a shorter strip has no room for its number
SHADES: Final = ("white", SEQUENTIAL[0], SEQUENTIAL[1])


def command(a: Assessment) -> Exhibit | Prose:
    """Return who is on call or on duty to command or advise, by hour of the week and season, specialists apart."""
    rows = a.capability.command
    if rows.empty:
        return to_be_supplied("The command rota")
    blocks = a.scenario.force.blocks
    people = rows.set_index(["cadre", "block"])
    weeks = [(cadre, people.loc[cadre, "on_call"]) for cadre in a.capability.cadres["cadre"]]
    experts = a.capability.cadres.query("specialist_share > 0")["cadre"]
    weeks += [(f"{cadre} specialist", people.loc[cadre, "specialist"]) for cadre in experts]
    with canvas(8.6, 0.9 + 0.36 * len(weeks) * len(blocks.seasons), rows=len(blocks.seasons)) as (figure, axes):
        for plot, season in zip(np.atleast_1d(axes), blocks.seasons, strict=True):
            week = blocks.week(season)
            _draw_week(plot, [(label, number[week].to_numpy()) for label, number in weeks])
            plot.set_title(season.capitalize(), fontsize=11, loc="left")
    table = rows.assign(block=rows["block"].map(block_words), hours=rows["hours_a_year"].map("{:,.0f}".format))
    table = table[["title", "block", "hours", "on_call", "specialist", "covered"]]
    headline = command_headline(a)
    return Exhibit(
        headline,
        f"People on call or on duty by hour of the week, crossed where there is nobody, {when(a)}",
        f"Strips of the week by cadre and season, specialists below. {headline}.",
        made_of(a, "command_cover", "roles"),
        table.set_axis(["Cadre", "Block", "Hours a year", "On call or duty", "Specialists", "Covered"], axis=1),
        figure,
    )


def _draw_week(axes: Axes, weeks: Sequence[tuple[str, Any]]) -> None:
    """Draw a strip of the hours of the week for each cadre, with the number of people where it changes."""
    spans = []
    for row, (_, people) in enumerate(weeks):
        starts = np.flatnonzero(np.diff(people, prepend=-1)).tolist()
        spans += [
            (row, start, end, int(people[start])) for start, end in zip(starts, [*starts[1:], len(people)], strict=True)
        ]
    manned = [span for span in spans if span[3]]
    strips(axes, [span[:3] for span in spans if not span[3]], "white", hatch="xx", deep=0.8)
    strips(axes, [span[:3] for span in manned], [SHADES[min(span[3], len(SHADES) - 1)] for span in manned], deep=0.8)
    for row, start, end, number in manned:
        if end - start >= LABELLED:
            axes.text((start + end) / 2, row, str(number), ha="center", va="center", fontsize=9)
    axes.set_yticks(range(len(weeks)), [label for label, _ in weeks])
    axes.set_ylim(len(weeks) - 0.5, -0.5)
    axes.set_xlim(0, len(DAYS) * DAY_HOURS)
    axes.set_xticks([DAY_HOURS * day for day in range(len(DAYS))], DAYS, ha="left")
    axes.grid(visible=False)
    axes.tick_params(length=0)


def command_headline(a: Assessment) -> str:
    """Return which cadres have hours without anybody on call, and how often a specialist is, in words."""
    cadres = a.capability.cadres
    bare, experts = cadres.query("hours_uncovered > 0"), cadres.query("specialist_share > 0")
    gaps = [f"as {row.cadre} for {row.hours_uncovered:,.0f} hours a year" for row in bare.itertuples()]
    said = (
        f"Nobody is on call {listed(gaps)}"
        if gaps
        else f"Somebody is on call at every hour in each of {count(len(cadres), 'cadre')}"
    )
    shares = [f"{percent(row.specialist_share)} of hours as {row.cadre}" for row in experts.itertuples()]
    return (
        f"{said}; a specialist is on call {listed(shares)}" if shares else f"{said}; no cadre has a specialist on call"
    )

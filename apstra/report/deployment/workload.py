"""How often no crew is free, how busy each crew is, and which hours of the week are worst."""

from itertools import product
from typing import Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from apstra.assessment import Assessment
from apstra.report.assessment import block_words, made_of, when
from apstra.report.chart import canvas, heat, lines
from apstra.report.deployment.words import COMMITTED, EXACT, POSTED, base_names, chance, known, number
from apstra.report.exhibit import MISSING, Exhibit, Prose, count, percent, to_be_supplied
from apstra.scenario import Blocks

LOADED: Final = ("crews", "operations", "operation_crews", "other_work")
DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
DAY_HOURS: Final = 24
FREE: Final = ("none_free", "none_free_one_committed", "none_free_two_committed", "none_free_three_committed")
HALF: Final = 0.5
PARTS: Final = {
    "one_or_more": "One or more in progress",
    "two_or_more": "Two or more in progress",
    "beyond_crews": "They ask for more crews than are on duty",
}


def workload(a: Assessment) -> Exhibit | Prose:
    """Return how often none is free for a firearms call, and how often fewer are sent than asked for, by block."""
    rows = a.deployment.workload
    if not known(a) or rows["none_free"].isna().all():
        return to_be_supplied("Workload by block")
    labels = [f"{block_words(row.block)}: {count(row.crews, 'crew')}" for row in rows.itertuples()]
    grid = rows[list(FREE)].assign(short=1.0 - rows["fully_crewed"]).set_axis(labels, axis=0)
    columns = [words.replace(" ", "\n") for words in COMMITTED]
    with canvas(8.2, 1.2 + 0.34 * len(rows)) as (figure, axes):
        heat(axes, grid.set_axis([*columns, "fewer sent\nthan asked"], axis=1), "{:.1%}", high=HALF)
        axes.axvline(len(FREE) - 0.5, color="white", linewidth=6)
        axes.xaxis.tick_top()
    headline = workload_sentence(a)
    return Exhibit(
        headline,
        f"Chance that a firearms call finds no crew free, by block, with none to three crews committed; apart, that it is "
        f"sent fewer crews than it asks for, {when(a)}",
        f"Heat table by block of the week. {headline}.",
        f"{made_of(a, *LOADED)}; {EXACT}",
        _workload_table(rows),
        figure,
    )


def _workload_table(rows: pd.DataFrame) -> pd.DataFrame:
    """Return workload as a table for people."""
    free = {f"None free, {words}": rows[name].map("{:.2%}".format) for words, name in zip(COMMITTED, FREE, strict=True)}
    return pd.DataFrame(
        {
            "Block": rows["block"].map(block_words),
            "Crews": rows["crews"],
            "Hours a year": rows["hours_a_year"].map("{:,.0f}".format),
            "Firearms load, crews at once": rows["firearms_load"].map("{:.3f}".format),
            "Other load, crews at once": rows["other_load"].map("{:.2f}".format),
            **free,
            "Sent all the crews asked for": rows["fully_crewed"].map(percent),
            "Free or on work they can leave, crews": rows["expected_free"].map(number),
            "Firearms calls a year": rows["calls_a_year"].map(number),
            "Of these, no crew free": rows["unmet_a_year"].map("{:.2f}".format),
            "Within the standard": rows["within"].map(percent),
        }
    )


def workload_sentence(a: Assessment) -> str:
    """Return how often none is free in the worst block, in words."""
    load = a.deployment.workload
    if load["none_free"].isna().all():
        return "Whether a crew is free cannot be told until the log of operations is supplied"
    worst = load.loc[load["none_free"].idxmax()]
    return (
        f"A firearms call would find no crew free {chance(worst.none_free)} in the worst block "
        f"({block_words(worst.block)}), and {chance(worst.none_free_one_committed)} once one crew is committed there"
    )


def crews(a: Assessment) -> Exhibit | Prose:
    """Return how busy the crews of each base are, by block."""
    rows = a.deployment.crews
    if rows["busy_share"].isna().all():
        return to_be_supplied("How busy each crew is")
    names = base_names(a)
    grid = rows.pivot_table(index="block", columns="base_id", values="busy_share", sort=False)
    grid = grid.reindex(index=list(a.scenario.force.blocks.names), columns=[one for one in names if one in grid])
    top = grid.stack().idxmax()
    with canvas(8.2, 1.2 + 0.34 * len(grid)) as (figure, axes):
        heat(axes, grid.rename(columns=lambda one: names[one].replace(" ", "\n"), index=block_words), high=1.0)
        for text in axes.texts:
            text.set_text(text.get_text().replace(MISSING, "no crew"))
        axes.xaxis.tick_top()
    headline = (
        f"Crews are busiest at {names[top[1]]} in the {block_words(top[0])}: {percent(grid.loc[top])} of their time on "
        "work of any kind"
    )
    table = pd.DataFrame(
        {
            "Base": rows["base_id"].map(names),
            "Block": rows["block"].map(block_words),
            "Crew": rows["crew"],
            "Busy": rows["busy_share"].map(percent),
            "On work it cannot leave": rows["workload"].map(percent),
            "Minutes committed to each such call": rows["committed_minutes"].map("{:.0f}".format),
        }
    )
    return Exhibit(
        headline,
        f"Share of time the crews of each base are busy, the mean over its crews, {when(a)}",
        f"Heat table by base and block. {headline}.",
        f"{made_of(a, 'bases', *LOADED)}; {EXACT}",
        table,
        figure,
    )


def week(a: Assessment) -> Exhibit | Prose:
    """Return the share of calls answered within the standard by hour and day of the week, one panel for each season."""
    load, blocks = a.deployment.workload.set_index("block"), a.scenario.force.blocks
    if not known(a):
        return to_be_supplied("Cover by hour of the week")
    with canvas(9.2, 0.4 + 2.3 * len(blocks.seasons), rows=len(blocks.seasons)) as (figure, axes):
        for plot, season in zip(np.atleast_1d(axes), blocks.seasons, strict=True):
            shares = 100 * blocks.week(season).map(load["within"]).to_numpy(float).reshape(len(DAYS), DAY_HOURS)
            heat(plot, pd.DataFrame(shares, index=list(DAYS)), "{:.0f}", high=100.0, falling=True)
            plot.set_title(f"{season.capitalize()}, percent by hour of day", fontsize=11, loc="left")
    worst = load["within"].idxmin()
    headline = f"{hours_words(blocks, worst)} are the worst hours: {percent(load.loc[worst, 'within'])} of calls answered within the standard"
    table = pd.DataFrame(
        {
            "Hours": [hours_words(blocks, block) for block in load.index],
            "Within the standard": load["within"].map(percent).to_numpy(),
            "Crews": load["crews"].to_numpy(),
        }
    )
    return Exhibit(
        headline,
        f"Share of firearms calls answered within the standard by hour and day, darker is worse, {when(a)}",
        f"Heat table of the week for each season. {headline}.",
        f"{made_of(a, *POSTED)}; {EXACT}",
        table,
        figure,
    )


def hours_words(blocks: Blocks, block: str) -> str:
    """Return the hours of a block in words."""
    shift, days, season = next(
        (s, d, y) for s, d, y in product(blocks.shifts, blocks.days, blocks.seasons) if f"{s}-{d}-{y}" == block
    )
    start = blocks.shifts[shift]
    end = min(((hour - start) % DAY_HOURS or DAY_HOURS) for hour in blocks.shifts.values()) + start
    group = blocks.days[days]
    named = f"{DAYS[group[0]]} to {DAYS[group[-1]]}" if len(group) > 1 else DAYS[group[0]]
    return f"{season.capitalize()}, {named}, {start:02d}:00 to {end % DAY_HOURS:02d}:00"


def simultaneous(a: Assessment) -> Exhibit | Prose:
    """Return how likely firearms operations are in progress at each hour of the week, and ask for more than there is."""
    rows = a.deployment.simultaneous
    if rows["in_progress"].isna().all() or not known(a):
        return to_be_supplied("Operations in progress at once")
    with canvas(8.6, 6.2, rows=len(PARTS), share_x=True) as (figure, axes):
        for plot, (name, title) in zip(axes, PARTS.items(), strict=True):
            _draw_hours(plot, rows.pivot_table(index="hour_of_week", columns="season", values=name, sort=False), title)
    most = {name: rows.loc[rows[name].idxmax()] for name in PARTS}
    one, two, beyond = (most[name] for name in PARTS)
    headline = (
        f"At no hour of the week is a firearms operation in progress more than {percent(one.one_or_more)} of the time, two "
        f"at once more than {_rarely(two.two_or_more)}; they ask for more crews than are on duty at most "
        f"{_rarely(beyond.beyond_crews)} ({block_words(beyond.block)})"
    )
    by_block = rows.groupby("block", sort=False)[["one_or_more", "two_or_more", "three_or_more", "beyond_crews"]].max()
    table = by_block.rename(index=block_words).map("{:.4%}".format).reset_index()
    return Exhibit(
        headline,
        f"Probability at each hour of the week, by season, {when(a)}",
        f"Three line charts over the week. {headline}.",
        f"{made_of(a, 'operations', 'operation_crews', 'crews')}; queue without limit, rate by hour of the week",
        table.set_axis(
            [
                "Block",
                *(
                    f"Worst hour: {words}"
                    for words in ("one or more", "two or more", "three or more", "more crews asked than on duty")
                ),
            ],
            axis=1,
        ),
        figure,
    )


def _draw_hours(axes: Axes, wide: pd.DataFrame, title: str) -> None:
    """Draw a line over the hours of the week for each season."""
    lines(axes, wide.index, {season.capitalize(): wide[season].to_numpy() for season in wide})
    axes.set_title(title, fontsize=11, loc="left")
    axes.set_xticks([DAY_HOURS * day for day in range(len(DAYS))], DAYS, ha="left")
    axes.set_xlim(0, wide.index.max())
    axes.set_ylim(0)
    axes.yaxis.set_major_formatter("{x:.2%}".format)


def _rarely(probability: float) -> str:
    """Return a share of time as one hour in so many."""
    return f"one hour in {1 / probability:,.0f}" if probability > 0 else "never"

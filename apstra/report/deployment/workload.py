"""How often no crew is free, how busy each crew is, and which hours of the week are worst."""

from itertools import product
from typing import Final

import numpy as np
import pandas as pd

from apstra.assessment import Assessment
from apstra.report.assessment import block_words
from apstra.report.chart import COLOURS, MISSING, canvas, heat, lines
from apstra.report.deployment.words import COMMITTED, base_names, chance, exhibit, known, rarely, table_of
from apstra.report.exhibit import Exhibit, Prose, count, percent, span, to_be_supplied
from apstra.scenario import Blocks

DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
SHORT: Final = [day[:3] for day in DAYS]
DAY_HOURS: Final = 24
DARKEST: Final = 0.5  # of the time without a free crew; more is no darker
BUSIEST: Final = 0.75  # of a crew's time
FREE: Final = ("none_free", "none_free_one_committed", "none_free_two_committed", "none_free_three_committed")
LOADS: Final = {
    "Block": "block block", "Crews": "crews", "Hours a year": "hours_a_year {:,.0f}",
    "Firearms load, crews at once": "firearms_load {:.3f}", "Other load": "other_load {:.2f}",
    **{f"None free, {words}": f"{name} {{:.2%}}" for words, name in zip(COMMITTED, FREE, strict=True)},
    "Sent all the crews asked for": "fully_crewed share", "Free or can leave, crews": "expected_free {:.1f}",
    "Firearms calls a year": "calls_a_year {:.1f}", "Of these, no crew free": "unmet_a_year {:.2f}",
    "Within the standard": "within share",
}  # fmt: skip
CREWS: Final = {
    "Base": "base_id base", "Block": "block block", "Crews": "crews", "Busy": "busy_share share",
    "On work they cannot leave": "workload share", "Minutes each such call takes": "committed_minutes {:.0f}",
}  # fmt: skip
AT_ONCE: Final = {
    "one_or_more": "One or more in progress", "two_or_more": "Two or more in progress",
    "beyond_crews": "They ask for more crews than are on duty",
}  # fmt: skip
OUTLOOK: Final = {
    "Chance that demand lies below": "probability share", "Operations a year": "operations {:.0f}",
    "Within the standard": "within {:.1%}", "No crew free": "none_free {:.2%}",
    "Calls a year without a crew": "unmet_a_year {:.2f}",
}  # fmt: skip
OUTCOMES: Final = {
    "within": "Answered within the standard", "none_free": "Calls that find no crew free",
    "unmet_a_year": "Such calls a year",
}  # fmt: skip


def workload(a: Assessment) -> Exhibit | Prose:
    """Return how often none is free for a firearms call, and how often fewer are sent than asked for, by block."""
    rows = a.deployment.workload
    if not known(a) or rows["none_free"].isna().all():
        return to_be_supplied("Workload by block")
    labels = [f"{block_words(row.block)}: {count(row.crews, 'crew')}" for row in rows.itertuples()]
    columns = [*(words.replace(" ", "\n") for words in COMMITTED), "fewer sent\nthan asked"]
    grid = rows[list(FREE)].assign(fewer=1.0 - rows["fully_crewed"]).set_axis(labels).set_axis(columns, axis=1)
    with canvas(8.2, 1.2 + 0.34 * len(rows)) as (figure, axes):
        heat(axes, grid, "{:.1%}", high=DARKEST)
        axes.axvline(len(FREE) - 0.5, color="white", linewidth=6)
        axes.xaxis.tick_top()
    subtitle = (
        "Chance that a firearms call finds no crew free, by block, with none to three crews committed; apart, that it "
        "is sent fewer crews than it asks for"
    )
    return exhibit(a, workload_sentence(a), subtitle, "Heat table by block", table_of(a, rows, LOADS), figure)


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
    rows, names = a.deployment.crews, base_names(a)
    if rows["busy_share"].isna().all():
        return to_be_supplied("How busy each crew is")
    busy = rows.set_index(["block", "base_id"])["busy_share"]
    grid = busy.unstack().reindex(index=a.scenario.force.blocks.names, columns=list(names)).dropna(axis=1, how="all")  # noqa: PD010
    with canvas(8.2, 1.2 + 0.34 * len(grid)) as (figure, axes):
        heat(axes, grid.rename(columns=lambda one: names[one].replace(" ", "\n"), index=block_words), high=BUSIEST)
        for text in axes.texts:
            text.set_text(text.get_text().replace(MISSING, "no crew"))
        axes.xaxis.tick_top()
    block, base = busy.idxmax()
    headline = f"Crews are busiest at {names[base]} ({block_words(block)}): {percent(busy.max())} of their time"
    subtitle = "Share of time each crew of a base is on work of any kind"
    return exhibit(a, headline, subtitle, "Heat table by base and block", table_of(a, rows, CREWS), figure)


def week(a: Assessment) -> Exhibit | Prose:
    """Return the share of calls answered within the standard by hour and day of the week, one panel for each season."""
    load, blocks = a.deployment.workload, a.scenario.force.blocks
    if not known(a):
        return to_be_supplied("Cover by hour of the week")
    within = load.set_index("block")["within"]
    with canvas(9.2, 0.4 + 2.3 * len(blocks.seasons), rows=len(blocks.seasons)) as (figure, axes):
        for plot, season in zip(np.atleast_1d(axes), blocks.seasons, strict=True):
            shares = 100 * blocks.week(season).map(within).to_numpy(float).reshape(len(DAYS), DAY_HOURS)
            heat(plot, pd.DataFrame(shares, index=SHORT), "{:.0f}", high=100.0, falling=True)
            plot.set_title(f"{season.capitalize()}: percent by hour of the day", fontsize=11, loc="left")
    worst = f"{hours_words(blocks, within.idxmin())}: {percent(within.min())}"
    headline = f"The worst hours are {worst} of calls are answered within the standard"
    table = table_of(a, load.assign(hours=[hours_words(blocks, block) for block in load["block"]]),
                     {"Hours": "hours", "Within the standard": "within share", "Crews": "crews"})  # fmt: skip
    subtitle = "Share of firearms calls answered within the standard by hour and day, darker is worse"
    return exhibit(a, headline, subtitle, "Heat table of the week for each season", table, figure)


def hours_words(blocks: Blocks, block: str) -> str:
    """Return the hours of a block in words."""
    every = product(blocks.shifts, blocks.days, blocks.seasons)
    shift, days, season = next(names for names in every if "-".join(names) == block)
    starts = sorted(blocks.shifts.values())
    start, group = blocks.shifts[shift], [DAYS[day] for day in blocks.days[days]]
    end = starts[(starts.index(start) + 1) % len(starts)]
    named = f"{group[0]} to {group[-1]}" if len(group) > 1 else group[0]
    return f"{season}, {named}, {start:02d}:00 to {end:02d}:00"


def simultaneous(a: Assessment) -> Exhibit | Prose:
    """Return how likely one, two or too many firearms operations are in progress at each hour of the week."""
    rows = a.deployment.simultaneous
    if rows["in_progress"].isna().all() or not known(a):
        return to_be_supplied("Operations in progress at once")
    with canvas(8.6, 6.2, rows=len(AT_ONCE), share_x=True) as (figure, axes):
        for plot, (name, title) in zip(axes, AT_ONCE.items(), strict=True):
            wide = rows.pivot_table(index="hour_of_week", columns="season", values=name, sort=False)
            lines(plot, wide.index, {season: wide[season].to_numpy() for season in wide}, steps=name == "beyond_crews")
            plot.set_title(title, fontsize=11, loc="left")
            plot.set_xticks(range(0, len(wide), DAY_HOURS), SHORT, ha="left")
            plot.set(xlim=(0, len(wide) - 1), ylim=(0, None))
            plot.yaxis.set_major_formatter("{x:.2%}")
    most = rows[list(AT_ONCE)].max()
    headline = (
        f"A firearms operation is in progress at most {percent(most.one_or_more)} of the time, whatever the hour of "
        f"the week, two at once at most {rarely(most.two_or_more)}; they ask for more crews than are on duty at most "
        f"{rarely(most.beyond_crews)} ({block_words(rows.loc[rows['beyond_crews'].idxmax(), 'block'])})"
    )
    columns = {"Block, worst hour": "block block", **{words: f"{name} {{:.3%}}" for name, words in AT_ONCE.items()}}
    table = table_of(a, rows.groupby("block", sort=False)[list(AT_ONCE)].max().reset_index(), columns)
    return exhibit(a, headline, "Probability at each hour of the week, by season", "Three line charts over the week",
                   table, figure, source="queue without limit, rate by hour of the week")  # fmt: skip


def outlook(a: Assessment) -> Exhibit | Prose:
    """Return what the doubt about the coming year's demand means for those who call."""
    rows = a.deployment.outlook
    if rows.empty or not known(a) or rows["within"].isna().all():
        return to_be_supplied("What the coming year's demand would mean for those who call")
    with canvas(9.0, 3.0, columns=len(OUTCOMES)) as (figure, axes):
        for plot, (name, title) in zip(axes, OUTCOMES.items(), strict=True):
            plot.plot(rows["operations"], rows[name], "-o", color=COLOURS["blue"], markersize=5)
            plot.set_title(title, fontsize=10, loc="left")
            plot.set_ylim(0, 1 if name == "within" else max(1.35 * rows[name].max(), np.finfo(float).tiny))
            plot.yaxis.set_major_formatter({"within": "{x:.0%}", "none_free": "{x:.1%}"}.get(name, "{x:.1f}"))
            plot.set_xlabel("Operations in the year", fontsize=10)
    subtitle = (
        "At ten equally likely levels of the coming year's demand, from the forecast's 5% to its 95%, crews and other "
        "work as they are"
    )
    return exhibit(a, outlook_sentence(a), subtitle, "Three line charts by operations in the year",
                   table_of(a, rows, OUTLOOK), figure)  # fmt: skip


def outlook_sentence(a: Assessment) -> str:
    """Return the range and mean of what the likely levels of demand would mean, in words."""
    rows = a.deployment.outlook
    least, most, mean = rows.min(), rows.max(), rows.mean()
    return (
        f"Whether the coming year brings {span(least.operations, most.operations)} operations, "
        f"{span(least.within, most.within, '{:.1%}')} of calls would be answered within the standard (mean "
        f"{mean.within:.1%}), {span(least.none_free, most.none_free, '{:.1%}')} would find no crew free (mean "
        f"{mean.none_free:.1%}): {span(least.unmet_a_year, most.unmet_a_year, '{:.1f}')} calls a year (mean "
        f"{mean.unmet_a_year:.1f})"
    )

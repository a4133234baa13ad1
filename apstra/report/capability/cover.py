"""Whether crews and commanders are there: crews needed, rostered and crewed, and command by hour of the week."""

from typing import Any, Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from apstra.assessment import Assessment
from apstra.report.assessment import block_words, made_of, when
from apstra.report.chart import COLOURS, SEQUENTIAL, bars, canvas, heat
from apstra.report.exhibit import Exhibit, Prose, count, listed, percent, span, to_be_supplied

DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
DAY_HOURS: Final = 24
ON_CALL: Final = ("nobody", "on call", "specialist")
SHADES: Final = ("white", SEQUENTIAL[0], SEQUENTIAL[3])


def crews(a: Assessment) -> Exhibit | Prose:
    """Return the crews rostered against those needed, by area and block of the week."""
    rows = a.capability.crews_needed
    if rows.empty:
        return to_be_supplied("Crews needed by area and block")
    names = a.tables["areas"].set_index("area_id")["name"]
    rows = rows.assign(
        area=rows["area_id"].map(names),
        missing=(rows["crews_needed"] - rows["crews_rostered"]).clip(lower=0),
        words=[f"{r.crews_rostered} of {r.crews_needed}" for r in rows.itertuples()],
        when=rows["block"].map(block_words),
    )
    missing, words = (rows.pivot_table(index="when", columns="area", values=value, aggfunc="first", sort=False)
                      for value in ("missing", "words"))  # fmt: skip
    with canvas(6.4, 0.9 + 0.32 * len(missing)) as (figure, axes):
        heat(axes, missing, high=3.0)
        for text, cell, short in zip(axes.texts, words.to_numpy().ravel(), missing.to_numpy().ravel(), strict=True):
            text.set_text(f"{cell}: {short:.0f} short" if short else str(cell))
        axes.xaxis.tick_top()
    headline = crews_headline(a)
    return Exhibit(
        headline,
        f"Crews rostered of crews needed so that a call finds one free {percent(a.scenario.force.assurance_level)} of "
        f"the time over all likely levels of the coming year's demand, each area on its own; range in the table: "
        f"at the forecast's 5% and at its 95%, {when(a)}",
        f"Heat table of crews short by area and block. {headline}.",
        made_of(a, "crews", "operations", "other_work"),
        _crews_table(rows),
        figure,
    )


def _crews_table(rows: pd.DataFrame) -> pd.DataFrame:
    """Return crews needed and rostered as a table for people."""
    return pd.DataFrame(
        {
            "Area": rows["area"],
            "Block": rows["when"],
            "Load, erlangs": rows["offered_load"].map("{:.2f}".format),
            "Crews needed": rows["crews_needed"],
            "Range, forecast's 5 to 95%": [span(r.crews_needed_low, r.crews_needed_high) for r in rows.itertuples()],
            "Crews rostered": rows["crews_rostered"],
        }
    )


def crews_headline(a: Assessment) -> str:
    """Return in how many blocks an area has fewer crews than it needs, and which area most often, in words."""
    rows = a.capability.crews_needed
    short = rows.loc[rows["crews_rostered"] < rows["crews_needed"]]
    if short.empty:
        return f"Every area has the crews it needs in each of its {count(rows['block'].nunique(), 'block')} of the week"
    worst = short["area_id"].value_counts()
    name = a.tables["areas"].set_index("area_id")["name"][worst.index[0]]
    return (
        f"In {len(short)} of {count(len(rows), 'area and block', 'areas and blocks')} fewer crews are rostered than "
        f"needed, most often in {name} ({worst.iloc[0]} of {(rows['area_id'] == worst.index[0]).sum()})"
    )


def crewing(a: Assessment) -> Exhibit | Prose:
    """Return by block the probability that the rostered crews can be crewed from deployable strength."""
    rows = a.capability.crewing
    if rows.empty:
        return to_be_supplied("Crews on duty")
    with canvas(7.6, 0.9 + 0.36 * len(rows)) as (figure, axes):
        _draw_crewing(axes, rows)
    table = rows.assign(
        block=rows["block"].map(block_words),
        probability=rows["probability"].map(percent),
        probability_less_one=rows["probability_less_one"].map(percent),
    )
    columns = ["Block", "Crews", "Officers rostered", "Officers needed", "All crews", "All but one"]
    headline = crewing_headline(a)
    return Exhibit(
        headline,
        f"Probability that the rostered crews can be crewed from deployable officers, {when(a)}",
        f"Bar chart of crewing probability by block. {headline}.",
        f"{made_of(a, 'crews', 'officers', 'currency')}; assumptions presence_share, shock_probability, shock_officers",
        table.set_axis(columns, axis=1),
        figure,
    )


def _draw_crewing(axes: Axes, rows: pd.DataFrame) -> None:
    """Draw the chance of every crew as a bar and of all but one as a mark, both in words beside them."""
    texts = [
        f"{percent(r.probability)} all {r.crews}; {percent(r.probability_less_one)} all but one"
        for r in rows.itertuples()
    ]
    bars(axes, rows["block"].map(block_words).tolist(), rows["probability"].tolist(), texts=texts)
    place, less_one = np.arange(len(rows)), rows["probability_less_one"]
    axes.plot(less_one, place, "D", color=COLOURS["orange"], markeredgecolor="black", markersize=6)
    axes.set_xlim(0, 1.0)
    for text in axes.texts:
        text.set_x(1.03)
    axes.set_xlabel("Probability. Bar: every rostered crew; diamond: all but one", fontsize=10)


def crewing_headline(a: Assessment) -> str:
    """Return the lowest and highest chance of crewing every vehicle, in words."""
    rows = a.capability.crewing
    worst, best = rows.loc[rows["probability"].idxmin()], rows.loc[rows["probability"].idxmax()]
    if worst.probability == best.probability:
        return f"All rostered crews can be crewed with probability {percent(worst.probability)} in every block"
    return (
        f"All rostered crews can be crewed with probability {percent(worst.probability)} in the worst block "
        f"({block_words(worst.block)}) and {percent(best.probability)} in the best ({block_words(best.block)})"
    )


def command(a: Assessment) -> Exhibit | Prose:
    """Return who is on call to command or advise, by hour of the week and season."""
    rows = a.capability.command
    if rows.empty:
        return to_be_supplied("The command rota")
    blocks = a.scenario.force.blocks
    cadres = rows.drop_duplicates("cadre")[["cadre", "title"]]
    level = rows.assign(level=np.where(rows["specialist"] > 0, 2, np.where(rows["covered"], 1, 0)))
    level = level.set_index(["cadre", "block"])["level"]
    with canvas(8.6, 0.9 + 0.42 * len(cadres) * len(blocks.seasons), rows=len(blocks.seasons)) as (figure, axes):
        for plot, season in zip(np.atleast_1d(axes), blocks.seasons, strict=True):
            week = blocks.week(season)
            _draw_week(plot, [level[cadre][week].to_numpy() for cadre in cadres["cadre"]], list(cadres["cadre"]))
            plot.set_title(season.capitalize(), fontsize=11, loc="left")
    table = rows.assign(block=rows["block"].map(block_words), hours=rows["hours_a_year"].map("{:,.0f}".format))
    table = table[["title", "block", "hours", "on_call", "specialist", "covered"]]
    headline = command_headline(a)
    return Exhibit(
        headline,
        f"People on call by hour of the week: crossed nobody, light somebody, dark a specialist, {when(a)}",
        f"Strips of the week by cadre and season. {headline}.",
        made_of(a, "command_cover", "roles"),
        table.set_axis(["Cadre", "Block", "Hours a year", "On call", "Specialists", "Covered"], axis=1),
        figure,
    )


def _draw_week(axes: Axes, levels: list[Any], labels: list[str]) -> None:
    """Draw a strip of the hours of the week for each cadre, in words where the level changes."""
    for row, level in enumerate(levels):
        starts = np.flatnonzero(np.diff(level, prepend=-1))
        for start, end in zip(starts, [*starts[1:], len(level)], strict=True):
            step = int(level[start])
            hatch = "xx" if step == 0 else ""
            axes.barh(
                row, end - start, left=start, height=0.8, color=SHADES[step], edgecolor=COLOURS["dark"], hatch=hatch
            )
            if end - start >= DAY_HOURS:
                ink = "white" if step > 1 else "black"
                axes.text((start + end) / 2, row, ON_CALL[step], ha="center", va="center", color=ink, fontsize=9)
    axes.set_yticks(range(len(labels)), labels)
    axes.set_ylim(len(labels) - 0.5, -0.5)
    axes.set_xlim(0, len(levels[0]))
    axes.set_xticks([DAY_HOURS * day for day in range(len(DAYS))], DAYS, ha="left")
    axes.grid(visible=False)
    axes.tick_params(length=0)


def command_headline(a: Assessment) -> str:
    """Return which cadres have hours without anybody on call, and how often a specialist is, in words."""
    rows = a.capability.command
    bare = rows.loc[~rows["covered"]].groupby("cadre", sort=False)["hours_a_year"].sum()
    hours = rows.groupby("cadre", sort=False)["hours_a_year"].sum()
    expert = rows.loc[rows["specialist"] > 0].groupby("cadre", sort=False)["hours_a_year"].sum()
    said = (
        f"Nobody is on call {listed([f'as {cadre} for {gap:,.0f} hours a year' for cadre, gap in bare.items()])}"
        if len(bare)
        else f"Somebody is on call at every hour in each of {count(len(hours), 'cadre')}"
    )
    shares = [f"{percent(expert[cadre] / hours[cadre])} of hours as {cadre}" for cadre in expert.index]
    return (
        f"{said}; a specialist is on call {listed(shares)}" if shares else f"{said}; no cadre has a specialist on call"
    )

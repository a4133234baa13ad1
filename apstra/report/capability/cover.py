"""Whether enough crews are rostered, where and when: crews on duty against those needed, by block and by hour."""

from typing import Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from apstra.assessment import Assessment
from apstra.report.assessment import block_words, made_of, when
from apstra.report.chart import DARK_FROM, SEQUENTIAL, canvas, heat, strips
from apstra.report.exhibit import Exhibit, Prose, count, listed, percent, span, to_be_supplied

DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
DAY_HOURS: Final = 24
ROOMY: Final = 2  # hours of a stretch that has room for its numbers in words
CREW_TABLES: Final = ("crews", "bases", "response_standards", "operations", "other_work")


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
        f"Crews rostered of the fewest found that meet each area's standard at {percent(_level(a))} assurance, at the "
        f"{percent(_level(a))} level of the coming year's demand{_beyond(a)}, {when(a)}",
        f"Heat table of crews short by area and block. {headline}.",
        f"{made_of(a, *CREW_TABLES)}; exact hypercube",
        _crews_table(rows),
        figure,
    )


def _level(a: Assessment) -> float:
    """Return the assurance level."""
    return a.scenario.assurance_level


def _beyond(a: Assessment) -> str:
    """Return what lies beyond the standard from every base, for no crew can mend that, in words; nothing if nothing."""
    names = a.tables["areas"].set_index("area_id")["name"]
    reach = a.capability.crews_needed.groupby("area_id", sort=False)["attainable"].mean()
    beyond = [f"{percent(1.0 - share)} of {names[area]}'s calls" for area, share in reach.items() if share < 1.0]
    return (
        f"; beyond the standard from every base, so for a base or a standard to mend: {listed(beyond)}"
        if beyond
        else ""
    )


def _crews_table(rows: pd.DataFrame) -> pd.DataFrame:
    """Return crews needed and rostered, and what they achieve, as a table for people."""
    return pd.DataFrame(
        {
            "Area": rows["area"],
            "Block": rows["when"],
            "Load, erlangs": rows["offered_load"].map("{:.2f}".format),
            "Calls to answer in time": rows["target"].map(percent),
            "Within reach of a base": rows["attainable"].map(percent),
            "Crews rostered": rows["crews_rostered"],
            "Calls in time, roster": rows["expected_rostered"].map(percent),
            "Crews needed": rows["crews_needed"],
            "Range, forecast's 5 to 95%": [span(r.crews_needed_low, r.crews_needed_high) for r in rows.itertuples()],
            "Calls in time, crews needed": rows["expected"].map(percent),
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


def roster_week(a: Assessment) -> Exhibit | Prose:
    """Return the crews rostered against those needed by hour of the week, season by season, for the whole force."""
    rows = a.capability.crews_needed
    if rows.empty:
        return to_be_supplied("Crews needed by hour of the week")
    missing = (rows["crews_needed"] - rows["crews_rostered"]).clip(lower=0)
    force = (
        rows.assign(missing=missing).groupby("block", sort=False)[["crews_rostered", "crews_needed", "missing"]].sum()
    )
    seasons = list(a.scenario.force.blocks.seasons)
    with canvas(9.0, 0.6 + 2.4 * len(seasons), rows=len(seasons)) as (figure, axes):
        for plot, season in zip(np.atleast_1d(axes), seasons, strict=True):
            _draw_days(plot, force.loc[a.scenario.force.blocks.week(season)])
            plot.set_title(season.capitalize(), fontsize=11, loc="left")
    hours = a.scenario.force.blocks.hours_a_year().reindex(force.index)
    headline = _roster_headline(force, hours)
    columns = ["Block", "Hours a year", "Crews rostered", "Crews needed", "Crews short in their area"]
    table = force.rename(index=block_words).reset_index()
    table.insert(1, "hours", hours.map("{:,.0f}".format).to_numpy())
    return Exhibit(
        headline,
        f"Crews rostered of crews needed at each hour of the week, whole force; darker for more crews short in their "
        f"own area, {when(a)}",
        f"Picture of the week, a row for each day. {headline}.",
        f"{made_of(a, *CREW_TABLES)}; exact hypercube",
        table.set_axis(columns, axis=1),
        figure,
    )


def _roster_headline(force: pd.DataFrame, hours: pd.Series) -> str:
    """Return how much of the year has fewer crews than needed and how many crew-hours are missing, in words."""
    short, missing = float(hours[force["missing"] > 0].sum()), float((hours * force["missing"]).sum())
    if not short:
        return "At every hour of the week each area has the crews it needs"
    worst = block_words(force["missing"].idxmax())
    return (
        f"For {percent(short / hours.sum())} of the year's hours an area has fewer crews than it needs: "
        f"{missing:,.0f} crew-hours a year are missing, most in {worst} ({count(force['missing'].max(), 'crew')} short)"
    )


def _draw_days(axes: Axes, hourly: pd.DataFrame) -> None:
    """Draw a row for each day, in stretches of hours with the same crews, their numbers written on them."""
    told = list(hourly[["crews_rostered", "crews_needed", "missing"]].itertuples(index=False, name=None))
    spans, shades = [], []
    for day in range(len(DAYS)):
        hours = told[day * DAY_HOURS : (day + 1) * DAY_HOURS]
        starts = [hour for hour in range(DAY_HOURS) if hour == 0 or hours[hour] != hours[hour - 1]]
        for start, end in zip(starts, [*starts[1:], DAY_HOURS], strict=True):
            rostered, needed, missing = hours[start]
            shade = SEQUENTIAL[min(missing, len(SEQUENTIAL)) - 1] if missing else "white"
            spans.append((day, start, end))
            shades.append(shade)
            ink = "white" if shade in SEQUENTIAL[DARK_FROM:] else "black"
            words = f"{rostered} of {needed}" if end - start >= ROOMY else f"{rostered}/{needed}"
            axes.text((start + end) / 2, day, words, ha="center", va="center", color=ink, fontsize=9)
    strips(axes, spans, shades)
    axes.set_yticks(range(len(DAYS)), DAYS)
    axes.set_ylim(len(DAYS) - 0.5, -0.5)
    axes.set_xlim(0, DAY_HOURS)
    axes.set_xticks(range(0, DAY_HOURS + 1, 3), [f"{hour:02d}:00" for hour in range(0, DAY_HOURS + 1, 3)])
    axes.grid(visible=False)
    axes.tick_params(length=0)

"""Officers, cover and the week beside the baseline: who is there, how much is answered in time, is a crew free.

In: the live figures as they are and as they were. Out: exhibits.
"""

from typing import Any, Final

import numpy as np
import pandas as pd

from apstra.assessment.live import Live
from apstra.report.assessment import block_words
from apstra.report.chart import MISSING, canvas, heat, zones_map
from apstra.report.exhibit import Exhibit, Prose, listed, percent, to_be_supplied
from apstra.report.live.words import LIVE, Triple, beside, difference, moved, points, ranged
from apstra.scenario import DAYS_A_WEEK, HOURS_A_DAY, Blocks

DARKEST: Final = 0.2  # chance that no crew is free
SHORT_DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def strength(now: Live, was: Live) -> Exhibit | Prose:
    """Return required, established and deployable officers by role, before and now."""
    both = now.chapters.capability.position.merge(
        was.chapters.capability.position, on=["role", "title"], suffixes=("", "_was")
    )
    rows = both.loc[(both[["required", "required_was", "established", "established_was"]] > 0).any(axis=1)]
    if rows.empty:
        return to_be_supplied("Officers by role")
    required, short_of = ([_ends(row, name) for row in rows.itertuples()] for name in ("required", "shortfall"))
    table = pd.DataFrame(
        {
            "Role": rows["title"],
            "Required": [beside(ranged(*mine), difference(mine, theirs, "{:+.0f}")) for mine, theirs in required],
            "Established": [moved(r.established, r.established_was) for r in rows.itertuples()],
            "Deployable": [moved(r.deployable, r.deployable_was) for r in rows.itertuples()],
            "Shortfall": [beside(ranged(*mine), difference(mine, theirs, "{:+.0f}")) for mine, theirs in short_of],
        }
    )
    short, before = float(rows["shortfall"].sum()), float(rows["shortfall_was"].sum())
    return Exhibit(
        f"{short:.0f} deployable officers short of the requirement, {before:.0f} in the baseline",
        "Officers by role; range from the 5% to the 95% of the demand forecast",
        "",
        LIVE,
        table,
    )


def _ends(row: Any, name: str) -> tuple[Triple, Triple]:
    """Return a figure with its ends, now and before."""
    mine = (getattr(row, name), getattr(row, f"{name}_low"), getattr(row, f"{name}_high"))
    theirs = (getattr(row, f"{name}_was"), getattr(row, f"{name}_low_was"), getattr(row, f"{name}_high_was"))
    return mine, theirs


def cover(now: Live, was: Live) -> Exhibit:
    """Return the share of calls answered within the standard, force and areas, before and now."""
    names = now.chapters.tables["areas"].set_index("area_id")["name"]
    both = now.chapters.deployment.reach.query("kind != 'district'").merge(
        was.chapters.deployment.reach, on=["kind", "place", "committed"], suffixes=("", "_was")
    )
    triples = [
        ((r.demand_share, r.low, r.high), (r.demand_share_was, r.low_was, r.high_was)) for r in both.itertuples()
    ]
    table = pd.DataFrame(
        {
            "Area": ["The force" if place == "all" else names.get(place, place) for place in both["place"]],
            "Baseline": [ranged(*theirs, share=True) for _, theirs in triples],
            "Now": [ranged(*mine, share=True) for mine, _ in triples],
            "Change, points": [points(mine, theirs) for mine, theirs in triples],
            "Worst block": [f"{block_words(r.worst_block)}, {percent(r.worst_block_share)}" for r in both.itertuples()],
        }
    )
    force = triples[0] if triples else ((np.nan,) * 3, (np.nan,) * 3)
    words = f"{percent(force[0][0])} of calls are answered within the standard, {percent(force[1][0])} in the baseline"
    return Exhibit(words, "Share of calls within the standard; range over travel", "", LIVE, table)


def cover_map(bands: pd.Series, zones: pd.DataFrame, boundaries: pd.DataFrame, bases: pd.DataFrame) -> Exhibit | None:
    """Return the map of the share of calls within the standard by zone, in ``bands``; nothing where it is not known."""
    if bands.isna().all():
        return None
    with canvas(6.4, 4.2) as (figure, axes):
        zones_map(axes, boundaries, zones, bands, bases)
    counted = bands.value_counts(sort=False)
    words = listed([f"{name}: {number} zones" for name, number in counted.items()])
    table = pd.DataFrame({"Share of calls": counted.index.astype(str), "Zones": counted.to_numpy()})
    return Exhibit(
        "Where calls are answered within the standard, now", "By zone", f"Map. {words}.", LIVE, table, figure
    )


def week(now: Live, was: Live) -> Exhibit | Prose:
    """Return the chance that no crew is free over the week, before and now, by block."""
    mine, theirs = now.cover.by_demand, was.cover.by_demand
    if now.chapters.tables["crews"].empty or mine["none_free"].isna().all():
        return to_be_supplied("The chance that no crew is free")
    pairs = [
        ((a.none_free, a.low, a.high), (b.none_free, b.low, b.high))
        for a, b in zip(mine.itertuples(), theirs.itertuples(), strict=True)
    ]
    table = pd.DataFrame(
        {
            "Block": mine["block"].map(block_words),
            "Baseline": [ranged(*before, share=True) for _, before in pairs],
            "Now": [ranged(*after, share=True) for after, _ in pairs],
            "Change, points": [points(after, before) for after, before in pairs],
        }
    )
    worst = mine.loc[mine["none_free"].idxmax()]
    words = f"No crew is free {percent(worst.none_free)} of the time in the worst block ({block_words(worst.block)})"
    return Exhibit(
        words, "Chance that no crew is free, by block; range from the 5% to the 95% of the demand forecast", "", LIVE,
        table,
    )  # fmt: skip


def week_picture(chances: pd.DataFrame, blocks: Blocks) -> Exhibit | None:
    """Return the chance that no crew is free (``block``, ``none_free``) by day of the week, season and shift."""
    chance = chances.set_index("block")["none_free"]
    if chance.isna().all():
        return None
    rows = {
        f"{day}, {season}": chance[blocks.week(season)].to_numpy().reshape(DAYS_A_WEEK, HOURS_A_DAY)[number]
        for season in blocks.seasons
        for number, day in enumerate(SHORT_DAYS)
    }
    starts = sorted(blocks.shifts.values())
    shown = pd.DataFrame(
        {f"from {start:02d}": [row[start] for row in rows.values()] for start in starts}, index=list(rows)
    )
    with canvas(6.4, 0.6 + 0.27 * len(shown)) as (figure, axes):
        heat(axes, shown, "{:.1%}", high=DARKEST)
    row, column = np.unravel_index(int(np.argmax(shown.to_numpy())), shown.shape)
    worst = f"{shown.index[row]}, {shown.columns[column]}: {percent(float(shown.iloc[row, column]))}"
    return Exhibit(
        "The chance that no crew is free over the week, now", "By day, season and shift, from the hour it starts",
        f"Table of cells, darker for more. Highest on {worst}.",
        LIVE, shown.reset_index(names="Day"), figure,
    )  # fmt: skip


def days(now: Live, was: Live) -> Exhibit | Prose:
    """Return cover by season and on the days of events, before and now."""
    mine, theirs = now.cover.days, was.cover.days.assign(event_id=lambda d: d["event_id"].fillna(d["name"]))
    known = theirs.set_index("event_id")[["within", "none_free"]]
    keys = mine["event_id"].fillna(mine["name"])
    if mine.empty or now.chapters.tables["crews"].empty:
        return to_be_supplied("Cover by season and event")
    within, none_free = (known[name].reindex(keys).to_numpy() for name in known)
    table = pd.DataFrame(
        {
            "Season or event": mine["name"].str.capitalize().where(mine["event_id"].isna(), mine["name"]),
            "Days": mine["days"].map("{:.0f}".format),
            "Calls a day": mine["calls"].map("{:.2f}".format),
            "Within the standard": [_share(*pair) for pair in zip(mine["within"], within, strict=True)],
            "No crew free": [_share(*pair) for pair in zip(mine["none_free"], none_free, strict=True)],
        }
    )
    worst = mine.loc[mine["none_free"].idxmax()] if mine["none_free"].notna().any() else mine.iloc[0]
    return Exhibit(
        f"No crew is free {percent(worst.none_free)} of the time at worst: {worst['name']}",
        "Cover by season, events left out, and on the days of each event of the year and the next", "", LIVE, table,
    )  # fmt: skip


def _share(now: float, was: float) -> str:
    """Return a share, and what it was where that differs."""
    return MISSING if pd.isna(now) else moved(now, was if pd.notna(was) else now, "{:.1%}")

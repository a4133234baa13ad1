"""For what, where and when crews were called."""

from typing import Any, Final

import pandas as pd
from matplotlib.axes import Axes

from apstra.assessment import Assessment
from apstra.report.assessment import made_of, when
from apstra.report.chart import COLOURS, bars, canvas, heat
from apstra.report.demand.record import plain
from apstra.report.exhibit import Exhibit, Prose, count, listed, percent, span, to_be_supplied

RANGED: Final = COLOURS["teal"]  # a dark whisker is seen on it
WATCHED: Final = ("mental_health", "domestic")  # rising demand named by the inspectorate


def pattern(a: Assessment) -> Exhibit | Prose:
    """Return when in the week operations begin."""
    rows = a.demand.week
    number = int(rows["operations"].sum())
    if not number:
        return to_be_supplied("The week's pattern")
    stretches = [f"{row.from_hour:02d} to {row.to_hour:02d}" for row in rows.itertuples()]
    days = list(rows["weekday"].unique())
    grid = rows.assign(stretch=stretches).pivot_table(index="weekday", columns="stretch", values="operations")
    grid = grid.reindex(days).astype(int)
    with canvas(7.2, 3.4) as (figure, axes):
        heat(axes, grid, "{:.0f}")
        axes.xaxis.tick_top()
    shift = a.demand.patterns.query("dimension == 'shift'").sort_values("share", ascending=False).iloc[0]
    headline = (
        f"The {shift.value} shift takes {percent(shift.share)} of operations (95% range {percent(shift.low)} to "
        f"{percent(shift.high)}) in {percent(shift.even)} of the hours"
    )
    return Exhibit(
        headline,
        f"Operations by weekday and hour of call, {count(number, 'operation')} on record, {when(a)}",
        f"Heat table of operations by weekday and three-hour stretch. {headline}.",
        made_of(a, "operations"),
        grid.rename_axis("Weekday").reset_index(),
        figure,
    )


def season(a: Assessment) -> Exhibit | Prose:
    """Return operations by month against an even year."""
    rows = a.demand.patterns.query("dimension == 'month'")
    if not rows["operations"].sum() or a.demand.season["ratio"].isna().all():
        return to_be_supplied("The pattern over the year")
    with canvas(7.2, 4.2) as (figure, axes):
        _share_bars(axes, rows, list(rows["value"]))
    sentence = season_sentence(a)
    return Exhibit(
        sentence.rstrip("."),
        f"Share of operations by month, 95% range, orange mark: an even year; complete years, {when(a)}",
        f"Bar chart of operations by month. {sentence}",
        made_of(a, "operations"),
        _share_table(rows, "Month"),
        figure,
    )


def season_sentence(a: Assessment) -> str:
    """Return whether May to October differs from the rest of the year."""
    ratio, low, high = a.demand.season.iloc[0]
    if pd.isna(ratio):
        return ""
    told = f"{ratio:.2f} times the weekly rate of the rest of the year (95% range {span(low, high, '{:.2f}')})"
    if low <= 1 <= high:
        return f"May to October shows no clear difference: {told}."
    return f"May to October is {'busier' if low > 1 else 'quieter'}: {told}."


def _share_bars(axes: Axes, rows: pd.DataFrame, labels: list[str]) -> None:
    """Draw shares with their range, and a mark where an even spread would end."""
    texts = rows["share"].map(percent).tolist()
    bars(axes, labels, rows["share"], low=rows["low"], high=rows["high"], texts=texts, colour=RANGED)
    places = range(len(labels))
    axes.vlines(rows["even"], [y - 0.38 for y in places], [y + 0.38 for y in places], color=COLOURS["orange"], lw=2.6)


def _share_table(rows: pd.DataFrame, name: str) -> pd.DataFrame:
    """Return shares with range as a table for people."""
    return pd.DataFrame(
        {
            name: rows["value"],
            "Operations": rows["operations"],
            "Share": rows["share"].map(percent),
            "95% range": [f"{percent(row.low)} to {percent(row.high)}" for row in rows.itertuples()],
            "Share if even": rows["even"].map(percent),
        }
    )


def areas(a: Assessment) -> Exhibit | Prose:
    """Return operations by policing area for its residents and visitors."""
    rows = a.demand.by_area.sort_values("per_100k", ascending=False, ignore_index=True)
    if rows["per_100k"].isna().all():
        return to_be_supplied("Operations by area: complete years and residents")
    with canvas(7.2, 1.0 + 0.5 * len(rows)) as (figure, axes):
        bars(axes, rows["name"].tolist(), rows["per_100k"], low=rows["low"], high=rows["high"],
             texts=rows["per_100k"].map("{:.1f}".format).tolist(), colour=RANGED)  # fmt: skip
    first = rows.iloc[0]
    clear = len(rows) > 1 and first["low"] > rows["high"].iloc[1:].max()
    told = f"{first['per_100k']:.1f} a year for every 100,000 residents ({span(first['low'], first['high'], '{:.1f}')})"
    headline = (
        f"{first['name']} is called on most for its residents: {told}"
        if clear
        else f"{first['name']} has {told}" + ("; areas do not differ clearly from the next" if len(rows) > 1 else "")
    )
    return Exhibit(
        headline,
        f"Operations a year for every 100,000 residents by policing area, 95% range, complete years, {when(a)}",
        f"Bar chart of operations by area. {headline}.",
        made_of(a, "operations", "zones", "areas"),
        _area_table(rows),
        figure,
    )


def _area_table(rows: pd.DataFrame) -> pd.DataFrame:
    """Return operations by area as a table for people."""
    return pd.DataFrame(
        {
            "Area": rows["name"],
            "Operations": rows["operations"],
            "A year": rows["per_year"].map("{:.1f}".format),
            "A year for every 100,000 residents": rows["per_100k"].map("{:.1f}".format),
            "95% range": [span(row.low, row.high, "{:.1f}") for row in rows.itertuples()],
            "Visitors a year": rows["visitors_a_year"].map("{:,.0f}".format).replace("nan", "not known"),
            "A year for every million visitors": rows["per_million_visitors"]
            .map("{:.1f}".format)
            .replace("nan", "not known"),
        }
    )


def reasons(a: Assessment) -> Exhibit | Prose:
    """Return why crews were called, and what changed in the last complete year."""
    rows = a.demand.reasons
    if rows.empty:
        return to_be_supplied("Reasons for calling")
    shown = rows.head(12)
    with canvas(7.4, 1.0 + 0.34 * len(shown)) as (figure, axes):
        bars(axes, shown["reason"].map(plain).str.capitalize().tolist(), shown["share"], low=shown["share_low"],
             high=shown["share_high"], texts=[_reason_words(row) for row in shown.itertuples()],
             colour=RANGED)  # fmt: skip
    top = rows.iloc[0]
    headline = f"{plain(top.reason).capitalize()} is the most frequent reason, {percent(top.share)} of operations"
    return Exhibit(
        f"{headline}. {reasons_sentence(a)}".rstrip("."),
        f"Share of operations by recorded reason, 95% range, complete years, {when(a)}",
        f"Bar chart of reasons. {headline}. {reasons_sentence(a)}",
        made_of(a, "operations"),
        _reason_table(rows),
        figure,
    )


def _reason_table(rows: pd.DataFrame) -> pd.DataFrame:
    """Return reasons as a table for people."""
    return pd.DataFrame(
        {
            "Reason": rows["reason"].map(plain).str.capitalize(),
            "Operations": rows["operations"],
            "Share": rows["share"].map(percent),
            "95% range": [f"{percent(row.share_low)} to {percent(row.share_high)}" for row in rows.itertuples()],
            "Last complete year": rows["last_year"],
            "A year before": rows["before"].map("{:.1f}".format).replace("nan", "not known"),
            "Times as many, 95% range": [span(row.low, row.high, "{:.2f}") for row in rows.itertuples()],
            "Change": rows["change"],
        }
    )


def _reason_words(row: Any) -> str:
    """Return a reason's share, and its change where one is shown."""
    told = {"more": f", more: {row.last_year} last year", "fewer": f", fewer: {row.last_year} last year"}
    return f"{percent(row.share)}{told.get(row.change, '')}"


def reasons_sentence(a: Assessment) -> str:
    """Return which reasons changed in the last complete year, and mental health and domestic in any case."""
    rows = a.demand.reasons
    moved = rows["change"].isin(["more", "fewer"])
    watched = rows["reason"].isin(WATCHED) & ~moved & rows["before"].notna()
    told = [f"{plain(row.reason)} {_change_words(row)}" for row in rows.loc[moved].itertuples()]
    first = f"Clearly changed in the last complete year: {listed(told)}." if told else "No reason changed clearly."
    also = [f"{plain(row.reason)} {_change_words(row)}, {row.change}" for row in rows.loc[watched].itertuples()]
    return f"{first} {listed(also).capitalize()}." if also else first


def _change_words(row: Any) -> str:
    """Return a reason's last complete year against the years before."""
    return f"{row.last_year} against {row.before:.1f} a year before"

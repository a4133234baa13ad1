"""What the notebook and the document show of demand: volume, pattern, reasons, time, record and forecast."""

from typing import Any, Final

import pandas as pd
from matplotlib.axes import Axes

from apstra.assessment import Assessment
from apstra.report.assessment import made_of, when
from apstra.report.exhibit import (
    COLOURS,
    Exhibit,
    Prose,
    bars,
    bullets,
    canvas,
    count,
    fan,
    heat,
    listed,
    percent,
    span,
    to_be_supplied,
)
from apstra.scenario import year_label

RANGED: Final = COLOURS["teal"]  # a dark whisker is seen on it
KIND_NAMES: Final = {
    "all": "All operations",
    "operations": "All operations",
    "spontaneous": "Spontaneous",
    "planned": "Planned",
    "self_authorised": "Self-authorised",
}
KEPT_NAMES: Final = {
    "log_reference": "Log reference",
    "signed_off": "Signed off",
    "debriefed": "Debriefed",
    "authorised_at": "Time of authority",
    "assigned_at": "Time a crew was assigned",
    "arrived_at": "Time of arrival",
    "cleared_at": "Time cleared",
}
MET: Final = 0.995
WATCHED: Final = ("mental_health", "domestic")  # rising demand named by the inspectorate


def findings(a: Assessment) -> Prose:
    """Return what the chapter found, in sentences."""
    if a.demand.yearly.empty:
        return to_be_supplied("The log of firearms operations")
    return bullets(
        f"{_volume_headline(a)}.",
        _trend_sentence(a),
        _season_sentence(a),
        _reasons_sentence(a),
        _late_sentence(a),
    )


def _volume_headline(a: Assessment) -> str:
    """Return the last complete year and the coming one in words."""
    whole, coming = a.demand.yearly.query("complete"), a.demand.forecast
    if whole.empty:
        number = int(a.demand.yearly["operations"].sum())
        return f"{count(number, 'operation')} on record and no complete year yet, so no forecast is made"
    last = whole.iloc[-1]
    now = f"{count(last.operations, 'firearms operation')} in {year_label(int(last.year))}"
    ahead = f"{coming['mean'].iloc[0]:.0f} expected in {coming['label'].iloc[0]}"
    return f"{now}; {ahead} (95% range {span(coming['p2_5'].iloc[0], coming['p97_5'].iloc[0])})"


def _trend_sentence(a: Assessment) -> str:
    """Return which kinds of operation rise or fall, and that nothing is said where counts do not show it."""
    rows = a.demand.trends.set_index("measure")
    if rows.empty or rows.loc["operations", "direction"] == "too few to say":
        return "There are too few complete years, or too few operations, to speak of a trend."
    whole = rows.loc["operations"]
    change = (
        f"{whole.before:.0f} a year in {whole.from_years}, {whole.after:.0f} in {whole.to_years}, "
        f"{whole.ratio:.2f} times as many (95% range {span(whole.low, whole.high, '{:.2f}')})"
    )
    moved = rows.drop(index="operations").query("direction in ('rising', 'falling')")
    kinds = "".join(f" {KIND_NAMES[kind]} operations are {row.direction}." for kind, row in moved.iterrows())
    if whole.direction == "not shown":
        return f"No trend is shown: {change}.{kinds}"
    return f"Operations are {whole.direction}: {change}.{kinds}"


def _season_sentence(a: Assessment) -> str:
    """Return whether May to October differs from the rest of the year."""
    ratio, low, high = a.demand.season.iloc[0]
    if pd.isna(ratio):
        return ""
    told = f"{ratio:.2f} times the weekly rate of the rest of the year (95% range {span(low, high, '{:.2f}')})"
    if low <= 1 <= high:
        return f"May to October shows no clear difference: {told}."
    return f"May to October is {'busier' if low > 1 else 'quieter'}: {told}."


def _reasons_sentence(a: Assessment) -> str:
    """Return which reasons changed in the last complete year, and mental health and domestic in any case."""
    rows = a.demand.reasons
    moved = rows["change"].isin(["more", "fewer"])
    watched = rows["reason"].isin(WATCHED) & ~moved & rows["before"].notna()
    told = [f"{_plain(row.reason)} {_change_words(row)}" for row in rows.loc[moved].itertuples()]
    first = f"Clearly changed in the last complete year: {listed(told)}." if told else "No reason changed clearly."
    also = [f"{_plain(row.reason)} {_change_words(row)}, {row.change}" for row in rows.loc[watched].itertuples()]
    return f"{first} {listed(also).capitalize()}." if also else first


def _change_words(row: Any) -> str:
    """Return a reason's last complete year against the years before."""
    return f"{row.last_year} against {row.before:.1f} a year before"


def _late_sentence(a: Assessment) -> str:
    """Return how many calls have no arrival on record."""
    row = a.demand.unmet.set_index("measure").loc["no arrival on record"]
    if not row["of"]:
        return ""
    return (
        f"For {row['operations']:.0f} of {count(row['of'], 'spontaneous operation')} ({percent(row['share'])}) the log "
        "shows no arrival: it cannot tell whether none came or nobody wrote it down."
    )


def yearly(a: Assessment) -> Exhibit | Prose:
    """Return yearly counts with exact limits, the published counts where known, and the forecast."""
    rows, ahead = a.demand.yearly, a.demand.forecast
    if rows.empty:
        return to_be_supplied("Firearms operations by year")
    printed = _published(a)
    with canvas(7.6, 4.0) as (figure, axes):
        _draw_years(axes, rows, ahead, printed)
    headline = _volume_headline(a)
    return Exhibit(
        headline,
        f"Firearms operations by financial year, exact 95% limits, forecast with 50, 80 and 95% ranges, {when(a)}",
        f"Chart of operations by year and the forecast. {headline}. {_trend_sentence(a)}",
        f"{made_of(a, 'operations')}; published counts: Hansard and press reports of Home Office tables",
        _yearly_table(rows, ahead, printed),
        figure,
    )


def _yearly_table(rows: pd.DataFrame, ahead: pd.DataFrame, printed: pd.DataFrame) -> pd.DataFrame:
    """Return counts and forecast as one table for people."""
    published = printed.drop_duplicates("year").set_index("year")["value"].map("{:.0f}".format)
    past = pd.DataFrame(
        {
            "Year": rows["year"].map(year_label),
            "What": rows["complete"].map({True: "counted", False: "not complete"}),
            "Operations": rows["operations"].astype(str),
            "95% range": [span(row.low, row.high) for row in rows.itertuples()],
            **{KIND_NAMES[kind]: rows[kind].astype(str) for kind in ("spontaneous", "planned", "self_authorised")},
            "By ARV": rows["arv"].astype(str),
            "Published": rows["year"].map(published).fillna("not known"),
        }
    )
    return pd.concat([past, _coming_table(ahead)], ignore_index=True).fillna("does not apply")


def _published(a: Assessment) -> pd.DataFrame:
    """Return the published counts of the force in the years of the log: ``year``, ``value``."""
    forces, figures = a.tables["police_forces"], a.tables["published_firearms"]
    names = forces.loc[forces["pfa_code"] == a.scenario.force.code, "force"]
    rows = figures.loc[figures["force"].isin(names) & (figures["metric"] == "operations")]
    rows = rows.assign(year=rows["year"].str.slice(0, 4).astype(int))
    return rows.loc[rows["year"].isin(a.demand.yearly["year"]), ["year", "value"]]


def _draw_years(axes: Axes, rows: pd.DataFrame, ahead: pd.DataFrame, printed: pd.DataFrame) -> None:
    """Draw counts, limits, published counts and the fan, each labelled beside it."""
    whole, open_year = rows.loc[rows["complete"]], rows.loc[~rows["complete"]]
    axes.vlines(whole["year"], whole["low"], whole["high"], color=COLOURS["blue"], linewidth=1.6)
    axes.plot(whole["year"], whole["operations"], "o", color=COLOURS["blue"], markersize=7)
    axes.plot(open_year["year"], open_year["operations"], "o", color=COLOURS["blue"], fillstyle="none", markersize=7)
    axes.plot(printed["year"], printed["value"], "D", color=COLOURS["orange"], fillstyle="none", markersize=11)
    for row in rows.itertuples():
        if row.complete:
            _beside(axes, (row.year, row.operations), f"{row.operations}")
        else:
            _beside(axes, (row.year, row.operations), f"{row.operations} on record", (-9, -9))
    if len(ahead):
        pairs = [("p2_5", "p97_5"), ("p10", "p90"), ("p25", "p75")]
        fan(axes, ahead["year"].tolist(), ahead["mean"].tolist(), [(ahead[low], ahead[high]) for low, high in pairs])
        last = ahead.iloc[-1]
        for (low, high), name in zip(pairs, ("95%", "80%", "50%"), strict=True):
            _beside(axes, (last["year"], last[high]), name)
            _beside(axes, (last["year"], last[low]), name)
    if len(printed):
        axes.set_title("Diamond: published count", loc="left", fontsize=10, color=COLOURS["dark"])
    years = [*rows["year"], *ahead["year"]]
    ticks = sorted(set(years))[::2]
    axes.set_xticks(ticks, [year_label(int(year)) for year in ticks], fontsize=9)
    axes.set_xlim(min(years) - 0.4, max(years) + 0.9)
    axes.set_ylim(bottom=0)


def _beside(axes: Axes, point: tuple[float, float], words: str, off: tuple[int, int] = (9, 0)) -> None:
    """Write words beside a point, so many points off."""
    across = "left" if off[0] > 0 else "right"
    axes.annotate(words, point, off, textcoords="offset points", va="center", ha=across, fontsize=9)


def _coming_table(ahead: pd.DataFrame) -> pd.DataFrame:
    """Return the forecast as rows of a table for people."""
    return pd.DataFrame(
        {
            "Year": ahead["label"],
            "What": "forecast",
            "Operations": ahead["mean"].map("{:.0f}".format),
            "50% range": [span(row.p25, row.p75) for row in ahead.itertuples()],
            "80% range": [span(row.p10, row.p90) for row in ahead.itertuples()],
            "95% range": [span(row.p2_5, row.p97_5) for row in ahead.itertuples()],
        }
    )


def forecast(a: Assessment) -> Exhibit | Prose:
    """Return the forecast of the coming year and the next four as a table."""
    ahead = a.demand.forecast
    if ahead.empty:
        return to_be_supplied("A forecast: the log holds no complete year")
    first, last = ahead.iloc[0], ahead.iloc[-1]
    return Exhibit(
        f"Plan for {span(first.p10, first.p90)} operations in {first.label}; for {last.label} the range widens to "
        f"{span(last.p10, last.p90)}",
        f"Forecast of firearms operations, headline ranges hold four years in five, {when(a)}",
        "",
        f"{made_of(a, 'operations')}; complete years only, older years count for less",
        _coming_table(ahead).drop(columns="What"),
    )


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
    sentence = _season_sentence(a)
    return Exhibit(
        sentence.rstrip("."),
        f"Share of operations by month, 95% range, orange mark: an even year; complete years, {when(a)}",
        f"Bar chart of operations by month. {sentence}",
        made_of(a, "operations"),
        _share_table(rows, "Month"),
        figure,
    )


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
        bars(axes, shown["reason"].map(_plain).str.capitalize().tolist(), shown["share"], low=shown["share_low"],
             high=shown["share_high"], texts=[_reason_words(row) for row in shown.itertuples()],
             colour=RANGED)  # fmt: skip
    top = rows.iloc[0]
    headline = f"{_plain(top.reason).capitalize()} is the most frequent reason, {percent(top.share)} of operations"
    return Exhibit(
        f"{headline}. {_reasons_sentence(a)}".rstrip("."),
        f"Share of operations by recorded reason, 95% range, complete years, {when(a)}",
        f"Bar chart of reasons. {headline}. {_reasons_sentence(a)}",
        made_of(a, "operations"),
        _reason_table(rows),
        figure,
    )


def _reason_table(rows: pd.DataFrame) -> pd.DataFrame:
    """Return reasons as a table for people."""
    return pd.DataFrame(
        {
            "Reason": rows["reason"].map(_plain).str.capitalize(),
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


def _plain(code: object) -> str:
    """Return a code such as mental_health in words."""
    return str(code).replace("_", " ")


def committed(a: Assessment) -> Exhibit | Prose:
    """Return how long crews were committed to operations."""
    rows = a.demand.committed.query("n > 0")
    if rows.empty:
        return to_be_supplied("Committed time")
    whole = rows.iloc[0]
    table = pd.DataFrame(
        {
            "Kind": rows["kind"].map(KIND_NAMES),
            "Timed": rows["n"],
            "Not timed": rows["missing"],
            "Median, minutes": rows["median"].map("{:.0f}".format),
            "Mean, minutes": rows["mean"].map("{:.0f}".format),
            "One in ten longer than, minutes": rows["p90"].map("{:.0f}".format),
        }
    )
    return Exhibit(
        f"Half of operations hold their crews for more than {whole['median']:.0f} minutes, one in ten for more than "
        f"{whole['p90']:.0f}",
        f"Minutes from assigned, else called, to cleared, whole log, {when(a)}",
        "",
        made_of(a, "operations"),
        table,
    )


def other_work(a: Assessment) -> Exhibit | Prose:
    """Return what armed crews do besides firearms operations."""
    rows = a.demand.other
    if rows.empty:
        return to_be_supplied("Other work of armed crews")
    whole, kinds = rows.iloc[0], rows.iloc[1:]
    labels = kinds["kind"].map(_plain).str.capitalize().tolist()
    texts = [
        f"{row.hours_a_year:,.0f} hours, {percent(row.releasable_share)} can be left" for row in kinds.itertuples()
    ]
    with canvas(7.4, 0.9 + 0.42 * len(kinds)) as (figure, axes):
        bars(axes, labels, kinds["hours_a_year"], texts=texts)
        axes.set_xlim(right=axes.get_xlim()[1] * 1.35)
    headline = (
        f"Other work takes {whole.hours_a_year:,.0f} crew-hours a year; {percent(whole.releasable_share)} of it can be "
        "left for a firearms operation"
    )
    table = pd.DataFrame(
        {
            "Work": ["All other work", *labels],
            "Jobs a year": rows["jobs_a_year"].map("{:,.0f}".format),
            "Crew-hours a year": rows["hours_a_year"].map("{:,.0f}".format),
            "Share that can be left": rows["releasable_share"].map(percent),
        }
    )
    return Exhibit(
        headline,
        f"Crew-hours a year of work that is no firearms operation, {when(a)}",
        f"Bar chart of other work. {headline}.",
        made_of(a, "other_work"),
        table,
        figure,
    )


def unmet(a: Assessment) -> Exhibit | Prose:
    """Return calls for which no crew, or a late one, is on record."""
    rows = a.demand.unmet
    if not rows["of"].any():
        return to_be_supplied("Unmet or delayed calls")
    late = rows.set_index("measure").loc["crew assigned later than the turnout time"]
    table = pd.DataFrame(
        {
            "On record": rows["measure"].str.capitalize(),
            "Operations": rows["operations"],
            "Of": rows["of"],
            "Share": rows["share"].map(percent),
        }
    )
    minutes = a.scenario.value("turnout_minutes")
    return Exhibit(
        f"In {late['operations']:.0f} of {count(late['of'], 'spontaneous operation')} with times "
        f"({percent(late['share'])}) a crew was assigned more than {minutes:g} minutes after the call",
        f"Spontaneous operations with no crew or a late one on record, whole log, {when(a)}",
        "",
        made_of(a, "operations"),
        table,
    )


def completeness(a: Assessment) -> Exhibit | Prose:
    """Return how completely the log is kept."""
    rows = a.demand.completeness
    if not rows["of"].any():
        return to_be_supplied("Completeness of the log")
    labels = rows["measure"].map(KEPT_NAMES).tolist()
    told = [
        percent(row.share) + ("" if pd.isna(row.last_share) else f", last complete year {percent(row.last_share)}")
        for row in rows.itertuples()
    ]
    with canvas(7.4, 3.2) as (figure, axes):
        bars(axes, labels, rows["share"], texts=told, colour=COLOURS["teal"])
        axes.set_xlim(0, 1.75)
    short = rows.loc[rows["share"] < MET].sort_values("share")
    gaps = [f"{KEPT_NAMES[row.measure].lower()} {percent(row.share)}" for row in short.itertuples()]
    headline = f"The log is not complete: {listed(gaps, 3)}" if gaps else "The log is complete in every respect checked"
    table = pd.DataFrame(
        {
            "On record": labels,
            "Operations": rows["complete"],
            "Of": rows["of"],
            "Share": rows["share"].map(percent),
            "Last complete year": rows["last_complete"],
            "Of that year": rows["last_of"],
            "Share of that year": rows["last_share"].map(percent),
        }
    )
    return Exhibit(
        headline,
        f"Share of operations with the entry on record, whole log, {when(a)}",
        f"Bar chart of completeness by entry. {headline}.",
        made_of(a, "operations"),
        table,
        figure,
    )

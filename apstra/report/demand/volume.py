"""How many operations there were, year by year, and how many are to be expected."""

from typing import Final

import pandas as pd
from matplotlib.axes import Axes

from apstra.assessment import Assessment
from apstra.report.assessment import made_of, when
from apstra.report.chart import COLOURS, canvas, fan
from apstra.report.demand.backtest import RUNGS
from apstra.report.exhibit import Exhibit, Prose, count, percent, span, to_be_supplied
from apstra.scenario import year_label

KIND_NAMES: Final = {
    "all": "All operations",
    "operations": "All operations",
    "spontaneous": "Spontaneous",
    "planned": "Planned",
    "self_authorised": "Self-authorised",
}


def yearly(a: Assessment) -> Exhibit | Prose:
    """Return yearly counts with exact limits, the published counts where known, and the forecast."""
    rows, ahead = a.demand.yearly, a.demand.forecast
    if rows.empty:
        return to_be_supplied("Firearms operations by year")
    printed = _published(a)
    with canvas(7.6, 4.0) as (figure, axes):
        _draw_years(axes, rows, ahead, printed)
    headline = volume_headline(a)
    return Exhibit(
        headline,
        f"Firearms operations by financial year, exact 95% limits, forecast with 50, 80 and 95% ranges, {when(a)}",
        f"Chart of operations by year and the forecast. {headline}. {trend_sentence(a)}",
        f"{made_of(a, 'operations')}; published counts: Hansard and press reports of Home Office tables",
        _yearly_table(rows, ahead, printed),
        figure,
    )


def _yearly_table(rows: pd.DataFrame, ahead: pd.DataFrame, printed: pd.DataFrame) -> pd.DataFrame:
    """Return counts and forecast as one table for people."""
    published = dict(zip(printed["year"], printed["value"].map("{:.0f}".format), strict=True))
    past = pd.DataFrame(
        {
            "Year": rows["year"].map(year_label),
            "What": rows["complete"].map({True: "counted", False: "not complete"}),
            "Operations": rows["operations"].astype(str),
            "95% range": [span(row.low, row.high) for row in rows.itertuples()],
            **{KIND_NAMES[kind]: rows[kind].astype(str) for kind in ("spontaneous", "planned", "self_authorised")},
            "By ARV": rows["arv"].astype(str),
            "Published": [published.get(year, "not known") for year in rows["year"]],
        }
    )
    return pd.concat([past, _coming_table(ahead)], ignore_index=True).astype(object).fillna("does not apply")


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


def forecast(a: Assessment) -> Exhibit | Prose:
    """Return the forecast of the coming year and the next four as a table."""
    ahead = a.demand.forecast
    if ahead.empty:
        return to_be_supplied("A forecast: the log holds no complete year")
    first, last = ahead.iloc[0], ahead.iloc[-1]
    return Exhibit(
        f"Plan for {span(first.p10, first.p90)} operations in {first.label}; for {last.label} the range widens to "
        f"{span(last.p10, last.p90)}",
        f"Forecast of firearms operations, headline ranges hold four years in five; {_so_far(a)}, {when(a)}",
        "",
        f"{made_of(a, 'operations')}; how much years differ and how fast the past fades also from published counts of "
        "other forces",
        _coming_table(ahead).drop(columns="What").assign(By=ahead["rung"].map(RUNGS)),
    )


def _so_far(a: Assessment) -> str:
    """Return which rung the forecast of the coming year comes from, and what of that year is counted already."""
    first, years = a.demand.forecast.iloc[0], a.demand.yearly.set_index("year")
    model = f"model: {RUNGS[first.rung]}"
    if first.year not in years.index or not years.elapsed[first.year] > 0:
        return f"{model}; nothing of {first.label} is counted yet"
    seen = years.loc[first.year]
    return (
        f"{model}; the {seen.operations} counted in the {percent(seen.elapsed)} of {first.label} that is past are part "
        "of its forecast and narrow its range"
    )


def volume_headline(a: Assessment) -> str:
    """Return the last complete year and the coming one in words."""
    whole, coming = a.demand.yearly.query("complete"), a.demand.forecast
    if whole.empty:
        number = int(a.demand.yearly["operations"].sum())
        return f"{count(number, 'operation')} on record and no complete year yet, so no forecast is made"
    last = whole.iloc[-1]
    now = f"{count(last.operations, 'firearms operation')} in {year_label(int(last.year))}"
    ahead = f"{coming['mean'].iloc[0]:.0f} expected in {coming['label'].iloc[0]}"
    return f"{now}; {ahead} (95% range {span(coming['p2_5'].iloc[0], coming['p97_5'].iloc[0])})"


def trend_sentence(a: Assessment) -> str:
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

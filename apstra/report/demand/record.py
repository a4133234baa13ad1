"""How long crews were committed, who was late, how the log is kept, and what other work takes."""

from typing import Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from apstra.assessment import Assessment
from apstra.report.assessment import made_of, when
from apstra.report.chart import COLOURS, bars, canvas
from apstra.report.demand.backtest import capital
from apstra.report.demand.volume import KIND_NAMES
from apstra.report.exhibit import Exhibit, Prose, count, listed, percent, span, to_be_supplied

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


def duration_tail(a: Assessment) -> Exhibit | Prose:
    """Return how often crews are committed for longer than given times, seen and by the law fitted."""
    laws, rows = a.demand.durations, a.demand.tail
    if laws.empty:
        return to_be_supplied("Enough committed times to fit a law to")
    with canvas(4.3 * len(laws), 3.6, columns=len(laws)) as (figure, axes):
        for plot, law in zip(np.atleast_1d(axes), laws.itertuples(), strict=True):
            draw_tail(plot, rows.loc[rows["kind"] == law.kind])
            plot.set_title(f"{law.kind.capitalize()}: {law.law}, {count(law.n, 'time')}", fontsize=11, loc="left")
    told = [
        f"{law.kind}: one operation in ten commits its crews for more than {law.p90:,.0f} minutes, one in a hundred "
        f"for more than {law.p99:,.0f}"
        for law in laws.itertuples()
    ]
    inside = int(rows["fitted"].between(rows["low"], rows["high"]).sum())
    said = f"the laws fitted lie within the limits of what was seen at {inside} of {len(rows)} times"
    headline = capital("; ".join([*told, said]))
    return Exhibit(
        headline,
        f"Share of operations that commit their crews for longer: dots with exact 95% limits: seen; line: the law "
        f"fitted; scale in powers of ten; {count(laws['dropped'].sum(), 'operation')} without a usable time, {when(a)}",
        f"Dot charts of times exceeded. {headline}.",
        made_of(a, "operations"),
        tail_table(rows),
        figure,
    )


def tail_table(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the shares beyond each time as a table for people."""
    return pd.DataFrame(
        {
            "Kind": rows["kind"].str.capitalize(),
            "Longer than, minutes": rows["minutes"].map("{:,.0f}".format),
            "Seen": rows["observed"].map("{:.1%}".format),
            "Exact 95% limits": [span(row.low, row.high, "{:.1%}") for row in rows.itertuples()],
            "Fitted": rows["fitted"].map("{:.1%}".format),
        }
    )


def draw_tail(axes: Axes, rows: pd.DataFrame) -> None:
    """Draw the shares beyond each time on a scale of powers of ten."""
    least = rows.loc[rows["low"] > 0, "low"].min() / 2
    seen = rows.loc[rows["observed"] > 0]
    axes.vlines(rows["minutes"], rows["low"].clip(lower=least), rows["high"], color=COLOURS["blue"], linewidth=1.8)
    axes.plot(seen["minutes"], seen["observed"], "o", color=COLOURS["blue"], markersize=6)
    axes.plot(rows["minutes"], rows["fitted"], color=COLOURS["orange"], linewidth=1.8)
    axes.set_yscale("log")
    axes.set_ylim(least, 1.3)
    axes.yaxis.set_major_formatter(lambda share, _: f"{100 * share:.3g}%")
    axes.set_xlabel("Minutes committed")


def other_work(a: Assessment) -> Exhibit | Prose:
    """Return what armed crews do besides firearms operations."""
    rows = a.demand.other
    if rows.empty:
        return to_be_supplied("Other work of armed crews")
    whole, kinds = rows.iloc[0], rows.iloc[1:]
    labels = kinds["kind"].map(plain).str.capitalize().tolist()
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
    return Exhibit(
        headline,
        f"Crew-hours a year of work that is no firearms operation, {when(a)}",
        f"Bar chart of other work. {headline}.",
        made_of(a, "other_work"),
        _other_table(rows, labels),
        figure,
    )


def _other_table(rows: pd.DataFrame, labels: list[str]) -> pd.DataFrame:
    """Return other work as a table for people."""
    return pd.DataFrame(
        {
            "Work": ["All other work", *labels],
            "Jobs a year": rows["jobs_a_year"].map("{:,.0f}".format),
            "Crew-hours a year": rows["hours_a_year"].map("{:,.0f}".format),
            "Share that can be left": rows["releasable_share"].map(percent),
        }
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


def late_sentence(a: Assessment) -> str:
    """Return how many calls have no arrival on record."""
    row = a.demand.unmet.set_index("measure").loc["no arrival on record"]
    if not row["of"]:
        return ""
    return (
        f"For {row['operations']:.0f} of {count(row['of'], 'spontaneous operation')} ({percent(row['share'])}) the log "
        "shows no arrival: it cannot tell whether none came or nobody wrote it down."
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
    return Exhibit(
        headline,
        f"Share of operations with the entry on record, whole log, {when(a)}",
        f"Bar chart of completeness by entry. {headline}.",
        made_of(a, "operations"),
        _kept_table(rows, labels),
        figure,
    )


def _kept_table(rows: pd.DataFrame, labels: list[str]) -> pd.DataFrame:
    """Return completeness as a table for people."""
    return pd.DataFrame(
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


def plain(code: object) -> str:
    """Return a code such as mental_health in words."""
    return str(code).replace("_", " ")

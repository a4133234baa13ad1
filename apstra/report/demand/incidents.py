"""Whether the pattern forecast calls of a real log that it had not seen, and how often such calls found no crew free.

In: the track record of the methods (``Evidence``). Out: exhibits.
"""

from typing import Final

import pandas as pd
from matplotlib.axes import Axes

from apstra.demand import LEVELS, Proof
from apstra.demand.proof import MODEL, WEEKS
from apstra.report.chart import COLOURS, canvas
from apstra.report.demand.backtest import Evidence, capital, tenths, within
from apstra.report.demand.record import draw_tail, tail_table
from apstra.report.exhibit import Exhibit, Prose, count, listed, percent, span, to_be_supplied
from apstra.scenario import DAYS_A_WEEK

SEEN_OFTEN: Final = 0.01
SCALES: Final = {"hour": "hours", "day": "days"}
NAMES: Final = {
    MODEL: "the pattern",
    "pattern, Poisson": "the pattern without bursts (Poisson)",
    "climatology": "usual count of the hour or weekday",
    "climatology, Poisson": "usual count without bursts (Poisson)",
}
SOURCE: Final = (
    "log of Dublin Fire Brigade 2020 to 2022 (open data), each window forecast from the calls before it alone"
)
MARKS: Final = {
    "share": ("Predicted", "D", COLOURS["orange"]),
    "seen": ("Seen", "o", COLOURS["blue"]),
    "average": ("Erlang at the average rate", "^", COLOURS["dark"]),
}


def incidents_table(e: Evidence) -> Exhibit | Prose:
    """Return how well the pattern forecast the hours and days of a real log, against simpler forecasts."""
    if e.incidents.scores.empty:
        return to_be_supplied("Forecasts of a real log")
    with canvas(8.0, 2.5, columns=len(SCALES)) as (figure, axes):
        for plot, (scale, name) in zip(axes, SCALES.items(), strict=True):
            tenths(plot, _even(e.incidents, scale).to_numpy(float), top=e.incidents.pit["share"].max())
            plot.set_title(f"{name.capitalize()}, tenths of the forecast", fontsize=10, loc="left")
    headline = _incidents_headline(e)
    known = {"Hallowe'en learnt": e.incidents, "no calendar": e.eventless}
    return Exhibit(
        headline,
        "Forecasts of the four weeks after each window's start; picture: share of counts in each tenth of the "
        "pattern's forecast, line: even. Scores: lower is better; differences with 95% range, windows drawn whole",
        f"Histograms of counts within their forecasts, by hour and by day. {headline}.",
        SOURCE,
        pd.concat([_score_table(calendar, proof) for calendar, proof in known.items()], ignore_index=True),
        figure,
    )


def _even(proof: Proof, scale: str) -> pd.Series:
    """Return the share of the pattern's counts in each tenth of their forecast."""
    return proof.pit.loc[proof.pit["scale"] == scale].sort_values("bin")["share"]


def _incidents_headline(e: Evidence) -> str:
    """Return whether the pattern beats its rivals, whether its ranges hold and what the calendar brings."""
    days, bare = (
        proof.scores.set_index(["scale", "model"]).loc[("day", MODEL)] for proof in (e.incidents, e.eventless)
    )
    apart = e.incidents.differences.query("score == 'log_score'")
    lost = [f"{NAMES[row.rival]} by {row.scale}" for row in apart.loc[apart["high"] >= 0].itertuples()]
    against = f"does not clearly beat {listed(lost)}" if lost else "beats every simpler forecast by hour and by day"
    return (
        f"On {count(days['n'] // (WEEKS * DAYS_A_WEEK), 'window')} of {WEEKS} weeks of a real log the pattern {against}"
        f"; its 95% ranges held {percent(days['within_95'])} of days ({percent(days['expected_95'])} expected); mean "
        f"log score of a day {days['log_score']:.2f} with Hallowe'en learnt, {bare['log_score']:.2f} without a calendar"
    )


def _score_table(calendar: str, proof: Proof) -> pd.DataFrame:
    """Return the scores as a table for people."""
    rows, apart = proof.scores, proof.differences.set_index(["scale", "rival", "score"])
    filled = {scale: span(_even(proof, scale).min(), _even(proof, scale).max(), "{:.1%}") for scale in SCALES}
    keys = list(zip(rows["scale"], rows["model"], strict=True))
    return pd.DataFrame(
        {
            "Forecast": rows["model"].map(NAMES).map(capital),
            "Of": rows["scale"].map(SCALES),
            "Calendar": calendar,
            "Number": rows["n"].map("{:,.0f}".format),
            "Mean log score": rows["log_score"].map("{:.3f}".format),
            "CRPS, calls": rows["crps"].map("{:.3f}".format),
            **within(rows),
            **{f"{level}% should hold": rows[f"expected_{level}"].map(percent) for level in LEVELS},
            **{
                f"{title}, pattern less this": [_apart(apart, *key, score) for key in keys]
                for score, title in (("log_score", "Log score"), ("crps", "CRPS"))
            },
            "Least and fullest tenth": [filled[scale] if model == MODEL else "not shown" for scale, model in keys],
        }
    )


def _apart(apart: pd.DataFrame, scale: str, rival: str, score: str) -> str:
    """Return how far the pattern is from a rival, with its range."""
    if rival == MODEL:
        return "does not apply"
    row = apart.loc[(scale, rival, score)]
    return f"{row['difference']:+.3f} ({span(row['low'], row['high'], '{:+.3f}')})"


def real_tail(e: Evidence) -> Exhibit | Prose:
    """Return how often a call of the real log held its crew for longer than given times, seen and by the law fitted."""
    rows = e.tail
    if rows.empty:
        return to_be_supplied("Committed times of a real log")
    with canvas(6.0, 3.6) as (figure, axes):
        draw_tail(axes, rows)
    least = rows["observed"] >= SEEN_OFTEN
    apart = (rows["fitted"] / rows["observed"])[least]
    law, number = rows[["law", "n"]].iloc[0]
    headline = (
        f"Of {count(int(number), 'committed time')} of a real log a {law} tells how many last longer: down to one "
        f"call in {1 / SEEN_OFTEN:.0f} it gives {apart.min():.2f} to {apart.max():.2f} times the share seen"
    )
    return Exhibit(
        headline,
        "Share of calls that hold their crew for longer: dots with exact 95% limits: seen; line: the law fitted; scale "
        "in powers of ten; times of none or of more than five hours are errors of the clock and left out",
        f"Dot chart of times exceeded. {headline}.",
        SOURCE,
        tail_table(rows),
        figure,
    )


def end_to_end(e: Evidence) -> Exhibit | Prose:
    """Return how many held-back calls found no crew free, against what was predicted and what Erlang would say."""
    rows = e.incidents.lost
    if rows.empty:
        return to_be_supplied("Held-back calls with committed times")
    with canvas(7.4, 4.0) as (figure, axes):
        _draw_lost(axes, rows)
    headline = _lost_headline(rows)
    table = pd.DataFrame(
        {
            "Crews": rows["crews"],
            "Calls": rows["calls"].map("{:,.0f}".format),
            **{f"{name}: no crew free": rows[column].map(_small) for column, (name, *_) in MARKS.items()},
            **{
                f"Windows inside {level}%": [
                    f"{row[f'within_{level}']:.0f} of {row['windows']:.0f}" for _, row in rows.iterrows()
                ]
                for level in (80, 95)
            },
        }
    )
    return Exhibit(
        headline,
        "Share of held-back calls of a real log that found none of so many crews free, played through in order; scale "
        "in powers of ten",
        f"Dot chart of calls without a free crew by number of crews. {headline}.",
        SOURCE,
        table,
        figure,
    )


def _draw_lost(axes: Axes, rows: pd.DataFrame) -> None:
    """Draw the shares on a scale of powers of ten, each line named at its end."""
    upper, lower = ("share", "seen") if rows["share"].iloc[-1] >= rows["seen"].iloc[-1] else ("seen", "share")
    for column, (name, mark, colour) in MARKS.items():
        some = rows.loc[rows[column] > 0]  # none cannot be drawn in powers of ten
        axes.plot(some["crews"], some[column], f"-{mark}", color=colour, linewidth=1, markersize=7)
        for end in some.tail(1).itertuples():
            lift = {upper: 6, lower: -6}.get(column, 0)
            axes.annotate(name, (end.crews, getattr(end, column)), (9, lift), textcoords="offset points", color=colour,
                          va="center", annotation_clip=False)  # fmt: skip
    axes.set_yscale("log")
    axes.yaxis.set_major_formatter(lambda share, _: _small(share))
    axes.set_xticks(rows["crews"])
    axes.set_xlabel("Crews")


def _lost_headline(rows: pd.DataFrame) -> str:
    """Return what share found none free with fewest and most crews: seen, predicted and by Erlang."""
    first, last = rows.iloc[0], rows.iloc[-1]
    ratio = (rows["share"] / rows["seen"]).where(rows["seen"] > 0)
    high = (
        f"; the prediction is somewhat high ({span(ratio.min(), ratio.max(), '{:.2f}')} times what was seen), for jobs "
        "are shorter on busy days"
        if (ratio.dropna() > 1).any() and (ratio.dropna() > 1).all()
        else ""
    )
    return (
        f"Of {count(first['calls'], 'held-back call')} {_small(first['seen'])} found none of {first['crews']:.0f} "
        f"crews free ({_small(first['share'])} predicted) and {_small(last['seen'])} none of {last['crews']:.0f} "
        f"({_small(last['share'])} predicted); Erlang at the average rate says {_small(first['average'])} and "
        f"{_small(last['average'])}{high}"
    )


def _small(share: float) -> str:
    """Return a share as a percentage of two figures, however small."""
    return f"{100 * share:.2g}%"

"""How soon crews arrived, how busy they are, and how often none is free."""

from typing import Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from apstra.assessment import Assessment
from apstra.report.assessment import made_of, when
from apstra.report.chart import COLOURS, canvas, heat
from apstra.report.deployment.cover import ALL, area_names, block_words
from apstra.report.exhibit import Exhibit, Prose, count, listed, percent, to_be_supplied

NEARLY_ALL: Final = 0.9
OFTEN: Final = 0.1


def response(a: Assessment) -> Exhibit | Prose:
    """Return observed response times by area against the standard."""
    rows, names = a.deployment.response, area_names(a)
    if not rows["n"].any():
        return to_be_supplied("Observed response times")
    with canvas(7.6, 1.2 + 0.55 * len(rows)) as (figure, axes):
        _draw_response(axes, rows, [names[area] for area in rows["area_id"]])
    headline = response_headline(a)
    return Exhibit(
        headline,
        f"Minutes from call to arrival, spontaneous operations with both times, whole log, {when(a)}",
        f"Dot chart of median and 90th percentile by area against the standard. {headline}.",
        made_of(a, "operations", "response_standards", "zones"),
        _response_table(rows, names),
        figure,
    )


def _response_table(rows: pd.DataFrame, names: dict[str, str]) -> pd.DataFrame:
    """Return response as a table for people."""
    return pd.DataFrame(
        {
            "Area": rows["area_id"].map(names),
            "Timed": rows["n"],
            "No arrival on record": rows["missing"],
            "Median, minutes": rows["median"].map(_minutes),
            "90th percentile, minutes": rows["p90"].map(_minutes),
            "Standard, minutes": rows["standard"].map(_minutes),
            "Within": rows["within"].map(percent),
            "95% range": [f"{percent(row.within_low)} to {percent(row.within_high)}" for row in rows.itertuples()],
            "Target": rows["target"].map(percent),
            "Met": rows["met"],
        }
    )


def _draw_response(axes: Axes, rows: pd.DataFrame, labels: list[str]) -> None:
    """Draw median and 90th percentile of each area as two dots on a line, and its standard as a mark."""
    place = np.arange(len(rows))
    axes.hlines(place, rows["median"], rows["p90"], color=COLOURS["grey"], linewidth=5)
    axes.plot(rows["median"], place, "o", color=COLOURS["blue"], markersize=9)
    axes.plot(rows["p90"], place, "o", color=COLOURS["blue"], fillstyle="none", markersize=9)
    axes.vlines(rows["standard"], place - 0.34, place + 0.34, color=COLOURS["orange"], linewidth=3)
    for y, row in zip(place, rows.itertuples(), strict=True):
        words = "no arrival on record" if not row.n else f"{percent(row.within)} within, target {percent(row.target)}"
        axes.annotate(words, (1.0, y), xycoords=("axes fraction", "data"), va="center", fontsize=10)
    axes.set_yticks(place, labels)
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.set_xlim(0, float(np.nanmax(rows[["p90", "standard"]].to_numpy(float), initial=1.0)) * 1.08)
    axes.set_xlabel("Minutes. Filled: median; hollow: 90th percentile; orange bar: standard", fontsize=10)
    axes.grid(visible=False, axis="y")


def _minutes(value: float) -> str:
    """Return minutes as a whole number."""
    return "not known" if pd.isna(value) else f"{value:.0f}"


def response_headline(a: Assessment) -> str:
    """Return the observed share within the standard, and where it is met or missed, in words."""
    rows = a.deployment.response.set_index("area_id")
    whole = rows.loc[ALL]
    if pd.isna(whole.within):
        return "Response cannot be judged until arrivals and standards are on record"
    share = (
        f"{percent(whole.within)} of {count(whole.n, 'timed response')} were within the standard (95% range "
        f"{percent(whole.within_low)} to {percent(whole.within_high)})"
    )
    names = a.tables["areas"].set_index("area_id")["name"]
    told = [
        f"{words} {listed([names[area] for area in rows.index[rows['met'] == met] if area != ALL])}"
        for met, words in (("no", "missed in"), ("yes", "met in"), ("cannot tell", "not to be judged in"))
        if (rows["met"].drop(ALL) == met).any()
    ]
    return f"{share}; the target is {', '.join(told)}" if told else share


def workload(a: Assessment) -> Exhibit | Prose:
    """Return how busy crews are and how often none is free, by block of the week."""
    rows = a.deployment.workload
    if not rows["crews"].any() or rows["none_free"].isna().all():
        return to_be_supplied("Workload by block")
    labels = [
        f"{block_words(row.block)}: {count(row.crews, 'crew')}, {percent(row.busy_share)} busy"
        for row in rows.itertuples()
    ]
    grid = rows[["none_free", "none_free_one_committed", "none_free_two_committed"]].set_axis(labels, axis=0)
    with canvas(7.4, 1.0 + 0.34 * len(rows)) as (figure, axes):
        heat(axes, grid.set_axis(["all free", "one\ncommitted", "two\ncommitted"], axis=1), "{:.1%}")
        axes.xaxis.tick_top()
    sentences = workload_sentences(a)
    return Exhibit(
        sentences[0].rstrip("."),
        f"Chance that a firearms call finds no crew free, by block, with none, one and two crews committed, {when(a)}",
        f"Heat table by block of the week. {' '.join(sentences)}",
        f"{made_of(a, 'crews', 'operations', 'operation_crews', 'other_work')}; Erlang's loss formula",
        _workload_table(rows),
        figure,
    )


def _workload_table(rows: pd.DataFrame) -> pd.DataFrame:
    """Return workload as a table for people."""
    return pd.DataFrame(
        {
            "Block": rows["block"].map(block_words),
            "Crews": rows["crews"],
            "Hours a year": rows["hours_a_year"].map("{:,.0f}".format),
            "Firearms load, crews at once": rows["firearms_load"].map("{:.3f}".format),
            "Other load, crews at once": rows["other_load"].map("{:.2f}".format),
            "Busy": rows["busy_share"].map(percent),
            "No crew free": rows["none_free"].map("{:.2%}".format),
            "None free, one committed": rows["none_free_one_committed"].map("{:.2%}".format),
            "None free, two committed": rows["none_free_two_committed"].map("{:.2%}".format),
            "Crews free on average": rows["expected_free"].map("{:.1f}".format),
            "Operations a year": rows["calls_a_year"].map("{:.1f}".format),
            "Of these, no crew free": rows["unmet_a_year"].map("{:.2f}".format),
        }
    )


def workload_sentences(a: Assessment) -> tuple[str, ...]:
    """Return what keeps crews busy and how often none is free, in words."""
    load = a.deployment.workload
    if load["none_free"].isna().all():
        return ("Whether a crew is free cannot be told until the log of operations is supplied.",)
    worst = load.loc[load["none_free"].idxmax()]
    busiest = load.loc[load["busy_share"].idxmax()]
    chance = (
        f"A firearms call would find no crew free {_chance(worst.none_free)} in the worst block "
        f"({block_words(worst.block)}), and {_chance(worst.none_free_one_committed)} once one crew is committed there."
    )
    busy = f"Crews are busiest in one block ({block_words(busiest.block)}): {percent(busiest.busy_share)} of their time"
    mostly = ", nearly all of it other work." if busiest.other_load > NEARLY_ALL * busiest.offered_load else "."
    return chance, busy + mostly


def _chance(probability: float) -> str:
    """Return a probability as once in so many times, as words."""
    if probability >= OFTEN:
        return f"in {percent(probability)} of cases"
    return f"once in {1 / probability:,.0f} times" if probability > 0 else "never"

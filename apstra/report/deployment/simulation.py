"""What the formulas leave out, played call by call, and an incident that moves from scene to scene."""

from typing import Final

import pandas as pd
from matplotlib.axes import Axes

from apstra.assessment import Assessment
from apstra.report.assessment import made_of, when
from apstra.report.chart import COLOURS, SEQUENTIAL, canvas
from apstra.report.deployment.words import ALL, EXACT, POSTED, between, number, place_names, ranged
from apstra.report.exhibit import Exhibit, Prose, count, percent, to_be_supplied

TOO_FEW: Final = "too few seen"
PLAYED: Final = "simulation of the year"


def simulation(a: Assessment) -> Exhibit | Prose:
    """Return the share of calls within the standard by the exact model and by each case simulated."""
    rows = a.deployment.simulated
    if rows["share"].isna().all():
        return to_be_supplied("The simulation of a year")
    with canvas(8.2, 1.1 + 0.42 * len(rows)) as (figure, axes):
        _draw_cases(axes, rows.reset_index(drop=True))
    table = pd.DataFrame(
        {
            "Case": rows["case"],
            "Within the standard (95% range)": _ranges(rows, "share"),
            "No own crew free (95% range)": [
                TOO_FEW if seen and not quotable else words
                for words, seen, quotable in zip(
                    _ranges(rows, "unmet"), rows["calls"].notna(), rows["quotable"].eq(other=True), strict=True
                )
            ],
            "Answered by a neighbour": rows["neighbour"].map(percent),
            "Sent all the crews asked for": rows["fully_crewed"].map(percent),
            "Calls seen": rows["calls"].map(lambda calls: number(calls, "{:,.0f}")),
            "Years played": rows["years"].map(lambda years: number(years, "{:,.0f}")),
        }
    )
    headline = simulation_sentence(a)
    return Exhibit(
        headline,
        f"Share of calls answered within the standard, with its 95% range; line: the exact model, {when(a)}",
        f"Dot chart by case. {headline}.",
        f"{made_of(a, *POSTED)}; {EXACT}; {PLAYED}",
        table,
        figure,
    )


def _ranges(rows: pd.DataFrame, name: str) -> list[str]:
    """Return a share of each case with its range in words."""
    return [ranged(*ends) for ends in rows[[name, f"{name}_low", f"{name}_high"]].itertuples(index=False, name=None)]


def _draw_cases(axes: Axes, rows: pd.DataFrame) -> None:
    """Draw each case as a dot with its range, and the exact model as a line through all."""
    axes.axvline(rows["share"].iloc[0], color=COLOURS["grey"], linewidth=1.6)
    axes.hlines(rows.index, rows["share_low"].astype(float), rows["share_high"].astype(float), color=COLOURS["blue"],
                linewidth=2.4)  # fmt: skip
    axes.plot(rows["share"].astype(float), rows.index, "o", color=COLOURS["blue"], markersize=8)
    for place, words in enumerate(_ranges(rows, "share")):
        axes.annotate(words, (1.02, place), xycoords=("axes fraction", "data"), va="center", fontsize=10)
    axes.set_yticks(rows.index, rows["case"].str.capitalize())
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.xaxis.set_major_formatter("{x:.0%}".format)
    axes.grid(visible=False, axis="y")


def simulation_sentence(a: Assessment) -> str:
    """Return how far what the formulas leave out moves the share within the standard, in words."""
    rows = a.deployment.simulated.dropna(subset="share").reset_index(drop=True)
    exact, played = rows.iloc[0], rows.iloc[1:]
    if played.empty:
        return f"The exact model gives {percent(exact.share)} of calls within the standard; no case was simulated"
    farthest = played.loc[(played["share"] - exact.share).astype(float).abs().idxmax()]
    return (
        f"What the formulas leave out puts the share of calls within the standard at "
        f"{between(played['share'].min(), played['share'].max())}, against {percent(exact.share)} by the exact model; farthest "
        f"from it: {farthest.case}, {ranged(farthest.share, farthest.share_low, farthest.share_high)}"
    )


def moving(a: Assessment) -> Exhibit | Prose:
    """Return the share of scenes reached within the standard as an incident moves on."""
    rows = a.deployment.moving
    whole = rows.query("place == @ALL")
    if whole["within"].isna().all():
        return to_be_supplied("An incident that moves")
    with canvas(7.6, 3.8) as (figure, axes):
        _draw_scenes(axes, whole.astype({"minutes": float, "within": float, "within_low": float, "within_high": float}))
    headline = moving_sentence(a)
    table = pd.DataFrame(
        {
            "First scene in": rows["place"].map(place_names(a)),
            "Scene": rows["scene"],
            "Minutes since the first": rows["minutes"].map("{:.0f}".format),
            "Within the standard (95% range)": _ranges(rows, "within"),
            "Reached by anybody": rows["met"].map(percent),
            "Mean minutes to the first crew": rows["mean_minutes"].map(number),
            "Crews engaged so far": rows["crews"].map(number),
        }
    )
    return Exhibit(
        headline,
        f"Share of scenes reached within the standard of their zone, 95% range, by minutes since the first scene: "
        f"planning of coverage, no tactics. {when(a)}",
        f"Line chart with its range. {headline}.",
        f"{made_of(a, *POSTED)}; {PLAYED}",
        table,
        figure,
    )


def _draw_scenes(axes: Axes, rows: pd.DataFrame) -> None:
    """Draw the share by minutes since the first scene as a line with its range, each scene with its number."""
    axes.fill_between(rows["minutes"], rows["within_low"], rows["within_high"], color=SEQUENTIAL[0])
    axes.plot(rows["minutes"], rows["within"], "o-", color=COLOURS["blue"])
    for row in rows.itertuples():
        axes.annotate(f"scene {row.scene}\n{percent(row.within)}", (row.minutes, row.within_high), (0, 5),
                      textcoords="offset points", ha="center", fontsize=10)  # fmt: skip
    axes.set(xticks=rows["minutes"], xlabel="Minutes since the first scene", ylim=(0, 1.18))
    axes.set_yticks([0, 0.25, 0.5, 0.75, 1])
    axes.margins(x=0.08)
    axes.yaxis.set_major_formatter("{x:.0%}".format)


def moving_sentence(a: Assessment) -> str:
    """Return what share of scenes is reached in time at the first and at the last, in words."""
    rows = a.deployment.moving.query("place == @ALL")
    first, last = rows.iloc[0], rows.iloc[-1]
    said = f"When an incident moves, a crew reaches the first scene within the standard in {percent(first.within)} of cases"
    if len(rows) == 1:
        return said
    return (
        f"{said} and scene {last.scene}, {count(last.minutes, 'minute')} on, in {percent(last.within)}; by then "
        f"{count(last.crews, 'crew')} are engaged on average"
    )

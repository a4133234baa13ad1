"""What the formulas leave out, played call by call, and an incident that moves from scene to scene."""

from typing import Final

import pandas as pd

from apstra.assessment import Assessment
from apstra.report.chart import COLOURS, MISSING, canvas, dots, fan
from apstra.report.deployment.words import exhibit, known, ranges, table_of
from apstra.report.exhibit import Exhibit, Prose, count, percent, to_be_supplied

CASES: Final = {
    "Case": "case", "Within the standard (95% range)": "share ranged", "No own crew free (95% range)": "told",
    "Answered by a neighbour": "neighbour share", "Sent all the crews asked for": "fully_crewed share",
    "Calls seen": "calls {:,.0f}", "Years played": "years {:,.0f}",
}  # fmt: skip
SCENES: Final = {
    "First scene in": "place place", "Scene": "scene", "Minutes since the first": "minutes {:.0f}",
    "Within the standard (95% range)": "within ranged", "Reached by anybody": "met share",
    "Mean minutes to the first crew": "mean_minutes {:.0f}", "Crews engaged so far": "crews {:.1f}",
}  # fmt: skip


def simulation(a: Assessment) -> Exhibit | Prose:
    """Return the share of calls within the standard by the exact model and by each case simulated."""
    rows = a.deployment.simulated.dropna(subset="share")
    if rows.empty or not known(a):
        return to_be_supplied("The simulation of a year")
    labels = rows["case"].str.capitalize().str.replace(", ", ",\n").tolist()
    with canvas(8.6, 1.1 + 0.55 * len(rows)) as (figure, axes):
        axes.axvline(rows["share"].iloc[0], color=COLOURS["grey"], linewidth=1.6)
        dots(axes, labels, rows["share"], rows["share_low"], rows["share_high"], ranges(rows, "share"))
        axes.xaxis.set_major_formatter("{x:.0%}")
    few = rows["calls"].notna() & ~rows["quotable"].eq(other=True)
    told = pd.Series(ranges(rows, "unmet", "{:.1%}".format), rows.index).mask(few, "too few seen")
    table = table_of(a, rows.assign(told=told), CASES).replace(MISSING, "not simulated")
    subtitle = "Share of calls answered within the standard, with its 95% range; line: the exact model"
    return exhibit(a, simulation_sentence(a), subtitle, "Dot chart by case", table, figure,
                   source="exact hypercube; simulation of the year")  # fmt: skip


def simulation_sentence(a: Assessment) -> str:
    """Return the share within the standard by the exact model and by each case simulated, in words."""
    rows = a.deployment.simulated.dropna(subset="share")
    told = [f"{case}: {share}" for case, share in zip(rows["case"], ranges(rows, "share"), strict=True)]
    said = f"By the exact model {percent(rows['share'].iloc[0])} of calls are within the standard"
    return "; ".join([said, *(told[1:] or ["no case was simulated"])])


def moving(a: Assessment) -> Exhibit | Prose:
    """Return the share of scenes reached within the standard as an incident moves on."""
    every = a.deployment.moving
    rows = every.query("place == 'all'").astype({"minutes": float, "within": float})
    if rows["within"].isna().all() or not known(a):
        return to_be_supplied("An incident that moves")
    with canvas(7.6, 3.8) as (figure, axes):
        fan(
            axes,
            rows["minutes"],
            rows["within"],
            [(rows["within_low"].astype(float), rows["within_high"].astype(float))],
        )
        for row in rows.itertuples():
            axes.annotate(f"scene {row.scene}\n{percent(row.within)}", (row.minutes, row.within_high), (0, 5),
                          textcoords="offset points", ha="center", fontsize=10)  # fmt: skip
        axes.set(xticks=rows["minutes"], xlabel="Minutes since the first scene", ylim=(0, 1.2))
        axes.set_yticks([0, 0.25, 0.5, 0.75, 1])
        axes.yaxis.set_major_formatter("{x:.0%}")
        axes.margins(x=0.08)
    subtitle = "Share of scenes reached within the standard of their zone, 95% range: for planning cover, not tactics"
    return exhibit(a, moving_sentence(a), subtitle, "Line chart with its range", table_of(a, every, SCENES), figure,
                   source="simulation of the year")  # fmt: skip


def moving_sentence(a: Assessment) -> str:
    """Return what share of scenes is reached in time at the first and at the last, in words."""
    rows = a.deployment.moving.query("place == 'all'")
    within, last = ranges(rows, "within"), rows.iloc[-1]
    said = f"When an incident moves, the first scene is reached within the standard in {within[0]} of cases"
    if len(rows) == 1:
        return said
    return (
        f"{said} and scene {last.scene}, {count(last.minutes, 'minute')} on, in {within[-1]}; by then {last.crews:.1f} "
        "crews are engaged on average and follow it"
    )

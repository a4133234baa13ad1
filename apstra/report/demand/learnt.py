"""What the log shows of weekdays, seasons and holidays, and how far a zone's own count moves its share.

In: an ``Assessment``. Out: exhibits.
"""

from typing import Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from apstra.assessment import Assessment
from apstra.demand.regression import CONSTANT, SHOWN
from apstra.report.assessment import made_of, when
from apstra.report.chart import COLOURS, canvas, dots
from apstra.report.demand.backtest import capital
from apstra.report.exhibit import Exhibit, Prose, count, listed, percent, span, to_be_supplied

MOST: Final = 10  # zones that fit a picture
MARKS: Final = {"prior": ("s", "Expected"), "seen": ("o", "Seen"), "share": ("D", "Used")}


def pattern_terms(a: Assessment) -> Exhibit | Prose:
    """Return what the regression kept of weekday, season and holidays, and whether days differ beyond chance."""
    rows, spread = a.demand.terms, a.demand.dispersion
    if rows.empty:
        return to_be_supplied("The pattern of days")
    kept = rows.loc[rows["term"] != CONSTANT]
    figure = None
    if len(kept):
        with canvas(7.4, 1.0 + 0.36 * len(kept)) as (figure, axes):
            axes.axvline(1, color=COLOURS["dark"], linewidth=0.8)
            dots(axes, kept["term"].map(capital).tolist(), kept["ratio"], kept["low"], kept["high"], _ranged(kept))
            axes.set_xlabel("Times as many operations")
    headline = _terms_headline(kept, rows.loc[rows["term"] == CONSTANT], spread)
    beyond = pd.DataFrame(
        {
            "Term": "Overdispersion of " + spread["scale"] + "s",
            "Times as many (95% range)": [f"{alpha:.3f}" if alpha > 0 else "not shown" for alpha in spread["alpha"]],
            "p": spread["p_value"].map("{:.2f}".format),
        }
    )
    terms = rows["term"].replace(CONSTANT, "operations on an ordinary day").map(capital)
    table = pd.concat([pd.DataFrame({"Term": terms, "Times as many (95% range)": _ranged(rows)}), beyond])
    return Exhibit(
        headline,
        "What a count regression of days keeps of weekday, season and bank holidays (weekdays against Monday, weekend "
        f"days against Saturday), each term only where it pays, {when(a)}",
        f"Dot chart of effects. {headline}." if figure else "",
        made_of(a, "operations", "calendar"),
        table.astype(object).fillna("does not apply"),
        figure,
    )


def _ranged(rows: pd.DataFrame) -> list[str]:
    """Return ratios with their ranges in words."""
    return [f"{row.ratio:.2f} ({span(row.low, row.high, '{:.2f}')})" for row in rows.itertuples()]


def _terms_headline(kept: pd.DataFrame, usual: pd.DataFrame, spread: pd.DataFrame) -> str:
    """Return which effects the log shows, and whether days vary more than chance alone would make them."""
    told = [f"{term} {ratio}" for term, ratio in zip(kept["term"], _ranged(kept), strict=True)]
    said = (
        f"The log shows {count(len(kept), 'effect')}, in times as many operations: {listed(told)}"
        if told
        else f"No weekday, season or holiday effect is shown by the log: {_ranged(usual)[0]} operations on any day"
    )
    days = spread.loc[spread["scale"] == "day"].iloc[0]
    vary = "more" if days["p_value"] < SHOWN else "no more"
    return f"{said}; days vary {vary} than chance alone would make them (p = {days['p_value']:.2f})"


def zone_shares(a: Assessment) -> Exhibit | Prose:
    """Return the share of calls of the zones that differ most from what was expected, and the share used."""
    rows = a.demand.shares
    total = rows["observed"].sum() if len(rows) else 0.0
    if not total:
        return to_be_supplied("Operations by zone")
    names = a.tables["zones"].set_index("zone_id")["name"]
    rows = rows.assign(seen=rows["observed"] / total, name=rows["zone"].map(names).fillna(rows["zone"]))
    apart = (rows["seen"] - rows["prior"]).abs()
    order = (apart / np.sqrt(rows["prior"].where(rows["prior"] > 0))).fillna(np.inf).sort_values(ascending=False).index
    shown = rows.loc[order[:MOST]]
    with canvas(8.4, 1.1 + 0.36 * len(shown)) as (figure, axes):
        _draw_shares(axes, shown)
    headline = _shares_headline(shown.iloc[0], total, (rows["share"] - rows["prior"]).abs().sum() / apart.sum())
    return Exhibit(
        headline,
        f"Share of operations of the {count(len(shown), 'zone')} that differ most from what residents and visitors "
        f"lead one to expect, of {len(rows)}: square: expected, ring: seen, diamond: used, {when(a)}",
        f"Dot chart of shares by zone. {headline}.",
        made_of(a, "operations", "zones", "calendar"),
        pd.DataFrame(
            {
                "Zone": rows["name"],
                "Operations": rows["observed"].map("{:.4g}".format),
                **{name: rows[column].map("{:.2%}".format) for column, (_, name) in MARKS.items()},
            }
        ).loc[order],
        figure,
    )


def _draw_shares(axes: Axes, rows: pd.DataFrame) -> None:
    """Draw the share expected, seen and used of each zone."""
    texts = [f"{row.observed:.4g} seen; {row.share:.1%} used" for row in rows.itertuples()]
    ends = rows[["seen", "prior"]]
    axes.hlines(range(len(rows)), ends.min(axis=1), ends.max(axis=1), color=COLOURS["grey"], linewidth=2)
    nothing = np.full(len(rows), np.nan)
    dots(axes, rows["name"].tolist(), nothing, nothing, nothing, texts)
    for column, colour in (("seen", "orange"), ("prior", "dark"), ("share", "blue")):
        axes.plot(rows[column], range(len(rows)), MARKS[column][0], color=COLOURS[colour], markersize=8,
                  fillstyle="none" if column == "seen" else "full")  # fmt: skip
    axes.xaxis.set_major_formatter("{x:.1%}")
    axes.set_xlim(left=0)


def _shares_headline(first: pd.Series, total: float, moved: float) -> str:
    """Return how far counts move shares, for the zone that differs most."""
    return (
        f"A zone's own count moves its share {percent(moved)} of the way from what is expected to what was seen: "
        f"{first['name']}, where {first['observed']:.4g} of {total:,.4g} operations began, counts for "
        f"{first['share']:.1%} ({first['prior']:.1%} expected, {first['seen']:.1%} seen); a zone with three "
        "deployments is not a pattern"
    )

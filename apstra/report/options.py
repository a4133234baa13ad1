"""What goes unmet and what would help: unmet requirement by threat and area, options ranked, and pairs of them.

In: an ``Assessment``. Out: exhibits and sentences; nothing is computed but what is needed to choose and word.
"""

from typing import Final

import pandas as pd

from apstra.assessment import Assessment
from apstra.report.assessment import made_of, when
from apstra.report.chart import bars, canvas, changes
from apstra.report.exhibit import Exhibit, Prose, count, percent, prose, rate, span, to_be_supplied

SHOWN: Final = 12
MOST: Final = 20
LEAST: Final = 0.001  # occurrences a year: less is told as less than this
WIDER: Final = 1.25  # room for the words at the longest bar
TABLES: Final = ("threats", "requirements", "agreements", "crews", "officers", "operations")


def unmet(a: Assessment) -> Exhibit | Prose:
    """Return how many times a year each threat calls for more than is there in time, by threat and area, with range."""
    rows = a.unmet
    if rows.empty:
        return to_be_supplied("Requirements of the threats")
    names = a.tables["areas"].set_index("area_id")["name"]
    rows = rows.assign(area=rows["area_id"].map(names))
    top = rows.dropna(subset="unmet").head(SHOWN)
    with canvas(8.6, 0.8 + 0.4 * len(top)) as (figure, axes):
        labels = [f"{row.title}, {row.area}" for row in top.itertuples()]
        texts = [f"{row.unmet:.2g} ({span(row.low, row.high, '{:.2g}')})" for row in top.itertuples()]
        bars(axes, labels, top["unmet"].tolist(), low=top["low"].tolist(), high=top["high"].tolist(), texts=texts)
        axes.set_xlabel("Occurrences a year that find what they call for not met in time", fontsize=10)
    return Exhibit(
        unmet_headline(a),
        f"Unmet requirement (frequency x probability not met in time), with all aid; bar: mean, whisker: 5 to 95%, "
        f"the {len(top)} largest, {when(a)}",
        f"Bar chart of unmet requirement by threat and area. {unmet_headline(a)}.",
        made_of(a, *TABLES),
        _unmet_table(rows),
        figure,
    )


def _unmet_table(rows: pd.DataFrame) -> pd.DataFrame:
    """Return unmet requirement as a table for people."""
    return pd.DataFrame(
        {
            "Threat": rows["threat_id"] + " " + rows["title"],
            "Area": rows["area"],
            "Occurrences a year": rows["frequency"].map("{:.2g}".format, na_action="ignore"),
            "Not met, per occurrence": rows["not_met"].map(percent),
            "Unmet a year": rows["unmet"].map("{:.2g}".format, na_action="ignore"),
            "Range, 5 to 95%": [span(row.low, row.high, "{:.2g}") for row in rows.itertuples()],
            "With own officers alone": rows["unmet_own"].map("{:.2g}".format, na_action="ignore"),
            "With collaboration": rows["unmet_collaboration"].map("{:.2g}".format, na_action="ignore"),
            "Weakest requirement": rows["weakest"],
        }
    )


def unmet_headline(a: Assessment) -> str:
    """Return the unmet requirement of the force and where it lies, in words."""
    rows = a.unmet.dropna(subset="unmet")
    if rows.empty or rows["unmet"].sum() == 0:
        return "No occurrence is expected to find its requirement unmet" if len(rows) else "No requirement is recorded"
    figure = a.headlines.set_index("headline").loc["unmet_requirement"]
    by_threat = rows.groupby("title", sort=False)["unmet"].sum().sort_values(ascending=False)
    first = by_threat.index[0]
    return (
        f"Expected to go unmet in time: {rate(figure.value)} occurrences a year, range "
        f"{span(figure.low, figure.high, '{:.2g}')}; {percent(by_threat.iloc[0] / by_threat.sum())} of it is {first}"
    )


def options(a: Assessment) -> Exhibit | Prose:
    """Return the options ranked by unmet requirement removed, with range, cost and side effects."""
    rows = a.options.ranking
    if rows.empty:
        return to_be_supplied("Options to be weighed")
    top = rows.head(MOST)
    with canvas(9.6, 0.6 + 0.4 * len(top)) as (figure, axes):
        texts = [
            _removed(row.removed, row.low, row.high) + ("; worse elsewhere" if row.worse else "")
            for row in top.itertuples()
        ]
        extent = float(top["removed"].min()), WIDER * max(float(top["removed"].max()), 1e-9)
        changes(axes, top["removed"], texts, (min(extent[0], 0.0), extent[1]))
        axes.set_yticks(range(len(top)), [f"{row.rank}. {row.title}" for row in top.itertuples()], fontsize=9)
    return Exhibit(
        options_headline(a),
        f"Unmet requirement removed a year by each option alone; range over the frequency of threats, {when(a)}",
        f"Bar chart of options by unmet requirement removed. {options_headline(a)}.",
        made_of(a, *TABLES, *(["options"] if len(a.tables["options"]) else [])),
        _options_table(rows),
        figure,
    )


def _removed(removed: float, low: float, high: float) -> str:
    """Return what an option removes with its range, in words that a reader can picture."""
    if abs(removed) < LEAST:
        return f"under {LEAST}" if removed else "nothing"
    return f"{removed:+.2g} ({span(low, high, '{:.2g}')})"


def _options_table(rows: pd.DataFrame) -> pd.DataFrame:
    """Return options as a table for people."""
    return pd.DataFrame(
        {
            "Option": rows["rank"].astype(str) + ". " + rows["title"],
            "Removes, a year (5 to 95%)": [_removed(row.removed, row.low, row.high) for row in rows.itertuples()],
            "Leaves unmet": rows["left"].map(rate),
            "Calls in time, points": (100 * rows["within_change"]).map("{:+.1f}".format, na_action="ignore"),
            "Worse for": rows["worse"].replace("", "nobody"),
            "Cost a year": rows["cost"].map("£{:,.0f}".format, na_action="ignore"),
            "Cost per occurrence removed": rows["cost_per_occurrence"].map("£{:,.0f}".format, na_action="ignore"),
        }
    )


def options_headline(a: Assessment) -> str:
    """Return which option removes most, and how much of all that goes unmet that is, in words."""
    rows = a.options.ranking
    best = rows.iloc[0]
    whole = best.left + best.removed
    if not best.removed > 0:
        return f"None of {count(len(rows), 'option')} removes unmet requirement"
    harmful = int((rows["removed"] < 0).sum())
    rest = f"; {count(harmful, 'option')} would make it worse" if harmful else ""
    return (
        f"Of {count(len(rows), 'option')}, {best.title} removes most: {percent(best.removed / whole)} of the unmet "
        f"requirement{rest}"
    )


def pairs(a: Assessment) -> Exhibit | Prose:
    """Return which options do more together than apart, and which only work together."""
    rows = a.options.pairs
    if rows.empty:
        return prose("No pair of options was weighed.")
    titles = a.options.ranking.set_index("option_id")["title"]
    table = pd.DataFrame(
        {
            "Options": rows["first"].map(titles) + "; " + rows["second"].map(titles),
            "Apart": rows["apart"].map("{:+.2g}".format),
            "Together": rows["together"].map("{:+.2g}".format),
            "More than apart": rows["extra"].map("{:+.2g}".format),
            "One needs the other": rows["only_together"],
        }
    )
    bound = rows.loc[rows["only_together"]]
    headline = (
        f"{count(len(bound), 'pair')} of {len(rows)} works only together, first: "
        f"{titles[bound['first'].iloc[0]]}, with {titles[bound['second'].iloc[0]]}"
        if len(bound)
        else f"None of {count(len(rows), 'pair')} needs the other to work"
    )
    return Exhibit(headline, f"Unmet requirement removed a year by pairs of options, {when(a)}", "",
                   made_of(a, *TABLES), table)  # fmt: skip

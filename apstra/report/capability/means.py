"""Whether the means are there: less lethal options beside the rest, what is required of each and why."""

from typing import Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from apstra.assessment import Assessment
from apstra.report.assessment import made_of, when
from apstra.report.chart import COLOURS, bars, canvas
from apstra.report.exhibit import Exhibit, Prose, count, listed, percent, to_be_supplied

FAMILIES: Final = {
    "conventional": "Conventional",
    "less_lethal": "Less lethal",
    "protective": "Protective",
    "vehicle": "Vehicle",
}
RULES: Final = {"typed": "stated by the force", "posts": "personal issue", "scenario": "worst case", "": "not stated"}
ABBREVIATIONS: Final = ("aep", "arv", "ced")


def equipment(a: Assessment) -> Exhibit | Prose:
    """Return the means by family, less lethal beside conventional: approval, serviceable against required, review."""
    rows = a.capability.equipment
    if rows.empty:
        return to_be_supplied("Equipment")
    rows = rows.assign(order=rows["family"].map(list(FAMILIES).index)).sort_values("order", kind="stable")
    known = rows.loc[rows["short"].notna()]
    figure = None
    if len(known):
        with canvas(7.6, 0.8 + 0.36 * len(known)) as (figure, axes):
            _draw_equipment(axes, known)
    headline = equipment_headline(a)
    return Exhibit(
        headline,
        f"Serviceable items against items required, {when(a)}",
        f"Bar chart of serviceable items, with a mark at the number required. {headline}." if figure else "",
        made_of(a, "equipment", "requirements", "posts", "crews"),
        _equipment_table(rows),
        figure,
    )


def _equipment_table(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the means as a table for people."""
    return pd.DataFrame(
        {
            "Item": rows["item"].map(plain),
            "Family": rows["family"].map(FAMILIES),
            "Approval": rows["approval"].map(plain),
            "Share serviceable": rows["serviceable_share"].map(percent),
            "Serviceable": rows["serviceable"].map("{:.0f}".format, na_action="ignore"),
            "Required": rows["required"].map("{:.0f}".format, na_action="ignore"),
            "Short": rows["short"].map("{:.0f}".format, na_action="ignore"),
            "What sets the requirement": rows["rules"].replace(RULES),
            "Why": rows["why"],
            "Review overdue": rows["review_overdue"],
            "Threats that call for it": rows["called_for"],
        }
    )


def _draw_equipment(axes: Axes, rows: pd.DataFrame) -> None:
    """Draw serviceable items as bars and the number required as a mark."""
    labels = [f"{plain(r.item)} ({FAMILIES[r.family].lower()})" for r in rows.itertuples()]
    texts = [
        f"{r.serviceable:.0f} of {r.required:.0f}" + (f", {r.short:.0f} short" if r.short else "")
        for r in rows.itertuples()
    ]
    bars(axes, labels, rows["serviceable"].tolist(), high=rows["required"].tolist(), texts=texts)
    place = np.arange(len(rows))
    axes.vlines(rows["required"], place - 0.38, place + 0.38, color=COLOURS["orange"], linewidth=3)
    axes.set_xlabel("Bar: serviceable; orange mark: required", fontsize=10)


def plain(code: str) -> str:
    """Return a code such as ballistic_shield as words, abbreviations in capitals."""
    return " ".join(word.upper() if word in ABBREVIATIONS else word for word in str(code).split("_"))


def equipment_headline(a: Assessment) -> str:
    """Return what is short, not approved or overdue for review, less lethal options named, in words."""
    rows = a.capability.equipment
    short, pending = rows.loc[rows["short"] > 0], rows.loc[rows["approval"].isin(["pending", "not_approved"])]
    overdue = int(rows["review_overdue"].sum())
    lethal = (
        "less lethal options among them"
        if (short["family"] == "less_lethal").any()
        else "no less lethal option among them"
    )
    first = (
        f"{count(len(short), 'item')} of {len(rows)} short of the serviceable number required, {lethal}: "
        f"{listed([f'{plain(r.item)} by {r.short:.0f}' for r in short.itertuples()], 3)}"
        if len(short)
        else "No item with a stated requirement is short"
    )
    return f"{first}; {len(pending)} not approved; {overdue} overdue for review"

"""Who is current: officers by role and by module, today and in the coming year, and how many modules end when."""

from typing import Final

import pandas as pd
from matplotlib.figure import Figure

from apstra.assessment import Assessment
from apstra.report.assessment import made_of, when
from apstra.report.chart import canvas, heat
from apstra.report.exhibit import Exhibit, Prose, count, percent, to_be_supplied

MONTHS_SHOWN: Final = 12
MADE_OF: Final = ("currency", "modules", "officers")


def currency(a: Assessment) -> Exhibit | Prose:
    """Return how many officers are current, in every module of their role and in each, now and later if unrefreshed."""
    whole, each = a.capability.currency, a.capability.module_currency
    if whole.empty:
        return to_be_supplied("Training currency")
    order = {role: place for place, role in enumerate(whole["role"].unique())}
    rows = pd.concat([whole.assign(label=whole["role"] + ", every module"), each.assign(label=each["module"])])
    rows = rows.assign(order=rows["role"].map(order)).sort_values("order", kind="stable")
    figure, table = _ahead(rows)
    headline = currency_headline(a)
    return Exhibit(
        headline,
        f"Officers in post current in every module of their role, and in each of them, if no refresher is taken; "
        f"{_module_headline(each)}; {when(a)}",
        f"Heat table of officers current by role and module, today and in 3, 6 and 12 months. {headline}.",
        made_of(a, *MADE_OF),
        table.rename_axis("Role or module").reset_index(),
        figure,
    )


def _ahead(rows: pd.DataFrame) -> tuple[Figure, pd.DataFrame]:
    """Return a heat table of the share current at each time ahead, a row for each label, and its words as a table."""
    rows = rows.assign(share=rows["current"] / rows["of"], words=[f"{r.current} of {r.of}" for r in rows.itertuples()])
    shown = [rows.pivot_table(index="label", columns="months_ahead", values=value, aggfunc="first", sort=False)
             for value in ("share", "words")]  # fmt: skip
    ahead = ["today" if months == 0 else f"in {months} months" for months in shown[0].columns]
    shares, words = (frame.set_axis(ahead, axis=1) for frame in shown)
    with canvas(7.6, 0.9 + 0.3 * len(shares)) as (figure, axes):
        heat(axes, shares, high=1.0)
        for text, cell in zip(axes.texts, words.to_numpy().ravel(), strict=True):
            text.set_text(str(cell))
        axes.xaxis.tick_top()
    return figure, words


def _module_headline(rows: pd.DataFrame) -> str:
    """Return which module fewest hold today, and which loses most holders first, in words."""
    if rows.empty:
        return "no module is held"
    counts = rows.pivot_table(index="module", columns="months_ahead", values="current", sort=False)
    of = rows.groupby("module", sort=False)["of"].first()
    now, soon = counts.columns[:2]
    least, falls = (counts[now] / of).idxmin(), ((counts[now] - counts[soon]) / of).idxmax()
    return (
        f"{least} is held by fewest today, {counts.loc[least, now]:.0f} of {count(of[least], 'officer')}; without a "
        f"refresher {falls} falls fastest, from {counts.loc[falls, now]:.0f} to {counts.loc[falls, soon]:.0f} of "
        f"{of[falls]:.0f} in {soon} months"
    )


def currency_headline(a: Assessment) -> str:
    """Return how many are current today and how fast that falls without refreshers, in words."""
    totals = a.capability.currency.groupby("months_ahead")[["current", "of"]].sum()
    now, then = totals.iloc[0], totals.iloc[1]
    return (
        f"{now['current']:.0f} of {count(now['of'], 'role holder')} ({percent(now['current'] / now['of'])}) are current"
        f" in every module today; without a refresher {then['current']:.0f} would be in {totals.index[1]} months"
    )


def lapsing(a: Assessment) -> Exhibit | Prose:
    """Return how many modules lapse in each of the coming months, by role: counts only, no ids."""
    rows = a.capability.lapsing
    if a.capability.currency.empty:
        return to_be_supplied("Training currency")
    start = pd.Period(a.scenario.as_at, "M")
    months = [start + number for number in range(MONTHS_SHOWN)]
    due = rows.loc[~rows["lapsed"]]
    tally = pd.crosstab(due["role"], due["valid_until"].dt.to_period("M")).reindex(columns=months, fill_value=0)
    tally = tally.set_axis([f"{month:%b %y}" for month in months], axis=1)
    headline = _lapsing_headline(rows, tally)
    return Exhibit(
        headline,
        f"Modules that end, by role and month: the refresher places needed, {when(a)}",
        "",
        made_of(a, *MADE_OF),
        tally.rename_axis("Role").reset_index(),
    )


def _lapsing_headline(rows: pd.DataFrame, tally: pd.DataFrame) -> str:
    """Return how many modules have lapsed, end within the year, and in which month most, in words."""
    lapsed = int(rows["lapsed"].sum())
    said = f"{count(lapsed, 'module')} {'has' if lapsed == 1 else 'have'} lapsed"
    months = tally.sum()
    if not months.sum():
        return f"{said}; none ends within twelve months"
    return (
        f"{said} and {months.sum():.0f} more end within twelve months, most in {months.idxmax()} ({months.max():.0f})"
    )

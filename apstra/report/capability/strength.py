"""Who is there and who can deploy: the steps from post to deployable officer, why officers drop out, and currency."""

from textwrap import fill
from typing import Any, Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from apstra.assessment import Assessment
from apstra.report.assessment import made_of, when
from apstra.report.chart import COLOURS, bars, canvas, heat
from apstra.report.exhibit import Exhibit, Prose, count, listed, percent, to_be_supplied

STEPS: Final = {
    "established": "Established posts",
    "in_post": "In post",
    "authorised": "Authorised",
    "current": "Current in training",
    "fit": "Fit for duty",
    "available": "Available",
}
SHORT: Final = ("posts", "in post", "authorised", "current", "fit", "available")
LOST: Final = ("", "vacant", "not yet authorised", "with a lapsed module", "not fit or restricted", "on a course")
REASONS: Final = {
    "module lapsed": "with a lapsed module",
    "course": "on a course",
    "maternity": "on maternity leave",
    "other": "away for other reasons",
}
MONTHS_SHOWN: Final = 12
LABEL: Final = 36
STRENGTH_TABLES: Final = ("posts", "officers", "currency", "modules")


def steps(a: Assessment) -> Exhibit | Prose:
    """Return the steps from established posts to officers available, the largest role drawn, every role in numbers."""
    rows = a.capability.strength
    rows = rows.loc[(rows["established"] > 0) | (rows["in_post"] > 0)]
    if rows.empty:
        return to_be_supplied("Posts and officers by role")
    largest = rows.loc[rows["established"].idxmax()]
    others = rows.drop(index=largest.name)
    with canvas(7.8, 2.7 + 0.36 * len(others), rows=2) as (figure, axes):
        axes[0].get_gridspec().set_height_ratios([6, max(len(others), 1)])
        _draw_steps(axes[0], largest)
        _draw_others(axes[1], others)
    table = rows[["title", *STEPS]].set_axis(["Role", *STEPS.values()], axis=1)
    headline = _steps_headline(rows)
    return Exhibit(
        headline,
        f"Officers left at each step from post to deployable, hatched or shaded where some are lost, {when(a)}",
        f"Bar chart of the six steps for {largest.title} and a table of the steps for the other roles. {headline}.",
        made_of(a, *STRENGTH_TABLES),
        table,
        figure,
    )


def _steps_headline(rows: pd.DataFrame) -> str:
    """Return how many officers are available against posts, and the step at which most are lost, in words."""
    totals = rows[list(STEPS)].sum()
    losses = (-totals.diff().iloc[1:]).clip(lower=0)
    said = f"{count(totals['established'], 'post')} established, {count(totals['available'], 'officer')} available"
    if losses.max() <= 0:
        return f"{said}: none is lost on the way"
    worst = int(np.argmax(losses.to_numpy())) + 1
    return f"{said}; the largest loss is {losses.max():.0f} {LOST[worst]}"


def _draw_steps(axes: Axes, row: Any) -> None:
    """Draw the six steps of one role as bars, each with what was lost since the one before."""
    values = [float(row[step]) for step in STEPS]
    lost = [0.0, *(-np.diff(values))]
    texts = [
        f"{value:.0f}" + (f"  ({gone:.0f} {why})" if gone > 0 else "")
        for value, gone, why in zip(values, lost, LOST, strict=True)
    ]
    bars(axes, list(STEPS.values()), values, texts=texts)
    for y, (value, gone) in enumerate(zip(values, lost, strict=True)):
        if gone > 0:
            axes.barh(y, gone, left=value, height=0.62, facecolor="none", edgecolor=COLOURS["dark"], hatch="///")
    for text, value, gone in zip(axes.texts, values, lost, strict=True):
        text.set_x(value + max(gone, 0.0))
    axes.set_title(f"{row['title']}", fontsize=11, loc="left")


def _draw_others(axes: Axes, rows: pd.DataFrame) -> None:
    """Draw the steps of the other roles as officers left, shaded where some are lost, darker for more."""
    if rows.empty:
        axes.set_axis_off()
        return
    frame = rows.set_index("title")[list(STEPS)].set_axis(list(SHORT), axis=1)
    lost = (-frame.diff(axis=1)).clip(lower=0).fillna(0)
    heat(
        axes,
        lost.set_axis([fill(title, LABEL) for title in frame.index]),
        high=max(2.0 * float(lost.max(axis=None)), 1.0),
    )
    for text, left in zip(axes.texts, frame.to_numpy().ravel(), strict=True):
        text.set_text(f"{left:.0f}")
    axes.xaxis.tick_top()


def losses(a: Assessment) -> Exhibit | Prose:
    """Return why officers in post are not available, by reason."""
    rows, strength = a.capability.losses, a.capability.strength
    if not strength["in_post"].sum():
        return to_be_supplied("Officers in post")
    table = rows.merge(strength[["role", "title"]], on="role")[["title", "reason", "officers"]]
    table = table.assign(reason=table["reason"].replace(REASONS))
    headline = losses_headline(a)
    figure = None
    if len(rows):
        reasons = rows.groupby("reason")["officers"].sum().sort_values(ascending=False)
        with canvas(7.2, 0.8 + 0.36 * len(reasons)) as (figure, axes):
            bars(
                axes,
                [REASONS.get(reason, reason) for reason in reasons.index],
                reasons.tolist(),
                texts=[f"{n}" for n in reasons],
            )
    return Exhibit(
        headline,
        f"Officers in post who are not available, by the first reason that applies, {when(a)}",
        f"Bar chart of officers by reason. {headline}." if figure else "",
        made_of(a, "officers", "currency", "modules"),
        table.set_axis(["Role", "Reason", "Officers"], axis=1),
        figure,
    )


def losses_headline(a: Assessment) -> str:
    """Return how many officers in post are not available, and why, in words."""
    held, here = int(a.capability.strength["in_post"].sum()), int(a.capability.strength["available"].sum())
    reasons = a.capability.losses.groupby("reason")["officers"].sum().sort_values(ascending=False)
    if reasons.empty:
        return f"Every one of {count(held, 'officer')} in post is available"
    why = listed([f"{number} {REASONS.get(reason, reason)}" for reason, number in reasons.items()], len(reasons))
    return (
        f"{held - here} of {count(held, 'officer')} in post {'is' if held - here == 1 else 'are'} not available: {why}"
    )


def currency(a: Assessment) -> Exhibit | Prose:
    """Return how many officers are current in every module of their role now and later, if nobody is refreshed."""
    rows = a.capability.currency
    if rows.empty:
        return to_be_supplied("Training currency")
    titles = a.capability.strength.set_index("role")["title"]
    rows = rows.assign(share=rows["current"] / rows["of"], words=[f"{r.current} of {r.of}" for r in rows.itertuples()])
    shown = [rows.pivot_table(index="role", columns="months_ahead", values=value, aggfunc="first", sort=False)
             for value in ("share", "words")]  # fmt: skip
    ahead = ["today" if months == 0 else f"in {months} months" for months in shown[0].columns]
    shares, words = (frame.set_axis(ahead, axis=1).rename(index=titles) for frame in shown)
    with canvas(7.6, 0.9 + 0.36 * len(shares)) as (figure, axes):
        heat(axes, shares, high=1.0)
        for text, cell in zip(axes.texts, words.to_numpy().ravel(), strict=True):
            text.set_text(str(cell))
        axes.xaxis.tick_top()
    headline = currency_headline(a)
    return Exhibit(
        headline,
        f"Officers current in every module of their role, if no refresher is taken, {when(a)}",
        f"Heat table of officers current by role, today and in 3, 6 and 12 months. {headline}.",
        made_of(a, "currency", "modules", "officers"),
        words.rename_axis("Role").reset_index(),
        figure,
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
    figure = None
    if len(tally):
        with canvas(8.4, 0.9 + 0.34 * len(tally)) as (figure, axes):
            heat(axes, tally, "{:.0f}")
            axes.xaxis.tick_top()
    return Exhibit(
        headline,
        f"Modules that end, by role and month: the refresher places needed, {when(a)}",
        f"Heat table of modules ending by role and month. {headline}." if figure else "",
        made_of(a, "currency", "modules", "officers"),
        tally.rename_axis("Role").reset_index(),
        figure,
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

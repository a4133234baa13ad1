"""Who is there and who can deploy: the steps from post to deployable officer, and why officers drop out."""

from textwrap import fill
from typing import Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from apstra.assessment import Assessment
from apstra.report.assessment import made_of, when
from apstra.report.chart import COLOURS, bars, canvas, heat
from apstra.report.exhibit import Exhibit, Prose, count, listed, to_be_supplied

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
LABEL: Final = 36
STRENGTH_TABLES: Final = ("posts", "officers", "currency", "modules")


def steps(a: Assessment) -> Exhibit | Prose:
    """Return how established posts come down to officers available, the largest role drawn, every role in numbers."""
    rows = a.capability.strength
    rows = rows.loc[(rows["established"] > 0) | (rows["in_post"] > 0)]
    if rows.empty:
        return to_be_supplied("Posts and officers by role")
    largest = rows.loc[rows["established"].idxmax()]
    others, down = rows.drop(index=largest.name), a.capability.waterfall.query("role == @largest.role")
    with canvas(7.8, 1.0 + 0.34 * (len(down) + len(others)), rows=2) as (figure, axes):
        axes[0].get_gridspec().set_height_ratios([len(down), max(len(others), 1)])
        _draw_waterfall(axes[0], down)
        axes[0].set_title(largest["title"], fontsize=11, loc="left")
        _draw_others(axes[1], others)
    table = rows[["title", *STEPS]].set_axis(["Role", *STEPS.values()], axis=1)
    headline = _steps_headline(rows)
    return Exhibit(
        headline,
        f"From established posts down to officers available, each loss by its first reason (above); officers left at "
        f"each step, shaded where some are lost (below), {when(a)}",
        f"Waterfall of {largest.title} from posts to officers available and a table of the steps for the other roles. "
        f"{headline}.",
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


def _draw_waterfall(axes: Axes, down: pd.DataFrame) -> None:
    """Draw posts and officers available as whole bars, and between them each loss, hatched, where it takes officers."""
    labels, ends = down["step"].replace({**REASONS, **STEPS}).str.capitalize().tolist(), (0, len(down) - 1)
    whole = [row.left if at in ends else 0 for at, row in enumerate(down.itertuples())]
    bars(axes, labels, whole, texts=[""] * len(down))
    for at, row in enumerate(down.itertuples()):
        if at not in ends:
            hatch = "///" if row.change < 0 else ".."
            axes.barh(at, -row.change, left=row.left, height=0.62, color="none", edgecolor=COLOURS["dark"], hatch=hatch)
        if at < ends[1]:
            axes.plot([row.left] * 2, [at, at + 1], ":", color=COLOURS["dark"], linewidth=0.9)
        words = f"{row.left:.0f}" if at in ends else f"{row.change:+.0f}"
        axes.text(max(row.left, row.left - row.change), at, f"  {words}", va="center", fontsize=10)
    axes.set_xlim(0, 1.12 * max(1, down["left"].max()))


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

"""Which threats lead and whether the order holds, as the chapter shows it.

In: an ``Assessment``. Out: exhibits and the sentences their headlines are made of; nothing is computed but what is
needed to choose and word.
"""

from collections.abc import Sequence
from textwrap import fill
from typing import Any, Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from apstra.assessment import Assessment
from apstra.report.assessment import made_of, when
from apstra.report.chart import COLOURS, canvas
from apstra.report.exhibit import Exhibit, Prose, count, listed, percent, span, to_be_supplied

SUBJECT: Final = "Threats and their scores"
LABEL: Final = 30
WIDE_LABEL: Final = 60
ROW: Final = 0.38
LEADING: Final = 5
LEAST_CHANCE: Final = 5e-4
SMALL_CHANCE: Final = 0.1


def ranking(a: Assessment) -> Exhibit | Prose:
    """Return the threats by expected harm: how likely each is, in words too, and the scheme's score beside."""
    rows = a.threat.ranking
    if rows.empty:
        return to_be_supplied(SUBJECT)
    return Exhibit(
        leading(rows),
        f"Chance of the reasonable worst case at least once in the window (words of the PHIA probability yardstick in "
        f"the table), and expected harm a year in harms of an impact-1 event, 5 to 95% ranges, each step of impact "
        f"{a.scenario.value('harm_ratio_per_step'):g} times the last; the scheme's score and level on the right, "
        f"{when(a)}; {scheme_named(a)}",
        f"Dot and range chart of chance and expected harm by threat, in rank order. {leading(rows)}.",
        made_of(a, "threats", "threat_judgements", "threat_scores", "operations"),
        _ranked(a, rows),
        _draw_ranking(a, rows),
    )


def _ranked(a: Assessment, rows: pd.DataFrame) -> pd.DataFrame:
    """Return the ranking as people read it."""
    return pd.DataFrame(
        {
            "Threat": names(rows),
            "Rank": rows["rank"],
            "Occurrences a year": [span(r.frequency_low, r.frequency_high, "{:.3g}") for r in rows.itertuples()],
            "Reach the worst case": _reaching(a, rows),
            "Window": rows["window_years"].map("{:.0f} years".format),
            "Chance in the window": [_chance_range(r) for r in rows.itertuples()],
            "In words": rows["likelihood_words"],
            "Impact": rows["impact"].map("{:.1f}".format, na_action="ignore"),
            "Over scorers": [span(r.impact_low, r.impact_high, "{:.1f}") for r in rows.itertuples()],
            "Expected harm a year": rows["expected_harm"].map("{:.2g}".format, na_action="ignore"),
            "Range of harm": [span(r.expected_harm_low, r.expected_harm_high, "{:.2g}") for r in rows.itertuples()],
            "Scheme's score": rows["scheme_score"].map("{:.0f}".format, na_action="ignore"),
            "Rank by it": rows["scheme_rank"].map("{:.0f}".format, na_action="ignore"),
            "Level": rows["level"],
            "Confidence": rows["confidence"],
        }
    )


def stability(a: Assessment) -> Exhibit | Prose:
    """Return the ranks each threat takes when one score, one frequency or the scale's labels are changed at a time."""
    rows = a.threat.ranking
    if rows.empty:
        return to_be_supplied(SUBJECT)
    kept = rows.merge(a.threat.stability, on=["threat_id", "rank"], how="left")["share"].fillna(0.0)
    table = pd.DataFrame(
        {
            "Threat": names(rows),
            "Rank": rows["rank"],
            "Best rank": rows["rank_best"],
            "Worst rank": rows["rank_worst"],
            "Rank kept in": kept.map(percent),
            "Holds under every change": rows["rank_holds"],
        }
    )
    ratio = a.scenario.assumption("harm_ratio_per_step")
    return Exhibit(
        firmness(rows),
        f"Ranks taken when one mean score moves a step, one frequency goes to the end of its range, or the harm of a "
        f"step is {ratio.low:g} or {ratio.high:g} times the last for all, {when(a)}",
        f"Range chart of the ranks each threat can take. {firmness(rows)}.",
        made_of(a, "threats", "threat_judgements", "threat_scores", "operations"),
        table,
        _draw_stability(rows, kept),
    )


def _draw_ranking(a: Assessment, rows: pd.DataFrame) -> Figure:
    """Draw chance and expected harm side by side, each with its range, and the scheme's score and level in words."""
    with canvas(9.4, 1.5 + ROW * len(rows), columns=2) as (figure, (left, right)):
        chance = rows[["likelihood_low", "likelihood", "likelihood_high"]].clip(lower=LEAST_CHANCE).to_numpy()
        ranges(left, titles(rows), chance, "Chance of the worst case in the window", COLOURS["blue"])
        _likelihood_axis(left, a.scenario.scheme.likelihood)
        harm = rows[["expected_harm_low", "expected_harm", "expected_harm_high"]]
        ranges(right, [""] * len(rows), harm.where(harm > 0).to_numpy(), "Expected harm a year", COLOURS["plum"])
        if (harm > 0).any(axis=None):
            right.set_xscale("log")
            right.minorticks_off()
        for place, row in enumerate(rows.dropna(subset=["scheme_score"]).itertuples()):
            right.annotate(f"{row.scheme_score:.0f} {row.level}", (1.02, place), xycoords=("axes fraction", "data"),
                           va="center", fontsize=9)  # fmt: skip
    return figure


def _draw_stability(rows: pd.DataFrame, kept: pd.Series) -> Figure:
    """Draw the ranks each threat can take and how often it keeps its own."""
    with canvas(8.0, 1.2 + 0.32 * len(rows)) as (figure, axes):
        taken = rows[["rank_best", "rank", "rank_worst"]].to_numpy(float)
        ranges(axes, titles(rows, WIDE_LABEL), taken, "", COLOURS["blue"])
        for place, (share, worst) in enumerate(zip(kept, rows["rank_worst"], strict=True)):
            axes.text(worst + 0.7, place, f"kept in {percent(share)}", va="center", fontsize=9)
        axes.set_xlim(0.4, len(rows) * 1.25 + 1)
        axes.set_xticks(range(1, len(rows) + 1, max(1, len(rows) // 10)))
        axes.set_xlabel("Rank (1 is first)")
    return figure


def leading(rows: pd.DataFrame) -> str:
    """Say which threats lead, and how likely the first is."""
    ranked = rows.dropna(subset=["expected_harm"])
    if ranked.empty:
        return "No threat can be ranked yet: frequency or scores are missing"
    first = ranked.iloc[0]
    others = f"; {listed(ranked['title'].iloc[1:3].tolist())} follow" if len(ranked) > 2 else ""  # noqa: PLR2004
    return (
        f"{first.title} ranks first of {count(len(rows), 'threat')} by expected harm ({_chance(first.likelihood)} in "
        f"{first.window_years:.0f} years, {first.likelihood_words}; impact {first.impact:.1f}){others}"
    )


def gravest(rows: pd.DataFrame) -> str:
    """Say which threat would do the most harm, and where it ranks: a rare one must stay in sight."""
    scored = rows.dropna(subset=["impact"])
    if scored.empty:
        return "No impact is scored yet"
    worst = scored.loc[scored["impact"] == scored["impact"].max()].iloc[0]
    return (
        f"The gravest worst case is {worst.title} (impact {worst.impact:.1f}); it ranks {worst['rank']} of {len(rows)}"
        f" with a chance of {_chance(worst.likelihood)} in {worst.window_years:.0f} years"
    )


def likeliest(rows: pd.DataFrame) -> str:
    """Say which worst case is the likeliest, in probability and in the yardstick's words."""
    known = rows.dropna(subset=["likelihood"])
    if known.empty:
        return ""
    first = known.loc[known["likelihood"].idxmax()]
    return (
        f"The likeliest worst case is {first.title}: {_chance(first.likelihood)} in {first.window_years:.0f} years, "
        f"{first.likelihood_words}"
    )


def firmness(rows: pd.DataFrame) -> str:
    """Say how far the order survives a change of a score, a frequency or the labels."""
    ranked = rows.dropna(subset=["expected_harm"])
    if ranked.empty:
        return "Whether ranks would hold cannot be told yet"
    top = min(LEADING, len(ranked))
    always = int((ranked["rank_worst"].head(top) <= top).sum())
    leading = f"; {always} of the first {top} always stay among the first {top}" if len(ranked) > top else ""
    holds = int(ranked["rank_holds"].sum())
    return f"Ranks that hold whichever score, frequency or label is changed: {holds} of {len(ranked)}{leading}"


def _reaching(a: Assessment, rows: pd.DataFrame) -> list[str]:
    """Return the share of occurrences that reach the reasonable worst case."""
    shares = a.tables["threats"].set_index("threat_id")["worst_case_share"].reindex(rows["threat_id"])
    return ["all" if pd.isna(share) else _chance(share) for share in shares]


def _chance(value: float) -> str:
    """Return a probability with two figures where it is small."""
    if LEAST_CHANCE <= value < SMALL_CHANCE:
        return f"{value:.2%}" if value < SMALL_CHANCE / 10 else f"{value:.1%}"
    return percent(value)


def _chance_range(row: Any) -> str:
    """Return a probability with its range."""
    if pd.isna(row.likelihood):
        return "not known"
    return f"{_chance(row.likelihood)} ({_chance(row.likelihood_low)} to {_chance(row.likelihood_high)})"


def names(rows: pd.DataFrame) -> pd.Series:
    """Return id and title of each threat."""
    return rows["threat_id"] + " " + rows["title"]


def titles(rows: pd.DataFrame, width: int = LABEL) -> list[str]:
    """Return rank and title of each threat, wrapped for an axis."""
    return [wrapped(f"{rank}. {title}", width) for rank, title in zip(rows["rank"], rows["title"], strict=True)]


def wrapped(text: str, width: int) -> str:
    """Return text wrapped for a picture, where a dollar sign would begin a formula."""
    return fill(text, width).replace("$", r"\$")


def scheme_named(a: Assessment) -> str:
    """Return the name and version of the scoring scheme."""
    return f"scheme {a.scenario.scheme.name} {a.scenario.scheme.version}"


def ranges(axes: Axes, labels: Sequence[str], values: Any, title: str, colour: str) -> None:
    """Draw a dot with its range on each row, first row on top."""
    place = np.arange(len(labels))
    axes.hlines(place, values[:, 0], values[:, 2], color=COLOURS["grey"], linewidth=6)
    axes.plot(values[:, 1], place, "o", color=colour, markersize=7)
    axes.set_yticks(place, list(labels), fontsize=9)
    axes.set_ylim(len(labels) - 0.4, -0.6)
    axes.grid(visible=False, axis="y")
    axes.grid(visible=True, axis="x", linewidth=0.6)
    axes.set_title(title, fontsize=11, loc="left")


def _likelihood_axis(axes: Axes, bands: pd.DataFrame) -> None:
    """Mark the edges of the scheme's likelihood bands on a logarithmic axis."""
    edges = [edge for edge in bands["low"] if edge > 0] + [1.0]
    axes.set_xscale("log")
    axes.set_xlim(LEAST_CHANCE, 1.3)
    axes.set_xticks(edges, [f"{edge:.3g}".replace("1", "100%") if edge == 1 else f"{100 * edge:g}%" for edge in edges])
    axes.minorticks_off()

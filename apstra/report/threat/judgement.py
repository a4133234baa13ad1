"""What the ranking of threats owes to people: what they dispute, what each judged, and the force's position.

In: an ``Assessment``. Out: exhibits and the sentences their headlines are made of; nothing is computed but what is
needed to choose and word.
"""

from typing import Any, Final

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from apstra.assessment import Assessment
from apstra.report.assessment import made_of, when
from apstra.report.chart import COLOURS, bars, canvas, heat
from apstra.report.exhibit import Exhibit, Prose, count, listed, prose, span, to_be_supplied
from apstra.report.threat.order import SUBJECT, WIDE_LABEL, names, scheme_named, titles, wrapped

MOST_DISCUSSED: Final = 10
MOST_DRAWN: Final = 6
SLIGHTEST: Final = 1e-4
DISPUTED: Final = "frequency"


def agreement(a: Assessment) -> Exhibit | Prose:
    """Return what is most in need of discussion, scores and frequencies in one order, with what was agreed."""
    rows = _disputed(a)
    if rows.empty:
        return prose(f"{discussion(a)}.") if len(a.threat.scores) else to_be_supplied(SUBJECT)
    first = rows.head(MOST_DISCUSSED)
    with canvas(9.0, 0.9 + 0.5 * len(first)) as (figure, axes):
        labels = [wrapped(f"{r.title}: {r.label}", 44) for r in first.itertuples()]
        bars(axes, labels, first["dispute"].tolist(), texts=[wrapped(str(why), 40) for why in first["why"]])
        axes.set_xlim(0, 1.9)
    table = pd.DataFrame(
        {
            "Threat": rows["title"],
            "Disputed": rows["label"],
            "Lowest to highest": [span(r.lowest, r.highest, "{:.3g}") for r in rows.itertuples()],
            "Gave a view": [f"{r.given:.0f} of {r.asked:.0f}" for r in rows.itertuples()],
            "Why": rows["why"],
            "What was agreed": rows["moderation"].fillna("not yet discussed"),
        }
    )
    return Exhibit(
        discussion(a),
        f"Need of discussion from 0 to 1: spread over the scale, or of most likely frequencies over their pooled "
        f"range; 1 where sources contradict each other; abstentions count half; {when(a)}; {scheme_named(a)}",
        f"Bar chart of what is most in need of discussion. {discussion(a)}.",
        made_of(a, "threats", "threat_scores", "threat_judgements"),
        table,
        figure,
    )


def elicited(a: Assessment) -> Exhibit | Prose:
    """Return each scorer's three points beside their linear pool, most disputed threats first."""
    given = a.threat.judgements.dropna(subset="frequency_mode")
    rows = a.threat.discussion.query("subject == @DISPUTED")
    order = [*rows["threat_id"], *a.threat.ranking["threat_id"]]
    chosen = [threat for threat in dict.fromkeys(order) if threat in set(given["threat_id"])]
    if not chosen:
        return to_be_supplied("Three points of each scorer for how often a threat occurs")
    table, titled = _points(a, chosen), a.threat.ranking.set_index("threat_id")["title"]
    silent = int(table["Most likely"].isna().sum())
    abstained = f"; {count(silent, 'abstention')}" if silent else ""
    widest = titled[chosen[0]]
    headline = f"Scorers judged {count(len(chosen), 'threat')} one by one; most disputed is {widest}{abstained}"
    return Exhibit(
        headline,
        f"Occurrences a year: each scorer's lowest, most likely and highest, and their linear pool (5, 50, 95%), "
        f"logarithmic scale, most disputed first, {when(a)}",
        f"Small range charts of the scorers' judgements and their pool. {headline}.",
        made_of(a, "threat_judgements"),
        table,
        _draw_elicited(a, given, [(threat, str(titled[threat])) for threat in chosen[:MOST_DRAWN]]),
    )


def _points(a: Assessment, chosen: list[str]) -> pd.DataFrame:
    """Return every scorer's points as people read them, in the order of the threats chosen, abstainers last."""
    titled = a.threat.ranking[["threat_id", "title"]]
    place = {threat: number for number, threat in enumerate(chosen)}
    rows = a.threat.judgements.merge(titled, on="threat_id")
    rows = rows.assign(place=rows["threat_id"].map(place)).sort_values(["place", "threat_id", "scorer"])
    return pd.DataFrame(
        {
            "Threat": names(rows),
            "Scorer": rows["scorer"],
            "Lowest": rows["frequency_low"],
            "Most likely": rows["frequency_mode"],
            "Highest": rows["frequency_high"],
            "Why": rows["rationale"].fillna("no reason given"),
        }
    )


def _draw_elicited(a: Assessment, given: pd.DataFrame, chosen: list[tuple[str, str]]) -> Figure:
    """Draw a small range chart for each threat chosen."""
    pools = a.threat.sources.query("source == 'judgement'").set_index("threat_id")
    down = -(-len(chosen) // 2)
    with canvas(9.0, 0.4 + 1.9 * down, rows=down, columns=min(2, len(chosen))) as (figure, grid):
        places = grid.flat if len(chosen) > 1 else [grid]
        for axes, (threat, title) in zip(places, chosen, strict=False):
            _draw_one(axes, given.loc[given["threat_id"] == threat], pools.loc[threat], title)
        for axes in list(places)[len(chosen) :]:
            axes.set_axis_off()
    return figure


def _draw_one(axes: Axes, rows: pd.DataFrame, pool: Any, title: str) -> None:
    """Draw the scorers' three points and the pool below them."""
    low, mode, high = (
        rows[f"frequency_{point}"].astype(float).clip(lower=SLIGHTEST) for point in ("low", "mode", "high")
    )
    place = list(range(len(rows)))
    axes.hlines(place, low, high, color=COLOURS["grey"], linewidth=5)
    axes.plot(mode, place, "o", color=COLOURS["plum"], markersize=6)
    axes.hlines([len(rows)], max(pool.low, SLIGHTEST), pool.high, color=COLOURS["blue"], linewidth=5)
    axes.plot([max(pool.mid, SLIGHTEST)], [len(rows)], "D", color="black", markersize=5)
    axes.set_yticks(
        [*place, len(rows)], [*(wrapped(str(name), WIDE_LABEL) for name in rows["scorer"]), "Pool"], fontsize=9
    )
    axes.set_ylim(len(rows) + 0.6, -0.6)
    axes.set_xscale("log")
    ends = sorted({float(low.min()), float(max(pool.mid, SLIGHTEST)), float(high.max())})
    axes.set_xticks(ends, [f"{end:.2g}" for end in ends])
    axes.minorticks_off()
    axes.grid(visible=False, axis="y")
    axes.set_title(wrapped(title, WIDE_LABEL), fontsize=10, loc="left")


def position(a: Assessment) -> Exhibit | Prose:
    """Return the organisational position: gaps in capability and capacity, apart from likelihood and impact."""
    rows = a.threat.ranking
    gaps = rows[["capability_gap", "capacity_gap"]]
    if gaps.isna().all(axis=None):
        return to_be_supplied("Organisational position against each threat")
    with canvas(7.6, 0.9 + 0.3 * len(rows)) as (figure, axes):
        shown = gaps.set_axis(["Capability gap", "Capacity gap"], axis="columns").set_axis(titles(rows, WIDE_LABEL))
        heat(axes, shown, "{:.1f}", high=float(a.scenario.scheme.dimensions["highest"].reindex(gaps.columns).max()))
        axes.xaxis.tick_top()
    table = pd.DataFrame(
        {
            "Threat": names(rows),
            "Rank": rows["rank"],
            "Capability gap": gaps["capability_gap"].map("{:.1f}".format, na_action="ignore"),
            "Capacity gap": gaps["capacity_gap"].map("{:.1f}".format, na_action="ignore"),
            "Level": rows["level"],
        }
    )
    return Exhibit(
        gaps_named(a),
        f"Mean score of each gap (0 none), threats in rank order, kept apart from it, {when(a)}; {scheme_named(a)}",
        f"Heat table of capability and capacity gaps by threat. {gaps_named(a)}.",
        made_of(a, "threats", "threat_scores"),
        table,
        figure,
    )


def gaps_named(a: Assessment) -> str:
    """Say which threats meet the widest gap in the force's position."""
    rows = a.threat.ranking
    widest = rows[["capability_gap", "capacity_gap"]].max(axis="columns")
    if not widest.max() > 0:
        return "No gap in capability or capacity is scored against any threat"
    named = rows.loc[widest == widest.max(), "title"].tolist()
    return f"The widest gap in capability or capacity ({widest.max():.1f}) stands against {listed(named, 3)}"


def discussion(a: Assessment) -> str:
    """Say what is most in need of discussion between the scorers."""
    rows = _disputed(a)
    if a.threat.scores.empty:
        return "Nobody has scored a threat yet"
    if rows.empty:
        return "The scorers agree on every score"
    first = rows.iloc[0]
    views = f"{first.given:.0f} of {count(first.asked, 'scorer')} gave a view" if first.asked else "nobody was asked"
    return f"Most in need of discussion: {first.label.lower()} of {first.title} ({first.why}; {views})"


def _disputed(a: Assessment) -> pd.DataFrame:
    """Return what is in need of discussion, threat and subject named."""
    rows = a.threat.discussion.merge(a.threat.ranking[["threat_id", "title"]], on="threat_id", how="left")
    labels = a.scenario.scheme.dimensions["label"].to_dict() | {DISPUTED: "Frequency"}
    return rows.assign(label=rows["subject"].map(labels))

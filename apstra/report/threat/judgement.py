"""What the ranking of threats rests on: agreement of the scorers, the force's position, evidence and outlook.

In: an ``Assessment``. Out: exhibits and the sentences their headlines are made of; nothing is computed but what is
needed to choose and word.
"""

from textwrap import fill
from typing import Final

import pandas as pd
from matplotlib.figure import Figure

from apstra.assessment import Assessment
from apstra.report.assessment import made_of, when
from apstra.report.chart import COLOURS, bars, canvas, heat
from apstra.report.exhibit import Exhibit, Prose, count, listed, prose, to_be_supplied
from apstra.report.threat.order import SUBJECT, WIDE_LABEL, names, ranges, scheme_named, titles

MOST_DISCUSSED: Final = 10
MOST_IMPACT: Final = 5
OUTLOOKS: Final = ("rising", "steady", "falling", "unknown")


def agreement(a: Assessment) -> Exhibit | Prose:
    """Return the scores on which the scorers differ most: what to discuss before the ranking is used."""
    rows = _contested(a).head(MOST_DISCUSSED)
    if rows.empty:
        return prose(f"{discussion(a)}.") if len(a.threat.scores) else to_be_supplied(SUBJECT)
    with canvas(8.0, 1.1 + 0.5 * len(rows)) as (figure, axes):
        labels = [fill(f"{r.title}: {r.label}", 44) for r in rows.itertuples()]
        ranges(axes, labels, rows[["lowest", "mean", "highest"]].to_numpy(float), "", COLOURS["plum"])
        axes.set_xlim(-0.2, MOST_IMPACT + 0.2)
        axes.set_xlabel("Score: lowest, mean and highest of the scorers")
    table = rows[["title", "label", "lowest", "mean", "highest", "scorers"]].set_axis(
        ["Threat", "Dimension", "Lowest", "Mean", "Highest", "Scorers"], axis="columns"
    )
    return Exhibit(
        discussion(a),
        f"Widest differences between scorers, {when(a)}; {scheme_named(a)}",
        f"Range chart of the scores that differ most. {discussion(a)}.",
        made_of(a, "threat_scores"),
        table,
        figure,
    )


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


def evidence(a: Assessment) -> Exhibit | Prose:
    """Return the age of the evidence behind each threat and the confidence it leaves."""
    rows = a.threat.ranking.sort_values("evidence_age_days", ascending=False)
    if rows.empty:
        return to_be_supplied("Evidence behind the threats")
    given = a.tables["threats"].set_index("threat_id").reindex(rows["threat_id"])
    stated = given["confidence"].to_numpy()
    words = [
        f"{r.confidence}, was {was}" if r.confidence != was else str(r.confidence)
        for r, was in zip(rows.itertuples(), stated, strict=True)
    ]
    table = pd.DataFrame(
        {
            "Threat": names(rows),
            "Newest evidence": given["evidence_on"].to_numpy(),
            "Age in days": rows["evidence_age_days"],
            "Grade": given["evidence_grade"].to_numpy(),
            "Confidence": words,
            "Not known": given["intelligence_gap"].fillna("no gap recorded").to_numpy(),
        }
    )
    return Exhibit(
        stale(a),
        f"Age of the newest evidence and confidence, oldest first, {when(a)}; confidence never changes a score",
        f"Bar chart of the age of evidence by threat. {stale(a)}.",
        made_of(a, "threats"),
        table,
        _draw_ages(rows, words),
    )


def _draw_ages(rows: pd.DataFrame, words: list[str]) -> Figure:
    """Draw the age of the evidence behind each threat with the confidence it leaves."""
    with canvas(8.4, 0.8 + 0.3 * len(rows)) as (figure, axes):
        ages = rows["evidence_age_days"].tolist()
        texts = [f"{age:,.0f} days; {word}" for age, word in zip(ages, words, strict=True)]
        bars(axes, titles(rows, WIDE_LABEL), ages, texts=texts)
        axes.set_xlim(0, max(*ages, 1.0) * 1.45)
    return figure


def horizon(a: Assessment) -> Exhibit | Prose:
    """Return the trend and the outlook of each threat over one and four years."""
    rows = a.threat.ranking
    if rows.empty:
        return to_be_supplied("Outlook of the threats")
    table = rows[["title", "trend", "horizon_1y", "horizon_4y", "confidence"]].set_axis(
        ["Threat", "Last three years", "Coming year", "Four years", "Confidence"], axis="columns"
    )
    seen = {name: rows[column].value_counts().reindex(OUTLOOKS).fillna(0) for name, column in
            (("Last three years", "trend"), ("Coming year", "horizon_1y"), ("Four years", "horizon_4y"))}  # fmt: skip
    with canvas(6.4, 2.3) as (figure, axes):
        heat(axes, pd.DataFrame(seen).T, "{:.0f}", high=float(len(rows)))
        axes.xaxis.tick_top()
    return Exhibit(
        outlook(rows),
        f"Number of threats by judged direction, {when(a)}",
        f"Heat table of threats by direction and horizon. {outlook(rows)}.",
        made_of(a, "threats"),
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


def stale(a: Assessment) -> str:
    """Say how much of the evidence is stale."""
    rows = a.threat.ranking
    months = a.scenario.value("evidence_stale_months")
    stale = rows.loc[rows["evidence_stale"], "title"].tolist()
    if not stale:
        return f"The evidence behind every threat is at most {months:.0f} months old"
    return (
        f"The evidence behind {count(len(stale), 'threat')} is older than {months:.0f} months, which lowers confidence"
        f": {listed(stale, 3)}"
    )


def discussion(a: Assessment) -> str:
    """Say which score is most in need of discussion between the scorers."""
    rows = _contested(a)
    if a.threat.scores.empty:
        return "Nobody has scored a threat yet"
    if rows.empty:
        return "The scorers agree on every score"
    first = rows.iloc[0]
    return (
        f"Most in need of discussion: {first.label.lower()} of {first.title}, scored from {first.lowest:g} to "
        f"{first.highest:g} by {count(first.scorers, 'scorer')}"
    )


def outlook(rows: pd.DataFrame) -> str:
    """Say which threats are judged to rise."""
    coming = rows.loc[rows["horizon_1y"] == "rising", "title"].tolist()
    later = int((rows["horizon_4y"] == "rising").sum())
    named = f" ({listed(coming, 3)})" if coming else ""
    return f"Judged to rise over the coming year: {len(coming)} of {len(rows)} threats{named}; over four years: {later}"


def _contested(a: Assessment) -> pd.DataFrame:
    """Return the scores that differ between scorers, widest first, with threat and dimension named."""
    scores = a.threat.scores.merge(a.threat.ranking[["threat_id", "title", "rank"]], on="threat_id", how="left")
    labels = a.scenario.scheme.dimensions["label"]
    named = scores.assign(label=scores["dimension"].map(labels).fillna(scores["dimension"]))
    differing = named.loc[named["spread"] > 0]
    return differing.sort_values(["spread", "rank", "dimension"], ascending=[False, True, True])

"""The chief officer's page, and the parts of the annual document that belong to no single chapter."""

from html import escape
from typing import Any, Final

import numpy as np
import pandas as pd

from apstra.assessment import STEPS, Assessment
from apstra.report.chart import canvas, zones_map
from apstra.report.exhibit import (
    Exhibit,
    Page,
    Prose,
    bullets,
    count,
    listed,
    percent,
    prose,
    rate,
    span,
    to_be_supplied,
)
from apstra.scenario import year_label

TOP: Final = 5
SHARES: Final = (-np.inf, 0.2, 0.4, 0.6, 0.8, np.inf)
SHARE_NAMES: Final = ("80% and more", "60% to 80%", "40% to 60%", "20% to 40%", "under 20%")
STATUS_ORDER: Final = ("met", "partly", "not met", "cannot tell")


def when(a: Assessment) -> str:
    """Return where and when the figures speak of."""
    return f"{a.scenario.force.name}, as at {a.scenario.as_at:%d %B %Y}"


def made_of(a: Assessment, *tables: str) -> str:
    """Return the source line of figures made from ``tables``."""
    labelled = [name for name in tables if name in a.illustrative]
    note = f"; illustrative rows in {listed(labelled)}" if labelled else ""
    return f"Force tables {listed(list(tables), most=8)}{note}"


def first_page(a: Assessment) -> Page:
    """Return what a chief officer with ten minutes reads."""
    left = (_part("What is asked of you", asked(a)), _part("Required, established, deployable", strength(a)))
    right = (
        _part("The five risks that matter most", top_risks(a)),
        _part("Cover", cover(a)),
        _part("What changed since the last assessment", changes(a)),
        _part("What is breached or overdue", breached(a)),
    )
    columns = (Page("<div>", left, "</div>"), Page("<div>", right, "</div>"))
    parts = (_part("The bottom line", bottom_line(a)), Page('<div class="columns">', columns, "</div>"))
    return Page(
        '<section class="first-page"><h2 id="first-page">One page for the chief officer</h2>', parts, "</section>"
    )


def _part(title: str, *parts: Exhibit | Prose | Page) -> Page:
    """Return parts under a heading of the third level."""
    return Page(f"<h3>{escape(title)}</h3>", parts)


def asked(a: Assessment) -> Page | Prose:
    """Return the decisions asked as a short list, each with its options and what each would change."""
    if a.decisions.empty:
        return prose("Nothing is asked for decision: no check is breached.")
    items = []
    for _, options in a.decisions.groupby("decision", sort=True):
        first = options.iloc[0]
        ways = "".join(
            f"<li>{escape(f'{r.option}: {r.effect[:1].lower()}{r.effect[1:]}.')}</li>" for r in options.itertuples()
        )
        items.append(f"<li><strong>{escape(first.asked)}</strong> {escape(first.because)}.<ul>{ways}</ul></li>")
    return Page(f"<ol>{''.join(items)}</ol>")


def bottom_line(a: Assessment) -> Prose:
    """Return the three sentences everything else explains."""
    short = a.capability.position.query("shortfall > 0")
    gaps = a.matrix.query("gap")
    top = a.threat.ranking.head(3)["title"].tolist()
    strength_line = (
        f"The force is short in {count(len(short), 'role')}: {listed([_short(row) for row in short.itertuples()])}."
        if len(short)
        else "Deployable strength meets the requirement in every role assessed."
        if len(a.capability.position)
        else "Whether strength meets the requirement cannot be told yet: roles and posts are to be supplied."
    )
    threat_line = f"By expected harm the leading threats are {listed(top)}." if top else "No threat is recorded yet."
    met = (a.matrix["status"] != "gap").sum()
    aid_line = (
        f"Of {count(len(a.matrix), 'requirement', 'requirements')} by area, {met} are met in time with all aid and "
        f"{len(gaps)} by nobody{_unmet(a)}."
        if len(a.matrix)
        else "No requirement is recorded yet, so cover of the threats cannot be told."
    )
    return prose(strength_line, threat_line, aid_line, role="bottom-line")


def _unmet(a: Assessment) -> str:
    """Return how often that is expected to matter and what would help most, in words; nothing where not known."""
    figure = a.headlines.set_index("headline").loc["unmet_requirement"]
    if not figure.value > 0:
        return ""
    extent = span(figure.low, figure.high, "{:.2g}")
    said = f": {rate(figure.value)} occurrences a year are expected to go unmet ({extent})"
    best = a.options.ranking.head(1).query("removed > 0")
    share = [row.removed / (row.left + row.removed) for row in best.itertuples()]
    return said + "".join(f"; {percent(part)} of it the best option would remove" for part in share)


def _short(row: Any) -> str:
    """Return one role's shortfall in words."""
    return f"{row.title} {_ranged(row.shortfall, row.shortfall_low, row.shortfall_high)} of {row.required:.0f}"


def _ranged(value: float, low: float, high: float) -> str:
    """Return a number with its range behind it, where it has one."""
    return f"{value:.0f} ({span(low, high)})" if low < high else f"{value:.0f}"


def _due(on: pd.Timestamp, *, overdue: bool) -> str:
    """Return the day a review is due, and that it is past."""
    if pd.isna(on):
        return "no date"
    return f"{on:%d %b %Y}, overdue" if overdue else f"{on:%d %b %Y}"


def decisions(a: Assessment) -> Exhibit | Prose:
    """Return the decisions asked, each with its options and what each would change."""
    asked = a.decisions
    if asked.empty:
        return prose("Nothing is asked for decision: no check is breached.")
    table = asked.assign(
        Decision=asked["decision"].astype(str) + ". " + asked["asked"],
        Because=asked["because"],
        Option=asked["option"],
        Effect=asked["effect"],
    )[["Decision", "Because", "Option", "Effect"]].rename(columns={"Effect": "What it would change"})
    repeated = asked["decision"].duplicated()
    table.loc[repeated, ["Decision", "Because"]] = "as above"
    number = asked["decision"].nunique()
    return Exhibit(
        f"{count(number, 'decision')} {'is' if number == 1 else 'are'} asked of the chief officer",
        f"Decisions, options and effects, {when(a)}",
        "",
        "this assessment",
        table,
    )


def strength(a: Assessment) -> Exhibit | Prose:
    """Return required, established and deployable officers side by side, by role, with the shortfall and its range."""
    rows = a.capability.position
    rows = rows.loc[(rows["required"] > 0) | (rows["established"] > 0)]
    if rows.empty:
        return to_be_supplied("Officers by role")
    table = pd.DataFrame(
        {
            "Role": rows["title"],
            "Required (range)": [_ranged(r.required, r.required_low, r.required_high) for r in rows.itertuples()],
            "Established": rows["established"].map("{:.0f}".format),
            "Deployable": rows["deployable"].map("{:.0f}".format),
            "Shortfall (range)": [_ranged(r.shortfall, r.shortfall_low, r.shortfall_high) for r in rows.itertuples()],
        }
    )
    worst = rows.sort_values("shortfall", ascending=False).iloc[0]
    headline = (
        f"{worst.title}: {worst.deployable:.0f} deployable against {worst.required:.0f} required"
        if worst.shortfall > 0
        else "Every role has the deployable officers it requires"
    )
    return Exhibit(
        headline,
        f"Officers by role, {when(a)}; range from the 5% to the 95% of the demand forecast",
        "",
        made_of(a, "posts", "officers", "currency", "requirements", "operations"),
        table,
    )


def top_risks(a: Assessment) -> Exhibit | Prose:
    """Return the five risks that matter most, with movement from inherent to current, owner and due date."""
    live = a.risk.register
    rows = live.loc[(live["kind"] == "risk") & ~live["state"].isin(["closed", "dismissed", "proposed"])].head(TOP)
    if rows.empty:
        return to_be_supplied("The register of risks")
    table = pd.DataFrame(
        {
            "Risk": rows["risk_id"] + " " + rows["title"],
            "Now (was, aim)": [f"{r.current_level} ({r.inherent_level}, {r.target_level})" for r in rows.itertuples()],
            "Unmet a year": [f"{r.unmet:.2g}" if pd.notna(r.unmet) else "no threat" for r in rows.itertuples()],
            "Owner": rows["owner"],
            "Review due": [_due(r.review_on, overdue=r.overdue) for r in rows.itertuples()],
        }
    )
    late = int(rows["overdue"].sum())
    headline = f"{listed(rows['title'].head(1).tolist())} leads the register; {late} of these {len(rows)} overdue"
    return Exhibit(headline, f"Most severe live risks, {when(a)}", "", made_of(a, "risks", "controls"), table)


def cover(a: Assessment) -> Exhibit | Prose:
    """Return the map of the share of calls that a crew answers within the standard, and the force's worst block."""
    zones = a.deployment.zones
    whole = a.deployment.reach.query("kind == 'force' and committed == 0")
    if whole["demand_share"].isna().all() or not a.deployment.workload["crews"].any():
        return to_be_supplied("Cover by crews")
    bands = share_bands(zones["within"])
    with canvas(6.4, 4.4) as (figure, axes):
        zones_map(axes, a.tables["boundaries"], zones, bands, a.tables["bases"])
    force = whole.iloc[0]
    calls = zones.groupby(bands, observed=False)["calls_a_year"].sum()
    table = pd.DataFrame(
        {
            "Answered within the standard": list(SHARE_NAMES),
            "Zones": bands.value_counts(sort=False).to_numpy(),
            "Calls a year": calls.map("{:.1f}".format).to_numpy(),
            "Share of calls": (calls / calls.sum()).map(percent).to_numpy(),
        }
    )
    headline = (
        f"{percent(force.demand_share)} of firearms calls are answered within the response standard; in the worst "
        f"block ({block_words(force.worst_block)}) {percent(force.worst_block_share)}"
    )
    return Exhibit(
        headline,
        f"Share of calls answered within the standard over the year, by zone, crews at their usual work, {when(a)}",
        f"Map: {headline}. Share of calls by band: "
        f"{listed((table.iloc[:, 0] + ' ' + table['Share of calls']).tolist())}.",
        made_of(a, "zones", "bases", "crews", "travel", "response_standards", "operations", "other_work"),
        table,
        figure,
    )


def share_bands(shares: pd.Series) -> pd.Series:
    """Return the band of each share, best first; blank where there is no standard."""
    bands = pd.cut(shares, SHARES, labels=SHARE_NAMES[::-1], right=False)
    return bands.cat.reorder_categories(list(SHARE_NAMES))


def block_words(name: str) -> str:
    """Return a block such as night-weekend-winter in words: winter weekend night."""
    return " ".join(reversed(str(name).split("-")))


def changes(a: Assessment) -> Exhibit | Prose:
    """Return the steps from last year's requirement to this year's; they add up."""
    steps = a.changes.pivot_table(index="role", columns="step", values="posts", aggfunc="sum").reindex(
        columns=list(STEPS)
    )
    rows = a.capability.requirement.set_index("role").join(steps).dropna(subset=["required_last_year"])
    rows = rows.loc[(rows["required"] > 0) | (rows["required_last_year"] > 0)]
    if rows.empty:
        return prose("Last year's requirement is not recorded, so what changed cannot be told.")
    moved = rows.loc[(rows[list(STEPS)] != 0).any(axis=1)]
    table = pd.DataFrame(
        {
            "Role": moved["title"],
            "Required last year": moved["required_last_year"].map("{:.0f}".format),
            **{step.capitalize(): moved[step].map("{:+.0f}".format) for step in STEPS},
            "Required now": moved["required"].map("{:.0f}".format),
        }
    )
    headline = _change_headline(rows)
    return Exhibit(
        headline,
        f"Posts required by role that changed, last year to {year_label(a.scenario.year)}; the steps add up",
        "",
        made_of(a, "posts", "operations", "crews", "requirements") + "; dated assumptions",
        table,
    )


def _change_headline(rows: pd.DataFrame) -> str:
    """Return how the requirement moved since last year, and which step moved it most."""
    total, before = rows["required"].sum(), rows["required_last_year"].sum()
    if total == before:
        return f"The requirement is the same as last year's, {before:.0f}"
    largest = rows[list(STEPS)].sum().abs().idxmax()
    way = "above" if total > before else "below"
    return f"The requirement is {abs(total - before):.0f} {way} last year's {before:.0f}; the largest step is {largest}"


def breached(a: Assessment) -> Prose:
    """Return every check that is breached, or that none is."""
    if a.breaches.empty:
        return prose("No check is breached and nothing is overdue.")
    by_check = a.breaches.groupby("check", sort=False)["message"].agg("; ".join)
    return bullets(*(f"{str(check).capitalize()}: {messages}." for check, messages in by_check.items()))

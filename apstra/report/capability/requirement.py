"""How many officers are needed, where and why: requirement beside what there is, reasoning, posts by base, relief."""

from typing import Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from apstra.assessment import Assessment
from apstra.report.assessment import made_of, when
from apstra.report.chart import COLOURS, canvas
from apstra.report.exhibit import Exhibit, Prose, count, listed, span, to_be_supplied

SIDES: Final = {"required": ("blue", ""), "established": ("grey", ".."), "deployable": ("teal", "//")}
LEGS: Final = {"demand": "demand rules", "scenario": "the worst case rules"}
THICKNESS: Final = 0.27
NEED_TABLES: Final = ("requirements", "crews", "response_standards", "other_work", "operations", "posts", "roles")


def position(a: Assessment) -> Exhibit | Prose:
    """Return requirement, establishment and deployable strength side by side, by role, with the range."""
    rows = a.capability.position
    rows = rows.loc[(rows["required"] > 0) | (rows["established"] > 0)]
    if rows.empty:
        return to_be_supplied("Officers required, established and deployable")
    with canvas(7.6, 0.7 + 0.72 * len(rows)) as (figure, axes):
        _draw_sides(axes, rows)
    table = pd.DataFrame(
        {
            "Role": rows["title"],
            "Required": rows["required"],
            "Range": [span(r.required_low, r.required_high) for r in rows.itertuples()],
            "Established": rows["established"],
            "Deployable": rows["deployable"],
            "Shortfall": rows["shortfall"],
            "Shortfall range": [span(r.shortfall_low, r.shortfall_high) for r in rows.itertuples()],
            "Deficit of posts": rows["deficit"],
        }
    )
    headline = position_headline(a)
    return Exhibit(
        headline,
        f"Officers by role; whisker and range from the forecast's 5% to its 95% of firearms demand, {when(a)}",
        f"Bar chart of officers required, established and deployable by role. {headline}.",
        made_of(a, *NEED_TABLES, "officers", "currency"),
        table,
        figure,
    )


def position_headline(a: Assessment) -> str:
    """Return which roles are short of deployable officers and by how many, in words."""
    needed = a.capability.position.query("required > 0")
    short = needed.query("shortfall > 0").sort_values("shortfall", ascending=False, kind="stable")
    if needed.empty:
        return "No role has a requirement yet"
    if short.empty:
        return f"Deployable strength meets the requirement in each of {count(len(needed), 'role')}"
    named = listed([f"{row.title} by {row.shortfall:.0f} of {row.required:.0f}" for row in short.itertuples()], 3)
    return f"{len(short)} of {count(len(needed), 'role')} {'is' if len(short) == 1 else 'are'} short: {named}"


def _draw_sides(axes: Axes, rows: pd.DataFrame) -> None:
    """Draw three bars for each role, each named and numbered at its end."""
    place = np.arange(len(rows))
    longest = max(float(rows[["required_high", "established", "deployable"]].to_numpy().max()), 1.0)
    for offset, (side, (colour, hatch)) in zip((-THICKNESS, 0.0, THICKNESS), SIDES.items(), strict=True):
        axes.barh(place + offset, rows[side], THICKNESS * 0.9, color=COLOURS[colour], hatch=hatch, edgecolor="white")
        ends = rows["required_high"] if side == "required" else rows[side]
        for y, end, value in zip(place + offset, ends, rows[side], strict=True):
            axes.text(end + longest * 0.02, y, f"{value:.0f} {side}", va="center", fontsize=9)
    axes.hlines(place - THICKNESS, rows["required_low"], rows["required_high"], color=COLOURS["orange"], linewidth=2)
    axes.set_yticks(place, list(rows["title"]))
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.set_xlim(0, longest * 1.25)
    axes.set_xticks([])
    axes.grid(visible=False)
    axes.spines["bottom"].set_visible(False)


def requirement(a: Assessment) -> Exhibit | Prose:
    """Return how each role's requirement was reached: both legs, which rules, and the sentence that explains it."""
    rows = a.capability.requirement
    if rows.empty:
        return to_be_supplied("The requirement by role")
    table = pd.DataFrame(
        {
            "Role": rows["title"],
            "Posts required": rows["required"],
            "Range": [span(r.required_low, r.required_high) for r in rows.itertuples()],
            "From demand": rows["demand_leg"].map("{:.1f}".format),
            "From the worst case": rows["scenario_leg"].map("{:.1f}".format),
            "Rules": rows["rules"].replace({"scenario": "worst case"}),
            "Last year": rows["required_last_year"].map("{:.0f}".format, na_action="ignore"),
            "Because": rows["reasoning"],
        }
    )
    return Exhibit(
        _requirement_headline(rows),
        f"Posts required by role and the reasoning behind each number, {when(a)}",
        "",
        made_of(a, *NEED_TABLES),
        table,
        shown=True,
    )


def _requirement_headline(rows: pd.DataFrame) -> str:
    """Return the posts required in all, what rules them, and the change since last year, in words."""
    by_rule = rows.loc[rows["required"] > 0, "rules"].value_counts()
    total, last = rows["required"].sum(), rows["required_last_year"].sum(min_count=1)
    if not total:
        return "No posts are required: no threat calls for a role in which the force keeps posts"
    said = f"{count(total, 'post')} required in all"
    if pd.notna(last):
        change = total - last
        said += (
            ", as last year"
            if change == 0
            else f", {abs(change):.0f} {'more' if change > 0 else 'fewer'} than last year"
        )
    rules = [f"{words} in {by_rule[rule]}" for rule, words in LEGS.items() if rule in by_rule]
    return f"{said}; {listed(rules)} of {count(int(by_rule.sum()), 'role')}"


def posts(a: Assessment) -> Exhibit | Prose:
    """Return the posts each role needs at each base beside those established, with the sentence behind each number."""
    rows = a.capability.posts_by_base
    if rows.empty:
        return to_be_supplied("Posts by base")
    titles, names = a.tables["roles"].set_index("role")["title"], a.tables["bases"].set_index("base_id")["name"]
    table = pd.DataFrame(
        {
            "Role": rows["role"].map(titles),
            "Base": rows["base_id"].map(names),
            "Posts required": rows["required"],
            "Established": rows["established"],
            "Deficit": rows["deficit"],
            "Because": rows["reasoning"],
        }
    )
    short = rows.loc[rows["deficit"] > 0].sort_values("deficit", ascending=False, kind="stable")
    worst = [f"{names[row.base_id]} by {row.deficit} of {row.required} ({row.role})" for row in short.itertuples()]
    headline = (
        f"At {len(short)} of {len(rows)} roles and bases fewer posts are established than required: {listed(worst, 3)}"
        if worst
        else "At every base the posts established meet those required"
    )
    return Exhibit(
        headline,
        f"Posts by role and base; they add up to each role's requirement, {when(a)}",
        "",
        made_of(a, *NEED_TABLES),
        table,
        shown=True,
    )


def officers(a: Assessment) -> Exhibit | Prose:
    """Return the officers each role needs on duty by area: both legs over the blocks, and the rows behind them."""
    rows = a.capability.requirement_detail
    rows = rows.loc[rows["officers"] > 0]
    if rows.empty:
        return to_be_supplied("Officers required by area and block")
    larger = int((rows["rules"] == "scenario").sum())
    headline = (
        f"In {larger} of {count(len(rows), 'role, area and block', 'roles, areas and blocks')} one worst case asks for "
        "more officers than demand keeps on duty in the area"
    )
    return Exhibit(
        headline,
        "Officers of each role by area: those on duty at its bases so that its standard is met, and those that one "
        "incident of the most demanding threat calls for there, whom crews of other areas and aid may join, so that "
        f"areas do not add up, {when(a)}",
        "",
        made_of(a, *NEED_TABLES),
        _officers_table(a, rows),
    )


def _officers_table(a: Assessment, rows: pd.DataFrame) -> pd.DataFrame:
    """Return the officers each role needs on duty as a table for people, areas that need the same in one row."""
    ends = rows.groupby(["role", "area_id"], sort=False)["demand_officers"].agg(["min", "max"])
    first = rows.drop_duplicates(["role", "area_id"])
    table = pd.DataFrame(
        {
            "Role": first["role"].map(a.tables["roles"].set_index("role")["title"]),
            "Area": first["area_id"].map(a.tables["areas"].set_index("area_id")["name"]),
            "On duty for demand, by block": [span(*pair) for pair in ends.itertuples(index=False, name=None)],
            "Worst case, at once": first["scenario_officers"],
            "Within, minutes": first["within_minutes"].map("{:g}".format),
            "For, hours": first["for_hours"].map("{:g}".format),
            "Threat": first["threats"],
            "Rows": first["requirement_ids"],
            "Why": first["rationale"],
        }
    )
    others = [name for name in table if name != "Area"]
    alike = table.groupby(others, sort=False)["Area"].agg(lambda names: listed(list(names)))
    return alike.reset_index()[list(table)]


def relief(a: Assessment) -> Exhibit | Prose:
    """Return how an officer's contract hours become productive hours, and so how many posts a seat takes."""
    rows = a.capability.relief
    start, left = rows["hours"].iloc[0], rows["hours"].iloc[-1]
    after = rows["hours"].cumsum().to_numpy()
    edges = [0.0, *after[1:-1], 0.0]
    with canvas(7.2, 0.7 + 0.36 * len(rows)) as (figure, axes):
        for y, (edge, hours) in enumerate(zip(edges, rows["hours"].abs(), strict=True)):
            whole = y in (0, len(rows) - 1)
            axes.barh(y, hours, left=edge, height=0.62, color=COLOURS["blue" if whole else "grey"])
            axes.text(edge + hours + start * 0.015, y, f"{'' if whole else '-'}{hours:,.0f}", va="center", fontsize=10)
        axes.set_yticks(range(len(rows)), list(rows["quantity"]))
        axes.set_ylim(len(rows) - 0.5, -0.5)
        axes.set_xlim(0, start * 1.15)
        axes.set_xticks([])
        axes.grid(visible=False)
        axes.spines["bottom"].set_visible(False)
    seat = a.scenario.force.blocks.hours_a_year().sum()
    headline = (
        f"An officer works {left:,.0f} of {start:,.0f} contract hours, so one seat filled all year takes "
        f"{seat / left:.1f} posts"
    )
    table = rows.assign(hours=rows["hours"].map("{:,.0f}".format)).set_axis(["Hours", "A year"], axis=1)
    return Exhibit(
        headline,
        f"Hours a year of one officer, from contract to productive, {when(a)}",
        f"Step chart from contract to productive hours. {headline}.",
        "Assumptions contract_hours_week, annual_leave_days, sickness_share, training_days, court_and_other_days, "
        "shift_hours",
        table,
        figure,
    )

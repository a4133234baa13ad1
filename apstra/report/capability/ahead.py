"""Four years ahead: how many officers each role will have at today's intake, and which intake meets the requirement."""

from typing import Any, Final

import pandas as pd
from matplotlib.axes import Axes

from apstra.assessment import Assessment
from apstra.report.assessment import made_of, when
from apstra.report.chart import COLOURS, canvas, fan, heat
from apstra.report.exhibit import Exhibit, Prose, count, listed, percent, span, to_be_supplied

DRAWN: Final = 4
GAP: Final = 0.11  # of the height, between the words at the end of a fan
PLANNED: Final = "as planned"
ENOUGH: Final = "enough"
PLAN_NAMES: Final = {
    "no intake": "No intake",
    PLANNED: "As planned",
    "1.5 x as planned": "Half as many again",
    "2 x as planned": "Twice as many",
    ENOUGH: "Fewest that are enough",
}
YEARS: Final = {12: "one year", 24: "two years", 36: "three years", 48: "four years"}
LAST: Final = max(YEARS)
TABLES: Final = ("workforce_flows", "officers", "currency", "posts", "requirements")
ASSUMED: Final = "assumptions courses_a_year, share_deployable_weight"
MOVED: Final = {
    "newly_qualified": "Qualify in four years",
    "transfers_in": "Transfer in",
    "leavers": "Leave",
    "promotions": "Are promoted",
}


def projection(a: Assessment) -> Exhibit | Prose:
    """Return how many officers of each role are deployable month by month, as fans beside the requirement."""
    if a.capability.projection.empty:
        return to_be_supplied("Leavers and intake by role")
    roles = _pressing(a)[:DRAWN]
    titles = _titles(a)
    across = min(len(roles), 2)
    down = -(-len(roles) // 2)
    with canvas(8.8, 0.5 + 2.6 * down, rows=down, columns=across) as (figure, drawn):
        for axes, role in zip(_flat(drawn), roles, strict=False):
            _draw_fan(axes, a.capability.projection.query("role == @role"), titles[role])
        for axes in _flat(drawn)[len(roles) :]:
            axes.set_axis_off()
    headline = projection_headline(a)
    missing = _missing(a)
    left = f"; to be supplied: leavers and intake of {listed([titles[role] for role in missing])}" if missing else ""
    return Exhibit(
        headline,
        f"Deployable officers at the intake and posts as they are: median with 50% and 90% ranges, {when(a)}{left}",
        f"Fan charts of deployable officers for {listed([titles[role] for role in roles])}. {headline}.",
        f"{made_of(a, *TABLES)}; {ASSUMED}",
        _projection_table(a),
        figure,
    )


def projection_headline(a: Assessment) -> str:
    """Return what becomes of the role that is shortest in four years, and how many roles stay short, in words."""
    role = _pressing(a)[0]
    rows = a.capability.projection.query("role == @role").set_index("months_ahead")
    now, then = rows.loc[0], rows.loc[LAST]
    ends = a.capability.projection.query("months_ahead == @LAST and required > 0")
    sure = (ends["p_met"] >= a.scenario.assurance_level).sum()
    level = percent(a.scenario.assurance_level)
    return (
        f"{_titles(a)[role]}: {now['deployable_p50']:.0f} deployable today, {then['deployable_p50']:.0f} "
        f"({span(then['deployable_p5'], then['deployable_p95'])}) in four years at today's intake and posts, of "
        f"{then['required']:.0f} required; {sure or 'none'} of {count(len(ends), 'role')} projected then "
        f"{'meet' if sure > 1 else 'meets'} the requirement with {level} probability"
    )


def _titles(a: Assessment) -> dict[str, str]:
    """Return the title of each role."""
    return dict(zip(a.capability.strength["role"], a.capability.strength["title"], strict=True))


def _pressing(a: Assessment) -> list[str]:
    """Return the roles projected, that with the largest median shortfall after four years first, then the largest."""
    short = a.capability.intake_plans.query("plan == @PLANNED")
    return list(short.sort_values(["short", "required"], ascending=False, kind="stable")["role"])


def _missing(a: Assessment) -> list[str]:
    """Return the roles with posts whose leavers or intake are not stated."""
    kept = a.capability.strength.query("established > 0")["role"]
    return list(kept.loc[~kept.isin(a.capability.projection["role"])])


def _flat(drawn: Any) -> list[Axes]:
    """Return axes, one or a table of them, as a list."""
    return list(drawn.ravel()) if hasattr(drawn, "ravel") else [drawn]


def _draw_fan(axes: Axes, rows: pd.DataFrame, title: str) -> None:
    """Draw the fan of one role and its requirement, each named beside it."""
    x, last, required = rows["months_ahead"].tolist(), rows.iloc[-1], float(rows["required"].iloc[0])
    bands = [(rows[f"deployable_{low}"], rows[f"deployable_{high}"]) for low, high in (("p5", "p95"), ("p25", "p75"))]
    fan(axes, x, rows["deployable_p50"].tolist(), bands)
    low, high = last["required_low"], last["required_high"]
    axes.axhspan(low, high, facecolor="none", edgecolor=COLOURS["orange"], hatch="///")
    axes.axhline(required, color=COLOURS["orange"], linestyle="--", linewidth=2)
    axes.annotate(f"{required:.0f} required", (0, high), (2, 4), textcoords="offset points", fontsize=9)
    top = 1.15 * max(float(high), float(rows["deployable_p95"].max()), 1.0)
    place = -top
    for name, words in (("p5", "{:.0f} at 5%"), ("p50", "{:.0f} median"), ("p95", "{:.0f} at 95%")):
        place = max(float(last[f"deployable_{name}"]), place + GAP * top)
        axes.annotate(words.format(last[f"deployable_{name}"]), (LAST, place), (4, 0), textcoords="offset points",
                      va="center", fontsize=9)  # fmt: skip
    months = rows.loc[rows["months_ahead"] % min(YEARS) == 0]
    axes.set_xticks(months["months_ahead"].tolist(), [f"{month:%b %Y}" for month in months["month"]], fontsize=9)
    axes.set_xlim(0, LAST)
    axes.set_ylim(0, top)
    axes.set_title(title, fontsize=11, loc="left")


def _projection_table(a: Assessment) -> pd.DataFrame:
    """Return today and each year for every role, with what moves it; roles not projected are to be supplied."""
    rows = a.capability.projection.set_index(["role", "months_ahead"])
    titles = _titles(a)
    cells = []
    for role in _pressing(a):
        of = rows.loc[role]
        then = of.loc[LAST]
        cells.append(
            {
                "Role": titles[role],
                "Required": f"{then['required']:.0f}",
                "Today": f"{of.loc[0, 'deployable_p50']:.0f}",
                **{
                    f"In {words}": f"{at['deployable_p50']:.0f} ({span(at['deployable_p5'], at['deployable_p95'])})"
                    for words, at in ((words, of.loc[months]) for months, words in YEARS.items())
                },
                "Requirement met in four years": percent(then["p_met"]),
                **{words: f"{then[name]:.1f}" for name, words in MOVED.items()},
            }
        )
    table = pd.DataFrame(cells)
    missing = pd.DataFrame({"Role": [titles[role] for role in _missing(a)]})
    return pd.concat([table, missing], ignore_index=True).fillna("to be supplied")


def intake_plans(a: Assessment) -> Exhibit | Prose:
    """Return for each plan of intake how likely the requirement is met after each year, and from when."""
    rows = a.capability.intake_plans
    if rows.empty:
        return to_be_supplied("Leavers and intake by role")
    roles, titles = _pressing(a)[:DRAWN], _titles(a)
    with canvas(9.2, 0.4 + 2.2 * len(roles), rows=len(roles)) as (figure, drawn):
        for axes, role in zip(_flat(drawn), roles, strict=True):
            _draw_plans(axes, rows.query("role == @role"), titles[role])
    headline = plans_headline(a)
    return Exhibit(
        headline,
        f"Probability that the requirement is met, by plan of intake; met from: the month from which on it is met with "
        f"{percent(a.scenario.assurance_level)}, {when(a)}",
        f"Heat tables of the probability by plan and year for {listed([titles[role] for role in roles])}. {headline}.",
        f"{made_of(a, *TABLES)}; {ASSUMED}; more starters than planned presume as many posts as shown",
        _plans_table(rows, titles),
        figure,
    )


def plans_headline(a: Assessment) -> str:
    """Return when the role that is shortest meets its requirement, at which intake, in words."""
    role, level = _pressing(a)[0], percent(a.scenario.assurance_level)
    rows = a.capability.intake_plans.query("role == @role").set_index("plan")
    planned, enough = rows.loc[PLANNED], rows.loc[ENOUGH]
    said = (
        f"{_titles(a)[role]}: at today's intake of {_size(planned)} the {planned['required']:.0f} required are "
        f"deployable in four years with probability {percent(planned[f'p_met_{LAST}'])}"
    )
    if pd.notna(planned["met_from"]):
        return f"{said}, and from {planned['met_from']:%B %Y} on with at least {level}"
    if pd.isna(enough["met_from"]):
        return f"{said}; no number of starters reaches {level}"
    return f"{said}; {_size(enough)} reach them from {enough['met_from']:%B %Y} on with {level}"


def _draw_plans(axes: Axes, rows: pd.DataFrame, title: str) -> None:
    """Draw the plans of one role as cells, each with its month on the right."""
    chances = rows[[f"p_met_{months}" for months in YEARS]].set_axis(
        [count(months // min(YEARS), "year") for months in YEARS], axis=1
    )
    names = [f"{PLAN_NAMES.get(r.plan, r.plan)}: {_size(r)}" for r in rows.itertuples()]
    heat(axes, chances.set_axis(names), percent, high=1.0)
    for y, from_month in enumerate(rows["met_from"]):
        words = "not met lastingly" if pd.isna(from_month) else f"met from {from_month:%b %Y}"
        axes.annotate(words, (1.01, y), xycoords=("axes fraction", "data"), va="center", fontsize=9)
    axes.xaxis.tick_top()
    axes.set_title(f"{title}: {rows['required'].iloc[0]:.0f} required", fontsize=11, loc="left")


def _size(row: Any) -> str:
    """Return the starters and posts of a plan in words."""
    if pd.isna(row.starters_a_year):
        return "no number reaches it"
    said = f"{row.starters_a_year:.2g} {'starter' if row.starters_a_year == 1 else 'starters'} a year"
    return f"{said} and {count(row.posts, 'post')}"


def _plans_table(rows: pd.DataFrame, titles: dict[str, str]) -> pd.DataFrame:
    """Return every plan of every role for people."""
    table = pd.DataFrame(
        {
            "Role": rows["role"].map(titles),
            "Plan": rows["plan"].replace(PLAN_NAMES),
            "Starters a year": [f"{value:.2g}" for value in rows["starters_a_year"]],
            "Posts": [f"{value:.0f}" for value in rows["posts"]],
            "Required": [f"{value:.0f}" for value in rows["required"]],
            **{f"Met in {words}": [percent(value) for value in rows[f"p_met_{n}"]] for n, words in YEARS.items()},
            "Met from": [f"{month:%B %Y}" if pd.notna(month) else "not lastingly" for month in rows["met_from"]],
            "Short at the median in four years": [f"{value:.0f}" for value in rows["short"]],
        }
    )
    return table.replace("nan", "none reaches it")

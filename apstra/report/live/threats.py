"""Threats, aid and risks beside the baseline: what is met in time, what goes unmet, who is left exposed.

In: the live figures as they are and as they were. Out: exhibits and sentences.
"""

from typing import Final

import numpy as np
import pandas as pd

from apstra.assessment.live import Live
from apstra.report.chart import MISSING
from apstra.report.exhibit import Exhibit, Prose, count, percent, prose, to_be_supplied
from apstra.report.live.words import LIVE, SLIGHT, UNCHANGED, Triple, beside, difference, moved, points, ranged
from apstra.uncertainty import REPORTED

SHOWN_THREATS: Final = 8
ENDS: Final = ("value", "low", "high")


def in_time(now: Live, was: Live) -> Exhibit | Prose:
    """Return the chance that all a threat calls for is met in time, by threat and area, with what changed."""
    mine, theirs = _in_time(now), _in_time(was)
    if not mine:
        return to_be_supplied("Requirements of the threats")
    titles = now.chapters.threat.ranking.set_index("threat_id")["title"]
    names = now.chapters.tables["areas"].set_index("area_id")["name"]
    rows = {}
    for key, after in mine.items():
        before = theirs.get(key, (np.nan,) * 3)
        rows[key] = beside(percent(after[0]), points(after, before), " points")
    order = [one for one in titles.index if one in {threat for threat, _ in rows}]
    areas = list(dict.fromkeys(area for _, area in rows))
    table = pd.DataFrame(
        {names.get(area, area): [rows.get((threat, area), "nothing required") for threat in order] for area in areas}
    )
    table.insert(0, "Threat", titles[order].to_numpy())
    level = now.scenario.assurance_level
    reached = sum(after[0] >= level for after in mine.values())
    return Exhibit(
        f"{reached} of {len(mine)} threats by area are met in time at {level:.0%} assurance, "
        f"{sum(one[0] >= was.scenario.assurance_level for one in theirs.values())} of {len(theirs)} in the baseline",
        "Chance that an occurrence finds all it calls for in time, with all aid; change with its range",
        "",
        LIVE,
        table,
    )


def _in_time(one: Live) -> dict[tuple[str, str], Triple]:
    """Return by threat and area the chance of being met in time, with travel and mobilisation slow and fast."""
    return {
        (row.threat_id, row.area_id): (1 - row.not_met_all, 1 - row.not_met_high, 1 - row.not_met_low)
        for row in one.chapters.mutual_aid.threats.itertuples()
    }


def unmet(now: Live, was: Live) -> Exhibit | Prose:
    """Return the unmet requirement, whole and of the threats that matter most, before and now."""
    if not len(now.unmet):
        return to_be_supplied("Unmet requirement")
    whole = now.headlines.set_index("headline").loc["unmet_requirement", list(ENDS)]
    before = was.headlines.set_index("headline").loc["unmet_requirement", list(ENDS)]
    low, _, high = np.quantile(now.draws - was.draws, REPORTED)
    gained = float(whole["value"] - before["value"])
    said = difference((gained, low, high), (0.0, 0.0, 0.0), "{:+.2g}")
    mine, theirs = (one.unmet.groupby("threat_id")["unmet"].sum() for one in (now, was))
    titles = now.unmet.drop_duplicates("threat_id").set_index("threat_id")["title"]
    top = mine.sort_values(ascending=False).index[:SHOWN_THREATS]
    change = (mine - theirs.reindex(mine.index)).abs().sort_values(ascending=False)
    shown = list(dict.fromkeys([*top, *change.index[change > SLIGHT][:SHOWN_THREATS]]))
    parts = [
        (titles[one], f"{theirs.get(one, np.nan):.2g}", f"{mine[one]:.2g}", _change(mine[one], theirs.get(one, np.nan)))
        for one in shown
    ]
    rows = [("All threats", ranged(*before), ranged(*whole), said), *parts]
    table = pd.DataFrame(rows, columns=["Threat", "Baseline", "Now", "Change"])
    return Exhibit(
        f"{whole['value']:.2g} occurrences a year go unmet, {before['value']:.2g} in the baseline: {said}",
        "Occurrences a year that find what they call for not met in time; range 5 to 95%",
        "",
        LIVE,
        table,
    )


def _change(now: float, was: float) -> str:
    """Return the difference of two numbers in words."""
    return UNCHANGED if abs(now - was) < SLIGHT else f"{now - was:+.2g}"


def donors(now: Live, was: Live) -> Exhibit | Prose:
    """Return which donors keep fewer officers than they need, before and now."""
    both = now.chapters.mutual_aid.donors.merge(
        was.chapters.mutual_aid.donors[["donor_id", "promised", "exposed"]], on="donor_id", suffixes=("", "_was")
    )
    if both.empty:
        return to_be_supplied("Donors")
    table = pd.DataFrame(
        {
            "Donor": both["name"],
            "Promised": [moved(r.promised, r.promised_was) for r in both.itertuples()],
            "Keeps": both["remainder"].map(lambda one: MISSING if pd.isna(one) else f"{one:.0f}"),
            "Needs for itself": both["own_requirement"].map(lambda one: MISSING if pd.isna(one) else f"{one:.0f}"),
            "Left exposed": [_flag(r.exposed, r.exposed_was) for r in both.itertuples()],
        }
    )
    nation = now.chapters.mutual_aid.national.query("host == 'this force'")
    words = (
        f"; with this force as host {percent(nation['p_exposed'].iloc[0])} chance that some force is"
        if len(nation)
        else ""
    )
    return Exhibit(
        f"{count(int(both['exposed'].sum()), 'donor')} left exposed if all that is promised is given, "
        f"{int(both['exposed_was'].sum())} in the baseline{words}",
        "What each donor keeps of its armed officers against what it needs",
        "",
        LIVE,
        table,
    )


def _flag(now: object, was: object) -> str:
    """Return yes or no, and what it was where that differs."""
    words = "yes" if now else "no"
    return words if bool(now) == bool(was) else f"{words} (was {'yes' if was else 'no'})"


def risks(now: Live, was: Live) -> Prose | Exhibit:
    """Return the risks that would appear or go."""
    mine, theirs = (one.findings.set_index("key")["title"] for one in (now, was))
    rows = [("would appear", mine[key]) for key in mine.index.difference(theirs.index, sort=False)]
    rows += [("would go", theirs[key]) for key in theirs.index.difference(mine.index, sort=False)]
    if not rows:
        return prose(f"Risks: none would appear and none would go; the assessment finds {count(len(mine), 'risk')}.")
    came = sum(word == "would appear" for word, _ in rows)
    return Exhibit(
        f"{came} risks would appear and {len(rows) - came} would go", "Risks that the register should hold", "", LIVE,
        pd.DataFrame(rows, columns=["Change", "Risk"]),
    )  # fmt: skip


def order(now: Live, was: Live) -> Exhibit | Prose:
    """Return the threats that change place in the order of expected harm."""
    mine, theirs = (one.chapters.threat.ranking.set_index("threat_id") for one in (now, was))
    changed = [one for one in mine.index if mine.loc[one, "rank"] != theirs["rank"].get(one)]
    if not changed:
        return prose("The order of the threats by expected harm is that of the baseline.")
    rows = [
        (mine.loc[one, "title"], f"{theirs.loc[one, 'rank']}", f"{mine.loc[one, 'rank']}",
         moved(mine.loc[one, "impact"], theirs.loc[one, "impact"], "{:.2f}"))
        for one in changed
    ]  # fmt: skip
    return Exhibit(
        f"{count(len(changed), 'threat')} change place; {mine['title'].iloc[0]} is first", "Order by expected harm", "",
        LIVE, pd.DataFrame(rows, columns=["Threat", "Place in the baseline", "Place now", "Impact"]),
    )  # fmt: skip

"""What calls on the nation bring with one, two and three hosts, who is left exposed, and what would come here."""

from typing import Any, Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from apstra.assessment import Assessment
from apstra.report.chart import bars, canvas, heat
from apstra.report.exhibit import Exhibit, Prose, count, listed, percent, to_be_supplied

WITHIN: Final = {
    "p_met_0": "own\nalone", "p_met_60": "1 hour", "p_met_120": "2 hours", "p_met_180": "3 hours",
    "p_met_240": "4 hours", "p_met": "however\nfar",
}  # fmt: skip
TOLD: Final = {
    "one host": "one host",
    "three hosts": "three at once",
    "heightened, three hosts": "three at once and heightened threat everywhere",
}
USUAL: Final = "one host"
PRESSED: Final = "heightened, three hosts"
WORST: Final = 12
SELDOM: Final = 0.05
BASES: Final = {"printed": "its own, printed", "police officers": "by police officers"}
ASSUMED: Final = (
    "assumptions aid_duty_share, aid_home_minutes, aid_reserve_home, aid_reserve_regional, aid_reserve_national, "
    "aid_own_need_share, aid_host_officers, aid_heightened_factor"
)
FREE: Final = "Armed officers by force are derived from the nation's, an order of magnitude; reserves are illustrative"


def national(a: Assessment) -> Exhibit | Prose:
    """Return how often what hosts are short of comes in full, by when, with one, two and three hosts."""
    rows = a.mutual_aid.national
    if rows.empty:
        return to_be_supplied("Mutual aid over the 43 forces")
    hosts = {"any force": "Any force as host", "this force": f"{a.scenario.force.name} as host"}
    panels = [(title, part) for host, title in hosts.items() if len(part := rows.loc[rows["host"] == host])]
    with canvas(9.6, 1.5 + 0.34 * len(panels[0][1]), columns=len(panels)) as (figure, axes):
        for place, (plot, (title, part)) in enumerate(zip(np.atleast_1d(axes), panels, strict=True)):
            heat(plot, part.set_index("scenario")[list(WITHIN)].rename(columns=WITHIN), _short, high=1.0)
            plot.tick_params(axis="x", labelsize=8)
            plot.set_title(title, fontsize=10, loc="left")
            if place:
                plot.set_yticks([])
    headline = national_headline(a)
    return Exhibit(
        headline,
        f"Probability that all a host is short of has come, by drive of the farthest donor (nothing else counted). "
        f"{FREE}; {rows['draws'].iloc[0]:,} draws",
        f"Two tables of cells: probability by scenario and drive. {headline}.",
        _source(a),
        _national_table(rows, hosts),
        figure,
    )


def national_headline(a: Assessment) -> str:
    """Return how often a host gets all that it is short of, for any force and for this one."""
    rows = a.mutual_aid.national
    told = rows.loc[rows["scenario"].isin(list(TOLD))]
    any_force, here = (told.loc[told["host"] == host] for host in ("any force", "this force"))
    first = [f"{percent(r.p_met)}{' of calls' if not r.Index else ''} with {TOLD[r.scenario]}"
             for r in any_force.itertuples()]  # fmt: skip
    own = f"; {a.scenario.force.name} in {listed([percent(p) for p in here['p_met']])}" if len(here) else ""
    return f"A host gets all that it is short of in {listed(first)}{own}"


def _short(value: float) -> str:
    """Return a share as a percentage that fits into a cell."""
    return percent(value).replace("over ", ">").replace("under ", "<")


def _national_table(rows: pd.DataFrame, hosts: dict[str, str]) -> pd.DataFrame:
    """Return the scenarios as a table for people."""
    ahead = {f"Met, {name.replace(chr(10), ' ')}": rows[column].map(percent) for column, name in WITHIN.items()}
    return pd.DataFrame(
        {
            "Scenario": rows["scenario"],
            "Host": rows["host"].map(hosts),
            "Officers asked, each host": rows["asked"].map("{:.0f}".format),
            "Found itself": rows["own"].map("{:.0f}".format),
            "Received": rows["received"].map("{:.0f}".format),
            "Missing, mean (95% of draws at most)": [f"{r.unmet:.1f} ({r.unmet_high:.0f})" for r in rows.itertuples()],
            **ahead,
            "Met for all hosts": rows["p_all_met"].map(percent),
            "A donor left exposed": rows["p_exposed"].map(percent),
            "Donors exposed, mean": rows["exposed"].map("{:.1f}".format),
            "Given by all, 95% of draws at most": rows["given_high"].map("{:.0f}".format),
        }
    )


def _source(a: Assessment) -> str:
    """Return where the strength of forces and the drives come from."""
    rows = a.mutual_aid.exposed
    shared = rows.loc[rows["basis"] == "police officers"]
    printed = rows.loc[rows["basis"] == "printed", "force"].nunique()
    by = f" by police officers of {shared['figure_on'].iloc[0]}" if len(shared) else ""
    return (
        f"Home Office: {rows['nation'].iloc[0]:,} operationally deployable armed officers of England and Wales at the "
        f"end of {rows['nation_on'].iloc[0]}, shared over {rows['force'].nunique()} forces{by} (as printed for "
        f"{count(printed, 'force')}; the Metropolitan Police and the City of London hold more in truth); drives "
        f"M-O-P-D/popm, 40 rows for 43 forces; {ASSUMED}"
    )


def exposed(a: Assessment) -> Exhibit | Prose:
    """Return the forces most often left with fewer officers than they need for themselves."""
    rows = a.mutual_aid.exposed
    if rows.empty:
        return to_be_supplied("Who is left exposed when others ask")
    chance = rows.pivot_table(index="force", columns="scenario", values="p_exposed", sort=False)
    worst = chance.sort_values(chance.columns[-1], ascending=False, kind="stable").head(WORST)
    with canvas(7.6, 1.1 + 0.3 * len(worst)) as (figure, axes):
        heat(axes, worst.rename(columns=lambda name: name.replace("heightened, ", "heightened,\n")), _short)
        axes.tick_params(axis="both", labelsize=9)
    headline = exposed_headline(a)
    return Exhibit(
        headline,
        f"Probability that a force gives and is left with fewer officers than it needs for itself, any force being "
        f"host; {WORST} most exposed. {FREE}",
        f"Table of cells: probability of being left exposed by force and scenario. {headline}.",
        _source(a),
        _exposed_table(rows.loc[rows["force"].isin(worst.index)]),
        figure,
    )


def exposed_headline(a: Assessment) -> str:
    """Return how many donors are left exposed, and which most often."""
    totals = a.mutual_aid.national.query("host == 'any force'").set_index("scenario")["exposed"]
    told = [f"{totals[name]:.1f} with {words}" for name, words in TOLD.items() if name in totals]
    last = a.mutual_aid.exposed.loc[a.mutual_aid.exposed["scenario"] == totals.index[-1]]
    most = last.sort_values("p_exposed", ascending=False, kind="stable").head(3)
    return (
        f"Of {count(len(last), 'force')}, those that give and are left below their own need number on average "
        f"{listed(told)}; then most often {listed([f'{r.force} ({percent(r.p_exposed)})' for r in most.itertuples()])}"
    )


def _exposed_table(rows: pd.DataFrame) -> pd.DataFrame:
    """Return what forces give and keep as a table for people."""
    return pd.DataFrame(
        {
            "Force": rows["force"],
            "Scenario": rows["scenario"],
            "Armed officers, derived": rows["officers"],
            "Shared": rows["basis"].map(BASES),
            "Needs on duty": rows["need"],
            "Gives": rows["p_gives"].map(percent),
            "Officers given when it gives": rows["given"].map("{:.1f}".format, na_action="ignore"),
            "Officers kept when it gives": rows["kept"].map("{:.1f}".format, na_action="ignore"),
            "Left exposed": rows["p_exposed"].map(percent),
        }
    )


def incoming(a: Assessment) -> Exhibit | Prose:
    """Return what would come to this force, from whom and by when, when it calls on the nation."""
    rows = a.mutual_aid.incoming
    if rows.empty:
        return to_be_supplied("What would come to this force from the others")
    often = rows.loc[rows["p_gives"] >= SELDOM]
    panels = [(name, part) for name in (USUAL, PRESSED) if len(part := often.loc[often["scenario"] == name])]
    longest, most = max(len(part) for _, part in panels), max(part["officers"].max() for _, part in panels)
    with canvas(9.6, 1.0 + 0.34 * longest, columns=len(panels)) as (figure, axes):
        for plot, (name, part) in zip(np.atleast_1d(axes), panels, strict=True):
            _draw_arrivals(plot, part)
            plot.set_ylim(longest - 0.5, -0.5)
            plot.set_xlim(0, most * 1.35)
            plot.set_title(name.capitalize(), fontsize=10, loc="left")
    headline = incoming_headline(a)
    return Exhibit(
        headline,
        f"Officers on average from each force that comes at least {percent(SELDOM)} of the time, by drive; in brackets "
        f"how often it gives. {FREE}",
        f"Bars of officers by donor, nearest first. {headline}.",
        _source(a),
        _incoming_table(rows.loc[rows["scenario"].isin([USUAL, PRESSED])]),
        figure,
    )


def _draw_arrivals(axes: Axes, rows: pd.DataFrame) -> None:
    """Draw the officers that come from each donor, with its drive, nearest first."""
    labels = [f"{r.donor}, own" if r.tier == "own" else f"{r.donor}, {r.minutes:.0f} min" for r in rows.itertuples()]
    bars(axes, labels, rows["officers"], texts=[f"{r.officers:.1f} ({_short(r.p_gives)})" for r in rows.itertuples()])
    axes.tick_params(axis="y", labelsize=9)


def incoming_headline(a: Assessment) -> str:
    """Return what this force asks for, finds itself and receives, and how often that is all."""
    rows = a.mutual_aid.national.query("host == 'this force'").set_index("scenario")
    told = "; ".join(_told(a, rows.loc[name]) for name in (USUAL, PRESSED) if name in rows.index)
    return told[:1].upper() + told[1:]


def _told(a: Assessment, row: Any) -> str:
    """Return one scenario in words: asked, own, received from whom, and how often that is all."""
    coming = a.mutual_aid.incoming
    donors = coming.loc[(coming["scenario"] == row.name) & (coming["tier"] != "own")]
    most = donors.sort_values("officers", ascending=False, kind="stable").head(3)
    names = listed([f"{r.donor} ({r.officers:.0f})" for r in most.itertuples()])
    return (
        f"with {TOLD[row.name]} the force asks for {row.asked:.0f} armed officers, finds {row.own:.0f} itself and "
        f"receives {row.received:.0f}, most from {names}; that is all in {percent(row.p_met)} of calls"
    )


def _incoming_table(rows: pd.DataFrame) -> pd.DataFrame:
    """Return what comes as a table for people."""
    return pd.DataFrame(
        {
            "From": rows["donor"],
            "Scenario": rows["scenario"],
            "Tier": rows["tier"],
            "Drive, minutes": rows["minutes"].map("{:.0f}".format),
            "Gives": rows["p_gives"].map(percent),
            "Officers, mean": rows["officers"].map("{:.1f}".format),
            "Arrived by then, mean": rows["arrived"].map("{:.1f}".format),
            "Donor left exposed": rows["p_exposed"].map(percent),
        }
    )

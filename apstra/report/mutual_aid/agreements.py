"""What agreements are worth and what donors keep."""

from typing import Any, Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from apstra.assessment import Assessment
from apstra.report.assessment import made_of, when
from apstra.report.chart import COLOURS, canvas
from apstra.report.exhibit import Exhibit, Prose, count, listed, percent, to_be_supplied
from apstra.schema import LIST_SEPARATOR

STANDINGS: Final = {
    "in force": ("blue", ""),
    "expiring": ("lilac", "//"),
    "untested": ("grey", ".."),
    "test not met": ("orange", "xx"),
    "expired": ("plum", "\\\\"),
}
LEGAL_BASES: Final = {
    "s22A": "s.22A collaboration",
    "s24": "s.24 mutual aid",
    "s98": "s.98 cross-border",
    "other": "other",
}
DONE: Final = {"renew": "renewed", "test": "tested"}
YEARS_BEFORE: Final = 1
YEARS_AFTER: Final = 2


def agreements(a: Assessment) -> Exhibit | Prose:
    """Return each agreement: how long it runs, its standing, and the availability it is counted at."""
    rows = a.mutual_aid.agreements
    if rows.empty:
        return to_be_supplied("Agreements with donors")
    order = {standing: number for number, standing in enumerate(reversed(STANDINGS))}
    rows = rows.assign(order=rows["standing"].map(order)).sort_values(["order", "donor"], kind="stable")
    with canvas(8.8, 0.9 + 0.34 * len(rows)) as (figure, axes):
        _draw_terms(axes, rows, pd.Timestamp(a.scenario.as_at))
    headline = agreements_headline(a)
    return Exhibit(
        headline,
        f"Term, standing and counted probability of release of each agreement, {when(a)}",
        f"Timeline of agreements by standing. {headline}.",
        f"{made_of(a, 'agreements', 'donors')}; assumptions untested_agreement_factor, "
        "failed_test_factor, not_interoperable_factor, donor_availability_factor",
        _agreements_table(a, rows),
        figure,
    )


def _agreements_table(a: Assessment, rows: pd.DataFrame) -> pd.DataFrame:
    """Return agreements as a table for people, with what renewing or testing one would remove."""
    worth = a.options.ranking.query("kind in ['renew', 'test']")
    said = (
        (worth["kind"].map(DONE) + ": " + worth["removed"].map("{:.2g}".format))
        .groupby(worth["subject"])
        .agg("; ".join)
    )
    seen = a.tables["aid_responses"].groupby("agreement_id").size()
    return pd.DataFrame(
        {
            "Agreement": rows["agreement_id"],
            "Donor": rows["donor"],
            "Tier": rows["tier"],
            "Basis": rows["basis"].map(LEGAL_BASES),
            "Gives": [f"{r.officers} {r.role}" for r in rows.itertuples()],
            "Notice, minutes": [f"{r.notice_low:.0f} to {r.notice_high:.0f}" for r in rows.itertuples()],
            "Responses on record": rows["agreement_id"].map(seen).fillna(0).astype(int),
            "Journey, minutes": rows["travel_minutes"].map("{:.0f}".format),
            "Standing": rows["standing"],
            "Last tested": rows["tested_on"].map("{:%d %b %Y}".format, na_action="ignore").fillna("never"),
            "Ends": rows["expires_on"].map("{:%d %b %Y}".format, na_action="ignore").fillna("until ended"),
            "Interoperable": [_together(r) for r in rows.itertuples()],
            "Stated availability": rows["availability"].map(percent),
            "Counted at": rows["counted_availability"].map(percent),
            "Unmet a year removed if": rows["agreement_id"].map(said).fillna("-"),
        }
    )


def _together(row: Any) -> str:
    """Return whether officers can work together, and what stands in the way where they cannot."""
    if row.interoperable:
        return "yes"
    gap = "" if pd.isna(row.interoperability_gap) else row.interoperability_gap.replace(LIST_SEPARATOR, " and ")
    return f"no: {gap}" if gap else "no"


def _draw_terms(axes: Axes, rows: pd.DataFrame, today: pd.Timestamp) -> None:
    """Draw the term of each agreement around today, hatched by standing, in words at its end."""
    first, last = today - pd.DateOffset(years=YEARS_BEFORE), today + pd.DateOffset(years=YEARS_AFTER)
    for y, row in enumerate(rows.itertuples()):
        colour, hatch = STANDINGS[row.standing]
        start, end = max(row.signed_on, first), last if pd.isna(row.expires_on) else min(row.expires_on, last)
        width = max((end - start).days, 0)
        axes.barh(
            y, width, left=(start - first).days, height=0.62, color=COLOURS[colour], hatch=hatch, edgecolor="white"
        )
        words = f"{row.standing}, counted at {percent(row.counted_availability)}"
        axes.annotate(words, (1.01, y), xycoords=("axes fraction", "data"), va="center", fontsize=9)
    axes.axvline((today - first).days, color="black", linewidth=1.4)
    axes.set_yticks(range(len(rows)), [f"{r.donor}: {r.officers} {r.role}" for r in rows.itertuples()], fontsize=9)
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.set_xlim(0, (last - first).days)
    marks = [first + pd.DateOffset(years=year) for year in range(YEARS_BEFORE + YEARS_AFTER + 1)]
    axes.set_xticks([(mark - first).days for mark in marks], [f"{mark:%b %Y}" for mark in marks], fontsize=9)
    axes.set_title("Black line: as at", fontsize=10, loc="left")
    axes.grid(visible=False)


def agreements_headline(a: Assessment) -> str:
    """Return how many agreements stand, and which do not count in full, in words."""
    rows = a.mutual_aid.agreements
    tally = rows["standing"].value_counts()
    firm = int(tally.get("in force", 0) + tally.get("expiring", 0))
    rest = [f"{tally[name]} {name}" for name in ("expired", "test not met", "untested") if name in tally]
    promised = rows["officers"].sum()
    counted = (rows["officers"] * rows["counted_availability"]).sum()
    said = f"{firm} of {count(len(rows), 'agreement')} {'counts' if firm == 1 else 'count'} in full"
    ending = f", {tally['expiring']} of them about to end" if "expiring" in tally else ""
    less = f"; {listed(rest)}" if rest else ""
    return f"{said}{ending}{less}: of {count(promised, 'officer')} promised, {counted:.0f} are expected to be released"


def donors(a: Assessment) -> Exhibit | Prose:
    """Return what each donor keeps beyond its own requirement once it gives all it has promised."""
    rows = a.mutual_aid.donors
    known = rows.loc[rows["remainder"].notna() & rows["own_requirement"].notna()]
    if rows.empty:
        return to_be_supplied("Donors")
    figure = None
    if len(known):
        with canvas(8.0, 0.9 + 0.4 * len(known)) as (figure, axes):
            _draw_margins(axes, known)
    headline = donors_headline(a)
    return Exhibit(
        headline,
        f"Officers a donor keeps above its own requirement after giving all it has promised this force, {when(a)}",
        f"Bar chart of what donors keep above their own requirement. {headline}." if figure else "",
        made_of(a, "donors", "agreements"),
        _donors_table(rows),
        figure,
    )


def _donors_table(rows: pd.DataFrame) -> pd.DataFrame:
    """Return donors as a table for people."""
    whole = {
        name: rows[name].map("{:,.0f}".format, na_action="ignore") for name in ("armed_officers", "own_requirement")
    }
    return pd.DataFrame(
        {
            "Donor": rows["name"],
            "Tier": rows["tier"],
            "Armed officers": whole["armed_officers"],
            "Promised to this force": rows["promised"],
            "Keeps": rows["remainder"].map("{:,.0f}".format, na_action="ignore"),
            "Needs for itself": whole["own_requirement"],
            "Left exposed": rows["exposed"],
        }
    )


def _draw_margins(axes: Axes, rows: pd.DataFrame) -> None:
    """Draw officers kept above (or below) the donor's own requirement, in words at the bar."""
    margins = (rows["remainder"] - rows["own_requirement"]).to_numpy(float)
    place, widest = np.arange(len(rows)), max(float(np.abs(margins).max()), 1.0)
    shades = [COLOURS["orange"] if margin < 0 else COLOURS["blue"] for margin in margins]
    axes.barh(place, margins, color=shades, height=0.62)
    for y, (margin, row) in enumerate(zip(margins, rows.itertuples(), strict=True)):
        axes.text(max(margin, 0.0) + widest * 0.02, y, _kept(margin, row), va="center", fontsize=9)
    axes.axvline(0, color="black", linewidth=1.2)
    axes.set_yticks(place, list(rows["name"]))
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.set_xlim(min(float(margins.min()), 0.0) * 1.1 - widest * 0.02, widest * 1.75)
    axes.set_xticks([])
    axes.grid(visible=False)
    axes.spines["bottom"].set_visible(False)


def _kept(margin: float, row: Any) -> str:
    """Return what a donor keeps and needs, in words."""
    end = f"{-margin:.0f} short" if margin < 0 else f"{margin:.0f} to spare"
    return f"keeps {row.remainder:,.0f}, needs {row.own_requirement:,.0f}: {end}"


def donors_headline(a: Assessment) -> str:
    """Return which donors would keep fewer officers than they need, in words."""
    rows = a.mutual_aid.donors
    exposed, unknown = rows.loc[rows["exposed"], "name"].tolist(), int(rows["remainder"].isna().sum())
    blind = f"; the strength of {unknown} is not known" if unknown else ""
    if not exposed:
        return f"No donor would fall below its own requirement by giving what it promised{blind}"
    below = "its own requirement" if len(exposed) == 1 else "their own requirements"
    return f"{len(exposed)} of {count(len(rows), 'donor')} would fall below {below}: {listed(exposed)}{blind}"

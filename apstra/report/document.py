"""The parts of the annual document that belong to no single chapter, and those that bring several together."""

from typing import Final

import pandas as pd

from apstra.assessment import Assessment
from apstra.report import alignment, assessment, capability, demand, deployment, mutual_aid, options, threat
from apstra.report.assessment import made_of, when
from apstra.report.chart import COLOURS, bars, canvas
from apstra.report.exhibit import Exhibit, Page, Prose, bullets, count, listed, span, to_be_supplied
from apstra.scenario import year_label

STATUS_ORDER: Final = ("met", "partly", "not met", "cannot tell")


def control_page(a: Assessment) -> Exhibit:
    """Return the control page: who answers for the document, what it covers, when it is due for review."""
    s = a.scenario
    due = pd.Timestamp(s.as_at) + pd.DateOffset(months=6)
    facts = {
        "Force": s.force.name,
        "Period": year_label(s.year),
        "As at": f"{s.as_at:%d %B %Y}",
        "State": "draft, not signed",
        "Next six-month review due": f"{due:%d %B %Y}",
        "Next annual assessment due": f"{due + pd.DateOffset(months=6):%d %B %Y}",
        "Scenario": f"{s.title}. {s.note}".strip(),
        "Scoring scheme": f"{s.scheme.name}, version {s.scheme.version}",
        **{name.replace("_", " ").capitalize(): role for name, role in s.force.responsible.items()},
    }
    table = pd.DataFrame({"Item": facts.keys(), "Entry": facts.values()})
    return Exhibit(
        "Who answers for this document and when it is due", f"Control page, {when(a)}", "", "force.toml", table
    )


def scope(a: Assessment) -> Prose:
    """Return purpose, scope and basis."""
    departures = len(a.tables["departures"])
    return bullets(
        "Purpose: to establish the operational requirement for armed policing and less lethal options in the force, "
        "and to inform the deployment profile, capability, firearms policy and training, and future demand (College of "
        "Policing, Authorised Professional Practice).",
        f"Scope: {listed(a.tables['areas']['name'].tolist())}; {count(len(a.tables['zones']), 'zone')}; "
        f"{count(len(a.tables['donors']), 'donor')} of mutual aid.",
        "Basis: Code of Practice on Armed Policing and Police use of Less Lethal Weapons (January 2020), laid under "
        "the Police Act 1996 section 39A(5).",
        f"Departures from guidance recorded: {departures}.",
        "This is a planning document: it holds no tactics and no personal data.",
    )


def assumptions(a: Assessment) -> Exhibit:
    """Return the assumptions in force, those that matter most and are known least first."""
    rated = ("red", "amber", "green")
    entries = sorted(
        (a.scenario.assumption(name) for name in a.scenario.assumptions),
        key=lambda entry: (rated.index(entry.impact), rated.index(entry.quality), entry.name),
    )
    table = pd.DataFrame(
        {
            "Assumption": [entry.meaning for entry in entries],
            "Value": [f"{entry.value:g}" for entry in entries],
            "Range": [span(entry.low, entry.high, "{:g}") for entry in entries],
            "Unit": [entry.unit for entry in entries],
            "Impact": [entry.impact for entry in entries],
            "Quality": [entry.quality for entry in entries],
            "In force since": [f"{entry.effective:%d %B %Y}" for entry in entries],
            "Source": [entry.source for entry in entries],
        }
    )
    weak = sum(entry.impact == "red" and entry.quality == "red" for entry in entries)
    headline = f"{weak} of {len(entries)} assumptions matter most and are known least"
    return Exhibit(headline, f"Assumptions in force, {when(a)}", "", "assumptions.yaml", table)


def data_quality(a: Assessment) -> Exhibit:
    """Return what is known of each table: rows, where they come from and known faults."""
    log = a.tables["data_log"].drop_duplicates("table_name", keep="last").set_index("table_name")["known_faults"]
    names = [name for name in a.tables if "provenance" in a.tables[name].columns]
    table = pd.DataFrame(
        {
            "Table": names,
            "Rows": [len(a.tables[name]) for name in names],
            "Provenance": [listed(sorted(a.tables[name]["provenance"].dropna().unique())) for name in names],
            "Known faults": log.reindex(names).fillna("none recorded").to_numpy(),
        }
    )
    empty = int((table["Rows"] == 0).sum())
    headline = (
        f"{count(len(names), 'table')} read; {empty} hold no rows yet; {len(a.illustrative)} hold illustrative rows"
    )
    return Exhibit(headline, f"Tables as known, {when(a)}", "", made_of(a, "data_log"), table)


def profile(a: Assessment) -> Exhibit | Prose:
    """Return the areas of the force: people, visitors, sites and their plans."""
    areas, zones, sites = a.tables["areas"], a.tables["zones"], a.tables["sites"]
    if areas.empty:
        return to_be_supplied("Policing areas")
    placed = sites.merge(zones[["zone_id", "area_id"]], on="zone_id", how="left")
    needed, current = placed["area_id"].value_counts(), placed["plan_status"] == "current"
    table = pd.DataFrame(
        {
            "Area": areas["name"],
            "People": areas["population"].map("{:,.0f}".format),
            "Visitors a year": areas["visitors_a_year"].map("{:,.0f}".format),
            "Zones": zones["area_id"].value_counts().reindex(areas["area_id"]).fillna(0).astype(int).to_numpy(),
            "Sites needing a plan": needed.reindex(areas["area_id"]).fillna(0).astype(int).to_numpy(),
            "Plans current": current.groupby(placed["area_id"])
            .sum()
            .reindex(areas["area_id"])
            .fillna(0)
            .astype(int)
            .to_numpy(),
        }
    )
    people, visitors = areas["population"].sum(), areas["visitors_a_year"].sum()
    headline = f"{people:,.0f} people and {visitors / 1e6:,.1f} million visitors a year in {count(len(areas), 'area')}"
    return Exhibit(headline, f"Policing areas, {when(a)}", "", made_of(a, "areas", "zones", "sites"), table)


def obligations(a: Assessment) -> Exhibit | Prose:
    """Return each obligation with its status and evidence."""
    rows = a.obligations
    if rows.empty:
        return to_be_supplied("Obligations")
    tally = rows["status"].value_counts().reindex(list(STATUS_ORDER)).fillna(0).astype(int)
    with canvas(6.4, 2.0) as (figure, axes):
        bars(axes, list(tally.index), tally.tolist(), colour=COLOURS["teal"])
    table = pd.DataFrame(
        {
            "Obligation": rows["obligation_id"] + " " + rows["requirement"],
            "Clause": rows["clause"],
            "Status": rows["status"],
            "Evidence": rows["evidence"],
            "Owner": rows["owner"],
        }
    )
    headline = f"{tally['met']} of {len(rows)} obligations are met, {tally['partly']} partly, {tally['not met']} not"
    alt = f"Bar chart of obligations by status: {listed([f'{n} {s}' for s, n in tally.items()])}."
    return Exhibit(headline, f"Obligations by status, {when(a)}", alt, made_of(a, "obligations"), table, figure)


def lineage(a: Assessment) -> Exhibit:
    """Return the headline figures, each with its range and what it was made from."""
    rows = a.headlines
    table = pd.DataFrame(
        {
            "Figure": rows["label"],
            "Value": rows["value"].map("{:.4g}".format, na_action="ignore"),
            "Range": [span(r.low, r.high, "{:.4g}") for r in rows.itertuples()],
            "Unit": rows["unit"],
            "Function": rows["function"],
            "Tables": rows["tables"],
            "Assumptions": rows["assumptions"].replace("", "none"),
            "Note": rows["note"],
        }
    )
    headline = f"{len(rows)} headline figures, each traced to its function, tables and assumptions"
    return Exhibit(headline, f"Lineage of the headline figures, {when(a)}", "", "this assessment", table)


def logs(a: Assessment) -> Exhibit:
    """Return the decision and quality logs."""
    decided = a.tables["decisions"][["on", "decision", "decided_by"]].set_axis(["On", "Entry", "By"], axis=1)
    checked = a.tables["quality_log"][["on", "finding", "assurer"]].set_axis(["On", "Entry", "By"], axis=1)
    table = pd.concat([decided, checked]).sort_values("On", ascending=False)[["Entry", "By", "On"]]
    headline = f"{count(len(decided), 'decision')} and {count(len(checked), 'quality check')} are logged"
    return Exhibit(headline, f"Decision and quality logs, {when(a)}", "", made_of(a, "decisions", "quality_log"), table)


def monitoring(a: Assessment) -> Exhibit | Prose:
    """Return the log of continual monitoring."""
    rows = a.tables["triggers"].sort_values("on", ascending=False)
    if rows.empty:
        return to_be_supplied("The log of continual monitoring")
    table = rows[["what", "on", "decision", "decided_by"]].set_axis(["What happened", "On", "Decision", "By"], axis=1)
    headline = f"{count(len(rows), 'event')} logged between reviews, the last on {rows['on'].iloc[0]:%d %B %Y}"
    return Exhibit(headline, f"Monitoring between reviews, {when(a)}", "", made_of(a, "triggers"), table)


def gap(a: Assessment) -> Page:
    """Return what is needed and why, base by base, and what has no cover or no use."""
    parts = (capability.requirement(a), capability.posts(a), alignment.alignment(a), alignment.misaligned(a))
    return Page("", parts)


def aid(a: Assessment) -> Page:
    """Return who comes to which threat in time, what agreements are worth, and what donors keep."""
    found, met, over_time = mutual_aid.findings(a), mutual_aid.threats(a), mutual_aid.curves(a)
    return Page("", (found, met, over_time, mutual_aid.agreements(a), mutual_aid.national(a)))


def future(a: Assessment) -> Page:
    """Return demand, workforce and threat in the years ahead."""
    workforce = (capability.projection(a), capability.intake_plans(a))
    return Page("", (demand.forecast(a), deployment.outlook(a), *workforce, threat.horizon(a), threat.drivers(a)))


def choices(a: Assessment) -> Page:
    """Return what goes unmet, what would help, and what is asked."""
    return Page("", (options.unmet(a), options.options(a), options.pairs(a), assessment.decisions(a)))

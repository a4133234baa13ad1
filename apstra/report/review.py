"""What changed since the last review, as people read it: entries, faults, figures, and when the next one is due.

In: a ``Review``. Out: exhibits and sentences. That nothing changed is said as plainly as that something did.
"""

from typing import Final

import pandas as pd

from apstra.assessment import Assessment
from apstra.assessment.review import Review
from apstra.report.assessment import made_of, when
from apstra.report.exhibit import Exhibit, Prose, bullets, count, listed, prose, span

LEDGER: Final = "the ledger and the tables of the register"
KINDS: Final = ("added", "closed", "dismissed", "reopened", "moved", "changed")


def summary(found: Review) -> Prose:
    """Return what kind of review this is, since when, and what changed in a few sentences."""
    first = f"This is the {found.kind} review of what changed since {found.since:%d %B %Y}"
    if found.unchanged:
        return bullets(
            f"{first}.", "No change: no entry, fault or headline figure differs. That too is a review to be signed."
        )
    tally = found.entries["change"].value_counts()
    entries = listed([f"{tally[kind]} {kind}" for kind in KINDS if kind in tally]) or "none changed"
    faults = found.faults["change"].value_counts()
    return bullets(
        f"{first}.",
        f"Entries of the register: {entries}.",
        f"Faults of the register: {faults.get('new', 0)} new, {faults.get('gone', 0)} gone.",
        f"{count(len(found.headlines), 'headline figure')} moved.",
        f"{count(len(found.triggers), 'event is', 'events are')} logged by monitoring since then.",
    )


def entries(a: Assessment, found: Review) -> Exhibit | Prose:
    """Return the entries that came, went or moved: from where to where, by how much and why."""
    rows = found.entries
    if rows.empty:
        return prose("No entry of the register was added, closed or moved.")
    table = pd.DataFrame(
        {
            "Entry": rows["risk_id"] + " " + rows["title"],
            "Change": rows["change"],
            "Before": rows["before"],
            "Now": rows["after"],
            "Score": ["new" if pd.isna(by) else f"{by:+.0f}" if by else "same" for by in rows["score_change"]],
            "Why": rows["why"],
        }
    )
    headline = f"{count(len(rows), 'entry', 'entries')} of the register changed"
    return Exhibit(
        headline, f"Entries that changed since {found.since:%d %B %Y}, {when(a)}", "", LEDGER, table, shown=True
    )


def faults(a: Assessment, found: Review) -> Exhibit | Prose:
    """Return the faults of the register that are new and those that are gone."""
    rows = found.faults
    if rows.empty:
        return prose("The register has the same faults as then, or none.")
    table = pd.DataFrame(
        {
            "Entry": rows["risk_id"].replace("", "whole register"),
            "Rule": rows["rule"].str.replace("-", " "),
            "Finding": rows["message"],
            "Change": rows["change"],
        }
    )
    new = int((rows["change"] == "new").sum())
    headline = f"{count(new, 'fault is', 'faults are')} new, {len(rows) - new} gone"
    return Exhibit(headline, f"Faults of the register since {found.since:%d %B %Y}, {when(a)}", "", LEDGER, table)


def headlines(a: Assessment, found: Review) -> Exhibit | Prose:
    """Return the headline figures that moved, as they were by today's method and as they are."""
    rows = found.headlines
    if rows.empty:
        return prose("No headline figure moved.")
    table = pd.DataFrame(
        {
            "Figure": rows["label"],
            "Then": rows["before"].map("{:.4g}".format, na_action="ignore"),
            "Now": rows["after"].map("{:.4g}".format, na_action="ignore"),
            "Range now": [span(row.low, row.high, "{:.4g}") for row in rows.itertuples()],
            "Change": rows["change"].map("{:+.3g}".format, na_action="ignore"),
            "Unit": rows["unit"],
        }
    )
    subtitle = f"Headline figures then and now by today's method, {found.since:%d %B %Y} and {when(a)}"
    return Exhibit(f"{count(len(rows), 'headline figure')} moved", subtitle, "", "two assessments", table)


def dates(a: Assessment, found: Review) -> Exhibit:
    """Return when the next assessment and the next review are due."""
    rows = found.dates
    table = pd.DataFrame(
        {
            "What": rows["what"].replace(
                {"annual": "Assessment, every year", "six-monthly": "Review, every six months"}
            ),
            "Last approved": rows["last"],
            "Due": rows["due"],
            "Standing": rows["overdue"].map({True: "overdue", False: "not due yet"}),
        }
    )
    late = int(rows["overdue"].sum())
    headline = f"{late} of {len(rows)} are overdue" if late else f"The next is due on {rows['due'].min():%d %B %Y}"
    return Exhibit(
        headline, f"Next assessment and review, {when(a)}", "", made_of(a, "decisions") + "; the ledger", table
    )


def triggers(a: Assessment, found: Review) -> Exhibit | Prose:
    """Return what monitoring logged since the last review."""
    rows = found.triggers.sort_values("on", ascending=False)
    if rows.empty:
        return prose("Monitoring logged nothing since then.")
    table = rows[["what", "on", "decision", "decided_by"]].set_axis(["What happened", "On", "Decision", "By"], axis=1)
    headline = f"{count(len(rows), 'event')} logged since {found.since:%d %B %Y}"
    return Exhibit(headline, f"Monitoring since the last review, {when(a)}", "", made_of(a, "triggers"), table)

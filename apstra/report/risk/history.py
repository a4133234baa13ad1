"""What was said of the register, what came back, who accepted what until when, and the rules it is held to.

In: an ``Assessment``. Out: exhibits. The history is told as the ledger keeps it: who, when, what and why.
"""

from typing import Final

import pandas as pd

from apstra.assessment import Assessment
from apstra.report.assessment import made_of, when
from apstra.report.exhibit import Exhibit, Prose, count, prose
from apstra.risk import RULES, WHOLE_REGISTER

LEDGER: Final = "the ledger of the register"
NAMED: Final = {
    "threat": ("threats", "threat_id", "title"),
    "lesson": ("lessons", "lesson_id", "cause"),
    "obligation": ("obligations", "obligation_id", "requirement"),
    "incident": ("operations", "operation_id", "reason"),
    "observation": ("risks", "risk_id", "title"),
}
NOT_BEGUN: Final = (
    "The ledger of the register has not begun: its entries are what the tables say, without a history. "
    "It begins with: apstra register begin."
)


def history(a: Assessment) -> Exhibit | Prose:
    """Return everything said of the register since it was carried over from the tables, latest first."""
    told = a.risk.history
    if told.empty:
        return prose(NOT_BEGUN)
    rows = told.loc[~told["kind"].str.contains("carried")].iloc[::-1]
    carried = len(told) - len(rows)
    titles = a.risk.register.set_index("risk_id")["title"]
    table = pd.DataFrame(
        {
            "Entry": rows["risk_id"] + " " + rows["risk_id"].map(titles).fillna(""),
            "What was said": rows["said"],
            "Why": rows["reason"],
            "Who": rows["role"] + " (" + rows["account"] + ")",
            "On": rows["on"],
            "Event": rows["event"],
        }
    )
    entries, first = count(rows["risk_id"].nunique(), "entry", "entries"), told["on"].iloc[0]
    headline = f"{count(len(rows), 'event')} about {entries} since the ledger began on {first:%d %B %Y}"
    subtitle = f"History of the register, latest first, {when(a)}; {carried} entries and controls were carried over"
    return Exhibit(headline, subtitle, "", LEDGER, table, shown=True)


def came_back(a: Assessment) -> Exhibit | Prose:
    """Return what came back after it was closed: entries reopened, findings made again, lessons met anew."""
    entries = a.risk.register.loc[a.risk.register["times_reopened"] > 0]
    again = a.risk.proposals.loc[a.risk.proposals["entry"].notna()]
    lessons = a.learning.chain.loc[a.learning.chain["came_back"] != ""]
    rows = [
        *((r.risk_id, r.title, f"reopened {count(r.times_reopened, 'time')}") for r in entries.itertuples()),
        *((r.entry, r.title, r.note) for r in again.itertuples()),
        *((r.lesson_id, r.cause, f"met again in {r.came_back} after its evidence") for r in lessons.itertuples()),
    ]
    if not rows:
        return prose("Nothing that was closed has come back.")
    table = pd.DataFrame(rows, columns=["Id", "What", "How it came back"])
    headline = f"{count(len(rows), 'thing')} that had been closed came back"
    return Exhibit(headline, f"What came back after closing, {when(a)}", "", made_of(a, "risks", "lessons"), table)


def acceptances(a: Assessment) -> Exhibit | Prose:
    """Return the risks that are accepted, by whom and until when, that which ends first on top."""
    rows = a.risk.register.loc[a.risk.register["live"] & a.risk.register["accepted_by"].notna()]
    if rows.empty:
        return prose("No risk is accepted.")
    rows = rows.sort_values("accepted_until")
    left = (rows["accepted_until"] - pd.Timestamp(a.scenario.as_at)).dt.days
    table = pd.DataFrame(
        {
            "Entry": rows["risk_id"] + " " + rows["title"],
            "Level": rows["current_level"],
            "Accepted by": rows["accepted_by"],
            "Until": rows["accepted_until"],
            "Standing": ["no last day" if pd.isna(days) else "has ended" if days < 0 else f"{days:.0f} days left"
                         for days in left],
        }
    )  # fmt: skip
    over = int((left < 0).sum())
    ended = f"; {count(over, 'acceptance has', 'acceptances have')} ended" if over else ""
    headline = f"{count(len(rows), 'risk is', 'risks are')} accepted{ended}"
    return Exhibit(headline, f"Acceptances, {when(a)}", "", made_of(a, "risks"), table)


def links(a: Assessment) -> Exhibit | Prose:
    """Return what entries have to do with: lessons, obligations, incidents that realised them, other observations."""
    rows = a.tables["links"]
    if rows.empty:
        return prose("No entry is tied to a lesson, an obligation or an incident yet.")
    titles = a.risk.register.set_index("risk_id")["title"]
    table = pd.DataFrame(
        {
            "Entry": rows["risk_id"] + " " + rows["risk_id"].map(titles).fillna(""),
            "Tied to": rows["relation"] + " " + rows["linked_id"],
            "Which is": [_named(a, row.relation, row.linked_id) for row in rows.itertuples()],
        }
    )
    realised = int((rows["relation"] == "incident").sum())
    headline = f"{count(len(rows), 'tie')} to other things; {count(realised, 'incident')} realised a risk"
    return Exhibit(headline, f"What entries have to do with, {when(a)}", "", made_of(a, "links"), table)


def _named(a: Assessment, relation: str, linked: str) -> str:
    """Return what a thing is that an entry is tied to, in its own words."""
    table, key, words = NAMED[relation]
    found = a.tables[table].loc[a.tables[table][key] == linked, words]
    return str(found.iloc[0]) if len(found) else "not in the tables"


def closures(a: Assessment) -> Exhibit | Prose:
    """Return the live entries whose cause the assessment no longer finds: to be closed on evidence, or kept."""
    rows = a.risk.closures
    if rows.empty:
        return prose("The assessment still finds what every entry answers: none is proposed for closure.")
    table = pd.DataFrame({"Entry": rows["risk_id"] + " " + rows["title"], "No longer found": rows["keys"]})
    headline = f"{count(len(rows), 'entry is', 'entries are')} proposed for closure"
    return Exhibit(headline, f"Entries whose cause is gone, {when(a)}", "", "this assessment", table)


def rules(a: Assessment) -> Exhibit:
    """Return the rules the register is held to, each with its level, its reason and how many entries break it."""
    broken = a.risk.lint["rule"].value_counts()
    every = [*((rule.id, rule.severity, rule.reason) for rule in RULES),
             *((name, *rest) for name, rest in WHOLE_REGISTER.items())]  # fmt: skip
    table = pd.DataFrame(every, columns=["Rule", "Level", "Why"])
    table["Broken by"] = table["Rule"].map(broken).fillna(0).astype(int)
    table["Rule"] = table["Rule"].str.replace("-", " ")
    kept = int((table["Broken by"] == 0).sum())
    headline = f"{kept} of the {len(table)} rules of the register are kept; an error keeps it from being signed"
    return Exhibit(headline, f"Rules of the register, {when(a)}", "", made_of(a, "risks", "controls"), table)

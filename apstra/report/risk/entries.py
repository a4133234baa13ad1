"""What the register holds: its entries, what needs a decision, its faults, what is proposed, and what falls due.

In: an ``Assessment``. Out: exhibits and the sentences their headlines are made of; nothing is computed but what is
needed to choose and word.
"""

from typing import Any, Final

import pandas as pd

from apstra.assessment import Assessment
from apstra.report.assessment import made_of, when
from apstra.report.chart import COLOURS, bars, canvas
from apstra.report.exhibit import Exhibit, Prose, count, listed, prose, rate, to_be_supplied
from apstra.risk import POSITIONS, RULES, SEVERITIES, WHOLE_REGISTER

SUBJECT: Final = "The register of risks and other observations"
SOON_DAYS: Final = 90
ACCEPTANCE: Final = (
    "tolerated-without-acceptance", "acceptance-expired", "acceptance-without-expiry", "accepted-without-authority",
)  # fmt: skip
DECISION: Final = ("severe-without-plan", "known-and-untreated", "no-treatment", *ACCEPTANCE)


def register(a: Assessment) -> Exhibit | Prose:
    """Return every entry of the register, live ones first, most severe first."""
    rows = a.risk.register
    if rows.empty:
        return to_be_supplied(SUBJECT)
    kinds = rows.loc[rows["live"], "kind"].value_counts()
    headline = (
        f"{count(kinds.get('risk', 0), 'live risk')} and {count(kinds.get('observation', 0), 'live observation')}; "
        f"{int((~rows['live']).sum())} closed or dismissed"
    )
    subtitle = (
        f"Register of risks and other observations, {when(a)}; levels read from the matrix of the scheme, within a "
        "level by the unmet requirement of the threat"
    )
    return Exhibit(headline, subtitle, "", made_of(a, "risks", "controls"), _register_table(rows), shown=True)


def _register_table(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the register as a table for people."""
    return pd.DataFrame(
        {
            "Entry": rows["risk_id"] + " " + rows["title"],
            "Kind": rows["kind"],
            "Cause": rows["cause"],
            "Consequence": rows["consequence"],
            "Threat": rows["threat_id"].fillna("none"),
            **{p.capitalize(): [_position(r, p) for r in rows.to_dict("records")] for p in POSITIONS},
            "Unmet a year": [rate(value) if pd.notna(value) else "no threat" for value in rows["unmet"]],
            "Confidence": rows["confidence"],
            "Treatment": rows["treatment"],
            "State": rows["state"],
            "Controls in place": rows["controls_existing"],
            "Planned": rows["controls_planned"],
            "Owner": rows["owner"],
            "Review due": rows["review_on"],
            "Overdue": rows["overdue"],
        }
    )


def decisions(a: Assessment) -> Exhibit | Prose:
    """Return the entries that only a decision can put right: who may take it and why it is needed."""
    lint = a.risk.lint.loc[a.risk.lint["rule"].isin(DECISION)]
    if a.risk.register.empty:
        return to_be_supplied(SUBJECT)
    if lint.empty:
        return prose("No entry of the register waits for a decision.")
    entries = a.risk.register.set_index("risk_id")
    why = lint.groupby("risk_id", sort=False)["message"].agg(" ".join)
    rows = entries.loc[[entry for entry in entries.index if entry in why.index]]
    table = pd.DataFrame(
        {
            "Entry": rows.index + " " + rows["title"],
            "Current level": rows["current_level"],
            "Why a decision is needed": why.reindex(rows.index),
            "May accept this level": rows["current_level"].map(dict(a.scenario.force.authority)),
            "Owner": rows["owner"],
            "Review due": rows["review_on"],
        }
    )
    accepted = lint.loc[lint["rule"].isin(ACCEPTANCE), "risk_id"].nunique()
    waiting = count(len(rows), "entry of the register waits", "entries of the register wait")
    headline = f"{waiting} for a decision, {accepted} of them because of how it was accepted"
    return Exhibit(headline, f"Entries that need a decision, {when(a)}", "", made_of(a, "risks", "controls"), table)


def lint(a: Assessment) -> Exhibit | Prose:
    """Return the faults of the register by rule, with the reason for each rule."""
    rows = a.risk.lint
    reasons = {rule.id: rule.reason for rule in RULES} | {name: why for name, (_, why) in WHOLE_REGISTER.items()}
    if rows.empty:
        return prose(f"The register keeps all of its {len(reasons)} rules.")
    broken = rows.groupby(["severity", "rule"], sort=False).size()
    with canvas(7.6, 0.7 + 0.36 * len(broken)) as (figure, axes):
        labels = [rule.replace("-", " ") for _, rule in broken.index]
        words = [f"{number} ({severity})" for (severity, _), number in broken.items()]
        bars(axes, labels, broken.tolist(), texts=words, colour=COLOURS["plum"])
    titles = a.risk.register.set_index("risk_id")["title"]
    table = pd.DataFrame(
        {
            "Entry": (rows["risk_id"] + " " + rows["risk_id"].map(titles)).fillna("whole register"),
            "Severity": rows["severity"],
            "Rule": rows["rule"],
            "Finding": rows["message"],
            "Why it matters": rows["rule"].map(reasons),
        }
    )
    return Exhibit(
        faults(a),
        f"Faults of the register by rule, errors first, {when(a)}",
        f"Bar chart of faults by rule. {faults(a)}.",
        made_of(a, "risks", "controls"),
        table,
        figure,
    )


def proposals(a: Assessment) -> Exhibit | Prose:
    """Return the risks the assessment proposes: to be adopted, merged or dismissed with a reason."""
    rows = a.risk.proposals
    if rows.empty:
        return prose("The register already answers everything the assessment found: nothing is proposed.")
    rows = rows.assign(unmet=[rate(value) if pd.notna(value) else "no threat" for value in rows["unmet"]])
    names = {"title": "Proposed risk", "level": "Level", "likelihood": "Likelihood", "impact": "Impact"}
    names |= {"unmet": "Unmet a year", "cause": "Cause", "consequence": "Consequence", "evidence": "Evidence"}
    names |= {"entry": "Entry that comes back", "note": "Why again"} if rows["entry"].notna().any() else {}
    table = rows[[*names, "key"]].rename(columns=names | {"key": "Key"})
    subtitle = f"Found by the assessment and answered by no entry, most severe first, {when(a)}"
    return Exhibit(proposed(a), subtitle, "", "this assessment", table)


def due(a: Assessment) -> Exhibit | Prose:
    """Return planned controls and open actions that are overdue or due soon."""
    controls = a.tables["controls"].query("status == 'planned'").rename(columns={"control_id": "id", "risk_id": "of"})
    actions = a.tables["actions"].query("state == 'open'").rename(columns={"action_id": "id", "origin": "of"})
    columns = ["id", "title", "of", "owner", "due_on"]
    rows = pd.concat([controls[columns].assign(kind="control"), actions[columns].assign(kind="action")])
    as_at = pd.Timestamp(a.scenario.as_at)
    rows = rows.loc[~(rows["due_on"] > as_at + pd.Timedelta(days=SOON_DAYS))].sort_values(["due_on", "id"])
    if rows.empty:
        return prose(f"No control or action is overdue or falls due within {SOON_DAYS} days.")
    late = rows["due_on"] < as_at
    table = pd.DataFrame(
        {
            "What": rows["id"] + " " + rows["title"],
            "Kind": rows["kind"],
            "Answers": rows["of"],
            "Owner": rows["owner"],
            "Due": rows["due_on"],
            "Overdue": late,
        }
    )
    overdue = count(late.sum(), "control or action is overdue", "controls or actions are overdue")
    headline = f"{overdue}, {int((~late).sum())} more due within {SOON_DAYS} days or undated"
    subtitle = f"Planned controls and open actions, {when(a)}"
    return Exhibit(headline, subtitle, "", made_of(a, "controls", "actions"), table)


def overdue(a: Assessment) -> str:
    """Say which reviews are overdue."""
    rows = a.risk.register.loc[a.risk.register["overdue"], "title"].tolist()
    reviews = count(len(rows), "review is overdue", "reviews are overdue")
    return f"{reviews}: {listed(rows, 3)}" if rows else "No review is overdue"


def faults(a: Assessment) -> str:
    """Say how many faults the register has."""
    counts = a.risk.lint["severity"].value_counts()
    tally = [count(counts[name], name) for name in SEVERITIES if name in counts]
    return f"The register breaks its own rules: {listed(tally)}" if tally else "The register keeps all of its rules"


def proposed(a: Assessment) -> str:
    """Say what the assessment proposes for the register."""
    rows = a.risk.proposals
    if rows.empty:
        return "The assessment proposes no new risk"
    return f"The assessment proposes {count(len(rows), 'new risk')}, first: {rows['title'].iloc[0]}"


def _position(row: Any, position: str) -> str:
    """Return level and scores of one position of an entry."""
    if pd.isna(row[f"{position}_score"]):
        return "not scored"
    return f"{row[f'{position}_level']} ({row[f'{position}_likelihood']:.0f} x {row[f'{position}_impact']:.0f})"

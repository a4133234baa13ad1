"""Where each entry of the register stands, and what the register still lacks.

In go the register's risks and observations, their controls, the scheme and what the other chapters found. Out come the
register with its three positions (inherent, current and target, each with a level read from the scheme's matrix and
never typed in), and the risks the assessment proposes because nobody has entered them yet.
"""

import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

import pandas as pd

from apstra.risk.event import LONGEST, Draft
from apstra.risk.history import register_tables
from apstra.risk.lifecycle import CLOSED, Entries, Entry, next_id
from apstra.scenario import Scenario, Scheme
from apstra.schema import LIST_SEPARATOR, Provenance

POSITIONS: Final = ("inherent", "current", "target")
NOTHING_UNMET: Final[Mapping[str, float]] = MappingProxyType({})
SOURCE: Final = "Finding of the assessment"
PROPOSAL_COLUMNS: Final = [
    "key", "title", "cause", "consequence", "threat_id", "likelihood", "impact", "level", "unmet", "number",
    "evidence", "entry", "note",
]  # fmt: skip


def register(
    risks: pd.DataFrame, controls: pd.DataFrame, scenario: Scenario, unmet: Mapping[str, float] = NOTHING_UNMET
) -> pd.DataFrame:
    """Return the register: live entries first, by level, and within a level by the unmet requirement of their threat.

    Adds the score (likelihood x impact) and level of each position, the unmet requirement of the entry's threat
    [occurrences a year; blank where it has none], the number of controls in place and planned, the next day a planned
    control is due, the days to the next review and whether it is overdue.

    Parameters
    ----------
    unmet
        Threat to its unmet requirement [occurrences a year].
    """
    table = risks.copy()
    for position in POSITIONS:
        likelihood, impact = table[f"{position}_likelihood"], table[f"{position}_impact"]
        table[f"{position}_score"] = likelihood.astype("float64") * impact
        table[f"{position}_level"] = level(likelihood, impact, scenario.scheme)
    table["unmet"] = table["threat_id"].map(unmet).astype(float)
    as_at = pd.Timestamp(scenario.as_at)
    table["live"] = ~table["state"].isin(CLOSED)
    table["overdue"] = table["live"] & (table["review_on"] < as_at)
    table["days_to_review"] = (table["review_on"] - as_at).dt.days
    planned = controls["status"] == "planned"
    for name, chosen in (("existing", ~planned), ("planned", planned)):
        number = controls.loc[chosen, "risk_id"].value_counts().reindex(table["risk_id"]).fillna(0)
        table[f"controls_{name}"] = number.to_numpy("int64")
    due = controls.loc[planned].groupby("risk_id")["due_on"].min()
    table["next_control_due"] = due.reindex(table["risk_id"]).array
    severity = _severity(table["current_level"], scenario.scheme)
    ordered = table.assign(severity=severity.fillna(-1)).sort_values(
        ["live", "severity", "unmet", "current_score", "risk_id"], ascending=[*[False] * 4, True], ignore_index=True
    )
    return ordered.drop(columns="severity")


def level(likelihood: pd.Series, impact: pd.Series, scheme: Scheme) -> pd.Series:
    """Return the level the scheme's matrix gives each pair of scores; missing where a score is."""
    matrix = scheme.levels.set_index(["likelihood", "impact"])["level"]
    pairs = pd.MultiIndex.from_arrays([likelihood.astype("float64"), impact.astype("float64")])
    return pd.Series(matrix.reindex(pairs).array, index=likelihood.index, dtype="str")


def proposals(
    findings: pd.DataFrame,
    risks: pd.DataFrame,
    scheme: Scheme,
    unmet: Mapping[str, float] = NOTHING_UNMET,
    threshold: float = math.inf,
) -> pd.DataFrame:
    """Return the findings that no entry of the register answers, by level and then by unmet requirement.

    An entry answers the findings named in its ``origin``; for one that was merged the entry it went on in does. A
    dismissed entry still answers (a person decided and said why) until its number has grown by more than ``threshold``;
    a closed one does not, for the finding has come back. An entry's number is that of the first finding it names: those
    of others, in other units, cannot be set beside it. ``entry`` names the entry that comes back, ``note`` says why in
    words; both are blank for a finding that is new.

    Parameters
    ----------
    threshold
        Growth of a finding's number beyond which a dismissed proposal returns [share].
    """
    by_key = _answering(risks)
    rows = [_back(row, by_key.get(str(row.key), []), threshold) for row in findings.itertuples()]
    back = pd.DataFrame(rows, columns=["open", "entry", "note"], index=findings.index)
    open_findings = findings.assign(entry=back["entry"], note=back["note"])[back["open"].astype(bool)]
    table = open_findings.drop_duplicates("key")
    table = table.assign(level=level(table["likelihood"], table["impact"], scheme))
    table["unmet"] = table["threat_id"].map(unmet).astype(float)
    keys = table.assign(severity=_severity(table["level"], scheme), score=table["likelihood"] * table["impact"])
    ordered = keys.sort_values(["severity", "unmet", "score", "key"], ascending=[False, False, False, True])
    chosen = table.loc[ordered.index, PROPOSAL_COLUMNS].reset_index(drop=True)
    return chosen.astype({"entry": "str", "note": "str"})


def closures(findings: pd.DataFrame, risks: pd.DataFrame) -> pd.DataFrame:
    """Return the live entries whose findings the assessment no longer makes: ``risk_id``, ``title``, ``keys``."""
    found = set(findings["key"])
    live = risks.loc[~risks["state"].isin(CLOSED) & risks["origin"].notna()]
    gone = [not (set(_keys(origin)) & found) for origin in live["origin"]]
    table = live.loc[gone, ["risk_id", "title", "origin"]].rename(columns={"origin": "keys"})
    return table.sort_values("risk_id", ignore_index=True)


def proposal_drafts(
    findings: pd.DataFrame, entries: Entries, scenario: Scenario, *, illustrative: bool = False
) -> list[Draft]:
    """Return what the ledger is to be told of the assessment's proposals; nothing when it was told already.

    A new finding becomes an entry in the state *proposed*; one that came back reopens its entry; an entry whose cause
    is gone is proposed for closure. Adopting, merging, dismissing and closing are for people.

    Parameters
    ----------
    findings
        As ``RiskChapter.findings``.
    entries
        The register as it stands.
    illustrative
        The assessment used illustrative rows, so that what it proposes is illustrative too.
    """
    now = register_tables(entries).risks
    rows = proposals(findings, now, scenario.scheme, threshold=scenario.value("proposal_return_share"))
    back = rows.dropna(subset="entry").drop_duplicates("entry")
    drafts = [_returning(row, entries["risks"][str(row.entry)]) for row in back.itertuples()]
    taken = {name: {**entries[name]} for name in entries}
    origin = {"source": SOURCE, "provenance": str(Provenance.ILLUSTRATIVE if illustrative else Provenance.FORCE)}
    for row in rows.loc[rows["entry"].isna()].itertuples():
        subject = next_id(taken)
        taken["risks"][subject] = {}
        why = f"Proposed by the assessment: {row.evidence}"[:LONGEST]
        drafts.append(Draft("opened", subject, _proposed(row) | origin, why))
    for gone in closures(findings, now).itertuples():
        entry = entries["risks"][str(gone.risk_id)]
        if gone.keys not in (entry.get("closing_proposed"), entry.get("closing_kept")):
            why = "The assessment no longer finds what it answers"
            drafts.append(Draft("closing_proposed", str(gone.risk_id), {"keys": str(gone.keys)}, why))
    return drafts


def _returning(row: Any, entry: Entry) -> Draft:
    """Return what reopens an entry; its number is set anew only by the finding it is the number of."""
    number = _number(row) if _keys(entry.get("origin"))[:1] == [row.key] else {}
    return Draft("moved", str(row.entry), {"to": "reopened", **number}, str(row.note))


def _proposed(row: Any) -> dict[str, Any]:
    """Return the fields of an entry that the assessment proposes."""
    scores = {f"{of}_{part}": int(getattr(row, part)) for of in POSITIONS[:2] for part in ("likelihood", "impact")}
    words = {name: str(getattr(row, name))[:LONGEST] for name in ("title", "cause", "consequence")}
    threat = {"threat_id": str(row.threat_id)} if pd.notna(row.threat_id) else {}
    return {"kind": "risk", "state": "proposed", **words, **scores, **threat, "origin": str(row.key), **_number(row)}


def _number(row: Any) -> dict[str, float]:
    """Return the number of a finding, to nine significant digits, where it has one."""
    return {"number": float(f"{row.number:.9g}")} if pd.notna(row.number) else {}


def _keys(origin: object) -> list[str]:
    """Return the keys of the findings an entry answers."""
    return [key.strip() for key in str(origin).split(LIST_SEPARATOR)] if isinstance(origin, str) else []


def _answering(risks: pd.DataFrame) -> dict[str, list[Any]]:
    """Return, by key of a finding, the entries that answer it: of a merged one, the entry it went on in."""
    by_key: dict[str, list[Any]] = {}
    by_id = {entry.risk_id: entry for entry in risks.itertuples()}
    for entry in by_id.values():
        for key in _keys(entry.origin):
            by_key.setdefault(key, []).append(_gone_on_in(entry, by_id))
    return by_key


def _gone_on_in(entry: Any, by_id: Mapping[Any, Any]) -> Any:
    """Return the entry that carries another on, however often it was merged; itself where it was not."""
    seen = set()
    while entry.merged_into in by_id and entry.risk_id not in seen:
        seen.add(entry.risk_id)
        entry = by_id[entry.merged_into]
    return entry


def _back(row: Any, answers: list[Any], threshold: float) -> tuple[bool, str | None, str | None]:
    """Return whether a finding waits for a decision, the entry that comes back, and why."""
    if any(entry.state not in CLOSED for entry in answers):
        return False, None, None
    dismissed = [entry for entry in answers if entry.state == "dismissed"]
    if not all(_grown(row, entry, threshold) for entry in dismissed):
        return False, None, None
    if dismissed:
        was = f"Dismissed when it stood at {dismissed[-1].number:.4g}; it stands at {row.number:.4g} now"
        return True, dismissed[-1].risk_id, f"{was}, more than {threshold:.0%} above"
    if answers:
        return True, answers[-1].risk_id, "It was closed, and the assessment finds it again"
    return True, None, None


def _grown(row: Any, entry: Any, threshold: float) -> bool:
    """Return whether a finding has grown beyond the threshold since its entry was dismissed."""
    return _keys(entry.origin)[:1] == [row.key] and bool(row.number > entry.number * (1 + threshold))


def _severity(levels: pd.Series, scheme: Scheme) -> pd.Series:
    """Return the place of each level in the scheme's order, 0 for the least severe."""
    return levels.map({name: place for place, name in enumerate(scheme.order)}).astype("float64")

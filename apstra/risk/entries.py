"""Where each entry of the register stands, and what the register still lacks.

In go the register's risks and observations, their controls, the scheme and what the other chapters found. Out come the
register with its three positions (inherent, current and target, each with a level read from the scheme's matrix and
never typed in), and the risks the assessment proposes because nobody has entered them yet.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import pandas as pd

from apstra.scenario import Scenario, Scheme
from apstra.schema import LIST_SEPARATOR

POSITIONS: Final = ("inherent", "current", "target")
NOTHING_UNMET: Final[Mapping[str, float]] = MappingProxyType({})
CLOSED: Final = ("closed", "dismissed")
PROPOSAL_COLUMNS: Final = [
    "key", "title", "cause", "consequence", "threat_id", "likelihood", "impact", "level", "unmet", "evidence",
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
    findings: pd.DataFrame, risks: pd.DataFrame, scheme: Scheme, unmet: Mapping[str, float] = NOTHING_UNMET
) -> pd.DataFrame:
    """Return the findings that no entry of the register answers, by level and then by unmet requirement.

    An entry answers the findings named in its ``origin``. A dismissed entry still answers (a person decided and said
    why); a closed one does not, for the finding has come back.
    """
    answering = risks.loc[risks["state"] != "closed", "origin"].dropna().str.split(LIST_SEPARATOR)
    answered = {key.strip() for keys in answering for key in keys}
    open_findings = findings.loc[~findings["key"].isin(answered)].drop_duplicates("key")
    table = open_findings.assign(level=level(open_findings["likelihood"], open_findings["impact"], scheme))
    table["unmet"] = table["threat_id"].map(unmet).astype(float)
    keys = table.assign(severity=_severity(table["level"], scheme), score=table["likelihood"] * table["impact"])
    ordered = keys.sort_values(["severity", "unmet", "score", "key"], ascending=[False, False, False, True])
    return table.loc[ordered.index, PROPOSAL_COLUMNS].reset_index(drop=True)


def _severity(levels: pd.Series, scheme: Scheme) -> pd.Series:
    """Return the place of each level in the scheme's order, 0 for the least severe."""
    return levels.map({name: place for place, name in enumerate(scheme.order)}).astype("float64")

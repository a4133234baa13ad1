"""How sure the judgement of each threat is, and what could change it.

In: the threats with the age and grade of their evidence, and the drivers of the horizon scan. Out: the confidence that
age and grade leave (neither ever changes a score), and the drivers beside each threat's stated outlook.
"""

import re
from typing import Final

import numpy as np
import pandas as pd

from apstra.scenario import Scenario
from apstra.schema import LIST_SEPARATOR

WEAKER: Final = {"high": "moderate", "moderate": "low", "low": "low"}
DIRECTION: Final = {"falling": -1.0, "steady": 0.0, "rising": 1.0}
OUTLOOKS: Final = ["trend", "horizon_1y", "horizon_4y"]
DIGIT_FIRST: Final = re.compile(r"([1-3])[ /]?([A-E])(?:[ /]?[PC])?", re.IGNORECASE)
LETTER_FIRST: Final = re.compile(r"([A-F])[ /]?([1-6])(?:[ /]?[1-5])?", re.IGNORECASE)
OWN_GRADE: Final = "own"
FIRST_WEAK_NUMBER: Final = 4


def graded(grade: object) -> tuple[str, bool]:
    """Return the form of a grade of evidence and whether it is weak.

    Digit first is 3x5x2: weak when the source is not reliable (3) or the content not known or suspected false (D, E).
    Letter first is the older form: weak when the source is unreliable or untested (D to F) or the content 4 or more.
    Any other grade is the force's own, of which nothing is concluded.

    Examples
    --------
    >>> graded("3B"), graded("A1"), graded("D2"), graded("good")
    (('3x5x2', True), ('letter first', False), ('letter first', True), ('own', False))
    """
    text = str(grade).strip()
    if found := DIGIT_FIRST.fullmatch(text):
        return "3x5x2", found[1] == "3" or found[2].upper() in "DE"
    if found := LETTER_FIRST.fullmatch(text):
        return "letter first", found[1].upper() in "DEF" or int(found[2]) >= FIRST_WEAK_NUMBER
    return OWN_GRADE, False


def confidence(threats: pd.DataFrame, scenario: Scenario) -> pd.DataFrame:
    """Return age of the evidence [days], form of its grade, and confidence and outlook, by threat.

    Confidence is one step lower when the evidence is stale and one when its grade is weak, never below low.
    """
    given = threats.set_index("threat_id").reindex(columns=[*OUTLOOKS, "evidence_on", "evidence_grade", "confidence"])
    table = given[OUTLOOKS].copy()
    as_at, newest = pd.Timestamp(scenario.as_at), given["evidence_on"]
    stale = ~(newest + pd.DateOffset(months=int(scenario.value("evidence_stale_months"))) >= as_at)
    grades = [graded(grade) for grade in given["evidence_grade"]]
    table["evidence_age_days"] = (as_at - newest).dt.days
    table["evidence_stale"] = stale
    table["grade_form"] = pd.Series([form for form, _ in grades], index=table.index, dtype="str")
    table["evidence_weak"] = pd.Series([weak for _, weak in grades], index=table.index, dtype=bool)
    stated = given["confidence"].astype("str")
    aged = stated.where(~stale, stated.map(WEAKER))
    table["confidence"] = aged.where(~table["evidence_weak"], aged.map(WEAKER))
    return table


def drivers(horizon: pd.DataFrame, threats: pd.DataFrame) -> pd.DataFrame:
    """Return one row for each driver and threat it bears on, with the threat's own stated outlook beside it."""
    pairs = horizon.assign(threat_id=horizon["threats"].astype("str").str.split(LIST_SEPARATOR, regex=False))
    rows = pairs.explode("threat_id").drop(columns=["threats", "source", "provenance"], errors="ignore")
    return rows.merge(threats[["threat_id", "title", *OUTLOOKS[1:]]], on="threat_id", suffixes=("", "_threat"))


def contradictions(scan: pd.DataFrame) -> pd.DataFrame:
    """Return the threats whose stated outlook none of their drivers supports: it lies outside the span of them all.

    An outlook that is not known, of a threat or a driver, contradicts nothing.

    Parameters
    ----------
    scan
        What ``drivers`` returns.

    Returns
    -------
    pandas.DataFrame
        ``threat_id``, ``years`` (1 or 4), ``stated``, ``drivers`` (their outlooks), ``driver_ids``.
    """
    rows = []
    for years in (1, 4):
        for threat, group in scan.groupby("threat_id"):
            known = group.loc[group[f"outlook_{years}y"].isin(DIRECTION)]
            stated = DIRECTION.get(str(group[f"horizon_{years}y"].iloc[0]), np.nan)
            pushed = known[f"outlook_{years}y"].map(DIRECTION)
            if len(known) and (stated < pushed.min() or stated > pushed.max()):
                said = ", ".join(sorted(set(known[f"outlook_{years}y"])))
                ids = LIST_SEPARATOR.join(known["driver_id"])
                rows.append((threat, years, group[f"horizon_{years}y"].iloc[0], said, ids))
    return pd.DataFrame(rows, columns=["threat_id", "years", "stated", "drivers", "driver_ids"])

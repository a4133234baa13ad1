"""What a candidate would change: a crew more, a base moved, an agreement renewed or tested, courses added, a standard.

In: tables and a candidate. Out: the tables as they would be; nothing given is altered. A candidate that names what the
force does not have is refused.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from apstra.assurance import Chapters, Tables
from apstra.scenario import Scenario
from apstra.schema.deployment import MOST_COMBINATIONS

USUAL_CREW: Final = 2
SUBJECTS: Final = ("base_id", "agreement_id", "role", "requirement_id", "area_id")
AGREEMENT_KINDS: Final = ("renew", "test")
AGREEMENTS: Final = (
    (("expired", "expiring"), "renew", "Renew the agreement with"),
    (("expired", "untested", "test not met"), "test", "Test the agreement with"),
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """One option to be weighed.

    Attributes
    ----------
    option_id, title
        Stable id, and the option in words.
    kind
        ``crew`` (``amount`` crews more at base ``subject``, in ``block`` or in every one), ``base`` (base ``subject``
        moved to ``zone_id``), ``renew`` or ``test`` (agreement ``subject``), ``courses`` (``amount`` starters more on
        the initial course of role ``subject``, once qualified), ``standard`` (requirement ``subject`` due within
        ``amount`` minutes, or policing area ``subject`` answered within ``amount`` minutes).
    cost
        Cost a year where it is known [pounds].
    """

    option_id: str
    kind: str
    subject: str
    amount: float = 1.0
    block: str = ""
    zone_id: str = ""
    title: str = ""
    cost: float = np.nan


def candidates(options: pd.DataFrame) -> list[Candidate]:
    """Return the rows of the table of options as candidates."""
    subject = options[list(SUBJECTS)].bfill(axis=1).iloc[:, 0]
    rows = options.assign(subject=subject)[list(Candidate.__dataclass_fields__)].to_dict("records")
    return [Candidate(**{str(name): value for name, value in row.items() if pd.notna(value)}) for row in rows]


def proposed(chapters: Chapters) -> list[Candidate]:
    """Return what the assessment itself would weigh, where the force names no options.

    Each agreement that is not counted in full, renewed or tested; a crew more at each base in the block in which most
    often none is free; as many starters as officers are short in the role that is shortest.
    """
    tables, stale = chapters.tables, chapters.mutual_aid.agreements
    found = [
        Candidate(f"{kind}-{row.agreement_id}", kind, row.agreement_id, title=f"{words} {row.donor} ({row.role})")
        for states, kind, words in AGREEMENTS
        for row in stale.loc[stale["standing"].isin(states)].itertuples()
    ]
    load = chapters.deployment.workload.dropna(subset="none_free")
    if len(load):
        block = str(load.loc[load["none_free"].idxmax(), "block"])
        found += [
            Candidate(f"crew-{base.base_id}", "crew", base.base_id, 1.0, block, title=f"A crew more at {base.name}")
            for base in tables["bases"].itertuples()
        ]
    short = chapters.capability.position.query("shortfall > 0 and established > 0").nlargest(1, "shortfall")
    found += [
        Candidate(
            f"courses-{row.role}", "courses", row.role, row.shortfall, title=f"Train {row.shortfall:.0f} {row.title}"
        )
        for row in short.itertuples()
    ]
    return found


def changed(tables: Tables, scenario: Scenario, one: Candidate) -> dict[str, pd.DataFrame]:
    """Return the tables with the change of one candidate made.

    Raises
    ------
    ValueError
        If the candidate is of no known kind, names what the force does not have, or asks for more crews than the exact
        model can hold.
    """
    if one.kind not in KINDS:
        raise ValueError(f"option {one.option_id}: kind must be one of {', '.join(KINDS)}, not {one.kind!r}")
    return dict(tables) | KINDS[one.kind](tables, scenario, one)


def _known(one: Candidate, subject: str, frame: pd.DataFrame, key: str) -> pd.Series:
    """Return which row of ``frame`` has ``subject`` as its key; refuse a subject that has none."""
    found = frame[key] == subject
    if not found.any():
        raise ValueError(f"option {one.option_id}: {subject!r} is no {key} of the force")
    return found


def _crew(tables: Tables, scenario: Scenario, one: Candidate) -> dict[str, pd.DataFrame]:
    """Return the roster with crews more (fewer when negative, never below none) at a base."""
    _known(one, one.subject, tables["bases"], "base_id")
    blocks = [one.block] if one.block else list(scenario.force.blocks.names)
    crews = tables["crews"]
    rows = crews.loc[(crews["base_id"] == one.subject)].set_index("block").reindex(blocks)
    usual = crews["officers_per_crew"].max() if len(crews) else USUAL_CREW
    rows = rows.assign(
        base_id=one.subject,
        crews=(rows["crews"].fillna(0) + round(one.amount)).clip(lower=0),
        officers_per_crew=rows["officers_per_crew"].fillna(usual),
    )
    others = crews.loc[~((crews["base_id"] == one.subject) & crews["block"].isin(blocks))]
    table = pd.concat([others, rows.reset_index()[others.columns]], ignore_index=True)
    table = table.astype({"crews": "int64", "officers_per_crew": "int64"})
    combinations = (table["crews"] + 1).groupby(table["block"]).prod()
    if combinations.max() > MOST_COMBINATIONS:
        raise ValueError(
            f"option {one.option_id}: {combinations.max():,} combinations of busy crews in block "
            f"{combinations.idxmax()}; the exact model holds {MOST_COMBINATIONS:,}"
        )
    return {"crews": table}


def _base(tables: Tables, _scenario: Scenario, one: Candidate) -> dict[str, pd.DataFrame]:
    """Return the bases with one moved to the middle of a zone; times measured from where it was no longer hold."""
    here = _known(one, one.subject, tables["bases"], "base_id")
    zone = tables["zones"].loc[_known(one, one.zone_id, tables["zones"], "zone_id")].iloc[0]
    bases = tables["bases"].copy()
    bases.loc[here, ["lat", "lon", "area_id"]] = [zone["lat"], zone["lon"], zone["area_id"]]
    return {"bases": bases, "travel": tables["travel"].loc[tables["travel"]["base_id"] != one.subject]}


def _renew(tables: Tables, _scenario: Scenario, one: Candidate) -> dict[str, pd.DataFrame]:
    """Return the agreements with one that no longer ends."""
    here = _known(one, one.subject, tables["agreements"], "agreement_id")
    ends = tables["agreements"]["expires_on"]
    return {"agreements": tables["agreements"].assign(expires_on=ends.where(~here))}


def _test(tables: Tables, scenario: Scenario, one: Candidate) -> dict[str, pd.DataFrame]:
    """Return the agreements with one tested today, with success."""
    here = _known(one, one.subject, tables["agreements"], "agreement_id")
    table = tables["agreements"]
    return {
        "agreements": table.assign(
            tested_on=table["tested_on"].mask(here, pd.Timestamp(scenario.as_at)),
            test_result=table["test_result"].mask(here, "met"),
        )
    }


def _courses(tables: Tables, scenario: Scenario, one: Candidate) -> dict[str, pd.DataFrame]:
    """Return the officers with those more who qualify from the courses added, posted where the role is shortest."""
    _known(one, one.subject, tables["roles"], "role")
    flows = tables["workforce_flows"].query("flow == 'pass_rate'").set_index("role")["mode"]
    number = int(np.floor(one.amount * float(flows.get(one.subject, 1.0)) + 0.5))
    posts = tables["posts"].loc[tables["posts"]["role"] == one.subject].set_index("base_id")["established"]
    if posts.empty or number <= 0:
        why = f"none of {one.amount:g} starters passes" if len(posts) else f"the force has no posts of {one.subject!r}"
        raise ValueError(f"option {one.option_id}: {why}")
    officers = tables["officers"]
    filled = officers.loc[officers["role"] == one.subject, "base_id"].value_counts()
    base = str((posts - filled.reindex(posts.index).fillna(0)).idxmax())
    today = pd.Timestamp(scenario.as_at)
    names = [f"{one.option_id}-{place + 1}" for place in range(number)]
    more = {"officer_id": names, "base_id": base, "in_post_on": today, "status": "deployable", "role": one.subject}
    modules = tables["modules"].loc[tables["modules"]["role"] == one.subject, ["module", "valid_months"]]
    held = pd.DataFrame({"officer_id": names}).merge(modules, how="cross").assign(passed_on=today)
    until = [today + pd.DateOffset(months=int(months)) for months in held.pop("valid_months")]
    return {
        "officers": _added(officers, pd.DataFrame(more)),
        "currency": _added(tables["currency"], held.assign(valid_until=pd.Series(until, dtype="datetime64[us]"))),
    }


def _added(table: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """Return a table with rows more, of the same types."""
    more = rows.reindex(columns=table.columns).astype(table.dtypes.to_dict())
    return pd.concat([table, more], ignore_index=True)


def _standard(tables: Tables, _scenario: Scenario, one: Candidate) -> dict[str, pd.DataFrame]:
    """Return a requirement with another time, or the response standards of an area with one."""
    if not one.amount >= 0:
        raise ValueError(f"option {one.option_id}: minutes must not be negative, not {one.amount}")
    if (tables["areas"]["area_id"] == one.subject).any():
        table = tables["response_standards"]
        here = table["area_id"] == one.subject
        return {"response_standards": table.assign(minutes=table["minutes"].mask(here, float(one.amount)))}
    here = _known(one, one.subject, tables["requirements"], "requirement_id")
    table = tables["requirements"]
    return {"requirements": table.assign(within_minutes=table["within_minutes"].mask(here, float(one.amount)))}


KINDS: Final[Mapping[str, Callable[[Tables, Scenario, Candidate], dict[str, Any]]]] = {
    "crew": _crew,
    "base": _base,
    "renew": _renew,
    "test": _test,
    "courses": _courses,
    "standard": _standard,
}

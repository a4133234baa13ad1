"""Officers in the workbench: posts by base, officers added or taken away, and lapses of currency, role by role.

In: the tables as they are and a scenario. Out: the section of fields. An officer added is made up (NEW-...), at the
role's first base and current in every module of it; one taken away gets the status other; a lapse ends the module that
would end first, of the officers whose modules end soonest.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

import pandas as pd

from apstra.assurance import Tables
from apstra.capability.strength import DEPLOYABLE, holders
from apstra.scenario import Scenario
from apstra.schema import TABLES, Kind
from apstra.schema.edit import Edit, Value
from apstra.workbench.field import STRENGTH, Field, Section, cell_field, choices_of, edit_of, whole, with_edit

MOST_OFFICERS: Final = 30
MOST_POSTS: Final = 200
AWAY: Final = "other"
NEW: Final = "NEW"
CURRENT_FOR: Final = pd.DateOffset(years=1)


def section(tables: Tables, scenario: Scenario) -> Section:
    """Return posts by base, deployable officers and lapses of each role in which the force keeps posts."""
    titles = tables["roles"].set_index("role")["title"]
    bases = tables["bases"].set_index("base_id")["name"]
    roles = list(dict.fromkeys(tables["posts"]["role"]))

    def fields(chosen: Sequence[str]) -> list[Field]:
        here = tables["posts"].loc[tables["posts"]["role"] == chosen[0]]
        posts = [
            cell_field(tables, "posts", {"role": chosen[0], "base_id": base}, "established", STRENGTH,
                       f"Established posts, {bases.get(base, base)}", most=MOST_POSTS)
            for base in here["base_id"]
        ]  # fmt: skip
        return [*(make(tables, scenario, chosen[0]) for make in (_officers, _lapses)), *posts]

    return Section("people", "Officers by role, and lapses of currency",
                   (("Role", choices_of(titles.reindex(roles), roles)),), fields)  # fmt: skip


def _ready(tables: Tables, scenario: Scenario, role: str) -> pd.Series:
    """Return the deployable officers of a role, those first whose modules end soonest."""
    people = holders(tables["officers"], tables["currency"], tables["modules"], tables["roles"])
    current = people["authorised"] & (people["current_until"] >= pd.Timestamp(scenario.as_at))
    ready = people.loc[(people["role"] == role) & current & (people["status"] == DEPLOYABLE)]
    return ready.sort_values(["current_until", "officer_id"])["officer_id"]


def _officers(tables: Tables, scenario: Scenario, role: str) -> Field:
    """Return the field of deployable officers added, or taken away."""
    ready = _ready(tables, scenario, role)
    theirs = set(ready)

    def now(to: Scenario) -> Value:
        edits = [one for one in to.edits if one.table == "officers"]
        lost = sum(one.key.get("officer_id") in theirs for one in edits if one.set.get("status") == AWAY)
        return sum(one.add.get("role") == role for one in edits if one.add) - lost

    def put(to: Scenario, value: Value) -> Scenario:
        to, number = _without_people(to, theirs, role), whole(value)
        for officer in ready.iloc[::-1].iloc[: max(-number, 0)]:
            key: dict[str, Value] = {"officer_id": str(officer)}
            edit = edit_of(to, "officers", key)
            cells = {**(edit.set if edit else {}), "status": AWAY}
            to = with_edit(to, Edit("officers", key, set=cells), "officers", key)
        edits = [*to.edits, *_new(tables, scenario, role, max(number, 0))]
        return replace(to, edits=tuple(sorted(edits, key=lambda one: one.row(TABLES[one.table].key))))

    words = "Deployable officers added, or taken away below 0"
    return Field(f"officers|{role}", words, "officers", Kind.INTEGER, -len(ready), MOST_OFFICERS, STRENGTH, 0, now, put)


def _lapses(tables: Tables, scenario: Scenario, role: str) -> Field:
    """Return the field of officers whose currency lapses."""
    modules = tables["modules"].loc[tables["modules"]["role"] == role, "module"]
    held = tables["currency"].loc[tables["currency"]["module"].isin(modules)].sort_values("valid_until")
    soonest = held.drop_duplicates("officer_id").set_index("officer_id")
    able = [officer for officer in _ready(tables, scenario, role) if officer in soonest.index]
    before = str((pd.Timestamp(scenario.as_at) - pd.Timedelta(days=1)).date())

    def now(to: Scenario) -> Value:
        return sum(edit_of(to, "currency", _module(soonest, officer)) is not None for officer in able)

    def put(to: Scenario, value: Value) -> Scenario:
        for place, officer in enumerate(able):
            key, passed = _module(soonest, officer), soonest.loc[officer, "passed_on"]
            cells: dict[str, Value] = {"passed_on": min(str(passed.date()), before), "valid_until": before}
            to = with_edit(to, Edit("currency", key, set=cells) if place < whole(value) else None, "currency", key)
        return to

    words = "Officers whose currency lapses"
    return Field(f"currency|{role}", words, "officers", Kind.INTEGER, 0, len(able), STRENGTH, 0, now, put)


def _module(soonest: pd.DataFrame, officer: str) -> dict[str, Value]:
    """Return the key of the row of an officer's module that ends first."""
    return {"officer_id": str(officer), "module": str(soonest.loc[officer, "module"])}


def _without_people(scenario: Scenario, theirs: set[str], role: str) -> Scenario:
    """Return the scenario without the officers of a role it adds or takes away."""
    new = {one.add["officer_id"] for one in scenario.edits if one.table == "officers" and one.add.get("role") == role}
    kept = []
    for one in scenario.edits:
        if one.table == "officers" and one.key.get("officer_id") in theirs and one.set.get("status") == AWAY:
            other = {name: value for name, value in one.set.items() if name != "status"}
            kept += [replace(one, set=other)] if other else []
        elif not (one.table in {"officers", "currency"} and one.add.get("officer_id") in new):
            kept.append(one)
    return replace(scenario, edits=tuple(kept))


def _new(tables: Tables, scenario: Scenario, role: str, number: int) -> list[Edit]:
    """Return so many new officers of a role at its first base, current in every module of it."""
    posts = tables["posts"].loc[tables["posts"]["role"] == role, "base_id"]
    if not number or posts.empty:
        return []
    day, until = str(scenario.as_at), str((pd.Timestamp(scenario.as_at) + CURRENT_FOR).date())
    names = [f"{NEW}-{role}-{place:02d}" for place in range(1, number + 1)]
    common: dict[str, Any] = {"base_id": posts.iloc[0], "in_post_on": day, "status": DEPLOYABLE, "role": role}
    modules = tables["modules"].loc[tables["modules"]["role"] == role, "module"]
    return [Edit("officers", add={"officer_id": name, **common}) for name in names] + [
        Edit("currency", add={"officer_id": name, "module": module, "passed_on": day, "valid_until": until})
        for name in names
        for module in modules
    ]

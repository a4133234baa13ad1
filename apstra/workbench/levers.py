"""What an analyst can change, section by section.

In: the tables as they are and a scenario. Out: sections of fields (``field``), each about one of the figures.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import pandas as pd

from apstra.assurance import Tables
from apstra.scenario import LEVEL, Scenario
from apstra.schema import Kind
from apstra.schema.edit import Edit, Value
from apstra.workbench import people
from apstra.workbench.field import (
    AID,
    COVER,
    DAYS,
    LONGEST,
    MOST_CREWS,
    RANGES,
    STRENGTH,
    THREATS,
    Field,
    Section,
    assumption_field,
    cell_field,
    choices_of,
    edit_of,
    value_of,
    whole,
    with_edit,
)

ABSTRACTION: Final = ("annual_leave_days", "training_days", "sickness_share", "court_and_other_days", "presence_share")
DEMAND: Final = ("demand_factor", "crews_committed_elsewhere", "required_crews_minimum", "turnout_minutes")
HEIGHTENED: Final = (
    "malicious_frequency_factor", "donor_availability_factor", "simultaneous_incidents", "aid_heightened_factor",
)  # fmt: skip
DELAYS: Final = ("mobilisation_minutes", "on_call_turnout_minutes", "untested_agreement_factor")
USUAL_CREW: Final = 2
MOST_SCORE: Final = 5
MOST_GIVEN: Final = 30


def sections(tables: Tables, scenario: Scenario) -> list[Section]:
    """Return what can be changed; a section of which the force has entered nothing is left out.

    Parameters
    ----------
    tables
        Tables of the force as they are, no edit made.
    scenario
        Any scenario of the year and the day assessed.
    """
    made = [
        _crews(tables),
        people.section(tables, scenario),
        _assumed("abstraction", "Abstraction: leave, training, sickness, court", ABSTRACTION, STRENGTH, scenario),
        _standards(tables, scenario),
        _assumed("demand", "Demand growth and crews", DEMAND, COVER, scenario),
        _events(tables, scenario),
        _assumed("heightened", "Heightened threat", HEIGHTENED, AID, scenario),
        _agreements(tables),
        _assumed("delays", "Delays before aid sets out", DELAYS, AID, scenario),
        _scores(tables, scenario),
    ]
    return [one for one in made if all(choices for _, choices in one.picks)]


def _assumed(name: str, title: str, names: Sequence[str], about: str, scenario: Scenario) -> Section:
    """Return a section of assumptions."""
    return Section(name, title, (), lambda _chosen: [assumption_field(one, about, scenario) for one in names])


def _crews(tables: Tables) -> Section:
    """Return the crews of each base by block, and those added in every block."""
    duty = tables["crews"]
    blocks, per_crew = list(dict.fromkeys(duty["block"])), duty["officers_per_crew"].max()
    usual: dict[str, Value] = {"crews": 0, "officers_per_crew": USUAL_CREW if pd.isna(per_crew) else int(per_crew)}

    def fields(chosen: Sequence[str]) -> list[Field]:
        each = [
            cell_field(tables, "crews", {"base_id": chosen[0], "block": block}, "crews", COVER,
                       f"Crews, {block.replace('-', ' ')}", MOST_CREWS, usual)
            for block in blocks
        ]  # fmt: skip
        return [_every_block(each, chosen[0]), *each]

    bases = choices_of(tables["bases"]["name"], tables["bases"]["base_id"]) if blocks else ()
    return Section("crews", "Crews by base and block", (("Base", bases),), fields)


def _every_block(each: Sequence[Field], base: str) -> Field:
    """Return the field that adds crews in every block of a base, or takes them away, never below none."""
    before = [whole(one.was) for one in each]
    most = max(MOST_CREWS, *before)
    low, high = -max(before), most - min(before)

    def after(value: int) -> list[int]:
        return [min(max(crews + value, 0), most) for crews in before]

    def now(scenario: Scenario) -> Value:
        there = [whole(one.now(scenario)) for one in each]
        return next((value for value in range(low, high + 1) if after(value) == there), 0)

    def put(scenario: Scenario, value: Value) -> Scenario:
        for one, crews in zip(each, after(whole(value)), strict=True):
            scenario = one.put(scenario, crews)
        return scenario

    return Field(f"crews|{base}|every", "Crews added in every block", "crews", Kind.INTEGER, low, high, COVER, 0, now,
                 put)  # fmt: skip


def _standards(tables: Tables, scenario: Scenario) -> Section:
    """Return the response standards by area and kind, and the assurance level of all."""
    rows, names = tables["response_standards"], tables["areas"].set_index("area_id")["name"]
    choices = choices_of(
        [f"{names.get(area, area)}, {kind}" for area, kind in zip(rows["area_id"], rows["kind"], strict=True)],
        rows["area_id"] + "|" + rows["kind"],
    )

    def fields(chosen: Sequence[str]) -> list[Field]:
        area, kind = chosen[0].split("|")
        key: dict[str, Value] = {"area_id": area, "kind": kind}
        cells = [cell_field(tables, "response_standards", key, column, COVER, most=LONGEST)
                 for column in ("minutes", "share")]  # fmt: skip
        return [*cells, assumption_field(LEVEL, STRENGTH, scenario)]

    return Section("standards", "Response standards and assurance level", (("Area and kind", choices),), fields)


def _events(tables: Tables, scenario: Scenario) -> Section:
    """Return the events of the calendar that are not over: what has been cannot be otherwise."""
    rows = tables["calendar"].loc[tables["calendar"]["ends_on"] >= pd.Timestamp(scenario.as_at)]
    words = [f"{name}, {day:%d %b %Y}" for name, day in zip(rows["name"], rows["starts_on"], strict=True)]

    def fields(chosen: Sequence[str]) -> list[Field]:
        return [
            cell_field(tables, "calendar", {"event_id": chosen[0]}, column, DAYS, most=RANGES["ratio"][1])
            for column in ("demand_factor", "starts_on", "ends_on")
        ]

    return Section("events", "Season and event days", (("Event", choices_of(words, rows["event_id"])),), fields)


def _agreements(tables: Tables) -> Section:
    """Return the agreements: whether each counts, what it gives, on what notice."""
    rows, names = tables["agreements"], tables["donors"].set_index("donor_id")["name"]
    words = rows["agreement_id"] + ": " + rows["officers"].map("{:.0f} ".format) + rows["role"] + " of "
    choices = choices_of(words + rows["donor_id"].map(names), rows["agreement_id"])

    def fields(chosen: Sequence[str]) -> list[Field]:
        key: dict[str, Value] = {"agreement_id": chosen[0]}
        row = rows.loc[rows["agreement_id"] == chosen[0]].iloc[0]
        cells = [cell_field(tables, "agreements", key, column, AID, most=MOST_GIVEN)
                 for column in ("officers", "availability")]  # fmt: skip
        return [_counted(key), _notice(key, row), *cells]

    return Section("agreements", "Agreements on or off, and notice", (("Agreement", choices),), fields)


def _counted(key: dict[str, Value]) -> Field:
    """Return whether an agreement counts at all."""

    def now(scenario: Scenario) -> Value:
        edit = edit_of(scenario, "agreements", key)
        return not (edit is not None and edit.remove)

    def put(scenario: Scenario, value: Value) -> Scenario:
        if bool(value) == now(scenario):
            return scenario
        return with_edit(scenario, None if value else Edit("agreements", key, remove=True), "agreements", key)

    name = f"agreements|{key['agreement_id']}|on"
    return Field(name, "The agreement counts", "", Kind.FLAG, None, None, AID, was=True, now=now, put=put)


def _notice(key: dict[str, Value], row: pd.Series) -> Field:
    """Return the most likely notice; the shortest and the longest move with it in proportion."""
    names = ("notice_low", "notice_mode", "notice_high")
    low, was, high = (float(row[name]) for name in names)

    def now(scenario: Scenario) -> Value:
        edit = edit_of(scenario, "agreements", key)
        return edit.set.get("notice_mode", value_of(was)) if edit else value_of(was)

    def put(scenario: Scenario, value: Value) -> Scenario:
        edit, to = edit_of(scenario, "agreements", key), float(str(value))
        if edit is not None and edit.remove:
            raise ValueError("Most likely notice: the agreement does not count in this scenario; let it count first")
        ends = (low * to / was, to, high * to / was) if was > 0 else (low + to, to, high + to)
        kept = {name: cell for name, cell in (edit.set if edit else {}).items() if name not in names}
        moved = {} if to == was else {name: value_of(round(end, 3)) for name, end in zip(names, ends, strict=True)}
        cells = {**kept, **moved}
        return with_edit(scenario, Edit("agreements", key, set=cells) if cells else None, "agreements", key)

    return Field(f"agreements|{key['agreement_id']}|notice", "Most likely notice", "minutes", Kind.NUMBER, 0.0, LONGEST,
                 AID, value_of(was), now, put)  # fmt: skip


def _scores(tables: Tables, scenario: Scenario) -> Section:
    """Return the scores of each threat, scorer by scorer."""
    rows, scheme = tables["threat_scores"], scenario.scheme
    least = scheme.anchors.groupby("dimension")["score"].min()
    threats = tables["threats"].loc[tables["threats"]["threat_id"].isin(rows["threat_id"])]
    scorers = sorted(set(rows["scorer"]))

    def fields(chosen: Sequence[str]) -> list[Field]:
        here = rows.loc[(rows["threat_id"] == chosen[0]) & (rows["scorer"] == chosen[1]), "dimension"]
        made = [
            cell_field(tables, "threat_scores", {"threat_id": chosen[0], "scorer": chosen[1], "dimension": one},
                       "score", THREATS, str(scheme.dimensions["label"].get(one, one)))
            for one in here
        ]  # fmt: skip
        ends = [(float(least.get(one, 0)), float(scheme.dimensions["highest"].get(one, MOST_SCORE))) for one in here]
        return [replace(one, low=low, high=high) for one, (low, high) in zip(made, ends, strict=True)]

    picks = (("Threat", choices_of(threats["title"], threats["threat_id"])), ("Scorer", choices_of(scorers, scorers)))
    return Section("scores", "Threat scores by scorer", picks, fields)

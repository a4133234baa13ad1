"""The workbench: every control labelled, every change told and painted beside the baseline, every way back, kept."""

import gc
import json
import re
import shutil
from dataclasses import replace
from html import unescape

import ipywidgets as widgets
import pandas as pd
import pytest
import yaml
from conftest import WORKED

from apstra import data
from apstra.assessment import assess
from apstra.assessment.differences import edited
from apstra.data.drafts import Draft
from apstra.recall import Recall
from apstra.report.live import VIEWS
from apstra.workbench import bench as room
from apstra.workbench import workbench
from apstra.workbench.bench import FIRST

NIGHT = "crews|carlisle|night-weekend-summer|crews"
FIRST_FILE = "cumbria/2026-2026-11-01-1.json"
NOTHING = "Nothing is changed: this is the baseline."
# A field of each section, another value of it in range, and what the list of what is changed then says.
CHANGES = {
    "crews": (NIGHT, 4, "Crews, carlisle, night-weekend-summer: crews: 4 crews (was 1)"),
    "people": ("posts|ARV|carlisle|established", 22, "Posts, ARV, carlisle: established: 22 posts (was 17)"),
    "abstraction": ("sickness_share", 0.15, "contract hours lost to sickness: 0.15 share (was 0.05)"),
    "standards": ("response_standards|north|spontaneous|minutes", 10, "minutes: 10 minutes (was 30)"),
    "demand": ("demand_factor", 2, "Firearms operations relative to the forecast: 2 ratio (was 1)"),
    "events": ("calendar|EV10|demand_factor", 3, "Calendar, EV10: demand_factor: 3 ratio (was 1.3)"),
    "heightened": ("donor_availability_factor", 0.2, "Availability of donors relative to their agreements: 0.2 ratio"),
    "agreements": ("agreements|AG01|on", False, "Agreements, AG01: removed (was there)"),
    "delays": ("mobilisation_minutes", 60, "the same delay for all of them: 60 minutes (was 8)"),
    "scores": ("threat_scores|TH01|S1|physical|score", 0, "Threat scores, TH01, S1, physical: score: 0 score (was 5)"),
}  # fmt: skip
REFUSED = [
    ("crews", NIGHT, 12, "a whole number from 0 to 9 crews, not 12"),
    ("crews", NIGHT, 1.5, "a whole number from 0 to 9 crews, not 1.5"),
    ("crews", NIGHT, float("nan"), "a whole number from 0 to 9 crews, not nan"),
    ("people", "officers|ARV", -60, "a whole number from -51 to 30 officers, not -60"),
    ("demand", "demand_factor", 11, "a number from 0.05 to 10 ratio, not 11"),
    ("events", "calendar|EV10|ends_on", "soon", "a date such as 2027-05-31, not soon"),
    ("events", "calendar|EV10|ends_on", "2026-11-01", "starts_on 2026-11-19 or later, not 2026-11-01"),
]


@pytest.fixture(scope="module")
def memory():
    """One memory for all pages of this module: what was worked out once need not be again."""
    return Recall()


@pytest.fixture
def opened(assessed, worked, memory, tmp_path, monkeypatch):
    """Return what opens the workbench, on drafts of its own; tables are read ``anew`` only where they differ."""
    monkeypatch.setattr(room, "Recall", lambda: memory)

    def opens(folder=WORKED, drafts=tmp_path / "drafts", a=assessed, *, anew=False):
        with pytest.MonkeyPatch.context() as patch:
            if not anew:
                patch.setattr(data, "read_tables", lambda _folder: worked[0])
            return workbench(a, str(folder), drafts)

    return opens


@pytest.fixture(scope="module")
def page(assessed, worked, memory, tmp_path_factory):
    """One page for all tests that write nothing but its draft."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(room, "Recall", lambda: memory)
        return workbench(assessed, str(WORKED), tmp_path_factory.mktemp("page"))


@pytest.fixture
def bench(page, tmp_path):
    """The page as it was opened, its draft in a folder of its own."""
    page.state.update(place=tmp_path / "drafts" / FIRST_FILE, known="")
    page.controls["section"].value = "crews"
    page.controls["pick 0"].index = 0
    page.move(page.state["begun"])
    page.told["opened"].value = ""
    return page


@pytest.fixture
def force(tmp_path):
    """A copy of the worked force into which may be written."""
    return shutil.copytree(WORKED, tmp_path / "force")


def shown(box):
    """Give every widget in a box, in order."""
    for child in box.children:
        yield from shown(child) if isinstance(child, widgets.Box) else (child,)


def put(bench, section, name, value):
    """Turn to a section and to what the field is of, put a value into it, and return the words beside it."""
    bench.controls["section"].value = section
    pick, of = bench.controls["pick 0"], name.split("|")
    if len(of) > 1 and of[1] in [key for _, key in pick.options]:
        pick.value = of[1]
    bench.fields[name][1].value = value
    return bench.fields[name][2].value


def press(bench, name, told=""):
    bench.controls[name].click()
    return words(bench, told) if told else ""


def words(bench, told):
    """Return what is told, as it is read."""
    text = bench.told[told].value
    for mark in ("<strong>", "</strong>"):
        text = text.replace(mark, "")
    return unescape(text)


def painted(bench):
    return {name: view.value for name, view in bench.views.items()}


def steps(place):
    """Return the steps of the draft kept."""
    return json.loads(place.read_text("utf-8"))["steps"]


# --- the page -------------------------------------------------------------------------------------------------------


def test_it_opens_on_the_baseline_and_keeps_nothing_yet(bench, tmp_path):
    assert NOTHING in bench.told["changed"].value
    assert "officers short (baseline" in bench.told["summary"].value
    assert bench.now.headlines.equals(bench.was.headlines)
    assert not (tmp_path / "drafts").exists()


def test_every_control_has_a_label_of_its_own_and_every_part_a_heading(bench):
    for section in bench.sections:
        bench.controls["section"].value = section.name
        controls = [one for one in shown(bench.box) if not isinstance(one, widgets.HTML)]
        seen = [one for one in controls if one.layout.display != "none"]
        labels = [one.description.strip() for one in seen]
        assert all(labels)
        assert len(set(labels)) == len(labels)
    heads = [one.value for one in shown(bench.box) if isinstance(one, widgets.HTML) and "<h2>" in one.value]
    assert heads == [f"<h2>{one}</h2>" for one in (
        "What is changed", "Change", "Keep and compare", "Explain", "What it does",
    )]  # fmt: skip
    assert all(bench.views[name].value.startswith(f"<h3>{title}</h3>") for name, (title, _) in VIEWS.items())


def test_every_field_says_its_unit_and_what_the_baseline_has(bench):
    for section in bench.sections:
        bench.controls["section"].value = section.name
        for field, control, note in bench.fields.values():
            assert field.label in control.description
            assert f"[{field.unit}]" in control.description or not field.unit
            assert ", baseline " in control.description
            assert note.value == ""
    bench.controls["section"].value = "crews"
    assert bench.fields[NIGHT][1].description == "Crews, night weekend summer [crews], baseline 1"


def test_another_choice_shows_other_fields_with_what_the_draft_has_of_them(bench):
    put(bench, "crews", NIGHT, 4)
    bench.controls["pick 0"].value = "kendal"
    assert all(name.startswith("crews|kendal|") for name in bench.fields)
    bench.controls["pick 0"].value = "carlisle"
    assert bench.fields[NIGHT][1].value == 4
    bench.controls["section"].value = "scores"
    bench.controls["pick 1"].value = "S2"
    assert all("|TH01|S2|" in name for name in bench.fields)


def test_a_score_between_two_of_the_scale_is_shown_as_it_is(opened, force):
    rows = (force / "threat_scores.csv").read_text("utf-8")
    (force / "threat_scores.csv").write_text(rows.replace("TH01,S1,physical,5,", "TH01,S1,physical,4.5,"), "utf-8")
    bench = opened(force, anew=True)
    bench.controls["section"].value = "scores"
    assert bench.fields["threat_scores|TH01|S1|physical|score"][1].value == 4.5


# --- changing -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("section", CHANGES)
def test_a_change_is_told_painted_kept_and_undone(bench, section):
    name, value, said = CHANGES[section]
    before = painted(bench)
    assert put(bench, section, name, value) == ""
    field = bench.fields[name][0]
    assert field.now(bench.draft.scenario) == bench.fields[name][1].value == value
    assert "1 change from the baseline" in words(bench, "changed")
    assert said in words(bench, "changed")
    assert painted(bench)[FIRST[field.about]] != before[FIRST[field.about]]
    assert len(steps(bench.state["place"])) == 2
    press(bench, "undo")
    assert painted(bench) == before
    assert bench.fields[name][1].value == field.was
    assert NOTHING in bench.told["changed"].value
    assert len(steps(bench.state["place"])) == 1


def test_what_was_abstained_and_a_lapse_move_the_figures_too(bench):
    before = painted(bench)
    put(bench, "scores", "threat_scores|TH01|S1|physical|score", None)
    assert "score: blank score (was 5)" in words(bench, "changed")
    press(bench, "undo")
    put(bench, "people", "currency|ARV", 9)
    after = painted(bench)
    assert after["strength"] != before["strength"]
    assert "-9" not in before["strength"]
    assert words(bench, "changed").count("valid_until: 2026-10-31") == 9


def test_set_back_by_hand_leaves_no_change_and_every_step_back(bench):
    start = bench.draft.scenario
    for section, name, value in (("crews", NIGHT, 3), ("demand", "demand_factor", 1.2), ("people", "officers|ARV", 2)):
        put(bench, section, name, value)
    for section, name in (("crews", NIGHT), ("demand", "demand_factor"), ("people", "officers|ARV")):
        put(bench, section, name, {"officers|ARV": 0}.get(name, 1))
    assert (bench.draft.scenario == start) is True
    assert NOTHING in bench.told["changed"].value
    assert len(bench.draft.past) == 6


def test_crews_in_every_block_show_in_the_field_of_each_block(bench):
    put(bench, "crews", "crews|kendal|every", 2)
    values = [control.value for _, control, _ in bench.fields.values()]
    assert values == [2, *[3] * 12]
    assert "12 changes from the baseline" in words(bench, "changed")
    put(bench, "crews", "crews|carlisle|every", 8)
    assert bench.fields["crews|carlisle|every"][1].value == 8
    put(bench, "crews", "crews|carlisle|every", 0)
    bench.controls["pick 0"].value = "kendal"
    put(bench, "crews", "crews|kendal|every", 0)
    assert NOTHING in bench.told["changed"].value


@pytest.mark.parametrize(("section", "name", "value", "said"), REFUSED)
def test_a_value_that_may_not_be_is_refused_beside_its_field_and_nothing_changes(bench, section, name, value, said):
    before, draft = painted(bench), bench.draft
    note = put(bench, section, name, value)
    field, control, _ = bench.fields[name]
    assert 'role="alert"' in note
    assert f"{said}{'.0' * (name == 'demand_factor')}</p>" in unescape(note)
    assert control.value == field.was
    assert [bool(one.value) for _, _, one in bench.fields.values()].count(True) == 1
    assert bench.draft is draft
    assert painted(bench) == before
    control.value = others = 2 if name == NIGHT else field.was
    assert bench.fields[name][1].value == others
    assert name != NIGHT or bench.fields[name][2].value == ""


def test_an_agreement_that_does_not_count_is_not_changed(bench):
    put(bench, "agreements", "agreements|AG01|on", False)
    draft = bench.draft
    assert "let it count first" in put(bench, "agreements", "agreements|AG01|notice", 30)
    assert "bring it back first" in put(bench, "agreements", "agreements|AG01|officers", 3)
    assert (bench.draft, bench.fields["agreements|AG01|notice"][1].value) == (draft, 10)


def test_what_the_model_cannot_hold_is_refused_beside_the_field_and_a_way_back_to_it_left_out(bench, monkeypatch):
    for crews in (2, 3):
        put(bench, "crews", NIGHT, crews)
    before, draft = painted(bench), bench.draft

    def refused(*_given):
        raise ValueError("more crews than the exact <model> can hold")

    monkeypatch.setattr(room, "live", refused)
    assert put(bench, "crews", NIGHT, 9) == '<p role="alert">more crews than the exact &lt;model&gt; can hold</p>'
    press(bench, "undo")
    assert 'role="alert"' in bench.told["summary"].value
    assert (bench.draft.scenario, painted(bench), bench.fields[NIGHT][1].value) == (draft.scenario, before, 3)
    monkeypatch.undo()
    press(bench, "undo")
    assert NOTHING in bench.told["changed"].value


def test_no_garbage_is_looked_for_until_a_change_is_painted_and_then_again_also_where_it_was_refused(
    bench, monkeypatch
):
    seen, worked_out = [], room.live

    def watched(*given):
        seen.append(gc.isenabled())
        if len(seen) > 1:
            raise ValueError("more than the model can hold")
        return worked_out(*given)

    monkeypatch.setattr(room, "live", watched)
    assert put(bench, "crews", NIGHT, 2) == ""
    assert gc.isenabled()
    assert "more than" in put(bench, "crews", NIGHT, 3)
    assert gc.isenabled()
    assert seen == [False, False]


def test_the_change_tried_before_a_page_is_shown_leaves_nothing_behind(bench):
    assert (bench.draft.scenario.changes, bench.draft.past) == ({}, ())
    assert bench.now.headlines.equals(bench.was.headlines)
    assert NOTHING in bench.told["changed"].value


def test_officers_added_lapses_and_those_taken_away_go_together(bench):
    for name, value in (("officers|ARV", 3), ("currency|ARV", 2), ("posts|ARV|carlisle|established", 20)):
        assert put(bench, "people", name, value) == ""
    held = [bench.fields[name][1].value for name in ("officers|ARV", "currency|ARV", "posts|ARV|carlisle|established")]
    assert held == [3, 2, 20]
    assert put(bench, "people", "officers|ARV", -1) == ""
    ready = bench.was.chapters.capability.position.set_index("role")["deployable"]
    now = bench.now.chapters.capability.position.set_index("role")["deployable"]
    assert (now - ready)[lambda change: change != 0].to_dict() == {"ARV": -3}


def test_the_whole_page_goes_back_and_forth(bench):
    first = painted(bench)
    put(bench, "crews", NIGHT, 3)
    put(bench, "demand", "demand_factor", 1.2)
    second, said = painted(bench), bench.told["changed"].value
    press(bench, "reset")
    assert NOTHING in bench.told["changed"].value
    assert painted(bench) == first
    assert bench.fields["demand_factor"][1].value == 1
    press(bench, "undo")
    assert (painted(bench), bench.told["changed"].value) == (second, said)
    for _ in range(4):
        press(bench, "undo")
    assert painted(bench) == first
    assert bench.draft.past == ()


def test_pictures_are_drawn_anew_only_where_what_they_show_has_changed(bench, monkeypatch):
    drawn = []
    for name in ("cover_map", "week_picture"):
        monkeypatch.setattr(f"apstra.report.live.{name}", lambda *_given, name=name: drawn.append(name))
    put(bench, "scores", "threat_scores|TH01|S1|physical|score", 1)  # draws both once, for these are other functions
    assert sorted(drawn) == ["cover_map", "week_picture"]
    put(bench, "scores", "threat_scores|TH01|S1|physical|score", 2)
    put(bench, "agreements", "agreements|AG02|on", False)
    assert len(drawn) == 2
    put(bench, "crews", NIGHT, 2)
    assert drawn[2:] == ["week_picture"]  # one crew at night moves no zone to another band
    put(bench, "standards", "response_standards|north|spontaneous|minutes", 10)
    assert drawn[3:] == ["cover_map"]


# --- unsaved work ---------------------------------------------------------------------------------------------------


def test_a_page_opened_again_goes_on_where_it_was_left_with_every_way_back(bench, opened):
    put(bench, "crews", NIGHT, 3)
    put(bench, "demand", "demand_factor", 1.2)
    bench.controls["note"].value = "Half a thought"
    again = opened()
    assert "Unsaved work was found and is open again." in again.told["opened"].value
    assert (again.draft, painted(again)) == (bench.draft, painted(bench))
    assert again.told["changed"].value == bench.told["changed"].value
    assert (again.controls["note"].value, again.fields[NIGHT][1].value) == ("Half a thought", 3)
    for _ in range(2):
        press(again, "undo")
    assert NOTHING in again.told["changed"].value
    assert again.controls["note"].value == "Half a thought"
    assert "Half a thought" in opened().controls["note"].value


def test_two_pages_on_the_same_draft_lose_nothing(bench, opened):
    put(bench, "crews", NIGHT, 3)
    other = opened()
    put(bench, "crews", NIGHT, 4)
    put(other, "demand", "demand_factor", 1.2)
    put(bench, "crews", NIGHT, 5)
    places = [one.state["place"] for one in (bench, other)]
    assert [one.name for one in places] == ["2026-2026-11-01-1.json", "2026-2026-11-01-2.json"]
    assert [len(steps(one)) for one in places] == [4, 3]


def test_work_that_no_longer_fits_the_tables_is_told_left_aside_and_not_lost(opened, force, tmp_path):
    bench = opened(force)
    put(bench, "agreements", "agreements|AG01|on", False)
    before = bench.state["place"].read_bytes()
    for name in ("agreements", "aid_responses"):
        rows = (force / f"{name}.csv").read_text("utf-8").splitlines(keepends=True)
        (force / f"{name}.csv").write_text("".join(row for row in rows if "AG01," not in row), encoding="utf-8")
    again = opened(force, anew=True)
    assert 'role="alert"' in again.told["opened"].value
    assert "left aside in 2026-2026-11-01-1.json" in again.told["opened"].value
    assert "AG01" in again.told["opened"].value
    assert NOTHING in again.told["changed"].value
    put(again, "demand", "demand_factor", 1.2)
    assert (tmp_path / "drafts" / FIRST_FILE).read_bytes() == before
    assert again.state["place"].name == "2026-2026-11-01-2.json"


def test_where_drafts_cannot_be_kept_it_is_told_and_the_page_goes_on(opened, tmp_path):
    (tmp_path / "full").write_text("no folder", encoding="utf-8")
    bench = opened(drafts=tmp_path / "full")
    put(bench, "crews", NIGHT, 3)
    assert 'role="alert"' in bench.told["opened"].value
    assert "lost with this page" in bench.told["opened"].value
    assert bench.draft.scenario.edits
    assert "1 change from the baseline" in words(bench, "changed")


# --- scenarios ------------------------------------------------------------------------------------------------------


def save(bench, name, title="Two more", note="Why"):
    for word, text in (("name", name), ("title", title), ("note", note)):
        bench.controls[word].value = text
    return press(bench, "save", "saved")


def load(bench, name):
    bench.controls["scenario"].value = name
    return press(bench, "load", "loaded")


def test_a_scenario_is_saved_as_its_differences_and_assessed_to_the_same_figures(opened, force):
    bench = opened(force)
    put(bench, "crews", NIGHT, 3)
    put(bench, "demand", "demand_factor", 1.2)
    put(bench, "people", "officers|RO", 1)
    bench.controls["author"].value = bench.controls["author"].options[1][1]
    assert "Scenario two-more is saved" in save(bench, "two-more", note="Why: 'quoted'\nand more")
    content = yaml.safe_load((force / "scenarios" / "two-more.yaml").read_text("utf-8"))
    assert (content["name"], content["changes"]) == ("two-more", {"demand_factor": 1.2})
    assert {"table": "crews", "key": {"base_id": "carlisle", "block": "night-weekend-summer"}, "set": {"crews": 3}} in (
        content["tables"]
    )
    assert ("two-more", "") in data.list_scenarios(force)[["name", "problem"]].itertuples(index=False, name=None)
    assert ("Two more (two-more)", "two-more") in bench.controls["scenario"].options
    asked = data.read_scenario(force, "two-more", 2026, bench.start.scenario.as_at)
    assert (asked.author, asked.note) == (bench.controls["author"].value, "Why: 'quoted'\nand more")
    whole = assess(edited(data.read_tables(force), asked), asked, weighing=False).headlines.set_index("headline")
    live = bench.now.headlines.set_index("headline")
    assert live["value"].to_dict() == pytest.approx(whole.loc[live.index, "value"].to_dict(), rel=1e-9, nan_ok=True)


def test_it_is_saved_again_over_itself_after_undo_and_after_the_page_was_opened_again(opened, force):
    bench = opened(force)
    put(bench, "crews", NIGHT, 3)
    put(bench, "crews", NIGHT, 4)
    save(bench, "nights")
    press(bench, "undo")
    assert bench.controls["name"].value == "nights"
    assert "is saved" in press(bench, "save", "saved")
    again = opened(force)
    put(again, "crews", NIGHT, 6)
    assert "is saved" in press(again, "save", "saved")
    (edit,) = yaml.safe_load((force / "scenarios" / "nights.yaml").read_text("utf-8"))["tables"]
    assert edit["set"] == {"crews": 6}


REFUSED_NAMES = {
    "baseline": "the baseline is never overwritten",
    "Two more": "small letters, digits, - and _, not 'Two more'",
    "../outside": "not '../outside'",
    "": "not ''",
    "heightened": "there is a scenario heightened already: load it first",
}


def test_a_name_that_may_not_be_is_refused_and_nothing_is_written(opened, force):
    before = {path: path.read_bytes() for path in force.rglob("*") if path.is_file()}
    bench = opened(force)
    put(bench, "crews", NIGHT, 3)
    for name, words_of_it in REFUSED_NAMES.items():
        said = save(bench, name)
        assert 'role="alert"' in said
        assert words_of_it in said
    assert {path: path.read_bytes() for path in force.rglob("*") if path.is_file()} == before
    assert (opened(force).draft == bench.draft) is True


def test_the_second_who_saves_is_told_and_nothing_is_overwritten(opened, force, tmp_path):
    first, second = (opened(force, tmp_path / name) for name in ("a", "b"))
    for bench, crews in ((first, 3), (second, 5)):
        assert "Scenario heightened is on the page." in load(bench, "heightened")
        put(bench, "crews", NIGHT, crews)
    assert "is saved" in press(first, "save", "saved")
    before = (force / "scenarios" / "heightened.yaml").read_bytes()
    said = press(second, "save", "saved")
    assert 'role="alert"' in said
    assert "changed by somebody since it was loaded; nothing was overwritten" in said
    assert (force / "scenarios" / "heightened.yaml").read_bytes() == before
    assert second.fields[NIGHT][1].value == 5
    assert "is saved" in save(second, "heightened-2")


def test_a_scenario_is_loaded_with_the_way_back_and_loaded_again(opened, force):
    bench = opened(force)
    put(bench, "crews", NIGHT, 3)
    load(bench, "heightened")
    assert bench.controls["title"].value == bench.draft.scenario.title != "What if"
    assert dict(bench.draft.scenario.changes) == dict(
        data.read_scenario(force, "heightened", 2026, bench.start.scenario.as_at).changes
    )
    assert "is on the page" in load(bench, "heightened")  # the same once more is no step
    assert len(bench.draft.past) == 2
    press(bench, "undo")
    assert (bench.controls["name"].value, bench.fields[NIGHT][1].value) == ("what-if", 3)
    assert "is saved as scenarios/what-if.yaml" in press(bench, "save", "saved")
    assert "back at the baseline" in load(bench, "baseline")
    assert NOTHING in bench.told["changed"].value


def test_a_scenario_that_no_longer_fits_is_listed_with_its_problem_and_not_offered(opened, force):
    gone = {"table": "agreements", "key": {"agreement_id": "AG99"}, "remove": True}
    content = {"name": "stale", "title": "<b>Stale</b>", "note": "", "changes": {}, "tables": [gone]}
    (force / "scenarios" / "stale.yaml").write_text(yaml.safe_dump(content), encoding="utf-8")
    bench = opened(force)
    assert "stale" in bench.told["scenarios"].value
    assert "AG99" in bench.told["scenarios"].value
    offered = dict([*bench.controls["scenario"].options, *bench.controls["several"].options])
    assert "stale" not in offered.values()
    content["tables"] = []
    (force / "scenarios" / "stale.yaml").write_text(yaml.safe_dump(content), encoding="utf-8")
    bench = opened(force)
    assert bench.told["scenarios"].value == ""
    content["tables"] = [gone]  # gone stale after it was offered
    (force / "scenarios" / "stale.yaml").write_text(yaml.safe_dump(content), encoding="utf-8")
    assert 'role="alert"' in load(bench, "stale")
    assert "AG99" in words(bench, "loaded")
    assert NOTHING in bench.told["changed"].value


def test_two_to_four_scenarios_are_compared_with_what_is_on_the_page(opened, force):
    bench = opened(force)
    put(bench, "demand", "demand_factor", 1.5)
    save(bench, "more", title="<script>alert(1)</script>")
    for chosen in ((), ("this page",), ("this page", "baseline", "heightened", "simultaneous", "more")):
        bench.controls["several"].value = chosen
        said = press(bench, "compare", "compared")
        assert f"choose two to four scenarios to compare, not {len(chosen)}" in said
        assert bench.told["comparison"].value == ""
    bench.controls["several"].value = ("this page", "baseline", "heightened", "more")
    assert "4 scenarios are compared below" in press(bench, "compare", "compared")
    page = bench.told["comparison"].value
    assert '<th scope="col">this page' in page
    assert "<script>" not in page
    within = [one.headlines.set_index("headline").loc["cover_0", "value"] for one in (bench.now, bench.was)]
    assert re.search("within the standard.*{:.0%} .*{:.0%} ".format(*within), page)


def test_it_opens_on_the_scenario_that_is_asked_for(opened, assessed, force, monkeypatch):
    asked = data.read_scenario(force, "heightened", 2026, assessed.scenario.as_at)
    monkeypatch.setattr(data, "assessment", lambda *_asked: assessed)
    bench = opened(force, a=replace(assessed, scenario=asked))
    assert bench.draft.scenario.name == bench.controls["name"].value == "heightened"
    assert bench.draft.scenario.changes == asked.changes
    assert bench.was.scenario.changes == {}
    put(bench, "crews", NIGHT, 3)
    assert "is saved" in press(bench, "save", "saved")
    assert isinstance(opened(force).draft, Draft)


# --- a force that has entered little --------------------------------------------------------------------------------


def test_a_force_that_has_entered_nothing_opens_it_all_the_same(opened, assessed, monkeypatch):
    nothing = {name: frame.iloc[:0] for name, frame in data.read_tables(WORKED).items()}
    monkeypatch.setattr(data, "read_tables", lambda _folder: nothing)
    monkeypatch.setattr(data, "list_scenarios", lambda _folder: pd.DataFrame(columns=["name", "title", "problem"]))
    bench = opened(anew=True, a=assess(nothing, assessed.scenario, weighing=False))
    assert [one.name for one in bench.sections] == ["abstraction", "demand", "heightened", "delays"]
    for name in ("strength", "week", "aid", "unmet", "donors", "days"):
        assert "To be supplied" in bench.views[name].value, name
    for name, value in (("demand_factor", 2), ("turnout_minutes", 30)):
        assert put(bench, "demand", name, value) == ""
    pages = [*painted(bench).values(), *(one.value for one in bench.told.values())]
    assert not [page for page in pages if "nan" in page or "None" in page]
    assert "there is no saved scenario to load" in press(bench, "load", "loaded")

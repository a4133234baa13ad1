"""Long work beside the page: its progress, what came of it, why it failed, that it was cancelled; the page goes on."""

import shutil
from dataclasses import replace
from threading import Event

import pytest
from conftest import AS_AT, WORKED

from apstra import data
from apstra.report.exhibit import Page, prose
from apstra.workbench import explaining, jobs, workbench
from apstra.workbench.jobs import WORK, Task, begun, work

PATIENCE = 120  # seconds after which a test gives up; nothing is measured


class Line:
    """A line that keeps what is told down it."""

    def __init__(self):
        self.told = []

    def send(self, words):
        self.told.append(words)


@pytest.fixture(scope="module")
def task(worked):
    baseline = worked[1]
    scenario = replace(baseline, name="what-if", title="<b>What</b> if", changes={"demand_factor": 1.2})
    return Task("drivers", str(WORKED), baseline, scenario, "unmet_requirement")


@pytest.fixture(scope="module")
def page(assessed, tmp_path_factory):
    """A workbench on a copy of the worked force."""
    place = tmp_path_factory.mktemp("page")
    return workbench(assessed, str(shutil.copytree(WORKED, place / "force")), place / "drafts")


def told(task, monkeypatch, does):
    """Work a task out here, by a stand-in, and return what is told down the line."""
    monkeypatch.setattr(jobs, "WORK", {task.work: ("Stand-in", does)})
    line = Line()
    work(task, line)
    return line.told


def followed(task):
    """Begin a task in a process of its own; return the job, what is told of it, and an event set at its end."""
    heard, end = [], Event()

    def hear(words):
        heard.append(words)
        if words[0] != "progress":
            end.set()

    return begun(task, hear), heard, end


def test_progress_is_told_then_what_came_of_it(task, monkeypatch):
    def does(asked, tables, progress):
        assert asked is task
        assert len(tables["crews"]) > 0
        for step in range(3):
            progress(step, 3)
        return Page("", (prose("All <found>."),))

    *steps, (kind, html) = told(task, monkeypatch, does)
    assert steps == [("progress", 0, 3), ("progress", 1, 3), ("progress", 2, 3)]
    assert kind == "done"
    assert "All &lt;found&gt;." in html


def test_work_that_fails_says_why(task, monkeypatch):
    def does(*_given):
        raise KeyError("<no such figure>")

    assert told(task, monkeypatch, does) == [("failed", "KeyError: &#x27;&lt;no such figure&gt;&#x27;")]


def test_a_figure_there_is_none_of_is_refused_with_those_there_are(task, worked):
    measured = jobs.quickly(replace(task, figure="happiness"))
    with pytest.raises(ValueError, match=r"figure must be one of .*unmet_requirement.*, not 'happiness'"):
        measured(worked[0], worked[1])


def test_the_figure_worked_out_quickly_is_that_of_the_assessment(task, worked, assessed):
    figures = assessed.headlines.set_index("headline")["value"]
    assert jobs.quickly(task)(worked[0], worked[1]) == pytest.approx(figures["unmet_requirement"], rel=1e-9)


def test_drivers_are_worked_out_in_a_process_of_their_own(task):
    job, heard, end = followed(task)
    assert end.wait(PATIENCE)
    job.process.join(PATIENCE)
    assert heard[-1][0] == "done"
    done = [(step[1], step[2]) for step in heard[:-1]]
    assert done == sorted(done)
    assert all(step <= of for step, of in done)
    assert "Firearms operations relative to the forecast" in heard[-1][1]
    assert heard[-1][1].count("<figure") >= 1


def test_a_task_is_cancelled_at_any_time_its_process_ends_and_nothing_saved_is_touched(task, tmp_path):
    folder = shutil.copytree(WORKED, tmp_path / "force")
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    job, heard, end = followed(replace(task, folder=str(folder), work="options"))
    job.process.terminate()
    assert end.wait(PATIENCE)
    job.process.join(PATIENCE)
    assert heard[-1] == ("cancelled",)
    assert not job.process.is_alive()
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


def test_a_process_that_is_killed_is_told_too_and_scenarios_stay_whole(page, task):
    job, heard, end = followed(replace(task, folder=page.folder, work="simulation"))
    page.controls["name"].value = "kept"
    page.controls["save"].click()
    job.process.kill()
    assert end.wait(PATIENCE)
    job.process.join(PATIENCE)
    assert heard[-1] == ("cancelled",)
    assert data.read_scenario(page.folder, "kept", 2026, AS_AT).title == "What if"
    assert (data.list_scenarios(page.folder)["problem"] == "").all()
    assert not job.process.is_alive()


# --- on the page ----------------------------------------------------------------------------------------------------


def test_the_page_offers_every_work_and_every_figure(page):
    assert [name for _, name in page.controls["work"].options] == list(WORK)
    assert [name for _, name in page.controls["figure"].options] == list(page.was.headlines["headline"])
    assert page.controls["figure"].value == "unmet_requirement"
    assert (page.controls["start"].disabled, page.controls["cancel"].disabled) == (False, True)


def test_one_work_at_a_time_and_the_page_changes_meanwhile_and_cancels(page, monkeypatch):
    end, follow = Event(), explaining.follow

    def hear(bench, task, words):
        follow(bench, task, words)
        if words[0] != "progress":
            end.set()

    monkeypatch.setattr(explaining, "follow", hear)
    page.controls["work"].value = "simulation"
    page.controls["start"].click()
    assert "Years played through is under way" in page.told["job"].value
    assert (page.controls["start"].disabled, page.controls["cancel"].disabled) == (True, False)
    page.controls["start"].click()  # a button that is disabled may still be pressed by a message already on its way
    assert "one work is under way; cancel it first" in page.told["job"].value
    assert 'role="alert"' in page.told["job"].value
    process = page.state["job"].process
    name = next(name for name in page.fields if name.endswith("|night-weekend-summer|crews"))
    page.fields[name][1].value = 5
    assert "1 change from the baseline" in page.told["changed"].value
    page.controls["cancel"].click()
    assert end.wait(PATIENCE)
    process.join(PATIENCE)
    assert page.told["job"].value == '<p role="status">Years played through: cancelled.</p>'
    assert (page.state["job"], process.is_alive()) == (None, False)
    assert (page.controls["start"].disabled, page.controls["cancel"].disabled) == (False, True)
    page.controls["cancel"].click()  # with nothing under way nothing happens


def test_the_page_says_how_far_work_is_and_shows_what_came_of_it_with_the_scenario_it_is_of(page, task):
    explaining.follow(page, task, ("progress", 3, 12))
    bar = page.controls["progress"]
    assert (bar.value, bar.max) == (3, 12)
    assert page.told["job"].value == '<p role="status">What drives the difference: 3 of 12</p>'
    explaining.follow(page, task, ("done", "<p>found</p>"))
    assert (bar.value, bar.max) == (12, 12)
    assert page.told["explained"].value == "<h3>What drives the difference: &lt;b&gt;What&lt;/b&gt; if</h3><p>found</p>"
    explaining.follow(page, task, ("failed", "ValueError: &lt;why&gt;"))
    assert 'role="alert"' in page.told["job"].value
    assert "failed: ValueError: <why>" in page.told["job"].value.replace("&lt;", "<").replace("&gt;", ">")
    assert "&amp;lt;" not in page.told["job"].value
    assert "<p>found</p>" in page.told["explained"].value  # what was found before stays

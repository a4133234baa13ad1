"""The workbench beside its aims: from a change to the figures, over changes of every section, on the worked force.

In the kernel: computing and the rest of what a change costs there. In Chromium, where there is one: from the key that
ends the change to the frame with the figure it is about, and to the last frame. The floors, of the same run, are one
whole assessment without options, and a page of one number that is only said again. Nothing is asserted.
"""

import json
import os
import sys
import time
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import cycle, islice, product
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))

from browser import PAINTED_WITHIN, chromium, playwright_or_skip, put_workbench, repaints, served

from apstra import data, workbench
from apstra.assessment import assess
from apstra.report.live import VIEWS
from apstra.schema import Kind
from apstra.workbench.bench import FIRST, Workbench
from apstra.workbench.field import Field

FORCE = "data/cumbria"
ASKED = (2026, "2026-11-01", "baseline")
EACH = 6  # changes of a section
PARTS = ".figures, .changed"  # a change that moves no figure is told at least
TURNS = 5
WIDTH = 1400
SHOWN_AFTER = 500  # until the fields of another section or pick are there [ms]
ROUND_TRIPS = 12
AIMS = {"computing": 100, "in the kernel": None, "figure concerned": 500, "all figures": 1000}  # [ms], 95th percentile
STEPS = (1.1, 0.9, 1.2, 0.8, 1.05, 1.3)
FLOOR_PAGE = """import ipywidgets as widgets
asked, told = widgets.FloatText(description="Number", continuous_update=False), widgets.HTML()
asked.observe(lambda change: setattr(told, "value", f"<h3>Said</h3>{change.new}"), names="value")
room = widgets.VBox([asked, told])
room.add_class("figures")
room"""


def values(field: Field, now: object) -> Iterator[object]:
    """Give values within the range of a field beside the one it has, the nearest first."""
    if field.kind is Kind.FLAG:
        yield not now
    elif field.kind is Kind.DATE:
        way = -1 if field.name.endswith("starts_on") else 1  # an event must not end before it starts
        yield from (str(date.fromisoformat(str(now)) + timedelta(days=way * days)) for days in (1, 2))
    elif field.kind is Kind.INTEGER or field.blank:
        yield from (
            int(now or 0) + step for step in (1, -1, 2, -2, 3) if field.low <= int(now or 0) + step <= field.high
        )
    else:
        yield from (round(float(now) * step, 4) for step in STEPS if field.low <= float(now) * step <= field.high)


def changes(bench: Workbench) -> Iterator[tuple[str, tuple[str, ...], Field, object]]:
    """Give the changes of each section: its name, what is picked, the field and its value, several picks in turn."""
    for section in bench.sections:
        picked = list(product(*([key for _, key in choices] for _, choices in section.picks)))
        spread = picked[:: max(len(picked) // EACH, 1)]
        offered = [(pick, one) for pick in spread for one in section.fields(pick)]
        # As many picks and fields as there is room for; where there are few, each again with a further value.
        even = np.linspace(0, len(offered) - 1, min(EACH, len(offered))).round().astype(int)
        scenario, seen = bench.start.scenario, [bench.start.scenario]
        for pick, one in islice(cycle([offered[place] for place in even]), EACH):
            after = ((value, one.put(scenario, one.checked(value))) for value in values(one, one.now(scenario)))
            value, scenario = next(each for each in after if each[1] not in seen)
            seen.append(scenario)
            yield section.title, pick, one, value


def in_the_kernel(bench: Workbench, asked: list) -> pd.DataFrame:
    """Return what each change takes in the kernel [ms], each on top of those before it in its section."""
    rows, last = [], ""
    for title, pick, field, value in asked:
        if title != last:
            bench.reset()
            bench.controls["section"].label = title
        last = title
        for place, key in enumerate(pick):
            bench.controls[f"pick {place}"].value = key
        _, control, note = bench.fields[field.name]
        began = time.perf_counter()
        control.value = value
        whole = time.perf_counter() - began
        if note.value:
            sys.exit(f"{title}: {note.value}")
        rows.append((title, field.label, value, 1000 * bench.state["seconds"], 1000 * whole))
    return pd.DataFrame(rows, columns=["section", "field", "value", "computing", "in the kernel"])


def in_the_browser(page, bench: Workbench, asked: list) -> pd.DataFrame:
    """Return what each change takes in the browser [ms], from the last key to the frame painted."""
    rows, shown, words = [], ("", ()), {one.title: one for one in bench.sections}
    for title, pick, field, value in asked:
        if title != shown[0]:
            if rows:
                repaints(
                    page, lambda: press(page, page.get_by_role("button", name="Back to the baseline"), "Space"), PARTS
                )
            page.get_by_label("What to change").select_option(label=title)
        for (label, choices), key in zip(words[title].picks, pick, strict=True):
            page.wait_for_timeout(SHOWN_AFTER if (title, pick) != shown else 0)
            page.get_by_label(label, exact=True).select_option(label={of: word for word, of in choices}[key])
        page.wait_for_timeout(SHOWN_AFTER if (title, pick) != shown else 0)  # fields of another pick have like labels
        shown, control = (
            (title, pick),
            page.get_by_label(f"{field.label} [" if field.unit else f"{field.label}, ").first,
        )
        painted = repaints(page, lambda control=control, value=value: leave(page, control, value), PARTS)
        concerned = [after for one, after in painted if one == VIEWS[FIRST[field.about]][0]]
        rows.append((title, field.label, value, min(concerned, default=np.nan), painted[-1][1]))
    return pd.DataFrame(rows, columns=["section", "field", "value", "figure concerned", "all figures"])


def press(page, control, key: str) -> None:
    """Press a key on a control."""
    control.focus()
    page.keyboard.press(key)


def leave(page, control, value: object) -> None:
    """Give a control another value by keyboard and leave it."""
    kind = control.evaluate("each => each.tagName + (each.type || '')")
    control.focus()
    if kind.endswith("checkbox"):
        page.keyboard.press("Space")
    elif kind.startswith("SELECT"):
        page.keyboard.type(str(value))
    else:
        page.keyboard.press("Control+A")
        page.keyboard.type(str(value))
        page.keyboard.press("Tab")


def round_trips(page, address: str) -> list[float]:
    """Return what it takes until a number that is only said again is painted [ms]."""
    page.goto(f"{address}/floor.ipynb")
    page.get_by_label("Number").wait_for()
    return [repaints(page, lambda n=n: leave(page, page.get_by_label("Number"), n))[-1][1]
            for n in range(1, ROUND_TRIPS + 1)]  # fmt: skip


def floor_notebook(place: Path) -> None:
    """Write the notebook of one number."""
    whole = json.loads((data.PROJECT / "notebooks" / "workbench.ipynb").read_text(encoding="utf-8"))
    cell = {"cell_type": "code", "id": "floor", "metadata": {}, "outputs": [], "execution_count": None}
    place.write_text(json.dumps({**whole, "cells": [{**cell, "source": FLOOR_PAGE}]}), encoding="utf-8")


def show(found: pd.DataFrame, name: str, floor: float, what: str) -> None:
    """Print a time by section, the whole beside its aim and its floor."""
    times = found[name].dropna()
    ends = [times.median(), np.percentile(times, 95), times.max()]
    aim = f"; aim {AIMS[name]} at 95%" if AIMS[name] else ""
    print(f"{name} [ms], {len(times)} changes{aim}; floor, {what}: {floor:.0f}; median / floor {ends[0] / floor:.2f}")
    print(f"  {'all sections':<50}" + "".join(f"{end:>8.0f}" for end in ends))
    for section, each in found.groupby("section", sort=False)[name]:
        of = each.dropna()
        print(f"  {section:<50}{of.median():>8.0f}{np.percentile(of, 95):>8.0f}{of.max():>8.0f}")


def whole_assessment() -> float:
    """Return the median time of the whole assessment without options [ms]."""
    tables = data.read_tables(FORCE)
    scenario, taken = data.read_scenario(FORCE, ASKED[2], ASKED[0], date.fromisoformat(ASKED[1])), []
    for _ in range(TURNS):
        began = time.perf_counter()
        assess(tables, scenario, weighing=False)
        taken.append(time.perf_counter() - began)
    return 1000 * float(np.median(taken))


def load() -> str:
    """Return how busy the machine is."""
    return f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"


def main() -> None:
    """Measure in the kernel, then in the browser, and print both."""
    print(f"workbench, {FORCE}: median, 95th percentile, maximum; {load()}")
    with TemporaryDirectory() as name:
        bench = workbench.workbench(data.assessment(FORCE, *ASKED, ""), FORCE, Path(name) / "kernel")
        asked = list(changes(bench))
        found, floor = in_the_kernel(bench, asked), whole_assessment()
        for each in ("computing", "in the kernel"):
            show(found, each, floor, "one whole assessment without options")
        try:
            playwright_or_skip()
        except (pytest.skip.Exception, pytest.fail.Exception) as missing:
            print(f"nothing was measured in a browser: {missing}")
        else:
            beside_it(Path(name), bench, asked)
    print(load())


def beside_it(place: Path, bench: Workbench, asked: list) -> None:
    """Measure in the browser and print it; a figure that shows the same as before is not painted, so not counted."""
    put_workbench(place / "workbench.ipynb", FORCE, place / "page")
    floor_notebook(place / "floor.ipynb")
    with served("voila", place, "--Voila.ip=127.0.0.1", ".") as address, chromium(WIDTH) as browser:
        trips = round_trips(browser.page, f"{address}/voila/render")
        browser.page.goto(f"{address}/voila/render/workbench.ipynb")
        browser.page.get_by_text("All figures are painted").wait_for(timeout=PAINTED_WITHIN)
        painted = in_the_browser(browser.page, bench, asked)
    for each in ("figure concerned", "all figures"):
        show(painted, each, float(np.median(trips)), "a number said again")


if __name__ == "__main__":
    main()

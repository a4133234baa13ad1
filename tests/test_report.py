"""The kit every exhibit is made with: escaping, text alternatives, words, pictures that are the same each time."""

import base64
import re
from dataclasses import replace
from xml.etree import ElementTree as ET

import numpy as np
import pandas as pd
import pytest
from conftest import assumptions_read
from hypothesis import given
from hypothesis import strategies as st
from test_partial_force import exhibits, reviewed

from apstra import data, report
from apstra.assessment import assess
from apstra.report.chart import bars, canvas, fan, heat, lines, svg, zones_map
from apstra.report.exhibit import (
    Exhibit,
    Page,
    bullets,
    count,
    listed,
    percent,
    prose,
    span,
    table_html,
    to_be_supplied,
)
from apstra.schema import TABLES
from apstra.schema.assumptions import ASSUMPTIONS

HOSTILE = "<script>alert('x')</script>&\""


def chart(values=(1.0, 2.0)):
    with canvas(4, 2) as (figure, axes):
        bars(axes, [f"bar {i}" for i in range(len(values))], values)
    return figure


def texts(figure):
    return [text.get_text().strip() for axes in figure.axes for text in axes.texts]


def test_a_picture_without_alt_text_is_refused():
    with pytest.raises(ValueError, match="has a picture and no alt text"):
        Exhibit("Finding", "what", "  ", "source", pd.DataFrame(), chart())


def test_an_exhibit_shows_headline_picture_with_alt_table_and_source():
    html = Exhibit("A finding", "Where", "What it says", "Table x", pd.DataFrame({"A": [1]}), chart())._repr_html_()
    root = ET.fromstring(html.replace("&nbsp;", " "))
    image = root.find(".//img")
    assert image.get("alt") == "What it says"
    assert base64.b64decode(image.get("src").split(",", 1)[1]).startswith(b"<?xml")
    assert root.find(".//strong").text == "A finding"
    assert root.find("figcaption").text == "Source: Table x"
    assert root.find(".//details/div/table/caption").text == "Where"


def test_text_from_tables_is_escaped_wherever_it_stands():
    exhibit = Exhibit(HOSTILE, HOSTILE, HOSTILE, HOSTILE, pd.DataFrame({HOSTILE: [HOSTILE]}), chart())
    for html in (exhibit._repr_html_(), prose(HOSTILE)._repr_html_(), bullets(HOSTILE)._repr_html_()):
        assert "<script" not in html
        assert "&lt;script&gt;" in html


def test_tables_have_a_caption_scopes_and_no_empty_cell():
    frame = pd.DataFrame({"Name": ["a", None], "N": [1234.5, np.nan], "Late": [True, False]})
    root = ET.fromstring(table_html(frame, "Caption"))
    assert root.find(".//caption").text == "Caption"
    assert [cell.get("scope") for cell in root.findall(".//thead//th")] == ["col"] * 3
    assert [cell.get("scope") for cell in root.findall(".//tbody//th")] == ["row"] * 2
    assert [cell.text for cell in root.findall(".//tbody//td")] == ["1,234", "yes", "not known", "no"]
    assert root.findall(".//tbody//th")[1].text == "not known"


def test_a_table_without_rows_says_so():
    assert "No rows" in table_html(pd.DataFrame({"A": []}), "Empty")


def test_dates_are_written_as_people_write_them():
    html = table_html(pd.DataFrame({"On": [pd.Timestamp("2026-11-01")]}), "c")
    assert "1 November 2026" in html


def test_the_same_figure_gives_the_same_bytes():
    assert svg(chart()) == svg(chart())
    assert b"<dc:date>" not in svg(chart())


def test_bars_write_each_value_at_its_end():
    assert texts(chart((1.0, 25.0))) == ["1", "25"]


def test_bars_draw_nothing_but_do_not_fail_without_rows():
    assert texts(chart(())) == []


def test_bars_show_the_range_as_whiskers():
    with canvas() as (figure, axes):
        bars(axes, ["a"], [5], low=[2], high=[9], texts=["5 (2 to 9)"])
    assert texts(figure) == ["5 (2 to 9)"]
    assert axes.get_xlim()[1] > 9


def test_heat_writes_every_number_and_says_what_is_missing():
    frame = pd.DataFrame([[0.0, 1.0], [np.nan, 0.5]], index=["r", "s"], columns=["c", "d"])
    with canvas() as (figure, axes):
        heat(axes, frame)
    assert texts(figure) == ["0%", "100%", "not known", "50%"]


def test_heat_puts_white_ink_on_dark_cells_only():
    with canvas() as (_, axes):
        heat(axes, pd.DataFrame([[0.05, 1.0]]))
    assert [text.get_color() for text in axes.texts] == ["black", "white"]


def test_lines_are_labelled_at_their_end():
    with canvas() as (figure, axes):
        lines(axes, [1, 2], {"first": [1, 2], "second": [2, 1]})
    assert texts(figure) == ["first", "second"]
    assert {line.get_linestyle() for line in axes.lines} == {"-", "--"}


def test_a_fan_has_a_band_for_each_interval():
    with canvas() as (_, axes):
        fan(axes, [1, 2], [5, 6], [([1, 1], [9, 9]), ([3, 3], [7, 7])])
    assert len(axes.collections) == 2


def test_the_map_falls_back_to_points_where_there_is_no_outline():
    zones = pd.DataFrame({"zone_id": ["a", "b"], "lat": [54.0, 55.0], "lon": [-3.0, -2.0]})
    bands = pd.Series(pd.Categorical(["near", "far"], categories=["near", "far"], ordered=True))
    nothing = pd.DataFrame(columns=["zone_id", "ring", "lon", "lat"])
    places = pd.DataFrame({"name": ["Base"], "lat": [54.5], "lon": [-2.5]})
    with canvas() as (figure, axes):
        zones_map(axes, nothing, zones, bands, places)
    assert len(axes.lines) == 3
    assert texts(figure) == ["Base"]
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["near", "far"]


def test_the_map_hatches_bands_so_that_colour_is_not_alone():
    square = pd.DataFrame({"zone_id": "a", "ring": 0, "lon": [0.0, 1, 1, 0], "lat": [50.0, 50, 51, 51]})
    other = square.assign(zone_id="b", lon=square["lon"] + 2)
    zones = pd.DataFrame({"zone_id": ["a", "b"], "lat": [50.5, 50.5], "lon": [0.5, 2.5]})
    bands = pd.Series(pd.Categorical(["near", "far"], categories=["near", "far"], ordered=True))
    with canvas() as (_, axes):
        zones_map(axes, pd.concat([square, other]), zones, bands)
    hatches = [collection.get_hatch() for collection in axes.collections]
    assert len(set(hatches)) == 2


def test_what_is_missing_is_said_and_named():
    assert "To be supplied" in to_be_supplied("Roles")._repr_html_()
    assert "Roles" in repr(to_be_supplied("Roles"))


def test_a_page_holds_its_parts_in_order():
    html = Page("<h2>x</h2>", (prose("one"), Page("", (prose("two"),))))._repr_html_()
    assert re.sub("<[^>]+>", " ", html).split() == ["x", "one", "two"]
    assert repr(Page("")) == "Page"


@given(st.floats(0, 1))
def test_a_share_is_never_rounded_to_none_or_all(value):
    words = percent(value)
    assert (words == "0%") == (value == 0)
    assert (words == "100%") == (value == 1)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (percent(float("nan")), "not known"),
        (count(1, "officer"), "1 officer"),
        (count(0, "agency", "agencies"), "0 agencies"),
        (span(float("nan"), 2), "not known"),
        (span(1, 2), "1 to 2"),
        (listed(["a"]), "a"),
        (listed([]), "none"),
        (listed(["a", "b", "c"], 2), "a, b and 1 more"),
    ],
)
def test_words_agree_with_their_numbers(words, expected):
    assert words == expected


PARTS = (
    report.document.control_page,
    report.document.scope,
    report.document.assumptions,
    report.document.data_quality,
    report.document.profile,
    report.alignment.alignment,
    report.alignment.misaligned,
    report.options.unmet,
    report.options.options,
    report.options.pairs,
    report.document.obligations,
    report.document.lineage,
    report.document.logs,
    report.document.monitoring,
    report.assessment.decisions,
    report.assessment.first_page,
)


def words(part):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", part._repr_html_()))


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.__name__)
def test_every_part_of_the_document_says_something_of_the_worked_force(assessed, part):
    text = words(part(assessed))
    assert len(text) > 100
    assert "nan" not in text.split()
    assert "None" not in text.split()


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.__name__)
def test_every_part_of_the_document_can_be_made_of_a_force_that_has_nothing_yet(worked, part):
    tables, scenario = worked
    bare = {name: frame.iloc[:0] if name in TABLES else frame for name, frame in tables.items()}
    assert words(part(assess(bare, scenario))).strip()


def test_the_first_page_holds_what_is_asked_in_its_order(assessed):
    titles = re.findall(r"<h3>([^<]+)</h3>", report.assessment.first_page(assessed)._repr_html_())
    assert titles == [
        "The bottom line",
        "What is asked of you",
        "Required, established, deployable",
        "The five risks that matter most",
        "Cover",
        "What changed since the last assessment",
        "What is breached or overdue",
    ]


def test_the_bottom_line_is_three_sentences_that_follow_the_numbers(assessed):
    sentences = report.assessment.bottom_line(assessed).sentences
    assert len(sentences) == 3
    short = assessed.capability.position.query("shortfall > 0")
    assert sentences[0].startswith(f"The force is short in {len(short)} roles")
    whole = replace(
        assessed, capability=replace(assessed.capability, position=assessed.capability.position.assign(shortfall=0.0))
    )
    assert report.assessment.bottom_line(whole).sentences[0].startswith("Deployable strength meets the requirement")


def test_a_page_opens_and_closes_with_the_marking_and_warns_of_illustrative_rows(assessed):
    opened = report.opening(assessed, "Threat")._repr_html_()
    assert "OFFICIAL-SENSITIVE" in opened
    assert "APSTRA house scale, version 1" in opened
    assert "Illustrative: " in opened
    assert "OFFICIAL-SENSITIVE" in report.closing(assessed)._repr_html_()
    assert report.banner(replace(assessed, illustrative=())) == ""


def test_a_section_stands_under_the_title_the_force_gives_it(assessed):
    force = replace(assessed.scenario.force, sections={"6": "Our <threats>"})
    renamed = replace(assessed, scenario=replace(assessed.scenario, force=force))
    html = report.section(renamed, "6", prose("text"))._repr_html_()
    assert html == '<h2 id="section-6">6. Our &lt;threats&gt;</h2><p>text</p>'


def test_a_breach_is_said_and_its_absence_too(assessed):
    assert "Shortfall: " in words(report.assessment.breached(assessed))
    quiet = replace(assessed, breaches=assessed.breaches.iloc[:0], decisions=assessed.decisions.iloc[:0])
    assert "No check is breached" in words(report.assessment.breached(quiet))
    assert "Nothing is asked" in words(report.assessment.asked(quiet))


def test_a_digest_counts_the_results_of_its_chapter(assessed):
    assert f"ranking {len(assessed.threat.ranking)}" in report.digest(assessed, "threat")
    assert report.digest(assessed, "assessment").count("\n") == len(assessed.headlines) - 1


def test_the_assumptions_declared_are_those_that_an_assessment_and_its_exhibits_read(assessed_reading):
    found, read = assessed_reading
    known = {"report": report, "data": data, "a": found, "assessment": found, "found": reviewed(found)}
    with assumptions_read() as shown:
        for cell in exhibits():
            if "document.assumptions" not in cell:  # it lists whatever the force states, read or not
                eval(cell, known)  # noqa: S307 - our own notebooks
    assert read | shown == set(ASSUMPTIONS)

"""What people open: pages that stand alone, a register no cell of which can bite, the same bytes every time."""

import dataclasses
import json
import re
from datetime import date, datetime
from html.parser import HTMLParser
from io import BytesIO
from itertools import pairwise

import openpyxl
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_force import code, markdown, notebook, shown, stand_in_of, write_small_force

from apstra import publish
from apstra.publish.page import contents, outline
from apstra.publish.register import _safe
from apstra.publish.style import css_text
from apstra.schema import Marking

HOSTILE = '<script>alert("x")</script>'
PICTURE = '<img class="chart" alt="Three of four" src="data:image/svg+xml;base64,AAAA">'


@pytest.fixture(scope="module")
def assessment(tmp_path_factory):
    return stand_in_of(write_small_force(tmp_path_factory.mktemp("force") / "small"))


@pytest.fixture(scope="module")
def stamp(assessment):
    return publish.stamp_of(assessment, Marking.OFFICIAL_SENSITIVE, "abc123")


class Reader(HTMLParser):
    """Reads a page as a browser would: tags with attributes in order, and the text of each tag."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.texts, self.open = [], [], []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self.open.append(tag)

    def handle_endtag(self, tag):
        while self.open and self.open.pop() != tag:
            pass

    def handle_data(self, words):
        self.texts.append((self.open[-1] if self.open else "", words))

    def all(self, tag):
        return [attrs for name, attrs in self.tags if name == tag]

    def text_of(self, tag):
        return [words for name, words in self.texts if name == tag]


def page_of(stamp, *cells):
    return publish.html_page(notebook(*cells), stamp)


WHOLE = (
    markdown("# The assessment\n\nWords with a [citation](https://www.gov.uk/x) and\n\n- a list\n\n### Deep"),
    code('force = "/srv/secret"', tags=["injected-parameters"]),
    code("report.opening(a)", shown("<p class='marking'>OLD MARKING</p><p class='eyebrow'>Annual</p>")),
    code("report.chart(a)", shown(f'<h2 id="section-1">Threat</h2><figure>{PICTURE}</figure>')),
    code("report.more(a)", shown("<h4>Too deep</h4><h2>Threat</h2>")),
    code("print(1)", {"output_type": "stream", "name": "stdout", "text": ["one & two\n"]}),
    code("warn()", {"output_type": "stream", "name": "stderr", "text": "/home/someone/warning"}),
    code("2", {"output_type": "execute_result", "metadata": {}, "data": {"text/plain": ["<two>"]}}),
    code("# NBVAL_CHECK_OUTPUT\nprint(3)", {"output_type": "stream", "name": "stdout", "text": "DIGEST"}),
)


def test_a_page_loads_nothing_and_holds_no_script(stamp):
    page = page_of(stamp, *WHOLE)
    reader = Reader(page)
    names = {tag for tag, _ in reader.tags}
    assert not names & {"script", "link", "iframe", "object", "embed", "base"}
    loaded = [value for _, attrs in reader.tags for name, value in attrs.items() if name in {"src", "srcset", "data"}]
    assert loaded
    assert all(value.startswith("data:") for value in loaded)
    assert "url(" not in page
    assert "@import" not in page
    (policy,) = [meta["content"] for meta in reader.all("meta") if "http-equiv" in meta]
    assert policy == "default-src 'none'; style-src 'unsafe-inline'; img-src data:"


def test_a_page_says_its_language_title_and_one_first_heading_and_skips_no_level(stamp):
    reader = Reader(page_of(stamp, *WHOLE))
    assert reader.all("html") == [{"lang": "en-GB"}]
    assert reader.text_of("title") == ["The assessment - Small Constabulary 2026-27"]
    levels = [int(tag[1]) for tag, _ in reader.tags if re.fullmatch("h[1-6]", tag)]
    assert levels == [1, 2, 2, 3, 2]
    ids = [attrs["id"] for tag, attrs in reader.tags if "id" in attrs]
    assert len(ids) == len(set(ids))
    assert "section-1" in ids


def test_every_entry_of_the_contents_and_the_skip_link_lead_somewhere(stamp):
    reader = Reader(page_of(stamp, *WHOLE))
    ids = {attrs["id"] for _, attrs in reader.tags if "id" in attrs}
    inner = [attrs["href"][1:] for attrs in reader.all("a") if attrs["href"].startswith("#")]
    assert inner == ["main", "deep", "section-1", "too-deep", "threat"]
    assert set(inner) <= ids
    assert [attrs["href"] for attrs in reader.all("a") if not attrs["href"].startswith("#")] == ["https://www.gov.uk/x"]


def test_the_marking_stands_first_and_last_on_screen_and_on_every_sheet(stamp):
    page = page_of(stamp, *WHOLE)
    marks = [words for words in Reader(page).text_of("p") if "OFFICIAL" in words]
    assert marks == ["OFFICIAL-SENSITIVE Force use only"] * 2
    body = page.split("<body>")[1]
    assert body.index("OFFICIAL-SENSITIVE") < body.index("<nav")
    assert body.rindex("OFFICIAL-SENSITIVE") > body.index("</main>")
    assert '@top-center { content: "OFFICIAL-SENSITIVE Force use only"' in page
    assert '@bottom-center { content: "OFFICIAL-SENSITIVE"' in page
    assert "counter(page)" in page


def test_a_page_says_scheme_run_and_that_rows_are_illustrative_only_when_they_are(stamp):
    page = page_of(stamp, *WHOLE)
    assert "Test scale, version 1" in page
    assert "Run abc123" in page
    assert Reader(page).text_of("p").count(stamp.banner) == 1
    assert "made up" in stamp.banner
    real = page_of(dataclasses.replace(stamp, banner=""), *WHOLE)
    assert "made up" not in real
    assert 'role="note"' not in real


def test_the_banner_counts_the_illustrative_tables(assessment):
    several = dataclasses.replace(assessment, illustrative=("areas", "zones"))
    none = dataclasses.replace(assessment, illustrative=())
    assert "2 tables hold rows made up and labelled so" in publish.stamp_of(
        several, Marking.OFFICIAL, "x"
    ).banner  # fmt: skip
    assert publish.stamp_of(none, Marking.OFFICIAL, "x").banner == ""


def test_a_page_shows_outputs_and_words_but_no_code_parameters_warnings_or_digest(stamp):
    page = page_of(stamp, *WHOLE)
    for word in ("report.", "/srv/secret", "/home/someone", "DIGEST", "OLD MARKING"):
        assert word not in page
    for word in ("one &amp; two", "&lt;two&gt;", "<li>a list</li>", "Annual"):
        assert word in page


def test_hostile_words_from_settings_and_notebooks_are_escaped(stamp):
    hostile = dataclasses.replace(
        stamp, handling=HOSTILE, force=HOSTILE, scenario=HOSTILE, scheme=HOSTILE, banner=HOSTILE, run_id=HOSTILE
    )
    page = page_of(hostile, markdown(f"{HOSTILE}\n\n## {HOSTILE}"), code("x", shown("<p>fine</p>")))
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert page.count("</style>") == 1


@given(st.text())
def test_no_text_ends_a_css_string_or_the_style_it_stands_in(text):
    safe = css_text(text)
    assert '"' not in safe
    assert "<" not in safe
    assert "\n" not in safe


@pytest.mark.parametrize(
    ("html", "message"),
    [
        ('<img src="data:image/png;base64,AA">', "no text alternative"),
        ('<img alt=" " src="data:image/png;base64,AA">', "no text alternative"),
        ('<img alt="x" src="https://example.org/x.png">', "lies outside the page: https://example.org/x.png"),
        ('<script src="x.js"></script>', "<script> would load something"),
        ('<link rel="stylesheet" href="x.css">', "<link> would load something"),
        ('<iframe src="x"></iframe>', "<iframe> would load something"),
    ],
)
def test_a_page_that_is_not_whole_in_itself_is_refused(stamp, html, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        page_of(stamp, markdown("# T"), code("x", shown(html)))


def test_a_drawn_picture_keeps_its_text_alternative_and_without_one_is_refused(stamp):
    output = {"output_type": "display_data", "data": {"image/png": "AAAA\n"}, "metadata": {}}
    with pytest.raises(ValueError, match="no text alternative"):
        page_of(stamp, code("x", output))
    page = page_of(stamp, code("x", {**output, "metadata": {"image/png": {"alt": 'Half "met"'}}}))
    assert Reader(page).all("img") == [{"alt": 'Half "met"', "src": "data:image/png;base64,AAAA"}]


@given(st.lists(st.integers(1, 6), max_size=12))
def test_any_sequence_of_headings_becomes_a_sound_outline_and_balanced_contents(levels):
    body, headings = outline("".join(f"<h{level}>Same</h{level}>" for level in levels), "Title")
    found = [int(level) for level in re.findall(r"<h([1-6])", body)]
    assert found == [level for level, _, _ in headings]
    assert found[0] == 1
    assert 1 not in found[1:]
    assert all(after <= before + 1 for before, after in pairwise(found))
    nested = contents(headings[1:])
    assert nested.count("<ol>") == nested.count("</ol>")
    assert nested.count("<li>") == nested.count("</li>") == sum(level <= 3 for level in found[1:])


def test_a_page_is_the_same_bytes_each_time(stamp):
    assert page_of(stamp, *WHOLE) == page_of(stamp, *WHOLE)


# --- the register ---------------------------------------------------------------------------------------------------


def with_title(assessment, title):
    register = assessment.risk.register.assign(title=title)
    return dataclasses.replace(assessment, risk=dataclasses.replace(assessment.risk, register=register))


def workbook(assessment, stamp):
    return openpyxl.load_workbook(BytesIO(publish.register_xlsx(assessment, stamp)))


def table_of(sheet):
    (table,) = sheet.tables.values()
    header, *rows = ([cell.value for cell in row] for row in sheet[table.ref])
    return [dict(zip(header, row, strict=True)) for row in rows]


def test_the_workbook_has_cover_contents_notes_and_a_marked_up_table_a_sheet(assessment, stamp):
    book = workbook(assessment, stamp)
    assert book.sheetnames == ["Cover", "Contents", "Notes", "Register", "Controls", "Checks", "Proposed"]
    cover = " ".join(str(cell.value) for row in book["Cover"] for cell in row)
    for words in ("OFFICIAL-SENSITIVE Force use only", "abc123", stamp.banner, "Small Constabulary 2026-27"):
        assert words in cover
    (risk,) = table_of(book["Register"])
    assert (risk["Risk id"], risk["Opened on"], risk["Inherent likelihood"]) == ("K1", "2026-01-01", 3)
    assert (risk["Overdue"], risk["Current score"]) == ("yes", 12)
    assert all(len(sheet.tables) == 1 for sheet in book.worksheets[1:])
    notes = " ".join(str(cell.value) for row in book["Notes"] for cell in row)
    assert "Test scale, version 1" in notes
    assert "[x] not recorded" in notes


def test_every_sheet_carries_the_marking_at_top_and_bottom_and_the_book_its_classification(assessment, stamp):
    book = workbook(assessment, dataclasses.replace(stamp, handling="Force & partners"))
    for sheet in book.worksheets:
        assert sheet.oddHeader.center.text == "OFFICIAL-SENSITIVE Force && partners"
        assert sheet.oddFooter.center.text == "OFFICIAL-SENSITIVE Force && partners"
    assert [(one.name, one.value) for one in book.custom_doc_props.props] == [("Classification", "OFFICIAL-SENSITIVE")]
    assert book.properties.created == datetime(2026, 11, 1)  # noqa: DTZ001


def test_no_cell_of_any_table_is_empty(assessment, stamp):
    book = workbook(assessment, stamp)
    for sheet in book.worksheets[1:]:
        assert all(value not in {None, ""} for row in table_of(sheet) for value in row.values())
    (empty,) = table_of(book["Proposed"])
    assert set(empty.values()) == {"[z]"}


def test_a_score_an_observation_cannot_have_is_not_applicable_and_another_blank_is_not_recorded(assessment, stamp):
    register = assessment.risk.register.assign(kind="observation", inherent_likelihood=float("nan"))
    changed = dataclasses.replace(assessment, risk=dataclasses.replace(assessment.risk, register=register))
    (risk,) = table_of(workbook(changed, stamp)["Register"])
    assert (risk["Inherent likelihood"], risk["Owner"]) == ("[z]", "[x]")


@pytest.mark.parametrize(
    "words",
    [
        '=HYPERLINK("http://evil","x")',
        "+1+1",
        "-1+1",
        "@SUM(A1)",
        "\t=1",
        "\uff1d1+1",
        "[a](http://evil) [b](http://evil)",
        "$$x$$",
        "???",
    ],
)
def test_hostile_words_become_neither_formula_nor_link_in_workbook_and_csv(assessment, stamp, words):
    hostile = with_title(assessment, words)
    sheet = workbook(hostile, stamp)["Register"]
    assert all(cell.data_type != "f" and cell.hyperlink is None for row in sheet for cell in row)
    (risk,) = table_of(sheet)
    written = pd.read_csv(BytesIO(publish.register_csv(hostile, stamp)), dtype="str", keep_default_na=False)
    for cell in (risk["Title"], written["Title"].iloc[0]):
        assert not cell.startswith(("=", "+", "-", "@", "\t", "\uff1d"))
        assert "](" not in cell


@given(st.text(min_size=1))
def test_safe_text_never_starts_a_formula_and_always_says_something(text):
    safe = _safe(text)
    assert not safe.startswith(("=", "+", "-", "@", "\t", "\r"))
    assert re.search("[A-Za-z0-9]", safe)


def test_numbers_below_zero_stay_numbers(assessment, stamp):
    register = assessment.risk.register.assign(days_to_review=-12.0, share=1 / 3)
    changed = dataclasses.replace(assessment, risk=dataclasses.replace(assessment.risk, register=register))
    (risk,) = table_of(workbook(changed, stamp)["Register"])
    assert (risk["Days to review"], risk["Share"]) == (-12, 0.333333333)


def test_every_row_of_the_register_as_csv_carries_the_marking_and_the_state(assessment, stamp):
    written = publish.register_csv(assessment, stamp)
    assert written.startswith(b"\xef\xbb\xbfMarking,Assessment,Risk id,")
    frame = pd.read_csv(BytesIO(written))
    assert frame["Assessment"].unique().tolist() == ["draft, not signed"]
    assert frame["Marking"].unique().tolist() == ["OFFICIAL-SENSITIVE"]


def test_the_workbook_is_the_same_bytes_each_time(assessment, stamp):
    assert publish.register_xlsx(assessment, stamp) == publish.register_xlsx(assessment, stamp)


@pytest.mark.parametrize("marking", [None, "", "OFFICIAL-SENSITIVE", "SECRET"])
def test_no_product_is_made_without_a_marking(assessment, marking, tmp_path):
    with pytest.raises(ValueError, match="a product needs a protective marking"):
        publish.write_pages(publish.stamp_of(assessment, marking, "abc123"), tmp_path, tmp_path)
    with pytest.raises(ValueError, match="a product needs a protective marking"):
        publish.write_register(assessment, tmp_path, marking, "abc123")
    assert list(tmp_path.iterdir()) == []


def test_products_are_written_under_the_names_of_the_contract(assessment, tmp_path):
    (tmp_path / "notebooks").mkdir()
    for name in publish.PAGES:
        (tmp_path / "notebooks" / f"{name}.ipynb").write_text(json.dumps(notebook(markdown(f"# {name}"))))
    publish.write_register(assessment, tmp_path, Marking.OFFICIAL, "abc123")
    publish.write_pages(publish.stamp_of(assessment, Marking.OFFICIAL, "abc123"), tmp_path / "notebooks", tmp_path)
    assert {path.name for path in tmp_path.glob("*.*")} == {
        "assessment.html", "register.html", "register.csv", "register.xlsx",
    }  # fmt: skip
    assert '<h1 id="10-register">10_register</h1>' in (tmp_path / "register.html").read_text()


def test_an_assessment_of_another_day_is_stamped_with_that_day(assessment):
    scenario = dataclasses.replace(assessment.scenario, as_at=date(2026, 12, 24))
    changed = dataclasses.replace(assessment, scenario=scenario)
    assert "as at 2026-12-24" in page_of(publish.stamp_of(changed, Marking.OFFICIAL, "x"), markdown("# T"))

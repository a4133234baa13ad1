"""What a change does, in words: differences end by end, views beside the baseline, hostile text, little entered."""

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from apstra.assessment import assess
from apstra.assessment.differences import told as rows_told
from apstra.assessment.live import live
from apstra.recall import Recall
from apstra.report.live import PICTURES, VIEWS, pictures, told
from apstra.report.live.words import beside, difference, moved, points, ranged, summary
from apstra.schema.edit import Edit

HOSTILE = "<script>alert(1)</script>"
NAMED = {"areas": "name", "bases": "name", "calendar": "name", "donors": "name", "roles": "title", "threats": "title"}
FEWER = tuple(
    Edit("crews", {"base_id": "carlisle", "block": f"{shift}-{days}-{season}"}, {"crews": 0})
    for shift in ("early", "late", "night")
    for days in ("weekday", "weekend")
    for season in ("summer", "winter")
)
OFF = Edit("agreements", {"agreement_id": "AG01"}, remove=True)
SCORE = Edit("threat_scores", {"threat_id": "TH01", "scorer": "S1", "dimension": "physical"}, {"score": 0})


@pytest.fixture(scope="module")
def figures(worked, assessed):
    """Return what works out live figures under edits and changes, with one memory."""
    recall = Recall()

    def made(*edits, tables=worked[0], **changes):
        return live(assessed, tables, replace(worked[1], changes=changes, edits=edits), recall)

    return made


def shown(figures_now, figures_was):
    return {name: view(figures_now, figures_was)._repr_html_() for name, (_, view) in VIEWS.items()}


def text(html):
    return re.sub(r"\s+", " ", re.sub("<[^>]*>", " ", html))


# --- words ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("now", "was", "words"),
    [
        ((5, 4, 7), (3, 3, 3), "+2 (+1 to +4)"),
        ((5, 4, 7), (5, 4, 7), "no change"),
        ((10, 6, 16), (8, 5, 12), "+2 (+1 to +4)"),  # end by end, not by the widest of both ranges (-6 to +11)
        ((3, 2, 4), (5, 6, 7), "-2 (-4 to -2)"),  # the range holds the middle, whatever the ends
        ((3, 3, 3), (5, 5, 5), "-2"),
        ((5, 4, 8), (5, 4, 7), "+0 (+0 to +1)"),  # the end alone moves: that is a change
        ((1e-10, 0, 0), (0, 0, 0), "no change"),
        ((np.nan, np.nan, np.nan), (1, 1, 1), "not known"),
    ],
)
def test_a_difference_is_taken_end_by_end(now, was, words):
    assert difference(now, was) == words


def test_a_difference_too_small_for_its_form_is_told_as_hardly_any():
    assert difference((0.1, 0.1, 0.1), (0, 0, 0), "{:+.0f}") == "hardly any change"
    assert points((0.5001, 0.5, 0.5), (0.5, 0.5, 0.5)) == "hardly any change"
    assert points((0.53, 0.51, 0.56), (0.5, 0.5, 0.5)) == "+3.0 (+1.0 to +6.0)"
    assert points((0.2, 0.2, 0.2), (0.25, 0.25, 0.25)) == "-5.0"


def test_a_figure_stands_beside_its_change_only_where_there_is_one():
    assert beside("62%", "no change", " points") == "62%"
    assert beside("62%", "not known", " points") == "62%"
    assert beside("62%", "hardly any change", " points") == "62%, hardly any change"
    assert beside("62%", "+1.0", " points") == "62%, +1.0 points"


def test_a_figure_has_its_range_where_it_has_one():
    assert ranged(0.625, 0.6, 0.65, share=True) == "62.5% (60.0% to 65.0%)"
    assert ranged(0.625, 0.625, 0.625, share=True) == "62.5%"
    assert ranged(4.4, 2.2, 8.8) == "4.4 (2.2 to 8.8)"
    assert ranged(4.4, 4.4, 4.4) == "4.4"
    assert ranged(np.nan, np.nan, np.nan) == "not known"
    assert (moved(3, 3), moved(3, 5), moved(0.5, 0.25, "{:.1%}")) == ("3", "3 (was 5)", "50.0% (was 25.0%)")


def test_what_is_changed_is_a_list_escaped_and_the_baseline_says_so(worked):
    scenario = replace(worked[1], changes={"demand_factor": 1.2}, edits=(OFF,))
    page = told(rows_told(scenario, worked[0]))
    assert page.startswith("<p>2 changes from the baseline:</p>")
    assert "relative to the forecast: <strong>1.2</strong> ratio (was 1)" in page
    assert told(rows_told(worked[1], worked[0])) == "<p>Nothing is changed: this is the baseline.</p>"
    rows = pd.DataFrame([[HOSTILE] * 4], columns=["what", "before", "after", "unit"])
    assert "<script>" not in told(rows)


# --- views ----------------------------------------------------------------------------------------------------------


def test_beside_itself_the_baseline_shows_no_change_anywhere(figures):
    was = figures()
    for name, html in shown(was, was).items():
        assert "(was " not in html, name
        assert not re.search(r"[+][\d.]", text(html)), name
    assert "Risks: none would appear and none would go" in shown(was, was)["risks"]
    assert "is that of the baseline" in shown(was, was)["threats"]


def test_fewer_crews_and_more_demand_are_shown_where_they_tell(figures):
    was, now = figures(), figures(*FEWER, demand_factor=1.5)
    html = {name: text(one) for name, one in shown(now, was).items()}
    mine, theirs = (one.headlines.set_index("headline")["value"] for one in (now, was))
    assert f"{mine['cover_0']:.0%} of calls are answered" in html["cover"]
    assert f"{100 * (mine['cover_0'] - theirs['cover_0']):+.1f} (" in html["cover"]
    assert mine["none_free"] > theirs["none_free"]
    assert mine["unmet_requirement"] > theirs["unmet_requirement"]
    worst = now.cover.by_demand.loc[now.cover.by_demand["none_free"].idxmax()]
    assert f"{worst['none_free']:.1%} ({worst['low']:.1%} to {worst['high']:.1%})" in html["week"]
    assert f"{mine['unmet_requirement'] - theirs['unmet_requirement']:+.2g} (" in html["unmet"]
    assert "(was " in html["days"]
    short = now.chapters.capability.position["shortfall"].sum()
    assert f"{short:.0f} deployable officers short of the requirement" in html["strength"]
    assert summary(now, was).startswith(f"{short:.0f} officers short (baseline ")


def test_an_agreement_off_and_a_score_are_shown_where_they_tell(figures, worked):
    was, now = figures(), figures(OFF, SCORE)
    donor = worked[0]["agreements"].set_index("agreement_id").loc["AG01", "donor_id"]
    given = [one.chapters.mutual_aid.donors.set_index("donor_id").loc[donor, "promised"] for one in (now, was)]
    html = {name: text(one) for name, one in shown(now, was).items()}
    assert given[0] < given[1]
    assert f"{given[0]:.0f} (was {given[1]:.0f})" in html["donors"]
    before, after = (one.chapters.threat.ranking.set_index("threat_id")["rank"] for one in (was, now))
    moved_places = int((after != before.reindex(after.index)).sum())
    assert moved_places > 0
    assert f"{moved_places} threats change place" in html["threats"]
    reached = re.search(r"(\d+) of (\d+) threats by area are met in time at 90% assurance, (\d+) of", html["aid"])
    assert int(reached[1]) <= int(reached[3])


def test_risks_that_would_appear_and_those_that_would_go_are_told_the_right_way_round(figures):
    was, worse = figures(), figures(*FEWER, donor_availability_factor=0.1, malicious_frequency_factor=10)
    came = set(worse.findings["key"]) - set(was.findings["key"])
    went = set(was.findings["key"]) - set(worse.findings["key"])
    assert came
    there, back = (text(VIEWS["risks"][1](*pair)._repr_html_()) for pair in ((worse, was), (was, worse)))
    assert f"{len(came)} risks would appear and {len(went)} would go" in there.replace("1 risk ", "1 risks ")
    assert f"{len(went)} risks would appear and {len(came)} would go" in back


def test_an_event_moved_out_of_the_year_and_one_that_overlaps_are_shown(figures):
    was = figures()
    gone = Edit("calendar", {"event_id": "EV01"}, {"starts_on": "2028-04-01", "ends_on": "2028-04-02"})
    name = was.chapters.tables["calendar"].set_index("event_id").loc["EV01", "name"]
    days = VIEWS["days"][1]
    assert name in days(was, was)._repr_html_()
    assert name not in days(figures(gone), was)._repr_html_()
    assert "nan" not in days(was, figures(gone))._repr_html_()  # one that comes has no figure of the baseline


def test_no_name_of_anything_is_taken_for_a_tag(figures, worked):
    tables = dict(worked[0])
    for table, column in NAMED.items():
        tables[table] = tables[table].assign(**{column: HOSTILE + tables[table][column]})
    was, now = figures(tables=tables), figures(*FEWER, OFF, SCORE, tables=tables, malicious_frequency_factor=10)
    pages = [*shown(now, was).values(), *pictures(now, Recall()).values()]
    assert not [page for page in pages if "<script" in page.lower()]
    assert sum("&lt;script&gt;" in page for page in pages) >= 6


def test_nothing_is_told_by_colour_alone(figures):
    now = figures(*FEWER)
    drawn = pictures(now, Recall())
    assert set(drawn) == set(PICTURES)
    for html in drawn.values():
        assert re.search(r'alt="[^"]{40,}"', html)
        assert "<table" in html
    assert "Highest on" in drawn["week"]
    assert re.search(r"\d+ zones", drawn["cover"])
    assert re.search(r">(yes|no)( \(was (yes|no)\))?<", VIEWS["donors"][1](now, now)._repr_html_())


ENTERED = {
    "nothing": set(),
    "donors alone": {"areas", "donors"},
    "threats and requirements": {"areas", "zones", "roles", "threats", "requirements"},
    "places, calls and crews": {"areas", "zones", "bases", "operations", "crews", "roles", "response_standards"},
}


@pytest.mark.parametrize("entered", ENTERED, ids=str)
def test_a_force_that_has_entered_little_is_told_what_is_to_be_supplied(entered, worked):
    kept = {name: frame if name in ENTERED[entered] else frame.iloc[:0] for name, frame in worked[0].items()}
    start, recall = assess(kept, worked[1], weighing=False), Recall()
    was, now = (live(start, kept, replace(worked[1], changes=one), recall) for one in ({}, {"demand_factor": 2}))
    pages = [*shown(now, was).values(), *pictures(now, recall).values(), summary(now, was)]
    assert not [page for page in pages if re.search(r"\bnan\b|\bNone\b|\binf\b", text(page))]
    supplied = [name for name, page in shown(now, was).items() if "To be supplied" in page]
    assert ("week" in supplied) == ("crews" not in ENTERED[entered])
    assert ("aid" in supplied) == ("requirements" not in ENTERED[entered])
    assert ("donors" in supplied) == ("donors" not in ENTERED[entered])
    assert "strength" in supplied or "posts" in ENTERED[entered] or "requirements" in ENTERED[entered]

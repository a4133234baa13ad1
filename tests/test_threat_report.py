"""Threats as the chapter shows them: every exhibit, its words, and what stands where nothing is known."""

import re
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from test_threat import (
    DRIVERS,
    IMPACT,
    SHARED,
    make_judgements,
    make_operations,
    make_scores,
    make_threats,
    tables,  # noqa: F401 - a fixture
    years_of_log,
)

from apstra import threat
from apstra.report import threat as report

EXHIBITS = ("ranking", "frequencies", "stability", "matrix", "agreement", "elicited", "position", "evidence", "horizon")
JUDGEMENTS = make_judgements(
    ("TA", "S1", 0.001, 0.002, 0.01), ("TA", "S2", 0.002, 0.005, 0.02), ("TB", "S1", 0.1, 0.4, 1.0),
    ("TB", "S2", None, None, None),
)  # fmt: skip


def shown(threats, scores, operations, scenario, judgements=JUDGEMENTS, horizon=DRIVERS):
    chapter = threat.assess_threats(threats, scores, operations, scenario, judgements, horizon)
    known = {"threats": threats, "threat_scores": scores, "operations": operations}
    return SimpleNamespace(scenario=scenario, tables=known, illustrative=("threats",), threat=chapter)


@pytest.fixture
def a(tables, scenario):  # noqa: F811
    return shown(*tables, scenario)


@pytest.mark.parametrize("name", EXHIBITS)
def test_every_exhibit_has_a_picture_with_words_a_table_and_the_table_it_is_made_of(name, a):
    html = getattr(report, name)(a)._repr_html_()
    assert re.search(r'<img class="chart" alt="[^"]{20,}', html)
    assert html.count("<th scope=") > 3
    assert "illustrative rows in threats" in html or name == "elicited"


def test_the_drivers_are_a_table_with_the_threats_each_bears_on(a):
    exhibit = report.drivers(a)
    assert exhibit.headline == "3 drivers watched; over four years 1 push threats up: First"
    assert exhibit.table["Threats"].tolist() == ["Threat 0 and Threat 1", "Threat 0", "Threat 2"]
    assert "no note" in exhibit._repr_html_()


def test_headline_of_the_ranking_names_who_leads_and_changes_when_the_numbers_do(tables, scenario):  # noqa: F811
    threats, scores, operations = tables
    before = report.ranking(shown(threats, scores, operations, scenario)).headline
    rare = threats.assign(worst_case_share=[np.nan, np.nan, 0.0001])
    after = report.ranking(shown(rare, scores, operations, scenario)).headline
    assert before.startswith("Threat 2 ranks first of 3 threats by expected harm")
    assert after.startswith("Threat 1 ranks first of 3 threats by expected harm")


def test_likelihood_stands_in_probability_and_in_words(a):
    table = report.ranking(a).table.set_index("Threat")
    assert table.loc["TC Threat 2", "In words"] == "likely, between realistic possibility and highly likely"
    assert table.loc["TC Threat 2", "Chance in the window"].startswith("67% (")
    assert any("The likeliest worst case is Threat 1: " in s for s in report.findings(a).sentences)


def test_the_schemes_score_stands_beside_expected_harm(a):
    table = report.ranking(a).table
    assert table["Scheme's score"].tolist() == a.threat.ranking["scheme_score"].astype(int).astype(str).tolist()
    assert {"Rank by it", "Level", "Expected harm a year", "Range of harm"} <= set(table.columns)


def test_a_rare_threat_with_the_gravest_worst_case_stays_in_sight(a):
    sentences = report.findings(a).sentences
    assert any(s.startswith("The gravest worst case is Threat 0 (impact 4.8); it ranks 3 of 3") for s in sentences)


def test_the_matrix_headline_counts_the_pairs_it_misleads_on(scenario):
    threats = make_threats(title=["Rare and grave", "Common and slight", "Between"])
    operations = pd.concat([years_of_log(40, "TH1"), years_of_log(5, "TH2"), years_of_log(1, "TH0")], ignore_index=True)
    scores = make_scores({"TH0": dict.fromkeys(IMPACT, 4), "TH1": dict.fromkeys(IMPACT, 2), "TH2": {"physical": 4}})
    a = shown(threats, scores, operations, scenario)
    # All three are all but certain in five years: 20, 10 and 20 by the matrix against 27 x 0.2, 3 x 4.7 and 27 x 0.6.
    assert report.matrix(a).headline == "The matrix orders 1 of 3 pairs of threats the other way and ties 1"
    assert report.matrix(a).table["Rank by the matrix"].tolist() == [1, 3, 1]


def test_every_source_of_a_frequency_is_in_the_table_with_its_weight(a):
    table = report.frequencies(a).table
    own = table.loc[table["Threat"] == "TA Threat 0"]
    assert own["Source"].tolist() == ["force history", "judgement", "pooled"]
    assert own["Note"].tolist()[1] == "2 of 2 scorers"
    assert own["Weight in the mean"].tolist()[2] == "100%"
    assert report.frequencies(a).headline.startswith(
        "The frequency of 2 of 3 threats pools more than one source; no two"
    )


def test_sources_that_contradict_each_other_are_named(scenario):
    apart = SHARED.assign(national_count=3000, title="Far apart")
    a = shown(apart, make_scores({"TH0": {"physical": 2}}), years_of_log(0), scenario)
    assert "sources contradict each other on Far apart" in report.frequencies(a).headline


def test_findings_say_which_evidence_is_stale_or_weak_and_when_none_is(tables, scenario):  # noqa: F811
    threats, *rest = tables
    stale = repr(report.findings(shown(*tables, scenario)))
    settings = scenario.with_values(evidence_stale_months=60)
    fresh = repr(report.findings(shown(*tables, settings)))
    weak = repr(report.findings(shown(threats.assign(evidence_grade=["3A", "A1", "own"]), *rest, settings)))
    assert "The evidence behind 2 threats is older than 12 months" in stale
    assert "The evidence behind every threat is at most 60 months old." in fresh
    assert "at most 60 months old; that behind Threat 0 is weakly graded" in weak


def test_a_grade_of_the_forces_own_is_said_to_change_nothing(tables, scenario):  # noqa: F811
    threats, *rest = tables
    exhibit = report.evidence(shown(threats.assign(evidence_grade=["3A", "A1", "strong"]), *rest, scenario))
    read = exhibit.table.set_index("Grade")["Read as"]
    assert read.to_dict() == {"3A": "3x5x2, weak", "A1": "older form", "strong": "the force's own, not read"}
    assert "a grade of the force's own changes nothing" in exhibit.subtitle


def test_what_is_most_in_need_of_discussion_is_named(a):
    headline = report.agreement(a).headline
    assert headline == (
        "Most in need of discussion: financial of Threat 1 (scored from 2 to 5; 2 of 2 scorers gave a view)"
    )


def test_an_abstention_and_a_moderation_note_stand_in_the_list(tables, scenario):  # noqa: F811
    threats, *rest = tables
    noted = threats.assign(moderation=[None, "Agreed on 1 May", None])
    table = report.agreement(shown(noted, *rest, scenario)).table
    row = table.loc[(table["Threat"] == "Threat 1") & (table["Disputed"] == "Frequency")].iloc[0]
    assert row["Gave a view"] == "1 of 2"
    assert row["What was agreed"] == "Agreed on 1 May"
    assert (table.loc[table["Threat"] != "Threat 1", "What was agreed"] == "not yet discussed").all()


def test_scorers_who_agree_on_everything_leave_nothing_to_discuss(tables, scenario):  # noqa: F811
    threats, _, operations = tables
    whole = dict.fromkeys(scenario.scheme.dimensions.index, 2)
    scores = make_scores(dict.fromkeys(["TA", "TB", "TC"], whole), scorers=("S1", "S2"))
    agreed = shown(threats, scores, operations, scenario, make_judgements())
    assert "agree on every score" in repr(report.agreement(agreed))


def test_each_scorers_points_stand_in_a_table_abstentions_too(a):
    exhibit = report.elicited(a)
    assert exhibit.headline.endswith("; 1 abstention")
    assert exhibit.table["Scorer"].tolist() == ["S1", "S2", "S1", "S2"]
    assert "not known" in exhibit._repr_html_()


@pytest.mark.parametrize("judged", [1, 2, 5, 9])
def test_any_number_of_judged_threats_is_drawn(judged, scenario):
    threats = make_threats(title=[f"Threat {i}" for i in range(judged)])
    rows = [(f"TH{i}", scorer, 0.0, 0.1 * s, 1.0) for i in range(judged) for s, scorer in enumerate(("S1", "S2"), 1)]
    a = shown(threats, make_scores({}), make_operations([], []), scenario, make_judgements(*rows))
    assert f"Scorers judged {judged} threat" in report.elicited(a)._repr_html_()


def test_the_horizon_says_whose_outlook_no_driver_supports(a):
    exhibit = report.horizon(a)
    assert "no driver supports the stated outlook of Threat 2 and Threat 1" in exhibit.headline
    table = exhibit.table.set_index("Threat")
    assert table.loc["TB Threat 1", "No driver supports the outlook over"] == "1 year"
    assert table.loc["TA Threat 0", "Drivers"] == "First and Second"


def test_a_force_without_judgements_and_drivers_sees_what_is_to_be_supplied_and_its_outlooks(tables, scenario):  # noqa: F811
    plain = shown(*tables, scenario, None, None)
    assert "To be supplied" in repr(report.elicited(plain))
    assert "To be supplied" in repr(report.drivers(plain))
    assert report.horizon(plain).table["Drivers"].tolist() == ["none"] * 3
    assert report.horizon(plain).figure is not None


def test_a_chapter_without_threats_says_so_instead_of_drawing(tables, scenario):  # noqa: F811
    threats, scores, operations = tables
    empty = shown(threats.iloc[:0], scores.iloc[:0], operations, scenario, None, None)
    assert all("To be supplied" in repr(getattr(report, name)(empty)) for name in ("findings", "drivers", *EXHIBITS))


def test_threats_that_nobody_scored_are_shown_as_not_ranked(tables, scenario):  # noqa: F811
    threats, scores, operations = tables
    unscored = shown(threats, scores.iloc[:0], operations, scenario, None, None)
    assert report.ranking(unscored).headline == "No threat can be ranked yet: frequency or scores are missing"
    assert "cannot be told yet" in report.stability(unscored).headline
    assert "not known" in report.ranking(unscored)._repr_html_()
    assert "To be supplied" in repr(report.matrix(unscored))
    assert "Nobody has scored a threat yet" in repr(report.findings(unscored))
    report.agreement(unscored)._repr_html_()


def test_one_threat_alone_is_drawn(tables, scenario):  # noqa: F811
    threats, scores, operations = tables
    alone = shown(threats.iloc[:1], scores.loc[scores["threat_id"] == "TA"], operations, scenario)
    assert "ranks first of 1 threat " in report.ranking(alone).headline
    assert report.stability(alone).headline.endswith("1 of 1")
    assert "To be supplied" in repr(report.matrix(alone))
    for name in EXHIBITS:
        getattr(report, name)(alone)._repr_html_()


def test_what_people_wrote_is_escaped_in_every_exhibit(tables, scenario):  # noqa: F811
    threats, scores, operations = tables
    bad = "<script>alert(1)</script>"
    hostile = threats.assign(title=bad, confidence="<b>high</b>", evidence_grade=bad, moderation=bad)
    judgements = JUDGEMENTS.assign(rationale=bad, scorer=[f"{bad}{i}" for i in range(len(JUDGEMENTS))])
    a = shown(hostile, scores, operations, scenario, judgements, DRIVERS.assign(title=bad, note=bad))
    for name in ("findings", "drivers", *EXHIBITS):
        assert "<script" not in getattr(report, name)(a)._repr_html_(), name


def test_a_dollar_sign_is_a_dollar_sign_and_no_formula(tables, scenario):  # noqa: F811
    threats, scores, operations = tables
    priced = threats.assign(title="Theft of $x_{ and $y")
    judgements = JUDGEMENTS.assign(scorer=[f"$S_{{{i} $" for i in range(len(JUDGEMENTS))])
    a = shown(priced, scores, operations, scenario, judgements, DRIVERS.assign(title="From $1 to $_{"))
    assert all(getattr(report, name)(a)._repr_html_() for name in EXHIBITS)


def test_the_worked_force_draws_every_exhibit(worked):
    known, scenario = worked
    a = shown(known["threats"], known["threat_scores"], known["operations"], scenario,
              known["threat_judgements"], known["horizon"])  # fmt: skip
    assert len(report.findings(a).sentences) == 10
    assert all("<img" in getattr(report, name)(a)._repr_html_() for name in EXHIBITS)

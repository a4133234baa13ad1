"""The force beside its region, its peers and every force with a count: rates, funnel, settings and exhibits."""

from datetime import date
from html import unescape
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from conftest import AS_AT
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text
from scipy import stats
from small_force import write_small_force

from apstra import data
from apstra.__main__ import main
from apstra.data.reference import reference_frames
from apstra.demand.national import adjusted_limits, compare_rates, funnel
from apstra.demand.published import HISTORIC
from apstra.report.demand import national as shown
from apstra.uncertainty import random_stream

PRESS = "press"
REFERENCE = reference_frames()
PUBLISHED, FORCES = REFERENCE["published_firearms"], REFERENCE["police_forces"]
CUMBRIA = "E23000002"
PEERS = ("Devon and Cornwall", "Durham", "Lincolnshire", "Norfolk", "North Wales", "North Yorkshire")
NAMES = tuple("ABCDEFGH")


def make_forces(**columns):
    """Return eight forces in two regions, their populations growing."""
    people = [200_000.0 * (place + 1) for place in range(len(NAMES))]
    frame = {
        "pfa_code": [f"E{name}" for name in NAMES],
        "force": NAMES,
        "region": ["North and the Coast"] * 4 + ["South"] * 4,
        "population_census2011": people,
        "population_mid2018": [1.5 * number for number in people],
    }
    return pd.DataFrame({**frame, **columns})


def make_published(*rows, release=HISTORIC, metric="operations"):
    """Return public figures of (force, year, value)."""
    frame = pd.DataFrame(rows, columns=["force", "year", "value"])
    return frame.assign(series=release, metric=metric, note="", source="s")


def every(year, counts=(20, 44, 58, 80, 97, 130, 140, 150)):
    """Return rows that count every force in a year."""
    return [(name, year, count) for name, count in zip(NAMES, counts, strict=True)]


def compare(published, forces=None, code="EA", peers=("B", "E"), as_at=AS_AT):
    """Return lines by group and the funnel by force."""
    lines, forces = compare_rates(published, make_forces() if forces is None else forces, code, peers, as_at)
    return lines.set_index("group"), forces.set_index("force")


def cumbria(published=PUBLISHED, forces=FORCES, code=CUMBRIA, peers=PEERS, as_at=AS_AT):
    """Return what the exhibits need of an assessment of the worked force."""
    lines, funnelled = compare_rates(published, forces, code, peers, as_at)
    return SimpleNamespace(demand=SimpleNamespace(national=lines, funnel=funnelled))


# ---------------------------------------------------------------------------------------------------------------- rates


def test_cumbrias_rate_is_93_operations_over_the_census_in_2012_13():
    lines = cumbria().demand.national.set_index("group")
    own = lines.loc["force"]
    assert own[["name", "year", "release", "population"]].tolist() == ["Cumbria", "2012-13", HISTORIC, "Census 2011"]
    assert (own["operations"], own["residents"]) == (93, 499_858)
    assert own["rate"] == pytest.approx(93 / 4.99858)
    limits = [stats.chi2.ppf(0.025, 186) / 2 / 4.99858, stats.chi2.ppf(0.975, 188) / 2 / 4.99858]
    assert own[["low", "high"]].tolist() == pytest.approx(limits)


def test_a_group_is_the_pooled_rate_of_its_forces_with_a_count_and_says_who_has_none():
    lines = cumbria().demand.national.set_index("group")
    region = lines.loc["region"]
    assert (region["name"], region["counted"], region["of"]) == ("North West", 2, 5)
    assert region["without"] == "Greater Manchester; Lancashire; Merseyside"
    assert region["rate"] == pytest.approx((93 + 175) / (4.99858 + 10.27709))
    peers = lines.loc["peers"]
    assert (peers["counted"], peers["of"], peers["operations"]) == (2, 6, 151 + 201)
    assert peers[["least", "most"]].tolist() == pytest.approx([151 / 16.68218, 201 / 6.18806])


def test_what_other_releases_print_of_force_peers_and_region_stands_in_lines_of_its_own():
    printed = cumbria().demand.national.query("group == 'printed'")
    told = {(row.name, row.year): row.rate for row in printed.itertuples(index=False)}
    assert told == pytest.approx(
        {
            ("Cumbria", "2024-25"): 11,
            ("North Wales", "2024-25"): 12,
            ("Cumbria", "2021-22"): 44 / 4.989,
            ("North Wales", "2021-22"): 95 / 6.984,
            ("North West", "2021-22"): 1410 / 72.922,
        }
    )
    assert set(printed["release"]) == {"press report of Home Office open data tables"}
    assert set(printed["population"]) == {"as printed", "mid-2018"}
    assert printed.loc[printed["population"] == "as printed", ["operations", "low", "high"]].isna().all(axis=None)


def test_a_count_of_another_release_is_never_spliced_in():
    mine = make_published(*every("2012-13")[:7])
    other = make_published(("H", "2012-13", 999), ("A", "2012-13", 500), release=PRESS)
    lines, funnelled = compare(pd.concat([mine, other], ignore_index=True))
    assert lines.loc["all", ["counted", "of"]].tolist() == [7, 8]
    assert lines.loc["all", "operations"] == mine["value"].sum()
    assert "H" not in funnelled.index
    assert lines.loc[["printed"], "operations"].tolist() == [500]


def test_a_printed_total_of_the_region_is_divided_by_all_its_residents_whatever_its_capitals():
    total = make_published(("North And The Coast (region)", "2018-19", 300), release=PRESS)
    lines, _ = compare(pd.concat([make_published(*every("2012-13")), total], ignore_index=True))
    printed = lines.loc["printed"]
    assert printed["residents"] == 1.5 * 2_000_000
    assert printed["rate"] == pytest.approx(10)
    unknown = make_forces(population_mid2018=[np.nan, *make_forces()["population_mid2018"][1:]])
    assert np.isnan(compare(total, unknown)[0].loc["printed", "rate"])


def test_the_year_is_the_latest_with_a_count_of_the_force_and_five_others():
    few = every("2013-14")[:5]
    without_own = every("2014-15")[1:]
    lines, funnelled = compare(make_published(*every("2011-12"), *every("2012-13"), *few, *without_own))
    assert set(lines["year"]) == set(funnelled["year"]) == {"2012-13"}
    assert set(compare(make_published(*every("2013-14")[:6], *every("2012-13")))[1]["year"]) == {"2013-14"}


@pytest.mark.parametrize(
    ("year", "population", "factor"), [("2014-15", "Census 2011", 1.0), ("2015-16", "mid-2018", 1.5)]
)
def test_counts_to_2014_15_are_divided_by_the_census_and_later_ones_by_mid_2018(year, population, factor):
    lines, _ = compare(make_published(*every(year)))
    assert lines.loc["force", "population"] == population
    assert lines.loc["force", "residents"] == factor * 200_000


def test_a_year_that_is_not_over_by_as_at_is_not_used():
    published = pd.concat(
        [make_published(*every("2011-12"), *every("2012-13")), make_published(("A", "2012-13", 30), release=PRESS)],
        ignore_index=True,
    )
    lines, _ = compare(published, as_at=date(2013, 3, 31))
    assert lines["year"].unique().tolist() == ["2011-12"]
    assert set(compare(published, as_at=date(2013, 4, 1))[0]["year"]) == {"2012-13"}


def test_missing_counts_and_populations_are_missing_and_no_zero():
    people = make_forces()["population_census2011"].tolist()
    unknown = make_forces(population_census2011=[*people[:7], np.nan])
    lines, funnelled = compare(make_published(*every("2012-13")), unknown, peers=("H",))
    assert "H" not in funnelled.index
    assert lines.loc["peers", ["counted", "of", "without"]].tolist() == [0, 1, "H"]
    assert lines.loc["peers", ["operations", "residents", "rate", "low", "high"]].isna().all()
    assert lines.loc["all", "residents"] == sum(people[:7])


def test_a_force_with_hardly_any_residents_has_no_rate():
    lines = cumbria().demand.national.set_index("group")
    assert "City of London" in lines.loc["all", "without"]
    assert "City of London" not in set(cumbria().demand.funnel["force"])
    london = cumbria(code="E23000034").demand
    assert london.funnel.empty
    assert london.national["name"].tolist() == ["London"]


def test_a_code_that_is_no_territorial_forces_and_empty_figures_give_empty_frames_with_their_columns():
    whole = cumbria().demand
    for a in (cumbria(code="X99"), cumbria(published=PUBLISHED.iloc[:0]), cumbria(forces=FORCES.iloc[:0])):
        assert a.demand.national.empty
        assert a.demand.funnel.empty
        assert list(a.demand.national) == list(whole.national)
        assert list(a.demand.funnel) == list(whole.funnel)


def test_a_force_without_population_has_no_line():
    unknown = make_forces(population_census2011=[np.nan, *make_forces()["population_census2011"][1:]])
    lines, funnelled = compare(make_published(*every("2012-13")), unknown)
    assert lines.empty
    assert funnelled.empty


@pytest.mark.parametrize("people", [0.0, -5.0, np.inf])
def test_a_population_that_is_none_is_refused_by_name_and_value(people):
    forces = make_forces(population_census2011=[people, *make_forces()["population_census2011"][1:]])
    with pytest.raises(ValueError, match=f"A: residents must be a positive number, not {people}"):
        compare(make_published(*every("2012-13")), forces)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (("A", "2012-13", 21), "gives both 20 and 21"),
        (("A", "2012/13", 21), "year must be printed as 2004-05, not '2012/13'"),
        (("A", "then", 21), "year must be printed as 2004-05, not 'then'"),
        (("A", "2011-12", -1), "value must be a whole number >= 0"),
    ],
)
def test_faulty_counts_are_refused(row, message):
    with pytest.raises(ValueError, match=message):
        compare(make_published(*every("2012-13"), row))


def test_no_peers_named_means_no_line_of_peers():
    lines, funnelled = compare(make_published(*every("2012-13")), peers=())
    assert lines.index.tolist() == ["force", "region", "all"]
    assert set(funnelled["group"]) == {"force", "other"}


def test_inputs_stay_as_they_were():
    published, forces = PUBLISHED.copy(), FORCES.copy()
    compare_rates(published, forces, CUMBRIA, PEERS, AS_AT)
    pd.testing.assert_frame_equal(published, PUBLISHED)
    pd.testing.assert_frame_equal(forces, FORCES)


# --------------------------------------------------------------------------------------------------------------- funnel


def make_rows(counts, residents):
    """Return forces with these counts and residents."""
    names = [f"F{place}" for place in range(len(counts))]
    return pd.DataFrame({"force": names, "operations": np.asarray(counts, float), "residents": residents})


def test_the_limits_by_chance_are_scipys_poisson_quantiles():
    rows = cumbria().demand.funnel
    mean = rows["operations"].sum() / rows["residents"].sum() * rows["residents"]
    for label, level in (("95", 0.95), ("998", 0.998)):
        for side, p in (("low", (1 - level) / 2), ("high", (1 + level) / 2)):
            expected = stats.poisson(mean).ppf(p) / rows["residents"] * 100_000
            assert rows[f"chance_{side}_{label}"].to_numpy() == pytest.approx(expected.to_numpy(), rel=1e-12)


@given(st.lists(st.integers(0, 500), min_size=2, max_size=12), st.integers(1, 90))
def test_quantiles_agree_with_scipy_whatever_the_counts(counts, size):
    rows = funnel(make_rows(counts, [size * 100_000.0 + place for place in range(len(counts))]))
    mean = rows["centre"] * rows["residents"] / 100_000
    for side, p in (("low", 0.025), ("high", 0.975)):
        expected = stats.poisson(mean.clip(lower=1e-300)).ppf(p) / rows["residents"] * 100_000
        assert rows[f"chance_{side}_95"].to_numpy() == pytest.approx(expected.to_numpy(), abs=1e-9)
    assert np.isfinite(rows[["rate", "low", "high", "z", "z_adjusted", "low_95", "high_998"]]).all(axis=None)


def test_scores_phi_and_tau_are_spiegelhalters_worked_step_by_step():
    rows = cumbria().demand.funnel
    people = rows["residents"] / 1e5
    theta = rows["operations"].sum() / people.sum()
    error = 0.5 / np.sqrt(people)
    z = (np.sqrt(rows["rate"]) - np.sqrt(theta)) / error
    assert rows["z"].tolist() == pytest.approx(z.tolist())
    whole = stats.norm.expect(lambda x: np.clip(x, -stats.norm.ppf(0.9), stats.norm.ppf(0.9)) ** 2)
    phi = (z.clip(z.quantile(0.1), z.quantile(0.9)) ** 2).mean() / whole
    weight, size = 1 / error**2, len(z)
    tau = np.sqrt((size * phi - (size - 1)) / (weight.sum() - (weight**2).sum() / weight.sum()))
    assert rows["phi"].unique() == pytest.approx([phi], rel=1e-6)
    assert rows["tau"].unique() == pytest.approx([tau], rel=1e-6)
    assert rows["z_adjusted"].tolist() == pytest.approx((z * error / np.sqrt(error**2 + tau**2)).tolist(), rel=1e-6)
    high = (np.sqrt(theta) + stats.norm.ppf(0.999) * np.sqrt(error**2 + tau**2)) ** 2
    assert rows["high_998"].tolist() == pytest.approx(high.tolist(), rel=1e-6)


def test_a_force_lies_outside_just_when_its_rate_passes_the_adjusted_limits():
    rows = funnel(make_rows([100, 110, 90, 105, 95, 102, 98, 104, 96, 180, 30, 240], np.full(12, 400_000.0)))
    for row in rows.itertuples():
        beyond = "above" if row.rate > row.high_95 else "below" if row.rate < row.low_95 else "inside"
        assert row.place.split()[0] == beyond
        assert ("99.8%" in row.place) == (row.rate > row.high_998 or row.rate < row.low_998)
    assert {"inside", "above 99.8%", "below 99.8%"} <= set(rows["place"])


def test_forces_that_differ_by_less_than_chance_leave_the_limits_those_of_chance():
    rows = funnel(make_rows([100] * 8, [1e6] * 8))
    assert rows["tau"].eq(0).all()
    assert rows["phi"].eq(0).all()
    assert rows["place"].eq("inside").all()
    low, high = adjusted_limits([10.0], 10.0, 0.0, 0.95)
    assert (low.item(), high.item()) == pytest.approx(stats.poisson(100).ppf([0.025, 0.975]) / 10, rel=0.02)


def test_a_lower_limit_is_never_below_nought():
    low, _ = adjusted_limits([1.0, 10.0], 4.0, 3.0, 0.998)
    assert low.tolist() == [0, 0]


def test_a_single_force_and_none_are_no_spread():
    assert funnel(make_rows([50], [500_000.0]))["tau"].tolist() == [0]
    assert funnel(make_rows([], [])).empty


def outside(differ, *, forces, runs, name):
    """Return the shares of simulated forces outside the 95 % limits of chance and the adjusted ones, by run."""
    rng = random_stream(2026, "test_national", name)
    chance, adjusted = [], []
    for _ in range(runs):
        people = rng.lognormal(np.log(10e5), 0.5, forces).clip(2e5)
        rate = rng.gamma(1 / differ**2, 25 * differ**2, forces) if differ else np.full(forces, 25.0)
        rows = funnel(make_rows(rng.poisson(rate * people / 1e5), people))
        chance.append(((rows["rate"] < rows["chance_low_95"]) | (rows["rate"] > rows["chance_high_95"])).mean())
        adjusted.append((rows["place"] != "inside").mean())
    return np.array(chance), np.array(adjusted)


def test_of_forces_alike_one_in_twenty_lies_outside_by_chance():
    chance, adjusted = outside(0.0, forces=42, runs=150, name="alike")
    # Counts are whole, so that a little less than 5 % lies beyond; the force's own count moves the centre a little too.
    assert chance.mean() == pytest.approx(0.045, abs=3 * chance.std() / np.sqrt(len(chance)))
    assert adjusted.mean() < 0.05 + 3 * adjusted.std() / np.sqrt(len(adjusted))


@pytest.mark.parametrize("forces", [10, 42])
def test_of_forces_that_differ_most_lie_outside_by_chance_and_one_in_twenty_outside_the_adjusted_limits(forces):
    chance, adjusted = outside(0.4, forces=forces, runs=150, name=f"differ {forces}")
    assert chance.mean() > 0.5
    assert adjusted.mean() == pytest.approx(0.05, abs=3 * adjusted.std() / np.sqrt(len(adjusted)))


# ------------------------------------------------------------------------------------------------------------- settings


@pytest.fixture
def folder(tmp_path):
    return write_small_force(tmp_path / "force")


def name_peers(folder, stated):
    """State peers in a force's settings."""
    path = folder / "force.toml"
    path.write_text(f"peers = {stated}\n{path.read_text(encoding='utf-8')}", encoding="utf-8")


def test_peers_are_optional_and_arrive_as_names(folder):
    assert data.read_scenario(folder, "baseline", 2026, AS_AT).force.peers == ()
    name_peers(folder, '["Durham", "North Wales"]')
    assert data.read_scenario(folder, "baseline", 2026, AS_AT).force.peers == ("Durham", "North Wales")


@pytest.mark.parametrize(
    ("stated", "column", "value", "allowed"),
    [
        ('["Durham", "North Yorks"]', "peers.1", "North Yorks", "nearest is North Yorkshire"),
        ('["Durham", "Durham"]', "peers.1", "Durham", "named once"),
        ('["Cumbria"]', "peers.0", "Cumbria", "another force"),
        ('["<b>"]', "peers.0", "<b>", "a name in police_forces.csv"),
        ("[7]", "peers.0", "7", "string"),
        ('"Durham"', "peers", "Durham", "array"),
    ],
)
def test_a_peer_that_is_no_other_force_is_a_fault_by_name_and_exit_code_3(
    folder, capsys, stated, column, value, allowed
):
    name_peers(folder, stated)
    faults = data.validate(folder).query("file == 'force.toml'")
    assert faults[["column", "value"]].to_numpy().tolist() == [[column, value]]
    assert allowed in faults["allowed"].item()
    assert main(["validate", str(folder)]) == 3
    assert column in "".join(capsys.readouterr())


def test_the_worked_force_names_peers_that_are_forces(worked):
    assert worked[1].force.peers == PEERS


# ------------------------------------------------------------------------------------------------------------- exhibits


def test_the_comparison_says_the_rates_the_year_and_how_many_forces_are_counted():
    assert shown.comparison_headline(cumbria()) == (
        "Cumbria had 18.6 firearms operations for every 100,000 residents in 2012-13 (95% range 15.0 to 22.8), beside "
        "17.5 for North West (2 of 5), 15.4 for the peer group (2 of 6) and 24.5 for all forces with a count (10 of "
        "43); latest printed elsewhere: Cumbria 11 in 2024-25"
    )


def test_the_funnel_says_where_the_force_lies_and_who_lies_outside():
    assert shown.funnel_headline(cumbria()) == (
        "Allowing for how much forces differ, Cumbria lies inside the 95% limits of 2012-13 (z -0.4); forces vary 66 "
        "times as much as chance alone would make them; others outside: Bedfordshire (above 95%)"
    )
    same = [round(20 * people / 2e5) for people in make_forces()["population_census2011"]]
    low = make_published(*every("2012-13", (1, *same[1:])))
    told = shown.funnel_headline(cumbria(low, make_forces(), "EA", ()))
    assert "A lies below the 99.8% limits of 2012-13" in told
    assert told.endswith("others outside: none")


@pytest.mark.parametrize("name", ["comparison", "funnel"])
def test_each_exhibit_has_alt_text_a_table_and_a_source_with_release_and_year(name):
    exhibit = getattr(shown, name)(cumbria())
    assert exhibit.headline in exhibit.alt
    assert "nan" not in exhibit.table.to_string().lower()
    assert f"{HISTORIC}, 2012-13" in exhibit.source
    assert "Census 2011" in exhibit.source
    assert len(exhibit.table) == {"comparison": 9, "funnel": 10}[name]
    assert "2012-13" in exhibit._repr_html_()


@pytest.mark.parametrize("name", ["comparison", "funnel"])
def test_without_figures_the_exhibits_say_to_be_supplied(name):
    assert "To be supplied" in repr(getattr(shown, name)(cumbria(code="X99")))


def test_a_force_that_is_only_printed_of_has_a_comparison_and_no_funnel():
    a = cumbria(PUBLISHED.loc[PUBLISHED["series"] != HISTORIC])
    told = shown.comparison(a).headline
    assert (
        told == "No release counts the force and 5 others in one year; latest printed elsewhere: Cumbria 11 in 2024-25"
    )
    assert "To be supplied" in repr(shown.funnel(a))


def test_a_group_without_a_count_says_so_in_its_line():
    a = cumbria(peers=("Kent",))
    rows = shown.comparison(a).table.set_index("Whose rate")
    assert rows.loc["Peer group", [shown.RATE, "Forces counted", "Not counted"]].tolist() == [
        "no count",
        "0 of 1",
        "Kent",
    ]
    assert "peer group" not in shown.comparison_headline(a)


def test_hostile_words_stay_words():
    hostile = "<script>alert(1)</script>"
    forces = FORCES.replace({"Cumbria": hostile, "Durham": hostile + "2", "North West": hostile + "3"})
    published = PUBLISHED.replace({"Cumbria": hostile, "Durham": hostile + "2"})
    a = cumbria(published, forces, peers=(hostile + "2",))
    for name in ("comparison", "funnel"):
        html = getattr(shown, name)(a)._repr_html_()
        assert "<script>" not in html
        assert hostile in unescape(html)


@pytest.mark.parametrize("as_at", [AS_AT, date(2006, 11, 1)])
def test_no_name_in_the_funnel_covers_another_and_none_is_cut(as_at):
    figure = shown.funnel(cumbria(as_at=as_at)).figure
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    # A name's own box: that of an annotation would hold the line to its point too.
    boxes = [Text.get_window_extent(text, canvas.get_renderer()) for text in figure.axes[0].texts]
    names = {text.get_text() for text in figure.axes[0].texts}
    assert {"Cumbria", "Durham", "Devon and Cornwall", "95%", "99.8%"} <= names
    assert not any(one.overlaps(other) for place, one in enumerate(boxes) for other in boxes[:place])
    assert all(box.x0 >= 0 and box.x1 <= figure.bbox.width and box.y0 >= 0 for box in boxes)

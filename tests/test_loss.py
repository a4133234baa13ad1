"""The harm of a year: the exceedance of a compound Poisson sum, and the curves of threats whose harm is judged."""

from fractions import Fraction
from itertools import pairwise
from math import comb, factorial
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, special, stats

from apstra import risk
from apstra.report import risk as report
from apstra.report.risk.loss import one_in
from apstra.risk import annual_loss, losses
from apstra.uncertainty import GammaRate, LinearPool, ThreePoint, random_stream

EXACT = 1e-6
FREQUENCIES = (1e-3, 0.1, 2.0, 50.0, 500.0)


def by_number(frequency, exceeds, amounts):
    """Return P(total > x) as the Poisson mixture of ``exceeds(n, x)``, the tail of n harms in closed form."""
    n = np.arange(1, int(frequency + 12 * np.sqrt(frequency)) + 40)
    return np.array([np.sum(stats.poisson.pmf(n, frequency) * exceeds(n, x)) for x in amounts])


def around(frequency, mean):
    """Return amounts near nought, near one harm and on both sides of the mean total."""
    total = frequency * mean
    return np.unique([mean / 50, mean / 3, mean, 2 * mean, 3.3 * mean, total, total + 3 * mean, 1.3 * total, 9 * total])


class Zeros:
    """A harm that is 0 with a given probability, else of another distribution."""

    def __init__(self, zero, other):
        self.zero, self.other = zero, other

    def cdf(self, x):
        return (np.asarray(x) >= 0) * self.zero + (1 - self.zero) * self.other.cdf(x)


class Rounded:
    """A judged harm counted in whole units."""

    def __init__(self, points):
        self.points = points

    def cdf(self, x):
        return self.points.cdf(np.floor(x) + 0.5) * (np.asarray(x) >= 0)


class Mixture:
    """A harm of one of several kinds."""

    def __init__(self, weights, parts):
        self.weights, self.parts = weights, parts

    def cdf(self, x):
        return sum(weight * part.cdf(x) for weight, part in zip(self.weights, self.parts, strict=True))


# --- closed forms ---------------------------------------------------------------------------------------------------


def test_the_worked_case_of_two_a_year_and_exponential_harm():
    expected = [0.8646647168, 0.6057031411, 0.3964990394, 0.0860655224, 0.0041650863]  # models.md, section 5
    np.testing.assert_allclose(annual_loss(2, stats.expon(), [0, 1, 2, 5, 10]), expected, rtol=0, atol=1e-8)


@pytest.mark.parametrize("frequency", FREQUENCIES)
@pytest.mark.parametrize("shape", [0.05, 0.3, 1.0, 2.5, 40.0])
def test_gamma_harms_agree_with_the_mixture_of_gamma_tails(frequency, shape):
    amounts = around(frequency, 3 * shape)
    expected = by_number(frequency, lambda n, x: special.gammaincc(n * shape, x / 3), amounts)
    np.testing.assert_allclose(annual_loss(frequency, stats.gamma(shape, scale=3), amounts), expected, atol=EXACT)


@pytest.mark.parametrize("frequency", FREQUENCIES)
def test_inverse_gaussian_harms_agree_with_their_closed_form(frequency):
    mean, scale = 0.8, 2.0
    amounts = around(frequency, mean * scale)
    expected = by_number(frequency, lambda n, x: stats.invgauss.sf(x, mean / n, scale=scale * n**2), amounts)
    np.testing.assert_allclose(annual_loss(frequency, stats.invgauss(mean, scale=scale), amounts), expected, atol=EXACT)


@pytest.mark.parametrize("frequency", FREQUENCIES)
def test_a_tail_without_a_mean_is_no_harder(frequency):
    amounts = np.array([0.01, 0.5, 1, 10, 1e2, 1e4, 1e6, 1e8])  # sums of n Lévy harms are n squared times one
    expected = by_number(frequency, lambda n, x: stats.levy.sf(x, scale=0.7 * n**2), amounts)
    np.testing.assert_allclose(annual_loss(frequency, stats.levy(scale=0.7), amounts), expected, atol=EXACT)


def irwin_hall(n, x):
    """Return the probability that ``n`` uniform harms exceed ``x`` between them, worked in fractions."""
    terms = [(-1) ** k * comb(n, k) * (Fraction(x) - k) ** n for k in range(int(x) + 1)]
    return 0.0 if n <= x else 1.0 - float(sum(terms) / factorial(n))


@pytest.mark.parametrize("frequency", [0.1, 1.0, 2.0])
def test_uniform_harms_agree_with_the_irwin_hall_distribution_at_its_kinks_too(frequency):
    amounts = np.array([0.25, 0.5, 1, 1.5, 2, 2.5, 3, 5])
    expected = by_number(frequency, lambda n, x: [irwin_hall(m, x) for m in n.tolist()], amounts)
    np.testing.assert_allclose(annual_loss(frequency, stats.uniform(), amounts), expected, atol=EXACT)


@pytest.mark.parametrize("frequency", FREQUENCIES)
@pytest.mark.parametrize("spread", [2.0, 0.1, 1e-3, 1e-5, 1e-8])
def test_harms_of_nearly_one_size_are_told_apart_at_its_multiples(frequency, spread):
    amounts = np.array([5, 10, 10 + spread, 20, 20 + spread / 3, 30 + 3 * spread, 10 * frequency + spread])
    expected = by_number(frequency, lambda n, x: special.gammaincc(n, np.maximum(x - 10 * n, 0) / spread), amounts)
    np.testing.assert_allclose(annual_loss(frequency, stats.expon(10, spread), amounts), expected, atol=EXACT)


@pytest.mark.parametrize("frequency", FREQUENCIES)
@pytest.mark.parametrize("harm", [5.0, 0.1, np.pi])
def test_one_certain_harm_leaves_the_poisson_tail(frequency, harm):
    numbers = np.array([0.5, 1, 1.5, 2, 3, 7, np.ceil(frequency)])
    expected = stats.poisson.sf(np.floor(numbers), frequency)
    np.testing.assert_allclose(
        annual_loss(frequency, ThreePoint(harm, harm, harm), harm * numbers), expected, atol=EXACT
    )


@pytest.mark.parametrize("frequency", [0.1, 2.0, 30.0])
@pytest.mark.parametrize("first", [0, 1, 0.5, 0.3])
def test_poisson_harms_are_added_up_exactly_wherever_they_start(frequency, first):
    amounts = np.array([0.25, 0.3, 0.6, 1, 1.5, 2, 3.9, 10, 1.7 * frequency, 2.5 * frequency])

    def exceeds(n, x):
        rest = x - first * n + 1e-9
        return np.where(rest < 0, 1.0, stats.poisson.sf(np.floor(rest), 1.7 * n))

    expected = by_number(frequency, exceeds, amounts)
    np.testing.assert_allclose(annual_loss(frequency, stats.poisson(1.7, loc=first), amounts), expected, atol=EXACT)


def test_geometric_harms_agree_with_panjers_recursion_in_exact_fractions():
    # Panjer (1981): k g(k) = frequency x sum of j f(j) g(k - j); the Pólya-Aeppli distribution, over g(0) = exp(-2).
    frequency, success = Fraction(2), Fraction(3, 10)
    mass = [Fraction(0)] + [success * (1 - success) ** (k - 1) for k in range(1, 31)]
    g = [Fraction(1)]
    for k in range(1, 31):
        g.append(frequency / k * sum(j * mass[j] * g[k - j] for j in range(1, k + 1)))
    expected = 1 - np.exp(-2.0) * np.cumsum([float(each) for each in g])
    np.testing.assert_allclose(annual_loss(2, stats.geom(0.3), np.arange(31) + 0.5), expected, atol=1e-10)
    np.testing.assert_allclose(annual_loss(2, stats.geom(0.3), np.arange(31)), expected, atol=1e-10)


def test_a_die_agrees_with_convolution_by_hand():
    one, total, chance = np.r_[0.0, np.full(6, 1 / 6)], np.ones(1), np.zeros(200)
    for number in range(33):
        chance[: len(total)] += stats.poisson.pmf(number, 3) * total
        total = np.convolve(total, one)
    amounts = np.arange(60)
    np.testing.assert_allclose(annual_loss(3, stats.randint(1, 7), amounts), 1 - np.cumsum(chance)[amounts], atol=1e-10)


# --- no closed form: quadrature, bounds, simulation -----------------------------------------------------------------

WITHOUT = {
    "lognormal": stats.lognorm(1.5),
    "wide lognormal": stats.lognorm(2.0),
    "Pareto": stats.pareto(1.1),
    "Lomax": stats.lomax(0.8),
    "truncated normal": stats.truncnorm(-2, 3, loc=5, scale=2),
    "beta": stats.beta(2.2, 3.8, loc=2, scale=10),
    "beta, dense at both ends": stats.beta(0.5, 0.4, scale=4),
    "Weibull": stats.weibull_min(0.4),
}


@pytest.mark.parametrize("name", WITHOUT)
def test_rare_harms_agree_with_one_and_two_of_them_by_quadrature(name):
    severity, frequency = WITHOUT[name], 0.01
    for x in severity.ppf([0.2, 0.6, 0.9]) * [1, 2, 3]:
        ends = [min(max(severity.support()[0], 0.0), x), min(severity.support()[1], x)]
        parts = [ends[0], *[p for p in severity.ppf([1e-3, 0.1, 0.5, 0.9, 0.999]) if ends[0] < p < ends[1]], ends[1]]
        both = severity.sf(x) + sum(
            integrate.quad(lambda y, x=x: severity.pdf(y) * severity.sf(x - y), *pair, limit=200)[0]
            for pair in pairwise(parts)
        )
        least = np.exp(-frequency) * (frequency * severity.sf(x) + frequency**2 / 2 * both)
        found = float(annual_loss(frequency, severity, x))
        assert least - 2e-8 <= found <= least + stats.poisson.sf(2, frequency) + 2e-8


def panjer(frequency, mass):
    """Return the distribution of the total of whole-numbered harms by Panjer's recursion."""
    weighted, total = np.arange(len(mass)) * mass, np.zeros(len(mass))
    total[0] = np.exp(-frequency * (1 - mass[0]))
    for k in range(1, len(mass)):
        total[k] = frequency / k * (weighted[1 : k + 1] @ total[k - 1 :: -1][:k])
    return total


@pytest.mark.parametrize("frequency", [0.5, 8.0])
@pytest.mark.parametrize("name", WITHOUT)
def test_the_answer_lies_between_harms_rounded_down_and_up(name, frequency):
    severity, cells = WITHOUT[name], 2000
    x = float(severity.ppf(0.8)) * max(frequency, 1.0)
    cumulated = severity.cdf(np.arange(cells + 2) * x / cells)
    up, down = np.diff(cumulated[:-1], prepend=0.0), np.diff(cumulated)
    low, high = (1 - panjer(frequency, mass)[: cells + 1].sum() for mass in (down, up))
    found = float(annual_loss(frequency, severity, x))
    assert low - 1e-9 <= found <= high + 1e-9
    assert high - low < 0.03


@pytest.mark.parametrize("name", ["wide lognormal", "Pareto", "beta, dense at both ends"])
def test_frequent_harms_agree_with_simulation(name):
    severity, frequency, years = WITHOUT[name], 40.0, 20_000
    rng = random_stream(5, "annual loss", name)
    numbers = rng.poisson(frequency, years)
    harms = severity.ppf(rng.random(numbers.sum()))
    totals = np.add.reduceat(np.append(harms, 0.0), np.r_[0, np.cumsum(numbers)[:-1]]) * (numbers > 0)
    amounts = np.quantile(totals, [0.1, 0.5, 0.9, 0.99])
    found = annual_loss(frequency, severity, amounts)
    seen = (totals[:, np.newaxis] > amounts).mean(axis=0)
    np.testing.assert_array_less(np.abs(found - seen), 3 * np.sqrt(found * (1 - found) / years))


# --- what may be asked ----------------------------------------------------------------------------------------------


def test_amounts_come_back_in_their_shape_and_order():
    amounts = [[3, -1, 0], [np.inf, 1, 3], [-np.inf, 1e-300, 1e300]]
    found = annual_loss(2, stats.expon(), amounts)
    some = 1 - np.exp(-2)
    assert found.shape == (3, 3)
    np.testing.assert_allclose(found[0, 1:], [1, some], atol=1e-12)
    np.testing.assert_allclose(found[1:, 0], [0, 1], atol=1e-12)
    np.testing.assert_allclose(found[2, 1:], [some, 0], atol=1e-9)
    assert found[0, 0] == found[1, 2] < found[1, 1]
    assert annual_loss(2, stats.expon(), 1.0).shape == ()
    assert annual_loss(2, stats.expon(), []).shape == (0,)


def test_nothing_happens_at_no_frequency_or_without_harm():
    assert annual_loss(0, stats.expon(), [-1, 0, 1]).tolist() == [1, 0, 0]
    assert annual_loss(3, ThreePoint(0, 0, 0), [-1, 0, 1]).tolist() == [1, 0, 0]


def test_harms_of_nought_are_as_if_they_did_not_occur():
    amounts = [0, 0.5, 3, 10]
    found = annual_loss(5, Zeros(0.4, stats.gamma(2)), amounts)
    np.testing.assert_allclose(found, annual_loss(3, stats.gamma(2), amounts), atol=1e-9)
    assert found[0] == pytest.approx(1 - np.exp(-3))


@pytest.mark.parametrize(
    ("frequency", "severity", "amount", "told"),
    [
        (-1, stats.expon(), 1, "frequency must be finite and not negative, not -1"),
        (np.nan, stats.expon(), 1, "frequency must be finite and not negative, not nan"),
        (np.inf, stats.expon(), 1, "frequency must be finite and not negative, not inf"),
        (1, stats.norm(5, 2), 1, "severity must put no mass below 0, not 0.006"),
        (1, stats.poisson(2, loc=-1), 1, "severity must put no mass below 0, not 0.135"),
        (1, stats.expon(scale=-1), 1, "severity must put no mass below 0, not nan"),
        (1, 3.5, 1, "severity must have a distribution function cdf, not 3.5"),
        (1, stats.expon(), [1, np.nan], r"exceed must hold numbers, not \[1, nan\]"),
        (1e9, stats.expon(), 1e9, "frequency not too great"),
        (1, stats.randint(1, 3), 1e7, None),
        (1e7, stats.randint(1, 3), 2e7, "exceed must be at most 8,388,608"),
    ],
)
def test_what_cannot_be_answered_is_refused_by_name_and_value(frequency, severity, amount, told):
    if told is None:
        assert annual_loss(frequency, severity, amount) == 0
        return
    with pytest.raises(ValueError, match=told):
        annual_loss(frequency, severity, amount)


def test_a_single_size_among_others_is_refused_rather_than_answered_wrongly():
    capped = Mixture([0.5, 0.5], [stats.expon(), ThreePoint(np.pi, np.pi, np.pi)])
    with pytest.raises(ValueError, match="severity must be spread out"):
        annual_loss(2, capped, 2 * np.pi)


SEVERITIES = st.sampled_from(
    [stats.expon(), stats.gamma(0.4), stats.lognorm(1.2), stats.pareto(1.5), stats.uniform(1, 3), stats.geom(0.4),
     stats.poisson(1.2), ThreePoint(1, 2, 6), Zeros(0.3, stats.expon()), LinearPool((ThreePoint(0, 1, 2),))]
)  # fmt: skip


@settings(max_examples=40)
@given(SEVERITIES, st.floats(0, 60), st.floats(0, 2), st.lists(st.floats(0, 300), min_size=2, max_size=4))
def test_a_curve_falls_from_the_chance_of_any_harm_and_rises_with_the_frequency(severity, frequency, more, amounts):
    amounts = np.sort([0.0, *amounts])
    found = annual_loss(frequency, severity, amounts)
    assert np.all(np.diff(found) <= EXACT)
    assert np.all((found >= 0) & (found <= 1 - np.exp(-frequency) + 1e-12))
    assert found[0] == pytest.approx(1 - np.exp(-frequency * (1 - float(severity.cdf(0.0)))), abs=1e-12)
    assert np.all(annual_loss(frequency + more, severity, amounts) >= found - EXACT)


# --- curves of threats ----------------------------------------------------------------------------------------------

HARMS = {"threat_id": "T1", "title": "One", "harm_low": 1.0, "harm_mode": 2.0, "harm_high": 8.0, "harm_unit": "people"}
KNOWN = {"shape": 1e12, "exposure": 2e12}


def make_harms(*changes):
    rows = [{**HARMS, "shape": 4.0, "exposure": 20.0, **change} for change in changes]
    return pd.DataFrame(rows, columns=risk.harm.HARMS)


def test_at_a_known_frequency_the_curve_is_the_annual_loss():
    table = losses(make_harms(KNOWN), 1).query("threat_id == 'T1'")
    expected = annual_loss(0.5, Rounded(ThreePoint(1, 2, 8)), table["exceed"])
    for name in risk.harm.CHANCE:
        np.testing.assert_allclose(table[name], expected, atol=1e-6)
    assert table["at_least"].tolist() == [1, 2, 3, 5, 7, 10]
    assert table["exceed"].tolist() == [0, 1, 2, 4, 6, 9]


def test_threats_of_one_unit_add_up_and_those_of_another_stand_apart():
    other = {"threat_id": "T2", "title": "Two", "harm_high": 30.0, "shape": 1e12, "exposure": 1e12}
    apart = {**other, "threat_id": "T3", "harm_unit": "days lost"}
    table = losses(make_harms(KNOWN, other, apart), 1)
    together = table.query("threat_id == 'all' and harm_unit == 'people'")
    mixed = Mixture([1 / 3, 2 / 3], [Rounded(ThreePoint(1, 2, 8)), Rounded(ThreePoint(1, 2, 30))])
    np.testing.assert_allclose(together["probability"], annual_loss(1.5, mixed, together["exceed"]), atol=1e-6)
    alone, all_days = (table.query(f"threat_id == '{name}' and harm_unit == 'days lost'") for name in ("T3", "all"))
    np.testing.assert_array_equal(alone["probability"], all_days["probability"])


def test_the_mean_and_the_band_are_those_of_the_frequency():
    rate = GammaRate(4.0, 20.0)
    first = losses(make_harms({}), 1).query("threat_id == 'T1' and at_least == 1").iloc[0]
    assert first["probability"] == pytest.approx(rate.some(1.0), rel=1e-3)
    ends = -np.expm1(-rate.quantile([0.05, 0.95]))
    assert first[["probability_low", "probability_high"]].tolist() == pytest.approx(ends.tolist(), rel=1e-3)


def test_what_is_not_known_of_several_threats_partly_cancels_out():
    many = [{"threat_id": f"T{number}"} for number in range(1, 9)]
    rows = losses(make_harms(*many), 1).query("at_least == 1").set_index("threat_id")
    width = rows["probability_high"] / rows["probability_low"]
    assert width["all"] < 0.7 * width["T1"]


def test_curves_fall_within_their_bands_and_stand_whatever_else_is_judged():
    few = losses(make_harms({}, {"threat_id": "T2", "harm_high": 20.0}), 7)
    more = losses(make_harms({"threat_id": "T0", "harm_high": 9.0}, {}, {"threat_id": "T2", "harm_high": 20.0}), 7)
    assert np.all(few["probability_low"] <= few["probability"])
    assert np.all(few["probability"] <= few["probability_high"])
    assert few.groupby(["harm_unit", "threat_id"])["probability"].is_monotonic_decreasing.all()
    for threat in ("T1", "T2"):
        pair = [table.query(f"threat_id == '{threat}'").reset_index(drop=True) for table in (few, more)]
        pd.testing.assert_frame_equal(*pair)


def test_great_harms_are_counted_in_tens():
    table = losses(make_harms({"harm_high": 2000.0, **KNOWN}), 1).query("threat_id == 'T1'")
    assert table["at_least"].tolist()[:6] == [10, 20, 30, 50, 70, 100]
    assert table["at_least"].max() == 3000
    expected = annual_loss(0.5, ThreePoint(1, 2, 2000), table["at_least"])
    np.testing.assert_allclose(table["probability"].iloc[5:], expected[5:], atol=0.02)


def test_without_a_judged_harm_or_a_frequency_there_is_no_curve():
    assert losses(make_harms(), 1).empty
    never = losses(make_harms({"exposure": np.inf}), 1)
    assert (never["probability"] == 0).all()


def test_finding_the_curves_leaves_what_is_judged_as_it_was():
    harms = make_harms({}, {"threat_id": "T2"})
    before = harms.copy(deep=True)
    losses(harms, 1)
    pd.testing.assert_frame_equal(harms, before)


# --- as people read it ----------------------------------------------------------------------------------------------


def shown(scenario, *changes, illustrative=()):
    chapter = SimpleNamespace(loss=losses(make_harms(*changes), 1))
    return SimpleNamespace(scenario=scenario, illustrative=illustrative, risk=chapter)


def test_the_headline_names_the_harm_that_a_year_in_a_hundred_brings(scenario):
    exhibit = report.loss(shown(scenario, KNOWN, illustrative=("threats",)))
    row = exhibit.table.set_index("Harm in a year").loc["7 or more people"]
    assert exhibit.headline == (
        f"By illustrative judgements of harm, {row['Expected in']} brings 7 or more people through worst cases "
        f"({row['Range']})"
    )
    assert exhibit.table["Most likely from"].iloc[0] == "One"
    assert "illustrative rows in threats" in exhibit.source


def test_each_unit_of_harm_has_a_picture_of_its_own(scenario):
    a = shown(scenario, {}, {"threat_id": "T2"}, {"threat_id": "T3", "harm_unit": "days lost"})
    labels = [axes.get_xlabel() for axes in report.loss(a).figure.axes]
    assert labels == ["People in a year, at least", "Days lost in a year, at least"]
    assert "people" in report.loss(a).headline


def test_harm_that_nobody_judged_is_to_be_supplied_and_one_that_never_comes_is_still_shown(scenario):
    assert "To be supplied" in repr(report.loss(shown(scenario)))
    never = report.loss(shown(scenario, {"exposure": np.inf}))
    assert "fewer than one year in 100,000" in never.headline
    assert '<img class="chart"' in never._repr_html_()


def test_what_people_call_harm_is_escaped(scenario):
    hostile = "<img src=x onerror=alert(1)>"
    a = shown(scenario, {"harm_unit": hostile, "title": hostile})
    assert "<img src=x" not in report.loss(a)._repr_html_()


def test_how_often_is_said_in_years():
    assert [one_in(p) for p in (0.25, 1 / 1234, 0.999)] == ["one year in 4", "one year in 1,200", "over 99% of years"]


def test_the_worked_force_has_a_curve_of_people_hurt(assessed):
    table = assessed.risk.loss
    together = table.query("threat_id == 'all'")
    assert together["harm_unit"].unique().tolist() == ["people killed or seriously hurt"]
    assert 0.01 < together.set_index("at_least").loc[10, "probability"] < 0.1
    judged = assessed.tables["threats"].dropna(subset=["harm_unit"])["threat_id"]
    assert set(table["threat_id"]) == {"all", *judged}
    assert len(judged) >= 5

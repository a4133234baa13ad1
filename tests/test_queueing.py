"""Erlang, compound Poisson and Poisson-binomial against cases, identities and routes we did not write."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from apstra.queueing import busy_distribution, erlang_b, erlang_c, poisson_binomial

CASES = yaml.safe_load((Path(__file__).parent / "cases" / "queueing.yaml").read_text())
loads = st.floats(0, 60)
servers = st.integers(0, 40)
shares = st.lists(st.floats(0, 1), max_size=8)


@pytest.mark.parametrize("case", CASES["erlang"], ids=lambda case: f"{case['servers']},{case['offered_load']}")
def test_erlang_formulas_give_the_exact_fractions(case):
    assert erlang_b(case["servers"], case["offered_load"]) == pytest.approx(float(Fraction(case["b"])), abs=1e-15)
    assert erlang_c(case["servers"], case["offered_load"]) == pytest.approx(float(Fraction(case["c"])), abs=1e-15)


@settings(deadline=None)
@given(servers, st.floats(0.01, 60))
def test_erlang_b_is_the_last_term_of_a_truncated_poisson(number, load):
    terms = stats.poisson.pmf(np.arange(number + 1), load)
    assert erlang_b(number, load) == pytest.approx(terms[-1] / terms.sum(), rel=1e-9, abs=1e-300)


@settings(deadline=None)
@given(servers, loads)
def test_one_more_server_never_blocks_more_and_blocking_is_a_probability(number, load):
    assert 0 <= erlang_b(number + 1, load) <= erlang_b(number, load) <= 1


@settings(deadline=None)
@given(servers, loads, st.floats(0, 5))
def test_more_load_never_blocks_less(number, load, more):
    assert erlang_b(number, load + more) >= erlang_b(number, load) - 1e-15


@settings(deadline=None)
@given(st.integers(1, 40), st.floats(0, 0.99))
def test_those_who_wait_are_more_than_those_who_would_be_lost(number, share):
    assert erlang_b(number, share * number) <= erlang_c(number, share * number) <= 1


def test_no_server_loses_every_call_and_no_load_loses_none():
    assert erlang_b(0, 3.0) == 1.0
    assert erlang_b(3, 0.0) == 0.0


@pytest.mark.parametrize("load", [4.0, 5.5])
def test_erlang_c_refuses_an_overloaded_queue_by_name_and_value(load):
    with pytest.raises(ValueError, match=f"offered_load must be below servers = 4, not {load}"):
        erlang_c(4, load)


@pytest.mark.parametrize(
    ("number", "load", "message"),
    [
        (-1, 1.0, "servers must be a whole number >= 0, not -1"),
        (1.5, 1.0, "servers must be a whole number >= 0, not 1.5"),
        (float("nan"), 1.0, "servers .* not nan"),
        (2, -0.5, "offered_load must be finite and not negative, not -0.5"),
        (2, float("inf"), "offered_load .* not inf"),
        (2, float("nan"), "offered_load .* not nan"),
    ],
)
def test_erlang_refuses_what_is_out_of_range_by_name_and_value(number, load, message):
    with pytest.raises(ValueError, match=message):
        erlang_b(number, load)


@pytest.mark.parametrize("case", CASES["busy_distribution"])
def test_units_in_use_follow_the_compound_poisson_case(case):
    pmf = busy_distribution(case["offered_load"], case["sizes"])
    assert pmf[: len(case["pmf"])] == pytest.approx(case["pmf"], abs=1e-8)
    assert 1 - pmf[:7].sum() == pytest.approx(case["beyond_6"], abs=1e-12)


@settings(deadline=None)
@given(st.floats(0, 50), st.dictionaries(st.integers(0, 6), st.integers(1, 9), min_size=1))
def test_units_in_use_agree_with_panjers_recursion_and_keep_the_mean(load, weights):
    sizes = {size: weight / sum(weights.values()) for size, weight in weights.items()}
    pmf = busy_distribution(load, sizes)
    law = np.array([sizes.get(size, 0.0) for size in range(max(sizes) + 1)])
    panjer = [np.exp(load * (law[0] - 1))]
    for units in range(1, pmf.size):
        j = np.arange(1, min(units, law.size - 1) + 1)
        panjer.append(load / units * float((j * law[j]) @ np.array(panjer)[units - j]) if j.size else 0.0)
    assert pmf == pytest.approx(panjer, abs=1e-12)
    assert pmf.sum() == pytest.approx(1, abs=1e-12)
    assert pmf @ np.arange(pmf.size) == pytest.approx(load * sum(s * p for s, p in sizes.items()), abs=1e-8)


def test_units_in_use_are_plain_poisson_when_every_call_takes_one_even_for_a_great_load():
    pmf = busy_distribution(2000.0, {1: 1.0})
    assert pmf == pytest.approx(stats.poisson.pmf(np.arange(pmf.size), 2000.0), abs=1e-13)


@pytest.mark.parametrize("sizes", [{1: 0.5}, {1: 1.2, 2: -0.2}, {}])
def test_sizes_that_are_no_distribution_are_refused(sizes):
    with pytest.raises(ValueError, match="sizes must have probabilities"):
        busy_distribution(1.0, sizes)


def test_a_fractional_size_is_refused_by_value():
    with pytest.raises(ValueError, match=r"sizes must be a whole number >= 0, not 1\.5"):
        busy_distribution(1.0, {1.5: 1.0})


@pytest.mark.parametrize("case", CASES["poisson_binomial"])
def test_the_number_present_follows_the_binomial_case(case):
    pmf = poisson_binomial(case["probabilities"])
    for least, chance in case["at_least"].items():
        assert pmf[least:].sum() == pytest.approx(chance, abs=1e-12)


@settings(deadline=None)
@given(shares)
def test_the_number_present_keeps_mean_and_variance(chances):
    pmf = poisson_binomial(chances)
    number = np.arange(pmf.size)
    mean = pmf @ number
    assert pmf.sum() == pytest.approx(1)
    assert mean == pytest.approx(sum(chances), abs=1e-9)
    assert pmf @ number**2 - mean**2 == pytest.approx(sum(p * (1 - p) for p in chances), abs=1e-9)


@settings(deadline=None)
@given(st.lists(st.tuples(st.floats(0, 1), st.integers(0, 4)), max_size=6))
def test_the_weighted_number_present_agrees_with_listing_every_outcome(things):
    pmf = poisson_binomial([chance for chance, _ in things], [size for _, size in things])
    listed = np.zeros(pmf.size)
    for outcome in range(2 ** len(things)):
        there = [outcome >> i & 1 for i in range(len(things))]
        chance = np.prod([p if here else 1 - p for here, (p, _) in zip(there, things, strict=True)])
        listed[sum(size for here, (_, size) in zip(there, things, strict=True) if here)] += chance
    assert pmf == pytest.approx(listed, abs=1e-12)


def test_nobody_present_of_nobody_is_certain():
    assert poisson_binomial([]).tolist() == [1.0]


@pytest.mark.parametrize(
    ("chances", "sizes", "message"),
    [
        ([0.5, 1.4], None, r"probabilities must lie in \[0, 1\], not 1.4"),
        ([float("nan")], None, "probabilities .* not nan"),
        ([0.5], [1, 2], "sizes must be as many as probabilities, 1, not 2"),
        ([0.5], [-1], "sizes must be a whole number >= 0, not -1"),
    ],
)
def test_the_number_present_refuses_bad_arguments_by_value(chances, sizes, message):
    with pytest.raises(ValueError, match=message):
        poisson_binomial(chances, sizes)


def test_arguments_are_left_as_they_were():
    chances, sizes, law = np.array([0.2, 0.7]), np.array([1, 2]), {1: 0.5, 2: 0.5}
    poisson_binomial(chances, sizes)
    busy_distribution(1.0, law)
    assert chances.tolist() == [0.2, 0.7]
    assert sizes.tolist() == [1, 2]
    assert law == {1: 0.5, 2: 0.5}

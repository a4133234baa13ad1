"""Formulas of queues and counts against cases, identities and routes we did not write."""

from fractions import Fraction
from functools import partial
from itertools import pairwise, product
from pathlib import Path

import numpy as np
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.integrate import solve_ivp

from apstra.queueing import (
    busy_distribution,
    erlang_b,
    erlang_c,
    kaufman_roberts,
    loss_over_day,
    poisson_binomial,
    priority_waits,
    reserved_blocking,
    simultaneous_incidents,
)

CASES = yaml.safe_load((Path(__file__).parent / "cases" / "queueing.yaml").read_text())
loads = st.floats(0, 60)
servers = st.integers(0, 40)
shares = st.lists(st.floats(0, 1), max_size=8)
DAY = CASES["day"]
DISCIPLINES = ("non-preemptive", "preemptive-resume")
urgencies = st.lists(st.floats(0, 1), min_size=1, max_size=5).filter(lambda weights: sum(weights) > 0.01)


def wave(hour):
    return DAY["mean"] + DAY["swing"] * np.sin(2 * np.pi * np.asarray(hour) / DAY["period"])


def long_run(start, moves):
    """Return each state of a Markov chain to its long-run probability, by solving for the whole generator."""
    states, flows = [start], []
    for state in states:
        for rate, to in moves(state):
            if to not in states:
                states.append(to)
            flows.append((state, to, rate))
    number = {state: place for place, state in enumerate(states)}
    generator = np.zeros((len(states), len(states)))
    for state, to, rate in flows:
        generator[number[state], number[to]] += rate
        generator[number[state], number[state]] -= rate
    equations = np.vstack([generator.T[1:], np.ones(len(states))])
    return dict(zip(states, np.linalg.solve(equations, np.eye(len(states))[-1]), strict=True))


def shared_among(load, weights):
    return load * np.array(weights) / sum(weights)


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


@pytest.mark.parametrize("case", CASES["kaufman_roberts"])
def test_calls_that_take_several_units_are_blocked_by_the_exact_fractions(case):
    blocking = kaufman_roberts(case["units"], case["loads"], case["sizes"])
    assert blocking == pytest.approx([float(Fraction(share)) for share in case["blocking"]], abs=1e-15)


@settings(deadline=None)
@given(st.integers(0, 9), st.lists(st.tuples(st.floats(0, 5), st.integers(0, 5)), max_size=3))
def test_calls_that_take_several_units_are_blocked_as_the_product_form_says(units, classes):
    held = np.zeros(units + 1)
    for calls in product(*(range(units + 1 if size else 1) for _, size in classes)):
        taken = sum(number * size for number, (_, size) in zip(calls, classes, strict=True))
        if taken <= units:
            terms = [stats.poisson.pmf(number, load) for number, (load, _) in zip(calls, classes, strict=True)]
            held[taken] += np.prod([term for term, (_, size) in zip(terms, classes, strict=True) if size])
    listed = [held[np.arange(units + 1) + size > units].sum() / held.sum() for _, size in classes]
    blocking = kaufman_roberts(units, [load for load, _ in classes], [size for _, size in classes])
    assert blocking == pytest.approx(listed, abs=1e-12)


@pytest.mark.parametrize(("units", "load"), [(4, 3.0), (0, 1.0), (3000, 5000.0)])
def test_calls_of_one_unit_are_blocked_as_erlang_says_even_under_a_great_load(units, load):
    assert kaufman_roberts(units, [load], [1]) == pytest.approx([erlang_b(units, load)], abs=1e-12)


def test_a_call_for_more_units_than_there_are_is_always_lost_and_takes_nothing_from_the_others():
    blocking = kaufman_roberts(4, [3.0, 0.7], [1, 5])
    assert blocking[1] == 1.0
    assert blocking[0] == pytest.approx(27 / 131, abs=1e-15)


@pytest.mark.parametrize("case", CASES["priority_waits"], ids=lambda case: f"{case['servers']},{case['discipline']}")
def test_waits_by_urgency_give_the_exact_fractions(case):
    waits = priority_waits(case["servers"], case["arrival_rates"], case["mean_duration"], discipline=case["discipline"])
    assert waits == pytest.approx([float(Fraction(wait)) for wait in case["waits"]], abs=1e-12)


@settings(deadline=None)
@given(st.integers(1, 12), st.floats(0.01, 0.95), st.floats(0.1, 30), urgencies)
def test_finishing_what_was_begun_keeps_the_work_that_waits_whatever_the_order(number, share, duration, weights):
    rates = shared_among(share * number / duration, weights)
    waits = priority_waits(number, rates, duration, discipline="non-preemptive")
    in_turn = erlang_c(number, share * number) * duration / (number * (1 - share))
    assert rates @ waits == pytest.approx(rates.sum() * in_turn, rel=1e-9)


@settings(deadline=None)
@given(st.integers(1, 12), st.floats(0.01, 0.95), st.floats(0.1, 30), urgencies)
def test_with_interruptions_the_most_urgent_classes_together_queue_as_if_alone(number, share, duration, weights):
    rates = shared_among(share * number / duration, weights)
    waiting = np.cumsum(rates * priority_waits(number, rates, duration, discipline="preemptive-resume"))
    loads = np.minimum(np.cumsum(rates) * duration, share * number)
    alone = [erlang_c(number, load) * load / (number - load) for load in loads]
    assert waiting == pytest.approx(alone, rel=1e-9, abs=1e-12)


@settings(deadline=None)
@given(st.floats(0.01, 0.95), urgencies)
def test_interruptions_on_one_server_follow_the_formula_for_mm1(share, weights):
    rates = shared_among(share, weights)
    busy = np.append(0, np.cumsum(rates))
    waits = priority_waits(1, rates, 1.0, discipline="preemptive-resume")
    assert waits + 1 == pytest.approx(1 / ((1 - busy[:-1]) * (1 - busy[1:])), rel=1e-10)


@pytest.mark.parametrize("discipline", DISCIPLINES)
def test_waits_of_two_urgencies_agree_with_the_whole_markov_chain(discipline):
    crews, urgent, routine, most = 2, 0.3, 0.5, 24

    def moves_interrupting(state):
        first, second = state
        served = min(first, crews), min(second, crews - min(first, crews))
        steps = [(urgent, (first + 1, second)), (routine, (first, second + 1))]
        steps += [(float(served[0]), (first - 1, second)), (float(served[1]), (first, second - 1))]
        return [(rate, to) for rate, to in steps if rate and max(to) <= most]

    def moves_finishing(state):
        busy, first, second = state
        if busy < crews:
            steps = [(urgent + routine, (busy + 1, 0, 0)), (float(busy), (busy - 1, 0, 0))]
        else:
            after = (busy, first - 1, second) if first else (busy, 0, second - 1) if second else (busy - 1, 0, 0)
            steps = [(urgent, (busy, first + 1, second)), (routine, (busy, first, second + 1)), (float(busy), after)]
        return [(rate, to) for rate, to in steps if rate and max(to) <= most]

    if discipline == "preemptive-resume":
        chances = long_run((0, 0), moves_interrupting)
        queues = [(max(a - crews, 0), b - min(b, crews - min(a, crews)), chance) for (a, b), chance in chances.items()]
    else:
        queues = [
            (first, second, chance) for (_, first, second), chance in long_run((0, 0, 0), moves_finishing).items()
        ]
    numbers = [sum(queue[place] * queue[2] for queue in queues) for place in range(2)]
    waits = priority_waits(crews, [urgent, routine], 1.0, discipline=discipline)
    assert waits == pytest.approx([numbers[0] / urgent, numbers[1] / routine], abs=2e-8)


def test_a_class_without_calls_waits_as_a_rare_call_of_it_would():
    for discipline in DISCIPLINES:
        none, rare = (priority_waits(3, [1.0, few, 0.8], 1.0, discipline=discipline) for few in (0.0, 1e-9))
        assert none == pytest.approx(rare, abs=1e-8)
    below, above = (erlang_c(3, load) * load / (3 - load) for load in (1 - 1e-5, 1 + 1e-5))
    wait = priority_waits(3, [1.0, 0.0], 1.0, discipline="preemptive-resume")[1]
    assert wait == pytest.approx((above - below) / 2e-5, abs=1e-8)


def test_nobody_waits_when_nobody_calls():
    for discipline in DISCIPLINES:
        assert priority_waits(2, [0.0, 0.0], 1.0, discipline=discipline).tolist() == [0.0, 0.0]
        assert priority_waits(2, [], 1.0, discipline=discipline).tolist() == []


@settings(deadline=None)
@given(st.integers(0, 15), st.floats(0.01, 10), st.floats(0.01, 10), st.integers(0, 15))
def test_a_reserve_blocks_as_the_whole_markov_chain_says(number, urgent, routine, reserve):
    reserve = min(reserve, number)

    def moves(busy):
        if busy < number:
            yield urgent + routine * (busy < number - reserve), busy + 1
        if busy:
            yield float(busy), busy - 1

    chances = long_run(0, moves)
    held = sum(chance for busy, chance in chances.items() if busy >= number - reserve)
    assert reserved_blocking(number, [urgent, routine], reserve) == pytest.approx([chances[number], held], abs=1e-10)


@settings(deadline=None)
@given(servers, st.floats(0, 30), st.floats(0, 30))
def test_no_reserve_is_erlang_for_both_and_a_whole_reserve_is_erlang_for_the_urgent(number, urgent, routine):
    expected = erlang_b(number, urgent + routine)
    assert reserved_blocking(number, [urgent, routine], 0) == pytest.approx([expected, expected], rel=1e-12)
    assert reserved_blocking(number, [urgent, routine], number) == pytest.approx(
        [erlang_b(number, urgent), 1], rel=1e-12
    )


@settings(deadline=None)
@given(st.integers(1, 20), st.floats(0.01, 20), st.floats(0.01, 20))
def test_a_greater_reserve_spares_the_urgent_and_costs_the_others(number, urgent, routine):
    blocking = np.array([reserved_blocking(number, [urgent, routine], reserve) for reserve in range(number + 1)])
    assert (np.diff(blocking, axis=0) @ np.diag([1, -1]) <= 1e-12).all()


def test_the_number_in_progress_follows_the_published_case():
    in_progress = simultaneous_incidents(wave, 1.0)
    assert in_progress(list(DAY["in_progress"])) == pytest.approx(list(DAY["in_progress"].values()), abs=1e-8)
    top = DAY["period"] / 4 + DAY["peak_lag"]
    assert in_progress(top) == pytest.approx(DAY["peak"], abs=1e-12)
    assert max(in_progress([top - 0.01, top + 0.01])) < DAY["peak"]


@settings(deadline=None, max_examples=30)
@given(st.floats(0.1, 1e4), st.floats(0.5, 1000), st.floats(-3000, 3000))
def test_the_number_in_progress_under_a_sinusoid_is_that_of_eick_massey_and_whitt(duration, period, hour):
    turn = 2 * np.pi / period
    in_progress = simultaneous_incidents(lambda t: 2 + 2 * np.sin(turn * t), duration * period / 24, period=period)
    lag = turn * duration * period / 24
    expected = 2 + 2 * (np.sin(turn * hour) - lag * np.cos(turn * hour)) / (1 + lag**2)
    assert in_progress(hour) == pytest.approx(expected * duration * period / 24, rel=1e-9)


@pytest.mark.parametrize("duration", [1e-4, 0.003, 0.02])
def test_the_number_in_progress_stays_near_the_truth_for_durations_of_seconds(duration):
    lag = 2 * np.pi / 24 * duration
    expected = 3 + 1.5 * (np.sin(2 * np.pi * 7.3 / 24) - lag * np.cos(2 * np.pi * 7.3 / 24)) / (1 + lag**2)
    assert simultaneous_incidents(wave, duration)(7.3) == pytest.approx(expected * duration, rel=2e-5)


STEPS = (2.0, 0.0, 5.0, 1.0, 0.5, 3.0, 3.0)  # rates in equal steps over a day of 10 hours
LONG = partial(solve_ivp, method="DOP853", rtol=1e-12, atol=1e-13)


def test_the_number_in_progress_under_rates_in_steps_solves_the_differential_equation():
    in_progress, step, number = simultaneous_incidents(STEPS, 1.5, period=10), 10 / len(STEPS), 0.0
    for day in range(5):
        for place, rate in enumerate(STEPS):
            solved = LONG(lambda _, m, rate: rate - m / 1.5, (0, step), [number], args=(rate,), dense_output=True)
            number = solved.y[0, -1]
            if day == 4:
                past = np.linspace(0, step, 9)
                assert in_progress(place * step + past) == pytest.approx(solved.sol(past)[0], abs=1e-9)


def test_rates_in_steps_and_the_same_steps_as_a_function_agree():
    def stepped(hour):
        return np.array([2.0, 0.0, 5.0, 1.0])[(np.asarray(hour) // 6).astype(int)]

    hours = np.linspace(-30, 60, 1001)
    as_steps, as_function = (simultaneous_incidents(rate, 0.7)(hours) for rate in ([2.0, 0.0, 5.0, 1.0], stepped))
    assert as_steps == pytest.approx(as_function, abs=1e-12)
    (full, lost), (full_too, lost_too) = (loss_over_day(rate, 0.7, 2) for rate in ([2.0, 0.0, 5.0, 1.0], stepped))
    assert full == pytest.approx(full_too, abs=1e-12)
    assert lost == pytest.approx(lost_too, abs=1e-12)


@settings(deadline=None)
@given(st.lists(st.floats(0, 20), min_size=1, max_size=30), st.floats(0.01, 100))
def test_the_number_in_progress_repeats_itself_and_stays_between_the_extremes(rates, duration):
    in_progress = simultaneous_incidents(rates, duration)
    hours = np.arange(0, 24, 0.7)
    numbers = in_progress(hours)
    assert in_progress(hours - 72) == pytest.approx(numbers, abs=1e-9)
    assert numbers.max() <= max(rates) * duration * (1 + 1e-12)
    assert numbers.min() >= min(rates) * duration * (1 - 1e-12)


def test_one_hour_gives_a_number_and_several_an_array_of_their_shape():
    in_progress = simultaneous_incidents(lambda _: 1.5, 2.0)
    assert isinstance(in_progress(7), float)
    assert in_progress(7) == pytest.approx(3.0, abs=1e-12)
    assert in_progress([[0, 24], [-1e-20, 100]]) == pytest.approx(np.full((2, 2), 3.0), abs=1e-12)


def loss_by_differential_equation(rate, duration, number, bends, days):
    """Return P(full) at 240 steps and the lost share of the last day, started empty and cut where the rate bends."""
    marks, full, chances = np.arange(240) * bends[-1] / 240, [], np.eye(number + 3)[0]

    def change(hour, state, of):
        up, down = of(hour) * state[: number + 1], np.arange(1, number + 1) / duration * state[1 : number + 1]
        flow = up[:-1] - down
        return np.concatenate([np.append(0, flow) - np.append(flow, 0), [up[-1], of(hour)]])

    for day in range(days):
        chances[-2:] = 0
        for place, (begin, end) in enumerate(pairwise(bends)):
            solved = LONG(change, (begin, end), chances, args=(partial(rate, place),), dense_output=True)
            chances = solved.y[:, -1]
            if day == days - 1:
                full.extend(solved.sol(marks[(marks >= begin) & (marks < end)])[number])
    return full, chances[-2] / chances[-1]


def test_calls_lost_over_a_day_follow_the_case_and_exceed_what_the_average_rate_says():
    full, lost = loss_over_day(wave, 1.0, DAY["servers"])
    assert lost == pytest.approx(DAY["lost_share"], abs=5e-5)
    assert lost > erlang_b(DAY["servers"], DAY["mean"]) + 0.03
    expected, expected_lost = loss_by_differential_equation(lambda _, t: wave(t), 1.0, 4, [0.0, 24.0], 3)
    assert full == pytest.approx(expected, abs=1e-9)
    assert lost == pytest.approx(expected_lost, abs=1e-10)


def test_calls_lost_under_rates_in_steps_solve_the_differential_equation():
    full, lost = loss_over_day(STEPS, 1.5, 3, period=10)
    bends = np.linspace(0, 10, len(STEPS) + 1)
    expected, expected_lost = loss_by_differential_equation(lambda place, _: STEPS[place], 1.5, 3, bends, 5)
    assert full == pytest.approx(expected, abs=1e-9)
    assert lost == pytest.approx(expected_lost, abs=1e-10)


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 10), st.floats(0, 20), st.floats(0.05, 500))
def test_a_day_without_change_loses_what_erlang_says(number, load, duration):
    for rate in ([load / duration] * 3, lambda _: load / duration):
        full, lost = loss_over_day(rate, duration, number)
        assert full == pytest.approx(np.full(240, erlang_b(number, load)), abs=1e-10)
        assert lost == pytest.approx(erlang_b(number, load) if load else 0.0, abs=1e-10)


@settings(deadline=None, max_examples=25)
@given(st.lists(st.floats(0, 10), min_size=1, max_size=24), st.integers(1, 6), st.floats(0.05, 50))
def test_losses_stay_between_the_extremes_of_the_day_and_one_more_server_lowers_them(rates, number, duration):
    full, lost = loss_over_day(rates, duration, number)
    low, high = (erlang_b(number, rate * duration) for rate in (min(rates), max(rates)))
    assert low - 1e-10 <= full.min() <= full.max() <= high + 1e-10
    assert 0 <= lost <= high + 1e-10
    fuller, lost_more = loss_over_day(rates, duration, number - 1)
    assert (full <= fuller + 1e-10).all()
    assert lost <= lost_more + 1e-10


def test_without_servers_every_call_is_lost_and_without_calls_none():
    full, lost = loss_over_day(wave, 1.0, 0)
    assert full == pytest.approx(np.ones(240), abs=1e-12)
    assert lost == pytest.approx(1, abs=1e-12)
    full, lost = loss_over_day([0.0, 0.0], 1.0, 2)
    assert full.tolist() == [0.0] * 240
    assert lost == 0.0


WAITS = partial(priority_waits, discipline="non-preemptive")


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: WAITS(0, [0.1], 1), "servers must be a whole number >= 1, not 0"),
        (lambda: WAITS(2.5, [0.1], 1), r"servers must be a whole number >= 1, not 2\.5"),
        (lambda: WAITS(2, [0.1, -0.2], 1), r"arrival_rates must be finite and not negative, not -0\.2"),
        (lambda: WAITS(2, [[0.1]], 1), r"arrival_rates must be one-dimensional, not \[\[0\.1\]\]"),
        (lambda: WAITS(2, [0.1], 0), "mean_duration must be finite and above 0, not 0"),
        (lambda: WAITS(2, [0.1], np.inf), "mean_duration must be finite and above 0, not inf"),
        (lambda: WAITS(2, [1, 1], 1), r"arrival_rates .* less than servers = 2, not 2\.0"),
        (lambda: WAITS(2, [1, 3], 1), r"arrival_rates .* less than servers = 2, not 4\.0"),
        (lambda: WAITS(2, [1], 1, discipline="fifo"), "discipline must be one of .*, not 'fifo'"),
        (lambda: reserved_blocking(-1, [1, 1], 0), "servers must be a whole number >= 0, not -1"),
        (lambda: reserved_blocking(2, [1, 1], 0.5), r"reserve must be a whole number >= 0, not 0\.5"),
        (lambda: reserved_blocking(2, [1, 1], 3), "reserve must be at most servers = 2, not 3"),
        (lambda: reserved_blocking(2, [1, 1, 1], 0), r"loads must be two, not \[1\.0, 1\.0, 1\.0\]"),
        (lambda: reserved_blocking(2, [1, np.nan], 0), "loads must be finite and not negative, not nan"),
        (lambda: kaufman_roberts(-2, [1], [1]), "units must be a whole number >= 0, not -2"),
        (lambda: kaufman_roberts(2, [-1], [1]), r"loads must be finite and not negative, not -1\.0"),
        (lambda: kaufman_roberts(2, [1], [1.5]), r"sizes must be a whole number >= 0, not 1\.5"),
        (lambda: kaufman_roberts(2, [1], [-1]), r"sizes must be finite and not negative, not -1\.0"),
        (lambda: kaufman_roberts(2, [1], [1, 2]), "sizes must be as many as loads, 1, not 2"),
        (lambda: simultaneous_incidents([1, -3], 1), r"arrival_rate must be finite and not negative, not -3\.0"),
        (lambda: simultaneous_incidents([], 1), r"arrival_rate must hold one rate or more, not \[\]"),
        (lambda: simultaneous_incidents(lambda t: t - 1, 1), "arrival_rate must be finite and not negative, not -0"),
        (lambda: simultaneous_incidents(lambda _: np.nan, 1), "arrival_rate must be finite and not negative, not nan"),
        (lambda: simultaneous_incidents(lambda t: t[1:], 1), r"arrival_rate .* each of 5760 hours, .* \(5759,\)"),
        (lambda: simultaneous_incidents([1], -2), "mean_duration must be finite and above 0, not -2"),
        (lambda: simultaneous_incidents([1], 1, period=0), "period must be finite and above 0, not 0"),
        (lambda: simultaneous_incidents([1], 1)(np.nan), "hour must be finite, not nan"),
        (lambda: simultaneous_incidents([1], 1)([0, np.inf]), "hour must be finite, not inf"),
        (lambda: loss_over_day([np.inf], 1, 2), "arrival_rate must be finite and not negative, not inf"),
        (lambda: loss_over_day(lambda t: -t, 1, 2), "arrival_rate must be finite and not negative, not -0"),
        (lambda: loss_over_day([], 1, 2), r"arrival_rate must hold one rate or more, not \[\]"),
        (lambda: loss_over_day([1], np.nan, 2), "mean_duration must be finite and above 0, not nan"),
        (lambda: loss_over_day([1], 1, 2, period=-24), "period must be finite and above 0, not -24"),
        (lambda: loss_over_day([1], 1, 1.5), r"servers must be a whole number >= 0, not 1\.5"),
    ],
)
def test_what_is_out_of_range_is_refused_by_name_and_value(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_arguments_are_left_as_they_were():
    chances, sizes, law = np.array([0.2, 0.7]), np.array([1, 2]), {1: 0.5, 2: 0.5}
    WAITS(2, chances, 1.0)
    reserved_blocking(2, chances, 1)
    kaufman_roberts(2, chances, sizes)
    simultaneous_incidents(chances, 1.0)
    loss_over_day(chances, 1.0, 2)
    poisson_binomial(chances, sizes)
    busy_distribution(1.0, law)
    assert chances.tolist() == [0.2, 0.7]
    assert sizes.tolist() == [1, 2]
    assert law == {1: 0.5, 2: 0.5}

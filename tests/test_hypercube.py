"""The hypercube against published cases, identities and a generator written out from the definition."""

from dataclasses import FrozenInstanceError
from fractions import Fraction
from functools import partial
from importlib import import_module
from math import comb
from pathlib import Path

import numpy as np
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from scipy.sparse.linalg import spsolve

from apstra.queueing import approximation, erlang_b, erlang_c, first_free, hypercube, hypercube_approximation, kernels

CASES = yaml.safe_load((Path(__file__).parent / "cases" / "queueing.yaml").read_text())["hypercube"]
CITY, PAIR = CASES["three_unit_city"], CASES["two_units"]
SOLVER = import_module("apstra.queueing.hypercube")  # the function of that name hides the module
PRINTED = 5.1e-7  # half of the last digit of the printed probabilities
SOLVED = 1e-10  # what both ways of solving promise, with room for the machine
WAITING = 400  # places in the line that stands for an infinite one
rng_of = np.random.default_rng


def by(direct, *arguments, **options):
    """Return the exact answer, solved as one dense system up to ``direct`` states and by sweeps beyond."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(SOLVER, "DIRECT", direct)
        return hypercube(*arguments, **options)


both_ways = pytest.mark.parametrize("solve", [partial(by, 4096), partial(by, 0)], ids=["dense", "sweeps"])


@st.composite
def cities(draw, most=6):
    """Draw rates of zones (at least one of them calls), their preferences and the rate of each unit."""
    units, zones = draw(st.integers(1, most)), draw(st.integers(1, 5))
    calls = draw(st.lists(st.floats(0, 4), min_size=zones, max_size=zones).filter(lambda given: sum(given) > 0.01))
    orders = [draw(st.permutations(range(units))) for _ in range(zones)]
    service = draw(st.lists(st.floats(0.2, 4), min_size=units, max_size=units))
    return np.array(calls), np.array(orders), np.array(service)


def geography(seed, units, zones, load, *, unequal=False):
    """Return a city of random places: the nearest unit first, ``load`` the calls offered for each unit's capacity."""
    rng = rng_of(seed)
    posts, homes = rng.random((units, 2)), rng.random((zones, 2))
    orders = ((homes[:, np.newaxis] - posts) ** 2).sum(axis=2).argsort(axis=1)
    service = rng.uniform(0.5, 2, units) if unequal else np.ones(units)
    calls = rng.random(zones)
    return calls * load * service.sum() / calls.sum(), orders, service


def sent_from(state, order, number):
    """Return the units sent to a call: the first free ones of its order, as many as asked for or as there are."""
    return [unit for unit in order if not state >> unit & 1][:number]


def flows(calls, orders, service, required):
    """Give every (state, state, rate) of the cube, written out from the definition."""
    for state in range(1 << len(service)):
        for rate, order, number in zip(calls, orders, required, strict=True):
            if sent := sent_from(state, order, number):
                yield state, state | sum(1 << int(unit) for unit in sent), rate
        for unit, rate in enumerate(service):
            if state >> unit & 1:
                yield state, state & ~(1 << unit), rate


def written_out(calls, orders, service, required=None, waiting=0):
    """Return each state's probability, then that of 1 to ``waiting`` calls in line: elimination without subtraction.

    So every probability is right relative to itself, however rare (Grassmann, Taksar & Heyman 1985).
    """
    cube = 1 << len(service)
    rates = np.zeros((cube + waiting, cube + waiting))
    for state, to, rate in flows(calls, orders, service, [1] * len(calls) if required is None else required):
        rates[state, to] += rate
    for longer in range(cube, cube + waiting):
        rates[longer - 1, longer] += calls.sum()
        rates[longer, longer - 1] += service.sum()
    for state in range(len(rates) - 1, 0, -1):
        rates[:state, state] /= rates[state, :state].sum()
        rates[:state, :state] += np.outer(rates[:state, state], rates[state, :state])
    p = np.ones(1)
    for state in range(1, len(rates)):
        p = np.append(p, p @ rates[:state, state])
    return p / p.sum()


def sent_in_all(p, calls, orders, units, required):
    """Return the rate at which each unit goes to each zone from states with a free unit."""
    sent = np.zeros(orders.shape)
    for zone, (rate, order, number) in enumerate(zip(calls, orders, required, strict=True)):
        for state in range((1 << units) - 1):
            sent[zone, sent_from(state, order, number)] += rate * p[state]
    return sent


def imbalance(p, calls, orders, service):
    """Return the greatest difference of flow in and flow out of a state, one unit to a call, no line."""
    states = np.arange(p.size)
    out, into = np.zeros(p.size), np.zeros(p.size)
    for rate, order in zip(calls, orders, strict=True):
        open_ = states[:-1]
        for unit in order:
            taken = open_[open_ >> unit & 1 == 0]
            out[taken] += rate * p[taken]
            into[taken | 1 << unit] += rate * p[taken]
            open_ = open_[open_ >> unit & 1 == 1]
    for unit, rate in enumerate(service):
        busy = states[states >> unit & 1 == 1]
        out[busy] += rate * p[busy]
        into[busy ^ 1 << unit] += rate * p[busy]
    return np.abs(into - out).max()


@both_ways
def test_the_three_unit_city_has_its_published_workloads_and_state_probabilities(solve):
    result = solve(CITY["arrival_rates"], CITY["preferences"], CITY["service_rate"], queue=CITY["queue"])
    assert result.workload == pytest.approx(CITY["workload"], abs=6e-5)
    assert result.all_busy == pytest.approx(float(Fraction(CITY["all_busy"])), abs=SOLVED)
    assert result.state_probability == pytest.approx(CITY["state_probability"], abs=PRINTED)
    assert result.all_busy - result.state_probability[-1] == pytest.approx(CITY["tail"], abs=PRINTED)
    assert result.lost_share == 0.0
    first_choice = result.dispatch[np.arange(5), np.array(CITY["preferences"])[:, 0]]
    assert 1 - first_choice.sum() == pytest.approx(CITY["from_elsewhere"], abs=5.1e-5)


@both_ways
def test_two_units_give_the_exact_fractions(solve):
    result = solve(PAIR["arrival_rates"], PAIR["preferences"], 1.0)
    assert result.state_probability == pytest.approx([float(Fraction(p)) for p in PAIR["state_probability"]], abs=1e-12)
    assert result.workload == pytest.approx([float(Fraction(share)) for share in PAIR["workload"]], abs=1e-12)
    assert result.all_busy == result.lost_share == pytest.approx(0.2, abs=1e-12)


@both_ways
@settings(max_examples=25)
@given(cities())
def test_with_equal_service_all_busy_is_erlangs_loss_whatever_the_geography(solve, city):
    calls, orders, _ = city
    result = solve(calls, orders, 0.5)
    load = calls.sum() / 0.5
    loss = erlang_b(orders.shape[1], load)
    assert result.all_busy == pytest.approx(loss, rel=1e-9)
    assert result.lost_share == result.all_busy
    assert result.workload.sum() == pytest.approx(load * (1 - loss), abs=SOLVED)


@both_ways
@settings(max_examples=25)
@given(cities(), st.floats(0.01, 0.97))
def test_with_equal_service_and_a_line_all_busy_is_erlangs_delay_whatever_the_geography(solve, city, share):
    calls, orders, _ = city
    units = orders.shape[1]
    result = solve(calls / calls.sum() * share * units, orders, 1.0, queue="infinite")
    assert result.all_busy == pytest.approx(erlang_c(units, share * units), rel=1e-9)
    assert result.workload.sum() == pytest.approx(share * units, abs=SOLVED)
    assert result.lost_share == 0.0


@both_ways
@settings(max_examples=30)
@given(st.integers(1, 7), st.floats(0.01, 20))
def test_under_one_shared_list_each_unit_carries_what_overflows_the_ones_before(solve, units, load):
    result = solve([load / 3, 2 * load / 3], [range(units)] * 2, 1.0)
    carried = [load * (erlang_b(unit, load) - erlang_b(unit + 1, load)) for unit in range(units)]
    assert result.workload == pytest.approx(carried, abs=SOLVED)


@both_ways
@pytest.mark.parametrize("queue", ["loss", "infinite"])
def test_a_city_that_looks_the_same_from_every_unit_works_them_all_alike(solve, queue):
    orders = [np.roll(np.arange(6), -first) for first in range(6)]
    result = solve(np.full(6, 0.6), orders, 1.0, queue=queue)
    assert result.workload == pytest.approx(np.full(6, result.workload.mean()), abs=1e-11)
    assert [result.dispatch[zone, orders[zone]] for zone in range(6)] == pytest.approx(
        np.tile(result.dispatch[0], (6, 1)), abs=1e-11
    )


@both_ways
@settings(max_examples=25)
@given(cities(), st.randoms(use_true_random=False))
def test_other_names_of_the_units_only_rename_the_answer(solve, city, random):
    calls, orders, service = city
    names = np.array(random.sample(range(service.size), service.size))
    as_was, renamed = solve(calls, orders, service), solve(calls, names[orders], service[np.argsort(names)])
    states = np.arange(as_was.state_probability.size)
    now = sum((states >> unit & 1) << int(name) for unit, name in enumerate(names))
    assert renamed.state_probability[now] == pytest.approx(as_was.state_probability, abs=SOLVED)
    assert renamed.workload[names] == pytest.approx(as_was.workload, abs=SOLVED)
    assert renamed.dispatch[:, names] == pytest.approx(as_was.dispatch, abs=SOLVED)


@both_ways
@settings(max_examples=25)
@given(cities(), st.floats(1e-3, 1e3))
def test_another_unit_of_time_changes_nothing(solve, city, scale):
    calls, orders, service = city
    as_was, scaled = solve(calls, orders, service), solve(calls * scale, orders, service * scale)
    assert scaled.state_probability == pytest.approx(as_was.state_probability, abs=SOLVED)
    assert scaled.dispatch == pytest.approx(as_was.dispatch, abs=SOLVED)


@both_ways
@settings(max_examples=25)
@given(cities(), st.floats(0.2, 4), st.randoms(use_true_random=False))
def test_one_more_unit_never_raises_the_loss(solve, city, rate, random):
    calls, orders, service = city
    units = service.size
    last = np.column_stack([orders, np.full(len(orders), units)])
    anywhere = [np.insert(order, random.randint(0, units), units) for order in orders]
    assert solve(calls, last, np.append(service, rate)).lost_share <= solve(calls, orders, service).lost_share
    assert solve(calls, anywhere, rate).lost_share <= solve(calls, orders, rate).lost_share


@both_ways
@settings(max_examples=25)
@given(cities(), st.booleans(), st.data())
def test_shares_of_dispatch_sum_to_one_and_each_unit_is_sent_as_often_as_it_comes_free(solve, city, waits, data):
    calls, orders, service = city
    if waits:
        calls = calls / calls.sum() * service.sum() * data.draw(st.floats(0.01, 0.95))
    asked = data.draw(st.lists(st.integers(1, 9), min_size=len(calls), max_size=len(calls)))
    result = solve(calls, orders, service, queue="infinite" if waits else "loss", units_required=asked)
    freed = result.workload * service
    assert result.dispatch.sum() == pytest.approx(1, abs=1e-12)
    assert result.dispatch.sum(axis=0) == pytest.approx(freed / freed.sum(), abs=SOLVED)
    assert (result.dispatch[calls == 0] == 0).all()
    assert result.state_probability.sum() + waits * (result.all_busy - result.state_probability[-1]) == pytest.approx(1)


@both_ways
def test_a_zone_in_two_halves_is_the_same_zone(solve):
    calls, orders, service = geography(3, 5, 4, 0.6, unequal=True)
    whole = solve(calls, orders, service, units_required=[1, 2, 1, 3])
    halves = solve(np.repeat(calls / 2, 2), orders.repeat(2, axis=0), service, units_required=[1, 1, 2, 2, 1, 1, 3, 3])
    assert halves.state_probability == pytest.approx(whole.state_probability, abs=1e-12)
    assert halves.dispatch.reshape(4, 2, 5).sum(axis=1) == pytest.approx(whole.dispatch, abs=1e-12)


@both_ways
@pytest.mark.parametrize("queue", ["loss", "infinite"])
@pytest.mark.parametrize("units", [1, 3, 5])
def test_without_calls_nothing_is_busy(solve, queue, units):
    result = solve(np.zeros(3), [range(units)] * 3, 1.0, queue=queue, units_required=[1, 2, 1])
    assert result.state_probability.tolist() == [1.0] + [0.0] * (2**units - 1)
    assert not result.workload.any()
    assert not result.dispatch.any()
    assert result.all_busy == result.lost_share == 0.0


@both_ways
@settings(max_examples=25)
@given(cities(5), st.data())
def test_unequal_service_and_partial_dispatch_with_loss_follow_the_definition(solve, city, data):
    calls, orders, service = city
    asked = data.draw(st.lists(st.integers(1, 6), min_size=len(calls), max_size=len(calls)))
    result = solve(calls, orders, service, units_required=asked)
    p = written_out(calls, orders, service, asked)
    sent = sent_in_all(p, calls, orders, service.size, asked)
    assert result.state_probability == pytest.approx(p, abs=SOLVED)
    assert result.dispatch == pytest.approx(sent / sent.sum(), abs=SOLVED)
    assert result.all_busy == result.lost_share == pytest.approx(p[-1], abs=SOLVED)


@both_ways
@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("asked", [None, [1, 2, 1, 3, 1, 2]])
def test_unequal_service_and_partial_dispatch_with_a_line_follow_the_definition(solve, seed, asked):
    calls, orders, service = geography(seed, 4, 6, 0.3 + 0.3 * seed, unequal=True)
    result = solve(calls, orders, service, queue="infinite", units_required=asked)
    p = written_out(calls, orders, service, asked, WAITING)
    all_busy = p[15:].sum()
    sent = sent_in_all(p, calls, orders, 4, asked or [1] * 6) + np.outer(calls, all_busy * service / service.sum())
    assert result.state_probability == pytest.approx(p[:16], abs=SOLVED)
    assert result.all_busy == pytest.approx(all_busy, abs=SOLVED)
    busy = [p[:16][np.arange(16) >> unit & 1 == 1].sum() + p[16:].sum() for unit in range(4)]
    assert result.workload == pytest.approx(busy, abs=SOLVED)
    assert result.dispatch == pytest.approx(sent / sent.sum(), abs=SOLVED)


@pytest.mark.parametrize(("units", "asked"), [(9, None), (10, [1, 2, 1, 3] * 3)])
def test_sweeps_over_many_states_agree_with_a_sparse_solution_of_the_generator(units, asked):
    calls, orders, service = geography(units, units, 12, 0.7, unequal=True)
    start, to, rate = (np.array(part) for part in zip(*flows(calls, orders, service, asked or [1] * 12), strict=True))
    generator = sparse.coo_array((rate, (to, start)), shape=(2**units, 2**units)).tolil()
    generator.setdiag(-np.bincount(start, rate))
    generator[0] = 1.0
    p = spsolve(generator.tocsc(), np.eye(1, 2**units)[0])
    result = hypercube(calls, orders, service, units_required=asked)
    sent = sent_in_all(p, calls, orders, units, asked or [1] * 12)
    assert result.state_probability == pytest.approx(p, abs=SOLVED)
    assert result.dispatch == pytest.approx(sent / sent.sum(), abs=SOLVED)


@both_ways
@pytest.mark.parametrize("asked", [None, [1, 2, 1, 1, 1, 2]])
@pytest.mark.parametrize("units", [4, 7])
def test_under_a_very_light_load_the_rarest_states_are_right_relative_to_themselves(solve, units, asked):
    calls, orders, service = geography(7, units, 6, 0.001, unequal=True)
    p = written_out(calls, orders, service, asked)
    assert p.min() < 1e-6
    assert solve(calls, orders, service, units_required=asked).state_probability == pytest.approx(p, rel=1e-6, abs=0)


@pytest.mark.parametrize("load", [0.5, 0.9, 3.0])
def test_flows_into_and_out_of_every_state_of_twelve_units_balance(load):
    calls, orders, service = geography(12, 12, 30, load, unequal=True)
    assert imbalance(hypercube(calls, orders, service).state_probability, calls, orders, service) < 1e-10


@both_ways
@settings(max_examples=20)
@given(cities())
def test_the_first_free_unit_is_found_as_by_counting_states_and_as_it_is_sent(solve, city):
    calls, orders, service = city
    result = solve(calls, orders, service)
    units = service.size
    every = np.vstack([orders, np.arange(units), np.arange(units)[::-1]])
    found = first_free(result.state_probability, every)
    counted = sent_in_all(result.state_probability, np.ones(len(every)), every, units, [1] * len(every))
    assert found == pytest.approx(counted, abs=1e-12)
    assert found.sum(axis=1) == pytest.approx(np.full(len(every), 1 - result.all_busy), abs=1e-12)
    flow = found[: len(calls)] * calls[:, np.newaxis]
    assert result.dispatch == pytest.approx(flow / flow.sum(), abs=1e-12)


@pytest.mark.parametrize("asked", [None, [1, 2, 1, 3, 1]])
def test_what_is_compiled_does_what_is_written(asked, monkeypatch):
    calls, orders, service = geography(1, 4, 5, 0.6, unequal=True)
    compiled = by(0, calls, orders, service, units_required=asked)
    for name in ("fill_masses", "fill_sent", "fill_transitions", "sweep"):
        monkeypatch.setattr(SOLVER, name, getattr(kernels, name).__wrapped__)
    written = by(0, calls, orders, service, units_required=asked)
    assert compiled.state_probability == pytest.approx(written.state_probability, abs=1e-13)
    assert compiled.dispatch == pytest.approx(written.dispatch, abs=1e-13)


@both_ways
@pytest.mark.parametrize("queue", ["loss", "infinite"])
@pytest.mark.parametrize("asked", [None, [1, 2, 3, 1, 2]])
def test_units_alike_may_be_counted_instead_of_told_apart(solve, queue, asked):
    calls, sites, service = geography(3, 3, 5, 0.7, unequal=True)
    at = np.array([2, 1, 3])
    calls, unit_of = 1.6 * calls, np.repeat(np.arange(3), at)
    apart = np.array([[unit for site in order for unit in np.flatnonzero(unit_of == site)] for order in sites])
    told = solve(calls, apart, service[unit_of], queue=queue, units_required=asked)
    counted = solve(calls, sites, service, queue=queue, units_required=asked, units_at=at)
    member = unit_of[:, np.newaxis] == np.arange(3)
    assert counted.all_busy == pytest.approx(told.all_busy, abs=SOLVED)
    assert counted.dispatch == pytest.approx(told.dispatch @ member, abs=SOLVED)
    assert counted.workload == pytest.approx(told.workload @ member / at, abs=SOLVED)
    busy = (np.arange(64)[:, np.newaxis] >> np.arange(6) & 1) @ member
    lumped = np.bincount(busy @ [1, 3, 6], told.state_probability, minlength=24)
    assert counted.state_probability == pytest.approx(lumped, abs=SOLVED)
    first = first_free(counted.state_probability, sites, at)
    assert first == pytest.approx(first_free(told.state_probability, apart) @ member, abs=SOLVED)


def test_forty_units_at_five_places_are_erlangs_together():
    calls, orders, service = geography(4, 5, 30, 0.8)
    result = hypercube(8 * calls, orders, service, units_at=[8] * 5)
    assert result.all_busy == pytest.approx(erlang_b(40, float(8 * calls.sum())), rel=1e-8)


def test_units_at_one_place_are_counted_up_to_the_most_there_may_be():
    result = hypercube([200.0], [[0]], 1.0, units_at=[255])
    assert result.all_busy == pytest.approx(erlang_b(255, 200.0), rel=1e-9)


@both_ways
def test_a_call_may_ask_for_more_of_the_units_at_one_place_than_could_be_told_apart(solve):
    calls, number = 0.3, np.arange(31)
    balance = np.diag(number[1:], 1).astype(float)
    np.add.at(balance, (np.minimum(number[:-1] + 25, 30), number[:-1]), calls)
    balance -= np.diag(balance.sum(axis=0))
    balance[0] = 1.0
    result = solve([calls], [[0]], 1.0, units_at=[30], units_required=[25])
    assert result.state_probability == pytest.approx(np.linalg.solve(balance, np.eye(1, 31)[0]), abs=1e-12)


REFUSED = [
    ({"arrival_rates": [0.5, -0.2]}, r"arrival_rates must be finite and not negative, not -0\.2"),
    ({"arrival_rates": [0.5, float("nan")]}, "arrival_rates .* not nan"),
    ({"arrival_rates": [0.5, float("inf")]}, "arrival_rates .* not inf"),
    ({"arrival_rates": 0.5}, r"arrival_rates must be one-dimensional, not 0\.5"),
    ({"arrival_rates": [[0.5, 0.5]]}, r"arrival_rates must be one-dimensional, not \[\[0\.5, 0\.5\]\]"),
    ({"arrival_rates": [0.5]}, r"preferences must be a row of units for each of 1 zones, not of shape \(2, 2\)"),
    ({"preferences": [0, 1]}, r"preferences must be a row of units for each of 2 zones, not of shape \(2,\)"),
    ({"preferences": [[], []]}, r"preferences must be a row .* not of shape \(2, 0\)"),
    ({"preferences": [[0, 1], [1, 1]]}, r"preferences of zone 1 must be a permutation of 0 to 1, not \[1, 1\]"),
    ({"preferences": [[1, 2], [1, 0]]}, r"preferences of zone 0 must be a permutation of 0 to 1, not \[1, 2\]"),
    ({"preferences": [[0, 1], [0.5, 1]]}, r"preferences of zone 1 must be .* not \[0\.5, 1\.0\]"),
    ({"service_rates": 0}, "service_rates must be above 0, .* not 0"),
    ({"service_rates": [1, 0]}, r"service_rates must be above 0, .* not \[1\.0, 0\.0\]"),
    ({"service_rates": -2}, r"service_rates must be finite and not negative, not -2\.0"),
    ({"service_rates": [1, float("nan")]}, "service_rates .* not nan"),
    ({"service_rates": [1, 2, 3]}, r"service_rates .* one for each of 2 units, not \[1\.0, 2\.0, 3\.0\]"),
    ({"queue": "zero"}, "queue must be one of loss, infinite, not 'zero'"),
    (
        {"arrival_rates": [1.5, 0.5], "queue": "infinite"},
        "arrival_rates must sum to less than the units' service rates, 2, .* not to 2",
    ),
]
MORE_REFUSED = [
    ({"units_required": [0, 1]}, "units_required must be whole numbers >= 1, not 0"),
    ({"units_required": [1, 1.5]}, r"units_required must be whole numbers >= 1, not 1\.5"),
    ({"units_required": [1, float("nan")]}, "units_required must be whole numbers >= 1, not nan"),
    ({"units_required": [1, float("inf")]}, "units_required must be whole numbers >= 1, not inf"),
    ({"units_required": [1]}, r"units_required must be one for each of 2 zones, not of shape \(1,\)"),
    ({"units_required": 2}, r"units_required must be one for each of 2 zones, not of shape \(\)"),
    (
        {"preferences": [range(23), range(23)]},
        r"preferences must name at most 22 units, not 23: 8\.39e\+06 states need 2\.2 GiB",
    ),
    (
        {"units_at": [2**12, 2**12]},
        r"units_at must lead to at most 2\*\*22 states, not \[4096\.0, 4096\.0\]: 1\.68e\+07 states need 2\.5 GiB",
    ),
    ({"units_at": [1, 0]}, r"units_at must be a whole number >= 1 for each of 2 units, not \[1\.0, 0\.0\]"),
    ({"units_at": [1, 1.5]}, r"units_at must be a whole number >= 1 for each of 2 units, not \[1\.0, 1\.5\]"),
    ({"units_at": [200, 56]}, "units_at must sum to at most 255, not 256"),
    ({"units_at": [2]}, r"units_at must be a whole number >= 1 for each of 2 units, not \[2\.0\]"),
]


@pytest.mark.parametrize(
    ("model", "wrong", "message"),
    [(model, *case) for model in (hypercube, hypercube_approximation) for case in REFUSED]
    + [(hypercube, *case) for case in MORE_REFUSED],
)
def test_what_is_out_of_range_is_refused_by_name_and_value(model, wrong, message):
    asked = {"arrival_rates": [0.5, 0.5], "preferences": [[0, 1], [1, 0]], "service_rates": 1.0} | wrong
    with pytest.raises(ValueError, match=message):
        model(**asked)


@pytest.mark.parametrize(
    ("p", "orders", "message"),
    [
        ([0.25] * 4, [[0, 2]], r"preferences of zone 0 must be a permutation of 0 to 1, not \[0, 2\]"),
        ([0.25] * 4, [0, 1], r"preferences must be a row .* not of shape \(2,\)"),
        ([0.25] * 4, [[0, 1, 2]], r"state_probability must be one for each of 8 states, not of shape \(4,\)"),
        ([0.25, float("nan")], [[0]], "state_probability must be finite and not negative, not nan"),
    ],
)
def test_the_first_free_unit_of_a_wrong_list_or_state_is_refused_by_name_and_value(p, orders, message):
    with pytest.raises(ValueError, match=message):
        first_free(p, orders)


@pytest.mark.parametrize("model", [hypercube, hypercube_approximation])
def test_what_is_given_is_left_as_it_was_and_the_answer_cannot_be_set(model):
    given_ = geography(2, 5, 4, 0.7)
    before = [part.copy() for part in given_]
    result = model(*given_, queue="infinite")
    first_free(np.full(32, 1 / 32), given_[1])
    assert all((part == was).all() for part, was in zip(given_, before, strict=True))
    with pytest.raises(FrozenInstanceError):
        result.all_busy = 0.0


def test_sweeps_that_do_not_settle_say_so(monkeypatch):
    monkeypatch.setattr(SOLVER, "ROUNDS", 1)
    with pytest.raises(RuntimeError, match="the hypercube of 8 units did not settle in 4 sweeps"):
        hypercube(*geography(1, 8, 10, 0.7))


def test_the_approximation_gives_the_published_workloads_of_the_three_unit_city():
    rough = hypercube_approximation(CITY["arrival_rates"], CITY["preferences"], CITY["service_rate"], queue="infinite")
    assert rough.workload == pytest.approx(CITY["approximation"], abs=CITY["approximation_tolerance"])
    assert rough.all_busy == pytest.approx(float(Fraction(CITY["all_busy"])), abs=1e-14)
    assert rough.lost_share == 0.0
    first_choice = rough.dispatch[np.arange(5), np.array(CITY["preferences"])[:, 0]]
    assert 1 - first_choice.sum() == pytest.approx(CITY["from_elsewhere"], abs=0.01)


def test_larsons_corrections_are_the_published_fractions():
    corrections = approximation._pool(3, 1.5, waits=True).corrections
    assert corrections == pytest.approx([float(Fraction(share)) for share in CITY["corrections"]], abs=1e-14)


@pytest.mark.parametrize("waits", [True, False])
@pytest.mark.parametrize(("units", "load"), [(1, 0.4), (4, 3.2), (10, 0.05), (50, 45.0)])
def test_corrections_are_those_of_drawing_units_of_a_pool_one_after_another(units, load, waits):
    terms = [Fraction(1)]
    for number in range(1, units + 1):
        terms.append(terms[-1] * Fraction(load) / number)
    if waits:
        terms[-1] /= 1 - Fraction(load) / units
    share = (Fraction(load) if waits else Fraction(load) * (1 - terms[-1] / sum(terms))) / units
    drawn = []
    for first in range(units):
        chances = [
            terms[busy] * Fraction(comb(units - first - 1, busy - first), comb(units, busy))
            for busy in range(first, units)
        ]
        drawn.append(float(sum(chances) / sum(terms) / share**first / (1 - share)))
    assert approximation._pool(units, load, waits=waits).corrections == pytest.approx(drawn, rel=1e-11)


@pytest.mark.parametrize("queue", ["loss", "infinite"])
@pytest.mark.parametrize(("units", "mean", "worst"), [(4, 0.01, 0.06), (8, 0.03, 0.22)])
def test_the_approximation_is_as_rough_on_random_geography_as_it_says(units, mean, worst, queue):
    errors = []
    for seed in range(12):
        city = geography(seed, units, 50, 0.5)
        exact, rough = hypercube(*city, queue=queue), hypercube_approximation(*city, queue=queue)
        errors.append(np.abs(rough.workload / exact.workload - 1))
        assert rough.dispatch == pytest.approx(exact.dispatch, abs=0.004)
    assert np.mean(errors) < mean
    assert np.max(errors) < worst


@pytest.mark.parametrize("units", [4, 8])
def test_the_approximation_of_unequal_service_is_as_rough(units):
    errors = []
    for seed in range(12):
        city = geography(seed, units, 50, 0.5, unequal=True)
        exact, rough = hypercube(*city), hypercube_approximation(*city)
        errors.append(np.abs(rough.workload / exact.workload - 1))
        assert rough.all_busy == pytest.approx(exact.all_busy, rel=0.27)
    assert np.mean(errors) < 0.03
    assert np.max(errors) < 0.22


@settings(max_examples=25)
@given(cities(12), st.booleans(), st.floats(0.01, 0.97))
def test_the_approximation_carries_what_erlang_says_and_shares_it_all_out(city, waits, share):
    calls, orders, _ = city
    units = orders.shape[1]
    calls = calls / calls.sum() * share * units
    rough = hypercube_approximation(calls, orders, 1.0, queue="infinite" if waits else "loss")
    all_busy = (erlang_c if waits else erlang_b)(units, calls.sum())
    carried = calls.sum() if waits else calls.sum() * (1 - all_busy)
    assert rough.all_busy == pytest.approx(all_busy, rel=1e-10)
    assert rough.lost_share == (0.0 if waits else rough.all_busy)
    assert rough.workload.sum() == pytest.approx(carried, rel=1e-7)
    assert rough.dispatch.sum(axis=1) == pytest.approx(calls / calls.sum(), abs=1e-12)
    assert (rough.dispatch >= 0).all()


@pytest.mark.parametrize("queue", ["loss", "infinite"])
def test_where_all_units_are_alike_the_approximation_is_exact(queue):
    orders = [np.roll(np.arange(6), -first) for first in range(6)]
    exact, rough = (model(np.full(6, 0.6), orders, 1.0, queue=queue) for model in (hypercube, hypercube_approximation))
    assert rough.workload == pytest.approx(exact.workload, abs=1e-9)


@pytest.mark.parametrize("unequal", [False, True])
@pytest.mark.parametrize("load", [0.3, 0.8, 1.5])
def test_the_approximation_takes_fifty_units_and_none_seems_always_busy(load, unequal):
    calls, orders, service = geography(5, 50, 60, load, unequal=unequal)
    rough = hypercube_approximation(calls, orders, service)
    assert 0 < rough.workload.min() < rough.workload.max() < 0.99
    assert rough.dispatch.sum() == pytest.approx(1, abs=1e-12)
    if not unequal:
        assert rough.all_busy == pytest.approx(erlang_b(50, 50 * load), rel=1e-9)


@pytest.mark.parametrize("queue", ["loss", "infinite"])
def test_without_calls_the_approximation_has_nothing_busy(queue):
    rough = hypercube_approximation(np.zeros(2), [[0, 1, 2], [2, 1, 0]], 1.0, queue=queue)
    assert not rough.workload.any()
    assert not rough.dispatch.any()
    assert rough.all_busy == rough.lost_share == 0.0


def test_the_approximation_of_a_line_refuses_unequal_service_by_name_and_value():
    with pytest.raises(ValueError, match=r"service_rates must be the same for all .* not \[1\.0, 2\.0\]"):
        hypercube_approximation([0.5], [[0, 1]], [1.0, 2.0], queue="infinite")


def test_an_approximation_that_does_not_settle_says_so(monkeypatch):
    monkeypatch.setattr(approximation, "ROUNDS", 1)
    with pytest.raises(RuntimeError, match="the approximation for 8 units did not settle in 1 rounds"):
        hypercube_approximation(*geography(1, 8, 10, 0.7))

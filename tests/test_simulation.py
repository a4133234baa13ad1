"""The simulation against the exact models where their assumptions hold, and by what must change when one thing does."""

from dataclasses import fields, replace
from itertools import pairwise, product

import numpy as np
import pandas as pd
import pytest
from test_queueing import long_run

from apstra.deployment import replication, simulation
from apstra.deployment.dispatcher import FIELDS
from apstra.deployment.moving import Incident, move, scene_shares
from apstra.deployment.simulation import JOB_FIELDS, Neighbours, Rules, difference, estimate, ratio, simulate
from apstra.deployment.timeline import Timeline, steady_timeline, year_timeline
from apstra.deployment.work import Work
from apstra.queueing import erlang_b, hypercube, loss_over_day

SEED = 20261101
TINY = 1e-6  # minutes: a journey that tells who came and lasts no time
ORDERS = np.array([[0, 1, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]])
RATES = np.array([0.9, 0.5, 0.3, 0.7])
NO_PROBES = Rules(probes=0.0)


def make_work(rates, minutes, **changes):
    """Return work of firearms calls alone, one crew and one hour each, in as many blocks as there are rows of rates."""
    rates = np.atleast_2d(np.asarray(rates, float))
    zones = rates.shape[1]
    work = Work(
        firearms=rates, fixed=0 * rates, releasable=0 * rates, crews_asked=np.ones(1), scene_hours=np.ones(1),
        fixed_hours=np.ones_like(rates), releasable_hours=np.ones_like(rates), minutes=np.asarray(minutes, float),
        turnout=0.0, standard=np.full(zones, 30.0), hours=np.full(len(rates), 8766.0 / len(rates)),
    )  # fmt: skip
    return replace(work, **changes)


def by_order(orders):
    """Return journeys that put the bases in these orders: one for the nearest, two for the next."""
    return TINY * (1.0 + np.argsort(orders, axis=1))


def one_zone(rate, **changes):
    return make_work([rate], [[0.0]], **changes)


def run(work, posting, hours=500, replications=100, rules=NO_PROBES, timeline=None, **kwargs):
    timeline = steady_timeline(0, work.firearms.shape[1], hours) if timeline is None else timeline
    return simulate(work, np.asarray(posting), timeline, replications=replications, seed=SEED, rules=rules, **kwargs)


def total(done, field):
    return done.tally[..., FIELDS.index(field)].sum()


def agrees(found, exact):
    """Tell whether an estimate is within three standard errors of replication means."""
    return abs(found.value - exact) <= 3 * found.error


def mean_of(values):
    return ratio(values, np.ones(len(values)), share=False)


@pytest.fixture(scope="module")
def against_hypercube():
    """Return a simulation, and the exact model, of four zones that share three crews, each calling for one."""
    done = run(make_work(RATES, by_order(ORDERS)), [[1, 1, 1]], hours=2000)
    return done, hypercube(RATES, ORDERS, 1.0)


def test_with_one_crew_a_call_the_hypercube_is_found_again(against_hypercube):
    done, exact = against_hypercube
    assert agrees(estimate(done, "unmet"), exact.lost_share)
    for crew in range(3):
        assert agrees(mean_of(done.busy[:, 0, crew]), exact.workload[crew])
    assert not done.busy[:, 1].any()


@pytest.mark.parametrize("zone", range(4))
def test_each_zone_loses_as_often_as_any_and_is_served_by_the_crews_of_its_order(against_hypercube, zone):
    done, exact = against_hypercube
    first = exact.dispatch[zone] / exact.dispatch[zone].sum()
    assert agrees(estimate(done, "unmet", zones=[zone]), exact.all_busy)
    assert agrees(estimate(done, "minutes", "met", zones=[zone]), first @ by_order(ORDERS)[zone])


def test_several_crews_a_call_agree_with_the_hypercube_of_partial_dispatch():
    asked = np.array([0.5, 0.3, 0.2])
    work = make_work(RATES / 3, by_order(ORDERS), crews_asked=asked, scene_hours=np.ones(3))
    done = run(work, [[1, 1, 1]], hours=2000)
    classes = [(rate * share / 3, order) for rate, order in zip(RATES, ORDERS, strict=True) for share in asked]
    exact = hypercube([r for r, _ in classes], [o for _, o in classes], 1.0, units_required=[1, 2, 3] * len(RATES))
    free = 3 - np.array([number.bit_count() for number in range(8)])
    full = [exact.state_probability[free >= size].sum() for size in (1, 2, 3)]
    assert agrees(estimate(done, "unmet"), exact.all_busy)
    assert agrees(estimate(done, "full"), asked @ full)
    for crew in range(3):
        assert agrees(mean_of(done.busy[:, 0, crew]), exact.workload[crew])


@pytest.mark.parametrize("variation", [0.0, 0.5, 1.0, 2.0])
def test_the_loss_formula_holds_whatever_the_law_of_durations(variation):
    done = run(one_zone(3.0), [[4]], rules=Rules(probes=0.0, variation=variation))
    assert agrees(estimate(done, "unmet"), erlang_b(4, 3.0))
    assert agrees(mean_of(done.busy[:, 0].sum(axis=1)), 3.0 * (1 - erlang_b(4, 3.0)))


def test_a_day_of_two_rates_agrees_with_the_theory_of_changing_demand():
    work = make_work([[1.0], [5.0]], [[0.0]])
    timeline = Timeline(np.tile(np.repeat([0, 1], 12), 40), np.array([0, 1]), np.ones((2, 1)))
    done = run(work, [[4], [4]], timeline=timeline)
    assert agrees(estimate(done, "unmet"), loss_over_day([1.0, 5.0], 1.0, 4)[1])
    assert agrees(difference(done, done, "unmet", blocks=[0]), 0.0)
    assert estimate(done, "unmet", blocks=[0]).high < estimate(done, "unmet", blocks=[False, True]).low


def test_crews_that_leave_routine_work_follow_the_chain_of_work_that_yields():
    firearms, routine, crews = 1.0, 1.5, 2

    def moves(state):
        hard, soft = state
        if hard < crews:
            yield firearms, (hard + 1, soft - (hard + soft == crews))
        if hard + soft < crews:
            yield routine, (hard, soft + 1)
        if hard:
            yield hard * 1.0, (hard - 1, soft)
        if soft:
            yield soft * 1.0, (hard, soft - 1)

    chance = long_run((0, 0), moves)
    drops = firearms * sum(p for (hard, soft), p in chance.items() if soft and hard + soft == crews)
    done = run(one_zone(firearms, releasable=np.array([[routine]])), [[crews]], hours=1000)
    asked, put_off, dropped = (done.jobs[:, 1, JOB_FIELDS.index(name)] for name in ("asked", "put_off", "dropped"))
    assert agrees(estimate(done, "unmet"), erlang_b(crews, firearms))
    assert agrees(ratio(put_off, asked), sum(p for state, p in chance.items() if sum(state) == crews))
    assert agrees(mean_of(dropped / 1000), drops)
    for kind in (0, 1):
        assert agrees(mean_of(done.busy[:, kind].sum(axis=1)), sum(state[kind] * p for state, p in chance.items()))


def test_fixed_work_competes_with_firearms_calls():
    done = run(one_zone(1.0, fixed=np.array([[2.0]])), [[3]])
    assert agrees(estimate(done, "unmet"), erlang_b(3, 3.0))
    assert agrees(ratio(done.jobs[:, 0, 1], done.jobs[:, 0, 0]), erlang_b(3, 3.0))


@pytest.fixture(scope="module")
def rich():
    """Return work of every kind over two blocks and three zones."""
    rates = np.array([[0.3, 0.2, 0.1], [0.1, 0.2, 0.4]])
    return make_work(
        rates, [[5.0, 25.0, 40.0], [30.0, 10.0, 20.0], [45.0, 25.0, 8.0]], fixed=rates, releasable=2 * rates,
        crews_asked=np.array([0.5, 0.3, 0.2]), scene_hours=np.array([1.5, 1.0, 0.5]), turnout=3.0,
    )  # fmt: skip


SHIFTS = Timeline(np.tile(np.repeat([0, 1], 12), 10), np.array([0, 1]), np.ones((2, 3)))
RICH_POSTING = np.array([[1, 1, 1], [2, 0, 1]])


def rich_run(work, posting=RICH_POSTING, rules=Rules(probes=2.0), **kwargs):  # noqa: B008
    return run(work, posting, timeline=SHIFTS, rules=rules, **kwargs)


def test_two_postings_see_the_same_calls(rich):
    one, other = rich_run(rich), rich_run(rich, np.array([[3, 0, 0], [0, 0, 1]]), Rules(probes=2.0, release=False))
    assert (one.tally[..., 0] == other.tally[..., 0]).all()
    assert (one.jobs[..., 0] == other.jobs[..., 0]).all()
    assert total(one, "unmet") != total(other, "unmet")


def test_calls_are_as_many_as_the_rates_say_and_each_is_met_or_not(rich):
    done = rich_run(rich)
    for block, zone in product(range(2), range(3)):
        assert agrees(mean_of(done.tally[:, block, zone, 0]), 3 * 120 * rich.firearms[block, zone])
    assert total(done, "calls") == total(done, "met") + total(done, "unmet")
    assert total(done, "full") <= total(done, "met")
    assert total(done, "within") <= total(done, "met")


def test_a_longer_standard_never_lowers_the_share_within(rich):
    within = [
        rich_run(replace(rich, standard=np.full(3, minutes))).tally[..., FIELDS.index("within")]
        for minutes in (0.0, 8.0, 8.1, 28.0, 60.0)
    ]
    assert all((longer >= shorter).all() for shorter, longer in pairwise(within))
    assert not within[0].any()
    assert within[-1].sum() == total(rich_run(rich), "met")


def test_without_a_standard_nothing_is_within_it(rich):
    done = rich_run(replace(rich, standard=np.array([np.nan, 60.0, 60.0])))
    within = done.tally[..., FIELDS.index("within")].sum(axis=(0, 1))
    assert within[0] == 0 < within[1]


def test_one_more_crew_does_not_leave_more_calls_unmet(rich):
    for base in range(3):
        less = difference(rich_run(rich, RICH_POSTING + (np.arange(3) == base)), rich_run(rich), "unmet")
        assert less.value + 3 * less.error < 0


def test_leaving_routine_work_does_firearms_calls_no_harm(rich):
    leaving, staying = rich_run(rich), rich_run(rich, rules=Rules(probes=2.0, release=False))
    for field, sign in (("unmet", 1), ("full", -1), ("within", -1)):
        gain = difference(leaving, staying, field)
        assert sign * gain.value + 3 * gain.error < 0
    assert leaving.jobs[:, 1, 2].sum() > 0 == staying.jobs[..., 2].sum()


def test_probes_see_what_calls_see_and_take_no_crew():
    with_probes, without = (run(one_zone(1.0), [[2]], rules=Rules(probes=probes)) for probes in (10.0, 0.0))
    assert agrees(estimate(with_probes, "unmet"), erlang_b(2, 1.0))
    assert agrees(mean_of(with_probes.busy[:, 0].sum(axis=1)), 1.0 - erlang_b(2, 1.0))
    assert total(with_probes, "calls") == pytest.approx(11 * total(without, "calls"), rel=0.02)


def test_durations_without_variation_last_exactly_their_mean():
    hours, lasts = 500, 0.75
    rules = Rules(probes=0.0, variation=0.0, warm_up_hours=0)
    done = run(one_zone(2.0, scene_hours=np.array([lasts])), [[3]], hours=hours, rules=rules)
    met = done.tally[..., FIELDS.index("met")].sum(axis=(1, 2))
    committed = done.busy[:, 0].sum(axis=1) * hours
    assert (np.abs(met * lasts - committed) <= 3 * lasts).all()
    assert (committed <= met * lasts + 1e-6).all()


def test_a_block_without_crews_meets_nothing(rich):
    done = rich_run(rich, np.array([[1, 1, 1], [0, 0, 0]]))
    assert estimate(done, "unmet", blocks=[1]).value == 1.0
    assert estimate(done, "unmet", blocks=[0]).value < 0.5
    nobody = rich_run(rich, np.zeros((2, 3), int), replications=2)
    assert total(nobody, "unmet") == total(nobody, "calls") > 0
    assert nobody.busy.shape == (2, 2, 0)


@pytest.mark.parametrize(("lasts", "met"), [(7.0, 20), (10.0, 13), (13.0, 12)])
def test_a_commitment_outlasts_the_shift_and_the_crew_is_then_off(lasts, met):
    # On for 8 hours, off for 4; calls come at once, so a crew that is free is sent straight away.
    timeline = Timeline(np.tile(np.repeat([0, 1], [8, 4]), 13), np.array([0, 1]), np.ones((2, 1)))
    work = make_work([[1000.0], [1000.0]], [[0.0]], scene_hours=np.array([lasts]))
    rules = Rules(probes=0.0, variation=0.0, warm_up_hours=0)
    done = run(work, [[1], [0]], timeline=timeline, rules=rules, replications=2)
    assert (done.tally[:, 0, 0, FIELDS.index("met")] == met).all()
    assert not done.tally[:, 1, 0, FIELDS.index("met")].any()
    assert (done.busy[:, 0] <= 1.0 + 1e-9).all()


def test_a_crew_that_is_relieved_hands_its_commitment_on():
    timeline = Timeline(np.tile([0, 1], 78), np.array([0, 1]), np.ones((2, 1)))
    work = make_work([[1000.0], [1000.0]], [[0.0]], scene_hours=np.array([1.5]))
    rules = Rules(probes=0.0, variation=0.0, warm_up_hours=0)
    done = run(work, [[1], [1]], timeline=timeline, rules=rules, replications=2)
    assert (done.tally[..., FIELDS.index("met")].sum(axis=(1, 2)) == 104).all()
    assert done.busy[:, 0] == pytest.approx(1.0, abs=0.01)


def test_neighbours_answer_only_what_nobody_else_does(rich):
    near = Neighbours(np.array([[50.0, 70.0]] * 3), np.array([0.5, 0.5]))
    rules = Rules(probes=2.0, neighbours=near)
    alone, helped = rich_run(rich, replications=200), rich_run(rich, rules=rules, replications=200)
    own = FIELDS.index("neighbour")
    assert (alone.tally[..., :own] == helped.tally[..., :own]).all()
    assert not alone.tally[..., own:].any()
    assert agrees(estimate(helped, "neighbour", "unmet"), 0.75)
    assert agrees(estimate(helped, "neighbour_minutes", "neighbour"), (50 * 0.5 + 70 * 0.25) / 0.75)


def test_a_neighbour_who_can_always_come_leaves_no_call_unanswered(rich):
    near = Neighbours(np.array([[90.0, 40.0, np.inf]] * 3), np.array([1.0, 1.0, 1.0]))
    done = rich_run(rich, rules=Rules(probes=2.0, neighbours=near))
    assert total(done, "neighbour") == total(done, "unmet") > 0
    assert total(done, "neighbour_minutes") == 40 * total(done, "neighbour")


def test_the_same_seed_plays_the_same_years_and_other_names_others(rich):
    before = [np.copy(getattr(rich, field.name)) for field in fields(rich)]
    one, same, other = rich_run(rich), rich_run(rich), rich_run(rich, names=("another",))
    for field in ("tally", "busy", "jobs"):
        assert (getattr(one, field) == getattr(same, field)).all()
        assert (getattr(one, field) != getattr(other, field)).any()
    for field, was in zip(fields(rich), before, strict=True):
        assert (getattr(rich, field.name) == was).all()
    assert (RICH_POSTING == [[1, 1, 1], [2, 0, 1]]).all()


def test_more_replications_leave_those_before_as_they_were(rich):
    assert (rich_run(rich).tally[:30] == rich_run(rich, replications=30).tally).all()


def test_the_loops_as_written_do_what_the_compiled_ones_do(rich, monkeypatch):
    compiled = rich_run(rich, replications=2)
    for module, names in ((replication, ("fill_calls", "tell")), (simulation, ("answer", "add_up"))):
        for name in names:
            monkeypatch.setattr(module, name, getattr(module, name).__wrapped__)
    written = rich_run(rich, replications=2)
    assert (written.tally[..., : FIELDS.index("minutes")] == compiled.tally[..., : FIELDS.index("minutes")]).all()
    for field in ("tally", "busy", "jobs"):
        assert getattr(written, field) == pytest.approx(getattr(compiled, field))


def test_intervals_shrink_with_the_root_of_the_replications():
    wide, narrow = (estimate(run(one_zone(3.0), [[4]], hours=100, replications=n), "unmet") for n in (50, 800))
    assert (wide.high - wide.low) / (narrow.high - narrow.low) == pytest.approx(4.0, rel=0.25)
    assert narrow.low < erlang_b(4, 3.0) < narrow.high


def test_intervals_hold_the_truth_as_often_as_they_say():
    done = run(one_zone(3.0), [[4]], hours=50, replications=3000)
    parts = [replace(done, tally=done.tally[first : first + 15]) for first in range(0, 3000, 15)]
    holds = [(found := estimate(part, "unmet")).low < erlang_b(4, 3.0) < found.high for part in parts]
    assert np.mean(holds) == pytest.approx(0.95, abs=3 * np.sqrt(0.95 * 0.05 / 200))


def test_pairing_on_the_same_calls_tells_a_difference_more_exactly(rich):
    one, other = rich_run(rich), rich_run(rich, RICH_POSTING + np.array([[1, 0, 0], [0, 0, 0]]))
    alone = np.hypot(estimate(one, "unmet").error, estimate(other, "unmet").error)
    paired = difference(one, other, "unmet")
    assert paired.error < 0.7 * alone
    assert paired.value == pytest.approx(estimate(one, "unmet").value - estimate(other, "unmet").value)


@pytest.mark.parametrize(
    ("counted", "of", "events", "quotable"),
    [([40, 59], [999, 999], 99, False), ([40, 60], [999, 999], 100, True), ([959, 940], [999, 999], 99, False)],
)
def test_a_rare_share_is_quotable_from_a_hundred_events_on(counted, of, events, quotable):
    found = ratio(np.array(counted, float), np.array(of, float))
    assert (found.events, found.quotable) == (events, quotable)


def test_a_share_of_nothing_is_blank():
    found = ratio(np.zeros(5), np.zeros(5))
    assert np.isnan([found.value, found.low, found.high, found.error]).all()
    assert not found.quotable


def calendar(*events):
    table = pd.DataFrame(events, columns=["starts_on", "ends_on", "zone_id", "demand_factor"])
    return table.assign(starts_on=pd.to_datetime(table["starts_on"]), ends_on=pd.to_datetime(table["ends_on"]))


ZONES = pd.DataFrame(
    {"zone_id": ["a", "b", "c"], "lat": [54.0, 54.5, 55.0], "lon": [-3.0, -3.0, -3.0], "demand_weight": [1.0, 2.0, 3.0]}
)


def test_a_year_has_every_hour_once_in_its_block(scenario):
    timeline = year_timeline(scenario, ZONES, calendar())
    hours = np.bincount(timeline.block[timeline.profile])
    assert len(timeline.profile) == 8760
    assert hours == pytest.approx(scenario.force.blocks.hours_a_year() * 8760 / 8766, rel=0.03)
    assert (timeline.factor == 1.0).all()
    assert len(year_timeline(replace(scenario, year=2027), ZONES, calendar()).profile) == 8784


def test_events_multiply_where_and_while_they_last(scenario):
    events = calendar(
        ("2026-04-01", "2026-04-02", None, 1.5),
        ("2026-04-02", "2026-04-03", "b", 2.0),
        ("2026-05-01", "2026-05-01", "?", 9.0),
    )
    timeline = year_timeline(scenario, ZONES, events)
    factor = timeline.factor[timeline.profile]
    for hour, expected in (
        (0, [1.5, 1.5, 1.5]),
        (24, [1.5, 3.0, 1.5]),
        (48, [1, 2, 1]),
        (72, [1, 1, 1]),
        (725, [1, 1, 1]),
    ):
        assert factor[hour] == pytest.approx(expected)
    assert factor.sum() == pytest.approx(3 * 8760 + 3 * 48 * 0.5 + 24 * (1.5 + 1.0))


def test_events_bring_calls_by_their_factor(scenario):
    shape = (len(scenario.force.blocks.names), 3)
    work = make_work(np.full(shape, 0.2), np.full((3, 1), 5.0))
    timeline = year_timeline(scenario, ZONES, calendar(("2026-07-01", "2026-08-31", "b", 3.0)))
    done = run(work, np.ones((shape[0], 1), int), timeline=timeline)
    for zone, expected in enumerate((8760, 8760 + 2 * 62 * 24, 8760)):
        assert agrees(mean_of(done.tally[:, :, zone, 0].sum(axis=1)), 0.2 * expected)


def test_a_block_without_any_call_is_passed_over():
    timeline = Timeline(np.tile(np.repeat([0, 1, 2], 4), 20), np.arange(3), np.ones((3, 1)))
    done = run(make_work([[0.0], [2.0], [0.0]], [[0.0]]), [[1], [1], [1]], timeline=timeline)
    assert not done.tally[:, [0, 2]].any()
    assert agrees(mean_of(done.tally[:, 1, 0, 0]), 160.0)
    assert total(run(one_zone(0.0), [[1]], replications=2), "calls") == 0


QUIET = make_work([[1e-9, 1e-9, 1e-9]], [[10.0], [20.0], [40.0]], turnout=2.0)
BETWEEN = np.array([[0.0, 12.0, 24.0], [12.0, 0.0, 12.0], [24.0, 12.0, 0.0]])


def moved(posting, work=QUIET, replications=60, timeline=None, rules=Rules(), **changes):  # noqa: B008
    incident = Incident(**({"zones": ZONES, "between": BETWEEN, "scenes": 3, "minutes": 100.0, "crews": 1} | changes))
    timeline = steady_timeline(0, 3, 24) if timeline is None else timeline
    return move(work, np.asarray(posting), timeline, incident, replications=replications, seed=SEED, rules=rules)


def test_scenes_follow_the_line_between_two_zones_drawn_by_demand():
    found = moved([[1]], replications=1000, scenes=5)
    for route in np.unique(found.zone, axis=0):
        steps = np.diff(ZONES["lat"].to_numpy()[route])
        assert (steps >= 0).all() or (steps <= 0).all()
        assert route[0] != route[-1]
    starts = np.bincount(found.zone[:, 0]) / 1000
    assert starts == pytest.approx([1 / 6, 2 / 6, 3 / 6], abs=3 * np.sqrt(0.25 / 1000))


def test_a_lone_crew_follows_from_scene_to_scene():
    found = moved([[1]])
    assert found.minutes[:, 0] == pytest.approx(2.0 + QUIET.minutes[found.zone[:, 0], 0])
    assert found.minutes[:, 1:] == pytest.approx(BETWEEN[found.zone[:, :-1], found.zone[:, 1:]])
    assert (found.engaged == 1).all()


def test_a_crew_does_not_move_on_before_it_was_there():
    found = moved([[1]], minutes=10.0)
    late = np.maximum(2.0 + QUIET.minutes[found.zone[:, 0], 0] - 5.0, 0.0)
    assert found.minutes[:, 1] == pytest.approx(late + BETWEEN[found.zone[:, 0], found.zone[:, 1]])


def test_whoever_is_there_first_meets_a_scene():
    work = replace(QUIET, minutes=np.array([[1.0, 60.0], [60.0, 60.0], [60.0, 1.0]]))
    found = moved([[1, 1]], work=work)
    ends = np.isin(found.zone[:, 0], (0, 2)) & np.isin(found.zone[:, -1], (0, 2))
    assert found.minutes[ends] == pytest.approx(np.tile([3.0, 12.0, 3.0], (ends.sum(), 1)))
    assert (found.engaged[ends] == [1, 1, 2]).all()
    both = moved([[1, 1]], work=work, crews=2)
    assert (both.engaged == 2).all()


def test_without_a_crew_on_duty_every_scene_is_unmet():
    found = moved([[0]])
    assert np.isinf(found.minutes).all()
    assert not found.within.any()
    assert not found.engaged.any()
    shares = scene_shares(found)
    assert (shares["unmet"] == 1.0).all()
    assert shares["minutes"].isna().all()


def test_crews_on_an_incident_are_missing_elsewhere_until_they_are_let_go():
    work = replace(QUIET, firearms=np.full((1, 3), 0.5), scene_hours=np.array([1e-6]))
    found = moved([[1]], work=work, replications=200)
    assert (found.meanwhile[:, FIELDS.index("unmet")] == found.meanwhile[:, 0])[found.engaged[:, 0] == 1].all()
    assert agrees(mean_of(found.meanwhile[:, 0]), 21 * 1.5 * (100 / 60 + 2.0))
    spare = moved([[40]], work=work, replications=200)
    assert spare.meanwhile[:, FIELDS.index("unmet")].sum() == 0


def test_busy_crews_and_hours_without_crews_leave_scenes_unmet():
    shifts = Timeline(np.repeat([0, 1], [18, 6]), np.array([0, 1]), np.ones((2, 3)))
    quiet = make_work([[1e-9] * 3] * 2, np.zeros((3, 1)))
    found = moved([[1], [0]], work=quiet, timeline=shifts, replications=500, scenes=1)
    assert np.isinf(found.minutes[:, 0]) == pytest.approx(found.block == 1)
    assert agrees(mean_of((found.block == 1).astype(float)), 0.25)
    loaded = moved([[2]], work=one_zone_of_three(1.5), replications=500, scenes=1)
    assert agrees(ratio(np.isinf(loaded.minutes[:, 0]).astype(float), np.ones(500)), erlang_b(2, 1.5))


def one_zone_of_three(rate):
    return make_work(np.full((1, 3), rate / 3), np.zeros((3, 1)))


def test_crews_stay_on_routine_work_when_the_rules_say_so():
    routine = replace(one_zone_of_three(1e-9), releasable=np.full((1, 3), 1.0))
    leaving, staying = (
        moved([[1]], work=routine, scenes=1, replications=400, rules=Rules(release=r)) for r in (True, False)
    )
    assert np.isfinite(leaving.minutes).all()
    assert agrees(ratio(np.isinf(staying.minutes[:, 0]).astype(float), np.ones(400)), 3.0 / 4.0)


def test_scenes_are_summed_up_with_intervals_for_all_or_for_some():
    found = moved([[1]], replications=200)
    shares = scene_shares(found)
    assert shares["scene"].tolist() == [1, 2, 3]
    assert shares["within"].tolist() == pytest.approx(found.within.mean(axis=0))
    assert (shares["within_low"] <= shares["within"]).all()
    near = scene_shares(found, found.zone[:, 0] == 0)
    assert near["minutes"][0] == pytest.approx(12.0)
    assert scene_shares(found, found.zone[:, 0] == 99)[["within", "unmet", "minutes", "engaged"]].isna().all(axis=None)
    no_standard = moved([[1]], work=replace(QUIET, standard=np.full(3, np.nan)))
    assert scene_shares(no_standard)["within"].isna().all()


def test_incidents_are_the_same_for_every_posting():
    one, other = moved([[1]]), moved([[3]])
    assert (one.zone == other.zone).all()
    assert (one.meanwhile[:, 0] == other.meanwhile[:, 0]).all()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"posting": [[1, 1]]}, "posting must hold crews"),
        ({"posting": [[-1]]}, "posting must hold crews"),
        ({"work": one_zone(np.nan)}, "rates of calls must be finite"),
        ({"work": one_zone(-1.0)}, "rates of calls must be finite"),
        ({"replications": 1}, "replications must be a whole number >= 2, not 1"),
    ],
)
def test_what_does_not_fit_is_refused(change, told):
    asked = {"work": one_zone(1.0), "posting": [[1]], "replications": 2} | change
    with pytest.raises(ValueError, match=told):
        run(**asked)


@pytest.mark.parametrize("change", [{"variation": -1.0}, {"probes": np.nan}, {"warm_up_hours": -1}])
def test_rules_out_of_range_are_refused(change):
    with pytest.raises(ValueError, match=next(iter(change))):
        Rules(**change)


def test_only_runs_on_the_same_streams_are_paired():
    one = run(one_zone(1.0), [[1]], hours=5, replications=2)
    for other in (run(one_zone(1.0), [[1]], hours=5, replications=3), run(one_zone(1.0), [[1]], 5, 2, names=("x",))):
        with pytest.raises(ValueError, match="same streams"):
            difference(one, other, "unmet")


def test_an_incident_needs_two_zones_to_move_between():
    with pytest.raises(ValueError, match="two zones"):
        moved([[1]], zones=ZONES.assign(demand_weight=[1.0, 0.0, 0.0]))

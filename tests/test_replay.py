"""Calls that find no crew free: replayed one by one, and predicted from pattern and duration."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from apstra.demand.duration import fit_duration
from apstra.demand.intensity import fit_pattern
from apstra.demand.replay import replay, share_none_free
from apstra.queueing import erlang_b, loss_over_day
from apstra.uncertainty import random_stream

MINUTE = pd.Timedelta(minutes=1)
START = pd.Timestamp("2024-01-01")
MONTH = pd.date_range("2024-01-01", periods=672, freq="h")


def at(*minutes):
    """Return times so many minutes after the start."""
    return [START + minute * MINUTE for minute in minutes]


def make_pattern(hourly, days=728):
    """Return the pattern of a log with these mean calls in each hour of the day."""
    rng = random_stream(2026, "test_replay", "log")
    hours = pd.date_range("2022-01-03", periods=24 * days, freq="h")
    counts = rng.poisson(np.tile(hourly, days))
    called = hours.repeat(counts) + pd.to_timedelta(rng.integers(0, 3600, counts.sum()), unit="s")
    return fit_pattern(pd.DataFrame({"called_at": called}), None)


def plain(pattern):
    """Return a pattern without bursts and without doubt."""
    level = replace(pattern.level, prior=1e9, long_run=0.0)
    return replace(pattern, dispersion=pattern.dispersion.assign(alpha=0.0), level=level)


HALF_HOUR = fit_duration(random_stream(2026, "test_replay", "half an hour").exponential(30.0, 4000))
TIDE = 3.0 + 2.5 * np.sin(2 * np.pi * np.arange(24) / 24)
PATTERN = make_pattern(TIDE)


def test_a_call_that_finds_every_crew_engaged_is_lost_and_takes_none():
    starts, minutes = at(0, 10, 20, 30, 40), [30, 30, 30, 5, 5]
    assert replay(starts, minutes, 1).tolist() == [False, True, True, False, False]
    assert replay(starts, minutes, 2).tolist() == [False, False, True, False, False]
    assert replay(starts, minutes, [1, 2, 3]).sum(axis=1).tolist() == [2, 1, 0]


def test_a_replay_agrees_with_one_that_keeps_a_list_of_engaged_crews():
    rng = random_stream(2026, "test_replay", "list")
    clock, minutes = np.sort(rng.uniform(0, 3000, 400)), rng.exponential(25.0, 400)
    for crews in (1, 2, 4):
        engaged, lost = [], []
        for start, length in zip(clock, minutes, strict=True):
            engaged = [end for end in engaged if end > start]
            lost.append(len(engaged) == crews)
            engaged += [] if lost[-1] else [start + length]
        assert replay(START + pd.to_timedelta(clock, unit="min"), minutes, crews).tolist() == lost


@pytest.mark.parametrize("law", ["exponential", "fixed", "long"])
def test_random_calls_are_lost_as_erlang_says_whatever_the_law_of_duration(law):
    rng = random_stream(2026, "test_replay", law)
    calls, crews = 60_000, [1, 2, 3, 4]
    minutes = {
        "exponential": rng.exponential(40.0, calls),
        "fixed": np.full(calls, 40.0),
        "long": rng.lognormal(np.log(40.0) - 0.5, 1.0, calls),
    }
    starts = START + pd.to_timedelta(np.cumsum(rng.exponential(30.0, calls)), unit="min")
    lost = replay(starts, minutes[law], crews)
    share, batches = lost.mean(axis=1), lost.reshape(4, 60, -1).mean(axis=2)
    error = batches.std(axis=1, ddof=1) / np.sqrt(60)
    assert (np.abs(share - [erlang_b(c, 40.0 / 30.0) for c in crews]) < 4 * error).all()


def test_the_prediction_without_doubt_or_bursts_is_that_of_the_changing_rate():
    pattern = plain(PATTERN)
    table = share_none_free(pattern, HALF_HOUR, MONTH, [2, 3, 4], seed=1, draws=300).set_index("crews")
    rates = pattern.expected(MONTH[:168])
    for crews in (2, 3, 4):
        _, exact = loss_over_day(rates, HALF_HOUR.mean / 60, crews, period=168.0)
        assert table.loc[crews, "share"] == pytest.approx(exact, rel=0.03)
        assert table.loc[crews, "average"] == pytest.approx(erlang_b(crews, rates.mean() * HALF_HOUR.mean / 60))
        assert table.loc[crews, "average"] < exact


def test_bursts_and_doubt_raise_the_share_and_widen_its_range():
    calm = plain(PATTERN)
    unsure = replace(calm, dispersion=calm.dispersion.assign(alpha=[0.1, 0.3]), level=replace(calm.level, prior=40.0))
    first, second = (share_none_free(one, HALF_HOUR, MONTH, 3, seed=1).iloc[0] for one in (calm, unsure))
    assert second["share"] > 1.1 * first["share"]
    assert second["p97_5"] - second["p2_5"] > 1.5 * (first["p97_5"] - first["p2_5"])


def test_the_range_of_the_prediction_holds_replayed_months():
    pattern = plain(PATTERN)
    table = share_none_free(pattern, HALF_HOUR, MONTH, 3, seed=1, draws=800).iloc[0]
    rng = random_stream(2026, "test_replay", "months")
    shares = []
    for _ in range(120):
        counts = rng.poisson(pattern.expected(MONTH))
        starts = (MONTH.repeat(counts) + pd.to_timedelta(rng.uniform(0, 60, counts.sum()), unit="min")).sort_values()
        shares.append(replay(starts, HALF_HOUR.draw(rng, (len(starts),)), 3).mean())
    for low, high, level in (("p10", "p90", 0.8), ("p2_5", "p97_5", 0.95)):
        held = np.mean((np.array(shares) >= table[low]) & (np.array(shares) <= table[high]))
        assert held == pytest.approx(level, abs=3 * np.sqrt(level * (1 - level) / 120))
    assert np.mean(shares) == pytest.approx(table["share"], abs=4 * np.std(shares) / np.sqrt(120))


def test_the_same_seed_gives_the_same_range_and_more_crews_lose_fewer():
    first, again = (share_none_free(PATTERN, HALF_HOUR, MONTH, [1, 2, 3], seed=5, draws=50) for _ in range(2))
    pd.testing.assert_frame_equal(first, again)
    assert first["share"].is_monotonic_decreasing
    assert (np.diff(first[["p2_5", "p5", "p10", "p50", "p90", "p95", "p97_5"]].to_numpy(), axis=1) >= 0).all()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: replay(at(5, 1), [1, 1], 1), "starts must ascend; 2024-01-01 00:01:00 comes after a later one"),
        (lambda: replay(at(1, 5), [1, -1], 1), "minutes must be one number >= 0 for each of 2 calls"),
        (lambda: replay(at(1, 5), [1, np.nan], 1), "minutes must be one number >= 0 for each of 2 calls"),
        (lambda: replay(at(1, 5), [1], 1), "minutes must be one number >= 0 for each of 2 calls"),
        (lambda: replay(at(1), [1], 0), "crews must be a whole number >= 1, not 0"),
        (lambda: replay(at(1), [1], [2, 1.5]), "crews must be a whole number >= 1, not 1.5"),
    ],
)
def test_what_cannot_be_replayed_is_refused_by_value(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_no_call_loses_none():
    assert replay([], [], [1, 2]).shape == (2, 0)

"""Demand: the pattern of three years of a real log beside a plain regression, and the yearly ladder beside its floor.

The peer of the pattern is statsmodels' negative binomial regression (NB2) on every hour of the log, with a column for
each hour of the week; that of the ladder is statsmodels' regression with a trend on the same force's years. Each is
timed in this process, in turns, the median of three; run it by ``make bench``.
"""

import statistics
import time
import warnings
from collections.abc import Callable

import numpy as np
import pandas as pd
import statsmodels.api as sm

from apstra import data, demand
from apstra.data.reference import reference_frames

TURNS = 3


def seconds(work: Callable[[], object]) -> float:
    """Return the median seconds of a few turns, after one that is not counted."""
    work()
    taken = []
    for _ in range(TURNS):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


def plain_regression(log: pd.DataFrame) -> object:
    """Return statsmodels' NB2 regression of hourly counts on the hour of the week and the season."""
    hours = pd.date_range(log["called_at"].min().normalize(), log["called_at"].max().normalize(), freq="h")
    count = log["called_at"].dt.floor("h").value_counts().reindex(hours, fill_value=0).to_numpy()
    turn = 2 * np.pi * hours.dayofyear.to_numpy() / 365.25
    week = pd.get_dummies(hours.dayofweek * 24 + hours.hour, dtype=float).to_numpy()
    columns = np.column_stack([week, np.sin(turn), np.cos(turn)])
    return sm.GLM(count, columns, family=sm.families.NegativeBinomial(alpha=0.2)).fit()


def main() -> None:
    """Print what each takes and the ratios."""
    warnings.simplefilter("ignore")
    log, frames = data.real_incidents(), reference_frames()
    series = demand.yearly_counts(frames["published_firearms"], breaks=frames["series_breaks"])
    own, peers = series.loc["Cumbria"].to_numpy(), series.drop(index="Cumbria").to_numpy()
    year = sm.add_constant(np.arange(own.size, dtype=float))
    pattern = seconds(lambda: demand.fit_pattern(log, None, country="IE"))
    plain = seconds(lambda: plain_regression(log))
    ladder = seconds(lambda: demand.forecast_annual(own, 4, peers=peers))
    trend = seconds(lambda: sm.NegativeBinomial(own, year).fit(disp=0))
    back = seconds(lambda: demand.backtest(series))
    forecasts = int(demand.backtest(series).summary["n"].iloc[0])
    print(f"pattern of {len(log):,} calls: {pattern:.2f} s; plain NB2 by hour of the week: {plain:.2f} s; "
          f"ratio {pattern / plain:.2f}")  # fmt: skip
    print(f"ladder, 17 years and {len(peers)} peers: {1000 * ladder:.0f} ms; one NB2 trend: {1000 * trend:.0f} ms; "
          f"ratio {ladder / trend:.1f}")  # fmt: skip
    alone = ladder * forecasts / 4
    print(f"back test, {forecasts} forecasts refit at every origin and scored: {back:.1f} s; the ladders alone, "
          f"one call at a time: {alone:.1f} s; ratio {back / alone:.2f}")  # fmt: skip


if __name__ == "__main__":
    main()

"""How the yearly forecasts would have done: every force, every year, with what was known then.

In: yearly counts of many series. Out: scores of the forecasts made at every year with enough history, one to four years
ahead, refit each time on the past of all series; the same for each rung of the ladder and for three baselines; and the
difference from each baseline with a range.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import optimize

from apstra.demand.counts import log_probability
from apstra.demand.forecast import chosen
from apstra.demand.ladder import climbed
from apstra.demand.scores import count_scores, mixture_scores, paired_difference, pit_histogram, summary

FloatArray = NDArray[np.float64]
LADDER: Final = "ladder"
BASELINES: Final = ("Poisson, last year", "Poisson, mean", "random walk, pooled size")
LEAST_YEARS: Final = 3
HORIZON: Final = 4
LEAST_MEAN: Final = 0.5
LOG_SIZES: Final = (-3.0, 8.0)
SEED: Final = 2026
CALENDAR: Final = ["series", "origin", "known", "step", "observed"]


@dataclass(frozen=True, slots=True)
class Backtest:
    """The track record of the yearly forecasts on published series.

    Attributes
    ----------
    forecasts
        One row a model and forecast: ``model``, ``rung``, ``series``, ``origin`` (year), ``known`` (years of history),
        ``step``, ``observed``, ``log_score``, ``crps``, ``below``, ``up_to``.
    summary
        By model, best log score first: ``model``, ``n``, ``log_score``, ``crps``, ``within_50``, ``_80``, ``_95``.
    by_step, by_history
        The same for the ladder and the baselines by years ahead, and for the ladder by years of history (1, 2, 3 or
        more), those with fewer than three included there alone.
    differences
        The ladder's score less each other model's: ``model``, ``score``, ``mean``, ``low``, ``high`` (95 %).
    pit
        ``step`` (0 for all), ``bin``, ``share``.
    rungs
        How often each rung was taken: ``step``, ``rung``, ``forecasts``.
    """

    forecasts: pd.DataFrame
    summary: pd.DataFrame
    by_step: pd.DataFrame
    by_history: pd.DataFrame
    differences: pd.DataFrame
    pit: pd.DataFrame
    rungs: pd.DataFrame


def backtest(counts: pd.DataFrame, horizon: int = HORIZON) -> Backtest:
    """Return how forecasts of ``counts`` (series in rows, years in columns, NaN where missing) would have done.

    Raises
    ------
    ValueError
        If a count is negative or fractional, the years do not ascend one by one, or no forecast can be scored.
    """
    _check(counts)
    forecasts = pd.concat([_ladder_forecasts(counts, horizon), _baselines(counts, horizon)], ignore_index=True)
    enough = forecasts.loc[forecasts["known"] >= LEAST_YEARS]
    if enough.empty:
        raise ValueError(f"no series has a count after {LEAST_YEARS} or more known years: no forecast can be scored")
    ladder = enough.loc[enough["model"] == LADDER]
    told = enough.loc[enough["model"].isin((LADDER, *BASELINES))]
    history = forecasts.loc[forecasts["model"] == LADDER]
    history = history.assign(history=history["known"].clip(upper=LEAST_YEARS))
    return Backtest(
        forecasts=forecasts,
        summary=_by(enough, ["model"]).sort_values("log_score", ignore_index=True),
        by_step=_by(told, ["model", "step"]),
        by_history=_by(history, ["history"]),
        differences=_differences(enough),
        pit=pd.concat([_pit(ladder, 0), *(_pit(rows, step) for step, rows in ladder.groupby("step"))]),
        rungs=ladder.groupby(["step", "rung"], as_index=False).size().rename(columns={"size": "forecasts"}),
    )


def _check(counts: pd.DataFrame) -> None:
    """Refuse what is no table of yearly counts."""
    years = list(counts.columns)
    if not years or years != list(range(int(years[0]), int(years[0]) + len(years))):
        raise ValueError(f"years must ascend one by one, not {years}")
    values = counts.to_numpy(float)
    if len(bad := values[~(np.isnan(values) | ((values >= 0) & (values == np.floor(values))))]):
        raise ValueError(f"counts must be whole numbers >= 0, not {bad[0]}")


def _ladder_forecasts(counts: pd.DataFrame, horizon: int) -> pd.DataFrame:
    """Return the scored forecasts of the ladder and its rungs, each from what all series told by its origin."""
    values = counts.to_numpy(float)
    known = np.isfinite(values).cumsum(axis=1)
    rows = []
    for step in range(1, horizon + 1):
        for series, origin, rungs in climbed(values, step):
            count = values[series, origin + step]
            about = (counts.index[series], counts.columns[origin], known[series, origin], step, count)
            scores = {name: mixture_scores((rung.weight, rung.mean, rung.size), count) for name, rung in rungs.items()}
            taken = chosen({name: rung.score for name, rung in rungs.items()})
            rows += [(*about, name, name, *each) for name, each in scores.items()]
            rows.append((*about, LADDER, taken, *scores[taken]))
    return pd.DataFrame(rows, columns=[*CALENDAR, "model", "rung", "log_score", "crps", "below", "up_to"])


def _baselines(counts: pd.DataFrame, horizon: int) -> pd.DataFrame:
    """Return the scored forecasts of the baselines.

    The random walk starts from last year's count; its size is the one that maximises the probability of every known
    pair of years as far apart, over all series, with the later year past; with fewer than two such pairs, that of pairs
    a year less apart.
    """
    values = counts.to_numpy(float)
    pairs = pd.DataFrame(
        [
            (series, counts.columns[origin], int(np.isfinite(values[place, : origin + 1]).sum()), step,
             values[place, origin + step], origin, values[place, origin], np.nanmean(values[place, : origin + 1]))
            for place, series in enumerate(counts.index)
            for origin in np.flatnonzero(np.isfinite(values[place]))
            for step in range(1, horizon + 1)
            if origin + step < values.shape[1] and np.isfinite(values[place, origin + step])
        ],
        columns=[*CALENDAR, "place", "last", "average"],
    )  # fmt: skip
    last, average = pairs["last"].clip(lower=LEAST_MEAN), pairs["average"].clip(lower=LEAST_MEAN)
    forever = np.full(len(pairs), np.inf)
    forecast = dict(zip(BASELINES, ((last, forever), (average, forever), (last, _pooled_sizes(pairs))), strict=True))
    scored = [
        pd.concat([pairs[CALENDAR].assign(model=name, rung=name), count_scores(pairs["observed"], mean, size)], axis=1)
        for name, (mean, size) in forecast.items()
    ]
    return pd.concat(scored, ignore_index=True)


def _pooled_sizes(pairs: pd.DataFrame) -> FloatArray:
    """Return the random walk's size for every pair, from the pairs that were past at its origin."""
    sizes: dict[tuple[int, int], float] = {}
    for step, origin in sorted(set(zip(pairs["step"], pairs["place"], strict=True))):
        past = pairs.loc[(pairs["step"] == step) & (pairs["place"] + step <= origin)]
        if len(past) > 1:
            sizes[step, origin] = _likeliest(
                past["observed"].to_numpy(), past["last"].clip(lower=LEAST_MEAN).to_numpy()
            )
        else:
            sizes[step, origin] = sizes.get((step - 1, origin), 1.0)
    return np.array([sizes[pair] for pair in zip(pairs["step"], pairs["place"], strict=True)])


def _likeliest(count: FloatArray, mean: FloatArray) -> float:
    """Return the size that gives ``count`` the highest probability."""
    found = optimize.minimize_scalar(
        lambda log: -log_probability(count, mean, np.exp(log)).sum(), bounds=LOG_SIZES, method="bounded"
    )
    return float(np.exp(found.x))


def _by(forecasts: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Return the summary of scores for each value of ``keys``."""
    groups = forecasts.groupby(keys, sort=False)
    rows = [{**dict(zip(keys, np.atleast_1d(key), strict=True)), **summary(rows)} for key, rows in groups]
    return pd.DataFrame(rows).astype({"n": int, **dict.fromkeys([key for key in keys if key != "model"], int)})


def _differences(forecasts: pd.DataFrame) -> pd.DataFrame:
    """Return the ladder's mean score less each other model's, series drawn whole."""
    by_model = {name: rows.sort_values(CALENDAR[:4]) for name, rows in forecasts.groupby("model")}
    ladder = by_model.pop(LADDER)
    rows = [
        (name, score, *paired_difference(ladder[score], other[score], ladder["series"], seed=SEED, name=name + score))
        for name, other in by_model.items()
        for score in ("log_score", "crps")
    ]
    return pd.DataFrame(rows, columns=["model", "score", "mean", "low", "high"])


def _pit(forecasts: pd.DataFrame, step: int) -> pd.DataFrame:
    """Return the PIT histogram of the ladder's forecasts of one step, 0 for all."""
    shares = pit_histogram(forecasts)
    return pd.DataFrame({"step": step, "bin": np.arange(1, shares.size + 1), "share": shares})

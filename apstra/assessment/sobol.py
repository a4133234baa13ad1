"""How much of the variance of a figure each of its inputs explains: alone, and with all it interacts with.

Sobol indices of a headline figure, in the three steps of SALib: points to work it out at (``points``), its values
there, and the indices (``explained``); the first and the last know nothing of what the figure is. In: tables, a
scenario and the name of the figure. Out: ``Sobol``. The figure is worked out some hundred times, told as it goes and
stopped when asked.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from apstra.assessment.explain import MOST, Measure, Progress, Tornado, described, measure, ranged, tornado, worked
from apstra.assurance import Tables
from apstra.scenario import Scenario
from apstra.uncertainty import FloatArray, random_stream

SAMPLES: Final = 64
FEWEST: Final = 2
RESOLUTION: Final = 1e-12  # of a figure: what differs by less is rounding, not variance
INDICES: Final = ("first", "first_confidence", "total", "total_confidence")
SALIB: Final = ("S1", "S1_conf", "ST", "ST_conf")
NORMAL: Final = 1.959964  # half-width of a 95 % interval over its standard deviation, as in SALib


@dataclass(frozen=True, slots=True)
class Sobol:
    """What explains the variance of ``figure`` when its assumptions range as they credibly may.

    Attributes
    ----------
    indices
        ``name``, ``meaning``, ``unit``, ``low``, ``high`` (ends of the credible range), ``first`` (share of the
        variance that the assumption explains alone), ``total`` (with all it interacts with), the largest total first,
        and ``first_confidence``, ``total_confidence`` (half-widths of the 95 % interval). Estimates: they may fall
        below nought. No rows where no assumption moves the figure.
    interaction, interaction_confidence
        Share of the variance that no assumption explains alone, and the half-width of its 95 % interval.
    variance
        Of the figure [its unit squared]; all indices are nought where it is.
    evaluations
        How often the figure was worked out for the indices.
    samples
        Points of the base sample; ``evaluations`` are so many for each assumption, and two more.
    """

    figure: str
    indices: pd.DataFrame
    interaction: float
    interaction_confidence: float
    variance: float
    evaluations: int
    samples: int


def checked(inputs: int, samples: int) -> None:
    """Refuse what no indices can be had of.

    Raises
    ------
    ValueError
        If there is no input, or ``samples`` is no power of two, for which alone the sequence is balanced.
    """
    if inputs < 1:
        raise ValueError(f"at least one assumption with a range must vary, not {inputs}")
    if samples < FEWEST or samples & (samples - 1):
        raise ValueError(f"samples must be a power of two from {FEWEST}, not {samples}")


def points(inputs: int, samples: int, rng: np.random.Generator) -> FloatArray:
    """Return where in the unit cube a figure is worked out: a row of ``inputs`` for each of N (inputs + 2) points.

    Saltelli's scheme over a scrambled Sobol' sequence of N = ``samples`` points.

    Raises
    ------
    ValueError
        If either is refused by ``checked``.

    References
    ----------
    Saltelli et al. (2010), "Variance based sensitivity analysis of model output", Computer Physics Communications
    181(2), 259-270.
    """
    checked(inputs, samples)
    from SALib.sample.sobol import sample  # noqa: PLC0415 - slow to import

    return np.asarray(sample(_problem(inputs), samples, calc_second_order=False, seed=rng))


def explained(figure: str, inputs: pd.DataFrame, values: FloatArray, rng: np.random.Generator) -> Sobol:
    """Return the indices of each input: first-order by Saltelli's estimator, total by Jansen's, intervals by bootstrap.

    Parameters
    ----------
    inputs
        A row for each, with whatever is to stand beside its indices.
    values
        The figure at ``points(len(inputs), ...)``, in their order.
    rng
        Draws what the bootstrap resamples.

    Raises
    ------
    ValueError
        If a value is missing or infinite.
    """
    if not np.isfinite(values).all():
        raise ValueError(f"{figure} must be known wherever its assumptions range; somewhere it is missing or infinite")
    base = values.reshape(-1, len(inputs) + 2)[:, [0, -1]]
    variance = float(base.var()) if base.size else 0.0
    if np.sqrt(variance) <= RESOLUTION * np.abs(base).max(initial=0.0):
        still = inputs.assign(**dict.fromkeys(INDICES, 0.0))
        return Sobol(figure, still, 0.0, 0.0, 0.0, values.size, len(base))
    from SALib.analyze.sobol import analyze  # noqa: PLC0415 - slow to import

    found = analyze(_problem(len(inputs)), values, calc_second_order=False, keep_resamples=True, seed=rng)
    rows = inputs.assign(**dict(zip(INDICES, (found[name] for name in SALIB), strict=True)))
    rows = rows.sort_values("total", ascending=False, kind="stable", ignore_index=True)
    wide = NORMAL * float(found["S1_conf_all"].sum(axis=1).std(ddof=1))
    return Sobol(figure, rows, 1.0 - float(rows["first"].sum()), wide, variance, values.size, len(base))


def sobol(
    tables: Tables,
    scenario: Scenario,
    figure: str,
    *,
    names: Sequence[str] | None = None,
    samples: int = SAMPLES,
    measured: Measure | None = None,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Sobol | None:
    """Return how much of a figure's variance each assumption explains, each ranging as its three points say.

    Assumptions are taken as independent, each a modified PERT distribution over its credible range.

    Parameters
    ----------
    names
        Assumptions that range; when not given, the ``MOST`` that a tornado finds to move the figure. One without a
        range, or that the scenario fixes, does not.
    samples
        Points of the base sample, a power of two. The figure is worked out so often for each assumption, and two more.
    tables, measured, progress, cancelled
        As of ``tornado``, whose steps are told too.

    Raises
    ------
    ValueError
        If there is no such figure or assumption, no assumption to range, the figure is not known, or ``samples`` is no
        power of two.
    """
    tried, before = ranged(scenario, names), 0
    checked(len(tried), samples)
    measured = measured or measure(figure)
    if names is None:
        before = 1 + 2 * len(tried)
        told = _part(progress, 0, before + samples * (min(len(tried), MOST) + 2))
        found = tornado(tables, scenario, figure, measured=measured, progress=told, cancelled=cancelled)
        if found is None:
            return None
        tried = [scenario.assumption(name) for name in _moving(found)]
    rng = random_stream(scenario.seed, "sobol", figure)
    if not tried:
        return explained(figure, described(tried), np.empty(0), rng)
    cube = points(len(tried), samples, rng).T
    quantiles = {one.name: scenario.three_point(one.name).quantile(p) for one, p in zip(tried, cube, strict=True)}
    rows = pd.DataFrame(quantiles).to_dict("records")
    told = _part(progress, before, before + len(rows))
    values = worked(tables, [scenario.with_values(**row) for row in rows], measured, told, cancelled)
    return None if values is None else explained(figure, described(tried), np.array(values), rng)


def _moving(found: Tornado) -> list[str]:
    """Return the assumptions that move a figure at either end of their range; refuse a figure that is not known."""
    if not math.isfinite(found.now):
        raise ValueError(f"{found.figure} is not known under this scenario, so that nothing explains its variance")
    ends = found.swings[["at_low", "at_high"]]
    return found.swings.loc[(ends != found.now).any(axis=1), "name"].tolist()


def _part(progress: Progress | None, before: int, whole: int) -> Progress | None:
    """Return what tells the steps of a part of the work as steps of the whole."""
    return (lambda done, _of: progress(before + done, whole)) if progress else None


def _problem(inputs: int) -> dict[str, object]:
    """Return what SALib is told of the inputs: each uniform from nought to one."""
    return {"num_vars": inputs, "names": [str(place) for place in range(inputs)], "bounds": [[0.0, 1.0]] * inputs}

"""How likely a sum of a random number of harms is to exceed an amount, when a harm may be of any size.

In go the number of harms, the distribution of one of them and the amount. Out comes the probability. Harms are rounded
to a grid that has the amount on it and added up exactly there; the grid is made finer until the answer stands still or
its limit is clear. Rounding keeps the mean of the harms between any two points of the grid, however the distribution
bends there, so that what is lost shrinks with the square of the grid or faster. Nothing here knows of policing.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.polynomial import legendre
from scipy import fft

from apstra.uncertainty import FloatArray

Distribution = Callable[[Any], FloatArray]

ALIASING: Final = 20.0  # what is folded back is damped by exp of it
FIRST_CELLS: Final = 64
MOST_CELLS: Final = 2**20
SETTLED: Final = 3e-8
AGREED: Final = 3e-8
NEAR: Final = 1e-2
DENSEST: Final = 0.04
FALLING: Final = 0.85  # a single size keeps its mass at every halving of the grid
DOUBLY_RARE: Final = 3e-4  # two harms of one size are then beyond the accuracy asked for
NODES: Final = 12
AREA_ERROR: Final = 1e-13
DEEPEST: Final = 44
MOST_PANELS: Final = 500


@dataclass(frozen=True, slots=True)
class Number:
    """A random number of harms: its generating function, its mean and the probability of exactly ``one``."""

    generating: Callable[[Any], Any]
    mean: float
    one: float


def poisson(rate: float) -> Number:
    """Return a Poisson number of mean ``rate``."""
    return Number(lambda z: np.exp(rate * (z - 1.0)), rate, rate * float(np.exp(-rate)))


def exactly(number: int) -> Number:
    """Return a number that is certain."""
    return Number(lambda z: z**number, number, float(number == 1))


def compound(generating: Callable[[Any], Any], masses: FloatArray) -> FloatArray:
    """Return the distribution over 0, 1, 2, ... of the sum of a random number of whole-numbered harms, cut off.

    Parameters
    ----------
    generating
        Generating function of the number, applied to the transform of ``masses``.
    masses
        Probabilities of a harm of 0, 1, 2, ... in the last axis; sums are found as far as it goes.

    References
    ----------
    Grübel and Hermesmeier (1999), ASTIN Bulletin 29(2), 197-214: tilted by an exponential, so that what the transform
    folds back onto the range is damped by exp(-20).

    Examples
    --------
    >>> compound(poisson(2.0).generating, np.array([0.0, 1.0, 0.0, 0.0])).round(6).tolist()
    [0.135335, 0.270671, 0.270671, 0.180447]
    """
    size = masses.shape[-1]
    length = int(fft.next_fast_len(2 * size, real=True))
    tilt = np.exp(-ALIASING / length * np.arange(size))
    return np.asarray(fft.irfft(generating(fft.rfft(masses * tilt, length)), length)[..., :size] / tilt)


def beyond(number: Number, harm: Distribution, area: Distribution, x: float) -> float:
    """Return P(sum > x), as the limit of ever finer rounding.

    Parameters
    ----------
    harm, area
        Distribution function of one harm, which is positive, and its integral from 0 (``integral``).
    x
        Amount, positive.

    Raises
    ------
    ValueError
        If the finest grid does not tell the sums near ``x`` apart.

    References
    ----------
    Grübel and Hermesmeier (2000), "Computation of compound distributions II: discretization errors and Richardson
    extrapolation", ASTIN Bulletin 30(2), 309-331; Gerber (1982), "On the numerical evaluation of the distribution of
    aggregate claims and its stop-loss premiums", Insurance: Mathematics and Economics 1(1), 13-18 (the rounding).
    """
    cells, size = FIRST_CELLS, number.mean * float(harm(x))
    while cells < size / 2.0:
        cells *= 2
    rounded: list[float] = []
    limits: list[float] = []
    before = 0.0
    while cells <= MOST_CELLS:
        chance, densest = _on_grid(number, harm, area, x, cells)
        rounded.append(chance)
        limits.append(_limit(rounded))
        if densest < max(DENSEST, FALLING * before) or densest * size < DOUBLY_RARE:
            for values, least, near in ((rounded, 3, SETTLED), (limits, 5, AGREED)):
                if len(values) >= least and np.ptp(values[-3:]) < near and abs(chance - values[-1]) < NEAR:
                    return values[-1]
        cells, before = 2 * cells, densest
    raise ValueError(f"severity must be spread out, and frequency not too great, to tell sums near {x} apart to 1e-6")


def _on_grid(number: Number, harm: Distribution, area: Distribution, x: float, cells: int) -> tuple[float, float]:
    """Return P(sum > x) with harms rounded, and the mass of the densest two neighbours on the grid that are not near 0.

    A harm is shared between its neighbours on the grid so that its mean stays; one harm alone is not rounded. Of what
    lies at ``x`` itself half is beyond it. A size of positive probability keeps its mass, however fine the grid.
    """
    step = x / cells
    areas = area(np.arange(cells + 2) * step) / step
    masses = np.append(areas[1], np.diff(areas, 2))
    spread = compound(number.generating, masses)
    below, alone = (each.sum() - each[-1] / 2.0 for each in (spread, masses))
    pairs = (masses[1:] + masses[:-1])[cells // FIRST_CELLS :]
    return float(1.0 - below - number.one * (harm(x) - alone)), float(pairs.max())


def _limit(values: list[float]) -> float:
    """Return the limit of a sequence by the epsilon algorithm.

    References
    ----------
    Wynn (1956), "On a device for computing the e_m(S_n) transformation", Mathematical Tables and Other Aids to
    Computation 10(54), 91-96.
    """
    before, now = np.zeros(len(values) + 1), np.array(values)
    limit = now[-1]
    for column in range(1, len(values)):
        steps = np.diff(now)
        if not steps.all():
            break
        before, now = now, before[1:-1] + 1.0 / steps
        if column % 2 == 0:
            limit = now[-1]
    return float(limit)


def integral(harm: Distribution, least: float, most: float) -> Distribution:
    """Return the integral of ``harm`` from 0 as a function, for arguments around ``least`` to ``most``.

    Panels that halve towards 0 are halved again until a polynomial describes the distribution on each, so that neither
    a singularity at 0 nor a bend or jump elsewhere costs accuracy; the error is about 1e-13 of the argument.
    """
    reach = np.log2(2.0 * most / least) + DEEPEST
    ends = 2.0 * most * 0.5 ** np.arange(np.ceil(reach))[::-1]
    start, half, terms = _panels(harm, np.append(0.0, ends))
    parts = legendre.legint(terms.T, lbnd=-1) * half
    before = np.append(0.0, np.cumsum(2.0 * half * terms[:, 0]))

    def area(x: FloatArray) -> FloatArray:
        panel = np.searchsorted(start, x, side="right") - 1
        within = legendre.legval((x - start[panel]) / half[panel] - 1.0, parts[:, panel], tensor=False)
        return np.asarray(before[panel] + within)

    return area


def _panels(harm: Distribution, edges: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return start and half width of panels, in ascending order, and the Legendre series of ``harm`` on each.

    A series describes its panel when its last terms are slight and it meets ``harm`` at both ends: between two nodes a
    distribution cannot rise unseen.
    """
    nodes, weights = legendre.leggauss(NODES)
    project = legendre.legvander(nodes, NODES - 1) * np.outer(weights, np.arange(NODES) + 0.5)
    ends = legendre.legvander(np.array([-1.0, 1.0]), NODES - 1).T
    start, half = edges[:-1], np.diff(edges) / 2.0
    done = []
    for depth in range(DEEPEST + 1):
        terms = harm(start[:, np.newaxis] + np.outer(half, 1.0 + nodes)) @ project
        missed = terms @ ends - harm(start[:, np.newaxis] + np.outer(half, [0.0, 2.0]))
        worst = np.abs(np.hstack([terms[:, -3:], missed])).max(axis=1)
        left = (worst * half > AREA_ERROR * (start + half)) & (depth < DEEPEST)
        left &= left.sum() <= MOST_PANELS
        done.append((start[~left], half[~left], terms[~left]))
        start, half = np.repeat(start[left], 2), np.repeat(half[left] / 2.0, 2)
        start[1::2] += 2.0 * half[1::2]
    whole = [np.concatenate(part) for part in zip(*done, strict=True)]
    order = np.argsort(whole[0])
    return whole[0][order], whole[1][order], whole[2][order]

"""How a force's rate of firearms operations stands beside its region's, its peers' and every force's with a count.

In: the public figures, the residents of each force, the force's code and the peers it names. Out: rates for every
100,000 residents, each with its year, the release its count is taken from and the population it is divided by; and the
funnel: within which limits forces of a size lie by chance alone, and given that forces differ by more than chance.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import special

from apstra.demand.pattern import PER_PEOPLE
from apstra.demand.published import HISTORIC, REGION, yearly_counts
from apstra.scenario import first_year_not_complete, year_label
from apstra.uncertainty import FloatArray, poisson_limits

OTHERS: Final = 5
FEWEST_RESIDENTS: Final = 100_000
LAST_CENSUS_YEAR: Final = 2014
LEVELS: Final = {"95": 0.95, "998": 0.998}
WINSORISED: Final = 0.1
PRINTED: Final = ("operations", "operations_per_100k_population")
LINE_COLUMNS: Final = (
    "group", "name", "year", "release", "population", "operations", "residents", "rate", "low", "high", "counted",
    "of", "least", "most", "without",
)  # fmt: skip


def compare_rates(
    published: pd.DataFrame, forces: pd.DataFrame, code: str, peers: Sequence[str], as_at: date, release: str = HISTORIC
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the rates of the force, its region, its peers and all forces with a count, and the funnel they lie in.

    Parameters
    ----------
    published
        ``series`` (the release), ``force``, ``year`` such as 2004-05, ``metric``, ``value``.
    forces
        ``pfa_code``, ``force``, ``region``, ``population_census2011`` and ``population_mid2018`` [persons].
    code, peers
        ONS code of the force, and the names of the forces it compares itself with.
    as_at
        Years not over by this day are left out.
    release
        The release whose counts are compared; no other is spliced in.

    Returns
    -------
    lines
        ``group``: force, region, peers, all, each of the year compared; or printed, what another release prints of the
        force, of its peers in the same year, and of its region. ``name``, ``year``, ``release``, ``population`` (which
        one), ``operations``, ``residents`` [persons], ``rate`` with exact 95 % limits ``low`` and ``high`` [operations
        for every 100,000 residents], ``counted`` of ``of`` forces, ``least`` and ``most`` (rates of the forces counted)
        and ``without`` (names of those that are not). What is not known is NaN.
    funnel
        A row for each force compared (``funnel``), with ``group`` (force, peer, other), ``year``, ``release`` and
        ``population``.

    Raises
    ------
    ValueError
        If a population is no positive number, or the counts are at fault (``yearly_counts``).

    Notes
    -----
    Compared is the latest year in which the release counts the force and at least five others; without one, or for a
    code that is no territorial force's, there are no rows of it. Populations are of Census 2011 for years up to 2014-15
    and of mid-2018 after. A force with fewer than 100,000 residents (City of London) has no rate: it polices those who
    come to work. The forces with a count are those whose figures were found, not a sample.
    """
    known = forces.loc[forces["pfa_code"] == code]
    own, region = known[["force", "region"]].iloc[0] if len(known) else ("", "")
    over = published.loc[~(_start(published["year"]) >= first_year_not_complete(as_at))]
    year, rows = _latest(yearly_counts(over, release=release), forces, own)
    rows.insert(0, "group", np.select([rows["force"] == own, rows["force"].isin(peers)], ["force", "peer"], "other"))
    rows = rows.assign(year=year_label(year), release=release, population=_population(year)[0])
    members = {
        ("force", own): [own],
        ("region", region): forces.loc[forces["region"] == region, "force"],
        ("peers", "Peer group"): peers,
        ("all", "All forces with a count"): forces["force"],
    }
    lines = [_line(*key, list(names), rows) for key, names in members.items() if len(rows) and len(names)]
    lines += _printed(over.loc[over["series"] != release], forces, (own, region, *peers))
    return pd.DataFrame(lines, columns=list(LINE_COLUMNS)), funnel(rows)


def _start(year: pd.Series) -> pd.Series:
    """Return the calendar year in which financial years such as 2004-05 start, NaN where a year is printed wrongly."""
    return pd.to_numeric(year.astype(str).str.slice(0, 4), errors="coerce")


def _population(year: int) -> tuple[str, str]:
    """Return which population a year's count is divided by, in words and as a column."""
    census = year <= LAST_CENSUS_YEAR
    return ("Census 2011", "population_census2011") if census else ("mid-2018", "population_mid2018")


def _residents(forces: pd.DataFrame, year: int) -> pd.Series:
    """Return the residents of each force [persons], NaN where not known."""
    people = forces.set_index("force")[_population(year)[1]].astype(float)
    if len(wrong := people[(people <= 0) | np.isinf(people)]):
        raise ValueError(f"{wrong.index[0]}: residents must be a positive number, not {wrong.iloc[0]}")
    return people


def _latest(counts: pd.DataFrame, forces: pd.DataFrame, own: str) -> tuple[int, pd.DataFrame]:
    """Return the latest year with a count of the force and enough others, and ``force, operations, residents``."""
    for year in reversed(counts.columns):
        people = _residents(forces, year)
        rows = pd.DataFrame({"operations": counts[year], "residents": people[people >= FEWEST_RESIDENTS]}).dropna()
        if own in rows.index and len(rows) > OTHERS:
            return int(year), rows.rename_axis("force").reset_index()
    return 0, pd.DataFrame({"force": pd.Series(dtype="str"), "operations": [], "residents": []})


def _line(group: str, name: str, names: Sequence[str], rows: pd.DataFrame) -> dict[str, Any]:
    """Return the rate of forces together: of those counted, and how many those are."""
    found = rows.loc[rows["force"].isin(names)]
    rates = found["operations"] / found["residents"] * PER_PEOPLE
    total = (found["operations"].sum(), found["residents"].sum()) if len(found) else (np.nan, np.nan)
    return {
        "group": group,
        "name": name,
        **rows[["year", "release", "population"]].iloc[0],
        **_rate(*total),
        "counted": len(found),
        "of": len(names),
        "least": rates.min(),
        "most": rates.max(),
        "without": "; ".join(one for one in names if one not in set(found["force"])),
    }


def _rate(operations: float, residents: float) -> dict[str, float]:
    """Return a count, its rate for every 100,000 residents and the rate's exact 95 % limits."""
    if not (operations >= 0 and residents >= FEWEST_RESIDENTS):
        return {"operations": operations, "residents": residents, "rate": np.nan, "low": np.nan, "high": np.nan}
    people = residents / PER_PEOPLE
    low, high = (limit / people for limit in poisson_limits(int(operations)))
    return {"operations": operations, "residents": residents, "rate": operations / people, "low": low, "high": high}


def _printed(published: pd.DataFrame, forces: pd.DataFrame, names: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Give what other releases print: the force's latest, its peers' of the same year, and its region's latest."""
    own, region, *_ = names
    folded = published["force"].str.casefold()
    whole = folded == f"{region} {REGION}".casefold()
    rows = published.assign(start=_start(published["year"]), whole=whole, order=whole + (folded != own.casefold()))
    rows = rows.loc[(rows["force"].isin(names) | whole) & rows["metric"].isin(PRINTED) & rows["value"].notna()]
    rows = rows.drop_duplicates(["series", "metric", "force", "year", "value"])
    dated = rows["start"].where((rows["force"] == own) | rows["whole"])
    latest = dated.groupby([rows["series"], rows["metric"], rows["whole"]]).transform("max")
    order = ["start", "series", "metric", "order", "force"]
    shown = rows.loc[rows["start"] == latest].sort_values(order, ascending=[False, True, True, True, True])
    yield from (_printed_line(row, forces, region) for row in shown.itertuples())


def _printed_line(row: Any, forces: pd.DataFrame, region: str) -> dict[str, Any]:
    """Return a printed count with its rate, or a rate as it was printed, which has neither count nor limits."""
    people = _residents(forces, row.start)
    inside = forces.loc[forces["region"] == region, "force"] if row.whole else pd.Series([row.force])
    counts = row.metric == PRINTED[0]
    rate = _rate(float(row.value), people.reindex(inside).sum(skipna=False)) if counts else {"rate": float(row.value)}
    return {
        "group": "printed",
        "name": region if row.whole else row.force,
        "year": row.year,
        "release": row.series,
        "population": _population(row.start)[0] if counts else "as printed",
        **rate,
        "counted": len(inside),
        "of": len(inside),
        "without": "",
    }


def funnel(forces: pd.DataFrame) -> pd.DataFrame:
    """Return each force's rate, its limits, and whether it lies where forces of its size are to be expected.

    Parameters
    ----------
    forces
        ``force``, ``operations``, ``residents`` [persons].

    Returns
    -------
    frame
        The columns given, and ``rate`` with exact 95 % limits ``low`` and ``high``; ``centre``, the rate of all
        together; ``chance_low_95``, ``chance_high_95`` and the same at 99.8 % (``_998``): exact Poisson quantiles at
        the centre; ``low_95`` ... ``high_998``: limits given ``tau`` (``adjusted_limits``); all [operations for every
        100,000 residents]. ``phi``: how many times the scatter of chance the forces scatter; ``z`` and ``z_adjusted``:
        standard deviations from the centre, of chance alone and with ``tau``; ``place``: inside, or above or below the
        adjusted limits at 95 % or 99.8 %.

    Notes
    -----
    On the square root of the rate, whose standard error s = 1 / (2 sqrt(residents / 100,000)) depends on no rate, so
    that a count of nought is no exception. phi is the mean of the squared z, winsorised at 10 % on each side so that
    outliers do not hide themselves, and divided by what winsorising leaves of the square of a normal score (0.679), for
    otherwise one force in ten would lie outside 95 % limits. Forces differ by the additive random effect
    tau^2 = max(0, (n phi - (n - 1)) / (sum w - sum w^2 / sum w)), w = 1 / s^2.

    References
    ----------
    Spiegelhalter (2005), "Funnel plots for comparing institutional performance", Statistics in Medicine 24, 1185-1202.
    Spiegelhalter, Sherlaw-Johnson, Bardsley, Blunt, Wood and Grigg (2012), "Statistical methods for healthcare
    regulation: rating, screening and surveillance", Journal of the Royal Statistical Society A 175(1), 1-47.
    """
    people = forces["residents"].to_numpy(float) / PER_PEOPLE
    own = pd.DataFrame([_rate(*pair) for pair in forces[["operations", "residents"]].to_numpy(float)], forces.index)
    own = own.reindex(columns=["rate", "low", "high"]).astype(float)
    centre = float(forces["operations"].sum() / people.sum()) if len(forces) else np.nan
    z = 2.0 * (np.sqrt(own["rate"].to_numpy()) - np.sqrt(centre)) * np.sqrt(people)
    phi, tau = _spread(z, 4.0 * people)
    adjusted = z / np.sqrt(1.0 + 4.0 * people * tau**2)
    limits = {}
    for label, level in LEVELS.items():
        limits[f"chance_low_{label}"], limits[f"chance_high_{label}"] = chance_limits(people, centre, level)
        limits[f"low_{label}"], limits[f"high_{label}"] = adjusted_limits(people, centre, tau, level)
    told = {"centre": centre, "phi": phi, "tau": tau, "z": z, "z_adjusted": adjusted, "place": _place(adjusted)}
    return pd.concat([forces, own], axis=1).assign(**limits, **told)


def _spread(z: FloatArray, weight: FloatArray) -> tuple[float, float]:
    """Return phi and tau of scores: how much more than by chance, and by how much, forces differ."""
    if len(z) <= 1:
        return (np.nan, 0.0)
    cut = special.ndtri(1.0 - WINSORISED)
    density = np.exp(-(cut**2) / 2.0) / np.sqrt(2.0 * np.pi)
    left = 1.0 - 2.0 * WINSORISED - 2.0 * cut * density + 2.0 * WINSORISED * cut**2
    phi = float(np.mean(np.clip(z, *np.quantile(z, [WINSORISED, 1.0 - WINSORISED])) ** 2) / left)
    total = weight.sum()
    excess = (len(z) * phi - (len(z) - 1)) / (total - (weight**2).sum() / total)
    return (phi, float(np.sqrt(max(0.0, excess))))


def _place(z: FloatArray) -> list[str]:
    """Return where scores lie: inside, or which limits they lie above or below."""
    inner, outer = (special.ndtri((1.0 + level) / 2.0) for level in LEVELS.values())
    words = np.select([np.abs(z) > outer, np.abs(z) > inner], ["99.8%", "95%"], "")
    return [
        f"{'above' if score > 0 else 'below'} {word}" if word else "inside"
        for score, word in zip(z, words, strict=True)
    ]


def chance_limits(people: ArrayLike, centre: float, level: float) -> tuple[FloatArray, FloatArray]:
    """Return the exact Poisson quantiles of the rate where only chance moves it.

    Parameters
    ----------
    people
        Residents [100,000 persons].
    centre
        Rate of all forces [operations for every 100,000 residents].
    level
        Probability between the limits, such as 0.95; at most half of the rest lies beyond each.
    """
    exposure = np.asarray(people, float)
    low, high = (_poisson_quantile(p, centre * exposure) / exposure for p in ((1 - level) / 2, (1 + level) / 2))
    return low, high


def _poisson_quantile(p: float, mean: FloatArray) -> FloatArray:
    """Return the smallest counts that a Poisson count of this mean does not exceed with probability ``p``."""
    value = np.ceil(np.nan_to_num(special.pdtrik(p, mean)).clip(0.0))
    before = (value - 1.0).clip(0.0)
    return np.where(special.pdtr(before, mean) >= p, before, value)


def adjusted_limits(people: ArrayLike, centre: float, tau: float, level: float) -> tuple[FloatArray, FloatArray]:
    """Return the limits of the rate where forces differ by ``tau`` besides chance (``funnel``).

    Parameters
    ----------
    people
        Residents [100,000 persons].
    centre
        Rate of all forces [operations for every 100,000 residents].
    tau
        Standard deviation of the square root of forces' rates.
    level
        Probability between the limits, such as 0.95. A lower limit of nought means that no rate is too low.
    """
    width = special.ndtri((1.0 + level) / 2.0) * np.sqrt(0.25 / np.asarray(people, float) + tau**2)
    return (np.sqrt(centre) - width).clip(0.0) ** 2, (np.sqrt(centre) + width) ** 2

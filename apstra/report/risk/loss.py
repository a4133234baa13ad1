"""How much harm the worst cases of a year could do together, as a curve with its band.

In: an ``Assessment``. Out: an exhibit and its sentence; nothing is computed but what is needed to choose and word.
"""

from typing import Any, Final

import pandas as pd
from matplotlib.axes import Axes

from apstra.assessment import Assessment
from apstra.report.assessment import made_of, when
from apstra.report.chart import canvas, fan
from apstra.report.exhibit import Exhibit, Prose, percent, to_be_supplied
from apstra.risk import ALL

SPOKEN_OF: Final = 0.01
OFTEN: Final = 0.4
RAREST: Final = 1e-5
TABLES: Final = ("threats", "threat_judgements", "operations")


def loss(a: Assessment) -> Exhibit | Prose:
    """Return how likely a year's worst cases are to do at least so much harm, for all threats together."""
    rows = _together(a)
    if rows.empty:
        return to_be_supplied("The harm of one worst case of each threat")
    units = list(rows.groupby("harm_unit", sort=False))
    with canvas(8.2, 4.0 * len(units), rows=len(units)) as (figure, panels):
        for axes, (unit, curve) in zip([panels] if len(units) == 1 else panels, units, strict=True):
            _draw(axes, str(unit), curve)
    single = a.risk.loss.query("threat_id != @ALL and probability > 0").sort_values("probability", ascending=False)
    first = single.drop_duplicates(["harm_unit", "at_least"]).set_index(["harm_unit", "at_least"])
    table = pd.DataFrame(
        {
            "Harm in a year": [_harm(r) for r in rows.itertuples()],
            "Expected in": rows["probability"].map(one_in).array,
            "Range": [_range(r) for r in rows.itertuples()],
            "Most likely from": first["title"].reindex(pd.MultiIndex.from_frame(rows[["harm_unit", "at_least"]])).array,
        }
    )
    return Exhibit(
        year_of_harm(a),
        f"Probability that the reasonable worst cases of a year do at least so much harm together, logarithmic scales; "
        f"line: mean over what is not known of the frequencies, band: their 5 to 95% range, {when(a)}",
        f"Exceedance curve of a year's harm with its band. {year_of_harm(a)}.",
        made_of(a, *TABLES),
        table,
        figure,
    )


def year_of_harm(a: Assessment) -> str:
    """Say how often a year of great harm is to be expected: the greatest harm at least one year in a hundred brings."""
    rows = _together(a)
    if rows.empty:
        return "How much harm a year could do cannot be told: no threat's harm is judged"
    first = rows.loc[rows["harm_unit"] == rows["harm_unit"].iloc[0]]
    row: Any = first.iloc[max((first["probability"] >= SPOKEN_OF).sum() - 1, 0)]
    judged = "illustrative judgements" if "threats" in a.illustrative else "the judgements made"
    return f"By {judged} of harm, {one_in(row.probability)} brings {_harm(row)} through worst cases ({_range(row)})"


def one_in(probability: float) -> str:
    """Return how often a year of some kind comes, in words.

    >>> one_in(0.0246), one_in(0.8), one_in(2e-7)
    ('one year in 41', '80% of years', 'fewer than one year in 100,000')
    """
    if probability > OFTEN:
        return f"{percent(probability)} of years"
    if probability < RAREST:
        return f"fewer than one year in {1 / RAREST:,.0f}"
    return f"one year in {float(f'{1 / probability:.2g}'):,.0f}"


def _together(a: Assessment) -> pd.DataFrame:
    """Return the curves of all threats together, the unit that most threats share first."""
    rows = a.risk.loss
    often = rows["harm_unit"].map(rows["harm_unit"].value_counts())
    return (
        rows.assign(often=often)
        .sort_values(["often", "harm_unit", "at_least"], ascending=[False, True, True])
        .loc[lambda kept: kept["threat_id"] == ALL]
    )


def _harm(row: Any) -> str:
    """Return an amount of harm in words."""
    return f"{row.at_least:,.0f} or more {row.harm_unit}"


def _range(row: Any) -> str:
    """Return the range of a probability in words, the more likely end first."""
    ends = [one_in(row.probability_high), one_in(row.probability_low)]
    return ends[0] if ends[0] == ends[1] else " to ".join(ends)


def _draw(axes: Axes, unit: str, curve: pd.DataFrame) -> None:
    """Draw one curve with its band, as far as years of such harm are worth a number."""
    shown = curve.loc[curve["probability"] >= RAREST]
    low = shown["probability_low"].clip(lower=RAREST)
    fan(axes, shown["at_least"].tolist(), shown["probability"].tolist(), [(low, shown["probability_high"])])
    axes.set(xscale="log", yscale="log", xlabel=f"{unit[:1].upper()}{unit[1:]} in a year, at least")
    axes.set_xticks(shown["at_least"].tolist(), [f"{amount:,.0f}" for amount in shown["at_least"]])
    powers = [10.0**-power for power in range(6)]
    axes.set_yticks(powers, ["every year", *(f"1 year in {1 / chance:,.0f}" for chance in powers[1:])])
    axes.set_ylim(max(low.min() / 2.0, RAREST) if len(shown) else RAREST, 1.5)
    axes.minorticks_off()

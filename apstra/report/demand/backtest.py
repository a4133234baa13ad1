"""How the yearly forecasts would have done on published series of forces, and where a simpler model did better.

In: the track record of the methods (``Evidence``). Out: exhibits and their sentences.
"""

from collections.abc import Mapping
from typing import Any, Final, Protocol

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from apstra.demand import LEVELS, Backtest, Proof
from apstra.demand.backtest import BASELINES, LADDER, LEAST_YEARS
from apstra.report.chart import COLOURS, SEQUENTIAL, canvas
from apstra.report.exhibit import Exhibit, Prose, listed, percent, prose, span, to_be_supplied

SERIES: Final = {"operations": "firearms operations", "operations_arv": "operations by armed response vehicle"}
RUNGS: Final = {
    "averaged": "average over how fast the past fades",
    "discounted": "past fading at one pace",
    "last year": "last year, spread as of all forces",
    "mean": "mean of all years, spread as of all forces",
    "trend": "line through the years",
}
MODELS: Final = {
    LADDER: "the forecast used",
    **RUNGS,
    "Poisson, last year": "baseline: last year, chance alone (Poisson)",
    "Poisson, mean": "baseline: mean of all years, chance alone (Poisson)",
    "random walk, pooled size": "baseline: last year, random walk of all forces",
}
SOURCE: Final = (
    "published counts of forces (Hansard, Home Office tables), every forecast made anew from what all series told by "
    "its year"
)
AHEAD: Final = ("all", "one year ahead", "two years ahead", "three years ahead", "four years ahead")
HISTORY: Final = {1: "1 year", 2: "2 years", LEAST_YEARS: f"{LEAST_YEARS} or more"}
LEAN: Final = 0.05  # share beyond a half from which forecasts are said to lie low or high
NONE_YET: Final = "The track record of the yearly forecasts"


class Evidence(Protocol):
    """The track record of the methods, as ``data.evidence`` gives it."""

    @property
    def years(self) -> Mapping[str, Backtest]:
        """Return the back test on each published series."""

    @property
    def incidents(self) -> Proof:
        """Return how the pattern did on a real log, with what the calendar knows."""

    @property
    def eventless(self) -> Proof:
        """Return the same without a calendar."""

    @property
    def tail(self) -> pd.DataFrame:
        """Return committed times exceeded on that log, seen and fitted."""


def backtest_table(e: Evidence) -> Exhibit | Prose:
    """Return the scores of the forecast used, of the rungs of its ladder and of the baselines."""
    if not e.years:
        return to_be_supplied(NONE_YET)
    tables = [_model_table(name, found) for name, found in e.years.items()]
    return Exhibit(
        backtest_headline(e),
        f"Forecasts one to four years ahead from {LEAST_YEARS} or more years, best log score first; scores: lower is "
        "better; differences below 0: the forecast used was better, 95% range with forces drawn whole",
        "",
        SOURCE,
        pd.concat(tables, ignore_index=True),
    )


def backtest_sentence(e: Evidence) -> Prose:
    """Return how the yearly forecasts would have done, as a paragraph."""
    return prose(f"{backtest_headline(e)}.") if e.years else to_be_supplied(NONE_YET)


def backtest_headline(e: Evidence) -> str:
    """Return for each series how often the ranges held, which baselines were beaten and where a simple model won."""
    return capital("; ".join(_verdict(SERIES[name], found) for name, found in e.years.items()))


def _verdict(name: str, found: Backtest) -> str:
    """Return how the forecast used did on one series."""
    used = found.summary.set_index("model").loc[LADDER]
    rivals = found.differences.query("score == 'log_score'").set_index("model").drop(index=LADDER, errors="ignore")
    beaten = rivals.reindex(BASELINES)["high"] < 0
    better = "every baseline is" if beaten.all() else f"{beaten.sum()} of {len(BASELINES)} baselines are"
    won = rivals.loc[rivals["low"] > 0].sort_values("mean", ascending=False)
    held = listed([percent(used[f"within_{level}"]) for level in LEVELS])
    ranges = f"the {listed([*map(str, LEVELS)])}% ranges held {held}"
    said = f"of {used['n']:,.0f} forecasts of {name} {ranges}; {better} clearly beaten"
    if won.empty:
        return f"{said}, and no simpler model did clearly better"
    first = np.exp(won.iloc[0][["mean", "low", "high"]].astype(float))
    return (
        f"{said}, but a simpler model won ({MODELS[str(won.index[0])]}): it gave what was counted {first['mean']:.2f} "
        f"times the probability (95% range {span(first['low'], first['high'], '{:.2f}')})"
    )


def _model_table(name: str, found: Backtest) -> pd.DataFrame:
    """Return the scores on one series as a table for people."""
    rows = found.summary
    apart = found.differences.set_index(["model", "score"])
    return pd.DataFrame(
        {
            "Model": rows["model"].map(MODELS).map(capital),
            "Counts of": SERIES[name],
            "Forecasts": rows["n"],
            "Mean log score": rows["log_score"].map("{:.2f}".format),
            "CRPS, operations": rows["crps"].map("{:.1f}".format),
            **within(rows),
            **{
                f"{title}, used less this": [_apart(apart, model, score) for model in rows["model"]]
                for score, title in (("log_score", "Log score"), ("crps", "CRPS"))
            },
        }
    )


def within(rows: pd.DataFrame) -> dict[str, Any]:
    """Return the shares of counts within their ranges as columns for people."""
    return {f"Within {level}%": rows[f"within_{level}"].map(percent) for level in LEVELS}


def _apart(apart: pd.DataFrame, model: str, score: str) -> str:
    """Return how far the forecast used is from a model, with its range."""
    if (model, score) not in apart.index:
        return "does not apply"
    row = apart.loc[(model, score)]
    if row["low"] == row["high"]:
        return "the same"
    return f"{row['mean']:+.2f} ({span(row['low'], row['high'], '{:+.2f}')})"


def pit(e: Evidence) -> Exhibit | Prose:
    """Return where counts lay in their forecasts: in all and by years ahead."""
    if not e.years:
        return to_be_supplied(NONE_YET)
    wide = {name: _tenths(found.pit) for name, found in e.years.items()}
    columns = max(len(shares) for shares in wide.values())
    with canvas(9.4, 0.5 + 2.1 * len(wide), rows=len(wide), columns=columns) as (figure, axes):
        for plots, (name, shares) in zip(np.reshape(axes, (-1, columns)), wide.items(), strict=True):
            for plot, (step, row) in zip(plots, shares.iterrows(), strict=False):
                tenths(plot, row.to_numpy(float), top=max(one.max(axis=None) for one in wide.values()))
                plot.set_title(capital(AHEAD[int(str(step))]), fontsize=10, loc="left")
            plots[0].set_ylabel(SERIES[name].replace(" by ", "\nby ").capitalize(), fontsize=9)
    headline = "; ".join(_leaning(SERIES[name], shares) for name, shares in wide.items())
    table = pd.concat([shares.assign(of=SERIES[name]) for name, shares in wide.items()]).reset_index()
    cells = {f"{10 * number - 10} to {10 * number}%": table[number].map("{:.1%}".format) for number in range(1, 11)}
    return Exhibit(
        headline,
        "Share of counts in each tenth of their forecast; line: forecasts neither high nor low. Higher to the right: "
        "forecasts lay low, as they did while counts rose in the 2000s; higher in the middle: ranges were too wide",
        f"Histograms of counts within their forecasts. {headline}.",
        SOURCE,
        pd.DataFrame(
            {"Years ahead": [capital(AHEAD[step]) for step in table["step"]], "Counts of": table["of"], **cells}
        ),
        figure,
    )


def _tenths(pit_shares: pd.DataFrame) -> pd.DataFrame:
    """Return the share of counts in each tenth, by years ahead."""
    return pit_shares.pivot_table(index="step", columns="bin", values="share")


def _leaning(name: str, shares: pd.DataFrame) -> str:
    """Return how many counts lay in the upper half of their forecasts, and what that means."""
    upper = shares.iloc[:, shares.shape[1] // 2 :].sum(axis=1)
    most, last = float(upper.iloc[0]), upper.index[-1]
    side = "low" if most > LEAN + 1 / 2 else "high" if most < 1 / 2 - LEAN else "neither low nor high"
    steps = f" ({percent(upper[1])} {AHEAD[1]}, {percent(upper[last])} {AHEAD[last]})" if last > 1 else ""
    return f"{percent(most)} of counts of {name} lay in the upper half of their forecasts{steps}: forecasts lay {side}"


def capital(words: str) -> str:
    """Return words with a capital first letter, the rest as they are."""
    return words[:1].upper() + words[1:]


def tenths(axes: Axes, shares: Any, top: float) -> None:
    """Draw the share of counts in each tenth of their forecast beside an even one."""
    number = np.arange(len(shares))
    axes.bar(number, shares, width=0.9, color=COLOURS["teal"])
    axes.axhline(1 / len(shares), color=COLOURS["dark"], linewidth=1.4)
    axes.set_xticks([-0.5, (len(shares) - 1) / 2, len(shares) - 0.5], ["0", "50%", "100%"], fontsize=9)
    axes.set_ylim(0, 1.08 * top)
    axes.yaxis.set_major_formatter("{x:.0%}")
    axes.tick_params(axis="y", labelsize=9)


def coverage(e: Evidence) -> Exhibit | Prose:
    """Return how often the ranges held, by years ahead and by years of history."""
    if not e.years:
        return to_be_supplied(NONE_YET)
    found = {name: (one.by_step.query("model == @LADDER").set_index("step"), one.by_history.set_index("history"))
             for name, one in e.years.items()}  # fmt: skip
    with canvas(8.6, 3.1 * len(found), rows=len(found), columns=2) as (figure, axes):
        for plots, (name, parts) in zip(np.reshape(axes, (-1, 2)), found.items(), strict=True):
            for plot, rows, title in zip(plots, parts, ("years ahead", "years of history"), strict=True):
                _draw_held(plot, rows)
                plot.set_title(f"{SERIES[name].capitalize()},\nby {title}", fontsize=10, loc="left")
                if title == "years of history":
                    plot.set_xticks(rows.index, [HISTORY[number] for number in rows.index])
    headline = capital("; ".join(_held_words(SERIES[name], *parts) for name, parts in found.items()))
    tables = [_held_table(SERIES[name], *parts) for name, parts in found.items()]
    return Exhibit(
        headline,
        "Share of counts within the 50, 80 and 95% ranges; dashed: what the ranges promise. By years ahead from "
        f"{LEAST_YEARS} or more years of history; by history one to four years ahead",
        f"Dot charts of ranges that held. {headline}.",
        SOURCE,
        pd.concat(tables, ignore_index=True),
        figure,
    )


def _draw_held(axes: Axes, rows: pd.DataFrame) -> None:
    """Draw the shares within each range beside what the range promises."""
    for level, colour, mark in zip(LEVELS, (*SEQUENTIAL[1:3], COLOURS["blue"]), "^so", strict=True):
        held = rows[f"within_{level}"]
        axes.axhline(level / 100, color=COLOURS["grey"], linewidth=1.2, linestyle="--", zorder=1)
        axes.plot(rows.index, held, f"-{mark}", color=colour, markersize=6, linewidth=1.4)
        for x, share in held.items():
            axes.annotate(percent(share), (x, share), (0, 9 if level == max(LEVELS) else -12), ha="center", va="center",
                          textcoords="offset points", fontsize=9, zorder=1.5,
                          bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.4})  # fmt: skip
    axes.set_xticks(rows.index)
    axes.set_xlim(rows.index.min() - 0.4, rows.index.max() + 0.4)
    axes.set_ylim(0.2, 1.12)
    axes.set_yticks([level / 100 for level in LEVELS], [f"{level}%" for level in LEVELS])
    axes.grid(visible=False)


def _held_words(name: str, by_step: pd.DataFrame, by_history: pd.DataFrame) -> str:
    """Return how often the 80 % range held, next year, later and with little history."""
    held, last = by_step["within_80"], int(by_step.index.max())
    later = f" and {percent(held[last])} {AHEAD[last]}" if last > 1 else ""
    one = by_history["within_80"].get(1)
    young = "" if one is None else f"; with a single year of history {percent(one)}"
    return f"the 80% range held {percent(held.iloc[0])} of {name} {AHEAD[int(held.index[0])]}{later}{young}"


def _held_table(name: str, by_step: pd.DataFrame, by_history: pd.DataFrame) -> pd.DataFrame:
    """Return the shares within the ranges as a table for people."""
    told = [capital(AHEAD[step]) for step in by_step.index]
    told += [f"History of {HISTORY[number]}" for number in by_history.index]
    rows = pd.concat([by_step, by_history])
    return pd.DataFrame(
        {
            "Forecasts": told,
            "Counts of": name,
            "Number": rows["n"].to_numpy(),
            **within(rows.set_axis(range(len(rows)))),
        }
    )

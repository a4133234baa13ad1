"""Where the risks stand: the matrix before controls, now and as intended, and how far each risk has moved.

In: an ``Assessment``. Out: exhibits and the sentences their headlines are made of; nothing is computed but what is
needed to choose and word.
"""

from textwrap import fill
from typing import Any, Final

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Patch, Rectangle

from apstra.assessment import Assessment
from apstra.report.assessment import made_of, when
from apstra.report.chart import COLOURS, DARK_FROM, SEQUENTIAL, canvas
from apstra.report.exhibit import Exhibit, Prose, count, listed, to_be_supplied
from apstra.risk import POSITIONS
from apstra.scenario import Scheme

MOST_SHOWN: Final = 15
MARKS: Final = {"inherent": ("o", "white", 12), "current": ("o", COLOURS["blue"], 8), "target": ("|", "black", 16)}


def matrix(a: Assessment) -> Exhibit | Prose:
    """Return the matrix three times (inherent, current, target) with the number of live risks in each cell."""
    rows = live_risks(a).dropna(subset=["current_score"])
    if rows.empty:
        return to_be_supplied("Scored risks")
    with canvas(10.4, 4.6, columns=len(POSITIONS)) as (figure, panels):
        for place, (axes, position) in enumerate(zip(panels, POSITIONS, strict=True)):
            _panel(axes, a.scenario.scheme, _cells(rows, position), position, first=place == 0)
        figure.legend(handles=_key(a.scenario.scheme), loc="outside lower center", ncols=5, fontsize=10)
    levels = {
        position.capitalize(): rows[f"{position}_level"].value_counts().reindex(a.scenario.scheme.order[::-1])
        for position in POSITIONS
    }
    table = pd.DataFrame(levels).fillna(0).astype(int).rename_axis("Level").reset_index()
    return Exhibit(
        severe_levels(a),
        f"Number of live risks by likelihood and impact, 1 to 5, {when(a)}; "
        f"scheme {a.scenario.scheme.name} {a.scenario.scheme.version}",
        f"Three matrices of likelihood by impact with counts of risks. {severe_levels(a)}.",
        made_of(a, "risks", "controls"),
        table,
        figure,
    )


def movement(a: Assessment) -> Exhibit | Prose:
    """Return how far controls have brought each risk, and how far they are meant to."""
    rows = live_risks(a).dropna(subset=["current_score"]).head(MOST_SHOWN)
    if rows.empty:
        return to_be_supplied("Scored risks")
    with canvas(8.2, 1.3 + 0.42 * len(rows)) as (figure, axes):
        for place, row in enumerate(rows.itertuples()):
            _draw_movement(axes, place, row)
        axes.set_yticks(range(len(rows)), [fill(f"{r.risk_id} {r.title}", 38) for r in rows.itertuples()], fontsize=9)
        axes.set_ylim(len(rows) - 0.4, -0.6)
        axes.set_xlim(0, a.scenario.scheme.levels["likelihood"].max() * a.scenario.scheme.levels["impact"].max() + 1)
        axes.set_xlabel("Likelihood x impact")
        axes.grid(visible=False, axis="y")
        figure.legend(*axes.get_legend_handles_labels(), loc="outside upper center", ncols=len(POSITIONS), fontsize=10)
    scores = {f"{p.capitalize()} score": rows[f"{p}_score"] for p in POSITIONS}
    table = pd.DataFrame(
        {"Risk": rows["risk_id"] + " " + rows["title"], **scores, "Current level": rows["current_level"]}
    )
    return Exhibit(
        _controls_bring(rows),
        f"Inherent, current and target score of the {count(len(rows), 'most severe live risk')}, {when(a)}",
        f"Chart of scores moving from inherent to current to target. {_controls_bring(rows)}.",
        made_of(a, "risks", "controls"),
        table,
        figure,
    )


def live_risks(a: Assessment) -> pd.DataFrame:
    """Return the live risks, most severe first; observations are not scored against the matrix."""
    rows = a.risk.register
    return rows.loc[rows["live"] & (rows["kind"] == "risk")]


def leading(a: Assessment) -> str:
    """Say what leads the register."""
    rows = live_risks(a)
    if rows.empty:
        return "The register holds no live risk"
    counts = rows["current_level"].value_counts()
    tally = [f"{counts[name]} {name}" for name in a.scenario.scheme.order[::-1] if name in counts]
    return f"{count(len(rows), 'live risk')}: {listed(tally)}; {rows['title'].iloc[0]} leads"


def severe_levels(a: Assessment) -> str:
    """Say how many risks stand at the severe levels before controls, now and as intended."""
    order = a.scenario.scheme.order
    rows = live_risks(a)
    severe = {p: int(rows[f"{p}_level"].isin(order[-2:]).sum()) for p in POSITIONS}
    return (
        f"{order[-2].capitalize()} or {order[-1]}: {severe['inherent']} of {count(len(rows), 'live risk')} without "
        f"controls, {severe['current']} now, {severe['target']} as intended"
    )


def _controls_bring(rows: pd.DataFrame) -> str:
    """Say which risk is furthest from where it is meant to be."""
    gap = rows["current_score"] - rows["target_score"]
    if not gap.max() > 0:
        return "No risk shown is above its target"
    first = rows.loc[gap.idxmax()]
    return (
        f"Above their target: {int((gap > 0).sum())} of {len(rows)}; furthest is {first['title']} "
        f"({first['current_score']:.0f} against {first['target_score']:.0f})"
    )


def _cells(rows: pd.DataFrame, position: str) -> dict[tuple[float, float], int]:
    """Return the number of risks in each cell of the matrix."""
    counted = rows.groupby([f"{position}_likelihood", f"{position}_impact"]).size()
    return {(float(pair[0]), float(pair[1])): int(number) for pair, number in counted.items()}


def _shades(scheme: Scheme) -> dict[str, str]:
    """Return the shade of each level, darker for a more severe one."""
    return dict(zip(scheme.order, SEQUENTIAL, strict=False))


def _panel(axes: Axes, scheme: Scheme, cells: dict[tuple[float, float], int], title: str, *, first: bool) -> None:
    """Draw one matrix: cells shaded by level, the number of risks and the level in words where there are any."""
    shades = _shades(scheme)
    for cell in scheme.levels.itertuples():
        shade = shades.get(cell.level, "white")
        corner = (cell.impact - 0.5, cell.likelihood - 0.5)
        axes.add_patch(Rectangle(corner, 1, 1, facecolor=shade, edgecolor="white", linewidth=1.5))
        number = cells.get((float(cell.likelihood), float(cell.impact)), 0)
        if number:
            ink = "white" if shade in SEQUENTIAL[DARK_FROM:] else "black"
            words = fill(cell.level, 9)
            axes.text(
                cell.impact, cell.likelihood + 0.14, str(number), ha="center", va="center", color=ink, fontsize=14
            )
            axes.text(cell.impact, cell.likelihood - 0.27, words, ha="center", va="center", color=ink, fontsize=9)
    highest = int(scheme.levels[["likelihood", "impact"]].max().max())
    axes.set(xlim=(0.5, highest + 0.5), ylim=(0.5, highest + 0.5), aspect="equal", xlabel="Impact")
    axes.set_xticks(range(1, highest + 1))
    axes.set_yticks(range(1, highest + 1))
    axes.set_ylabel("Likelihood" if first else "")
    axes.set_title(title.capitalize(), loc="left", fontsize=12)
    axes.grid(visible=False)
    axes.spines[:].set_visible(False)


def _key(scheme: Scheme) -> list[Patch]:
    """Return the key of the shades, least severe first."""
    return [Patch(facecolor=shade, edgecolor=COLOURS["dark"], label=name) for name, shade in _shades(scheme).items()]


def _draw_movement(axes: Axes, place: int, row: Any) -> None:
    """Draw the three positions of one risk on a line; the first row gives the key its marks."""
    scores = {position: getattr(row, f"{position}_score") for position in POSITIONS}
    axes.hlines(place, min(scores.values()), max(scores.values()), color=COLOURS["grey"], linewidth=4, zorder=1)
    for position, score in scores.items():
        mark, inside, size = MARKS[position]
        label = position if place == 0 else None
        axes.plot(score, place, mark, mfc=inside, mec=COLOURS["dark"], mew=1.4, ms=size, label=label, ls="")

"""The shapes findings are drawn in: bars, lines, fans, tables of cells and maps, in the Analysis Function's style.

Direct labels, no meaning by colour alone, and the same bytes each time. In: axes and numbers. Out: nothing but ink.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from importlib import resources
from io import BytesIO
from typing import Any, Final

import numpy as np
import pandas as pd
from matplotlib import rc_context, rc_params_from_file
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure
from matplotlib.patches import Patch

COLOURS: Final = {
    "blue": "#12436D",
    "teal": "#28A197",
    "plum": "#801650",
    "orange": "#F46A25",
    "dark": "#3D3D3D",
    "lilac": "#A285D1",
    "grey": "#BFBFBF",
}
SERIES: Final = tuple(COLOURS[name] for name in ("blue", "teal", "plum", "orange", "dark", "lilac"))
SEQUENTIAL: Final = ("#ADD1F1", "#6BACE6", "#2073BC", "#12436D", "#092135")
HATCHES: Final = ("", "..", "//", "xx", "--")
DARK_FROM: Final = 2
SQUARE: Final = np.array([(-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5)])
ROOM: Final = 0.45  # of the extent of the bars, on their right for the words at their ends
MARGIN: Final = 0.03  # of the extent of the bars, on their left
LABEL_GAP: Final = 0.17  # inches between the labels of two lines
GAP: Final = "\N{NO-BREAK SPACE}"  # a plain space at the end of words is dropped where they are drawn
FONT: Final = b"'DejaVu Sans'"
FALLBACK: Final = FONT + b", Verdana, sans-serif"  # Verdana's letters are as wide
_NO_DATE: Final = {"Date": None, "Creator": None}
_LOOK: Final[Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 11,
    "svg.hashsalt": "apstra",
    "svg.fonttype": "none",  # words stay words: they can be searched and enlarged, and a page is half as large
    "hatch.linewidth": 0.5,
    "figure.constrained_layout.use": True,
}
MISSING: Final = "not known"


@cache
def _style() -> Any:
    """Return the Analysis Function's style, read once; asking for it by name reads its file at every picture."""
    return rc_params_from_file(str(resources.files("afcharts") / "afcharts.mplstyle"), use_default_template=False)


@contextmanager
def canvas(
    width: float = 7.2, height: float = 3.6, *, rows: int = 1, columns: int = 1, share_x: bool = False
) -> Iterator[tuple[Figure, Any]]:
    """Give a figure [inches] and its axes in the house look; more than one row or column gives an array of axes."""
    with rc_context({**_style(), **_LOOK}):
        figure = Figure(figsize=(width, height))
        yield figure, figure.subplots(rows, columns, sharex=share_x)


def svg(figure: Figure) -> bytes:
    """Return the picture as SVG, the same bytes each time."""
    for text in (text for axes in figure.axes for text in axes.texts if text.get_horizontalalignment() == "center"):
        # Text centred in a cell needs no room outside it; left out of the layout, a big table draws in half the time.
        text.set_in_layout(False)
    for axis in (axis for axes in figure.axes for axis in (axes.xaxis, axes.yaxis) if not axis.get_label_text()):
        # The place of a name is sought by measuring every tick label, even where there is no name.
        axis.set_label_coords(0.0, 0.0)
    stream = BytesIO()
    with rc_context(_LOOK):
        # The canvas itself draws once; savefig would draw everything twice.
        FigureCanvasSVG(figure).print_svg(stream, metadata=_NO_DATE)  # type: ignore[no-untyped-call]
    return stream.getvalue().replace(FONT, FALLBACK)


def bars(
    axes: Axes,
    labels: Sequence[str],
    values: Sequence[float],
    *,
    low: Sequence[float] | None = None,
    high: Sequence[float] | None = None,
    texts: Sequence[str] | None = None,
    colour: str = COLOURS["blue"],
) -> None:
    """Draw horizontal bars, first label on top, with the range as a whisker and the value in words at the end."""
    place = list(range(len(labels)))
    amounts = np.nan_to_num(np.asarray(values, float))
    ends = amounts if high is None else np.maximum(amounts, np.nan_to_num(np.asarray(high, float)))
    axes.barh(place, amounts, color=colour, height=0.62)
    if low is not None and high is not None:
        axes.hlines(place, low, high, color=COLOURS["dark"], linewidth=1.6)
        axes.plot(low, place, "|", high, place, "|", color=COLOURS["dark"], markersize=7)
    longest = max(float(ends.max(initial=0.0)), 1e-9)
    for y, end, words in zip(place, ends, texts or [f"{value:,.3g}" for value in values], strict=True):
        axes.text(end + longest * 0.015, y, f"{GAP}{words}", va="center", fontsize=10)
    axes.set_yticks(place, labels)
    axes.set_ylim(max(len(labels), 1) - 0.5, -0.5)
    axes.set_xlim(0, longest * 1.28)
    axes.grid(visible=False)
    axes.spines["bottom"].set_visible(False)
    axes.set_xticks([])


def lines(axes: Axes, x: Sequence[float], series: Mapping[str, Sequence[float]], *, steps: bool = False) -> None:
    """Draw up to four lines, each labelled at its end in its colour, labels kept apart; in steps if asked for."""
    for colour, style, values in zip(SERIES, ("-", "--", "-.", ":"), series.values(), strict=False):
        axes.plot(x, values, color=colour, linestyle=style, drawstyle="steps-post" if steps else "default")
    low, high = axes.get_ylim()
    gap, place, places = LABEL_GAP * (high - low) * axes.figure.dpi / axes.bbox.height, -np.inf, {}
    for end, label in sorted((values[-1], label) for label, values in series.items()):
        places[label] = place = max(end, place + gap)
    for colour, (label, y) in zip(SERIES, ((label, places[label]) for label in series), strict=False):
        axes.annotate(label, (x[-1], y), (6, 0), textcoords="offset points", color=colour, va="center",
                      annotation_clip=False)  # fmt: skip


def fan(axes: Axes, x: Sequence[float], middle: Sequence[float], bands: Sequence[tuple[Any, Any]]) -> None:
    """Draw a central line and its bands, widest first."""
    for shade, (low, high) in zip(SEQUENTIAL, bands, strict=False):
        axes.fill_between(x, low, high, color=shade, linewidth=0.6, edgecolor=COLOURS["blue"])
    axes.plot(x, middle, color="black")


def dots(axes: Axes, labels: Sequence[str], values: Any, low: Any, high: Any, texts: Sequence[str]) -> None:
    """Draw a dot with its range for each label, first label on top, and its value in words on the right."""
    place = np.arange(len(labels))
    axes.hlines(place, np.asarray(low, float), np.asarray(high, float), color=COLOURS["blue"], linewidth=2.4)
    axes.plot(np.asarray(values, float), place, "o", color=COLOURS["blue"], markersize=8)
    for y, words in zip(place, texts, strict=True):
        axes.annotate(words, (1.02, y), xycoords=("axes fraction", "data"), va="center", fontsize=10)
    axes.set_yticks(place, labels)
    axes.set_ylim(len(labels) - 0.5, -0.5)
    axes.grid(visible=False, axis="y")


def changes(axes: Axes, values: Any, texts: Sequence[str], extent: tuple[float, float]) -> None:
    """Draw changes as bars from nought, their value in words to the right; losses are crossed, in bold."""
    change, wide = np.asarray(values, float), extent[1] - extent[0]
    place = list(range(len(change)))
    for part, colour, hatch in ((change.clip(0), COLOURS["blue"], ""), (change.clip(None, 0), COLOURS["orange"], "xx")):
        axes.barh(place, part, color=colour, hatch=hatch, edgecolor="white", height=0.6)
    for y, end, words in zip(place, np.nan_to_num(change), texts, strict=True):
        # Left of a loss the words would run into the name of what is changed.
        axes.text(
            max(end, 0.0), y, f"{GAP}{words}", va="center", fontsize=10, fontweight="bold" if end < 0 else "normal"
        )
    axes.axvline(0, color=COLOURS["dark"], linewidth=0.8)
    axes.set_xlim(extent[0] - MARGIN * wide, extent[1] + ROOM * wide)
    axes.set_ylim(len(change) - 0.5, -0.5)
    axes.set_xticks([])
    axes.set_yticks([])
    axes.grid(visible=False)
    axes.spines[:].set_visible(False)


def heat(
    axes: Axes,
    frame: pd.DataFrame,
    form: str | Callable[[float], str] = "{:.0%}",
    *,
    high: float | None = None,
    falling: bool = False,
) -> None:
    """Draw a table of numbers as bordered cells, darker for more (for less if ``falling``), each with its number."""
    write = form.format if isinstance(form, str) else form
    values = frame.to_numpy(float)
    top = high or float(np.nanmax(values, initial=0.0)) or 1.0
    step = np.clip((np.nan_to_num(values) / top * len(SEQUENTIAL)).astype(int), 0, len(SEQUENTIAL) - 1)
    shades = (SEQUENTIAL[::-1] if falling else SEQUENTIAL, "white")
    squares, colours = [], []
    for (row, column), value in np.ndenumerate(values):
        blank = np.isnan(value) or (value == 0 and not falling)
        shade = shades[1] if blank else shades[0][step[row, column]]
        squares.append(SQUARE + np.array((column, row)))
        colours.append(shade)
        words = MISSING if np.isnan(value) else write(value)
        ink = "white" if shade in SEQUENTIAL[DARK_FROM:] else "black"
        axes.text(column, row, words, ha="center", va="center", color=ink, fontsize=9)
    # One collection for all cells: a patch for each draws a large table in twice the time.
    axes.add_collection(PolyCollection(squares, facecolor=colours, edgecolor=COLOURS["dark"], linewidth=0.6))
    axes.set_xticks(range(len(frame.columns)), [str(name) for name in frame.columns])
    axes.set_yticks(range(len(frame.index)), [str(name) for name in frame.index])
    axes.set_xlim(-0.5, max(len(frame.columns), 1) - 0.5)
    axes.set_ylim(max(len(frame.index), 1) - 0.5, -0.5)
    axes.tick_params(length=0)
    axes.grid(visible=False)
    axes.spines[:].set_visible(False)


def strips(
    axes: Axes,
    spans: Sequence[tuple[float, float, float]],
    shades: Sequence[str] | str,
    hatch: str = "",
    deep: float = 1.0,
) -> None:
    """Draw bordered spans (row, start, end), each row so ``deep``, as one collection: many bars are slow to draw."""
    boxes = [
        [(start, row - deep / 2), (end, row - deep / 2), (end, row + deep / 2), (start, row + deep / 2)]
        for row, start, end in spans
    ]
    look: Any = {"facecolors": shades, "edgecolors": COLOURS["dark"], "linewidth": 0.6, "hatch": hatch}
    axes.add_collection(PolyCollection(boxes, **look))


def zones_map(
    axes: Axes, boundaries: pd.DataFrame, zones: pd.DataFrame, bands: pd.Series, places: pd.DataFrame | None = None
) -> None:
    """Draw zones shaded and hatched by band, darker for a later band; zones without outline as points.

    Parameters
    ----------
    boundaries
        ``zone_id``, ``ring``, ``lon``, ``lat`` in order along each ring.
    zones
        ``zone_id``, ``lat``, ``lon``.
    bands
        Ordered categorical in the order of ``zones``.
    places
        ``name``, ``lat``, ``lon`` of points to name on the map.
    """
    band_of = dict(zip(zones["zone_id"], bands, strict=True))
    rings = {key: ring[["lon", "lat"]].to_numpy() for key, ring in boundaries.groupby(["zone_id", "ring"])}
    for shade, hatch, band in zip(SEQUENTIAL, HATCHES, bands.cat.categories, strict=False):
        shapes = [ring for (zone, _), ring in rings.items() if band_of.get(zone) == band]
        axes.add_collection(PolyCollection(shapes, facecolor=shade, edgecolor="white", linewidth=0.5, hatch=hatch))
        if boundaries.empty:
            inside = zones.loc[(bands == band).to_numpy()]
            axes.plot(inside["lon"], inside["lat"], "o", color=shade, markeredgecolor=COLOURS["dark"], markersize=7)
    for place in () if places is None else places.itertuples():
        axes.plot(place.lon, place.lat, "s", color=COLOURS["orange"], markeredgecolor="black", markersize=6)
        axes.annotate(
            str(place.name), (place.lon, place.lat), (5, 4), textcoords="offset points", fontsize=9, fontweight="bold",
            bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.85, "pad": 1.0},
        )  # fmt: skip
    key = [
        Patch(facecolor=shade, hatch=hatch, edgecolor="white", label=str(band))
        for shade, hatch, band in zip(SEQUENTIAL, HATCHES, bands.cat.categories, strict=False)
    ]
    axes.legend(handles=key, loc="center left", bbox_to_anchor=(1.0, 0.5), fontsize=10)
    axes.autoscale_view()
    axes.set_aspect(1 / np.cos(np.radians(zones["lat"].mean())) if len(zones) else "equal")
    axes.set_axis_off()

"""How a finding is shown: a headline that says it, a picture, its text alternative, its table and its source.

Drawn in the Government Analysis Function's style (afcharts): direct labels, no meaning by colour alone, and a table
behind every picture. In: frames with columns already named and formatted for people. Out: objects that show themselves
as HTML, the same bytes each time. What comes from a table is escaped, for text in tables comes from people.
"""

from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from html import escape
from io import BytesIO
from typing import Any, Final

import afcharts  # noqa: F401  (registers the style)
import numpy as np
import pandas as pd
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure
from matplotlib.patches import Patch, Rectangle
from matplotlib.style import context as style_context

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
HATCHES: Final = ("", "..", "//", "xx", "**")
DARK_FROM: Final = 2
MISSING: Final = "not known"
TO_BE_SUPPLIED: Final = "To be supplied: the force's tables say nothing on this yet."
_LOOK: Final[Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 11,
    "svg.hashsalt": "apstra",
    "svg.fonttype": "path",
    "figure.constrained_layout.use": True,
}


@dataclass(frozen=True, slots=True, repr=False)
class Exhibit:
    """One finding with its picture, its text alternative, its table and its source.

    Attributes
    ----------
    headline
        The finding in one sentence, written from the numbers.
    subtitle
        What, where and when.
    alt
        The message of the picture in words; empty only when there is no picture.
    table
        The numbers behind the picture, with column names and cells as people read them.
    shown
        Show the table open instead of folded.
    """

    headline: str
    subtitle: str
    alt: str
    source: str
    table: pd.DataFrame
    figure: Figure | None = None
    shown: bool = False

    def __post_init__(self) -> None:
        """Refuse a picture without a text alternative."""
        if self.figure is not None and not self.alt.strip():
            raise ValueError(f"exhibit {self.headline!r} has a picture and no alt text")

    def __repr__(self) -> str:
        """Return the headline: all a plain terminal needs."""
        return f"Exhibit: {self.headline}"

    def _repr_html_(self) -> str:
        """Return the exhibit as an HTML figure."""
        table = table_html(self.table, self.subtitle)
        folded = self.figure is not None and not self.shown
        body = f"<details><summary>Table of these figures</summary>{table}</details>" if folded else table
        return (
            f'<figure class="exhibit"><p class="headline"><strong>{escape(self.headline)}</strong></p>'
            f'<p class="subtitle">{escape(self.subtitle)}</p>{self._picture()}{body}'
            f"<figcaption>Source: {escape(self.source)}</figcaption></figure>"
        )

    def _picture(self) -> str:
        """Return the picture as an inline image, or nothing."""
        if self.figure is None:
            return ""
        data = b64encode(svg(self.figure)).decode()
        return f'<img class="chart" alt="{escape(self.alt)}" src="data:image/svg+xml;base64,{data}"/>'


@dataclass(frozen=True, slots=True, repr=False)
class Prose:
    """Sentences written from the numbers: paragraphs, or a list when ``bullets``; hostile text is escaped."""

    sentences: tuple[str, ...]
    bullets: bool = False
    role: str = ""

    def __repr__(self) -> str:
        """Return the sentences as plain text."""
        return "\n".join(self.sentences)

    def _repr_html_(self) -> str:
        """Return the sentences as HTML."""
        kind = f' class="{escape(self.role)}"' if self.role else ""
        if not self.bullets:
            return "".join(f"<p{kind}>{escape(sentence)}</p>" for sentence in self.sentences)
        return f"<ul{kind}>{''.join(f'<li>{escape(sentence)}</li>' for sentence in self.sentences)}</ul>"


@dataclass(frozen=True, slots=True, repr=False)
class Page:
    """Ready HTML (already escaped) followed by exhibits and prose: the head of a page, or a section of a document."""

    html: str
    parts: tuple["Exhibit | Prose | Page", ...] = ()

    def __repr__(self) -> str:
        """Return a word: a plain terminal shows no page."""
        return "Page"

    def _repr_html_(self) -> str:
        """Return the HTML of the page and its parts."""
        return self.html + "".join(part._repr_html_() for part in self.parts)


def prose(*sentences: str, role: str = "") -> Prose:
    """Return paragraphs."""
    return Prose(tuple(sentence for sentence in sentences if sentence), role=role)


def bullets(*sentences: str) -> Prose:
    """Return a list of sentences."""
    return Prose(tuple(sentence for sentence in sentences if sentence), bullets=True)


def to_be_supplied(subject: str) -> Prose:
    """Return what stands where the force's tables say nothing yet."""
    return prose(f"{subject}. {TO_BE_SUPPLIED}", role="supply")


def table_html(frame: pd.DataFrame, caption: str) -> str:
    """Return ``frame`` as an accessible table: caption, header cells with scope, every cell escaped."""
    head = "".join(f'<th scope="col">{escape(str(name))}</th>' for name in frame.columns)
    rows = "".join(
        f'<tr><th scope="row">{escape(_cell(first))}</th>'
        + "".join(f"<td{_align(cell)}>{escape(_cell(cell))}</td>" for cell in rest)
        + "</tr>"
        for first, *rest in frame.itertuples(index=False, name=None)
    )
    none = f'<tr><td colspan="{max(len(frame.columns), 1)}">No rows</td></tr>'
    return (
        f'<div class="scroll" role="region" tabindex="0" aria-label="{escape(caption)}"><table>'
        f"<caption>{escape(caption)}</caption><thead><tr>{head}</tr></thead><tbody>{rows or none}</tbody></table></div>"
    )


def _cell(value: object) -> str:
    """Return a cell as text; a missing value is said, never left blank."""
    if isinstance(value, bool | np.bool_):
        return "yes" if value else "no"
    if pd.isna(value):
        return MISSING
    if isinstance(value, pd.Timestamp):
        return f"{value:%d %B %Y}".lstrip("0")
    return f"{value:,.4g}" if isinstance(value, float) else str(value)


def _align(value: object) -> str:
    """Return the class that sets numbers to the right."""
    return ' class="number"' if isinstance(value, int | float | np.number) and not isinstance(value, bool) else ""


@contextmanager
def canvas(
    width: float = 7.2, height: float = 3.6, *, rows: int = 1, columns: int = 1, share_x: bool = False
) -> Iterator[tuple[Figure, Any]]:
    """Give a figure [inches] and its axes in the house look; more than one row or column gives an array of axes."""
    with style_context("afcharts.afcharts"), rc_context(_LOOK):
        figure = Figure(figsize=(width, height))
        yield figure, figure.subplots(rows, columns, sharex=share_x)


def svg(figure: Figure) -> bytes:
    """Return the picture as SVG, the same bytes each time."""
    stream = BytesIO()
    with rc_context(_LOOK):
        figure.savefig(stream, format="svg", metadata={"Date": None, "Creator": None})
    return stream.getvalue()


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
        axes.text(end + longest * 0.015, y, f" {words}", va="center", fontsize=10)
    axes.set_yticks(place, labels)
    axes.set_ylim(len(labels) - 0.5, -0.5)
    axes.set_xlim(0, longest * 1.28)
    axes.grid(visible=False)
    axes.spines["bottom"].set_visible(False)
    axes.set_xticks([])


def lines(axes: Axes, x: Sequence[float], series: Mapping[str, Sequence[float]]) -> None:
    """Draw up to four lines, each labelled at its end in its colour."""
    for colour, style, (label, values) in zip(SERIES, ("-", "--", "-.", ":"), series.items(), strict=False):
        axes.plot(x, values, color=colour, linestyle=style)
        axes.annotate(label, (x[-1], values[-1]), (6, 0), textcoords="offset points", color=colour, va="center")


def fan(axes: Axes, x: Sequence[float], middle: Sequence[float], bands: Sequence[tuple[Any, Any]]) -> None:
    """Draw a central line and its bands, widest first."""
    for shade, (low, high) in zip(SEQUENTIAL, bands, strict=False):
        axes.fill_between(x, low, high, color=shade, linewidth=0.6, edgecolor=COLOURS["blue"])
    axes.plot(x, middle, color="black")


def heat(axes: Axes, frame: pd.DataFrame, form: str = "{:.0%}", *, high: float | None = None) -> None:
    """Draw a table of numbers as bordered cells, darker for more, with the number in every cell."""
    values = frame.to_numpy(float)
    top = high or float(np.nanmax(values, initial=0.0)) or 1.0
    step = np.clip((np.nan_to_num(values) / top * len(SEQUENTIAL)).astype(int), 0, len(SEQUENTIAL) - 1)
    for (row, column), value in np.ndenumerate(values):
        shade = "white" if np.isnan(value) or value == 0 else SEQUENTIAL[step[row, column]]
        ink = "white" if shade in SEQUENTIAL[DARK_FROM:] else "black"
        axes.add_patch(_square(column, row, shade))
        words = MISSING if np.isnan(value) else form.format(value)
        axes.text(column, row, words, ha="center", va="center", color=ink, fontsize=9)
    axes.set_xticks(range(len(frame.columns)), [str(name) for name in frame.columns])
    axes.set_yticks(range(len(frame.index)), [str(name) for name in frame.index])
    axes.set_xlim(-0.5, len(frame.columns) - 0.5)
    axes.set_ylim(len(frame.index) - 0.5, -0.5)
    axes.tick_params(length=0)
    axes.grid(visible=False)
    axes.spines[:].set_visible(False)


def _square(column: int, row: int, shade: str) -> Rectangle:
    """Return one bordered cell of a heat table."""
    return Rectangle((column - 0.5, row - 0.5), 1, 1, facecolor=shade, edgecolor=COLOURS["dark"], linewidth=0.6)


def zones_map(
    axes: Axes,
    boundaries: pd.DataFrame,
    zones: pd.DataFrame,
    bands: pd.Series,
    places: pd.DataFrame | None = None,
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


def count(amount: float, noun: str, plural: str = "") -> str:
    """Return an amount with its noun.

    >>> count(1, "officer"), count(2, "agency", "agencies"), count(1250, "call")
    ('1 officer', '2 agencies', '1,250 calls')
    """
    return f"{amount:,.0f} {noun if round(amount) == 1 else plural or noun + 's'}"


def percent(value: float) -> str:
    """Return a share as a percentage, never rounding to none or all what is neither.

    >>> percent(0.834), percent(0.0), percent(0.002), percent(0.999)
    ('83%', '0%', 'under 1%', 'over 99%')
    """
    if pd.isna(value):
        return MISSING
    if 0 < value < 0.005:  # noqa: PLR2004
        return "under 1%"
    return "over 99%" if 0.995 <= value < 1 else f"{value:.0%}"  # noqa: PLR2004


def span(low: float, high: float, form: str = "{:,.0f}") -> str:
    """Return a range in words.

    >>> span(3, 21), span(4, 4)
    ('3 to 21', '4')
    """
    if pd.isna(low) or pd.isna(high):
        return MISSING
    first, last = form.format(low), form.format(high)
    return first if first == last else f"{first} to {last}"


def listed(names: Sequence[str], most: int = 5) -> str:
    """Return names as a list in a sentence, the rest counted.

    >>> listed(["north", "south", "west"]), listed([]), listed(list("abcdefg"), most=3)
    ('north, south and west', 'none', 'a, b, c and 4 more')
    """
    shown = [str(name) for name in names[:most]]
    if len(names) > most:
        shown.append(f"{len(names) - most} more")
    if len(shown) < 2:  # noqa: PLR2004
        return shown[0] if shown else "none"
    return f"{', '.join(shown[:-1])} and {shown[-1]}"

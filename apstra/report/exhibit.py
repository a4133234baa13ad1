"""How a finding is shown: a headline that says it, a picture, its text alternative, its table and its source.

Drawn in the Government Analysis Function's style (afcharts): direct labels, no meaning by colour alone, and a table
behind every picture. In: frames with columns already named and formatted for people. Out: objects that show themselves
as HTML, the same bytes each time. What comes from a table is escaped, for text in tables comes from people.
"""

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from apstra.report.chart import MISSING, svg

TO_BE_SUPPLIED: Final = "To be supplied: the force's tables say nothing on this yet."


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
        subtitle = f'<p class="subtitle">{escape(self.subtitle)}</p>' if self.figure is not None else ""
        body = f"<details><summary>Table of these figures</summary>{table}</details>" if folded else table
        return (
            f'<figure class="exhibit"><p class="headline"><strong>{escape(self.headline)}</strong></p>'
            f"{subtitle}{self._picture()}{body}"
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
    """Ready HTML (already escaped) around exhibits and prose: the head of a page, or a section of a document."""

    html: str
    parts: tuple["Exhibit | Prose | Page", ...] = ()
    end: str = ""

    def __repr__(self) -> str:
        """Return a word: a plain terminal shows no page."""
        return "Page"

    def _repr_html_(self) -> str:
        """Return the HTML of the page and its parts."""
        return self.html + "".join(part._repr_html_() for part in self.parts) + self.end


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
    head = "".join(
        f'<th scope="col"{_align(cells.iloc[0] if len(cells) else "")}>{escape(str(name))}</th>'
        for name, cells in frame.items()
    )
    rows = "".join(
        f'<tr><th scope="row">{escape(_cell(first))}</th>'
        + "".join(f"<td{_align(cell)}>{escape(_cell(cell))}</td>" for cell in rest)
        + "</tr>"
        for first, *rest in frame.itertuples(index=False, name=None)
    )
    none = f'<tr><td colspan="{max(len(frame.columns), 1)}">No rows</td></tr>'
    return (
        f'<div class="scroll" role="group" tabindex="0" aria-label="{escape(caption)}"><table>'
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


def rate(value: float) -> str:
    """Return occurrences a year in words that a reader can picture.

    >>> rate(0.25), rate(2.34), rate(0.0004), rate(0.0)
    ('0.25 (one in 4 years)', '2.3', 'under 0.001', '0')
    """
    if pd.isna(value) or value == 0:
        return "0" if value == 0 else MISSING
    if abs(value) < 0.001:  # noqa: PLR2004
        return "under 0.001"
    return f"{value:.2g} (one in {1 / value:,.0f} years)" if 0 < value < 0.5 else f"{value:.2g}"  # noqa: PLR2004


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

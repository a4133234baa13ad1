"""Why the scheme's matrix alone misleads, as the chapter shows it: its order of the threats beside that by harm.

In: an ``Assessment``. Out: an exhibit and its sentence; nothing is computed but what is needed to choose and word.
"""

from typing import Final

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from apstra.assessment import Assessment
from apstra.report.assessment import made_of, when
from apstra.report.chart import COLOURS, canvas
from apstra.report.exhibit import Exhibit, Prose, to_be_supplied
from apstra.report.threat.order import WIDE_LABEL, names, scheme_named, titles, wrapped

FAR: Final = 5  # places between the two orders from which a line is drawn as one that misleads


def matrix(a: Assessment) -> Exhibit | Prose:
    """Return rank by expected harm against rank by the scheme's matrix: why a matrix alone misleads."""
    rows = a.threat.ranking.dropna(subset=["expected_harm", "scheme_rank"])
    if len(rows) < 2:  # noqa: PLR2004 - one threat alone has no order
        return to_be_supplied("Two threats with frequency and scores, to compare their order")
    table = pd.DataFrame(
        {
            "Threat": names(rows),
            "Rank by expected harm": rows["rank"],
            "Rank by the matrix": rows["scheme_rank"].astype(int),
            "Scheme's score": rows["scheme_score"].astype(int),
            "Level": rows["level"],
            "Expected harm a year": rows["expected_harm"].map("{:.2g}".format),
        }
    )
    return Exhibit(
        matrix_says(a),
        f"Rank by expected harm (left) and by the product of the two scores (right; ties side by side), {when(a)}; "
        f"{scheme_named(a)}; Cox (2008), Risk Analysis 28(2)",
        f"Slope chart of two orders of the threats. {matrix_says(a)}.",
        made_of(a, "threats", "threat_judgements", "threat_scores", "operations"),
        table,
        _draw_slopes(rows),
    )


def _draw_slopes(rows: pd.DataFrame) -> Figure:
    """Draw a line from each threat's place by harm to its place by the matrix, those that go far in bold."""
    with canvas(9.0, 1.0 + 0.36 * len(rows)) as (figure, axes):
        there = rows["scheme_rank"].rank(method="first").to_numpy()
        here = np.arange(1.0, len(rows) + 1)
        for start, end in zip(here, there, strict=True):
            colour, width = (COLOURS["plum"], 2.4) if abs(end - start) >= FAR else (COLOURS["grey"], 1.4)
            axes.plot([0, 1], [start, end], "-o", color=colour, linewidth=width, markersize=4)
        axes.set_yticks(here, titles(rows, WIDE_LABEL), fontsize=9)
        for end, row in zip(there, rows.itertuples(), strict=True):
            label = f"{row.scheme_rank:.0f}. {row.title} ({row.scheme_score:.0f})"
            axes.annotate(wrapped(label, WIDE_LABEL), (1, end), (6, 0), textcoords="offset points", va="center",
                          fontsize=9, annotation_clip=False)  # fmt: skip
        axes.set_xticks([0, 1], ["By expected harm", "By the matrix (score)"])
        for label, side in zip(axes.get_xticklabels(), ("right", "left"), strict=True):
            label.set_horizontalalignment(side)
        axes.set_xlim(-0.03, 1.03)
        axes.set_ylim(len(rows) + 0.5, 0.5)
        axes.grid(visible=False)
        axes.spines[:].set_visible(False)
    return figure


def matrix_says(a: Assessment) -> str:
    """Say how many pairs of threats the scheme's matrix orders otherwise than expected harm; nothing without pairs."""
    found = a.threat.matrix.iloc[0]
    if not found.pairs:
        return ""
    return f"The matrix orders {found.backwards} of {found.pairs} pairs of threats the other way and ties {found.tied}"

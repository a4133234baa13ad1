"""Reading a scoring scheme: its dimensions, bands, matrix and levels, from one CSV.

In: a file of ``scales/``. Out: a frozen ``Scheme`` or its faults. A scheme is data with a name and a version; no point
value of it stands in code.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pandas as pd

from apstra.data.faults import FIRST_ROW, WHOLE_FILE, Fault
from apstra.data.tables import Cells, read_cells, table_faults, typed_table
from apstra.scenario import Scheme
from apstra.schema import Marking
from apstra.schema.declare import integer, number, share, table, text

AXES: Final = ("impact", "position")
NEEDED: Final = {
    "scheme": ("label", "version"),
    "dimension": ("code", "label", "weight", "axis", "highest"),
    "anchor": ("code", "score", "label"),
    "likelihood": ("score", "label", "low", "high"),
    "impact": ("score", "label", "low", "high"),
    "level": ("label", "likelihood", "impact"),
    "order": ("label", "score"),
}
SCALES: Final = table(
    "scales",
    "A scoring scheme: what is scored, the bands, the matrix and the levels.",
    text("kind", "What the row states.", allowed=tuple(NEEDED)),
    text("code", "Dimension the row is about.", blank=True),
    text("label", "Title, band, level or meaning of a score.", blank=True),
    number("score", "Score.", "score", blank=True),
    number("low", "Lower edge of the band.", "probability, or score", blank=True),
    number("high", "Upper edge of the band.", "probability, or score", blank=True),
    share("weight", "Weight of the dimension in the mean.", blank=True),
    text("axis", "Axis of the dimension.", allowed=AXES, blank=True),
    number("highest", "Highest score of the dimension.", "score", blank=True),
    integer("likelihood", "Likelihood score of the matrix cell.", "score", low=1, blank=True),
    integer("impact", "Impact score of the matrix cell.", "score", low=1, blank=True),
    text("version", "Version of the scheme.", blank=True),
    key=("kind", "code", "score", "likelihood", "impact"),
    marking=Marking.OFFICIAL,
)


def read_scheme(path: Path, name: str) -> tuple[Scheme | None, list[Fault]]:
    """Return the scoring scheme a file holds, or its faults."""
    raw, faults = read_cells(path, name)
    if raw is None:
        return None, faults
    faults += [*table_faults(SCALES, raw, name)]
    if faults:
        return None, faults
    rows = typed_table(SCALES, raw)
    faults = [*_needed(raw, name), *_matrix_faults(rows, name)]
    return (None if faults else _scheme(rows)), faults


def _needed(raw: Cells, name: str) -> Iterator[Fault]:
    """Give the blank cells a row of its kind needs."""
    for kind, columns in NEEDED.items():
        for column in columns:
            for row, (its, cell) in enumerate(zip(raw["kind"], raw[column], strict=True), FIRST_ROW):
                if its == kind and not cell:
                    yield Fault(name, row, column, "", f"a {kind} row needs it")


def _matrix_faults(rows: pd.DataFrame, name: str) -> Iterator[Fault]:
    """Give what a scheme lacks as a whole: its one title, bands, and a level for each cell of the matrix."""
    of = {kind: rows[rows["kind"] == kind] for kind in NEEDED}
    if len(of["scheme"]) != 1:
        yield Fault(name, WHOLE_FILE, "kind", f"{len(of['scheme'])} scheme rows", "one row of kind scheme")
    for kind in ("dimension", "likelihood", "impact", "order"):
        if of[kind].empty:
            yield Fault(name, WHOLE_FILE, "kind", kind, f"at least one row of kind {kind}")
    cells = set(zip(of["level"]["likelihood"], of["level"]["impact"], strict=True))
    wanted = {(float(like), float(hit)) for like in of["likelihood"]["score"] for hit in of["impact"]["score"]}
    for like, hit in sorted(wanted ^ cells):
        yield Fault(
            name, WHOLE_FILE, "likelihood, impact", f"{like:g}, {hit:g}", "one level for each cell of the matrix"
        )
    for level in sorted(set(of["level"]["label"]) - set(of["order"]["label"])):
        yield Fault(name, WHOLE_FILE, "label", level, "a level of the order rows")


def _scheme(rows: pd.DataFrame) -> Scheme:
    """Return the scheme of sound rows."""
    of = {kind: rows.loc[rows["kind"] == kind].reset_index(drop=True) for kind in NEEDED}
    bands = {
        kind: of[kind].sort_values("score", ignore_index=True)[["score", "label", "low", "high"]]
        for kind in ("likelihood", "impact")
    }
    levels = of["level"][["likelihood", "impact", "label"]].rename(columns={"label": "level"})
    return Scheme(
        name=str(of["scheme"]["label"].iloc[0]),
        version=str(of["scheme"]["version"].iloc[0]),
        dimensions=of["dimension"]
        .rename(columns={"code": "dimension"})
        .set_index("dimension")[["label", "weight", "axis", "highest"]],
        anchors=of["anchor"].rename(columns={"code": "dimension"})[["dimension", "score", "label"]],
        likelihood=bands["likelihood"].astype({"score": "int64"}),
        impact=bands["impact"].astype({"score": "int64"}),
        levels=levels.astype({"likelihood": "int64", "impact": "int64"}),
        order=tuple(of["order"].sort_values("score")["label"]),
    )

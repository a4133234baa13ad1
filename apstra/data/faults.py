"""What is wrong with a force's files: where, which value, and what is allowed in its place.

Every fault has the same shape whether it lies in a table or in a setting, so that all of them are reported together.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from typing import Final

import pandas as pd

WHOLE_FILE: Final = 0
HEADER_ROW: Final = 1
FIRST_ROW: Final = 2
SHOWN_IN_MESSAGE: Final = 40


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault.

    Attributes
    ----------
    file
        File within the force's folder.
    row
        Row as a spreadsheet numbers it (the header is 1); 0 when the fault is of the whole file or of a setting.
    column
        Column, columns of a key, or dotted name of a setting.
    value
        What stands there.
    allowed
        What may stand there.
    """

    file: str
    row: int
    column: str
    value: str
    allowed: str

    def __str__(self) -> str:
        """Return the fault as one line."""
        place = f"{self.file}:{self.row}" if self.row else self.file
        return " ".join(part for part in (place, self.column, repr(self.value)) if part) + f" - allowed: {self.allowed}"


COLUMNS: Final = tuple(field.name for field in fields(Fault))


def fault_frame(faults: Iterable[Fault]) -> pd.DataFrame:
    """Return faults as a table ordered by file and row, each once."""
    frame = pd.DataFrame([asdict(fault) for fault in faults], columns=list(COLUMNS))
    frame = frame.astype({name: "int64" if name == "row" else "str" for name in COLUMNS})
    return frame.drop_duplicates().sort_values(["file", "row"], kind="stable", ignore_index=True)


class InvalidTables(ValueError):  # noqa: N818 - the name says what is wrong, and it is the contract's
    """Tables or settings that break their declaration; ``faults`` lists every fault found."""

    def __init__(self, faults: pd.DataFrame) -> None:
        """Keep the faults and say them, one a line."""
        lines = [str(Fault(*row)) for row in faults.head(SHOWN_IN_MESSAGE).itertuples(index=False, name=None)]
        rest = len(faults) - len(lines)
        more = [f"and {rest} more"] if rest else []
        several = "s" if len(faults) > 1 else ""
        super().__init__("\n".join([f"{len(faults)} fault{several} in the force's files", *lines, *more]))
        self.faults = faults

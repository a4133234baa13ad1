"""What a scenario may change in a force's tables: one row at a time, in the tables that hold what a force can decide.

Open are crews, posts, people, aid, standards, requirements, judgements and what is planned. Closed are the record of
what happened (operations, reviews, the register), the law, and the places, roles and threats that name all else.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

Value = str | int | float | bool | None

# Table to the columns that may be set; none named: every column but the key, source and provenance.
EDITABLE: Final[Mapping[str, tuple[str, ...]]] = {
    "agreements": (),
    "bases": ("area_id", "lat", "lon"),
    "calendar": (),
    "command_cover": (),
    "crews": (),
    "currency": (),
    "officers": ("base_id", "status"),
    "options": (),
    "posts": ("established",),
    "requirements": (),
    "response_standards": (),
    "threat_scores": (),
    "workforce_flows": (),
}
# Without a base its crews stand nowhere: such rows are set, not added or removed.
FIXED_ROWS: Final = ("bases",)


@dataclass(frozen=True, slots=True)
class Edit:
    """One row of a table set, added or removed.

    Attributes
    ----------
    key
        The row's key, column by column; empty for a row added.
    set
        Column to its new value.
    add
        The whole row, less source and provenance; what is left out is blank.
    """

    table: str
    key: Mapping[str, Value] = field(default_factory=dict)
    set: Mapping[str, Value] = field(default_factory=dict)
    add: Mapping[str, Value] = field(default_factory=dict)
    remove: bool = False

    def row(self, key: tuple[str, ...]) -> tuple[str, ...]:
        """Return which row it is of: the table and the cells of its ``key`` columns."""
        cells = self.add or self.key
        return (self.table, *(str(cells[column]) for column in key))

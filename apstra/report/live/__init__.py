"""What a change does, beside the baseline: every figure of the workbench with its difference and its range.

In: the live figures as they are and as they were. Out: exhibits and sentences, by the name of the view.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np

from apstra.assessment.live import Live
from apstra.recall import Recall
from apstra.report.assessment import share_bands
from apstra.report.exhibit import Exhibit, Prose
from apstra.report.live.cover import cover, cover_map, days, strength, week, week_picture
from apstra.report.live.threats import donors, in_time, order, risks, unmet
from apstra.report.live.words import told

__all__ = ["PICTURES", "VIEWS", "pictures", "told"]

# Each view: its title, and the figure beside the baseline.
VIEWS: Final[Mapping[str, tuple[str, Callable[[Live, Live], Exhibit | Prose]]]] = {
    "strength": ("Required, established, deployable", strength),
    "cover": ("Share of calls within the standard", cover),
    "week": ("Chance that no crew is free over the week", week),
    "aid": ("Met in time, threat by area", in_time),
    "unmet": ("Unmet requirement", unmet),
    "donors": ("Donors left exposed", donors),
    "risks": ("Risks that would appear or go", risks),
    "days": ("Season and event days", days),
    "threats": ("Order of the threats", order),
}
PICTURES: Final = ("cover", "week")


def pictures(now: Live, recall: Recall) -> dict[str, str]:
    """Return the pictures by the view they belong to, as HTML, drawn anew only where what they show has changed."""
    tables = now.chapters.tables
    bands, chances = share_bands(now.cover.zones["within"]), now.cover.by_demand[["block", "none_free"]]
    chances = chances if len(tables["crews"]) else chances.assign(none_free=np.nan)
    return {
        "cover": recall(_html, cover_map, bands, tables["zones"], tables["boundaries"], tables["bases"]),
        "week": recall(_html, week_picture, chances, now.scenario.force.blocks),
    }


def _html(draw: Callable[..., Exhibit | None], *given: Any) -> str:
    """Return a picture as HTML; nothing where there is nothing to draw."""
    drawn = draw(*given)
    return "" if drawn is None else drawn._repr_html_()

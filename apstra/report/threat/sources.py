"""What the frequency of each threat rests on, as the chapter shows it: every source beside the pool.

In: an ``Assessment``. Out: an exhibit and its sentence; nothing is computed but what is needed to choose and word.
"""

from typing import Final

import pandas as pd
from matplotlib.figure import Figure

from apstra.assessment import Assessment
from apstra.report.assessment import made_of, when
from apstra.report.chart import COLOURS, canvas
from apstra.report.exhibit import Exhibit, Prose, count, listed, percent, span, to_be_supplied
from apstra.report.threat.order import LABEL, titles

MARKS: Final = {
    "force history": ("s", COLOURS["teal"], "What the force saw"),
    "national series": ("D", COLOURS["orange"], "What the nation saw, at the force's share"),
    "judgement": ("^", COLOURS["plum"], "What people judge"),
    "pooled": ("o", COLOURS["blue"], "Pooled"),
}
STEP: Final = 0.19
SLIGHTEST: Final = 1e-3


def frequencies(a: Assessment) -> Exhibit | Prose:
    """Return every source of each threat's frequency with its weight, and the pooled frequency."""
    rows = a.threat.sources
    if rows.empty:
        return to_be_supplied("How often each threat occurs")
    titled = a.threat.ranking[["rank", "threat_id", "title"]].merge(rows, on="threat_id")
    table = pd.DataFrame(
        {
            "Threat": titled["threat_id"] + " " + titled["title"],
            "Source": titled["source"],
            "Occurrences a year": [span(r.low, r.high, "{:.2g}") for r in titled.itertuples()],
            "Median": titled["mid"].map("{:.2g}".format, na_action="ignore"),
            "Mean": titled["mean"].map("{:.2g}".format, na_action="ignore"),
            "Weight in the mean": titled["weight"].map(percent),
            "Note": titled["note"].replace("", "from the sources above"),
        }
    )
    return Exhibit(
        pooled(a),
        f"Occurrences a year by source, 5 to 95% ranges, logarithmic scale; judgement and national series make one "
        f"prior by their logarithmic pool and the force's own log updates it, {when(a)}",
        f"Range chart of the frequency of each threat by source. {pooled(a)}.",
        made_of(a, "threats", "threat_judgements", "operations"),
        table,
        _draw_sources(titled),
    )


def _draw_sources(titled: pd.DataFrame) -> Figure:
    """Draw each source of each threat as a range with its own mark."""
    ranked = titled.drop_duplicates("threat_id")
    place = dict(zip(ranked["threat_id"], range(len(ranked)), strict=True))
    with canvas(9.0, 1.4 + 0.52 * len(ranked)) as (figure, axes):
        for level, (source, (mark, colour, label)) in enumerate(MARKS.items()):
            own = titled.loc[(titled["source"] == source) & titled["mid"].notna()]
            if own.empty:
                continue
            y = own["threat_id"].map(place) + STEP * (level - (len(MARKS) - 1) / 2)
            axes.hlines(y, own["low"].clip(lower=SLIGHTEST), own["high"], color=colour, linewidth=2)
            axes.plot(own["mid"].clip(lower=SLIGHTEST), y, mark, color=colour, markersize=5, label=label)
        axes.set_xscale("log")
        axes.set_yticks(range(len(ranked)), titles(ranked, LABEL + LABEL), fontsize=9)
        axes.set_ylim(len(ranked) - 0.4, -0.6)
        axes.grid(visible=False, axis="y")
        axes.legend(loc="lower center", bbox_to_anchor=(0.3, 1.0), ncols=2, fontsize=9, frameon=False)
    return figure


def pooled(a: Assessment) -> str:
    """Say how many frequencies rest on more than one source, and where sources contradict each other."""
    rows = a.threat.ranking
    used = a.threat.sources.query("source != 'pooled' and weight > 0").groupby("threat_id").size()
    several = int((used > 1).sum())
    apart = rows.loc[rows["sources_disagree"], "title"].tolist()
    against = (
        f"; sources contradict each other on {listed(apart, 3)}" if apart else "; no two sources contradict each other"
    )
    some = f"The frequency of {several} of {count(len(rows), 'threat')} pools more than one source"
    return f"{some}{against if several else ''}"

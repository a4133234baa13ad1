"""What the assessment asks the chief officer to decide: at most five decisions, each with its options and their effect.

In: the chapters and the register. Out: one row per decision and option. Decisions come in order of consequence:
shortage of officers, requirements nobody meets, agreements that no longer hold, standards missed, entries of the
register out of order.
"""

from collections.abc import Iterator
from typing import Any, Final

import pandas as pd

from apstra import deployment
from apstra.assessment.chapters import threat_matrix
from apstra.assurance import Chapters
from apstra.risk import RiskChapter

MOST: Final = 5
MOST_OPTIONS: Final = 3
_COLUMNS: Final = ("decision", "asked", "because", "option", "effect")
_Asked = tuple[str, str, list[tuple[str, str]]]


def decisions_asked(chapters: Chapters, register: RiskChapter, ranking: pd.DataFrame) -> pd.DataFrame:
    """Return ``decision`` (1 to 5), ``asked``, ``because``, ``option`` and ``effect``: one row per option.

    Parameters
    ----------
    ranking
        Options ranked by the unmet requirement they remove.
    """
    asked = [
        *_strength(chapters),
        *_requirements(chapters, ranking),
        *_agreements(chapters),
        *_standards(chapters),
        *_register(register),
    ][:MOST]
    rows = [
        (number, words, because, option, effect)
        for number, (words, because, options) in enumerate(asked, start=1)
        for option, effect in options
    ]
    return pd.DataFrame(rows, columns=list(_COLUMNS))


def _strength(chapters: Chapters) -> Iterator[_Asked]:
    """Ask about the role shortest of its requirement."""
    short = chapters.capability.position.query("shortfall > 0").sort_values("shortfall", ascending=False)
    for row in short.head(1).itertuples():
        away = row.established - row.deployable
        yield (
            f"How is the shortfall of {row.shortfall:.0f} in {row.title} to be met or carried?",
            f"{row.required:.0f} required, {row.established:.0f} established, {row.deployable:.0f} deployable",
            [
                (f"Establish {row.deficit:.0f} more posts",
                 f"Deficit falls from {row.deficit:.0f} to 0; the shortfall stays until they are filled and trained"),
                (f"Fill and return to duty the {max(away, 0):.0f} posts established but not deployable",
                 f"Shortfall falls from {row.shortfall:.0f} to {max(row.required - row.established, 0):.0f}"),
                ("Tolerate it as a named risk with owner and date", "No change in strength; the risk is recorded"),
            ],
        )  # fmt: skip


def _requirements(chapters: Chapters, ranking: pd.DataFrame) -> Iterator[_Asked]:
    """Ask about requirements that nobody meets in time, with the options that would remove most of what goes unmet."""
    gaps = threat_matrix(chapters).query("gap")
    if gaps.empty:
        return
    binding = gaps["binding"].value_counts()
    threats = gaps["threat_id"].nunique()
    yield (
        f"Are requirements of {threats} threats to go unmet in time?",
        f"{len(gaps)} requirement-area pairs are met by nobody in time; held back by "
        + ", ".join(f"{reason} ({count})" for reason, count in binding.items()),
        [
            *(_helpful(row) for row in ranking.loc[ranking["removed"] > 0].head(MOST_OPTIONS).itertuples()),
            ("Tolerate them as named risks", "No change in cover; each threat is recorded in the register"),
        ],
    )


def _helpful(row: Any) -> tuple[str, str]:
    """Return an option and what it would change, in words."""
    share = row.removed / (row.left + row.removed)
    effect = f"Unmet requirement falls by {share:.0%}, {row.removed:.2g} a year ({row.low:.2g} to {row.high:.2g})"
    return row.title, effect + (f"; worse for {row.worse}" if row.worse else "")


def _agreements(chapters: Chapters) -> Iterator[_Asked]:
    """Ask about agreements that have expired or failed their test."""
    stale = chapters.mutual_aid.agreements.query("standing in ['expired', 'test not met', 'untested']")
    if stale.empty:
        return
    officers = chapters.tables["agreements"].set_index("agreement_id")["officers"].reindex(stale["agreement_id"]).sum()
    yield (
        f"Are {len(stale)} agreements that cannot be counted in full to be renewed and tested?",
        ", ".join(f"{row.donor} ({row.role}): {row.standing}" for row in stale.itertuples()),
        [
            ("Renew and test them", f"{officers:.0f} officers promised would count at their stated availability"),
            ("Leave them", "They count for less, or for nothing, in every figure of section 11"),
        ],
    )


def _standards(chapters: Chapters) -> Iterator[_Asked]:
    """Ask about response standards that the record shows missed."""
    late = chapters.deployment.response.query("met == 'no' and area_id != 'all'")
    if late.empty:
        return
    yield (
        f"Is the response standard to stand in {', '.join(late['area_id'])}?",
        "; ".join(f"{r.area_id}: {r.within:.0%} of {r.n} within {r.standard:.0f} min, standard {r.target:.0%}"
                  for r in late.itertuples()),
        [
            ("Keep it and move crews", _best_posting(chapters)),
            ("Set the standard that the geography allows", "The standard and this verdict change; cover does not"),
        ],
    )  # fmt: skip


def _best_posting(chapters: Chapters) -> str:
    """Return what the best posting of the crews there are would change, and for whom it would be worse."""
    rosters = chapters.deployment.confirmation.pivot_table(index="roster", columns="place", values="exact_share")
    if rosters.empty:
        return "Section 10 shows where cover is thinnest"
    now, best, fair = (rosters.loc[name] for name in (deployment.CURRENT, deployment.BEST, deployment.SPARING))
    names = chapters.tables["areas"].set_index("area_id")["name"]
    worse = [f"{names[area]} {now[area]:.0%} to {best[area]:.0%}" for area in names.index if best[area] < now[area]]
    return f"Of all calls {best['all']:.0%} instead of {now['all']:.0%} would be answered within it" + (
        f", at the cost of {' and '.join(worse)}; {fair['all']:.0%} if no area is to lose" if worse else ""
    )


def _register(register: RiskChapter) -> Iterator[_Asked]:
    """Ask about entries of the register that are overdue or in error."""
    overdue = register.register.loc[register.register["overdue"]]
    errors = register.lint.query("severity == 'error'")
    if overdue.empty and errors.empty:
        return
    yield (
        f"Who puts {len(overdue)} overdue and {errors['risk_id'].nunique()} faulty entries of the register in order?",
        f"{len(errors)} errors of the register's own rules; {len(register.proposals)} new risks are proposed",
        [
            ("Direct each owner to review by a date", "Overdue entries fall to 0 at the next check"),
            (
                "Adopt, merge or dismiss the proposals",
                f"{len(register.proposals)} proposals are answered with a reason",
            ),
        ],
    )

"""Figures, tables and sentences of an assessment, chapter by chapter; computes nothing.

In: an ``Assessment``. Out: things that show themselves as HTML in a notebook and in the documents made from it.
"""

import gc
from html import escape
from typing import Any

from apstra.assessment import Assessment
from apstra.report import (
    alignment,
    assessment,
    capability,
    demand,
    deployment,
    document,
    engagement,
    learning,
    mutual_aid,
    options,
    review,
    risk,
    scenarios,
    threat,
)
from apstra.report.exhibit import Exhibit, Page, Prose
from apstra.scenario import year_label

__all__ = [
    "Exhibit",
    "Page",
    "Prose",
    "alignment",
    "assessment",
    "banner",
    "capability",
    "closing",
    "demand",
    "deployment",
    "digest",
    "document",
    "engagement",
    "learning",
    "mutual_aid",
    "opening",
    "options",
    "review",
    "risk",
    "scenarios",
    "section",
    "threat",
]


def banner(a: Assessment) -> str:
    """Return the warning that stands on every product that used illustrative rows; empty when none did."""
    if not a.illustrative:
        return ""
    return (
        f"Illustrative: {len(a.illustrative)} of {len(a.tables)} tables hold rows made up by a seeded script and "
        f"labelled so. Nothing here is a record of {a.scenario.force.name}."
    )


def opening(a: Assessment, title: str) -> Page:
    """Return the head of a page: marking, what it is, period, scheme, scenario and banner."""
    # What is loaded by now lasts as long as the notebook; searched for garbage at each picture, it slows them all.
    gc.freeze()
    s = a.scenario
    facts = (
        f"{s.force.name}, {year_label(s.year)}, as at {s.as_at:%d %B %Y}",
        f"Scenario: {s.title}. Scoring scheme: {s.scheme.name}, version {s.scheme.version}.",
    )
    state = f"<p class='state'><strong>State: {escape(a.standing)}.</strong></p>"
    lines = "".join(f"<p>{escape(fact)}</p>" for fact in facts) + state
    warning = f'<p class="banner" role="note">{escape(banner(a))}</p>' if a.illustrative else ""
    return Page(f"{_marking(a)}<p class='eyebrow'>{escape(title)}</p>{lines}{warning}")


def closing(a: Assessment) -> Page:
    """Return the foot of a page: the marking again."""
    return Page(_marking(a))


def section(a: Assessment, number: str, *parts: Exhibit | Prose | Page) -> Page:
    """Return a section of the document under the title the force gives it, with what it holds."""
    title = a.scenario.force.sections.get(number, f"Section {number}")
    return Page(f'<h2 id="section-{escape(number)}">{escape(number)}. {escape(title)}</h2>', parts)


def digest(a: Any, chapter: str) -> str:
    """Return what a notebook's last cell prints: the size of every result of its chapter, or the headline figures.

    Of a review it is the size of every result.
    """
    if chapter == "review":
        sizes = [name for name in a.__dataclass_fields__ if hasattr(getattr(a, name), "columns")]
        return "\n".join([f"{a.kind} {a.since} {a.as_at}", *(f"{name} {len(getattr(a, name))}" for name in sizes)])
    if chapter in {"assessment", "register"}:
        return "\n".join(f"{row.headline} {row.value:.6g}" for row in a.headlines.itertuples())
    result = getattr(a, chapter)
    return "\n".join(f"{name} {len(getattr(result, name))}" for name in result.__dataclass_fields__)


def _marking(a: Assessment) -> str:
    """Return the protective marking and handling text."""
    return f'<p class="marking">{escape(" ".join((a.scenario.force.marking, a.scenario.force.handling)).strip())}</p>'

"""The whole: from a force's tables to its assessment.

The only module that knows the order of the chapters. In: the tables of a force and a scenario. Out: one frozen
``Assessment``: the chapters' results, the matrix from threat to requirement to who can meet it, the obligations, the
register with what the assessment proposes for it, what changed since the last assessment as steps that add up, and the
headline figures, each with its range and where it comes from.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from apstra import assurance, risk, threat
from apstra.assessment.alignment import alignment_matrix, misaligned
from apstra.assessment.candidate import AGREEMENT_KINDS, Candidate, candidates, changed, proposed
from apstra.assessment.changes import STEPS, requirement_changes
from apstra.assessment.chapters import GAP, as_known, assess_chapters, threat_matrix
from apstra.assessment.decisions import decisions_asked
from apstra.assessment.findings import findings
from apstra.assessment.headlines import breached_checks, headline_figures
from apstra.assessment.track import came_true, statements, track_record
from apstra.assessment.unmet import by_threat, unmet_requirement
from apstra.assessment.weighing import Options, options, weigh
from apstra.assurance import Chapters, Tables
from apstra.risk import Event
from apstra.scenario import Scenario
from apstra.schema import TABLES, Provenance

__all__ = [
    "GAP",
    "STEPS",
    "Assessment",
    "Candidate",
    "Chapters",
    "Options",
    "Tables",
    "as_known",
    "assess",
    "assess_chapters",
    "changed",
    "compare",
    "findings",
    "options",
    "requirement_changes",
    "statements",
    "threat_matrix",
    "weighed",
]


@dataclass(frozen=True, slots=True)
class Assessment(Chapters):
    """The whole assessment.

    Attributes
    ----------
    obligations
        Each obligation with ``status`` and ``evidence``.
    risk
        The register, its lint and what is proposed for it.
    matrix
        Threat, requirement, own capability, collaboration, all aid, status: one row per requirement and area.
    alignment, misaligned
        Threats by capability with who meets it and on what evidence; threats without cover, capabilities without threat
        (``alignment``).
    unmet
        Unmet requirement of each threat and area [occurrences a year] (``unmet``).
    options
        Candidates ranked by the unmet requirement they remove (``weighing``).
    decisions
        What is asked of the chief officer: ``decision``, ``asked``, ``because``, ``option``, ``effect``.
    statements, track, came_true
        What is said today, what was said before and what came of it, and how much of it came true (``track``).
    changes
        ``role``, ``step``, ``posts``: from last year's requirement to this year's; the steps add up.
    headlines
        ``headline``, ``label``, ``value``, ``low``, ``high``, ``unit``, ``function``, ``tables``,
        ``assumptions``, ``note``.
    breaches
        ``check``, ``message``: what a scheduled run must say out loud.
    illustrative
        Names of the tables used that hold illustrative rows.
    standing
        What its signature is worth, in words; set by the door, for it depends on what was said later.
    """

    obligations: pd.DataFrame
    risk: risk.RiskChapter
    matrix: pd.DataFrame
    alignment: pd.DataFrame
    misaligned: pd.DataFrame
    unmet: pd.DataFrame
    options: Options
    decisions: pd.DataFrame
    statements: pd.DataFrame
    track: pd.DataFrame
    came_true: pd.DataFrame
    changes: pd.DataFrame
    headlines: pd.DataFrame
    breaches: pd.DataFrame
    illustrative: tuple[str, ...]
    standing: str = "draft, not signed"


def assess(tables: Tables, scenario: Scenario, events: Sequence[Event] = (), *, weighing: bool = True) -> Assessment:
    """Return the assessment that ``tables`` support under ``scenario``; nothing given is changed.

    Parameters
    ----------
    events
        What the force's ledger holds; once it holds anything, the register is the fold of what was said up to *as at*
        and the tables of the register are only where it began.
    weighing
        Weigh the options too: those of the force's table, else those the assessment itself would weigh.
    """
    said = risk.until(events, scenario.as_at)
    tables = {**tables, **risk.recorded(said)}
    chapters = assess_chapters(tables, scenario)
    obligations = assurance.assess_obligations(chapters.tables["obligations"], chapters)
    unmet = unmet_requirement(chapters)
    register = _register(chapters, obligations, by_threat(unmet), said)
    known, asked_for = chapters.tables, alignment_matrix(chapters)
    best = weighed(chapters, weighing=weighing)
    past = track_record(known["forecasts"], known["operations"], scenario.as_at)
    parts = {name: getattr(chapters, name) for name in Chapters.__dataclass_fields__}
    return Assessment(
        **parts,
        obligations=obligations,
        risk=register,
        matrix=threat_matrix(chapters),
        alignment=asked_for,
        misaligned=misaligned(chapters, asked_for),
        unmet=unmet,
        options=best,
        decisions=decisions_asked(chapters, register, best.ranking),
        statements=statements(chapters.demand.forecast, chapters.threat.sources, known["threats"], scenario),
        track=past,
        came_true=came_true(past),
        changes=requirement_changes(tables, chapters),
        headlines=headline_figures(chapters, obligations, register),
        breaches=breached_checks(chapters, obligations, register),
        illustrative=illustrative_tables(chapters.tables),
    )


def _register(
    chapters: Chapters, obligations: pd.DataFrame, unmet: Mapping[str, float], events: Sequence[Event]
) -> risk.RiskChapter:
    """Return the register chapter of what the other chapters found."""
    known = chapters.tables
    return risk.assess_register(
        known["risks"],
        known["controls"],
        findings(chapters, obligations, unmet),
        chapters.scenario,
        threats=chapters.threat.ranking,
        harms=threat.worst_case_harm(known["threats"], threat.rates(chapters.threat.sources)),
        unmet=unmet,
        events=events,
    )


def weighed(
    chapters: Chapters, *, weighing: bool = True, progress: Callable[[int, int], None] = lambda _done, _of: None
) -> Options:
    """Return the options of the force's table weighed, else those the assessment would; none unless asked to.

    What renewing or testing an agreement would change is always weighed where it does not count in full. ``progress``
    is called with the options weighed and all of them.
    """
    known = chapters.tables
    listed = candidates(known["options"]) if weighing else []
    seen = {(one.kind, one.subject) for one in listed}
    own = [one for one in proposed(chapters) if one.kind in AGREEMENT_KINDS or not listed] if weighing else []
    listed += [one for one in own if (one.kind, one.subject) not in seen]
    return weigh(known, chapters.demand.rates, chapters.threat.sources, chapters.scenario, listed, progress)


def compare(this: Assessment, last: Assessment) -> pd.DataFrame:
    """Return the headline figures of two assessments side by side: ``value``, ``value_last``, ``change``."""
    joined = this.headlines.merge(
        last.headlines[["headline", "value", "low", "high"]], on="headline", how="outer", suffixes=("", "_last")
    )
    return joined.assign(change=joined["value"] - joined["value_last"])


def illustrative_tables(tables: Tables) -> tuple[str, ...]:
    """Return the names of the tables that hold illustrative rows, in the order of the contract."""
    return tuple(name for name in TABLES if (tables[name]["provenance"] == Provenance.ILLUSTRATIVE).any())

"""What changed since the assessment was last reviewed, and when it must be reviewed again.

In: two assessments of a force made by today's method, as at the last review and now, and what was signed. Out: every
entry that came, went or moved, by how much and why; the faults that came and went; the headline figures side by side;
the days on which the next assessment and the next review are due. "No change" is a finding like any other.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import pandas as pd

from apstra.risk import APPROVALS, CLOSED, SIGNED, Event
from apstra.scenario import Scenario

ANNUAL, SIX_MONTHLY, ON_TRIGGER = "annual", "six-monthly", "on trigger"
MONTHS: Final = {ANNUAL: 12, SIX_MONTHLY: 6}
EARLY: Final = 31  # days before it is due that a review counts as the one that is due
CARRIED: Final = ("carried", "control_carried")  # no change: what the tables said when the ledger began
ENTRIES: Final = ("risk_id", "title", "change", "before", "after", "score_change", "why")
DATES: Final = ("what", "last", "due", "overdue")


@dataclass(frozen=True, slots=True)
class Review:
    """What changed between two days.

    Attributes
    ----------
    kind
        ``annual``, ``six-monthly`` or ``on trigger``, by what is due.
    since, as_at
        The day of the last review and the day of this.
    entries
        ``risk_id``, ``title``, ``change`` (added, closed, dismissed, reopened, moved, changed), ``before``, ``after``
        (state, level and score in words), ``score_change``, ``why`` (the reasons given since).
    faults
        ``rule``, ``risk_id``, ``message``, ``change`` (new, gone) of the register's faults.
    headlines
        ``headline``, ``label``, ``unit``, ``before``, ``after``, ``low``, ``high``, ``change`` of those that moved.
    dates
        ``next_dates``.
    triggers
        The log of monitoring since.
    """

    kind: str
    since: date
    as_at: date
    entries: pd.DataFrame
    faults: pd.DataFrame
    headlines: pd.DataFrame
    dates: pd.DataFrame
    triggers: pd.DataFrame

    @property
    def unchanged(self) -> bool:
        """Return whether nothing changed in the register, its faults or the headline figures."""
        return not (len(self.entries) or len(self.faults) or len(self.headlines))


def review(this: Any, last: Any, events: Sequence[Event]) -> Review:
    """Return what changed from one assessment of a force to another of a later day.

    Parameters
    ----------
    this, last
        The two assessments.
    events
        What the ledger holds up to the later day.
    """
    since, as_at = last.scenario.as_at, this.scenario.as_at
    dates = next_dates(events, this.tables["decisions"], this.scenario)
    triggers = this.tables["triggers"]
    return Review(
        kind=_kind(dates, as_at),
        since=since,
        as_at=as_at,
        entries=changed_entries(this.risk, last.risk, pd.Timestamp(since)),
        faults=_faults(this.risk.lint, last.risk.lint),
        headlines=_headlines(this.headlines, last.headlines),
        dates=dates,
        triggers=triggers.loc[triggers["on"] > pd.Timestamp(since)].reset_index(drop=True),
    )


def changed_entries(this: Any, last: Any, since: pd.Timestamp) -> pd.DataFrame:
    """Return the entries that differ between two registers, with the reasons given since a day (``Review.entries``)."""
    before = {str(row.risk_id): row for row in last.register.itertuples()}
    later = (this.history["on"] > since) & ~this.history["kind"].isin(CARRIED)
    told = this.history.loc[later].groupby("risk_id", sort=False)["reason"].agg(list)
    rows = []
    for row in this.register.itertuples():
        old = before.get(str(row.risk_id))
        reasons = "; ".join(dict.fromkeys(told.get(row.risk_id, [])))
        change = _change(row, old, told=bool(reasons))
        if change:
            moved = row.current_score - old.current_score if old is not None else float("nan")
            words = (_stands(old) if old is not None else "not entered", _stands(row))
            rows.append((row.risk_id, row.title, change, *words, moved, reasons or "no reason is recorded"))
    table = pd.DataFrame(rows, columns=list(ENTRIES))
    return table.astype({name: "str" for name in ENTRIES if name != "score_change"} | {"score_change": "float64"})


def _change(row: Any, old: Any, *, told: bool) -> str:
    """Return in a word what became of an entry; nothing where it is as it was and nothing was said of it."""
    if old is None:
        return "added"
    if row.state != old.state and (row.state in CLOSED or row.state == "reopened"):
        return str(row.state)
    if row.state != old.state or _scores(row) != _scores(old):
        return "moved"
    return "changed" if told else ""


def _scores(row: Any) -> tuple[str, ...]:
    """Return the six scores of an entry, comparable where some are missing."""
    return tuple(str(getattr(row, f"{of}_{part}")) for of in ("inherent", "current", "target")
                 for part in ("likelihood", "impact"))  # fmt: skip


def _stands(row: Any) -> str:
    """Return where an entry stands, in words."""
    level = f"{row.current_level} ({row.current_score:.0f})" if pd.notna(row.current_score) else "not scored"
    return f"{row.state}, {level}"


def _faults(this: pd.DataFrame, last: pd.DataFrame) -> pd.DataFrame:
    """Return the faults of the register that are new and those that are gone."""
    keys = ["rule", "risk_id"]
    both = [frame[[*keys, "message"]].drop_duplicates(keys).fillna("") for frame in (this, last)]
    joined = both[0].merge(both[1], on=keys, how="outer", suffixes=("", "_last"), indicator=True)
    joined = joined.loc[joined["_merge"] != "both"]
    change = joined["_merge"].map({"left_only": "new", "right_only": "gone"}).astype("str")
    message = joined["message"].fillna(joined["message_last"]).astype("str")
    return joined.assign(change=change, message=message)[[*keys, "message", "change"]].reset_index(drop=True)


def _headlines(this: pd.DataFrame, last: pd.DataFrame) -> pd.DataFrame:
    """Return the headline figures that moved, as they were and as they are."""
    joined = this.merge(last[["headline", "value"]], on="headline", how="outer", suffixes=("", "_last"))
    same = (joined["value"] == joined["value_last"]) | (joined["value"].isna() & joined["value_last"].isna())
    moved = joined.loc[~same].rename(columns={"value": "after", "value_last": "before"})
    columns = ["headline", "label", "unit", "before", "after", "low", "high"]
    return moved[columns].assign(change=moved["after"] - moved["before"]).reset_index(drop=True)


def next_dates(events: Sequence[Event], decisions: pd.DataFrame, scenario: Scenario) -> pd.DataFrame:
    """Return when the assessment and its review were last approved and are due again: ``what``, ``last``, ``due``, ...

    The assessment is made every year and reviewed at least every six months (College of Policing APP, Armed policing).
    What was signed counts from the day it was signed; before there is a ledger the decision log does, where it says
    that an assessment was approved or reviewed. Where nothing is known, ``last`` is blank and it is due at *as at*.
    """
    approved = _approvals(events, decisions, scenario.as_at)
    last = {
        ANNUAL: max((on for on, product in approved if product == "assessment"), default=None),
        SIX_MONTHLY: max((on for on, _ in approved), default=None),
    }
    as_at = pd.Timestamp(scenario.as_at)
    rows = []
    for what, months in MONTHS.items():
        on = last[what]
        due = as_at if on is None else pd.Timestamp(on) + pd.DateOffset(months=months)
        rows.append((what, pd.NaT if on is None else pd.Timestamp(on), due, on is None or due < as_at))
    table = pd.DataFrame(rows, columns=list(DATES))
    return table.astype({"what": "str", "last": "datetime64[us]", "due": "datetime64[us]", "overdue": "bool"})


def last_review(events: Sequence[Event], decisions: pd.DataFrame, scenario: Scenario) -> date:
    """Return the day that the last approved assessment or review speaks of; six months before *as at* if none did."""
    said = [event.content for event in events if event.kind == SIGNED and event.day <= scenario.as_at]
    spoke = [date.fromisoformat(each["as_at"]) for each in said if each["decision"] in APPROVALS]
    logged = [on for on, _ in _logged(decisions, scenario.as_at)]
    earlier = [day for day in spoke or logged if day < scenario.as_at]
    half_a_year = pd.Timestamp(scenario.as_at) - pd.DateOffset(months=MONTHS[SIX_MONTHLY])
    return max(earlier, default=half_a_year.date())


def _approvals(events: Sequence[Event], decisions: pd.DataFrame, as_at: date) -> list[tuple[date, str]]:
    """Return when something was approved and which product it was, from the ledger and the decision log."""
    signed = [(event.day, event.content) for event in events if event.kind == SIGNED and event.day <= as_at]
    given = [(day, str(said["product"])) for day, said in signed if said["decision"] in APPROVALS]
    return given + _logged(decisions, as_at)


def _logged(decisions: pd.DataFrame, as_at: date) -> list[tuple[date, str]]:
    """Return the approvals and reviews of the decision log."""
    known = decisions.loc[decisions["on"] <= pd.Timestamp(as_at)]
    words = known["decision"].str.casefold()
    product = words.map(
        lambda said: "assessment" if "assessment approved" in said else "review" if "review" in said else ""
    )
    return [(on.date(), what) for on, what in zip(known["on"], product, strict=True) if what]


def _kind(dates: pd.DataFrame, as_at: date) -> str:
    """Return which review this is, by what is due."""
    by = pd.Timestamp(as_at) + pd.Timedelta(days=EARLY)
    due = dates.loc[dates["due"] <= by, "what"].tolist()
    return str(due[0]) if due else ON_TRIGGER

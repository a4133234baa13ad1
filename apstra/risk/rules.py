"""Whether the register is kept as it should be: its rules, each with its reason, and the entries that break them.

In go the register as ``entries`` returns it, the controls and the ranking of threats. Out come the faults, errors
first. A rule marks entries; what belongs to no single entry (an empty register, a severe threat nobody entered) is
found beside them.
"""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any, Final

import pandas as pd

from apstra.scenario import Scenario

SEVERITIES: Final = ("error", "warning", "note")
SEVERE_LEVELS: Final = 2
PROPOSED: Final = "proposed"
LAPSES_SOON: Final = 60  # days: two meetings of a monthly board
DECIDED_WITHIN: Final = 60  # days: the same
LINT_COLUMNS: Final = ["rule", "severity", "message", "risk_id"]
# What is broken by no single entry: severity and reason.
WHOLE_REGISTER: Final = {
    "register-empty": ("error", "A register without entries warns of nothing."),
    "threat-without-risk": ("warning", "A severe threat that nobody entered has no owner and no control."),
}
Check = Callable[[pd.DataFrame, Scenario], pd.Series]


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of the register: ``found`` marks the entries that break it; ``message`` is filled from their columns.

    ``reason`` tells the reader why it matters; ``live``: a closed or dismissed entry cannot break it; ``proposed``: one
    that is only proposed can: before somebody adopts it, it owes nothing else.
    """

    id: str
    severity: str
    reason: str
    message: str
    found: Check
    live: bool = True
    proposed: bool = False


def lint(
    register: pd.DataFrame, controls: pd.DataFrame, scenario: Scenario, threats: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Return the faults of a register: ``rule``, ``severity``, ``message`` and the entry (blank: the whole register).

    Parameters
    ----------
    register
        As ``register`` returns it.
    threats
        The ranking of threats; without it the rule on severe threats is left out.
    """
    table = register.join(_control_faults(controls, scenario), on="risk_id")
    entries = table.to_dict("records")
    found = [row for rule in RULES for row in _broken(rule, table, entries, scenario)]
    faults = pd.DataFrame([*_whole_register(table, scenario, threats), *found], columns=LINT_COLUMNS, dtype="str")
    order = {name: place for place, name in enumerate((*SEVERITIES, "register-empty", *(rule.id for rule in RULES)))}
    keys = faults.assign(severity=faults["severity"].map(order), rule=faults["rule"].map(order))
    return faults.loc[keys.sort_values(["severity", "rule", "risk_id"]).index].reset_index(drop=True)


def _broken(
    rule: Rule, table: pd.DataFrame, entries: list[dict[Hashable, Any]], scenario: Scenario
) -> list[tuple[str, str, str, str]]:
    """Return a fault for each entry that breaks ``rule``."""
    found = rule.found(table, scenario).fillna(value=False).astype(bool)
    held = (table["live"] | (not rule.live)) & ((table["state"] != PROPOSED) | rule.proposed)
    return [
        (rule.id, rule.severity, rule.message.format_map(entry), str(entry["risk_id"]))
        for entry, broken in zip(entries, found & held, strict=True)
        if broken
    ]


def _whole_register(
    table: pd.DataFrame, scenario: Scenario, threats: pd.DataFrame | None
) -> list[tuple[str, str, str, None]]:
    """Return the faults that belong to no single entry: an empty register, a severe threat without an entry."""
    if table.empty:
        return [("register-empty", WHOLE_REGISTER["register-empty"][0], "The register has no entry.", None)]
    if threats is None:
        return []
    severe = threats.loc[threats["level"].isin(scenario.scheme.order[-SEVERE_LEVELS:])]
    missing = severe.loc[~severe["threat_id"].isin(table.loc[table["live"], "threat_id"])]
    return [
        (
            "threat-without-risk",
            WHOLE_REGISTER["threat-without-risk"][0],
            f"Threat {row.threat_id} ({row.title}) is {row.level} and has no entry.",
            None,
        )
        for row in missing.itertuples()
    ]


def _control_faults(controls: pd.DataFrame, scenario: Scenario) -> pd.DataFrame:
    """Return, by risk, which controls are late, without a date, without an owner, or entered twice."""
    planned = controls["status"] == "planned"
    faults = {
        "controls_late": planned & (controls["due_on"] < pd.Timestamp(scenario.as_at)),
        "controls_undated": planned & controls["due_on"].isna(),
        "controls_unowned": controls["owner"].isna(),
        "controls_twice": controls.duplicated(["risk_id", "title"], keep=False),
    }
    named = {
        name: controls.loc[found].groupby("risk_id")["control_id"].agg(", ".join) for name, found in faults.items()
    }
    return pd.DataFrame(named, columns=list(named), dtype="str").rename_axis("risk_id")


def _months_ago(scenario: Scenario) -> pd.Timestamp:
    """Return the day before which a review is too long ago."""
    return pd.Timestamp(scenario.as_at) - pd.DateOffset(months=int(scenario.value("lint_review_months")))


def _days_on(scenario: Scenario, days: int) -> pd.Timestamp:
    """Return the day so many days after *as at*."""
    return pd.Timestamp(scenario.as_at) + pd.Timedelta(days=days)


def _not_scored(r: pd.DataFrame, position: str) -> pd.Series:
    """Mark risks (observations need no score) without a score of ``position``."""
    return (r["kind"] == "risk") & r[f"{position}_score"].isna()


def _worse(r: pd.DataFrame, position: str, than: str) -> pd.Series:
    """Mark entries whose ``position`` is more likely or does more harm than ``than``."""
    return (r[f"{position}_likelihood"] > r[f"{than}_likelihood"]) | (r[f"{position}_impact"] > r[f"{than}_impact"])


def _untreated(r: pd.DataFrame) -> pd.Series:
    """Mark risks with nothing in place and nothing planned that nobody has accepted."""
    return (r["kind"] == "risk") & (r["controls_existing"] + r["controls_planned"] == 0) & ~_tolerated(r)


def _tolerated(r: pd.DataFrame) -> pd.Series:
    """Mark entries that are tolerated, by treatment or by state."""
    return (r["treatment"] == "tolerate") | (r["state"] == "tolerated")


def _without_authority(r: pd.DataFrame, s: Scenario) -> pd.Series:
    """Mark entries accepted by a role that may accept neither this level nor a more severe one."""
    order = s.scheme.order
    may = {name: {s.force.authority.get(higher) for higher in order[place:]} for place, name in enumerate(order)}
    pairs = zip(r["accepted_by"], r["current_level"], strict=True)
    outside = [role not in may.get(name, {role}) for role, name in pairs]
    return pd.Series(outside, index=r.index, dtype=bool) & r["accepted_by"].notna()


RULES: Final[tuple[Rule, ...]] = (
    Rule("no-owner", "error", "Somebody must answer for every entry.", "No role owns it.",
         lambda r, _: r["owner"].isna()),
    Rule("no-score", "error", "Without a score it cannot be ranked or compared.",
         "Its current likelihood and impact are not both scored.", lambda r, _: _not_scored(r, "current")),
    Rule("no-inherent-score", "note", "Without it nobody can see what the controls achieve.",
         "Its inherent likelihood and impact are not both scored.", lambda r, _: _not_scored(r, "inherent")),
    Rule("target-worse-than-current", "error", "A target is where treatment leads, never a step back.",
         "Target {target_likelihood:.0f} x {target_impact:.0f} is worse than current "
         "{current_likelihood:.0f} x {current_impact:.0f}.", lambda r, _: _worse(r, "target", "current")),
    Rule("current-worse-than-inherent", "error", "Controls cannot make a risk worse than none at all.",
         "Current {current_likelihood:.0f} x {current_impact:.0f} is worse than inherent "
         "{inherent_likelihood:.0f} x {inherent_impact:.0f}.", lambda r, _: _worse(r, "current", "inherent")),
    Rule("target-without-plan", "error", "A lower target is a wish until a control is planned.",
         "The target is lower than the current position and no control is planned.",
         lambda r, _: (r["target_score"] < r["current_score"]) & (r["controls_planned"] == 0)),
    Rule("planned-control-late", "error", "A control past its date holds nothing down.",
         "Planned and past the day due: {controls_late}.", lambda r, _: r["controls_late"].notna()),
    Rule("planned-control-undated", "warning", "A plan without a date cannot be late.",
         "Planned without a day due: {controls_undated}.", lambda r, _: r["controls_undated"].notna()),
    Rule("control-without-owner", "warning", "Somebody must answer for every control.",
         "No role owns: {controls_unowned}.", lambda r, _: r["controls_unowned"].notna()),
    Rule("control-entered-twice", "note", "One control counted twice flatters the position.",
         "The same control more than once: {controls_twice}.", lambda r, _: r["controls_twice"].notna()),
    Rule("severe-without-plan", "error", "The most severe level is not left as it is.",
         "Its level is {current_level} and no control is planned.",
         lambda r, s: (r["current_level"] == s.scheme.order[-1]) & (r["controls_planned"] == 0)),
    Rule("treat-without-control", "warning", "Treatment consists of controls.",
         "It is to be treated and has no control, in place or planned.",
         lambda r, _: (r["treatment"] == "treat") & (r["controls_existing"] + r["controls_planned"] == 0)),
    Rule("no-treatment", "warning", "Treat, tolerate, transfer or terminate: one must be chosen.",
         "No treatment has been chosen.", lambda r, _: (r["kind"] == "risk") & r["treatment"].isna()),
    Rule("known-and-untreated", "error",
         "A risk known for years without proper support was a finding of the Manchester Arena Inquiry, volume 2.",
         "Open since {opened_on:%d %B %Y} with nothing in place and nothing planned.",
         lambda r, s: _untreated(r) & (r["opened_on"] < _months_ago(s))),
    Rule("review-overdue", "error", "The chief officer relies on a register that is reviewed when due.",
         "Its review was due on {review_on:%d %B %Y}.", lambda r, _: r["overdue"]),
    Rule("not-reviewed", "warning", "An assessment is reviewed at least every six months (College of Policing APP).",
         "Not reviewed for longer than the review period.",
         lambda r, s: r["reviewed_on"].fillna(r["opened_on"]) < _months_ago(s)),
    Rule("no-review-date", "error", "Without a date nobody knows when to look again.",
         "No day of the next review is set.", lambda r, _: r["review_on"].isna()),
    Rule("tolerated-without-acceptance", "error", "Tolerating a risk is a decision that a role takes.",
         "It is tolerated and no role has accepted it.", lambda r, _: _tolerated(r) & r["accepted_by"].isna()),
    Rule("state-contradicts-treatment", "warning", "An entry has one standing, not two.",
         "Its state is {state} and its treatment is {treatment}.",
         lambda r, _: (r["state"] == "tolerated") & r["treatment"].notna() & (r["treatment"] != "tolerate")),
    Rule("acceptance-expired", "error", "An acceptance lasts only as long as it says.",
         "Accepted until {accepted_until:%d %B %Y}, which is past.",
         lambda r, s: r["accepted_until"] < pd.Timestamp(s.as_at)),
    Rule("acceptance-without-expiry", "warning", "An acceptance without end is never looked at again.",
         "Accepted by {accepted_by} without a last day.",
         lambda r, _: r["accepted_by"].notna() & r["accepted_until"].isna()),
    Rule("accepted-without-authority", "error", "The level of a risk fixes who may accept it.",
         "{accepted_by} has no authority to accept the level {current_level}.", _without_authority),
    Rule("missing-confidence", "warning", "A score without confidence looks surer than it is.",
         "No confidence in its scores is stated.", lambda r, _: (r["kind"] == "risk") & r["confidence"].isna()),
    Rule("duplicate-title", "warning", "Two entries of one name are one risk counted twice or two confused.",
         "Another live entry is also called {title!r}.",
         lambda r, _: r["title"].where(r["live"]).str.casefold().duplicated(keep=False) & r["live"]),
    Rule("closed-with-plans", "warning", "What was still to be done when it was closed may never be.",
         "It is {state} with planned controls outstanding ({controls_planned:.0f}).",
         lambda r, _: (r["state"] == "closed") & (r["controls_planned"] > 0), live=False),
    Rule("closed-without-evidence", "error", "A risk is over when it can be shown to be over.",
         "It is closed and no evidence is given.",
         lambda r, _: (r["state"] == "closed") & r["evidence"].isna() & r["merged_into"].isna(), live=False),
    Rule("merged-into-nothing-live", "warning", "What it went on in must still be looked after.",
         "It was merged into {merged_into}, which is no longer live.",
         lambda r, _: r["merged_into"].notna() & ~r["merged_into"].isin(
             r.loc[r["live"] | r["merged_into"].notna(), "risk_id"]), live=False),
    Rule("closure-undecided", "warning", "A risk whose cause is gone is closed, or kept with a reason.",
         "The assessment no longer finds {closing_proposed}.", lambda r, _: r["closing_proposed"].notna()),
    Rule("proposal-undecided", "warning", "A proposal nobody decides on is a risk nobody holds.",
         "Proposed on {opened_on:%d %B %Y} and not decided.",
         lambda r, s: (r["state"] == PROPOSED) & (r["opened_on"] < _days_on(s, -DECIDED_WITHIN)),
         proposed=True),
    Rule("came-back", "note", "What came back was not over when it was said to be.",
         "Reopened after it was closed or dismissed ({times_reopened:.0f}).", lambda r, _: r["times_reopened"] > 0),
    Rule("acceptance-lapses-soon", "note", "Whoever accepted it needs time to look at it again.",
         "Its acceptance ends on {accepted_until:%d %B %Y}.",
         lambda r, s: r["accepted_until"].between(pd.Timestamp(s.as_at), _days_on(s, LAPSES_SOON))),
    Rule("acceptance-too-long", "warning", "An acceptance is given again at least with each annual assessment.",
         "Accepted until {accepted_until:%d %B %Y}, more than a year on.",
         lambda r, s: r["accepted_until"] > pd.Timestamp(s.as_at) + pd.DateOffset(years=1)),
    Rule("acceptance-ends-before-review", "note", "Between the two nobody has accepted it.",
         "Its acceptance ends on {accepted_until:%d %B %Y}, its next review is due on {review_on:%d %B %Y}.",
         lambda r, s: (r["accepted_until"] < r["review_on"]) & (r["accepted_until"] >= pd.Timestamp(s.as_at))),
    Rule("owner-accepts", "warning", "Whoever answers for a risk does not alone decide that it may stay.",
         "{accepted_by} owns it and accepted it.",
         lambda r, _: r["accepted_by"].notna() & (r["accepted_by"] == r["owner"])),
    Rule("no-target", "warning", "Without an aim nobody can tell when treatment is done.",
         "It is treated and no target is scored.",
         lambda r, _: (r["treatment"] == "treat") & _not_scored(r, "target")),
    Rule("open-too-long", "warning", "What is to be treated is treated, not only listed.",
         "Open since {opened_on:%d %B %Y} and not yet treated.",
         lambda r, s: (r["kind"] == "risk") & (r["state"] == "open") & (r["opened_on"] < _months_ago(s))),
    Rule("controls-without-effect", "note", "Controls that land move the score, or are no controls: score it again.",
         "Controls are in place ({controls_existing:.0f}) and it stands where it would without any.",
         lambda r, _: (r["controls_existing"] > 0) & (r["current_score"] == r["inherent_score"])),
    Rule("severe-on-low-confidence", "warning", "A severe score that nobody is sure of is looked into first.",
         "Its level is {current_level} and the confidence in it is low.",
         lambda r, s: (r["confidence"] == "low") & r["current_level"].isin(s.scheme.order[-SEVERE_LEVELS:])),
    Rule("cause-is-consequence", "note", "A cause says why, a consequence says what then.",
         "Cause and consequence are the same words.",
         lambda r, _: r["cause"].str.casefold() == r["consequence"].str.casefold()),
)  # fmt: skip

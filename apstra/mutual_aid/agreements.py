"""What are the force's agreements worth, and what do donors keep?

In: donors, agreements, zones. Out: each agreement's standing (in force, expiring, untested, test not met, expired) and
the availability it is counted at; journeys from donors; and what each donor keeps of its armed officers once what it
has promised is taken away, against its own requirement.
"""

from typing import Final

import numpy as np
import pandas as pd

from apstra.scenario import Scenario

EARTH_RADIUS_KM: Final = 6371.0088
MINUTES_AN_HOUR: Final = 60.0
EXPIRED: Final = "expired"
FAILED: Final = "test not met"
UNTESTED: Final = "untested"
EXPIRING: Final = "expiring"
IN_FORCE: Final = "in force"


def centre(zones: pd.DataFrame) -> pd.DataFrame:
    """Return where people live on average: one row of ``lat``, ``lon`` [degrees]; NaN without zones."""
    people = zones["population"].to_numpy(float)
    weights = people if people.sum() > 0 else np.ones(len(zones))
    place = np.average(zones[["lat", "lon"]], axis=0, weights=weights) if len(zones) else np.full(2, np.nan)
    return pd.DataFrame([place], columns=["lat", "lon"])


def donor_journeys(donors: pd.DataFrame, places: pd.DataFrame, scenario: Scenario) -> pd.DataFrame:
    """Return the journey from each donor to each place [minutes], indexed by ``donor_id``, a column for each place.

    Great circle (haversine) x ``circuity`` at ``donor_speed``: an order of magnitude on long journeys, no evidence for
    mountain roads.
    """
    here, there = (np.radians(frame[["lat", "lon"]].to_numpy(float)) for frame in (donors, places))
    north, east = (there[np.newaxis, :, axis] - here[:, np.newaxis, axis] for axis in (0, 1))
    half = np.sin(north / 2) ** 2 + np.cos(here[:, :1]) * np.cos(there[:, 0]) * np.sin(east / 2) ** 2
    distance = 2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(half)) * scenario.value("circuity")
    minutes = distance / scenario.value("donor_speed") * MINUTES_AN_HOUR
    return pd.DataFrame(minutes, index=pd.Index(donors["donor_id"], name="donor_id"))


def standing(agreements: pd.DataFrame, scenario: Scenario) -> pd.Series:
    """Return the standing of each agreement at *as at*, by the first that applies.

    Expired: past its last day. Test not met: the last test was failed, wholly or in part. Untested: never tested, or
    not within ``agreement_test_valid_months``. Expiring: ends within ``agreement_expiry_warning_days``. Else in force.
    """
    today = pd.Timestamp(scenario.as_at)
    oldest = today - pd.DateOffset(months=round(scenario.value("agreement_test_valid_months")))
    warned = today + pd.Timedelta(days=scenario.value("agreement_expiry_warning_days"))
    state = pd.Series(IN_FORCE, index=agreements.index, dtype="str")
    state = state.mask(agreements["expires_on"] <= warned, EXPIRING)
    state = state.mask(~(agreements["tested_on"] >= oldest), UNTESTED)
    state = state.mask(agreements["test_result"].isin(["not_met", "partly"]), FAILED)
    return state.mask(agreements["expires_on"] < today, EXPIRED)


def counted_availability(agreements: pd.DataFrame, state: pd.Series, scenario: Scenario) -> pd.Series:
    """Return the probability of release each agreement is counted at.

    The stated availability, x ``untested_agreement_factor`` when untested or proved only in part,
    x ``failed_test_factor`` when the last test was failed, 0 when expired; x ``not_interoperable_factor`` where
    training standard or communications do not allow working together; x ``donor_availability_factor`` of the scenario.
    """
    failed = agreements["test_result"] == "not_met"
    unproved = scenario.value("untested_agreement_factor")
    factor = state.map({IN_FORCE: 1.0, EXPIRING: 1.0, UNTESTED: unproved, FAILED: unproved, EXPIRED: 0.0})
    factor = factor.mask((state == FAILED) & failed, scenario.value("failed_test_factor")).astype(float)
    together = np.where(agreements["interoperable"], 1.0, scenario.value("not_interoperable_factor"))
    counted = agreements["availability"] * factor * together * scenario.value("donor_availability_factor")
    return counted.clip(0.0, 1.0)


def agreement_position(
    agreements: pd.DataFrame, donors: pd.DataFrame, zones: pd.DataFrame, scenario: Scenario
) -> pd.DataFrame:
    """Return each agreement with its donor, journey, standing and the availability it is counted at.

    Returns
    -------
    DataFrame
        ``agreement_id``, ``donor_id``, ``donor``, ``tier``, ``basis``, ``role``, ``officers``, ``notice_low``,
        ``notice_mode``, ``notice_high``, ``travel_minutes`` (to the centre of the force) [minutes], ``signed_on``,
        ``expires_on``, ``days_left``, ``tested_on``, ``days_since_test``, ``interoperable``,
        ``interoperability_gap``, ``availability``, ``standing``, ``counted_availability``.
    """
    today = pd.Timestamp(scenario.as_at)
    state = standing(agreements, scenario)
    named = donors[["donor_id", "name", "tier"]].rename(columns={"name": "donor"})
    frame = agreements.assign(
        days_left=(agreements["expires_on"] - today).dt.days,
        days_since_test=(today - agreements["tested_on"]).dt.days,
        travel_minutes=agreements["donor_id"].map(donor_journeys(donors, centre(zones), scenario)[0]),
        standing=state,
        counted_availability=counted_availability(agreements, state, scenario),
    ).merge(named, on="donor_id", how="left")
    columns = ["agreement_id", "donor_id", "donor", "tier", "basis", "role", "officers", "notice_low", "notice_mode"]
    columns += ["notice_high", "travel_minutes", "signed_on", "expires_on", "days_left", "tested_on", "days_since_test"]
    columns += ["interoperable", "interoperability_gap", "availability", "standing", "counted_availability"]
    return frame[columns]


def donor_remainder(donors: pd.DataFrame, position: pd.DataFrame) -> pd.DataFrame:
    """Return what each donor keeps of its armed officers if everything promised is given at once.

    Returns
    -------
    DataFrame
        ``donor_id``, ``name``, ``tier``, ``armed_officers``, ``own_requirement``, ``promised`` (agreements not
        expired), ``remainder``, ``exposed`` (keeps fewer than it needs); remainder is blank where the donor's strength
        is not known.
    """
    live = position.loc[position["standing"] != EXPIRED].groupby("donor_id")["officers"].sum()
    kept = donors[["donor_id", "name", "tier", "armed_officers", "own_requirement"]]
    kept = kept.assign(promised=donors["donor_id"].map(live).fillna(0).astype(int))
    remainder = kept["armed_officers"] - kept["promised"]
    return kept.assign(remainder=remainder, exposed=remainder < kept["own_requirement"])

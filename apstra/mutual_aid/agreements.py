"""What are the force's agreements worth, and what do donors keep?

In: donors, agreements, zones. Out: each agreement's standing (in force, expiring, untested, test not met, expired) and
the availability it is counted at; journeys from donors; and what each donor keeps of its armed officers once what it
has promised is taken away, against its own requirement.
"""

from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from apstra.scenario import Scenario

FloatArray = NDArray[np.float64]
EARTH_RADIUS_KM: Final = 6371.0088
MINUTES_AN_HOUR: Final = 60.0
EXPIRED: Final = "expired"
FAILED: Final = "test not met"
UNTESTED: Final = "untested"
EXPIRING: Final = "expiring"
IN_FORCE: Final = "in force"
UNPROVED: Final = ("not_met", "partly")
COLUMNS: Final = (
    "agreement_id", "donor_id", "donor", "tier", "basis", "role", "officers", "notice_low", "notice_mode",
    "notice_high", "travel_minutes", "signed_on", "expires_on", "days_left", "tested_on", "days_since_test",
    "interoperable", "interoperability_gap", "availability", "standing", "counted_availability",
)  # fmt: skip


def centre(zones: pd.DataFrame) -> pd.DataFrame:
    """Return where people live on average: one row of ``lat``, ``lon`` [degrees]; NaN without zones."""
    return pd.DataFrame([_middle(zones)], columns=["lat", "lon"])


def _middle(zones: pd.DataFrame) -> FloatArray:
    """Return where people live on average: latitude and longitude [degrees]."""
    people = zones["population"].to_numpy(float)
    weights = people if people.sum() > 0 else np.ones(len(zones))
    places = zones[["lat", "lon"]].to_numpy(float)
    return np.asarray(np.average(places, axis=0, weights=weights)) if len(zones) else np.full(2, np.nan)


def journeys(donors: pd.DataFrame, places: FloatArray, scenario: Scenario) -> FloatArray:
    """Return the journey from each donor to each place, its latitude and longitude [degrees], in minutes.

    Great circle (haversine) x ``circuity`` at ``donor_speed``: an order of magnitude on long journeys, no evidence for
    mountain roads.
    """
    here = np.radians(np.column_stack([donors["lat"].to_numpy(float), donors["lon"].to_numpy(float)]))
    there = np.radians(places)
    north, east = (there[np.newaxis, :, axis] - here[:, np.newaxis, axis] for axis in (0, 1))
    half = np.sin(north / 2) ** 2 + np.cos(here[:, :1]) * np.cos(there[:, 0]) * np.sin(east / 2) ** 2
    distance = 2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(half)) * scenario.value("circuity")
    return np.asarray(distance / scenario.value("donor_speed") * MINUTES_AN_HOUR)


def standing(agreements: pd.DataFrame, scenario: Scenario) -> pd.Series:
    """Return the standing of each agreement at *as at*, by the first that applies.

    Expired: past its last day. Test not met: the last test was failed, wholly or in part. Untested: never tested, or
    not within ``agreement_test_valid_months``. Expiring: ends within ``agreement_expiry_warning_days``. Else in force.
    """
    today = pd.Timestamp(scenario.as_at)
    oldest = today - pd.DateOffset(months=round(scenario.value("agreement_test_valid_months")))
    warned = today + pd.Timedelta(days=scenario.value("agreement_expiry_warning_days"))
    ends, tested = (agreements[name].to_numpy("datetime64[us]") for name in ("expires_on", "tested_on"))
    unproved = np.array([result in UNPROVED for result in agreements["test_result"].tolist()], bool)
    expired, untested = ends < today.to_datetime64(), ~(tested >= oldest.to_datetime64())
    found = np.select(
        [expired, unproved, untested, ends <= warned.to_datetime64()], [EXPIRED, FAILED, UNTESTED, EXPIRING], IN_FORCE
    )
    return pd.Series(found, index=agreements.index, dtype="str")


def counted_availability(agreements: pd.DataFrame, state: pd.Series, scenario: Scenario) -> pd.Series:
    """Return the probability of release each agreement is counted at.

    The stated availability, x ``untested_agreement_factor`` when untested or proved only in part,
    x ``failed_test_factor`` when the last test was failed, 0 when expired; x ``not_interoperable_factor`` where
    training standard or communications do not allow working together; x ``donor_availability_factor`` of the scenario.
    """
    unproved = scenario.value("untested_agreement_factor")
    factor = {IN_FORCE: 1.0, EXPIRING: 1.0, UNTESTED: unproved, FAILED: unproved, EXPIRED: 0.0}
    failed = scenario.value("failed_test_factor")
    tested = zip(state.tolist(), agreements["test_result"].tolist(), strict=True)
    worth = [failed if (one, result) == (FAILED, "not_met") else factor[one] for one, result in tested]
    together = np.where(agreements["interoperable"].to_numpy(bool), 1.0, scenario.value("not_interoperable_factor"))
    counted = agreements["availability"].to_numpy(float) * np.array(worth, float) * together
    counted = (counted * scenario.value("donor_availability_factor")).clip(0.0, 1.0)
    return pd.Series(counted, index=agreements.index)


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
    minutes = journeys(donors, _middle(zones)[np.newaxis], scenario)[:, 0]
    place = {donor: number for number, donor in enumerate(donors["donor_id"])}
    of = [place[donor] for donor in agreements["donor_id"]]
    found = {
        "donor": donors["name"].array.take(of),
        "tier": donors["tier"].array.take(of),
        "travel_minutes": minutes[of],
        "days_left": (agreements["expires_on"] - today).dt.days.array,
        "days_since_test": (today - agreements["tested_on"]).dt.days.array,
        "standing": state.array,
        "counted_availability": counted_availability(agreements, state, scenario).array,
    }
    return pd.DataFrame({name: found[name] if name in found else agreements[name].array for name in COLUMNS})


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

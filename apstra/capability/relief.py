"""How many posts does it take to keep one seat filled?

In: assumptions on hours, leave, sickness, training and court; roles and command rotas. Out: from contract to productive
hours of one officer, the relief factor of a seat that is filled round the clock, and for a role that is held ready on
call the depth of its rota.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from apstra.scenario import DAYS_A_WEEK, DAYS_A_YEAR, HOURS_A_YEAR, Scenario
from apstra.schema.duty import on_call

Tables = Mapping[str, pd.DataFrame]


def relief_steps(scenario: Scenario) -> pd.DataFrame:
    """Return how contract hours become productive hours, one officer, one year.

    Returns
    -------
    DataFrame
        ``quantity``, ``hours`` [hours/year]; what is lost is negative, the last row is the sum. A day lost is a shift;
        sickness takes its share of what leave leaves.
    """
    shift = scenario.value("shift_hours")
    contract = scenario.value("contract_hours_week") * DAYS_A_YEAR / DAYS_A_WEEK
    leave = scenario.value("annual_leave_days") * shift
    lost = {
        "annual leave": leave,
        "sickness": scenario.value("sickness_share") * (contract - leave),
        "training": scenario.value("training_days") * shift,
        "court and other duties": scenario.value("court_and_other_days") * shift,
    }
    rows = [("contract", contract), *((name, -hours) for name, hours in lost.items())]
    rows.append(("productive", contract - sum(lost.values())))
    return pd.DataFrame(rows, columns=["quantity", "hours"])


def productive_hours(scenario: Scenario) -> float:
    """Return the hours an officer is there to work armed duty [hours/year].

    Raises
    ------
    ValueError
        If the assumptions leave no hours.
    """
    hours = float(relief_steps(scenario)["hours"].iloc[-1])
    if hours <= 0:
        raise ValueError(f"productive hours must be positive, not {hours:.0f}: absence takes them all")
    return hours


def relief_factor(scenario: Scenario) -> float:
    """Return the posts needed to keep one seat filled at every hour of the year [posts/seat]."""
    return HOURS_A_YEAR / productive_hours(scenario)


def posts_per_seat(tables: Tables, scenario: Scenario) -> pd.Series:
    """Return the posts that keep one officer of each role ready at every hour [posts/officer], indexed by role."""
    ready = on_call(tables)
    depth, factor = scenario.value("on_call_rota_depth"), relief_factor(scenario)
    return pd.Series(np.where(ready, depth, factor), index=ready.index, name="factor")

"""The same force with crews added or taken away, another response standard, or another volume of demand.

In: tables and scenario. Out: changed copies, to be assessed like the originals; nothing given is altered.
"""

from collections.abc import Mapping

import pandas as pd

from apstra.assurance import Tables
from apstra.scenario import Scenario
from apstra.schema.deployment import MOST_COMBINATIONS


def vary(
    tables: Tables,
    scenario: Scenario,
    *,
    crews_added: Mapping[str, int] | None = None,
    standard_minutes: float | None = None,
    demand_factor: float = 1.0,
) -> tuple[dict[str, pd.DataFrame], Scenario]:
    """Return the tables and the scenario with the changes made.

    Parameters
    ----------
    crews_added
        Crews added (or, when negative, taken away, never below none) at each base in every block [crews].
    standard_minutes
        Response standard of every area and kind [minutes]; as it is when not given.
    demand_factor
        Multiplies the demand the scenario already assumes [ratio].

    Raises
    ------
    ValueError
        If a base is not among the force's bases, or more crews would be on duty at once than the model can hold.
    """
    added = dict(crews_added or {})
    unknown = sorted(set(added) - set(tables["bases"]["base_id"]))
    if unknown:
        raise ValueError(f"crews_added names {', '.join(unknown)}, which is no base of the force")
    crews = tables["crews"]
    more = crews["crews"] + crews["base_id"].map(added).fillna(0).astype(int)
    combinations = (more.clip(lower=0) + 1).groupby(crews["block"]).prod()
    if len(combinations) and combinations.max() > MOST_COMBINATIONS:
        raise ValueError(
            f"crews_added leads to {combinations.max():,} combinations of busy crews in block {combinations.idxmax()}: "
            f"the exact model holds {MOST_COMBINATIONS:,}"
        )
    changed = dict(tables) | {"crews": crews.assign(crews=more.clip(lower=0))}
    if standard_minutes is not None:
        changed["response_standards"] = tables["response_standards"].assign(minutes=float(standard_minutes))
    return changed, scenario.with_values(demand_factor=scenario.value("demand_factor") * demand_factor)

"""What the words of the roles, the command rota and the posts say of how a role is held ready.

In: the tables ``roles``, ``command_cover`` and ``posts``. Out: which roles are on call, and which one crews the armed
response vehicles.
"""

from collections.abc import Mapping
from typing import Final

import pandas as pd

ON_CALL: Final = "on_call"
Tables = Mapping[str, pd.DataFrame]


def on_call(tables: Tables) -> pd.Series:
    """Return whether each role is held ready on call, indexed by role; where unsaid, a cadre of the command rota is."""
    duty = tables["roles"].set_index("role")["duty"]
    rota = pd.Series(duty.index.isin(tables["command_cover"]["cadre"]), index=duty.index)
    return (duty == ON_CALL).where(duty.notna(), rota)


def crew_role(tables: Tables) -> str:
    """Return the role whose officers crew armed response vehicles: the shift role with the most posts; "" if none."""
    away = on_call(tables)
    held = tables["posts"].groupby("role")["established"].sum().reindex(away.index[~away]).fillna(0)
    return str(held.idxmax()) if len(held) and held.max() > 0 else ""

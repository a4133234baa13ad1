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
    roles, rota = tables["roles"], set(tables["command_cover"]["cadre"])
    held = {
        str(role): 0.0
        for role, duty in zip(roles["role"], roles["duty"], strict=True)
        if (role not in rota if pd.isna(duty) else duty != ON_CALL)
    }
    for role, posts in zip(tables["posts"]["role"], tables["posts"]["established"], strict=True):
        if role in held and not pd.isna(posts):
            held[role] += posts
    most = max(held, key=lambda role: held[role], default="")
    return most if held.get(most, 0.0) > 0 else ""

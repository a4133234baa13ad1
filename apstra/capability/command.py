"""Who is there to command and advise, hour by hour?

In: the rota of commanders, advisers and control-room seats, roles and blocks. Out: people on call or on duty in every
block of the week, specialists counted apart, and for each cadre the share of the year's hours in which somebody, and
a specialist, is there.
"""

import pandas as pd

from apstra.scenario import Blocks


def command_cover(cover: pd.DataFrame, roles: pd.DataFrame, blocks: Blocks) -> pd.DataFrame:
    """Return who is on call or on duty to command or advise in every block of the week.

    Returns
    -------
    DataFrame
        ``cadre``, ``title``, ``block``, ``hours_a_year``, ``on_call``, ``specialist`` [people], ``covered``; a block
        without a row in the rota has nobody.
    """
    cadres = roles.loc[roles["role"].isin(cover["cadre"]), ["role", "title"]].rename(columns={"role": "cadre"})
    every = cadres.merge(blocks.hours_a_year().reset_index(), how="cross")
    rota = every.merge(cover[["cadre", "block", "on_call", "specialist"]], on=["cadre", "block"], how="left")
    people = rota[["on_call", "specialist"]].fillna(0).astype(int)
    return rota.assign(on_call=people["on_call"], specialist=people["specialist"], covered=people["on_call"] >= 1)


def cadre_cover(command: pd.DataFrame) -> pd.DataFrame:
    """Return for each cadre how much of the year it is covered, from ``command_cover``.

    Returns
    -------
    DataFrame
        ``cadre``, ``title``, ``fewest``, ``most`` [people at once], ``hours_uncovered`` [hours/year], ``covered_share``
        and ``specialist_share`` of the year's hours; a cadre that never has a specialist has a share of 0.
    """
    hours = command["hours_a_year"]
    by_cadre = command.assign(
        hours_uncovered=hours.mask(command["covered"], 0.0), expert=hours.where(command["specialist"] > 0, 0.0)
    ).groupby(["cadre", "title"], sort=False)
    frame = by_cadre.agg(
        fewest=("on_call", "min"),
        most=("on_call", "max"),
        hours_uncovered=("hours_uncovered", "sum"),
        hours_a_year=("hours_a_year", "sum"),
        expert=("expert", "sum"),
    ).reset_index()
    year, expert = frame.pop("hours_a_year"), frame.pop("expert")
    return frame.assign(covered_share=1.0 - frame["hours_uncovered"] / year, specialist_share=expert / year)

"""Does every capability answer a threat, and is every threat answered?

In: the chapters. Out: the matrix of threats by capability (role or means): how many are called for, what the force has,
what collaboration and national aid have promised, how likely that is in time and on which rows that rests; and the list
of threats without cover and of capabilities that no threat calls for.
"""

from typing import Final

import pandas as pd

from apstra.assurance import Chapters
from apstra.mutual_aid import GAP
from apstra.schema import LIST_SEPARATOR

ORDER: Final = ("own", "with collaboration", "with national aid", GAP)
NEAR: Final = ("home", "regional")
UNAPPROVED: Final = ("pending", "not_approved")
ROLE, MEANS = "role", "means"
NO_COVER, NO_REQUIREMENT = "threat without cover", "threat without requirement"
SHORT, NO_THREAT = "means short or not approved", "capability without threat"


def alignment_matrix(chapters: Chapters) -> pd.DataFrame:
    """Return one row for each threat and capability it calls for, the threats in order of expected harm.

    Returns
    -------
    DataFrame
        ``threat_id``, ``title``, ``kind`` (role, means), ``capability``, ``called`` [officers, or items; blank where
        not stated], ``own`` (deployable officers, serviceable items), ``collaboration``, ``aid`` [officers promised],
        ``p_own``, ``p_collaboration``, ``p_all`` (in time, in the area where least likely), ``status`` (the worst of
        its areas: own, with collaboration, with national aid, gap; for means own or gap) and ``evidence`` (the rows it
        rests on).
    """
    ranks = chapters.threat.ranking.set_index("threat_id")[["title", "rank"]]
    rows = pd.concat([_roles(chapters), _means(chapters)], ignore_index=True)
    table = rows.join(ranks, on="threat_id").sort_values(["rank", "kind", "capability"], ascending=[True, False, True])
    first = ["threat_id", "title", "kind", "capability"]
    return table[[*first, *(name for name in rows.columns if name not in first)]].reset_index(drop=True)


def _roles(chapters: Chapters) -> pd.DataFrame:
    """Return the rows of roles called for."""
    needs, c = chapters.mutual_aid.assembly, chapters
    held = c.capability.strength.set_index("role")["available"]
    deals = c.mutual_aid.agreements.query("standing != 'expired'")
    near = deals["tier"].isin(NEAR)
    promised = [deals.loc[tier].groupby("role")["officers"].sum() for tier in (near, ~near)]
    named = [deals.loc[deals["role"] == role, "agreement_id"].tolist() for role in needs["role"]]
    needs = needs.assign(worst=needs["status"].map(ORDER.index), deals=[" ".join(names) for names in named])
    by_role = needs.groupby(["threat_id", "role"], sort=False)
    table = by_role.agg(
        called=("officers", "max"), p_own=("p_own", "min"), p_collaboration=("p_collaboration", "min"),
        p_all=("p_all", "min"), worst=("worst", "max"), deals=("deals", "first"),
        asked=("requirement_id", lambda ids: " ".join(dict.fromkeys(ids))),
    ).reset_index()  # fmt: skip
    return pd.DataFrame(
        {
            "threat_id": table["threat_id"],
            "kind": ROLE,
            "capability": table["role"],
            "called": table["called"].astype(float),
            "own": table["role"].map(held).fillna(0).astype(float),
            "collaboration": table["role"].map(promised[0]).fillna(0).astype(float),
            "aid": table["role"].map(promised[1]).fillna(0).astype(float),
            **{name: table[name] for name in ("p_own", "p_collaboration", "p_all")},
            "status": [ORDER[worst] for worst in table["worst"]],
            "evidence": (table["asked"] + " " + table["deals"]).str.strip(),
        }
    )


def _means(chapters: Chapters) -> pd.DataFrame:
    """Return the rows of means called for: covered when approved and nothing is short."""
    asked = chapters.tables["requirements"][["threat_id", "requirement_id", "means"]].dropna()
    asked = asked.assign(item=asked["means"].str.split(LIST_SEPARATOR, regex=False)).explode("item")
    asked = asked.assign(item=asked["item"].str.strip())
    table = asked.groupby(["threat_id", "item"], sort=False)["requirement_id"].agg(" ".join).reset_index()
    items = chapters.capability.equipment.set_index("item").reindex(table["item"])
    gap = (items["short"] > 0) | items["approval"].isin(UNAPPROVED)
    return pd.DataFrame(
        {
            "threat_id": table["threat_id"],
            "kind": MEANS,
            "capability": table["item"],
            "called": items["required"].to_numpy(float),
            "own": items["serviceable"].to_numpy(float),
            "status": gap.map({True: GAP, False: "own"}).to_numpy(),
            "evidence": table["requirement_id"],
        }
    )


def misaligned(chapters: Chapters, matrix: pd.DataFrame) -> pd.DataFrame:
    """Return what has no cover, is short, or answers no threat: ``kind``, ``id``, ``title``, ``why``.

    Parameters
    ----------
    matrix
        As ``alignment_matrix`` returns it.
    """
    rows = [*_uncovered(chapters, matrix), *_short(matrix), *_unneeded(chapters, matrix)]
    return pd.DataFrame(rows, columns=["kind", "id", "title", "why"])


def _uncovered(chapters: Chapters, matrix: pd.DataFrame) -> list[tuple[str, str, str, str]]:
    """Return threats that call for nothing, and threats with a role that nobody brings in time."""
    gaps = matrix.query("status == 'gap' and kind == 'role'").groupby("threat_id")["capability"].agg(", ".join)
    known = set(matrix["threat_id"])
    rows = []
    for row in chapters.threat.ranking.itertuples():
        if row.threat_id not in known:
            rows.append((NO_REQUIREMENT, row.threat_id, row.title, "no requirement says what it calls for"))
        elif row.threat_id in gaps:
            rows.append((NO_COVER, row.threat_id, row.title, f"nobody brings in time: {gaps[row.threat_id]}"))
    return rows


def _short(matrix: pd.DataFrame) -> list[tuple[str, str, str, str]]:
    """Return the means that threats call for and that are short or not approved."""
    gaps = matrix.query("status == 'gap' and kind == 'means'").groupby("capability", sort=False)["threat_id"]
    return [(SHORT, item, item.replace("_", " "), f"called for by {', '.join(ids)}") for item, ids in gaps]


def _unneeded(chapters: Chapters, matrix: pd.DataFrame) -> list[tuple[str, str, str, str]]:
    """Return roles with posts or agreements, and means, that no requirement calls for, not even as a stand-in."""
    called, t = set(matrix["capability"]), chapters.tables
    fills = t["roles"].set_index("role")["stands_in_for"].fillna("").str.split(LIST_SEPARATOR, regex=False)
    helpful = {role for role, names in fills.items() if called & {name.strip() for name in names}}
    posts = t["posts"].groupby("role")["established"].sum()
    deals = t["agreements"].groupby("role")["officers"].sum()
    rows = []
    for row in t["roles"].itertuples():
        kept = [f"{amount[row.role]} {words}" for amount, words in ((posts, "posts"), (deals, "officers promised"))
                if amount.get(row.role, 0) > 0]  # fmt: skip
        if kept and row.role not in called | helpful:
            rows.append((NO_THREAT, row.role, row.title, f"{' and '.join(kept)}, called for by no requirement"))
    rows += [
        (NO_THREAT, row.item, row.item.replace("_", " "), "means that no requirement names and no officer is issued")
        for row in chapters.capability.equipment.itertuples()
        if row.item not in called and not row.required_derived > 0
    ]
    return rows

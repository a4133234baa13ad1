"""Reading what is not a table: the force's settings, its assumptions, scoring schemes and scenarios.

In: ``force.toml``, ``assumptions.yaml``, ``scales/*.csv`` and ``scenarios/*.yaml`` of a force's folder. Out: the frozen
settings of ``apstra.scenario``, or every fault in the same shape as the tables' faults. What a setting may hold is
read off the dataclass it becomes.
"""

import json
import math
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any, Final, TypeVar

import pandas as pd
import yaml

from apstra.data.edits import read_edits, wrong_changes
from apstra.data.faults import WHOLE_FILE, Fault
from apstra.data.reference import FRAMES, REFERENCE
from apstra.data.scales import read_scheme
from apstra.data.tables import read_text
from apstra.scenario import Assumption, Force, Scenario, Scheme
from apstra.schema import Provenance
from apstra.schema.assumptions import ASSUMPTIONS
from apstra.schema.edit import Edit

T = TypeVar("T")
FORCE_FILE: Final = "force.toml"
ASSUMPTIONS_FILE: Final = "assumptions.yaml"
SLUG: Final = r"[a-z0-9][a-z0-9_-]*"
OUT_OF_SCOPE: Final = "PUBLIC, OFFICIAL or OFFICIAL-SENSITIVE; anything above is out of this software's scope"


@dataclass(frozen=True, slots=True)
class Variant:
    """A scenario as its file states it: the assumptions and the rows of ``tables`` it changes; ``author`` is a role."""

    name: str
    title: str
    note: str
    changes: Mapping[str, float]
    author: str = ""
    tables: tuple[Edit, ...] = ()


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings of a force that could be read; ``None`` or empty where their files are at fault."""

    force: Force | None = None
    seed: int = 0
    schemes: Mapping[str, Scheme] | None = None
    assumptions: Mapping[str, tuple[Assumption, ...]] | None = None
    variants: Mapping[str, Variant] | None = None

    def keys(self) -> dict[str, set[str]]:
        """Return what tables may refer to in the settings: the blocks of the week and the scheme's dimensions."""
        keys = {"blocks": set(self.force.blocks.names)} if self.force else {}
        scheme = (self.schemes or {}).get(self.force.scheme) if self.force else None
        return keys if scheme is None else {**keys, "dimensions": set(scheme.dimensions.index)}


def read_settings(folder: Path) -> tuple[Settings, list[Fault]]:
    """Return the settings of a force and every fault in them."""
    force, seed, faults = _read_force(folder)
    schemes: dict[str, Scheme] = {}
    for path in sorted((folder / "scales").glob("*.csv")):
        scheme, found = read_scheme(path, f"scales/{path.name}")
        faults += found
        schemes |= {path.stem: scheme} if scheme else {}
    assumptions, found = _read_assumptions(folder)
    faults += found
    variants: dict[str, Variant] = {}
    for path in sorted((folder / "scenarios").glob("*.yaml")):
        variant, found = _read_variant(path, assumptions)
        faults += found
        variants |= {path.stem: variant} if variant else {}
    if not variants:
        faults.append(Fault("scenarios", WHOLE_FILE, "", "", "at least one sound scenario, such as baseline.yaml"))
    settings = Settings(force, seed, schemes, assumptions, variants)
    return settings, [*faults, *_between(settings, folder)]


def _between(settings: Settings, folder: Path) -> Iterator[Fault]:
    """Give the settings of the force that do not fit its scoring scheme."""
    force, schemes = settings.force, settings.schemes or {}
    if force is None:
        return
    if force.scheme not in schemes:
        if not (folder / "scales" / f"{force.scheme}.csv").is_file():
            yield Fault(FORCE_FILE, WHOLE_FILE, "scheme", force.scheme, f"a file in scales: {', '.join(schemes)}")
        return
    order = schemes[force.scheme].order
    for level in sorted(set(order) ^ set(force.authority)):
        yield Fault(FORCE_FILE, WHOLE_FILE, f"authority.{level}", level, f"each level once: {', '.join(order)}")


def _read_force(folder: Path) -> tuple[Force | None, int, list[Fault]]:
    """Return the force and the seed of its random streams."""
    text, faults = read_text(folder / FORCE_FILE, FORCE_FILE)
    if faults:
        return None, 0, faults
    try:
        stated = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        return None, 0, [Fault(FORCE_FILE, WHOLE_FILE, "", "", f"well-formed TOML ({error})")]
    seed = stated.pop("seed", None)
    if not isinstance(seed, int) or isinstance(seed, bool) or seed < 0:
        faults.append(Fault(FORCE_FILE, WHOLE_FILE, "seed", str(seed), "a whole number, 0 or more"))
    force, found = made(Force, stated, FORCE_FILE)
    return force, seed or 0, [*faults, *found, *_force_faults(stated)]


def _force_faults(stated: Mapping[str, Any]) -> Iterator[Fault]:
    """Give the faults of the force's settings that its dataclass does not know."""
    slug = stated.get("slug")
    if isinstance(slug, str) and not pd.Series([slug]).str.fullmatch(SLUG).all():
        yield Fault(FORCE_FILE, WHOLE_FILE, "slug", slug, "small letters, digits, - and _: it names a folder")
    blocks = stated.get("blocks")
    for name in set(blocks) - {"shifts", "days", "seasons"} if isinstance(blocks, Mapping) else ():
        yield Fault(FORCE_FILE, WHOLE_FILE, f"blocks.{name}", name, "shifts, days, seasons")
    if isinstance(peers := stated.get("peers"), list) and peers:
        yield from _peer_faults(peers, stated.get("code"))


def _peer_faults(peers: Sequence[object], code: object) -> Iterator[Fault]:
    """Give the peers that are no other force, or named twice."""
    forces = pd.read_csv(REFERENCE / FRAMES["police_forces"])
    others = forces.loc[forces["pfa_code"] != code, "force"].tolist()
    for place, name in enumerate(peers):
        if isinstance(name, str) and (name not in others or name in peers[:place]):
            near = get_close_matches(name, others, 1) or ["a name in police_forces.csv"]
            words = f"another force, named once; nearest is {near[0]}"
            yield Fault(FORCE_FILE, WHOLE_FILE, f"peers.{place}", name, words)


def _read_yaml(path: Path, name: str) -> tuple[dict[str, Any], list[Fault]]:
    """Return the mapping a YAML file holds, or the fault that keeps it from being read."""
    text, faults = read_text(path, name)
    if faults:
        return {}, faults
    try:
        node = yaml.compose(text, Loader=yaml.CSafeLoader)
        content = yaml.load(text, Loader=yaml.CSafeLoader)
    except (yaml.YAMLError, ValueError) as error:
        row = getattr(getattr(error, "problem_mark", None), "line", -1) + 1
        return {}, [Fault(name, row, "", "", f"well-formed YAML ({getattr(error, 'problem', error)})")]
    if not isinstance(content, dict):
        return {}, [Fault(name, WHOLE_FILE, "", type(content).__name__, "a mapping of names to settings")]
    return content, list(_repeated(node, name))


def _repeated(node: Any, name: str) -> Iterator[Fault]:
    """Give the keys that stand twice in one mapping of a YAML file: the second would hide the first."""
    if not isinstance(node, yaml.MappingNode):
        return
    seen: set[str] = set()
    for key, value in node.value:
        if key.value in seen:
            yield Fault(name, key.start_mark.line + 1, key.value, key.value, "each name once")
        seen.add(key.value)
        yield from _repeated(value, name)


def _read_assumptions(folder: Path) -> tuple[dict[str, tuple[Assumption, ...]], list[Fault]]:
    """Return the dated values of each assumption."""
    content, faults = _read_yaml(folder / ASSUMPTIONS_FILE, ASSUMPTIONS_FILE)
    if content or not faults:
        faults += _not_there(content)
    assumptions: dict[str, tuple[Assumption, ...]] = {}
    for name, entry in content.items():
        values = entry.get("values") if isinstance(entry, dict) else None
        if not isinstance(values, dict) or not values:
            faults.append(
                Fault(ASSUMPTIONS_FILE, WHOLE_FILE, f"{name}.values", str(values), "dates, each with a value")
            )
            continue
        shared = {key: value for key, value in entry.items() if key != "values"}
        dated = [_dated_value(str(name), shared, day, stated) for day, stated in values.items()]
        faults += [fault for _, found in dated for fault in found]
        assumptions[str(name)] = tuple(assumption for assumption, _ in dated if assumption)
    return assumptions, faults


def _not_there(content: Mapping[str, Any]) -> Iterator[Fault]:
    """Give the assumptions that an assessment reads and the file does not hold."""
    for name, (meaning, unit) in ASSUMPTIONS.items():
        if name not in content:
            yield Fault(ASSUMPTIONS_FILE, WHOLE_FILE, name, "", f"an assumption that must be there: {meaning} [{unit}]")


def _dated_value(
    name: str, shared: Mapping[str, Any], day: object, stated: object
) -> tuple[Assumption | None, list[Fault]]:
    """Return one dated value of an assumption; its range is the value itself where none is stated."""
    prefix = f"{name}.{day}."
    if not isinstance(stated, dict):
        return None, [Fault(ASSUMPTIONS_FILE, WHOLE_FILE, prefix[:-1], str(stated), "value, source and provenance")]
    value = stated.get("value")
    whole = {"name": name, "effective": day, "low": value, "high": value, **shared, **stated}
    faults = [
        Fault(ASSUMPTIONS_FILE, WHOLE_FILE, prefix + key, str(whole[key]), "a finite number")
        for key in ("value", "low", "high")
        if isinstance(whole[key], float) and not math.isfinite(whole[key])
    ]
    if whole.get("provenance") not in {*Provenance}:
        words = f"one of: {', '.join(Provenance)}"
        faults.append(Fault(ASSUMPTIONS_FILE, WHOLE_FILE, f"{prefix}provenance", str(whole.get("provenance")), words))
    if faults:
        return None, faults
    return made(Assumption, whole, ASSUMPTIONS_FILE, prefix)


def _read_variant(path: Path, assumptions: Mapping[str, object]) -> tuple[Variant | None, list[Fault]]:
    """Return one scenario's changes."""
    content, faults = _read_yaml(path, f"scenarios/{path.name}")
    return (None, faults) if faults else variant_of(content, path.stem, assumptions)


def variant_of(
    content: Mapping[str, Any], stem: str, known: Mapping[str, object]
) -> tuple[Variant | None, list[Fault]]:
    """Return a scenario of what its file ``stem`` states, with every fault that shows without the tables."""
    name = f"scenarios/{stem}.yaml"
    edits, found = read_edits(content.get("tables", []), stem)
    variant, faults = made(Variant, {"changes": {}, **content, "tables": []}, name)
    faults += found
    if variant is None:
        return None, faults
    faults += wrong_changes(variant.changes, known, name)
    if variant.name != stem:
        faults.append(Fault(name, WHOLE_FILE, "name", variant.name, f"the file's own name, {stem}"))
    return replace(variant, tables=edits), faults


def made(kind: type[T], stated: Mapping[str, Any], file: str, prefix: str = "") -> tuple[T | None, list[Fault]]:
    """Return the frozen settings a mapping states, or what in it breaks their declaration."""
    from pydantic import ValidationError  # noqa: PLC0415 - 0.2 s a notebook in a run need not spend

    names = {field.name for field in fields(kind)}  # type: ignore[arg-type]
    faults = [
        Fault(file, WHOLE_FILE, f"{prefix}{name}", name, f"one of: {', '.join(sorted(names))}")
        for name in map(str, stated)
        if name not in names
    ]
    try:
        text = json.dumps(stated, default=str)
        return _adapter(kind).validate_json(text, strict=True), faults  # type: ignore[arg-type]
    except ValidationError as error:
        for entry in error.errors():
            place = (prefix + ".".join(str(part) for part in entry["loc"])).rstrip(".")
            value = "" if entry["type"] in {"missing", "value_error"} else str(entry["input"])
            words = OUT_OF_SCOPE if entry["loc"] == ("marking",) else entry["msg"].removeprefix("Value error, ")
            faults.append(Fault(file, WHOLE_FILE, place, value, words))
        return None, faults


@cache
def _adapter(kind: Any) -> Any:
    """Return the validator of a dataclass."""
    from pydantic import TypeAdapter  # noqa: PLC0415

    return TypeAdapter(kind)


def scenario_of(settings: Settings, name: str, year: int, as_at: date) -> tuple[Scenario | None, list[Fault]]:
    """Return a scenario of sound settings, or the fault that there is none or that it has no value at *as at*."""
    variants = settings.variants or {}
    if name not in variants:
        return None, [Fault("scenarios", WHOLE_FILE, "scenario", name, f"one of: {', '.join(variants)}")]
    if settings.force is None or settings.schemes is None or settings.assumptions is None:
        raise ValueError("settings must be sound before a scenario is made of them")
    variant = variants[name]
    undated = [
        Fault(ASSUMPTIONS_FILE, WHOLE_FILE, each, str(as_at), "a day on which a value is in force")
        for each, values in settings.assumptions.items()
        if min(value.effective for value in values) > as_at
    ]
    scenario = Scenario(
        name=name,
        title=variant.title,
        note=variant.note,
        force=settings.force,
        year=year,
        as_at=as_at,
        seed=settings.seed,
        scheme=settings.schemes[settings.force.scheme],
        assumptions=settings.assumptions,
        changes=variant.changes,
        edits=variant.tables,
        author=variant.author,
    )
    return (None if undated else scenario), undated

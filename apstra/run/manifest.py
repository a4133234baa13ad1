"""What a run records of itself: inputs and outputs by hash, versions, durations, what was breached and how it ended.

In: a finished folder. Out: ``manifest.json``. It names no user, host or path of the machine.
"""

import json
import platform
import subprocess
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from typing import Any, Final

import pandas as pd

from apstra.data.cache import sha256
from apstra.data.reference import PROJECT
from apstra.data.signing import MANIFEST

PACKAGE: Final = "apstra"
LISTED: Final = ["force", "year", "as_at", "scenario", "product", "run_id", "exit_code", "finished_at"]


def write_manifest(folder: Path, facts: Mapping[str, Any], inputs: Mapping[str, Path]) -> None:
    """Write the manifest of a run's folder: ``facts`` beside the hash of every input and output and the versions."""
    outputs = {
        path.relative_to(folder).as_posix(): sha256(path) for path in sorted(folder.rglob("*")) if path.is_file()
    }
    content = {
        **facts,
        "inputs": {name: sha256(path) for name, path in inputs.items()},
        "outputs": outputs,
        "versions": versions(),
        "git_commit": git_commit(),
        "finished_at": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    text = json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True)
    (folder / MANIFEST).write_text(f"{text}\n", encoding="utf-8")


def read_manifest(folder: Path) -> dict[str, Any]:
    """Return the manifest of a finished run."""
    content: dict[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    return content


def versions() -> dict[str, str]:
    """Return the versions of Python and of every package the project depends on."""
    names = [PACKAGE, *_requirements()]
    found = {"python": platform.python_version()}
    for name in names:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def _requirements() -> Iterable[str]:
    """Return the names of the packages the project needs at run time; none when it is not installed."""
    try:
        lines = requires(PACKAGE) or []
    except PackageNotFoundError:
        return []
    return [line.split(">")[0].split("<")[0].split("=")[0].strip() for line in lines if "extra ==" not in line]


def git_commit() -> str | None:
    """Return the commit the code stands at, with ``+`` when files differ from it; nothing outside a repository."""
    commands = (("rev-parse", "HEAD"), ("status", "--porcelain", "--untracked-files=no"))
    try:
        commit, changed = (
            subprocess.run(  # noqa: S603 - fixed words, no shell
                ["git", *words],  # noqa: S607 - git is wherever the machine has it
                cwd=PROJECT,
                capture_output=True,
                text=True,
                check=True,
            ).stdout.strip()
            for words in commands
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return f"{commit}+" if changed else commit


def runs(out: Path) -> pd.DataFrame:
    """Return the finished runs below a folder: force, year, as at, scenario, run id, exit code, oldest first."""
    manifests = [read_manifest(path.parent) for path in out.glob(f"*/*/*/*/{MANIFEST}") if _finished(path.parent)]
    rows = [[{**one["parameters"], **one}.get(name) for name in LISTED] for one in manifests]
    return pd.DataFrame(rows, columns=LISTED).sort_values(["finished_at", "run_id"], ignore_index=True)


def _finished(folder: Path) -> bool:
    """Return whether a run's folder stands under its final name."""
    return folder.suffix not in {".partial", ".failed"}


def previous_run(out: Path, slug: str) -> str | None:
    """Return the id of the force's last finished run, if any."""
    found = runs(out)
    earlier = found[found["force"] == slug]
    return str(earlier["run_id"].iloc[-1]) if len(earlier) else None

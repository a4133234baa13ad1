"""Executing a notebook strictly through papermill: known parameters, every cell run, a time-out, no machine's trace.

In: a notebook and the five parameters. Out: the executed notebook, or what went wrong in one sentence.
"""

import hashlib
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

PARAMETERS: Final = {"force": "str", "year": "int", "as_at": "str", "scenario": "str", "run_dir": "str"}
# Encrypted local sockets: nobody else on a shared server can read a kernel's traffic, and no warning is printed. The
# other way, ipc, gives kernels started at once from one process the same socket files.
# Critical messages only: a kernel told to end says so as an error; what goes wrong in a cell comes back as its output.
KERNELS: Final = {
    "KernelManager": {"transport_encryption": "auto"},
    "NotebookClient": {"extra_arguments": ["--log-level=50"]},
}
INJECTED: Final = "injected-parameters"
LAST_WORDS: Final = 300


@dataclass(frozen=True, slots=True)
class Executed:
    """How a notebook went: its name, wall time [seconds], and what went wrong; empty when nothing did."""

    name: str
    seconds: float
    problem: str


def source_hash(notebook: Path) -> str:
    """Return the hash of a notebook's cells as written; outputs and counts left by opening it change nothing."""
    content = json.loads(notebook.read_text(encoding="utf-8"))
    cells = [[cell["cell_type"], "".join(cell["source"]), cell["metadata"].get("tags")] for cell in content["cells"]]
    return hashlib.sha256(json.dumps(cells).encode()).hexdigest()


def check_parameters(notebook: Path) -> None:
    """Refuse a notebook whose parameters are not exactly the five, each of its type.

    Raises
    ------
    ValueError
        If a parameter is unknown, missing or ill-typed; papermill itself would run on with a default.
    """
    import papermill  # noqa: PLC0415 - costs seconds; a run that is a no-op never needs it

    declared = {
        name: str(entry["inferred_type_name"]) for name, entry in papermill.inspect_notebook(str(notebook)).items()
    }
    wrong = sorted(name for name in declared.keys() | PARAMETERS if declared.get(name) != PARAMETERS.get(name))
    if wrong:
        found = ", ".join(f"{name}: {declared.get(name, 'missing')}" for name in wrong)
        wanted = ", ".join(f"{name}: {kind}" for name, kind in PARAMETERS.items())
        raise ValueError(f"{notebook.stem} must declare exactly the parameters {wanted}; at fault: {found}")


def execute(notebook: Path, output: Path, parameters: Mapping[str, str | int], timeout: float) -> Executed:
    """Execute a notebook in its own kernel, in the notebook's folder.

    Parameters
    ----------
    timeout
        Longest a single cell may take [seconds].
    """
    import papermill  # noqa: PLC0415
    from traitlets.config import Config  # noqa: PLC0415

    started = time.perf_counter()
    try:
        content = papermill.execute_notebook(
            str(notebook),
            str(output),
            parameters=dict(parameters),
            kernel_name="python3",
            progress_bar=False,
            cwd=str(notebook.parent),
            execution_timeout=timeout,
            config=Config(KERNELS),
        )
        problem = _unrun(content)
    except Exception as error:  # noqa: BLE001 - cell error, time-out, dead kernel, no kernel: all are a failed notebook
        problem = f"{type(error).__name__}: {' '.join(str(error).split())[-LAST_WORDS:]}"
    return Executed(notebook.stem, time.perf_counter() - started, problem)


def _unrun(content: Mapping[str, Any]) -> str:
    """Return which cells did not run, which papermill does not mind: ``sys.exit(0)`` ends a notebook in silence."""
    unrun = [
        str(number)
        for number, cell in enumerate(content["cells"], 1)
        if cell["cell_type"] == "code" and "".join(cell["source"]).strip() and cell["execution_count"] is None
    ]
    return f"cells {', '.join(unrun)} did not run" if unrun else ""


def without_traces(notebook: Path, parameters: Mapping[str, str | int]) -> None:
    """Rewrite an executed notebook without times, paths of the machine and warnings; ``parameters`` as may be shown."""
    content = json.loads(notebook.read_text(encoding="utf-8"))
    content["metadata"].pop("papermill", None)
    for cell in content["cells"]:
        cell["metadata"].pop("papermill", None)
        cell["metadata"].pop("execution", None)
        if INJECTED in cell["metadata"].get("tags", ()):
            cell["id"] = INJECTED
            cell["source"] = "# Parameters\n" + "\n".join(f"{k} = {json.dumps(v)}" for k, v in parameters.items())
        outputs = cell.get("outputs", ())
        if outputs:
            cell["outputs"] = [output for output in outputs if output.get("name") != "stderr"]
    text = json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True)
    notebook.write_text(f"{text}\n", encoding="utf-8")

"""The rules of the house: one word everywhere, floors, no clock, no global generator, nothing of one machine."""

import ast
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
import yaml
from conftest import PROJECT
from packaging.requirements import Requirement

from apstra.schema.assumptions import ASSUMPTIONS

PACKAGE = PROJECT / "apstra"
CHAPTERS = ("threat", "demand", "deployment", "capability", "mutual_aid", "risk", "learning", "engagement")
WHOLE = ("09_assessment", "10_register")
OTHERS = ("review", "chief_officer", "national", "workbench", "tables")
BELL = ("run", "verbs", "workbench", "__main__")
DRAWER_WORDS = {"base", "common", "config", "core", "helpers", "misc", "tools", "utils"}
TOP_LEVEL = {
    ".ci", ".gitignore", ".pre-commit-config.yaml", "CHANGELOG.md", "LICENSE", "Makefile", "README.md", "apstra",
    "data", "environment.yml", "notebooks", "pyproject.toml", "requirements.lock", "tests",
}  # fmt: skip
MODULE_LINES = 300
FUNCTION_LINES = 30
PLACE_ON_A_MACHINE = re.compile(r"(?<![\w.])/(?:root|work|home/(?!someone/)\w+|Users/\w+)/|\b[A-Z]:\\{1,2}Users\\")
REGISTRY = re.compile(r"pypi\.org|pythonhosted\.org|registry\.npmjs|conda\.anaconda\.org|deb\.debian\.org")
PROJECT_FILE = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))
Function = ast.FunctionDef | ast.AsyncFunctionDef


def source_files() -> list[Path]:
    """Return the modules of the package."""
    return sorted(PACKAGE.rglob("*.py"))


def kept_files() -> list[Path]:
    """Return what git keeps or would keep; outside a clone, everything that is not made."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=PROJECT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if listed.returncode == 0:
        paths = [PROJECT / name for name in listed.stdout.split("\0") if name]
    else:
        paths = [path for name in TOP_LEVEL for path in (PROJECT / name, *(PROJECT / name).rglob("*"))]
        paths = [path for path in paths if "__pycache__" not in path.parts]
    return [path for path in paths if path.is_file()]


def room(path: Path) -> str:
    """Return the top-level module a file belongs to."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def rooms() -> set[str]:
    """Return the top-level modules of the package."""
    return {room(path) for path in source_files()} - {"__init__"}


@cache
def read(path: Path) -> ast.Module:
    """Return a module's syntax tree."""
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def called(tree: ast.AST) -> Iterator[str]:
    """Give the dotted name of everything that is called."""
    yield from (ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call))


def imported(tree: ast.AST) -> Iterator[str]:
    """Give the dotted name of everything that is imported."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def clock_readings(tree: ast.AST) -> list[str]:
    """Return the calls that ask what time or day it is."""
    asks = re.compile(r"(^|\.)(now|today|utcnow|localtime|gmtime)$|(^|\.)(perf_counter|monotonic|time)(_ns)?$")
    harmless = {"declare.time", "schema.time", "time"}
    imports = [name for name in imported(tree) if re.match(r"time\.(?!sleep$)", name)]
    return [name for name in called(tree) if asks.search(name) and name not in harmless] + imports


def generators_made(tree: ast.AST) -> list[str]:
    """Return what makes or uses a generator of random numbers of its own."""
    makes = re.compile(r"default_rng$|RandomState$|random\.(seed|Generator)$|^(np|numpy)\.random\.[a-z_]+$")
    return [name for name in called(tree) if makes.search(name)] + [name for name in imported(tree) if name == "random"]


def body_lines(function: Function, lines: list[str]) -> int:
    """Return how many lines of code stand under a function's head, docstring, comments and blanks not counted."""
    body = function.body[1:] if ast.get_docstring(function) else function.body
    if not body:
        return 0
    text = (line.strip() for line in lines[body[0].lineno - 1 : function.end_lineno])
    return sum(bool(line) and not line.startswith("#") for line in text)


def is_plain_class(node: ast.ClassDef) -> bool:
    """Tell whether a class is a frozen dataclass, a vocabulary, a protocol, an error or a library's declaration."""
    allowed = {"StrEnum", "IntEnum", "Enum", "Protocol", "BaseModel", "ValueError", "RuntimeError", "ArgumentParser"}
    frozen = any("dataclass" in (words := ast.unparse(mark)) and "frozen=True" in words for mark in node.decorator_list)
    return frozen or bool(allowed & {ast.unparse(base).split(".")[-1] for base in node.bases})


@pytest.mark.parametrize(("number", "word"), list(enumerate(CHAPTERS, start=1)))
def test_one_word_names_a_chapter_everywhere(number: int, word: str) -> None:
    assert word in rooms()
    assert (PACKAGE / "schema" / f"{word}.py").is_file()
    assert (PACKAGE / "report" / f"{word}.py").is_file() or (PACKAGE / "report" / word / "__init__.py").is_file()
    assert (PROJECT / "notebooks" / f"{number:02d}_{word}.ipynb").is_file()
    assert list((PROJECT / "tests").glob(f"test_{word}.py"))


def test_the_notebooks_are_the_chapters_in_order_then_the_whole_and_nothing_else() -> None:
    chapters = {f"{number:02d}_{word}" for number, word in enumerate(CHAPTERS, start=1)}
    found = {path.stem for path in (PROJECT / "notebooks").glob("*.ipynb")}
    assert chapters | set(WHOLE) | {"workbench"} <= found
    assert found <= chapters | set(WHOLE) | set(OTHERS)


def test_every_module_has_tests_under_its_own_name() -> None:
    tested = {path.stem.removeprefix("test_") for path in (PROJECT / "tests").glob("test_*.py")}
    assert {name.strip("_") for name in rooms()} - tested == set()


def test_no_module_is_a_drawer_for_odds_and_ends() -> None:
    assert not {path.stem for path in source_files()} & DRAWER_WORDS


def test_the_top_of_the_repository_holds_the_agreed_names_and_no_other() -> None:
    found = {path.relative_to(PROJECT).parts[0] for path in kept_files()}
    assert found - TOP_LEVEL == set()
    assert found >= TOP_LEVEL - {".gitignore"}


def test_nothing_below_the_bell_reads_the_clock() -> None:
    readings = {str(path): clock_readings(read(path)) for path in source_files() if room(path) not in BELL}
    assert {path: names for path, names in readings.items() if names} == {}


def test_random_numbers_come_from_the_named_streams_alone() -> None:
    made = {str(path): generators_made(read(path)) for path in source_files() if room(path) != "uncertainty"}
    assert {path: names for path, names in made.items() if names} == {}


def test_every_assumption_the_code_names_is_declared() -> None:
    asks = re.compile(r"\.(value|three_point|assumption)\('(\w+)'")
    named = {name for path in source_files() for _, name in asks.findall(ast.unparse(read(path)))}
    assert len(named) > 40
    assert named - set(ASSUMPTIONS) == set()


def test_which_role_crews_the_vehicles_is_worked_out_in_one_place() -> None:
    defined = [node.name for path in source_files() for node in read(path).body if isinstance(node, Function)]
    assert defined.count("crew_role") == 1


@pytest.mark.parametrize(
    "code",
    [
        "import datetime\ndatetime.datetime.now()",
        "import time\ntime.time()",
        "from time import time\ntime()",
        "time.perf_counter_ns()",
        "from datetime import date\ndate.today()",
    ],
)
def test_a_look_at_the_clock_would_be_found(code: str) -> None:
    assert clock_readings(ast.parse(code))


@pytest.mark.parametrize(
    "code", ["import random", "np.random.seed(1)", "rng = numpy.random.default_rng()", "x = np.random.normal(0, 1)"]
)
def test_a_generator_outside_the_named_streams_would_be_found(code: str) -> None:
    assert generators_made(ast.parse(code))


@pytest.mark.parametrize("path", source_files(), ids=lambda path: str(path.relative_to(PROJECT)))
def test_a_module_is_short_opens_with_words_and_explains_what_it_offers(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    tree, lines = read(path), text.splitlines()
    assert len(lines) <= MODULE_LINES
    assert (ast.get_docstring(tree) or "").strip().endswith("."), "a module opens with a paragraph"
    functions = [node for node in ast.walk(tree) if isinstance(node, Function)]
    classes = [node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    offered = [node for scope in (tree, *classes) for node in scope.body if isinstance(node, Function | ast.ClassDef)]
    public = [node for node in offered if not node.name.startswith("_")]
    assert [node.name for node in public if not ast.get_docstring(node)] == [], "undocumented"
    long = {node.name: body_lines(node, lines) for node in functions}
    assert {name: length for name, length in long.items() if length > FUNCTION_LINES} == {}, "too long"
    assert [node.name for node in classes if not is_plain_class(node)] == [], "classes with behaviour of their own"


def test_no_kept_file_names_a_place_on_a_machine_or_a_registry() -> None:
    faults = []
    for path in kept_files():
        if path == Path(__file__) or path.suffix in {".png", ".xlsx", ".gz", ".sqlite"}:
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            if PLACE_ON_A_MACHINE.search(line) or REGISTRY.search(line):
                faults.append(f"{path.relative_to(PROJECT)}:{number}")
    assert faults == []


def test_every_outside_package_that_is_imported_is_declared() -> None:
    declared = {_plain(Requirement(line).name) for line in _declared()}
    homes = packages_distributions()
    ours = {"apstra", "conftest", *(path.stem for path in (PROJECT / "tests").rglob("*.py"))}
    used = {
        name.split(".")[0]
        for folder in ("apstra", "tests", "data")
        for path in (PROJECT / folder).rglob("*.py")
        for name in imported(read(path))
    }
    outside = {name for name in used if name not in ours and name not in sys.stdlib_module_names and name != "None"}
    assert {name for name in outside if not {_plain(home) for home in homes.get(name, [name])} & declared} == set()


def test_the_environment_for_conda_agrees_with_the_project() -> None:
    environment = yaml.safe_load((PROJECT / "environment.yml").read_text(encoding="utf-8"))
    plain = [line for line in environment["dependencies"] if isinstance(line, str)]
    (through_pip,) = [line["pip"] for line in environment["dependencies"] if isinstance(line, dict)]
    assert environment["name"] == PROJECT_FILE["project"]["name"]
    (python,) = [line for line in plain if line.startswith("python ")]
    assert python.removeprefix("python ") == PROJECT_FILE["project"]["requires-python"]
    (own,) = through_pip
    extras = re.fullmatch(r"-e \.\[(.+)\]", own)
    assert extras
    assert set(extras[1].split(",")) <= set(PROJECT_FILE["project"]["optional-dependencies"])
    assert "tests" in extras[1].split(",")
    twice = {line.split()[0] for line in plain} & {Requirement(line).name for line in _declared()}
    assert twice == set(), "a package has its version from one list alone"


def test_the_lock_pins_every_declared_package_within_its_bounds_and_by_hash() -> None:
    text = (PROJECT / "requirements.lock").read_text(encoding="utf-8").replace("\\\n", " ")
    pins = [line for line in text.splitlines() if line and not line.startswith("#")]
    pinned = {_plain(pin[1]): pin[2] for line in pins if (pin := re.match(r"([\w.-]+)(?:\[[\w,-]+\])?==(\S+)", line))}
    assert all(re.match(r"[\w.-]+(\[[\w,-]+\])?==\S+.*--hash=sha256:[0-9a-f]{64}", line) for line in pins)
    for line in [*_declared(), *PROJECT_FILE["build-system"]["requires"]]:
        asked = Requirement(line)
        assert pinned[_plain(asked.name)] in asked.specifier, line


def test_the_readme_names_only_goals_that_can_be_made_and_the_gate_runs_its_test_command() -> None:
    readme = (PROJECT / "README.md").read_text(encoding="utf-8")
    makefile = (PROJECT / "Makefile").read_text(encoding="utf-8")
    goals = set(re.findall(r"^([.a-z]+):.*## ", makefile, re.M))
    named = set(re.findall(r"(?:^|`)make ([.a-z]+)", readme, re.M))
    assert {"assessment", "test"} <= named <= goals
    assert 'command="make test"' in (PROJECT / ".ci" / "run").read_text(encoding="utf-8")


def test_every_release_says_whether_results_change() -> None:
    releases = re.split(r"^## ", (PROJECT / "CHANGELOG.md").read_text(encoding="utf-8"), flags=re.M)[1:]
    assert releases
    assert [words.splitlines()[0] for words in releases if "\n### Results change\n\n" not in words] == []
    assert releases[0].startswith(PROJECT_FILE["project"]["version"])


def test_every_room_below_the_doors_is_kept_from_files() -> None:
    floors, no_files = PROJECT_FILE["tool"]["importlinter"]["contracts"]
    layers = [{name.strip() for name in layer.split("|")} for layer in floors["layers"]]
    doors = next(number for number, layer in enumerate(layers) if "ledger" in layer)
    below = {f"apstra.{name}" for layer in layers[doors + 1 :] for name in layer if not name.startswith("(")}
    there = {f"apstra.{name}" for name in rooms()}
    optional = {f"apstra.{name[1:-1]}" for layer in layers[doors + 1 :] for name in layer if name.startswith("(")}
    assert set(no_files["source_modules"]) == below | (optional & there)


def lint_floors(folder: Path) -> subprocess.CompletedProcess[str]:
    """Return what import-linter says of a copy of the house."""
    return subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command as lint; lint(['--no-cache'])"],
        cwd=folder, env={**os.environ, "PYTHONPATH": str(folder)}, capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.fixture
def copy_of_the_house(tmp_path: Path) -> Path:
    shutil.copytree(PACKAGE, tmp_path / "apstra", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(PROJECT / "pyproject.toml", tmp_path)
    return tmp_path


def test_the_floors_hold(copy_of_the_house: Path) -> None:
    verdict = lint_floors(copy_of_the_house)
    assert verdict.returncode == 0, verdict.stdout


@pytest.mark.parametrize(
    ("module", "line", "told"),
    [
        ("risk", "from apstra import demand", "apstra.risk is not allowed to import apstra.demand"),
        ("queueing", "from apstra import scenario", "apstra.queueing is not allowed to import apstra.scenario"),
        ("learning", "import pathlib", "apstra.learning is not allowed to import pathlib"),
        ("report/exhibit", "from apstra import data", "apstra.report is not allowed to import apstra.data"),
        ("utils", "", "utils"),
    ],
)
def test_the_floors_can_break(copy_of_the_house: Path, module: str, line: str, told: str) -> None:
    path = copy_of_the_house / "apstra" / f"{module}.py"
    path = path if path.parent.joinpath(module).is_dir() is False else path.with_suffix("") / "__init__.py"
    path.write_text((path.read_text(encoding="utf-8") if path.exists() else "") + f"\n{line}\n", encoding="utf-8")
    verdict = lint_floors(copy_of_the_house)
    assert verdict.returncode == 1
    assert told in " ".join(verdict.stdout.split())


def test_what_a_notebook_imports_leaves_the_slow_parts_out() -> None:
    slow = ("scipy.stats", "matplotlib.pyplot", "papermill", "nbconvert")
    code = f"import sys; from apstra import data, report; print([name for name in {slow} if name in sys.modules])"
    loaded = subprocess.run([sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True, check=True)
    assert loaded.stdout.strip() == "[]"


def _declared() -> list[str]:
    """Return every requirement of the project and its extras."""
    extras = PROJECT_FILE["project"]["optional-dependencies"].values()
    return [*PROJECT_FILE["project"]["dependencies"], *(line for extra in extras for line in extra)]


def _plain(name: str) -> str:
    """Return a distribution's name as an index compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()

"""Every notebook is an argument, not a program: thin, folded, stripped, standing alone, with the five parameters."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from conftest import PROJECT

NOTEBOOKS = sorted((PROJECT / "notebooks").glob("*.ipynb"))
PARAMETERS = {
    "force": ("str", "data/cumbria"),
    "year": ("int", 2026),
    "as_at": ("str", "2026-11-01"),
    "scenario": ("str", "baseline"),
    "run_dir": ("str", ""),
}
CODE_LINES = 60
MEASURES = 3
PROGRAM = (
    ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda, ast.For, ast.AsyncFor, ast.While, ast.If, ast.Try,
    ast.With, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp, ast.BinOp, ast.AugAssign,
)  # fmt: skip


def code_cells(path: Path) -> list[Any]:
    """Return the code cells of a notebook."""
    return [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]


def tagged(cells: list[Any], tag: str) -> list[Any]:
    """Return the cells that carry a tag."""
    return [cell for cell in cells if tag in cell.metadata.get("tags", [])]


def statements(cells: list[Any]) -> Iterator[ast.AST]:
    """Give every node of the cells' code."""
    for cell in cells:
        yield from ast.walk(ast.parse(cell.source))


def code_lines(cells: list[Any]) -> int:
    """Return how many lines hold code: neither blank nor a comment alone."""
    lines = (line.strip() for cell in cells for line in cell.source.splitlines())
    return sum(bool(line) and not line.startswith("#") for line in lines)


def programming(cells: list[Any]) -> list[str]:
    """Return what makes a notebook a program: definitions, loops, branches, comprehensions, arithmetic."""
    return [type(node).__name__ for node in statements(cells) if isinstance(node, PROGRAM)]


@pytest.fixture(params=NOTEBOOKS, ids=lambda path: path.stem)
def notebook(request: pytest.FixtureRequest) -> Path:
    return request.param


def test_a_notebook_is_well_formed_and_its_cells_have_names_of_their_own(notebook: Path) -> None:
    content = nbformat.read(notebook, as_version=nbformat.NO_CONVERT)
    nbformat.validate(content)
    names = [cell.id for cell in content.cells]
    assert len(set(names)) == len(names)
    assert content.metadata.kernelspec.name == "python3"


def test_a_notebook_opens_with_its_title_and_the_question_it_answers(notebook: Path) -> None:
    first = nbformat.read(notebook, as_version=4).cells[0]
    title, _, question = first.source.partition("\n")
    assert first.cell_type == "markdown"
    assert title.startswith("# ")
    assert "?" in question


def test_a_notebook_takes_exactly_the_five_parameters_with_their_types_and_explains_each(notebook: Path) -> None:
    cells = code_cells(notebook)
    (cell,) = tagged(cells, "parameters")
    assert cells.index(cell) == 0
    body = ast.parse(cell.source).body
    found = {ast.unparse(node.target): (ast.unparse(node.annotation), ast.literal_eval(node.value)) for node in body}
    assert found == PARAMETERS
    assert all("# " in line for line in cell.source.splitlines()), "each parameter says what it is"


def test_a_notebook_is_an_argument_and_not_a_program(notebook: Path) -> None:
    cells = code_cells(notebook)
    assert programming(cells) == []
    assert code_lines(cells) <= CODE_LINES


def test_a_notebook_stands_alone_and_imports_only_the_package(notebook: Path) -> None:
    imports = [node for node in statements(code_cells(notebook)) if isinstance(node, ast.Import | ast.ImportFrom)]
    assert imports
    assert {node.module if isinstance(node, ast.ImportFrom) else node.names[0].name for node in imports} == {"apstra"}


def test_the_code_of_a_notebook_is_folded_away(notebook: Path) -> None:
    open_cells = [cell.id for cell in code_cells(notebook) if not cell.metadata.get("jupyter", {}).get("source_hidden")]
    assert open_cells == []


def test_a_notebook_is_kept_without_results_but_its_digest(notebook: Path) -> None:
    content = nbformat.read(notebook, as_version=4)
    *before, _ = code_cells(notebook)
    kept = [cell.id for cell in before if cell.outputs or cell.execution_count is not None]
    assert kept == []
    assert not {"widgets", "papermill"} & set(content.metadata)


def test_a_notebook_ends_with_a_digest_that_is_checked(notebook: Path) -> None:
    last = code_cells(notebook)[-1]
    assert last.source.startswith("# NBVAL_CHECK_OUTPUT\nprint(report.digest(")
    # Without a stored output nbval would compare nothing; without a count it calls the cell unrun.
    assert last.execution_count == 1
    assert "keep_output" in last.metadata.tags
    (stored,) = last.outputs
    assert stored.name == "stdout"
    assert len(stored.text.splitlines()) >= MEASURES


@pytest.mark.parametrize(
    "code", ["def f(): pass", "[x for x in y]", "for x in y: pass", "f = lambda: 0", "total = a + b"]
)
def test_a_program_in_a_notebook_would_be_found(code: str) -> None:
    assert programming([nbformat.v4.new_code_cell(code)])

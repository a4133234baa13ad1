"""Store what each digest cell prints, for nbval to compare: `make digests`, after results change on purpose."""

import nbformat
from nbclient import NotebookClient

from apstra.run import NOTEBOOKS

KEPT = "keep_output"


def main() -> None:
    """Execute every notebook and keep the output of its last cell alone."""
    for path in sorted(NOTEBOOKS.glob("*.ipynb")):
        notebook = nbformat.read(path, as_version=4)
        executed = nbformat.from_dict(notebook)
        NotebookClient(executed, timeout=600, resources={"metadata": {"path": str(NOTEBOOKS)}}).execute()
        for cell in notebook.cells:
            if cell.cell_type == "code":
                cell.outputs, cell.execution_count = [], None
        digest, seen = notebook.cells[-1], executed.cells[-1]
        text = "".join(output.text for output in seen.outputs if output.output_type == "stream")
        digest.outputs = [nbformat.v4.new_output("stream", name="stdout", text=text)]
        digest.execution_count = 1
        digest.metadata["tags"] = [KEPT]
        nbformat.write(notebook, path)


if __name__ == "__main__":
    main()

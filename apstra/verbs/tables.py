"""Verbs about a force's tables: through a spreadsheet and back, and the start of a force."""

import argparse
from pathlib import Path

from apstra.verbs.arguments import HELP, REFUSED, Parser, force_folder
from apstra.verbs.exchange import write_new

TEMPLATE_CODES = """exit codes:
  0  written
  3  refused: faults in the force's tables, a file of that name, a place that cannot be written"""
IMPORT_CODES = """exit codes:
  0  taken in, or nothing changed
  3  refused, and no file touched: faults (each by sheet, row, column, value and what is allowed), no such folder"""
START_CODES = """exit codes:
  0  made; what is to be supplied is printed
  3  refused, and nothing made: no force of that name, a folder that is there and not empty"""


def add_verbs(verbs: "argparse._SubParsersAction[Parser]") -> None:
    """Add the verbs."""
    template = verbs.add_parser(
        "template", help="every table as one workbook to be filled in", epilog=TEMPLATE_CODES, formatter_class=HELP,
        description="Write an Excel workbook with a sheet for each table: meaning, unit and what is allowed at each"
        " heading, drop-downs, ranges, examples on a sheet of their own.",
    )  # fmt: skip
    template.add_argument("out", type=Path, help="the workbook to write, a new file that ends in .xlsx")
    template.add_argument("--force", type=force_folder, help="folder of a force whose rows are filled in")
    template.set_defaults(verb=_template)

    taken = verbs.add_parser(
        "import", help="take the tables of a workbook into a force's folder", epilog=IMPORT_CODES, formatter_class=HELP,
        description="Read a workbook made by apstra template, check it whole with the folder's settings and other"
        " tables, and write the CSVs that change. A table without a sheet stays as it is.",
    )  # fmt: skip
    taken.add_argument("book", type=Path, help="the workbook")
    taken.add_argument("folder", type=force_folder, help="folder of the force's tables, from here or from the project")
    taken.add_argument("--empty", action="store_true", help="let a sheet without rows empty a table that has some")
    taken.set_defaults(verb=_import)

    start = verbs.add_parser(
        "new-force", help="the start of a force", epilog=START_CODES, formatter_class=HELP,
        description="Make a folder that validates, with the public figures of one of the 43 forces in and everything"
        " else to be supplied.",
    )  # fmt: skip
    start.add_argument("name", help="name of the force as data/reference/police_forces.csv prints it")
    start.add_argument("folder", type=Path, help="the folder to make; it must not be there, or be empty")
    start.set_defaults(verb=_new_force)


def _template(arguments: argparse.Namespace) -> int:
    """Write the workbook, blank or with a force's rows."""
    from apstra import data  # noqa: PLC0415 - so that --help and usage errors answer at once
    from apstra.data.new_force import WORKED  # noqa: PLC0415
    from apstra.data.settings import read_settings  # noqa: PLC0415
    from apstra.data.table_book import force_cells  # noqa: PLC0415
    from apstra.publish.template import template_book  # noqa: PLC0415

    out: Path = arguments.out
    if out.suffix.lower() != ".xlsx":
        raise ValueError(f"the workbook's name must end in .xlsx, not {out.name!r}")
    cells, force = {}, None
    if arguments.force:
        folder = data.force_folder(arguments.force)
        if not (faults := data.validate(folder)).empty:
            raise data.InvalidTables(faults)
        cells, force = force_cells(folder), read_settings(folder)[0].force
    write_new(out, template_book(cells, force_cells(WORKED), force))
    print(f"{out}: {f'the tables of {force.name}' if force else 'every table, to be filled in'}")
    return 0


def _import(arguments: argparse.Namespace) -> int:
    """Take a workbook in; print what changed, or every fault."""
    from apstra import data  # noqa: PLC0415
    from apstra.data.faults import Fault  # noqa: PLC0415
    from apstra.data.table_book import import_book  # noqa: PLC0415

    folder = data.force_folder(arguments.folder)
    try:
        changed, left = import_book(arguments.book, folder, may_empty=arguments.empty)
    except data.InvalidTables as error:
        for row in error.faults.itertuples(index=False, name=None):
            print(Fault(*row))
        print(f"{len(error.faults)} {'fault' if len(error.faults) == 1 else 'faults'}: nothing is written")
        return REFUSED
    if left:
        print(f"no sheet, left as they are: {', '.join(left)}")
    print(f"changed: {', '.join(changed)}" if changed else "nothing changed: nothing is written")
    return 0


def _new_force(arguments: argparse.Namespace) -> int:
    """Make a force's folder; print what is to be supplied."""
    from apstra.data.new_force import new_force  # noqa: PLC0415

    lines = new_force(arguments.name, arguments.folder.absolute())
    print(f"{arguments.folder}: the start of {arguments.name}; it validates. To be supplied:")
    for line in lines:
        print(f"  {line}")
    return 0

"""The command line: validate a force's tables, do a run, list the runs."""

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, NoReturn

EXIT_CODES: Final = """exit codes:
  0  done
  1  failed: a notebook or product could not be made
  2  done, and a check is breached (each printed on one line)
  3  refused: bad tables, settings, parameters or usage"""
REFUSED: Final = 3
_HELP: Final = argparse.RawDescriptionHelpFormatter


class _Parser(argparse.ArgumentParser):
    """The standard parser, but a usage error is a refusal."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong and leave with the exit code of a refusal; the standard one means a breached check here."""
        self.print_usage(sys.stderr)
        self.exit(REFUSED, f"{self.prog}: {message}\n")


def main(argv: Sequence[str] | None = None) -> int:
    """Do what the command line asks and return the exit code."""
    arguments = _parser().parse_args(argv)
    verb: Callable[[argparse.Namespace], int] = arguments.verb
    try:
        return verb(arguments)
    except ValueError as error:
        print(error, file=sys.stderr)
        return REFUSED


def _parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = _Parser(prog="apstra", description=__doc__, epilog=EXIT_CODES, formatter_class=_HELP)
    verbs = parser.add_subparsers(required=True, metavar="VERB", parser_class=_Parser)

    validate = verbs.add_parser(
        "validate", help="every fault of a force's tables", description="Name every fault of a force's tables.",
        epilog="exit codes:\n  0  sound\n  3  faults, or no such folder", formatter_class=_HELP,
    )  # fmt: skip
    validate.add_argument("folder", type=_folder, help="folder of the force's tables, from here or from the project")
    validate.set_defaults(verb=_validate)

    run = verbs.add_parser(
        "run", help="the assessment and the register", description="Execute the assessment and publish its products.",
        epilog=EXIT_CODES, formatter_class=_HELP,
    )  # fmt: skip
    run.add_argument(
        "--force", type=_folder, required=True, help="folder of the force's tables, from here or from the project"
    )
    run.add_argument("--year", type=int, required=True, help="financial year assessed: 2026 is 2026-27")
    run.add_argument("--as-at", required=True, help="the day the assessment speaks of, YYYY-MM-DD")
    run.add_argument("--scenario", default="baseline", help="a file of the force's scenarios (default %(default)s)")
    run.add_argument("--out", default="outputs", help="folder the run's folder is made in (default %(default)s)")
    run.add_argument("--workers", type=int, help="notebooks executed at once (default: the number of cores)")
    run.set_defaults(verb=_run)

    runs = verbs.add_parser(
        "runs", help="what has been run", description="List the finished runs, oldest first.",
        epilog="exit codes:\n  0  listed\n  3  bad usage", formatter_class=_HELP,
    )  # fmt: skip
    runs.add_argument("--out", default="outputs", help="folder the runs lie in (default %(default)s)")
    runs.set_defaults(verb=_runs)
    return parser


def _folder(text: str) -> str:
    """Return the folder of a force: one that lies where the command is given, else left to the project to find."""
    return str(Path(text).resolve()) if Path(text).is_dir() else text


def _validate(arguments: argparse.Namespace) -> int:
    """Print every fault of a force's tables, one a line."""
    from apstra import data  # noqa: PLC0415 - so that --help and usage errors answer at once

    faults = data.validate(arguments.folder)
    if faults.empty:
        print(f"{arguments.folder}: no faults")
        return 0
    places = [f"{row.file}:{row.row}" if row.row else row.file for row in faults.itertuples()]
    widths = max(map(len, places)), faults["column"].str.len().max()
    for place, row in zip(places, faults.itertuples(), strict=True):
        print(f"{place:<{widths[0]}}  {row.column:<{widths[1]}}  {row.value!r} - allowed: {row.allowed}")
    print(f"{len(faults)} {'fault' if len(faults) == 1 else 'faults'}")
    return REFUSED


def _run(arguments: argparse.Namespace) -> int:
    """Do a run; print its breaches and where it lies."""
    from apstra import run  # noqa: PLC0415

    progress = (lambda line: print(line, file=sys.stderr)) if sys.stderr.isatty() else None
    asked = (arguments.force, arguments.year, arguments.as_at, arguments.scenario, arguments.out)
    try:
        outcome = run.run(*asked, workers=arguments.workers, progress=progress)
    except run.RunFailed as error:
        print(f"failed: {error}", file=sys.stderr)
        return run.FAILED
    for line in outcome.breaches:
        print(f"breached: {line}")
    if progress:
        progress(f"{'done' if outcome.executed else 'already done'}: {outcome.folder}")
    return outcome.exit_code


def _runs(arguments: argparse.Namespace) -> int:
    """Print the finished runs as a table."""
    from apstra import run  # noqa: PLC0415

    found = run.runs(Path(arguments.out))
    print("no runs" if found.empty else found.to_string(index=False))
    return 0


if __name__ == "__main__":
    sys.exit(main())

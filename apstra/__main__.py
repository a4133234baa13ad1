"""The command line: validate a force's tables, do a run, list and keep runs, put the forecasts to the test."""

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from apstra.verbs import register, review, scenarios, sign, tables
from apstra.verbs.arguments import EXIT_CODES, HELP, REFUSED, Parser, add_asked, force_folder, print_table

if TYPE_CHECKING:
    from apstra.demand import Backtest


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
    parser = Parser(prog="apstra", description=__doc__, epilog=EXIT_CODES, formatter_class=HELP)
    verbs = parser.add_subparsers(required=True, metavar="VERB", parser_class=Parser)

    validate = verbs.add_parser(
        "validate", help="every fault of a force's tables", description="Name every fault of a force's tables.",
        epilog="exit codes:\n  0  sound\n  3  faults, or no such folder", formatter_class=HELP,
    )  # fmt: skip
    validate.add_argument(
        "folder", type=force_folder, help="folder of the force's tables, from here or from the project"
    )
    validate.set_defaults(verb=_validate)

    run = verbs.add_parser(
        "run", help="the assessment and the register", description="Execute the assessment and publish its products.",
        epilog=EXIT_CODES, formatter_class=HELP,
    )  # fmt: skip
    add_asked(run)
    run.add_argument("--out", default="outputs", help="folder the run's folder is made in (default %(default)s)")
    run.add_argument("--workers", type=int, help="notebooks executed at once (default: the number of cores)")
    run.set_defaults(verb=_run)

    _add_options(verbs)
    _add_record(verbs)
    for one in (register, review, scenarios, sign, tables):
        one.add_verbs(verbs)
    runs = verbs.add_parser(
        "runs", help="what has been run", description="List the finished runs, oldest first.",
        epilog="exit codes:\n  0  listed\n  3  bad usage", formatter_class=HELP,
    )  # fmt: skip
    runs.add_argument("--out", default="outputs", help="folder the runs lie in (default %(default)s)")
    runs.set_defaults(verb=_runs)
    return parser


def _add_options(verbs: "argparse._SubParsersAction[Parser]") -> None:
    """Add the verb about options."""
    options = verbs.add_parser(
        "options", help="options ranked", formatter_class=HELP,
        description="Rank the options of the force's table (or those the assessment would weigh) by the unmet"
        " requirement they remove [occurrences a year], with what each does to every area, and pairs.",
        epilog="exit codes:\n  0  printed\n  3  refused: a table, setting or parameter at fault",
    )  # fmt: skip
    add_asked(options)
    options.set_defaults(verb=_options)


def _add_record(verbs: "argparse._SubParsersAction[Parser]") -> None:
    """Add the verbs about the track record of forecasts."""
    backtest = verbs.add_parser(
        "backtest", help="how the forecasts would have done", formatter_class=HELP,
        description="Print how the forecasts of years, hours and days, and of calls that find no crew would have done"
        " on the published series of forces and on a real log: about a minute the first time.",
        epilog="exit codes:\n  0  printed\n  3  a series at fault, or bad usage",
    )  # fmt: skip
    backtest.add_argument(
        "--series", type=Path, help="a CSV of yearly counts (force, year such as 2004-05, value) to put through it "
        "instead of the published series [operations a year]",
    )  # fmt: skip
    backtest.set_defaults(verb=_backtest)

    keep = verbs.add_parser(
        "keep", help="a run's forecasts, for later runs to score", formatter_class=HELP,
        description="Add what a finished baseline run said will be counted to the record in the force's ledger folder.",
        epilog="exit codes:\n  0  kept\n  3  no such run, not of this force, not the baseline, or kept already",
    )  # fmt: skip
    keep.add_argument("run", type=Path, help="folder of the run")
    keep.add_argument(
        "--force", type=force_folder, required=True, help="folder of the force's tables, from here or from the project"
    )
    keep.set_defaults(verb=_keep)


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


def _options(arguments: argparse.Namespace) -> int:
    """Print the options ranked, what they do to each area, and pairs of them."""
    from apstra import data  # noqa: PLC0415

    found = data.assessment(arguments.force, arguments.year, arguments.as_at, arguments.scenario).options
    columns = ["rank", "option_id", "title", "removed", "low", "high", "left", "within_change", "cost", "worse"]
    by_area = found.areas.pivot_table(index="option_id", columns="area_id", values="removed", sort=False)
    print_table("Unmet requirement removed by each option [occurrences a year]", found.ranking[columns])
    print_table("The same by policing area", by_area.reset_index())
    print_table("Pairs, apart and together", found.pairs)
    return 0


def _backtest(arguments: argparse.Namespace) -> int:
    """Print how the forecasts would have done."""
    from apstra import data, demand  # noqa: PLC0415

    if arguments.series:
        series = demand.backtest(data.read_series(arguments.series))
        _print_years(arguments.series.stem, series)
        return 0
    found = data.evidence()
    for name, record in found.years.items():
        _print_years(name, record)
    for words, proof in (("Hallowe'en in its calendar", found.incidents), ("no calendar", found.eventless)):
        print_table(f"Calls of a real fire service, four weeks ahead, {words}", proof.scores)
        print_table("The pattern less each rival, below 0 where it is better (95 %)", proof.differences)
    print_table("Committed minutes exceeded on that log, seen and fitted", found.tail)
    print_table("Held-back calls that found no crew free, seen and predicted", found.incidents.lost)
    return 0


def _print_years(name: str, record: "Backtest") -> None:
    """Print the back test of yearly forecasts on the series of one kind of count."""
    print_table(f"Yearly forecasts on {name}, one to four years ahead, best first", record.summary)
    print_table("The ladder less each other model, below 0 where it is better (95 %)", record.differences)
    print_table("By years ahead", record.by_step.query("model == 'ladder'").drop(columns="model"))
    print_table("By years of history (3: three or more)", record.by_history)
    print(f"Best on {name}: {record.summary['model'].iloc[0]}\n")


def _keep(arguments: argparse.Namespace) -> int:
    """Keep what a run said will be counted."""
    from apstra import run  # noqa: PLC0415

    print(f"kept {run.keep_forecasts(arguments.run, arguments.force)} statements")
    return 0


def _runs(arguments: argparse.Namespace) -> int:
    """Print the finished runs as a table."""
    from apstra import run  # noqa: PLC0415

    found = run.runs(Path(arguments.out))
    print("no runs" if found.empty else found.to_string(index=False))
    return 0


if __name__ == "__main__":
    sys.exit(main())

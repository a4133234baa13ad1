"""Verbs about what changed since the last review, and the light scheduled check."""

import argparse
import sys
from datetime import date

from apstra.verbs.arguments import BREACHED, EXIT_CODES, HELP, Parser, add_force, iso_date

CHECK_CODES = """exit codes:
  0  nothing is late, lapsed or at fault
  2  something is (each printed on one line)
  3  refused: a table, setting, ledger or parameter at fault"""


def add_verbs(verbs: "argparse._SubParsersAction[Parser]") -> None:
    """Add the verbs."""
    review = verbs.add_parser(
        "review", help="what changed since the last review", epilog=EXIT_CODES, formatter_class=HELP,
        description="Make the review: entries added, closed and moved, by how much and why, faults and headline figures"
        " then and now, the steps of the requirement, decisions due, the next dates. It speaks of what changed since"
        " the last approved assessment or review, and is prepared and signed like an assessment; 'no change' too.",
    )  # fmt: skip
    add_force(review)
    review.add_argument("--as-at", type=iso_date, required=True, help="the day the review speaks of, YYYY-MM-DD")
    review.add_argument("--year", type=int, help="financial year assessed (default: that of the day)")
    review.add_argument("--scenario", default="baseline", help="a file of the force's scenarios (default %(default)s)")
    review.add_argument("--out", default="outputs", help="folder the review's folder is made in (default %(default)s)")
    review.set_defaults(verb=_review)

    check = verbs.add_parser(
        "check", help="the light scheduled check", epilog=CHECK_CODES, formatter_class=HELP,
        description="Say in seconds what is late, lapsed or at fault: errors of the register, reviews, controls and"
        " acceptances past their day or (acceptances) within 30 days of it, expired agreements, the ledger's chain, the"
        " last approval; and when the next assessment and review are due.",
    )  # fmt: skip
    add_force(check)
    check.add_argument("--as-at", type=iso_date, required=True, help="the day of the check, YYYY-MM-DD")
    check.set_defaults(verb=_check)


def _review(arguments: argparse.Namespace) -> int:
    """Make the review; print where it lies and what is breached."""
    from apstra import run  # noqa: PLC0415 - so that --help and usage errors answer at once
    from apstra.scenario import first_year_not_complete  # noqa: PLC0415

    day: date = arguments.as_at
    year = arguments.year or first_year_not_complete(day)
    progress = (lambda line: print(line, file=sys.stderr)) if sys.stderr.isatty() else None
    try:
        outcome = run.review(
            arguments.force, year, day.isoformat(), arguments.scenario, arguments.out, progress=progress
        )
    except run.RunFailed as error:
        print(f"failed: {error}", file=sys.stderr)
        return run.FAILED
    for line in outcome.breaches:
        print(f"breached: {line}")
    print(f"review: {outcome.folder / 'review.html'}")
    return outcome.exit_code


def _check(arguments: argparse.Namespace) -> int:
    """Print what is late, lapsed or at fault, and what comes next."""
    from apstra.run.checking import check  # noqa: PLC0415

    found = check(arguments.force, arguments.as_at)
    for line in found.breaches:
        print(f"breached: {line}")
    for row in found.dates.itertuples():
        print(f"next {row.what}: due on {row.due:%d %B %Y}")
    print(f"state as at {arguments.as_at.isoformat()}: {found.standing}")
    return BREACHED if found.breaches else 0

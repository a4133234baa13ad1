"""The verb about scenarios: list them, show what one changes, compare them."""

import argparse

from apstra.verbs.arguments import HELP, Parser, add_force, print_table

CODES = """exit codes:
  0  printed
  3  refused: a table, setting, scenario or parameter at fault, bad usage"""


def add_verbs(verbs: "argparse._SubParsersAction[Parser]") -> None:
    """Add the verb and its parts."""
    scenario = verbs.add_parser(
        "scenario", help="scenarios: list, show, compare", formatter_class=HELP, epilog=CODES,
        description="Read the scenarios of a force: small YAML files of differences from the baseline, in its folder"
        " scenarios.",
    )  # fmt: skip
    parts = scenario.add_subparsers(required=True, metavar="PART", parser_class=Parser)
    told = {
        "list": (_list, "the scenarios, and what is wrong with each"),
        "show": (_show, "what one changes, before and after"),
        "compare": (_compare, "two to four side by side: headline figures with ranges, risks that appear or go"),
    }
    for name, (verb, words) in told.items():
        part = parts.add_parser(
            name, help=words, description=f"{words[:1].upper()}{words[1:]}.", epilog=CODES, formatter_class=HELP
        )
        add_force(part)
        part.set_defaults(verb=verb)
        if name == "list":
            continue
        part.add_argument("--year", type=int, required=True, help="financial year assessed: 2026 is 2026-27")
        part.add_argument("--as-at", required=True, help="the day the assessment speaks of, YYYY-MM-DD")
        part.add_argument("names", nargs=1 if name == "show" else "+", metavar="NAME", help="a file of its scenarios")


def _list(arguments: argparse.Namespace) -> int:
    """Print the scenarios of a force; a fault in one is told and is no failure."""
    from apstra import data  # noqa: PLC0415 - so that --help and usage errors answer at once

    print_table(
        "Scenarios, and how many assumptions and rows of tables each changes", data.list_scenarios(arguments.force)
    )
    return 0


def _show(arguments: argparse.Namespace) -> int:
    """Print what a scenario changes."""
    from apstra import data  # noqa: PLC0415
    from apstra.assessment.differences import told  # noqa: PLC0415
    from apstra.data.store import checked_date  # noqa: PLC0415

    (name,) = arguments.names
    day = checked_date(arguments.year, arguments.as_at, name)
    scenario = data.read_scenario(arguments.force, name, arguments.year, day)
    data.read_tables_under(arguments.force, scenario)
    rows = told(scenario, data.read_tables(arguments.force))
    by = f", by {scenario.author}" if scenario.author else ""
    print(f"{scenario.title}{by}: {scenario.note}\n")
    if rows.empty:
        print("changes nothing from the baseline")
    else:
        print_table("What it changes", rows)
    return 0


def _compare(arguments: argparse.Namespace) -> int:
    """Print scenarios side by side."""
    from apstra import data  # noqa: PLC0415
    from apstra.assessment.differences import checked_names  # noqa: PLC0415
    from apstra.report.scenarios import compared_table  # noqa: PLC0415

    names = checked_names(arguments.names)
    found = [data.assessment(arguments.force, arguments.year, arguments.as_at, name) for name in names]
    print_table("Scenarios side by side", compared_table(found))
    return 0

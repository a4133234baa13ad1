"""What the verbs of the command line have in common: exit codes, the force asked for, who says something."""

import argparse
import os
import sys
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final, NoReturn
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    import pandas as pd

    from apstra.risk import Actor

EXIT_CODES: Final = """exit codes:
  0  done
  1  failed: a notebook or product could not be made
  2  done, and a check is breached (each printed on one line)
  3  refused: bad tables, settings, parameters or usage"""
REFUSED: Final = 3
BREACHED: Final = 2
HELP: Final = argparse.RawDescriptionHelpFormatter
ROLE: Final = "APSTRA_ROLE"
ACCOUNT: Final = "APSTRA_ACCOUNT"


class Parser(argparse.ArgumentParser):
    """The standard parser, but a usage error is a refusal."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong and leave with the exit code of a refusal; the standard one means a breached check here."""
        self.print_usage(sys.stderr)
        self.exit(REFUSED, f"{self.prog}: {message}\n")


def add_force(verb: argparse.ArgumentParser) -> None:
    """Add the parameter that says which force."""
    verb.add_argument(
        "--force", type=force_folder, required=True, help="folder of the force's tables, from here or from the project"
    )


def add_asked(verb: argparse.ArgumentParser) -> None:
    """Add the parameters that say which assessment is asked for."""
    add_force(verb)
    verb.add_argument("--year", type=int, required=True, help="financial year assessed: 2026 is 2026-27")
    verb.add_argument("--as-at", required=True, help="the day the assessment speaks of, YYYY-MM-DD")
    verb.add_argument("--scenario", default="baseline", help="a file of the force's scenarios (default %(default)s)")


def add_actor(verb: argparse.ArgumentParser) -> None:
    """Add the parameters that say who says something, and why."""
    verb.add_argument("--role", default=os.environ.get(ROLE), help=f"your role, never a name (default: {ROLE})")
    verb.add_argument(
        "--account",
        default=os.environ.get(ACCOUNT),
        help=f"your pseudonymous account, such as a-17 (default: {ACCOUNT})",
    )
    verb.add_argument("--reason", required=True, help="why, in a sentence; it is kept for good")


def actor(arguments: argparse.Namespace) -> "Actor":
    """Return who says something.

    Raises
    ------
    ValueError
        If role or account is missing or not what it must be.
    """
    from apstra.risk import Actor  # noqa: PLC0415 - so that --help and usage errors answer at once

    for name, variable in (("role", ROLE), ("account", ACCOUNT)):
        if not getattr(arguments, name):
            raise ValueError(f"say who you are: --{name}, or {variable} in the environment")
    return Actor(arguments.role, arguments.account)


def iso_date(text: str) -> date:
    """Return an ISO date; argparse tells what is wrong with anything else."""
    day = date.fromisoformat(text)
    if day.isoformat() != text:
        raise ValueError(text)
    return day


def now() -> datetime:
    """Return the time at which something is said, where the force is: its day is the day there."""
    return datetime.now(ZoneInfo("Europe/London"))


def force_folder(text: str) -> str:
    """Return the folder of a force: one that lies where the command is given, else left to the project to find."""
    return str(Path(text).resolve()) if Path(text).is_dir() else text


def print_table(title: str, table: "pd.DataFrame") -> None:
    """Print a table under its title, numbers to three decimals."""
    print(f"{title}\n{table.to_string(index=False, float_format='{:.3f}'.format)}\n")

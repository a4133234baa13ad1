"""Verbs about decision and proof: a run is prepared by one, signed by another, and verified by anybody."""

import argparse
from pathlib import Path

from apstra.verbs.arguments import BREACHED, HELP, Parser, actor, add_actor, add_force, now

SIGN_CODES = """exit codes:
  0  recorded
  3  refused: no such run, somebody who may not, errors in the register, or something changed since"""
VERIFY_CODES = """exit codes:
  0  everything matches
  2  something does not match (the first is named on one line)
  3  no such run, or of another force"""


def add_verbs(verbs: "argparse._SubParsersAction[Parser]") -> None:
    """Add the verbs."""
    sign = verbs.add_parser(
        "sign", help="prepare a run for signature, or decide on it", epilog=SIGN_CODES, formatter_class=HELP,
        description="Record that you prepared a run, or your decision on it. Preparer and approver differ in account"
        " and role; errors of the register block an approval. Nothing in the run's folder is touched: the next run"
        " makes the products that carry the signature.",
    )  # fmt: skip
    sign.add_argument("run", type=Path, help="folder of the finished run")
    add_force(sign)
    sign.add_argument(
        "--decision", required=True, choices=("prepared", "approve", "approve with conditions", "return"),
        help="what you record",
    )  # fmt: skip
    sign.add_argument("--expires", help="last day of an approval, YYYY-MM-DD")
    sign.add_argument("--confirm", help="the first characters of the digest you were shown; asked for on a terminal")
    add_actor(sign)
    sign.set_defaults(verb=_sign)

    verify = verbs.add_parser(
        "verify", help="proof that a run is what it says", epilog=VERIFY_CODES, formatter_class=HELP,
        description="Work everything out again: the history of the register, every file, table and result of the run,"
        " its signature. It proves integrity; it is not a qualified electronic signature.",
    )  # fmt: skip
    verify.add_argument("run", type=Path, help="folder of the finished run")
    add_force(verify)
    verify.set_defaults(verb=_verify)


def _sign(arguments: argparse.Namespace) -> int:
    """Record a preparation or a decision; a decision needs the digest confirmed."""
    from apstra import data  # noqa: PLC0415 - so that --help and usage errors answer at once
    from apstra.data import signing  # noqa: PLC0415

    who, at = actor(arguments), now()
    desk = data.desk(arguments.force, at.date())
    run = arguments.run.resolve()
    if arguments.decision == "prepared":
        event = signing.prepare(desk, run, who, arguments.reason, at)
    else:
        _confirmed(signing.covered(run).results, arguments.confirm)
        event = signing.sign(desk, run, who, arguments.decision, arguments.reason, arguments.expires, at)
    print(f"{event.id}: {arguments.decision} by {event.role} ({event.account})")
    print(f"State of the run: {signing.standing_of(desk, run).words}")
    return 0


def _confirmed(digest: str, given: str | None) -> None:
    """Refuse a decision whose digest was not confirmed; on a terminal it is asked for."""
    import sys  # noqa: PLC0415

    from apstra.data.signing import CONFIRMED  # noqa: PLC0415

    print(f"Digest of the results: {digest}")
    if given is None and sys.stdin.isatty():
        given = input(f"Type its first {CONFIRMED} characters to sign: ").strip()
    if given is None or len(given) < CONFIRMED or not digest.startswith(given):
        raise ValueError(f"not signed: --confirm must give the first {CONFIRMED} characters of the digest or more")


def _verify(arguments: argparse.Namespace) -> int:
    """Print what was looked at and the first thing that does not match."""
    from apstra import data  # noqa: PLC0415
    from apstra.data import signing  # noqa: PLC0415
    from apstra.run.verifying import LIMIT, verify  # noqa: PLC0415

    run = arguments.run.resolve()
    desk = data.desk(arguments.force, now().date())
    for found in verify(run, desk):
        print(f"{'does not match' if found.fault else 'matches'}: {found.what}{f': {found.fault}' * bool(found.fault)}")
        if found.fault:
            print(LIMIT)
            return BREACHED
    print(f"State of the run: {signing.standing_of(desk, run).words}\n{LIMIT}")
    return 0

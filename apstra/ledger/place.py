"""Where a force's ledger lies: a SQLite file in its folder, or the PostgreSQL database that ``APSTRA_LEDGER`` names.

In: the force's folder and slug, the environment. Out: the place, or a refusal: SQLite cannot keep two writers apart on
a network share, where locks are not what they are on a disk.
"""

import os
import re
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from typing import Final
from urllib.parse import urlsplit

VARIABLE: Final = "APSTRA_LEDGER"
FILE: Final = Path("ledger", "ledger.sqlite")
MOUNTS: Final = Path("/proc/self/mounts")
NETWORK: Final = frozenset(
    {
        "9p", "afs", "beegfs", "ceph", "cifs", "coda", "davfs", "fuse.davfs2", "fuse.glusterfs", "fuse.rclone",
        "fuse.s3fs", "fuse.sshfs", "glusterfs", "gpfs", "lustre", "ncpfs", "nfs", "nfs4", "smb3", "smbfs",
    }
)  # fmt: skip
DRIVERS: Final = {"postgresql": "postgresql+psycopg", "postgres": "postgresql+psycopg"}


class LedgerFault(ValueError):  # noqa: N818 - the name says what happened
    """A ledger that cannot be read or written, or is not whole, in one line."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a ledger lies: its ``file`` (SQLite) or its ``url`` (PostgreSQL), and the ``chain`` of the force in it."""

    chain: str
    file: Path | None = None
    url: str = field(default="", repr=False)  # it may hold a password

    @property
    def bare(self) -> bool:
        """Return whether there is certainly no ledger: no file where one would be."""
        return self.file is not None and not self.file.is_file()

    @property
    def words(self) -> str:
        """Return the place as it may be printed: no password, no folder of the machine."""
        if self.file is not None:
            return self.file.name
        parts = urlsplit(self.url)
        return f"postgresql://{parts.hostname or ''}{f':{parts.port}' if parts.port else ''}{parts.path}"


def ledger_place(folder: Path, slug: str) -> Place:
    """Return where the ledger of a force lies, whether it has begun or not.

    Raises
    ------
    ValueError
        If ``APSTRA_LEDGER`` is no PostgreSQL URL, or the folder lies on a network share.
    """
    url = os.environ.get(VARIABLE, "").strip()
    if not url:
        return Place(slug, file=sound_file(folder / FILE))
    scheme, _, rest = url.partition("://")
    if scheme.partition("+")[0] not in DRIVERS or not rest:
        raise ValueError(
            f"{VARIABLE} must be a URL such as postgresql://user@host/database, not one that begins {scheme!r}"
        )
    place = Place(slug, url=f"{DRIVERS[scheme.partition('+')[0]]}://{rest}")
    try:
        place.words  # noqa: B018 - a port that is no number shows here
    except ValueError as error:
        raise ValueError(f"{VARIABLE}: {error}") from error
    return place


def sound_file(path: Path, mounts: str | None = None) -> Path:
    """Return the path of a SQLite ledger, refusing one on a network share.

    Parameters
    ----------
    mounts
        The mount table of the machine, one mount a line; read from it when not given, none where there is none.
    """
    if mounts is None:
        mounts = MOUNTS.read_text(encoding="utf-8", errors="replace") if MOUNTS.is_file() else ""
    kind = network_kind(path.resolve(), mounts)
    if kind:
        raise ValueError(
            f"{path.name} would lie on a network share ({kind}), where SQLite cannot keep two writers apart and a "
            f"ledger can be damaged: keep the force's folder on a disk, or name a PostgreSQL database in {VARIABLE}"
        )
    return path


def network_kind(path: PurePath, mounts: str) -> str:
    """Return the kind of network share a path lies on; empty where it is a disk of the machine."""
    if str(path).startswith(("\\\\", "//")):
        return "network path"
    lines = [line.split() for line in mounts.splitlines()]
    known = [(_unescaped(words[1]), words[2]) for words in lines if len(words) > 2]  # noqa: PLR2004 - what, where, kind
    over = [(len(where), order, kind) for order, (where, kind) in enumerate(known) if path.is_relative_to(where)]
    # Of two mounts on one folder the later one is seen.
    kind = max(over, default=(0, 0, ""))[2]
    return kind if kind in NETWORK else ""


def _unescaped(where: str) -> str:
    """Return a folder of the mount table, which writes blanks and backslashes as octal numbers."""
    return re.sub(r"\\([0-7]{3})", lambda found: chr(int(found.group(1), 8)), where)

"""What was worked out once is kept under the hash of what it was made from, so that a stale one is never handed out.

In: a result and its place. Out: the same result, or nothing when it is not there or spoilt; then it is made anew.
"""

import hashlib
import os
import pickle
import tempfile
from pathlib import Path
from typing import Any, Final

from apstra.data.reference import PROJECT

CACHE: Final = PROJECT / "outputs" / ".cache"
KEPT: Final = 8


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file's bytes in hexadecimal."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def kept(place: Path) -> Any:
    """Return a kept result; nothing when there is none or it cannot be read: it is then made anew."""
    try:
        return load(place)
    except Exception:  # noqa: BLE001 - a spoilt pickle may raise anything
        return None


def keep(result: Any, place: Path, like: str = "") -> None:
    """Store a result so that a reader sees it whole or not at all; readable by its owner only.

    Parameters
    ----------
    like
        Pattern of the names of its kind beside it, of which only the newest are kept; all of them when not given.
    """
    place.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=place.parent, suffix=".partial", delete=False) as stream:
        pickle.dump(result, stream, protocol=pickle.HIGHEST_PROTOCOL)
    Path(stream.name).replace(place)
    for old in sorted(place.parent.glob(like), key=os.path.getmtime, reverse=True)[KEPT:] if like else ():
        old.unlink(missing_ok=True)


def load(place: Path) -> Any:
    """Return a stored result; only files this module wrote into its own folders are read."""
    return pickle.loads(place.read_bytes())  # noqa: S301

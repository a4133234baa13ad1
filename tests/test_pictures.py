"""The README's pictures show what is so, are of a sensible size, and one that is stale would be seen."""

import hashlib
import importlib.util
import json
import re
from base64 import b64encode

import pytest
from conftest import PROJECT

FOLDER = PROJECT / "tests" / "pictures"
MOST_BYTES = 300_000
README = (PROJECT / "README.md").read_text(encoding="utf-8")
SHOWN = re.findall(r"!\[([^\]]+)\]\(tests/pictures/(\w+)\.png\)", README)


@pytest.fixture(scope="module")
def made():
    """What makes the pictures."""
    there = importlib.util.spec_from_file_location("make_pictures", FOLDER / "make_pictures.py")
    module = importlib.util.module_from_spec(there)
    there.loader.exec_module(module)
    return module


def test_every_picture_shows_what_the_workbook_says_now(made):
    kept = {name: each["source"] for name, each in json.loads(made.DIGESTS.read_text(encoding="utf-8")).items()}
    now = made.sources()
    stale = [name for name in now if kept.get(name) != now[name]]
    assert not stale, f"stale pictures: {', '.join(stale)}; say `make pictures` and look at them"
    assert set(kept) == set(now)


def test_the_pictures_are_those_that_were_made_and_the_readme_shows_each_once(made):
    kept = json.loads(made.DIGESTS.read_text(encoding="utf-8"))
    there = {path.stem: hashlib.sha256(path.read_bytes()).hexdigest() for path in FOLDER.glob("*.png")}
    assert there == {name: each["picture"] for name, each in kept.items()}
    assert sorted(name for _, name in SHOWN) == sorted(there)


@pytest.mark.parametrize(("words", "name"), SHOWN)
def test_a_picture_is_small_and_said_in_words(words, name):
    assert (FOLDER / f"{name}.png").stat().st_size < MOST_BYTES
    assert 20 < len(words) < 120


def test_a_number_a_word_or_a_line_that_moves_changes_the_digest_and_an_id_or_a_time_does_not(made):
    page = made.EXHIBITS["cover"]()._repr_html_() + "worked out in 12 ms"
    other = page.replace("worked out in 12 ms", "worked out in 345 ms").replace("<figure ", '<figure id="x1" ')
    assert made.digest(page.replace("<figure ", "<figure  ")) == made.digest(other)
    number = re.search(r"\d+%", page)[0]
    assert made.digest(page) != made.digest(page.replace(number, f"{int(number[:-1]) + 1}%", 1))
    (line, near, far) = (drawn(f'<path d="M {at} 20.5"/>') for at in ("10.123456", "10.123457", "11.123456"))
    assert made.digest(line) == made.digest(near) != made.digest(far)


def drawn(svg):
    return f'<img src="data:image/svg+xml;base64,{b64encode(svg.encode()).decode()}"/>'

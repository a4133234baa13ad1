"""An executed notebook as one page that stands alone: text and outputs in, one offline HTML out.

Code is left out; what cells show is kept. The page has one first-level heading, a contents list, the marking at top and
bottom on screen and on every printed sheet, and a policy that forbids it to load anything.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from html import escape, unescape
from html.parser import HTMLParser
from itertools import pairwise
from string import Template
from typing import Any, Final

import mistune

from apstra.publish.stamp import Stamp
from apstra.publish.style import style

POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
SILENT_TAGS: Final = {"parameters", "injected-parameters", "remove-cell"}
DIGEST: Final = "# NBVAL_CHECK_OUTPUT"
HEADING: Final = re.compile(r"<h([1-6])([^>]*)>(.*?)</h\1>", re.DOTALL)
OWN_STAMP: Final = re.compile(r"<p class=[\"'](?:marking|banner|state)[\"'][^>]*>.*?</p>", re.DOTALL)
LOADERS: Final = {"script", "link", "iframe", "object", "embed", "base", "form", "video", "audio", "source"}
CONTENTS_TO: Final = 3
MARKDOWN: Final = mistune.create_markdown(escape=True, plugins=["table"])
Heading = tuple[int, str, str]
PAGE: Final = Template("""<!DOCTYPE html>
<html lang="en-GB">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="$policy">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>$title</title>
<style>$style</style>
</head>
<body>
<a class="skip" href="#main">Skip to the content</a>
<header>
<p class="marking">$marking</p>
<p class="state">State: $state</p>
$banner
</header>
<div class="layout">
<nav aria-label="Contents"><p><strong>Contents</strong></p>$contents</nav>
<main id="main">
$body
</main>
</div>
<footer>
<p class="stamp">$facts</p>
<p class="marking">$marking</p>
</footer>
</body>
</html>
""")


def html_page(notebook: Mapping[str, Any], stamp: Stamp) -> str:
    """Return an executed notebook as a page that loads nothing from outside.

    Raises
    ------
    ValueError
        If a picture has no text alternative or anything would be loaded from outside the page.
    """
    body, headings = outline("\n".join(part for cell in notebook["cells"] for part in _shown(cell)), stamp.force)
    facts = (
        f"{stamp.force}, {stamp.period}, as at {stamp.as_at.isoformat()}. Scenario: {stamp.scenario}. "
        f"Scoring scheme: {stamp.scheme}. State: {stamp.state}. Run {stamp.run_id}."
    )
    page = PAGE.substitute(
        policy=POLICY,
        title=escape(f"{headings[0][2]} - {stamp.force} {stamp.period}"),
        style=style(stamp.line, stamp.marking, f"{stamp.force} {stamp.period}, run {stamp.run_id}"),
        marking=escape(stamp.line),
        state=escape(stamp.state),
        banner=f'<p class="banner" role="note">{escape(stamp.banner)}</p>' if stamp.banner else "",
        contents=contents(headings[1:]),
        body=body,
        facts=escape(facts),
    )
    _refuse_faults(page)
    return page


def _shown(cell: Mapping[str, Any]) -> Iterator[str]:
    """Give what a cell shows a reader, as HTML; code, parameters and the digest are left out."""
    source = "".join(cell["source"])
    if SILENT_TAGS & set(cell["metadata"].get("tags", ())) or source.startswith(DIGEST):
        return
    if cell["cell_type"] == "markdown":
        yield str(MARKDOWN(source))
    for output in cell.get("outputs", ()):
        yield OWN_STAMP.sub("", _output(output))


def _output(output: Mapping[str, Any]) -> str:
    """Return one output of a cell as HTML: its own, a picture with its text alternative, or plain text."""
    if output["output_type"] == "stream":
        return f"<pre>{escape(''.join(output['text']))}</pre>" if output["name"] == "stdout" else ""
    shown = output.get("data", {})
    if "text/html" in shown:
        return "".join(shown["text/html"])
    if "image/png" in shown:
        alt = escape(output.get("metadata", {}).get("image/png", {}).get("alt", ""))
        return f'<img alt="{alt}" src="data:image/png;base64,{"".join(shown["image/png"]).strip()}">'
    return f"<pre>{escape(''.join(shown['text/plain']))}</pre>" if "text/plain" in shown else ""


def outline(body: str, title: str) -> tuple[str, list[Heading]]:
    """Return a body with one first-level heading, no level skipped and an id on each, and its headings in order."""
    found = HEADING.search(body)
    if found is None or found[1] != "1":
        body = f"<h1>{escape(title)}</h1>\n{body}"
    headings: list[Heading] = []

    def numbered(match: re.Match[str]) -> str:
        text = unescape(re.sub(r"<[^>]*>", "", match[3])).strip()
        level = min(max(int(match[1]), 2), headings[-1][0] + 1) if headings else 1
        own = re.search(r"id=[\"']([^\"']+)[\"']", match[2])
        name = own[1] if own else re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") or "heading"
        taken = {heading[1] for heading in headings}
        name = next(each for each in (name, *(f"{name}-{n}" for n in range(2, 999))) if each not in taken)
        headings.append((level, name, text))
        return f'<h{level} id="{escape(name)}">{match[3]}</h{level}>'

    return HEADING.sub(numbered, body), headings


def contents(headings: Sequence[Heading]) -> str:
    """Return the nested contents list of headings down to the third level."""
    listed = [heading for heading in headings if heading[0] <= CONTENTS_TO]
    if not listed:
        return ""
    first = listed[0][0]
    parts = ["<ol>"]
    for (level, name, text), (following, *_) in pairwise([*listed, (first, "", "")]):
        parts.append(f'<li><a href="#{escape(name)}">{escape(text)}</a>')
        parts.append("<ol>" * (following - level) or "</li>" + "</ol></li>" * (level - following))
    return "".join([*parts, "</ol>"])


def _refuse_faults(page: str) -> None:
    """Refuse a page that is not whole in itself."""
    found: set[str] = set()

    def note(tag: str, attributes: list[tuple[str, str | None]]) -> None:
        named = dict(attributes)
        if tag in LOADERS:
            found.add(f"<{tag}> would load something")
        if tag == "img" and not (named.get("alt") or "").strip():
            found.add("a picture has no text alternative")
        if tag == "img" and not (named.get("src") or "").startswith("data:"):
            found.add(f"a picture lies outside the page: {named.get('src')}")

    parser = HTMLParser()
    parser.handle_starttag = note  # type: ignore[assignment,method-assign]  # one function needs no class of its own
    parser.feed(page)
    if found:
        raise ValueError(f"the page cannot be published: {'; '.join(sorted(found))}")

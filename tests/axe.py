"""What axe-core, the checker of accessibility, says of a page in a browser."""

from typing import NamedTuple

GRAVE = ("serious", "critical")
ANY = ("minor", "moderate", *GRAVE)


class Violation(NamedTuple):
    """A rule that an element breaks, how grave that is, the element's selector and what is wrong with it."""

    rule: str
    impact: str
    element: str
    summary: str


def violations(page, within="html", impacts=GRAVE):
    """Return what breaks a rule of axe-core, every rule it runs by default, in a page as it stands, tables unfolded.

    Parameters
    ----------
    within
        Selector of what is checked: less than the whole page only where the rest is not ours to mend.
    impacts
        How grave it must be.
    """
    from axe_playwright_python.sync_playwright import Axe  # noqa: PLC0415  # an extra: tests without a browser lack it

    page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true })")  # hidden is not checked
    assert page.locator(within).count(), f"nothing to check: {within}"
    return [
        Violation(rule["id"], element["impact"], " ".join(map(str, element["target"])), element["failureSummary"])
        for rule in Axe().run(page, within).response["violations"]
        for element in rule["nodes"]
        if element["impact"] in impacts
    ]

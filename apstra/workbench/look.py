"""How pages of widgets look and speak: room for labels, a focus that is seen, and what came of a button beside it.

In: the class of a page; a thing to be done. Out: its style; what came of it, as HTML that is announced.
"""

from collections.abc import Callable
from html import escape
from typing import Any, Final

import ipywidgets as widgets

WIDE: Final[Any] = {"layout": widgets.Layout(width="100%", max_width="52em"), "style": {"description_width": "15em"}}
# Sent whole when one goes on: letters sent one by one can come after the button that was pressed behind them.
TYPED: Final[Any] = WIDE | {"continuous_update": False}
_RULES: Final = """.PAGE .widget-label { white-space: normal; overflow: visible; height: auto; line-height: 1.4; }
.PAGE .widget-radio-box label { white-space: normal; height: auto; }
.PAGE .widget-html-content { line-height: 1.45; white-space: normal; min-width: 0; }
.PAGE :focus-visible { outline: 3px solid #1d70b8 !important; outline-offset: 2px; }
.PAGE .jupyter-button { border: 1px solid #505a5f; padding: 0 1.2em; overflow: visible; }
.PAGE [role=alert], .PAGE [role=status] { border-left: 6px solid #b10e1e; padding: .4em .8em; }
.PAGE [role=status] { border-color: #00703c; }
.PAGE table { border-collapse: collapse; width: 100%; }
.PAGE th, .PAGE td { border-bottom: 1px solid #888; padding: .25em .5em; text-align: left;
  white-space: normal; vertical-align: top; }
.PAGE .scroll { overflow-x: auto; }
.PAGE figure { margin: 0; }
.PAGE code { overflow-wrap: anywhere; }
@media (min-width: 75em) { .PAGE .one-page { columns: 2; column-gap: 2.5em; }
  .PAGE .one-page section { break-inside: avoid; } }
.PAGE .one-page h3 { margin: 0 0 .5em; }
.PAGE .one-page section { padding-bottom: 1.2em; }
"""


def style(page: str, more: str = "") -> str:
    """Return the style of the page of a class, and rules of its own in which ``.PAGE`` stands for it."""
    return f"<style>\n{(_RULES + more).replace('.PAGE', f'.{page}')}</style>"


def button() -> dict[str, Any]:
    """Return how wide a button is."""
    return {"layout": widgets.Layout(width="max-content", align_self="flex-start", margin="0.3em 0 0.3em 15.4em")}


def said(does: Callable[[], str]) -> str:
    """Do something and return what came of it, as HTML."""
    try:
        return f'<div role="status"><strong>Done:</strong> {escape(does())}</div>'
    except ValueError as refused:
        return f'<div role="alert"><strong>Not done:</strong> {escape(str(refused))}</div>'

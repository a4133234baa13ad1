"""How a page looks on screen and on paper; contrast at least 4.5 to 1, text of 12 points or more."""

from typing import Final

SCREEN: Final = """
:root { color-scheme: light; }
* { box-sizing: border-box; }
body { margin: 0; color: #0b0c0c; background: #fff; font: 1.0625rem/1.5 Arial, "Liberation Sans", sans-serif; }
a { color: #12436d; } a:focus-visible, summary:focus-visible, [tabindex]:focus-visible { outline: 3px solid #801650; }
.skip { position: absolute; left: -999rem; } .skip:focus { left: 0; padding: .5rem; background: #fff; z-index: 2; }
.marking { margin: 0; padding: .35rem 1rem; background: #12436d; color: #fff; text-align: center; font-weight: bold; }
.state { margin: 0; padding: .5rem 1rem; }
.banner { margin: 0; padding: .5rem 1rem; border: 3px solid #801650; background: #fff; font-weight: bold; }
.stamp { margin: 0; padding: .5rem 1rem; font-size: 1rem; }
.layout { display: grid; gap: 2rem; padding: 1rem; max-width: 80rem; margin: 0 auto; }
@media (min-width: 64rem) { .layout { grid-template-columns: 17rem minmax(0, 1fr); }
  nav { position: sticky; top: 1rem; align-self: start; max-height: 95vh; overflow: auto; } }
nav ol { padding: 0; list-style: none; } nav ol ol { padding-left: 1.1rem; } nav li { margin: .2rem 0; }
main { min-width: 0; max-width: 56rem; }
h1, h2, h3, h4, h5, h6 { line-height: 1.25; }
h2 { margin-top: 2.5rem; border-top: 1px solid #505a5f; padding-top: 1rem; }
figure { margin: 1.5rem 0; } figcaption, .subtitle { color: #3d3d3d; font-size: 1rem; }
.headline { font-size: 1.15rem; margin: 0 0 .25rem; } .subtitle { margin: 0 0 .5rem; }
img { max-width: 100%; height: auto; } .eyebrow { font-weight: bold; } .bottom-line { font-size: 1.15rem; }
.supply { border-left: 5px solid #505a5f; padding-left: .8rem; }
.scroll { overflow-x: auto; } table { border-collapse: collapse; width: 100%; font-size: 1rem; }
caption { text-align: left; font-weight: bold; padding: .3rem 0; }
.exhibit caption { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
th, td { text-align: left; vertical-align: top; padding: .3rem .6rem; border-bottom: 1px solid #b1b4b6; }
thead th { border-bottom: 2px solid #0b0c0c; } tbody th { font-weight: normal; } .number { text-align: right; }
pre { white-space: pre-wrap; font-size: 1rem; }
.first-page h3 { margin: .9rem 0 .2rem; } .first-page figure { margin: .3rem 0; }
.first-page ul { padding-left: 1.1rem; }
.first-page ol { padding-left: 1.3rem; } .first-page p { margin: .2rem 0; } .first-page li { margin: .15rem 0; }
@media (min-width: 90rem) { .layout { max-width: 110rem; } main { max-width: 88rem; }
  .columns { display: grid; grid-template-columns: 1fr 1fr; gap: 1.5rem; } .columns > div { min-width: 0; } }
"""
PAPER: Final = """
@page { size: A4; margin: 20mm 16mm;
  @top-center { content: "{line}"; font: bold 10pt Arial, sans-serif; }
  @bottom-center { content: "{marking}"; font: bold 10pt Arial, sans-serif; }
  @bottom-left { content: "{run}"; font: 9pt Arial, sans-serif; }
  @bottom-right { content: "Page " counter(page) " of " counter(pages); font: 9pt Arial, sans-serif; } }
@media print { body { font-size: 12pt; } nav, .skip, summary { display: none; }
  .layout { display: block; padding: 0; } main { max-width: none; } tr, img { break-inside: avoid; }
  h1, h2, h3, h4, .headline { break-after: avoid; }
  thead { display: table-header-group; } .scroll { overflow: visible; }
  details::details-content { content-visibility: visible; block-size: auto; }
  .first-page { font-size: 7.5pt; line-height: 1.25; break-after: page; } .first-page table { font-size: 7.5pt; }
  .first-page h2 { margin-top: 0; } .first-page h3, .first-page .headline { font-size: 9pt; margin: .3rem 0 .1rem; }
  .first-page th, .first-page td { padding: .05rem .3rem; } .first-page img { max-height: 52mm; width: auto; }
  .first-page details, .first-page figcaption, .first-page .subtitle { display: none; }
  .first-page figure { margin: 0; }
  .first-page .bottom-line { font-size: 9pt; }
  .columns { display: grid; grid-template-columns: 1fr 1fr; gap: 5mm; } .columns > div { min-width: 0; } }
"""


def css_text(text: str) -> str:
    """Return text as it may stand in a CSS string inside a page."""
    safe = {"\\": r"\5c ", '"': r"\22 ", "<": r"\3c ", "\n": " "}
    return "".join(safe.get(letter, letter) for letter in text)


def style(line: str, marking: str, run: str) -> str:
    """Return the style of a page whose printed margins carry marking and handling above, marking and run below."""
    words = {"{line}": line, "{marking}": marking, "{run}": run}
    paper = PAPER
    for place, text in words.items():
        paper = paper.replace(place, css_text(text))
    return SCREEN + paper

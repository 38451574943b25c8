"""A text in which every character has the colour of a number."""

import html

import numpy as np

# Of ColorBrewer's RdBu, which the colour-blind can tell apart; not its darkest blue
# and red, so that black letters can be read on all of them.
WHITE = np.array([255, 255, 255])
BLUE = np.array([67, 147, 195])
RED = np.array([214, 96, 77])
FULL = 98  # the percentile that has the full colour: one outlier pales nothing

TEXT = (
    "font-family:monospace;white-space:pre-wrap;overflow-wrap:anywhere;"
    "line-height:1.7;color:black"
)
BAR = "display:inline-block;width:12em;height:0.9em;vertical-align:middle"


def coloured(characters: list[str], values: np.ndarray) -> str:
    """Return a legend and a text as HTML, blue where a number is positive, else red.

    What is shown of the characters is escaped, each stands alone, so that none turns
    the direction of others, and none is invisible.

    Args:
        characters: T strings, of any content.
        values: float [T]; hovering over a character shows its own.
    """
    values = np.nan_to_num(np.asarray(values, dtype=float))
    most = float(np.percentile(np.abs(values), FULL)) if len(values) else 0.0
    most = most or float(np.abs(values).max(initial=0)) or 1.0
    marks = [
        f'<bdi style="background:{_colour(value / most)}" title="{value:+.3f}">'
        f"{html.escape(_visible(character))}</bdi>"
        for character, value in zip(characters, values, strict=True)
    ]
    gradient = ",".join(_colour(share) for share in (-1, -0.5, 0, 0.5, 1))
    legend = (
        f"<div>{-most:+.2f} <span style='{BAR};background:linear-gradient(to right,"
        f"{gradient})'></span> {most:+.2f}</div>"
    )
    return f"{legend}<div style='{TEXT}'>{''.join(marks)}</div>"


def _visible(character: str) -> str:
    """Return what stands for a character, so that each has a place to be coloured."""
    if character == "\n":
        return "↵\n"
    if not character or not character.isprintable():
        return "\ufffd"
    return character


def _colour(share: float) -> str:
    """Return the colour of a share from -1 to 1, as "#4393c3"."""
    strength = min(abs(share), 1.0)
    colour = (1 - strength) * WHITE + strength * (BLUE if share > 0 else RED)
    return "#" + "".join(f"{round(channel):02x}" for channel in colour)

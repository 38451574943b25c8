"""How answers are searched for, and which figures of a card were measured so."""

from dataclasses import dataclass

import streamlit as st

from zoo import gallery

# What `zoo evaluate` measures beside each model's own search, by the beam's width.
MEASURED = {1: "greedy", 5: "beam5"}


@dataclass(frozen=True)
class Search:
    """A beam search.

    Args:
        width: answers kept at each step, 1 to 32; 1 is greedy.
        length_penalty: 0 to 2; 0 ranks answers by their probability.
    """

    width: int
    length_penalty: float


def controls(what: str = "captions") -> Search | None:
    """Show the search's controls; None stands for each model's own search.

    Args:
        what: what is searched for.
    """
    chosen = st.toggle(
        "Own search",
        True,
        help="Each model's own: the beam width and length penalty that did best on its "
        "dev split.",
        key="own",
    )
    if chosen:
        return None
    width = st.slider(
        "Beam width",
        1,
        10,
        5,
        help=f"How many unfinished {what} are kept at each step. 1 is greedy.",
        key="width",
    )
    penalty = st.slider(
        "Length penalty",
        0.0,
        2.0,
        0.6,
        0.1,
        help=f"0 ranks {what} by their probability; more favours longer ones.",
        key="penalty",
    )
    return Search(width, penalty)


def of(model: gallery.Client, chosen: Search | None) -> Search:
    """Return the search a model answers with: the visitor's, or the card's."""
    dev = model.card.get("dev", {})
    return chosen or Search(dev.get("width", 5), dev.get("length_penalty", 0.0))


def decoding(chosen: Search | None) -> str | None:
    """Return under which name a card has this search's figures, None for nowhere."""
    return "default" if chosen is None else MEASURED.get(chosen.width)


def note(chosen: Search | None) -> str:
    """Return what the figures beside a caption were measured with."""
    return {
        "default": "BLEU-4 and CIDEr are of this very search, on the test set, with "
        "95 % intervals.",
        "greedy": "BLEU-4 and CIDEr are of greedy search, on the test set, with 95 % "
        "intervals.",
        "beam5": "BLEU-4 and CIDEr are of width 5 on the test set, with 95 % "
        "intervals, at the length penalty that dev prefers for it, not at yours.",
        None: "BLEU-4 and CIDEr were measured at widths 1 and 5 and for each model's "
        "own search; at this width they are not known.",
    }[decoding(chosen)]

"""Every captioner's card, side by side."""

import functools

import streamlit as st

from apps import cards, models, search
from zoo import gallery

MEASURES = {
    "BLEU-1": "bleu1",
    "BLEU-2": "bleu2",
    "BLEU-3": "bleu3",
    "BLEU-4": "bleu4",
    "ROUGE-L": "rouge_l",
    "CIDEr": "cider",
}
DECODINGS = {
    "Each model's own search": "default",
    "Beam 5": "beam5",
    "Greedy": "greedy",
}


NOTE = (
    "On the test split of each model's corpus, times 100, each with its 95 % bootstrap "
    "interval, measured on the very files that answer on this page."
)


def show(captioners: dict[str, gallery.Captioner]) -> None:
    """Show what the cards say: test figures, sizes, times, and where they end."""
    label = st.radio("Captions searched for by", DECODINGS, horizontal=True, key="by")
    cards.show(captioners, _columns(DECODINGS[label]), NOTE, "pictures", _more)


def _columns(decoding: str) -> dict[str, cards.Cell]:
    """Return what the table says of captions searched for in one way."""
    return {
        **{
            label: functools.partial(_figure, where=(decoding, measure))
            for label, measure in MEASURES.items()
        },
        "Parameters": models.millions,
        "of them decoder": lambda model: models.millions(model, "decoder"),
        "Training": cards.minutes,
        "A picture": functools.partial(_milliseconds, decoding=decoding),
    }


def _figure(captioner: gallery.Captioner, where: tuple[str, str]) -> str:
    return models.figure(captioner, *where)


def _milliseconds(captioner: gallery.Captioner, decoding: str) -> str:
    """Return how long a caption takes; a model's own search if it is one timed."""
    if decoding == "default":
        decoding = search.MEASURED.get(search.of(captioner, None).width)
    return cards.milliseconds(captioner, decoding)


def _more(captioner: gallery.Captioner) -> list[str]:
    own = search.of(captioner, None)
    return [
        f"Own search, chosen on dev: width {own.width}, length penalty "
        f"{own.length_penalty:.1f}"
    ]

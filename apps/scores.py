"""Every model's card, side by side."""

import pandas as pd
import streamlit as st

from apps import models
from zoo import gallery

MEASURES = {
    "BLEU-1": "bleu1",
    "BLEU-2": "bleu2",
    "BLEU-3": "bleu3",
    "BLEU-4": "bleu4",
    "ROUGE-L": "rouge_l",
    "CIDEr": "cider",
}
DECODINGS = {"Beam 5": "beam5", "Greedy": "greedy", "Chosen on dev": "default"}


def show(captioners: dict[str, gallery.Captioner]) -> None:
    """Show what the cards say: test figures, sizes, times, and where they end."""
    label = st.radio("Captions searched for by", DECODINGS, horizontal=True, key="by")
    rows = [_row(captioner, DECODINGS[label]) for captioner in captioners.values()]
    st.dataframe(pd.DataFrame(rows), hide_index=True)
    st.caption(
        "On the official Flickr8k test split, times 100, each with its 95 % bootstrap "
        "interval, measured on the very files that answer on this page."
    )
    for captioner in captioners.values():
        with st.expander(f"Card of `{captioner.name}`"):
            _card(captioner)


def _row(captioner: gallery.Captioner, decoding: str) -> dict[str, str]:
    """Return a model's line in the table."""
    figures = {
        label: models.figure(captioner, measure, decoding)
        for label, measure in MEASURES.items()
    }
    seconds = captioner.card.get("training", {}).get("seconds")
    searched = "greedy" if decoding == "greedy" else "beam5"
    latency = captioner.card.get("latency_ms", {}).get(searched, {}).get("1")
    return {
        "Model": models.title(captioner),
        **figures,
        "Parameters": models.millions(captioner),
        "of them decoder": models.millions(captioner, "decoder"),
        "Training": "–" if seconds is None else f"{seconds / 60:.0f} min",
        "A picture": "–" if latency is None else f"{latency:.0f} ms",
    }


def _card(captioner: gallery.Captioner) -> None:
    """Show the words on a card, verbatim."""
    card = captioner.card
    training = card.get("training", {})
    corpus = card.get("corpus", {})
    lines = [
        card.get("summary", ""),
        f"Metric: {card.get('metric', '–')}",
        f"Corpus: {corpus.get('name', '–')}; {corpus.get('licence', '–')}",
        f"Trained on: {training.get('hardware', '–')}",
        *(f"Limit: {limit}" for limit in card.get("limits", [])),
    ]
    st.text("\n".join(lines))

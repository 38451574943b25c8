"""Every model's card, side by side."""

import pandas as pd
import streamlit as st

from apps import models, search
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


def show(captioners: dict[str, gallery.Captioner]) -> None:
    """Show what the cards say: test figures, sizes, times, and where they end."""
    label = st.radio("Captions searched for by", DECODINGS, horizontal=True, key="by")
    rows = [_row(captioner, DECODINGS[label]) for captioner in captioners.values()]
    st.dataframe(pd.DataFrame(rows), hide_index=True)
    st.caption(
        "On the test split of each model's corpus, times 100, each with its 95 % "
        "bootstrap interval, measured on the very files that answer on this page."
    )
    for captioner in captioners.values():
        with st.expander(f"Card of `{captioner.name}`"):
            _card(captioner)


def _row(captioner: gallery.Captioner, decoding: str) -> dict[str, str]:
    """Return a model's line in the table."""
    figures = {
        label: models.figure(captioner, decoding, measure)
        for label, measure in MEASURES.items()
    }
    seconds = captioner.card.get("training", {}).get("seconds")
    timed = decoding
    if decoding == "default":  # not timed itself, unless it is one of the two
        timed = search.MEASURED.get(search.of(captioner, None).width)
    latency = captioner.card.get("latency_ms", {}).get(timed, {}).get("1")
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
    own = search.of(captioner, None)
    corpus = card.get("corpus", {})
    lines = [
        card.get("summary", ""),
        f"Metric: {card.get('metric', '–')}",
        f"Corpus: {corpus.get('name', '–')}, {models.examples(captioner, 'train')} "
        f"pictures to learn from, {models.examples(captioner, 'dev')} for dev and "
        f"{models.examples(captioner, 'test')} for test; {corpus.get('licence', '–')}",
        f"Own search, chosen on dev: width {own.width}, length penalty "
        f"{own.length_penalty:.1f}",
        f"Trained on: {training.get('hardware', '–')}",
        *(f"Limit: {limit}" for limit in card.get("limits", [])),
    ]
    st.text("\n".join(lines))

"""Every sentiment model's card, side by side."""

import pandas as pd
import streamlit as st

from apps import models
from zoo import gallery


def show(classifiers: dict[str, gallery.Sentiment]) -> None:
    """Show what the cards say: test figures, sizes, times, and where they end."""
    rows = [_row(classifier) for classifier in classifiers.values()]
    st.dataframe(pd.DataFrame(rows), hide_index=True)
    st.caption(
        "On the test split of each model's corpus, with its 95 % bootstrap interval, "
        "measured on the very files that answer on this page."
    )
    for classifier in classifiers.values():
        with st.expander(f"Card of `{classifier.name}`"):
            _card(classifier)


def _row(classifier: gallery.Sentiment) -> dict[str, str]:
    """Return a model's line in the table."""
    card = classifier.card
    seconds = card.get("training", {}).get("seconds")
    latency = card.get("latency_ms", {}).get("default", {}).get("1")
    return {
        "Model": models.title(classifier),
        "Accuracy, %": models.figure(classifier, "default", "accuracy"),
        "Parameters": models.millions(classifier),
        "of them encoder": models.millions(classifier, "encoder"),
        "Training": "–" if seconds is None else f"{seconds / 60:.0f} min",
        "A text": "–" if latency is None else f"{latency:.0f} ms",
    }


def _card(classifier: gallery.Sentiment) -> None:
    """Show the words on a card, verbatim."""
    card = classifier.card
    corpus, dev = card.get("corpus", {}), card.get("dev", {})
    lines = [
        card.get("summary", ""),
        f"Metric: {card.get('metric', '–')}",
        f"Corpus: {corpus.get('name', '–')}, {models.examples(classifier, 'train')} "
        f"texts to learn from, {models.examples(classifier, 'dev')} for dev and "
        f"{models.examples(classifier, 'test')} for test; {corpus.get('licence', '–')}",
        f"Accuracy on dev: {dev.get('accuracy', '–')} %",
        f"Trained on: {card.get('training', {}).get('hardware', '–')}",
        *(f"Limit: {limit}" for limit in card.get("limits", [])),
    ]
    st.text("\n".join(lines))

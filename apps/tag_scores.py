"""Every tagger's card, side by side."""

import pandas as pd
import streamlit as st

from apps import models
from zoo import gallery


def show(taggers: dict[str, gallery.Tagger]) -> None:
    """Show what the cards say: test figures, sizes, times, and where they end."""
    rows = [_row(tagger) for tagger in taggers.values()]
    st.dataframe(pd.DataFrame(rows), hide_index=True)
    st.caption(
        "Accuracy is that of the tags of the test split's own words, with its 95 % "
        "bootstrap interval; unseen words are those that are not in the training "
        "split. Splitting is the F1 of the words that a model finds in the dev split. "
        "All are measured on the very files that answer on this page."
    )
    for tagger in taggers.values():
        with st.expander(f"Card of `{tagger.name}`"):
            _card(tagger)


def _row(tagger: gallery.Tagger) -> dict[str, str]:
    """Return a model's line in the table."""
    card = tagger.card
    seconds = card.get("training", {}).get("seconds")
    latency = card.get("latency_ms", {}).get("default", {}).get("1")
    return {
        "Model": models.title(tagger),
        "Accuracy, %": models.figure(tagger, "accuracy", digits=2),
        "Unseen words, %": models.figure(tagger, "unseen"),
        "Splitting, %": f"{card.get('splitting', {}).get('f1', '–')}",
        "Parameters": models.millions(tagger),
        "of them encoder": models.millions(tagger, "encoder"),
        "Training": "–" if seconds is None else f"{seconds / 60:.0f} min",
        "A sentence": "–" if latency is None else f"{latency:.0f} ms",
    }


def _card(tagger: gallery.Tagger) -> None:
    """Show the words on a card, verbatim."""
    card = tagger.card
    corpus, dev = card.get("corpus", {}), card.get("dev", {})
    lines = [
        card.get("summary", ""),
        f"Metric: {card.get('metric', '–')}",
        f"Corpus: {corpus.get('name', '–')}, {models.examples(tagger, 'train')} "
        f"sentences to learn from, {models.examples(tagger, 'dev')} for dev and "
        f"{models.examples(tagger, 'test')} for test; {corpus.get('licence', '–')}",
        f"Accuracy on dev: {dev.get('accuracy', '–')} %",
        f"Trained on: {card.get('training', {}).get('hardware', '–')}",
        *(
            f"Often wrong: {pair['gold']} tagged {pair['said']}, {pair['words']} words"
            for pair in card.get("test", {}).get("confusions", [])[:5]
        ),
        *(f"Limit: {limit}" for limit in card.get("limits", [])),
    ]
    st.text("\n".join(lines))

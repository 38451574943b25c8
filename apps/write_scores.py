"""Every language model's card, side by side."""

import pandas as pd
import streamlit as st

from apps import models
from zoo import gallery


def show(writers: dict[str, gallery.Client]) -> None:
    """Show what the cards say: test figures, sizes, times, and where they end."""
    rows = [_row(writer) for writer in writers.values()]
    st.dataframe(pd.DataFrame(rows), hide_index=True)
    st.caption(
        "Nats a character on the last tenth of the text, which no model has seen, with "
        "the 95 % bootstrap interval, measured on the very files that write on this "
        "page. Lower is better."
    )
    for writer in writers.values():
        with st.expander(f"Card of `{writer.name}`"):
            _card(writer)


def _row(writer: gallery.Client) -> dict[str, str]:
    """Return a model's line in the table."""
    seconds = writer.card.get("training", {}).get("seconds")
    latency = writer.card.get("latency_ms", {}).get("write", {})
    return {
        "Model": models.title(writer),
        "Nats a character": models.figure(writer, "nats_per_character", digits=3),
        "Bits": models.figure(writer, "bits_per_character", digits=3),
        "Parameters": models.millions(writer),
        "Training": "–" if seconds is None else f"{seconds / 60:.0f} min",
        "Characters a second": _speed(latency.get("1")),
        "16 texts at once": _speed(latency.get("16")),
    }


def _speed(milliseconds: float | None) -> str:
    """Return how many characters a second are written, as "4,120"."""
    return f"{1000 / milliseconds:,.0f}" if milliseconds else "–"


def _card(writer: gallery.Client) -> None:
    """Show the words on a card, verbatim."""
    card = writer.card
    training = card.get("training", {})
    corpus = card.get("corpus", {})
    lines = [
        str(card.get("summary", "")),
        f"Metric: {card.get('metric', '–')}",
        f"Corpus: {corpus.get('name', '–')}, {models.examples(writer, 'train')} "
        f"characters to learn from, {models.examples(writer, 'dev')} for dev and "
        f"{models.examples(writer, 'test')} for test; {corpus.get('licence', '–')}",
        f"Trained on: {training.get('hardware', '–')}",
        *(f"Limit: {limit}" for limit in card.get("limits", [])),
    ]
    st.text("\n".join(lines))

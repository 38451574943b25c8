"""What the cards of a page's models say, side by side."""

from collections.abc import Callable

import pandas as pd
import streamlit as st

from apps import models
from zoo import gallery

SPLITS = ("train", "dev", "test")
Cell = Callable[[gallery.Client], str]


def show(
    shown: dict[str, gallery.Client],
    columns: dict[str, Cell],
    note: str,
    unit: str,
    more: Callable[[gallery.Client], list[str]] = lambda model: [],
) -> None:
    """Show a table with a line a model, and below it the words of each card.

    Args:
        shown: the models by name.
        columns: what the table says of a model, by header.
        note: what stands below the table.
        unit: what the models' corpora are counted in, as "texts".
        more: further lines of a model's card.
    """
    rows = [
        {
            "Model": models.title(model),
            **{header: cell(model) for header, cell in columns.items()},
        }
        for model in shown.values()
    ]
    st.dataframe(pd.DataFrame(rows), hide_index=True)
    st.caption(note)
    for model in shown.values():
        with st.expander(f"Card of `{model.name}`"):
            st.text("\n".join(_words(model, unit, more(model))))


def minutes(model: gallery.Client) -> str:
    """Return how long the model's training took, as "12 min"."""
    seconds = model.card.get("training", {}).get("seconds")
    return "–" if seconds is None else f"{seconds / 60:.0f} min"


def milliseconds(model: gallery.Client, signature: str | None = "default") -> str:
    """Return how long one answer takes, as "21 ms"."""
    found = model.card.get("latency_ms", {}).get(signature, {}).get("1")
    return "–" if found is None else f"{found:.0f} ms"


def accuracy_on_dev(model: gallery.Client) -> str:
    """Return the line that tells the accuracy on the dev split."""
    return f"Accuracy on dev: {model.card.get('dev', {}).get('accuracy', '–')} %"


def _words(model: gallery.Client, unit: str, more: list[str]) -> list[str]:
    """Return the words on a card, verbatim."""
    card = model.card
    corpus = card.get("corpus", {})
    train, dev, test = (models.examples(model, split) for split in SPLITS)
    return [
        str(card.get("summary", "")),
        f"Metric: {card.get('metric', '–')}",
        f"Corpus: {corpus.get('name', '–')}, {train} {unit} to learn from, {dev} for "
        f"dev and {test} for test; {corpus.get('licence', '–')}",
        *more,
        f"Trained on: {card.get('training', {}).get('hardware', '–')}",
        *(f"Limit: {limit}" for limit in card.get("limits", [])),
    ]

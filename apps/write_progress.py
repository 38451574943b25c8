"""How the writing of each model improved along its training."""

import pandas as pd
import streamlit as st

from apps import models
from zoo import gallery

COLUMNS = 3  # beside each other


@st.fragment
def show(writers: dict[str, gallery.Client], corpus: str) -> None:
    """Show what each model wrote after as many updates as the visitor picks."""
    kept = {name: _samples(writer) for name, writer in writers.items()}
    kept = {name: samples for name, samples in kept.items() if samples}
    if not kept:
        st.info("These models have no samples of their training on their cards.")
        return
    moments = sorted({moment for samples in kept.values() for moment in samples})
    update = moments[-1]
    if len(moments) > 1:
        update = st.select_slider(
            "Updates of training",
            moments,
            format_func=lambda moment: f"{moment:,}",
            key=f"update-{corpus}-{len(moments)}",
        )
    names = list(kept)
    for start in range(0, len(names), COLUMNS):
        row = st.columns(min(COLUMNS, len(names)), gap="medium")
        for name, column in zip(names[start : start + COLUMNS], row, strict=False):
            with column:
                _sample(writers[name], kept[name], update)
    _curves(writers, kept)
    without = [models.title(writers[name]) for name in writers if name not in kept]
    if without:
        st.text(f"Without samples, since nothing was trained: {', '.join(without)}")


def _samples(writer: gallery.Client) -> dict[int, dict]:
    """Return the samples on a model's card by the number of updates, ascending."""
    samples = writer.card.get("progress") or []
    return {
        sample["update"]: sample
        for sample in sorted(samples, key=lambda sample: sample["update"])
    }


def _sample(writer: gallery.Client, samples: dict[int, dict], update: int) -> None:
    """Show the last sample that a model wrote by then."""
    st.text(models.title(writer))
    moment = max((moment for moment in samples if moment <= update), default=None)
    if moment is None:
        st.caption("No sample this early.")
        return
    sample = samples[moment]
    st.code(sample["text"], language=None, wrap_lines=True)
    nats = sample.get("nats")
    surprise = "–" if nats is None else f"{nats:.2f}"
    st.caption(
        f"After {moment:,} updates: about {surprise} nats a character on a part of dev"
    )


def _curves(writers: dict[str, gallery.Client], kept: dict[str, dict]) -> None:
    """Draw the nats of the samples over the updates, from the first update on."""
    points = [
        {
            "Model": models.title(writers[name]),
            "Updates": moment,
            "Nats a character": sample["nats"],
        }
        for name, samples in kept.items()
        for moment, sample in samples.items()
        if sample.get("nats") is not None
    ]
    if points:
        st.line_chart(
            pd.DataFrame(points), x="Updates", y="Nats a character", color="Model"
        )

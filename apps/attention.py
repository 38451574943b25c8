"""Word by word, where in the picture a model looked."""

import numpy as np
import streamlit as st
from PIL import Image

from apps import models
from apps.results import Answer
from zoo import gallery

# From cold to hot: dark blue, magenta, orange, pale yellow.
COLOURS = np.array(
    [[20, 20, 70], [150, 35, 110], [245, 125, 50], [255, 250, 180]], dtype=np.float32
)
MAPS_IN_A_ROW = 6
SMALL = (160, 160)


def overlay(picture: Image.Image, attention: np.ndarray) -> Image.Image:
    """Colour a picture by how much a model looked at each part of it.

    Args:
        picture: RGB, of any size.
        attention: [7, 7] float, never negative; only its proportions matter.

    Returns:
        A picture of the same size: unlooked-at parts dark, the rest warm and clear.
    """
    heat = np.asarray(attention, dtype=np.float32)
    heat = heat / max(float(heat.max()), 1e-9)  # [7, 7]
    smooth = Image.fromarray(heat).resize(picture.size, Image.Resampling.BICUBIC)
    heat = np.clip(np.asarray(smooth), 0, 1)  # [height, width]
    places = np.linspace(0, 1, len(COLOURS))
    colour = np.stack(
        [np.interp(heat, places, COLOURS[:, channel]) for channel in range(3)], axis=-1
    )  # [height, width, 3]
    veil = 0.35 + 0.25 * heat[..., np.newaxis]  # [height, width, 1]
    mixed = (1 - veil) * np.asarray(picture, dtype=np.float32) + veil * colour
    return Image.fromarray(mixed.astype(np.uint8))


@st.fragment
def show(
    captioners: dict[str, gallery.Captioner],
    answers: dict[str, Answer],
    picture: Image.Image,
) -> None:
    """Show one word's map large and every word's small, for a model with attention."""
    looking = [
        name for name, answer in answers.items() if _has_maps(answer.explanation)
    ]
    if not looking:
        return
    st.subheader("Where the model looked", divider="gray")
    name = st.selectbox(
        "Model with attention",
        looking,
        format_func=lambda name: models.title(captioners[name]),
        key="looking",
    )
    answer = answers[name]
    explanation = answer.explanation
    if answer.explains_another():
        st.text("Of its default caption, which is not the one above:")
    words, maps = explanation.words, explanation.attention
    large, small = st.columns([1, 2], gap="large")
    with large:
        place = 1
        if len(words) > 1:
            place = st.slider("Word", 1, len(words), key=f"word-{' '.join(words)}")
        st.code(_marked(words, place - 1), language=None, wrap_lines=True)
        st.image(overlay(picture, maps[place - 1]), width="stretch")
    with small:
        _all_words(words, maps, picture)


def _has_maps(explanation: gallery.Explanation) -> bool:
    return explanation.attention is not None and len(explanation.words) > 0


def _marked(words: list[str], place: int) -> str:
    """Return the caption with one word between pointers."""
    return " ".join(
        f"▸{word}◂" if index == place else word for index, word in enumerate(words)
    )


def _all_words(words: list[str], maps: np.ndarray, picture: Image.Image) -> None:
    """Show a small map for each word, in rows."""
    little = picture.copy()
    little.thumbnail(SMALL)
    for start in range(0, len(words), MAPS_IN_A_ROW):
        row = list(zip(words, maps, strict=False))[start : start + MAPS_IN_A_ROW]
        for column, (word, heat) in zip(st.columns(MAPS_IN_A_ROW), row, strict=False):
            column.image(overlay(little, heat), width="stretch")
            column.text(word)

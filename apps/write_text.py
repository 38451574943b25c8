"""One prompt, and what every model writes after it, block by block, side by side."""

import time
from dataclasses import dataclass
from typing import NamedTuple

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from apps import models, notices, write_samples
from zoo import gallery

BLOCK = 40  # characters written between two looks at the page
LONGEST_PROMPT, LONGEST_TEXT = 400, 600  # the models remember 1,000 characters
COLUMNS = 3  # beside each other
MOST_SEED = 2**31 - 1


@dataclass(frozen=True)
class Style:
    """How a text is drawn from what a model holds probable.

    Args:
        temperature: 0 always takes the likeliest character, 1 draws as the model says.
        top_k: how many of the likeliest characters are drawn from; 0 for all.
        seed: the same one gives the same text.
    """

    temperature: float
    top_k: int
    seed: int


@dataclass(frozen=True)
class Written:
    """What a model wrote, and how many seconds it took."""

    text: str = ""
    seconds: float = 0.0


@st.fragment
def show(writers: dict[str, gallery.Client], corpus: str) -> None:
    """Show the prompt and the settings, and let every model write."""
    left, right = st.columns(2, gap="large")
    with left:
        samples = write_samples.PROMPTS
        prompt = write_samples.pick(samples, corpus, "prompt", LONGEST_PROMPT)
    with right:
        length = st.slider(
            "Characters to write", BLOCK, LONGEST_TEXT, 240, BLOCK, key="length"
        )
        style = _style()
    places = _places(writers)
    written = _write(writers, prompt, length, style, places)
    for name, done in written.items():
        # Numbers only, so it may be markdown.
        places[name].figures.caption(_figures(writers[name], prompt, done))
    st.caption(
        "Nats a character: how much the next character surprises a model, on average; "
        "lower is better. The test figure has its 95 % interval. The first call of a "
        "model is slower."
    )


def _style() -> Style:
    """Show the settings of drawing."""
    temperature = st.slider(
        "Temperature",
        0.0,
        2.0,
        0.8,
        0.1,
        help="0 always takes the likeliest character; 1 draws as the model says.",
        key="temperature",
    )
    top_k = st.slider(
        "Only the k likeliest characters",
        0,
        20,
        0,
        help="0 draws from all of them.",
        key="top-k",
    )

    def next_seed() -> None:
        st.session_state["seed"] = (st.session_state["seed"] + 1) % MOST_SEED

    number, other = st.columns([2, 1], vertical_alignment="bottom")
    label = "Seed: the same one gives the same text"
    seed = number.number_input(label, 0, MOST_SEED, key="seed")
    other.button("Another one", on_click=next_seed, width="stretch", key="another")
    return Style(float(temperature), int(top_k), int(seed))


class Places(NamedTuple):
    """Where on the page a model's text and its figures go."""

    text: DeltaGenerator
    figures: DeltaGenerator


def _places(writers: dict[str, gallery.Client]) -> dict[str, Places]:
    """Show each model's title, in rows, with room below it."""
    found, names = {}, list(writers)
    for start in range(0, len(names), COLUMNS):
        row = st.columns(min(COLUMNS, len(names)), gap="medium")
        for name, column in zip(names[start : start + COLUMNS], row, strict=False):
            column.text(models.title(writers[name]))
            found[name] = Places(column.empty(), column.empty())
    return found


def _write(
    writers: dict[str, gallery.Client],
    prompt: str,
    length: int,
    style: Style,
    places: dict[str, Places],
) -> dict[str, Written]:
    """Let the models take turns of a block each, and show what there is after each."""
    written = dict.fromkeys(writers, Written())
    for start in range(0, length, BLOCK):
        count = min(BLOCK, length - start)
        for name, before in list(written.items()):
            try:
                new = _block(
                    writers[name].edition(),
                    prompt + before.text,
                    count,
                    style,
                    writers[name],
                )
            except models.BROKEN as error:
                del written[name]
                notices.trouble("One of the models cannot write this.", error)
                continue
            done = Written(before.text + new.text, before.seconds + new.seconds)
            written[name] = done
            places[name].text.code(prompt + done.text, language=None, wrap_lines=True)
    return written


@st.cache_data(max_entries=5000, show_spinner=False)
def _block(
    edition: str, prompt: str, length: int, style: Style, _writer: gallery.Client
) -> Written:
    """Ask one model for a few characters once; another look asks nothing again.

    The same characters follow as if all were written in one call, since the model goes
    on with the same seed where the prompt ends.
    """
    start = time.perf_counter()
    [text] = _writer([prompt], length, style.temperature, style.top_k, style.seed)
    return Written(text, time.perf_counter() - start)


@st.cache_data(max_entries=500, show_spinner=False)
def _score(edition: str, prompt: str, _writer: gallery.Client) -> float | None:
    """Return the nats a character of a prompt; None where there is nothing to score."""
    [score] = _writer.score([prompt])
    return score.nats_per_character if score.characters else None


def _figures(writer: gallery.Client, prompt: str, written: Written) -> str:
    """Return what is known of a model and its text, as lines of markdown."""
    try:
        nats = _score(writer.edition(), prompt, writer)
    except models.BROKEN:  # not kept: another time it may answer
        nats = None
    test = models.figure(writer, "nats_per_character", digits=2)
    speed = len(written.text) / max(written.seconds, 1e-9)
    lines = [
        f"Your prompt: {'–' if nats is None else f'{nats:.2f}'} nats a character",
        f"Test: {test} nats a character",
        f"{models.millions(writer)} parameters",
        f"{speed:,.0f} characters a second this time",
    ]
    return "  \n".join(lines)

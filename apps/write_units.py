"""One hidden unit at a time: what it does at every character of a text."""

import numpy as np
import pandas as pd
import streamlit as st

from apps import models, notices, write_colours, write_samples
from zoo import gallery

LONGEST = 1000  # characters coloured
BY_NUMBER = "Any unit, by its number"
VERDICTS = {
    "tracks": "has a unit for it",
    "faint": "a faint trace",
    "none": "none: luck does as well",
    "absent": "not in the text searched",
}
STATES = {"hidden": "hidden state", "cell": "cell state"}


@st.fragment
def show(writers: dict[str, gallery.Client], corpus: str) -> None:
    """Show a text in the colours of one unit, and which unit tracks what."""
    searched = sorted(writers, key=lambda name: -_strongest(writers[name]))
    left, right = st.columns(2, gap="large")
    with left:
        text = write_samples.pick(write_samples.TEXTS, corpus, "text", LONGEST)
    with right:
        name = st.selectbox(
            "Model",
            searched,
            format_func=lambda name: models.title(writers[name]),
            key=f"unit-model-{corpus}",
        )
        writer = writers[name]
        try:
            reading = _read(writer.edition(), text, writer)
        except models.BROKEN as error:
            notices.trouble("This model cannot read the text.", error)
            return
        if reading.hidden is None:
            st.info(
                "This model has no hidden units: it looks at the last few characters "
                "and carries nothing along. The recurrent networks and the "
                "Transformer do."
            )
            return
        unit = _pick(writer, reading)
    read = len(reading.characters)
    st.text(f"{models.title(writer)}: {_called(*unit)}")
    values = getattr(reading, unit[0])[:, unit[1], unit[2]]  # [T]
    if unit[0] == "cell":  # as it enters the hidden state
        values = np.tanh(values)
    st.html(write_colours.coloured(reading.characters, values))
    st.caption(
        "Blue is positive, red negative; hover over a character for the unit's value "
        f"once it was read. The model read {read:,} of {len(text):,} characters."
    )
    _table(writer)


@st.cache_data(max_entries=20, show_spinner="Reading …")
def _read(edition: str, text: str, _writer: gallery.Client):
    """Have one model read a text once; picking another unit asks nothing again."""
    [reading] = _writer.explain([text])
    return reading


def _pick(writer: gallery.Client, reading) -> tuple[str, int, int]:
    """Let the visitor pick a unit that was found, or any; return where it is."""
    found = {
        f"{entry['property']}: {_called(*_where(entry))}, {entry['reported']:+.2f}": (
            _where(entry)
        )
        for entry in _ranked(writer)
        if entry["verdict"] in ("tracks", "faint") and _is_in(entry, reading)
    }
    picked = st.selectbox("Unit", [*found, BY_NUMBER], key=f"unit-{writer.name}")
    if picked in found:
        return found[picked]
    there = [source for source in STATES if getattr(reading, source) is not None]
    source = st.radio(
        "Of the",
        there,
        format_func=STATES.get,
        horizontal=True,
        key=f"source-{writer.name}",
    )
    _, layers, units = getattr(reading, source).shape
    one, two = st.columns(2)
    layer = one.number_input(
        f"Layer, 0 to {layers - 1}", 0, layers - 1, key=f"layer-{writer.name}"
    )
    unit = two.number_input(
        f"Unit, 0 to {units - 1}", 0, units - 1, key=f"number-{writer.name}"
    )
    return source, int(layer), int(unit)


def _where(entry: dict) -> tuple[str, int, int]:
    return entry["source"], entry["layer"], entry["unit"]


def _is_in(entry: dict, reading) -> bool:
    """Return whether the model has the unit that its card names."""
    state = getattr(reading, entry["source"], None)
    return state is not None and np.all(_where(entry)[1:] < np.array(state.shape[1:]))


def _called(source: str, layer: int, unit: int) -> str:
    return f"{source} unit {unit}, layer {layer}"


def _ranked(writer: gallery.Client) -> list[dict]:
    """Return what the search found, the best tracked first, the untracked last."""
    entries = writer.card.get("units") or []
    order = list(VERDICTS)
    return sorted(
        entries,
        key=lambda entry: (
            order.index(entry["verdict"]),
            -abs(entry["reported"] or 0),
        ),
    )


def _strongest(writer: gallery.Client) -> float:
    """Return the score of the best unit: what there is to be seen comes first."""
    scores = [abs(e["reported"]) for e in _ranked(writer) if e["verdict"] == "tracks"]
    return max(scores, default=0.0 if writer.card.get("units") else -1.0)


def command(writer: gallery.Client) -> str:
    """Return the command that searches a model's units, one's own on its corpus."""
    corpus = writer.card.get("corpus", {}).get("name", "")
    recipe = writer.name.removesuffix(f"-{corpus}")
    own = "" if recipe == writer.name else f" --corpus {corpus}"
    return f"python -m zoo units {recipe}{own}"


def _table(writer: gallery.Client) -> None:
    """Show which unit tracks what, how well, and what luck alone would do."""
    entries = _ranked(writer)
    if not entries:
        st.text("The units of this model were not searched yet:")
        st.code(command(writer), language=None)
        return
    table = pd.DataFrame([_row(entry) for entry in entries]).fillna("–")
    st.dataframe(table, hide_index=True)
    st.caption(
        "Each unit read held-out text. The one that tracks a property best was chosen "
        "on the first half; its score is of the second half, with a 95 % interval: a "
        "correlation of what is true or false, R² of what is a number, with its sign. "
        "Beside it stands the best score of as many shuffled units, which are the same "
        "ones moved along the text by a random distance, chosen and reported alike, 19 "
        "times over. A unit that is no better than that is luck: the model has none. A "
        "trace is faint where the property explains less than a quarter of the unit's "
        "variance."
    )
    with st.expander("What exactly each property is"):
        st.text(
            "\n".join(
                f"{entry['property']}: {entry['definition']}" for entry in entries
            )
        )


def _row(entry: dict) -> dict[str, str]:
    """Return a property's line in the table."""
    line = {"Property": entry["property"], "Verdict": VERDICTS[entry["verdict"]]}
    if entry["unit"] is None:
        return line
    return line | {
        "Score": "{reported:+.2f} ({low:+.2f} to {high:+.2f})".format(**entry),
        "Shuffled": f"{entry['shuffled']:+.2f}",
        "Measure": {"R2": "R²"}.get(entry["measure"], "correlation"),
        "First half": f"{entry['chosen']:+.2f}",
        "Unit": _called(*_where(entry)),
    }

"""A gallery of made-up language models, so that their page is tested without one."""

import types
from pathlib import Path

import keras
import numpy as np
import streamlit as st
from streamlit.testing.v1 import AppTest

from tests.apps.fake_client import FakeClient
from zoo import gallery

PAGE = Path(__file__).parents[2] / "apps" / "write.py"
NAMES = [
    "write-shakespeare-markov",
    "write-shakespeare-rnn",
    "write-shakespeare-lstm",
    "write-source-lstm",
]
LETTERS = "abcdefghijklmnopqrstuvwxyz .\n"
MOST = 600  # characters that are explained


def entry(name, verdict="tracks", **given):
    """What the search for units says of one property."""
    found = {
        "property": name,
        "definition": f"What {name} means.",
        "measure": "point-biserial",
        "prevalence": 0.2,
        "source": "hidden",
        "layer": 0,
        "unit": 3,
        "chosen": 0.75,
        "reported": 0.7,
        "low": 0.65,
        "high": 0.74,
        "shuffled": 0.05,
        "verdict": verdict,
    }
    return found | given


def absent(name):
    """What the search says of a property that is not in the text."""
    scores = ("source", "layer", "unit", "chosen", "reported", "low", "high")
    return entry(name, "absent", **dict.fromkeys((*scores, "shuffled")))


class FakeWriter(FakeClient):
    """Answers as `zoo.gallery`'s writers do, and keeps what it was asked."""

    def __init__(self, name, hidden=True, cell=False):
        super().__init__(name)
        self.hidden = hidden
        self.cell = cell
        self.letters = LETTERS
        self.error = None
        self.wrote, self.scored, self.read = [], [], []
        corpus = "keras-source" if "source" in name else "tiny-shakespeare"
        self.card = {
            "title": f"The {name}",
            "summary": f"Sums up {name}.",
            "metric": "nats a character",
            "corpus": {
                "name": corpus,
                "characters": {"train": 950_000, "dev": 55_000, "test": 111_540},
            },
            "parameters": {"total": 1_013_000},
            "test": {
                "nats_per_character": {"value": 1.5512, "low": 1.532, "high": 1.571},
                "bits_per_character": {"value": 2.2379, "low": 2.21, "high": 2.266},
            },
            "latency_ms": {"write": {"1": 0.5, "16": 0.1}},
            "training": {"seconds": 1200, "hardware": "two cores"},
            "limits": ["Knows one author."],
            "progress": [
                {"update": 0, "nats": 4.21, "text": f"xq&{name}"},
                {"update": 100, "nats": 2.5, "text": f"the toue {name}"},
                {"update": 1600, "nats": 1.6, "text": f"The king {name}"},
            ],
            "units": [
                absent("inside quotes"),
                entry("vowel", "none", reported=0.04, unit=2),
                entry("line position", "faint", measure="R2", reported=-0.21, unit=1),
                entry("upper case"),
            ],
        }

    def __call__(self, prompts, length=200, temperature=1.0, top_k=0, seed=0):
        """The letter at each place depends on the place and the seed alone."""
        if self.error is not None:
            raise self.error
        self.wrote.append((prompts[0], length, temperature, top_k, seed))
        return ["".join(self.after(len(prompt), length, seed)) for prompt in prompts]

    def after(self, start, length, seed):
        """The letters from one place on."""
        for place in range(start, start + length):
            yield self.letters[(7 * place + seed) % len(self.letters)]

    def score(self, texts):
        if self.error is not None:
            raise self.error
        self.scored.extend(texts)
        return [
            types.SimpleNamespace(nats_per_character=2.345, characters=len(text))
            for text in texts
        ]

    def explain(self, texts):
        if self.error is not None:
            raise self.error
        self.read.extend(texts)
        return [self.reading(list(text[:MOST])) for text in texts]

    def reading(self, characters):
        """A unit's value grows with the place, its own number and its layer's."""
        grid = np.indices((len(characters), 2, 4)).astype(np.float32)
        values = grid[0] / max(len(characters), 1) + grid[1] - grid[2]
        return types.SimpleNamespace(
            characters=characters,
            hidden=values if self.hidden else None,
            cell=-values[:, :, :2] if self.cell else None,
            top_characters=[["e", "t", "a", "o", "i"]] * len(characters),
            top_probabilities=[[0.5, 0.2, 0.1, 0.1, 0.05]] * len(characters),
        )


def installed(monkeypatch, tmp_path):
    """Yields made-up models in place of the artefacts, by name; undoes it after."""
    st.cache_resource.clear()
    st.cache_data.clear()
    monkeypatch.setenv("ZOO_BUILD", str(tmp_path))
    monkeypatch.setattr(keras.backend, "clear_session", lambda: None)  # put back
    models = {
        name: FakeWriter(name, not name.endswith("markov"), name.endswith("lstm"))
        for name in NAMES
    }
    counted = models["write-shakespeare-markov"].card
    counted |= {"progress": [], "units": []}

    def load(name, version=None):
        if name not in models:
            raise gallery.NotFound(f"{name} is not here. Make it: make train-{name}")
        return models[name]

    monkeypatch.setattr(gallery, "expected", lambda task="caption": list(NAMES))
    monkeypatch.setattr(gallery, "names", lambda task="caption": list(models))
    monkeypatch.setattr(gallery, "load", load)
    yield models
    st.cache_resource.clear()
    st.cache_data.clear()


def opened():
    """The page, as Streamlit would run it."""
    return AppTest.from_file(PAGE, default_timeout=60)

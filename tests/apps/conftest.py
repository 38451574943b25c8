"""A gallery of made-up captioners, so that the pages are tested without a model."""

import io
import types
from pathlib import Path

import keras
import numpy as np
import pytest
import streamlit as st
from PIL import Image
from streamlit.testing.v1 import AppTest

from tests.apps.fake_client import FakeClient
from zoo import gallery

APPS = Path(__file__).parents[2] / "apps"
NAMES = ["caption-lstm", "caption-lstm-attention"]
IDS = [f"{number:03}.jpg" for number in range(25)]


class FakeCaptioner(FakeClient):
    """Answers as `zoo.gallery.Captioner` does, and keeps what it was asked."""

    def __init__(self, name, caption="a dog runs", attention=False):
        super().__init__(name)
        self.caption = caption
        self.attention = attention
        self.error = None
        self.asked = []
        self.stored = [
            {"id": id, "caption": caption, "cider": 10.0 + place}
            for place, id in enumerate(IDS)
        ]
        self.card = {
            "title": f"The {name}",
            "summary": f"Sums up {name}.",
            "corpus": {"pictures": {"train": 5999, "dev": 1000, "test": 1000}},
            "dev": {"width": 8, "length_penalty": 1.2},
            "parameters": {"total": 6_123_456, "decoder": 2_000_000},
            "test": {
                decoding: {
                    "bleu4": {"value": value, "low": value - 1, "high": value + 1},
                    "cider": {"value": 52.0, "low": 50.0, "high": 54.5},
                }
                for decoding, value in {
                    "default": 21.0,
                    "beam5": 20.5,
                    "greedy": 18.0,
                }.items()
            },
            "training": {"seconds": 3000, "hardware": "two cores"},
            "latency_ms": {"greedy": {"1": 20.0}, "beam5": {"1": 45.0}},
            "limits": ["Knows people and dogs."],
            "examples": {"successes": [IDS[3]], "failures": [IDS[4], IDS[5]]},
        }

    def beam(self, pictures, width=5, length_penalty=None):
        if self.error is not None:
            raise self.error
        self.asked.append((pictures[0], width, length_penalty))
        second = (f"{self.caption} again", -2.5)
        return [[(self.caption, -1.25), second][:width] for _ in pictures]

    def explain(self, pictures):
        words = self.caption.split()
        count = len(words)
        maps = np.full((count, 7, 7), 1 / 49, np.float32) if self.attention else None
        explanation = types.SimpleNamespace(
            words=words,
            probabilities=[0.5] * count,
            top_words=[[word, "the", "of", "on", "at"] for word in words],
            top_probabilities=[[0.5, 0.2, 0.1, 0.1, 0.05]] * count,
            attention=maps,
        )
        return [explanation for _ in pictures]

    def predictions(self):
        return self.stored


@pytest.fixture
def fakes(monkeypatch, tmp_path):
    """Two made-up models in place of the artefacts, by name; no corpus on disk."""
    st.cache_resource.clear()
    st.cache_data.clear()
    monkeypatch.setenv("ZOO_BUILD", str(tmp_path))
    monkeypatch.setattr(keras.backend, "clear_session", lambda: None)  # put back
    models = {
        name: FakeCaptioner(name, attention=name.endswith("attention"))
        for name in NAMES
    }

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


@pytest.fixture
def page():
    """The caption page, as Streamlit would run it."""
    return AppTest.from_file(APPS / "caption.py", default_timeout=60)


@pytest.fixture
def jpeg():
    """A small JPEG file."""
    return encoded("JPEG")


def encoded(format, size=(40, 30), mode="RGB"):
    """A picture as a file's bytes."""
    file = io.BytesIO()
    Image.new(mode, size).save(file, format)
    return file.getvalue()

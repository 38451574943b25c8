"""Tables of the text tasks: who is behind the best, and by how much for sure."""

import numpy as np
import pytest

from zoo import artefact
from zoo.evaluate import tables, text_tables


def interval(value):
    return {"value": value, "low": value - 1, "high": value + 1}


@pytest.fixture
def shipped(tmp_path, monkeypatch):
    """Function that ships made-up classifiers, given what each got right."""
    cards = []

    def ship(right):
        for name, hits in right.items():
            version = tmp_path / name
            version.mkdir()
            card = {
                "recipe": name,
                "corpus": {"name": "nsmc", "texts": {"test": len(hits)}},
                "parameters": {"total": 1_300_000, "embeddings": 1_000_000},
                "test": {"default": {"accuracy": interval(100 * np.mean(hits))}},
                "training": {"seconds": 61.2},
            }
            rows = [
                {"label": "positive", "positive": 0.9 if hit else 0.1} for hit in hits
            ]
            artefact.write_card(version, card, rows)
            cards.append(card)

    monkeypatch.setattr(tables, "cards", lambda task: cards)
    monkeypatch.setattr(artefact, "locate", lambda name: tmp_path / name)
    return ship


def test_a_model_always_wrong_where_the_best_is_right_is_behind_for_sure(shipped):
    shipped(
        {
            "sentiment-ko-lstm": [True] * 90 + [False] * 10,
            "sentiment-ko-rnn": [True] * 40 + [False] * 60,
        }
    )
    lines = text_tables.budget("sentiment").splitlines()
    assert lines[0] == "NSMC, Korean, test split of 100 texts:"
    lstm, rnn = lines[4:]
    assert "| 90.0 (89.0–91.0) | – | 61 |" in lstm
    assert "| `sentiment-ko-rnn` | 1.30 M | 0.30 M | 40.0" in rnn
    assert "| −50.0 (−" in rnn and " to −" in rnn


def test_models_that_are_right_in_turns_cannot_be_told_apart(shipped):
    turns = np.arange(100) % 2 == 0
    shipped(
        {
            "sentiment-ko-lstm": [*turns, True],
            "sentiment-ko-gru": [*~turns, True],
        }
    )
    *_, other = text_tables.budget("sentiment").splitlines()
    assert " to +" in other


def test_without_models_there_is_no_table(monkeypatch):
    monkeypatch.setattr(tables, "cards", lambda task: [])
    assert text_tables.budget("write") == text_tables.budget("tag") == ""

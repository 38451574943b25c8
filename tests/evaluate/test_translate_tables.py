"""The table of translators: BLEU's differences are sacreBLEU's."""

import pytest
import sacrebleu

from zoo import artefact
from zoo.evaluate import tables, text_tables
from zoo.metrics import translation

MEANT = ["ein hund läuft durch den schnee .", "zwei frauen stehen an der ecke ."] * 8
SAID = {
    "translate-en-de-gru": ["ein hund läuft durch den schnee .", "zwei frauen ."] * 8,
    "translate-en-de-rnn": ["ein hund steht im schnee .", "zwei frauen stehen ."] * 8,
}


def bleu(texts):
    return sacrebleu.corpus_bleu(texts, [MEANT], lowercase=True).score


@pytest.fixture
def shipped(tmp_path, monkeypatch):
    """Two made-up translators that were evaluated."""
    cards = []
    for name, said in SAID.items():
        version = tmp_path / name
        version.mkdir()
        value = {"value": bleu(said), "low": 1.0, "high": 2.0}
        scores = {"bleu": value, "bleu_lc": value, "chrf": 55.55}
        card = {
            "recipe": name,
            "corpus": {"name": "multi30k-en-de", "pairs": {"test": len(MEANT)}},
            "parameters": {"total": 3_700_000, "embeddings": 1_500_000},
            "test": {"beam5": scores, "greedy": scores},
            "training": {"seconds": 61.2},
        }
        counts = translation.statistics(said, MEANT, lowercase=True).tolist()
        artefact.write_card(version, card, [{"bleu_lc_counts": row} for row in counts])
        cards.append(card)
    monkeypatch.setattr(tables, "cards", lambda task: cards)
    monkeypatch.setattr(artefact, "locate", lambda name: tmp_path / name)


def test_who_is_behind_is_behind_by_sacrebleus_difference(shipped):
    lines = text_tables.budget("translate").splitlines()
    assert lines[0] == "Multi30k, English to German, test split of 16 pairs:"
    gru, rnn = lines[4:]
    behind = bleu(SAID["translate-en-de-rnn"]) - bleu(SAID["translate-en-de-gru"])
    assert behind < -5
    assert f"| −{-behind:.1f} (−" in rnn and "| – | 61 |" in gru
    assert "| 3.70 M | 2.20 M |" in gru and "| 55.5 |" in gru

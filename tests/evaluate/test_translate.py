"""Card and predictions of a translator, from made-up translations."""

import types

import pytest
import sacrebleu

from zoo import artefact, evaluate, gallery, recipes
from zoo.corpora.pairs import Pair
from zoo.evaluate import translate
from zoo.gallery.translate import Translation

SIZES = {"train": 29_000, "dev": 1_014, "test": 24}
WORDS = (
    "ein Hund läuft schnell durch den tiefen Schnee und bellt laut vor Freude".split()
)


def german(number):
    """A made-up sentence of 5 to 27 words."""
    length = 5 + number % 23
    return " ".join(WORDS[(number + place) % len(WORDS)] for place in range(length))


def pair_of(number):
    target = german(number)
    return Pair(
        f"id{number}",
        f"{number} " + "w " * (len(target.split()) - 2) + "secret",
        target,
    )


class FakeTranslator:
    """Leaves out the first word when greedy, writes capitals small by default."""

    def __init__(self, folder):
        self.folder = folder
        self.widths = []
        self.card = {
            "recipe": "translate-en-de-gru",
            "corpus": {"name": "multi30k-en-de", "pairs": SIZES},
        }

    def __call__(self, texts):
        return [Translation(self.say(text).lower(), -1.0, False) for text in texts]

    def beam(self, texts, width=5, length_penalty=None):
        self.widths.append(width)
        cut = 1 if width == 1 else 0
        said = [" ".join(self.say(text).split()[cut:]) for text in texts]
        return [[Translation(text, -1.0, False)] * width for text in said]

    def say(self, text):
        return german(int(text.split()[0])).replace("bellt", "schweigt")


@pytest.fixture
def evaluated(tmp_path, monkeypatch):
    monkeypatch.setenv("ZOO_MODELS", str(tmp_path))
    translator = FakeTranslator(tmp_path / "translate-en-de-gru" / "1")
    with artefact.publishing("translate-en-de-gru") as partial:
        artefact.write_card(partial, translator.card)
    monkeypatch.setattr(gallery, "load_local", lambda name: translator)
    splits = {"test": [pair_of(number) for number in range(24)]}
    monkeypatch.setattr(
        translate.catalogue, "load", lambda corpus, split: splits[split]
    )
    card = evaluate.evaluate(recipes.get("translate-en-de-gru"))
    return types.SimpleNamespace(card=card, translator=translator, pairs=splits["test"])


def test_every_way_of_decoding_has_sacrebleus_scores(evaluated):
    meant = [pair.target for pair in evaluated.pairs]
    test = evaluated.card["test"]
    right = [text.replace("bellt", "schweigt") for text in meant]
    said = {
        "greedy": [" ".join(text.split()[1:]) for text in right],
        "beam5": right,
        "default": [text.lower() for text in right],
    }
    for name, texts in said.items():
        cased = sacrebleu.corpus_bleu(texts, [meant]).score
        uncased = sacrebleu.corpus_bleu(texts, [meant], lowercase=True).score
        assert test[name]["bleu"]["value"] == pytest.approx(cased, abs=0.01)
        assert test[name]["bleu_lc"]["value"] == pytest.approx(uncased, abs=0.01)
        chrf = sacrebleu.corpus_chrf(texts, [meant]).score
        assert test[name]["chrf"] == pytest.approx(chrf, abs=0.01)
        assert test[name]["bleu"]["low"] <= test[name]["bleu"]["value"]
    assert test["default"]["bleu_lc"]["value"] > test["default"]["bleu"]["value"]
    assert "case:lc" in evaluated.card["signatures"]["bleu_lc"]


def test_each_length_of_source_has_the_bleu_of_its_sentences(evaluated):
    meant = [pair.target for pair in evaluated.pairs]
    found = evaluated.card["test"]["by_length"]
    assert [row["words"] for row in found] == [*translate.BUCKETS, None]
    assert sum(row["sentences"] for row in found) == 24
    low = 0
    for row in found:
        high = row["words"] or 1000
        some = [
            text
            for text, pair in zip(meant, evaluated.pairs, strict=True)
            if low < len(pair.source.split()) <= high
        ]
        assert row["sentences"] == len(some)
        said = [text.replace("bellt", "schweigt") for text in some]
        theirs = sacrebleu.corpus_bleu(said, [some], lowercase=True).score
        assert row["bleu_lc"] == pytest.approx(theirs, abs=0.01)
        low = high


def test_predictions_are_what_was_said_and_no_text_of_the_corpus(evaluated):
    rows = artefact.read_predictions(evaluated.translator.folder)
    assert [row["id"] for row in rows] == [pair.name for pair in evaluated.pairs]
    assert set(rows[0]) == {"id", "greedy", "beam5", "translation", "bleu_lc_counts"}
    assert "secret" not in str(rows) + str(evaluated.card)
    total = [
        sum(column)
        for column in zip(*(row["bleu_lc_counts"] for row in rows), strict=True)
    ]
    value = float(translate.metrics.bleu_of(total))
    assert value == pytest.approx(
        evaluated.card["test"]["beam5"]["bleu_lc"]["value"], abs=0.01
    )


def test_the_card_names_the_corpus_and_the_times(evaluated):
    assert "29,000 captions of photographs" in evaluated.card["limits"][0]
    corpus = {"name": "mine", "pairs": {"train": 7}}
    assert "7 pairs of the corpus 'mine'" in translate.limit_of(corpus)
    assert set(evaluated.card["latency_ms"]) == {"greedy", "beam5"}
    assert {1, 5} <= set(evaluated.translator.widths)


def test_the_best_and_the_worst_are_named_by_their_chrf(evaluated):
    scores = {}
    for pair in evaluated.pairs:
        said = pair.target.replace("bellt", "schweigt")
        scores[pair.name] = sacrebleu.sentence_chrf(said, [pair.target]).score
    ranked = sorted(scores.values(), reverse=True)
    assert ranked[5] > ranked[-6]
    for kind, expected in (("successes", ranked[:6]), ("failures", ranked[-6:])):
        names = evaluated.card["examples"][kind]
        assert [scores[name] for name in names] == pytest.approx(expected)

"""One's own texts go the whole way: file, arrays, training, artefact, card."""

import dataclasses
import json

import numpy as np
import pytest

from tests.small_sentiment import ENCODERS
from zoo import evaluate, export, gallery, recipes, train
from zoo.corpora import catalogue
from zoo.export import sentiment
from zoo.prepare import sentiment as prepare
from zoo.preprocess.pieces import Reading

READING = Reading(size=300, head=2, tail=4)
GOOD, BAD = "a bright story 좋다", "a dull film 없다"


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A recipe trained on a file of its own, exported and evaluated, in a folder."""
    folder = tmp_path_factory.mktemp("own")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ZOO_BUILD", str(folder / "build"))
        patch.setenv("ZOO_MODELS", str(folder / "models"))
        patch.setattr(prepare, "OWN", READING)
        patch.setattr(sentiment, "WHOLE", 50)
        rows = [f"{GOOD if n % 2 else BAD} {n} {n * n},{n % 2}" for n in range(120)]
        file = folder / "mine.csv"
        file.write_text("text,label\n" + "\n".join(rows) + "\n", "utf-8")
        catalogue.register("mine", "texts", file=file)
        base = recipes.get("sentiment-en-gru")
        numbers = dataclasses.replace(
            base.training, updates=12, batch=16, warmup=2, evaluate_every=6
        )
        recipe = dataclasses.replace(
            base,
            name="sentiment-en-gru-mine",
            corpus="mine",
            model={**base.model, "width": 8, "encoder": ENCODERS["gru"]},
            training=numbers,
            shipped=False,
        )
        prepare.prepare("mine")
        train.run(recipe)
        export.export(recipe)
        card = evaluate.evaluate(recipe)
        yield recipe, card


def test_the_card_tells_of_the_file_and_of_what_was_measured(whole):
    recipe, card = whole
    texts = {split: len(catalogue.load("mine", split)) for split in catalogue.SPLITS}
    assert card["corpus"]["texts"] == texts and sum(texts.values()) == 120
    assert card["corpus"]["reading"] == dataclasses.asdict(READING)
    assert list(card["corpus"]["sha256"]) == ["mine.csv"]
    assert 0 <= card["test"]["default"]["accuracy"]["value"] <= 100
    assert card["parameters"]["total"] == sum(
        card["parameters"][part] for part in ("encoder", "embeddings")
    )
    assert json.loads(json.dumps(card)) == card


def test_the_accuracy_on_dev_is_counted_text_by_text(whole):
    recipe, card = whole
    classifier = gallery.load(recipe.name)
    texts = catalogue.load("mine", "dev")
    verdicts = classifier([text.text for text in texts])
    right = [
        verdict.label == ("negative", "positive")[text.label]
        for verdict, text in zip(verdicts, texts, strict=True)
    ]
    # float16 may turn a verdict that hangs in the balance.
    assert card["dev"]["accuracy"] == pytest.approx(100 * np.mean(right), abs=10)


def test_other_cuts_are_measured_on_the_texts_that_are_cut(whole):
    _, card = whole
    cut = card["dev"]["cut"]
    pieces = prepare.open_pieces("mine")
    pieces.reading = Reading(size=300, head=0, tail=1000)
    said = [text.text for text in catalogue.load("mine", "dev")]
    lengths = pieces.tokenize(said).row_lengths().numpy()
    assert cut["ids"] == 6 and cut["texts"] == len(said)
    assert cut["texts_cut"] == (lengths > 6).sum() > 0
    assert {"as_shipped", "head", "tail", "whole"} <= set(cut)


def test_where_no_text_is_cut_there_is_nothing_to_measure(whole, monkeypatch):
    recipe, _ = whole
    pieces = prepare.open_pieces("mine")
    pieces.reading = Reading(size=300, head=1, tail=400)
    monkeypatch.setattr(sentiment, "open_pieces", lambda corpus: pieces)
    found = sentiment.cuts("mine", train.build(recipe))
    assert found == {"ids": 401, "texts": found["texts"], "texts_cut": 0}


def test_the_reading_of_a_cut_is_the_one_its_name_says(whole, monkeypatch):
    recipe, _ = whole
    read = {}

    def keep(model, rows):
        read[len(read)] = rows
        return np.zeros(len(rows), int)

    monkeypatch.setattr(sentiment, "_verdicts", keep)
    sentiment.cuts("mine", None)
    shipped, head, tail, all_of_it = (rows[0] for rows in read.values())
    assert len(all_of_it) > 6
    assert shipped == all_of_it[:2] + all_of_it[-4:]
    assert head == all_of_it[:6] and tail == all_of_it[-6:]


def test_an_artefact_of_ones_own_answers_like_a_shipped_one(whole):
    recipe, _ = whole
    classifier = gallery.load(recipe.name)
    assert recipe.name in gallery.names("sentiment")
    assert len(classifier([GOOD, BAD, ""])) == 3
    assert "".join(classifier.explain(["좋다"])[0].tokens) == "좋다"

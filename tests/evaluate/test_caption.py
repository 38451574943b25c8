"""Evaluation asks the artefact through its client and writes what it measured."""

import pathlib

import pytest

from zoo import artefact, evaluate, gallery, recipes
from zoo.corpora.pictures import Picture
from zoo.evaluate import caption, timing
from zoo.metrics import caption as metrics

TEXTS = [
    "a dog runs on the grass",
    "two men sit on a bench",
    "a girl in a red dress",
    "the boy jumps into the water",
]


class FakePicture(Picture):
    def read(self):
        return self.name.encode()


class FakeCaptioner:
    """Says a known caption; greedy decoding drops its last word."""

    def __init__(self, folder, texts):
        self.folder = folder
        self.texts = texts
        self.card = {
            "dev": {"length_penalty_beam5": 0.4, "length_penalty": 0.8},
            "corpus": {"name": "flickr8k", "pictures": {"train": 5999}},
        }
        self.asked = []

    def __call__(self, pictures):
        return [self.texts[picture.decode()] for picture in pictures]

    def beam(self, pictures, width=5, length_penalty=None):
        self.asked.append((len(pictures), width, length_penalty))
        said = self(pictures)
        cut = [text.rsplit(" ", 1)[0] for text in said] if width == 1 else said
        return [[(text, -1.0)] for text in cut]


@pytest.fixture
def evaluated(tmp_path, monkeypatch):
    names = [f"{number:02}.jpg" for number in range(40)]
    said = {name: TEXTS[place % 4] for place, name in enumerate(names)}
    people = {
        name: (TEXTS[place % 4], "secret human words", TEXTS[(place + place // 4) % 4])
        for place, name in enumerate(names)
    }
    corpus = [FakePicture(name, people[name], pathlib.Path(name)) for name in names]
    monkeypatch.setenv("ZOO_MODELS", str(tmp_path))
    folder = tmp_path / "caption-gru" / "1"
    captioner = FakeCaptioner(folder, said)
    with artefact.publishing("caption-gru") as partial:
        artefact.write_card(partial, captioner.card)
    (folder / artefact.PREDICTIONS).write_bytes(b"left by a killed evaluation")

    def load(name):
        artefact.verify(folder)
        return captioner

    monkeypatch.setattr(gallery, "load_local", load)
    monkeypatch.setattr(caption.catalogue, "load", lambda corpus_, split: corpus)
    card = evaluate.evaluate(recipes.get("caption-gru"))
    return card, captioner, said, people


def test_the_scores_are_those_of_the_captions_that_the_artefact_gave(evaluated):
    card, _, said, people = evaluated
    people = {name: list(texts) for name, texts in people.items()}
    greedy = {name: text.rsplit(" ", 1)[0] for name, text in said.items()}
    for key, captions in {"greedy": greedy, "beam5": said, "default": said}.items():
        for metric, interval in metrics.score(captions, people).items():
            assert card["test"][key][metric]["value"] == round(interval.value, 2)


def test_beam_five_uses_the_penalty_that_dev_chose_for_it(evaluated):
    _, captioner, _, _ = evaluated
    assert (32, 5, 0.4) in captioner.asked
    assert {width for _, width, _ in captioner.asked} == {1, 5}


def test_card_and_predictions_are_on_disk_and_verify(evaluated):
    card, captioner, said, _ = evaluated
    artefact.verify(captioner.folder)
    assert artefact.read_card(captioner.folder) == card
    rows = artefact.read_predictions(captioner.folder)
    assert {row["id"]: row["caption"] for row in rows} == said
    mean = sum(row["cider"] for row in rows) / len(rows)
    assert mean == pytest.approx(card["test"]["default"]["cider"]["value"], abs=0.1)


def test_what_a_killed_evaluation_left_does_not_stop_the_next_one(evaluated):
    _, captioner, _, _ = evaluated  # the fixture left broken predictions there
    assert len(artefact.read_predictions(captioner.folder)) == 40


def test_no_text_of_the_corpus_is_written(evaluated):
    _, captioner, _, _ = evaluated
    rows = artefact.read_predictions(captioner.folder)
    assert "secret" not in str(rows)
    assert b"secret" not in (captioner.folder / artefact.CARD).read_bytes()


def test_successes_and_failures_are_the_ends_of_the_ranking(evaluated):
    card, captioner, _, _ = evaluated
    ranked = {
        row["id"]: row["cider"] for row in artefact.read_predictions(captioner.folder)
    }
    best = [ranked[name] for name in card["examples"]["successes"]]
    worst = [ranked[name] for name in card["examples"]["failures"]]
    assert max(best) == max(ranked.values())
    assert min(worst) == min(ranked.values())
    assert min(best) >= max(worst)


def test_latency_is_told_for_one_picture_and_for_a_batch(evaluated):
    card, _, _, _ = evaluated
    for way in ("greedy", "beam5"):
        assert set(card["latency_ms"][way]) == {"1", "32"}


@pytest.mark.parametrize("count", [1, 31, 32, 33])
def test_latency_is_measured_on_full_batches_however_few_the_files(
    tmp_path, monkeypatch, count
):
    files = [f"{number}.jpg".encode() for number in range(count)]
    captioner = FakeCaptioner(tmp_path, {file.decode(): "a dog" for file in files})
    given = []

    def beam(pictures, width):
        given.append((width, list(pictures)))

    captioner.beam = beam
    clock = iter(range(1000))  # a second between two looks at it
    monkeypatch.setattr(timing.time, "perf_counter", lambda: float(next(clock)))
    table = timing.of_beams(captioner, files)
    alone, together = 1000.0, round(1000 / 32, 1)
    for way in ("greedy", "beam5"):
        assert table[way] == {"1": alone, "32": together}
    assert {(width, len(batch)) for width, batch in given} == {
        (width, batch) for width in (1, 5) for batch in (1, 32)
    }
    seen = {file for _, batch in given for file in batch}
    assert seen == set(files)


def test_the_first_limit_is_that_of_the_corpus(evaluated):
    card, _, _, _ = evaluated
    assert card["limits"][0].startswith("Trained on 5,999 photographs of Flickr8k,")
    assert card["limits"][1:] == list(caption.LIMITS)
    own = caption.limit_of({"name": "mine", "pictures": {"train": 1234}})
    assert "1,234 pictures of the corpus 'mine'" in own
    assert "people" not in own and "Flickr8k" not in own

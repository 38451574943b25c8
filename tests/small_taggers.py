"""Small taggers, exported once for all the tests that need one."""

import random
import types

import numpy as np
import pytest

from tests.small_captioners import spread
from zoo import artefact
from zoo.corpora.sentences import parse
from zoo.export import tag_signatures
from zoo.models.tagger import build_tagger
from zoo.preprocess.characters import TaggerWords
from zoo.preprocess.conventions import MARK
from zoo.preprocess.sentence_words import SentenceWords
from zoo.preprocess.words import SPECIAL

VOCABULARY = [*SPECIAL, *"the a dog cat runs sits can n't . ,".split()]
CHARACTERS = np.array([ord(letter) for letter in "etaoindsrcghlTA.,'"], np.int32)
SPELLING = {"characters": 4 + len(CHARACTERS), "width": 4, "filters": 5}
OPTIONS = {
    "inputs": "words",
    "width": 8,
    "words": {"embedding_width": 6, "spelling": SPELLING},
}
ENCODERS = {
    "gru": {"kind": "recurrent", "cell": "gru", "units": 6},  # looks back only
    "bilstm": {
        "kind": "recurrent",
        "cell": "lstm",
        "units": 5,
        "bidirectional": True,
    },
    "transformer": {
        "kind": "transformer",
        "num_layers": 2,
        "num_heads": 2,
        "intermediate_dim": 12,
        "normalize_first": True,
    },
}
TAGGED = [
    *("the/DET dog/NOUN runs/VERB", "a/DET cat/NOUN sits/VERB", "the/DET can/NOUN"),
    *("Ann/PROPN can/AUX n't/PART run/VERB", "no/INTJ dog/NOUN", "it/PRON runs/VERB"),
]


def tables():
    """What a small tagger reads with, each time anew: an export tracks it."""
    split = SentenceWords("en", [f"can{MARK}not"])
    return TaggerWords(VOCABULARY, CHARACTERS), split


def small_tagger(kind, classes=17):
    """Makes a tagger whose tags differ from word to word."""
    options = {**OPTIONS, "encoder": ENCODERS[kind], "classes": classes}
    model = build_tagger(options, len(VOCABULARY))
    spread(model, seed=11)
    return model


def conllu(count, seed=0):
    """Makes up a CoNLL-U file of some sentences."""
    choice, lines = random.Random(seed), []
    for number in range(count):
        words = " ".join(choice.choices(TAGGED, k=choice.randint(1, 3))).split()
        words.append(f"w{choice.randint(0, 9)}/X")
        lines.append(f"# sent_id = s{number}")
        for place, word in enumerate(words, start=1):
            form, _, tag = word.partition("/")
            fine = "-".join(["fine", tag])
            misc = "SpaceAfter=No" if form == "can" and "n't/PART" in words else "_"
            lines.append(f"{place}\t{form}\t_\t{tag}\t{fine}" + "\t_" * 4 + f"\t{misc}")
        lines.append("")
    return "\n".join([*lines, ""])


def sentences(count, seed=0):
    """The same, read."""
    return parse(conllu(count, seed))


@pytest.fixture(scope="session", params=list(ENCODERS))
def exported_tagger(request, tmp_path_factory):
    """An exported tagger beside the Keras model that it was made from."""
    model = small_tagger(request.param)
    words, split = tables()
    root = tmp_path_factory.mktemp("models")
    name = f"tag-en-{request.param}"
    with artefact.publishing(name, root) as folder:
        tag_signatures.write(folder, model, words, split)
        sizes = {"name": "made-up", "sentences": {"train": 60, "dev": 8, "test": 9}}
        artefact.write_card(folder, {"title": name, "corpus": sizes})
    folder = root / name / "1"
    return types.SimpleNamespace(
        name=name,
        root=root,
        folder=folder,
        model=model,
        signatures=artefact.open_model(folder).signatures,
    )

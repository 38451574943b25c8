"""A made-up corpus that the tests of the caption metrics share."""

import random

import pytest


@pytest.fixture(scope="session")
def corpus():
    """A function: number of pictures -> (predictions, references)."""
    return make_corpus


def make_corpus(pictures, seed=0):
    """Captions over few words, the predictions a reference with words changed."""
    generator = random.Random(seed)
    vocabulary = [f"w{i}" for i in range(30)]
    predictions, references = {}, {}
    for number in range(pictures):
        picture = f"{number:04}.jpg"
        captions = [
            generator.choices(vocabulary, k=generator.randint(4, 12)) for _ in range(5)
        ]
        references[picture] = [" ".join(caption) for caption in captions]
        changed = [
            word if generator.random() < 0.7 else generator.choice(vocabulary)
            for word in captions[0]
        ]
        predictions[picture] = " ".join(changed[: generator.randint(3, 12)])
    return predictions, references

"""Words as vectors: convolutions by hand, padding, and words dropped in training."""

import keras
import numpy as np
import pytest

from zoo.layers.character_encoder import CharacterEncoder
from zoo.layers.word_encoder import WordEncoder
from zoo.tokens import END, PAD, START, UNKNOWN

KERNELS = (2, 3)
SPELLING = {"characters": 9, "width": 3, "filters": 4, "kernels": KERNELS}
WORDS = [[4, 5, 6], [7], [8, 4, 5, 5, 4]]


def normal(seed, *shape):
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


def rows(words, length):
    """The ids of words' characters, with their marks, padded to a length."""
    marked = [[START, *word, END] for word in words]
    return np.array([row + [PAD] * (length - len(row)) for row in marked], "int32")


def make(kind, *arguments, **options):
    layer = kind(*arguments, **options)
    layer.build({"words": (None, None), "characters": (None, None, None)})
    layer.set_weights([normal(i, *w.shape) for i, w in enumerate(layer.weights)])
    return layer


def by_hand(layer, word):
    """One word's vector: every place of every convolution, and the largest."""
    table, *weights = layer.get_weights()
    vectors = table[[START, *word, END]]  # [C, E]
    found = []
    for kernel, (matrix, bias) in zip(
        KERNELS, zip(weights[::2], weights[1::2], strict=True), strict=True
    ):
        before = (kernel - 1) // 2  # "same" puts the odd zero behind
        zeros = np.zeros((kernel, vectors.shape[1]), "float32")
        padded = np.concatenate([zeros[:before], vectors, zeros[before + 1 :]])
        places = [
            np.einsum("ke,kef->f", padded[i : i + kernel], matrix) + bias
            for i in range(len(vectors))
        ]
        found.append(np.maximum(np.max(places, axis=0), 0))
    return np.concatenate(found)


@pytest.mark.parametrize("length", [7, 12])
def test_a_words_vector_is_its_strongest_pieces_however_it_is_padded(length):
    layer = make(CharacterEncoder, **SPELLING)
    said = np.asarray(layer(rows(WORDS, length)[None]))[0]
    wanted = [by_hand(layer, word) for word in WORDS]
    np.testing.assert_allclose(said, wanted, rtol=1e-5, atol=1e-5)
    assert said.shape == (3, layer.output_width) and (said > 0).any(axis=1).all()


def test_a_word_without_characters_is_zeros():
    layer = make(CharacterEncoder, **SPELLING)
    said = np.asarray(layer(np.zeros((2, 1, 5), "int32")))
    assert said.shape == (2, 1, 8) and not said.any()


def inputs(words=WORDS, ids=(4, 5, 6)):
    return {"words": np.array([ids], "int32"), "characters": rows(words, 7)[None]}


def encoder(**options):
    return make(WordEncoder, 7, 5, 6, SPELLING, **options)


def test_embedding_and_spelling_stand_side_by_side():
    layer = encoder()
    said = np.asarray(layer(inputs()))
    table, kernel, bias = (
        layer.embedding.get_weights()[0],
        *layer.join.get_weights(),
    )
    spelt = np.stack([by_hand(layer.spell, word) for word in WORDS])
    wanted = np.concatenate([table[[4, 5, 6]], spelt], axis=1) @ kernel + bias
    np.testing.assert_allclose(said[0], wanted, rtol=1e-4, atol=1e-4)
    assert layer.compute_output_shape({"words": (1, 3)}) == (1, 3, 5)


def test_in_training_some_words_are_unknown_and_keep_their_spelling():
    layer = encoder(word_dropout=0.5)
    ids = np.full((1, 400), 4, "int32")
    many = {"words": ids, "characters": np.repeat(rows(WORDS[:1], 7)[None], 400, 1)}
    plain = np.asarray(layer(many))[0]
    unknown = np.asarray(layer({**many, "words": np.full_like(ids, UNKNOWN)}))[0]
    drawn = np.asarray(layer(many, training=True))[0]
    dropped = np.isclose(drawn, unknown, atol=1e-5).all(axis=1)
    kept = np.isclose(drawn, plain, atol=1e-5).all(axis=1)
    assert (dropped ^ kept).all()
    assert 0.35 < dropped.mean() < 0.65
    padding = {**many, "words": np.full_like(ids, PAD)}
    np.testing.assert_array_equal(layer(padding, training=True), layer(padding))


def test_a_copy_from_its_configuration_says_the_same():
    layer = encoder(word_dropout=0.1, dropout=0.2)
    again = WordEncoder.from_config(layer.get_config())
    again.build({"words": (None, None), "characters": (None, None, None)})
    again.set_weights(layer.get_weights())
    np.testing.assert_array_equal(again(inputs()), layer(inputs()))
    assert again.get_config() == layer.get_config()


def test_the_dropped_words_are_drawn_from_the_seed():
    many = inputs()
    drawn = []
    for _ in range(2):
        keras.utils.set_random_seed(3)
        drawn.append(np.asarray(encoder(word_dropout=0.5)(many, training=True)))
    np.testing.assert_array_equal(*drawn)


@pytest.mark.parametrize(
    ("options", "name"),
    [
        ({"characters": 0}, "characters"),
        ({"filters": 1.5}, "filters"),
        ({"kernels": (2, 0)}, r"kernels\[1\]"),
        ({"dropout": 1.0}, "dropout"),
    ],
)
def test_what_cannot_be_is_refused(options, name):
    with pytest.raises(ValueError, match=name):
        CharacterEncoder(**{**SPELLING, **options})
    with pytest.raises(ValueError, match="word_dropout"):
        WordEncoder(7, 5, 6, SPELLING, word_dropout=-0.1)

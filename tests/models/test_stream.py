"""A text without end: in chunks, step by step and in rows of different lengths."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import ops

from tests.small_writers import DECODERS, SIZE, make_writer
from zoo.models.language_model import build_language_model
from zoo.models.stream import SlidingStream, stream_of
from zoo.tokens import FIRST_WORD

KINDS = [*DECODERS, "markov"]
T = 24  # far more than the windows of the small writers
MODELS = {kind: make_writer(kind) for kind in KINDS}


def texts(rows, length, seed=1):
    random = np.random.default_rng(seed)
    return random.integers(FIRST_WORD, SIZE, (rows, length)).astype("int32")


def expected(kind, tokens):
    """Log-probabilities of whole texts, in one call of the model."""
    model = MODELS[kind]
    outputs = np.array(model(tokens))
    if kind != "markov":
        outputs = np.array(ops.log_softmax(outputs))
    return outputs


every_kind = pytest.mark.parametrize("kind", KINDS)


@every_kind
@pytest.mark.parametrize("sizes", [[7, 7, 7, 3], [1, 12, 2, 9]])
def test_a_text_in_chunks_is_the_text_at_once(kind, sizes):
    tokens = texts(2, T)
    stream = stream_of(MODELS[kind], chunk=max(sizes))
    state, parts = stream.start(2), []
    for begin, size in zip(np.cumsum([0, *sizes]), sizes, strict=False):
        log_probs, state = stream.read(tokens[:, begin : begin + size], state)
        parts.append(np.array(log_probs))
    assert sum(sizes) == T
    np.testing.assert_allclose(
        np.concatenate(parts, axis=1), expected(kind, tokens), atol=1e-4
    )


@every_kind
def test_step_by_step_it_is_the_text_at_once(kind):
    tokens = texts(2, T)
    stream = stream_of(MODELS[kind], chunk=3)
    step, state, parts = tf.function(stream.step), stream.start(2), []
    for time in range(T):
        log_probs, state = step(tf.constant(tokens[:, time]), state)
        parts.append(np.array(log_probs))
    np.testing.assert_allclose(
        np.stack(parts, axis=1), expected(kind, tokens), atol=1e-4
    )


@every_kind
def test_rows_of_different_lengths_each_stop_at_their_own_end(kind):
    counts = np.array([0, 1, 6, 13, T])
    tokens = texts(len(counts), T + 1)
    stream = stream_of(MODELS[kind], chunk=4)
    follow = tf.function(stream.follow)
    state = follow(tokens[:, :T], counts, stream.start(len(counts)))
    last = np.take_along_axis(tokens, counts[:, None], axis=1)[:, 0]
    found, _ = stream.step(last, state)
    whole = expected(kind, tokens)
    np.testing.assert_allclose(found, whole[np.arange(len(counts)), counts], atol=1e-4)


def size_of(state):
    return sum(np.prod(leaf.shape) for leaf in keras.tree.flatten(state))


@every_kind
def test_the_state_does_not_grow(kind):
    stream = stream_of(MODELS[kind], chunk=8)
    first = stream.start(3)
    _, after = stream.read(texts(3, 8), first)
    for seed in range(5):
        _, after = stream.read(texts(3, 8, seed), after)
    assert size_of(after) == size_of(first)
    keras.tree.assert_same_structure(first, after)


def test_a_transformer_slides_and_no_other():
    streams = {kind: type(stream_of(model)) for kind, model in MODELS.items()}
    assert streams.pop("transformer") is SlidingStream
    assert SlidingStream not in streams.values()


def test_rows_slide_by_themselves_hundreds_of_times():
    model, rows = MODELS["transformer"], 2
    tokens = texts(rows, 600)
    stream = stream_of(model, chunk=2)

    @tf.function
    def read_all():
        # The second row begins later: the two stand at different places all along.
        state = stream.follow(tokens, tf.constant([599, 400]), stream.start(rows))
        return stream.step(np.array([tokens[0, 599], tokens[1, 400]]), state)[0]

    found = np.array(read_all())
    for row, end in enumerate((600, 401)):
        # Two layers that each see five back know no more than the last eleven; but
        # the first ones of a cut text would see less, so it is cut longer.
        tail = tokens[row : row + 1, end - 30 : end]
        np.testing.assert_allclose(
            found[row], expected("transformer", tail)[0, -1], atol=1e-3
        )


@pytest.mark.parametrize(
    "changes", [{"window": None}, {"positions": "sinusoidal"}, {"positions": None}]
)
def test_a_transformer_whose_caches_would_grow_is_refused(changes):
    decoder = {**DECODERS["transformer"], **changes}
    model = build_language_model({"decoder": decoder, "width": 8}, SIZE)
    with pytest.raises(ValueError, match="a window and rotary positions"):
        stream_of(model)

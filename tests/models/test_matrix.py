"""Every architecture in every task that it can do, and the refusal of the others."""

import functools
import os
import pathlib
import subprocess
import sys

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.models import pairs
from zoo import architectures
from zoo.models import ngram

ROOT = pathlib.Path(__file__).parents[2]
IMPOSSIBLE = [
    (architecture, task)
    for architecture in architectures.ARCHITECTURES
    for task in architectures.TASKS
    if (architecture, task) not in pairs.POSSIBLE
]
# One of each kind of encoder and decoder, in a head of each kind.
MIXED = [
    ("window", "sentiment"),
    ("bilstm", "tag"),
    ("gru-attention", "translate"),
    ("deep-lstm", "translate"),
    ("transformer", "translate"),
    ("convolution", "write"),
    ("rnn", "digits"),
]
ON_JAX = [("gru-attention", "translate"), ("deep-lstm", "write")]
# A key's bias adds one number to all scores of a query: softmax takes it out again.
NO_GRADIENT = ("attention/key/bias", "attend/key/bias")


@functools.cache
def model_of(pair):
    """A pair's model, made once: no test here changes it."""
    return pairs.make(*pair)


def named(pair):
    return "-".join(pair)


def close(one, other):
    np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-5)


def differentiate(model, inputs):
    """Logits, and the gradient of each weight by its path."""
    weights = model.trainable_variables
    with tf.GradientTape() as tape:
        logits = model(inputs)
        weighing = tf.constant(pairs.normal(3, *logits.shape))
        loss = tf.reduce_sum(tf.cast(logits, "float32") * weighing)
    gradients = tape.gradient(loss, [weight.value for weight in weights])
    paths = [weight.path for weight in weights]
    return logits, dict(zip(paths, gradients, strict=True))


@pytest.mark.parametrize("pair", pairs.NETWORKS, ids=named)
def test_every_possible_pair_learns_in_every_weight_and_is_saved(pair, tmp_path):
    model, inputs = model_of(pair), pairs.inputs_of(pair[1])
    logits, gradients = differentiate(model, inputs)
    assert np.isfinite(logits).all()
    for path, gradient in gradients.items():
        assert gradient is not None, path
        gradient = np.asarray(tf.convert_to_tensor(gradient))
        assert np.isfinite(gradient).all(), path
        if not path.endswith(NO_GRADIENT):
            assert np.abs(gradient).max() > 1e-6, path
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    assert again.get_config() == model.get_config()
    np.testing.assert_array_equal(again(inputs), logits)


@pytest.mark.parametrize("pair", pairs.WRITERS, ids=named)
def test_every_writer_writes_step_by_step_what_it_scores_as_a_whole(pair):
    # So a token is scored without those after it, which are not there yet.
    model, inputs = model_of(pair), pairs.inputs_of(pair[1])
    whole = np.reshape(model(inputs), (pairs.B, pairs.T, pairs.V))
    memory = pairs.encode(model, pair[1], inputs)
    state = model.initial_state(pairs.B, pairs.T, memory)
    tokens = pairs.tokens_of(pair[1], inputs)
    for step in range(pairs.T):
        logits, state, _ = model.decode(tokens[:, step : step + 1], memory, state)
        close(logits[:, 0], whole[:, step])
        leaves = keras.tree.flatten(state)
        assert leaves and all(leaf.shape[0] == pairs.B for leaf in leaves)


@pytest.mark.parametrize(
    "pair",
    [p for p in pairs.NETWORKS if p[1] in ("sentiment", "translate")],
    ids=named,
)
def test_a_padded_source_gives_what_it_gives_alone(pair):
    model, inputs = model_of(pair), pairs.inputs_of(pair[1])
    together = np.asarray(model(inputs))[-1:]
    if pair[1] == "translate":
        alone = {"source": inputs["source"][-1:, :2], "tokens": inputs["tokens"][-1:]}
        close(model(alone), together)
        return
    close(model(inputs[-1:, :2]), together)


def test_counts_write_step_by_step_what_they_score_as_a_whole_and_are_saved(tmp_path):
    assert [pair for pair in pairs.POSSIBLE if pair[0] == "markov"] == [
        ("markov", "write")
    ]
    model, tokens = pairs.make("markov", "write"), pairs.inputs_of("write")
    assert isinstance(model, ngram.NGram)
    whole, state = model(tokens), model.initial_state(pairs.B)
    for step in range(pairs.T):
        log_probs, state = model.step(tokens[:, step], state)
        close(log_probs, whole[:, step])
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(again(tokens), whole)


@pytest.mark.parametrize("pair", MIXED, ids=named)
def test_mixed_precision_reaches_every_part_and_the_answer_is_near(pair):
    exact = np.asarray(model_of(pair)(pairs.inputs_of(pair[1])))
    model = pairs.make(*pair, dtype="mixed_bfloat16")
    logits, gradients = differentiate(model, pairs.inputs_of(pair[1]))
    policies = {layer.dtype_policy.name for layer in model._flatten_layers()}
    assert policies == {"mixed_bfloat16"}
    assert logits.dtype == "bfloat16"
    np.testing.assert_allclose(pairs.flat(logits), exact, atol=0.5)
    for path, gradient in gradients.items():
        gradient = tf.convert_to_tensor(gradient)
        assert gradient.dtype == "float32" and np.isfinite(gradient).all(), path


@pytest.fixture(scope="module")
def on_jax(tmp_path_factory):
    """What a process with JAX answers for some pairs."""
    folder = tmp_path_factory.mktemp("jax")
    jax = {"KERAS_BACKEND": "jax", "JAX_PLATFORMS": "cpu", "PYTHONPATH": str(ROOT)}
    script = pathlib.Path(__file__).with_name("on_jax.py")
    names = [named(pair) for pair in ON_JAX]
    done = subprocess.run(
        [sys.executable, script, folder, *[part for pair in ON_JAX for part in pair]],
        env={**os.environ, **jax},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return {name: dict(np.load(folder / f"{name}.npz")) for name in names}


@pytest.mark.parametrize("pair", ON_JAX, ids=named)
def test_jax_gives_the_same_answers_and_gradients(pair, on_jax):
    model, inputs = model_of(pair), pairs.inputs_of(pair[1])
    logits, gradients = differentiate(model, inputs)
    answers = on_jax[named(pair)]
    np.testing.assert_allclose(answers.pop("logits"), logits, rtol=1e-3, atol=1e-4)
    expected = [tf.convert_to_tensor(gradient) for gradient in gradients.values()]
    assert len(answers) == len(expected)
    for index, gradient in enumerate(expected):
        np.testing.assert_allclose(answers[str(index)], gradient, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("pair", IMPOSSIBLE, ids=named)
def test_every_impossible_pair_is_refused_with_its_sentence(pair):
    reason = architectures.why_not(*pair)
    assert reason[0].isupper() and reason.endswith(".")
    for refuse in (
        lambda: architectures.refuse_impossible(*pair),
        lambda: architectures.model_options(*pair, pairs.SIZES),
    ):
        with pytest.raises(ValueError) as error:
            refuse()
        assert reason in str(error.value) and repr(pair[0]) in str(error.value)

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
# What can be, by hand: a row an architecture; no architecture does one-to-one.
TABLE = """
                 caption  sentiment  tag  translate  write  digits  video  one-to-one
markov           no       no         no   no         yes    no      no     no
window           yes      yes        yes  yes        yes    yes     yes    no
rnn              yes      yes        yes  yes        yes    yes     yes    no
lstm             yes      yes        yes  yes        yes    yes     yes    no
gru              yes      yes        yes  yes        yes    yes     yes    no
deep-lstm        yes      yes        yes  yes        yes    yes     yes    no
bilstm           no       yes        yes  yes        no     yes     yes    no
lstm-attention   yes      no         no   yes        no     no      no     no
gru-attention    yes      no         no   yes        no     no      no     no
transformer      yes      yes        yes  yes        yes    yes     yes    no
restricted       yes      yes        yes  yes        yes    yes     yes    no
convolution      yes      yes        yes  yes        yes    yes     yes    no
"""
HEAD, *ROWS = [line.split() for line in TABLE.strip().splitlines()]
EXPECTED = {
    (architecture, task): {"yes": True, "no": False}[cell]
    for architecture, *cells in ROWS
    for task, cell in zip(HEAD, cells, strict=True)
}
IMPOSSIBLE = [pair for pair, possible in EXPECTED.items() if not possible]
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
ON_JAX = [
    ("gru-attention", "translate"),
    ("deep-lstm", "write"),
    ("window", "caption"),
    ("convolution", "sentiment"),
    ("restricted", "video"),
]
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


@pytest.mark.parametrize("pair", pairs.POSSIBLE, ids=named)
def test_no_attribute_of_a_model_hides_one_of_keras_s(pair):
    own = vars(model_of(pair)).keys() - vars(keras.Model()).keys()
    assert own  # the parts, by name
    assert not [name for name in own if hasattr(keras.Model, name)]


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


@pytest.fixture(scope="module", autouse=True)
def process_on_jax(request, tmp_path_factory):
    """A process with JAX and the folder of its answers, at work beside the others."""
    if not any("on_jax" in item.fixturenames for item in request.session.items):
        yield None
        return
    folder = tmp_path_factory.mktemp("jax")
    jax = {"KERAS_BACKEND": "jax", "JAX_PLATFORMS": "cpu", "PYTHONPATH": str(ROOT)}
    jax["XLA_FLAGS"] = "--xla_backend_optimization_level=0"  # compiles in less time
    script = pathlib.Path(__file__).with_name("on_jax.py")
    pairs_given = [part for pair in ON_JAX for part in pair]
    log = folder / "log.txt"
    with log.open("w") as written:
        process = subprocess.Popen(
            [sys.executable, script, folder, *pairs_given],
            env={**os.environ, **jax},
            stdout=written,
            stderr=subprocess.STDOUT,
        )
    yield process, folder
    process.kill()
    process.wait()


@pytest.fixture(scope="module")
def on_jax(process_on_jax):
    """What the process with JAX answers, by the name of the pair."""
    process, folder = process_on_jax
    assert process.wait() == 0, (folder / "log.txt").read_text()
    return {path.stem: dict(np.load(path)) for path in folder.glob("*.npz")}


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


def test_a_functional_model_of_no_known_length_is_the_same_on_jax(on_jax):
    model, frames = pairs.make_functional(), pairs.inputs_of("video")
    for length in (pairs.S, 2):
        got = on_jax["functional"][str(length)]
        expected = model(frames[:, :length])
        np.testing.assert_allclose(got, expected, rtol=1e-3, atol=1e-4)


def test_what_can_be_is_what_the_table_says():
    assert HEAD == list(architectures.TASKS)
    assert [row[0] for row in ROWS] == list(architectures.ARCHITECTURES)
    assert {pair for pair, possible in EXPECTED.items() if possible} == set(
        pairs.POSSIBLE
    )


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

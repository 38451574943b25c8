"""The exported language model against the model that it was made from."""

import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf
from keras import ops
from tensorflow.core.protobuf import saved_model_pb2

from tests.small_writers import ALPHABET, BEGIN, SIZE, ids
from zoo.export import write_signatures
from zoo.tokens import FIRST_WORD

PROMPTS = ["cab ", "", "B\u00e9d \uac00\U0001f600 face", "a"]
FRESH = """
import sys
import tensorflow as tf
model = tf.saved_model.load(sys.argv[1])
answer = model.signatures["serving_default"](
    prompt=tf.constant(["cab"]), length=tf.constant([20]),
    temperature=tf.constant([1.0]), top_k=tf.constant([0]),
    seed=tf.constant([7], tf.int64))
assert not any(name.split(".")[0] == "zoo" for name in sys.modules)
sys.stdout.buffer.write(answer["text"].numpy()[0])
"""


def ask(exported, prompts, length=20, temperature=1.0, top_k=0, seed=7):
    rows = len(prompts)

    def each(value, dtype):
        return tf.constant(np.broadcast_to(value, (rows,)), dtype)

    answer = exported.signatures["serving_default"](
        prompt=tf.constant(prompts, tf.string, shape=[rows]),
        length=each(length, tf.int32),
        temperature=each(temperature, tf.float32),
        top_k=each(top_k, tf.int32),
        seed=each(seed, tf.int64),
    )
    return [text.decode() for text in answer["text"].numpy().tolist()]


def call(exported, signature, texts):
    answer = exported.signatures[signature](text=tf.constant(texts))
    return {name: value.numpy() for name, value in answer.items()}


def log_probs_of(exported, text):
    """What the model says after each character, the line feed before them first."""
    outputs = exported.answer(np.array([[BEGIN, *ids(text)]], np.int32))
    if exported.kind != "markov":
        outputs = ops.log_softmax(outputs)
    return np.array(outputs)[0]


def test_every_input_is_one_value_a_row_and_named(exported_writer):
    names = {}
    for key, signature in exported_writer.signatures.items():
        specs = signature.structured_input_signature[1]
        assert all(spec.shape.as_list() == [None] for spec in specs.values())
        names[key] = sorted(specs)
    assert names == {
        "serving_default": ["length", "prompt", "seed", "temperature", "top_k"],
        "score": ["text"],
        "explain": ["text"],
    }


def test_the_likeliest_character_is_written_every_time(exported_writer):
    found = ask(exported_writer, PROMPTS, length=12, temperature=0.0)
    for prompt, text in zip(PROMPTS, found, strict=True):
        for place, letter in enumerate(text):  # the prefix is computed anew
            logs = log_probs_of(exported_writer, prompt + text[:place])[-1]
            best = logs[FIRST_WORD:].max()
            assert logs[ids(letter)[0]] == pytest.approx(best, abs=1e-4)
        assert len(text) == 12


def test_each_character_is_the_draw_of_its_seed_and_place(exported_writer):
    seed, prompt, temperature, top_k = 11, "face", 0.7, 5
    (found,) = ask(exported_writer, [prompt], 9, temperature, top_k, seed)
    numbers = tf.random.stateless_uniform([256], [seed, 0], alg="philox").numpy()
    text = prompt
    for letter in found:
        logs = log_probs_of(exported_writer, text)[-1][FIRST_WORD:]
        order = np.argsort(-logs, kind="stable")[:top_k]
        odds = np.exp(logs[order] / temperature)
        place = np.searchsorted(np.cumsum(odds / odds.sum()), numbers[len(text)])
        assert letter == ALPHABET[order[place]]
        text += letter


@pytest.mark.parametrize("temperature", [0.0, 0.8, 2.0])
def test_a_text_at_once_is_the_text_in_parts(exported_writer, temperature):
    options = {"temperature": temperature, "seed": [3, -(2**40)]}
    prompts = ["\ubdc1cab", ""]  # the first letter is not in the alphabet
    whole = ask(exported_writer, prompts, 100, **options)
    parts = [""] * 2
    for size in (50, 1, 49):
        before = [prompt + part for prompt, part in zip(prompts, parts, strict=True)]
        more = ask(exported_writer, before, size, **options)
        parts = [part + text for part, text in zip(parts, more, strict=True)]
    assert parts == whole
    assert ask(exported_writer, prompts, 100, temperature, seed=[4, 4]) != whole or (
        temperature == 0
    )


def test_a_row_alone_is_that_of_any_batch_with_options_of_its_own(exported_writer):
    options = [[9, 1, 30, 17], [0.0, 1.0, 0.5, 2.0], [0, 3, SIZE, 1], [1, 2, 1, -5]]
    together = ask(exported_writer, PROMPTS, *options)
    for row, prompt in enumerate(PROMPTS):
        assert ask(exported_writer, [prompt], *[o[row] for o in options]) == [
            together[row]
        ]
    assert [len(text) for text in together] == options[0]
    assert set("".join(together)) <= set(ALPHABET)


def test_of_a_long_prompt_the_end_is_read(exported_writer):
    random = np.random.default_rng(1)
    long = "".join(random.choice(ALPHABET, write_signatures.MOST_PROMPT + 500))
    end = long[-write_signatures.MOST_PROMPT :]
    found = ask(exported_writer, [long, end], length=8, temperature=0.0)
    assert found[0] == found[1]


def test_a_score_is_the_models_own(exported_writer):
    random = np.random.default_rng(2)
    texts = ["".join(random.choice(ALPHABET, size)) for size in (1, 2050, 130, 50)]
    answer = call(exported_writer, "score", [*texts, ""])
    assert answer["characters"].tolist() == [1, 2050, 130, 50, 0]
    assert answer["nats"].shape == (5, 3) and answer["nats_per_character"][4] == 0
    for row, text in enumerate(texts):
        logs = log_probs_of(exported_writer, text)[:-1]
        nats = -logs[np.arange(len(text)), ids(text)]
        blocks = [nats[begin : begin + 1000].sum() for begin in (0, 1000, 2000)]
        np.testing.assert_allclose(answer["nats"][row], blocks, rtol=1e-4, atol=1e-4)
        each = answer["nats_per_character"][row]
        np.testing.assert_allclose(each, nats.mean(), rtol=1e-4)


def test_what_is_not_in_the_alphabet_is_scored_as_unknown(exported_writer):
    answer = call(exported_writer, "score", ["a\u4e2db", "a\U0001f601b", "a\u00ffb"])
    nats = answer["nats_per_character"]
    assert np.isfinite(nats).all()
    np.testing.assert_allclose(nats, nats[0], rtol=1e-5)


def test_an_explanation_is_what_the_model_expects(exported_writer):
    texts = ["cab \u00e9\uac00 bad", "", "\u4e2da"]
    answer = call(exported_writer, "explain", texts)
    for row, text in enumerate(texts):
        spelt = [letter.decode() for letter in answer["characters"][row]]
        assert "".join(spelt) == text and len(spelt) == 10
        shares = np.exp(log_probs_of(exported_writer, text))[1:]
        found = answer["top_probabilities"][row]
        wanted = -np.sort(-shares, axis=1)[:, :5]
        np.testing.assert_allclose(found[: len(text)], wanted, atol=1e-4)
        assert (found[len(text) :] == 0).all()
        for place, listed in enumerate(answer["top_characters"][row]):
            if place >= len(text):
                assert listed.tolist() == [b""] * 5
                continue
            for letter, share in zip(listed, found[place], strict=True):
                if letter:  # a reserved id has no letter
                    own = shares[place, ids(letter.decode())[0]]
                    assert own == pytest.approx(share, abs=1e-4)


def layers_by_hand(exported, text):
    """Hidden states `[1 + T, L, D]` by another way than the export's."""
    model = exported.model
    decoder, tokens = model.decoder, np.array([[BEGIN, *ids(text)]])
    inputs = model.embedding(tokens)
    if exported.kind == "lstm":  # whole layers instead of steps
        first, *_ = decoder.recurrent(inputs)
        second, *_ = decoder.upper.stack[0](first)
        layers = [first, second]
    elif exported.kind == "transformer":  # without caches
        layers = [decoder.place(inputs)]
        for layer in decoder.stack:
            layers.append(layer(layers[-1])[0])
        layers = layers[1:]
    else:
        kernel, bias = map(np.array, decoder.input_layer.get_weights())  # [3, D, U]
        padded = np.pad(np.array(inputs)[0], [[2, 0], [0, 0]])
        windows = np.stack([padded[i : i + tokens.shape[1]] for i in range(3)], 1)
        first = np.tanh(np.einsum("twd,wdu->tu", windows, kernel) + bias)
        kernel, bias = map(np.array, decoder.hidden_layers[0].get_weights())
        layers = [first[None], np.tanh(first @ kernel + bias)[None]]
    return np.stack([np.array(layer)[0] for layer in layers], axis=1)


def test_hidden_states_are_the_layers_own(exported_writer):
    text = "cab face\nbad " * 9  # longer than a chunk
    answer = call(exported_writer, "explain", [text, "a"])
    if exported_writer.kind == "markov":
        assert answer.keys() == {"characters", "top_characters", "top_probabilities"}
        return
    assert ("cell" in answer) == (exported_writer.kind == "lstm")
    wanted = layers_by_hand(exported_writer, text)[1:]
    np.testing.assert_allclose(answer["hidden"][0], wanted, rtol=1e-3, atol=1e-4)
    assert (answer["hidden"][1, 1:] == 0).all()
    assert np.abs(answer["hidden"][1, 0] - wanted[1]).max() > 1e-3


def test_cells_are_those_of_the_state(exported_writer):
    if exported_writer.kind != "lstm":
        assert "cell" not in call(exported_writer, "explain", ["a"])
        return
    text = "cab \u00e9"
    found = call(exported_writer, "explain", [text])["cell"][0]
    for place in range(1, len(text) + 1):
        model, tokens = exported_writer.model, [[BEGIN, *ids(text[:place])]]
        _, state, _ = model.decode(np.array(tokens), None, model.initial_state(1))
        cells = np.stack([np.array(state["cell"]), np.array(state["upper"][0][1])], 1)
        np.testing.assert_allclose(found[place - 1], cells[0], atol=1e-4)


def test_it_writes_alike_in_a_process_that_never_imported_zoo(exported_writer):
    done = subprocess.run(
        [sys.executable, "-c", FRESH, str(exported_writer.folder)], capture_output=True
    )
    assert done.returncode == 0, done.stderr.decode()
    assert [done.stdout.decode()] == ask(exported_writer, ["cab"])


def test_the_graph_has_no_python_and_no_files_and_is_small(exported_writer):
    path = exported_writer.folder / "saved_model.pb"
    assert path.stat().st_size < 2 * 2**20
    saved = saved_model_pb2.SavedModel.FromString(path.read_bytes())
    graph = saved.meta_graphs[0].graph_def
    functions = [node.op for f in graph.library.function for node in f.node_def]
    used = {node.op for node in graph.node} | set(functions)
    assert not [op for op in used if "PyFunc" in op or "ReadFile" in op]
    assert "StatelessRandomUniformV2" in used and "RandomUniform" not in used


def test_weights_ship_in_half_precision_and_counts_as_integers(exported_writer):
    loaded = tf.saved_model.load(str(exported_writer.folder))
    found = {variable.dtype for variable in loaded.weights.stored}
    expected = tf.int32 if exported_writer.kind == "markov" else tf.float16
    assert found == {expected}
    assert len(loaded.weights.stored) == len(exported_writer.model.weights)

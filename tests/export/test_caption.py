"""The exported captioner against the Keras model that it was made from."""

import json
import subprocess
import sys

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import ops
from tensorflow.core.protobuf import saved_model_pb2

from tests.small_captioners import VOCABULARY
from zoo.preprocess import images
from zoo.tokens import END, PAD, START, UNKNOWN

FRESH = """
import json, sys
import tensorflow as tf
model = tf.saved_model.load(sys.argv[1])
picture = open(sys.argv[2], "rb").read()
answer = model.signatures["serving_default"](image_bytes=tf.constant([picture]))
assert not any(name.split(".")[0] == "zoo" for name in sys.modules)
caption, score = answer["caption"].numpy()[0].decode(), float(answer["score"][0])
print(json.dumps([caption, score]))
"""


def grid_of(exported, pictures):
    pixels = images.decode(tf.constant(pictures))
    grid = exported.encoder(pixels)
    return tf.reshape(grid, (len(pictures), 49, -1))


def log_probability(model, grid, tokens):
    """Sum of the log-probabilities of one caption, by teacher forcing."""
    known = np.array([[[START, *tokens[:-1]]]])
    logits = model({"grid": grid, "tokens": known})[0, 0]
    logs = keras.ops.convert_to_numpy(ops.log_softmax(logits))
    return float(sum(logs[place, token] for place, token in enumerate(tokens)))


def ids(caption):
    words = [VOCABULARY.index(word) for word in caption.decode().split()]
    return words + [END] if len(words) < 24 else words


def test_every_input_is_one_value_a_row_and_named(exported):
    for signature in exported.signatures.values():
        specs = signature.structured_input_signature[1]
        assert all(spec.shape.as_list() == [None] for spec in specs.values())
    names = {
        key: sorted(signature.structured_input_signature[1])
        for key, signature in exported.signatures.items()
    }
    assert names == {
        "serving_default": ["image_bytes"],
        "beam": ["image_bytes", "length_penalty", "width"],
        "explain": ["image_bytes"],
    }


def test_a_score_is_the_models_own_log_probability_of_the_caption(exported, photograph):
    pictures = [photograph(1), photograph(2)]
    answer = exported.signatures["beam"](
        image_bytes=tf.constant(pictures),
        width=tf.constant([4, 4]),
        length_penalty=tf.constant([0.0, 0.7]),
    )
    grid = grid_of(exported, pictures)
    for row, penalty in enumerate((0.0, 0.7)):
        for place in range(4):
            tokens = ids(answer["captions"][row, place].numpy())
            total = log_probability(exported.model, grid[row : row + 1], tokens)
            expected = total / ((5 + len(tokens)) / 6) ** penalty
            np.testing.assert_allclose(
                answer["scores"][row, place], expected, rtol=2e-4
            )


def test_other_photographs_have_other_captions_and_scores(exported, photograph):
    pictures = [photograph(seed) for seed in range(1, 9)]
    answer = exported.signatures["serving_default"](tf.constant(pictures))
    scores = answer["score"].numpy()
    assert len(set(answer["caption"].numpy().tolist())) >= 2
    assert np.diff(np.sort(scores)).min() > 1e-3  # far above what rounding does


def test_width_one_picks_the_likeliest_word_every_time(exported, photograph):
    picture = photograph(3)
    answer = exported.signatures["beam"](
        image_bytes=tf.constant([picture]),
        width=tf.constant([1]),
        length_penalty=tf.constant([0.0]),
    )
    grid, tokens = grid_of(exported, [picture]), []
    while len(tokens) < 24 and END not in tokens:  # the prefix is computed anew
        known = np.array([[[START, *tokens]]])
        logits = np.array(exported.model({"grid": grid, "tokens": known})[0, 0, -1])
        logits[[PAD, UNKNOWN, START]] = -np.inf
        tokens.append(int(logits.argmax()))
    assert ids(answer["captions"][0, 0].numpy()) == tokens


def test_rows_may_differ_in_width_and_spare_places_are_empty(exported, photograph):
    answer = exported.signatures["beam"](
        image_bytes=tf.constant([photograph(1)] * 2),
        width=tf.constant([1, 3]),
        length_penalty=tf.constant([0.6, 0.6]),
    )
    captions, scores = answer["captions"].numpy(), answer["scores"].numpy()
    assert captions.shape == scores.shape == (2, 3)
    assert captions[0, 1:].tolist() == [b"", b""]
    np.testing.assert_array_equal(scores[0, 1:], np.float32([-1e9, -1e9]))
    assert (scores[1] > -1e3).all()


def test_a_row_alone_is_captioned_as_in_any_batch(exported, photograph):
    pictures = [photograph(seed) for seed in range(4)]
    default = exported.signatures["serving_default"]
    together = default(image_bytes=tf.constant(pictures))
    for row, picture in enumerate(pictures):
        alone = default(image_bytes=tf.constant([picture]))
        assert alone["caption"][0] == together["caption"][row]
        np.testing.assert_allclose(alone["score"][0], together["score"][row], 1e-4)


def test_the_explanation_is_the_models_own_of_the_default_caption(exported, photograph):
    pictures = [photograph(1), photograph(6)]
    batch = tf.constant(pictures)
    answer = {k: v.numpy() for k, v in exported.signatures["explain"](batch).items()}
    default = exported.signatures["serving_default"](batch)["caption"].numpy()
    grid = grid_of(exported, pictures)
    for row, caption in enumerate(default):
        words = [word for word in answer["words"][row] if word]
        assert b" ".join(words) == caption
        tokens = [VOCABULARY.index(word.decode()) for word in words]
        known = np.array([[[START, *tokens]]])
        logits = exported.model({"grid": grid[row : row + 1], "tokens": known})[0, 0]
        shares = np.array(ops.softmax(logits))
        for place, token in enumerate(tokens):
            got = answer["probabilities"][row, place]
            np.testing.assert_allclose(got, shares[place, token], rtol=1e-3)
            order = np.argsort(-shares[place])[:5]
            top = answer["top_probabilities"][row, place]
            np.testing.assert_allclose(top, shares[place][order], rtol=1e-3)
            listed = [word.decode() for word in answer["top_words"][row, place]]
            # PAD reads as nothing, wherever it stands.
            assert listed == [VOCABULARY[token] if token else "" for token in order]
        if "attention" in answer:
            sums = answer["attention"][row].sum(axis=(1, 2))
            np.testing.assert_allclose(sums[: len(words)], 1, rtol=1e-4)
            assert (sums[len(words) :] == 0).all()
    assert ("attention" in answer) == (exported.name != "caption-gru")


@pytest.mark.parametrize("signature", ["serving_default", "beam", "explain"])
def test_an_empty_batch_has_an_empty_answer(exported, signature):
    options = {}
    if signature == "beam":
        options = {
            "width": tf.constant([], tf.int32),
            "length_penalty": tf.constant([], tf.float32),
        }
    empty = tf.constant([], tf.string)
    answer = exported.signatures[signature](image_bytes=empty, **options)
    assert all(value.shape[0] == 0 for value in answer.values())


@pytest.mark.parametrize(
    ("width", "penalty", "message"),
    [
        ([1, 0], [1.0, 1.0], "row 1: `width` must be from 1 to 32"),
        ([33, 1], [1.0, 1.0], "row 0: `width` must be from 1 to 32"),
        ([1, 1], [0.0, 2.5], "row 1: `length_penalty` must be from 0 to 2"),
        ([1, 1], [float("nan"), 1.0], "row 0: `length_penalty` must be from 0 to 2"),
    ],
)
def test_options_out_of_range_are_refused_by_row(
    exported, photograph, width, penalty, message
):
    with pytest.raises(tf.errors.InvalidArgumentError, match=message):
        exported.signatures["beam"](
            image_bytes=tf.constant([photograph(1)] * 2),
            width=tf.constant(width),
            length_penalty=tf.constant(penalty),
        )


@pytest.mark.parametrize("bad", [b"", b"garbage", "cut"])
def test_a_broken_picture_is_refused_by_row(exported, photograph, bad):
    good = photograph(1)
    bad = good[: len(good) // 2] if bad == "cut" else bad
    with pytest.raises(tf.errors.InvalidArgumentError, match="row 1"):
        exported.signatures["serving_default"](image_bytes=tf.constant([good, bad]))


def test_the_weights_ship_as_float16(exported):
    loaded = tf.saved_model.load(str(exported.folder))
    for part in (loaded.encoder_weights, loaded.decoder_weights):
        assert {variable.dtype for variable in part.stored} == {tf.float16}
    data = next(exported.folder.glob("variables/variables.data*"))
    owned = exported.encoder.count_params() + exported.model.count_params()
    assert data.stat().st_size < 2.1 * owned + 10_000  # no float32 copy beside them


def test_the_graph_holds_no_python_file_or_print_op(exported):
    content = (exported.folder / "saved_model.pb").read_bytes()
    graph = saved_model_pb2.SavedModel.FromString(content).meta_graphs[0]
    nodes = [node.op for node in graph.graph_def.node]
    for function in graph.graph_def.library.function:
        nodes += [node.op for node in function.node_def]
    # SavedModel's own save and restore functions read and write the variables.
    own = {"MergeV2Checkpoints", "ShardedFilename", "SaveV2", "RestoreV2"}
    forbidden = ("PyFunc", "EagerPyFunc", "ReadFile", "WriteFile", "Print")
    assert not [op for op in set(nodes) - own if op.startswith(forbidden)]
    assert b"custom_gradient" not in content


def test_it_answers_in_a_process_that_never_imported_zoo(
    exported, photograph, tmp_path
):
    file = tmp_path / "picture.jpg"
    file.write_bytes(photograph(1))
    ran = subprocess.run(
        [sys.executable, "-c", FRESH, str(exported.folder), str(file)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    caption, score = json.loads(ran.stdout.splitlines()[-1])
    here = exported.signatures["serving_default"](tf.constant([photograph(1)]))
    assert caption == here["caption"].numpy()[0].decode()
    np.testing.assert_allclose(score, here["score"][0], rtol=1e-5)

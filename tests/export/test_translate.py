"""The exported translator against the model that it was made from."""

import re
import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf
from keras import ops
from tensorflow.core.protobuf import saved_model_pb2

from tests.small_translators import PENALTY, WIDTH
from zoo.export import translate_signatures
from zoo.preprocess.source import read_source
from zoo.tokens import END, PAD, START, UNKNOWN

TEXTS = ["a dog sees the red ball.", "two", "THE man 😀 runs", ""]
FRESH = """
import sys
import tensorflow as tf
model = tf.saved_model.load(sys.argv[1])
answer = model.signatures["serving_default"](text=tf.constant(["a dog runs."]))
assert not any(name.split(".")[0] == "zoo" for name in sys.modules)
sys.stdout.buffer.write(answer["translation"].numpy()[0])
"""


def default(exported, texts):
    text = tf.constant(texts, tf.string, shape=[len(texts)])
    answer = exported.signatures["serving_default"](text=text)
    return {name: value.numpy() for name, value in answer.items()}


def beam(exported, texts, width, penalty):
    answer = exported.signatures["beam"](
        text=tf.constant(texts, tf.string, shape=[len(texts)]),
        width=tf.constant(np.broadcast_to(width, len(texts)), tf.int32),
        length_penalty=tf.constant(np.broadcast_to(penalty, len(texts)), tf.float32),
    )
    return {name: value.numpy() for name, value in answer.items()}


def explain(exported, texts, translations):
    answer = exported.signatures["explain"](
        text=tf.constant(texts), translation=tf.constant(translations)
    )
    return {name: value.numpy() for name, value in answer.items()}


def source_of(exported, text):
    tokens, _, _ = read_source(exported.pieces(), tf.constant([text]), 128)
    return tokens.to_tensor(shape=[1, None]).numpy()


def log_probs(exported, text, target):
    """What the model says of each next piece, by teacher forcing, `[T, V]`."""
    inputs = {"source": source_of(exported, text), "tokens": np.array([target])}
    return np.array(ops.log_softmax(exported.model(inputs)))[0]


def test_every_input_is_one_value_a_row_and_named(exported_translator):
    names = {}
    for key, signature in exported_translator.signatures.items():
        specs = signature.structured_input_signature[1]
        assert all(spec.shape.as_list() == [None] for spec in specs.values())
        names[key] = sorted(specs)
    assert names == {
        "serving_default": ["text"],
        "beam": ["length_penalty", "text", "width"],
        "explain": ["text", "translation"],
    }


def test_width_one_takes_the_likeliest_piece_every_time(exported_translator):
    text = TEXTS[0]
    said = beam(exported_translator, [text], 1, 0.0)["translations"][0, 0]
    limit = int(
        translate_signatures.most_written(source_of(exported_translator, text).size)
    )
    tokens = []
    while END not in tokens:  # the prefix is computed anew
        logs = log_probs(exported_translator, text, [START, *tokens])[-1]
        logs[[PAD, UNKNOWN, START]] = -np.inf
        last = len(tokens) == limit - 1
        tokens.append(END if last else int(logs.argmax()))
    written = exported_translator.pieces().detokenize(tf.constant([tokens])).numpy()[0]
    assert said.decode() == re.sub(r"\s+", " ", written.decode())  # on one line


def test_a_translation_may_be_twice_as_long_as_its_source_and_ten_pieces():
    most = translate_signatures.most_written(tf.constant([0, 1, 50, 128]))
    assert most.numpy().tolist() == [1, 12, 110, 256]


@pytest.mark.parametrize("penalty", [0.0, 0.8])
def test_a_score_is_the_models_own_log_probability(exported_translator, penalty):
    texts = TEXTS[:3]
    search = translate_signatures.TranslationSearch(
        exported_translator.model, exported_translator.pieces()
    )
    read = search.read(tf.constant(texts))
    tokens, scores = search.best(read, tf.fill([3], 4), tf.fill([3], penalty))
    found = beam(exported_translator, texts, 4, penalty)
    np.testing.assert_allclose(found["scores"], scores, rtol=2e-4)
    for row, text in enumerate(texts):
        for target, score in zip(tokens.numpy()[row], scores.numpy()[row], strict=True):
            target = target[target != PAD].tolist()
            assert target[-1] == END
            logs = log_probs(exported_translator, text, [START, *target[:-1]])
            total = sum(logs[place, token] for place, token in enumerate(target))
            expected = total / ((5 + len(target)) / 6) ** penalty
            assert score == pytest.approx(expected, rel=2e-4)


def test_the_default_is_the_beam_that_dev_chose(exported_translator):
    one = default(exported_translator, TEXTS)
    best = beam(exported_translator, TEXTS, WIDTH, PENALTY)
    assert one["translation"].tolist() == best["translations"][:, 0].tolist()
    np.testing.assert_allclose(one["score"], best["scores"][:, 0], rtol=1e-5)
    assert len(set(one["translation"].tolist())) > 2 and one["translation"][3] == b""


def test_a_row_alone_is_translated_as_in_any_batch(exported_translator):
    texts = [*TEXTS, " ".join(["the dog sees"] * 60)]
    widths, penalties = [3, 1, 5, 2, 3], [0.5, 0.0, 1.0, 2.0, 0.5]
    together = beam(exported_translator, texts, widths, penalties)
    for row, text in enumerate(texts):
        width = widths[row]
        alone = beam(exported_translator, [text], width, penalties[row])
        assert alone["translations"][0].tolist() == (
            together["translations"][row, :width].tolist()
        )
        np.testing.assert_allclose(
            alone["scores"][0], together["scores"][row, :width], rtol=1e-3
        )
        assert (together["translations"][row, width:] == b"").all()
    assert together["truncated"].tolist() == [False] * 4 + [True]


def test_its_own_translation_is_explained_piece_by_piece(exported_translator):
    one = default(exported_translator, TEXTS)
    found = explain(exported_translator, TEXTS, ["", " ", "\t", ""])
    for row, text in enumerate(one["translation"]):
        pieces = [piece.decode() for piece in found["target_tokens"][row] if piece]
        assert pieces[-1] == "</s>"
        chances = found["target_logprobs"][row]
        penalty = ((5 + len(pieces)) / 6) ** PENALTY
        assert one["score"][row] == pytest.approx(chances.sum() / penalty, rel=1e-3)
        assert not chances[len(pieces) :].any()
        if "<0x" not in "".join(pieces):
            assert "".join(pieces[:-1]).strip() == text.decode()


def test_a_given_translation_is_scored_by_teacher_forcing(exported_translator):
    given = ["Ein Hund läuft.", "Zwei Hund", "漢", ""]
    found = explain(exported_translator, TEXTS, given)
    for row, translation in enumerate(given[:3]):
        target = exported_translator.pieces().tokenize(tf.constant([translation]))
        target = [*target.to_list()[0], END]
        logs = log_probs(exported_translator, TEXTS[row], [START, *target[:-1]])
        expected = [logs[place, token] for place, token in enumerate(target)]
        scored = found["target_logprobs"][row]
        np.testing.assert_allclose(
            scored[: len(target)], expected, rtol=1e-3, atol=1e-4
        )
        assert not scored[len(target) :].any()


def test_cross_attention_is_what_the_decoder_does_step_by_step(exported_translator):
    found = explain(exported_translator, TEXTS[:1], ["Ein Hund läuft."])
    if exported_translator.kind == "gru":
        assert "cross_attention" not in found
        return
    model = exported_translator.model
    source = source_of(exported_translator, TEXTS[0])
    target = exported_translator.pieces().tokenize(tf.constant(["Ein Hund läuft."]))
    known = [START, *target.to_list()[0]]
    memory = model.encode(source)
    state = model.initial_state(1, len(known), memory)
    for place, token in enumerate(known):
        _, state, looks = model.decode(np.array([[token]]), memory, state)
        np.testing.assert_allclose(
            found["cross_attention"][0, :, :, place],
            np.asarray(looks)[0, :, :, 0],
            rtol=1e-3,
            atol=1e-5,
        )


def test_attention_is_a_distribution_over_what_there_is(exported_translator):
    given = ["Ein Hund läuft.", "Zwei", "Der Mann läuft", "Hund"]
    found = explain(exported_translator, TEXTS, given)
    maps = {name for name in found if name.endswith("_attention")}
    assert (
        maps
        == {
            "gru": set(),
            "lstm-attention": {"cross_attention"},
            "transformer": {
                "cross_attention",
                "encoder_attention",
                "decoder_attention",
            },
        }[exported_translator.kind]
    )
    sources = np.array([source_of(exported_translator, text).size for text in TEXTS])
    targets = (found["target_tokens"] != b"").sum(axis=1)
    for name in maps:
        weights = found[name]  # [B, L, H, from, to]
        read = targets if name == "decoder_attention" else sources
        look = sources if name == "encoder_attention" else targets
        for row in range(3):  # the last source has nothing to look at
            inside = weights[row, :, :, : look[row], : read[row]]
            np.testing.assert_allclose(inside.sum(-1), 1.0, rtol=1e-3)
            assert not weights[row, :, :, look[row] :].any()
            assert np.abs(weights[row, :, :, :, read[row] :]).max(initial=0) < 1e-6
    if "decoder_attention" in maps:
        assert not np.triu(found["decoder_attention"], 1).any()  # none looks ahead


@pytest.mark.parametrize(
    ("width", "penalty", "said"),
    [
        ([1, 0], [0.0, 0.0], "row 1: `width` must be from 1 to 32. Received: width=0"),
        ([33, 1], [0.0, 0.0], "row 0: `width` must be from 1 to 32"),
        ([1, 1], [0.0, 2.5], "row 1: `length_penalty` must be from 0 to 2.0"),
        ([1, 1], [np.nan, 0.0], "row 0: `length_penalty` must be"),
    ],
)
def test_an_option_out_of_range_names_its_row(
    exported_translator, width, penalty, said
):
    with pytest.raises(tf.errors.InvalidArgumentError, match=said):
        beam(exported_translator, ["a", "b"], width, penalty)


HOSTILE = [
    b"\xff\xfe\x00",
    "\u202ered \u200f ball",
    " \n\t ",
    "😀" * 300,
    b"a" * 1_000_000,
    " ".join(["dog"] * 100_000),
]


def test_whatever_comes_utf8_goes_out(exported_translator):
    answer = default(exported_translator, HOSTILE)
    assert len(answer["translation"]) == len(HOSTILE)
    for text in answer["translation"]:
        text.decode("utf-8")
    assert answer["truncated"].tolist() == [False, False, False, True, True, True]
    found = explain(exported_translator, HOSTILE, HOSTILE[::-1])
    assert all(np.isfinite(found[n]).all() for n in found if found[n].dtype != object)
    for text in found["translation"]:
        text.decode("utf-8")


def test_no_rows_are_no_translations(exported_translator):
    assert default(exported_translator, [])["translation"].shape == (0,)
    assert beam(exported_translator, [], [], [])["translations"].shape[0] == 0
    nothing = tf.constant([], tf.string)
    found = exported_translator.signatures["explain"](text=nothing, translation=nothing)
    assert {value.shape[0] for value in found.values()} == {0}


def test_it_answers_in_a_process_that_never_imported_zoo(exported_translator):
    answer = subprocess.run(
        [
            sys.executable,
            "-c",
            "import tensorflow_text" + FRESH,
            exported_translator.folder,
        ],
        capture_output=True,
        check=True,
        timeout=300,
    )
    expected = default(exported_translator, ["a dog runs."])["translation"][0]
    assert answer.stdout == expected


def test_no_python_function_is_in_the_graph(exported_translator):
    path = exported_translator.folder / "saved_model.pb"
    saved = saved_model_pb2.SavedModel.FromString(path.read_bytes())
    graph = saved.meta_graphs[0].graph_def
    nodes = [node.op for f in graph.library.function for node in f.node_def]
    nodes += [node.op for node in graph.node]
    assert not [op for op in nodes if "PyFunc" in op or "Print" in op]

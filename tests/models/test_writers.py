"""The language model and the translator: decoded, tied, refused."""

import keras
import numpy as np
import pytest

from tests.models import pairs
from zoo import decode
from zoo.models.language_model import LanguageModel, build_language_model
from zoo.models.translator import Translator, build_translator
from zoo.tokens import END, PAD, START

LENGTH = 5
GRU = {"kind": "recurrent", "cell": "gru", "units": 6}
DECODED = [
    ("deep-lstm", "write"),
    ("transformer", "write"),
    ("convolution", "write"),
    ("gru", "translate"),  # its first state comes from the source
    ("lstm-attention", "translate"),
    ("transformer", "translate"),
]
every_decoded = pytest.mark.parametrize("pair", DECODED, ids="-".join)


def spread(model, seed=0):
    """Gives every weight a random value."""
    model.set_weights(
        [
            pairs.normal(seed + i, *weight.shape)
            for i, weight in enumerate(model.weights)
        ]
    )
    return model


def log_softmax(logits):
    logits = np.asarray(logits, "float64")
    return logits - np.log(np.exp(logits).sum(axis=-1, keepdims=True))


def by_recomputation(model, task, inputs):
    """Greedy decoding by hand: every step scores its whole beginning anew."""
    rows = pairs.B
    known = np.full((rows, 1), START, "int32")
    ended, scores = np.zeros(rows, bool), np.zeros(rows)
    for _ in range(LENGTH):
        given = known if task == "write" else {**inputs, "tokens": known}
        gains = log_softmax(np.asarray(model(given))[:, -1])
        best = np.where(ended, PAD, gains.argmax(axis=-1))
        scores += np.where(ended, 0.0, gains.max(axis=-1))
        known = np.concatenate([known, best[:, None].astype("int32")], axis=1)
        ended |= best == END
    return known[:, 1:], scores


def step_of(model, memory):
    """The step function that `zoo.decode` asks for."""

    def step(tokens, state):
        logits, state, _ = model.decode(tokens[:, None], memory, state)
        return keras.ops.log_softmax(logits[:, 0]), state

    return step


@every_decoded
def test_greedy_and_beam_of_one_take_the_best_of_the_whole_recomputed(pair):
    model, inputs = spread(pairs.make(*pair)), pairs.inputs_of(pair[1])
    memory = pairs.encode(model, pair[1], inputs)
    expected, scores = by_recomputation(model, pair[1], inputs)
    ends = {"start": START, "end": END, "max_length": LENGTH}
    state = model.initial_state(pairs.B, LENGTH, memory)
    tokens, got = decode.greedy(step_of(model, memory), state, pairs.B, **ends)
    assert np.asarray(tokens).tolist() == expected.tolist()
    np.testing.assert_allclose(got, scores, rtol=1e-4, atol=1e-4)
    one = {"width": np.ones(pairs.B, "int32"), "max_width": 1}
    plain = np.zeros(pairs.B, "float32")
    tokens, got = decode.beam(
        step_of(model, memory), state, pairs.B, length_penalty=plain, **one, **ends
    )
    assert np.asarray(tokens)[:, 0].tolist() == expected.tolist()
    np.testing.assert_allclose(got[:, 0], scores, rtol=1e-4, atol=1e-4)


def test_a_text_read_in_chunks_whose_state_is_handed_on_is_the_text_read_whole():
    model = spread(pairs.make("deep-lstm", "write"))
    tokens = pairs.inputs_of("write")
    whole = model(tokens)
    first, state, _ = model.decode(tokens[:, :1], None, model.initial_state(pairs.B))
    second, _, _ = model.decode(tokens[:, 1:], None, state)
    joined = np.concatenate([first, second], axis=1)
    np.testing.assert_allclose(joined, whole, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("tied", [True, False], ids=["tied", "apart"])
def test_a_tied_softmax_is_the_embedding_read_the_other_way(tied):
    options = {"decoder": GRU, "width": pairs.D, "tied": tied}
    model = spread(build_language_model(options, pairs.V))
    tokens = pairs.inputs_of("write")
    inputs = model.embedding(tokens)
    hidden, _, _ = model.decoder(inputs, None, model.initial_state(pairs.B))
    matrices = [w for w in model.weights if tuple(w.shape) == (pairs.V, pairs.D)]
    columns = [w for w in model.weights if tuple(w.shape) == (pairs.D, pairs.V)]
    assert (len(matrices), len(columns)) == ((1, 0) if tied else (1, 1))
    matrix = np.asarray(matrices[0]).T if tied else np.asarray(columns[0])
    np.testing.assert_array_equal(model.softmax(), matrix)
    expected = np.asarray(hidden) @ matrix + np.asarray(model.output_bias)
    np.testing.assert_allclose(model(tokens), expected, rtol=1e-4, atol=1e-4)


def test_two_languages_share_one_embedding_or_have_one_each():
    options = {"encoder": GRU, "decoder": GRU, "width": pairs.D}
    shared = build_translator(options, pairs.V)
    apart = build_translator({**options, "source_vocabulary_size": 17}, pairs.V)
    assert shared.source_embedding is shared.embedding
    assert len(apart.weights) == len(shared.weights) + 1
    assert apart.source_embedding.embeddings.shape == (17, pairs.D)
    source = np.full((1, 3), 16, "int32")  # an id of the source language alone
    logits = apart({"source": source, "tokens": np.ones((1, 2), "int32")})
    assert logits.shape == (1, 2, pairs.V)


def test_encoder_and_decoder_have_parameters_of_their_own():
    model = pairs.make("lstm", "translate")
    parts = [{id(w) for w in part.weights} for part in (model.encoder, model.decoder)]
    assert parts[0] and parts[1] and not parts[0] & parts[1]


def test_the_source_s_words_reach_the_first_target_word_through_the_bridge_alone():
    decoder = {**GRU, "bridge": True, "summary_enters": None}
    options = {"encoder": GRU, "decoder": decoder, "width": pairs.D}
    model = spread(build_translator(options, pairs.V))
    inputs = pairs.inputs_of("translate")
    before = np.asarray(model(inputs))
    changed = {**inputs, "source": inputs["source"][:, ::-1].copy()}
    assert np.abs(before - np.asarray(model(changed)))[0, 0].max() > 1e-3


def test_dropout_acts_in_training_alone():
    options = {"decoder": {**GRU, "recurrent_weight_dropout": 0.5}, "width": pairs.D}
    plain, model = (
        spread(build_language_model({**options, "dropout": rate}, pairs.V))
        for rate in (0.0, 0.5)
    )
    tokens = pairs.inputs_of("write")
    np.testing.assert_array_equal(model(tokens), plain(tokens))
    for one in (plain, model):
        moved = np.asarray(one(tokens, training=True)) - np.asarray(one(tokens))
        assert np.abs(moved).max() > 1e-3


@pytest.mark.parametrize("part", ["encoder", "decoder"])
@pytest.mark.parametrize("options", [{"kind": "tree"}, {}, "gru"])
def test_a_part_of_no_known_kind_is_refused(part, options):
    parts = {"encoder": GRU, "decoder": GRU, part: options}
    with pytest.raises(ValueError, match=f"`{part}` must have a `kind` among"):
        Translator(vocabulary_size=pairs.V, width=pairs.D, **parts)


@pytest.mark.parametrize("options", ["lstm", None, 3, {"kind": "tree"}])
def test_a_language_model_of_no_known_kind_is_refused(options):
    with pytest.raises(ValueError, match="`decoder` must have a `kind` among"):
        LanguageModel(options, pairs.V, pairs.D)


@pytest.mark.parametrize("reads", [{"attention": "additive"}, {"bridge": True}])
def test_a_decoder_that_reads_a_memory_is_no_language_model_s(reads):
    with pytest.raises(ValueError, match="`decoder` must read no memory"):
        LanguageModel({**GRU, **reads}, pairs.V, pairs.D)


@pytest.mark.parametrize("rate", [1.0, -0.1])
def test_a_dropout_out_of_its_range_is_refused(rate):
    with pytest.raises(ValueError, match=f"`dropout` must be .*dropout={rate}"):
        LanguageModel(GRU, pairs.V, pairs.D, dropout=rate)


def test_a_language_model_is_always_made_without_a_memory():
    with_memory = {**GRU, "summary_enters": "every"}
    model = LanguageModel(with_memory, pairs.V, pairs.D)
    assert not model.decoder.reads_memory
    assert model.get_config()["decoder"] == with_memory

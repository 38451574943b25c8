"""The counted n-gram model against counts and sums by plain Python."""

import collections
import math

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import ops

from tests.decode.fake_models import ALPHABET, ENDS, read
from zoo import decode
from zoo.models.ngram import NGram
from zoo.models.ngram_counts import choose, count, nats_per_token
from zoo.tokens import END, START

V = 7
# Of 3 to 6 and, as a rule, one more than the token before.
WALK = np.cumsum(np.random.default_rng(0).choice([1, 1, 1, 1, 2, 3], 90)) % 4 + 3
STREAMS = [
    WALK[:60],
    np.array([4, 5, 4]),
    np.array([], int),
]
DEV = [WALK[60:], np.array([6, 6, 6])]
every_prior = pytest.mark.parametrize("prior", ["uniform", "shorter"])
every_order = pytest.mark.parametrize("order", [1, 2, 3, 4])


def examples(streams, order):
    """Every token with the n - 1 tokens before it, START before the first."""
    for stream in streams:
        tokens = [START] * (order - 1) + [int(token) for token in stream]
        for place in range(order - 1, len(tokens)):
            yield tuple(tokens[place - order + 1 : place]), tokens[place]


def probability(streams, context, token, k, prior):
    """The equations of the module, with dictionaries of tuples."""
    seen = collections.Counter(examples(streams, len(context) + 1))
    total = sum(n for (before, _), n in seen.items() if before == context)
    if prior == "uniform" or not context:
        below = 1 / V
    else:
        below = probability(streams, context[1:], token, k, prior)
    return (seen[context, token] + k * V * below) / (total + k * V)


def nats(streams, dev, order, k, prior):
    """The mean of -log p over the tokens of `dev`."""
    surprises = [
        -math.log(probability(streams, context, token, k, prior))
        for context, token in examples(dev, order)
    ]
    return sum(surprises) / len(surprises)


def make(order, k=0.5, prior="uniform"):
    return NGram.of(count(STREAMS, order, V), V, k, prior)


@every_order
def test_the_tables_hold_what_plain_counting_counts(order):
    tables = count(STREAMS, order, V)
    assert len(tables) == order
    for length, table in enumerate(tables):
        # Shorter contexts are the ends of the longest, START and all.
        seen = collections.Counter(
            (context[len(context) - length :], token)
            for context, token in examples(STREAMS, order)
        )
        found = {}
        for pair, times in zip(
            table.pairs.tolist(), table.counts.tolist(), strict=True
        ):
            code, digits = int(table.contexts[pair // V]), []
            for _ in range(length):
                code, digit = divmod(code, V)
                digits.insert(0, digit)
            found[tuple(digits), pair % V] = times
        assert found == seen
        assert table.totals.sum() == sum(seen.values()) == 63
        assert (np.diff(table.contexts) > 0).all() and (np.diff(table.pairs) > 0).all()
        assert {array.dtype.name for array in table[:4]} == {"int32"}


@every_prior
@every_order
def test_every_probability_is_that_of_the_equation(order, prior):
    model = make(order, 0.3, prior)
    tokens = np.array([[START, 4, 5, 6, 6, 3], [START, 0, 1, 5, 4, 5]])
    found = np.exp(model(tokens))
    for row in range(2):
        for step in range(tokens.shape[1]):
            past = [START] * order + tokens[row, : step + 1].tolist()
            context = tuple(past[len(past) - order + 1 :])
            wanted = [
                probability(STREAMS, context, token, 0.3, prior) for token in range(V)
            ]
            np.testing.assert_allclose(found[row, step], wanted, rtol=1e-5)


@every_prior
@every_order
def test_probabilities_sum_to_one_after_any_context(order, prior):
    tokens = np.random.default_rng(2).integers(0, V, (5, 20))  # most never seen
    sums = np.exp(make(order, 0.01, prior)(tokens)).sum(axis=-1)
    np.testing.assert_allclose(sums, 1.0, rtol=1e-5)


def test_as_k_goes_to_zero_what_is_left_is_relative_frequency():
    tables = count([[4, 5, 4, 6, 4, 5, 3]], 2, V)
    after_4 = np.exp(NGram.of(tables, V, 1e-9)(np.array([[4]])))[0, 0]
    np.testing.assert_allclose(after_4, [0, 0, 0, 0, 0, 2 / 3, 1 / 3], atol=1e-6)


def test_a_context_never_seen_is_uniform_or_what_its_end_gives():
    tables = count([[4, 5, 4, 6, 4, 5, 3]], 3, V)
    unseen = np.array([[1, 4]])
    plain = np.exp(NGram.of(tables, V, 0.1)(unseen))[0, 1]
    np.testing.assert_allclose(plain, 1 / V, rtol=1e-6)
    shorter = np.exp(NGram.of(tables, V, 0.1, "shorter")(unseen))[0, 1]
    one_order_lower = NGram.of(tables[:2], V, 0.1, "shorter")
    np.testing.assert_allclose(shorter, np.exp(one_order_lower(unseen))[0, 1], 1e-6)
    assert shorter[5] > shorter[6] > shorter[0]


@every_prior
@every_order
def test_the_score_of_a_stream_is_the_mean_surprise(order, prior):
    tables = count(STREAMS, order, V)
    found = nats_per_token(tables, DEV, V, 0.2, prior)
    assert math.isclose(found, nats(STREAMS, DEV, order, 0.2, prior), rel_tol=1e-12)
    log_probs = NGram.of(tables, V, 0.2, prior)(np.array([[START, *DEV[0][:-1]]]))
    model = -np.take_along_axis(np.asarray(log_probs)[0], DEV[0][:, None], -1).mean()
    one = nats_per_token(tables, DEV[:1], V, 0.2, prior)
    assert math.isclose(model, one, rel_tol=1e-5)


@every_prior
def test_the_k_that_is_chosen_is_the_best_of_the_grid_on_dev(prior):
    grid = [1e-3, 0.01, 0.1, 1.0, 10.0]
    tables = count(STREAMS, 2, V)
    k, every = choose(tables, iter(DEV), V, grid, prior)
    wanted = [nats(STREAMS, DEV, 2, k, prior) for k in grid]
    np.testing.assert_allclose(every, wanted, rtol=1e-12)
    assert k == grid[wanted.index(min(wanted))]
    assert k not in (grid[0], grid[-1])  # or an index gone wrong would not show


@every_prior
@every_order
def test_step_by_step_is_the_whole_text(order, prior):
    model = make(order, prior=prior)
    tokens = np.array([[START, 4, 5, 4, 4], [START, 3, 6, 6, 5]])
    whole, state = model(tokens), model.initial_state(2)
    for step in range(tokens.shape[1]):
        log_probs, state = model.step(tokens[:, step], state)
        np.testing.assert_allclose(log_probs, whole[:, step], rtol=1e-6)
        assert state["tokens"].shape == (2, order - 1)
    pieces, state = model.read(tokens[:, :2], model.initial_state(2))
    later, _ = model.read(tokens[:, 2:], state)
    np.testing.assert_allclose(np.concatenate([pieces, later], 1), whole, rtol=1e-6)


def spell(word):
    return np.array([*map(ALPHABET.index, word), END])


@every_prior
@pytest.mark.parametrize("batch", [1, 3])
def test_greedy_decoding_spells_a_known_word(prior, batch):
    # "co" is followed by "c" and by "n": two tokens of context do not tell them apart.
    tables = count([spell("coconut")] * 3, 4, len(ALPHABET))
    model = NGram.of(tables, len(ALPHABET), 0.01, prior)
    tokens, _ = decode.greedy(
        model.step, model.initial_state(batch), batch, **ENDS, max_length=12
    )
    assert [read(row) for row in np.array(tokens)] == ["coconut>"] * batch


def test_beam_search_finds_both_of_two_words():
    tables = count([spell("zoo")] * 3 + [spell("bee")] * 2, 3, len(ALPHABET))
    model = NGram.of(tables, len(ALPHABET), 1e-4)
    tokens, scores = decode.beam(
        model.step,
        model.initial_state(1),
        1,
        **ENDS,
        width=[2],
        length_penalty=[0.0],
        max_width=2,
        max_length=9,
    )
    assert [read(row) for row in np.array(tokens)[0]] == ["zoo>", "bee>"]
    np.testing.assert_allclose(np.exp(scores[0]), [0.6, 0.4], rtol=0.01)


@every_prior
@every_order
def test_a_model_that_is_saved_and_loaded_gives_the_same(order, prior, tmp_path):
    model = make(order, prior=prior)
    tokens = np.array([[START, 4, 5, 4, 4]])
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(loaded(tokens), model(tokens))
    assert loaded.get_config() == model.get_config()
    assert not loaded.trainable_weights and len(loaded.weights) in (4, 4 * order)


def test_a_graph_of_unknown_sizes_equals_eager():
    model = make(3, prior="shorter")
    graph = tf.function(model, input_signature=[tf.TensorSpec([None, None], "int32")])
    tokens = np.array([[START, 4, 5, 4], [START, 3, 6, 6]], "int32")
    np.testing.assert_allclose(graph(tokens), model(tokens), rtol=1e-6)
    assert graph(tokens[:0]).shape == (0, 4, V)


def test_log_probabilities_are_float32_under_any_policy():
    model = NGram.of(count(STREAMS, 3, V), V, 0.5, dtype="mixed_bfloat16")
    tokens = np.array([[START, 4, 5]])
    assert ops.dtype(model(tokens)) == "float32"
    np.testing.assert_array_equal(model(tokens), make(3)(tokens))


def test_no_probability_is_so_small_that_its_logarithm_is_infinite():
    model = NGram.of(count(STREAMS, 4, V), V, 1e-20, "shorter")
    assert np.isfinite(model(np.array([[START, 4, 0, 5, 6]]))).all()


@pytest.mark.parametrize(
    "order, size, sentence",
    [
        (0, V, "`order` must be an integer of at least 1.*order=0"),
        (2.0, V, "`order` must be an integer.*order=2.0"),
        (2, 2, "`vocabulary_size` must be more than START.*vocabulary_size=2"),
        (2, 6, "`streams` must hold ids from 0 to .*to 6, vocabulary_size=6"),
        (4, 2000, r"`order` must be .*32 bits.*order=4, vocabulary_size=2000"),
    ],
)
def test_what_cannot_be_counted_is_refused(order, size, sentence):
    with pytest.raises(ValueError, match=sentence):
        count(STREAMS, order, size)


def test_more_contexts_than_codes_for_pairs_are_refused():
    with pytest.raises(ValueError, match="contexts that fit.*2 contexts, V=1500000000"):
        count([[4, 5]], 2, 1_500_000_000)


@pytest.mark.parametrize("streams", [[], [[]]])
def test_nothing_cannot_be_counted(streams):
    with pytest.raises(ValueError, match="`streams` must hold at least one token"):
        count(streams, 2, V)


@pytest.mark.parametrize("k", [0, -1.0, float("nan")])
def test_a_k_that_makes_the_unseen_impossible_is_refused(k):
    tables = count(STREAMS, 2, V)
    with pytest.raises(ValueError, match="`k` must be more than 0"):
        NGram.of(tables, V, k)
    with pytest.raises(ValueError, match="`k` must be more than 0"):
        nats_per_token(tables, DEV, V, k)


def test_a_prior_that_is_not_known_is_refused():
    with pytest.raises(ValueError, match="`prior` must be one of.*'backoff'"):
        NGram(2, V, 1.0, "backoff", [(1, 1)])
    with pytest.raises(ValueError, match="`prior` must be one of.*'backoff'"):
        choose(count(STREAMS, 2, V), DEV, V, [1.0], "backoff")


def test_a_vocabulary_of_another_size_is_refused():
    tables = count([np.array([4, 5, 4, 5, 6])], 2, 7)
    with pytest.raises(
        ValueError, match="`vocabulary_size` must be that of the counts"
    ):
        NGram.of(tables, 9, 0.01)
    with pytest.raises(ValueError, match="vocabulary_size=70, counted with 7"):
        choose(tables, [np.array([4, 5])], 70, [0.1])


@pytest.mark.parametrize(
    "stream", ["text", np.array([[4, 5]]), np.array([4.7, 5.0]), 4]
)
def test_a_stream_that_holds_no_ids_is_refused(stream):
    with pytest.raises(ValueError, match="`streams` must be a list of arrays of ids"):
        count([stream], 2, 7)


def test_an_unknown_prior_and_an_empty_grid_are_refused():
    tables = count([np.array([4, 5])], 2, 7)
    with pytest.raises(ValueError, match="`prior` must be"):
        NGram.of(tables, 7, 0.1, prior="short")
    with pytest.raises(ValueError, match="`grid` must hold at least one k"):
        choose(tables, [np.array([4, 5])], 7, [])

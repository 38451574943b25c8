"""The objectives against Keras's own losses and arithmetic in NumPy."""

import keras
import numpy as np
import pytest
from keras import ops

from zoo.tokens import PAD
from zoo.train.objectives import TokenCrossEntropy, WordCrossEntropy

VOCABULARY = 7


@pytest.fixture
def logits():
    return np.random.default_rng(1).normal(0, 3, (2, 3, 5, VOCABULARY)).astype("f4")


@pytest.fixture
def targets():
    tokens = np.random.default_rng(2).integers(1, VOCABULARY, (2, 3, 5))
    tokens[0, 1, 3:] = PAD
    tokens[1, 2] = PAD  # a caption that is not there
    return tokens.astype("int32")


def nats_of_real_tokens(targets, logits, label_smoothing):
    """Keras's own smoothed cross-entropy of the real tokens alone."""
    real = targets != PAD
    hot = np.eye(VOCABULARY, dtype="float32")[targets[real]]
    nats = keras.losses.categorical_crossentropy(
        hot, logits[real], from_logits=True, label_smoothing=label_smoothing
    )
    return ops.convert_to_numpy(nats)


@pytest.mark.parametrize("label_smoothing", [0.0, 0.1, 0.5])
def test_the_loss_of_tokens_is_kerass_over_the_real_ones(
    targets, logits, label_smoothing
):
    loss = TokenCrossEntropy(label_smoothing)(targets, logits)
    expected = nats_of_real_tokens(targets, logits, label_smoothing).mean()
    assert float(loss) == pytest.approx(float(expected), rel=1e-5)


def test_the_dev_measure_has_no_smoothing(targets, logits):
    nats, tokens = TokenCrossEntropy(0.3).total(targets, logits)
    expected = nats_of_real_tokens(targets, logits, 0.0)
    assert tokens == len(expected) == (targets != PAD).sum()
    assert nats == pytest.approx(float(expected.sum()), rel=1e-5)


def test_what_stands_at_padding_changes_nothing(targets, logits):
    loss = float(TokenCrossEntropy(0.1)(targets, logits))
    logits[targets == PAD] = 99.0
    assert float(TokenCrossEntropy(0.1)(targets, logits)) == pytest.approx(loss)


def test_a_batch_of_padding_costs_nothing():
    logits = np.ones((1, 1, 2, VOCABULARY), "float32")
    assert float(TokenCrossEntropy()(np.zeros((1, 1, 2)), logits)) == 0.0


def test_targets_may_come_as_floats(targets, logits):
    objective = TokenCrossEntropy(0.1)
    as_floats = objective(targets.astype("float32"), logits)
    assert float(as_floats) == float(objective(targets, logits))


def test_half_precision_logits_are_summed_in_single(targets, logits):
    half = ops.cast(logits, "bfloat16")
    single = ops.convert_to_numpy(ops.cast(half, "float32"))
    objective = TokenCrossEntropy(0.1)
    assert float(objective(targets, half)) == float(objective(targets, single))
    assert objective.total(targets, half) == objective.total(targets, single)


def test_tokens_are_counted_without_padding(targets):
    assert TokenCrossEntropy().count(targets) == 2 * 3 * 5 - 2 - 5


def test_the_loss_of_words_is_kerass_times_the_number_of_words():
    random = np.random.default_rng(3)
    shares = random.integers(0, 6, (4, 9)).astype("float32") / 5
    logits = random.normal(-2, 3, (4, 9)).astype("float32")
    expected = 9 * ops.convert_to_numpy(
        keras.losses.binary_crossentropy(shares, logits, from_logits=True)
    )
    objective = WordCrossEntropy()
    assert float(objective(shares, logits)) == pytest.approx(expected.mean(), rel=1e-5)
    nats, pictures = objective.total(shares, logits)
    assert (nats, pictures) == (pytest.approx(expected.sum(), rel=1e-5), 4)
    assert objective.count(shares) == 4


def test_half_precision_words_are_summed_in_single():
    shares = np.zeros((2, 1000), "float32")
    half = ops.cast(np.random.default_rng(4).normal(-4, 1, (2, 1000)), "bfloat16")
    single = ops.convert_to_numpy(ops.cast(half, "float32"))
    objective = WordCrossEntropy()
    assert objective.total(shares, half) == objective.total(shares, single)


@pytest.mark.parametrize("label_smoothing", [-0.1, 1.0])
def test_smoothing_out_of_range_is_refused(label_smoothing):
    with pytest.raises(ValueError, match=f"label_smoothing={label_smoothing}"):
        TokenCrossEntropy(label_smoothing)


def test_shares_are_not_smoothed():
    with pytest.raises(ValueError, match="must be 0"):
        WordCrossEntropy(0.1)

"""The latent autoregressive model against a loop, SimpleRNN of ours and of Keras."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import ops

from tests.layers.feed_forward import close, normal
from zoo.layers.latent import LatentAutoregressive, VanillaTransition, vanilla_rnn
from zoo.layers.simple_rnn import SimpleRNN

B, T, D, U, Y = 4, 6, 3, 5, 2
# A whole row, a padded row, a row with a gap and a row with nothing real.
MASK = np.array([[1] * T, [1, 1, 0, 0, 0, 0], [1, 0, 0, 1, 1, 0], [0] * T], bool)
masks = pytest.mark.parametrize("mask", [None, MASK], ids=["whole", "masked"])
stocks = pytest.mark.parametrize(
    "stock", [SimpleRNN, keras.layers.SimpleRNN], ids=["ours", "Keras's"]
)


def make(dtype="float64"):
    """A vanilla RNN with random weights."""
    layer = vanilla_rnn(U, Y, dtype=dtype)
    layer.build((None, None, D))
    layer.set_weights([0.6 * normal(i, *w.shape) for i, w in enumerate(layer.weights)])
    return layer


def differentiate(call, variables, mask):
    """Predictions and last state of `call`, and gradients of everything they touch."""
    inputs, start = tf.constant(normal(1, B, T, D)), tf.constant(normal(2, B, U))
    # Before a row's first real step Keras gives zeros, we give the initial state.
    seen = np.ones((B, T)) if mask is None else np.cumsum(mask, axis=1) > 0
    with tf.GradientTape() as tape:
        tape.watch([inputs, start])
        predictions, last = call(inputs, start, mask)
        results = [predictions * seen[..., None].astype(float), last]
        loss = sum(
            tf.reduce_sum(result * normal(30 + i, *result.shape))
            for i, result in enumerate(results)
        )
    values = [inputs, start, *(variable.value for variable in variables)]
    return [*results, *tape.gradient(loss, values)]


@stocks
@masks
def test_the_vanilla_rnn_is_simple_rnn_and_a_dense_layer(stock, mask):
    layer = make()
    *recurrent, kernel, bias = layer.get_weights()
    rnn = stock(U, return_sequences=True, return_state=True, dtype="float64")
    read = keras.layers.Dense(Y, dtype="float64")
    rnn.build((B, T, D))
    read.build((B, T, U))
    rnn.set_weights(recurrent)
    read.set_weights([kernel, bias])

    def by_stock(inputs, start, mask):
        hidden, last = rnn(inputs, initial_state=[start], mask=mask)
        return read(hidden), last

    ours = differentiate(
        lambda x, h, mask: layer(x, initial_state=h, mask=mask),
        layer.trainable_variables,
        mask,
    )
    variables = [*rnn.trainable_variables, *read.trainable_variables]
    for one, other in zip(ours, differentiate(by_stock, variables, mask), strict=True):
        close(one, other)


@masks
def test_one_matrix_over_the_joined_vectors_is_the_same_function(mask):
    separate = make()
    W_xh, W_hh, bias, W_hy, bias_y = separate.get_weights()
    stacked = keras.Variable(np.concatenate([W_xh, W_hh]), dtype="float64")  # [D+U, U]

    def joined(hidden, inputs):
        both = ops.concatenate([inputs, hidden], axis=-1)  # [x; h]
        return ops.tanh(ops.matmul(both, stacked) + bias)

    model = LatentAutoregressive(
        joined, lambda path: ops.matmul(path, W_hy) + bias_y, U, dtype="float64"
    )
    one = differentiate(
        lambda x, h, mask: separate(x, initial_state=h, mask=mask),
        separate.trainable_variables[:2],
        mask,
    )
    two = differentiate(
        lambda x, h, mask: model(x, initial_state=h, mask=mask), [stacked], mask
    )
    of_input, of_hidden = one[4:]
    for ours, theirs in zip(
        [*one[:4], np.concatenate([of_input, of_hidden])], two, strict=True
    ):
        close(ours, theirs)


def test_any_g_and_f_will_do():
    """A leaky sum of the inputs and its square, by a loop."""
    model = LatentAutoregressive(
        lambda hidden, inputs: 0.5 * hidden + inputs, ops.square, D, dtype="float64"
    )
    inputs, hidden = normal(1, B, T, D), np.zeros((B, D))
    predictions, last = model(inputs)
    for step in range(T):
        hidden = 0.5 * hidden + inputs[:, step]
        close(predictions[:, step], hidden**2)
    close(last, hidden)


def test_a_padded_row_is_the_row_alone():
    layer, inputs = make(), normal(1, B, T, D)
    predictions, last = layer(np.where(MASK[..., None], inputs, 1e3), mask=MASK)
    alone, alone_last = layer(inputs[1:2, :2])
    close(predictions[1:2, :2], alone)
    close(last[1:2], alone_last)
    real = inputs[2:3, [0, 3, 4]]  # a gap is stepped over
    close(last[2:3], layer(real)[1])
    close(last[3], np.zeros(U))


def test_a_row_of_padding_alone_has_no_gradient():
    layer, inputs = make(), tf.constant(normal(1, B, T, D))
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        predictions, last = layer(inputs, mask=MASK)
        loss = tf.reduce_sum(predictions**2) + tf.reduce_sum(last**2)
    gradients = tape.gradient(loss, [inputs, *layer.trainable_variables])
    assert all(np.isfinite(gradient).all() for gradient in gradients)
    np.testing.assert_array_equal(
        gradients[0][~MASK], 0.0 * normal(1, (~MASK).sum(), D)
    )
    assert (np.abs(gradients[0][MASK]).max(axis=-1) > 0).all()


def test_a_later_input_changes_no_earlier_prediction():
    layer, inputs = make(), normal(1, B, T, D)
    changed = inputs.copy()
    changed[:, 3] += 1.0
    before, after = (np.asarray(layer(x)[0]) for x in (inputs, changed))
    np.testing.assert_array_equal(before[:, :3], after[:, :3])
    assert (np.abs(before - after)[:, 3:].max(axis=(0, 2)) > 1e-6).all()


def test_step_by_step_is_the_whole_sequence():
    layer, inputs = make(), normal(1, B, T, D)
    whole, last = layer(inputs)
    state = np.zeros((B, U))
    for step in range(T):
        prediction, state = layer(inputs[:, step : step + 1], initial_state=state)
        close(prediction[:, 0], whole[:, step])
    close(state, last)


def test_a_model_that_is_saved_and_loaded_gives_the_same(tmp_path):
    inputs = keras.Input((T, D))
    model = keras.Model(inputs, make("float32")(inputs))
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    data = normal(1, B, T, D).astype("float32")
    for one, other in zip(loaded(data), model(data), strict=True):
        np.testing.assert_array_equal(one, other)
    one, other = loaded.layers[-1], model.layers[-1]
    assert one.units == other.units == U
    for name in ("transition", "prediction"):
        assert getattr(one, name).get_config() == getattr(other, name).get_config()


def test_a_functional_model_of_no_known_length_is_saved_and_learns(tmp_path):
    inputs, mask = keras.Input((None, D)), keras.Input((None,), dtype="bool")
    predictions, last = make("float32")(inputs, mask=mask)
    model = keras.Model([inputs, mask], [predictions, last])
    assert predictions.shape == (None, None, Y) and last.shape == (None, U)
    data, same = normal(1, B, T, D).astype("float32"), make("float32")
    for length in (T, 2):  # one model reads both
        given = [data[:, :length], MASK[:, :length]]
        for one, other in zip(model(given), same(given[0], mask=given[1]), strict=True):
            np.testing.assert_array_equal(one, other)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(loaded([data, MASK])[1], model([data, MASK])[1])

    @tf.function(
        input_signature=[tf.TensorSpec([None, None, D]), tf.TensorSpec([B, U])]
    )
    def gradients(inputs, weighing):
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(same(inputs)[1] * weighing)
        return tape.gradient(loss, [w.value for w in same.trainable_variables[:3]])

    with tf.GradientTape() as tape:
        eager = tf.reduce_sum(same(data)[1] * normal(3, B, U).astype("float32"))
    expected = tape.gradient(eager, [w.value for w in same.trainable_variables[:3]])
    got = gradients(data, normal(3, B, U).astype("float32"))
    for one, other in zip(got, expected, strict=True):
        close(one, other, 1e-5)


def test_a_model_is_trained_without_xla_whose_loop_it_cannot_bound():
    inputs = keras.Input((None, D))
    model = keras.Model(inputs, make("float32")(inputs)[0])
    with pytest.warns(UserWarning, match="Proceeding with `jit_compile=False`"):
        model.compile("sgd", "mse", jit_compile=True)
    data = normal(1, B, T, D).astype("float32")
    before = model.evaluate(data, np.zeros((B, T, Y)), verbose=0)
    model.fit(data, np.zeros((B, T, Y)), verbose=0)
    assert model.evaluate(data, np.zeros((B, T, Y)), verbose=0) < before


def test_mixed_precision_reaches_every_part():
    layer = make("mixed_bfloat16")
    assert {weight.dtype for weight in layer.weights} == {"float32"}
    for near, exact in zip(
        layer(normal(1, B, T, D)), make()(normal(1, B, T, D)), strict=True
    ):
        assert near.dtype.name == "bfloat16"
        np.testing.assert_allclose(ops.cast(near, "float64"), exact, atol=0.1)


@pytest.mark.parametrize("units", [0, -2, 1.5, None])
def test_units_that_are_no_positive_integer_are_refused(units):
    with pytest.raises(ValueError, match=f"`units` must be .*units={units}"):
        LatentAutoregressive(ops.add, ops.tanh, units)
    with pytest.raises(ValueError, match=f"`units` must be .*units={units}"):
        VanillaTransition(units)


@pytest.mark.parametrize("name", ["transition", "prediction"])
def test_what_cannot_be_called_is_refused(name):
    parts = {"transition": ops.add, "prediction": ops.tanh, name: "tanh"}
    with pytest.raises(ValueError, match=f"`{name}` must be a layer .*{name}=tanh"):
        LatentAutoregressive(**parts, units=U)

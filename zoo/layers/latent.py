"""Latent autoregressive model: a state of fixed size that sums up the whole past.

    h_t = g(h_(t-1), x_t)        the transition, the same function at every step
    p(x_(t+1) | x_t, ..., x_1) = f(h_t)        the prediction

Nothing is cut off, as a fixed window does (`zoo/layers/window.py`); what the past was
must fit into h. Every recurrent network is this model with a g of its own. The plainest
is the vanilla RNN, with three matrices that do not depend on t:

    g(h, x) = tanh(x W_xh + h W_hh + bias)        f(h) = h W_hy + bias

This file is to be read: here the model is its equations and nothing else, and autodiff
finds the gradients. `zoo.layers.SimpleRNN` computes the same faster, since its gradient
is written by hand.
"""

import keras
from keras import ops

from zoo.layers.checks import check_sizes
from zoo.layers.places import real_places


@keras.saving.register_keras_serializable(package="zoo")
class LatentAutoregressive(keras.layers.Layer):
    """The general form, for any transition g and prediction f.

    A masked step copies the state, so a right-padded row gives what it gives alone.

    Args:
        transition: g, called with `h [B, U]` and `x [B, D]`, returns the new `[B, U]`.
            A layer makes its weights in `build(hidden_shape, inputs_shape)`; a plain
            function is saved by name, so it must be registered with Keras.
        prediction: f, called with the states of all steps `[B, T, U]`, returns
            `[B, T, Y]`. A layer or a registered function.
        units: Positive integer U, width of the state.

    Call arguments:
        inputs: `[B, T, D]`, T at least 1.
        initial_state: h_0, `[B, U]`; zeros where it is None.
        mask: `[B, T]` boolean, True = real, or None.

    Returns:
        Pair of predictions `[B, T, Y]` and the last state `[B, U]`.

    On TensorFlow it is trained without XLA (`jit_compile`), at any length; on JAX with.

    Raises:
        ValueError: `units` is not positive, or g or f cannot be called.

    Reference:
        Elman 1990, "Finding Structure in Time".
    """

    def __init__(self, transition, prediction, units, **kwargs):
        super().__init__(**kwargs)
        check_sizes(units=units)
        for name, value in {"transition": transition, "prediction": prediction}.items():
            if not callable(value):
                raise ValueError(
                    f"`{name}` must be a layer or a function. Received: {name}={value}"
                )
        self.transition = transition
        self.prediction = prediction
        self.units = units
        self.supports_masking = True  # the predictions have the inputs' mask
        # Keras's scan on TensorFlow gives XLA no bound for the loop that carries the
        # gradient back; this has `fit` train without XLA there.
        self.supports_jit = keras.backend.backend() != "tensorflow"

    def build(self, inputs_shape):
        """Makes the weights of g and f, where they are layers."""
        if not getattr(self.transition, "built", True):  # a function has no weights
            self.transition.build((None, self.units), (None, inputs_shape[-1]))
        if not getattr(self.prediction, "built", True):
            self.prediction.build((None, None, self.units))

    def call(self, inputs, initial_state=None, mask=None):
        """Reads a sequence."""
        if initial_state is None:
            shape = (ops.shape(inputs)[0], self.units)
            initial_state = ops.zeros(shape, self.compute_dtype)  # h_0
        mask = ops.swapaxes(real_places(inputs, mask), 0, 1)  # [T, B]
        inputs = ops.swapaxes(inputs, 0, 1)  # [T, B, D]

        def step(hidden, now):
            after = self.transition(hidden, inputs[now])  # [B, U]
            hidden = ops.where(mask[now][:, None], after, hidden)
            return hidden, hidden

        steps = ops.arange(ops.shape(inputs)[0])  # not a pair: T may be unknown
        last, path = ops.scan(step, initial_state, steps)  # [B, U], [T, B, U]
        # Of all steps at once: f has no part in what comes next.
        return self.prediction(ops.swapaxes(path, 0, 1)), last

    def get_config(self):
        """Returns the arguments."""
        serialize = keras.saving.serialize_keras_object
        return {
            **super().get_config(),
            "transition": serialize(self.transition),
            "prediction": serialize(self.prediction),
            "units": self.units,
        }

    @classmethod
    def from_config(cls, config):
        """Makes the layer, g and f from what `get_config` returned."""
        made = {
            name: keras.saving.deserialize_keras_object(config[name])
            for name in ("transition", "prediction")
        }
        return cls(**{**config, **made})


@keras.saving.register_keras_serializable(package="zoo")
class VanillaTransition(keras.layers.Layer):
    """The vanilla RNN's g, with a matrix each for the input and for the state.

        g(h, x) = tanh(x W_xh + h W_hh + bias) = tanh([x; h] W + bias)

    The second form, where the two vectors are one and W is W_xh above W_hh, is the
    same function: a product with stacked matrices is a sum of products.

    Args:
        units: Positive integer U, width of the state.

    Call arguments:
        hidden: h_(t-1), `[B, U]`.
        inputs: x_t, `[B, D]`.

    Returns:
        h_t, `[B, U]`.

    Raises:
        ValueError: `units` is not positive.
    """

    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        check_sizes(units=units)
        self.units = units
        self.supports_masking = False  # one step; the scan copies what is masked

    def build(self, hidden_shape, inputs_shape):
        """Makes W_xh, W_hh and the bias."""
        self.W_xh = self.add_weight(
            (inputs_shape[-1], self.units), "glorot_uniform", name="W_xh"
        )
        self.W_hh = self.add_weight((self.units, self.units), "orthogonal", name="W_hh")
        self.bias = self.add_weight((self.units,), "zeros", name="bias")

    def call(self, hidden, inputs):
        """Goes one step."""
        sums = ops.matmul(inputs, self.W_xh) + ops.matmul(hidden, self.W_hh)  # [B, U]
        return ops.tanh(sums + self.bias)

    def get_config(self):
        """Returns the arguments."""
        return {**super().get_config(), "units": self.units}


def vanilla_rnn(units, width, **kwargs):
    """Makes a vanilla RNN of its three matrices, as a `LatentAutoregressive`.

    Args:
        units: Positive integer U, width of the state.
        width: Positive integer, width of the predictions.
        **kwargs: Further arguments of `LatentAutoregressive`, such as `dtype`.

    Returns:
        The layer.
    """
    dtype = kwargs.get("dtype")
    return LatentAutoregressive(
        VanillaTransition(units, dtype=dtype, name="g"),
        keras.layers.Dense(width, dtype=dtype, name="W_hy"),
        units,
        **kwargs,
    )

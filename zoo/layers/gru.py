"""Gated recurrent unit."""

import keras
from keras import ops

from zoo.layers.recurrent import Recurrent


@keras.saving.register_keras_serializable(package="zoo")
class GRU(Recurrent):
    """GRU: two gates and no cell, three quarters of the LSTM's parameters.

        update, reset = sigmoid(x W + hidden R + bias), one block each
        candidate     = tanh(x W + reset * (hidden R + recurrent bias))
        hidden'       = update * hidden + (1 - update) * candidate

    The blocks stand in Keras's order: update, reset, candidate. This is the variant
    that resets after the recurrent product (Keras's `reset_after=True`, cuDNN's and
    PyTorch's), with a bias for each product. In the paper the reset comes before the
    product, and what is called `update` here and in Keras is its complement in some
    texts.

    See `Recurrent` for arguments, call arguments and returns.

    Reference:
        Cho et al. 2014, "Learning Phrase Representations using RNN Encoder-Decoder",
        section 2.3.
    """

    gates = 3

    def bias_shape(self):
        """Returns `(2, 3 * U)`: a bias for the input, one for the recurrent product."""
        return (2, self.gates * self.units)

    def project(self, inputs):
        """Multiplies the inputs of all steps by the kernel: `[B, T, 3 * U]`."""
        projected = ops.matmul(inputs, self.kernel)
        return projected if self.bias is None else projected + self.bias[0]

    def recurrent_weights(self):
        """Returns the recurrent kernel and its bias."""
        if self.bias is None:
            zeros = ops.zeros((self.gates * self.units,), self.compute_dtype)
            return [self.recurrent_kernel, zeros]
        return [self.recurrent_kernel, self.bias[1]]

    def activate(self, projected, hidden, recurrent_kernel, recurrent_bias):
        """Returns update, reset, candidate and the candidate's recurrent product."""
        update_x, reset_x, candidate_x = ops.split(projected, 3, axis=-1)
        recurrent = ops.matmul(hidden, recurrent_kernel) + recurrent_bias
        update_h, reset_h, product = ops.split(recurrent, 3, axis=-1)
        update = ops.sigmoid(update_x + update_h)
        reset = ops.sigmoid(reset_x + reset_h)
        return update, reset, ops.tanh(candidate_x + reset * product), product

    def step(self, projected, states, *weights):
        """One step: `[B, 3 * U]` and `[B, U]` in, the list of new states out."""
        (hidden,) = states
        update, _, candidate, _ = self.activate(projected, hidden, *weights)
        return [update * hidden + (1 - update) * candidate]

    def keep(self, projected, before, after, *weights):
        """Returns gates, candidate, its product and the old state of every step."""
        parts = self.activate(projected, before, *weights)
        return ops.concatenate([*parts, before], axis=-1)  # [T, B, 5 * U]

    def step_gradient(self, arrived, kept, recurrent_kernel, recurrent_bias):
        """Gradient of one step with respect to its three sums and its old state."""
        (of_hidden,) = arrived
        update, reset, candidate, product, hidden = ops.split(kept, 5, axis=-1)
        of_candidate = of_hidden * (1 - update) * (1 - candidate * candidate)
        of_update = of_hidden * (hidden - candidate) * update * (1 - update)
        of_reset = of_candidate * product * reset * (1 - reset)
        gates = ops.concatenate([of_update, of_reset, of_candidate], axis=-1)
        recurrent = ops.concatenate([of_update, of_reset, of_candidate * reset], -1)
        earlier = ops.matmul(recurrent, ops.transpose(recurrent_kernel))  # [B, U]
        return gates, [earlier + of_hidden * update]

    def weight_gradients(self, gates, kept, before):
        """Gradients of the recurrent kernel and its bias, summed over the steps."""
        reset = kept[..., self.units : 2 * self.units]
        of_update, of_reset, of_candidate = ops.split(gates, 3, axis=-1)
        recurrent = ops.concatenate([of_update, of_reset, of_candidate * reset], -1)
        kernel = ops.tensordot(before, recurrent, axes=[[0, 1], [0, 1]])  # [U, 3 * U]
        return [kernel, ops.sum(recurrent, axis=(0, 1))]

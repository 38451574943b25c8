"""Gated recurrent unit."""

import keras
from keras import ops

from zoo.layers import activations
from zoo.layers.recurrent import Recurrent
from zoo.layers.recurrent_arguments import check_cudnn


@keras.saving.register_keras_serializable(package="zoo")
class GRU(Recurrent):
    """GRU: two gates and no cell, three quarters of the LSTM's matrices.

        update, reset = sigmoid(x W + hidden R + bias), one block each
        hidden'       = update * hidden + (1 - update) * candidate

    There are two candidates. The paper's resets the hidden state before the recurrent
    product; cuDNN's, which is PyTorch's and Keras's default, resets the product, so
    that one matrix product serves all three blocks, and has a bias for each product:

        candidate = tanh(x W + (reset * hidden) R + bias)         reset_after=False
        candidate = tanh(x W + reset * (hidden R + bias'))        reset_after=True

    The blocks stand in Keras's order: update, reset, candidate. What is called
    `update` here, in the paper and in Keras keeps the old state; in some texts it is
    its complement.

    See `Recurrent` for other arguments, call arguments and returns.

    Args:
        units: Positive integer U, the width of the hidden state.
        activation: Activation of the candidate.
        recurrent_activation: Activation of the gates.
        use_bias: Whether the gates have a bias.
        reset_after: Whether the reset comes after the recurrent product.
        use_cudnn: `"auto"` or False; there is no cuDNN kernel here to insist on.

    Raises:
        ValueError: As in `Recurrent`, or `use_cudnn` is True.

    Reference:
        Cho et al. 2014, "Learning Phrase Representations using RNN Encoder-Decoder",
        section 2.3.
    """

    gates = 3

    def __init__(
        self,
        units,
        activation="tanh",
        recurrent_activation="sigmoid",
        use_bias=True,
        reset_after=True,
        use_cudnn="auto",
        **kwargs,
    ):
        super().__init__(units, activation, use_bias, **kwargs)
        self.recurrent_activation = activations.get(
            "recurrent_activation", recurrent_activation
        )
        self.reset_after = reset_after
        self.use_cudnn = check_cudnn(use_cudnn)
        self.variant = {True: ResetAfter, False: ResetBefore}[bool(reset_after)](self)
        self.keeps = self.variant.keeps

    def bias_shape(self):
        """Returns `(2, 3 * U)`, a bias for each product, or the paper's `(3 * U,)`."""
        columns = self.gates * self.units
        return (2, columns) if self.reset_after else (columns,)

    def inputs_weights(self):
        """Returns the kernel, and the bias of the inputs where there is one."""
        kernel, *bias = super().inputs_weights()
        return [kernel, *(part[0] if self.reset_after else part for part in bias)]

    def recurrent_weights(self):
        """Returns the recurrent kernel, and its bias where there is one."""
        if self.bias is None or not self.reset_after:
            return [self.recurrent_kernel]
        return [self.recurrent_kernel, self.bias[1]]

    def step(self, sums, before, read, *weights):
        """One step: `[B, 3 * U]` and the old state in; new states and the kept out."""
        return self.variant.step(sums, before, read, *weights)

    def step_gradient(self, arrived, before, after, kept, read, transposed):
        """Gradient of one step: of its sums, of what was read, of the old states."""
        update, _, candidate, *_ = kept
        (of_hidden,) = arrived
        slope = activations.slope(self.activation)
        gate_slope = activations.slope(self.recurrent_activation)
        of_candidate = of_hidden * (1 - update) * slope(candidate)
        of_update = of_hidden * (before[0] - candidate) * gate_slope(update)
        of_reset, of_read = self.variant.step_gradient(
            of_update, of_candidate, kept, read, transposed, gate_slope
        )
        gates = ops.concatenate([of_update, of_reset, of_candidate], axis=-1)
        return gates, of_read, [of_hidden * update]

    def weight_gradients(self, gates, read, kept):
        """Gradients of the recurrent kernel and its bias, summed over the steps."""
        return self.variant.weight_gradients(gates, read, kept)

    def get_config(self):
        """Returns the arguments."""
        return {
            **super().get_config(),
            "recurrent_activation": self.recurrent_activation.__name__,
            "reset_after": self.reset_after,
            "use_cudnn": self.use_cudnn,
        }


class ResetAfter:
    """cuDNN's variant: one recurrent product, whose candidate is reset."""

    keeps = 4  # update, reset, candidate, and the candidate's product

    def __init__(self, layer):
        self.layer = layer

    def step(self, sums, before, read, recurrent_kernel, bias=None):
        """See `GRU.step`."""
        layer = self.layer
        product = ops.matmul(read, recurrent_kernel)  # [B, 3 * U]
        product = product if bias is None else product + bias
        update_x, reset_x, candidate_x = ops.split(sums, 3, axis=-1)
        update_h, reset_h, candidate_h = ops.split(product, 3, axis=-1)
        update = layer.recurrent_activation(update_x + update_h)  # [B, U]
        reset = layer.recurrent_activation(reset_x + reset_h)
        candidate = layer.activation(candidate_x + reset * candidate_h)
        hidden = update * before[0] + (1 - update) * candidate
        return [hidden], [update, reset, candidate, candidate_h]

    def step_gradient(
        self, of_update, of_candidate, kept, read, transposed, gate_slope
    ):
        """Gradients of the reset gate's sum and of what was read."""
        _, reset, _, candidate_h = kept
        of_reset = of_candidate * candidate_h * gate_slope(reset)
        product = ops.concatenate([of_update, of_reset, of_candidate * reset], axis=-1)
        return of_reset, ops.matmul(product, transposed)

    def weight_gradients(self, gates, read, kept):
        """See `GRU.weight_gradients`."""
        of_update, of_reset, of_candidate = ops.split(gates, 3, axis=-1)
        product = ops.concatenate([of_update, of_reset, of_candidate * kept[1]], -1)
        gradients = [ops.matmul(ops.transpose(read), product)]  # [U, 3 * U]
        if self.layer.use_bias:
            gradients.append(ops.sum(product, axis=0))  # [3 * U]
        return gradients


class ResetBefore:
    """The paper's variant: the candidate's product reads the reset hidden state."""

    keeps = 3  # update, reset, candidate

    def __init__(self, layer):
        self.layer = layer

    def step(self, sums, before, read, recurrent_kernel):
        """See `GRU.step`."""
        layer, two = self.layer, 2 * self.layer.units
        gates = sums[:, :two] + ops.matmul(read, recurrent_kernel[:, :two])
        update, reset = ops.split(layer.recurrent_activation(gates), 2, axis=-1)
        product = ops.matmul(reset * read, recurrent_kernel[:, two:])  # [B, U]
        candidate = layer.activation(sums[:, two:] + product)
        hidden = update * before[0] + (1 - update) * candidate
        return [hidden], [update, reset, candidate]

    def step_gradient(
        self, of_update, of_candidate, kept, read, transposed, gate_slope
    ):
        """Gradients of the reset gate's sum and of what was read."""
        two = 2 * self.layer.units
        of_product = ops.matmul(of_candidate, transposed[two:])  # [B, U]
        of_reset = of_product * read * gate_slope(kept[1])
        gates = ops.concatenate([of_update, of_reset], axis=-1)
        of_read = of_product * kept[1] + ops.matmul(gates, transposed[:two])
        return of_reset, of_read

    def weight_gradients(self, gates, read, kept):
        """See `GRU.weight_gradients`."""
        two = 2 * self.layer.units
        of_gates = ops.matmul(ops.transpose(read), gates[:, :two])  # [U, 2 * U]
        of_candidate = ops.matmul(ops.transpose(kept[1] * read), gates[:, two:])
        return [ops.concatenate([of_gates, of_candidate], axis=-1)]  # [U, 3 * U]

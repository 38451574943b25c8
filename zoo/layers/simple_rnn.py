"""Vanilla recurrent network."""

import keras
from keras import ops

from zoo.layers import activations
from zoo.layers.recurrent import Recurrent


@keras.saving.register_keras_serializable(package="zoo")
class SimpleRNN(Recurrent):
    """Vanilla RNN: the new state is a squashed sum of the input and the old state.

        hidden' = tanh(input W_xh + hidden W_hh + bias)

    Two of the three matrices of the vanilla RNN: `kernel` is W_xh, `recurrent_kernel`
    is W_hh. The third, W_hy, belongs to whatever reads the hidden state. The gradient
    that travels back through a step is multiplied by 1 - hidden'^2 and by W_hh, which
    is why it vanishes or explodes over many steps.

    See `Recurrent` for arguments, call arguments and returns.

    Reference:
        Elman 1990, "Finding Structure in Time".
    """

    def step(self, sums, before, read, recurrent_kernel):
        """One step: `[B, U]` and the old state in; new states and what is kept out."""
        hidden = self.activation(sums + ops.matmul(read, recurrent_kernel))  # [B, U]
        return [hidden], []

    def step_gradient(self, arrived, before, after, kept, read, transposed):
        """Gradient of one step: of its sum, of what was read, of the old states."""
        slope = activations.slope(self.activation)
        gates = arrived[0] * slope(after[0])  # [B, U]
        of_read = ops.matmul(gates, transposed)  # [B, U]
        return gates, of_read, [ops.zeros_like(of_read)]

    def weight_gradients(self, gates, read, kept):
        """Gradient of the recurrent kernel: every step's, summed in one product."""
        return [ops.matmul(ops.transpose(read), gates)]  # [U, U]

"""Vanilla recurrent network."""

import keras
from keras import ops

from zoo.layers.recurrent import Recurrent


@keras.saving.register_keras_serializable(package="zoo")
class SimpleRNN(Recurrent):
    """Vanilla RNN: the new state is a squashed sum of the input and the old state.

        hidden' = tanh(input W_xh + hidden W_hh + bias)

    Two of the three matrices of the vanilla RNN: `kernel` is W_xh, `recurrent_kernel`
    is W_hh. The third, W_hy, belongs to whatever reads the hidden state. The gradient
    that travels back through a step is multiplied by W_hh and by 1 - hidden'^2, which
    is why it vanishes or explodes over many steps.

    See `Recurrent` for arguments, call arguments and returns.

    Reference:
        Elman 1990, "Finding Structure in Time".
    """

    def step(self, projected, states, recurrent_kernel):
        """One step: `[B, U]` in, the list of new states out."""
        (hidden,) = states
        return [ops.tanh(projected + ops.matmul(hidden, recurrent_kernel))]

    def keep(self, projected, before, after, recurrent_kernel):
        """Returns what the gradient of a step needs: the new hidden state."""
        return after  # [T, B, U]

    def step_gradient(self, arrived, kept, recurrent_kernel):
        """Gradient of one step with respect to its sum and its old state."""
        gates = arrived[0] * (1 - kept * kept)  # [B, U]
        return gates, [ops.matmul(gates, ops.transpose(recurrent_kernel))]

    def weight_gradients(self, gates, kept, before):
        """Gradient of the recurrent kernel: every step's, summed in one product."""
        return [ops.tensordot(before, gates, axes=[[0, 1], [0, 1]])]  # [U, U]

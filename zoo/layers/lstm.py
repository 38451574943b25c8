"""Long short-term memory."""

import keras
from keras import ops

from zoo.layers.recurrent import Recurrent


@keras.saving.register_keras_serializable(package="zoo")
class LSTM(Recurrent):
    """LSTM: a cell that is added to, and three gates that guard it.

        input, forget, output = sigmoid(x W + hidden R + bias), one block each
        candidate             = tanh(x W + hidden R + bias), its block
        cell'                 = forget * cell + input * candidate
        hidden'               = output * tanh(cell')

    The blocks stand in Keras's order: input, forget, candidate, output. Along the
    cell the gradient is only multiplied by the forget gate, so it survives many steps;
    the forget gate's bias starts at 1 to keep it open (Jozefowicz et al. 2015).

    See `Recurrent` for call arguments and returns; the states are hidden and cell.

    Args:
        unit_forget_bias: Whether the forget gate's bias starts at 1.

    Reference:
        Hochreiter and Schmidhuber 1997; the forget gate is from Gers et al. 2000.
    """

    gates = 4
    states = ("hidden", "cell")

    def __init__(self, units, unit_forget_bias=True, **kwargs):
        super().__init__(units, **kwargs)
        self.unit_forget_bias = unit_forget_bias

    def initial_bias(self, shape, dtype=None):
        """Returns the bias before training, 1 for the forget gate where asked."""
        bias = self.bias_initializer(shape, dtype)
        if not self.unit_forget_bias:
            return bias
        parts = list(ops.split(bias, self.gates))
        parts[1] = ops.ones_like(parts[1])
        return ops.concatenate(parts)

    def activate(self, sums):
        """Turns `[..., 4 * U]` sums into input, forget, candidate, output."""
        into, forget, candidate, output = ops.split(sums, self.gates, axis=-1)
        return (
            ops.sigmoid(into),
            ops.sigmoid(forget),
            ops.tanh(candidate),
            ops.sigmoid(output),
        )

    def step(self, projected, states, recurrent_kernel):
        """One step: `[B, 4 * U]` and two `[B, U]` in, the new states out."""
        hidden, cell = states
        sums = projected + ops.matmul(hidden, recurrent_kernel)  # [B, 4 * U]
        into, forget, candidate, output = self.activate(sums)
        cell = forget * cell + into * candidate
        return [output * ops.tanh(cell), cell]

    def keep(self, projected, before, after, recurrent_kernel):
        """Returns the gates, the old cell and the squashed new cell of every step."""
        hidden, cell = ops.split(before, 2, axis=-1)
        sums = projected + ops.matmul(hidden, recurrent_kernel)  # [T, B, 4 * U]
        squashed = ops.tanh(after[..., self.units :])
        return ops.concatenate([*self.activate(sums), cell, squashed], axis=-1)

    def step_gradient(self, arrived, kept, recurrent_kernel):
        """Gradient of one step with respect to its four sums and its old states."""
        of_hidden, of_cell = arrived
        into, forget, candidate, output, cell, squashed = ops.split(kept, 6, axis=-1)
        of_cell = of_cell + of_hidden * output * (1 - squashed * squashed)
        gates = ops.concatenate(
            [
                of_cell * candidate * into * (1 - into),
                of_cell * cell * forget * (1 - forget),
                of_cell * into * (1 - candidate * candidate),
                of_hidden * squashed * output * (1 - output),
            ],
            axis=-1,
        )  # [B, 4 * U]
        earlier = ops.matmul(gates, ops.transpose(recurrent_kernel))  # [B, U]
        return gates, [earlier, of_cell * forget]

    def weight_gradients(self, gates, kept, before):
        """Gradient of the recurrent kernel: every step's, summed in one product."""
        hidden = before[..., : self.units]
        return [ops.tensordot(hidden, gates, axes=[[0, 1], [0, 1]])]  # [U, 4 * U]

    def get_config(self):
        """Returns the arguments."""
        return {**super().get_config(), "unit_forget_bias": self.unit_forget_bias}

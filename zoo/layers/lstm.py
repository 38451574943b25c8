"""Long short-term memory."""

import keras
from keras import ops

from zoo.layers import activations
from zoo.layers.recurrent import Recurrent
from zoo.layers.recurrent_arguments import check_cudnn


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

    See `Recurrent` for other arguments, call arguments and returns; the states are
    hidden and cell.

    Args:
        units: Positive integer U, the width of hidden state and cell.
        activation: Activation of candidate and cell.
        recurrent_activation: Activation of the gates.
        use_bias: Whether the gates have a bias.
        unit_forget_bias: Whether the forget gate's bias starts at 1.
        use_cudnn: `"auto"` or False; there is no cuDNN kernel here to insist on.

    Raises:
        ValueError: As in `Recurrent`, or `use_cudnn` is True.

    Reference:
        Hochreiter and Schmidhuber 1997; the forget gate is from Gers et al. 2000.
    """

    gates = 4
    states = ("hidden", "cell")
    keeps = 4

    def __init__(
        self,
        units,
        activation="tanh",
        recurrent_activation="sigmoid",
        use_bias=True,
        unit_forget_bias=True,
        use_cudnn="auto",
        **kwargs,
    ):
        super().__init__(units, activation, use_bias, **kwargs)
        self.recurrent_activation = activations.get(
            "recurrent_activation", recurrent_activation
        )
        self.unit_forget_bias = unit_forget_bias
        self.use_cudnn = check_cudnn(use_cudnn)

    def initial_bias(self, shape, dtype=None):
        """Returns the bias before training, 1 for the forget gate where asked."""
        bias = self.bias_initializer(shape, dtype)
        if not self.unit_forget_bias:
            return bias
        parts = list(ops.split(bias, self.gates))
        parts[1] = ops.ones_like(parts[1])
        return ops.concatenate(parts)

    def step(self, sums, before, read, recurrent_kernel):
        """One step: `[B, 4 * U]` and the old states in; new ones and the gates out."""
        sums = sums + ops.matmul(read, recurrent_kernel)  # [B, 4 * U]
        into, forget, candidate, output = ops.split(sums, self.gates, axis=-1)
        into = self.recurrent_activation(into)  # [B, U]
        forget = self.recurrent_activation(forget)
        candidate = self.activation(candidate)
        output = self.recurrent_activation(output)
        cell = forget * before[1] + into * candidate
        hidden = output * self.activation(cell)
        return [hidden, cell], [into, forget, candidate, output]

    def step_gradient(self, arrived, before, after, kept, read, transposed):
        """Gradient of one step: of its sums, of what was read, of the old states."""
        of_hidden, of_cell = arrived
        into, forget, candidate, output = kept
        slope = activations.slope(self.activation)
        gate_slope = activations.slope(self.recurrent_activation)
        squashed = self.activation(after[1])
        of_cell = of_cell + of_hidden * output * slope(squashed)
        gates = ops.concatenate(
            [
                of_cell * candidate * gate_slope(into),
                of_cell * before[1] * gate_slope(forget),
                of_cell * into * slope(candidate),
                of_hidden * squashed * gate_slope(output),
            ],
            axis=-1,
        )  # [B, 4 * U]
        of_read = ops.matmul(gates, transposed)  # [B, U]
        return gates, of_read, [ops.zeros_like(of_read), of_cell * forget]

    def weight_gradients(self, gates, read, kept):
        """Gradient of the recurrent kernel: every step's, summed in one product."""
        return [ops.matmul(ops.transpose(read), gates)]  # [U, 4 * U]

    def get_config(self):
        """Returns the arguments."""
        return {
            **super().get_config(),
            "recurrent_activation": self.recurrent_activation.__name__,
            "unit_forget_bias": self.unit_forget_bias,
            "use_cudnn": self.use_cudnn,
        }

"""What SimpleRNN, LSTM and GRU share: arguments, scans, backpropagation in time.

A recurrent layer here is two products and a scan. The input product, for all time
steps at once, comes before the scan; only the recurrent product is inside. The
backward pass is written by hand (backpropagation through time, Werbos 1990):

1. forward scan, keeping every state;
2. gates of all steps again from the kept states, one product;
3. reverse scan for the gradients that reach the gates of each step;
4. one product each for the recurrent kernel (here), the kernel and the inputs
   (by autodiff, since the input product is outside).

A subclass gives the equations of one step and of its gradient.
"""

import keras
from keras import ops


class Recurrent(keras.layers.Layer):
    """Base of the recurrent layers. Not for use on its own.

    Args:
        units: Positive integer U, the width of the hidden state.
        use_bias: Whether the gates have a bias.
        kernel_initializer: Initialiser of the input kernel.
        recurrent_initializer: Initialiser of the recurrent kernel.
        bias_initializer: Initialiser of the bias.
        return_sequences: Whether to return the hidden state of every step instead of
            the last one.
        return_state: Whether to return the final state too.

    Call arguments:
        inputs: `[B, T, D]`, T at least 1.
        initial_state: List of `[B, U]`, one a state; zeros where it is None.
        mask: `[B, T]` boolean, True = real. A masked step copies the state, so a
            right-padded row gives what it gives alone.

    Returns:
        `[B, T, U]` or `[B, U]`; with `return_state`, a list of that and the final
        states, `[B, U]` each.

    Raises:
        ValueError: `units` is not positive, or `initial_state` is not one state each.
    """

    gates = 1  # blocks of U columns in the kernels
    states = ("hidden",)  # names of what is handed from step to step

    def __init__(
        self,
        units,
        use_bias=True,
        kernel_initializer="glorot_uniform",
        recurrent_initializer="orthogonal",
        bias_initializer="zeros",
        return_sequences=False,
        return_state=False,
        **kwargs,
    ):
        super().__init__(**kwargs)
        if units < 1:
            raise ValueError(f"`units` must be at least 1. Received: units={units}")
        self.units = units
        self.use_bias = use_bias
        self.kernel_initializer = keras.initializers.get(kernel_initializer)
        self.recurrent_initializer = keras.initializers.get(recurrent_initializer)
        self.bias_initializer = keras.initializers.get(bias_initializer)
        self.return_sequences = return_sequences
        self.return_state = return_state
        self.supports_masking = True

    def build(self, inputs_shape):
        """Makes the kernels and the bias, in Keras's own layout."""
        columns = self.gates * self.units
        self.kernel = self.add_weight(
            (inputs_shape[-1], columns), self.kernel_initializer, name="kernel"
        )
        self.recurrent_kernel = self.add_weight(
            (self.units, columns), self.recurrent_initializer, name="recurrent_kernel"
        )
        self.bias = None
        if self.use_bias:
            self.bias = self.add_weight(
                self.bias_shape(), self.initial_bias, name="bias"
            )

    def bias_shape(self):
        """Returns the shape of the bias."""
        return (self.gates * self.units,)

    def initial_bias(self, shape, dtype=None):
        """Returns the bias before training."""
        return self.bias_initializer(shape, dtype)

    def call(self, inputs, initial_state=None, mask=None):
        """Reads a sequence."""
        if initial_state is None:
            initial_state = self.get_initial_state(ops.shape(inputs)[0])
        if not isinstance(initial_state, list | tuple):
            initial_state = [initial_state]
        if len(initial_state) != len(self.states):
            raise ValueError(
                f"`initial_state` must hold one array for each of {self.states}. "
                f"Received: {len(initial_state)}"
            )
        sequence, final = self.recur(self.project(inputs), initial_state, mask)
        outputs = sequence if self.return_sequences else final[0]
        return [outputs, *final] if self.return_state else outputs

    def get_initial_state(self, batch_size):
        """Returns a list of zeros `[B, U]`, one a state."""
        zeros = ops.zeros((batch_size, self.units), self.compute_dtype)
        return [zeros for _ in self.states]

    def project(self, inputs):
        """Multiplies the inputs of all steps by the kernel.

        Args:
            inputs: `[B, T, D]`.

        Returns:
            `[B, T, G * U]`, what the inputs add to the gates before activation.
        """
        projected = ops.matmul(inputs, self.kernel)  # [B, T, G * U]
        return projected if self.bias is None else projected + self.bias

    def recur(self, projected, states, mask=None):
        """Runs the recurrence over inputs that were projected before.

        Args:
            projected: `[B, T, G * U]`.
            states: List of `[B, U]`, one a state.
            mask: `[B, T]` boolean or None.

        Returns:
            Pair of the hidden states of all steps `[B, T, U]`, and the list of final
            states `[B, U]`.
        """
        # Copies, since a gradient by hand is taken of tensors, not of variables.
        weights = [ops.copy(weight) for weight in self.recurrent_weights()]
        states = [ops.cast(state, self.compute_dtype) for state in states]
        if projected.shape[1] == 1 and mask is None:  # one step needs no scan
            final = self.step(projected[:, 0], states, *weights)
            return ops.expand_dims(final[0], 1), list(final)
        steps = ops.swapaxes(projected, 0, 1)  # [T, B, G * U]
        if mask is not None:
            real = ops.cast(ops.swapaxes(mask, 0, 1), steps.dtype)[..., None]
            steps = ops.concatenate([steps, real], axis=-1)  # [T, B, G * U + 1]
        start = ops.concatenate(states, axis=-1)  # [B, states * U]
        path = self.scan(steps, start, *weights)  # [T, B, states * U]
        sequence = ops.swapaxes(path[..., : self.units], 0, 1)  # [B, T, U]
        return sequence, ops.split(path[-1], len(self.states), axis=-1)

    def recurrent_weights(self):
        """Returns the weights used inside the scan, differentiated by hand."""
        return [self.recurrent_kernel]

    @property
    def scan(self):
        """The forward scan with its hand-written gradient, as one function."""

        @ops.custom_gradient
        def scan(steps, start, *weights):
            path = self._forward(steps, start, weights)

            def gradient(*upstream, **named):
                arrived = named.get("upstream", upstream[0] if upstream else None)
                return self._backward(arrived, steps, start, path, weights)

            return path, gradient

        return scan

    def _split_mask(self, steps):
        """Separates `[.., G * U + 1]` into gates and mask; None for no mask."""
        columns = self.gates * self.units
        if steps.shape[-1] == columns:
            return steps, None
        return steps[..., :columns], steps[..., columns:]

    def _forward(self, steps, start, weights):
        """Scans forward; returns all states `[T, B, states * U]`."""

        def body(carry, step):
            projected, real = self._split_mask(step)
            states = ops.split(carry, len(self.states), axis=-1)
            after = ops.concatenate(self.step(projected, states, *weights), axis=-1)
            if real is not None:
                after = real * after + (1 - real) * carry
            return after, after

        return ops.scan(body, start, steps)[1]

    def _backward(self, arrived, steps, start, path, weights):
        """Scans backward; returns gradients of steps, start and weights."""
        projected, real = self._split_mask(steps)
        before = ops.concatenate([start[None], path[:-1]], axis=0)  # [T, B, states*U]
        kept = self.keep(projected, before, path, *weights)  # [T, B, kept]
        width, columns = path.shape[-1], projected.shape[-1]
        parts, borders = [arrived, kept], [width]
        if real is not None:
            parts, borders = [*parts, real], [width, width + kept.shape[-1]]

        def body(carry, step):
            arrived, kept, *real = ops.split(step, borders, axis=-1)
            total = carry[..., :width] + arrived  # gradient of this step's states
            states = ops.split(total, len(self.states), axis=-1)
            gates, earlier = self.step_gradient(states, kept, *weights)
            earlier = ops.concatenate(earlier, axis=-1)
            if real:
                gates = real[0] * gates
                earlier = real[0] * earlier + (1 - real[0]) * total
            carry = ops.concatenate([earlier, gates], axis=-1)
            return carry, carry

        # The gates' gradients ride in the carry: on TensorFlow `scan` can only emit
        # what has the carry's structure.
        carry = ops.pad(ops.zeros_like(start), [[0, 0], [0, columns]])
        steps = ops.concatenate(parts, axis=-1)
        last, emitted = ops.scan(body, carry, steps, reverse=True)
        gates = emitted[..., width:]  # [T, B, G * U]
        of_weights = self.weight_gradients(gates, kept, before)
        if real is not None:
            gates = ops.pad(gates, [[0, 0], [0, 0], [0, 1]])  # the mask has none
        return (gates, last[..., :width], *of_weights)

    def compute_output_shape(self, inputs_shape, initial_state_shape=None):
        """Returns the shapes of what `call` returns."""
        batch, length, _ = inputs_shape
        outputs = (batch, self.units)
        if self.return_sequences:
            outputs = (batch, length, self.units)
        if not self.return_state:
            return outputs
        return [outputs, *[(batch, self.units) for _ in self.states]]

    def compute_mask(self, inputs, mask=None):
        """Hands the mask on where a sequence is returned."""
        passed = mask if self.return_sequences else None
        return [passed, *[None for _ in self.states]] if self.return_state else passed

    def get_config(self):
        """Returns the arguments."""
        serialize = keras.initializers.serialize
        return {
            **super().get_config(),
            "units": self.units,
            "use_bias": self.use_bias,
            "kernel_initializer": serialize(self.kernel_initializer),
            "recurrent_initializer": serialize(self.recurrent_initializer),
            "bias_initializer": serialize(self.bias_initializer),
            "return_sequences": self.return_sequences,
            "return_state": self.return_state,
        }

"""What SimpleRNN, LSTM and GRU share: how a sequence is read.

A subclass gives the equations of one step and of its gradient; `Recurrence` walks them
through time, forward and back. Both products, of the inputs and of the hidden state,
are taken step by step: one product of all inputs before the walk is larger, but on a
CPU writing and reading its result, `[T, B, G * U]`, costs more than it saves. Where
something is to be added to that result first, `project` and `recur` take the two apart.
"""

import keras
from keras import ops

from zoo.layers.backpropagation import Recurrence
from zoo.layers.packed import Packed, unsort
from zoo.layers.recurrent_arguments import RecurrentArguments
from zoo.layers.rows import AliveRows, AllRows, MaskedRows


class Recurrent(RecurrentArguments):
    """Base of the recurrent layers. Not for use on its own.

    See `RecurrentArguments` for the arguments.

    Call arguments:
        inputs: `[B, T, D]`, T at least 1; or `Packed`.
        initial_state: List of `[B, U]`, one a state; where it is None, zeros, or what
            was learned, or what the last batch left.
        mask: `[B, T]` boolean, True = real. A masked step copies the state, so a
            right-padded row gives what it gives alone.
        training: Whether dropout is on. Where it is False, not None, the layer keeps
            nothing for a gradient; one asked for all the same walks forward again.

    Returns:
        `[B, T, U]` or `[B, U]`; with `return_state`, a tuple of that and the final
        states, `[B, U]` each. Of a `Packed`, a `Packed` instead of `[B, T, U]`; first
        and final states stand in the batch's order, not in the sorted one.

    Raises:
        ValueError: An argument is out of range, arguments do not go together, the
            inputs have another shape or batch than they must, or `initial_state` is
            not one array a state.
    """

    def call(self, inputs, initial_state=None, mask=None, training=None):
        """Reads a sequence."""
        if isinstance(inputs, Packed):
            if any(part is not None for part in keras.tree.flatten(mask)):
                raise ValueError(
                    "`mask` must be None for packed sequences, which have no padding. "
                    "Received: a mask"
                )
            return self._read_packed(inputs, initial_state, training)
        self._check_shape(inputs.shape, getattr(mask, "shape", inputs.shape[:2]))
        steps = ops.swapaxes(inputs, 0, 1)  # [T, B, D]
        mask = None if mask is None else ops.swapaxes(mask, 0, 1)  # [T, B]
        if self.go_backwards:
            steps = ops.flip(steps, axis=0)
            mask = None if mask is None else ops.flip(mask, axis=0)
        batch = ops.shape(steps)[1]
        if training and self.dropout:
            steps = steps * self._dropped(self.dropout, (1, batch, steps.shape[-1]))
        rows = AllRows(steps) if mask is None else MaskedRows(steps, mask)
        states = self._first(initial_state, batch)
        sequence, final = self._walk(
            rows, steps, states, self.inputs_weights(), training
        )
        for carried, state in zip(getattr(self, "carried", []), final, strict=False):
            carried.assign(ops.cast(state, carried.dtype))
        if not self.return_sequences:
            return self._with_states(final[0], final)
        if self.zero_output_for_mask and mask is not None:
            sequence = ops.where(mask[..., None], sequence, ops.zeros_like(sequence))
        return self._with_states(ops.swapaxes(sequence, 0, 1), final)  # [B, T, U]

    def _check_shape(self, shape, of_mask):
        """Raises ValueError where the shape of the inputs or the mask cannot be."""
        known = zip(shape[:2], of_mask, strict=False)
        if len(of_mask) != 2 or any(a != b for a, b in known if a and b):
            raise ValueError(
                "`mask` must have the shape [B, T] of the inputs. Received: mask of "
                f"shape {tuple(of_mask)}, inputs of shape {tuple(shape)}"
            )
        rule = None
        if len(shape) != 3:
            rule = "`inputs` must have the shape [B, T, D]"
        elif shape[1] == 0:
            rule = "`inputs` must have at least one step"
        elif self.unroll and shape[1] is None:
            rule = "The number of steps must be known where `unroll` is True"
        elif self.stateful and shape[0] not in (None, self.carried[0].shape[0]):
            rule = (
                "`inputs` must have as many rows as a stateful layer was built for, "
                f"{self.carried[0].shape[0]}"
            )
        if rule:
            raise ValueError(f"{rule}. Received: inputs of shape {tuple(shape)}")

    def _read_packed(self, packed, initial_state, training):
        """Reads packed sequences: each step computes only the rows alive."""
        if keras.backend.backend() != "tensorflow":
            raise ValueError(
                "Packed sequences need TensorFlow, where rows can leave the batch from "
                "step to step; give the padded batch and a mask instead. "
                f"Received: Packed on {keras.backend.backend()}"
            )
        for name in ("go_backwards", "stateful", "unroll"):
            if getattr(self, name):
                raise ValueError(
                    f"`{name}` must be False for packed sequences. Received: True"
                )
        batch = ops.shape(packed.order)[0]
        rows, data = AliveRows(packed), packed.data
        if training and self.dropout:
            drop = self._dropped(self.dropout, (batch, data.shape[-1]))
            drop = ops.take(drop, rows.places % batch, axis=0)  # [N, D]
            data = data * drop
        states = [
            ops.take(state, packed.order, axis=0)
            for state in self._first(initial_state, batch)
        ]
        sequence, final = self._walk(
            rows, data, states, self.inputs_weights(), training
        )
        back = unsort(packed)
        final = [ops.take(state, back, axis=0) for state in final]
        outputs = final[0]
        if self.return_sequences:
            outputs = packed._replace(data=rows.flatten(sequence))  # [N, U]
        return self._with_states(outputs, final)

    def _with_states(self, outputs, final):
        return (outputs, *final) if self.return_state else outputs

    def _first(self, initial_state, batch):
        """Returns the list of states before the first step."""
        if initial_state is None:
            return list(getattr(self, "carried", self.get_initial_state(batch)))
        if not isinstance(initial_state, list | tuple):
            initial_state = [initial_state]
        if len(initial_state) != len(self.states):
            raise ValueError(
                f"`initial_state` must hold one array for each of {self.states}. "
                f"Received: {len(initial_state)}"
            )
        return list(initial_state)

    def _dropped(self, rate, shape):
        """Returns what dropout multiplies by: 0 or 1 / (1 - rate)."""
        ones = ops.ones(shape, self.compute_dtype)
        return keras.random.dropout(ones, rate, seed=self.seed_generator)

    def _walk(self, rows, steps, states, inputs_weights, training):
        """Runs the recurrence; returns `[T, B, U]` and the list of final states."""
        states = [ops.cast(state, self.compute_dtype) for state in states]
        # Copies, since a gradient by hand is taken of tensors, not of variables.
        kernel, *others = [ops.copy(weight) for weight in self.recurrent_weights()]
        if training and self.recurrent_weight_dropout:
            kernel = kernel * self._dropped(self.recurrent_weight_dropout, kernel.shape)
        drop = None
        if training and self.recurrent_dropout:
            drop = self._dropped(self.recurrent_dropout, (rows.batch, self.units))
        keep = training is not False
        recurrence = Recurrence(self, rows, drop, self.unroll, keep)
        if type(rows) is AllRows and steps.shape[0] == 1:  # one step needs no scan
            return recurrence.single(steps, states, inputs_weights, [kernel, *others])
        return recurrence.run(steps, states, inputs_weights, [kernel, *others])

    def inputs_weights(self):
        """Returns the kernel, and the bias where there is one, as tensors."""
        bias = [] if self.bias is None else [ops.copy(self.bias)]
        return [ops.copy(self.kernel), *bias]

    def recurrent_weights(self):
        """Returns what the recurrent product needs, its kernel first."""
        return [self.recurrent_kernel]

    def project(self, inputs):
        """Multiplies the inputs of all steps by the kernel.

        Args:
            inputs: `[B, T, D]`.

        Returns:
            `[B, T, G * U]`, what the inputs add to the gates before activation.
        """
        kernel, *bias = self.inputs_weights()
        projected = ops.matmul(inputs, kernel)  # [B, T, G * U]
        return projected + bias[0] if bias else projected

    def recur(self, projected, states, mask=None, training=None):
        """Runs the recurrence over inputs that were projected before.

        It reads forward, from the states given: `go_backwards`, `stateful` and
        `zero_output_for_mask` are arguments of the call alone.

        Args:
            projected: `[B, T, G * U]`.
            states: List of `[B, U]`, one a state.
            mask: `[B, T]` boolean or None.
            training: Whether recurrent dropout is on.

        Returns:
            Pair of the hidden states of all steps `[B, T, U]`, and the list of final
            states `[B, U]`.
        """
        steps = ops.swapaxes(projected, 0, 1)  # [T, B, G * U]
        rows = AllRows(steps)
        if mask is not None:
            rows = MaskedRows(steps, ops.swapaxes(mask, 0, 1))
        sequence, final = self._walk(rows, steps, states, [], training)
        return ops.swapaxes(sequence, 0, 1), final

    def compute_output_shape(self, inputs_shape, initial_state_shape=None):
        """Returns the shapes of what `call` returns."""
        batch, length, _ = inputs_shape
        outputs = (batch, self.units)
        if self.return_sequences:
            outputs = (batch, length, self.units)
        return self._with_states(outputs, [(batch, self.units) for _ in self.states])

    def compute_mask(self, inputs, mask=None):
        """Hands the mask on where a sequence is returned."""
        passed = mask if self.return_sequences else None
        return [passed, *[None for _ in self.states]] if self.return_state else passed

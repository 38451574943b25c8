"""Backpropagation through time, written by hand.

A recurrence computes, from t = 1 to T and with the same weights at every step,

    sums_t   = x_t W + bias
    states_t = step(sums_t, states_(t-1), weights)

Its gradient walks back from t = T to 1. What reaches the states of step t is the sum
of what its own output sends down and what step t + 1 sends back:

    total_t          = upstream_t + earlier_(t+1)
    gates_t, earlier_t = step_gradient(total_t, ...)

`gates_t` is the gradient of the sums. A weight is used at every step, so its gradient
is the sum over all of them: one matrix product over the whole path, after the walk.

    d W = sum_t x_t^T gates_t        d x_t = gates_t W^T        d bias = sum_t gates_t

Autodiff through a loop finds the same numbers; it takes each step's share of the
weights' gradient inside the loop, a small product and a sum as large as the weights at
every step.

Reference:
    Werbos 1990, "Backpropagation Through Time: What It Does and How to Do It".
"""

from keras import ops


class Recurrence:
    """A layer's recurrence over the rows of a batch, and its gradient.

    Args:
        layer: A `Recurrent` layer, for its equations `step`, `step_gradient` and
            `weight_gradients`, and for `states` and `keeps`.
        rows: `AllRows`, `MaskedRows` or `AliveRows`.
        drop: `[B, U]`, factors of the hidden state where the recurrent product reads
            it (recurrent dropout, the same at every step), or None.
        unroll: Whether to write every step into the graph instead of a loop.
        keep: Whether to keep what the gradient of each step needs; where not, the
            gradient walks forward once more to find it.
    """

    def __init__(self, layer, rows, drop=None, unroll=False, keep=True):
        self.layer = layer
        self.rows = rows
        self.drop = drop
        self.unroll = unroll
        self.keep = keep
        self.count = len(layer.states)

    def run(self, steps, states, inputs_weights, weights):
        """Runs the recurrence.

        Args:
            steps: Inputs in time-major order, `[T, B, D]`; `[N, D]` of packed rows.
            states: List of `[B, U]`, the states before the first step.
            inputs_weights: `[kernel]`, `[kernel, bias]`, or `[]` for inputs that
                were projected before.
            weights: List of what the recurrent product needs; its kernel is first.

        Returns:
            Pair of the hidden states of all steps `[T, B, U]`, and the list of final
            states `[B, U]`.
        """
        project = len(inputs_weights)

        @ops.custom_gradient
        def recur(steps, *arguments):
            states = list(arguments[: self.count])
            entrance = arguments[self.count : self.count + project]
            weights = arguments[self.count + project :]
            walk = (steps, states, entrance, weights)
            path = self.forward(*walk, self.keep)

            def gradient(*arrived, upstream=None):
                arrived = arrived if upstream is None else upstream
                arrived = arrived[0] if len(arrived) == 1 else arrived
                whole = path if self.keep else self.forward(*walk)
                gates, first = self.backward(arrived, states, whole, weights)
                return self.gradients(gates, first, steps, states, whole, entrance)

            final = [of_state[-1] for of_state in path[: self.count]]
            return (path[0], *final), gradient

        sequence, *final = recur(steps, *states, *inputs_weights, *weights)
        return sequence, final

    def single(self, steps, states, inputs_weights, weights):
        """Takes one step without a loop; autodiff finds its gradient.

        Returns:
            As `run`.
        """
        read = self.read(states[0], 0)
        sums = self.sums(steps, 0, inputs_weights)
        after, _ = self.layer.step(sums, states, read, *weights)
        return after[0][None], after

    def sums(self, steps, step, entrance):
        """Returns what the inputs of a step add to the gates, `[B, G * U]`."""
        inputs = self.rows.take(steps, step)
        if not entrance:
            return inputs
        kernel, *bias = entrance
        projected = ops.matmul(inputs, kernel)
        return projected + bias[0] if bias else projected

    def read(self, hidden, step):
        """Returns the hidden state as the recurrent product reads it."""
        if self.drop is None:
            return hidden
        return hidden * self.rows.narrow(self.drop, step)

    def forward(self, steps, states, entrance, weights, keep=True):
        """Walks forward; returns the path of each state, then of each thing kept."""
        rows, count = self.rows, self.count

        def body(carry, step):
            before = [rows.narrow(state, step) for state in carry[:count]]
            read = self.read(before[0], step)
            sums = self.sums(steps, step, entrance)
            after, kept = self.layer.step(sums, before, read, *weights)
            kept = kept if keep else []
            merged = [
                rows.merge(*pair, step) for pair in zip(after, carry, strict=False)
            ]
            filled = [
                rows.fill(*pair, step) for pair in zip(kept, carry[count:], strict=True)
            ]
            carry = [*merged, *filled]
            return carry, carry

        empty = [ops.zeros_like(states[0])] * (self.layer.keeps if keep else 0)
        return self.scan(body, [*states, *empty])[1]

    def backward(self, arrived, states, path, weights):
        """Walks back.

        Args:
            arrived: Gradients of the hidden path `[T, B, U]` and of each final state.
            states: The states before the first step.
            path: What `forward` returned.
            weights: The recurrent weights.

        Returns:
            Gradients of the sums of every step `[T, B, G * U]`, and the list of those
            of the first states.
        """
        rows, count, layer = self.rows, self.count, self.layer
        upstream, *final = arrived
        before = [_shift(*pair) for pair in zip(states, path, strict=False)]
        transposed = ops.transpose(weights[0])

        def body(carry, step):
            total = [carry[0] + upstream[step], *carry[1:count]]
            here = [rows.narrow(part, step) for part in total]
            old, new, kept = (
                [rows.narrow(part[step], step) for part in parts]
                for parts in (before, path[:count], path[count:])
            )
            read = self.read(old[0], step)
            gates, of_read, earlier = layer.step_gradient(
                here, old, new, kept, read, transposed
            )
            earlier[0] = earlier[0] + self.read(of_read, step)
            carry = [
                rows.merge(*pair, step) for pair in zip(earlier, total, strict=True)
            ]
            carry.append(rows.merge(gates, nothing, step))
            return carry, carry

        # The gates' gradients ride in the carry: on TensorFlow `scan` can only emit
        # what has the carry's structure.
        nothing = ops.zeros((rows.batch, layer.gates * layer.units), upstream.dtype)
        carry, emitted = self.scan(body, [*final, nothing], reverse=True)
        return emitted[count], list(carry[:count])

    def gradients(self, gates, first, steps, states, path, entrance):
        """Turns the gates' gradients into those of inputs, states and weights."""
        rows = self.rows
        flat = rows.flatten(gates)  # [N, G * U]
        hidden = rows.flatten(_shift(states[0], path[0]))  # [N, U]
        read = hidden if self.drop is None else hidden * self._drop_of_every_step()
        kept = [rows.flatten(part) for part in path[self.count :]]
        of_weights = self.layer.weight_gradients(flat, read, kept)
        if not entrance:
            return (ops.reshape(flat, ops.shape(steps)), *first, *of_weights)
        kernel, *bias = entrance
        inputs = ops.reshape(steps, (-1, steps.shape[-1]))  # [N, D]
        of_entrance = [ops.matmul(ops.transpose(inputs), flat)]  # [D, G * U]
        if bias:
            of_entrance.append(ops.sum(flat, axis=0))
        of_inputs = ops.matmul(flat, ops.transpose(kernel))  # [N, D]
        of_inputs = ops.reshape(of_inputs, ops.shape(steps))
        return (of_inputs, *first, *of_entrance, *of_weights)

    def _drop_of_every_step(self):
        shape = (self.rows.length, *ops.shape(self.drop))
        return self.rows.flatten(ops.broadcast_to(self.drop, shape))

    def scan(self, body, carry, reverse=False):
        """Runs `body(carry, step) -> (carry, emitted)` over all steps."""
        if not self.unroll:
            # Over the steps' numbers: several inputs of unknown length cannot be
            # scanned on TensorFlow.
            steps = ops.arange(self.rows.length)
            return ops.scan(body, carry, steps, reverse=reverse)
        emitted = []
        for step in range(self.rows.length)[:: -1 if reverse else 1]:
            carry, out = body(carry, step)
            emitted.append(out)
        if reverse:
            emitted.reverse()
        return carry, [ops.stack(part) for part in zip(*emitted, strict=True)]


def _shift(start, path):
    """Returns what each step found: `start`, then the path without its last step."""
    return ops.concatenate([start[None], path[:-1]], axis=0)

"""Greedy decoding: at each step, the most probable token."""

from keras import ops

from zoo.decode.sizes import at_least_one
from zoo.tokens import PAD


def greedy(step, state, batch, *, start, end, max_length):
    """Decodes every row of a batch by taking the most probable token at each step.

    Of equally probable tokens the lowest id is taken. A row that has ended is fed and
    given PAD from there on; decoding stops when every row has ended.

    Args:
        step: function `(tokens [B], state) -> (log_probs [B, V], state)`.
        state: nested structure of tensors [B, ...], as `step` returns it.
        batch: int or scalar int32 tensor >= 0, the number of rows B.
        start: int, the token fed to the first step; it is not part of the result.
        end: int, the token that ends a row; it is part of the result.
        max_length: int >= 1 or scalar tensor, the most tokens of a row, `end` included.

    Returns:
        `(tokens, scores)`: `tokens` int32 [B, max_length], PAD after `end`; `scores`
        float32 [B], the sum of the log-probabilities of the tokens, `end` included.

    Raises:
        ValueError: `max_length` is not an integer >= 1.
    """
    steps = at_least_one("max_length", max_length)
    columns = ops.arange(steps, dtype="int32")[None]  # [1, T]

    def unfinished(time, last, tokens, scores, ended, state):
        return ops.logical_and(time < steps, ops.any(ops.logical_not(ended)))

    def advance(time, last, tokens, scores, ended, state):
        log_probs, state = step(last, state)  # [B, V]
        # A top-k of one, as in `beam`, so that ties are settled alike.
        gains, best = ops.top_k(log_probs, 1)  # [B, 1] twice
        gains = ops.cast(ops.reshape(gains, (batch,)), "float32")  # [B]
        best = ops.cast(ops.reshape(best, (batch,)), "int32")  # [B]
        last = ops.where(ended, PAD, best)
        scores = scores + ops.where(ended, 0.0, gains)
        # A whole-width choice, since slice_update is an XLA op on TensorFlow.
        tokens = ops.where(columns == time, last[:, None], tokens)  # [B, T]
        ended = ops.logical_or(ended, last == end)
        return time + 1, last, tokens, scores, ended, state

    _, _, tokens, scores, _, _ = ops.while_loop(
        unfinished,
        advance,
        (
            ops.zeros((), dtype="int32"),
            ops.full((batch,), start, dtype="int32"),
            ops.full((batch, steps), PAD, dtype="int32"),
            ops.zeros((batch,), dtype="float32"),
            ops.zeros((batch,), dtype="bool"),
            state,
        ),
    )
    return tokens, scores

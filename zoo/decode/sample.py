"""Sampling: draw each token from the model, made sharper or cut to the likeliest."""

from keras import ops

from zoo.tokens import END, PAD, START, UNKNOWN

BARRED = (PAD, UNKNOWN, START, END)  # they are no characters


def sample(step, state, last, *, uniforms, lengths, temperature, top_k, barred=BARRED):
    """Writes every row of a batch token by token, each drawn from the model.

        p(v) is proportional to p_model(v) ** (1 / temperature), v among the top k

    The draw inverts the cumulative distribution, most probable token first, at a number
    that is given. So the text is a function of model, state and numbers: the same
    numbers write the same text, whatever else is in the batch.

    Args:
        step: function `(tokens [B], state) -> (log_probs [B, V], state)`.
        state: nested structure of tensors [B, ...], as `step` returns it.
        last: int [B], the token fed to the first step; not part of the result.
        uniforms: float [B, T] in [0, 1), one number a token.
        lengths: int [B], how many tokens each row writes, at most T.
        temperature: float [B]; 1 leaves the distribution as it is, less makes it
            sharper, and 0 takes the most probable token.
        top_k: int [B], among how many tokens the draw is; 0 for all.
        barred: ids that are never written; fewer than V.

    Returns:
        int32 [B, T], PAD after a row's length.

    Reference: Fan et al. 2018, "Hierarchical Neural Story Generation", section 5.4, for
    the draw among the top k.
    """
    lengths, top_k = ops.cast(lengths, "int32"), ops.cast(top_k, "int32")
    temperature = ops.cast(temperature, "float32")
    greedy = temperature <= 0  # [B]
    sharpness = 1.0 / ops.where(greedy, 1.0, temperature)  # [B]
    columns = ops.arange(ops.shape(uniforms)[1], dtype="int32")[None]  # [1, T]
    most = ops.max(ops.concatenate([lengths, ops.zeros((1,), "int32")]))

    def unfinished(time, last, tokens, state):
        return time < most

    def advance(time, last, tokens, state):
        log_probs, state = step(last, state)  # [B, V]
        uniform = ops.take(uniforms, time, axis=1)  # [B]
        drawn = _draw(log_probs, uniform, sharpness, greedy, top_k, barred)  # [B]
        last = ops.where(time < lengths, drawn, PAD)
        # A whole-width choice, since slice_update is an XLA op on TensorFlow.
        tokens = ops.where(columns == time, last[:, None], tokens)  # [B, T]
        return time + 1, last, tokens, state

    tokens = ops.full(ops.shape(uniforms), PAD, "int32")
    first = (ops.zeros((), "int32"), ops.cast(last, "int32"), tokens, state)
    return ops.while_loop(unfinished, advance, first)[2]


def _draw(log_probs, uniform, sharpness, greedy, top_k, barred):
    """Draws a token a row; see `sample`."""
    size = log_probs.shape[-1]
    allowed = size - len(barred)
    ids = ops.arange(size, dtype="int32")
    forbidden = ops.any(ids[:, None] == ops.convert_to_tensor(barred)[None], axis=1)
    log_probs = ops.where(forbidden, -1e9, ops.cast(log_probs, "float32"))
    values, ranked = ops.top_k(log_probs, size)  # [B, V] twice, best first
    kept = ops.where(top_k == 0, allowed, ops.minimum(top_k, allowed))  # [B]
    # Relative to the best, whose weight is 1: nothing overflows, however sharp.
    weights = ops.exp((values - values[:, :1]) * sharpness[:, None])  # [B, V]
    weights = ops.where(ids[None] < kept[:, None], weights, 0.0)
    cumulative = ops.cumsum(weights, axis=-1)  # [B, V]
    aim = uniform[:, None] * cumulative[:, -1:]  # [B, 1]
    # The first place that reaches the aim: one of weight 0 never does.
    place = ops.sum(ops.cast(cumulative < aim, "int32"), axis=-1)  # [B]
    place = ops.where(greedy, 0, place)
    chosen = ops.take_along_axis(ops.cast(ranked, "int32"), place[:, None], axis=-1)
    return chosen[:, 0]

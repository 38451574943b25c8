"""Beam search: keep the K best beginnings of each row, extend them all, keep K again.

The B * K hypotheses of a batch lie in one flat list of N = B * K, the K of a row side
by side, so a step sees them as a larger batch. Everything that belongs to a
hypothesis, the model's state included, moves with it in one `tree.map_structure`.

Reference: Wu et al. 2016, "Google's neural machine translation system", equation 14,
for the length penalty (without the coverage penalty).
"""

from keras import ops, tree

from zoo.decode.sizes import at_least_one, smaller
from zoo.tokens import PAD

NEVER = -1e9
"""The score of a hypothesis that does not exist; half of it is the border, so that
tokens a model forbids with `NEVER` or minus infinity make no hypothesis either."""


def beam(
    step, state, batch, *, start, end, width, length_penalty, max_width, max_length
):
    """Decodes every row of a batch by beam search.

    A hypothesis that has ended stays in the beam, where its only continuation is PAD
    at no cost. Beginnings are ranked, at each step as at the end, by

        sum of log-probabilities / ((5 + length) / 6) ** length_penalty

    where the length counts the tokens, `end` included. Decoding stops when every
    hypothesis of every row has ended.

    What the hypotheses of a row share and no step changes (an encoder's memory) is
    cheaper outside the state, repeated by the caller: `ops.repeat(memory, K, axis=0)`.

    Args:
        step: function `(tokens [N], state) -> (log_probs [N, V], state)`.
        state: nested structure of tensors [B, ...], one row each; repeated here to
            [B * K, ...], the form in which `step` gets and returns it.
        batch: int or scalar int32 tensor >= 0, the number of rows B.
        start: int, the token fed to the first step; it is not part of the result.
        end: int, the token that ends a hypothesis; it is part of the result.
        width: int [B], how many hypotheses each row keeps, at most `max_width`.
        length_penalty: float [B], the exponent; 0 ranks by the sum alone, a larger
            one favours longer hypotheses.
        max_width: int >= 1 or scalar tensor, the places K of every row.
        max_length: int >= 1 or scalar tensor, the most tokens, `end` included.

    Returns:
        `(tokens, scores)`, best first: `tokens` int32 [B, K, max_length], PAD after
        `end`; `scores` float32 [B, K], normalised as above. Spare places (beyond the
        row's width, or for want of a hypothesis) hold PAD and -1e9.

    Raises:
        ValueError: `max_width` or `max_length` is not an integer >= 1.
    """
    places = at_least_one("max_width", max_width)
    steps = at_least_one("max_length", max_length)
    everyone = (batch * places,)  # the shape [N]
    rows = ops.arange(batch, dtype="int32")[:, None]  # [B, 1]
    place = ops.arange(places, dtype="int32")[None]  # [1, K]
    row = ops.reshape(rows + ops.zeros_like(place), everyone)  # [N]
    place = ops.reshape(ops.zeros_like(rows) + place, everyone)  # [N]
    wanted = place < _per_hypothesis(width, "int32", batch, row)  # [N]
    exponent = _per_hypothesis(length_penalty, "float32", batch, row)  # [N]
    columns = ops.arange(steps, dtype="int32")[None]  # [1, T]

    def unfinished(time, scores, hypotheses):
        live = ops.logical_and(_exists(scores), ops.logical_not(hypotheses["ended"]))
        return ops.logical_and(time < steps, ops.any(live))

    def advance(time, scores, hypotheses):
        log_probs, new_state = step(hypotheses["last"], hypotheses["state"])  # [N, V]
        ended = hypotheses["ended"]
        tokens, sums = _continuations(log_probs, scores, ended, places)  # [N, C] twice
        length = hypotheses["length"] + ops.cast(ops.logical_not(ended), "int32")
        ranks = _normalised(sums, length[:, None], exponent[:, None])  # [N, C]
        each = ops.shape(ranks)[-1]
        ranks = ops.reshape(ranks, (batch, places * each))  # [B, K * C]
        best = ops.cast(ops.top_k(ranks, places)[1], "int32")  # [B, K]
        chosen = ops.reshape(best + rows * (places * each), everyone)  # [N], of N * C
        parents = chosen // each  # [N]
        last = ops.take(ops.reshape(tokens, (-1,)), chosen)  # [N]
        scores = ops.take(ops.reshape(sums, (-1,)), chosen)  # [N]
        hypotheses = {**hypotheses, "length": length, "state": new_state}
        hypotheses = ops.cond(
            ops.equal(places, 1),  # everyone goes on from itself
            lambda: hypotheses,
            lambda: tree.map_structure(
                lambda leaf: ops.take(leaf, parents, axis=0), hypotheses
            ),
        )
        hypotheses["last"] = last
        hypotheses["ended"] = ops.logical_or(hypotheses["ended"], last == end)
        # A whole-width choice, since slice_update is an XLA op on TensorFlow.
        hypotheses["tokens"] = ops.where(
            columns == time, last[:, None], hypotheses["tokens"]
        )  # [N, T]
        return time + 1, ops.where(wanted, scores, NEVER), hypotheses

    # All places of a row start alike: only the first may exist, or all would stay so.
    first = ops.logical_and(wanted, place == 0)  # [N]
    _, scores, hypotheses = ops.while_loop(
        unfinished,
        advance,
        (
            ops.zeros((), dtype="int32"),
            ops.cast(ops.where(first, 0.0, NEVER), "float32"),
            {
                "last": ops.full(everyone, start, dtype="int32"),
                "ended": ops.zeros(everyone, dtype="bool"),
                "length": ops.zeros(everyone, dtype="int32"),
                "tokens": ops.full((*everyone, steps), PAD, dtype="int32"),
                "state": tree.map_structure(
                    lambda leaf: ops.take(leaf, row, axis=0), state
                ),
            },
        ),
    )
    tokens = ops.where(_exists(scores)[:, None], hypotheses["tokens"], PAD)  # [N, T]
    scores = _normalised(scores, hypotheses["length"], exponent)  # [N]
    return (
        ops.reshape(tokens, (batch, places, steps)),
        ops.reshape(scores, (batch, places)),
    )


def _per_hypothesis(option, dtype, batch, row):
    """Gives each hypothesis the option of its row: [B] -> [N]."""
    option = ops.reshape(ops.convert_to_tensor(option), (batch,))
    return ops.take(ops.cast(option, dtype), row, axis=0)


def _exists(scores):
    return scores > NEVER / 2


def _normalised(sums, length, exponent):
    """Divides sums of log-probabilities by the length penalty, spare places aside."""
    penalty = ops.power((5.0 + ops.cast(length, "float32")) / 6.0, exponent)
    return ops.where(_exists(sums), sums / penalty, NEVER)


def _continuations(log_probs, scores, ended, places):
    """The C = min(K, V) best continuations of each hypothesis, best first.

    The K best of a row are among the K best of each of its hypotheses, since the
    length penalty is one for all continuations of a hypothesis. So the vocabulary is
    read once, unsorted, and all that follows works on K * C candidates, not K * V.

    Args:
        log_probs: float [N, V].
        scores: float32 [N], the sums so far.
        ended: bool [N].
        places: int or scalar tensor, K.

    Returns:
        `(tokens, sums)`: int32 [N, C] and float32 [N, C].
    """
    kept = smaller(places, ops.shape(log_probs)[-1])
    gains, tokens = ops.top_k(log_probs, kept)  # [N, C] twice
    only = ops.where(ops.arange(kept, dtype="int32")[None] == 0, 0.0, NEVER)  # [1, C]
    only, gains = ops.cast(only, "float32"), ops.cast(gains, "float32")
    gains = ops.where(ended[:, None], only, gains)
    sums = scores[:, None] + gains  # [N, C]
    tokens = ops.where(ended[:, None], PAD, ops.cast(tokens, "int32"))
    return tokens, ops.where(_exists(sums), sums, NEVER)

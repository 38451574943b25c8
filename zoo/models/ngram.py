"""Counted n-gram model in a graph: the floor that every network must beat."""

import keras
from keras import ops

from zoo.layers.places import last_steps
from zoo.models.ngram_counts import (
    Table,
    check_base,
    check_order,
    check_smoothing,
    find,
    lengths,
)
from zoo.tokens import START


@keras.saving.register_keras_serializable(package="zoo")
class NGram(keras.Model):
    """N-gram model in a graph; `NGram.of` makes one of counted tables.

    The tables are its weights, integers that are not trained. A context is looked up
    by binary search, and so is each token that may follow: nothing of size C * V is
    ever made.

    Args:
        order: Positive integer n: n - 1 tokens of context.
        vocabulary_size: Positive integer V.
        k: Positive float, what is added to every count.
        prior: `"uniform"` or `"shorter"`.
        sizes: List of pairs C, P, the sizes of the tables used, shortest context first:
            n of them where the prior is shorter, 1 where it is uniform.

    Call arguments:
        tokens: `[B, T]` integers; START, then the text as far as it is known.

    Returns:
        Log-probabilities of each next token `[B, T, V]`, float32 under any policy.

    Raises:
        ValueError: An argument is out of its range, or a code would not fit into 32
            bits.
    """

    def __init__(self, order, vocabulary_size, k, prior, sizes, **kwargs):
        super().__init__(**kwargs)
        check_order(order, vocabulary_size)
        check_smoothing(k, prior)
        self.order = order
        self.vocabulary_size = vocabulary_size
        self.k = k
        self.prior = prior
        self.sizes = [list(pair) for pair in sizes]
        self.supports_masking = True  # padding on the right reaches no step before it
        self.tables = [
            self._make_table(length, *pair)
            for length, pair in zip(lengths(order, prior), sizes, strict=True)
        ]
        self.built = True  # its weights are there

    def _make_table(self, length, contexts, pairs):
        """Makes the weights of the table for contexts of one length."""
        sizes = dict(contexts=contexts, totals=contexts, pairs=pairs, counts=pairs)
        weights = [
            self.add_weight(
                (size,), "zeros", "int32", trainable=False, name=f"{name}_{length}"
            )
            for name, size in sizes.items()
        ]
        return Table(*weights)

    @classmethod
    def of(cls, tables, vocabulary_size, k, prior="uniform", **kwargs):
        """Makes the model of counted tables.

        Args:
            tables: From `count`.
            vocabulary_size: Positive integer V.
            k: Positive float, such as `choose` chose.
            prior: `"uniform"` or `"shorter"`.
            **kwargs: Further arguments of the model, such as `name`.

        Returns:
            The model.

        Raises:
            ValueError: `k` is not positive, `prior` not known, or the tables were
                counted with another V.
        """
        check_smoothing(k, prior)
        check_base(tables, vocabulary_size)
        used = [tables[length] for length in lengths(len(tables), prior)]
        sizes = [(len(table.contexts), len(table.pairs)) for table in used]
        model = cls(len(tables), vocabulary_size, k, prior, sizes, **kwargs)
        model.set_weights([array for table in used for array in table[:4]])
        return model

    def initial_state(self, batch, length=None, memory=None):
        """Returns the state before the first step: START as far back as is seen.

        Args:
            batch: Integer B.
            length: Not used: the state has the context's length.
            memory: Not used: there is none.

        Returns:
            Dictionary of the tokens before, `[B, n - 1]` integers.
        """
        return {"tokens": ops.full((batch, self.order - 1), START, "int32")}

    def step(self, tokens, state):
        """Reads a token; the step function of `zoo.decode`.

        Args:
            tokens: `[B]` integers.
            state: From `initial_state`, or what the last step returned.

        Returns:
            Pair of the next token's log-probabilities `[B, V]` and the state.
        """
        log_probs, state = self.read(tokens[:, None], state)
        return log_probs[:, 0], state

    def read(self, tokens, state):
        """Reads many tokens at once, as `step` reads one.

        Args:
            tokens: `[B, T]` integers.
            state: From `initial_state`, or what the last call returned.

        Returns:
            Pair of every next token's log-probabilities `[B, T, V]` and the state.
        """
        size = self.vocabulary_size
        before = state["tokens"]
        joined = ops.concatenate([before, ops.cast(tokens, "int32")], axis=1)
        added = self.k * size
        probabilities = ops.full((1, 1, size), 1.0 / size, "float32")
        for length, table in zip(
            lengths(self.order, self.prior), self.tables, strict=True
        ):
            codes = ops.zeros_like(joined[:, self.order - 1 :])  # [B, T]
            for back in range(length):  # 0 is the token just read
                steps = joined[:, self.order - 1 - back : -back or None]  # [B, T]
                codes = codes + steps * size**back
            place, known = find(ops, table.contexts, codes)  # [B, T]
            totals = ops.where(known, ops.take(table.totals, place), 0)[..., None]
            pairs = place[..., None] * size + ops.arange(size)  # [B, T, V]
            pair, seen = find(ops, table.pairs, pairs)
            seen = ops.logical_and(seen, known[..., None])
            counts = ops.where(seen, ops.take(table.counts, pair), 0)
            counts, totals = ops.cast(counts, "float32"), ops.cast(totals, "float32")
            probabilities = (counts + added * probabilities) / (totals + added)
        # No lower than float32 can tell from 0, whose logarithm is no number.
        log_probs = ops.log(ops.maximum(probabilities, 1e-37))  # [B, T, V]
        return log_probs, {"tokens": last_steps(joined, self.order - 1)}

    def call(self, tokens):
        """Scores texts that are known."""
        return self.read(tokens, self.initial_state(ops.shape(tokens)[0]))[0]

    def get_config(self):
        """Returns the arguments."""
        return {
            **super().get_config(),
            "order": self.order,
            "vocabulary_size": self.vocabulary_size,
            "k": self.k,
            "prior": self.prior,
            "sizes": self.sizes,
        }

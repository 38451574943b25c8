"""Attention over a memory: additive, and scaled dot-product in several heads."""

import math

import keras
from keras import ops


def masked_softmax(scores, mask):
    """Softmax over the last axis with masked places left out.

    Args:
        scores: `[..., S]`.
        mask: Boolean, broadcasts against `scores`, True = may be attended to; or
            None. A row with no such place gets equal weights, not NaN.

    Returns:
        Weights `[..., S]` that sum to 1.
    """
    if scores.shape[-1] == 1:
        return ops.ones_like(scores)  # the only place gets all
    if mask is not None:
        # Finite, so that a row without any real place stays finite too.
        lowest = ops.cast(-1e9 if scores.dtype == "float32" else -3e4, scores.dtype)
        scores = ops.where(mask, scores, lowest)
    return ops.softmax(scores, axis=-1)


@keras.saving.register_keras_serializable(package="zoo")
class AdditiveAttention(keras.layers.Layer):
    """Additive attention: a one-hidden-layer network scores every place.

        score(query, key) = scale . tanh(query W_q + key W_k)
        context           = sum of softmax(score) * value

    Args:
        units: Positive integer A, width of the scoring network.

    Call arguments:
        query: `[B, T, U]`, of any width U.
        keys: `[B, S, A]`, from `project_keys`, so that they are computed once.
        values: `[B, S, D]`.
        memory_mask: `[B, S]` boolean, True = real, or None. Not called `mask`, for
            Keras would take that for the mask of the query.

    Returns:
        Pair of contexts `[B, T, D]` and weights `[B, T, S]`.

    Raises:
        ValueError: `units` is not positive.

    Reference:
        Bahdanau et al. 2015, "Neural Machine Translation by Jointly Learning to
        Align and Translate", appendix A.1.2.
    """

    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        if units < 1:
            raise ValueError(f"`units` must be at least 1. Received: units={units}")
        self.units = units
        self.supports_masking = True  # each query's context has the query's mask
        dtype = self.dtype_policy
        self.query_layer = keras.layers.Dense(
            units, use_bias=False, dtype=dtype, name="query"
        )
        self.key_layer = keras.layers.Dense(units, dtype=dtype, name="key")

    def build(self, query_shape, keys_shape=None, values_shape=None):
        """Makes the scoring network's weights."""
        self.query_layer.build(query_shape)
        if not self.key_layer.built:  # keys may have been projected before
            self.key_layer.build(values_shape)
        self.scale = self.add_weight((self.units,), "glorot_uniform", name="scale")

    def project_keys(self, values):
        """Maps the memory `[B, S, D]` to keys `[B, S, A]`."""
        return self.key_layer(values)

    def call(self, query, keys, values, memory_mask=None):
        """Attends to the memory from every step."""
        query = ops.expand_dims(self.query_layer(query), 2)  # [B, T, 1, A]
        hidden = ops.tanh(query + ops.expand_dims(keys, 1))  # [B, T, S, A]
        scores = ops.matmul(hidden, self.scale[:, None])[..., 0]  # [B, T, S]
        if memory_mask is not None:
            memory_mask = ops.expand_dims(memory_mask, 1)  # [B, 1, S]
        weights = masked_softmax(scores, memory_mask)
        return ops.matmul(weights, values), weights

    def get_config(self):
        """Returns the arguments."""
        return {**super().get_config(), "units": self.units}


@keras.saving.register_keras_serializable(package="zoo")
class MultiHeadAttention(keras.layers.Layer):
    """Scaled dot-product attention in several heads.

        head_h  = softmax(Q_h K_h^T / sqrt(D / H)) V_h
        outputs = concat(head_1 ... head_H) W_o

    Keys and values are projected by `project_memory`, apart from the call, so that a
    decoder can compute them once for a memory or keep them in a cache.

    Args:
        width: Positive integer D, a multiple of `heads`.
        heads: Positive integer H.
        dropout: Float in [0, 1), dropout on the attention weights.

    Call arguments:
        query: `[B, T, D]`.
        keys: `[B, S, D]`, from `project_memory`.
        values: `[B, S, D]`, from `project_memory`.
        attention_mask: Boolean, broadcasts against `[B, T, S]`, True = may be attended
            to; or None.

    Returns:
        Pair of outputs `[B, T, D]` and weights `[B, H, T, S]`.

    Raises:
        ValueError: `width` is not a positive multiple of `heads`.

    Reference:
        Vaswani et al. 2017, "Attention Is All You Need", sections 3.2.1 and 3.2.2.
    """

    def __init__(self, width, heads=8, dropout=0.0, **kwargs):
        super().__init__(**kwargs)
        if heads < 1 or width < 1 or width % heads:
            raise ValueError(
                "`width` must be a positive multiple of `heads`. "
                f"Received: width={width}, heads={heads}"
            )
        self.width = width
        self.heads = heads
        self.dropout = dropout
        self.supports_masking = True  # each query's output has the query's mask
        dtype = self.dtype_policy
        self.query_layer = keras.layers.Dense(width, dtype=dtype, name="query")
        self.key_layer = keras.layers.Dense(width, dtype=dtype, name="key")
        self.value_layer = keras.layers.Dense(width, dtype=dtype, name="value")
        self.output_layer = keras.layers.Dense(width, dtype=dtype, name="output")
        self.drop = keras.layers.Dropout(dropout, dtype=dtype)

    def build(self, query_shape, keys_shape=None, values_shape=None):
        """Makes the four projections' weights."""
        self.query_layer.build(query_shape)
        memory_shape = (*query_shape[:-1], self.width)
        if not self.key_layer.built:  # a memory may have been projected before
            self.key_layer.build(memory_shape)
            self.value_layer.build(memory_shape)
        self.output_layer.build(memory_shape)

    def project_memory(self, memory):
        """Maps a memory `[B, S, D]` to keys and values, `[B, S, D]` each."""
        return self.key_layer(memory), self.value_layer(memory)

    def call(self, query, keys, values, attention_mask=None, training=None):
        """Attends from every query to every place its mask allows."""
        query = self._split(self.query_layer(query))  # [B, H, T, D / H]
        keys, values = self._split(keys), self._split(values)  # [B, H, S, D / H]
        scale = 1.0 / math.sqrt(self.width // self.heads)
        scores = ops.matmul(query * scale, ops.swapaxes(keys, 2, 3))  # [B, H, T, S]
        if attention_mask is not None:
            attention_mask = ops.expand_dims(attention_mask, 1)  # [B, 1, T, S]
        weights = masked_softmax(scores, attention_mask)
        dropped = self.drop(weights, training=training)
        heads = ops.swapaxes(ops.matmul(dropped, values), 1, 2)  # [B, T, H, D / H]
        joined = ops.reshape(heads, (-1, ops.shape(heads)[1], self.width))  # [B, T, D]
        return self.output_layer(joined), weights

    def _split(self, vectors):
        """Cuts `[B, S, D]` into heads `[B, H, S, D / H]`."""
        length, size = ops.shape(vectors)[1], self.width // self.heads
        heads = ops.reshape(vectors, (-1, length, self.heads, size))
        return ops.swapaxes(heads, 1, 2)

    def get_config(self):
        """Returns the arguments."""
        return {
            **super().get_config(),
            "width": self.width,
            "heads": self.heads,
            "dropout": self.dropout,
        }

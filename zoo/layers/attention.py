"""Attention over a memory: additive (Bahdanau) and dot-product (Luong).

Both score every place of a memory against a query, turn the scores into weights that
sum to 1, and return the weighted mean of the values. In several heads it stands in
`zoo.layers.multi_head_attention`.
"""

import math

import keras
from keras import ops

from zoo.layers.checks import check_choice, check_sizes
from zoo.layers.dense import Dense


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
        check_sizes(units=units)
        self.units = units
        self.supports_masking = True  # each query's context has the query's mask
        dtype = self.dtype_policy
        self.query_layer = Dense(units, use_bias=False, dtype=dtype, name="query")
        self.key_layer = Dense(units, dtype=dtype, name="key")

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


SCORE_MODES = ("dot", "scaled_dot", "general")


@keras.saving.register_keras_serializable(package="zoo")
class DotAttention(keras.layers.Layer):
    """Dot-product attention: a place's score is its key's product with the query.

        dot:         score(query, key)   = query . key
        scaled_dot:  score(query, key)   = query . key / sqrt(U)
        general:     score(query, value) = query . (value W)
        context      = sum of softmax(score) * value

    The product of two vectors of U independent numbers of variance 1 has variance U;
    dividing by sqrt(U) makes it 1 again, so that softmax does not settle on one place.

    Args:
        score_mode: `"dot"`, `"scaled_dot"` or `"general"`. Only the last has a matrix
            and bridges a query and values of different widths.
        units: Positive integer U, width of the query, for `"general"`; None otherwise.
        use_scale: Whether to multiply scores by a learned scalar that begins at 1, as
            `keras.layers.Attention` does.
        dropout: Float in [0, 1), dropout on the weights.

    Call arguments:
        query: `[B, T, U]`.
        keys: `[B, S, U]`, from `project_keys`, so that they are computed once.
        values: `[B, S, D]`.
        memory_mask: `[B, S]` boolean, True = real, or None. Not called `mask`, for
            Keras would take that for the mask of the query.

    Returns:
        Pair of contexts `[B, T, D]` and weights `[B, T, S]`, before dropout.

    Raises:
        ValueError: An option is not one of those listed, or the widths of query and
            keys differ.

    Reference:
        Luong et al. 2015, "Effective Approaches to Attention-based Neural Machine
        Translation", equation 8; Vaswani et al. 2017, section 3.2.1, for the scale.
    """

    def __init__(
        self, score_mode="dot", units=None, use_scale=False, dropout=0.0, **kwargs
    ):
        super().__init__(**kwargs)
        check_choice("score_mode", score_mode, SCORE_MODES)
        general = score_mode == "general"
        if general != (units is not None) or (general and units < 1):
            raise ValueError(
                "`units` must be the width of the query where `score_mode` is "
                "'general', and None elsewhere. "
                f"Received: units={units}, score_mode={score_mode!r}"
            )
        self.score_mode = score_mode
        self.units = units
        self.use_scale = use_scale
        self.dropout = dropout
        self.supports_masking = True  # each query's context has the query's mask
        dtype = self.dtype_policy
        self.key_layer = None
        if general:
            self.key_layer = Dense(units, use_bias=False, dtype=dtype, name="key")
        self.drop = keras.layers.Dropout(dropout, dtype=dtype)

    def build(self, query_shape, keys_shape=None, values_shape=None):
        """Makes the weights, if there are any, and compares the widths."""
        width = self.units or (keys_shape or values_shape)[-1]
        if query_shape[-1] != width:
            raise ValueError(
                f"`query` must be as wide as the keys where `score_mode` is "
                f"{self.score_mode!r}; 'general' bridges two widths. "
                f"Received: query of width {query_shape[-1]}, keys of width {width}"
            )
        if self.key_layer and not self.key_layer.built:
            self.key_layer.build(values_shape)
        self.scale = None
        if self.use_scale:
            self.scale = self.add_weight((), "ones", name="scale")

    def project_keys(self, values):
        """Maps the memory `[B, S, D]` to keys `[B, S, U]`: itself, or values W."""
        return self.key_layer(values) if self.key_layer else values

    def call(self, query, keys, values, memory_mask=None, training=None):
        """Attends to the memory from every step."""
        if self.score_mode == "scaled_dot":
            query = query / math.sqrt(query.shape[-1])
        scores = ops.matmul(query, ops.swapaxes(keys, 1, 2))  # [B, T, S]
        if self.use_scale:
            scores = scores * self.scale
        if memory_mask is not None:
            memory_mask = ops.expand_dims(memory_mask, 1)  # [B, 1, S]
        weights = masked_softmax(scores, memory_mask)
        dropped = self.drop(weights, training=training)
        return ops.matmul(dropped, values), weights  # [B, T, D], [B, T, S]

    def get_config(self):
        """Returns the arguments."""
        return {
            **super().get_config(),
            "score_mode": self.score_mode,
            "units": self.units,
            "use_scale": self.use_scale,
            "dropout": self.dropout,
        }

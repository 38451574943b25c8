"""Scaled dot-product attention in several heads."""

import functools
import math

import keras
from keras import ops

from zoo.layers.attention import masked_softmax
from zoo.layers.checks import check_sizes
from zoo.layers.dense import Dense
from zoo.layers.positions import RotaryEmbedding


@keras.saving.register_keras_serializable(package="zoo")
class MultiHeadAttention(keras.layers.Layer):
    """Scaled dot-product attention in several heads.

        Q = queries W_q,  K = memory W_k,  V = memory W_v, each cut into H heads
        head_h  = softmax(Q_h K_h^T / sqrt(d_k)) V_h
        outputs = concat(head_1 ... head_H) W_o

    Queries and keys have the same width d_k; values may have another, d_v. Arguments,
    the call and what it returns are those of `keras.layers.MultiHeadAttention`, and the
    weights are the same numbers in the same order, each kernel a matrix:
    `[D, H * d_k]`, where Keras's is `[D, H, d_k]`. A decoder wants a memory's keys and
    values only once for all steps, and keeps its own in a cache: `project_memory` makes
    them, and `attend` is the rest of the call.

    Args:
        num_heads: Positive integer H.
        key_dim: Positive integer d_k, width of a head's queries and keys.
        value_dim: Positive integer d_v, width of a head's values; None for `key_dim`.
        dropout: Float in [0, 1), dropout on the attention weights.
        use_bias: Whether the four projections add a bias.
        output_shape: Positive integer, width of the outputs; None for that of the
            queries.
        rotary: Whether queries and keys are turned by their positions; see
            `RotaryEmbedding`. d_k is even then.
        max_wavelength: Positive number, the rotary positions' largest wavelength.

    Call arguments:
        query: `[B, T, D]`.
        value: `[B, S, D']`, the memory; the queries again for self-attention.
        key: `[B, S, D'']`, compared with the queries in the values' place; by default
            `value`.
        query_mask: `[B, T]` boolean, True = real, or None. Keras gives an embedding's.
        value_mask: `[B, S]`, likewise. A place is seen where `value_mask` and
            `key_mask` are True.
        key_mask: `[B, S]`, likewise.
        attention_mask: Boolean, broadcasts against `[B, T, S]`, True = may be attended
            to; or None.
        return_attention_scores: Whether to return the weights too.
        use_causal_mask: Whether query t sees no place after t.
        positions: Integers `[T]` or `[B, T]`, where queries and keys stand, for rotary
            positions of self-attention; by default 0, 1, ... Where queries stand
            elsewhere than keys, call `project_memory` and `attend`.

    Returns:
        `[B, T, output width]`; or a pair of that and the weights `[B, H, T, S]`, before
        dropout.

    Raises:
        ValueError: A size is not a positive integer, or an odd `key_dim` is to be
            turned.

    Reference:
        Vaswani et al. 2017, "Attention Is All You Need", sections 3.2.1 and 3.2.2.
    """

    def __init__(
        self,
        num_heads=8,
        key_dim=64,
        value_dim=None,
        dropout=0.0,
        use_bias=True,
        output_shape=None,
        rotary=False,
        max_wavelength=10000,
        **kwargs,
    ):
        super().__init__(**kwargs)
        optional = {"value_dim": value_dim, "output_shape": output_shape}
        given = {name: size for name, size in optional.items() if size is not None}
        check_sizes(num_heads=num_heads, key_dim=key_dim, **given)
        if rotary and key_dim % 2:
            raise ValueError(
                "`key_dim` must be even for rotary positions, which turn pairs of "
                f"numbers. Received: key_dim={key_dim}"
            )
        self.num_heads = num_heads
        self.key_dim = key_dim
        self.value_dim = value_dim
        self.dropout = dropout
        self.use_bias = use_bias
        self.output_shape = output_shape
        self.rotary = rotary
        self.max_wavelength = max_wavelength
        self.supports_masking = True  # each query's output has the query's mask
        self.query_layer = self._dense(num_heads * key_dim, "query")
        self.key_layer = self._dense(num_heads * key_dim, "key")
        self.value_layer = self._dense(num_heads * (value_dim or key_dim), "value")
        dtype = self.dtype_policy
        self.drop = keras.layers.Dropout(dropout, dtype=dtype)
        self.turn = RotaryEmbedding(max_wavelength, dtype=dtype) if rotary else None

    def _dense(self, width, name):
        """Makes one of the four projections."""
        return Dense(width, use_bias=self.use_bias, dtype=self.dtype_policy, name=name)

    def build(self, query_shape, value_shape=None, key_shape=None):
        """Makes the four projections' weights.

        Values are taken to be as wide as the queries, unless their shape is given or
        some were projected before; keys likewise to be as wide as the values.
        """
        value_shape = value_shape or query_shape
        self.query_layer.build(query_shape)
        if not self.key_layer.built:
            self.key_layer.build(key_shape or value_shape)
        if not self.value_layer.built:
            self.value_layer.build(value_shape)
        self.output_layer = self._dense(self.output_shape or query_shape[-1], "output")
        self.output_layer.build((*query_shape[:-1], self.value_layer.units))

    def project_memory(self, memory, positions=None):
        """Maps a memory `[B, S, D]` to keys and values.

        Args:
            memory: `[B, S, D]`.
            positions: Integers `[S]` or `[B, S]`, where its places stand, for rotary
                positions; by default 0, 1, ... S - 1.

        Returns:
            Pair of keys `[B, H, S, d_k]`, turned where positions are rotary, and
            values `[B, H, S, d_v]`.
        """
        return self._project(memory, memory, positions)

    def _project(self, key, value, positions):
        """Maps `[B, S, D]` twice to keys and values, as `project_memory` does."""
        keys = self._cut(self.key_layer(key))  # [B, S, H, d_k]
        if self.turn:
            keys = self.turn(keys, positions)
        values = self._cut(self.value_layer(value))  # [B, S, H, d_v]
        return ops.swapaxes(keys, 1, 2), ops.swapaxes(values, 1, 2)

    def project_query(self, query, positions=None):
        """Maps queries `[B, T, D]` to `[B, T, H, d_k]`, turned and scaled."""
        query = self._cut(self.query_layer(query))  # [B, T, H, d_k]
        if self.turn:
            query = self.turn(query, positions)
        return query * (1.0 / math.sqrt(self.key_dim))

    def call(
        self,
        query,
        value,
        key=None,
        query_mask=None,
        value_mask=None,
        key_mask=None,
        attention_mask=None,
        return_attention_scores=False,
        training=None,
        use_causal_mask=False,
        positions=None,
    ):
        """Projects queries, keys and values, and attends."""
        allowed = [None if query_mask is None else query_mask[:, :, None]]  # [B, T, 1]
        allowed += [
            None if mask is None else mask[:, None]  # [B, 1, S]
            for mask in (value_mask, key_mask)
        ]
        if use_causal_mask:
            allowed.append(causal_mask(ops.shape(query)[1], ops.shape(value)[1]))
        outputs, weights = self.attend(
            query,
            *self._project(value if key is None else key, value, positions),
            attention_mask=all_of(attention_mask, *allowed),
            positions=positions,
            training=training,
        )
        return (outputs, weights) if return_attention_scores else outputs

    def attend(
        self, query, keys, values, attention_mask=None, positions=None, training=None
    ):
        """Attends from every query to every place its mask allows.

        Args:
            query: `[B, T, D]`.
            keys: `[B, H, S, d_k]`, from `project_memory`.
            values: `[B, H, S, d_v]`, from `project_memory`.
            attention_mask: As in the call.
            positions: Integers `[T]` or `[B, T]`, where the queries stand, for rotary
                positions; by default 0, 1, ... T - 1.
            training: Whether dropout acts.

        Returns:
            Pair of outputs `[B, T, output width]` and weights `[B, H, T, S]`, before
            dropout.

        Raises:
            ValueError: The layer has not been built.
        """
        if not self.built:
            raise ValueError(
                "`attend` must come after `build(query_shape)` or a call. "
                f"Received: query of shape {tuple(query.shape)} before"
            )
        query = ops.swapaxes(self.project_query(query, positions), 1, 2)  # [B, H, T, d]
        scores = ops.matmul(query, ops.swapaxes(keys, 2, 3))  # [B, H, T, S]
        if attention_mask is not None:
            attention_mask = ops.expand_dims(attention_mask, -3)  # [B, 1, T, S]
        weights = masked_softmax(scores, attention_mask)
        dropped = self.drop(weights, training=training)
        heads = ops.swapaxes(ops.matmul(dropped, values), 1, 2)  # [B, T, H, d_v]
        return self.output_layer(self._join(heads)), weights

    def _cut(self, vectors):
        """Cuts `[B, S, H * d]` into heads `[B, S, H, d]`."""
        length, size = ops.shape(vectors)[1], vectors.shape[-1] // self.num_heads
        return ops.reshape(vectors, (-1, length, self.num_heads, size))

    def _join(self, heads):
        """Joins heads `[B, S, H, d]` into `[B, S, H * d]`."""
        width = self.num_heads * heads.shape[-1]
        return ops.reshape(heads, (-1, ops.shape(heads)[1], width))

    def get_config(self):
        """Returns the arguments."""
        return {
            **super().get_config(),
            "num_heads": self.num_heads,
            "key_dim": self.key_dim,
            "value_dim": self.value_dim,
            "dropout": self.dropout,
            "use_bias": self.use_bias,
            "output_shape": self.output_shape,
            "rotary": self.rotary,
            "max_wavelength": self.max_wavelength,
        }


def causal_mask(length, size=None):
    """Returns where place s is not after place t: `[1, T, S]`, by default S = T."""
    places = ops.arange(length if size is None else size)
    return (places <= ops.arange(length)[:, None])[None]


def all_of(*masks):
    """Returns where all of the masks are True that are not None; None if all are."""
    given = [ops.cast(mask, "bool") for mask in masks if mask is not None]
    return functools.reduce(ops.logical_and, given) if given else None

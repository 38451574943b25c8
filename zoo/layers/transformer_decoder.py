"""Transformer decoder with cross-attention and a cache."""

import math

import keras
import numpy as np
from keras import ops

from zoo.layers.attention import MultiHeadAttention


def sinusoidal_positions(positions, width):
    """Encodes positions as sines and cosines of falling frequencies.

    Args:
        positions: Integers `[...]`.
        width: Even integer D.

    Returns:
        `[..., D]`; the first half sines, the second half cosines.

    Reference:
        Vaswani et al. 2017, section 3.5.
    """
    half = width // 2
    rates = np.exp(-math.log(10000.0) * np.arange(half) / half).astype("float32")
    angles = ops.cast(positions, "float32")[..., None] * rates  # [..., D / 2]
    return ops.concatenate([ops.sin(angles), ops.cos(angles)], axis=-1)


@keras.saving.register_keras_serializable(package="zoo")
class TransformerDecoderLayer(keras.layers.Layer):
    """Self-attention, cross-attention, feed-forward, each with a residual (pre-norm).

    Args:
        width: Positive integer D.
        heads: Positive integer H; divides D.
        feed_forward: Positive integer, width of the feed-forward network.
        dropout: Float in [0, 1), on each branch before it is added.

    Call arguments:
        inputs: `[B, T, D]`.
        memory: Pair of the memory's keys and values, `[B, S, D]` each.
        memory_mask: `[B, S]` boolean, True = real.
        cache: Dictionary of `keys` and `values` of earlier steps, `[B, M, D]` each,
            M the largest number of steps.
        position: `[B]` integers, steps done.

    Returns:
        `(outputs [B, T, D], cache, cross-attention [B, H, T, S])`.

    Reference:
        Vaswani et al. 2017, section 3.1; pre-norm from Xiong et al. 2020, "On Layer
        Normalization in the Transformer Architecture".
    """

    def __init__(self, width, heads, feed_forward, dropout=0.0, **kwargs):
        super().__init__(**kwargs)
        self.width = width
        self.heads = heads
        self.feed_forward = feed_forward
        self.dropout = dropout
        self.supports_masking = True  # see `TransformerDecoder`
        dtype = self.dtype_policy
        self.self_attention = MultiHeadAttention(
            width, heads, dtype=dtype, name="self_attention"
        )
        self.cross_attention = MultiHeadAttention(
            width, heads, dtype=dtype, name="cross_attention"
        )
        self.widen = keras.layers.Dense(
            feed_forward, activation="relu", dtype=dtype, name="widen"
        )
        self.narrow = keras.layers.Dense(width, dtype=dtype, name="narrow")
        self.norms = [
            keras.layers.LayerNormalization(
                epsilon=1e-6, dtype=dtype, name=f"norm_{index}"
            )
            for index in range(3)
        ]
        self.drop = keras.layers.Dropout(dropout, dtype=dtype)

    def build(self, inputs_shape, *other_shapes):
        """Makes the weights of the parts."""
        vectors = (None, None, self.width)
        self.self_attention.build(vectors)
        self.cross_attention.build(vectors)
        self.widen.build(vectors)
        self.narrow.build((None, None, self.feed_forward))
        for norm in self.norms:
            norm.build(vectors)

    def call(self, inputs, memory, memory_mask, cache, position, training=None):
        """Reads the next tokens."""
        normed = self.norms[0](inputs)
        cache, causal = extend(
            cache, self.self_attention.project_memory(normed), position
        )
        branch, _ = self.self_attention(
            normed, cache["keys"], cache["values"], attention_mask=causal
        )
        hidden = inputs + self.drop(branch, training=training)
        branch, weights = self.cross_attention(
            self.norms[1](hidden),
            *memory,
            attention_mask=memory_mask[:, None],  # [B, 1, S]
        )
        hidden = hidden + self.drop(branch, training=training)
        branch = self.narrow(self.widen(self.norms[2](hidden)))  # [B, T, D]
        return hidden + self.drop(branch, training=training), cache, weights

    def get_config(self):
        """Returns the arguments."""
        return {
            **super().get_config(),
            "width": self.width,
            "heads": self.heads,
            "feed_forward": self.feed_forward,
            "dropout": self.dropout,
        }


def extend(cache, new, position):
    """Writes the keys and values of new steps into a cache, each row at its position.

    The write is a product with a one-hot matrix: it works for one step and for many,
    for rows at different positions, and its gradient is a product too.

    Args:
        cache: Dictionary of `keys` and `values`, `[B, M, D]` each.
        new: Pair of keys and values, `[B, T, D]` each.
        position: `[B]` integers, steps done.

    Returns:
        The new cache, and the causal mask `[B, T, M]`: True where a step may look.
    """
    capacity, length = ops.shape(cache["keys"])[1], ops.shape(new[0])[1]
    steps = ops.expand_dims(position, 1) + ops.arange(length)  # [B, T]
    places = ops.arange(capacity)  # [M]
    written = places[:, None] == steps[:, None, :]  # [B, M, T]
    causal = places <= steps[:, :, None]  # [B, T, M]
    chosen = ops.cast(written, new[0].dtype)
    kept = 1 - ops.sum(chosen, axis=2, keepdims=True)  # [B, M, 1]
    keys, values = (
        kept * old + ops.matmul(chosen, fresh)
        for old, fresh in zip((cache["keys"], cache["values"]), new, strict=True)
    )
    return {"keys": keys, "values": values}, causal


@keras.saving.register_keras_serializable(package="zoo")
class TransformerDecoder(keras.layers.Layer):
    """Stack of decoder layers over sinusoidal positions.

    Args:
        layers: Positive integer L.
        width: Positive even integer D.
        heads: Positive integer H; divides D.
        feed_forward: Positive integer, width of the feed-forward networks.
        dropout: Float in [0, 1).

    Call arguments:
        inputs: `[B, T, D]`, T = the whole text in training, 1 when writing.
        memory: `Memory` from `project`.
        state: From `initial_state`, or what the last call returned.

    Returns:
        `(hidden [B, T, D], state, attention [B, L, H, T, S])`.

    Raises:
        ValueError: `layers` is not positive, `width` is odd, or not a multiple of
            `heads`.
    """

    def __init__(self, layers, width, heads, feed_forward, dropout=0.0, **kwargs):
        super().__init__(**kwargs)
        if layers < 1:
            raise ValueError(f"`layers` must be at least 1. Received: layers={layers}")
        if width % 2:
            raise ValueError(
                "`width` must be even, half of it for sines and half for cosines. "
                f"Received: width={width}"
            )
        # Padding on the right reaches no step before it, so a mask of the inputs is
        # only handed on to the outputs.
        self.supports_masking = True
        dtype = self.dtype_policy
        self.layers = layers
        self.width = width
        self.heads = heads
        self.feed_forward = feed_forward
        self.dropout = dropout
        self.stack = [
            TransformerDecoderLayer(
                width, heads, feed_forward, dropout, dtype=dtype, name=f"layer_{index}"
            )
            for index in range(layers)
        ]
        self.norm = keras.layers.LayerNormalization(
            epsilon=1e-6, dtype=dtype, name="norm"
        )

    def build(self, inputs_shape, memory_shape=None, state_shape=None):
        """Makes the weights of the layers."""
        vectors = (None, None, self.width)
        for layer in self.stack:
            layer.build(vectors)
        self.norm.build(vectors)

    def project(self, memory):
        """Computes every layer's keys and values of the memory, shared by all steps.

        Args:
            memory: `Memory` from an encoder.

        Returns:
            The same with `projected` filled in.
        """
        projected = [
            layer.cross_attention.project_memory(memory.states) for layer in self.stack
        ]
        return memory._replace(projected=projected)

    def initial_state(self, batch, length):
        """Returns the state before the first step: empty caches.

        Args:
            batch: Integer B.
            length: Integer M, the largest number of steps.

        Returns:
            Dictionary with the number of steps done `[B]` and each layer's cache.
        """
        shape = (batch, length, self.width)
        empty = ops.zeros(shape, self.compute_dtype)
        caches = [{"keys": empty, "values": empty} for _ in self.stack]
        return {"position": ops.zeros((batch,), "int32"), "caches": caches}

    def call(self, inputs, memory, state, training=None):
        """Reads the next tokens."""
        position, length = state["position"], ops.shape(inputs)[1]
        steps = ops.expand_dims(position, 1) + ops.arange(length)  # [B, T]
        places = sinusoidal_positions(steps, self.width)  # [B, T, D]
        hidden = inputs * math.sqrt(self.width) + ops.cast(places, inputs.dtype)
        caches, attention = [], []
        for layer, projected, cache in zip(
            self.stack, memory.projected, state["caches"], strict=True
        ):
            hidden, cache, weights = layer(
                hidden, projected, memory.mask, cache, position, training=training
            )
            caches.append(cache)
            attention.append(weights)
        state = {"position": position + length, "caches": caches}
        return self.norm(hidden), state, ops.stack(attention, axis=1)

    def get_config(self):
        """Returns the arguments."""
        return {
            **super().get_config(),
            "layers": self.layers,
            "width": self.width,
            "heads": self.heads,
            "feed_forward": self.feed_forward,
            "dropout": self.dropout,
        }

"""Captioner: a picture's grid and a decoder of any kind."""

import keras
import numpy as np
from keras import ops

from zoo.layers import Memory
from zoo.layers.checks import check_rates
from zoo.layers.dense import by_rows
from zoo.models import parts


@keras.saving.register_keras_serializable(package="zoo")
class Captioner(keras.Model):
    """Writes a caption for a picture, given the grid of a `PictureEncoder`.

    Args:
        decoder: Dictionary of the decoder's options; `kind` is a key of
            `zoo.models.parts.DECODERS`.
        vocabulary_size: Positive integer V, the number of token ids.
        width: Positive integer D, of embeddings, memory and decoder.
        cells: Positive integer S, cells of the grid.
        features: Positive integer, width of a cell of the grid.
        grid_dropout: Float in [0, 1), dropout on the grid's features.
        dropout: Float in [0, 1), dropout on the embeddings and before the softmax.

    Call arguments:
        inputs: Dictionary of `grid` `[B, S, features]` and `tokens` `[B, R, T]`, the
            R captions of each picture as far as they are known (teacher forcing).

    Returns:
        Logits of each next token, `[B, R, T, V]`.

    Raises:
        ValueError: The decoder is of no known kind.

    Reference:
        Vinyals et al. 2015, "Show and Tell"; Xu et al. 2015, "Show, Attend and
        Tell"; the output shares the embedding (Press and Wolf 2017).
    """

    def __init__(
        self,
        decoder,
        vocabulary_size,
        width,
        cells=49,
        features=1280,
        grid_dropout=0.0,
        dropout=0.0,
        **kwargs,
    ):
        super().__init__(**kwargs)
        check_rates(grid_dropout=grid_dropout, dropout=dropout)
        self.options = dict(decoder) if isinstance(decoder, dict) else decoder
        self.vocabulary_size = vocabulary_size
        self.width = width
        self.cells = cells
        self.features = features
        self.grid_dropout = grid_dropout
        self.dropout = dropout
        # Parts in the order in which the shipped weights are stored, a Writer's last:
        # so this is no Writer, although it decodes like one.
        dtype = self.dtype_policy
        self.bridge = keras.layers.Dense(width, dtype=dtype, name="bridge")
        self.norm = keras.layers.LayerNormalization(
            epsilon=1e-6, dtype=dtype, name="bridge_norm"
        )
        self.embedding = parts.make_embedding(vocabulary_size, width, dtype)
        self.decoder = parts.make(parts.DECODERS, "decoder", decoder, width, dtype)
        self.drop_grid = keras.layers.Dropout(grid_dropout, dtype=dtype)
        self.drop = keras.layers.Dropout(dropout, dtype=dtype)

    def build(self, inputs_shape):
        """Makes all weights."""
        vectors = (None, None, self.width)
        self.bridge.build((None, self.cells, self.features))
        self.norm.build(vectors)
        self.embedding.build((None, None))
        self.decoder.build(vectors)
        self.places = self.add_weight(
            (self.cells, self.width), "zeros", name="places_embedding"
        )
        self.output_bias = self.add_weight(
            (self.vocabulary_size,), "zeros", name="output_bias"
        )

    def encode(self, grid, training=None):
        """Turns a picture's grid into the decoder's memory.

        Args:
            grid: `[B, S, features]`.
            training: Whether dropout is on.

        Returns:
            `Memory`, projected by the decoder.
        """
        grid = self.drop_grid(ops.cast(grid, self.compute_dtype), training=training)
        states = self.norm(self.bridge(grid)) + self.places  # [B, S, D]
        mask = ops.ones(ops.shape(states)[:2], "bool")  # every cell is real
        memory = Memory(states, mask, ops.mean(states, axis=1))
        return self.decoder.project(memory)

    def decode(self, tokens, memory, state, training=None, softmax=None):
        """Reads tokens and scores every next token.

        Args:
            tokens: `[B, T]` integers.
            memory: `Memory` from `encode`.
            state: From `initial_state`, or what the last call returned.
            training: Whether dropout is on.
            softmax: From `softmax`, where many calls share it; None to make it.

        Returns:
            `(logits [B, T, V], state, attention [B, L, H, T, S] or None)`.
        """
        inputs = self.drop(self.embedding(tokens), training=training)  # [B, T, D]
        hidden, state, attention = self.decoder(
            inputs, memory, state, training=training
        )
        hidden = self.drop(hidden, training=training)
        softmax = self.softmax() if softmax is None else softmax
        logits = by_rows(lambda rows: ops.matmul(rows, softmax), hidden)
        return logits + self.output_bias, state, attention

    def softmax(self):
        """Returns the matrix `[D, V]` of the softmax, the embedding turned round."""
        return ops.transpose(ops.cast(self.embedding.embeddings, self.compute_dtype))

    def initial_state(self, batch, length=None, memory=None):
        """Returns the decoder's state before START.

        Args:
            batch: Integer B.
            length: Integer, the largest number of steps; None for a text that is read
                whole in one call, whose state is not gone on from.
            memory: `Memory` from `encode`; some decoders start from it.
        """
        return self.decoder.initial_state(batch, length, memory)

    def call(self, inputs, training=None):
        """Scores captions that are known."""
        tokens = inputs["tokens"]
        pictures, captions, length = ops.shape(tokens)
        memory = self.encode(inputs["grid"], training=training)
        memory = keras.tree.map_structure(
            lambda leaf: ops.repeat(leaf, captions, axis=0), memory
        )  # a picture is encoded once for its captions: [B * R, ...]
        rows = pictures * captions
        logits, _, _ = self.decode(
            ops.reshape(tokens, (rows, length)),
            memory,
            self.initial_state(rows, memory=memory),
            training=training,
        )
        shape = (pictures, captions, length, self.vocabulary_size)
        return ops.reshape(logits, shape)

    def get_config(self):
        """Returns the arguments."""
        return {
            **super().get_config(),
            "decoder": self.options,
            "vocabulary_size": self.vocabulary_size,
            "width": self.width,
            "cells": self.cells,
            "features": self.features,
            "grid_dropout": self.grid_dropout,
            "dropout": self.dropout,
        }


def build_captioner(options, vocabulary_size):
    """Makes a `Captioner` with weights from a recipe's options."""
    model = Captioner(vocabulary_size=vocabulary_size, **options)
    grid = np.zeros((1, model.cells, model.features), np.float32)
    model({"grid": grid, "tokens": np.ones((1, 1, 2), np.int32)})
    return model

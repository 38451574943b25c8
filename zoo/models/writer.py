"""What the heads that write tokens share: a decoder between embedding and softmax."""

import keras
from keras import ops

from zoo.layers.checks import check_rates
from zoo.layers.dense import Dense, by_rows
from zoo.models import parts


class Writer(keras.Model):
    """Base of the models that write; not for use on its own.

    A writer is decoded through three methods, whatever its decoder: `encode` makes the
    memory (a language model has none), `initial_state` the state before START, and
    `decode` reads one token or a whole text, as `zoo.decode` asks for it.

    Args:
        decoder: Dictionary of the decoder's options; `kind` is a key of
            `zoo.models.parts.DECODERS`.
        vocabulary_size: Positive integer V, the number of token ids written.
        width: Positive integer D, of embeddings and decoder.
        tied: Whether the softmax shares the embedding's weights (Press and Wolf 2017).
        dropout: Float in [0, 1), dropout on the embeddings and before the softmax.
    """

    def __init__(
        self, decoder, vocabulary_size, width, tied=True, dropout=0.0, **kwargs
    ):
        super().__init__(**kwargs)
        check_rates(dropout=dropout)
        self.vocabulary_size = vocabulary_size
        self.width = width
        self.tied = tied
        self.dropout = dropout
        self.decoder_options = dict(decoder) if isinstance(decoder, dict) else decoder
        dtype = self.dtype_policy
        self.embedding = parts.make_embedding(vocabulary_size, width, dtype)
        self.decoder = parts.make(
            parts.DECODERS, "decoder", decoder, width, dtype, **self.decided()
        )
        self.drop = keras.layers.Dropout(dropout, dtype=dtype)
        self.output_layer = None
        if not tied:
            self.output_layer = Dense(
                vocabulary_size, use_bias=False, dtype=dtype, name="output"
            )

    def decided(self):
        """Returns the options of the decoder that the head decides."""
        return {}

    def build_writer(self):
        """Makes the weights of embedding, decoder and softmax."""
        vectors = (None, None, self.width)
        self.embedding.build((None, None))
        self.decoder.build(vectors)
        if self.output_layer:
            self.output_layer.build(vectors)
        self.output_bias = self.add_weight(
            (self.vocabulary_size,), "zeros", name="output_bias"
        )

    def decode(self, tokens, memory, state, training=None, softmax=None):
        """Reads tokens and scores every next token.

        Args:
            tokens: `[B, T]` integers.
            memory: `Memory` from `encode`; None for a language model.
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
        return self.score(hidden, softmax), state, attention

    def softmax(self):
        """Returns the matrix `[D, V]` of the softmax.

        Turning a tied embedding round takes longer than multiplying a few rows by it:
        a loop that scores one token a step does so once.
        """
        if not self.tied:
            return ops.cast(self.output_layer.kernel, self.compute_dtype)
        return ops.transpose(ops.cast(self.embedding.embeddings, self.compute_dtype))

    def score(self, hidden, softmax=None):
        """Turns the decoder's vectors `[B, T, D]` into logits `[B, T, V]`."""
        softmax = self.softmax() if softmax is None else softmax
        logits = by_rows(lambda rows: ops.matmul(rows, softmax), hidden)
        return logits + self.output_bias

    def initial_state(self, batch, length=None, memory=None):
        """Returns the decoder's state before START.

        Args:
            batch: Integer B.
            length: Integer, the largest number of steps; None for a text that is read
                whole in one call, whose state is not gone on from.
            memory: `Memory` from `encode`; some decoders start from it.
        """
        return self.decoder.initial_state(batch, length, memory)

    def get_config(self):
        """Returns the arguments that writers share."""
        return {
            **super().get_config(),
            "decoder": self.decoder_options,
            "vocabulary_size": self.vocabulary_size,
            "width": self.width,
            "tied": self.tied,
            "dropout": self.dropout,
        }

"""Word encoder: a word as a vector, from a table and from its spelling."""

import keras
from keras import ops

from zoo.layers.character_encoder import CharacterEncoder
from zoo.layers.checks import check_rates, check_sizes
from zoo.tokens import PAD, UNKNOWN


@keras.saving.register_keras_serializable(package="zoo")
class WordEncoder(keras.layers.Layer):
    """Puts a word's embedding beside what its characters say, and maps both to D.

        vector = [embedding(word); spelling(characters)] W + bias

    In training a word is now and then replaced by UNKNOWN, so that the spelling alone
    must do, as it must for the words that are in no table.

    Args:
        vocabulary_size: Positive integer V, the number of word ids.
        width: Positive integer D, of the vectors that come out.
        embedding_width: Positive integer, of the words' embeddings.
        spelling: Dictionary of the arguments of `CharacterEncoder`.
        word_dropout: Float in [0, 1), share of words that are replaced by UNKNOWN.
        dropout: Float in [0, 1), dropout on embedding and spelling.

    Call arguments:
        inputs: Dictionary of `words` `[B, S]` and `characters` `[B, S, C]`, integers.
        training: Whether dropout is on.

    Returns:
        `[B, S, D]`.

    Raises:
        ValueError: A size is not a positive integer, or a dropout out of range.

    Reference:
        Plank et al. 2016, "Multilingual Part-of-Speech Tagging with Bidirectional Long
        Short-Term Memory Models and Auxiliary Loss"; word dropout from Iyyer et al.
        2015, "Deep Unordered Composition Rivals Syntactic Methods", section 3.1.
    """

    def __init__(
        self,
        vocabulary_size,
        width,
        embedding_width,
        spelling,
        word_dropout=0.0,
        dropout=0.0,
        **kwargs,
    ):
        super().__init__(**kwargs)
        check_sizes(
            vocabulary_size=vocabulary_size,
            width=width,
            embedding_width=embedding_width,
        )
        check_rates(word_dropout=word_dropout, dropout=dropout)
        self.vocabulary_size = vocabulary_size
        self.width = width
        self.embedding_width = embedding_width
        self.spelling = dict(spelling)
        self.word_dropout = word_dropout
        self.dropout = dropout
        dtype = self.dtype_policy
        self.embedding = keras.layers.Embedding(
            vocabulary_size,
            embedding_width,
            embeddings_initializer=keras.initializers.RandomUniform(
                -((3 / embedding_width) ** 0.5), (3 / embedding_width) ** 0.5
            ),  # as the characters'
            dtype=dtype,
            name="embedding",
        )
        self.spell = CharacterEncoder(dtype=dtype, name="spelling", **self.spelling)
        self.drop = keras.layers.Dropout(dropout, dtype=dtype)
        self.join = keras.layers.Dense(width, dtype=dtype, name="join")
        self.seeds = keras.random.SeedGenerator()

    def build(self, inputs_shape):
        """Makes the weights of the parts."""
        self.embedding.build((None, None))
        self.spell.build((None, None, None))
        self.join.build((None, None, self.embedding_width + self.spell.output_width))

    def call(self, inputs, training=None):
        """Encodes a batch of sentences, word by word."""
        words = inputs["words"]
        if training and self.word_dropout:
            drawn = keras.random.uniform(ops.shape(words), seed=self.seeds)
            dropped = ops.logical_and(drawn < self.word_dropout, words != PAD)
            words = ops.where(dropped, UNKNOWN, words)  # [B, S]
        both = [
            self.embedding(words),
            self.spell(inputs["characters"], training=training),
        ]
        joined = ops.concatenate(both, axis=-1)
        return self.join(self.drop(joined, training=training))  # [B, S, D]

    def compute_output_shape(self, inputs_shape):
        """Returns the shape of the words' vectors."""
        return (*inputs_shape["words"], self.width)

    def get_config(self):
        """Returns the arguments."""
        return {
            **super().get_config(),
            "vocabulary_size": self.vocabulary_size,
            "width": self.width,
            "embedding_width": self.embedding_width,
            "spelling": self.spelling,
            "word_dropout": self.word_dropout,
            "dropout": self.dropout,
        }

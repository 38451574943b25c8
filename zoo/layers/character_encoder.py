"""Character encoder: the spelling of a word as a vector."""

import keras
from keras import ops

from zoo.layers.checks import check_rates, check_sizes
from zoo.tokens import PAD


@keras.saving.register_keras_serializable(package="zoo")
class CharacterEncoder(keras.layers.Layer):
    """Reads the characters of each word with convolutions, and keeps the strongest.

        h_k = relu(conv_k(embed(characters)))     for every width k of a convolution
        vector = [max over the word of h_k, for every k]

    A unit answers to a piece of spelling (an ending, a capital at the beginning, a
    digit), wherever in the word it stands. What is longer than the widest convolution
    no unit sees at once.

    Args:
        characters: Positive integer, the number of character ids.
        width: Positive integer E, of the characters' embeddings.
        filters: Positive integer F, units of every convolution.
        kernels: Positive integers, the widths of the convolutions in characters.
        dropout: Float in [0, 1), dropout on the characters' embeddings.

    Call arguments:
        inputs: `[B, S, C]` integers, PAD after a word's end.

    Returns:
        `[B, S, F * number of kernels]`; zeros for a word without characters.

    Raises:
        ValueError: A size is not a positive integer, or the dropout out of range.

    Reference:
        Kim et al. 2016, "Character-Aware Neural Language Models", section 2.2; Ma and
        Hovy 2016, "End-to-end Sequence Labeling via Bi-directional LSTM-CNNs-CRF".
    """

    def __init__(
        self, characters, width, filters, kernels=(2, 3, 4), dropout=0.0, **kwargs
    ):
        super().__init__(**kwargs)
        check_sizes(characters=characters, width=width, filters=filters)
        check_sizes(**{f"kernels[{i}]": kernel for i, kernel in enumerate(kernels)})
        check_rates(dropout=dropout)
        self.characters = characters
        self.width = width
        self.filters = filters
        self.kernels = tuple(kernels)
        self.dropout = dropout
        self.output_width = filters * len(self.kernels)
        dtype = self.dtype_policy
        self.embedding = keras.layers.Embedding(
            characters,
            width,
            # Variance 1 / width, as Ma and Hovy have it: Keras's own is too small to
            # learn fast from.
            embeddings_initializer=keras.initializers.RandomUniform(
                -((3 / width) ** 0.5), (3 / width) ** 0.5
            ),
            dtype=dtype,
            name="embedding",
        )
        self.drop = keras.layers.Dropout(dropout, dtype=dtype)
        self.convolutions = [
            keras.layers.Conv1D(
                filters,
                kernel,
                padding="same",
                activation="relu",
                dtype=dtype,
                name=f"convolution_{kernel}",
            )
            for kernel in self.kernels
        ]

    def build(self, inputs_shape):
        """Makes the weights of embedding and convolutions."""
        self.embedding.build((None, None))
        for convolution in self.convolutions:
            convolution.build((None, None, self.width))

    def call(self, inputs, training=None):
        """Encodes every word by itself."""
        rows, words, length = ops.shape(inputs)
        flat = ops.reshape(inputs, (-1, length))  # [B * S, C]
        real = ops.not_equal(flat, PAD)[..., None]  # [B * S, C, 1]
        embedded = self.drop(self.embedding(flat), training=training)  # [B * S, C, E]
        # Zeros stand beyond the word's end, as before its beginning.
        embedded = ops.where(real, embedded, ops.zeros_like(embedded))
        strongest = [
            # relu gives nothing below 0, which so stands for no place at all.
            ops.max(ops.where(real, convolution(embedded), 0.0), axis=1)  # [B * S, F]
            for convolution in self.convolutions
        ]
        joined = ops.concatenate(strongest, axis=-1)  # [B * S, F * kernels]
        return ops.reshape(joined, (rows, words, self.output_width))

    def compute_output_shape(self, inputs_shape):
        """Returns the shape of the words' vectors."""
        return (*inputs_shape[:2], self.output_width)

    def get_config(self):
        """Returns the arguments."""
        return {
            **super().get_config(),
            "characters": self.characters,
            "width": self.width,
            "filters": self.filters,
            "kernels": self.kernels,
            "dropout": self.dropout,
        }

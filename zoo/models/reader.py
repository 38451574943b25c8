"""What the heads that label share: what they read, and an encoder over it."""

import keras
from keras import ops

from zoo.layers.checks import check_choice, check_rates
from zoo.layers.transformer_encoder import TransformerEncoder
from zoo.layers.word_encoder import WordEncoder
from zoo.models import parts
from zoo.tokens import PAD

# What is read -> the options that it needs, of those that not all inputs need.
INPUTS = {
    "tokens": {"vocabulary_size"},
    "vectors": {"features"},
    "words": {"vocabulary_size", "words"},
}


class Reader(keras.Model):
    """Base of the models that read and label; not for use on its own.

    Args:
        encoder: Dictionary of the encoder's options; `kind` is a key of
            `zoo.models.parts.ENCODERS`.
        classes: Positive integer C, the number of labels.
        width: Positive integer D, of the vectors that the encoder reads.
        vocabulary_size: Positive integer V, the number of token or word ids; None where
            the inputs are vectors.
        inputs: `"tokens"`, looked up in an embedding; `"vectors"` (the frames of a
            film, the rows of a digit), mapped by a linear layer; or `"words"`, each an
            id and its characters, read by a `WordEncoder`.
        features: Positive integer F, width of the vectors; None for other inputs.
        words: Dictionary of the options of the `WordEncoder`; None for other inputs.
        dropout: Float in [0, 1), dropout on the embedded inputs and before the softmax.
    """

    def __init__(
        self,
        encoder,
        classes,
        width,
        vocabulary_size=None,
        inputs="tokens",
        features=None,
        words=None,
        dropout=0.0,
        **kwargs,
    ):
        super().__init__(**kwargs)
        check_choice("inputs", inputs, tuple(INPUTS))
        check_rates(dropout=dropout)
        options = {
            "vocabulary_size": vocabulary_size,
            "features": features,
            "words": words,
        }
        given = {name for name, value in options.items() if value is not None}
        if given != INPUTS[inputs]:
            raise ValueError(
                "`vocabulary_size` must be given for tokens and `features` for "
                "vectors, `vocabulary_size` and `words` for words, not the others. "
                f"Received: inputs={inputs!r}, vocabulary_size={vocabulary_size}, "
                f"features={features}, words={words}"
            )
        self.encoder_options = dict(encoder) if isinstance(encoder, dict) else encoder
        self.classes = classes
        self.width = width
        self.vocabulary_size = vocabulary_size
        self.inputs_kind = inputs
        self.features = features
        self.words = words
        self.dropout = dropout
        self.supports_masking = True  # a tagger's labels have the inputs' mask
        dtype = self.dtype_policy
        if inputs == "tokens":
            self.enter = parts.make_embedding(vocabulary_size, width, dtype)
        elif inputs == "vectors":
            self.enter = keras.layers.Dense(width, dtype=dtype, name="enter")
        else:
            self.enter = WordEncoder(
                vocabulary_size, width, dtype=dtype, name="words", **words
            )
        self.encoder = parts.make(parts.ENCODERS, "encoder", encoder, width, dtype)
        self.read_width = parts.output_width(self.encoder, width)
        self.drop = keras.layers.Dropout(dropout, dtype=dtype)
        self.output_layer = keras.layers.Dense(classes, dtype=dtype, name="output")

    def build_reader(self, read_width):
        """Makes the weights of inputs, encoder and softmax.

        Args:
            read_width: Integer, width of what the softmax reads.
        """
        self.enter.build((None, None, self.features) if self.features else (None, None))
        self.encoder.build((None, None, self.width))
        self.output_layer.build((None, read_width))

    def encode(self, inputs, mask=None, training=None):
        """Reads the inputs into a memory.

        Args:
            inputs: `[B, S]` integers; `[B, S, F]`; or a dictionary, for words.
            mask: `[B, S]` boolean, True = real. None takes tokens or words other than
                PAD, or all vectors.
            training: Whether dropout is on.

        Returns:
            `Memory`.
        """
        vectors, mask = self._enter(inputs, mask, training)
        return self.encoder(vectors, mask=mask, training=training)

    def look(self, inputs, mask=None):
        """Reads the inputs as `encode` does, and says where each place looked.

        Args:
            inputs: As for `encode`.
            mask: As for `encode`.

        Returns:
            Pair of `Memory` and the attention maps of all layers `[B, L, H, S, S]`;
            None in their place for an encoder without attention.
        """
        if not isinstance(self.encoder, TransformerEncoder):
            return self.encode(inputs, mask), None
        vectors, mask = self._enter(inputs, mask)
        return self.encoder(vectors, mask=mask, return_attention_scores=True)

    def _enter(self, inputs, mask=None, training=None):
        """Returns vectors `[B, S, D]` and mask `[B, S]`, None where all is real."""
        words = self.inputs_kind == "words"
        # Keras asks a dictionary of inputs for one of masks, and so gives one of None.
        if mask is None or isinstance(mask, dict):
            ids = inputs["words"] if words else inputs
            mask = None if self.features else ops.not_equal(ids, PAD)  # [B, S]
        vectors = self.enter(inputs, training=training)  # [B, S, D]
        return self.drop(vectors, training=training), mask

    def get_config(self):
        """Returns the arguments that readers share."""
        return {
            **super().get_config(),
            "encoder": self.encoder_options,
            "classes": self.classes,
            "width": self.width,
            "vocabulary_size": self.vocabulary_size,
            "inputs": self.inputs_kind,
            "features": self.features,
            "words": self.words,
            "dropout": self.dropout,
        }

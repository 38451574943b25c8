"""What the heads that label share: tokens or vectors, and an encoder over them."""

import keras
from keras import ops

from zoo.layers.checks import check_choice, check_rates
from zoo.models import parts
from zoo.tokens import PAD

INPUTS = ("tokens", "vectors")


class Reader(keras.Model):
    """Base of the models that read and label; not for use on its own.

    Args:
        encoder: Dictionary of the encoder's options; `kind` is a key of
            `zoo.models.parts.ENCODERS`.
        classes: Positive integer C, the number of labels.
        width: Positive integer D, of the vectors that the encoder reads.
        vocabulary_size: Positive integer V, the number of token ids; None where the
            inputs are vectors.
        inputs: `"tokens"`, looked up in an embedding; or `"vectors"` (the frames of a
            film, the rows of a digit), mapped by a linear layer.
        features: Positive integer F, width of the vectors; None where the inputs are
            tokens.
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
        dropout=0.0,
        **kwargs,
    ):
        super().__init__(**kwargs)
        check_choice("inputs", inputs, INPUTS)
        check_rates(dropout=dropout)
        tokens = inputs == "tokens"
        if (vocabulary_size is None) == tokens or (features is None) != tokens:
            raise ValueError(
                "`vocabulary_size` must be given for tokens and `features` for "
                f"vectors, not the other. Received: inputs={inputs!r}, "
                f"vocabulary_size={vocabulary_size}, features={features}"
            )
        self.encoder_options = dict(encoder) if isinstance(encoder, dict) else encoder
        self.classes = classes
        self.width = width
        self.vocabulary_size = vocabulary_size
        self.inputs_kind = inputs
        self.features = features
        self.dropout = dropout
        self.supports_masking = True  # a tagger's labels have the inputs' mask
        dtype = self.dtype_policy
        if tokens:
            self.enter = parts.make_embedding(vocabulary_size, width, dtype)
        else:
            self.enter = keras.layers.Dense(width, dtype=dtype, name="enter")
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
            inputs: `[B, S]` integers, or `[B, S, F]`.
            mask: `[B, S]` boolean, True = real. None takes tokens other than PAD, or
                all vectors.
            training: Whether dropout is on.

        Returns:
            `Memory`.
        """
        if mask is None and self.inputs_kind == "tokens":
            mask = ops.not_equal(inputs, PAD)  # [B, S]
        vectors = self.drop(self.enter(inputs), training=training)  # [B, S, D]
        return self.encoder(vectors, mask=mask, training=training)

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
            "dropout": self.dropout,
        }

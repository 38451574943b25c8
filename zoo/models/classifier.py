"""Classifier: an encoder of any kind, pooled, and one label for the whole."""

import keras
from keras import ops

from zoo.layers.checks import check_choice
from zoo.layers.places import mean_real
from zoo.models.reader import Reader


def pool_mean(memory):
    """Mean of the real states, `[B, W]`; zeros where no place is real."""
    return mean_real(memory.states, memory.mask)


def pool_max(memory):
    """Largest value of each unit over the real states, `[B, W]`; zeros if none."""
    mask = memory.mask[..., None]  # [B, S, 1]
    lowest = ops.where(mask, memory.states, -1e4)  # fits every floating type
    largest = ops.max(lowest, axis=1)
    return ops.where(ops.any(mask, axis=1), largest, ops.zeros_like(largest))


# Name -> (widths of a state that come out, the function).
POOLINGS = {
    "last": (1, lambda memory: memory.summary),
    "mean": (1, pool_mean),
    "max": (1, pool_max),
    "mean_max": (
        2,
        lambda memory: ops.concatenate([pool_mean(memory), pool_max(memory)], axis=-1),
    ),
}


@keras.saving.register_keras_serializable(package="zoo")
class Classifier(Reader):
    """Labels a whole sequence: many-to-one.

        p(label | x) = softmax(pool(states) W + bias)

    Args:
        encoder: Dictionary of the encoder's options; `kind` is a key of
            `zoo.models.parts.ENCODERS`.
        classes: Positive integer C, the number of labels.
        width: Positive integer D, of the vectors that the encoder reads.
        vocabulary_size: Positive integer V, the number of token ids; None where the
            inputs are vectors.
        pooling: `"last"`: the encoder's summary, for a recurrent one the state after
            the row's last real step, of each direction; `"mean"` or `"max"` over the
            real states; `"mean_max"`: both side by side.
        inputs: `"tokens"` or `"vectors"`.
        features: Positive integer F, width of the vectors; None for tokens.
        dropout: Float in [0, 1), dropout on the embedded inputs and before the softmax.

    Call arguments:
        inputs: `[B, S]` integers, PAD masked; or `[B, S, F]`.
        mask: `[B, S]` boolean, True = real; None takes tokens other than PAD, or all
            vectors.

    Returns:
        Logits `[B, C]`.

    Raises:
        ValueError: The encoder or the pooling is not known, or the options do not go
            together.

    Reference:
        Howard and Ruder 2018, "Universal Language Model Fine-tuning for Text
        Classification", section 3.3, for mean and maximum side by side.
    """

    def __init__(self, encoder, classes, width, pooling="last", **kwargs):
        super().__init__(encoder, classes, width, **kwargs)
        check_choice("pooling", pooling, tuple(POOLINGS))
        self.pooling = pooling
        self.times, self.pool = POOLINGS[pooling]

    def build(self, inputs_shape):
        """Makes all weights."""
        self.build_reader(self.times * self.read_width)

    def call(self, inputs, mask=None, training=None):
        """Scores every label."""
        pooled = self.pool(self.encode(inputs, mask, training))  # [B, W] or [B, 2 * W]
        return self.output_layer(self.drop(pooled, training=training))  # [B, C]

    def compute_mask(self, inputs, mask=None):
        """Gives none: there is one label a row."""
        return None

    def get_config(self):
        """Returns the arguments."""
        return {**super().get_config(), "pooling": self.pooling}


def build_classifier(options, vocabulary_size):
    """Makes a `Classifier` with weights from a recipe's options."""
    model = Classifier(**{"vocabulary_size": vocabulary_size, **options})
    model.build((None, None, model.features) if model.features else (None, None))
    return model

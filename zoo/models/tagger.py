"""Tagger: an encoder of any kind, and a label for every step."""

import keras

from zoo.models.reader import Reader


@keras.saving.register_keras_serializable(package="zoo")
class Tagger(Reader):
    """Labels every step of a sequence: many-to-many, aligned.

        p(label_t | x) = softmax(states_t W + bias)

    An encoder that reads in one direction labels a step from what came before it; one
    that reads in both, or attends, from the whole sequence.

    Args:
        encoder: Dictionary of the encoder's options; `kind` is a key of
            `zoo.models.parts.ENCODERS`.
        classes: Positive integer C, the number of labels.
        width: Positive integer D, of the vectors that the encoder reads.
        vocabulary_size: Positive integer V, the number of token or word ids; None where
            the inputs are vectors.
        inputs: `"tokens"`, `"vectors"` or `"words"`.
        features: Positive integer F, width of the vectors; None for other inputs.
        words: Dictionary of the options of a `WordEncoder`; None for other inputs.
        dropout: Float in [0, 1), dropout on the embedded inputs and before the softmax.

    Call arguments:
        inputs: `[B, S]` integers, PAD masked; `[B, S, F]`; or, for words, a dictionary
            of `words` `[B, S]` and `characters` `[B, S, C]`, integers, PAD masked.
        mask: `[B, S]` boolean, True = real; None takes tokens or words other than PAD,
            or all vectors.

    Returns:
        Logits `[B, S, C]`; those of masked steps mean nothing.

    Raises:
        ValueError: The encoder is of no known kind, or the options do not go together.

    Reference:
        Graves 2012, "Supervised Sequence Labelling with Recurrent Neural Networks".
    """

    def build(self, inputs_shape):
        """Makes all weights."""
        self.build_reader(self.read_width)

    def call(self, inputs, mask=None, training=None):
        """Scores every label at every step."""
        states = self.encode(inputs, mask, training).states  # [B, S, W]
        return self.output_layer(self.drop(states, training=training))  # [B, S, C]


def build_tagger(options, vocabulary_size):
    """Makes a `Tagger` with weights from a recipe's options."""
    model = Tagger(**{"vocabulary_size": vocabulary_size, **options})
    model.build((None, None, model.features) if model.features else (None, None))
    return model

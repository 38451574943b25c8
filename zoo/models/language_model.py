"""Language model: a decoder of any kind, without a memory."""

import keras
from keras import ops

from zoo.models import parts
from zoo.models.writer import Writer


@keras.saving.register_keras_serializable(package="zoo")
class LanguageModel(Writer):
    """Scores the next token of a text from the tokens before it.

        p(x_1 ... x_T) = product over t of p(x_t | x_1 ... x_(t-1))

    `state` is all that the model remembers of what it has read, so handing it on from
    one chunk of a long text to the next is truncated backpropagation through time.

    Args:
        decoder: Dictionary of the decoder's options; `kind` is a key of
            `zoo.models.parts.DECODERS`. It is made without a memory.
        vocabulary_size: Positive integer V, the number of token ids.
        width: Positive integer D, of embeddings and decoder.
        tied: Whether the softmax shares the embedding's weights.
        dropout: Float in [0, 1), dropout on the embeddings and before the softmax.

    Call arguments:
        inputs: `[B, T]` integers: START and the tokens as far as they are known. PAD
            on the right changes nothing before it.

    Returns:
        Logits of each next token, `[B, T, V]`.

    Raises:
        ValueError: The decoder is of no known kind, or it reads a memory: it has
            attention, or a bridge from a summary.

    Reference:
        Bengio et al. 2003, "A Neural Probabilistic Language Model"; Mikolov et al.
        2010, "Recurrent Neural Network Based Language Model".
    """

    def __init__(
        self, decoder, vocabulary_size, width, tied=True, dropout=0.0, **kwargs
    ):
        super().__init__(decoder, vocabulary_size, width, tied, dropout, **kwargs)
        if getattr(self.decoder, "reads_memory", False):
            raise ValueError(
                "`decoder` must read no memory: a language model has none, so it has "
                f"neither attention nor a bridge. Received: decoder={decoder}"
            )

    def decided(self):
        """Returns the options that leave the decoder without a memory."""
        options = self.decoder_options
        kind = options.get("kind") if isinstance(options, dict) else None
        return parts.WITHOUT_MEMORY.get(kind, {})

    def build(self, inputs_shape):
        """Makes all weights."""
        self.build_writer()

    def score_next(self, hidden):
        """Scores every next token from what the decoder gives.

        Args:
            hidden: `[B, T, D]`.

        Returns:
            Logits `[B, T, V]`, as `decode` has them without dropout.
        """
        if not self.tied:
            return self.output_layer(hidden) + self.output_bias  # [B, T, V]
        shared = ops.cast(self.embedding.embeddings, hidden.dtype)  # [V, D]
        return ops.matmul(hidden, ops.transpose(shared)) + self.output_bias

    def call(self, inputs, training=None):
        """Scores a text that is known."""
        state = self.initial_state(ops.shape(inputs)[0])
        return self.decode(inputs, None, state, training=training)[0]


def build_language_model(options, vocabulary_size):
    """Makes a `LanguageModel` with weights from a recipe's options."""
    model = LanguageModel(vocabulary_size=vocabulary_size, **options)
    model.build((None, None))
    return model

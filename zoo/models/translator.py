"""Translator: an encoder and a decoder of any kinds, with parameters of their own."""

import keras
from keras import ops

from zoo.layers.transformer_stack import TransformerStack as Stack
from zoo.models import parts
from zoo.models.writer import Writer
from zoo.tokens import PAD


@keras.saving.register_keras_serializable(package="zoo")
class Translator(Writer):
    """Reads a source sentence into a memory and writes a target sentence from it.

        p(y_1 ... y_T | x) = product over t of p(y_t | y_1 ... y_(t-1), memory(x))

    Where the encoder's vectors are not of the width that the decoder reads (D, but for
    a recurrent decoder with a `memory_width`), a linear layer between makes them so.

    Args:
        encoder: Dictionary of the encoder's options; `kind` is a key of
            `zoo.models.parts.ENCODERS`.
        decoder: Dictionary of the decoder's options; `kind` is a key of
            `zoo.models.parts.DECODERS`.
        vocabulary_size: Positive integer V, the number of target token ids.
        width: Positive integer D, of embeddings, memory and decoder.
        source_vocabulary_size: Positive integer, the number of source token ids; None
            where both languages have one vocabulary and share one embedding.
        tied: Whether the softmax shares the target embedding's weights. With one
            vocabulary, embeddings and softmax are then one matrix, as in the
            Transformer paper, section 3.4.
        dropout: Float in [0, 1), dropout on the embeddings and before the softmax.

    Call arguments:
        inputs: Dictionary of `source` `[B, S]` and `tokens` `[B, T]`, integers: the
            source, and START and the target as far as it is known (teacher forcing).
            PAD in the source is masked.

    Returns:
        Logits of each next token, `[B, T, V]`.

    Raises:
        ValueError: Encoder or decoder is of no known kind.

    Reference:
        Sutskever et al. 2014; Cho et al. 2014; Bahdanau et al. 2015; Vaswani et al.
        2017.
    """

    def __init__(
        self,
        encoder,
        decoder,
        vocabulary_size,
        width,
        source_vocabulary_size=None,
        tied=True,
        dropout=0.0,
        **kwargs,
    ):
        super().__init__(decoder, vocabulary_size, width, tied, dropout, **kwargs)
        self.encoder_options = dict(encoder) if isinstance(encoder, dict) else encoder
        self.source_vocabulary_size = source_vocabulary_size
        dtype = self.dtype_policy
        self.source_embedding = self.embedding
        if source_vocabulary_size is not None:
            self.source_embedding = parts.make_embedding(
                source_vocabulary_size, width, dtype, "source_embedding"
            )
        self.encoder = parts.make(parts.ENCODERS, "encoder", encoder, width, dtype)
        self.read_width = parts.output_width(self.encoder, width)
        self.adapt = None
        memory_width = parts.memory_width(self.decoder, width)
        if self.read_width != memory_width:
            self.adapt = keras.layers.Dense(memory_width, dtype=dtype, name="adapt")

    def build(self, inputs_shape):
        """Makes all weights."""
        self.build_writer()
        if not self.source_embedding.built:
            self.source_embedding.build((None, None))
        self.encoder.build((None, None, self.width))
        if self.adapt:
            self.adapt.build((None, self.read_width))

    def encode(self, source, training=None):
        """Turns a source sentence into the decoder's memory.

        Args:
            source: `[B, S]` integers, PAD on the right.
            training: Whether dropout is on.

        Returns:
            `Memory`, projected by the decoder.
        """
        return self._encode(source, training)[0]

    def look(self, source, tokens):
        """Scores known translations, and says where each place looked.

        Args:
            source: `[B, S]` integers, PAD on the right.
            tokens: `[B, T]` integers: START and the target.

        Returns:
            Pair of the logits of each next token `[B, T, V]` and a dictionary of the
            attention maps there are: `cross` `[B, L, H, T, S]` of a decoder with
            attention, and of a Transformer `encoder` `[B, L, H, S, S]` and `decoder`
            `[B, L, H, T, T]`.
        """
        memory, maps = self._encode(source, look=isinstance(self.encoder, Stack))
        state = self.initial_state(ops.shape(tokens)[0], memory=memory)
        if isinstance(self.decoder, Stack):
            hidden, _, cross, own = self.decoder(
                self.embedding(tokens), memory, state, return_attention_scores=True
            )
            maps |= {"cross": cross, "decoder": own}
            return self.score(hidden), maps
        logits, _, cross = self.decode(tokens, memory, state)
        return logits, maps if cross is None else {**maps, "cross": cross}

    def _encode(self, source, training=None, look=False):
        """Returns the projected `Memory`, and the maps of an encoder asked to look."""
        mask = ops.not_equal(source, PAD)  # [B, S]
        inputs = self.drop(self.source_embedding(source), training=training)
        maps, options = {}, {"return_attention_scores": True} if look else {}
        memory = self.encoder(inputs, mask=mask, training=training, **options)
        if look:
            memory, maps["encoder"] = memory
        if self.adapt:
            memory = memory._replace(
                states=self.adapt(memory.states),  # [B, S, M]
                summary=self.adapt(memory.summary),  # [B, M]
            )
        return self.decoder.project(memory), maps

    def call(self, inputs, training=None):
        """Scores translations that are known."""
        tokens = inputs["tokens"]
        memory = self.encode(inputs["source"], training=training)
        state = self.initial_state(ops.shape(tokens)[0], memory=memory)
        return self.decode(tokens, memory, state, training=training)[0]

    def get_config(self):
        """Returns the arguments."""
        return {
            **super().get_config(),
            "encoder": self.encoder_options,
            "source_vocabulary_size": self.source_vocabulary_size,
        }


def build_translator(options, vocabulary_size):
    """Makes a `Translator` with weights from a recipe's options."""
    model = Translator(vocabulary_size=vocabulary_size, **options)
    model.build({"source": (None, None), "tokens": (None, None)})
    return model

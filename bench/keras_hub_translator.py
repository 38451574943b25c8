"""A Transformer of KerasHub's blocks, decoded by KerasHub's samplers."""

import keras
import keras_hub
from keras import ops

from zoo.tokens import END, PAD, START, UNKNOWN

FORBIDDEN = (PAD, UNKNOWN, START, END)


class KerasHubTranslator(keras.layers.Layer):
    """Reads one token a step, and keeps the keys and values of both attentions.

    So do KerasHub's own encoder-decoder models; but here those of the source, the same
    for all hypotheses of a row, stand outside the sampler's cache, which need not
    gather them at each step.

    Args:
        options: Dictionary of a recipe's `model`: the sizes.
        vocabulary_size: Integer V.
        beam: Integer K; 1 is greedy.
        length: Integer T, pieces written, by all rows alike.

    Call arguments:
        source: `[B, S]` integers, without PAD.

    Returns:
        START and the best pieces, `[B, 1 + T]` integers; their scores stay inside.
    """

    def __init__(self, options, vocabulary_size, beam, length):
        super().__init__()
        layers, sizes = keras_hub.layers, options["decoder"]
        self.heads, width = sizes["num_heads"], options["width"]
        self.width, self.beam, self.length = width, beam, length
        self.embedding = layers.ReversibleEmbedding(vocabulary_size, width)
        self.positions = layers.SinePositionEncoding()
        inner = (sizes["intermediate_dim"], self.heads)
        count = range(sizes["num_layers"])
        self.encoders = [layers.TransformerEncoder(*inner) for _ in count]
        self.decoders = [layers.TransformerDecoder(*inner) for _ in count]
        self.sampler = keras_hub.samplers.GreedySampler()
        if beam > 1:
            self.sampler = keras_hub.samplers.BeamSampler(num_beams=beam)
        never = ops.sum(ops.one_hot(FORBIDDEN, vocabulary_size), 0)
        self.never = -1e9 * never  # [V]
        self.build_blocks()

    def build_blocks(self):
        """Makes all weights."""
        vectors = (None, None, self.width)
        self.embedding.build((None, None))
        for block in self.encoders:
            block.build(vectors)
        for block in self.decoders:
            block.build(vectors, vectors)
        self.built = True

    def call(self, source):
        """Translates."""
        rows, read = source.shape
        hidden = self.embed(source, 0)
        for block in self.encoders:
            hidden = block(hidden)
        size = self.width // self.heads
        empty = ops.zeros((rows, 2, self.length, self.heads, size))
        cache = [empty for _ in self.decoders]
        unread = ops.zeros((rows, 2, read, self.heads, size))
        start = ops.full((rows, 1), START, dtype="int32")
        unread = [unread for _ in self.decoders]
        _, _, cross = self.read(start, 0, hidden, cache, unread, 0)
        # The memory is the same for all hypotheses of a row and never reordered.
        hidden = ops.repeat(hidden, self.beam, axis=0)
        cross = [ops.repeat(kept, self.beam, axis=0) for kept in cross]

        def following(prompt, cache, index):
            token = ops.slice(prompt, [0, index - 1], [rows * self.beam, 1])
            logits, cache, _ = self.read(token, index - 1, hidden, cache, cross, None)
            return logits, None, cache

        prompt = ops.full((rows, 1 + self.length), START, dtype="int32")
        return self.sampler(following, prompt, cache=cache, index=1)

    def read(self, token, place, memory, cache, cross, cross_index):
        """Reads one token of each row, `[N, 1]`.

        Args:
            token: `[N, 1]` integers.
            place: Integer, where it stands.
            memory: `[N, S, D]`.
            cache: List of keys and values of self-attention, `[N, 2, T, H, d]` each.
            cross: List of those of the memory, `[N, 2, S, H, d]` each.
            cross_index: 0 computes those of the memory, None takes them as they are.

        Returns:
            Triple of logits `[N, V]`, `cache` and `cross`.
        """
        hidden, kept, memories = self.embed(token, place), [], []
        for block, own, other in zip(self.decoders, cache, cross, strict=True):
            hidden, own, other = block(
                hidden,
                memory,
                self_attention_cache=own,
                self_attention_cache_update_index=place,
                cross_attention_cache=other,
                cross_attention_cache_update_index=cross_index,
            )
            kept.append(own)
            memories.append(other)
        logits = self.embedding(hidden[:, 0], reverse=True) + self.never
        return logits, kept, memories

    def embed(self, tokens, place):
        """Scaled embeddings and positions from a place on."""
        vectors = self.embedding(tokens) * self.width**0.5
        return vectors + self.positions(vectors, start_index=place)

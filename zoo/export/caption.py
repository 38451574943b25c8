"""A captioner as a SavedModel: picture bytes in, captions out."""

import tensorflow as tf

from zoo.export.beam_search import LONGEST_PENALTY, WIDEST, BeamSearch
from zoo.export.options import check_range
from zoo.export.weights import ShippedWeights
from zoo.prepare.caption import MAX_LENGTH
from zoo.preprocess import images
from zoo.preprocess.words import Words
from zoo.tokens import END, PAD, START

TOP = 5  # words listed at each place


class CaptionSearch(BeamSearch):
    """Beam search with a captioner, for graphs and for choosing options on dev.

    Args:
        model: `zoo.models.caption.Captioner`.
    """

    def __init__(self, model):
        super().__init__(model, MAX_LENGTH)

    def explain(self, grid, tokens):
        """Scores known captions word by word.

        Args:
            grid: `[B, S, features]`.
            tokens: `[B, T]` int32, a caption each.

        Returns:
            Pair of probabilities of every next word `[B, T, V]`, and where the model
            looked `[B, T, S]` (mean over layers and heads), or None.
        """
        start = tf.fill([tf.shape(tokens)[0], 1], START)
        known = tf.concat([start, tokens[:, :-1]], axis=1)  # [B, T]
        memory = self.model.encode(grid)
        rows, length = tf.unstack(tf.shape(known))
        state = self.model.initial_state(rows, length, memory)
        logits, _, attention = self.model.decode(known, memory, state)
        if attention is not None:
            attention = tf.reduce_mean(attention, axis=(1, 2))  # [B, T, S]
        return tf.nn.softmax(logits), attention


def write(folder, encoder, model, vocabulary, width, length_penalty, dtype="float16"):
    """Writes a captioner as a SavedModel with its three signatures.

    Args:
        folder: `pathlib.Path` of an existing, empty folder.
        encoder: `zoo.layers.PictureEncoder`.
        model: `zoo.models.caption.Captioner`.
        vocabulary: List of words, by id.
        width: Integer, hypotheses of `serving_default` and `explain`.
        length_penalty: Float, theirs.
        dtype: Floating type of the shipped weights.
    """
    module = tf.Module()
    module.words = Words(vocabulary)
    module.encoder_weights = ShippedWeights(encoder, dtype)
    module.decoder_weights = ShippedWeights(model, dtype)
    search = CaptionSearch(model)
    pictures = tf.TensorSpec([None], tf.string, "image_bytes")

    @tf.function(input_signature=[pictures])
    def encode(image_bytes):
        """`[B]` -> `[B, S, features]`; one function, so that signatures share it."""
        pixels = images.decode(image_bytes)  # [B, 224, 224, 3]
        rows = tf.shape(pixels)[0]
        # Some convolutions fail on no rows at all: give them one, and drop it.
        pixels = tf.pad(pixels, [[0, tf.maximum(1 - rows, 0)], [0, 0], [0, 0], [0, 0]])
        with module.encoder_weights.scope():
            grid = encoder(pixels)[:rows]  # [B, 7, 7, features]
        return tf.reshape(grid, [-1, grid.shape[1] * grid.shape[2], grid.shape[3]])

    def best(grid):
        rows = tf.shape(grid)[:1]
        widths, penalties = tf.fill(rows, width), tf.fill(rows, length_penalty)
        tokens, scores = search(grid, widths, penalties)
        return tokens[:, 0], scores[:, 0]

    @tf.function(input_signature=[pictures])
    def serving_default(image_bytes):
        grid = encode(image_bytes)
        with module.decoder_weights.scope():
            tokens, scores = best(grid)
        return {"caption": module.words.detokenize(tokens), "score": scores}

    @tf.function(
        input_signature=[
            pictures,
            tf.TensorSpec([None], tf.int32, "width"),
            tf.TensorSpec([None], tf.float32, "length_penalty"),
        ]
    )
    def beam(image_bytes, width, length_penalty):
        width = check_range("width", width, 1, WIDEST)
        length_penalty = check_range(
            "length_penalty", length_penalty, 0, LONGEST_PENALTY
        )
        grid = encode(image_bytes)
        with module.decoder_weights.scope():
            tokens, scores = search(grid, width, length_penalty)
        return {"captions": module.words.detokenize(tokens), "scores": scores}

    @tf.function(input_signature=[pictures])
    def explain(image_bytes):
        grid = encode(image_bytes)
        with module.decoder_weights.scope():
            tokens, _ = best(grid)
            real = tf.not_equal(tokens, PAD) & tf.not_equal(tokens, END)  # [B, T]
            lengths = tf.reduce_sum(tf.cast(real, tf.int32), axis=1)
            longest = tf.reduce_max(tf.concat([lengths, [1]], axis=0))
            tokens, real = tokens[:, :longest], real[:, :longest]
            shares, attention = search.explain(grid, tokens)
        spoken = tf.cast(real, tf.float32)
        top, ids = tf.math.top_k(shares, TOP)  # [B, T, 5]
        chosen = tf.gather(shares, tokens, batch_dims=2)  # [B, T]
        listed = tf.where(real[..., None], tf.gather(module.words.words, ids), "")
        answer = {
            "words": module.words.spell(tokens),
            "probabilities": chosen * spoken,
            "top_words": listed,
            "top_probabilities": top * spoken[..., None],
        }
        if attention is not None:
            side = int(model.cells**0.5)
            maps = attention * spoken[..., None]
            answer["attention"] = tf.reshape(maps, [-1, longest, side, side])
        return answer

    tf.saved_model.save(
        module,
        str(folder),
        signatures={
            "serving_default": serving_default,
            "beam": beam,
            "explain": explain,
        },
        options=tf.saved_model.SaveOptions(experimental_custom_gradients=False),
    )

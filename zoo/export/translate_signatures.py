"""A translator as a SavedModel: raw text in, its translation out."""

import tensorflow as tf

from zoo.export.beam_search import LONGEST_PENALTY, WIDEST, BeamSearch
from zoo.export.options import check_range
from zoo.export.rows import side_by_side
from zoo.export.weights import ShippedWeights
from zoo.preprocess.source import read_source
from zoo.tokens import END, PAD, START

MOST_READ = 128  # pieces of a source
MOST_WRITTEN = 256  # pieces of a translation, END among them
# A translation stands on one line, whatever breaks its pieces hold.
BLANKS = r"[\s\x{0B}\x{1C}-\x{1F}\x{85}\x{A0}\x{2028}\x{2029}]+"


def most_written(lengths):
    """Returns how many pieces the translation of a source may have, END among them.

    Args:
        lengths: Integers, pieces of the sources; of nothing nothing is written.
    """
    return tf.where(lengths > 0, tf.minimum(2 * lengths + 10, MOST_WRITTEN), 1)


class TranslationSearch:
    """A translator that reads and writes text, for graphs and for choosing on dev.

    Args:
        model: `zoo.models.translator.Translator`.
        pieces: `zoo.preprocess.pieces.Pieces` of both languages, which keep the
            beginning of a text, and more of it than is read here.

    Raises:
        ValueError: The pieces cut a text themselves, where no word ends.
    """

    def __init__(self, model, pieces):
        reading = pieces.reading
        if reading.head < MOST_WRITTEN or reading.tail:
            raise ValueError(
                f"`pieces` must keep the first {MOST_WRITTEN} of a text at least, and "
                f"nothing of its end. Received: {reading}"
            )
        self.model = model
        self.pieces = pieces
        self.search = BeamSearch(model, MOST_WRITTEN)

    def read(self, text):
        """Splits sources.

        Args:
            text: `[B]` strings.

        Returns:
            Dictionary: ids `source` `[B, S]`, PAD on the right; what stood there,
            `surfaces` `[B, S]`; `lengths` `[B]`, and `truncated` `[B]`.
        """
        tokens, surfaces, truncated = read_source(self.pieces, text, MOST_READ)
        return {
            "source": side_by_side(tokens, PAD),
            "surfaces": side_by_side(surfaces, ""),
            "lengths": tf.cast(tokens.row_lengths(), tf.int32),
            "truncated": truncated,
        }

    def write(self, tokens):
        """Writes translations, each on one line.

        Args:
            tokens: `[..., T]` int32.

        Returns:
            `[...]` strings.
        """
        return tf.strings.regex_replace(self.pieces.detokenize(tokens), BLANKS, " ")

    def best(self, read, width, length_penalty):
        """Translates sources that were read.

        Args:
            read: From `read`.
            width: `[B]` int32.
            length_penalty: `[B]` float32.

        Returns:
            Pair of tokens `[B, K, T]` and scores `[B, K]`, best first.
        """
        lengths = most_written(read["lengths"])
        return self.search(read["source"], width, length_penalty, lengths)

    def explain(self, read, translation, width, length_penalty):
        """Scores translations piece by piece: those given, or else the model's own.

        Args:
            read: From `read`.
            translation: `[B]` strings; a blank one stands for the model's own.
            width: `[B]` int32, for its own.
            length_penalty: `[B]` float32, for its own.

        Returns:
            Triple of tokens `[B, T]` with END, PAD after it; the log-probability of
            each `[B, T]`; and the attention maps of `Translator.look`, zeros at
            places of a target that are not there.
        """
        given = self.pieces.tokenize(translation)[:, : MOST_WRITTEN - 1]
        own = given.row_lengths() == 0  # [B]
        # A row whose translation is given needs none: it ends with its first piece.
        lengths = tf.where(own, most_written(read["lengths"]), 1)
        found, _ = self.search(read["source"], width, length_penalty, lengths)
        ended = tf.fill([tf.shape(translation)[0], 1], END)
        given = tf.concat([given, ended], axis=1).to_tensor(PAD)  # [B, T']
        longest = tf.maximum(tf.shape(given)[1], tf.shape(found)[2])
        given, found = (
            tf.pad(tokens, [[0, 0], [0, longest - tf.shape(tokens)[1]]])
            for tokens in (given, found[:, 0])
        )
        tokens = tf.where(own[:, None], found, given)
        longest = tf.reduce_max(tf.reduce_sum(tf.cast(tokens != PAD, tf.int32), 1))
        tokens = tokens[:, : tf.maximum(longest, 1)]  # [B, T]
        known = tf.pad(tokens[:, :-1], [[0, 0], [1, 0]], constant_values=START)
        logits, maps = self.model.look(read["source"], known)
        chances = tf.gather(tf.nn.log_softmax(logits), tokens, batch_dims=2)  # [B, T]
        there = tf.cast(tokens != PAD, chances.dtype)
        real = tf.cast(read["source"] != PAD, chances.dtype)
        looks = {"cross": there, "encoder": real, "decoder": there}
        for name, places in looks.items():
            if name in maps:
                maps[name] *= places[:, None, None, :, None]
        return tokens, chances * there, maps


def write(folder, model, pieces, width, length_penalty, dtype="float16"):
    """Writes a translator as a SavedModel with its three signatures.

    Args:
        folder: `pathlib.Path` of an existing, empty folder.
        model: `zoo.models.translator.Translator`.
        pieces: `zoo.preprocess.pieces.Pieces` of both languages.
        width: Integer, hypotheses of `serving_default` and `explain`.
        length_penalty: Float, theirs.
        dtype: Floating type of the shipped weights.
    """
    module = tf.Module()
    module.pieces = pieces
    module.weights = ShippedWeights(model, dtype)
    search = TranslationSearch(model, pieces)
    texts = tf.TensorSpec([None], tf.string, "text")

    def chosen(text):
        rows = tf.shape(text)
        return tf.fill(rows, width), tf.fill(rows, tf.cast(length_penalty, tf.float32))

    @tf.function(input_signature=[texts])
    def serving_default(text):
        read = search.read(text)
        with module.weights.scope():
            tokens, scores = search.best(read, *chosen(text))
        return {
            "translation": search.write(tokens[:, 0]),
            "score": scores[:, 0],
            "truncated": read["truncated"],
        }

    @tf.function(
        input_signature=[
            texts,
            tf.TensorSpec([None], tf.int32, "width"),
            tf.TensorSpec([None], tf.float32, "length_penalty"),
        ]
    )
    def beam(text, width, length_penalty):
        width = check_range("width", width, 1, WIDEST)
        length_penalty = check_range(
            "length_penalty", length_penalty, 0, LONGEST_PENALTY
        )
        read = search.read(text)
        with module.weights.scope():
            tokens, scores = search.best(read, width, length_penalty)
        return {
            "translations": search.write(tokens),
            "scores": scores,
            "truncated": read["truncated"],
        }

    @tf.function(
        input_signature=[texts, tf.TensorSpec([None], tf.string, "translation")]
    )
    def explain(text, translation):
        read = search.read(text)
        with module.weights.scope():
            tokens, chances, maps = search.explain(read, translation, *chosen(text))
        return {
            "translation": search.write(tokens),
            "source_tokens": read["surfaces"],
            "target_tokens": pieces.spell(tokens),
            "target_logprobs": chances,
            "truncated": read["truncated"],
            **{f"{name}_attention": weights for name, weights in maps.items()},
        }

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

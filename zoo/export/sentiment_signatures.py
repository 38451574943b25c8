"""A sentiment classifier as a SavedModel: raw text in, a verdict out."""

import tensorflow as tf

from zoo.corpora.texts import LABELS
from zoo.export.rows import side_by_side
from zoo.export.sentiment_prefixes import read_prefixes
from zoo.export.weights import ShippedWeights
from zoo.tokens import PAD


def write(folder, model, pieces, dtype="float16"):
    """Writes a classifier as a SavedModel with its two signatures.

    Args:
        folder: `pathlib.Path` of an existing, empty folder.
        model: `zoo.models.classifier.Classifier` of `LABELS`.
        pieces: `zoo.preprocess.pieces.Pieces` that its texts were split with.
        dtype: Floating type of the shipped weights.
    """
    module = tf.Module()
    module.pieces = pieces
    module.weights = ShippedWeights(model, dtype)
    texts = tf.TensorSpec([None], tf.string, "text")

    @tf.function(input_signature=[texts])
    def serving_default(text):
        tokens = side_by_side(pieces.tokenize(text), PAD)  # [B, S]
        with module.weights.scope():
            positive = tf.nn.softmax(model(tokens))[:, 1]  # [B]
        label = tf.where(positive > 0.5, LABELS[1], LABELS[0])
        return {"label": label, "positive": positive}

    @tf.function(input_signature=[texts])
    def explain(text):
        tokens, surfaces = pieces.split(text)
        tokens = side_by_side(tokens, PAD)  # [B, S]
        real = tf.cast(tokens != PAD, tf.float32)
        with module.weights.scope():
            memory, attention = model.look(tokens)
            moved = read_prefixes(model, tokens, memory)
        answer = {
            "tokens": side_by_side(surfaces, ""),
            "prefix_positive": moved,
            "hidden": memory.states * real[..., tf.newaxis],
        }
        if attention is not None:  # where a place that is not there looks is nothing
            answer["attention"] = attention * real[:, None, None, :, None]
        return answer

    tf.saved_model.save(
        module,
        str(folder),
        signatures={"serving_default": serving_default, "explain": explain},
        options=tf.saved_model.SaveOptions(experimental_custom_gradients=False),
    )

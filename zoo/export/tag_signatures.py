"""A tagger as a SavedModel: a raw sentence in, its words with their tags out."""

import tensorflow as tf

from zoo.corpora.sentences import UPOS
from zoo.export.rows import side_by_side
from zoo.export.weights import ShippedWeights
from zoo.preprocess.sentence_words import MOST_WORDS
from zoo.preprocess.text import clean

TOP = 3  # tags listed for each word
MOST_WORD_BYTES = 500  # of a word that came split already; what follows is not read


def write(folder, model, words, split, dtype="float16"):
    """Writes a tagger as a SavedModel with its three signatures.

    In spare places words and tags are "", all numbers 0.

    Args:
        folder: `pathlib.Path` of an existing, empty folder.
        model: `zoo.models.tagger.Tagger` of the tags `UPOS`.
        words: `zoo.preprocess.characters.TaggerWords` that it was trained with.
        split: `zoo.preprocess.sentence_words.SentenceWords` of its language.
        dtype: Floating type of the shipped weights.
    """
    module = tf.Module()
    module.words, module.split = words, split
    module.weights = ShippedWeights(model, dtype)
    module.tags = tf.constant(UPOS)
    texts = tf.TensorSpec([None], tf.string, "text")
    table = tf.TensorSpec([None, None], tf.string, "words")

    @tf.function(input_signature=[texts])
    def cut(text):
        """`[B]` -> words, starts and ends, each `[B, W]` with W at least 1."""
        words, starts, ends = module.split(text)
        return [side_by_side(*part) for part in ((words, ""), (starts, 0), (ends, 0))]

    @tf.function(input_signature=[table])
    def read(words):
        """`[B, W]` -> probabilities `[B, W, 17]`, hidden `[B, W, D]`, attention.

        A function, as `cut` is, so that signatures share it; B and W are at least 1.
        """
        with module.weights.scope():
            memory, attention = model.look(module.words(words))
            shares = tf.nn.softmax(model.output_layer(memory.states))
        real = tf.cast(tf.not_equal(words, ""), tf.float32)  # [B, W]
        answer = [shares * real[..., None], memory.states * real[..., None]]
        if attention is not None:  # where a place that is not there looks is nothing
            answer.append(attention * real[:, None, None, :, None])
        return answer

    def label(words):
        """`[B, W]` -> tags and scores, each `[B, W]`; no row or word need be there."""
        rows, length = tf.unstack(tf.shape(words))
        shares = read(_at_least_one(words))[0][:rows, :length]  # [B, W, 17]
        tags = tf.gather(module.tags, tf.argmax(shares, axis=-1))
        return {
            "tags": tf.where(tf.equal(words, ""), "", tags),
            "scores": tf.reduce_max(shares, axis=-1),
        }

    @tf.function(input_signature=[texts])
    def serving_default(text):
        words, starts, ends = cut(text)
        return {"words": words, "starts": starts, "ends": ends, **label(words)}

    @tf.function(input_signature=[table])
    def tag_words(words):
        read = words[:, :MOST_WORDS]
        flat = clean(tf.reshape(read, [-1]), MOST_WORD_BYTES)
        answer = label(tf.reshape(flat, tf.shape(read)))
        left = tf.shape(words)[1] - tf.shape(read)[1]  # too many words get no tag
        return {
            name: tf.pad(part, [[0, 0], [0, left]]) for name, part in answer.items()
        }

    @tf.function(input_signature=[texts])
    def explain(text):
        words = cut(text)[0]  # [B, W]
        rows = tf.shape(words)[0]
        shares, hidden, *attention = read(_at_least_one(words))
        scores, places = tf.math.top_k(shares[:rows], TOP)  # [B, W, 3]
        listed = tf.where(scores > 0, tf.gather(module.tags, places), "")
        answer = {
            "words": words,
            "top_tags": listed,
            "top_scores": scores,
            "hidden": hidden[:rows],
        }
        if attention:
            answer["attention"] = attention[0][:rows]
        return answer

    tf.saved_model.save(
        module,
        str(folder),
        signatures={
            "serving_default": serving_default,
            "tag_words": tag_words,
            "explain": explain,
        },
        options=tf.saved_model.SaveOptions(experimental_custom_gradients=False),
    )


def _at_least_one(words):
    """Gives a table without rows or words one of each: no network reads nothing."""
    missing = tf.maximum(1 - tf.shape(words), 0)
    return tf.pad(words, [[0, missing[0]], [0, missing[1]]], constant_values="")

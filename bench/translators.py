"""Translators of the recipes' sizes that write as long as they may, and their text.

The weights are random, the same in every process, and no piece ends a translation
before it has to: every contestant of `make bench-decode` takes as many steps.
"""

import functools
import random
import tempfile

import numpy as np
import tensorflow as tf

from zoo import models, recipes
from zoo.export import translate_signatures
from zoo.export.beam_search import BeamSearch
from zoo.prepare.translate import READING
from zoo.preprocess import pieces
from zoo.tokens import END, PAD, START, UNKNOWN

SEED = 1
NEVER = -50.0  # added to a logit; random ones are far nearer to 0
SYLLABLES = [first + last for first in "bdfghklmnprst" for last in "aeiou"]


def pieces_for(written):
    """Returns how many pieces a source has of which `written` are written.

    The exported search stops at twice as many and ten more.
    """
    return (written - 10) // 2


def make(architecture):
    """Makes the translator of a recipe.

    Args:
        architecture: As in the recipe's name, for example `"transformer"`.

    Returns:
        `zoo.models.translator.Translator`.
    """
    recipe = recipes.get(f"translate-en-de-{architecture}")
    model = models.build(recipe, learned().size)
    draw = np.random.default_rng(SEED)
    for variable in model.weights:
        if len(variable.shape) > 1:
            drawn = draw.normal(0, variable.shape[-1] ** -0.5, variable.shape)
            variable.assign(drawn)
    bias = np.zeros(learned().size, "float32")
    bias[[PAD, UNKNOWN, START, END]] = NEVER
    model.output_bias.assign(bias)
    return model


@functools.cache
def learned():
    """Learns as many pieces as the recipes have, from made-up words."""
    choice = random.Random(SEED)
    words = ["".join(choice.choices(SYLLABLES, k=3)) for _ in range(20_000)]
    lines = [" ".join(words[begin : begin + 10]) for begin in range(0, 20_000, 10)]
    return pieces.Pieces(pieces.learn(lines, READING), READING)


def sentences(rows, length):
    """Makes up sources of as many pieces each.

    Args:
        rows: Integer B.
        length: Integer S.

    Returns:
        Pair of B strings and their ids, int32 `[B, S]`.
    """
    model, choice = learned(), np.random.default_rng(SEED)
    names = model.spell(tf.range(model.size)[None])[0].numpy()
    words = [name.decode() for name in names if len(name) > 5 and name[:1] == b" "]
    found = []
    while len(found) < rows:
        text = "".join(choice.choice(words, length)).strip()
        ids = model.tokenize([text])[0].numpy()
        if len(ids) == length:
            found.append((text, ids))
    texts, ids = zip(*found, strict=True)
    return list(texts), np.stack(ids)


class Recomputing:
    """A translator without a cache: each step reads everything written so far anew.

    So does the translator of the TensorFlow tutorial, which besides reads the source
    anew and scores every place at each step; here neither is done.

    Args:
        model: `zoo.models.translator.Translator`.
        length: Integer, the most tokens written.
    """

    def __init__(self, model, length):
        self.model = model
        self.length = length
        self.vocabulary_size = model.vocabulary_size
        self.encode, self.softmax = model.encode, model.softmax

    def initial_state(self, rows, length, memory):
        """Returns what was written: nothing."""
        return {
            "known": tf.zeros([rows, self.length], tf.int32),
            "step": tf.zeros([rows], tf.int32),
        }

    def decode(self, tokens, memory, state, softmax):
        """Reads all tokens and scores the next one."""
        step = state["step"][0]
        places = tf.range(tf.shape(state["known"])[1])
        known = tf.where(places == step, tokens, state["known"])  # [N, T]
        first = self.model.initial_state(tf.shape(tokens)[0], memory=memory)
        inputs = self.model.embedding(known[:, : step + 1])  # [N, t, D]
        hidden, _, _ = self.model.decoder(inputs, memory, first)
        logits = self.model.score(hidden[:, -1:], softmax)  # of the last place alone
        return logits, {"known": known, "step": state["step"] + 1}, None


def hold(contestant, case):
    """Makes one contestant ready; returns a function that does its work once."""
    sizes = case["sizes"]
    texts, source = sentences(sizes["batch"], pieces_for(sizes["length"]))
    if contestant["maker"] in SHIPPED:
        beam = exported(SHIPPED[contestant["maker"]]).signatures["beam"]
        rows = [sizes["batch"]]
        return functools.partial(
            beam,
            text=tf.constant(texts),
            width=tf.fill(rows, sizes["beam"]),
            length_penalty=tf.fill(rows, 0.0),
        )
    search = MAKERS[contestant["maker"]](sizes["beam"], sizes["length"])
    step = tf.function(search, jit_compile=contestant["xla"])
    return functools.partial(step, tf.constant(source))


@functools.cache
def exported(architecture):
    """Exports a recipe's translator, and opens it as it is opened anywhere."""
    with tempfile.TemporaryDirectory() as folder:
        translate_signatures.write(folder, make(architecture), learned(), 5, 0.0)
        return tf.saved_model.load(folder)


def recomputing(beam, length):
    """Makes the search of a Transformer without a cache.

    Args:
        beam: Integer, hypotheses.
        length: Integer, pieces written.

    Returns:
        Function of ids `[B, S]` that returns tokens `[B, K, length]` and scores.
    """
    search = BeamSearch(Recomputing(make("transformer"), length), length)

    @tf.function(input_signature=[tf.TensorSpec([None, None], tf.int32)])
    def translate(source):
        rows = tf.shape(source)[:1]
        options = (tf.fill(rows, beam), tf.fill(rows, 0.0), tf.fill(rows, length))
        return search(source, *options)

    return translate


def keras_hub(beam, length):
    """Makes the same search of KerasHub's blocks and samplers.

    Args:
        beam: Integer, hypotheses.
        length: Integer, pieces written.

    Returns:
        Function of ids `[B, S]` that returns START and tokens `[B, 1 + length]`.
    """
    from bench.keras_hub_translator import KerasHubTranslator  # not installed for tests

    recipe = recipes.get("translate-en-de-transformer")
    return KerasHubTranslator(recipe.model, learned().size, beam, length)


SHIPPED = {"zoo": "transformer", "zoo_lstm_attention": "lstm-attention"}
MAKERS = {"recomputing": recomputing, "keras_hub": keras_hub}

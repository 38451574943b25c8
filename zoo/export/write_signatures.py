"""A language model as a SavedModel: a prompt in, what follows it out."""

import tensorflow as tf

from zoo import decode
from zoo.export.options import check_range
from zoo.export.weights import ShippedWeights
from zoo.export.write_hidden import read_hidden, shared_stream
from zoo.export.write_uniforms import uniforms
from zoo.models.ngram import NGram
from zoo.preprocess.letters import Letters, clean, clean_end
from zoo.tokens import PAD

MOST_WRITTEN = 10_000  # characters a call
MOST_PROMPT = 1_000  # characters of a prompt that are read: its end
MOST_SCORED = 200_000
MOST_EXPLAINED = 2_000
HOTTEST = 2.0  # temperature
BLOCK = 1_000  # characters whose nats `score` sums up
CHUNK = 50  # characters read at once, of which memory is a multiple; divides BLOCK
WIDEST = 4  # bytes of a character in UTF-8
TOP = 5  # characters listed at each place


class Reading:
    """What the signatures of a language model compute, on ids.

    Every text is read after one line feed, as if its last line had just ended: so its
    first character has a probability too, and a text without a prompt begins as a line
    does.

    Args:
        model: `LanguageModel` or `NGram`.
        begin: Integer, the id that stands before every text.
    """

    def __init__(self, model, begin):
        self.stream = shared_stream(model, CHUNK)
        self.begin = begin

    def write(self, prompts, position, length, temperature, top_k, seed):
        """Goes on from prompts.

        Args:
            prompts: Ragged `[B, (characters)]` ids.
            position: `[B]` int64, the place in its text of the first character written.
            length: `[B]` int32.
            temperature: `[B]` float32.
            top_k: `[B]` int32.
            seed: `[B]` int64.

        Returns:
            `[B, T]` ids, PAD after each row's length.
        """
        stream = self.stream
        rows = prompts.nrows(tf.int32)
        known = prompts.to_tensor(PAD)  # [B, P]
        counts = tf.cast(prompts.row_lengths(), tf.int32)
        known = tf.concat([self._begins(rows), known], axis=1)  # [B, 1 + P]
        # The last character is left for the first step, which answers it.
        state = stream.follow(known, counts, stream.start(rows))
        longest = tf.reduce_max(tf.concat([length, [1]], axis=0))
        return decode.sample(
            stream.step,
            state,
            tf.gather(known, counts, batch_dims=1),
            uniforms=uniforms(seed, position, longest),
            lengths=length,
            temperature=temperature,
            top_k=top_k,
        )

    def score(self, texts):
        """Scores texts, a chunk of each at a time.

        Args:
            texts: Ragged `[B, (characters)]` ids.

        Returns:
            `[B, N]` float32, the nats of each 1,000 characters.
        """
        stream = self.stream
        rows = texts.nrows(tf.int32)
        counts = tf.cast(texts.row_lengths(), tf.int32)
        longest = tf.reduce_max(tf.concat([counts, [1]], axis=0))
        chunks = (longest + CHUNK - 1) // CHUNK
        targets = texts.to_tensor(PAD, shape=[None, None])
        missing = chunks * CHUNK - tf.shape(targets)[1]
        targets = tf.pad(targets, [[0, 0], [0, missing]])  # PAD is 0
        tokens = tf.concat([self._begins(rows), targets[:, :-1]], axis=1)

        def advance(index, state, nats):
            columns = index * CHUNK + tf.range(CHUNK)
            read, aims = (tf.gather(ids, columns, axis=1) for ids in (tokens, targets))
            log_probs, state = stream.read(read, state)  # [B, C, V]
            chosen = tf.gather(log_probs, aims, batch_dims=2)  # [B, C]
            real = columns < counts[:, None]
            lost = -tf.reduce_sum(tf.where(real, chosen, 0.0), axis=1)  # [B]
            return index + 1, state, nats.write(index, lost)

        nats = tf.TensorArray(tf.float32, chunks, element_shape=[None])
        first = (tf.constant(0), stream.start(rows), nats)
        _, _, nats = tf.while_loop(lambda index, *_: index < chunks, advance, first)
        each = BLOCK // CHUNK  # chunks a block; the last block may have fewer
        by_chunk = tf.pad(nats.stack(), [[0, -chunks % each], [0, 0]])
        by_chunk = tf.reshape(tf.transpose(by_chunk), [rows, -1, each])  # [B, N, 20]
        return tf.reduce_sum(by_chunk, axis=2)

    def explain(self, texts):
        """Reads texts and looks inside.

        Args:
            texts: `[B, T]` ids.

        Returns:
            Pair of probabilities of what follows each character `[B, T, V]` and the
            dictionary of hidden states from `read_hidden`.
        """
        tokens = tf.concat([self._begins(tf.shape(texts)[0]), texts], axis=1)
        log_probs, inside = read_hidden(self.stream, tokens)
        inside = {name: values[:, 1:] for name, values in inside.items()}
        return tf.exp(log_probs[:, 1:]), inside

    def _begins(self, rows):
        return tf.fill(tf.stack([rows, 1]), self.begin)  # [B, 1]


class ShippedCounts(ShippedWeights):
    """The same for an n-gram, whose weights are integers and stay what they are.

    Args:
        model: `NGram`.
    """

    def __init__(self, model):
        tf.Module.__init__(self)
        owners = list(model.weights)
        self.stored = [tf.Variable(owner.value, trainable=False) for owner in owners]
        self.owners = lambda: owners  # a function, lest the model be tracked


def write(folder, model, known, dtype="float16"):
    """Writes a language model as a SavedModel with its three signatures.

    Args:
        folder: `pathlib.Path` of an existing, empty folder.
        model: `LanguageModel` or `NGram`.
        known: `[V - 4]` code points of its alphabet, ascending.
        dtype: Floating type of the shipped weights; an n-gram has none.
    """
    module = tf.Module()
    module.letters = Letters(known)
    counted = isinstance(model, NGram)
    module.weights = ShippedCounts(model) if counted else ShippedWeights(model, dtype)
    reading = Reading(model, module.letters.begin)
    tf.saved_model.save(
        module,
        str(folder),
        signatures={
            "serving_default": _writing(module, reading),
            "score": _scoring(module, reading),
            "explain": _explaining(module, reading),
        },
        options=tf.saved_model.SaveOptions(experimental_custom_gradients=False),
    )


def _writing(module, reading):
    """Makes the signature `serving_default`: prompts and options in, texts out."""

    @tf.function(
        input_signature=[
            tf.TensorSpec([None], tf.string, "prompt"),
            tf.TensorSpec([None], tf.int32, "length"),
            tf.TensorSpec([None], tf.float32, "temperature"),
            tf.TensorSpec([None], tf.int32, "top_k"),
            tf.TensorSpec([None], tf.int64, "seed"),
        ]
    )
    def serving_default(prompt, length, temperature, top_k, seed):
        length = check_range("length", length, 1, MOST_WRITTEN)
        temperature = check_range("temperature", temperature, 0, HOTTEST)
        top_k = check_range("top_k", top_k, 0, module.letters.size)
        rows = tf.size(prompt)
        prompt = _one_at_least(prompt)
        options = map(_one_at_least, (length, temperature, top_k, seed))
        prompts = module.letters.tokenize(clean_end(prompt, WIDEST * MOST_PROMPT))
        position = tf.strings.length(prompt, unit="UTF8_CHAR")
        with module.weights.scope():
            tokens = reading.write(
                prompts[:, -MOST_PROMPT:], tf.cast(position, tf.int64), *options
            )
        return {"text": module.letters.detokenize(tokens)[:rows]}

    return serving_default


def _scoring(module, reading):
    """Makes the signature `score`: texts in, nats out."""

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, "text")])
    def score(text):
        rows = tf.size(text)
        cleaned = clean(_one_at_least(text), WIDEST * MOST_SCORED)
        ids = module.letters.tokenize(cleaned)[:, :MOST_SCORED]
        with module.weights.scope():
            nats = reading.score(ids)[:rows]  # [B, N]
        counts = tf.cast(ids.row_lengths(), tf.int32)[:rows]
        each = tf.reduce_sum(nats, axis=1) / tf.cast(tf.maximum(counts, 1), tf.float32)
        return {"nats_per_character": each, "characters": counts, "nats": nats}

    return score


def _explaining(module, reading):
    """Makes the signature `explain`: texts in, what the model holds and expects out."""

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, "text")])
    def explain(text):
        rows, letters = tf.size(text), module.letters
        cleaned = clean(_one_at_least(text), WIDEST * MOST_EXPLAINED)
        ids = letters.tokenize(cleaned)[:, :MOST_EXPLAINED]
        longest = tf.maximum(tf.reduce_max(ids.row_lengths()), 1)  # T
        ids = ids.to_tensor(PAD, shape=tf.stack([-1, longest]))  # [B, T]
        with module.weights.scope():
            shares, inside = reading.explain(ids)
        # As they were, those that are not in the alphabet too.
        spelt = tf.strings.unicode_split(cleaned, "UTF-8")[:, :MOST_EXPLAINED]
        real = tf.cast(tf.not_equal(ids, PAD), tf.float32)  # [B, T]
        top, best = tf.math.top_k(shares, TOP)  # [B, T, 5] twice
        listed = tf.where(real[..., None] > 0, tf.gather(letters.spelt, best), "")
        answer = {
            "characters": spelt.to_tensor("", shape=tf.stack([-1, longest])),
            "top_characters": listed,
            "top_probabilities": top * real[..., None],
            **{name: real[..., None, None] * inside[name] for name in inside},
        }
        return {name: value[:rows] for name, value in answer.items()}

    return explain


def _one_at_least(values):
    """Gives an empty batch one row, a zero or an empty text; it is dropped again."""
    missing = tf.maximum(1 - tf.size(values), 0)
    return tf.concat([values, tf.zeros([missing], values.dtype)], axis=0)

"""Raw strings <-> ids of pieces of words, in graph ops.

Pieces are learned from the training texts: frequent words stay whole, rare ones are
spelled from smaller pieces, and what was never seen from its UTF-8 bytes, so that emoji
and every script survive.

Reference:
    Sennrich et al. 2016, "Neural Machine Translation of Rare Words with Subword Units",
    for byte pair encoding; Kudo 2018, "Subword Regularization: Improving Neural Network
    Translation Models with Multiple Subword Candidates"; Kudo and Richardson 2018,
    "SentencePiece".
"""

import dataclasses
import io
import pathlib
import tempfile
from typing import NamedTuple

import sentencepiece
import tensorflow as tf
import tensorflow_text as tf_text
from sentencepiece.sentencepiece_model_pb2 import ModelProto

from zoo.preprocess.text import clean
from zoo.tokens import END, PAD, START, UNKNOWN

MOST_BYTES = 32_768  # read of a text; the longest of IMDB has 13,704
LEARNED_FROM = 10_000_000  # characters: many times what 8,000 pieces need
LINE_BREAK = r"(?i)<br ?/?>"  # as web pages, and so the reviews of IMDB, spell it
CAPITALS_END = 0x0590  # Latin, Greek, Cyrillic and Armenian stand below
FULL_WIDTH = range(0xFF01, 0xFF5F)  # the printable characters of ASCII, once more
QUOTES = {"\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"'}
BLANKS = dict.fromkeys("\t\n\u00a0\u3000", " ")


class Unit(NamedTuple):
    """A unit of text.

    Attributes:
        learned: How sentencepiece learns it: options of its trainer.
        form: The Unicode form of text that is read so.
        folds: Whether capitals are read as small letters. What is to be written, and
            not only read, keeps them.
        drawn: Whether a text has many segmentations, which can be drawn.
    """

    learned: dict
    form: str = "NFC"
    folds: bool = True
    drawn: bool = False


# Jamo, the letters that make up a Korean syllable, are the characters of decomposed
# text.
UNITS = {
    "pieces": Unit({"model_type": "unigram", "byte_fallback": True}, drawn=True),
    "bpe": Unit({"model_type": "bpe", "byte_fallback": True}, folds=False, drawn=True),
    "characters": Unit({"model_type": "char"}),
    "jamo": Unit({"model_type": "char"}, "NFD"),
}


@dataclasses.dataclass(frozen=True)
class Reading:
    """How texts are read.

    Attributes:
        unit: Key of `UNITS`.
        size: Positive integer, the most different ids.
        head: Integer, ids kept at the beginning of a text too long.
        tail: Integer, ids kept at its end. A text of at most `head + tail` ids, of
            which there must be one, is kept whole.

    Raises:
        ValueError: There is no such unit, or a number is out of its range.
    """

    unit: str = "pieces"
    size: int = 8000
    head: int = 100
    tail: int = 300

    def __post_init__(self):
        """Refuses what cannot be."""
        if self.unit not in UNITS:
            raise ValueError(
                f"`unit` must be one of {list(UNITS)}. Received: unit={self.unit!r}"
            )
        if min(self.head, self.tail) < 0 or min(self.size, self.head + self.tail) < 1:
            raise ValueError(
                "`head` and `tail` must be at least 0, their sum and `size` at least "
                f"1. Received: head={self.head}, tail={self.tail}, size={self.size}"
            )

    def cut(self, tokens):
        """Keeps the beginning and the end of a list of ids that is too long."""
        ends = tokens[self.head :][-self.tail :] if self.tail else []
        return tokens[: self.head] + ends


def tidy(texts, unit="pieces"):
    """Makes raw strings fit to be split.

    Args:
        texts: `[B]` strings, of any bytes, of which `MOST_BYTES` are read.
        unit: Key of `UNITS`.

    Returns:
        `[B]` strings: UTF-8, composed, line breaks of web pages as line feeds; for
        jamo, decomposed.
    """
    whole = tf.strings.regex_replace(clean(texts, MOST_BYTES), LINE_BREAK, "\n")
    return tf_text.normalize_utf8(whole, UNITS[unit].form)


def rules_of(unit):
    """Lists what the model reads as something else, in sentencepiece's notation.

    Blanks of all kinds are read as blanks and curly quotes as straight ones; where the
    unit folds, capitals as small letters, and so on. The text itself stays as it is, so
    that it can be shown. (sentencepiece's own rules know more, of all scripts, and make
    its model three times as large.)

    Args:
        unit: Key of `UNITS`.

    Returns:
        Lines `code<TAB>code`, hexadecimal.
    """
    narrow = {chr(code): chr(code - 0xFEE0).lower() for code in FULL_WIDTH}
    capitals = {
        letter: letter.lower()
        for letter in map(chr, range(CAPITALS_END))
        if len(letter.lower()) == 1 and letter.lower() != letter
    }
    rules = BLANKS | QUOTES
    if UNITS[unit].folds:
        rules |= capitals | narrow
    return "".join(f"{ord(one):X}\t{ord(to):X}\n" for one, to in rules.items())


def learn(texts, reading):
    """Learns the units of some texts.

    Args:
        texts: List of strings: the training texts, never dev or test.
        reading: `Reading`.

    Returns:
        The sentencepiece model, bytes.

    Raises:
        ValueError: The texts hold nothing that can be learned from.
    """
    batch = tf.constant(texts, tf.string, shape=[len(texts)])
    tidied = [text.decode() for text in tidy(batch, reading.unit).numpy()]
    step = 1 + sum(map(len, tidied)) // LEARNED_FROM
    model = io.BytesIO()
    with tempfile.TemporaryDirectory() as folder:
        rules = pathlib.Path(folder) / "rules.tsv"
        rules.write_text(rules_of(reading.unit), "utf-8")
        try:
            sentencepiece.SentencePieceTrainer.train(
                sentence_iterator=iter(tidied[::step]),
                model_writer=model,
                vocab_size=reading.size,
                hard_vocab_limit=False,  # few texts have fewer pieces
                normalization_rule_tsv=str(rules),
                max_sentence_length=16 * MOST_BYTES,
                pad_id=PAD,
                unk_id=UNKNOWN,
                bos_id=START,
                eos_id=END,
                num_threads=2,
                minloglevel=2,
                **UNITS[reading.unit].learned,
            )
        except RuntimeError as error:
            raise ValueError(
                f"`texts` must hold text to learn {reading.unit} from: {error}. "
                f"Received: {len(texts)} texts"
            ) from error
    found = ModelProto.FromString(model.getvalue())
    found.normalizer_spec.ClearField("normalization_rule_tsv")  # a path of this machine
    return found.SerializeToString(deterministic=True)


class Pieces(tf.Module):
    """Fixed units of text, both ways.

    The model belongs to the module, so that a SavedModel that tracks it carries it.
    Outside of graphs TensorFlow frees it when a global random seed is set
    (`keras.utils.set_random_seed`): make another then.

    Args:
        model: From `learn`.
        reading: The `Reading` that it was learned for.
    """

    def __init__(self, model, reading):
        super().__init__()
        self.reading = reading
        self.splitter = tf_text.SentencepieceTokenizer(model, out_type=tf.int32)
        self.size = int(self.splitter.vocab_size())

    def tokenize(self, texts):
        """Turns texts into ids.

        Args:
            texts: `[B]` strings, of any bytes.

        Returns:
            Ragged int32 `[B, (pieces)]`, at most `head + tail` a row.
        """
        return self._cut(self.splitter.tokenize(tidy(texts, self.reading.unit)))

    def split(self, texts):
        """Turns texts into ids, and shows what stood there.

        Joined, the surfaces are the tidied text without the blanks at its ends, but for
        what was cut out of its middle. The bytes that spell one character have it at
        the last of them.

        Args:
            texts: `[B]` strings, of any bytes.

        Returns:
            Pair of ragged int32 and ragged strings, both `[B, (pieces)]`.
        """
        tidied = tidy(texts, self.reading.unit)
        split = self.splitter.tokenize_with_offsets(tidied)
        # Cut first: below, a text is copied as often as it has pieces.
        tokens, starts, ends = (self._cut(part) for part in split)
        sources = tf.gather(tidied, starts.value_rowids())
        surfaces = tf.strings.substr(
            sources, starts.flat_values, (ends - starts).flat_values
        )
        return tokens, tokens.with_flat_values(surfaces)

    def detokenize(self, tokens):
        """Writes the texts that ids stand for.

        Args:
            tokens: `[..., T]` int32, PAD after the last one; START and END show
                nothing.

        Returns:
            `[...]` strings of valid UTF-8: bytes that spell no character become
            U+FFFD.
        """
        shape = tf.shape(tokens)
        flat = tf.reshape(tokens, [tf.reduce_prod(shape[:-1]), shape[-1]])
        hidden = tf.reduce_any(flat[..., None] == (PAD, START, END), axis=-1)
        rows = tf.ragged.boolean_mask(flat, ~hidden)
        return tf.reshape(self.splitter.detokenize(rows), shape[:-1])

    def spell(self, tokens):
        """Shows ids one by one.

        Args:
            tokens: `[B, T]` int32.

        Returns:
            `[B, T]` strings: a piece that begins a word begins with a blank, a byte is
            spelled `<0xF0>`, END is `</s>`; "" for PAD.
        """
        shape = tf.shape(tokens)
        names = self.splitter.id_to_string(tf.reshape(tokens, [-1]))
        names = tf.strings.regex_replace(tf.reshape(names, shape), "\u2581", " ")
        return tf.where(tokens == PAD, "", names)

    def _cut(self, ragged):
        """Does to each row what `Reading.cut` does to a list."""
        head, tail = self.reading.head, self.reading.tail
        ends = ragged[:, head:][:, -tail:] if tail else ragged[:, :0]
        return tf.concat([ragged[:, :head], ends], axis=1)  # [B, (head + tail)]

"""Raw strings <-> ids of pieces of words, in graph ops.

Pieces are learned from the training texts: frequent words stay whole, rare ones are
spelled from smaller pieces, and what was never seen from its UTF-8 bytes, so that emoji
and every script survive.

Reference:
    Kudo 2018, "Subword Regularization: Improving Neural Network Translation Models with
    Multiple Subword Candidates"; Kudo and Richardson 2018, "SentencePiece".
"""

import dataclasses
import io

import sentencepiece
import tensorflow as tf
import tensorflow_text as tf_text

from zoo.preprocess.text import clean
from zoo.tokens import END, PAD, START, UNKNOWN

MOST_BYTES = 32_768  # read of a text; the longest of IMDB has 13,704
LEARNED_FROM = 10_000_000  # characters: many times what 8,000 pieces need
LINE_BREAK = r"(?i)<br ?/?>"  # as web pages, and so the reviews of IMDB, spell it
# Case is folded and look-alikes are made one (NFKC).
FOLDED = {"normalization_rule_name": "nmt_nfkc_cf"}
# Unit of text -> how sentencepiece learns it. Jamo, the letters that make up a Korean
# syllable, are characters of the decomposed text, which `tidy` gives.
UNITS = {
    "pieces": {"model_type": "unigram", "byte_fallback": True, **FOLDED},
    "characters": {"model_type": "char", **FOLDED},
    "jamo": {"model_type": "char", "normalization_rule_name": "identity"},
}


@dataclasses.dataclass(frozen=True)
class Reading:
    """How texts are read.

    Attributes:
        unit: Key of `UNITS`.
        size: Positive integer, the most different ids.
        head: Integer, ids kept at the beginning of a text too long.
        tail: Positive integer, ids kept at its end. A text of at most `head + tail`
            ids is kept whole.

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
        if self.head < 0 or self.tail < 1 or self.size < 1:
            raise ValueError(
                "`head` must be at least 0, `tail` and `size` at least 1. Received: "
                f"head={self.head}, tail={self.tail}, size={self.size}"
            )

    def cut(self, tokens):
        """Keeps the beginning and the end of a list of ids that is too long."""
        return tokens[: self.head] + tokens[self.head :][-self.tail :]


def tidy(texts, unit="pieces"):
    """Makes raw strings fit to be split.

    Args:
        texts: `[B]` strings, of any bytes.
        unit: Key of `UNITS`.

    Returns:
        `[B]` strings: UTF-8 of at most `MOST_BYTES` (before it is decomposed), line
        breaks of web pages as line feeds; for jamo, folded and decomposed.
    """
    whole = tf.strings.regex_replace(clean(texts, MOST_BYTES), LINE_BREAK, "\n")
    if unit != "jamo":
        return whole
    return tf_text.normalize_utf8(tf_text.case_fold_utf8(whole), "NFKD")


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
    tidied = [text.decode() for text in tidy(tf.constant(texts), reading.unit).numpy()]
    step = 1 + sum(map(len, tidied)) // LEARNED_FROM
    model = io.BytesIO()
    try:
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(tidied[::step]),
            model_writer=model,
            vocab_size=reading.size,
            hard_vocab_limit=False,  # few texts have fewer pieces
            max_sentence_length=4 * MOST_BYTES,
            pad_id=PAD,
            unk_id=UNKNOWN,
            bos_id=START,
            eos_id=END,
            num_threads=2,
            minloglevel=2,
            **UNITS[reading.unit],
        )
    except RuntimeError as error:
        raise ValueError(
            f"`texts` must hold text to learn {reading.unit} from: {error}. "
            f"Received: {len(texts)} texts"
        ) from error
    return model.getvalue()


class Pieces(tf.Module):
    """Fixed units of text, both ways.

    The model belongs to the module, so that a SavedModel that tracks it carries it.

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
        tokens, starts, ends = self.splitter.tokenize_with_offsets(tidied)
        sources = tf.gather(tidied, starts.value_rowids())
        surfaces = tf.strings.substr(
            sources, starts.flat_values, (ends - starts).flat_values
        )
        return self._cut(tokens), self._cut(tokens.with_flat_values(surfaces))

    def _cut(self, ragged):
        head, tail = self.reading.head, self.reading.tail
        ends = ragged[:, head:][:, -tail:]
        return tf.concat([ragged[:, :head], ends], axis=1)  # [B, (head + tail)]

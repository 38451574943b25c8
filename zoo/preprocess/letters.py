"""Texts <-> character ids, in graph ops. A character is a Unicode code point."""

import tensorflow as tf

from zoo.preprocess import text
from zoo.tokens import FIRST_WORD, UNKNOWN

LINE_FEED = ord("\n")


def clean(texts, most_bytes):
    """Makes strings of any bytes into bounded UTF-8 whose lines end in a line feed.

    Args:
        texts: `[B]` strings.
        most_bytes: Integer; what follows after as many bytes is cut off.

    Returns:
        `[B]` strings, UTF-8.
    """
    # Of a line end's two bytes one is left, so no more than this can count.
    enough = tf.strings.substr(texts, 0, min(2 * most_bytes, 2**31 - 1))
    return text.clean(tf.strings.regex_replace(enough, "\r\n?", "\n"), most_bytes)


def clean_end(texts, most_bytes):
    """Does the same to the end of the strings: what stands before it is cut off.

    Args:
        texts: `[B]` strings.
        most_bytes: Integer. A character cut in two by it becomes U+FFFD.

    Returns:
        `[B]` strings, UTF-8.
    """
    size = tf.strings.length(texts)
    return clean(
        tf.strings.substr(
            texts, tf.maximum(size - most_bytes, 0), tf.minimum(size, most_bytes)
        ),
        most_bytes,
    )


def code_points(texts):
    """Splits strings into characters.

    Args:
        texts: `[B]` strings, UTF-8.

    Returns:
        Ragged int32 `[B, (characters)]`.
    """
    return tf.strings.unicode_decode(texts, "UTF-8")


def build_vocabulary(train):
    """Lists the characters of a text, in the order of their code points.

    Args:
        train: String: the training text, never dev or test.

    Returns:
        `[V - 4]` int32 code points, ascending; the id of a character is its place,
        after the four ids that `zoo.tokens` reserves.

    Raises:
        ValueError: There is no character.
    """
    flat = code_points(clean(tf.constant([train]), 2**31 - 1)).flat_values
    known = tf.unique(tf.sort(flat)).y.numpy()
    if not len(known):
        raise ValueError("`train` must hold at least one character. Received: none")
    return known


class Letters(tf.Module):
    """A fixed alphabet, both ways.

    Attributes:
        size: V, the number of ids, the four reserved ones included.
        begin: The id that every text is read after, as though its last line had just
            ended: the line feed's, or where there is none, that of the least
            character, which is the blank as a rule.

    Args:
        known: `[V - 4]` code points, ascending, from `build_vocabulary`.

    Raises:
        ValueError: They are not ascending, or there are none.
    """

    def __init__(self, known):
        super().__init__()
        known = [int(point) for point in known]
        if not known or any(a >= b for a, b in zip(known, known[1:], strict=False)):
            raise ValueError(
                "`known` must be code points in ascending order, at least one. "
                f"Received: known={known[:8]}..."
            )
        self.size = FIRST_WORD + len(known)
        first = known.index(LINE_FEED) if LINE_FEED in known else 0
        self.begin = FIRST_WORD + first
        self.known = tf.constant(known)
        spelt = [chr(point) for point in known]
        self.spelt = tf.constant([""] * FIRST_WORD + spelt)  # what reserved ids read as

    def ids(self, points):
        """Looks characters up; one that is not in the alphabet is UNKNOWN.

        Args:
            points: `[N]` int32 code points.

        Returns:
            `[N]` int32.
        """
        place = tf.searchsorted(self.known, points)  # V - 4 for those past the last
        place = tf.minimum(place, tf.size(self.known) - 1)
        found = tf.equal(tf.gather(self.known, place), points)
        return tf.where(found, place + FIRST_WORD, UNKNOWN)

    def tokenize(self, texts):
        """Turns clean texts into ids.

        Args:
            texts: `[B]` strings, from `clean`.

        Returns:
            Ragged int32 `[B, (characters)]`.
        """
        points = code_points(texts)
        return points.with_flat_values(self.ids(points.flat_values))

    def detokenize(self, tokens):
        """Turns ids into texts; the reserved ids become nothing.

        Args:
            tokens: `[B, T]` int32.

        Returns:
            `[B]` strings.
        """
        return tf.strings.reduce_join(tf.gather(self.spelt, tokens), axis=-1)

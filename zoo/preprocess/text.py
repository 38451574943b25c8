"""Raw strings made fit to be read: whole characters, no control characters, bounded."""

import tensorflow as tf


def clean(texts, most_bytes):
    """Makes strings of any bytes into UTF-8 of bounded length.

    Malformed bytes become U+FFFD. Control characters become blanks, but for line feed
    and tab, with which a text is laid out.

    Args:
        texts: `[B]` strings.
        most_bytes: Integer; what follows after as many bytes is cut off, at the border
            of a character.

    Returns:
        `[B]` strings, UTF-8.
    """
    # Cut first: what follows then costs nothing, however long the input is. A
    # character cut in two is malformed, and made one U+FFFD; it goes with the cut.
    cut = tf.strings.substr(texts, 0, most_bytes)
    whole = tf.strings.unicode_transcode(cut, "UTF-8", "UTF-8", errors="replace")
    shortened = tf.strings.length(texts) > most_bytes
    whole = tf.where(shortened, tf.strings.regex_replace(whole, "\ufffd$", ""), whole)
    return tf.strings.regex_replace(whole, r"[\x00-\x08\x0B-\x1F\x7F]", " ")

"""The client of a tagger: sentences in, words with their parts of speech out."""

import dataclasses

import numpy as np
import tensorflow as tf

from zoo.gallery.client import Client, alike, encoded

BATCH = 32  # sentences a call: of 512 words each, some 300 MB
EXPLAINED = 4  # sentences a call of `explain`: 8 MB each with attention, of 512 words


@dataclasses.dataclass(frozen=True)
class Word:
    """A word of a sentence, with its part of speech.

    Attributes:
        word: As written; malformed bytes as U+FFFD.
        tag: Universal part of speech, for example `"NOUN"`.
        score: The model's probability of the tag.
        start: Where the word begins in the sentence as given, in bytes of UTF-8.
        end: Where it ends.
    """

    word: str
    tag: str
    score: float
    start: int
    end: int


@dataclasses.dataclass(frozen=True)
class Analysis:
    """What a model weighed for every word of a sentence.

    Attributes:
        words: The sentence's W words.
        top_tags: For each word, the three likeliest tags.
        top_scores: Their probabilities.
        hidden: `[W, D]` float array, the encoder's states.
        attention: `[L, H, W, W]` float array, how much each word (third axis) looked
            at each (last axis), by layer and head; None for a model without attention.
    """

    words: list[str]
    top_tags: list[list[str]]
    top_scores: list[list[float]]
    hidden: np.ndarray
    attention: np.ndarray | None


class Tagger(Client):
    """A tagger: lists of sentences in. See `Client` for its arguments."""

    def warm_up(self):
        """Asks every signature once: the first call of each is slow."""
        self(["a", ""])
        self.tag_words([["a"], []])
        self.explain(["a", ""])

    def __call__(self, texts):
        """Splits sentences into words and tags them.

        Args:
            texts: List of strings; bytes are read as UTF-8, malformed or not.

        Returns:
            For each text a list of `Word`.

        Raises:
            TypeError: `texts` is no list of strings.
        """
        texts = encoded("texts", texts)
        found = [None] * len(texts)
        for rows in alike([len(text) for text in texts], BATCH):
            batch = tf.constant([texts[row] for row in rows])
            answer = self.call("serving_default", text=batch)
            columns = ("words", "tags", "scores", "starts", "ends")
            lists = [answer[column].tolist() for column in columns]
            for row, *parts in zip(rows, *lists, strict=True):
                found[row] = [
                    Word(word.decode(), tag.decode(), score, start, end)
                    for word, tag, score, start, end in zip(*parts, strict=True)
                    if word
                ]
        return found

    def tag_words(self, sentences):
        """Tags sentences that are split already.

        Args:
            sentences: List of lists of strings, the words; of more than 512 those
                after get no tag.

        Returns:
            For each sentence a list of `(tag, score)`, one a word; `("", 0.0)` for an
            empty one or one too many.

        Raises:
            TypeError: `sentences` is no list of lists of strings.
        """
        if isinstance(sentences, bytes | str):
            raise TypeError(
                "`sentences` must be a list of lists of words. "
                f"Received: one {type(sentences).__name__}; write [[word, ...]]"
            )
        rows = [encoded(f"sentences[{i}]", row) for i, row in enumerate(sentences)]
        found = [None] * len(rows)
        for some in alike([len(row) for row in rows], BATCH):
            longest = max(len(rows[row]) for row in some)
            padded = [rows[row] + [b""] * (longest - len(rows[row])) for row in some]
            batch = tf.constant(padded, tf.string, shape=[len(some), longest])
            answer = self.call("tag_words", words=batch)
            pairs = zip(answer["tags"].tolist(), answer["scores"].tolist(), strict=True)
            for row, (tags, scores) in zip(some, pairs, strict=True):
                length = len(rows[row])
                tags = [tag.decode() for tag in tags[:length]]
                found[row] = list(zip(tags, scores[:length], strict=True))
        return found

    def explain(self, texts):
        """Shows what a model weighed for every word of each sentence.

        Args:
            texts: As for a call.

        Returns:
            List of `Analysis`.

        Raises:
            TypeError: `texts` is no list of strings.
        """
        texts, found = encoded("texts", texts), []
        for begin in range(0, len(texts), EXPLAINED):
            batch = texts[begin : begin + EXPLAINED]
            answer = self.call("explain", text=tf.constant(batch))
            found += [_analysis(answer, row) for row in range(len(batch))]
        return found


def _analysis(answer, row):
    """Cuts one row of `explain`'s answer to its words."""
    words = [word.decode() for word in answer["words"][row].tolist() if word]
    length = len(words)
    listed = answer["top_tags"][row, :length].tolist()
    attention = answer.get("attention")
    if attention is not None:
        attention = attention[row, :, :, :length, :length]
    return Analysis(
        words=words,
        top_tags=[[tag.decode() for tag in tags] for tags in listed],
        top_scores=answer["top_scores"][row, :length].tolist(),
        hidden=answer["hidden"][row, :length],
        attention=attention,
    )

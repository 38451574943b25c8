"""Where a treebank cuts tokens otherwise than our rules: abbreviations, oddities.

`Mr.` keeps its full stop, `cannot` is two words, `e-mail` is one. Rules cannot know;
the training split does.
"""

import collections
import itertools

import numpy as np
import tensorflow as tf

from zoo.preprocess.conventions import MARK
from zoo.preprocess.sentence_words import SentenceWords, place

BATCH = 1000  # texts
CUT = MARK.encode()
AGREED = 0.75  # share of a token's occurrences: `Its` is a word, if often a slip
MOST = 5000  # exceptions, the most frequent first: they ship with every tagger


def learn(sentences, language):
    """Lists the exceptions to the rules for a language.

    Args:
        sentences: List of `Sentence`, the training split.
        language: Key of `zoo.preprocess.conventions.LANGUAGES`.

    Returns:
        Strings, the most frequent first: tokens with a `MARK` wherever they are cut in
        nearly all their places, for those that the rules would cut elsewhere.
    """
    rules = SentenceWords(language)
    texts = [sentence.text for sentence in sentences]
    gold = [spans_in_bytes(sentence) for sentence in sentences]
    seen = collections.defaultdict(collections.Counter)
    for text, tokens, spans in zip(texts, _tokens(rules, texts), gold, strict=True):
        encoded = text.encode("utf-8")
        borders = {place for span in spans for place in span}
        for start, end in tokens:
            if start in borders and end in borders:
                cuts = sorted(place for place in borders if start <= place <= end)
                parts = [encoded[a:b] for a, b in itertools.pairwise(cuts)]
                seen[encoded[start:end]][CUT.join(parts)] += 1
    known, found = list(seen), []
    for token, (words, _, _) in zip(known, _cut(rules, known), strict=True):
        (best, count), total = seen[token].most_common(1)[0], seen[token].total()
        if count >= AGREED * total and best != CUT.join(words):
            found.append((-count, best.decode("utf-8")))
    return np.array([token for _, token in sorted(found)[:MOST]], str)


def spans_in_bytes(sentence):
    """Returns where each word of a `Sentence` stands in its text, in bytes."""
    lengths = [len(character.encode("utf-8")) for character in sentence.text]
    places = np.concatenate([[0], np.cumsum(lengths)]).astype(int).tolist()
    return [(places[start], places[end]) for start, end in sentence.spans()]


def _tokens(rules, texts):
    """Yields the places of each text's tokens, before any is cut."""
    for batch in _batches(texts):
        _, starts, ends = place(batch, rules.tokens(batch))
        for places in zip(starts.to_list(), ends.to_list(), strict=True):
            yield list(zip(*places, strict=True))


def _cut(rules, texts):
    """Yields words, starts and ends of each text."""
    for batch in _batches(texts):
        yield from zip(*(part.to_list() for part in rules(batch)), strict=True)


def _batches(texts):
    """Yields texts as tensors, some at a time; a graph would take longer to make."""
    for begin in range(0, len(texts), BATCH):
        yield tf.constant(texts[begin : begin + BATCH])

"""Scores a tagger's artefact and writes its card.

Tags are scored on the test split's own words, through `tag_words`; how the artefact
splits a sentence into words is scored on the dev split, through `serving_default`.
"""

import collections
import dataclasses
import re

import numpy as np

from zoo.corpora import catalogue
from zoo.evaluate import timing
from zoo.metrics.bootstrap import RESAMPLES, draw_counts, percentile_interval
from zoo.prepare.tag_exceptions import spans_in_bytes

METRIC = (
    "accuracy: % of the test split's own words whose universal part of speech is the "
    "given one, through tag_words; unseen: the same of words that are not in the "
    f"training split; 95 % percentile bootstrap, {RESAMPLES} resamples of the "
    "sentences, seed 0"
)
SPANS = (
    "% of the dev split's words that serving_default finds at their very place "
    "(recall), of those it finds that are there (precision), and their harmonic mean "
    "(f1)"
)
EXAMPLES = 6  # sentences named in the card, right from end to end and worst
CONFUSIONS = 10  # pairs of tags listed, the most frequent first

LIMITS = (
    "A text is read as one sentence, up to 10,000 bytes and 512 words of it; what "
    "comes after is left out.",
    "Of a word of more than 16 characters (Hangul: jamo) it reads the first and the "
    "last 8.",
    "No tag is left out for being unsure: of a language it has not learned, its tags "
    "mean nothing.",
)


def measure(tagger, corpus):
    """Measures an artefact through its signatures.

    Args:
        tagger: `zoo.gallery.Tagger`.
        corpus: Name of the corpus that it is measured on.

    Returns:
        Pair of a dictionary, what the card learns, and the list of predictions.
    """
    sentences = catalogue.load(corpus, "test")
    answers = tagger.tag_words([sentence.words for sentence in sentences])
    said = [[tag for tag, _ in answer] for answer in answers]
    train = catalogue.load(corpus, "train")
    seen = {word for sentence in train for word in sentence.words}
    counts = np.array(
        [
            count(sentence, tags, seen)
            for sentence, tags in zip(sentences, said, strict=True)
        ]
    )  # [P, 4]: right, words, right among the unseen, unseen words
    unseen = int(counts[:, 3].sum())
    texts = [sentence.text for sentence in sentences]
    wrong = counts[:, 1] - counts[:, 0]
    ranked = sorted(range(len(said)), key=lambda row: (wrong[row], -counts[row, 1]))
    names = [sentences[row].name for row in ranked]
    found = {
        "metric": METRIC,
        "test": {
            "accuracy": share(counts[:, 0], counts[:, 1]),
            **({"unseen": share(counts[:, 2], counts[:, 3])} if unseen else {}),
            "unseen_words": unseen,
            "confusions": confusions(sentences, said),
        },
        "splitting": {
            "metric": SPANS,
            **splitting(tagger, catalogue.load(corpus, "dev")),
        },
        "latency_ms": {"default": timing.milliseconds(tagger, texts)},
        "examples": {"successes": names[:EXAMPLES], "failures": names[-EXAMPLES:]},
        "limits": [limit_of(tagger.card["corpus"]), *LIMITS],
    }
    rows = [
        {"id": s.name, "tags": tags, "right": int(right), "words": int(words)}
        for s, tags, (right, words, *_) in zip(sentences, said, counts, strict=True)
    ]
    return found, rows


def count(sentence, tags, seen):
    """Counts a sentence's words that are tagged rightly, all of them and unseen ones.

    Args:
        sentence: `Sentence`.
        tags: Its tags as a model has them.
        seen: Set of the training words.

    Returns:
        Right, words, right among the unseen, unseen words.
    """
    right = [tag == gold for tag, gold in zip(tags, sentence.tags, strict=True)]
    unseen = [word not in seen for word in sentence.words]
    both = [one and other for one, other in zip(right, unseen, strict=True)]
    return sum(right), len(right), sum(both), sum(unseen)


def share(right, words):
    """Scores tags, with a 95 % interval over the sentences.

    Args:
        right: `[P]` integers, words of each sentence that are tagged rightly.
        words: `[P]` integers, its words.

    Returns:
        Dictionary `value`, `low`, `high`, in %.
    """
    drawn = draw_counts(len(words))  # [R, P]
    resampled = (drawn @ right) / np.maximum(drawn @ words, 1)
    value = right.sum() / max(words.sum(), 1)
    interval = percentile_interval(100 * value, 100 * resampled)
    return {key: round(v, 2) for key, v in dataclasses.asdict(interval).items()}


def confusions(sentences, said):
    """Lists the most frequent errors.

    Args:
        sentences: List of `Sentence`.
        said: List of their tags as a model has them.

    Returns:
        List of dictionaries `gold`, `said`, `words`.
    """
    pairs = collections.Counter(
        (gold, tag)
        for sentence, tags in zip(sentences, said, strict=True)
        for gold, tag in zip(sentence.tags, tags, strict=True)
        if gold != tag
    )
    return [
        {"gold": gold, "said": tag, "words": words}
        for (gold, tag), words in pairs.most_common(CONFUSIONS)
    ]


def splitting(tagger, sentences):
    """Scores how an artefact splits sentences into words.

    Args:
        tagger: `zoo.gallery.Tagger`.
        sentences: List of `Sentence`.

    Returns:
        Dictionary `precision`, `recall`, `f1` in %, and `errors`: how many stretches of
        text are split otherwise than given, by class.
    """
    found, texts = [], [sentence.text for sentence in sentences]
    for words in tagger(texts):
        found.append({(word.start, word.end) for word in words})
    gold = [set(spans_in_bytes(sentence)) for sentence in sentences]
    right = sum(len(a & b) for a, b in zip(gold, found, strict=True))
    said, given = (max(sum(map(len, spans)), 1) for spans in (found, gold))
    errors = collections.Counter(
        kind
        for text, a, b in zip(texts, gold, found, strict=True)
        for kind in _errors(text.encode("utf-8"), a, b)
    )
    return {
        "precision": round(100 * right / said, 2),
        "recall": round(100 * right / given, 2),
        "f1": round(200 * right / (said + given), 2),
        "errors": dict(errors.most_common()),
    }


# What stands in a stretch that is split wrongly, the first that fits.
KINDS = {
    "address or file name": r"@|://|www\.|\.\w{2,4}/|\.(?:doc|com|net|org)\b",
    "letters alone": r"[^\W\d_]+",
    "apostrophe": r".*['’`].*",
    "hyphen": r".*\w-\w.*",
    "figures": r".*\d.*",
    "full stop": r".*\w.*\..*",
    "signs alone": r"[\W_]+",
    "other": r".*",
}


def _errors(text, gold, found):
    """Yields the class of each stretch of a text that is split otherwise than given."""
    end = stretch = 0
    for start, stop in [*sorted(gold ^ found), (len(text) + 1, 0)]:
        if start >= end and end:
            words = text[stretch:end].decode("utf-8")
            yield next(
                kind
                for kind, pattern in KINDS.items()
                if (re.search if kind.startswith("address") else re.fullmatch)(
                    pattern, words, re.DOTALL
                )
            )
            end = 0
        stretch = stretch if end else start
        end = max(end, stop)


def limit_of(corpus):
    """Says what a tagger's corpus leaves out, for its card.

    Args:
        corpus: The card's dictionary of the corpus.
    """
    name, sizes = corpus["name"], corpus["sentences"]
    kind = {
        "ud-english-ewt": "English sentences of weblogs, news groups, e-mails, reviews "
        "and answers",
        "ud-korean-gsd": "Korean sentences of news and weblogs",
    }.get(name, f"sentences of the corpus {name!r}")
    return f"Trained on {sizes['train']:,} {kind}: others are tagged by their habits."

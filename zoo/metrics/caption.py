"""BLEU-1..4, ROUGE-L and CIDEr of captions, each with a bootstrap interval.

The scores are pycocoevalcap's own, times 100. Its Java tokeniser is not used:
`tokenise` below is plain Python. `METRIC` says all that a figure depends on.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import version

import numpy as np
from pycocoevalcap.bleu.bleu import Bleu
from pycocoevalcap.bleu.bleu_scorer import BleuScorer
from pycocoevalcap.cider.cider import Cider
from pycocoevalcap.rouge.rouge import Rouge

from zoo.metrics.bootstrap import (
    RESAMPLES,
    Interval,
    draw_counts,
    percentile_interval,
)

METRIC = (
    f"pycocoevalcap {version('pycocoevalcap')}, x100: "
    "BLEU-1..4 (corpus, closest reference length, ties to the shorter), "
    "ROUGE-L (beta 1.2, best precision and best recall over the references), "
    "CIDEr (CIDEr-D: n 1..4, sigma 6, document frequencies of the scored split's "
    "references); "
    "captions NFKC, lower case, punctuation stripped, apostrophes inside words kept, "
    "no PTB tokeniser; every human caption of a picture is a reference; "
    f"95 % percentile bootstrap over pictures, {RESAMPLES:,} resamples"
)

ORDERS = 4

# pycocoevalcap adds these to matches and to guesses, so that no division is by zero
# and no match gives (nearly) zero. The resamples must be scored by the same formula.
TINY_MATCHES = 1e-15
SMALL_GUESSES = 1e-9

_APOSTROPHES = re.compile("[\u2018\u2019\u02bc]")
# Matched against one letter a character: L letter, M combining mark, N number.
_WORD = re.compile(r"[LN](?:[LMN']*[LMN])?")


def tokenise(caption: str) -> str:
    """Puts a caption into the words that are scored: the rule of the training words.

    Unicode form NFKC, lower case. A word is a run of letters, their combining marks
    and numbers, of any script, and of apostrophes inside it; a typographic apostrophe
    is a plain one. Everything else, hyphens and underscores too, separates words and
    is dropped. Doing it twice changes nothing.

    It is `zoo.preprocess.words.split` in plain Python, so that scoring needs no
    TensorFlow; a test holds the two together.

    Args:
        caption: str, any text.

    Returns:
        str: the words, one blank between two; "" where there are none.

    >>> tokenise("A man's black-and-white T-shirt,  at 5 o\u2019clock .")
    "a man's black and white t shirt at 5 o'clock"
    >>> tokenise("The dogs' 'Caf\u00c9'!")
    'the dogs caf\u00e9'
    """
    text = unicodedata.normalize("NFKC", caption).lower()
    text = _APOSTROPHES.sub("'", text)
    kinds = "".join("'" if c == "'" else unicodedata.category(c)[0] for c in text)
    words = [text[found.start() : found.end()] for found in _WORD.finditer(kinds)]
    return " ".join(words)


def score(
    predictions: Mapping[str, str],
    references: Mapping[str, Sequence[str]],
    *,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> dict[str, Interval]:
    """Scores one caption a picture against its human captions.

    The bootstrap resamples pictures. BLEU is worked out afresh on each resample from
    the pictures' matches, guesses and lengths. ROUGE-L and CIDEr are means over
    pictures, so a resample's score is the mean over the pictures drawn; CIDEr's
    document frequencies are kept from the full split, not counted again on each
    resample.

    Args:
        predictions: picture id to its caption, raw or tokenised; "" is allowed.
        references: picture id to one or more captions; the same ids.
        resamples: int, at least 1: how many times the pictures are drawn.
        seed: int, at least 0. The order of the ids does not matter.

    Returns:
        dict: keys bleu1, bleu2, bleu3, bleu4, rouge_l, cider; x100.

    Raises:
        ValueError: if there is no picture, an id is missing on either side, or a
            picture has no reference or one without a word. Names the ids.
    """
    guesses, truths = _tokenised(predictions, references)
    counts = draw_counts(len(guesses), resamples, seed)  # [R, N]

    statistics = bleu_statistics(guesses, truths)  # [N, 10]
    resampled = bleu(counts @ statistics)  # [R, 4]
    values, _ = Bleu(ORDERS).compute_score(truths, guesses, verbose=0)
    intervals = {
        f"bleu{order + 1}": percentile_interval(100 * value, resampled[:, order])
        for order, value in enumerate(values)
    }
    for name, scorer in (("rouge_l", Rouge()), ("cider", Cider())):
        mean, scores = scorer.compute_score(truths, guesses)  # scores [N]
        means = 100 * (counts @ scores) / len(scores)  # [R]
        intervals[name] = percentile_interval(100 * mean, means)
    return intervals


def per_picture_cider(
    predictions: Mapping[str, str], references: Mapping[str, Sequence[str]]
) -> dict[str, float]:
    """Gives each picture's own CIDEr, to find successes and failures by.

    Args:
        predictions: picture id to its caption, as in `score`.
        references: picture id to its captions, as in `score`.

    Returns:
        dict: picture id, in the order of `predictions`, to CIDEr x100, from 0 to
        1000. Their mean is the `cider` of `score`.

    Raises:
        ValueError: as `score` does.
    """
    guesses, truths = _tokenised(predictions, references)
    _, scores = Cider().compute_score(truths, guesses)  # [N]
    by_picture = dict(zip(truths, scores, strict=True))
    return {picture: 100 * float(by_picture[picture]) for picture in predictions}


def bleu_statistics(
    guesses: Mapping[str, list[str]], truths: Mapping[str, list[str]]
) -> np.ndarray:
    """Counts all that BLEU needs to know of each picture.

    Args:
        guesses: picture id to a list of its one tokenised caption.
        truths: picture id to its tokenised references.

    Returns:
        float64 [N, 10], in the order of `truths`: clipped matches of orders 1 to 4,
        n-grams guessed of orders 1 to 4, length, closest reference length.
    """
    scorer = BleuScorer(n=ORDERS)
    for picture, captions in truths.items():
        scorer += (guesses[picture][0], captions)
    rows = []
    for counted in scorer.ctest:
        length = counted["testlen"]
        closest = min(counted["reflen"], key=lambda other: (abs(other - length), other))
        rows.append([*counted["correct"], *counted["guess"], length, closest])
    return np.array(rows, dtype=np.float64)


def bleu(sums: np.ndarray) -> np.ndarray:
    """Works out corpus BLEU from summed statistics, as pycocoevalcap does.

    BLEU-n = brevity * (p_1 * ... * p_n) ** (1 / n), p the clipped precisions;
    brevity = exp(1 - reference length / length) where that is below 1.

    Args:
        sums: float64 [R, 10], rows of `bleu_statistics` summed over pictures.

    Returns:
        float64 [R, 4]: BLEU-1 to BLEU-4, x100.

    Reference: Papineni et al., BLEU (2002), section 2.3.
    """
    matches, guesses = sums[:, :ORDERS], sums[:, ORDERS : 2 * ORDERS]  # [R, 4] each
    length, closest = sums[:, -2:-1], sums[:, -1:]  # [R, 1] each
    precisions = (matches + TINY_MATCHES) / (guesses + SMALL_GUESSES)  # [R, 4]
    means = np.cumprod(precisions, axis=1) ** (1 / np.arange(1, ORDERS + 1))  # [R, 4]
    ratio = (length + TINY_MATCHES) / (closest + SMALL_GUESSES)  # [R, 1]
    return 100 * means * np.exp(np.minimum(0, 1 - 1 / ratio))  # [R, 4]


def _tokenised(
    predictions: Mapping[str, str], references: Mapping[str, Sequence[str]]
) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """Checks both sides and puts them as pycocoevalcap takes them, sorted by id."""
    if not references:
        raise ValueError("references must hold at least one picture, got none")
    _refuse("references without a prediction", references.keys() - predictions.keys())
    _refuse("predictions without references", predictions.keys() - references.keys())
    # A string is a sequence of strings: its letters would pass for captions.
    strings = [picture for picture, held in references.items() if isinstance(held, str)]
    _refuse("references that are a string, not a list of strings", strings)
    # Sorted, so that a seed draws the same pictures whatever the order they came in.
    pictures = sorted(references)
    guesses = {picture: [tokenise(predictions[picture])] for picture in pictures}
    truths = {
        picture: [tokenise(caption) for caption in references[picture]]
        for picture in pictures
    }
    # pycocoevalcap's ROUGE-L would take an empty caption for a match of an empty one.
    empty = [picture for picture, held in truths.items() if not held or "" in held]
    _refuse("references that are empty or have no word", empty)
    return guesses, truths


def _refuse(what: str, pictures: Iterable[str]) -> None:
    """Raises a ValueError naming the pictures, the first ten of them, if any."""
    named = sorted(pictures)
    if named:
        more = f" and {len(named) - 10} more" if len(named) > 10 else ""
        raise ValueError(f"{what}: {', '.join(named[:10])}{more}")

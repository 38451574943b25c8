"""BLEU and chrF of translations, by sacreBLEU, with bootstrap intervals.

sacreBLEU counts; the counts of each sentence are kept, so that a resample of the split
is a sum and nothing is counted again.

Reference: Papineni et al. (2002), BLEU; Post (2018), "A Call for Clarity in Reporting
BLEU Scores"; Popovic (2015), chrF; Koehn (2004) for the bootstrap.
"""

import numpy as np
from sacrebleu.metrics import BLEU, CHRF

from zoo.metrics.bootstrap import draw_counts, percentile_interval

ORDER = 4


def statistics(hypotheses, references, lowercase=False):
    """Counts what BLEU is made of, sentence by sentence.

    Args:
        hypotheses: List of N strings.
        references: List of N strings, one a hypothesis.
        lowercase: Whether case counts for nothing (sacreBLEU's `-lc`).

    Returns:
        float64 [N, 10]: n-grams in common and n-grams said, of 1 to 4 tokens, then
        tokens said and tokens of the reference; tokens as by `13a`.

    Raises:
        ValueError: There are not as many hypotheses as references, or none.
    """
    _check(hypotheses, references)
    # For the counts alone, which do not change by it: else it warns at each sentence.
    metric = BLEU(lowercase=lowercase, effective_order=True)
    rows = []
    for said, meant in zip(hypotheses, references, strict=True):
        found = metric.sentence_score(said, [meant])
        rows.append([*found.counts, *found.totals, found.sys_len, found.ref_len])
    return np.array(rows, np.float64)


def bleu_of(sums):
    """Makes BLEU of summed statistics, as sacreBLEU does.

    Of n-grams that are said and have nothing in common sacreBLEU counts the first
    order as half a match, the next as a quarter, and so on ("exp" smoothing).

    Args:
        sums: [..., 10], sums over the sentences of `statistics`.

    Returns:
        float64 [...], in %; 0 where nothing at all is in common, or no n-gram of some
        order is said.
    """
    sums = np.asarray(sums, np.float64)
    common, said = sums[..., :ORDER], sums[..., ORDER : 2 * ORDER]
    length, reference = sums[..., -2], sums[..., -1]
    missed = (common == 0) & (said > 0)
    halved = 0.5 ** np.cumsum(missed, axis=-1)
    common = np.where(missed, halved, common)
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.log(common / said).mean(axis=-1)
        score = 100 * np.exp(np.minimum(0.0, 1.0 - reference / length) + logs)
    some = (sums[..., :ORDER].sum(axis=-1) > 0) & (said > 0).all(axis=-1)
    return np.where(some, score, 0.0)


def bleu(hypotheses, references, lowercase=False):
    """Scores a split's translations.

    Args:
        hypotheses: As for `statistics`.
        references: As for `statistics`.
        lowercase: As for `statistics`.

    Returns:
        Pair of `zoo.metrics.bootstrap.Interval` in %, whose value is sacreBLEU's own,
        and sacreBLEU's signature.

    Raises:
        ValueError: As for `statistics`.
    """
    rows = statistics(hypotheses, references, lowercase)
    metric = BLEU(lowercase=lowercase)
    value = metric.corpus_score(hypotheses, [references]).score
    drawn = bleu_of(draw_counts(len(rows)) @ rows)  # [R]
    return percentile_interval(value, drawn), str(metric.get_signature())


def sentences(hypotheses, references):
    """Scores each translation on its own, to tell good ones from bad ones.

    Returns:
        float64 [N], chrF in %: BLEU of a single sentence is too coarse.

    Raises:
        ValueError: As for `statistics`.
    """
    _check(hypotheses, references)
    metric = CHRF()
    pairs = zip(hypotheses, references, strict=True)
    return np.array(
        [metric.sentence_score(said, [meant]).score for said, meant in pairs]
    )


def chrf(hypotheses, references):
    """Scores a split's translations by characters.

    Returns:
        Pair of a float, in %, and sacreBLEU's signature.

    Raises:
        ValueError: As for `statistics`.
    """
    _check(hypotheses, references)
    metric = CHRF()
    value = metric.corpus_score(hypotheses, [references]).score
    return value, str(metric.get_signature())


def _check(hypotheses, references):
    """Refuses lists that do not stand side by side."""
    if len(hypotheses) != len(references) or not len(hypotheses):
        raise ValueError(
            "`hypotheses` and `references` must be as many, and one at least. "
            f"Received: {len(hypotheses)} and {len(references)}"
        )

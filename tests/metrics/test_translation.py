"""BLEU and chrF: sacreBLEU's own figures, and intervals from its counts."""

import numpy as np
import pytest
import sacrebleu

from zoo.metrics import translation

MEANT = [
    "Ein Hund läuft durch den Schnee.",
    "Zwei Männer stehen vor einem Haus.",
    "Eine Frau in einem roten Kleid tanzt.",
    "Ein kleines Kind spielt am Strand.",
] * 5
SAID = [
    "Ein Hund läuft im Schnee.",
    "Zwei männer stehen vor einem großen Haus.",
    "Eine Frau in Rot tanzt auf der Straße.",
    "Das Kind spielt am Strand.",
] * 5


@pytest.mark.parametrize("lowercase", [False, True])
def test_bleu_is_sacrebleus_and_so_is_its_signature(lowercase):
    found, signature = translation.bleu(SAID, MEANT, lowercase)
    theirs = sacrebleu.corpus_bleu(SAID, [MEANT], lowercase=lowercase)
    assert found.value == theirs.score
    assert found.low <= found.value <= found.high
    case = "lc" if lowercase else "mixed"
    assert f"case:{case}" in signature and "tok:13a" in signature


@pytest.mark.parametrize("rows", [slice(None), slice(0, 4), slice(2, 17)])
def test_bleu_of_summed_counts_is_that_of_the_split(rows):
    sums = translation.statistics(SAID, MEANT)[rows].sum(0)
    theirs = sacrebleu.corpus_bleu(SAID[rows], [MEANT[rows]]).score
    assert translation.bleu_of(sums) == pytest.approx(theirs, abs=1e-9)


def test_every_resample_is_what_sacrebleu_says_of_those_sentences():
    rows = translation.statistics(SAID, MEANT)
    draws = np.random.default_rng(3).integers(0, len(SAID), (5, len(SAID)))
    for drawn in draws:
        said, meant = ([side[place] for place in drawn] for side in (SAID, MEANT))
        theirs = sacrebleu.corpus_bleu(said, [meant]).score
        assert translation.bleu_of(rows[drawn].sum(0)) == pytest.approx(theirs)


def test_what_shares_nothing_scores_nothing():
    rows = translation.statistics(["a b c d e", ""], ["v w x y z", "v"])
    assert translation.bleu_of(rows.sum(0)) == 0
    assert translation.bleu_of(np.zeros((2, 10))).tolist() == [0, 0]


def test_chrf_is_sacrebleus():
    value, signature = translation.chrf(SAID, MEANT)
    assert value == sacrebleu.corpus_chrf(SAID, [MEANT]).score
    assert "nc:6" in signature


@pytest.mark.parametrize(("said", "meant"), [([], []), (["a"], ["a", "b"])])
def test_lists_that_do_not_stand_side_by_side_are_refused(said, meant):
    for score in (translation.bleu, translation.chrf, translation.statistics):
        with pytest.raises(ValueError, match="must be as many, and one at least"):
            score(said, meant)

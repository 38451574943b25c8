"""The client of a translator: plain Python in and out."""

import numpy as np
import pytest

from tests.small_translators import PENALTY, WIDTH
from zoo import gallery
from zoo.gallery import translate as client


@pytest.fixture(scope="module")
def translator(exported_translator):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ZOO_MODELS", str(exported_translator.root))
        yield gallery.load(exported_translator.name)


TEXTS = ["the dog sees a red ball.", "a man", ""]


def test_a_name_opens_the_client_of_its_task_which_warms_up(translator):
    assert isinstance(translator, gallery.Translator)
    translator.warm_up()


def test_texts_of_any_length_keep_their_order(translator, monkeypatch):
    monkeypatch.setattr(client, "BATCH", 2)
    found = translator([*TEXTS, "dog " * 300])
    alone = [translator([text])[0] for text in TEXTS]
    assert [one.text for one in found[:3]] == [one.text for one in alone]
    assert [one.truncated for one in found] == [False, False, False, True]
    assert translator([]) == [] and found[2].text == ""


def test_the_beam_has_the_default_where_it_is_asked_for_what_dev_chose(translator):
    lists = translator.beam(TEXTS, width=WIDTH, length_penalty=PENALTY)
    assert [found[0].text for found in lists] == [one.text for one in translator(TEXTS)]
    for found in lists[:2]:
        scores = [one.score for one in found]
        assert len(found) == WIDTH and scores == sorted(scores, reverse=True)
    assert len(lists[2]) == 1  # of nothing there is one translation: nothing


@pytest.mark.parametrize(("width", "penalty"), [(5, 1.5), (3, 0.25)])
def test_without_a_penalty_it_takes_the_one_chosen_with_the_width(
    translator, width, penalty
):
    said = translator.beam(TEXTS, width=width)
    again = translator.beam(TEXTS, width=width, length_penalty=penalty)
    assert [[one.text for one in found] for found in said] == [
        [one.text for one in found] for found in again
    ]


def test_an_explanation_is_cut_to_its_pieces(translator, exported_translator):
    own, given, empty = translator.explain(TEXTS, ["", "der Mann", " "])
    assert "".join(own.source).strip() == TEXTS[0] and own.target[-1] == "</s>"
    assert given.target == [" der", " Mann", "</s>"]
    assert given.translation == "der Mann" and empty.translation == ""
    assert own.translation == translator(TEXTS[:1])[0].text
    assert len(given.log_probabilities) == 3 and max(given.log_probabilities) < 0
    assert empty.source == [] and empty.target == ["</s>"]
    sizes = {
        "cross": (len(given.target), len(given.source)),
        "encoder": (len(given.source),) * 2,
        "decoder": (len(given.target),) * 2,
    }
    there = {
        "gru": [],
        "lstm-attention": ["cross"],
        "transformer": ["cross", "encoder", "decoder"],
    }[exported_translator.kind]
    assert translator.attends == bool(there)
    for name, size in sizes.items():
        weights = getattr(given, name)
        assert (weights is not None) == (name in there)
        if weights is not None:
            assert weights.shape[2:] == size
            np.testing.assert_allclose(weights.sum(-1), 1.0, rtol=1e-3)


def test_its_own_translation_scores_as_it_says(translator):
    (own,) = translator.explain(TEXTS[:1])
    penalty = ((5 + len(own.target)) / 6) ** PENALTY
    score = sum(own.log_probabilities) / penalty
    assert score == pytest.approx(translator(TEXTS[:1])[0].score, rel=1e-3)


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        (lambda t: t("text"), r"`texts` must be a list of texts. .* write \[text\]"),
        (lambda t: t([1]), r"Received: texts\[0\] of type int"),
        (lambda t: t.explain(["a"], "b"), "`translations` must be a list of texts"),
    ],
)
def test_what_is_no_list_of_texts_is_refused(translator, ask, said):
    with pytest.raises(TypeError, match=said):
        ask(translator)


def test_options_out_of_range_are_refused_in_a_sentence(translator):
    with pytest.raises(ValueError, match="row 1: `width` must be from 1 to 32"):
        translator.beam(["a"], width=33, length_penalty=0.0)
    with pytest.raises(ValueError, match="Received: 1 translations of 2 texts"):
        translator.explain(["a", "b"], ["c"])

"""A caption, its confidence, its overlay and the figures beside it: of one search."""

import pytest

from apps.search import Search, of
from tests.apps.reading import texts

OTHER = "Of its default caption"


@pytest.fixture
def overridden(fakes, page):
    """The page, with the visitor's own search in place of the models'."""
    page.run()
    return page.toggle(key="own").set_value(False).run()


def test_each_model_searches_as_dev_chose_for_it(fakes, page):
    fakes["caption-lstm"].card["dev"] = {"width": 3, "length_penalty": 0.4}
    page.run()
    assert fakes["caption-lstm"].asked[-1][1:] == (3, 0.4)
    assert fakes["caption-lstm-attention"].asked[-1][1:] == (8, 1.2)


def test_a_card_without_a_search_gets_a_usual_one(fakes):
    fake = fakes["caption-lstm"]
    fake.card = {}
    assert of(fake, None) == Search(5, 0.0)


def test_the_visitor_s_search_reaches_the_model(fakes, overridden):
    page, asked = overridden, fakes["caption-lstm"].asked
    assert asked[-1][1:] == (5, 0.6)
    page.slider(key="width").set_value(2).run()
    assert asked[-1][1:] == (2, 0.6)
    page.slider(key="penalty").set_value(1.1).run()
    assert asked[-1][1:] == (2, 1.1)


def test_a_beam_of_one_has_no_alternatives(overridden):
    folded = [part.label for part in overridden.expander]
    assert folded.count("Also considered") == 2
    overridden.slider(key="width").set_value(1).run()
    assert not overridden.exception
    folded = [part.label for part in overridden.expander]
    assert "Also considered" not in folded


@pytest.mark.parametrize(
    ("width", "bleu4", "note"),
    [
        (1, "BLEU-4 18.0 (17.0–19.0)  \nCIDEr 52.0", "of greedy search"),
        (5, "BLEU-4 20.5 (19.5–21.5)  \nCIDEr 52.0", "of width 5"),
        (6, "BLEU-4 –  \nCIDEr –", "not known"),
    ],
)
def test_the_figures_are_those_of_the_visitor_s_width(overridden, width, bleu4, note):
    overridden.slider(key="width").set_value(width).run()
    shown = texts(overridden)
    assert shown.count(bleu4) == 2
    assert note in shown


def test_the_figures_of_each_model_s_own_search_are_said_to_be_such(fakes, page):
    page.run()
    assert texts(page).count("BLEU-4 21.0 (20.0–22.0)") == 2
    assert "of this very search" in texts(page)


def test_one_caption_is_said_to_be_no_other(fakes, overridden):
    assert OTHER not in texts(overridden)


def test_confidence_and_overlay_of_another_caption_are_said_to_be_so(fakes, page):
    for fake in fakes.values():
        fake.beam = lambda *_: [[("two cats", -1.0)]]
    page.run()
    shown = texts(page)
    assert shown.count(f"{OTHER}: a dog runs") == 2  # beside each model's confidence
    assert shown.count(f"{OTHER}, which is not the one above") == 1  # the overlay

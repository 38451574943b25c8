"""The second tab: the test set in order."""

import pytest

from apps.browse import Row
from tests.apps.reading import texts


def ids(page):
    """The pictures listed on the second tab, in their order."""
    return [text.value for text in page.text if text.value.endswith(".jpg")]


def test_the_share_of_words_two_captions_have_in_common():
    said = {"one": "a dog runs", "two": "a dog sits", "three": "two cats"}
    # {a, dog} of {a, dog, runs, sits}; nothing of the other two pairs.
    assert Row("x", said, {}).shared() == pytest.approx((2 / 4 + 0 + 0) / 3)


def test_one_model_alone_or_silent_ones_share_nothing():
    assert Row("x", {"one": "a dog"}, {}).shared() == 0
    assert Row("x", {"one": "", "two": ""}, {}).shared() == 0


def test_the_mean_cider_is_over_the_models():
    assert Row("x", {}, {"one": 10.0, "two": 40.0}).cider() == 25


def test_the_pictures_the_models_disagree_about_come_first(fakes, page):
    fakes["caption-lstm"].stored[7]["caption"] = "two cats sleep"
    page.run()
    assert ids(page)[0] == "007.jpg"


@pytest.mark.parametrize(
    ("order", "first"),
    [
        ("The models do worst", "000.jpg"),
        ("The models do best", "024.jpg"),
        ("Successes named on the cards", "003.jpg"),
        ("Failures named on the cards", "004.jpg"),
    ],
)
def test_the_order_can_be_picked(fakes, page, order, first):
    page.run()
    page.selectbox(key="order").set_value(order).run()
    assert not page.exception
    assert ids(page)[0] == first


def test_the_pages_hold_every_picture_once(fakes, page):
    page.run()
    order = "The models do worst"
    page.selectbox(key="order").set_value(order).run()
    seen = ids(page)
    for number in (2, 3):
        page.number_input(key=f"page-{order}").set_value(number).run()
        seen += ids(page)
    assert seen == [f"{number:03}.jpg" for number in range(25)]


def test_only_pictures_that_all_the_models_saw_are_listed(fakes, page):
    fakes["caption-lstm"].stored = fakes["caption-lstm"].stored[:3]
    page.run()
    assert sorted(ids(page)) == ["000.jpg", "001.jpg", "002.jpg"]


def damaged():
    """Reads predictions that cannot be read."""
    raise OSError("predictions.jsonl.gz is damaged")


def test_without_any_predictions_there_is_a_sentence(fakes, page):
    fakes["caption-lstm"].predictions = damaged
    fakes["caption-lstm-attention"].stored = []
    page.run()
    assert not page.exception
    assert any("no stored captions" in box.value for box in page.info)


def test_a_model_without_predictions_is_named_and_left_out(fakes, page):
    fakes["caption-lstm"].predictions = damaged
    page.run()
    assert not page.exception
    assert "so left out: The caption-lstm\n" in texts(page)
    assert len(set(ids(page))) == 10


def test_one_model_alone_cannot_disagree(fakes, page):
    page.run()
    assert "The models disagree most" in page.selectbox(key="order").options
    page.multiselect(key="models-caption").set_value(["caption-lstm"]).run()
    assert "The models disagree most" not in page.selectbox(key="order").options

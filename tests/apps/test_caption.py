"""The caption page, widget by widget, on made-up models."""

import pytest

from apps import pictures
from tests.apps.reading import said, tables, texts, upload

HOSTILE = (
    "**bold** <b>html</b> <script>alert(1)</script> ![x](http://evil.test/x.png) "
    "[link](http://evil.test) :red[red] $x^2$ `code`"
)


def test_the_page_opens_with_a_caption_from_every_model(fakes, page):
    page.run()
    assert not page.exception
    assert [block.value for block in page.code].count("a dog runs") == 2
    assert all(fake.card["title"] in texts(page) for fake in fakes.values())


def test_a_model_s_column_has_its_figures(fakes, page):
    page.run()
    shown = texts(page)
    assert "Score -1.25 (width 8, penalty 1.2)" in shown
    assert "-2.50  a dog runs again" in shown
    assert "ms this call" in shown
    assert "6.12 M parameters" in shown
    assert "BLEU-4 21.0 (20.0–22.0)" in shown
    assert "CIDEr 52.0 (50.0–54.5)" in shown


def test_each_word_has_its_confidence(fakes, page):
    page.run()
    table = tables(page)["Word"]
    assert list(table["Word"]) == ["a", "dog", "runs"]
    assert list(table["Confidence"]) == [50.0, 50.0, 50.0]


def test_the_five_likeliest_words_are_shown_on_demand(fakes, page):
    likeliest = "2. dog 50%, the 20%, of 10%, on 10%, at 5%"
    page.run()
    assert likeliest not in texts(page)
    page.toggle(key="deep").set_value(True).run()
    assert texts(page).count(likeliest) == 2


@pytest.mark.parametrize("label", pictures.SAMPLES)
def test_every_sample_photograph_is_in_the_installed_package(fakes, page, label):
    page.run()
    page.selectbox(key="sample").set_value(label).run()
    assert not page.exception
    sent, _, _ = fakes["caption-lstm"].asked[-1]
    assert sent.startswith((b"\x89PNG", b"\xff\xd8"))


def test_an_uploaded_picture_reaches_the_models_as_it_came(fakes, page, jpeg):
    upload(page, jpeg)
    assert not page.exception
    assert all(fake.asked[-1][0] == jpeg for fake in fakes.values())


def test_a_picture_from_the_camera_reaches_the_models(fakes, page, jpeg):
    page.run()
    page.radio(key="source").set_value(pictures.CAMERA).run()
    assert "Choose a picture" in said(page)
    page.camera_input[0].set_value(("camera.jpg", jpeg, "image/jpeg")).run()
    assert fakes["caption-lstm"].asked[-1][0] == jpeg


def test_before_a_file_is_sent_the_page_asks_for_one(fakes, page):
    page.run()
    page.radio(key="source").set_value(pictures.UPLOAD).run()
    assert "Choose a picture" in said(page)
    assert "a dog runs" not in texts(page)


def test_only_the_picked_models_answer(fakes, page):
    page.run()
    page.multiselect(key="models-caption").set_value(["caption-lstm"]).run()
    assert [block.value for block in page.code].count("a dog runs") == 1


def test_moving_another_widget_asks_the_models_nothing_again(fakes, page):
    page.run()
    page.toggle(key="deep").set_value(True).run()
    assert len(fakes["caption-lstm"].asked) == 1


def test_the_median_of_ten_calls_is_measured_on_demand_and_kept(fakes, page):
    page.run()
    assert "median of 10" not in texts(page)
    page.button(key="time").click().run()
    assert texts(page).count("ms median of 10") == 2
    assert len(fakes["caption-lstm"].asked) == 11
    page.toggle(key="deep").set_value(True).run()
    assert texts(page).count("ms median of 10") == 2
    assert len(fakes["caption-lstm"].asked) == 11


def test_the_word_picked_is_marked_in_the_caption(fakes, page):
    page.run()
    assert page.selectbox(key="looking").options == ["The caption-lstm-attention"]
    assert "▸a◂ dog runs" in texts(page)
    page.slider(key="word-a dog runs").set_value(2).run()
    assert "a ▸dog◂ runs" in texts(page)


def test_every_word_has_its_small_map(fakes, page):
    page.run()
    assert [text.value for text in page.text][-20:].count("dog") == 1
    # The picture, the large overlay and a small one for each of three words.
    assert len(page.image) == 5


@pytest.mark.parametrize("caption", ["", "dog"])
def test_a_caption_too_short_for_a_slider_is_shown(fakes, page, caption):
    for fake in fakes.values():
        fake.caption = caption
    page.run()
    assert not page.exception
    assert (caption or "(no words)") in texts(page)


def test_models_without_attention_have_no_overlay(fakes, page):
    fakes["caption-lstm-attention"].attention = False
    page.run()
    assert not page.exception
    assert "Where the model looked" not in [head.value for head in page.subheader]


@pytest.mark.parametrize("device", ["CPU", "GPU: NVIDIA H200"])
def test_the_page_says_which_device_answers(fakes, page, device):
    for fake in fakes.values():
        fake.where = device
    page.run()
    assert f"Runs on {device}" in texts(page)


def test_model_text_is_shown_verbatim_and_never_as_markup(fakes, page):
    for fake in fakes.values():
        fake.caption = HOSTILE
        fake.stored = [{"id": HOSTILE, "caption": HOSTILE, "cider": 1.0}]
        fake.card |= {"title": HOSTILE, "summary": HOSTILE, "limits": [HOSTILE]}
    page.run()
    assert not page.exception
    assert HOSTILE in texts(page).split("\n")
    assert HOSTILE in list(tables(page)["Model"]["Model"])
    kinds = ("markdown", "caption", "title", "subheader", "info", "warning", "metric")
    for kind in kinds:
        assert not any("evil" in str(element.value) for element in page.get(kind))
    labelled = [*page.slider, *page.button, *page.expander, *page.tabs]
    assert not any("evil" in element.label for element in labelled)

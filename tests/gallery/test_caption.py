"""The gallery opens artefacts and answers in plain Python."""

import numpy as np
import pytest
import tensorflow as tf

import zoo
from zoo import gallery


@pytest.fixture
def captioner(exported, monkeypatch):
    monkeypatch.setenv("ZOO_MODELS", str(exported.root))
    return zoo.load(exported.name)


def test_a_captioner_answers_in_one_line(captioner, photograph):
    captions = captioner([photograph(1), photograph(2)])
    assert len(captions) == 2
    assert all(isinstance(caption, str) for caption in captions)


def test_a_beam_is_sorted_and_as_long_as_asked(captioner, photograph):
    (found,) = captioner.beam([photograph(1)], width=4)
    scores = [score for _, score in found]
    assert len(found) == 4 and scores == sorted(scores, reverse=True)


def test_the_cards_length_penalty_is_the_default(captioner, photograph):
    pictures = [photograph(1)]
    assert captioner.beam(pictures, 3) == captioner.beam(pictures, 3, 0.6)
    assert captioner.beam(pictures, 3)[0][0][0] == captioner(pictures)[0]
    assert captioner.beam(pictures) == captioner.beam(pictures, 5, 1.1)
    assert captioner.beam(pictures) != captioner.beam(pictures, 5, 0.6)


def test_an_explanation_has_an_entry_a_word(captioner, photograph):
    pictures = [photograph(1), photograph(5)]
    for caption, explained in zip(
        captioner(pictures), captioner.explain(pictures), strict=True
    ):
        assert " ".join(explained.words) == caption
        length = len(explained.words)
        assert len(explained.probabilities) == len(explained.top_words) == length
        if explained.attention is not None:
            assert explained.attention.shape == (length, 7, 7)
            np.testing.assert_allclose(explained.attention.sum((1, 2)), 1, rtol=1e-3)


def test_no_pictures_have_no_captions(captioner):
    assert captioner([]) == captioner.beam([]) == captioner.explain([]) == []


@pytest.mark.parametrize("bad", [b"", b"garbage"])
def test_a_bad_picture_is_named_before_it_is_sent(
    captioner,
    photograph,
    bad,
    monkeypatch,
):
    monkeypatch.setattr(captioner, "model", None)  # sending would fail
    with pytest.raises(ValueError, match="picture 2: The file"):
        captioner([photograph(1), bad])


def test_an_option_out_of_range_is_a_sentence(captioner, photograph):
    with pytest.raises(ValueError, match="^picture 1: `width` must be from 1 to 32"):
        captioner.beam([photograph(1)], width=33)


@pytest.mark.parametrize("pictures", [b"jpeg", "dog.jpg", ["dog.jpg"], [bytearray(3)]])
def test_what_is_no_list_of_bytes_is_refused(captioner, pictures):
    with pytest.raises(TypeError, match="`pictures` must"):
        captioner(pictures)


def test_models_are_listed_in_the_order_of_the_recipes_then_ones_own(monkeypatch):
    there = ["caption-gru", "caption-gru-mine", "caption-rnn", "caption-rnn-512", "x"]
    monkeypatch.setattr(gallery.artefact, "names", lambda: there)
    assert gallery.names() == ["caption-rnn", "caption-gru", "caption-gru-mine"]
    assert gallery.expected()[0] == "caption-rnn" and len(gallery.expected()) == 5


def test_a_gpu_in_use_already_is_named_all_the_same(monkeypatch):
    def in_use(gpu, on):
        raise RuntimeError("Physical devices cannot be modified")

    fake = tf.config.PhysicalDevice("/physical_device:GPU:0", "GPU")
    config = tf.config
    monkeypatch.setattr(config, "list_physical_devices", lambda kind: [fake])
    monkeypatch.setattr(config.experimental, "set_memory_growth", in_use)
    monkeypatch.setattr(config.experimental, "get_device_details", lambda gpu: {})
    gallery.device.cache_clear()
    assert gallery.device() == "GPU: /physical_device:GPU:0"
    gallery.device.cache_clear()


def test_without_models_the_list_is_empty(tmp_path, monkeypatch):
    monkeypatch.setenv("ZOO_MODELS", str(tmp_path / "nothing"))
    assert gallery.names() == []


def test_a_gpu_is_named_and_its_memory_may_grow(monkeypatch):
    grown = []
    fake = tf.config.PhysicalDevice("/physical_device:GPU:0", "GPU")
    config = tf.config
    monkeypatch.setattr(config, "list_physical_devices", lambda kind: [fake])
    monkeypatch.setattr(
        config.experimental,
        "set_memory_growth",
        lambda gpu, on: grown.append((gpu, on)),
    )
    monkeypatch.setattr(
        config.experimental,
        "get_device_details",
        lambda gpu: {"device_name": "NVIDIA Test"},
    )
    gallery.device.cache_clear()
    try:
        assert gallery.device() == "GPU: NVIDIA Test"
        assert grown == [(fake, True)]
    finally:
        gallery.device.cache_clear()


def test_without_a_gpu_it_is_the_cpu(monkeypatch):
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: [])
    gallery.device.cache_clear()
    assert gallery.device() == "CPU"
    gallery.device.cache_clear()

import hashlib

import pytest

from zoo.corpora import imagenet
from zoo.corpora.fetch import FetchError


def test_the_mirrors_weights_are_taken_where_there_are_any(mirror, monkeypatch):
    (mirror / "imagenet").mkdir()
    (mirror / imagenet.MIRROR_PATH).write_bytes(b"weights")
    digest = hashlib.sha256(b"weights").hexdigest()
    monkeypatch.setattr(imagenet, "MIRROR_SHA256", digest)
    file = imagenet.mobilenet_v2_weights()
    assert file.read_bytes() == b"weights"
    assert file.name.endswith(".weights.h5")


def test_a_mirror_with_other_weights_is_refused(mirror):
    (mirror / "imagenet").mkdir()
    (mirror / imagenet.MIRROR_PATH).write_bytes(b"others")
    with pytest.raises(FetchError, match=imagenet.MIRROR_SHA256):
        imagenet.mobilenet_v2_weights()


def test_without_a_mirror_the_public_weights_keep_the_name_keras_reads(
    public, monkeypatch
):
    public.files["weights.h5"] = b"public"
    monkeypatch.setattr(imagenet, "PUBLIC_URL", public.url("weights.h5"))
    file = imagenet.mobilenet_v2_weights()
    assert file.read_bytes() == b"public"
    # Keras takes `.weights.h5` for its own newer format and would fail to load it.
    assert file.suffix == ".h5" and not file.name.endswith(".weights.h5")


def test_weights_nobody_has_are_an_error_naming_the_public_address(monkeypatch):
    url = "http://127.0.0.1:9/weights.h5"
    monkeypatch.setattr(imagenet, "PUBLIC_URL", url)
    with pytest.raises(FetchError, match=url):
        imagenet.mobilenet_v2_weights()

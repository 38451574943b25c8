"""The source corpus is what the installed wheel holds, or a sentence says why not."""

import hashlib
import pathlib
from importlib import metadata

import keras
import pytest

from zoo.corpora import catalogue, keras_source, long_text
from zoo.corpora.fetch import FetchError


@pytest.fixture(autouse=True)
def forget():
    """The text is put together once a process: here, once a test."""
    keras_source._text.cache_clear()
    yield
    keras_source._text.cache_clear()


class FakeFile(pathlib.PurePosixPath):
    """A file of a made-up wheel, whose content is its own path."""

    def read_text(self, encoding=None):
        return f"# {self}"


class FakeWheel:
    version = "9.9.9"
    files = None


@pytest.fixture
def wheel(monkeypatch):
    """A made-up wheel instead of the installed one."""
    monkeypatch.setattr(keras_source.metadata, "distribution", lambda name: FakeWheel)
    return FakeWheel


def test_it_is_the_files_of_the_installed_keras():
    text = keras_source._text()
    for split in long_text.SPLITS:
        assert keras_source.load(split) == long_text.cut(text, split)
    # Found by another way: from the package's own folder.
    source = pathlib.Path(keras.__file__).parent / "src"
    lstm = (source / "layers" / "rnn" / "lstm.py").read_text()
    test = (source / "layers" / "rnn" / "lstm_test.py").read_text()
    assert f"\n{lstm}\n" in text and test not in text
    assert 1.8e6 < len(text.encode()) < 2.2e6
    (digest,) = catalogue.facts("keras-source")["sha256"].values()
    assert digest == hashlib.sha256(text.encode()).hexdigest() == keras_source.SHA256


def test_files_stand_by_name_without_tests_or_other_folders(wheel, monkeypatch):
    names = [
        "keras/src/losses/b.py",
        "keras/src/layers/deep/c.py",
        "keras/src/layers/a.py",
        "keras/src/metrics/a.py",
        "keras/src/layers/a_test.py",
        "keras/src/backend/a.py",
        "keras/src/layers/a.txt",
        "keras/api/layers/a.py",
    ]
    monkeypatch.setattr(wheel, "files", [FakeFile(name) for name in names])
    expected = "# keras/src/layers/a.py\n# keras/src/metrics/a.py\n"
    expected += "# keras/src/losses/b.py\n# keras/src/layers/deep/c.py"
    digest = hashlib.sha256(expected.encode()).hexdigest()
    monkeypatch.setattr(keras_source, "SHA256", digest)
    for split in long_text.SPLITS:
        assert keras_source.load(split) == long_text.cut(expected, split)


def test_another_keras_is_refused_with_the_version_wanted(wheel):
    with pytest.raises(FetchError, match=r"3\.15\.1.*got keras 9\.9\.9.*pip install"):
        keras_source.load("train")


def test_no_keras_is_a_sentence_too(monkeypatch):
    def absent(name):
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(keras_source.metadata, "distribution", absent)
    with pytest.raises(FetchError, match="got none: pip install keras==3.15.1"):
        keras_source.checksums()

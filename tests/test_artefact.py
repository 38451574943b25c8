"""An artefact is whole and unchanged, or refused by the name of what is wrong."""

import subprocess

import pytest

from zoo import artefact


@pytest.fixture
def root(tmp_path, monkeypatch):
    monkeypatch.setenv("ZOO_MODELS", str(tmp_path))
    monkeypatch.setenv("ZOO_BUILD", str(tmp_path / "build"))
    return tmp_path


@pytest.fixture
def version(root):
    with artefact.publishing("caption-lstm") as folder:
        (folder / "variables").mkdir()
        (folder / "saved_model.pb").write_bytes(b"graph" * 100)
        (folder / "variables" / "data").write_bytes(b"weights" * 100)
        artefact.write_card(folder, {"title": "LSTM"}, [{"id": "1.jpg", "cider": 5}])
    return root / "caption-lstm" / "1"


def test_what_was_published_verifies_and_is_found(version):
    artefact.verify(version)
    assert artefact.names() == ["caption-lstm"]
    assert artefact.locate("caption-lstm") == version
    assert artefact.read_card(version) == {"title": "LSTM"}
    assert artefact.read_predictions(version) == [{"id": "1.jpg", "cider": 5}]


def test_sha256sum_itself_agrees(version):
    ran = subprocess.run(["sha256sum", "-c", artefact.SUMS], cwd=version, check=False)
    assert ran.returncode == 0


FILES = [
    "saved_model.pb",
    "variables/data",
    "assets.extra/card.json",
    "assets.extra/predictions.jsonl.gz",
]


@pytest.mark.parametrize("name", FILES)
def test_a_flipped_byte_is_refused_by_name(version, name):
    content = bytearray((version / name).read_bytes())
    content[len(content) // 2] ^= 1
    (version / name).write_bytes(content)
    with pytest.raises(artefact.Damaged, match=name):
        artefact.verify(version)


@pytest.mark.parametrize("name", FILES)
def test_a_truncated_file_is_refused_by_name(version, name):
    content = (version / name).read_bytes()
    (version / name).write_bytes(content[:-1])
    with pytest.raises(artefact.Damaged, match=name):
        artefact.verify(version)


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_refused_by_name(version, name):
    (version / name).unlink()
    with pytest.raises(artefact.Damaged, match=f"{name} is missing"):
        artefact.verify(version)


def test_an_added_file_is_refused_by_name(version):
    (version / "variables" / "more").write_bytes(b"")
    with pytest.raises(artefact.Damaged, match="variables/more is not part"):
        artefact.verify(version)


def test_an_artefact_without_sums_is_refused(version):
    (version / artefact.SUMS).unlink()
    with pytest.raises(artefact.Damaged, match="SHA256SUMS is missing"):
        artefact.verify(version)


def test_a_damaged_artefact_is_refused_before_it_is_loaded(version):
    (version / "saved_model.pb").write_bytes(b"")
    with pytest.raises(artefact.Damaged):
        artefact.open_model(version)


def test_a_failed_export_leaves_no_version_and_the_old_one(version):
    with pytest.raises(RuntimeError):
        with artefact.publishing("caption-lstm") as folder:
            (folder / "saved_model.pb").write_bytes(b"half")
            raise RuntimeError("the disk is full")
    assert artefact.versions("caption-lstm") == [1]
    assert [path.name for path in version.parent.iterdir()] == ["1"]


def test_what_a_killed_export_left_is_no_version_and_is_cleared_next_time(version):
    stale = version.parent / "partial-123"
    stale.mkdir()
    assert artefact.versions("caption-lstm") == [1]
    with artefact.publishing("caption-lstm"):
        pass
    assert not stale.exists()
    assert artefact.versions("caption-lstm") == [1, 2]


def test_a_missing_model_is_told_with_the_command_that_makes_it(root):
    with pytest.raises(artefact.NotFound, match="make train-caption-gru"):
        artefact.locate("caption-gru")


def test_a_missing_version_is_told(version):
    with pytest.raises(artefact.NotFound, match="caption-lstm version 7"):
        artefact.locate("caption-lstm", 7)


def test_the_same_predictions_are_the_same_bytes(version):
    card, rows = {"title": "LSTM"}, [{"id": "1.jpg", "cider": 5}]
    before = (version / artefact.PREDICTIONS).read_bytes()
    artefact.write_card(version, card, rows)
    assert (version / artefact.PREDICTIONS).read_bytes() == before
    artefact.verify(version)

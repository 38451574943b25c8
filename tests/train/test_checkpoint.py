"""Checkpoints are whole or not there, and the one before is kept."""

import os

import numpy as np
import pytest

from zoo.train import checkpoint


def save(folder, *updates):
    for update in updates:
        checkpoint.save(folder, update, {"weights": np.full((3, 2), update, "float32")})


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_what_is_saved_is_loaded(tmp_path):
    arrays = {
        "average/0": np.arange(6, dtype="float32").reshape(2, 3),
        "seeds": np.array([1, 2**32 - 1], "uint32"),
        "recipe": '{"width": 3}',
    }
    checkpoint.save(tmp_path / "new" / "folder", 12, arrays)
    update, loaded = checkpoint.load(tmp_path / "new" / "folder")
    assert update == 12
    assert loaded.keys() == arrays.keys()
    np.testing.assert_array_equal(loaded["average/0"], arrays["average/0"])
    assert loaded["seeds"].dtype == np.uint32
    np.testing.assert_array_equal(loaded["seeds"], arrays["seeds"])
    assert str(loaded["recipe"]) == arrays["recipe"]


@pytest.mark.parametrize("folder", [".", "missing"])
def test_without_a_checkpoint_nothing_is_loaded(tmp_path, folder):
    assert checkpoint.load(tmp_path / folder) == (0, None)


def test_the_newest_two_are_kept(tmp_path):
    save(tmp_path, 9, 10, 100)
    assert names(tmp_path) == ["checkpoint-00000010.npz", "checkpoint-00000100.npz"]
    assert checkpoint.load(tmp_path)[0] == 100


@pytest.mark.parametrize("length", [0, 10, 31, 32, 200, -1])
def test_a_truncated_checkpoint_falls_back_to_the_one_before(tmp_path, caplog, length):
    save(tmp_path, 1, 2)
    newest = tmp_path / "checkpoint-00000002.npz"
    newest.write_bytes(newest.read_bytes()[:length])
    update, loaded = checkpoint.load(tmp_path)
    assert update == 1
    np.testing.assert_array_equal(loaded["weights"], np.ones((3, 2)))
    assert f"{newest} is damaged" in caplog.text


def test_a_flipped_bit_is_noticed(tmp_path):
    save(tmp_path, 1, 2)
    newest = tmp_path / "checkpoint-00000002.npz"
    content = bytearray(newest.read_bytes())
    content[len(content) // 2] ^= 1
    newest.write_bytes(content)
    assert checkpoint.load(tmp_path)[0] == 1


def test_where_all_are_damaged_training_begins_anew(tmp_path):
    save(tmp_path, 1, 2)
    for path in tmp_path.iterdir():
        path.write_bytes(b"not a checkpoint, but longer than a digest of 32 bytes")
    assert checkpoint.load(tmp_path) == (0, None)


@pytest.mark.parametrize("failing", ["fsync", "replace"])
def test_a_failed_write_leaves_what_was_there(tmp_path, monkeypatch, failing):
    save(tmp_path, 1)

    def fail(*arguments):
        raise OSError("disk full")

    monkeypatch.setattr(os, failing, fail)
    with pytest.raises(OSError, match="disk full"):
        save(tmp_path, 2)
    monkeypatch.undo()
    assert checkpoint.load(tmp_path)[0] == 1
    save(tmp_path, 2)
    assert names(tmp_path) == ["checkpoint-00000001.npz", "checkpoint-00000002.npz"]


def test_the_content_is_on_the_disk_before_it_has_its_name(tmp_path, monkeypatch):
    calls = []
    fsync, replace = os.fsync, os.replace

    def noting_fsync(file):
        calls.append("fsync")
        fsync(file)

    def noting_replace(*paths):
        calls.append("replace")
        replace(*paths)

    monkeypatch.setattr(os, "fsync", noting_fsync)
    monkeypatch.setattr(os, "replace", noting_replace)
    save(tmp_path, 1)
    assert calls == ["fsync", "replace"]

"""Prepared arrays: read without copies, replaced whole or not at all."""

import os
import subprocess
import sys

import numpy as np
import pytest

from zoo import arrays


@pytest.fixture
def folder(zoo_build):
    folder = arrays.folder("mine")
    assert folder == zoo_build / "prepared" / "mine"
    folder.mkdir(parents=True)
    return folder


def test_an_array_is_mapped_and_not_read(folder):
    np.save(folder / "grids.npy", np.arange(6))
    array = arrays.open_array("mine", "grids.npy")
    assert isinstance(array, np.memmap)
    assert array.tolist() == list(range(6))
    with pytest.raises(ValueError, match="read-only"):
        array[0] = 1


def test_an_archive_is_read_to_a_dictionary(folder):
    np.savez(folder / "captions.npz", tokens=np.ones((2, 3)), names=np.array(["a"]))
    archive = arrays.open_array("mine", "captions.npz")
    assert archive.keys() == {"tokens", "names"}
    assert archive["tokens"].shape == (2, 3)


def test_a_vocabulary_is_read_in_the_order_of_its_ids(folder):
    (folder / "vocabulary.txt").write_bytes("[PAD]\n[END]\ncafé\na\n".encode())
    assert arrays.read_vocabulary("mine") == ["[PAD]", "[END]", "café", "a"]


@pytest.mark.parametrize(
    "read",
    [
        lambda: arrays.open_array("mine", "x.npy"),
        lambda: arrays.read_vocabulary("mine"),
    ],
)
def test_what_was_not_prepared_is_an_error_that_says_how_to(zoo_build, read):
    with pytest.raises(FileNotFoundError, match="python -m zoo prepare"):
        read()


def test_a_file_is_replaced_when_all_is_written(tmp_path):
    path = tmp_path / "new" / "file.txt"
    for content in ("one", "two"):
        with arrays.replacing(path) as partial:
            partial.write_text(content)
            assert partial.parent == path.parent
            assert not path.exists() or path.read_text() == "one"
        assert path.read_text() == content
    assert [file.name for file in path.parent.iterdir()] == ["file.txt"]


def test_an_error_leaves_what_was_there_and_no_partial_file(tmp_path):
    path = tmp_path / "file.txt"
    path.write_text("one")
    with pytest.raises(ZeroDivisionError), arrays.replacing(path) as partial:
        partial.write_text("half of tw")
        raise ZeroDivisionError
    assert path.read_text() == "one"
    assert [file.name for file in tmp_path.iterdir()] == ["file.txt"]


def test_what_a_killed_process_left_is_deleted_and_what_others_write_is_not(tmp_path):
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    left = tmp_path / f"partial-{ended.pid}-file.txt"
    of_another_file = tmp_path / f"partial-{ended.pid}-my-file.txt"
    being_written = tmp_path / f"partial-{os.getppid()}-file.txt"
    for path in (left, of_another_file, being_written):
        path.write_text("half")
    with arrays.replacing(tmp_path / "file.txt") as partial:
        partial.write_text("whole")
    assert not left.exists()
    assert of_another_file.exists() and being_written.exists()


def test_what_a_process_of_the_same_number_left_is_deleted_even_a_folder(tmp_path):
    left = tmp_path / f"partial-{os.getpid()}-version"
    (left / "variables").mkdir(parents=True)
    assert arrays.partial_of(tmp_path / "version") == left
    assert not left.exists()

"""One's own sentence pairs: read with care, a bad line is named by its number."""

import hashlib

import pytest

from zoo.corpora import catalogue, pairs


def write(folder, content):
    file = folder / "my.tsv"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return file


def tenth(text):
    return int(hashlib.sha1(text.encode()).hexdigest(), 16) % 10


def test_pairs_are_read_in_order_and_named_by_their_line(tmp_path):
    content = "\ufeffA dog.\tEin Hund.\r\n\n Two\u2028dogs \t Zwei \n"
    found = pairs.read_tsv(write(tmp_path, content))
    assert found == [
        pairs.Pair("1", "A dog.", "Ein Hund."),
        pairs.Pair("3", "Two\u2028dogs", "Zwei"),
    ]


@pytest.mark.parametrize("line", ["A dog.", "A\tB\tC", "\tEin Hund.", "A dog.\t  "])
def test_a_line_that_is_no_pair_is_named(tmp_path, line):
    file = write(tmp_path, f"A dog.\tEin Hund.\n{line}\n")
    with pytest.raises(ValueError, match="line 2 of .*my.tsv must be a source, a tab"):
        pairs.read_tsv(file)


def test_bytes_that_are_not_utf8_are_named_by_their_line(tmp_path):
    file = write(tmp_path, b"a\tb\nc\td\n\xff\td\n")
    with pytest.raises(ValueError, match="line 3 of .* must be UTF-8"):
        pairs.read_tsv(file)


@pytest.mark.parametrize("content", ["", "\n\n", "  \n"])
def test_a_file_of_nothing_is_refused(tmp_path, content):
    with pytest.raises(ValueError, match="file must hold pairs, got none"):
        pairs.read_tsv(write(tmp_path, content))


def test_a_source_is_in_one_split_however_it_is_translated(tmp_path):
    lines = [f"dog {row % 40}\tHund {row}" for row in range(80)]
    file = write(tmp_path, "\n".join(lines))
    catalogue.register("mine", "pairs", file=file)
    found = {split: catalogue.load("mine", split) for split in catalogue.SPLITS}
    assert sum(map(len, found.values())) == 80
    for split, digits in (("dev", {8}), ("test", {9}), ("train", set(range(8)))):
        assert {tenth(pair.source) for pair in found[split]} <= digits


def test_too_few_pairs_for_every_split_are_refused(tmp_path):
    file = write(tmp_path, "A dog.\tEin Hund.\n")
    missing = {"train", "dev", "test"} - {
        {8: "dev", 9: "test"}.get(tenth("A dog."), "train")
    }
    for split in missing:
        with pytest.raises(ValueError, match=f"got none for '{split}' among the 1"):
            pairs.load_file(file, split)
    with pytest.raises(ValueError, match="split must be one of"):
        pairs.load_file(file, "validation")

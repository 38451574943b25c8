"""One long text is cut by position; one's own file is refused with its line."""

import pytest

from zoo.corpora import long_text

TEXT = "".join(f"line {number}\n" for number in range(2000))


def cut_up(text):
    return [long_text.cut(text, split) for split in ("train", "dev", "test")]


def whole(train, dev, test):
    """Puts the splits together again: dev goes back where it was cut out."""
    place = len(train + dev + test) * 425 // 1000
    return train[:place] + dev + train[place:] + test


@pytest.fixture
def own(tmp_path):
    """Function that writes a file and returns its place."""

    def write(content):
        file = tmp_path / "own.txt"
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        return file

    return write


@pytest.mark.parametrize("length", [0, 1, 7, 19, 20, 99, 1115394])
def test_the_splits_are_the_text_and_no_character_twice(length):
    assert (
        whole(*cut_up(("abcdefghij" * length)[:length]))
        == ("abcdefghij" * length)[:length]
    )


def test_the_last_tenth_is_the_test_and_a_twentieth_of_the_middle_dev():
    text = "".join(map(chr, range(1000)))
    train, dev, test = cut_up(text)
    assert dev == text[425:475] and test == text[900:]
    assert train == text[:425] + text[475:900]


def test_a_split_of_another_name_is_refused():
    with pytest.raises(ValueError, match="got 'valid'"):
        long_text.cut(TEXT, "valid")


def test_a_file_is_read_and_cut(own):
    file = own(TEXT)
    parts = [long_text.load_file(file, split) for split in long_text.SPLITS]
    assert whole(*parts) == TEXT
    assert long_text.load_file(str(file), "dev") == long_text.cut(TEXT, "dev")


@pytest.mark.parametrize("ending", ["\r\n", "\r"])
def test_line_ends_of_any_system_are_line_feeds_and_the_mark_is_dropped(own, ending):
    file = own("\ufeff" + TEXT.replace("\n", ending))
    assert long_text.load_file(file, "train") == long_text.cut(TEXT, "train")


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        (b"\xff", "line 3 of .*own.txt is not: byte 0xff"),
        (b"\xed\xa0\x80", "line 3 of .*own.txt is not: byte 0xed"),
        (b"a\0b", "line 3 of .*own.txt holds a NUL byte"),
    ],
)
def test_what_is_no_text_is_refused_with_its_line(own, bad, why):
    file = own(b"one\ntwo\n" + bad + b"\n" + TEXT.encode())
    with pytest.raises(ValueError, match=why):
        long_text.load_file(file, "train")


def test_a_text_too_short_to_learn_from_is_refused(own):
    with pytest.raises(ValueError, match="at least 10,000 characters, .* has 9,999"):
        long_text.load_file(own("x" * 9_999), "train")
    assert len(long_text.load_file(own("x" * 10_000), "test")) == 1000


def test_a_file_too_large_is_refused_before_it_is_read(own, monkeypatch):
    monkeypatch.setattr(long_text, "MOST_BYTES", 2**20)
    with pytest.raises(ValueError, match="at most 1 MB, .* has 2.0 MB"):
        long_text.load_file(own(b"\xff" * 2**21), "train")

"""One's own texts: read with care, a bad row is named by its line."""

import hashlib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from zoo.corpora import catalogue, texts

GOOD = "text,label\nA joy to watch,1\nDull,0\n"


def write(folder, content):
    file = folder / "my.csv"
    data = content if isinstance(content, bytes) else content.encode("utf-8")
    file.write_bytes(data)
    return file


def tenth(text):
    return int(hashlib.sha1(text.encode()).hexdigest(), 16) % 10


def many(count=60):
    """Rows enough for every split."""
    rows = [f"film number {row} was fine,{row % 2}" for row in range(count)]
    return "text,label\n" + "\n".join(rows) + "\n"


@pytest.mark.parametrize(
    ("label", "meant"),
    [("0", 0), ("neg", 0), ("Negative", 0), (" 1 ", 1), ("POS", 1), ("positive", 1)],
)
def test_a_label_is_read_in_any_spelling(tmp_path, label, meant):
    file = write(tmp_path, f"text,label\nA film,{label}\n")
    assert texts.read_csv(file) == [texts.Text("2", "A film", meant)]


@pytest.mark.parametrize(
    "content",
    [
        "label,text\n1,A film\n",
        "Text,Stars,LABEL\nA film,5,1\n",
        "\ufefftext,label\nA film,1\n",
        "text,label\r\nA film,1\r\n",
        "text,label\rA film,1",
        "text,label\n\n\nA film,1\n\n",
    ],
)
def test_columns_come_in_any_order_and_lines_end_in_any_way(tmp_path, content):
    (found,) = texts.read_csv(write(tmp_path, content))
    assert (found.text, found.label) == ("A film", 1)


def test_a_text_may_have_commas_quotation_marks_and_lines(tmp_path):
    file = write(tmp_path, 'text,label\n"One, ""two""\nthree\u2028four",1\nEnd,0\n')
    first, second = texts.read_csv(file)
    assert first.text == 'One, "two"\nthree\u2028four'
    assert (first.name, second.name) == ("2", "4")  # where each begins


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("Fine,2", "a label among 0, neg, .* got '2'"),
        ("Fine,", "a label among"),
        ("Fine", "2 columns as the header has, got 1"),
        ("Fine, really,1", "2 columns as the header has, got 3"),
        ("  ,1", "must have a text"),
        ('"Fine,1', "must be CSV"),
        ('"Fine"x,1', "must be CSV"),
        (b"Fine \xff,1", "must be UTF-8"),
    ],
)
def test_a_bad_row_is_named_by_its_line(tmp_path, row, why):
    row = row if isinstance(row, bytes) else row.encode()
    file = write(tmp_path, GOOD.encode() + row + b"\n")
    with pytest.raises(ValueError, match=f"line 4 of .*my.csv.*{why}"):
        texts.read_csv(file)


@pytest.mark.parametrize("header", ["text,mark", "A film,1", "text,text,label", ","])
def test_a_file_without_its_header_is_refused(tmp_path, header):
    file = write(tmp_path, f"{header}\nA film,1\n")
    with pytest.raises(ValueError, match="line 1 of .* must be a header"):
        texts.read_csv(file)


@pytest.mark.parametrize("content", ["", "\n\n", "text,label\n"])
def test_a_file_without_texts_is_refused(tmp_path, content):
    with pytest.raises(ValueError, match="must hold texts"):
        texts.read_csv(write(tmp_path, content))


def test_a_text_goes_where_its_hash_says_and_nowhere_else(tmp_path):
    file = write(tmp_path, many())
    found = {split: texts.load_file(file, split) for split in texts.SPLITS}
    assert sum(map(len, found.values())) == 60
    for split, wanted in {"dev": {8}, "test": {9}, "train": set(range(8))}.items():
        assert {tenth(example.text) for example in found[split]} <= wanted
        assert found[split]


def test_a_training_split_of_one_label_is_refused(tmp_path):
    file = write(tmp_path, many().replace(",0\n", ",1\n"))
    with pytest.raises(ValueError, match="both labels .* none that is negative"):
        texts.load_file(file, "train")


def test_an_unknown_split_is_refused(tmp_path):
    with pytest.raises(ValueError, match="split must be one of"):
        texts.load_file(write(tmp_path, many()), "validation")


def test_ones_own_texts_are_registered_whole_or_not_at_all(tmp_path):
    file = write(tmp_path, many() + "Fine,perhaps\n")
    with pytest.raises(ValueError, match="line 62"):
        catalogue.register("mine", "texts", file=file)
    with pytest.raises(ValueError, match="corpus must be"):
        catalogue.load("mine", "train")
    catalogue.register("mine", "texts", file=write(tmp_path, many()))
    assert catalogue.load("mine", "dev") == texts.load_file(file, "dev")
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    assert catalogue.facts("mine")["sha256"] == {"my.csv": digest}


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(content=st.binary(max_size=60) | st.text('",\n\r01abtextlabel', max_size=40))
def test_any_file_is_read_or_refused_with_its_line(tmp_path, content):
    content = content if isinstance(content, bytes) else content.encode()
    for head in (b"", b"text,label\n"):
        try:
            found = texts.read_csv(write(tmp_path, head + content))
        except ValueError as error:
            assert "my.csv" in str(error)
        else:
            assert found and all(text.label in (0, 1) for text in found)

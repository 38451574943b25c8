"""CoNLL-U read, refused with line numbers, and written back as it was."""

import hashlib

import pytest

from zoo.corpora import catalogue, sentences
from zoo.corpora.sentences import UPOS, Sentence, load_file, parse, read, write


def row(place, form, tag="NOUN", misc="_", fine="NN"):
    return "\t".join([place, form, "_", tag, fine, "_", "_", "_", "_", misc])


CLITIC = "\n".join(
    [
        "# sent_id = one",
        "# text = She can't.",
        row("1", "She", "PRON"),
        row("2-3", "can't", "_", "SpaceAfter=No", "_"),
        row("2", "ca", "AUX"),
        row("3", "n't", "PART"),
        row("3.1", "go", "VERB"),
        row("4", ".", "PUNCT", "CorrectForm=!|SpaceAfter=No"),
        "",
        "",
    ]
)


def joined(*lines):
    return "\n".join([*lines, "", ""])


def test_words_tags_and_places_of_a_sentence_with_a_clitic_and_an_empty_node():
    (sentence,) = parse(CLITIC)
    assert sentence.name == "one"
    assert sentence.words == ["She", "ca", "n't", "."]
    assert sentence.tags == ["PRON", "AUX", "PART", "PUNCT"]
    assert sentence.fine_tags == ["NN"] * 4
    assert sentence.text == "She can't."
    assert sentence.spans() == [(0, 3), (4, 6), (6, 9), (9, 10)]


def test_words_that_do_not_spell_their_token_share_its_place():
    lines = joined(
        "# text = du vin", row("1-2", "du"), row("1", "de"), row("2", "le"),
        row("3", "vin"),
    )  # fmt: skip
    assert parse(lines)[0].spans() == [(0, 2), (0, 2), (3, 6)]


def test_without_a_text_the_tokens_are_put_together():
    lines = CLITIC.replace("# text = She can't.\n", "")
    (sentence,) = parse(lines)
    assert sentence.text == "She can't."
    assert sentence.spans() == parse(CLITIC)[0].spans()


def test_a_sentence_without_a_name_is_called_by_its_line():
    found = parse(CLITIC + joined(row("1", "Yes", "INTJ")))
    assert [sentence.name for sentence in found] == ["one", "line 10"]


def test_a_text_that_does_not_hold_the_tokens_is_refused_with_its_line():
    (sentence,) = parse(CLITIC.replace("# text = She", "# text = He"))
    with pytest.raises(ValueError, match="line 1: # text .*'She'"):
        sentence.spans()


@pytest.mark.parametrize("text", [CLITIC, CLITIC * 3, "", joined(row("1", "a b"))])
def test_what_is_read_is_written_back(text):
    assert write(parse(text)) == text


def test_a_missing_last_line_and_foreign_line_ends_are_forgiven():
    assert parse("\ufeff" + CLITIC.rstrip().replace("\n", "\r\n")) == parse(CLITIC)


def test_new_tags_change_the_fourth_column_and_nothing_else():
    (sentence,) = parse(CLITIC)
    again = sentence.tagged(["X", "X", "SYM", "X"])
    assert again.tags == ["X", "X", "SYM", "X"]
    before, after = write([sentence]).split("\n"), write([again]).split("\n")
    changed = [i for i, (a, b) in enumerate(zip(before, after, strict=True)) if a != b]
    assert changed == [2, 4, 5, 7]
    assert again.tagged(sentence.tags) == sentence
    with pytest.raises(ValueError, match="got 1 for 4 words"):
        sentence.tagged(["X"])


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ([row("1", "a"), "2\tb"], "line 2: a line must have 10 columns.*got 2"),
        ([row("1", "a"), row("2", "")], "line 2: no column may be empty"),
        ([row("1", "a"), row("x", "b")], "line 2: ID must be .*'x'"),
        ([row("1", "a"), row("٢", "b")], "line 2: ID must be"),
        ([row("1", "a"), row("3", "b")], "line 2: IDs must count .*'3' where word 2"),
        (["# a", row("2", "a")], "line 2: IDs must count"),
        ([row("1-3", "ab"), row("1", "a"), row("2", "b")], "line 1: IDs .*'1-3'"),
        ([row("1", "a"), row("1-2", "ab"), row("2", "b")], "line 2: IDs .*'1-2'"),
        ([row("1", "a"), row("5.1", "b")], "line 2: IDs .*'5.1'"),
        (["# a", "", row("1", "a")], "line 2: words must follow the comments"),
        ([row("0.1", "a")], "line 1: a sentence must have words"),
        ([row("1", "a"), "# late"], "line 2: a line must have 10 columns"),
    ],
)
def test_a_broken_line_is_refused_with_its_number(lines, message):
    with pytest.raises(ValueError, match=message):
        parse(joined(*lines))


def test_the_line_is_counted_from_the_beginning_of_the_file():
    with pytest.raises(ValueError, match="^line 11: a line must have"):
        parse(CLITIC + row("1", "a") + "\noops\n")


def test_a_word_to_learn_from_needs_a_universal_tag(tmp_path):
    file = tmp_path / "mine.conllu"
    file.write_text(CLITIC + joined("# c", row("1", "a"), row("2", "b", "NN")))
    with pytest.raises(ValueError, match="mine.conllu: line 12: UPOS .*'NN'"):
        read(file)
    file.write_text(joined(row("1", "a", "_")))
    with pytest.raises(ValueError, match="line 1: UPOS"):
        read(file)
    file.write_bytes(CLITIC.encode() + b"1\t\xff\n")
    with pytest.raises(ValueError, match="line 10 of .* must be UTF-8"):
        read(file)


def test_there_are_the_seventeen_universal_tags():
    assert len(set(UPOS)) == 17 and list(UPOS) == sorted(UPOS)


def many(count):
    return "".join(joined(row("1", f"word{i}"), row("2", "x")) for i in range(count))


def split_by_hand(words):
    tenth = int(hashlib.sha1(" ".join(words).encode()).hexdigest(), 16) % 10
    return {8: "dev", 9: "test"}.get(tenth, "train")


def test_ones_own_file_is_split_by_a_hash_of_the_words(tmp_path):
    file = tmp_path / "mine.conllu"
    file.write_text(many(60))
    found = {split: load_file(file, split) for split in sentences.SPLITS}
    assert sum(map(len, found.values())) == 60
    for split, some in found.items():
        assert some and all(split_by_hand(s.words) == split for s in some)
    file.write_text(many(1))
    absent = "test" if split_by_hand(["word0", "x"]) != "test" else "dev"
    with pytest.raises(ValueError, match=f"none for '{absent}' among the 1"):
        load_file(file, absent)
    with pytest.raises(ValueError, match="split must be"):
        load_file(file, "all")


def test_a_broken_file_is_refused_before_anything_is_kept(tmp_path, build):
    file = tmp_path / "mine.conllu"
    file.write_text(many(60) + "1\tbad\n")
    with pytest.raises(ValueError, match="line 181: a line must have 10 columns"):
        catalogue.register("mine", "sentences", file=file)
    assert not build.exists()
    file.write_text(many(60))
    catalogue.register("mine", "sentences", file=file)
    assert catalogue.load("mine", "dev") == load_file(file, "dev")
    assert catalogue.facts("mine")["sha256"] == {
        "mine.conllu": hashlib.sha256(file.read_bytes()).hexdigest()
    }


def test_a_sentence_is_a_value():
    assert parse(CLITIC)[0] == parse(CLITIC)[0]
    assert isinstance(parse(CLITIC)[0], Sentence)

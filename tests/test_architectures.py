"""The matrix: its words, its notes, and the names it knows."""

import pytest

from zoo import architectures, matrix
from zoo.architectures import ARCHITECTURES, TASKS, why_not


def test_every_row_and_column_has_words_for_people():
    for name, row in ARCHITECTURES.items():
        assert row.name == name and row.summary.endswith(".") and row.title
        assert "," in row.paper and 1940 < row.year < 2030
        assert set(row.cannot) <= set(TASKS)
    for name, column in TASKS.items():
        assert column.name == name and column.title and column.form
        assert bool(column.needs) != bool(column.cannot)


def test_the_matrix_is_read_in_a_terminal_of_a_hundred_columns():
    lines = matrix.draw().splitlines()
    assert max(map(len, lines)) <= 100
    head, *rows = lines[: 1 + len(ARCHITECTURES)]
    assert head.split() == list(TASKS)
    assert [row.split()[0] for row in rows] == list(ARCHITECTURES)
    # Each cell ends where its column's name ends.
    ends = [head.index(task) + len(task) for task in TASKS]
    for row in rows:
        assert all(row[end - 1] != " " for end in ends)
        assert len(row.split()) == 1 + len(TASKS)


def test_a_number_in_the_matrix_is_that_of_the_reason_below():
    drawn = matrix.draw()
    table, notes = drawn.split("\n\n")
    flowing = " ".join(notes.split())
    for row in table.splitlines()[1:]:
        name, *cells = row.split()
        for task, cell in zip(TASKS, cells, strict=True):
            reason = why_not(name, task)
            assert (cell == "yes") == (reason is None)
            assert reason is None or f"{cell} {reason}" in flowing


@pytest.mark.parametrize(
    ("architecture", "task", "words"),
    [
        ("bilstm", "write", "would see the word that it is to predict"),
        ("markov", "caption", "no place for a picture"),
        ("gru-attention", "write", "no memory to attend to"),
    ],
)
def test_what_cannot_be_is_known_by_name(architecture, task, words):
    assert words in why_not(architecture, task)


def test_most_of_what_the_notes_show_can_be():
    for name in ("rnn", "lstm", "gru", "transformer"):
        assert [task for task in TASKS if why_not(name, task)] == ["one-to-one"]


def test_options_hold_the_parts_that_the_task_needs_and_the_sizes_of_their_kind():
    sizes = {"encoder": {"recurrent": {"units": 3}, "window": {"window": 2}}}
    assert architectures.model_options("bilstm", "tag", sizes) == {
        "encoder": {
            "kind": "recurrent",
            "cell": "lstm",
            "bidirectional": True,
            "units": 3,
        }
    }
    options = architectures.model_options("gru", "translate", sizes)
    assert options["decoder"] == {"kind": "recurrent", "cell": "gru", "bridge": True}
    assert "units" not in options["decoder"]


@pytest.mark.parametrize(
    ("pair", "sentence"),
    [
        (("lstn", "tag"), "`architecture` must be .*'lstn'. Did you mean: .*lstm"),
        (("lstm", "tga"), "`task` must be .*'tga'. Did you mean: tag"),
        ((None, "tag"), "`architecture` must be .*None"),
    ],
)
def test_a_misspelt_name_is_answered_with_the_nearest(pair, sentence):
    with pytest.raises(ValueError, match=sentence):
        why_not(*pair)

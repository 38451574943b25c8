"""Parts of the translation page that need no browser: maps of words, charts, files."""

import types

import numpy as np
import pytest

from apps import translate_attention, translate_file, translate_length, word_maps


def test_pieces_of_a_word_are_looked_at_together_and_look_on_average():
    rows = [" Ein", " Hu", "nd", ".", "</s>"]
    columns = [" A", " do", "g", "."]
    weights = np.array(
        [
            [0.7, 0.1, 0.1, 0.1],
            [0.2, 0.4, 0.3, 0.1],
            [0.0, 0.6, 0.2, 0.2],
            [0.1, 0.1, 0.1, 0.7],
            [0.25, 0.25, 0.25, 0.25],
        ]
    )
    found, looking, seen = word_maps.by_words(weights, rows, columns)
    assert looking == ["Ein", "Hund.", "</s>"] and seen == ["A", "dog."]
    expected = [[0.7, 0.3], [0.1, 0.9], [0.25, 0.75]]
    np.testing.assert_allclose(found, expected)
    np.testing.assert_allclose(found.sum(axis=1), 1.0)


def test_the_mean_or_one_of_the_maps_is_picked():
    maps = np.arange(24.0).reshape(2, 3, 2, 2)
    np.testing.assert_array_equal(translate_attention.pick(maps, "2"), maps[1])
    mean = translate_attention.pick(maps, translate_attention.MEAN)
    np.testing.assert_array_equal(mean, (maps[0] + maps[1]) / 2)


def test_a_chart_has_a_cell_a_pair_and_keeps_words_that_come_twice_apart():
    weights = np.array([[0.25, 0.75], [0.5, 0.5]])
    chart = translate_attention.chart(weights, ["der", "der"], ["<b>", "the"])
    data = chart.data
    assert len(data) == 4 and data["looks"].nunique() == 2
    assert data["weight"].tolist() == [0.25, 0.75, 0.5, 0.5]
    assert set(data["to"]) == {"<b>", "the"}


def test_a_line_a_model_with_buckets_of_length_from_the_card():
    buckets = [
        {"words": 7, "sentences": 5, "bleu_lc": 40.0},
        {"words": 10, "sentences": 4, "bleu_lc": 30.0},
        {"words": None, "sentences": 1, "bleu_lc": 20.0},
    ]
    models = {
        name: types.SimpleNamespace(
            card={"title": title, "test": {"by_length": buckets}},
            name=name,
            attends=name != "plain",
        )
        for name, title in (
            ("plain", "GRU"),
            ("attentive", "GRU with attention"),
            ("transformer", "Transformer"),
        )
    }
    table = translate_length.rows(models)
    lines = table[["Architecture", "Attention"]].drop_duplicates()
    assert lines.to_numpy().tolist() == [
        ["GRU", "without"],
        ["GRU", "with"],
        ["Transformer", "with"],
    ]
    found = table[table["Model"] == "GRU"]
    assert found["Words"].tolist() == ["1–7", "8–10", "11 or more"]
    assert found["BLEU"].tolist() == [40.0, 30.0, 20.0]
    assert translate_length.rows({}).empty


def test_a_file_is_read_line_by_line_blank_ones_too():
    assert translate_file.read("\ufeffa\r\n\nb\u2028c\n".encode()) == [
        "a",
        "",
        "b\u2028c",
    ]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"a\nb\n\xff", "line 3: it must be UTF-8"),
        (b"", "this one has 0"),
        (b" \n\n", "this one has 0"),
        (b"a\n" * 5001, "this one has 5,001"),
    ],
)
def test_a_file_that_will_not_do_is_refused_in_a_sentence(content, said):
    with pytest.raises(ValueError, match=said):
        translate_file.read(content)

"""Tables of the docs: cuts, units of text, mistakes, splitting, units, orders."""

import pytest

from zoo import artefact, recipes
from zoo.evaluate import sentiment_tables, tables, tagger_tables, writer_tables


@pytest.fixture
def ship(monkeypatch):
    """Function that puts made-up cards in the place of the shipped ones."""
    return lambda *cards: monkeypatch.setattr(tables, "cards", lambda task: list(cards))


def lines(table):
    """The rows of a Markdown table, without header and rule."""
    return table.splitlines()[2:]


def tagger(name, accuracy, corpus="ud-korean-gsd"):
    mistake = {"gold": "ADV", "said": name, "words": 105}
    return {
        "recipe": name,
        "corpus": {"name": corpus},
        "test": {"accuracy": {"value": accuracy}, "confusions": [mistake] * 7},
        "splitting": {
            "precision": 99.874,
            "recall": 99.9,
            "f1": 99.89,
            "errors": {"hyphen": 4, "other": 2},
        },
    }


def writer(units=None, table=(), corpus="tiny-shakespeare"):
    return {
        "recipe": "write-shakespeare-lstm",
        "corpus": {"name": corpus},
        "units": units,
        "training": {"table": list(table)},
    }


def entry(verdict, reported=0.5, measure="R2"):
    return {
        "property": "vowel",
        "measure": measure,
        "verdict": verdict,
        "source": "cell",
        "layer": 0,
        "unit": 137,
        "reported": reported,
    }


def test_the_cut_tells_what_each_other_part_of_a_text_would_give(ship):
    cut = {"ids": 800, "texts": 2500, "texts_cut": 1145}
    cut |= {"as_shipped": 87.59, "head": 85.0, "tail": 86.99, "whole": 91.03}
    reading = {"head": 200, "tail": 600}
    card = {"recipe": "a", "corpus": {"reading": reading}, "dev": {"cut": cut}}
    ship(card)
    assert lines(sentiment_tables.cut()) == [
        "| `a` | first 200, last 600 | 1,145 of 2,500 | 87.6 | 85.0 | 87.0 | 91.0 |"
    ]


def test_a_corpus_with_no_text_too_long_has_nothing_to_tell_of_a_cut(ship):
    cut = {"ids": 800, "texts": 20, "texts_cut": 0}
    reading = {"head": 1, "tail": 2}
    ship({"recipe": "a", "corpus": {"reading": reading}, "dev": {"cut": cut}})
    assert "| 0 of 20 | – | – | – | – |" in sentiment_tables.cut()


def test_repeated_texts_stand_beside_the_accuracy_without_them(ship):
    accuracy = {"value": 90.126, "low": 90.0, "high": 91.0}
    test = {"default": {"accuracy": accuracy}}
    card = {"recipe": "a", "corpus": {"texts": {"test": 25_000}}, "test": test}
    ship(card)
    assert sentiment_tables.repeated() is None  # a card of before it was counted
    test["repeated"] = {"texts": 1_120, "accuracy_of_others": 90.1}
    row = "| `a` | 1,120 of 25,000 | 90.13 | 90.10 |"
    assert lines(sentiment_tables.repeated()) == [row]


def test_repeated_lines_are_told_once_a_corpus(ship):
    cards = [{**writer(), "test": {}}, {**writer(), "test": {}}]
    ship(*cards)
    assert writer_tables.repeated() is None
    cards[1]["test"]["repeated"] = {"lines": 2_465, "in_train": 805}
    assert lines(writer_tables.repeated()) == ["| tiny Shakespeare | 2,465 | 805 |"]


def test_units_of_text_stand_beside_each_other_once_all_were_trained(monkeypatch):
    def card_of(folder):
        unit = folder.rpartition("-")[2]
        return {
            "corpus": {"reading": {"unit": unit, "size": 8000}},
            "dev": {"accuracy": 86.26, "nats": 0.3333},
            "training": {"seconds": 1000.2},
        }

    monkeypatch.setattr(artefact, "locate", lambda name: name)
    monkeypatch.setattr(artefact, "read_card", card_of)
    first, *_, last = lines(sentiment_tables.text_units())
    assert first == "| pieces | 8,000 | 86.3 | 0.333 | 1,000 |"
    assert last.startswith("| jamo |")


def test_three_seeds_have_their_mean_and_standard_deviation(monkeypatch):
    def card_of(name):
        value = 80.0 + {"2": 1.0, "3": 5.0}.get(name.rpartition("-seed-")[2], 0.0)
        return {"recipe": name, "test": {"default": {"accuracy": {"value": value}}}}

    monkeypatch.setattr(artefact, "locate", lambda name: name)
    monkeypatch.setattr(artefact, "read_card", card_of)
    made = sentiment_tables.seeds()
    assert "| seed 1, % | seed 2, % | seed 3, % | mean | spread |" in made
    # 80, 81 and 85: mean 82, squared distances 4 + 1 + 9 over 2.
    row = "| `sentiment-en-gru` | 80.0 | 81.0 | 85.0 | 82.00 | 2.65 |"
    assert lines(made)[0] == row and len(lines(made)) == 2


def test_a_comparison_not_made_here_leaves_its_table_alone(monkeypatch, caplog):
    def missing(name):
        raise artefact.NotFound(name)

    monkeypatch.setattr(artefact, "locate", missing)
    assert sentiment_tables.text_units() is None
    assert sentiment_tables.seeds() is None
    assert "make compare-sentiment" in caplog.text


def test_a_comparison_not_scored_yet_leaves_its_table_alone(monkeypatch):
    monkeypatch.setattr(artefact, "locate", lambda name: name)
    monkeypatch.setattr(artefact, "read_card", lambda folder: {"dev": {}})
    others = recipes.EQUAL_WIDTH["tag"]
    assert tables.compared(others) is None
    assert len(tables.compared(others, "dev")) == len(others)


def test_mistakes_are_those_of_the_best_tagger_of_each_treebank(ship):
    english = tagger("tag-en-rnn", 80.0, "ud-english-ewt")
    ship(tagger("tag-ko-rnn", 92.5), tagger("tag-ko-bilstm", 94.6), english)
    made = tagger_tables.confusions()
    header = made.splitlines()[0]
    assert header == (
        "|  | UD English-EWT, `tag-en-rnn` | UD Korean-GSD, `tag-ko-bilstm` |"
    )
    assert len(lines(made)) == tagger_tables.SHOWN
    assert "ADV tagged tag-ko-bilstm, 105 words" in made
    assert "tagged tag-ko-rnn" not in made


def test_splitting_is_told_once_a_treebank(ship):
    ship(tagger("tag-ko-rnn", 92.5), tagger("tag-ko-bilstm", 94.6))
    assert lines(tagger_tables.splitting()) == [
        "| UD Korean-GSD | 99.87 | 99.90 | 99.89 | hyphen 4, other 2 |"
    ]


@pytest.mark.parametrize(
    ("found", "cell"),
    [
        (entry("tracks", -0.77), "**−0.77**, cell 0/137"),
        (entry("faint", 0.41), "faint (+0.41)"),
        (entry("none", 0.02), "none (+0.02)"),
        (entry("absent", None), "absent"),
    ],
)
def test_a_unit_is_told_with_its_score_or_why_there_is_none(ship, found, cell):
    ship(writer(units=[found]), writer(units=[]))
    (row,) = writer_tables.hidden_units().splitlines()[4:]
    assert row == f"| vowel (R2) | {cell} |"


def test_an_order_is_a_row_and_a_prior_a_column(ship):
    table = [
        {"order": 1, "prior": "uniform", "k": 1.0, "dev": 3.3},
        {"order": 2, "prior": "uniform", "k": 0.1, "dev": 2.5},
        {"order": 2, "prior": "shorter", "k": 0.1, "dev": 2.4},
    ]
    ship(writer(table=table), writer())
    assert writer_tables.orders().splitlines() == [
        "| characters of context | tiny Shakespeare, uniform prior | "
        "tiny Shakespeare, shorter prior |",
        "|---|---:|---:|",
        "| 0 | 3.300 | – |",
        "| 1 | 2.500 | 2.400 |",
    ]

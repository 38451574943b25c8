"""The tables of README and docs are written from the cards."""

import pathlib

import pytest

from zoo import artefact, evaluate
from zoo.evaluate import caption_tables, overview, tables

ROOT = pathlib.Path(__file__).parents[2]
TEXT = """# Title
<!-- captioners -->
old
<!-- /captioners -->
between
<!-- equal width -->
<!-- /equal width -->
<!-- examples -->
<!-- /examples -->
"""


def score(value):
    return {"value": value, "low": value - 1, "high": value + 1}


@pytest.fixture
def card():
    scores = {key: score(20.04) for key in ("bleu1", "bleu4", "rouge_l", "cider")}
    return {
        "recipe": "caption-lstm",
        "corpus": {"pictures": {"train": 5999, "dev": 1000, "test": 1000}},
        "parameters": {"total": 5_567_000, "decoder": 2_562_000},
        "test": {"beam5": scores, "greedy": scores, "default": scores},
        "training": {"seconds": 1234.5, "hardware": "a processor, 2 cores"},
        "latency_ms": {
            "greedy": {"1": 20.1, "32": 10.2},
            "beam5": {"1": 30.3, "32": 15.4},
        },
        "latency_hardware": "a processor, 2 cores",
        "examples": {"successes": [], "failures": []},
    }


def test_a_table_replaces_what_stood_between_its_marks():
    filled = tables.fill(TEXT, "captioners", "new")
    assert "old" not in filled and "<!-- captioners -->\nnew\n<!-- /" in filled
    assert "between" in filled
    assert tables.fill(filled, "captioners", "new") == filled


def test_a_table_without_its_place_is_refused():
    with pytest.raises(ValueError, match="once each"):
        tables.fill("no marks", "captioners", "new")


def test_every_row_has_as_many_cells_as_the_header(card):
    for table in (caption_tables.captioners([card]), caption_tables.widths([card])):
        lines = [line for line in table.splitlines() if line.startswith("|")]
        assert len({line.count("|") for line in lines}) == 1 and len(lines) == 3


def test_figures_stand_in_the_table_as_in_the_card(card):
    row = caption_tables.captioners([card]).splitlines()[2]
    assert "`caption-lstm`" in row and "5.57 M" in row and "1,234" in row
    assert "20.0 (19.0–21.0)" in row and "30.3 / 15.4" in row


def test_the_same_width_table_tells_the_recipes_units(card):
    assert "| 512 |" in caption_tables.widths([card])


def test_without_artefacts_a_table_has_no_rows(tmp_path, monkeypatch):
    monkeypatch.setattr(artefact, "names", lambda: [])
    (tmp_path / "page.md").write_text(TEXT, "utf-8")
    tables.write({"page.md": {"captioners": caption_tables.shipped}}, tmp_path)
    written = (tmp_path / "page.md").read_text("utf-8")
    assert "| model |" in written and "old" not in written


def test_rows_whose_artefacts_are_not_here_stay_as_they_stand(tmp_path, monkeypatch):
    def missing(name):
        raise artefact.NotFound(name)

    monkeypatch.setattr(artefact, "locate", missing)
    (tmp_path / "page.md").write_text(TEXT, "utf-8")
    tables.write({"page.md": {"captioners": caption_tables.compared}}, tmp_path)
    assert (tmp_path / "page.md").read_text("utf-8") == TEXT


def test_every_table_has_its_place():
    for name, made in evaluate.TABLES.items():
        text = (ROOT / name).read_text("utf-8")
        for table in made:
            assert tables.fill(text, table, "new") != text


def test_a_card_without_a_score_is_left_out(tmp_path, caplog):
    for number, card in enumerate([{"recipe": "a"}, {"recipe": "b", "test": {}}]):
        version = tmp_path / str(number)
        version.mkdir()
        artefact.write_card(version, card)
    found = tables.measured([tmp_path / "0", tmp_path / "1"])
    assert [card["recipe"] for card in found] == ["b"]
    assert "a left out" in caplog.text


def test_the_overview_has_a_row_an_architecture_and_a_column_a_corpus(monkeypatch):
    def card(name, corpus, figure):
        return {"recipe": name, "corpus": {"name": corpus}, "test": figure}

    cards = {
        "tag": [card("tag-ko-lstm", "ud-korean-gsd", {"accuracy": score(93.04)})],
        "write": [
            card("write-shakespeare-lstm", "tiny-shakespeare", nats(1.5804)),
            card("write-shakespeare-markov", "tiny-shakespeare", nats(2.48)),
        ],
    }
    monkeypatch.setattr(tables, "cards", lambda task: cards.get(task, []))
    assert overview.matrix().splitlines() == [
        "| architecture | tags, Korean, % | Shakespeare, nats |",
        "|---|---:|---:|",
        "| N-gram | – | 2.480 |",
        "| LSTM | 93.0 | 1.580 |",
    ]


def nats(value):
    return {"nats_per_character": score(value)}

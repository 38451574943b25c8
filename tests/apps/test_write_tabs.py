"""The writing page's other tabs: progress, hidden units and scores."""

import pytest

from apps import write_units
from tests.apps import fake_writers
from tests.apps.fake_writers import NAMES, entry
from tests.apps.reading import said, tables, texts

LSTM, RNN, MARKOV = NAMES[2], NAMES[1], NAMES[0]
MODEL = "unit-model-tiny-shakespeare"
TEXT_BOX = "text-tiny-shakespeare-A quarrel"
BY_NUMBER = "Any unit, by its number"


@pytest.fixture
def writers(monkeypatch, tmp_path):
    """The made-up models, by name."""
    yield from fake_writers.installed(monkeypatch, tmp_path)


@pytest.fixture
def page(writers):
    """The page on the made-up models, run once."""
    return fake_writers.opened().run()


def html(page):
    """The coloured text."""
    [element] = page.get("html")
    return element.proto.body


def test_the_samples_are_those_after_as_many_updates_as_were_picked(page):
    slider = page.select_slider(key="update-tiny-shakespeare-3")
    assert slider.options == ["0", "100", "1,600"]
    shown = [code.value for code in page.code]
    assert f"xq&{RNN}" in shown and f"xq&{LSTM}" in shown
    slider.set_value(1600).run()
    shown = [code.value for code in page.code]
    assert f"The king {RNN}" in shown and f"xq&{RNN}" not in shown
    assert "After 1,600 updates: about 1.60 nats a character on a part of dev" in texts(
        page
    )


def test_a_model_shows_its_last_sample_by_then(page, writers):
    writers[RNN].card["progress"][2]["update"] = 2000
    page.run()
    page.select_slider(key="update-tiny-shakespeare-4").set_value(1600).run()
    shown = [code.value for code in page.code]
    assert f"the toue {RNN}" in shown and f"The king {LSTM}" in shown
    assert "After 100 updates: about 2.50 nats" in texts(page)


def test_a_sample_that_comes_later_and_one_without_nats_are_said(page, writers):
    writers[RNN].card["progress"] = [{"update": 100, "nats": None, "text": "too"}]
    page.run()
    assert "No sample this early." in texts(page)
    page.select_slider(key="update-tiny-shakespeare-3").set_value(100).run()
    assert "After 100 updates: about – nats a character" in texts(page)


def test_one_sample_needs_no_slider(page, writers):
    for name in (RNN, LSTM):
        writers[name].card["progress"] = [{"update": 0, "nats": 4.0, "text": "xq"}]
    page.run()
    assert not page.exception
    assert not page.select_slider


def test_models_without_samples_are_named_and_where_all_are_there_is_a_sentence(
    page, writers
):
    assert "nothing was trained: The write-shakespeare-markov" in texts(page)
    page.multiselect(key="models-shakespeare").set_value([MARKOV]).run()
    assert not page.exception
    assert "no samples of their training" in said(page)


def test_the_hidden_units_open_with_a_model_that_has_some_and_its_best_unit(page):
    assert page.selectbox(key=MODEL).value == RNN
    unit = page.selectbox(key=f"unit-{RNN}")
    assert unit.value == unit.options[0]
    assert unit.options == [
        "upper case: hidden unit 3, layer 0, +0.70",
        "line position: hidden unit 1, layer 0, -0.21",
        BY_NUMBER,
    ]


def test_every_character_has_the_value_of_the_unit_picked(page):
    page.text_area(key=TEXT_BOX).set_value("Ay\nb").run()
    # Places 0 to 3 of 4, layer 0, unit 3.
    for character, value in zip("Ayb", ("-3.000", "-2.750", "-2.250"), strict=True):
        assert f'title="{value}">{character}</bdi>' in html(page)
    label = "line position: hidden unit 1, layer 0, -0.21"
    page.selectbox(key=f"unit-{RNN}").set_value(label).run()
    assert 'title="-1.000">A</bdi>' in html(page)


def test_any_unit_can_be_looked_at_by_its_number(page):
    page.selectbox(key=MODEL).set_value(LSTM).run()
    page.text_area(key=TEXT_BOX).set_value("Ay").run()
    page.selectbox(key=f"unit-{LSTM}").set_value(BY_NUMBER).run()
    page.number_input(key=f"layer-{LSTM}").set_value(1).run()
    page.number_input(key=f"number-{LSTM}").set_value(2).run()
    assert not page.exception
    assert 'title="-1.000">A</bdi>' in html(page)
    page.radio(key=f"source-{LSTM}").set_value("cell").run()
    assert not page.exception
    # The cell has two units: another one is asked for, within its own bounds.
    assert page.number_input(key=f"number-{LSTM}").max == 1
    assert ": cell unit 0, layer 1" in texts(page)


def test_a_model_without_a_cell_offers_none(page):
    page.selectbox(key=f"unit-{RNN}").set_value(BY_NUMBER).run()
    assert page.radio(key=f"source-{RNN}").options == ["hidden state"]


def test_a_model_without_hidden_units_says_so(page):
    page.selectbox(key=MODEL).set_value(MARKOV).run()
    assert not page.exception
    assert "has no hidden units" in said(page)
    assert not page.get("html")


def test_picking_another_unit_asks_the_model_nothing_again(page, writers):
    asked = len(writers[RNN].read)
    page.selectbox(key=f"unit-{RNN}").set_value(BY_NUMBER).run()
    page.number_input(key=f"number-{RNN}").set_value(2).run()
    assert len(writers[RNN].read) == asked


def test_the_table_has_every_property_with_its_score_and_verdict(page):
    table = tables(page)["Property"].set_index("Property")
    assert list(table.index) == [
        "upper case",
        "line position",
        "vowel",
        "inside quotes",
    ]
    assert list(table["Verdict"]) == [
        "has a unit for it",
        "a faint trace",
        "none: luck does as well",
        "not in the text searched",
    ]
    capital = table.loc["upper case"]
    assert capital["Score"] == "+0.70 (+0.65 to +0.74)"
    assert capital["Shuffled"] == "+0.05"
    assert capital["Unit"] == "hidden unit 3, layer 0"
    assert table.loc["line position", "Measure"] == "R²"
    assert "vowel: What vowel means." in texts(page)


def test_a_model_not_searched_yet_gives_the_command(page, writers):
    del writers[RNN].card["units"]
    page.run()
    page.selectbox(key=MODEL).set_value(RNN).run()
    assert not page.exception
    assert f"python -m zoo units {RNN}" in [code.value for code in page.code]
    assert page.selectbox(key=f"unit-{RNN}").options == [BY_NUMBER]


def test_the_command_for_a_model_of_one_s_own_names_its_corpus(writers):
    own = writers[RNN]
    own.name, own.card["corpus"]["name"] = f"{RNN}-my-novel", "my-novel"
    assert write_units.command(own) == f"python -m zoo units {RNN} --corpus my-novel"


@pytest.mark.parametrize(
    "where", [{"unit": 99}, {"layer": 7}, {"source": "cell"}, {"source": "attention"}]
)
def test_a_unit_that_the_model_has_not_is_not_offered(page, writers, where):
    writers[RNN].card["units"] = [entry("vowel", **where)]
    page.run()
    assert not page.exception
    assert page.selectbox(key=f"unit-{RNN}").options == [BY_NUMBER]


@pytest.mark.parametrize("text", ["", "<script>\x00😀\u202e", "a" * 10**6])
def test_any_text_can_be_coloured(page, writers, text):
    page.text_area(key=TEXT_BOX).set_value(text).run()
    assert not page.exception
    assert len(writers[RNN].read[-1]) <= 1000
    assert "<script>" not in html(page)
    read = min(len(text), fake_writers.MOST)
    assert f"The model read {read:,} of" in texts(page)


def test_a_model_that_cannot_read_is_answered_with_a_sentence(page, writers):
    writers[RNN].error = ValueError("row 1: too odd")
    page.text_area(key=TEXT_BOX).set_value("Ay").run()
    assert not page.exception
    assert "cannot read" in said(page)
    assert "row 1: too odd" in texts(page)


def test_the_scores_are_those_of_the_cards(page):
    table = tables(page)["Model"]
    row = table.set_index("Model").loc["The write-shakespeare-lstm"]
    assert row["Nats a character"] == "1.551 (1.532–1.571)"
    assert row["Bits"] == "2.238 (2.210–2.266)"
    assert row["Characters a second"] == "2,000"
    assert row["16 texts at once"] == "10,000"
    assert row["Parameters"] == "1.01 M"
    assert row["Training"] == "20 min"
    assert len(table) == 3


def test_the_words_of_a_card_are_shown(page):
    card = page.text[-1].value
    assert "Sums up write-shakespeare-lstm." in card
    assert "Limit: Knows one author." in card
    assert "950,000 characters to learn from" in card

"""The writing page, widget by widget, on made-up models."""

import inspect

import pytest

from tests.apps import fake_writers
from tests.apps.fake_writers import LETTERS, NAMES
from tests.apps.reading import said, texts
from zoo import gallery

PLAYS = NAMES[:3]
PROMPT = "KING:\nThe crown sits heavy, and the night is long;\n"
MODELS = "models-shakespeare"
PROMPT_BOX = "prompt-tiny-shakespeare-A king"
HOSTILE = (
    "**bold** <b>html</b> <script>alert(1)</script> ![x](http://evil.test/x.png) "
    "[link](http://evil.test) :red[red] $x^2$ `code` \x00 \u202e\u0645\u0631\u062d 😀"
)


@pytest.fixture
def writers(monkeypatch, tmp_path):
    """The made-up models, by name."""
    yield from fake_writers.installed(monkeypatch, tmp_path)


@pytest.fixture
def page(writers):
    """The page on the made-up models, run once."""
    return fake_writers.opened().run()


def written(prompt, length, seed=0):
    """A prompt and the letters that a made-up model puts after it."""
    places = range(len(prompt), len(prompt) + length)
    return prompt + "".join(LETTERS[(7 * at + seed) % len(LETTERS)] for at in places)


def codes(page):
    """All texts shown verbatim in boxes."""
    return [block.value for block in page.code]


def test_the_page_opens_with_a_text_from_every_model_of_the_first_corpus(page, writers):
    assert not page.exception
    assert codes(page).count(written(PROMPT, 240)) == len(PLAYS)
    assert all(writers[name].card["title"] in texts(page) for name in PLAYS)
    assert writers["write-source-lstm"].wrote == []


def test_the_models_take_turns_of_a_block_each(page, writers):
    [first, second, *rest] = writers["write-shakespeare-lstm"].wrote
    assert first == (PROMPT, 40, 0.8, 0, 0)
    assert second == (written(PROMPT, 40), 40, 0.8, 0, 0)
    assert len(rest) == 240 // 40 - 2


def test_the_settings_reach_the_models(page, writers):
    page.slider(key="temperature").set_value(1.5).run()
    page.slider(key="top-k").set_value(7).run()
    page.number_input(key="seed").set_value(12).run()
    page.slider(key="length").set_value(80).run()
    assert not page.exception
    assert [ask[1:] for ask in writers["write-shakespeare-rnn"].wrote[-2:]] == [
        (40, 1.5, 7, 12),
        (40, 1.5, 7, 12),
    ]
    page.slider(key="length").set_value(40).run()
    assert codes(page).count(written(PROMPT, 40, seed=12)) == len(PLAYS)


def test_another_seed_is_one_click_away(page):
    page.button(key="another").click().run()
    assert not page.exception and not page.warning
    assert page.number_input(key="seed").value == 1
    assert codes(page).count(written(PROMPT, 240, seed=1)) == len(PLAYS)


def test_a_visitor_s_own_prompt_is_gone_on_from_and_scored(page, writers):
    page.text_area(key=PROMPT_BOX).set_value("Once more").run()
    assert codes(page).count(written("Once more", 240)) == len(PLAYS)
    assert writers["write-shakespeare-rnn"].scored[-1] == "Once more"
    assert texts(page).count("Your prompt: 2.35 nats a character") == len(PLAYS)


def test_nothing_is_a_prompt_too(page, writers):
    key = "prompt-sample-tiny-shakespeare"
    page.selectbox(key=key).set_value("Nothing").run()
    assert not page.exception
    assert codes(page).count(written("", 240)) == len(PLAYS)
    assert "Your prompt: – nats a character" in texts(page)


def test_a_model_s_column_has_its_figures(page):
    shown = texts(page)
    assert "Test: 1.55 (1.53–1.57) nats a character" in shown
    assert "1.01 M parameters" in shown
    assert "characters a second this time" in shown


def test_moving_a_widget_elsewhere_asks_nothing_again(page, writers):
    asked = len(writers["write-shakespeare-lstm"].wrote)
    key = "update-tiny-shakespeare-3"
    page.select_slider(key=key).set_value(0).run()
    page.multiselect(key=MODELS).set_value(PLAYS[1:]).run()
    model = writers["write-shakespeare-lstm"]
    assert len(model.wrote) == asked
    assert len(model.scored) == 1


def test_a_longer_text_asks_only_for_what_is_new(page, writers):
    model = writers["write-shakespeare-lstm"]
    asked = len(model.wrote)
    page.slider(key="length").set_value(320).run()
    assert [ask[0] for ask in model.wrote[asked:]] == [
        written(PROMPT, 240),
        written(PROMPT, 280),
    ]


def test_the_other_corpus_has_its_own_models_and_samples(page, writers):
    assert page.multiselect(key=MODELS).value == PLAYS
    page.radio(key="variant").set_value("source").run()
    assert not page.exception
    assert page.multiselect(key="models-source").value == ["write-source-lstm"]
    assert writers["write-source-lstm"].wrote[0][0].startswith("def count_words")
    page.radio(key="variant").set_value("shakespeare").run()
    assert page.multiselect(key=MODELS).value == PLAYS


def test_a_corpus_of_one_s_own_has_no_samples_but_works(writers):
    own = fake_writers.FakeWriter("write-source-lstm-diary")
    own.card["corpus"]["name"] = "diary"
    writers[own.name] = own
    page = fake_writers.opened().run()
    page.radio(key="variant").set_value("diary").run()
    assert not page.exception
    assert codes(page)[0] == written("", 240)


def test_a_missing_model_is_missed_aloud_and_the_others_work(writers):
    del writers["write-source-lstm"], writers["write-shakespeare-rnn"]
    page = fake_writers.opened().run()
    assert not page.exception
    assert "not here" in said(page)
    assert "make train-write-shakespeare-rnn" in texts(page)
    assert codes(page).count(written(PROMPT, 240)) == len(PLAYS) - 1


def test_the_page_says_how_much_all_learnt_from(page, writers):
    assert "the same 950,000 characters" in page.markdown[0].value
    writers["write-shakespeare-rnn"].card["corpus"]["characters"]["train"] = 5
    page.run()
    assert "the same" not in page.markdown[0].value


def test_the_page_says_who_answers(page, writers):
    places = ("GPU: NVIDIA H200", "grpc://localhost:8500, version 1")
    for writer, place in zip(writers.values(), places, strict=False):
        writer.where = place
    page.run()
    assert all(place in texts(page) for place in places)


def test_a_hostile_prompt_stays_text(page, writers):
    page.text_area(key=PROMPT_BOX).set_value(HOSTILE).run()
    assert not page.exception
    assert sum(code.startswith(HOSTILE) for code in codes(page)) == len(PLAYS)
    assert_nowhere_markup(page)


def test_hostile_model_text_stays_text(writers):
    for name in PLAYS:
        writers[name].letters = HOSTILE
        writers[name].card |= {"title": HOSTILE, "summary": HOSTILE, "metric": HOSTILE}
        writers[name].card["progress"] = [{"update": 0, "nats": 1, "text": HOSTILE}]
    page = fake_writers.opened().run()
    assert not page.exception
    assert any("evil.test" in code for code in codes(page))
    assert_nowhere_markup(page)


def assert_nowhere_markup(page):
    """No element that is read as markdown has got any of the hostile text."""
    kinds = ("markdown", "caption", "title", "subheader", "info", "warning", "html")
    for kind in kinds:
        assert not any("evil" in str(element.value) for element in page.get(kind))
    labelled = [*page.slider, *page.button, *page.expander, *page.tabs, *page.radio]
    assert not any("evil" in element.label for element in labelled)


@pytest.mark.parametrize("character", ["a", "😀"])
def test_a_prompt_of_ten_megabytes_is_cut_to_its_beginning(page, writers, character):
    count = 10_000_000 // len(character.encode())
    page.text_area(key=PROMPT_BOX).set_value(character * count).run()
    assert not page.exception
    assert writers["write-shakespeare-lstm"].wrote[-6][0] == character * 400
    assert max(map(len, codes(page))) <= 1000


def test_a_model_that_cannot_write_leaves_the_others_working(page, writers):
    writers["write-shakespeare-rnn"].error = ValueError("row 1: <b>too odd</b>")
    page.text_area(key=PROMPT_BOX).set_value("Once more").run()
    assert not page.exception
    assert said(page).count("cannot write") == 1
    assert "row 1: <b>too odd</b>" in texts(page)
    assert codes(page).count(written("Once more", 240)) == len(PLAYS) - 1


def test_without_models_the_page_gives_the_make_line(writers):
    writers.clear()
    page = fake_writers.opened().run()
    assert not page.exception
    assert "no trained model" in said(page)
    assert codes(page)[0].startswith("make data-write")


def test_with_no_model_picked_the_page_asks_for_one(page):
    page.multiselect(key=MODELS).set_value([]).run()
    assert not page.exception
    assert "at least one" in said(page)


def test_a_bare_card_leaves_dashes(writers):
    for writer in writers.values():
        writer.card = {}
    page = fake_writers.opened().run()
    assert not page.exception
    assert "Test: – nats a character  \n– parameters" in texts(page)


@pytest.mark.parametrize("method", ["__call__", "score", "explain", "warm_up"])
def test_the_made_up_writer_is_called_like_the_real_one(method):
    real = gallery.CLIENTS.get("write")
    if real is None:
        pytest.skip("the gallery has no writers yet")
    ours, theirs = (getattr(kind, method) for kind in (fake_writers.FakeWriter, real))
    assert inspect.signature(ours) == inspect.signature(theirs)

"""The search for hidden units, on made-up models whose units are known."""

import types

import numpy as np
import pytest

from zoo import artefact, gallery
from zoo.corpora import catalogue
from zoo.lab import properties, units

WORDS = "the king, 'tis said, HATH slept and wakes now to\nbed Away! so".split(" ")
LINES = """\
if king.asleep and (king.bed or None):
        return {"king": "awake"}
for guard in king.guards:
    guard.call("Your Majesty")
king.wake()
if not king:
    if court(1, 2):
            pass
""".splitlines()


def composed(parts, count, between):
    """A text of parts in an order that never comes again."""
    drawn = np.random.default_rng(0).choice(parts, count)
    return between.join(drawn) + between


PROSE = composed(WORDS, 800, " ")
CODE = composed(LINES, 400, "\n")


def noise(text):
    """Draws, one a character, that are the same whatever piece they are asked in."""
    codes = np.frombuffer(text.encode("utf-32-le"), np.uint32).astype(float)
    return np.sin(codes * 12.9898) * 43758.5453 % 1 - 0.5


class MadeUp:
    """A model of two layers of three units; some are what a property says.

    Args:
        tracked: Functions of a text, by (source, layer, unit).
        cell: Whether it has a cell state too.
        most: Characters that it explains at once.
        seed: Of the units that track nothing.
    """

    def __init__(self, tracked=None, cell=False, most=2000, seed=0):
        self.tracked = tracked or {}
        self.sources = ["hidden"] + ["cell"] * cell
        self.most = most
        self.draw = np.random.default_rng(seed).standard_normal
        self.asked = []

    def explain(self, texts):
        self.asked.append([len(text) for text in texts])
        return [self.reading(text[: self.most]) for text in texts]

    def reading(self, text):
        states = {"hidden": None, "cell": None}
        for source in self.sources:
            state = self.draw((len(text), 2, 3))
            for (where, layer, unit), of in self.tracked.items():
                if where == source:
                    state[:, layer, unit] = of(text) + 0.3 * noise(text)
            states[source] = state.astype(np.float32)
        return types.SimpleNamespace(characters=list(text), **states)


def of(name):
    """A property by its name."""
    return next(kind.of for kind in properties.PROPERTIES if kind.name == name)


def searched(model, text):
    """What the search found, by property."""
    return {entry["property"]: entry for entry in units.search(model, text)}


def where(entry):
    """Which unit an entry names."""
    return entry["source"], entry["layer"], entry["unit"]


def test_the_unit_that_is_the_property_is_found_with_its_sign():
    tracked = {
        ("hidden", 1, 2): of("vowel"),
        ("hidden", 0, 0): lambda text: -of("upper case")(text),
    }
    found = searched(MadeUp(tracked), PROSE)
    vowel, capital = found["vowel"], found["upper case"]
    assert where(vowel) == ("hidden", 1, 2) and vowel["verdict"] == "tracks"
    assert vowel["reported"] > 0.8 and vowel["low"] < vowel["reported"] < vowel["high"]
    assert where(capital) == ("hidden", 0, 0) and capital["verdict"] == "tracks"
    assert capital["reported"] < -0.5 and capital["chosen"] < -0.5


def test_a_cell_s_unit_is_told_from_a_hidden_one():
    model = MadeUp({("cell", 0, 1): of("vowel")}, cell=True)
    assert where(searched(model, PROSE)["vowel"]) == ("cell", 0, 1)


def test_what_code_does_is_found_in_code():
    names = ["inside quotes", "inside brackets", "indentation", "inside an if line"]
    places = [("hidden", 0, 0), ("hidden", 0, 2), ("hidden", 1, 1), ("hidden", 1, 0)]
    context = "import os\n" * 9  # so that a piece, too, reads as code
    tracked = {
        place: lambda text, name=name: of(name)(context + text)[len(context) :]
        for place, name in zip(places, names, strict=True)
    }
    found = searched(MadeUp(tracked), CODE)
    assert [where(found[name]) for name in names] == places
    assert all(found[name]["verdict"] == "tracks" for name in names)
    assert found["indentation"]["measure"] == properties.R_SQUARED
    assert found["inside quotes"]["measure"] == properties.POINT_BISERIAL


def test_a_model_that_tracks_nothing_is_said_to_track_nothing():
    passed = 0
    for seed in range(10):
        found = searched(MadeUp(seed=seed), PROSE)
        sought = [entry for entry in found.values() if entry["unit"] is not None]
        assert len(sought) == 3
        assert all(abs(entry["reported"]) < 0.2 for entry in sought)
        passed += sum(entry["verdict"] != "none" for entry in sought)
        assert all(entry["verdict"] != "tracks" for entry in sought)
    # By luck 1 in 20 of 30 does; more than 7 would be a chance of one in 3,000.
    assert passed <= 7


def test_what_is_not_in_the_text_is_not_looked_for():
    found = searched(MadeUp({("hidden", 0, 0): of("vowel")}), PROSE)
    for name in ("inside quotes", "inside brackets", "inside an if line"):
        entry = found[name]
        assert entry["prevalence"] == 0 and entry["verdict"] == "absent"
        assert all(entry[key] is None for key in ("unit", "reported", "shuffled"))


def test_what_is_in_one_half_only_is_not_in_the_text():
    quoting = PROSE.replace("king", '"king"')
    assert searched(MadeUp(), quoting + quoting)["inside quotes"]["unit"] is not None
    assert searched(MadeUp(), quoting + PROSE)["inside quotes"]["unit"] is None


def test_the_unit_is_chosen_on_the_first_half_alone():
    def only_late(text):
        """Tracks vowels, but only where all is upper case: in the second half."""
        return of("vowel")(text) * of("upper case")(text)

    tracked = {("hidden", 0, 0): only_late, ("hidden", 0, 1): of("vowel")}
    entry = searched(MadeUp(tracked), PROSE + PROSE.upper())["vowel"]
    assert where(entry) == ("hidden", 0, 1)
    assert entry["chosen"] == pytest.approx(entry["reported"], abs=0.1)


def test_the_prevalence_is_the_share_of_characters():
    text = PROSE[: len(PROSE) // 2 * 2]
    expected = sum(letter in "aeiouAEIOU" for letter in text) / len(text)
    entry = searched(MadeUp(), text)["vowel"]
    assert entry["prevalence"] == pytest.approx(expected)


def test_a_model_without_hidden_state_has_no_units():
    model = MadeUp()
    model.sources = []
    assert units.search(model, PROSE) == []


def test_pieces_begin_warm_and_every_character_counts_once():
    text = "".join(chr(33 + place % 90) for place in range(5_000))
    model = MadeUp({("hidden", 0, 0): lambda text: np.frombuffer(text.encode(), "u1")})
    states = units.read(model, text, 2_000, 5_000, 6)
    codes = np.frombuffer(text.encode(), "u1")[2_000:]
    assert states.shape == (6, 3_000)
    np.testing.assert_allclose(states[0], codes, atol=0.2)
    assert model.asked == [[units.CONTEXT + units.PIECE] * 5]


def test_no_more_is_read_than_the_bound(monkeypatch):
    monkeypatch.setattr(units, "MOST", 2_400)
    model = MadeUp()
    units.search(model, PROSE)
    counted = sum(sum(batch) for batch in model.asked[1:])
    assert counted <= 2_400 + 4 * units.CONTEXT
    assert max(map(len, model.asked)) <= units.BATCH


def test_a_text_too_short_is_refused():
    with pytest.raises(ValueError, match="at least 2000 characters. Received: 120"):
        units.search(MadeUp(), "a" * 120)


def test_a_model_that_leaves_characters_out_is_refused():
    with pytest.raises(ValueError, match="at once. Received: 500"):
        units.search(MadeUp(most=500), PROSE)


def test_the_same_search_gives_the_same_answer():
    tracked = {("hidden", 0, 0): of("vowel")}
    one, other = (units.search(MadeUp(tracked), PROSE) for _ in range(2))
    assert one == other


@pytest.fixture
def made(tmp_path, monkeypatch):
    """A made-up model in the gallery, whose card is on disk, and a made-up corpus."""
    monkeypatch.setenv("ZOO_MODELS", str(tmp_path))
    folder = tmp_path / "write-made-up" / "1"
    folder.mkdir(parents=True)
    artefact.write_card(folder, {"title": "Made up"}, predictions=[{"id": 1}])
    model = MadeUp({("hidden", 0, 0): of("vowel")})
    model.folder, model.card = folder, artefact.read_card(folder)
    monkeypatch.setattr(gallery, "load_local", lambda name, version=None: model)
    splits = {"test": PROSE}
    monkeypatch.setattr(catalogue, "load", lambda corpus, split: splits[split])
    return model


def test_the_card_keeps_what_was_found_and_all_else(made):
    card = units.run("write-made-up", "made-up")
    assert artefact.read_card(made.folder) == card
    assert card["title"] == "Made up"
    assert [entry["property"] for entry in card["units"]] == [
        kind.name for kind in properties.PROPERTIES
    ]
    assert artefact.read_predictions(made.folder) == [{"id": 1}]
    artefact.verify(made.folder)


def test_the_search_says_what_it_found(made, caplog):
    with caplog.at_level("INFO", "zoo.lab.units"):
        units.run("write-made-up", "made-up")
    said = caplog.text
    assert "write-made-up: vowel: tracks. hidden unit 0 of layer 0, +0." in said
    assert "write-made-up: line position: none. hidden unit" in said
    assert "write-made-up: inside quotes: absent from this text" in said


def test_a_model_without_units_is_said_to_have_none(made, caplog):
    made.sources = []
    with caplog.at_level("INFO", "zoo.lab.units"):
        assert units.run("write-made-up", "made-up")["units"] == []
    assert "no hidden units" in caplog.text

"""An artefact is whole and unchanged, or refused by the name of what is wrong."""

import os
import re
import subprocess
import sys

import pytest

from zoo import __main__ as command_line
from zoo import artefact, recipes


@pytest.fixture
def root(tmp_path, monkeypatch):
    monkeypatch.setenv("ZOO_MODELS", str(tmp_path))
    monkeypatch.setenv("ZOO_BUILD", str(tmp_path / "build"))
    return tmp_path


@pytest.fixture
def version(root):
    with artefact.publishing("caption-lstm") as folder:
        (folder / "variables").mkdir()
        (folder / "saved_model.pb").write_bytes(b"graph" * 100)
        (folder / "variables" / "data").write_bytes(b"weights" * 100)
        artefact.write_card(folder, {"title": "LSTM"}, [{"id": "1.jpg", "cider": 5}])
    return root / "caption-lstm" / "1"


def test_what_was_published_verifies_and_is_found(version):
    artefact.verify(version)
    assert artefact.names() == ["caption-lstm"]
    assert artefact.locate("caption-lstm") == version
    assert artefact.read_card(version) == {"title": "LSTM"}
    assert artefact.read_predictions(version) == [{"id": "1.jpg", "cider": 5}]


def test_sha256sum_itself_agrees(version):
    ran = subprocess.run(["sha256sum", "-c", artefact.SUMS], cwd=version, check=False)
    assert ran.returncode == 0


FILES = [
    "saved_model.pb",
    "variables/data",
    "assets.extra/card.json",
    "assets.extra/predictions.jsonl.gz",
]


@pytest.mark.parametrize("name", FILES)
def test_a_flipped_byte_is_refused_by_name(version, name):
    content = bytearray((version / name).read_bytes())
    content[len(content) // 2] ^= 1
    (version / name).write_bytes(content)
    with pytest.raises(artefact.Damaged, match=name):
        artefact.verify(version)


@pytest.mark.parametrize("name", FILES)
def test_a_truncated_file_is_refused_by_name(version, name):
    content = (version / name).read_bytes()
    (version / name).write_bytes(content[:-1])
    with pytest.raises(artefact.Damaged, match=name):
        artefact.verify(version)


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_refused_by_name(version, name):
    (version / name).unlink()
    with pytest.raises(artefact.Damaged, match=f"{name} is missing"):
        artefact.verify(version)


def test_an_added_file_is_refused_by_name(version):
    (version / "variables" / "more").write_bytes(b"")
    with pytest.raises(artefact.Damaged, match="variables/more is not part"):
        artefact.verify(version)


def test_an_artefact_without_sums_is_refused(version):
    (version / artefact.SUMS).unlink()
    with pytest.raises(artefact.Damaged, match="SHA256SUMS is missing"):
        artefact.verify(version)


def test_a_damaged_artefact_is_refused_before_it_is_loaded(version):
    (version / "saved_model.pb").write_bytes(b"")
    with pytest.raises(artefact.Damaged):
        artefact.open_model(version)


def test_a_failed_export_leaves_no_version_and_the_old_one(version):
    with pytest.raises(RuntimeError):
        with artefact.publishing("caption-lstm") as folder:
            (folder / "saved_model.pb").write_bytes(b"half")
            raise RuntimeError("the disk is full")
    assert artefact.versions("caption-lstm") == [1]
    assert [path.name for path in version.parent.iterdir()] == ["1"]


def test_what_a_killed_export_left_is_no_version_and_is_cleared_next_time(version):
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    stale = version.parent / f"partial-{ended.pid}-version"
    (stale / "variables").mkdir(parents=True)
    (stale / "variables" / "data").write_bytes(b"half")
    assert artefact.versions("caption-lstm") == [1]
    with artefact.publishing("caption-lstm"):
        pass
    assert not stale.exists()
    assert artefact.versions("caption-lstm") == [1, 2]


def test_an_export_that_runs_keeps_its_folder_while_another_is_published(version):
    running = version.parent / f"partial-{os.getppid()}-version"
    running.mkdir()
    with artefact.publishing("caption-lstm"):
        pass
    assert running.is_dir()


def test_an_artefact_that_is_only_compared_with_is_found_and_listed_too(root):
    for _ in range(2):
        with artefact.publishing("caption-rnn-512", artefact.comparisons()):
            pass
    assert artefact.locate("caption-rnn-512") == (
        root / "build" / "models" / "caption-rnn-512" / "2"
    )
    assert artefact.locate("caption-rnn-512", 1).name == "1"
    assert artefact.names() == ["caption-rnn-512"]
    assert artefact.versions("caption-rnn-512") == []  # of those that ship


@pytest.mark.parametrize(
    "name", [name for name in recipes.RECIPES if name != "picture-words"]
)
def test_a_missing_model_is_told_with_commands_that_there_are(root, name):
    with pytest.raises(artefact.NotFound) as caught:
        artefact.locate(name)
    lines = str(caught.value).partition("Make it: ")[2].split(" && ")
    parsed = []
    for line in lines:
        python, option, module, *arguments = line.split()
        assert (python, option, module) == ("python", "-m", "zoo")
        parsed.append(command_line.parser().parse_args(arguments))
    verbs = ["prepare", "train", "export", "evaluate"]
    assert [of.verb.__name__ for of in parsed] == verbs
    assert {of.recipe for of in parsed} == {name}


@pytest.mark.parametrize("name", ["caption-lstn", "picture-words", "x"])
def test_a_model_that_cannot_be_made_is_told_with_names_of_those_that_can(root, name):
    with pytest.raises(artefact.NotFound, match=f"model {name} is not") as caught:
        artefact.locate(name)
    offered = re.search(r"Did you mean: (.*)\?$", str(caught.value))[1].split(", ")
    assert set(offered) <= recipes.RECIPES.keys() - {"picture-words"}
    if name == "caption-lstn":
        assert offered[0] == "caption-lstm"


def test_a_missing_version_is_told_with_those_there_are(version):
    with pytest.raises(
        artefact.NotFound, match="caption-lstm has no version 7, but 1$"
    ):
        artefact.locate("caption-lstm", 7)


def test_the_same_predictions_are_the_same_bytes(version):
    card, rows = {"title": "LSTM"}, [{"id": "1.jpg", "cider": 5}]
    before = (version / artefact.PREDICTIONS).read_bytes()
    artefact.write_card(version, card, rows)
    assert (version / artefact.PREDICTIONS).read_bytes() == before
    artefact.verify(version)


class Killed(BaseException):
    """Stands for SIGKILL: nothing may run after it but what always runs."""


NEW_CARD, NEW_ROWS = {"title": "LSTM", "test": {"x": 1}}, [{"id": "2.jpg", "cider": 6}]


def replacements(monkeypatch, allowed):
    """Lets `os.replace` happen so many times; the next one is the kill."""
    replace, done = os.replace, []

    def replace_or_die(source, target):
        if len(done) == allowed:
            raise Killed
        done.append(target)
        replace(source, target)

    monkeypatch.setattr(os, "replace", replace_or_die)
    return done


@pytest.mark.parametrize("allowed", [0, 1, 2])
def test_killed_while_the_card_is_written_it_is_whole_or_can_be_mended(
    version, monkeypatch, allowed
):
    with monkeypatch.context() as patch, pytest.raises(Killed):
        done = replacements(patch, allowed)
        artefact.write_card(version, NEW_CARD, NEW_ROWS)
    assert version / artefact.SUMS not in done  # they come last
    if allowed:
        with pytest.raises(artefact.Damaged, match="assets.extra"):
            artefact.verify(version)
    artefact.mend(version)
    artefact.verify(version)
    assert artefact.read_card(version) == {"title": "LSTM"}  # no score of no captions
    old = [{"id": "1.jpg", "cider": 5}]
    assert artefact.read_predictions(version) == ([] if allowed else old)
    artefact.write_card(version, NEW_CARD, NEW_ROWS)
    artefact.verify(version)
    assert artefact.read_card(version) == NEW_CARD
    assert artefact.read_predictions(version) == NEW_ROWS


def test_writing_the_card_leaves_nothing_beside_it_and_clears_what_was_left(version):
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    left = version.with_name(f"partial-{ended.pid}-1-card.json")
    left.write_text("{")
    artefact.write_card(version, NEW_CARD, NEW_ROWS)
    assert [path.name for path in version.parent.iterdir()] == ["1"]


def test_a_whole_version_is_not_touched_by_mending(version):
    artefact.write_card(version, NEW_CARD, NEW_ROWS)
    before = {path: path.stat().st_mtime_ns for path in version.rglob("*")}
    artefact.mend(version)
    assert {path: path.stat().st_mtime_ns for path in version.rglob("*")} == before


@pytest.mark.parametrize("name", ["saved_model.pb", "variables/data"])
def test_a_damaged_model_is_never_mended(version, name):
    (version / name).write_bytes(b"other")
    (version / artefact.CARD).write_text("{}")
    with pytest.raises(artefact.Damaged, match=name):
        artefact.mend(version)
    with pytest.raises(artefact.Damaged):
        artefact.verify(version)


def test_a_card_that_cannot_be_read_is_not_mended(version):
    (version / artefact.CARD).write_text('{"title": ')
    with pytest.raises(artefact.Damaged, match="card.json cannot be read: export"):
        artefact.mend(version)

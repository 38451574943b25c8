"""The command line: what it lists, what it hands on, and one sentence for an error."""

import logging
import subprocess
import sys

import pytest

from zoo import __main__ as command_line
from zoo import architectures, recipes, train


@pytest.fixture
def call(monkeypatch, capsys, zoo_build):
    """Function that calls the command line; returns (status, output, errors)."""
    monkeypatch.setattr(logging, "basicConfig", lambda **options: None)

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["zoo", *arguments])
        status = 0
        try:
            command_line.main()
        except SystemExit as error:
            status = error.code
            if isinstance(status, str):  # Python prints it and exits with 1
                sys.stderr.write(f"{status}\n")
                status = 1
        return status or 0, *capsys.readouterr()

    return run


@pytest.fixture
def trained(monkeypatch):
    """What `train` hands on, instead of training."""
    calls = []
    monkeypatch.setattr(train, "run", lambda *arguments: calls.append(arguments))
    return calls


def test_list_names_every_recipe_under_the_matrix(call):
    status, output, _ = call("list")
    assert status == 0
    matrix, notes, _, listed = output.rstrip().split("\n\n")
    names = [line.split()[0] for line in matrix.splitlines()[1:]]
    assert names == list(architectures.ARCHITECTURES)
    assert notes.startswith(" 1  ")
    lines = listed.splitlines()
    assert [line[2:].split()[0] for line in lines] == list(recipes.RECIPES)
    starred = {line[2:].split()[0] for line in lines if line.startswith("*")}
    assert starred == {name for name, of in recipes.RECIPES.items() if of.shipped}
    assert all(line.endswith(".") for line in lines)


def test_an_architecture_is_no_recipe_and_its_recipes_are_named(call):
    status, _, errors = call("train", "lstm")
    assert status == 1
    assert "lstm is an architecture. Its recipes: caption-lstm, " in errors


def test_practice_prints_every_number_and_writes_ello(call):
    status, output, _ = call("practice")
    assert status == 0
    assert "hidden states  (L, B, d_h)  (20, 10, 512)" in output
    assert output.endswith('it writes "ello".\n')


def test_help_names_every_verb_with_a_line(call):
    status, output, _ = call("--help")
    assert status == 0
    for verb in (
        "list",
        "practice",
        "data",
        "prepare",
        "train",
        "export",
        "evaluate",
        "units",
        "tables",
    ):
        assert f"    {verb} " in output
    assert "Train a recipe, or resume its training." in output


@pytest.mark.parametrize("arguments", [[], ["dance"], ["train"], ["data", "songs"]])
def test_a_line_that_cannot_be_read_shows_the_usage(call, arguments):
    status, _, errors = call(*arguments)
    assert status == 2
    assert errors.startswith("usage: python -m zoo")


@pytest.mark.parametrize(
    ("task", "corpora"),
    [("translate", ["multi30k-en-de"]), ("tag", ["ud-english-ewt", "ud-korean-gsd"])],
)
def test_data_fetches_every_split_of_a_task_s_corpora(call, monkeypatch, task, corpora):
    from zoo.corpora import catalogue

    fetched = []
    monkeypatch.setattr(catalogue, "load", lambda *names: fetched.append(names))
    assert call("data", task)[0] == 0
    splits = [(name, split) for name in corpora for split in catalogue.SPLITS]
    assert fetched == splits


@pytest.mark.parametrize("verb", ["prepare", "train", "export", "evaluate"])
def test_an_unknown_recipe_is_one_sentence(call, verb):
    status, _, errors = call(verb, "caption-lstn")
    assert status == 1
    assert errors.count("\n") == 1
    assert "name='caption-lstn'. Did you mean: caption-lstm" in errors


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["train", "caption-lstm"], "python -m zoo train picture-words"),
        (["train", "caption-lstm", "--updates", "0"], "--updates must be at least 1"),
        (["train", "caption-lstm", "--updates", "-3"], "Received: -3"),
        (
            ["train", "caption-lstm", "--evaluate-every", "0"],
            "--evaluate-every must be at least 1",
        ),
        (["prepare", "caption-lstm", "--pictures", "p"], "must be given together"),
        (["prepare", "caption-lstm", "--captions", "c"], "must be given together"),
        (
            ["prepare", "caption-lstm", "--pictures", "p", "--captions", "c"],
            "must be given together",
        ),
        (["prepare", "caption-lstm", "--corpus", "mien"], "got 'mien'; python -m zoo"),
        (
            "prepare caption-lstm --corpus m --pictures p --captions c".split(),
            "No such file",
        ),
        (["export", "caption-lstm"], "python -m zoo train caption-lstm"),
        (
            ["train", "write-source-gru", "--data", "소설.txt"],
            "`--corpus NAME` must be given where the file's name has no letter",
        ),
        (
            ["evaluate", "write-source-gru", "--data", "novel.txt"],
            "`--data` must be a file that is there; what was made of one that is gone "
            "goes by `--corpus novel`",
        ),
    ],
)
def test_an_error_is_one_sentence_that_helps(call, arguments, sentence):
    status, output, errors = call(*arguments)
    assert (status, output) == (1, "")
    assert sentence in errors
    assert errors.count("\n") == 1


def test_training_takes_the_recipe_as_it_is(call, trained):
    assert call("train", "caption-gru")[0] == 0
    assert trained == [(recipes.get("caption-gru"), "float32", None)]


def test_fewer_updates_shorten_the_warm_up_and_evaluate_in_time(call, trained):
    call("train", "caption-gru", "--updates", "50", "--precision", "mixed_bfloat16")
    ((recipe, precision, _),) = trained
    assert precision == "mixed_bfloat16"
    numbers = recipe.training
    assert (numbers.updates, numbers.warmup, numbers.evaluate_every) == (50, 5, 50)
    assert numbers.batch == recipes.get("caption-gru").training.batch


def test_checkpoints_may_be_more_frequent(call, trained):
    call("train", "caption-gru", "--evaluate-every", "7")
    numbers = trained[0][0].training
    assert numbers.evaluate_every == 7
    assert numbers.updates == recipes.get("caption-gru").training.updates


def test_the_picture_encoder_starts_from_published_weights(call, trained):
    call("train", "picture-words")
    assert callable(trained[0][2])


def test_on_ones_own_pictures_a_recipe_has_a_name_of_its_own(call, trained):
    call("train", "caption-gru", "--corpus", "mine")
    call("train", "caption-gru", "--corpus", "flickr8k")
    assert [(of[0].name, of[0].corpus) for of in trained] == [
        ("caption-gru-mine", "mine"),
        ("caption-gru", "flickr8k"),
    ]


def test_an_error_in_a_process_of_its_own_exits_with_1_and_a_sentence():
    done = subprocess.run(
        [sys.executable, "-m", "zoo", "train", "caption-lstn"],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("ValueError: `name` must be the name of a recipe")
    assert done.stderr.count("\n") == 1


def test_who_stops_reading_is_told_nothing():
    process = subprocess.Popen(
        [sys.executable, "-m", "zoo", "list"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    process.stdout.close()
    with process.stderr:
        assert process.stderr.read() == b""
    assert process.wait() == 1

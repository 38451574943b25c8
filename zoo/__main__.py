"""The command line: `python -m zoo VERB ...`; one verb a function."""

import argparse
import dataclasses
import logging
import pathlib
import re
import sys

from zoo import recipes


def data(arguments):
    """Fetch the corpora of a task."""
    from zoo.corpora import catalogue, imagenet

    for corpus in {recipe.corpus: None for recipe in recipes.of_task(arguments.task)}:
        for split in catalogue.SPLITS:
            catalogue.load(corpus, split)
    if arguments.task == "caption":
        imagenet.mobilenet_v2_weights()


def prepare(arguments):
    """Turn a corpus into the arrays that training reads."""
    recipe = _recipe(arguments)  # before TensorFlow, which takes seconds to import
    own = arguments.pictures or arguments.captions
    if own and not (arguments.corpus and arguments.pictures and arguments.captions):
        raise ValueError(
            "--corpus, --pictures and --captions must be given together: "
            "a name of your choice, a folder and a file"
        )

    from zoo import prepare
    from zoo.corpora import catalogue

    if own:
        from zoo.export import captioner

        catalogue.register(
            arguments.corpus,
            "pictures",
            pictures=arguments.pictures,
            captions=arguments.captions,
        )
        captioner.lend_encoder(arguments.recipe)
    _register(arguments, recipe)
    prepare.prepare(recipe)


def train(arguments):
    """Train a recipe, or resume its training."""
    recipe = _recipe(arguments)

    from zoo import train
    from zoo.corpora import imagenet

    if arguments.data:
        prepare(arguments)
    start = None
    if recipe.task == "picture-words":

        def start(model):
            model.encoder.load_imagenet(imagenet.mobilenet_v2_weights())

    train.run(recipe, arguments.precision, start)


def export(arguments):
    """Choose the decoding on dev and write the SavedModel."""
    recipe = _recipe(arguments)

    from zoo import export

    export.export(recipe, arguments.weights)


def evaluate(arguments):
    """Score a SavedModel on the test split and write its card."""
    recipe = _recipe(arguments)

    from zoo import evaluate

    card = evaluate.evaluate(recipe)
    for line in evaluate.figures(card["test"]):
        sys.stdout.write(f"{line}\n")


def units(arguments):
    """Find the hidden units of a language model that track a property of the text."""
    recipe = _recipe(arguments)

    from zoo.lab import units

    units.run(recipe.name, recipe.corpus)


def tables(arguments):
    """Write the tables of README and docs from the cards."""
    from zoo import evaluate
    from zoo.evaluate import tables

    tables.write(evaluate.TABLES)


def list_(arguments):
    """List what each architecture can do, why not where it cannot, and the recipes."""
    from zoo import matrix

    sys.stdout.write(f"{matrix.draw()}\n\n")
    sys.stdout.write("yes: its model can be made (zoo.models). Recipes; the models of ")
    sys.stdout.write("those with a star are in the repository:\n\n")
    for recipe in recipes.RECIPES.values():
        star = "*" if recipe.shipped else " "
        sys.stdout.write(f"{star} {recipe.name:30}{recipe.corpus:18}{recipe.summary}\n")


def practice(arguments):
    """Do the course's practice: packed sequences, and `hell` to `ello`."""
    from zoo.lab import practice

    for line in practice.account():
        sys.stdout.write(line + "\n")


def _recipe(arguments):
    """The recipe asked for, on the corpus asked for."""
    recipe = recipes.get(arguments.recipe)
    if arguments.data:
        _name_corpus(arguments, recipe)
    if arguments.corpus not in (None, recipe.corpus):
        if recipe.task == "picture-words":
            raise ValueError(
                "`--corpus` must be left out: the picture encoder is trained on "
                f"{recipe.corpus} and lent to others. "
                f"Received: --corpus {arguments.corpus}"
            )
        name = f"{recipe.name}-{arguments.corpus}"
        if name in recipes.RECIPES:
            raise ValueError(
                f"`--corpus` must not make the name of a recipe. "
                f"Received: --corpus {arguments.corpus}, which makes {name}"
            )
        recipe = dataclasses.replace(
            recipe,
            name=name,
            title=f"{recipe.title} ({arguments.corpus})",
            corpus=arguments.corpus,
            shipped=False,
        )
    numbers = recipe.training
    if arguments.updates is not None:
        _at_least_one("--updates", arguments.updates)
        numbers = dataclasses.replace(
            numbers,
            updates=arguments.updates,
            warmup=min(numbers.warmup, arguments.updates // 10),
            evaluate_every=min(numbers.evaluate_every, arguments.updates),
        )
    if arguments.evaluate_every is not None:
        _at_least_one("--evaluate-every", arguments.evaluate_every)
        numbers = dataclasses.replace(numbers, evaluate_every=arguments.evaluate_every)
    return dataclasses.replace(recipe, training=numbers)


def _name_corpus(arguments, recipe):
    """Names the corpus of one's own file after the file, where no name is given."""
    if recipe.task not in OWN_FILES:
        raise ValueError(
            f"`--data` must be left out: {recipe.task} has no corpus of one file. "
            f"Received: --data {arguments.data}"
        )
    name = pathlib.Path(arguments.data).stem.lower()
    arguments.corpus = arguments.corpus or re.sub("[^a-z0-9]+", "-", name).strip("-")
    if not arguments.corpus:
        raise ValueError(
            "`--corpus NAME` must be given where the file's name has no letter or "
            f"digit of ASCII. Received: --data {arguments.data}"
        )


def _register(arguments, recipe):
    """Remembers one's own file under the name of its corpus, once it is sound."""
    from zoo.corpora import catalogue

    if arguments.data:
        kind = OWN_FILES[recipe.task]
        catalogue.register(recipe.corpus, kind, file=arguments.data)


# Options that not every verb has.
OPTIONAL = ("corpus", "data", "pictures", "captions", "updates", "evaluate_every")
# Kind of corpus, in `zoo.corpora.catalogue`, that one file of one's own makes, by task.
OWN_FILES = {"sentiment": "texts", "tag": "sentences", "write": "characters"}
VERBS = [list_, practice, data, prepare, train, export, evaluate, units, tables]


def _at_least_one(option, value):
    if value < 1:
        raise ValueError(f"{option} must be at least 1. Received: {value}")


def parser():
    """Returns the parser of the command line."""
    top = argparse.ArgumentParser(prog="python -m zoo", description=__doc__)
    top.add_argument("--debug", action="store_true", help="show where errors arise")
    verbs = top.add_subparsers(required=True, metavar="VERB")
    for verb in VERBS:
        sub = verbs.add_parser(
            verb.__name__.rstrip("_"), help=verb.__doc__, description=verb.__doc__
        )
        sub.set_defaults(verb=verb, **dict.fromkeys(OPTIONAL))
        if verb is data:
            tasks = {recipe.task: None for recipe in recipes.RECIPES.values()}
            tasks.pop("picture-words")  # comes with the captions
            sub.add_argument("task", choices=tasks, help="for example caption")
        if verb not in (prepare, train, export, evaluate, units):
            continue
        sub.add_argument("recipe", help="for example caption-lstm; see list")
        sub.add_argument("--corpus", help="name of your own corpus; see prepare")
        sub.add_argument(
            "--data",
            metavar="FILE",
            help="your own texts (.csv), sentences (.conllu) or long text (.txt); "
            "the corpus is named after the file",
        )
        if verb is prepare:
            sub.add_argument("--pictures", help="folder of your own pictures")
            sub.add_argument("--captions", help="file of lines NAME<TAB>CAPTION")
        if verb is train:
            sub.add_argument("--updates", type=int, help="instead of the recipe's")
            sub.add_argument(
                "--evaluate-every",
                type=int,
                help="updates between two checkpoints, instead of the recipe's",
            )
            sub.add_argument(
                "--precision",
                default="float32",
                choices=["float32", "mixed_float16", "mixed_bfloat16"],
            )
        if verb is export:
            sub.add_argument(
                "--weights", default="float16", choices=["float16", "float32"]
            )
    return top


def main():
    """Parses the command line, calls the verb and turns errors into sentences."""
    arguments = parser().parse_args()
    logging.basicConfig(format="%(message)s")
    logging.getLogger("zoo").setLevel(logging.INFO)
    # It warns that an artefact's functions have no gradient; nobody asks for one.
    logging.getLogger("tensorflow").setLevel(logging.ERROR)
    try:
        arguments.verb(arguments)
    except (ValueError, OSError, LookupError, ImportError) as error:
        if arguments.debug:
            raise
        sys.exit(f"{type(error).__name__}: {error}")


if __name__ == "__main__":
    main()

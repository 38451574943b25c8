"""The command line: `python -m zoo VERB ...`; one verb a function."""

import argparse
import dataclasses
import logging
import sys

from zoo import recipes


def data(arguments):
    """Fetch the corpora of a task."""
    from zoo.corpora import flickr8k, imagenet

    for split in flickr8k.SPLITS:
        flickr8k.load(split)
    imagenet.mobilenet_v2_weights()


def prepare(arguments):
    """Turn a corpus into the arrays that training reads."""
    from zoo import prepare
    from zoo.corpora import catalogue
    from zoo.export import captioner

    if arguments.pictures or arguments.captions:
        catalogue.register(arguments.corpus, arguments.pictures, arguments.captions)
        captioner.lend_encoder(arguments.recipe)
    prepare.prepare(_recipe(arguments).corpus)


def train(arguments):
    """Train a recipe, or resume its training."""
    from zoo import train
    from zoo.corpora import imagenet

    start = None
    recipe = _recipe(arguments)
    if recipe.task == "picture-words":

        def start(model):
            model.encoder.load_imagenet(imagenet.mobilenet_v2_weights())

    train.run(recipe, arguments.precision, start)


def export(arguments):
    """Choose the decoding on dev and write the SavedModel."""
    from zoo.export import captioner

    captioner.export(_recipe(arguments), arguments.weights)


def evaluate(arguments):
    """Score a SavedModel on the test split and write its card."""
    from zoo.evaluate import caption

    recipe = _recipe(arguments)
    caption.evaluate(recipe.name, recipe.corpus)


def tables(arguments):
    """Write the tables of the README from the cards."""
    from zoo.evaluate import tables

    tables.write()


def list_(arguments):
    """List the recipes."""
    for recipe in recipes.RECIPES.values():
        sys.stdout.write(f"{recipe.name:26}{recipe.summary}\n")


def _recipe(arguments):
    """The recipe asked for, on the corpus asked for."""
    recipe = recipes.get(arguments.recipe)
    if arguments.corpus not in (None, recipe.corpus):
        name = f"{recipe.name}-{arguments.corpus}"
        recipe = dataclasses.replace(recipe, name=name, corpus=arguments.corpus)
    if arguments.updates:
        numbers = dataclasses.replace(
            recipe.training,
            updates=arguments.updates,
            warmup=min(recipe.training.warmup, arguments.updates // 10),
            evaluate_every=min(recipe.training.evaluate_every, arguments.updates),
        )
        recipe = dataclasses.replace(recipe, training=numbers)
    return recipe


def parser():
    """Returns the parser of the command line."""
    top = argparse.ArgumentParser(prog="python -m zoo", description=__doc__)
    verbs = top.add_subparsers(required=True, metavar="VERB")
    for verb in [list_, data, prepare, train, export, evaluate, tables]:
        sub = verbs.add_parser(
            verb.__name__.rstrip("_"), help=verb.__doc__, description=verb.__doc__
        )
        sub.set_defaults(verb=verb, corpus=None, updates=None)
        if verb is data:
            sub.add_argument("task", choices=["caption"], help="for example caption")
        if verb not in (prepare, train, export, evaluate):
            continue
        sub.add_argument("recipe", help="for example caption-lstm; see list")
        sub.add_argument("--corpus", help="name of your own pictures; see prepare")
        if verb is prepare:
            sub.add_argument("--pictures", help="folder of your own pictures")
            sub.add_argument("--captions", help="file of lines NAME<TAB>CAPTION")
        if verb is train:
            sub.add_argument("--updates", type=int, help="instead of the recipe's")
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
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    try:
        arguments.verb(arguments)
    except (ValueError, OSError, LookupError) as error:
        logging.debug("", exc_info=True)
        sys.exit(f"{type(error).__name__}: {error}")


if __name__ == "__main__":
    main()

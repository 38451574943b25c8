"""The command line: `python -m zoo VERB ...`; one verb a function."""

import argparse
import codecs
import itertools
import logging
import os
import select
import sys

from zoo import recipes
from zoo.arguments import at_least_one, recipe_of, register

log = logging.getLogger("zoo")


def data(arguments):
    """Fetch the corpora of a task."""
    from zoo.corpora import catalogue, imagenet

    table = recipes.TASKS[arguments.task].RECIPES
    for corpus in {recipe.corpus: None for recipe in table if recipe.shipped}:
        for split in catalogue.SPLITS:
            catalogue.load(corpus, split)
    if arguments.task == "caption":
        imagenet.mobilenet_v2_weights()


def prepare(arguments):
    """Turn a corpus into the arrays that training reads."""
    recipe = recipe_of(arguments)  # before TensorFlow, which takes seconds to import
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
    register(arguments, recipe)
    prepare.prepare(recipe, arguments.drawn)


def train(arguments):
    """Train a recipe, or resume its training."""
    recipe = recipe_of(arguments)

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
    recipe = recipe_of(arguments)

    from zoo import export

    export.export(recipe, arguments.weights)


def evaluate(arguments):
    """Score a SavedModel on the test split and write its card."""
    recipe = recipe_of(arguments)

    from zoo import evaluate

    card = evaluate.evaluate(recipe)
    for line in evaluate.figures(card["test"]):
        sys.stdout.write(f"{line}\n")


def units(arguments):
    """Find the hidden units of a language model that track a property of the text."""
    recipe = recipe_of(arguments)

    from zoo.lab import units

    units.run(recipe.name, recipe.corpus)


def tables(arguments):
    """Write the tables of README and docs from the cards."""
    from zoo import evaluate
    from zoo.evaluate import tables

    tables.write(evaluate.TABLES)


def serving(arguments):
    """Write serving/models.config, which TF Serving reads, from saved_models/.

    Every version is served; `stable` is the one for callers, `canary` the newest while
    it is on trial. ZOO_MODELS names another folder of models; ZOO_SERVING the running
    server that is asked what it has loaded.
    """
    stable = {}
    for given in arguments.stable:
        name, _, version = given.partition("=")
        if not name or not version.isdecimal() or name in stable:
            raise ValueError(
                "`--stable` must be MODEL=VERSION, once a model. "
                f"Received: --stable {given}"
            )
        stable[name] = int(version)

    from zoo import serving

    server, address = None, os.environ.get("ZOO_SERVING")
    if address:
        from zoo.gallery.running import RunningServer

        server = RunningServer(address)
    for line in serving.run(stable, server=server):
        sys.stdout.write(f"{line}\n")


def translate(arguments):
    """Translate standard input, line by line, to standard output."""
    if arguments.width is not None:
        at_least_one("--width", arguments.width)
    if not arguments.model.startswith("translate-"):
        raise ValueError(
            "`--model` must be a translator, for example translate-en-de-transformer. "
            f"Received: --model {arguments.model}"
        )

    from zoo import gallery

    translator, cut = gallery.load(arguments.model), 0
    together = 1 if sys.stdin.isatty() else LINES  # who types waits for an answer
    while lines := list(itertools.islice(sys.stdin.buffer, together)):
        texts = [line.rstrip(b"\r\n").removeprefix(codecs.BOM_UTF8) for line in lines]
        if arguments.width is None:
            best = translator(texts)
        else:
            best = [found[0] for found in translator.beam(texts, arguments.width)]
        for translation in best:
            sys.stdout.buffer.write(translation.text.encode("utf-8") + b"\n")
        sys.stdout.buffer.flush()
        cut += sum(translation.truncated for translation in best)
    if cut:
        log.warning("%d lines were too long and lost their end", cut)


def list_(arguments):
    """List what each architecture can do, why not where it cannot, and the recipes."""
    from zoo import matrix

    sys.stdout.write(f"{matrix.draw()}\n\n")
    sys.stdout.write("yes: its model can be made (zoo.models). Recipes; the models of ")
    sys.stdout.write("those with a star are in the repository:\n\n")
    for recipe in recipes.RECIPES.values():
        star = "*" if recipe.shipped else " "
        sys.stdout.write(f"{star} {recipe.name:32}{recipe.corpus:18}{recipe.summary}\n")


def practice(arguments):
    """Do the course's practice: packed sequences, and `hell` to `ello`."""
    from zoo.lab import practice

    for line in practice.account():
        sys.stdout.write(line + "\n")


# Options that not every verb has.
OPTIONAL = (
    *("corpus", "data", "pictures", "captions"),
    *("drawn", "updates", "evaluate_every"),
)
VERBS = [
    *(list_, practice, data, prepare, train, export, evaluate, units, tables),
    *(translate, serving),
]
LINES = 64  # of standard input, translated together


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
        if verb is serving:
            sub.add_argument(
                "--stable",
                action="append",
                default=[],
                metavar="MODEL=VERSION",
                help="this version is the one that callers of `stable` get",
            )
        if verb is translate:
            sub.add_argument(
                "--model", required=True, help="for example translate-en-de-transformer"
            )
            sub.add_argument(
                "--width",
                type=int,
                help="hypotheses kept, 1 is greedy; else the search chosen on dev",
            )
        if verb not in (prepare, train, export, evaluate, units):
            continue
        sub.add_argument("recipe", help="for example caption-lstm; see list")
        sub.add_argument("--corpus", help="name of your own corpus; see prepare")
        sub.add_argument(
            "--data",
            metavar="FILE",
            help="your own texts (.csv), sentences (.conllu), pairs (.tsv) or long "
            "text (.txt); the corpus is named after the file",
        )
        if verb is prepare:
            sub.add_argument("--pictures", help="folder of your own pictures")
            sub.add_argument("--captions", help="file of lines NAME<TAB>CAPTION")
            sub.add_argument(
                "--drawn",
                type=int,
                metavar="K",
                help="of a translator: K more segmentations of each training sentence, "
                "some merges left out (BPE-dropout)",
            )
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


def _nobody_reads():
    """Whether who read standard output has closed it, as `head` does at its end."""
    output = sys.stdout.fileno()
    poll = select.poll()
    poll.register(output, 0)
    if not any(event & select.POLLERR for _, event in poll.poll(0)):
        return False
    # What is left goes nowhere, so that Python can close it.
    os.dup2(os.open(os.devnull, os.O_WRONLY), output)
    return True


def main():
    """Parses the command line, calls the verb and turns errors into sentences."""
    arguments = parser().parse_args()
    logging.basicConfig(format="%(message)s")
    logging.getLogger("zoo").setLevel(logging.INFO)
    # It warns that an artefact's functions have no gradient; nobody asks for one.
    logging.getLogger("tensorflow").setLevel(logging.ERROR)
    try:
        arguments.verb(arguments)
        sys.stdout.flush()
    except (ValueError, OSError, LookupError, ImportError) as error:
        if isinstance(error, BrokenPipeError) and _nobody_reads():
            sys.exit(1)
        if arguments.debug:
            raise
        sys.exit(f"{type(error).__name__}: {error}")


if __name__ == "__main__":
    main()

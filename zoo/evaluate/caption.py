"""Scores a captioner's artefact on the test split and writes its card."""

import dataclasses

import tqdm

from zoo.corpora import catalogue
from zoo.evaluate import timing
from zoo.metrics import caption as caption_metrics

BATCH = 32  # pictures
EXAMPLES = 6  # best and worst pictures named in the card

LIMITS = (
    "Pictures are squashed to 224 x 224 pixels: small things and text are lost.",
    "It names what is usual, not what is there: colours, numbers and actions are often "
    "wrong, and it repeats its training data's habits in speaking of people.",
)


def measure(captioner, corpus):
    """Measures an artefact through its signatures.

    Args:
        captioner: `zoo.gallery.Captioner`.
        corpus: Name of the corpus whose test split it is measured on.

    Returns:
        Pair of a dictionary, what the card learns, and the list of predictions.
    """
    pictures = catalogue.load(corpus, "test")
    files = [picture.read() for picture in pictures]
    penalty = captioner.card["dev"]["length_penalty_beam5"]
    beam5 = {"width": 5, "length_penalty": penalty}
    said = {
        "greedy": _caption(captioner, files, "greedy", width=1),
        "beam5": _caption(captioner, files, "beam 5", **beam5),
        "caption": _caption(captioner, files, "default"),
    }
    references = {picture.name: list(picture.captions) for picture in pictures}
    names = [picture.name for picture in pictures]
    scored = {}
    for key, captions in said.items():
        scores = caption_metrics.score(
            dict(zip(names, captions, strict=True)), references
        )
        scored["default" if key == "caption" else key] = {
            metric: {k: round(v, 2) for k, v in dataclasses.asdict(interval).items()}
            for metric, interval in scores.items()
        }
    cider = caption_metrics.per_picture_cider(
        dict(zip(names, said["caption"], strict=True)), references
    )
    rows = [
        {"id": name, **{key: said[key][row] for key in said}, "cider": cider[name]}
        for row, name in enumerate(names)
    ]
    ranked = sorted(names, key=lambda name: (-cider[name], name))
    found = {
        "metric": caption_metrics.METRIC,
        "test": scored,
        "latency_ms": timing.of_beams(captioner, files),
        "examples": {"successes": ranked[:EXAMPLES], "failures": ranked[-EXAMPLES:]},
        "limits": [limit_of(captioner.card["corpus"]), *LIMITS],
    }
    for row in rows:
        row["cider"] = round(row["cider"], 1)
    return found, rows


def limit_of(corpus):
    """Says what a captioner's corpus leaves out, for its card.

    Args:
        corpus: The card's dictionary of the corpus.
    """
    name, count = corpus["name"], corpus["pictures"]["train"]
    if name == "flickr8k":
        return (
            f"Trained on {count:,} photographs of Flickr8k, most of people and dogs "
            "outdoors: anything else is described in their words."
        )
    return (
        f"Trained on {count:,} pictures of the corpus {name!r}: anything unlike them "
        "is described in their words."
    )


def _caption(captioner, files, label, **options):
    """Captions all files, through `beam` with options or by default."""
    captions = []
    for begin in tqdm.trange(0, len(files), BATCH, desc=label, mininterval=5):
        batch = files[begin : begin + BATCH]
        if options:
            best = [found[0][0] for found in captioner.beam(batch, **options)]
        else:
            best = captioner(batch)
        captions.extend(best)
    return captions

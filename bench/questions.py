"""What the load benchmark asks models: rows of ordinary length, and rows to refuse."""

import functools

import numpy as np

WORDS = (
    "a the man woman dog two people child film story actor field street red blue "
    "young old runs walks plays sits stands watches likes hates slowly never often "
    "with in on over near and but because very quite"
).split()
LENGTHS = {"sentiment": (60, 240), "tag": (8, 30), "translate": (6, 16)}  # words
SEEDS = 16  # pictures that are made
BROKEN = {"caption": "image_bytes", "translate": "width", "write": "temperature"}


def rows(task, count, seed):
    """Makes rows for a model's `serving_default`.

    Args:
        task: For example `"tag"`.
        count: Integer.
        seed: Integer; the same one makes the same rows.

    Returns:
        Dictionary of lists of `count` values, by input.
    """
    random = np.random.default_rng(seed)
    if task == "caption":
        return {
            "image_bytes": [picture(int(n)) for n in random.integers(SEEDS, size=count)]
        }
    if task == "write":
        return {
            "prompt": [text(random, 3, 6) for _ in range(count)],
            "length": [20] * count,
            "temperature": [1.0] * count,
            "top_k": [0] * count,
            "seed": random.integers(1 << 30, size=count).tolist(),
        }
    return {"text": [text(random, *LENGTHS[task]) for _ in range(count)]}


def refused(task, seed):
    """Makes a row that a model must refuse: a signature and a dictionary of lists.

    Args:
        task: One of `BROKEN`.
        seed: Integer.
    """
    found = rows(task, 1, seed)
    if task == "translate":
        return "beam", {**found, "width": [33], "length_penalty": [1.0]}
    bad = b"no picture" if task == "caption" else -1.0
    return "serving_default", {**found, BROKEN[task]: [bad]}


def text(random, least, most):
    """Makes a sentence of some words."""
    words = random.choice(WORDS, random.integers(least, most + 1))
    return " ".join(words).capitalize() + "."


@functools.cache
def picture(seed):
    """Makes a JPEG file of 320 x 240 pixels, with edges and noise."""
    import tensorflow as tf

    random = np.random.default_rng(seed)
    coarse = random.integers(0, 256, (6, 8, 3)).repeat(40, 0).repeat(40, 1)
    pixels = np.clip(coarse + random.normal(0, 12, coarse.shape), 0, 255)
    return tf.io.encode_jpeg(pixels.astype(np.uint8)).numpy()

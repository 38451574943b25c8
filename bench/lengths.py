"""Texts of IMDB's real lengths: padded in random order, in length buckets, packed.

`python -m bench.lengths` writes imdb_lengths.json anew from the corpus.
"""

import collections
import csv
import gzip
import json
import os
import pathlib
import re
import sys

import numpy as np

from bench import rounds

COUNTED = pathlib.Path(__file__).with_name("imdb_lengths.json")
WORDS = re.compile(r"\w+|[^\w\s]+")  # words, and signs that stand together
SIZES = {"batch": 64, "inputs": 128, "units": 256, "vocabulary": 10_000}
QUICK = {"batch": 4, "inputs": 3, "units": 4, "vocabulary": 11}
HANDFUL = 3  # batches a strategy trains on in a round
POOL = 50  # batches sorted together, an eighth of an epoch: reviews have a long tail
MULTIPLE = 50  # with XLA, which compiles every length anew
CUTS = (400, None)
# Name: how rows are put into batches, how they are read, and whether XLA compiles it.
STRATEGIES = {
    "random order, padded": ("random", "padded", False),
    "length buckets, padded": ("buckets", "padded", False),
    "random order, packed": ("random", "packed", False),
    "length buckets, packed": ("buckets", "packed", False),
    "random order, padded, XLA": ("random", "padded", True),
    "length buckets, padded, XLA": ("buckets", "padded", True),
}


def read_counts():
    """Returns the lengths of all reviews, `[25000]` integers, the shortest first."""
    counts = json.loads(COUNTED.read_text("utf-8"))["counts"]
    return np.repeat([int(key) for key in counts], list(counts.values()))


def plan(lengths, order, batch, cut, count, seed, multiple=1):
    """Chooses the batches to train on, so that few stand for all.

    All batches of an epoch, sorted by their padded length, are taken at even
    distances; the choice is dealt out so that each round gets short and long ones.

    Args:
        lengths: `[examples]` integers.
        order: `"random"` or `"buckets"`.
        batch: Integer, rows a batch.
        cut: Integer, where longer rows are cut, or None.
        count: Integer, rounds.
        seed: Integer.
        multiple: Integer to whose multiple a batch is padded.

    Returns:
        A list a round of `HANDFUL` dictionaries of `lengths` and `width`.
    """
    from zoo.train import buckets  # which imports Keras

    lengths = lengths if cut is None else np.minimum(lengths, cut)
    random = np.random.default_rng(seed)
    drawn = random.permutation(len(lengths))
    if order == "buckets":
        drawn = buckets.by_length(drawn, random, lengths, batch, POOL)
    whole = len(drawn) // batch * batch
    batches = lengths[drawn[:whole]].reshape(-1, batch)
    batches = batches[np.argsort(batches.max(axis=1), kind="stable")]
    wanted = count * HANDFUL
    places = (np.arange(wanted) + 0.5) * len(batches) / wanted
    chosen = batches[places.astype(int)]
    return [
        [
            {
                "lengths": rows.tolist(),
                "width": int(-(-rows.max() // multiple) * multiple),
            }
            for rows in chosen[number::count]
        ]
        for number in range(count)
    ]


def measure(worker, count, seed, quick=False):
    """Times all strategies on the same lengths, interleaved.

    Args:
        worker: TensorFlow's worker.
        count: Integer, rounds.
        seed: Integer.
        quick: Whether to take tiny sizes.

    Returns:
        Dictionary from a cut's name to the strategies' numbers; see `of_cut`.
    """
    lengths = read_counts()
    if quick:
        lengths = np.maximum(lengths[::40] // 40, 1)
    cuts = [10 if cut and quick else cut for cut in CUTS]
    return {
        f"cut at {cut}" if cut else "not cut": of_cut(
            worker, lengths, cut, count, seed, quick
        )
        for cut in cuts
    }


def of_cut(worker, lengths, cut, count, seed, quick):
    """Times all strategies at one cut.

    Returns:
        Dictionary of `rounds` (from a strategy to `[tokens, seconds, places]` a round,
        where places count padding too) and `left_out` (from a strategy to why).
    """
    sizes = QUICK if quick else SIZES
    done, left_out, plans = {}, {}, {}
    for name, (order, reading, xla) in STRATEGIES.items():
        if xla and cut is None:
            left_out[name] = "would compile for more than a dozen lengths"
            continue
        multiple = (5 if quick else MULTIPLE) if xla else 1
        plans[name] = plan(lengths, order, sizes["batch"], cut, count, seed, multiple)
        error = make_ready(worker, name, reading, xla, sizes, plans[name])
        if error:
            left_out[name] = error
            del plans[name]
    for number, names in enumerate(rounds.orders(list(plans), count, seed)):
        for name in names:
            tokens = seconds = places = 0
            for batch in plans[name][number]:
                seconds += worker.time(name, argument=batch)
                tokens += sum(batch["lengths"])
                places += len(batch["lengths"]) * batch["width"]
            done.setdefault(name, []).append([tokens, round(seconds, 4), places])
    worker.ask(do="forget")
    return {"rounds": done, "left_out": left_out}


def make_ready(worker, name, reading, xla, sizes, planned):
    """Holds a strategy, compiled for what it will read; returns an error or None."""
    contestant = {"maker": reading, "backend": "tensorflow", "xla": xla}
    case = {"kind": "lengths", "mode": "train", "sizes": sizes}
    answer = worker.ask(do="hold", name=name, contestant=contestant, case=case)
    if "error" in answer:
        return answer["error"]
    batches = [batch for handful in planned for batch in handful]
    widths = {batch["width"]: batch for batch in batches}
    for batch in widths.values() if xla else batches[:2]:
        answer = worker.ask(do="time", name=name, argument=batch)
        if "error" in answer:
            return answer["error"]
    return None


def speeds(found):
    """Tokens a second of each strategy, over all rounds, and how many were padding.

    Args:
        found: What `of_cut` returned.

    Returns:
        Dictionary from a strategy to `tokens_per_second`, its quartiles over rounds
        `low` and `high`, and `padding`, the share of computed places that hold none.
    """
    answer = {}
    for name in filter(found["rounds"].__contains__, STRATEGIES):
        tokens, seconds, places = np.asarray(found["rounds"][name], float).T
        spread = rounds.summary(tokens / seconds)
        packed = STRATEGIES[name][1] == "packed"
        answer[name] = {
            "tokens_per_second": float(tokens.sum() / seconds.sum()),
            "low": spread["low"],
            "high": spread["high"],
            "padding": 0.0 if packed else float(1 - tokens.sum() / places.sum()),
        }
    return answer


def count_corpus():
    """Counts the reviews' lengths in the mirror's file and writes them down."""
    path = pathlib.Path(os.environ["ZOO_MIRROR"]) / "imdb" / "imdb_train.csv.gz"
    csv.field_size_limit(10**7)
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        found = [len(WORDS.findall(row["text"])) for row in csv.DictReader(file)]
    counts = collections.Counter(found)
    kept = {
        "corpus": "Large Movie Review Dataset (Maas et al. 2011), train split",
        "tokens": WORDS.pattern,
        "reviews": len(found),
        "mean": round(float(np.mean(found)), 1),
        "counts": {str(length): counts[length] for length in sorted(counts)},
    }
    COUNTED.write_text(json.dumps(kept, separators=(",", ":")) + "\n", "utf-8")


if __name__ == "__main__":
    sys.exit(count_corpus())

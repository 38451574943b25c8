"""Writes what `bench.decode` measured as Markdown and as a picture."""

import importlib.util

import numpy as np

from bench import report, rounds

# The most that our Transformer's time may be of a peer's, by peer and batch.
ASKED = {
    ("recomputing", 64): 0.25,
    ("keras_hub", 64): 0.5,
    ("ctranslate2", 1): 4.0,
    ("ctranslate2", 64): 2.0,
}
SETTINGS = {  # a peer's name in ratios, and who stands for it: the fastest
    "recomputing": ("recomputing tensorflow",),
    "keras_hub": ("keras_hub tensorflow", "keras_hub tensorflow XLA"),
    "ctranslate2": ("ctranslate2",),
    "ctranslate2_int8": ("ctranslate2_int8 ctranslate2",),
}
OURS = {
    "zoo tensorflow": "Transformer",
    "zoo_lstm_attention tensorflow": "LSTM with attention",
}
METHOD = """\
Milliseconds a call of B rows, median of {rounds} rounds (quartiles in brackets). In
every round each contestant works once, in a new order; while one works the others wait.
Ratios are of medians, with the quartiles of the rounds' own ratios.

All Transformers are of the recipe's sizes, with random weights, and write T pieces from
sources of (T - 10) / 2. Ours are SavedModels with dynamic shapes and without XLA: raw
text in, all hypotheses with their scores out as text; the weights are float16, cast in
each call; greedy is a beam of one. `recomputing` is our model and search, ids in and
out, without a cache: each step reads all pieces written so far. (The TensorFlow
tutorial besides reads the source anew and scores all places; here neither is done.)
`keras_hub` are KerasHub's blocks with their cache and its greedy or beam sampler,
traced for one shape, ids in and the best ids out. `ctranslate2` has our weights, before
they were rounded to float16; tokens in, all hypotheses with their scores out. No thread
count was set in TensorFlow; CTranslate2 has one a core.
"""


def write(content, path):
    """Writes the tables and the picture beside the JSON file.

    Args:
        content: Dictionary of the JSON file.
        path: `pathlib.Path` without its suffix.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    path.with_name(path.name + ".md").write_text(markdown(content), "utf-8")
    lengths = of_group(content, "lengths")
    if lengths and importlib.util.find_spec("matplotlib"):
        picture(lengths, content["machine"], path.with_name(path.name + ".png"))


def of_group(content, group):
    """Returns the entries of a group."""
    return [entry for entry in content["entries"].values() if entry["group"] == group]


def markdown(content):
    """Returns the report as Markdown text."""
    peers, lengths = (of_group(content, group) for group in ("peers", "lengths"))
    parts = [["# Decoding, measured", "", *report.about(content, METHOD)]]
    if peers:
        parts.append(["## Beside peers", "", *report.times(peers)])
        parts.append(["Rows a second:", "", *speeds(peers)])
        parts.append(
            [
                "Our Transformer's time over theirs, over the faster of two settings:",
                "",
            ]
        )
        parts[-1] += ratios(peers, content["quick"])
    if lengths:
        parts.append(["## By the length written", "", *costs(lengths)])
    missing = {
        f"- {name}: {why}"
        for entry in peers + lengths
        for name, why in entry["left_out"].items()
    }
    if missing:
        parts.append(["## Left out", "", *sorted(missing)])
    return "\n".join("\n".join([*part, ""]) for part in parts)


def speeds(entries):
    """A table of rows a second: contestants down, cases across."""

    def cell(entry, name):
        seconds = entry["seconds"].get(name)
        return f"{entry['sizes']['batch'] / np.median(seconds):.3g}" if seconds else "-"

    return report.table(
        entries,
        {
            name: [cell(entry, name) for entry in entries]
            for name in report.contestants(entries)
        },
    )


def ratios(entries, quick=False):
    """A table of ratios of our Transformer to others: cases down, peers across.

    Args:
        entries: List of entries.
        quick: Whether to judge nothing, since sizes were tiny.
    """
    lines = [
        "| | " + " | ".join(SETTINGS) + " |",
        "|---|" + "---:|" * len(SETTINGS),
    ]
    for entry in entries:
        cells = [entry["name"].removeprefix("translation ")]
        for peer, settings in SETTINGS.items():
            asked = ASKED.get((peer, entry["sizes"]["batch"]))
            cells.append(_ratio(entry, settings, None if quick else asked))
        lines.append("| " + " | ".join(cells) + " |")
    return lines


def _ratio(entry, settings, asked):
    """Our time over the fastest of a peer's settings, and whether it is as asked."""
    ours, seconds = next(iter(OURS)), entry["seconds"]
    theirs = rounds.best(seconds, settings)
    if ours not in seconds or theirs is None:
        return "-"
    both = rounds.ratio(seconds[ours], seconds[theirs])
    text = "{ratio:.2f} ({low:.2f}-{high:.2f})".format(**both)
    text += " XLA" * theirs.endswith("XLA")
    if asked is None:
        return text
    met = "met" if both["ratio"] <= asked else "**not met**"
    return f"{text}, <= {asked}: {met}"


def per_piece(entry, name):
    """A call's milliseconds over the pieces of a row: median and quartiles."""
    length = entry["sizes"]["length"]
    return rounds.summary([1000 * value / length for value in entry["seconds"][name]])


def costs(entries):
    """A table of milliseconds a piece: contestants and searches down, lengths across.

    Args:
        entries: List of entries that differ in search and length.
    """
    lengths = sorted({entry["sizes"]["length"] for entry in entries})
    batch = entries[0]["sizes"]["batch"]
    lines = [
        f"Milliseconds of a call of {batch} rows over the T pieces that each writes;",
        "reading a source of (T - 10) / 2 pieces is in it:",
        "",
        "| | " + " | ".join(f"T={length}" for length in lengths) + " |",
        "|---|" + "---:|" * len(lengths),
    ]
    for (name, beam), found in curves(entries).items():
        cells = [
            "{median:.3g} ({low:.3g}-{high:.3g})".format(**found[length])
            if length in found
            else "-"
            for length in lengths
        ]
        lines.append(f"| {label(name, beam)} | " + " | ".join(cells) + " |")
    return lines


def curves(entries):
    """Returns, by contestant and hypotheses, `per_piece` by length."""
    found = {}
    for entry in entries:
        for name in entry["seconds"]:
            curve = found.setdefault((name, entry["sizes"]["beam"]), {})
            curve[entry["sizes"]["length"]] = per_piece(entry, name)
    return found


def label(name, beam):
    """Names a curve."""
    return f"{OURS[name]}, {'greedy' if beam == 1 else f'beam {beam}'}"


def picture(entries, machine, path):
    """Draws milliseconds a piece over the length written.

    Args:
        entries: List of entries that differ in search and length.
        machine: String, for the title.
        path: `pathlib.Path` of the PNG file.
    """
    import matplotlib

    matplotlib.use("agg")
    from matplotlib import pyplot

    figure, axis = pyplot.subplots(figsize=(7, 4))
    for (name, beam), found in curves(entries).items():
        lengths = sorted(found)
        middle, low, high = (
            [found[length][key] for length in lengths]
            for key in ("median", "low", "high")
        )
        (line,) = axis.plot(lengths, middle, "o-", label=label(name, beam))
        axis.fill_between(lengths, low, high, alpha=0.2, color=line.get_color())
    axis.set_xlabel("pieces written")
    axis.set_ylabel("ms a call / pieces written")
    axis.set_xlim(left=0)
    axis.set_ylim(bottom=0)
    axis.legend(fontsize=8)
    axis.grid(linewidth=0.3)
    batch = entries[0]["sizes"]["batch"]
    axis.set_title(f"{batch} rows at once, median and quartiles. {machine}", fontsize=9)
    figure.tight_layout()
    figure.savefig(path, dpi=80)
    pyplot.close(figure)

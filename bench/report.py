"""Writes what was measured as Markdown and as a picture."""

import importlib.util

import numpy as np

from bench import lengths, plot, rounds

PEERS = {"recurrent": "keras", "transformer": "keras_hub"}
BACKENDS = {  # a backend's name in the report, and its settings
    "TensorFlow": ("tensorflow", "tensorflow XLA"),
    "JAX": ("jax",),
}
ASKED = {  # the most that our time may be of a peer's, by kind, mode and peer
    ("recurrent", "train", "keras"): 0.85,
    ("recurrent", "infer", "keras"): 1.0,
    ("recurrent", "stream", "keras"): 1.0,
    ("recurrent", "train", "torch"): 1.1,
    ("transformer", "train", "keras_hub"): 1.0,
    ("transformer", "train", "torch"): 1.2,
}
FASTER = 1.8  # the least that buckets or packing may gain over random order
TITLES = {
    "stream": "Streaming",
    "transformer": "Transformer block (TransformerEncoderLayer)",
    "embedding": "Embedding: picking a row, or one-hot times matrix",
}
METHOD = """\
Milliseconds a call, median of {rounds} rounds (quartiles in brackets). In every round
each contestant works once, in a new order; while one works the others wait. Ratios are
of medians, with the quartiles of the rounds' own ratios. Training is forward pass,
gradients of weights and inputs, and Adam; loss is the mean square of all outputs.
Recurrent layers: batch {batch}, {inputs} inputs, {units} units; `stream` is one step of
one row with its state. `products` are the matrix products of the same work alone, the
recurrent ones of all steps as one; the fastest of them is this machine's limit. XLA
means TensorFlow with it; JAX always compiles. No thread count was set anywhere.
"""
LENGTHS = """\
LSTM of {units} units over embeddings of {inputs}, training, TensorFlow, batches of
{batch} with the lengths of IMDB's training reviews. `ratio` is to random order, padded
to the batch's longest row, without XLA; `of the best` is to the faster of that and the
same with XLA. Quartiles are of rounds of {handful} batches.
"""


def write(content, path):
    """Writes the table and the picture beside the JSON file.

    Args:
        content: Dictionary of the JSON file.
        path: `pathlib.Path` without its suffix.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    path.with_name(path.name + ".md").write_text(markdown(content), "utf-8")
    timed = [e for e in content["entries"].values() if "seconds" in e]
    if timed and importlib.util.find_spec("matplotlib"):
        plot.write(timed, content["machine"], path.with_name(path.name + ".png"))


def markdown(content):
    """Returns the report as Markdown text."""
    entries = content["entries"]
    parts = [["# Layers, measured", "", *about(content, METHOD)]]
    groups = {}
    for entry in entries.values():
        if "seconds" in entry:
            groups.setdefault(entry["group"], []).append(entry)
    for group, chosen in groups.items():
        title = TITLES.get(group, chosen[0]["layer"])
        parts.append([f"## {title}", "", *times(chosen)])
        if chosen[0]["kind"] in PEERS:
            parts.append(["Ratios of our best setting's time to theirs:", ""])
            parts[-1] += ratios(chosen, content["quick"])
            parts.append(["Time over the machine's limit:", "", *limits(chosen)])
    if "lengths" in entries:
        parts.append(
            [
                "## Texts of many lengths",
                "",
                *of_lengths(entries["lengths"], content["quick"]),
            ]
        )
    if "memory" in entries:
        title = "## Memory of backpropagation through time"
        parts.append([title, "", *of_memory(entries["memory"])])
    missing = {
        f"- {name}: {why}"
        for chosen in groups.values()
        for entry in chosen
        for name, why in entry["left_out"].items()
    }
    if missing:
        parts.append(["## Left out", "", *sorted(missing)])
    return "\n".join("\n".join([*part, ""]) for part in parts)


def about(content, method):
    """Lines on machine, versions and method.

    Args:
        content: Dictionary of the JSON file.
        method: String, in which `{rounds}` and sizes may be filled in.
    """
    dates = sorted(entry["date"] for entry in content["entries"].values())
    counts = {e["rounds"] for e in content["entries"].values() if "rounds" in e}
    counts = " or ".join(map(str, sorted(counts))) or "-"
    sizes = [
        entry["sizes"]
        for entry in content["entries"].values()
        if entry.get("kind") == "recurrent" and entry["mode"] != "stream"
    ]
    sizes = sizes[0] if sizes else dict.fromkeys(("batch", "inputs", "units"), "-")
    lines = ["**Tiny sizes: these numbers mean nothing.**", ""] * content["quick"]
    lines += [f"{content['machine']}.", *[f"{dates[0]} to {dates[-1]}."] * bool(dates)]
    lines += ["", *method.format(rounds=counts, **sizes).splitlines()]
    lines += ["", "| backend | what | value |", "|---|---|---|"]
    for backend, values in content["versions"].items():
        lines += [f"| {backend} | {what} | {value} |" for what, value in values.items()]
    return lines


def table(entries, rows):
    """A table with a column a case.

    Args:
        entries: List of entries.
        rows: Dictionary from a row's name to its cells.
    """
    names = [entry["name"] for entry in entries]
    common = f"{entries[0]['layer']} "
    if all(name.startswith(common) for name in names):
        names = [name.removeprefix(common) for name in names]
    lines = ["| | " + " | ".join(names) + " |", "|---|" + "---:|" * len(names)]
    return lines + [f"| {name} | " + " | ".join(rows[name]) + " |" for name in rows]


def contestants(entries):
    """Names of all who take part in some entry, in order."""
    return list(dict.fromkeys(n for entry in entries for n in entry["contestants"]))


def times(entries):
    """A table of milliseconds: contestants down, cases across."""
    return table(
        entries,
        {
            name: [milliseconds(entry["seconds"].get(name)) for entry in entries]
            for name in contestants(entries)
        },
    )


def milliseconds(seconds):
    """Median and quartiles in milliseconds."""
    if not seconds:
        return "-"
    found = rounds.summary(1000 * np.asarray(seconds))
    return "{median:.3g} ({low:.3g}-{high:.3g})".format(**found)


def limits(entries):
    """A table of times over those of the fastest backend's matrix products."""
    rows = {name: [] for name in contestants(entries)}
    rows["limit, GFLOP/s"] = []
    for entry in entries:
        seconds = entry["seconds"]
        products = [name for name in seconds if name.startswith("products")]
        limit = np.median(seconds[rounds.best(seconds, products)]) if products else None
        for name in contestants(entries):
            there = limit and seconds.get(name)
            value = f"{np.median(seconds[name]) / limit:.2f}" if there else "-"
            rows[name].append(value)
        speed = f"{entry['flops'] / limit / 1e9:.3g}" if products else "-"
        rows["limit, GFLOP/s"].append(speed)
    return table(entries, rows)


def compare(entry):
    """Compares our best setting on each backend with the best of each peer.

    Returns:
        List of `(ours, {peer: (theirs, dictionary of rounds.ratio, bound or None)})`,
        one a backend.
    """
    seconds, peer = entry["seconds"], PEERS[entry["kind"]]
    found = []
    for settings in BACKENDS.values():
        ours = rounds.best(seconds, [f"zoo {setting}" for setting in settings])
        theirs = {
            peer: rounds.best(
                seconds,
                [
                    f"{kind} {setting}"
                    for kind in (peer, f"{peer}_unrolled")
                    for setting in settings
                ],
            ),
            "torch": rounds.best(seconds, ["torch"]),
        }
        if ours is not None:
            pairs = {
                key: (
                    name,
                    rounds.ratio(seconds[ours], seconds[name]),
                    ASKED.get((entry["kind"], entry["mode"], key)),
                )
                for key, name in theirs.items()
                if name is not None
            }
            found.append((ours, pairs))
    return found


def ratios(entries, quick=False):
    """A table of ratios: cases and backends down, peers across.

    Args:
        entries: List of entries of one kind.
        quick: Whether to judge nothing, since sizes were tiny.
    """
    peers = (PEERS[entries[0]["kind"]], "torch")
    lines = [
        f"| case | ours | to {peers[0]} | asked | to {peers[1]} | asked |",
        "|---|---|---:|---|---:|---|",
    ]
    for entry in entries:
        for ours, pairs in compare(entry):
            cells = [entry["name"], ours]
            for peer in peers:
                if peer not in pairs:
                    cells += ["-", ""]
                    continue
                name, both, asked = pairs[peer]
                text = "{ratio:.2f} ({low:.2f}-{high:.2f})".format(**both)
                setting = name.removeprefix(peer).strip("_ ")
                cells.append(f"{text} {setting}".strip())
                met = "met" if asked and both["ratio"] <= asked else "**not met**"
                cells.append(f"<= {asked}, {met}" if asked and not quick else "")
            lines.append("| " + " | ".join(cells) + " |")
    return lines


def of_lengths(entry, quick=False):
    """A table of tokens a second, and how the fastest does; quick sizes say nothing."""
    lines = LENGTHS.format(**lengths.SIZES, handful=lengths.HANDFUL).splitlines()
    lines += [
        "",
        "| lengths | batches | tokens/s | padding | ratio | of the best |",
        "|---|---|---:|---:|---:|---:|",
    ]
    verdicts = [""]
    for cut, found in entry["cuts"].items():
        speeds = lengths.speeds(found)
        padded = [
            each["tokens_per_second"]
            for name, each in speeds.items()
            if name.startswith("random order, padded")
        ]
        best = max(speeds, key=lambda name: speeds[name]["tokens_per_second"])
        gain = speeds[best]["tokens_per_second"] / max(padded)
        met = "met" if gain >= FASTER else "**not met**"
        verdicts.append(
            f"{cut}: the fastest is {best}, {gain:.2f} times the best of random order "
            f"(asked: at least {FASTER}, {met})."
        )
        for name, each in speeds.items():
            speed = each["tokens_per_second"]
            of = [f"{speed / other:.2f}" for other in (padded[0], max(padded))]
            lines.append(
                f"| {cut} | {name} | {speed:,.0f} ({each['low']:,.0f}-"
                f"{each['high']:,.0f}) | {each['padding']:.0%} | {of[0]} | {of[1]} |"
            )
        lines += [
            f"| {cut} | {name} | {why} | | | |"
            for name, why in found["left_out"].items()
        ]
    return lines if quick else lines + verdicts


def of_memory(entry):
    """A table of mebibytes: whole texts beside chunks."""
    lines = [
        "Peak memory of training an LSTM, less what the process took before; a process "
        "a row.",
        "",
        "| length | steps a chunk | MiB | seconds |",
        "|---:|---:|---:|---:|",
    ]
    for found in entry["runs"]:
        chunk = "whole" if found["chunk"] == found["length"] else found["chunk"]
        values = found.get("mebibytes", found.get("error")), found.get("seconds", "")
        lines.append(f"| {found['length']} | {chunk} | {values[0]} | {values[1]} |")
    return lines

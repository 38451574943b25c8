"""Writes what `bench.serving` measured as Markdown and as a picture."""

import importlib.util

import numpy as np

from bench import report

WAYS = {"local": "here", "grpc": "over gRPC"}
METHOD = """\
Callers ask one row each, again and again, as soon as they have their answer. Medians of
{rounds} rounds, in which the two ways take turns; memory and visitors are one pass.
`here` is the callers' own process; `over gRPC` asks the tests' stand-in for TF Serving,
in Python, in another process on the same cores: what it adds is the client, the way and
Python's lock in the server, not TF Serving. Pictures have 320 x 240 pixels, reviews 60
to 240 words, sentences to tag 8 to 30, to translate 6 to 16; writers write 20
characters.
"""


def write(content, path):
    """Writes the tables and the picture beside the JSON file.

    Args:
        content: Dictionary of the JSON file.
        path: `pathlib.Path` without its suffix.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    path.with_name(path.name + ".md").write_text(markdown(content), "utf-8")
    if importlib.util.find_spec("matplotlib"):
        picture(content, path.with_name(path.name + ".png"))


def of_group(content, group):
    """Returns the entries of a group, by their names."""
    found = sorted(content["entries"].items())
    return [each for _, each in found if each["group"] == group]


def markdown(content):
    """Returns the report as Markdown text."""
    parts = ["# Under load, measured", "", *report.about(content, METHOD), ""]
    for entry in of_group(content, "callers"):
        parts += [f"## {entry['model']}", "", *callers(entry), ""]
    if found := of_group(content, "batches"):
        parts += ["## Rows a second, by the rows of a call", "", *batches(found), ""]
    if found := of_group(content, "memory"):
        parts += ["## Memory", "", *memory(found), ""]
    if found := of_group(content, "first"):
        parts += ["## The first request", "", *first(found), ""]
    if found := of_group(content, "visitors"):
        parts += ["## Visitors of the demo", "", *visitors(found[0]), ""]
    return "\n".join(parts)


def median(said, key):
    """The median of a figure over the rounds."""
    return float(np.median([each[key] for each in said]))


def digits(value):
    """Spells a figure with three digits, or all before the point."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def callers(entry):
    """A table of a model: numbers of callers down, both ways across."""
    heads = ["requests/s", "p50, ms", "p99, ms"]
    keys = ["requests_per_second", "p50_ms", "p99_ms"]
    lines = [
        "| callers | "
        + " | ".join(f"{head} {way}" for way in WAYS.values() for head in heads)
        + " |",
        "|---:|" + "---:|" * len(WAYS) * len(heads),
    ]
    for count in entry["pressed"]["local"]:
        cells = [
            digits(median(entry["pressed"][way][count], key))
            for way in WAYS
            for key in keys
        ]
        lines.append(f"| {count} | " + " | ".join(cells) + " |")
    peaks = ", ".join(f"{entry['peak'][way]:.0f} MiB {WAYS[way]}" for way in WAYS)
    return [*lines, "", f"Peak memory of the process that holds the model: {peaks}."]


def batches(entries):
    """A table of rows a second: models down, rows a call across."""
    counts = list(entries[0]["rows_per_second"])
    lines = [
        "| model | " + " | ".join(counts) + " |",
        "|---|" + "---:|" * len(counts),
    ]
    for entry in entries:
        found = entry["rows_per_second"]
        cells = [digits(float(np.median(found[count]))) for count in counts]
        lines.append(f"| {entry['model']} | " + " | ".join(cells) + " |")
    return lines


def slope(entry, key, first=0):
    """How memory grows with the requests: a least-squares line.

    Args:
        entry: Dictionary of `bench.serving.endured`.
        key: `"mebibytes"` in RAM, or those `"allocated"`.
        first: Integer, the first sample that counts.

    Returns:
        Pair of kibibytes a request, and of its standard error, as if the samples were
        independent.
    """
    x = np.array(entry["requests"][first:], float)
    y = np.array(entry[key][first:], float) * 1024  # NaN where it was not said
    if len(x) < 3:
        return float("nan"), float("nan")
    (found, _), covariance = np.polyfit(x, y, 1, cov=True)
    return float(found), float(np.sqrt(covariance[0, 0]))


def memory(entries):
    """A table of memory over mixed requests: ways down."""
    lines = [
        "Mixed requests of all models, one to three rows, four callers; one in 20 of",
        "those to a captioner, translator or writer must be refused, and was. Of the",
        "process that holds the models: memory in RAM, and what `malloc` handed out",
        "and has not got back, which is what a leak would make grow. Mebibytes, and",
        "slopes in KiB a request with their standard errors.",
        "",
        "| | | requests | refused | least | most | at the end | slope | of the second "
        "half |",
        "|---|---|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for entry in entries:
        half = len(entry["requests"]) // 2
        head = [f"{entry['requests'][-1]:,}", str(entry["refused"])]
        for key, what in (("mebibytes", "in RAM"), ("allocated", "handed out")):
            found = entry[key]
            sizes = [f"{size:,.0f}" for size in (min(found), max(found), found[-1])]
            slopes = [slope(entry, key, begin) for begin in (0, half)]
            cells = head + sizes + [f"{up:z.1f} ± {error:.1f}" for up, error in slopes]
            lines.append(
                f"| {WAYS[entry['way']]} | {what} | " + " | ".join(cells) + " |"
            )
    return lines


def first(entries):
    """A table of the first requests: models down."""
    lines = [
        "In TensorFlow's C++ loader, in a new process without Python each time;",
        "medians of the rounds, in milliseconds. The warm-up is one request to each",
        "signature, which TF Serving makes before it lets a version answer. A process",
        "of one model also pays for TensorFlow's own start; a server does so once.",
        "",
        "| model | to open it | first request | second | warm-up | first request after "
        "it |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for entry in entries:
        keys = ("open", "first", "second", "warming", "warmed")
        cells = [digits(1000 * float(np.median(entry["seconds"][key]))) for key in keys]
        lines.append(f"| {entry['model']} | " + " | ".join(cells) + " |")
    return lines


def visitors(entry):
    """A table of the demo's memory: visitors across."""
    counts = range(len(entry["mebibytes"]))
    mebibytes = [f"{each:,.0f}" for each in entry["mebibytes"]]
    seconds = ["", *(f"{each:.1f}" for each in entry["seconds"])]
    return [
        f"On the page `/{entry['page']}`, one after another, each in a browser context",
        "of its own and with a sentence of its own; who came stays. Resident memory of",
        "the demo's process: before anybody came it has not even imported TensorFlow,",
        "and the first one's page opens all models, once. Seconds, of this one pass,",
        f"from the sentence's sending to {entry['models']} translations and a map of",
        "attention, painted.",
        "",
        "| visitors | " + " | ".join(map(str, counts)) + " |",
        "|---|" + "---:|" * len(counts),
        "| MiB | " + " | ".join(mebibytes) + " |",
        "| seconds | " + " | ".join(seconds) + " |",
    ]


def picture(content, path):
    """Draws throughput and the 99th percentile over callers, and memory.

    Args:
        content: Dictionary of the JSON file.
        path: `pathlib.Path` of the PNG file.
    """
    import matplotlib

    matplotlib.use("agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(1, 3, figsize=(13, 4))
    figures = (
        ("requests_per_second", "requests a second"),
        ("p99_ms", "99th percentile, ms"),
    )
    for axis, (key, title) in zip(axes, figures, strict=False):
        for number, entry in enumerate(of_group(content, "callers")):
            for way, style in (("local", "-"), ("grpc", "--")):
                found = entry["pressed"][way]
                axis.plot(
                    [int(count) for count in found],
                    [median(said, key) for said in found.values()],
                    style,
                    color=f"C{number}",
                    label=entry["model"] if way == "local" else None,
                )
        axis.set_xscale("log", base=2)
        axis.set_yscale("log")
        axis.set_xlabel("callers (dashed: over gRPC)")
        axis.set_title(title, fontsize=10)
    axes[1].legend(fontsize=7)
    for entry in of_group(content, "memory"):
        way = WAYS[entry["way"]]
        (line,) = axes[2].plot(entry["requests"], entry["mebibytes"], label=way)
        axes[2].plot(entry["requests"], entry["allocated"], ":", color=line.get_color())
    axes[2].set_ylim(0, 1.1 * axes[2].get_ylim()[1])
    axes[2].set_xlabel("mixed requests (dotted: handed out by malloc)")
    axes[2].set_title("memory in RAM, MiB", fontsize=10)
    axes[2].legend(fontsize=7)
    figure.suptitle(content["machine"], fontsize=9)
    figure.tight_layout()
    figure.savefig(path, dpi=80)
    pyplot.close(figure)

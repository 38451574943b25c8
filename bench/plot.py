"""The picture of a run: one small panel a case, one dot a contestant."""

import math

from bench import rounds

COLOURS = {"zoo": "#d1495b", "products": "#9a9a9a"}
OTHERS = "#30638e"


def write(entries, machine, path):
    """Draws medians and quartiles of all contestants.

    Args:
        entries: List of entries with `seconds`; see `bench.layers.measure`.
        machine: String, for the title.
        path: `pathlib.Path` of the PNG file.
    """
    import matplotlib

    matplotlib.use("agg")
    from matplotlib import pyplot

    across = min(4, len(entries))
    down = math.ceil(len(entries) / across)
    figure, axes = pyplot.subplots(
        down, across, figsize=(4.2 * across, 2.5 * down), squeeze=False
    )
    for axis in axes.flat[len(entries) :]:
        axis.set_axis_off()
    for axis, entry in zip(axes.flat, entries, strict=False):
        panel(axis, entry)
    figure.suptitle(f"Milliseconds a call, median and quartiles. {machine}")
    figure.tight_layout()
    figure.savefig(path, dpi=80)
    pyplot.close(figure)


def panel(axis, entry):
    """Draws one case: a row a contestant, the first at the top."""
    names = [name for name in entry["contestants"] if entry["seconds"].get(name)]
    for place, name in enumerate(reversed(names)):
        found = rounds.summary([1000 * value for value in entry["seconds"][name]])
        colour = COLOURS.get(name.split()[0], OTHERS)
        axis.plot([found["low"], found["high"]], [place, place], color=colour)
        axis.plot(found["median"], place, "o", color=colour, markersize=5)
    axis.set_yticks(range(len(names)), names[::-1], fontsize=7)
    axis.set_xlim(left=0)
    axis.tick_params(axis="x", labelsize=7)
    axis.set_title(entry["name"], fontsize=9)
    axis.grid(axis="x", linewidth=0.3)

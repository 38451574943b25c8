"""How long an artefact takes: the median of repeated calls."""

import itertools
import statistics
import time

REPEATS = 9  # calls timed


def milliseconds(call, rows, batches=(1, 32), repeats=REPEATS, digits=2):
    """Times calls of an artefact, in ms a row.

    Args:
        call: Function of a list of rows.
        rows: List, at least one; fewer than a batch are repeated.
        batches: Sizes of batch.
        repeats: Integer, calls timed of each size; one before them warms up.
        digits: Decimal places.

    Returns:
        Dictionary from batch size, a string as JSON has it, to milliseconds.
    """
    table = {}
    for batch in batches:
        seconds = []
        endless = itertools.cycle(rows)
        for _ in range(repeats + 1):
            chosen = list(itertools.islice(endless, batch))
            started = time.perf_counter()
            call(chosen)
            seconds.append(time.perf_counter() - started)
        median = statistics.median(seconds[1:])
        table[str(batch)] = round(1000 * median / batch, digits)
    return table


def of_beams(client, rows):
    """Times the `beam` of a client, in ms a row.

    Args:
        client: A `zoo.gallery` client with a `beam` that takes a width.
        rows: As for `milliseconds`.

    Returns:
        Dictionary from decoding (`greedy`, `beam5`) to what `milliseconds` returns.
    """
    return {
        label: milliseconds(
            lambda chosen, width=width: client.beam(chosen, width=width),
            rows,
            digits=1,
        )
        for label, width in [("greedy", 1), ("beam5", 5)]
    }

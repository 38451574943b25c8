"""Measures the layers beside Keras's, KerasHub's and PyTorch's: make bench-layers.

    python -m bench.layers                    everything, on the processor
    python -m bench.layers --only lstm gru    some groups
    python -m bench.layers --gpu              JAX and PyTorch on a GPU
    python -m bench.layers --quick            tiny sizes: does everything run?

Each backend is a process of its own (`bench.worker`) that holds its contestants
compiled and warm; this process asks one at a time to work, in rounds (`bench.rounds`).
A run that was stopped goes on with what is missing; --again measures anew.
"""

from bench import cases, lengths, memory, report
from bench.measuring import (
    LEAST,
    SEED,
    Results,
    facts,
    folder_of,
    measure,
    parser_of,
)
from bench.workers import Workers

CPU_GROUPS = (*cases.RECURRENT, "stream", "transformer", "embedding")
OTHER_GROUPS = ("lengths", "memory")


def jobs(workers, arguments):
    """Yields `(group, name, function that measures)` of everything there is."""
    least = 0.0 if arguments.quick else LEAST
    for case in cases.cases(arguments.quick, arguments.gpu):

        def of_case(case=case):
            return measure(workers, case, arguments.rounds, least)

        yield case.group, case.name, of_case

    def of_lengths():
        worker = workers["tensorflow"]
        return {
            "cuts": lengths.measure(worker, arguments.rounds, SEED, arguments.quick)
        }

    if not arguments.gpu:
        yield "lengths", "lengths", of_lengths
        yield "memory", "memory", lambda: {"runs": memory.measure(arguments.quick)}


def main(given=None):
    """Reads the command line, measures what is missing, writes the report."""
    parser = parser_of(__doc__)
    groups = [*CPU_GROUPS, *OTHER_GROUPS]
    parser.add_argument("--only", nargs="+", choices=groups, default=groups)
    parser.add_argument("--gpu", action="store_true", help="JAX and PyTorch on a GPU")
    arguments = parser.parse_args(given)
    folder = folder_of(arguments)
    name = "layers-gpu" if arguments.gpu else "layers-cpu"
    if arguments.quick:
        name += "-quick"
    with Workers(arguments.gpu) as workers:
        backends = ("jax", "torch") if arguments.gpu else ("tensorflow", "jax", "torch")
        about = facts(workers, backends, arguments.gpu)
        about["quick"] = arguments.quick
        results = Results(folder / f"{name}.json", about)
        wanted = [
            (entry, work)
            for group, entry, work in jobs(workers, arguments)
            if group in arguments.only
        ]
        results.fill(wanted, workers, arguments.again)
    report.write(results.content, folder / name)


if __name__ == "__main__":
    main()

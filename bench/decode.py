"""Measures the decoding of translators beside their peers': make bench-decode.

    python -m bench.decode                    everything
    python -m bench.decode --quick            few short rows: does everything run?

All of one size: the Transformer recipe's, with random weights, from sources of equal
length to translations of equal length. Who takes part:

    zoo                      our SavedModel's `beam`, raw text in and out
    zoo_lstm_attention       that of the LSTM with attention
    recomputing              our Transformer and search without a cache
    keras_hub                KerasHub's blocks, cache and samplers, with XLA and without
    ctranslate2, ..._int8    our weights in CTranslate2's C++

A run that was stopped goes on with what is missing; --again measures anew.
"""

from bench import decode_report
from bench.cases import Case, Contestant
from bench.measuring import LEAST, Results, facts, folder_of, measure, parser_of
from bench.workers import Workers

FULL = {
    "beams": (1, 5),
    "batches": (1, 64),
    "written": 32,
    "lengths": (16, 32, 64, 128, 256),
    "batch": 16,
}
QUICK = {
    "beams": (1, 2),
    "batches": (1, 2),
    "written": 16,
    "lengths": (12, 14),
    "batch": 2,
}
BACKENDS = ("tensorflow", "ctranslate2")
OURS = (
    Contestant("zoo", "tensorflow"),
    Contestant("zoo_lstm_attention", "tensorflow"),
)
PEERS = (
    Contestant("recomputing", "tensorflow"),
    Contestant("keras_hub", "tensorflow"),
    Contestant("keras_hub", "tensorflow", xla=True),
    Contestant("ctranslate2", "ctranslate2"),
    Contestant("ctranslate2_int8", "ctranslate2"),
)


def cases(quick=False):
    """Lists the cases in which peers take part, and those of our lengths.

    Args:
        quick: Whether to take the tiny sizes.
    """
    sizes = QUICK if quick else FULL
    peers = [
        case_of("peers", beam, batch, sizes["written"], OURS + PEERS)
        for beam in sizes["beams"]
        for batch in sizes["batches"]
    ]
    lengths = [
        case_of("lengths", beam, sizes["batch"], length, OURS)
        for beam in sizes["beams"]
        for length in sizes["lengths"]
    ]
    return peers + lengths


def case_of(group, beam, batch, length, contestants):
    """Makes a case of some rows, hypotheses and pieces written."""
    search = "greedy" if beam == 1 else f"beam {beam}"
    sizes = {"beam": beam, "batch": batch, "length": length}
    return Case(
        group, "decode", "translation", f"{search} B={batch}", sizes, contestants
    )


def main(given=None):
    """Reads the command line, measures what is missing, writes the report."""
    arguments = parser_of(__doc__).parse_args(given)
    folder = folder_of(arguments)
    name = "decode-cpu-quick" if arguments.quick else "decode-cpu"
    least = 0.0 if arguments.quick else LEAST
    with Workers() as workers:
        about = {**facts(workers, BACKENDS), "quick": arguments.quick}
        results = Results(folder / f"{name}.json", about)
        jobs = [
            (
                case.name,
                lambda case=case: measure(workers, case, arguments.rounds, least),
            )
            for case in cases(arguments.quick)
        ]
        results.fill(jobs, workers, arguments.again)
    decode_report.write(results.content, folder / name)


if __name__ == "__main__":
    main()

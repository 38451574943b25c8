"""What is measured: sizes, and who takes part."""

import dataclasses

RECURRENT = {"simple_rnn": "SimpleRNN", "lstm": "LSTM", "gru": "GRU"}
GATES = {"SimpleRNN": 1, "LSTM": 4, "GRU": 3}
MODES = ("train", "infer")
COUNTED = ("recurrent", "transformer")  # kinds whose products are counted
# Sizes of a real run, and of one that only shows that everything works.
FULL = {
    "lengths": (64, 256),
    "recurrent": {"batch": 64, "inputs": 128, "units": 256},
    "transformer": {"batch": 64, "width": 256, "heads": 8, "feed_forward": 1024},
    "embedding": {"batch": 64, "length": 64, "vocabulary": 10_000, "width": 128},
}
QUICK = {
    "lengths": (3, 5),
    "recurrent": {"batch": 2, "inputs": 3, "units": 4},
    "transformer": {"batch": 2, "width": 8, "heads": 2, "feed_forward": 16},
    "embedding": {"batch": 2, "length": 3, "vocabulary": 11, "width": 4},
}


@dataclasses.dataclass(frozen=True)
class Contestant:
    """One way of doing the work of a case.

    Attributes:
        maker: Whose layer: `zoo`, `keras`, `keras_hub`, `torch`; `products` are the
            matrix products of the same work and nothing else; `keras_unrolled` is
            Keras's recurrent layer with `unroll=True`; `lookup` and `one_hot` are the
            two ways of embedding. Whose search: see `bench.decode`.
        backend: What computes it, in a process of its own: `tensorflow`, `jax`,
            `torch`, `ctranslate2`.
        xla: Whether TensorFlow compiles it with XLA (JAX always does).
    """

    maker: str
    backend: str
    xla: bool = False

    @property
    def name(self):
        """Name in results, for example `zoo tensorflow XLA`."""
        words = [self.maker, self.backend if self.backend != self.maker else ""]
        return " ".join(filter(None, [*words, "XLA" if self.xla else ""]))


@dataclasses.dataclass(frozen=True)
class Case:
    """One piece of work that all contestants do.

    Attributes:
        group: Name by which `--only` chooses it.
        kind: `recurrent`, `transformer`, `embedding` or `decode`.
        layer: Name of the layer's class; what is done, where none is named.
        mode: `train` (forward, gradients of weights and inputs, Adam), `infer`
            (forward) or `stream` (one step of one row, the state handed on); how it
            decodes.
        sizes: Dictionary of integers; see `FULL`.
        contestants: Who takes part.
    """

    group: str
    kind: str
    layer: str
    mode: str
    sizes: dict
    contestants: tuple

    @property
    def name(self):
        """Name in results, for example `LSTM train T=64`."""
        return f"{self.layer} {self.mode} T={self.sizes['length']}"

    def asdict(self):
        """Returns the case as JSON has it."""
        return {
            "name": self.name,
            **{key: getattr(self, key) for key in ("group", "kind", "layer", "mode")},
            "sizes": dict(self.sizes),
            "contestants": [contestant.name for contestant in self.contestants],
            "flops": flops(products(self)) if self.kind in COUNTED else None,
        }


def cases(quick=False, gpu=False):
    """Lists all cases.

    Args:
        quick: Whether to take the tiny sizes.
        gpu: Whether JAX and PyTorch alone take part, on a GPU.
    """
    sizes = QUICK if quick else FULL
    both = sizes["lengths"]
    made = []
    for group, layer in RECURRENT.items():
        for mode in MODES:
            for length in both:
                given = {**sizes["recurrent"], "length": length}
                taking_part = who("keras", gpu)
                if length == both[0] and not gpu:  # longer graphs take minutes to make
                    taking_part += (Contestant("keras_unrolled", "tensorflow"),)
                made.append(Case(group, "recurrent", layer, mode, given, taking_part))
    for layer in RECURRENT.values():
        given = {**sizes["recurrent"], "batch": 1, "length": 1}
        made.append(
            Case("stream", "recurrent", layer, "stream", given, who("keras", gpu))
        )
    for length in both:
        given = {**sizes["transformer"], "length": length}
        block = ("transformer", "transformer", "TransformerEncoderLayer", "train")
        made.append(Case(*block, given, who("keras_hub", gpu)))
    ways = [
        Contestant(maker, backend)
        for backend in (("jax",) if gpu else ("tensorflow", "jax"))
        for maker in ("lookup", "one_hot")
    ]
    for mode in MODES:
        given = sizes["embedding"]
        made.append(
            Case("embedding", "embedding", "Embedding", mode, given, tuple(ways))
        )
    return made


def who(peer, gpu):
    """Contestants: ours and a Keras peer's layer on each backend, and PyTorch's."""
    backends = [("jax", False)]
    if not gpu:
        backends += [("tensorflow", False), ("tensorflow", True)]
    found = [
        Contestant(maker, backend, xla)
        for backend, xla in backends
        for maker in ("zoo", peer)
    ]
    found.append(Contestant("torch", "torch"))
    limits = {backend: None for backend, _ in [*backends, ("torch", False)]}
    return (*found, *(Contestant("products", backend) for backend in limits))


def products(case):
    """The matrix products of a case: list of `(batch, rows, shared, columns)`.

    The recurrent products of all time steps count as one: that is what a machine could
    do if a step did not have to wait for the one before. Training takes each product
    three times: once forward, once for the gradient of either factor.
    """
    sizes = case.sizes
    rows = sizes["batch"] * sizes["length"]
    if case.kind == "recurrent":
        columns = GATES[case.layer] * sizes["units"]
        forward = [(1, rows, sizes[side], columns) for side in ("inputs", "units")]
    else:
        width, inner = sizes["width"], sizes["feed_forward"]
        pairs = sizes["batch"] * sizes["heads"]
        length, part = sizes["length"], width // sizes["heads"]
        forward = [(1, rows, width, width)] * 4  # queries, keys, values, output
        forward += [(pairs, length, part, length), (pairs, length, length, part)]
        forward += [(1, rows, width, inner), (1, rows, inner, width)]
    if case.mode != "train":
        return forward
    backward = [(b, m, n, k) for b, m, k, n in forward]
    return forward + backward + [(b, k, m, n) for b, m, k, n in forward]


def flops(of_products):
    """Floating-point operations of products: a multiplication and an addition each."""
    return 2 * sum(b * m * k * n for b, m, k, n in of_products)

"""What the heads are put together from: encoders and decoders by kind.

Every encoder is called as `encoder(inputs [B, S, D], mask [B, S], training)` and
returns a `Memory`. Every decoder has `project(memory)`, `initial_state(batch, length,
memory)` and `call(inputs [B, T, D], memory, state, training)`; `memory` is None for a
language model. A head knows no more of them than that.
"""

import keras

from zoo.layers.convolution import ConvolutionDecoder, ConvolutionEncoder
from zoo.layers.recurrent_decoder import RecurrentDecoder
from zoo.layers.recurrent_encoder import RecurrentEncoder
from zoo.layers.transformer_decoder import TransformerDecoder
from zoo.layers.transformer_encoder import TransformerEncoder
from zoo.layers.window import WindowDecoder, WindowEncoder


def _recurrent_encoder(width, **options):
    """Makes a `RecurrentEncoder`, whose width is that of its units."""
    return RecurrentEncoder(**options)


ENCODERS = {
    "recurrent": _recurrent_encoder,
    "transformer": TransformerEncoder,
    "window": WindowEncoder,
    "convolution": ConvolutionEncoder,
}
DECODERS = {
    "recurrent": RecurrentDecoder,
    "transformer": TransformerDecoder,
    "window": WindowDecoder,
    "convolution": ConvolutionDecoder,
}
# What turns a decoder into a language model, which has no memory to read.
WITHOUT_MEMORY = {
    "recurrent": {"summary_enters": None},
    "transformer": {"cross_attention": False},
    "window": {"summary_enters": None},
    "convolution": {"summary_enters": None},
}


def make(kinds, argument, options, width, dtype, **more):
    """Makes an encoder or a decoder from a head's options.

    Args:
        kinds: `ENCODERS` or `DECODERS`.
        argument: The head's argument, for the error and the name of the part.
        options: Dictionary of the part's options; `kind` is a key of `kinds`.
        width: Positive integer D, of the vectors that the part reads.
        dtype: The head's dtype policy.
        **more: Options that the head decides.

    Returns:
        The layer.

    Raises:
        ValueError: The part is of no known kind.
    """
    kind = options.get("kind") if isinstance(options, dict) else None
    if kind not in kinds:
        raise ValueError(
            f"`{argument}` must have a `kind` among {tuple(kinds)}. "
            f"Received: {argument}={options}"
        )
    rest = {key: value for key, value in options.items() if key != "kind"}
    return kinds[kind](width=width, dtype=dtype, name=argument, **{**rest, **more})


def output_width(encoder, width):
    """Returns the width of a memory's vectors: the encoder's own, or the inputs'."""
    return getattr(encoder, "output_width", width)


def memory_width(decoder, width):
    """Returns the width of a memory that a decoder reads: its own, or the inputs'."""
    return getattr(decoder, "memory_width", width)


def make_embedding(vocabulary_size, width, dtype, name="embedding"):
    """Makes an embedding whose rows have length about 1, fit to be the output's too.

    Args:
        vocabulary_size: Positive integer V.
        width: Positive integer D.
        dtype: The head's dtype policy.
        name: Name of the layer.
    """
    return keras.layers.Embedding(
        vocabulary_size,
        width,
        embeddings_initializer=keras.initializers.RandomNormal(stddev=width**-0.5),
        dtype=dtype,
        name=name,
    )

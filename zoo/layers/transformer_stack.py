"""What the Transformer's encoder and decoder share: positions and a stack of layers."""

import math

import keras
from keras import ops

from zoo.layers.checks import check_choice, check_sizes
from zoo.layers.positions import PositionEmbedding, SinePositionEncoding
from zoo.layers.transformer_block import check_heads

POSITIONS = ("sinusoidal", "learned", "rotary", None)


class TransformerStack(keras.layers.Layer):
    """Base of `TransformerEncoder` and `TransformerDecoder`.

        hidden = layer_L( ... layer_1(inputs * sqrt(D) + positions))

    with one more norm at the end of a pre-norm stack. The factor is section 3.4's: it
    brings embeddings of variance 1 / D to the size of the positions.

    Args:
        num_layers: Positive integer L; 6 in the paper.
        width: Positive integer D, of inputs and outputs; 512 in the paper.
        num_heads: Positive integer H, divides D; 8 in the paper.
        intermediate_dim: Positive integer, width of the feed-forward networks; 2048 in
            the paper.
        dropout: Float in [0, 1), on each residual branch. Dropout on the embeddings
            is left to whoever makes them.
        activation: Keras activation of the feed-forward networks.
        layer_norm_epsilon: Positive float, added to the variance.
        normalize_first: True for pre-norm, which a deep stack learns with more
            easily; False for post-norm, as in the paper.
        positions: `"sinusoidal"` or `"learned"` are added to the inputs, `"rotary"`
            ones turn queries and keys of self-attention; None for a set without order.
        sequence_length: Positive integer, rows of the table of `"learned"` positions,
            the most places there can be; None for the other kinds, which have no end.
        max_wavelength: Positive number, for `"sinusoidal"` and `"rotary"`.

    Raises:
        ValueError: An option is out of its range or not one of those listed; D is no
            multiple of `num_heads`; D is odd and `positions` are sinusoidal, or D / H
            is odd and they are rotary; `sequence_length` is not given for learned
            positions, or given for others.

    Reference:
        Vaswani et al. 2017, "Attention Is All You Need", sections 3.1, 3.4 and 3.5.
    """

    def __init__(
        self,
        num_layers,
        width,
        num_heads,
        intermediate_dim,
        dropout=0.0,
        activation="relu",
        layer_norm_epsilon=1e-6,
        normalize_first=False,
        positions="sinusoidal",
        sequence_length=None,
        max_wavelength=10000,
        **kwargs,
    ):
        super().__init__(**kwargs)
        check_sizes(num_layers=num_layers, width=width, num_heads=num_heads)
        _check_positions(positions, sequence_length, width, num_heads)
        check_heads(width, num_heads)
        self.num_layers = num_layers
        self.width = width
        self.num_heads = num_heads
        self.intermediate_dim = intermediate_dim
        self.dropout = dropout
        self.activation = keras.activations.get(activation)
        self.layer_norm_epsilon = layer_norm_epsilon
        self.normalize_first = normalize_first
        self.positions = positions
        self.sequence_length = sequence_length
        self.max_wavelength = max_wavelength

    def _make_parts(self, block, **options):
        """Makes the layers, the last norm and the positions that are added."""
        dtype = self.dtype_policy
        self.stack = [
            block(
                self.intermediate_dim,
                self.num_heads,
                dropout=self.dropout,
                activation=self.activation,
                layer_norm_epsilon=self.layer_norm_epsilon,
                normalize_first=self.normalize_first,
                rotary=self.positions == "rotary",
                max_wavelength=self.max_wavelength,
                dtype=dtype,
                name=f"layer_{index}",
                **options,
            )
            for index in range(self.num_layers)
        ]
        self.norm = self.places = None
        if self.normalize_first:
            self.norm = keras.layers.LayerNormalization(
                epsilon=self.layer_norm_epsilon, dtype=dtype, name="norm"
            )
        if self.positions == "sinusoidal":
            # Sines first: the paper's columns in another order, which makes no
            # difference to weights that are learned, and the one that is shipped.
            self.places = SinePositionEncoding(
                self.max_wavelength, interleaved=False, dtype=dtype, name="positions"
            )
        if self.positions == "learned":
            self.places = PositionEmbedding(
                self.sequence_length, dtype=dtype, name="positions"
            )

    def _build_parts(self):
        """Makes the weights of the parts."""
        vectors = (None, None, self.width)
        for part in [*self.stack, self.norm, self.places]:
            if part is not None:
                part.build(vectors)

    def place(self, inputs, steps=None):
        """Scales the inputs `[B, T, D]` and adds their positions, given as `steps`."""
        hidden = inputs * math.sqrt(self.width)
        if self.places is None:
            return hidden
        return hidden + ops.cast(self.places(inputs, positions=steps), hidden.dtype)

    def finish(self, hidden):
        """Normalises what a pre-norm stack gives, `[B, T, D]`."""
        return self.norm(hidden) if self.norm else hidden

    def get_config(self):
        """Returns the arguments."""
        return {
            **super().get_config(),
            "num_layers": self.num_layers,
            "width": self.width,
            "num_heads": self.num_heads,
            "intermediate_dim": self.intermediate_dim,
            "dropout": self.dropout,
            "activation": keras.activations.serialize(self.activation),
            "layer_norm_epsilon": self.layer_norm_epsilon,
            "normalize_first": self.normalize_first,
            "positions": self.positions,
            "sequence_length": self.sequence_length,
            "max_wavelength": self.max_wavelength,
        }


def _check_positions(positions, sequence_length, width, num_heads):
    """Raises ValueError where positions do not go with the other options."""
    check_choice("positions", positions, POSITIONS)
    if (positions == "learned") != (sequence_length is not None):
        raise ValueError(
            "`sequence_length` must be given for learned positions and for no others. "
            f"Received: sequence_length={sequence_length}, positions={positions!r}"
        )
    if positions == "sinusoidal" and width % 2:
        raise ValueError(
            "`width` must be even, half of it for sines and half for cosines. "
            f"Received: width={width}"
        )
    if positions == "rotary" and width // num_heads % 2:
        raise ValueError(
            "`width` / `num_heads` must be even for rotary positions, which turn "
            f"pairs of numbers. Received: width={width}, num_heads={num_heads}"
        )

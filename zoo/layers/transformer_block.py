"""What every Transformer layer is made of: residuals, normalisation, feed-forward."""

import keras

from zoo.layers.checks import check_rates, check_sizes
from zoo.layers.dense import Dense
from zoo.layers.multi_head_attention import MultiHeadAttention


class TransformerBlock(keras.layers.Layer):
    """Base of the encoder's and the decoder's layer: sub-layers in residual branches.

        post-norm (the paper):  hidden = norm(hidden + dropout(branch(hidden)))
        pre-norm:               hidden = hidden + dropout(branch(norm(hidden)))

        feed_forward(x) = activation(x W_1 + b_1) W_2 + b_2, alike at every place
        norm(x)         = (x - mean) / sqrt(variance + epsilon) * gamma + beta,
                          mean and variance over the numbers of one place

    The residual lets the gradient by, whatever the branch does. Pre-norm leaves nothing
    but sums on that way, and trains without a long warm-up; a stack of such layers ends
    in a norm of its own.

    Args:
        intermediate_dim: Positive integer, width of the feed-forward network.
        num_heads: Positive integer H; divides the width D of the inputs.
        dropout: Float in [0, 1), on each branch before it is added.
        activation: Keras activation of the feed-forward network.
        layer_norm_epsilon: Positive float, added to the variance.
        normalize_first: True for pre-norm, False for post-norm.
        rotary: Whether self-attention has rotary positions.
        max_wavelength: Positive number, the rotary positions' largest wavelength.

    Raises:
        ValueError: A size or a rate is out of its range, or D is no multiple of
            `num_heads`.

    Reference:
        Vaswani et al. 2017, sections 3.1, 3.3 and 5.4; pre-norm from Xiong et al.
        2020, "On Layer Normalization in the Transformer Architecture"; Ba et al.
        2016, "Layer Normalization".
    """

    def __init__(
        self,
        intermediate_dim,
        num_heads,
        dropout=0.0,
        activation="relu",
        layer_norm_epsilon=1e-6,
        normalize_first=False,
        rotary=False,
        max_wavelength=10000,
        **kwargs,
    ):
        super().__init__(**kwargs)
        check_sizes(intermediate_dim=intermediate_dim, num_heads=num_heads)
        check_rates(dropout=dropout)
        self.intermediate_dim = intermediate_dim
        self.num_heads = num_heads
        self.dropout = dropout
        self.activation = keras.activations.get(activation)
        self.layer_norm_epsilon = layer_norm_epsilon
        self.normalize_first = normalize_first
        self.rotary = rotary
        self.max_wavelength = max_wavelength

    def _make_attention(self, width, name, kind=MultiHeadAttention, **options):
        """Makes an attention layer with heads of `width` / H."""
        check_heads(width, self.num_heads)
        return kind(
            num_heads=self.num_heads,
            key_dim=width // self.num_heads,
            max_wavelength=self.max_wavelength,
            dtype=self.dtype_policy,
            name=name,
            **options,
        )

    def _build_rest(self, width, branches):
        """Makes the feed-forward network and a norm for each residual branch."""
        dtype = self.dtype_policy
        self.widen = Dense(
            self.intermediate_dim, activation=self.activation, dtype=dtype, name="widen"
        )
        self.narrow = Dense(width, dtype=dtype, name="narrow")
        self.norms = [
            keras.layers.LayerNormalization(
                epsilon=self.layer_norm_epsilon, dtype=dtype, name=f"norm_{index}"
            )
            for index in range(branches)
        ]
        self.drop = keras.layers.Dropout(self.dropout, dtype=dtype)
        self.widen.build((None, None, width))
        self.narrow.build((None, None, self.intermediate_dim))
        for norm in self.norms:
            norm.build((None, None, width))

    def enter(self, index, hidden):
        """Returns what residual branch number `index` reads, `[B, T, D]`."""
        return self.norms[index](hidden) if self.normalize_first else hidden

    def leave(self, index, hidden, branch, training=None):
        """Adds what the branch gave, `[B, T, D]`, to what went past it."""
        hidden = hidden + self.drop(branch, training=training)
        return hidden if self.normalize_first else self.norms[index](hidden)

    def feed_forward(self, hidden):
        """Widens and narrows every place alike, `[B, T, D]` to `[B, T, D]`."""
        return self.narrow(self.widen(hidden))

    def get_config(self):
        """Returns the arguments."""
        return {
            **super().get_config(),
            "intermediate_dim": self.intermediate_dim,
            "num_heads": self.num_heads,
            "dropout": self.dropout,
            "activation": keras.activations.serialize(self.activation),
            "layer_norm_epsilon": self.layer_norm_epsilon,
            "normalize_first": self.normalize_first,
            "rotary": self.rotary,
            "max_wavelength": self.max_wavelength,
        }


def check_heads(width, num_heads):
    """Raises ValueError where heads do not divide the width."""
    if width % num_heads:
        raise ValueError(
            "`width` must be a positive multiple of `num_heads`. "
            f"Received: width={width}, num_heads={num_heads}"
        )

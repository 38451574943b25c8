"""Temporal convolutional network: stacked causal convolutions with growing gaps.

A convolution of kernel size k sees k steps; with a dilation d it takes every d-th, so
that it reaches (k - 1) d steps back at the same cost:

    output_t = x_t W_(k-1) + x_(t-d) W_(k-2) + ... + x_(t-(k-1)d) W_0 + bias

Residual blocks with d = 1, 2, 4, ... double the reach at each block. No step waits for
the one before it, and L blocks see on the order of 2^L steps: between any two of T
steps lie O(log T) layers, where a recurrent network takes O(T) steps in turn.
"""

import keras
from keras import ops

from zoo.layers.checks import check_sizes
from zoo.layers.memory import Memory
from zoo.layers.places import last_real, mean_real, real_places
from zoo.layers.residual_convolution import ResidualConvolution
from zoo.layers.window import check_summary_enters, project_summary, share_of_summary


class ConvolutionStack(keras.layers.Layer):
    """What encoder and decoder share: the blocks, and a linear layer after them.

    Args:
        filters: Positive integer F, width of the blocks.
        width: Positive integer D, width of inputs and outputs.
        num_layers: Positive integer L, number of blocks; block l has dilation 2^l, l
            from 0 to L - 1.
        kernel_size: Positive integer k.
        dropout: Float in [0, 1), dropout of whole channels after each convolution.
        weight_norm: Whether the convolutions' weights are normalised, as in the paper.
    """

    padding = "causal"

    def __init__(
        self,
        filters,
        width,
        num_layers,
        kernel_size=3,
        dropout=0.0,
        weight_norm=True,
        **kwargs,
    ):
        super().__init__(**kwargs)
        check_sizes(filters=filters, width=width, num_layers=num_layers)
        self.filters = filters
        self.width = width
        self.num_layers = num_layers
        self.kernel_size = kernel_size
        self.dropout = dropout
        self.weight_norm = weight_norm
        self.blocks = [
            ResidualConvolution(
                filters,
                kernel_size,
                2**index,
                self.padding,
                dropout,
                weight_norm,
                dtype=self.dtype_policy,
                name=f"block_{index}",
            )
            for index in range(num_layers)
        ]
        self.output_layer = keras.layers.Dense(
            width, dtype=self.dtype_policy, name="W_hy"
        )

    @property
    def receptive_field(self):
        """How many steps one output depends on, its own included.

            1 + 2 (k - 1) (1 + 2 + 4 + ... + 2^(L-1)) = 1 + 2 (k - 1) (2^L - 1)

        The 2 counts the convolutions of a block. Centred, as many of these steps lie
        before the output's own as after it.

        >>> ConvolutionDecoder(filters=8, width=4, num_layers=3).receptive_field
        29
        """
        return 1 + 2 * (self.kernel_size - 1) * (2**self.num_layers - 1)

    def build(self, inputs_shape):
        """Makes the weights of the blocks."""
        widths = [self.width] + [self.filters] * (self.num_layers - 1)
        for block, width in zip(self.blocks, widths, strict=True):
            block.build((None, None, width))
        self.output_layer.build((None, None, self.filters))

    def get_config(self):
        """Returns the arguments."""
        return {
            **super().get_config(),
            "filters": self.filters,
            "width": self.width,
            "num_layers": self.num_layers,
            "kernel_size": self.kernel_size,
            "dropout": self.dropout,
            "weight_norm": self.weight_norm,
        }


@keras.saving.register_keras_serializable(package="zoo")
class ConvolutionDecoder(ConvolutionStack):
    """Causal convolutions over the inputs so far.

    A memory's summary is added to every input through a matrix of its own, W_ih. The
    state is what each convolution must still see: its last (k - 1) * 2^l inputs,
    zeros before the first step.

    Args:
        filters: Positive integer F, width of the blocks.
        width: Positive integer D, width of inputs and outputs.
        num_layers: Positive integer L, number of blocks.
        kernel_size: Positive integer k.
        dropout: Float in [0, 1), dropout of whole channels after each convolution.
        weight_norm: Whether the convolutions' weights are normalised.
        summary_enters: `"every"` step the memory's summary enters through W_ih; or
            None for a language model, which has no memory and no W_ih.

    Call arguments:
        inputs: `[B, T, D]`, T = the whole text in training, 1 when writing.
        memory: `Memory` from `project`; None for a language model.
        state: From `initial_state`, or what the last call returned.

    Returns:
        `(hidden [B, T, D], state, None)`, None since there is no attention.

    Raises:
        ValueError: A size is not positive, `summary_enters` is none of the above, or
            `memory` is missing.

    Reference:
        Bai et al. 2018, "An Empirical Evaluation of Generic Convolutional and Recurrent
        Networks for Sequence Modeling", section 3.
    """

    def __init__(
        self,
        filters,
        width,
        num_layers,
        kernel_size=3,
        dropout=0.0,
        weight_norm=True,
        summary_enters="every",
        **kwargs,
    ):
        super().__init__(
            filters, width, num_layers, kernel_size, dropout, weight_norm, **kwargs
        )
        check_summary_enters(summary_enters)
        self.summary_enters = summary_enters
        # Padding on the right reaches no step before it, so a mask of the inputs is
        # only handed on to the outputs.
        self.supports_masking = True
        self.enter = None
        if summary_enters:
            self.enter = keras.layers.Dense(
                width, use_bias=False, dtype=self.dtype_policy, name="W_ih"
            )

    def build(self, inputs_shape, memory_shape=None, state_shape=None):
        """Makes the weights of the parts."""
        super().build(inputs_shape)
        if self.enter:
            self.enter.build((None, self.width))

    def project(self, memory):
        """Computes what all steps share: the summary's part of every input.

        Args:
            memory: `Memory` from an encoder.

        Returns:
            The same with `projected` filled in.

        Raises:
            ValueError: The decoder was made for no memory.
        """
        return project_summary(self, memory)  # [B, D]

    def initial_state(self, batch, length=None, memory=None):
        """Returns the state before the first step: nothing but zeros.

        Args:
            batch: Integer B.
            length: Not used: the state has the convolutions' length.
            memory: Not used: the summary enters at every step.

        Returns:
            Dictionary of each block's `before`, see `ResidualConvolution`.
        """
        before = []
        for index, block in enumerate(self.blocks):
            first, second = (convolve.reach for convolve in block.convolutions)
            width = self.filters if index else self.width
            shapes = [(batch, first, width), (batch, second, self.filters)]
            before.append([ops.zeros(shape, self.compute_dtype) for shape in shapes])
        return {"before": before}

    def call(self, inputs, memory, state, training=None):
        """Reads the next tokens."""
        hidden, after = inputs + share_of_summary(self.enter, memory), []  # [B, T, D]
        for block, before in zip(self.blocks, state["before"], strict=True):
            hidden, before = block(hidden, before, training=training)  # [B, T, F]
            after.append(before)
        return self.output_layer(hidden), {"before": after}, None

    def get_config(self):
        """Returns the arguments."""
        return {**super().get_config(), "summary_enters": self.summary_enters}


@keras.saving.register_keras_serializable(package="zoo")
class ConvolutionEncoder(ConvolutionStack):
    """Convolutions over a source: causal, or looking to either side.

    A masked place is zero to every convolution, as is what lies outside of the text, so
    that a padded row gives what it gives alone. The summary is the state at the last
    real place, which has seen the most, where the padding is causal; the mean of the
    real states, none of which has seen all, where it is centred. It is zero where no
    place is real.

    Args:
        filters: Positive integer F, width of the blocks.
        width: Positive integer D, width of inputs and states.
        num_layers: Positive integer L, number of blocks.
        kernel_size: Positive integer k, odd where the padding is centred.
        dropout: Float in [0, 1), dropout of whole channels after each convolution.
        weight_norm: Whether the convolutions' weights are normalised.
        padding: `"causal"`: a state has seen its own place and earlier ones;
            `"centred"`: as many on either side.

    Call arguments:
        inputs: `[B, S, D]`.
        mask: `[B, S]` boolean, True = real, or None where all places are.

    Returns:
        `Memory` of states `[B, S, D]`, mask `[B, S]` and summary `[B, D]`.

    Raises:
        ValueError: A size is not positive, `padding` is not known, or centred with an
            even `kernel_size`.

    Reference:
        Bai et al. 2018, section 3, for the blocks; Kalchbrenner et al. 2016, "Neural
        Machine Translation in Linear Time", section 3.2, for an encoder that looks to
        either side.
    """

    def __init__(
        self,
        filters,
        width,
        num_layers,
        kernel_size=3,
        dropout=0.0,
        weight_norm=True,
        padding="causal",
        **kwargs,
    ):
        self.padding = padding  # before the blocks are made
        super().__init__(
            filters, width, num_layers, kernel_size, dropout, weight_norm, **kwargs
        )
        self.supports_masking = True  # read above; the states have the inputs' mask

    @property
    def causal(self):
        """Whether a later input changes no earlier state."""
        return self.padding == "causal"

    def call(self, inputs, mask=None, training=None):
        """Encodes a source."""
        mask = real_places(inputs, mask)
        hidden = inputs
        for block in self.blocks:
            hidden, _ = block(hidden, mask=mask, training=training)  # [B, S, F]
        states = self.output_layer(hidden)  # [B, S, D]
        summarise = {"causal": last_real, "centred": mean_real}[self.padding]
        return Memory(states, mask, summarise(states, mask))

    def get_config(self):
        """Returns the arguments."""
        return {**super().get_config(), "padding": self.padding}

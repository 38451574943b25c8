"""Autoregressive network with a fixed window: the next step depends on the last few.

A sequence's probability is a product of conditional ones, exact but with a longer
condition at every step:

    p(x_1, ..., x_T) = product over t of p(x_t | x_(t-1), ..., x_1)

A network wants inputs of one size. There are two ways to get them: to forget what is
older than tau steps, as here,

    p(x_t | x_(t-1), ..., x_1) = p(x_t | x_(t-1), ..., x_(t-tau))

or to sum up the whole past in a latent state (`zoo/layers/latent.py`). With tau = 1
this is the first-order Markov model, as a network. Without one it is a table of counts
(`zoo/models/ngram.py`).
"""

import keras
from keras import ops

from zoo.layers.checks import check_rates, check_sizes
from zoo.layers.memory import Memory, check_projected, ready
from zoo.layers.places import blank, last_real, last_steps, real_places


@keras.saving.register_keras_serializable(package="zoo")
class WindowDecoder(keras.layers.Layer):
    """Feed-forward network that reads the last tau inputs side by side.

        hidden_t = tanh([x_(t-tau+1); ...; x_t] W_xh + summary W_ih + bias)
        output_t = hidden_t W_hy + bias

    The output at step t, which has just read x_t, is what predicts x_(t+1). Where the
    window reaches back beyond the first step it sees zeros. The same W_xh serves every
    step, so a whole text is one causal convolution of kernel size tau: no step waits
    for the one before it.

    Args:
        window: Positive integer tau, the number of inputs seen, the newest included.
        units: Positive integer U, width of the hidden layers.
        width: Positive integer D, width of inputs and outputs.
        num_layers: Positive integer, number of hidden layers; the first reads the
            window.
        activation: Name of the hidden layers' activation.
        summary_enters: `"every"` step the memory's summary enters through W_ih; or
            None for a language model, which has no memory and no W_ih.
        dropout: Float in [0, 1), dropout on the hidden layers' outputs.

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
        Bengio et al. 2003, "A Neural Probabilistic Language Model", section 2, without
        the direct connections from the inputs to the output, optional there.
    """

    def __init__(
        self,
        window,
        units,
        width,
        num_layers=1,
        activation="tanh",
        summary_enters="every",
        dropout=0.0,
        **kwargs,
    ):
        super().__init__(**kwargs)
        check_sizes(window=window, units=units, width=width, num_layers=num_layers)
        check_rates(dropout=dropout)
        check_summary_enters(summary_enters)
        self.window = window
        self.units = units
        self.width = width
        self.num_layers = num_layers
        self.activation = activation
        self.summary_enters = summary_enters
        self.dropout = dropout
        # Padding on the right reaches no step before it, so a mask of the inputs is
        # only handed on to the outputs.
        self.supports_masking = True
        dtype = self.dtype_policy
        self.input_layer = keras.layers.Conv1D(
            units, window, data_format="channels_last", dtype=dtype, name="W_xh"
        )
        self.enter = None
        if summary_enters:
            self.enter = keras.layers.Dense(
                units, use_bias=False, dtype=dtype, name="W_ih"
            )
        self.hidden_layers = [
            keras.layers.Dense(units, activation, dtype=dtype, name=f"hidden_{index}")
            for index in range(1, num_layers)
        ]
        self.output_layer = keras.layers.Dense(width, dtype=dtype, name="W_hy")
        self.activate = keras.activations.get(activation)
        self.drop = keras.layers.Dropout(dropout, dtype=dtype)

    def build(self, inputs_shape, memory_shape=None, state_shape=None):
        """Makes the weights of the parts."""
        hidden = (None, None, self.units)
        self.input_layer.build((None, None, self.width))
        if self.enter:
            self.enter.build((None, self.width))
        for layer in self.hidden_layers:
            layer.build(hidden)
        self.output_layer.build(hidden)

    def project(self, memory):
        """Computes what all steps share: the summary's part of the sums.

        Args:
            memory: `Memory` from an encoder.

        Returns:
            The same with `projected` filled in.

        Raises:
            ValueError: The decoder was made for no memory.
        """
        return project_summary(self, memory)  # [B, U]

    def initial_state(self, batch, length=None, memory=None):
        """Returns the state before the first step: a window full of zeros.

        Args:
            batch: Integer B.
            length: Not used: the state has the window's length.
            memory: Not used: the summary enters at every step.

        Returns:
            Dictionary of the inputs before, `[B, tau - 1, D]`.
        """
        shape = (batch, self.window - 1, self.width)
        return {"inputs": ops.zeros(shape, self.compute_dtype)}

    def call(self, inputs, memory, state, training=None):
        """Reads the next tokens."""
        read = ops.concatenate([state["inputs"], inputs], axis=1)  # [B, tau-1+T, D]
        sums = self.input_layer(read) + share_of_summary(self.enter, memory)  # [B,T,U]
        hidden = self.drop(self.activate(sums), training=training)
        for layer in self.hidden_layers:
            hidden = self.drop(layer(hidden), training=training)
        state = {"inputs": last_steps(read, self.window - 1)}  # [B, tau - 1, D]
        return self.output_layer(hidden), state, None

    def get_config(self):
        """Returns the arguments."""
        return {
            **super().get_config(),
            "window": self.window,
            "units": self.units,
            "width": self.width,
            "num_layers": self.num_layers,
            "activation": self.activation,
            "summary_enters": self.summary_enters,
            "dropout": self.dropout,
        }


@keras.saving.register_keras_serializable(package="zoo")
class WindowEncoder(keras.layers.Layer):
    """Encoder whose state at each place has seen that place and the tau - 1 before it.

    A masked place is read as zeros, as is what lies before the text, so that a padded
    row gives what it gives alone. The summary is the state at the last real place: it
    knows the end of the row and no more, which is what a fixed window costs. It is zero
    where no place is real.

    Args:
        window: Positive integer tau, the number of inputs seen, the newest included.
        units: Positive integer U, width of the hidden layers.
        width: Positive integer D, width of inputs and states.
        num_layers: Positive integer, number of hidden layers; the first reads the
            window.
        activation: Name of the hidden layers' activation.
        dropout: Float in [0, 1), dropout on the hidden layers' outputs.

    Call arguments:
        inputs: `[B, S, D]`.
        mask: `[B, S]` boolean, True = real, or None where all places are.

    Returns:
        `Memory` of states `[B, S, D]`, mask `[B, S]` and summary `[B, D]`.

    Raises:
        ValueError: A size is not positive.

    Reference:
        Waibel et al. 1989, "Phoneme Recognition Using Time-Delay Neural Networks": a
        window that slides over an input which is known as a whole.
    """

    causal = True  # a later input changes no earlier state

    def __init__(
        self,
        window,
        units,
        width,
        num_layers=1,
        activation="tanh",
        dropout=0.0,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.window = window
        self.units = units
        self.width = width
        self.num_layers = num_layers
        self.activation = activation
        self.dropout = dropout
        self.supports_masking = True  # read above; the states have the inputs' mask
        self.network = WindowDecoder(
            window,
            units,
            width,
            num_layers,
            activation,
            summary_enters=None,
            dropout=dropout,
            dtype=self.dtype_policy,
            name="network",
        )

    def build(self, inputs_shape):
        """Makes the weights of the network."""
        self.network.build(inputs_shape)

    def call(self, inputs, mask=None, training=None):
        """Encodes a source."""
        mask = real_places(inputs, mask)
        inputs = blank(inputs, mask)
        start = self.network.initial_state(ops.shape(inputs)[0])
        states, _, _ = self.network(inputs, None, start, training=training)
        return Memory(states, mask, last_real(states, mask))

    def get_config(self):
        """Returns the arguments."""
        return {
            **super().get_config(),
            "window": self.window,
            "units": self.units,
            "width": self.width,
            "num_layers": self.num_layers,
            "activation": self.activation,
            "dropout": self.dropout,
        }


def project_summary(decoder, memory):
    """Fills a memory's `projected` with the summary after the layer `enter`."""
    if decoder.enter is None:
        raise ValueError(
            "`summary_enters` must be 'every' for a decoder that is given a memory. "
            "Received: summary_enters=None"
        )
    ready(decoder, memory)
    return memory._replace(projected={"summary": decoder.enter(memory.summary)})


def share_of_summary(enter, memory):
    """Returns what a memory adds at every step, `[B, 1, .]`; 0 where none is read."""
    if enter is None:
        return 0
    if memory is None:
        raise ValueError(
            "`memory` must be given to a decoder that reads one; a language model has "
            "summary_enters=None. Received: memory=None, summary_enters='every'"
        )
    check_projected(memory)
    return ops.expand_dims(memory.projected["summary"], 1)


def check_summary_enters(summary_enters):
    """Raises ValueError where a summary enters neither at every step nor never."""
    if summary_enters not in ("every", None):
        raise ValueError(
            "`summary_enters` must be 'every' or None. "
            f"Received: summary_enters={summary_enters!r}"
        )

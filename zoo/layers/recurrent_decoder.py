"""Recurrent decoder: one recurrent layer, a memory, and optionally attention."""

import keras
from keras import ops

from zoo.layers.attention import AdditiveAttention
from zoo.layers.gru import GRU
from zoo.layers.lstm import LSTM
from zoo.layers.simple_rnn import SimpleRNN

CELLS = {"simple_rnn": SimpleRNN, "lstm": LSTM, "gru": GRU}
ENTRANCES = ("first", "every")


@keras.saving.register_keras_serializable(package="zoo")
class RecurrentDecoder(keras.layers.Layer):
    """Reads a memory and the tokens so far; gives a vector for the next token.

        sums_t   = x_t W_xh + hidden_(t-1) W_hh + summary W_ih
        output_t = [hidden_t; context_t] W_hy

    The memory's summary enters through a matrix of its own, W_ih, at every step or at
    the first step only. With attention, the context is read after the recurrence
    (Luong et al. 2015, section 3.1: all queries of a known text at once) and the
    output is squashed by tanh (their equation 5).

    Args:
        cell: `"simple_rnn"`, `"lstm"` or `"gru"`.
        units: Positive integer U, width of the hidden state.
        width: Positive integer D, width of inputs, memory and outputs.
        summary_enters: `"first"` or `"every"` step.
        attention: None or `"additive"`.
        attention_units: Positive integer, width of the scoring network.
        dropout: Float in [0, 1), dropout on the hidden states.

    Call arguments:
        inputs: `[B, T, D]`, T = the whole text in training, 1 when writing.
        memory: `Memory` from `project`.
        state: From `initial_state`, or what the last call returned.

    Returns:
        `(hidden [B, T, D], state, attention [B, L=1, H=1, T, S] or None)`.

    Raises:
        ValueError: An option is not one of those listed.
    """

    def __init__(
        self,
        cell,
        units,
        width,
        summary_enters="every",
        attention=None,
        attention_units=256,
        dropout=0.0,
        **kwargs,
    ):
        super().__init__(**kwargs)
        _check("cell", cell, tuple(CELLS))
        _check("summary_enters", summary_enters, ENTRANCES)
        _check("attention", attention, (None, "additive"))
        self.cell = cell
        self.units = units
        self.width = width
        self.summary_enters = summary_enters
        self.attention = attention
        self.attention_units = attention_units
        self.dropout = dropout
        # Padding on the right reaches no step before it, so a mask of the inputs is
        # only handed on to the outputs.
        self.supports_masking = True
        dtype = self.dtype_policy
        self.recurrent = CELLS[cell](units, dtype=dtype, name="recurrent")
        self.enter = keras.layers.Dense(
            self.recurrent.gates * units, use_bias=False, dtype=dtype, name="W_ih"
        )
        self.attend = None
        if attention:
            self.attend = AdditiveAttention(
                attention_units, dtype=dtype, name="attention"
            )
        squash = "tanh" if attention else None
        self.output_layer = keras.layers.Dense(
            width, activation=squash, dtype=dtype, name="W_hy"
        )
        self.drop = keras.layers.Dropout(dropout, dtype=dtype)

    def build(self, inputs_shape, memory_shape=None, state_shape=None):
        """Makes the weights of the parts."""
        vectors = (None, None, self.width)
        hidden = (None, None, self.units)
        self.recurrent.build(vectors)
        self.enter.build(vectors)
        read = self.units
        if self.attend:
            self.attend.build(hidden, None, vectors)
            read += self.width
        self.output_layer.build((None, None, read))

    def project(self, memory):
        """Computes what all steps share: the summary's share of the gates, and keys.

        Args:
            memory: `Memory` from an encoder.

        Returns:
            The same with `projected` filled in.
        """
        projected = {"summary": self.enter(memory.summary)}  # [B, G * U]
        if self.attend:
            projected["keys"] = self.attend.project_keys(memory.states)  # [B, S, A]
        return memory._replace(projected=projected)

    def initial_state(self, batch, length=None):
        """Returns the state before the first step, all zeros.

        Args:
            batch: Integer B.
            length: Not used: a recurrent state has no length.

        Returns:
            Dictionary with the number of steps done `[B]` and the states `[B, U]`.
        """
        zeros = self.recurrent.get_initial_state(batch)
        states = dict(zip(self.recurrent.states, zeros, strict=True))
        return {"position": ops.zeros((batch,), "int32"), **states}

    def call(self, inputs, memory, state, training=None):
        """Reads the next tokens."""
        length = ops.shape(inputs)[1]
        projected = self.recurrent.project(inputs)  # [B, T, G * U]
        summary = ops.expand_dims(memory.projected["summary"], 1)  # [B, 1, G * U]
        if self.summary_enters == "first":
            places = ops.expand_dims(state["position"], 1) + ops.arange(length)
            first = ops.cast(ops.expand_dims(places, 2) == 0, summary.dtype)
            summary = summary * first  # [B, T, G * U]
        before = [state[name] for name in self.recurrent.states]
        hidden, after = self.recurrent.recur(projected + summary, before)
        position = state["position"] + length
        state = dict(zip(self.recurrent.states, after, strict=True))
        state["position"] = position
        weights = None
        if self.attend:
            context, weights = self.attend(
                hidden, memory.projected["keys"], memory.states, memory.mask
            )
            hidden = ops.concatenate([hidden, context], axis=-1)  # [B, T, U + D]
            weights = weights[:, None, None]  # [B, 1, 1, T, S]
        hidden = self.drop(hidden, training=training)
        return self.output_layer(hidden), state, weights

    def get_config(self):
        """Returns the arguments."""
        return {
            **super().get_config(),
            "cell": self.cell,
            "units": self.units,
            "width": self.width,
            "summary_enters": self.summary_enters,
            "attention": self.attention,
            "attention_units": self.attention_units,
            "dropout": self.dropout,
        }


def _check(argument, value, allowed):
    """Raises ValueError where an option is not one of those allowed."""
    if value not in allowed:
        raise ValueError(
            f"`{argument}` must be one of {allowed}. Received: {argument}={value!r}"
        )

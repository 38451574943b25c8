"""Recurrent decoder: recurrent layers, a memory, and optionally attention."""

import keras
from keras import ops

from zoo.layers.attention import AdditiveAttention, DotAttention
from zoo.layers.checks import check_choice, check_rates, check_sizes
from zoo.layers.dense import Dense
from zoo.layers.memory import check_projected, ready
from zoo.layers.recurrent_stack import CELLS, RecurrentStack, dropout_between

ENTRANCES = ("first", "every", None)
# Score -> what makes the layer, given the units of query and of scoring network.
ATTENTIONS = {
    None: lambda units, hidden, **name: None,
    "additive": lambda units, hidden, **name: AdditiveAttention(hidden, **name),
    "dot": lambda units, hidden, **name: DotAttention("dot", **name),
    "scaled_dot": lambda units, hidden, **name: DotAttention("scaled_dot", **name),
    "general": lambda units, hidden, **name: DotAttention("general", units, **name),
}
INSIDE = ("recurrent_dropout", "recurrent_weight_dropout")
PLAIN = ("dot", "scaled_dot")  # without a matrix that would bridge two widths


@keras.saving.register_keras_serializable(package="zoo")
class RecurrentDecoder(keras.layers.Layer):
    """Reads a memory and the tokens so far; gives a vector for the next token.

        hidden_0 = tanh(summary W_s + b_s)                  the bridge, else 0
        sums_t   = x_t W_xh + hidden_(t-1) W_hh + summary W_ih
        output_t = [hidden_t; context_t] W_hy

    A memory can enter in three ways, alone or together. Its summary (the context c of
    a plain seq2seq model) enters through a matrix of its own, W_ih, at every step or
    at the first step only. The bridge, a feed-forward layer, makes the first states of
    all layers from the summary. Attention reads a context anew at every step: after
    the recurrence (Luong et al. 2015, section 3.1: all queries of a known text at
    once), the output then squashed by tanh (their equation 5). Where none of the three
    is asked for, the decoder is a language model.

    Args:
        cell: `"simple_rnn"`, `"lstm"` or `"gru"`.
        units: Positive integer U, width of the hidden state.
        width: Positive integer D, width of inputs and outputs.
        summary_enters: `"first"` or `"every"` step, or None for never.
        attention: None, `"additive"`, `"dot"`, `"scaled_dot"` or `"general"`. The
            second and third compare states with the memory as they are: U must be M.
        attention_units: Positive integer, width of the additive scoring network.
        dropout: Float in [0, 1), dropout on the hidden states of each layer.
        num_layers: Positive integer L; the summary enters the first layer.
        bridge: Whether the first states come from the summary.
        variational: Whether the dropout draws one mask for all steps.
        recurrent_dropout: Float in [0, 1), dropout on the hidden state where the
            recurrent product reads it, one mask for all steps.
        recurrent_weight_dropout: Float in [0, 1), DropConnect on the recurrent
            kernels.
        memory_width: Positive integer M, width of the memory; None where it is D.

    Call arguments:
        inputs: `[B, T, D]`, T = the whole text in training, 1 when writing.
        memory: `Memory` from `project`; None for a language model.
        state: From `initial_state`, or what the last call returned.
        training: Whether dropout is on.

    Returns:
        `(hidden [B, T, D], state, attention [B, 1, 1, T, S] or None)`.

    Raises:
        ValueError: An option is not one of those listed, or `memory` is missing.

    Reference:
        Cho et al. 2014 (the summary at every step); Sutskever et al. 2014 (the first
        state from the encoder); Bahdanau et al. 2015, appendix A.2.2 (the bridge);
        Luong et al. 2015, "Effective Approaches to Attention-based Neural Machine
        Translation".
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
        num_layers=1,
        bridge=False,
        variational=False,
        recurrent_dropout=0.0,
        recurrent_weight_dropout=0.0,
        memory_width=None,
        **kwargs,
    ):
        super().__init__(**kwargs)
        memory_width = width if memory_width is None else memory_width
        check_choice("cell", cell, tuple(CELLS))
        check_choice("summary_enters", summary_enters, ENTRANCES)
        check_choice("attention", attention, tuple(ATTENTIONS))
        check_sizes(
            units=units, width=width, num_layers=num_layers, memory_width=memory_width
        )
        check_rates(dropout=dropout)
        if attention in PLAIN and units != memory_width:
            raise ValueError(
                "`units` must be equal to `memory_width`, by default `width`, where "
                f"`attention` is {attention!r}; 'general' bridges two widths. "
                f"Received: units={units}, memory_width={memory_width}"
            )
        self.cell = cell
        self.units = units
        self.width = width
        self.memory_width = memory_width
        self.summary_enters = summary_enters
        self.attention = attention
        self.attention_units = attention_units
        self.dropout = dropout
        self.num_layers = num_layers
        self.bridge = bridge
        self.variational = variational
        self.recurrent_dropout = recurrent_dropout
        self.recurrent_weight_dropout = recurrent_weight_dropout
        self.reads_memory = bool(attention or bridge or summary_enters)
        # Padding on the right reaches no step before it, so a mask of the inputs is
        # only handed on to the outputs.
        self.supports_masking = True
        self._make_parts(self.dtype_policy)

    def _make_parts(self, dtype):
        """Makes the layers that the options ask for; None for those they do not."""
        rates = {name: getattr(self, name) for name in INSIDE}
        self.recurrent = CELLS[self.cell](
            self.units,
            return_sequences=True,
            return_state=True,
            dtype=dtype,
            name="recurrent",
            **rates,
        )
        self.enter = self.bridge_layer = self.upper = None
        if self.summary_enters:
            self.enter = Dense(
                self.recurrent.gates * self.units,
                use_bias=False,
                dtype=dtype,
                name="W_ih",
            )
        self.attend = ATTENTIONS[self.attention](
            self.units, self.attention_units, dtype=dtype, name="attention"
        )
        squash = "tanh" if self.attention else None
        self.output_layer = Dense(
            self.width, activation=squash, dtype=dtype, name="W_hy"
        )
        self.drop = dropout_between(self.dropout, self.variational, dtype=dtype)
        if self.num_layers > 1:
            self.upper = RecurrentStack(
                self.cell,
                self.units,
                self.num_layers - 1,
                dropout=self.dropout,
                variational=self.variational,
                dtype=dtype,
                name="upper",
                **rates,
            )
        if self.bridge:
            states = self.num_layers * len(self.recurrent.states)
            self.bridge_layer = Dense(
                states * self.units, activation="tanh", dtype=dtype, name="W_s"
            )

    def build(self, inputs_shape, memory_shape=None, state_shape=None):
        """Makes the weights of the parts."""
        vectors = (None, None, self.width)
        hidden = (None, None, self.units)
        self.recurrent.build(vectors)
        if self.enter:
            self.enter.build((None, self.memory_width))
        read = self.units
        if self.attend:
            self.attend.build(hidden, None, (None, None, self.memory_width))
            read += self.memory_width
        self.output_layer.build((None, None, read))
        if self.upper:
            self.upper.build(hidden)
        if self.bridge_layer:
            self.bridge_layer.build((None, self.memory_width))

    def project(self, memory):
        """Computes what all steps share: the summary's shares, and the keys.

        Args:
            memory: `Memory` from an encoder.

        Returns:
            The same with `projected` filled in.
        """
        ready(self, memory)
        projected = {}
        if self.enter:
            projected["summary"] = self.enter(memory.summary)  # [B, G * U]
        if self.bridge_layer:
            projected["start"] = self.bridge_layer(memory.summary)  # [B, L * n * U]
        if self.attend:
            projected["keys"] = self.attend.project_keys(memory.states)  # [B, S, A]
        return memory._replace(projected=projected)

    def initial_state(self, batch, length=None, memory=None):
        """Returns the state before the first step: what the bridge makes, or zeros.

        Args:
            batch: Integer B.
            length: Not used: a recurrent state has no length.
            memory: `Memory` from `project`; read by the bridge alone.

        Returns:
            Dictionary with the number of steps done `[B]`, the first layer's states
            `[B, U]` by name and, with more layers, the others' as a list in `upper`.
        """
        names = self.recurrent.states
        if self.bridge:
            self._require(memory)
            start = memory.projected["start"]  # [B, L * n * U]
            parts = ops.split(start, self.num_layers * len(names), axis=-1)
        else:
            zeros = list(self.recurrent.get_initial_state(batch))
            parts = zeros * self.num_layers
        size = len(names)
        layers = [parts[i : i + size] for i in range(0, len(parts), size)]
        return self._state(ops.zeros((batch,), "int32"), layers)

    def _state(self, position, layers):
        """Packs each layer's states."""
        state = dict(zip(self.recurrent.states, layers[0], strict=True))
        state["position"] = position
        if self.upper:
            state["upper"] = [list(states) for states in layers[1:]]
        return state

    def _require(self, memory):
        """Raises ValueError where there is no memory for a decoder that reads one."""
        if self.reads_memory and memory is None:
            raise ValueError(
                "`memory` must be given to a decoder that reads one; a language model "
                "has summary_enters=None, attention=None and bridge=False. "
                f"Received: memory=None, summary_enters={self.summary_enters!r}, "
                f"attention={self.attention!r}, bridge={self.bridge}"
            )
        if self.reads_memory:
            check_projected(memory)

    def call(self, inputs, memory, state, training=None):
        """Reads the next tokens."""
        self._require(memory)
        before = [state[name] for name in self.recurrent.states]
        if self.enter:
            sums = self.recurrent.project(inputs)  # [B, T, G * U]
            sums = sums + self._entering(memory, state, ops.shape(inputs)[1])
            hidden, after = self.recurrent.recur(
                sums, before, training=training
            )  # [B, T, U]
        else:
            hidden, *after = self.recurrent(
                inputs, initial_state=before, training=training
            )  # [B, T, U]
        layers = [after]
        if self.upper:
            hidden = self.drop(hidden, training=training)
            hidden, above = self.upper(hidden, state["upper"], training=training)
            layers += above
        weights = None
        if self.attend:
            context, weights = self.attend(
                hidden, memory.projected["keys"], memory.states, memory.mask
            )
            hidden = ops.concatenate([hidden, context], axis=-1)  # [B, T, U + M]
            weights = weights[:, None, None]  # [B, 1, 1, T, S]
        hidden = self.drop(hidden, training=training)
        state = self._state(state["position"] + ops.shape(inputs)[1], layers)
        return self.output_layer(hidden), state, weights

    def _entering(self, memory, state, length):
        """The summary's share of the gates, `[B, 1, G * U]` or `[B, T, G * U]`."""
        summary = ops.expand_dims(memory.projected["summary"], 1)  # [B, 1, G * U]
        if self.summary_enters == "every":
            return summary
        places = ops.expand_dims(state["position"], 1) + ops.arange(length)  # [B, T]
        first = ops.cast(ops.expand_dims(places, 2) == 0, summary.dtype)
        return summary * first  # [B, T, G * U]

    def get_config(self):
        """Returns the arguments."""
        names = "cell units width summary_enters attention attention_units dropout "
        names += "num_layers bridge variational memory_width " + " ".join(INSIDE)
        return {
            **super().get_config(),
            **{name: getattr(self, name) for name in names.split()},
        }

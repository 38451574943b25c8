"""Multi-layer recurrent network."""

import keras

from zoo.layers.bidirectional import Bidirectional
from zoo.layers.checks import check_choice, check_rates, check_sizes
from zoo.layers.gru import GRU
from zoo.layers.lstm import LSTM
from zoo.layers.simple_rnn import SimpleRNN

CELLS = {"simple_rnn": SimpleRNN, "lstm": LSTM, "gru": GRU}


def dropout_between(rate, variational, **options):
    """Makes the dropout on the hidden states that one layer hands to the next.

    Args:
        rate: Float in [0, 1).
        variational: Whether a row drops the same units at every step, instead of
            drawing anew (Gal and Ghahramani 2016).
        **options: Those of every Keras layer.

    Returns:
        A layer, `[B, T, U]` to `[B, T, U]`.
    """
    shape = (None, 1, None) if variational else None  # one mask for all T
    return keras.layers.Dropout(rate, noise_shape=shape, **options)


@keras.saving.register_keras_serializable(package="zoo")
class RecurrentStack(keras.layers.Layer):
    """Recurrent layers one above the other.

        hidden_t[1] = step_1(x_t, hidden_(t-1)[1])
        hidden_t[l] = step_l(drop(hidden_t[l - 1]), hidden_(t-1)[l])     l = 2 ... L

    The hidden states of each layer are the inputs of the next; every layer has weights
    of its own. A bidirectional stack joins both directions after every layer, so each
    layer above the first reads `2 * U` numbers a step. Dropout acts between layers,
    not on the inputs of the first and not on the outputs of the last.

    Args:
        cell: `"simple_rnn"`, `"lstm"` or `"gru"`.
        units: Positive integer U, width of the hidden state of one direction.
        num_layers: Positive integer L.
        bidirectional: Whether each layer reads in both directions.
        dropout: Float in [0, 1), dropout between layers.
        variational: Whether that dropout draws one mask for all steps.
        recurrent_dropout: Float in [0, 1), dropout on the hidden state where the
            recurrent product reads it, one mask for all steps.
        recurrent_weight_dropout: Float in [0, 1), DropConnect on the recurrent
            kernels: each weight is dropped for a whole batch of sequences.

    Call arguments:
        inputs: `[B, T, D]`.
        initial_state: List of each layer's list of states, as it is returned; zeros
            where it is None.
        mask: `[B, T]` boolean, True = real, or None. A masked step copies the state.
        training: Whether dropout is on.

    Returns:
        Pair of the last layer's hidden states, `[B, T, U]` or `[B, T, 2 * U]`, and a
        list of each layer's final states, `[B, U]` each: hidden (and cell), for two
        directions the forward reader's before the backward reader's.

    Raises:
        ValueError: `cell` is not known, `units` or `num_layers` is not positive, or a
            dropout is out of its range.

    Reference:
        Graves et al. 2013, "Speech Recognition with Deep Recurrent Neural Networks",
        equation 11; Gal and Ghahramani 2016, "A Theoretically Grounded Application of
        Dropout in Recurrent Neural Networks"; Merity et al. 2018, "Regularizing and
        Optimizing LSTM Language Models", section 2.
    """

    def __init__(
        self,
        cell,
        units,
        num_layers=1,
        bidirectional=False,
        dropout=0.0,
        variational=False,
        recurrent_dropout=0.0,
        recurrent_weight_dropout=0.0,
        **kwargs,
    ):
        super().__init__(**kwargs)
        check_choice("cell", cell, tuple(CELLS))
        check_sizes(units=units, num_layers=num_layers)
        check_rates(dropout=dropout)  # the layers check the others
        self.cell = cell
        self.units = units
        self.num_layers = num_layers
        self.bidirectional = bidirectional
        self.dropout = dropout
        self.variational = variational
        self.recurrent_dropout = recurrent_dropout
        self.recurrent_weight_dropout = recurrent_weight_dropout
        self.supports_masking = True
        self.output_width = 2 * units if bidirectional else units
        self.stack = [self._layer(index) for index in range(num_layers)]
        self.drop = dropout_between(dropout, variational, dtype=self.dtype_policy)

    def _layer(self, index):
        """Makes one layer of the stack."""
        layer = CELLS[self.cell](
            self.units,
            return_sequences=True,
            return_state=True,
            recurrent_dropout=self.recurrent_dropout,
            recurrent_weight_dropout=self.recurrent_weight_dropout,
            dtype=self.dtype_policy,
            name=f"layer_{index}",
        )
        if not self.bidirectional:
            return layer
        return Bidirectional(layer, dtype=self.dtype_policy, name=f"layer_{index}")

    def build(self, inputs_shape, initial_state_shape=None):
        """Makes the weights of the layers, the lowest first."""
        for layer in self.stack:
            layer.build(inputs_shape)
            inputs_shape = (*inputs_shape[:-1], self.output_width)

    def call(self, inputs, initial_state=None, mask=None, training=None):
        """Reads a sequence."""
        before = initial_state or [None] * self.num_layers
        hidden, after = inputs, []
        for index, (layer, states) in enumerate(zip(self.stack, before, strict=True)):
            if index:
                hidden = self.drop(hidden, training=training)
            hidden, *states = layer(
                hidden, initial_state=states, mask=mask, training=training
            )  # [B, T, U], or [B, T, 2 * U] of two directions
            after.append(states)
        return hidden, after

    def get_initial_state(self, batch_size):
        """Returns the zeros before the first step: a list of `[B, U]` a layer.

        Args:
            batch_size: Integer B.
        """
        first, directions = self._first_reader()
        zeros = list(first.get_initial_state(batch_size))
        return [zeros * directions for _ in self.stack]

    def _first_reader(self):
        """Returns the lowest layer's first reader, and how many readers it has."""
        if self.bidirectional:
            return self.stack[0].forward_layer, 2
        return self.stack[0], 1

    def compute_mask(self, inputs, mask=None):
        """Hands the mask on to the sequence, and none to the states."""
        first, directions = self._first_reader()
        states = [None] * (len(first.states) * directions)
        return mask, [list(states) for _ in self.stack]

    def get_config(self):
        """Returns the arguments."""
        return {
            **super().get_config(),
            "cell": self.cell,
            "units": self.units,
            "num_layers": self.num_layers,
            "bidirectional": self.bidirectional,
            "dropout": self.dropout,
            "variational": self.variational,
            "recurrent_dropout": self.recurrent_dropout,
            "recurrent_weight_dropout": self.recurrent_weight_dropout,
        }

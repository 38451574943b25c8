"""Recurrent encoder: a sequence read into a memory."""

import keras
from keras import ops

from zoo.layers.memory import Memory
from zoo.layers.places import real_places
from zoo.layers.recurrent_stack import RecurrentStack


@keras.saving.register_keras_serializable(package="zoo")
class RecurrentEncoder(keras.layers.Layer):
    """Reads a sequence; remembers every hidden state, and the last one as its summary.

        hidden_t = stack(x_t, hidden_(t-1))
        summary  = hidden_T                                one direction
        summary  = [forward_T; backward_1]                 two directions

    T is each row's own last real step. In a plain seq2seq model the summary is the
    context c; attention looks at all hidden states (the annotations of Bahdanau et
    al. 2015, section 3.2, where there are two directions).

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
            kernels; see `RecurrentStack`.

    Call arguments:
        inputs: `[B, S, D]`.
        mask: `[B, S]` boolean, True = real, or None.
        training: Whether dropout is on.

    Returns:
        `Memory` of the last layer's hidden states `[B, S, W]`, the mask and the
        summary `[B, W]`, where W is U, or `2 * U` for two directions. The final states
        of all layers are in what `read` returns.

    Raises:
        ValueError: `cell` is not known, `units` or `num_layers` is not positive, or a
            dropout is out of its range.

    Reference:
        Sutskever et al. 2014, "Sequence to Sequence Learning with Neural Networks";
        Cho et al. 2014, section 2.2.
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
        self.cell = cell
        self.units = units
        self.num_layers = num_layers
        self.bidirectional = bidirectional
        self.dropout = dropout
        self.variational = variational
        self.recurrent_dropout = recurrent_dropout
        self.recurrent_weight_dropout = recurrent_weight_dropout
        self.supports_masking = True
        self.causal = not bidirectional
        self.stack = RecurrentStack(
            cell,
            units,
            num_layers,
            bidirectional,
            dropout,
            variational,
            recurrent_dropout,
            recurrent_weight_dropout,
            dtype=self.dtype_policy,
            name="stack",
        )
        self.output_width = self.stack.output_width

    def build(self, inputs_shape):
        """Makes the weights of the layers."""
        self.stack.build(inputs_shape)

    def read(self, inputs, mask=None, training=None):
        """Reads a sequence and keeps everything.

        Args:
            inputs: `[B, S, D]`.
            mask: `[B, S]` boolean or None.
            training: Whether dropout is on.

        Returns:
            Pair of `Memory` and the final states of every layer, as `RecurrentStack`
            returns them.
        """
        states, final = self.stack(inputs, mask=mask, training=training)
        mask = real_places(inputs, mask)  # [B, S]
        last = final[-1]
        readers = 2 if self.bidirectional else 1
        hidden = last[:: len(last) // readers]  # of each reader, without its cell
        summary = ops.concatenate(hidden, axis=-1)  # [B, W]
        return Memory(states, mask, summary), final

    def call(self, inputs, mask=None, training=None):
        """Reads a sequence into a memory."""
        return self.read(inputs, mask, training)[0]

    def compute_mask(self, inputs, mask=None):
        """Gives none to the parts of the memory, which carries its own."""
        return Memory(None, None, None, ())

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

"""Recurrent encoder: a sequence read into a memory."""

import keras
from keras import ops

from zoo.layers.memory import Memory
from zoo.layers.places import real_places
from zoo.layers.recurrent_stack import RecurrentStack


@keras.saving.register_keras_serializable(package="zoo")
class RecurrentEncoder(RecurrentStack):
    """Reads a sequence; remembers every hidden state, and the last one as its summary.

        hidden_t = stack(x_t, hidden_(t-1))
        summary  = hidden_T                                one direction
        summary  = [forward_T; backward_1]                 two directions

    T is each row's own last real step. In a plain seq2seq model the summary is the
    context c; attention looks at all hidden states (the annotations of Bahdanau et
    al. 2015, section 3.2, where there are two directions).

    See `RecurrentStack` for the arguments.

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

    @property
    def causal(self):
        """Whether a later input changes no earlier state."""
        return not self.bidirectional

    def build(self, inputs_shape):
        """Makes the weights; Keras wants no more shapes than `call` has arguments."""
        super().build(inputs_shape)

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
        states, final = super().call(inputs, mask=mask, training=training)
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

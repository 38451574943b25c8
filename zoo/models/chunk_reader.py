"""Language model that remembers where it stopped: truncated BPTT as a Keras model."""

import keras
from keras import ops, tree

from zoo.models.stream import as_wide

# Kinds of decoder whose state after a chunk is where the next one starts. The others
# read each chunk from nothing.
HAND_ON = ("recurrent", "window", "convolution")


@keras.saving.register_keras_serializable(package="zoo")
class ChunkReader(keras.Model):
    """Reads rows of long texts, a chunk of each at every call, and hands the state on.

    The state after a call stays in variables that are not trained. So memory is that of
    one chunk, no gradient crosses the border of two, and who saves all variables can
    resume in the middle of a text.

    Args:
        writer: `LanguageModel` with weights.
        rows: Positive integer B, texts read side by side.

    Call arguments:
        inputs: Dictionary of `tokens` `[B, T]` integers and `begins` `[B]` booleans,
            True where a row starts a text anew.

    Returns:
        Logits of each next token, `[B, T, V]`.

    Reference:
        Williams and Peng 1990, "An Efficient Gradient-Based Algorithm for On-Line
        Training of Recurrent Network Trajectories".
    """

    def __init__(self, writer, rows, **kwargs):
        super().__init__(**kwargs)
        self.writer = writer
        self.rows = rows
        self.carried = []
        if writer.decoder_options["kind"] in HAND_ON:
            self.carried = [
                self.add_weight(
                    leaf.shape,
                    "zeros",
                    keras.backend.standardize_dtype(leaf.dtype),
                    trainable=False,
                    autocast=False,
                    name=f"carried_{index}",
                )
                for index, leaf in enumerate(tree.flatten(writer.initial_state(rows)))
            ]
        self.built = True  # its weights are there

    def call(self, inputs, training=None):
        """Reads the next chunk."""
        tokens, begins = inputs["tokens"], ops.cast(inputs["begins"], "bool")
        if not self.carried:
            return self.writer(tokens, training=training)
        first = self.writer.initial_state(self.rows)
        before = [
            ops.where(as_wide(begins, start), start, carried.value)
            for start, carried in zip(tree.flatten(first), self.carried, strict=True)
        ]
        state = tree.pack_sequence_as(first, before)
        logits, after, _ = self.writer.decode(tokens, None, state, training=training)
        for carried, value in zip(self.carried, tree.flatten(after), strict=True):
            carried.assign(value)
        return logits

    def get_config(self):
        """Returns the arguments."""
        return {
            **super().get_config(),
            "writer": keras.saving.serialize_keras_object(self.writer),
            "rows": self.rows,
        }

    @classmethod
    def from_config(cls, config):
        """Makes the model of its arguments."""
        writer = keras.saving.deserialize_keras_object(config.pop("writer"))
        if not writer.built:
            writer.build((None, None))
        return cls(writer, **config)

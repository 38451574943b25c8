"""Bidirectional recurrent network: one reader from the left, one from the right."""

import keras
from keras import ops

from zoo.layers.packed import Packed

MERGES = {
    "concat": lambda one, other: ops.concatenate([one, other], axis=-1),
    "sum": lambda one, other: one + other,
    "ave": lambda one, other: (one + other) / 2,
    "mul": lambda one, other: one * other,
    None: lambda one, other: (one, other),
}
SHARED = ("stateful", "return_sequences", "return_state")
NEEDED = ("go_backwards", *SHARED)  # what a recurrent layer has


@keras.saving.register_keras_serializable(package="zoo")
class Bidirectional(keras.layers.Layer):
    """Reads a sequence in both directions and joins what stands at equal positions.

        forward_t  = step(x_t, forward_(t-1))     t = 1 ... T
        backward_t = step(x_t, backward_(t+1))    t = T ... 1
        hidden_t   = [forward_t; backward_t]

    Each direction has weights of its own, the forward one's first. Every `hidden_t`
    has seen the whole sequence, so this suits an encoder and never a language model.

    A masked step copies the state, so the backward reader of a right-padded row starts
    at the row's last real step and the row gives what it gives alone; the outputs of
    masked steps are zero. Arguments, order of weights and returns are those of
    `keras.layers.Bidirectional`.

    Args:
        layer: Recurrent layer of the zoo or of Keras. It is copied, not used.
        merge_mode: How the two outputs are joined: `"concat"`, `"sum"`, `"ave"`
            (mean), `"mul"`, or None for a pair.
        weights: List of arrays, the initial weights; or None.
        backward_layer: Layer with `go_backwards` that differs from `layer`'s; None
            copies `layer`.

    Call arguments:
        sequences: `[B, T, D]`.
        initial_state: List of `[B, U]`, the forward layer's states, then the
            backward layer's; zeros where it is None.
        mask: `[B, T]` boolean, True = real, or None.
        training: Whether dropout is on.

    Returns:
        `[B, T, 2 * U]` with `return_sequences`, else `[B, 2 * U]`: the state of each
        reader after its last step. (`U` where the merge adds or multiplies.) With
        `return_state`, a tuple of that and both layers' final states, `[B, U]` each.

    Raises:
        ValueError: An argument is no recurrent layer, no known merge, or the two
            layers do not go together.

    Reference:
        Schuster and Paliwal 1997, "Bidirectional Recurrent Neural Networks".
    """

    def __init__(
        self, layer, merge_mode="concat", weights=None, backward_layer=None, **kwargs
    ):
        for name, value in (("layer", layer), ("backward_layer", backward_layer)):
            optional = name == "backward_layer" and value is None
            if not optional:
                _check_recurrent(name, value)
        if merge_mode not in MERGES:
            raise ValueError(
                f"`merge_mode` must be one of {tuple(MERGES)}. "
                f"Received: merge_mode={merge_mode!r}"
            )
        super().__init__(**kwargs)
        self.merge_mode = merge_mode
        self.forward_layer = _copy(layer, "forward_", {})
        self.backward_layer = backward_layer or _copy(
            layer, "backward_", {"go_backwards": True}
        )
        self._check_pair()
        for attribute in SHARED:
            setattr(self, attribute, getattr(layer, attribute))
        for reader in (self.forward_layer, self.backward_layer):
            if hasattr(layer, "use_cudnn"):  # the config of Keras's own has it not
                reader.use_cudnn = layer.use_cudnn
            if hasattr(reader, "zero_output_for_mask"):
                reader.zero_output_for_mask = self.return_sequences
        self.first_weights = weights
        self.supports_masking = True
        self.input_spec = layer.input_spec

    def _check_pair(self):
        """Raises ValueError where the two layers do not go together."""
        forward, backward = self.forward_layer, self.backward_layer
        if forward.go_backwards == backward.go_backwards:
            raise ValueError(
                "`layer` and `backward_layer` must differ in `go_backwards`. "
                f"Received: {forward.go_backwards} for both"
            )
        for attribute in SHARED:
            values = getattr(forward, attribute), getattr(backward, attribute)
            if values[0] != values[1]:
                raise ValueError(
                    f"`layer` and `backward_layer` must have the same `{attribute}`. "
                    f"Received: {values[0]} and {values[1]}"
                )

    def build(self, sequences_shape, initial_state_shape=None):
        """Makes both layers' weights, the forward one's first."""
        for reader in (self.forward_layer, self.backward_layer):
            if not reader.built:
                reader.build(sequences_shape)
        if self.first_weights is not None:
            self.set_weights(self.first_weights)

    def call(self, sequences, initial_state=None, mask=None, training=None):
        """Reads a sequence from both ends."""
        if isinstance(sequences, Packed):
            raise ValueError(
                "`sequences` must not be Packed, which is read in one direction only: "
                "give the padded batch and a mask. Received: Packed"
            )
        first = second = None
        if initial_state is not None:
            half = len(initial_state) // 2
            first, second = initial_state[:half], initial_state[half:]
        options = {"mask": mask, "training": training}
        left = self.forward_layer(sequences, initial_state=first, **options)
        right = self.backward_layer(sequences, initial_state=second, **options)
        states = ()
        if self.return_state:
            states = (*left[1:], *right[1:])
            left, right = left[0], right[0]
        left = ops.cast(left, self.compute_dtype)
        right = ops.cast(right, self.compute_dtype)
        if self.return_sequences:
            right = ops.flip(right, axis=1)  # [B, T, U], back in the order of time
        outputs = MERGES[self.merge_mode](left, right)
        if not self.return_state:
            return outputs
        return (*outputs, *states) if self.merge_mode is None else (outputs, *states)

    def reset_state(self):
        """Sets the states that stateful layers keep between calls to zero."""
        self.forward_layer.reset_state()
        self.backward_layer.reset_state()

    def compute_output_shape(self, sequences_shape, initial_state_shape=None):
        """Returns the shapes of what `call` returns."""
        shape, states = self.forward_layer.compute_output_shape(sequences_shape), ()
        if self.return_state:
            shape, states = shape[0], (*shape[1:], *shape[1:])
        shape = tuple(shape)
        if self.merge_mode is None:
            return (shape, shape, *states)
        if self.merge_mode == "concat":
            shape = (*shape[:-1], 2 * shape[-1])
        return (shape, *states) if self.return_state else shape

    def compute_mask(self, sequences, mask=None):
        """Hands the mask on where a sequence is returned."""
        mask = mask[0] if isinstance(mask, list) else mask
        passed = mask if self.return_sequences else None
        outputs = (passed, passed) if self.merge_mode is None else (passed,)
        if not self.return_state:
            return outputs if self.merge_mode is None else passed
        shapes = self.forward_layer.compute_output_shape((None, None, 1))
        return (*outputs, *[None] * (2 * len(shapes[1:])))

    def get_config(self):
        """Returns the arguments."""
        serialize = keras.saving.serialize_keras_object
        return {
            **super().get_config(),
            "layer": serialize(self.forward_layer),
            "merge_mode": self.merge_mode,
            "backward_layer": serialize(self.backward_layer),
        }

    @classmethod
    def from_config(cls, config, custom_objects=None):
        """Makes the layer again from its config."""
        config = dict(config)
        for name in ("layer", "backward_layer"):
            config[name] = keras.saving.deserialize_keras_object(
                config[name], custom_objects=custom_objects
            )
        return cls(**config)


def _check_recurrent(argument, layer):
    """Raises ValueError where a layer cannot be one of the two readers."""
    if not isinstance(layer, keras.layers.Layer):
        raise ValueError(f"`{argument}` must be a Keras layer. Received: {layer!r}")
    missing = [name for name in NEEDED if not hasattr(layer, name)]
    if missing:
        raise ValueError(
            f"`{argument}` must be one recurrent layer, with {', '.join(NEEDED)}; for "
            "a stack in both directions there is RecurrentStack(bidirectional=True). "
            f"Received: {layer!r}, without {', '.join(missing)}"
        )


def _copy(layer, prefix, changes):
    """Makes an unbuilt layer of the same config, named after its direction."""
    config = keras.saving.serialize_keras_object(layer)
    config.pop("build_config", None)
    name = f"{prefix}{layer.name.removeprefix(prefix)}"
    config["config"] = {**config["config"], "name": name, **changes}
    return keras.saving.deserialize_keras_object(config)

"""Transformer decoder: causal self-attention, cross-attention and a cache."""

import keras
from keras import ops

from zoo.layers.memory import check_projected, ready
from zoo.layers.transformer_decoder_layer import TransformerDecoderLayer, places_of
from zoo.layers.transformer_stack import TransformerStack

GROWING = 0
"""The `length` of caches that have a place for each step read and no more."""


@keras.saving.register_keras_serializable(package="zoo")
class TransformerDecoder(TransformerStack):
    """Reads a memory and the tokens so far; gives a vector for the next token.

    It is a stack of layers, named as in PyTorch; KerasHub's `TransformerDecoder` is one
    layer, here `TransformerDecoderLayer`. Against KerasHub's, the memory's mask is in
    the `Memory`, there `encoder_padding_mask`, caches are in the state, and
    `layer_norm_epsilon` is 1e-6 by default, there 1e-5.

    Padding on the right reaches no step before it, so a mask of the inputs is only
    handed on to the outputs.

    Args:
        num_layers: Positive integer L.
        width: Positive integer D, of inputs, memory and outputs.
        num_heads: Positive integer H; divides D.
        intermediate_dim: Positive integer, width of the feed-forward networks.
        cross_attention: Whether there is a memory; False for a language model.
        window: None to see every step so far; or positive integer r: in each layer a
            step sees itself and the r before it. A text that is read whole in one
            call without caches then costs O(r T), not O(T^2).
        **options: `dropout`, `activation`, `layer_norm_epsilon`, `normalize_first`,
            `positions`, `sequence_length`, `max_wavelength`; see `TransformerStack`.

    Call arguments:
        inputs: `[B, T, D]`, T = the whole text in training, 1 when writing.
        memory: `Memory` from `project`; None without cross-attention.
        state: From `initial_state`, or what the last call returned. The cache's
            places must be enough for all steps of all calls. Where one call alone has
            more steps than places it is refused; over several calls the steps done
            are data that cannot be checked here, and a step past the last place
            would see all earlier ones but neither itself nor others past it.
        return_attention_scores: Whether to return self-attention's weights too.

    Returns:
        `(hidden [B, T, D], state, attention [B, L, H, T, S])`; attention, which is
        cross-attention's, is None without a memory. With `return_attention_scores`
        also `[B, L, H, T, M]`, self-attention's weights over the cache's M places (T
        without a cache).

    Raises:
        ValueError: An option is out of its range (see `TransformerStack`), a memory is
            given or missing against `cross_attention`, or there are more steps than
            the cache or the table of learned positions has places.

    Reference:
        Vaswani et al. 2017, "Attention Is All You Need", section 3.1.
    """

    def __init__(
        self,
        num_layers,
        width,
        num_heads,
        intermediate_dim,
        cross_attention=True,
        window=None,
        **options,
    ):
        super().__init__(num_layers, width, num_heads, intermediate_dim, **options)
        self.cross_attention = cross_attention
        self.window = window
        self.supports_masking = True  # see above
        self._make_parts(
            TransformerDecoderLayer, cross_attention=cross_attention, window=window
        )

    def build(self, inputs_shape, memory_shape=None, state_shape=None):
        """Makes the weights of the layers."""
        self._build_parts()

    def project(self, memory):
        """Computes every layer's keys and values of the memory, shared by all steps.

        Args:
            memory: `Memory` from an encoder; None without cross-attention.

        Returns:
            The same with `projected` filled in.
        """
        self._check_memory(memory)
        if memory is None:
            return None
        ready(self, memory)
        projected = [layer.attend.project_memory(memory.states) for layer in self.stack]
        return memory._replace(projected=projected)

    def initial_state(self, batch, length=None, memory=None):
        """Returns the state before the first step: empty caches.

        Args:
            batch: Integer B.
            length: Integer M, the largest number of steps. None for a text that is
                read whole in one call, which then needs no caches and is faster; the
                state it returns is empty and cannot be gone on from. `GROWING` for
                caches that grow with each call, M = the steps done: a step then costs
                what was read and not what might be, but a loop must let the shapes of
                its state change, as TensorFlow's does and JAX's does not, and all rows
                stand at the same step.
            memory: Not used: every memory is begun alike.

        Returns:
            Dictionary with the number of steps done `[B]` and each layer's cache, under
            `caches`, or `growing`.
        """
        state = {"position": ops.zeros((batch,), "int32")}
        if length is None:
            return state
        if self.positions == "learned":
            self.places.check_length(length)
        growing = isinstance(length, int) and length == GROWING
        if growing:  # 0, which a graph's loop must not know to be always 0
            length = ops.sum(state["position"])
        heads = (self.num_heads, length, self.width // self.num_heads)
        empty = ops.zeros((batch, *heads), self.compute_dtype)  # [B, H, M, d]
        caches = [{"keys": empty, "values": empty} for _ in self.stack]
        return {**state, "growing" if growing else "caches": caches}

    def call(self, inputs, memory, state, training=None, return_attention_scores=False):
        """Reads the next tokens."""
        self._check_memory(memory)
        if "position" not in state:
            raise ValueError(
                "`state` must come from `initial_state(batch, length)` with a `length` "
                "to be gone on from. Received: the state of a text that was read whole"
            )
        length = ops.shape(inputs)[1]
        steps = ops.expand_dims(state["position"], 1) + ops.arange(length)  # [B, T]
        kind = next((kind for kind in ("caches", "growing") if kind in state), None)
        caches, written, causal = self._open(state, kind, steps, length)
        hidden = self.place(inputs, steps)
        mask, projected = None, [None] * self.num_layers
        if memory is not None:
            check_projected(memory)
            mask, projected = memory.mask, memory.projected
        after, attention, own = [], [], []
        for layer, pair, cache in zip(self.stack, projected, caches, strict=True):
            hidden, cache, weights, self_weights = layer(
                hidden,
                pair,
                mask,
                cache,
                steps,
                written,
                causal,
                training=training,
                return_attention_scores=return_attention_scores,
            )
            after.append(cache)
            attention.append(weights)
            own.append(self_weights)
        done = {"position": state["position"] + length}
        state = {**done, kind: after} if kind else {}
        stacked = None if memory is None else ops.stack(attention, axis=1)
        results = (self.finish(hidden), state, stacked)  # attention [B, L, H, T, S]
        if return_attention_scores:
            return (*results, ops.stack(own, axis=1))  # [B, L, H, T, M]
        return results

    def _open(self, state, kind, steps, length):
        """Returns the layers' caches, where to write into them and what may be seen."""
        if kind is None:
            return [None] * self.num_layers, None, None
        caches = state[kind]
        capacity = ops.shape(caches[0]["keys"])[2]
        if kind == "growing":
            if length == 1 and self.window is None:
                return caches, None, None
            capacity = capacity + length
        elif isinstance(capacity, int) and isinstance(length, int):
            _check_places(length, capacity)
        written, causal = places_of(steps, self.num_heads, capacity, self.window)
        return caches, None if kind == "growing" else written, causal

    def _check_memory(self, memory):
        """Raises ValueError where a memory is given or missing against the options."""
        if self.cross_attention == (memory is None):
            raise ValueError(
                "`memory` must be a Memory with cross-attention, and None without. "
                f"Received: memory={'None' if memory is None else 'a Memory'}, "
                f"cross_attention={self.cross_attention}"
            )

    def get_config(self):
        """Returns the arguments."""
        return {
            **super().get_config(),
            "cross_attention": self.cross_attention,
            "window": self.window,
        }


def _check_places(length, capacity):
    """Raises ValueError where one call has more steps than a cache has places."""
    if length > capacity:
        raise ValueError(
            "`inputs` must have no more steps than the state's cache has places. "
            f"Received: {length} steps for a cache of length={capacity}"
        )

"""One layer of the Transformer decoder, and how it writes into its cache."""

import keras
from keras import ops

from zoo.layers.checks import check_sizes
from zoo.layers.multi_head_attention import causal_mask
from zoo.layers.restricted_attention import RestrictedSelfAttention
from zoo.layers.transformer_block import TransformerBlock


@keras.saving.register_keras_serializable(package="zoo")
class TransformerDecoderLayer(TransformerBlock):
    """Self-attention, cross-attention and feed-forward, each a residual branch.

    Beside KerasHub's `TransformerDecoder`, which is one layer too, the memory comes
    projected, and `layer_norm_epsilon` is 1e-6 by default, there 1e-5.

    Args:
        intermediate_dim: Positive integer, width of the feed-forward network.
        num_heads: Positive integer H; divides the width D of the inputs.
        cross_attention: Whether there is a memory to look at.
        window: None to see every step so far; or positive integer r, to see the step
            itself and the r before it (`RestrictedSelfAttention`).
        **options: `dropout`, `activation`, `layer_norm_epsilon`, `normalize_first`,
            `rotary`, `max_wavelength`; see `TransformerBlock`.

    Call arguments:
        inputs: `[B, T, D]`.
        memory: Pair of the memory's keys and values, `[B, H, S, d]` each, from
            `attend.project_memory`; None without cross-attention.
        memory_mask: `[B, S]` boolean, True = real, or None.
        cache: Dictionary of `keys` and `values` of earlier steps, `[B, H, M, d]`
            each, M the largest number of steps; None where there are no earlier steps.
        steps: `[B, T]` integers, the number of each step; by default 0, 1, ... T - 1.
        written: `[B * H * T, 3]` from `places_of`; None for a cache that grows.
        causal: `[B, T, M]` from `places_of`, where a step may look; None for all of a
            cache. Without a cache it sees itself and those before it, no more than
            `window`.
        return_attention_scores: Whether to return self-attention's weights.

    Returns:
        `(outputs [B, T, D], cache, cross-attention [B, H, T, S] or None,
        self-attention [B, H, T, M] or None)`; M is T without a cache.

    Raises:
        ValueError: An option is out of its range; see `TransformerBlock`.

    Reference:
        Vaswani et al. 2017, "Attention Is All You Need", section 3.1.
    """

    def __init__(
        self, intermediate_dim, num_heads, cross_attention=True, window=None, **options
    ):
        super().__init__(intermediate_dim, num_heads, **options)
        if window is not None:
            check_sizes(window=window)
        self.cross_attention = cross_attention
        self.window = window
        self.supports_masking = True  # see `TransformerDecoder`

    def build(self, inputs_shape, *other_shapes):
        """Makes the weights of the parts."""
        width = inputs_shape[-1]
        options = {"rotary": self.rotary}
        if self.window is not None:
            options.update(
                kind=RestrictedSelfAttention, window=self.window, causal=True
            )
        self.self_attention = self._make_attention(width, "self_attention", **options)
        self.self_attention.build((None, None, width))
        if self.cross_attention:
            self.attend = self._make_attention(width, "cross_attention")
            self.attend.build((None, None, width))
        self._build_rest(width, branches=3 if self.cross_attention else 2)

    def call(
        self,
        inputs,
        memory=None,
        memory_mask=None,
        cache=None,
        steps=None,
        written=None,
        causal=None,
        training=None,
        return_attention_scores=False,
    ):
        """Reads the next tokens."""
        hidden = self.enter(0, inputs)
        if cache is None:
            look = self._look_whole if self.window is None else self._look_near
            branch, own = look(hidden, steps, training, return_attention_scores)
        else:
            keys, values = self.self_attention.project_memory(hidden, steps)
            cache = {
                "keys": write(cache["keys"], keys, written),  # [B, H, M, d]
                "values": write(cache["values"], values, written),  # [B, H, M, d]
            }
            branch, own = self.self_attention.attend(
                hidden, cache["keys"], cache["values"], causal, steps, training
            )
        hidden = self.leave(0, inputs, branch, training)
        weights = None
        if self.cross_attention:
            if memory_mask is not None:
                memory_mask = ops.expand_dims(memory_mask, 1)  # [B, 1, S]
            branch, weights = self.attend.attend(
                self.enter(1, hidden),
                *memory,
                attention_mask=memory_mask,
                training=training,
            )
            hidden = self.leave(1, hidden, branch, training)
        branch = self.feed_forward(self.enter(-1, hidden))
        hidden = self.leave(-1, hidden, branch, training)
        return hidden, cache, weights, own if return_attention_scores else None

    def _look_whole(self, hidden, steps, training, _):
        """Self-attention of a whole text `[B, T, D]`, and its weights."""
        keys, values = self.self_attention.project_memory(hidden, steps)  # [B, T, D]
        causal = causal_mask(ops.shape(hidden)[1])
        return self.self_attention.attend(hidden, keys, values, causal, steps, training)

    def _look_near(self, hidden, steps, training, return_attention_scores):
        """The same restricted to `window`, and its weights where they are asked for."""
        results = self.self_attention(
            hidden,
            positions=steps,
            training=training,
            return_attention_scores=return_attention_scores,
        )
        if not return_attention_scores:
            return results, None
        outputs, weights = results
        return outputs, self.self_attention.spread(weights)  # [B, H, T, T]

    def get_config(self):
        """Returns the arguments."""
        return {
            **super().get_config(),
            "cross_attention": self.cross_attention,
            "window": self.window,
        }


def places_of(steps, num_heads, capacity, window=None):
    """Says where in a cache steps are written and what of it they may see.

    Args:
        steps: `[B, T]` integers less than M, the number of each step.
        num_heads: Integer H.
        capacity: Integer M, places of the cache.
        window: Positive integer r, how many earlier steps may be seen; None for all.

    Returns:
        `written` `[B * H * T, 3]`, row, head and place of each new vector, and `causal`
        `[B, T, M]`, True where step t may look at place m.
    """
    row = ops.arange(ops.shape(steps)[0], dtype="int32")[:, None, None]
    head = ops.arange(num_heads, dtype="int32")[:, None]
    place = ops.expand_dims(ops.cast(steps, "int32"), 1)  # [B, 1, T]
    axes = [row + 0 * (head + place), head + 0 * (row + place), place + 0 * head]
    written = ops.reshape(ops.stack(axes, axis=-1), (-1, 3))  # of [B, H, T, 3]
    places, now = ops.arange(capacity), steps[:, :, None]
    causal = places <= now
    if window is not None:
        causal = ops.logical_and(causal, places >= now - window)
    return written, causal


def write(cached, fresh, written):
    """Writes the vectors of new steps into a cache, each row at its own places.

    Args:
        cached: `[B, H, M, d]`.
        fresh: `[B, H, T, d]`.
        written: `[B * H * T, 3]` integers from `places_of`; None to add places.

    Returns:
        `[B, H, M, d]`; with places added `[B, H, M + T, d]`.
    """
    if written is None:
        return ops.concatenate([cached, fresh], axis=2)
    fresh = ops.reshape(fresh, (-1, fresh.shape[-1]))  # [B * H * T, d]
    return ops.scatter_update(cached, written, ops.cast(fresh, cached.dtype))

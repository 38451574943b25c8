"""Self-attention restricted to a neighbourhood: cost linear in length."""

import keras
import numpy as np
from keras import ops

from zoo.layers.attention import masked_softmax
from zoo.layers.checks import check_sizes
from zoo.layers.multi_head_attention import MultiHeadAttention
from zoo.layers.places import blank


@keras.saving.register_keras_serializable(package="zoo")
class RestrictedSelfAttention(MultiHeadAttention):
    """Multi-head self-attention from each place to those at most r places away.

    Full self-attention over n places of width d costs O(n^2 d); restricted, it costs
    O(r n d), and the path between two far places grows from 1 layer to O(n / r).

    The places are cut into blocks of r. What a block may see lies in itself and its two
    neighbours, so each block of r queries is compared with 3r keys (2r if causal), and
    of these products the ones further than r away are masked out:

        queries [B, N, r, ..] x keys [B, N, 3r, ..] -> scores [B, N, H, r, 3r]

    N = n / r, rounded up. No n x n matrix is ever made. The weights and the outputs of
    places that are real are those of `MultiHeadAttention` with a band as its mask.

    Args:
        window: Positive integer r, places to each side.
        causal: Whether places to the right are hidden too.
        **options: `num_heads`, `key_dim`, `value_dim`, `dropout`, `use_bias`,
            `output_shape`, `rotary`, `max_wavelength` of `MultiHeadAttention`.

    Call arguments:
        inputs: `[B, S, D]`.
        mask: `[B, S]` boolean, True = real, or None.
            What stands at the others is not read, not even NaN.
        positions: Integers `[S]` or `[B, S]` for rotary positions; by default 0, 1,
            ... S - 1. Who is near to whom goes by place, not by these.
        return_attention_scores: Whether to return the weights too.

    Returns:
        `[B, S, D]`; or a pair of that and the weights `[B, H, S, 2r + 1]` (r + 1 if
        causal): number k of place s is to place s + k - r, 0 where that is not allowed.
        See `spread`.

    Raises:
        ValueError: `window` is not a positive integer, or see `MultiHeadAttention`.

    Reference:
        Vaswani et al. 2017, "Attention Is All You Need", section 4 and table 1.
    """

    def __init__(self, window, causal=False, **options):
        check_sizes(window=window)
        super().__init__(**options)
        self.window = window
        self.causal = causal

    def build(self, inputs_shape):
        """Makes the four projections' weights."""
        super().build(inputs_shape)

    def call(
        self,
        inputs,
        mask=None,
        positions=None,
        training=None,
        return_attention_scores=False,
    ):
        """Attends from every place to its neighbourhood."""
        length = ops.shape(inputs)[1]
        if mask is None:
            mask = ops.ones((1, length), "bool")
        else:
            mask = ops.cast(mask, "bool")
            inputs = blank(inputs, mask)
        keys, values = self.project_memory(inputs, positions)
        query = self._blocks(self.project_query(inputs, positions))  # [B, N, r, H, d_k]
        keys = self._near(self._blocks(ops.swapaxes(keys, 1, 2)))  # [B, N, 3r, H, d_k]
        values = self._near(self._blocks(ops.swapaxes(values, 1, 2)))
        query = ops.swapaxes(query, 2, 3)  # [B, N, H, r, d_k]
        keys = ops.transpose(keys, (0, 1, 3, 4, 2))  # [B, N, H, d_k, 3r]
        values = ops.swapaxes(values, 2, 3)  # [B, N, H, 3r, d_v]
        scores = ops.matmul(query, keys)  # [B, N, H, r, 3r]
        real = self._near(self._blocks(mask))[:, :, None, None]  # [B, N, 1, 1, 3r]
        weights = masked_softmax(scores, ops.logical_and(real, self._band()))
        dropped = self.drop(weights, training=training)
        heads = ops.swapaxes(ops.matmul(dropped, values), 2, 3)  # [B, N, r, H, d_v]
        heads = self._unblock(heads, length)  # [B, S, H, d_v]
        outputs = self.output_layer(self._join(heads))
        # The same shape again, in a form in which Keras on JAX knows it.
        shape = (*ops.shape(inputs)[:2], outputs.shape[-1])
        outputs = ops.reshape(outputs, shape)
        if return_attention_scores:
            return outputs, self._by_distance(weights, length)
        return outputs

    def _band(self):
        """Returns which of the `[r, 3r]` products are between neighbours."""
        size = self.window
        rows = np.arange(size)[:, None]
        distance = np.arange(2 * size if self.causal else 3 * size) - size - rows
        return (distance >= -size) & (distance <= (0 if self.causal else size))

    def _blocks(self, vectors):
        """Cuts `[B, S, ...]` into blocks `[B, N, r, ...]`, the last filled with 0."""
        batch, length, *rest = ops.shape(vectors)
        missing = -length % self.window
        filling = ops.zeros((batch, missing, *rest), vectors.dtype)
        filled = ops.concatenate([vectors, filling], axis=1)  # [B, N * r, ...]
        blocks = (length + missing) // self.window
        return ops.reshape(filled, (batch, blocks, self.window, *rest))

    def _near(self, blocks):
        """Lays each block between its neighbours: `[B, N, 3r, ...]`, 2r if causal."""
        nothing = ops.zeros_like(blocks[:, :1])
        near = [ops.concatenate([nothing, blocks[:, :-1]], axis=1), blocks]
        if not self.causal:
            near.append(ops.concatenate([blocks[:, 1:], nothing], axis=1))
        return ops.concatenate(near, axis=2)

    def _unblock(self, blocks, length):
        """Joins blocks `[B, N, r, ...]` into `[B, S, ...]`."""
        batch, count, size, *rest = ops.shape(blocks)
        return ops.reshape(blocks, (batch, count * size, *rest))[:, :length]

    def _by_distance(self, weights, length):
        """Picks the band of `[B, N, H, r, 3r]`: `[B, H, S, 2r + 1]`."""
        size, columns = self.window, weights.shape[-1]
        width = size + 1 if self.causal else 2 * size + 1
        rows = np.arange(size)[:, None]
        picked = rows * columns + rows + np.arange(width)  # [r, 2r + 1]
        shape = ops.shape(weights)[:3]
        flat = ops.reshape(weights, (*shape, size * columns))
        band = ops.take(flat, picked, axis=-1)  # [B, N, H, r, 2r + 1]
        band = self._unblock(ops.swapaxes(band, 2, 3), length)  # [B, S, H, 2r + 1]
        return ops.swapaxes(band, 1, 2)

    def spread(self, weights):
        """Writes weights by distance as a whole map, for people to look at.

        Args:
            weights: `[B, H, S, 2r + 1]` from the call.

        Returns:
            `[B, H, S, S]`, 0 outside the neighbourhood.
        """
        batch, heads, length, width = ops.shape(weights)
        places = ops.arange(length)
        column = places[None] - places[:, None] + self.window  # [S, S]
        near = ops.logical_and(column >= 0, column < width)
        picked = places[:, None] * width + ops.clip(column, 0, width - 1)
        flat = ops.reshape(weights, (batch, heads, length * width))
        whole = ops.take(flat, picked, axis=-1)  # [B, H, S, S]
        return ops.where(near, whole, ops.zeros_like(whole))

    def get_config(self):
        """Returns the arguments."""
        return {**super().get_config(), "window": self.window, "causal": self.causal}

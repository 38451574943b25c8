"""Transformer encoder: layers of self-attention and feed-forward networks."""

import keras
from keras import ops

from zoo.layers.checks import check_sizes
from zoo.layers.memory import Memory
from zoo.layers.multi_head_attention import all_of, causal_mask
from zoo.layers.places import blank, mean_real, real_places
from zoo.layers.restricted_attention import RestrictedSelfAttention
from zoo.layers.transformer_block import TransformerBlock
from zoo.layers.transformer_stack import TransformerStack


@keras.saving.register_keras_serializable(package="zoo")
class TransformerEncoderLayer(TransformerBlock):
    """Self-attention and a feed-forward network, each a residual branch.

    The default, as in KerasHub's layer of the same arguments, is the paper's post-norm.

    Args:
        intermediate_dim: Positive integer, width of the feed-forward network.
        num_heads: Positive integer H; divides the width D of the inputs.
        window: None to attend everywhere; or positive integer r, to attend at most r
            places away at a cost linear in length (`RestrictedSelfAttention`).
        causal: Whether a place sees none after it.
        **options: `dropout`, `activation`, `layer_norm_epsilon`, `normalize_first`,
            `rotary`, `max_wavelength`; see `TransformerBlock`.

    Call arguments:
        inputs: `[B, S, D]`.
        mask: `[B, S]` boolean, True = real, or None. What stands at the others is not
            read, not even NaN.
        return_attention_scores: Whether to return the attention weights too.

    Returns:
        `[B, S, D]`; or a pair of that and the weights `[B, H, S, S]`.

    Raises:
        ValueError: An option is out of its range; see `TransformerBlock`.

    Reference:
        Vaswani et al. 2017, "Attention Is All You Need", section 3.1.
    """

    def __init__(
        self, intermediate_dim, num_heads, window=None, causal=False, **options
    ):
        super().__init__(intermediate_dim, num_heads, **options)
        if window is not None:
            check_sizes(window=window)
        self.window = window
        self.causal = causal
        self.supports_masking = True  # each place's output has the place's mask

    def build(self, inputs_shape):
        """Makes the weights of the parts."""
        width = inputs_shape[-1]
        options = {"rotary": self.rotary}
        if self.window is not None:
            options.update(
                kind=RestrictedSelfAttention, window=self.window, causal=self.causal
            )
        self.self_attention = self._make_attention(width, "self_attention", **options)
        self.self_attention.build((None, None, width))
        self._build_rest(width, branches=2)

    def call(self, inputs, mask=None, training=None, return_attention_scores=False):
        """Reads the whole sequence."""
        if mask is not None:
            mask = ops.cast(mask, "bool")
            inputs = blank(inputs, mask)  # a weight of 0 times NaN would be NaN
        hidden = self.enter(0, inputs)
        if self.window is None:
            branch, weights = self.self_attention.attend(
                hidden,
                *self.self_attention.project_memory(hidden),
                attention_mask=self._visible(mask, ops.shape(inputs)[1]),
                training=training,
            )
        else:
            branch = self.self_attention(
                hidden,
                mask=mask,
                training=training,
                return_attention_scores=return_attention_scores,
            )
            if return_attention_scores:
                branch, weights = branch
                weights = self.self_attention.spread(weights)  # [B, H, S, S]
        hidden = self.leave(0, inputs, branch, training)
        hidden = self.leave(
            1, hidden, self.feed_forward(self.enter(1, hidden)), training
        )
        return (hidden, weights) if return_attention_scores else hidden

    def _visible(self, mask, length):
        """Returns the attention mask, broadcasting against `[B, S, S]`, or None."""
        if mask is not None:
            mask = ops.expand_dims(mask, 1)  # [B, 1, S]
        return all_of(mask, causal_mask(length) if self.causal else None)

    def get_config(self):
        """Returns the arguments."""
        return {**super().get_config(), "window": self.window, "causal": self.causal}


@keras.saving.register_keras_serializable(package="zoo")
class TransformerEncoder(TransformerStack):
    """Reads a whole sequence; every place sees every other.

    It is a stack of layers, named as in PyTorch; KerasHub's `TransformerEncoder` is one
    layer, here `TransformerEncoderLayer`. Against KerasHub's, `mask` is its
    `padding_mask`, and `layer_norm_epsilon` is 1e-6 by default, there 1e-5.

    Args:
        num_layers: Positive integer L.
        width: Positive integer D.
        num_heads: Positive integer H; divides D.
        intermediate_dim: Positive integer, width of the feed-forward networks.
        window: None, or positive integer r: each layer attends at most r places away.
        causal: Whether a place sees none after it, so that a later input changes no
            earlier state.
        **options: `dropout`, `activation`, `layer_norm_epsilon`, `normalize_first`,
            `positions`, `sequence_length`, `max_wavelength`; see `TransformerStack`.

    Call arguments:
        inputs: `[B, S, D]`.
        mask: `[B, S]` boolean, True = real; None where all are. What stands at the
            others is not read, not even NaN.
        return_attention_scores: Whether to return the attention maps too.

    Returns:
        `Memory`: states `[B, S, D]`, the mask, and as summary the mean of the real
        places' states `[B, D]`, zeros for a row without any; or a pair of that and
        the attention maps of all layers `[B, L, H, S, S]`.

    Raises:
        ValueError: An option is out of its range; see `TransformerStack`.

    Reference:
        Vaswani et al. 2017, "Attention Is All You Need", section 3.1.
    """

    def __init__(
        self,
        num_layers,
        width,
        num_heads,
        intermediate_dim,
        window=None,
        causal=False,
        **options,
    ):
        super().__init__(num_layers, width, num_heads, intermediate_dim, **options)
        self.window = window
        self.causal = causal
        self.supports_masking = True  # each place's state has the place's mask
        self._make_parts(TransformerEncoderLayer, window=window, causal=causal)

    def build(self, inputs_shape):
        """Makes the weights of the layers."""
        self._build_parts()

    def call(self, inputs, mask=None, training=None, return_attention_scores=False):
        """Encodes a batch of sequences."""
        hidden, attention = self.place(inputs), []
        for layer in self.stack:
            hidden = layer(
                hidden,
                mask=mask,
                training=training,
                return_attention_scores=return_attention_scores,
            )
            if return_attention_scores:
                hidden, weights = hidden
                attention.append(weights)
        states = self.finish(hidden)
        mask = real_places(inputs, mask)
        memory = Memory(states, mask, mean_real(states, mask))
        if return_attention_scores:
            return memory, ops.stack(attention, axis=1)  # [B, L, H, S, S]
        return memory

    def get_config(self):
        """Returns the arguments."""
        return {**super().get_config(), "window": self.window, "causal": self.causal}

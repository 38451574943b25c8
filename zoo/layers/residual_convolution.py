"""Residual block of two dilated convolutions; see `zoo/layers/convolution.py`."""

import keras
from keras import ops

from zoo.layers.checks import check_choice, check_rates, check_sizes
from zoo.layers.places import blank, last_steps

PADDINGS = ("causal", "centred")


@keras.saving.register_keras_serializable(package="zoo")
class DilatedConvolution(keras.layers.Layer):
    """Convolution over time with gaps and with normalised weights; adds no padding.

        W = gain * direction / |direction|, the norm taken of each filter

    Direction and length of each filter's weights are learnt apart. A filter's length
    starts at 1, about what Glorot's initialiser gives where D = F.

    Args:
        filters: Positive integer F, width of the outputs.
        kernel_size: Positive integer k, inputs seen by one output.
        dilation: Positive integer d, steps from one of these to the next.
        weight_norm: Whether the weights are normalised; if not, W is learnt itself.

    Call arguments:
        inputs: `[B, (k - 1) * d + T, D]`.

    Returns:
        `[B, T, F]`.

    Raises:
        ValueError: A size is not positive.

    Reference:
        Salimans and Kingma 2016, "Weight Normalization", equation 2.
    """

    def __init__(self, filters, kernel_size, dilation=1, weight_norm=True, **kwargs):
        super().__init__(**kwargs)
        check_sizes(filters=filters, kernel_size=kernel_size, dilation=dilation)
        self.filters = filters
        self.kernel_size = kernel_size
        self.dilation = dilation
        self.weight_norm = weight_norm
        self.reach = (kernel_size - 1) * dilation  # steps before the newest
        self.supports_masking = False  # the block blanks what is masked

    def build(self, inputs_shape):
        """Makes kernel, bias and, where weights are normalised, gains."""
        shape = (self.kernel_size, inputs_shape[-1], self.filters)
        # In full precision until it is normalised: sums of squares need it.
        self.kernel = self.add_weight(
            shape, "glorot_uniform", autocast=not self.weight_norm, name="kernel"
        )
        self.gain = None
        if self.weight_norm:
            self.gain = self.add_weight(
                (self.filters,), "ones", autocast=False, name="gain"
            )
        self.bias = self.add_weight((self.filters,), "zeros", name="bias")

    def call(self, inputs):
        """Convolves."""
        kernel = ops.convert_to_tensor(self.kernel)  # [k, D, F]
        if self.weight_norm:
            norms = ops.sqrt(ops.sum(ops.square(kernel), axis=(0, 1)))  # [F]
            kernel = kernel * (self.gain / norms)
        outputs = ops.conv(
            inputs,
            ops.cast(kernel, self.compute_dtype),
            padding="valid",
            data_format="channels_last",
            dilation_rate=self.dilation,
        )  # [B, T, F]
        return outputs + self.bias

    def get_config(self):
        """Returns the arguments."""
        return {
            **super().get_config(),
            "filters": self.filters,
            "kernel_size": self.kernel_size,
            "dilation": self.dilation,
            "weight_norm": self.weight_norm,
        }


@keras.saving.register_keras_serializable(package="zoo")
class ResidualConvolution(keras.layers.Layer):
    """Two dilated convolutions with a way around them.

        branch  = dropout(relu(convolve(dropout(relu(convolve(inputs))))))
        outputs = relu(inputs + branch)

    Where inputs and outputs differ in width, the inputs go around through a 1 x 1
    convolution, a `Dense`. Dropout drops a channel at all steps at once.

    Args:
        filters: Positive integer F.
        kernel_size: Positive integer k, odd where the padding is centred.
        dilation: Positive integer d.
        padding: `"causal"`: an output sees its own step and earlier ones; `"centred"`:
            as many on either side.
        dropout: Float in [0, 1).
        weight_norm: Whether the convolutions' weights are normalised.

    Call arguments:
        inputs: `[B, T, D]`.
        before: List of what stood before the inputs of each of the two convolutions,
            `[B, (k - 1) * d, .]`; or None for zeros, before a text's first step.
        mask: `[B, T]` boolean, True = real, or None. A masked place is zero to both
            convolutions and on the way around, as is what lies outside of the text.

    Returns:
        Pair of outputs `[B, T, F]`, and the `before` of the next steps, or None where
        none was given.

    Raises:
        ValueError: A size is not positive, `padding` is not known, or centred with an
            even `kernel_size`.

    Reference:
        Bai et al. 2018, "An Empirical Evaluation of Generic Convolutional and Recurrent
        Networks for Sequence Modeling", figure 1b.
    """

    def __init__(
        self,
        filters,
        kernel_size,
        dilation=1,
        padding="causal",
        dropout=0.0,
        weight_norm=True,
        **kwargs,
    ):
        super().__init__(**kwargs)
        _check_padding(padding, kernel_size)
        check_rates(dropout=dropout)
        self.filters = filters
        self.kernel_size = kernel_size
        self.dilation = dilation
        self.padding = padding
        self.dropout = dropout
        self.weight_norm = weight_norm
        self.supports_masking = True  # read above; the outputs have the inputs' mask
        dtype = self.dtype_policy
        self.convolutions = [
            DilatedConvolution(
                filters, kernel_size, dilation, weight_norm, dtype=dtype, name=name
            )
            for name in ("first", "second")
        ]
        self.around = None
        self.drop = keras.layers.SpatialDropout1D(dropout, dtype=dtype)

    def build(self, inputs_shape, before_shape=None):
        """Makes the weights of the parts."""
        first, second = self.convolutions
        first.build((None, None, inputs_shape[-1]))
        second.build((None, None, self.filters))
        if inputs_shape[-1] != self.filters:
            self.around = keras.layers.Dense(
                self.filters, dtype=self.dtype_policy, name="around"
            )
            self.around.build(inputs_shape)

    def call(self, inputs, before=None, mask=None, training=None):
        """Reads the next steps."""
        if mask is not None:  # for the way around, too
            inputs = blank(inputs, mask)
        hidden, after = inputs, []
        for index, convolve in enumerate(self.convolutions):
            if mask is not None:
                hidden = blank(hidden, mask)
            if before is None:
                hidden = self._pad(hidden, convolve.reach)
            else:
                hidden = ops.concatenate([before[index], hidden], axis=1)
                after.append(last_steps(hidden, convolve.reach))
            hidden = ops.relu(convolve(hidden))  # [B, reach + T, .] to [B, T, F]
            hidden = self.drop(hidden, training=training)
        if self.around:
            inputs = self.around(inputs)  # [B, T, F]
        return ops.relu(inputs + hidden), after or None

    def _pad(self, hidden, reach):
        """Puts `reach` zeros around `[B, T, D]`, before it or on both sides."""
        left = {"causal": reach, "centred": reach // 2}[self.padding]
        return ops.pad(hidden, [[0, 0], [left, reach - left], [0, 0]])

    def get_config(self):
        """Returns the arguments."""
        return {
            **super().get_config(),
            "filters": self.filters,
            "kernel_size": self.kernel_size,
            "dilation": self.dilation,
            "padding": self.padding,
            "dropout": self.dropout,
            "weight_norm": self.weight_norm,
        }


def _check_padding(padding, kernel_size):
    """Raises ValueError where a convolution cannot be padded so."""
    check_choice("padding", padding, PADDINGS)
    if padding == "centred" and not kernel_size % 2:
        raise ValueError(
            "`kernel_size` must be odd for centred padding, one place in the middle. "
            f"Received: kernel_size={kernel_size}"
        )

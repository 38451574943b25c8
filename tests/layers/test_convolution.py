"""The convolutional network against loops and Keras's causal convolution."""

import keras
import numpy as np
import pytest

from tests.layers.feed_forward import (
    B,
    D,
    T,
    U,
    close,
    make,
    make_reader,
    normal,
    remember,
)
from zoo.layers.convolution import ConvolutionDecoder, ConvolutionEncoder
from zoo.layers.residual_convolution import DilatedConvolution, ResidualConvolution

SIZES = [(1, 1), (2, 1), (3, 2), (2, 4)]  # kernel size and dilation
DEPTHS = [(1, 3), (2, 3), (3, 2), (2, 5), (2, 1)]  # blocks and kernel size


def convolution(kernel_size, dilation, **options):
    """A dilated convolution with random weights."""
    layer = DilatedConvolution(U, kernel_size, dilation, dtype="float64", **options)
    layer.build((None, None, D))
    layer.set_weights([normal(9 + i, *w.shape) for i, w in enumerate(layer.weights)])
    return layer


def effective(layer):
    """The kernel and the bias that a convolution computes with, filter by filter."""
    kernel = layer.kernel.numpy().copy()
    if layer.weight_norm:
        for unit, gain in enumerate(layer.gain.numpy()):
            length = np.sqrt(sum(w * w for w in kernel[..., unit].ravel()))
            kernel[..., unit] *= gain / length
    return kernel, layer.bias.numpy()


def padded(inputs, before, after=0):
    return np.pad(inputs, [(0, 0), (before, after), (0, 0)])


@pytest.mark.parametrize("kernel_size, dilation", SIZES)
@pytest.mark.parametrize("weight_norm", [False, True])
def test_a_dilated_convolution_is_its_sum(kernel_size, dilation, weight_norm):
    layer = convolution(kernel_size, dilation, weight_norm=weight_norm)
    inputs, (kernel, bias) = normal(1, B, T, D), effective(layer)
    expected = np.zeros((B, T, U))
    for row in range(B):
        for step in range(T):
            expected[row, step] = bias
            for back in range(kernel_size):
                if step >= back * dilation:
                    seen = inputs[row, step - back * dilation]
                    expected[row, step] += seen @ kernel[kernel_size - 1 - back]
    close(layer(padded(inputs, layer.reach)), expected)


@pytest.mark.parametrize("kernel_size, dilation", SIZES)
def test_a_dilated_convolution_is_keras_s_causal_one(kernel_size, dilation):
    layer = convolution(kernel_size, dilation, weight_norm=False)
    stock = keras.layers.Conv1D(
        U, kernel_size, padding="causal", dilation_rate=dilation, dtype="float64"
    )
    stock.build((B, T, D))
    stock.set_weights(layer.get_weights())
    inputs = normal(1, B, T, D)
    close(layer(padded(inputs, layer.reach)), stock(inputs))


def test_the_size_of_a_direction_is_no_matter_and_a_gain_scales_its_filter():
    layer, inputs = convolution(3, 1), normal(1, B, T, D)
    layer.bias.assign(np.zeros(U))
    before = np.asarray(layer(inputs))
    layer.kernel.assign(7.0 * layer.kernel.numpy())
    layer.gain.assign(layer.gain.numpy() * np.arange(1, U + 1))
    close(layer(inputs), before * np.arange(1, U + 1))


def stock_block(block, hidden, padding):
    """A residual block composed of Keras's convolutions."""
    branch = hidden
    for convolve in block.convolutions:
        stock = keras.layers.Conv1D(
            convolve.filters,
            convolve.kernel_size,
            padding=padding,
            dilation_rate=convolve.dilation,
            activation="relu",
            dtype="float64",
        )
        stock.build(branch.shape)
        stock.set_weights(effective(convolve))
        branch = np.asarray(stock(branch))
    if hidden.shape[-1] != block.filters:
        kernel, bias = block.around.get_weights()
        hidden = hidden @ kernel + bias
    return np.maximum(hidden + branch, 0)


def by_keras(layer, inputs, padding):
    """The whole network composed of Keras's convolutions."""
    hidden = inputs
    for block in layer.blocks:
        hidden = stock_block(block, hidden, padding)
    kernel, bias = layer.output_layer.get_weights()
    return hidden @ kernel + bias


@pytest.mark.parametrize("layers, kernel_size", DEPTHS)
@pytest.mark.parametrize("filters", [D, U])
def test_the_decoder_is_a_composition_of_keras_s_convolutions(
    layers, kernel_size, filters
):
    options = {"filters": filters, "num_layers": layers, "kernel_size": kernel_size}
    decoder = make((ConvolutionDecoder, options))
    inputs, start = normal(1, B, T, D), decoder.initial_state(B)
    close(decoder(inputs, None, start)[0], by_keras(decoder, inputs, "causal"))
    decoder = make_reader((ConvolutionDecoder, options))
    memory = remember(decoder)
    summary = np.asarray(memory.summary) @ np.asarray(decoder.enter.kernel)
    # Before the first step are zeros, not the summary.
    joined = inputs + summary[:, None]
    close(decoder(inputs, memory, start)[0], by_keras(decoder, joined, "causal"))


@pytest.mark.parametrize("padding, theirs", [("causal", "causal"), ("centred", "same")])
def test_the_encoder_is_a_composition_of_keras_s_convolutions(padding, theirs):
    encoder = make(
        (ConvolutionEncoder, {"filters": U, "num_layers": 2, "padding": padding})
    )
    inputs = normal(1, B, T, D)
    close(encoder(inputs).states, by_keras(encoder, inputs, theirs))


@pytest.mark.parametrize("layers, kernel_size", DEPTHS)
def test_an_output_depends_on_the_receptive_field_and_on_nothing_else(
    layers, kernel_size
):
    options = {"filters": U, "num_layers": layers, "kernel_size": kernel_size}
    decoder = make((ConvolutionDecoder, options))
    for block in decoder.blocks:  # positive sums alone, which no rectifier cuts
        for convolve in block.convolutions:
            convolve.kernel.assign(np.abs(convolve.kernel.numpy()))
            convolve.gain.assign(np.abs(convolve.gain.numpy()))
            convolve.bias.assign(np.ones(U))
    field = decoder.receptive_field
    length = field + 4
    inputs = np.abs(normal(1, 1, length, D))
    changed = np.repeat(inputs, length, axis=0)
    changed[np.arange(length), np.arange(length)] += 1.0  # row r differs at step r
    hidden, _, _ = decoder(changed, None, decoder.initial_state(length))
    plain, _, _ = decoder(inputs, None, decoder.initial_state(1))
    moved = np.abs(np.asarray(hidden)[:, -1] - np.asarray(plain)[:, -1]).max(-1) > 1e-9
    np.testing.assert_array_equal(moved, np.arange(length) >= length - field)


def test_the_receptive_field_doubles_with_every_block():
    fields = [ConvolutionDecoder(U, D, layers).receptive_field for layers in (1, 2, 3)]
    assert fields == [5, 13, 29]


def test_the_state_is_what_each_convolution_must_still_see():
    decoder = make((ConvolutionDecoder, {"filters": U, "num_layers": 2}))
    inputs = normal(1, B, T, D)
    _, state, _ = decoder(inputs, None, decoder.initial_state(B))
    shapes = keras.tree.map_structure(lambda leaf: leaf.shape[1:], state)
    assert shapes == {"before": [[(2, D), (2, U)], [(4, U), (4, U)]]}
    close(state["before"][0][0], inputs[:, -2:])
    close(
        state["before"][1][0], stock_block(decoder.blocks[0], inputs, "causal")[:, -4:]
    )


def test_a_centred_state_sees_as_far_to_the_left_as_to_the_right():
    options = {"filters": U, "num_layers": 1, "padding": "centred"}
    encoder, inputs = make((ConvolutionEncoder, options)), normal(1, B, T, D)
    changed = inputs.copy()
    changed[:, 4] += 5.0
    before, after = (np.asarray(encoder(x).states) for x in (inputs, changed))
    moved = np.abs(before - after).max(axis=(0, 2)) > 1e-9
    assert encoder.receptive_field == 5
    assert moved.nonzero()[0].tolist() == [2, 3, 4, 5, 6]


def test_dropout_drops_a_channel_at_all_steps_at_once():
    block = ResidualConvolution(40, 1, dropout=0.5, weight_norm=False, dtype="float64")
    block.build((None, None, 40))
    ones = np.eye(40)[None]
    block.set_weights([ones, np.zeros(40)] * 2)  # both convolutions pass all on
    outputs, _ = block(np.ones((B, T, 40)), training=True)
    branch = np.asarray(outputs) - 1.0
    assert set(np.unique(branch)) == {0.0, 4.0}
    assert (branch == branch[:, :1]).all()
    assert (branch[0] != branch[1]).any()


@pytest.mark.parametrize("padding", ["same", None, "valid"])
def test_a_padding_that_is_not_known_is_refused(padding):
    with pytest.raises(ValueError, match=f"`padding` must be one of.*{padding}"):
        ConvolutionEncoder(U, D, 2, padding=padding)


def test_an_even_kernel_has_no_middle_to_centre():
    with pytest.raises(ValueError, match="`kernel_size` must be odd .*kernel_size=2"):
        ConvolutionEncoder(U, D, 2, kernel_size=2, padding="centred")


def test_a_decoder_cannot_be_centred():
    with pytest.raises((TypeError, ValueError), match="padding"):
        ConvolutionDecoder(U, D, 2, padding="centred")

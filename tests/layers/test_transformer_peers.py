"""Attention and the Transformer's layers against PyTorch's, with copied weights."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.layers.torch_copies import copy_attention, copy_layer, copy_norm
from zoo.layers.memory import Memory
from zoo.layers.multi_head_attention import MultiHeadAttention
from zoo.layers.transformer_decoder import TransformerDecoder
from zoo.layers.transformer_encoder import TransformerEncoder, TransformerEncoderLayer

pytestmark = pytest.mark.peers
B, S, T, D, H, F, L = 3, 4, 5, 8, 2, 12, 2
PADDING = np.array([[1, 1, 1, 1, 1], [1, 1, 1, 0, 0], [1, 0, 0, 0, 0]], bool)
MEMORY_PADDING = PADDING[:, :S]
both_orders = pytest.mark.parametrize("normalize_first", [False, True])


@pytest.fixture
def torch():
    """PyTorch; not imported with this file, which `make test` collects without it."""
    return pytest.importorskip("torch", reason="needs requirements-peers.txt")


def normal(seed, *shape):
    return np.random.default_rng(seed).normal(size=shape)


def randomise(layer):
    layer.set_weights([0.5 * normal(i, *w.shape) for i, w in enumerate(layer.weights)])
    return layer


def close(one, other):
    other = other.detach().numpy() if hasattr(other, "detach") else other
    np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-10)


def gradients_of_layer(layer, peer):
    """Pairs of PyTorch's gradients and the variables of ours that they belong to."""
    attentions = [(layer.self_attention, peer.self_attn)]
    if hasattr(peer, "multihead_attn"):
        attentions.append((layer.attend, peer.multihead_attn))
    for ours, theirs in attentions:
        kernels = np.split(theirs.in_proj_weight.grad.numpy(), 3)
        biases = np.split(theirs.in_proj_bias.grad.numpy(), 3)
        parts = [ours.query_layer, ours.key_layer, ours.value_layer]
        for part, kernel, bias in zip(parts, kernels, biases, strict=True):
            yield part.kernel, kernel.T
            yield part.bias, bias
        yield ours.output_layer.kernel, theirs.out_proj.weight.grad.numpy().T
        yield ours.output_layer.bias, theirs.out_proj.bias.grad.numpy()
    dense = [(layer.widen, peer.linear1), (layer.narrow, peer.linear2)]
    for ours, theirs in dense:
        yield ours.kernel, theirs.weight.grad.numpy().T
        yield ours.bias, theirs.bias.grad.numpy()
    for index, norm in enumerate(layer.norms):
        theirs = getattr(peer, f"norm{index + 1}")
        yield norm.gamma, theirs.weight.grad.numpy()
        yield norm.beta, theirs.bias.grad.numpy()


@pytest.mark.parametrize("memory_width", [D, 3])
@pytest.mark.parametrize("masked", [False, True])
def test_multi_head_attention_is_that_of_torch(torch, memory_width, masked):
    layer = MultiHeadAttention(H, D // H, dtype="float64")
    query, memory = normal(1, B, T, D), normal(2, B, S, memory_width)
    layer.build((B, T, D), (B, S, memory_width))
    randomise(layer)
    peer = torch.nn.MultiheadAttention(
        D,
        H,
        kdim=memory_width,
        vdim=memory_width,
        batch_first=True,
        dtype=torch.float64,
    )
    copy_attention(torch, layer, peer)
    mask = MEMORY_PADDING if masked else np.ones((B, S), bool)
    watched = torch.tensor(query, requires_grad=True)
    expected, weights = peer(
        watched,
        torch.tensor(memory),
        torch.tensor(memory),
        key_padding_mask=torch.tensor(~mask),
        average_attn_weights=False,
    )
    (expected * torch.tensor(normal(3, B, T, D))).sum().backward()
    constant = tf.constant(query)
    with tf.GradientTape() as tape:
        tape.watch(constant)
        outputs, attention = layer(
            constant,
            memory,
            attention_mask=mask[:, None],
            return_attention_scores=True,
        )
        loss = tf.reduce_sum(outputs * normal(3, B, T, D))
    close(outputs, expected)
    close(attention, weights)
    close(tape.gradient(loss, constant), watched.grad)


@both_orders
@pytest.mark.parametrize("activation", ["relu", "tanh"])
@pytest.mark.parametrize("mask", ["none", "padding", "causal", "both"])
def test_an_encoder_layer_is_that_of_torch(torch, normalize_first, activation, mask):
    layer = TransformerEncoderLayer(
        F,
        H,
        activation=activation,
        layer_norm_epsilon=1e-5,
        normalize_first=normalize_first,
        causal=mask in ("causal", "both"),
        dtype="float64",
    )
    layer.build((B, T, D))
    randomise(layer)
    peer = torch.nn.TransformerEncoderLayer(
        D,
        H,
        F,
        dropout=0.0,
        activation=getattr(torch, activation),
        batch_first=True,
        norm_first=normalize_first,
        dtype=torch.float64,
    )
    copy_layer(torch, layer, peer)
    inputs = normal(1, B, T, D)
    padding = PADDING if mask in ("padding", "both") else None
    weighing = normal(2, B, T, D)
    if padding is not None:
        weighing = weighing * padding[..., None]  # what stands at padding is nobody's
    watched = torch.tensor(inputs, requires_grad=True)
    hidden = torch.ones((T, T), dtype=torch.bool).triu(1)
    expected = peer(
        watched,
        src_mask=hidden if mask in ("causal", "both") else None,
        src_key_padding_mask=None if padding is None else torch.tensor(~padding),
    )
    (expected * torch.tensor(weighing)).sum().backward()
    constant = tf.constant(inputs)
    pairs = list(gradients_of_layer(layer, peer))
    with tf.GradientTape() as tape:
        tape.watch(constant)
        outputs = layer(constant, mask=padding)
        loss = tf.reduce_sum(outputs * weighing)
    ours = tape.gradient(loss, [constant, *[v.value for v, _ in pairs]])
    real = PADDING if padding is not None else np.ones((B, T), bool)
    close(np.asarray(outputs)[real], expected.detach().numpy()[real])
    for one, other in zip(ours, [watched.grad, *[g for _, g in pairs]], strict=True):
        close(one, other)


@both_orders
def test_the_encoder_is_a_stack_of_torch_s_layers(torch, normalize_first):
    encoder = TransformerEncoder(
        L,
        D,
        H,
        F,
        positions=None,
        normalize_first=normalize_first,
        layer_norm_epsilon=1e-5,
        dtype="float64",
    )
    encoder.build((B, T, D))
    randomise(encoder)
    layer = torch.nn.TransformerEncoderLayer(
        D, H, F, 0.0, batch_first=True, norm_first=normalize_first, dtype=torch.float64
    )
    norm = torch.nn.LayerNorm(D, dtype=torch.float64) if normalize_first else None
    peer = torch.nn.TransformerEncoder(layer, L, norm, enable_nested_tensor=False)
    for ours, theirs in zip(encoder.stack, peer.layers, strict=True):
        copy_layer(torch, ours, theirs)
    if norm:
        copy_norm(torch, encoder.norm, peer.norm)
    inputs = normal(1, B, T, D)
    expected = peer(
        torch.tensor(inputs * np.sqrt(D)), src_key_padding_mask=torch.tensor(~PADDING)
    )
    memory = encoder(inputs, mask=PADDING)
    expected = expected.detach().numpy()
    close(np.asarray(memory.states)[PADDING], expected[PADDING])
    for row in range(B):
        close(memory.summary[row], expected[row][PADDING[row]].mean(axis=0))


@both_orders
def test_the_decoder_is_a_stack_of_torch_s_layers(torch, normalize_first):
    decoder = TransformerDecoder(
        L,
        D,
        H,
        F,
        positions=None,
        normalize_first=normalize_first,
        layer_norm_epsilon=1e-5,
        dtype="float64",
    )
    decoder.build((B, T, D))
    randomise(decoder)
    layer = torch.nn.TransformerDecoderLayer(
        D, H, F, 0.0, batch_first=True, norm_first=normalize_first, dtype=torch.float64
    )
    norm = torch.nn.LayerNorm(D, dtype=torch.float64) if normalize_first else None
    peer = torch.nn.TransformerDecoder(layer, L, norm)
    for ours, theirs in zip(decoder.stack, peer.layers, strict=True):
        copy_layer(torch, ours, theirs)
    if norm:
        copy_norm(torch, decoder.norm, peer.norm)
    inputs, states = normal(1, B, T, D), normal(2, B, S, D)
    watched = [torch.tensor(a, requires_grad=True) for a in (inputs, states)]
    expected = peer(
        watched[0] * np.sqrt(D),
        watched[1],
        tgt_mask=torch.ones((T, T), dtype=torch.bool).triu(1),
        memory_key_padding_mask=torch.tensor(~MEMORY_PADDING),
    )
    weighing = normal(3, B, T, D)
    (expected * torch.tensor(weighing)).sum().backward()
    constants = [tf.constant(inputs), tf.constant(states)]
    pairs = [
        pair
        for ours, theirs in zip(decoder.stack, peer.layers, strict=True)
        for pair in gradients_of_layer(ours, theirs)
    ]
    for length in (T, None):  # with caches, and without
        with tf.GradientTape() as tape:
            tape.watch(constants)
            mask = keras.ops.array(MEMORY_PADDING)
            memory = decoder.project(Memory(constants[1], mask, constants[1][:, 0]))
            state = decoder.initial_state(B, length)
            hidden, _, _ = decoder(constants[0], memory, state)
            loss = tf.reduce_sum(hidden * weighing)
        ours = tape.gradient(loss, [*constants, *[v.value for v, _ in pairs]])
        close(hidden, expected)
        theirs = [tensor.grad for tensor in watched] + [g for _, g in pairs]
        for one, other in zip(ours, theirs, strict=True):
            close(one, other)


def test_a_decoder_without_memory_is_torch_s_encoder_with_a_causal_mask(torch):
    decoder = TransformerDecoder(
        L, D, H, F, cross_attention=False, positions=None, normalize_first=False,
        layer_norm_epsilon=1e-5, dtype="float64",
    )  # fmt: skip
    decoder.build((B, T, D))
    randomise(decoder)
    layer = torch.nn.TransformerEncoderLayer(
        D, H, F, 0.0, batch_first=True, dtype=torch.float64
    )
    peer = torch.nn.TransformerEncoder(layer, L, enable_nested_tensor=False)
    for ours, theirs in zip(decoder.stack, peer.layers, strict=True):
        copy_layer(torch, ours, theirs)
    inputs = normal(1, B, T, D)
    expected = peer(
        torch.tensor(inputs * np.sqrt(D)),
        mask=torch.ones((T, T), dtype=torch.bool).triu(1),
    )
    hidden, _, attention = decoder(inputs, None, decoder.initial_state(B, T))
    close(hidden, expected)
    assert attention is None

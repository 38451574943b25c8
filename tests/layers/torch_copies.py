"""Gives PyTorch's attention and Transformer layers the weights of ours."""

import numpy as np


def transposed(array):
    """A Keras kernel as PyTorch has it, and the other way about."""
    return np.ascontiguousarray(np.asarray(array).T)


def copy_attention(torch, ours, peer):
    """Gives PyTorch's attention our weights."""
    parts = [ours.query_layer, ours.key_layer, ours.value_layer]
    kernels = [transposed(part.kernel) for part in parts]
    with torch.no_grad():
        if peer.in_proj_weight is not None:
            peer.in_proj_weight.copy_(torch.tensor(np.concatenate(kernels)))
        else:
            names = ["q_proj_weight", "k_proj_weight", "v_proj_weight"]
            for name, kernel in zip(names, kernels, strict=True):
                getattr(peer, name).copy_(torch.tensor(kernel))
        biases = np.concatenate([np.asarray(part.bias) for part in parts])
        peer.in_proj_bias.copy_(torch.tensor(biases))
    copy_dense(torch, ours.output_layer, peer.out_proj)


def copy_dense(torch, ours, peer):
    with torch.no_grad():
        peer.weight.copy_(torch.tensor(transposed(ours.kernel)))
        peer.bias.copy_(torch.tensor(np.asarray(ours.bias)))


def copy_norm(torch, ours, peer):
    with torch.no_grad():
        peer.weight.copy_(torch.tensor(np.asarray(ours.gamma)))
        peer.bias.copy_(torch.tensor(np.asarray(ours.beta)))


def copy_layer(torch, ours, peer):
    """Gives PyTorch's encoder or decoder layer our weights."""
    copy_attention(torch, ours.self_attention, peer.self_attn)
    if hasattr(peer, "multihead_attn"):
        copy_attention(torch, ours.attend, peer.multihead_attn)
    copy_dense(torch, ours.widen, peer.linear1)
    copy_dense(torch, ours.narrow, peer.linear2)
    for index, norm in enumerate(ours.norms):
        copy_norm(torch, norm, getattr(peer, f"norm{index + 1}"))

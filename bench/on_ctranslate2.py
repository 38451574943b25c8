"""Contestants on CTranslate2: our Transformer's weights, decoded by its C++."""

import os
import tempfile

import ctranslate2
import numpy as np
from ctranslate2.specs import TransformerSpec
from keras import ops

from zoo import machine
from zoo.layers.positions import sinusoidal_positions

MOST = 512  # places of a source or a translation
SPECIAL = ["<pad>", "<unk>", "<s>", "</s>"]  # as `zoo.tokens` has them


def versions():
    """Names what computes here, and with how many threads."""
    return {
        "ctranslate2": ctranslate2.__version__,
        "threads": machine.cores(),
        "CT2_USE_MKL": os.environ.get("CT2_USE_MKL", "default (on Intel only)"),
    }


def hold(contestant, case, products):
    """Makes one contestant ready; returns a function that does its work once."""
    from bench import translators

    sizes = case["sizes"]
    length = translators.pieces_for(sizes["length"])
    _, source = translators.sentences(sizes["batch"], length)
    kind = "int8" if contestant["maker"].endswith("int8") else "float32"
    translator = opened(translators.make("transformer"), kind)
    rows = [[str(token) for token in row] for row in source]

    def run():
        return translator.translate_batch(
            rows,
            beam_size=sizes["beam"],
            num_hypotheses=sizes["beam"],
            return_scores=True,
            length_penalty=0,
            min_decoding_length=sizes["length"],
            max_decoding_length=sizes["length"],
        )

    return run


def opened(model, kind="float32"):
    """Opens a Transformer of ours with CTranslate2.

    Args:
        model: `zoo.models.translator.Translator` of Transformers.
        kind: What it computes with, `"float32"` or `"int8"`.

    Returns:
        `ctranslate2.Translator`, whose tokens are our ids, as text.
    """
    with tempfile.TemporaryDirectory() as folder:
        convert(model).save(folder)
        return ctranslate2.Translator(
            folder, compute_type=kind, inter_threads=1, intra_threads=machine.cores()
        )


def convert(model):
    """Copies a Transformer's weights.

    Args:
        model: `zoo.models.translator.Translator` of Transformers, tied.

    Returns:
        `ctranslate2.specs.TransformerSpec`, complete.
    """
    sides = (model.encoder, model.decoder)
    spec = TransformerSpec.from_config(
        tuple(side.num_layers for side in sides),
        model.encoder.num_heads,
        pre_norm=model.encoder.normalize_first,
    )
    shared = ops.convert_to_numpy(model.embedding.embeddings)  # [V, D]
    places = ops.convert_to_numpy(
        sinusoidal_positions(np.arange(MOST), model.width, interleaved=False)
    )
    spec.encoder.embeddings[0].weight = spec.decoder.embeddings.weight = shared
    spec.decoder.projection.weight = shared
    spec.decoder.projection.bias = ops.convert_to_numpy(model.output_bias)
    for side, layers in zip((spec.encoder, spec.decoder), sides, strict=True):
        side.position_encodings.encodings = places
        if layers.norm:
            _norm(side.layer_norm, layers.norm)
        for to, layer in zip(side.layer, layers.stack, strict=True):
            _layer(to, layer)
    words = [*SPECIAL, *map(str, range(len(SPECIAL), len(shared)))]
    spec.register_source_vocabulary(words)
    spec.register_target_vocabulary(words)
    spec.config.layer_norm_epsilon = model.encoder.layer_norm_epsilon
    spec.validate()
    spec.optimize()
    return spec


def _layer(to, layer):
    """Copies one layer of either side."""
    attention = layer.self_attention
    three = (attention.query_layer, attention.key_layer, attention.value_layer)
    _linear(to.self_attention.linear[0], *three)
    _linear(to.self_attention.linear[1], attention.output_layer)
    _norm(to.self_attention.layer_norm, layer.norms[0])
    if hasattr(to, "attention"):
        attention = layer.attend
        _linear(to.attention.linear[0], attention.query_layer)
        _linear(to.attention.linear[1], attention.key_layer, attention.value_layer)
        _linear(to.attention.linear[2], attention.output_layer)
        _norm(to.attention.layer_norm, layer.norms[1])
    _linear(to.ffn.linear_0, layer.widen)
    _linear(to.ffn.linear_1, layer.narrow)
    _norm(to.ffn.layer_norm, layer.norms[-1])


def _linear(to, *layers):
    """Copies dense layers, side by side."""
    kernels, biases = (
        [ops.convert_to_numpy(getattr(layer, name)) for layer in layers]
        for name in ("kernel", "bias")
    )
    to.weight = np.concatenate(kernels, axis=1).T  # [outputs, inputs]
    to.bias = np.concatenate(biases)


def _norm(to, layer):
    """Copies a layer normalisation."""
    to.gamma = ops.convert_to_numpy(layer.gamma)
    to.beta = ops.convert_to_numpy(layer.beta)

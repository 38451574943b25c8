"""The Transformer decoder's options, what it saves, and what it refuses."""

import keras
import numpy as np
import pytest

from tests.layers.test_transformer_decoder import (
    B,
    D,
    F,
    H,
    L,
    S,
    T,
    close,
    every_kind,
    few_kinds,
    make,
    normal,
    read,
    remember,
)
from zoo.layers.memory import Memory
from zoo.layers.transformer_decoder import (
    GROWING,
    TransformerDecoder,
    TransformerDecoderLayer,
)


@pytest.mark.parametrize("window", [None, 2])
def test_self_attention_s_weights_are_shown_on_demand_and_are_causal(window):
    decoder, inputs = make(window=window), normal(1, B, T, D)
    reach = window or T
    memory = remember(decoder)
    for length in (T, None):
        state = decoder.initial_state(B, length)
        plain = decoder(inputs, memory, state)
        *results, own = decoder(inputs, memory, state, return_attention_scores=True)
        close(results[0], plain[0])
        own = np.asarray(own)
        assert own.shape == (B, L, H, T, T)
        close(own.sum(axis=-1), 1.0)
        seen = np.tril(np.ones((T, T), bool)) & ~np.tril(
            np.ones((T, T), bool), -reach - 1
        )
        assert (own[..., seen] > 0).all() and (own[..., ~seen] == 0).all()


def test_a_memory_with_nothing_real_gives_finite_numbers():
    decoder, states = make(), keras.ops.array(normal(40, B, S, D))
    mask = np.array([[1] * S, [0] * S, [1] + [0] * (S - 1)], bool)
    memory = decoder.project(Memory(states, keras.ops.array(mask), states[:, 0]))
    inputs = normal(1, B, T, D)
    hidden, _, _ = decoder(inputs, memory, decoder.initial_state(B, T))
    assert np.isfinite(hidden).all()
    close(np.asarray(hidden)[0], np.asarray(read(decoder, inputs)[0])[0])


def test_rotary_positions_know_distances_alone():
    decoder, inputs = make(positions="rotary"), normal(1, B, T, D)
    memory, state = remember(decoder), decoder.initial_state(B)
    later = {"position": state["position"] + 40}
    close(decoder(inputs, memory, later)[0], decoder(inputs, memory, state)[0])
    other = make()  # sinusoidal ones know where they are
    moved = other(inputs, remember(other), later)[0]
    moved = moved - other(inputs, remember(other), state)[0]
    assert np.abs(np.asarray(moved)).max() > 1e-3


@keras.saving.register_keras_serializable(package="tests")
class Reader(keras.Model):
    """A model of nothing but a decoder, with a picture of itself as its memory."""

    def __init__(self, options, **kwargs):
        super().__init__(**kwargs)
        self.options = options
        self.decoder = TransformerDecoder(1, D, H, F, name="decoder", **options)

    def build(self, inputs_shape):
        self.decoder.build(inputs_shape)

    def call(self, inputs):
        mask = keras.ops.ones(keras.ops.shape(inputs)[:2], "bool")
        memory = None
        if self.decoder.cross_attention:
            memory = Memory(inputs, mask, keras.ops.mean(inputs, axis=1))
        state = self.decoder.initial_state(keras.ops.shape(inputs)[0], T)
        return self.decoder(inputs, self.decoder.project(memory), state)[0]

    def get_config(self):
        return {"options": self.options}


@few_kinds
def test_it_is_saved_and_loaded_with_a_model(options, tmp_path):
    model, given = Reader(options), normal(1, B, T, D).astype("float32")
    outputs = model(given)
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(again(given), outputs)
    assert again.decoder.get_config() == model.decoder.get_config()
    assert again.decoder.get_config().items() >= options.items()


def test_the_config_of_a_layer_keeps_every_argument():
    options = {"dropout": 0.2, "activation": "tanh", "normalize_first": True}
    options |= {"window": 3}
    options |= {"rotary": True, "max_wavelength": 99, "cross_attention": False}
    layer = TransformerDecoderLayer(F, H, **options)
    assert layer.get_config().items() >= options.items()


@pytest.mark.parametrize(
    "options, sentence",
    [
        (
            {"num_layers": 0},
            "`num_layers` must be an integer of at least 1.*num_layers=0",
        ),
        ({"width": 7, "num_heads": 7}, "`width` must be even.*width=7"),
        ({"num_heads": 3}, "`width` must be a positive multiple.*num_heads=3"),
        ({"window": 0}, "`window` must be an integer of at least 1.*window=0"),
        ({"positions": 3}, "`positions` must be one of.*positions=3"),
    ],
)
def test_options_that_do_not_go_together_are_refused(options, sentence):
    good = {"num_layers": L, "width": D, "num_heads": H, "intermediate_dim": F}
    with pytest.raises(ValueError, match=sentence):
        TransformerDecoder(**{**good, **options})


def test_a_memory_against_the_options_is_refused():
    reader, writer = make(), make(cross_attention=False)
    memory, inputs = remember(reader), normal(1, B, T, D)
    with pytest.raises(ValueError, match="`memory` must be a Memory.*memory=None"):
        reader(inputs, None, reader.initial_state(B, T))
    with pytest.raises(ValueError, match="`memory` must be.*cross_attention=False"):
        writer(inputs, memory, writer.initial_state(B, T))
    with pytest.raises(ValueError, match="`memory` must be.*cross_attention=False"):
        writer.project(memory)


def test_more_steps_than_the_cache_has_places_are_refused():
    sentence = "no more steps than the state's cache.*5 steps.*length=3"
    with pytest.raises(ValueError, match=sentence):
        read(make(), normal(1, B, T, D), length=3)


def test_a_cache_longer_than_the_learned_positions_is_refused():
    decoder = make(positions="learned", sequence_length=6)
    with pytest.raises(ValueError, match="7 steps, sequence_length=6"):
        decoder.initial_state(B, 7)


@every_kind
@pytest.mark.parametrize("chunk", [1, 2])
def test_caches_that_grow_end_as_those_that_were_long_enough(options, chunk):
    decoder, inputs = make(**options), normal(1, B, T, D)
    memory, state = remember(decoder), decoder.initial_state(B, GROWING)
    whole, final, _ = decoder(inputs, memory, decoder.initial_state(B, T))
    for begin in range(0, T, chunk):
        now = slice(begin, begin + chunk)
        hidden, state, _ = decoder(inputs[:, now], memory, state)
        close(hidden, whole[:, now])
        places = min(begin + chunk, T)
        assert state["growing"][0]["keys"].shape == (B, H, places, D // H)
    assert np.asarray(state["position"]).tolist() == [T] * B
    keras.tree.map_structure(close, state["growing"], final["caches"])

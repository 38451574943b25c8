"""The practice's numbers, against Keras's and PyTorch's layers and by hand."""

import keras
import numpy as np
import pytest

from zoo.lab import hello, practice

LENGTHS = [20, 5, 8, 10, 15, 18, 17, 6, 6, 18]
SORTED = [20, 18, 18, 17, 15, 10, 8, 6, 6, 5]


@pytest.fixture(scope="module")
def layers():
    """The practice's layers; biases too are random, so that a lost one shows."""
    made = practice.layers(seed=3)
    practice.run(*made)  # builds them
    for seed, layer in enumerate(made[1:]):
        *kernels, bias = layer.get_weights()
        bias = np.random.default_rng(seed).normal(size=bias.shape)
        layer.set_weights([*kernels, 0.5 * bias])
    return made


@pytest.fixture(scope="module")
def done(layers):
    return practice.run(*layers)


@pytest.fixture(scope="module")
def learnt():
    return hello.train(seed=2)


@pytest.fixture
def torch():
    """PyTorch; not imported with this file, which `make test` collects without it."""
    return pytest.importorskip("torch", reason="needs requirements-peers.txt")


def assert_close(ours, theirs):
    assert ours.shape == theirs.shape
    np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-4)


def test_the_shapes_are_those_of_the_course(done):
    assert done.ids.shape == (10, 20)
    assert done.embedded.shape == (10, 20, 256)
    assert done.hidden.shape == (20, 10, 512)
    assert done.last.shape == (1, 10, 512)
    assert done.classes.shape == (10, 2)
    assert done.labels.shape == (20, 10, 5)
    assert done.packed_hidden.shape == (20, 10, 512)
    assert done.packed_last.shape == (1, 10, 512)


def test_the_lengths_are_those_of_the_course(done):
    assert done.lengths.tolist() == LENGTHS
    assert done.sorted_lengths.tolist() == SORTED
    assert sorted(done.order) == list(range(10))
    assert done.lengths[done.order].tolist() == SORTED


def test_the_ids_are_below_a_hundred_and_zero_only_pads(done):
    assert done.ids.max() < 100
    real = np.arange(20) < np.array(LENGTHS)[:, None]
    assert np.array_equal(done.ids != 0, real)
    assert done.ids.sum() == sum(map(sum, practice.SEQUENCES)) == 6306


def test_a_step_of_the_packed_batch_has_the_rows_that_have_not_ended(done):
    by_hand = [sum(length > step for length in LENGTHS) for step in range(20)]
    assert done.alive.tolist() == by_hand
    assert done.alive.sum() == sum(LENGTHS) == 123


def test_an_id_picks_its_row_as_its_one_hot_vector_would(layers, done):
    table = layers[0].get_weights()[0]
    assert table.shape == (100, 256)
    assert np.array_equal(done.embedded, table[done.ids])
    assert np.array_equal(done.embedded, np.eye(100, dtype="float32")[done.ids] @ table)


def test_the_states_are_those_of_keras(layers, done):
    peer = keras.layers.SimpleRNN(512, return_sequences=True, return_state=True)
    peer.build(done.embedded.shape)
    peer.set_weights(layers[1].get_weights())
    hidden, last = peer(done.embedded)
    assert_close(done.hidden, np.swapaxes(hidden, 0, 1))
    assert_close(done.last[0], np.asarray(last))


def test_classifier_and_labeller_are_a_product_and_a_bias(layers, done):
    for layer, states, logits in [
        (layers[2], done.last[0], done.classes),
        (layers[3], done.hidden, done.labels),
    ]:
        kernel, bias = layer.get_weights()
        assert_close(logits, states @ kernel + bias)


def test_a_packed_row_is_the_row_alone(layers, done):
    for place, row in enumerate(done.order):
        alone = np.array([practice.SEQUENCES[row]])
        hidden, last = layers[1](layers[0](alone))
        assert_close(done.packed_hidden[: alone.size, place], np.asarray(hidden[0]))
        assert_close(done.packed_last[0, place], np.asarray(last[0]))


def test_where_rows_cannot_leave_the_batch_a_mask_gives_the_same(
    layers, done, monkeypatch
):
    monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    monkeypatch.setattr(practice, "pack", None)  # not to be called
    masked = practice.run(*layers)
    assert_close(masked.packed_hidden, done.packed_hidden)
    assert_close(masked.packed_last, done.packed_last)


def test_packed_states_are_zero_after_the_end(done):
    ended = np.arange(20)[:, None] >= np.array(SORTED)
    assert not done.packed_hidden[ended].any()
    assert done.packed_hidden[~ended].any(axis=-1).all()


def test_padding_that_is_read_changes_the_last_state_of_every_shorter_row(done):
    apart = np.abs(done.packed_last[0] - done.last[0, done.order]).max(axis=-1)
    assert apart[0] < 1e-4  # the one row of length 20
    assert apart[1:].min() > 0.1


@pytest.mark.parametrize(
    ("sequences", "ids", "lengths"),
    [
        ([(7, 8, 9), (5,)], [[7, 8, 9], [5, 0, 0]], [3, 1]),
        ([(4,)], [[4]], [1]),
        ([(), (4, 6)], [[0, 0], [4, 6]], [0, 2]),
    ],
)
def test_rows_are_filled_up_to_the_longest(sequences, ids, lengths):
    padded, counted = practice.fill(sequences)
    assert padded.tolist() == ids
    assert counted.tolist() == lengths


@pytest.mark.peers
def test_states_and_packed_states_are_those_of_torch(torch, layers, done):
    kernel, recurrent, bias = layers[1].get_weights()
    embedding = torch.nn.Embedding.from_pretrained(
        torch.tensor(layers[0].get_weights()[0])
    )
    rnn = torch.nn.RNN(input_size=256, hidden_size=512)
    with torch.no_grad():
        rnn.weight_ih_l0.copy_(torch.tensor(kernel.T))
        rnn.weight_hh_l0.copy_(torch.tensor(recurrent.T))
        rnn.bias_ih_l0.copy_(torch.tensor(bias))
        rnn.bias_hh_l0.zero_()
        batch = torch.tensor(done.ids).long()
        hidden, last = rnn(embedding(batch).transpose(0, 1), torch.zeros(1, 10, 512))

        order = torch.tensor(done.order)
        packed = torch.nn.utils.rnn.pack_padded_sequence(
            embedding(batch[order]).transpose(0, 1), torch.tensor(SORTED)
        )
        packed_outputs, packed_last = rnn(packed, torch.zeros(1, 10, 512))
        outputs, lengths = torch.nn.utils.rnn.pad_packed_sequence(packed_outputs)
    assert_close(done.hidden, hidden.numpy())
    assert_close(done.last, last.numpy())
    assert_close(done.packed_hidden, outputs.numpy())
    assert_close(done.packed_last, packed_last.numpy())
    assert lengths.tolist() == done.sorted_lengths.tolist()
    assert packed.batch_sizes.tolist() == done.alive.tolist()


def test_an_equal_seed_gives_equal_numbers(done):
    one, other = (practice.run(*practice.layers(seed=4)) for _ in range(2))
    for name in done._fields:
        assert np.array_equal(getattr(one, name), getattr(other, name))
    assert not np.array_equal(one.last, practice.run(*practice.layers(seed=5)).last)


def test_hell_is_followed_by_ello_with_certainty(learnt):
    model, updates = learnt
    right = np.asarray(hello.right_probabilities(model))
    assert right.shape == (4,)
    assert right.min() > 0.99
    assert 0 < updates < hello.UPDATES


def test_the_probabilities_are_the_softmax_of_the_equations(learnt):
    model, _ = learnt
    kernel, recurrent, bias, reading, reading_bias = model.get_weights()
    assert kernel.shape == (4, hello.UNITS) and reading.shape == (hello.UNITS, 4)
    hidden, right = np.zeros(hello.UNITS), []
    for letter, following in zip("hell", "ello", strict=True):
        row = kernel["helo".index(letter)]  # one-hot times W_xh
        hidden = np.tanh(row + hidden @ recurrent + bias)
        scores = np.exp(hidden @ reading + reading_bias)
        right.append(scores["helo".index(following)] / scores.sum())
    np.testing.assert_allclose(hello.right_probabilities(model), right, rtol=1e-4)


def test_given_only_h_it_writes_ello(learnt):
    assert hello.write(learnt[0], "h", 4) == "ello"


def test_an_untrained_model_is_not_certain_and_does_not_write_ello():
    model = hello.LetterModel(hello.UNITS, 4, seed=2)
    assert np.asarray(hello.right_probabilities(model)).max() < 0.9
    assert hello.write(model) != "ello"


def test_the_same_letter_has_two_answers_since_the_state_differs(learnt):
    model, _ = learnt
    state = model.recurrent.get_initial_state(1)[0]
    said = ""
    for token in hello.ids("hell"):
        log_probabilities, state = model.step(np.array([token]), state)
        said += hello.VOCABULARY[int(np.argmax(log_probabilities))]
    assert said == "ello"  # after the first l comes l, after the second o


def test_only_as_much_is_written_as_was_asked_for(learnt):
    assert [hello.write(learnt[0], "h", n) for n in (1, 2, 3)] == ["e", "el", "ell"]


def test_training_that_does_not_reach_certainty_says_so(monkeypatch):
    monkeypatch.setattr(hello, "UPDATES", 1)
    with pytest.raises(RuntimeError, match="must reach certainty. Received: 1 updates"):
        hello.train()


def test_the_account_tells_every_number_of_the_course(done, learnt, monkeypatch):
    monkeypatch.setattr(practice, "run", lambda *layers: done)
    monkeypatch.setattr(hello, "train", lambda seed: learnt)
    text = "\n".join(practice.account())
    for number in [
        "hidden states  (L, B, d_h)  (20, 10, 512)",
        "last           (1, B, d_h)  (1, 10, 512)",
        "classifier     (B, C)       (10, 2)",
        "labeller       (L, B, C)    (20, 10, 5)",
        "20 18 18 17 15 10 8 6 6 5",
        "9 of the 10 last states",
        'it writes "ello"',
    ]:
        assert number in text
    assert all(len(line) <= 88 for line in text.splitlines())

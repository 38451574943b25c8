"""An embedding picks a row: one-hot vectors times a matrix, without the product.

A token as a one-hot vector [V] times a matrix [V, D] is one row of the matrix, and of
the V * D products all but D are by zero. Picking the row reads D numbers and multiplies
none; its gradient has values for the rows that were picked and for no other, where the
product's is a whole matrix. So the cost does not grow with the vocabulary.
"""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.layers.feed_forward import close, normal
from zoo.layers.simple_rnn import SimpleRNN

V, D, U = 11, 4, 5
TOKENS = np.array([[3, 7, 3, 1], [9, 3, 9, 0]])  # some twice, most never


def embed():
    """Keras's layer, which is ours too, with random rows."""
    layer = keras.layers.Embedding(V, D, dtype="float64")
    layer.build(TOKENS.shape)
    layer.set_weights([normal(1, V, D)])
    return layer


def one_hot(tokens):
    """One vector of zeros and a one for each token, `[B, T, V]`."""
    return np.eye(V)[tokens]


def test_an_embedding_is_one_hot_times_matrix():
    layer = embed()
    close(layer(TOKENS), one_hot(TOKENS) @ layer.embeddings.numpy())


def test_its_gradient_is_that_of_the_product_and_reaches_the_picked_rows_alone():
    layer, weighing = embed(), normal(2, *TOKENS.shape, D)
    matrix = tf.Variable(layer.embeddings.numpy())
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(tf.sin(layer(TOKENS)) * weighing)
    picked = tape.gradient(loss, layer.embeddings.value)
    with tf.GradientTape() as tape:
        rows = tf.tensordot(one_hot(TOKENS), matrix, axes=1)
        loss = tf.reduce_sum(tf.sin(rows) * weighing)
    product = tape.gradient(loss, matrix)
    close(tf.convert_to_tensor(picked), product)
    assert np.abs(product).max(axis=1).nonzero()[0].tolist() == [0, 1, 3, 7, 9]
    # It is never made whole: only as many rows as there are tokens.
    assert picked.values.shape == (TOKENS.size, D)
    assert sorted(picked.indices.numpy()) == sorted(TOKENS.ravel())


@pytest.mark.parametrize("stock", [SimpleRNN, keras.layers.SimpleRNN])
def test_an_rnn_on_one_hot_vectors_adds_the_token_s_row_of_its_matrix(stock):
    rnn = stock(U, return_sequences=True, dtype="float64")
    rnn.build((None, None, V))
    rnn.set_weights([normal(3 + i, *w.shape) for i, w in enumerate(rnn.weights)])
    W_xh, W_hh, bias = rnn.get_weights()
    hidden, outputs = np.zeros((len(TOKENS), U)), rnn(one_hot(TOKENS))
    for step, tokens in enumerate(TOKENS.T):
        hidden = np.tanh(W_xh[tokens] + hidden @ W_hh + bias)
        close(outputs[:, step], hidden)

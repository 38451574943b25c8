"""The Keras layers that take part, ours and others', on either backend."""

import inspect

import keras
import numpy as np
from keras import ops


def make(maker, case):
    """Makes one contestant's layer and what it reads.

    Args:
        maker: See `bench.cases.Contestant`.
        case: Dictionary of a `Case`.

    Returns:
        Pair of a layer with its weights, and its inputs, a NumPy array.
    """
    sizes = case["sizes"]
    random = np.random.default_rng(1)
    if case["kind"] == "embedding":
        shape = (sizes["batch"], sizes["length"])
        inputs = random.integers(0, sizes["vocabulary"], shape).astype("int32")
        layer = EMBEDDINGS[maker](sizes["vocabulary"], sizes["width"])
    else:
        width = sizes["inputs" if case["kind"] == "recurrent" else "width"]
        shape = (sizes["batch"], sizes["length"], width)
        inputs = random.normal(size=shape).astype("float32")
        layer = MAKERS[case["kind"], maker](case)
    layer(inputs[:, :1])  # makes the weights
    return layer, inputs


def mode(layer, training):
    """Returns `{"training": training}` for a layer whose call takes it, or nothing."""
    takes = "training" in inspect.signature(layer.call).parameters
    return {"training": training} if takes else {}


def zoo_recurrent(case):
    """Ours."""
    import zoo.layers

    return _recurrent(zoo.layers, case)


def keras_recurrent(case):
    """Keras's own."""
    return _recurrent(keras.layers, case)


def keras_unrolled(case):
    """Keras's own, every step written into the graph."""
    return _recurrent(keras.layers, case, unroll=True)


def _recurrent(source, case, **options):
    kind = getattr(source, case["layer"])
    stream = case["mode"] == "stream"
    options |= {"return_sequences": not stream, "return_state": stream}
    return kind(case["sizes"]["units"], **options)


def zoo_transformer(case):
    """Ours, post-norm as in the paper, without dropout."""
    from zoo.layers.transformer_encoder import TransformerEncoderLayer

    sizes = case["sizes"]
    return TransformerEncoderLayer(sizes["feed_forward"], sizes["heads"], dropout=0.0)


def keras_hub_transformer(case):
    """KerasHub's, post-norm too (its default), without dropout."""
    import keras_hub

    sizes = case["sizes"]
    return keras_hub.layers.TransformerEncoder(
        sizes["feed_forward"], sizes["heads"], dropout=0.0
    )


class OneHot(keras.layers.Layer):
    """An embedding as the notes write it: a one-hot row times a matrix.

    Args:
        vocabulary: Integer V, number of ids.
        width: Integer D.
    """

    def __init__(self, vocabulary, width):
        super().__init__()
        self.vocabulary = vocabulary
        self.width = width

    def build(self, inputs_shape):
        """Makes the matrix."""
        shape = (self.vocabulary, self.width)
        self.embeddings = self.add_weight(shape, "uniform", name="embeddings")

    def call(self, inputs):
        """Returns `[B, T, D]`."""
        rows = ops.one_hot(inputs, self.vocabulary, dtype="float32")  # [B, T, V]
        return ops.matmul(rows, self.embeddings)  # [B, T, D]


class Reader(keras.layers.Layer):
    """Reads texts of many lengths: embedding, LSTM, a score from the last state.

    Args:
        vocabulary: Integer V, number of ids.
        width: Integer D, width of the embedding.
        units: Integer U.
        packed: Whether steps compute only the rows that are still alive, instead of
            all rows under a mask.
    """

    def __init__(self, vocabulary, width, units, packed=False):
        super().__init__()
        import zoo.layers

        self.embedding = keras.layers.Embedding(vocabulary, width)
        self.recurrent = zoo.layers.LSTM(units)
        self.score = keras.layers.Dense(1)
        self.last = last_of_packed if packed else last_of_padded

    def call(self, tokens, lengths):
        """Returns `[B, 1]` of tokens `[B, T]` of which row b has `lengths[b]`."""
        embedded = self.embedding(tokens)  # [B, T, D]
        return self.score(self.last(self.recurrent, embedded, lengths))


def last_of_padded(recurrent, inputs, lengths):
    """The last state `[B, U]` under a mask."""
    places = ops.arange(ops.shape(inputs)[1])
    return recurrent(inputs, mask=places[None] < lengths[:, None])


def last_of_packed(recurrent, inputs, lengths):
    """The last state `[B, U]` of packed rows."""
    from zoo.layers.packed import pack

    return recurrent(pack(inputs, lengths))


EMBEDDINGS = {"lookup": keras.layers.Embedding, "one_hot": OneHot}
MAKERS = {
    ("recurrent", "zoo"): zoo_recurrent,
    ("recurrent", "keras"): keras_recurrent,
    ("recurrent", "keras_unrolled"): keras_unrolled,
    ("transformer", "zoo"): zoo_transformer,
    ("transformer", "keras_hub"): keras_hub_transformer,
}

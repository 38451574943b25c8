"""What each kind of language model holds while it reads: its hidden states by layer."""

import keras
import tensorflow as tf
from keras import ops

from zoo.models.ngram import NGram
from zoo.models.stream import SlidingStream, stream_of


class SharedStream(SlidingStream):
    """The stream of a Transformer whose chunks are read by one function of the graph.

    Three signatures call it; three copies of it would be as large as the weights.

    Args:
        model: `LanguageModel` of a Transformer.
        chunk: Positive integer, tokens of each call.
    """

    def __init__(self, model, chunk):
        super().__init__(model, chunk)
        owners = list(model.weights)

        @tf.function
        def look(values, tokens, state):
            # Values come in as arguments: a function must not take them from outside.
            pairs = list(zip(owners, values, strict=True))
            with keras.StatelessScope(state_mapping=pairs):
                return super(SharedStream, self).look(tokens, state)

        self.owners = owners
        self.shared = look

    def look(self, tokens, state):
        """Calls the shared function with the weights of the scope that this is in."""
        return self.shared([owner.value for owner in self.owners], tokens, state)


def shared_stream(model, chunk):
    """Makes the stream of a model, for graphs that read with it in several places.

    Args:
        model: `LanguageModel` or `NGram`.
        chunk: Positive integer, the most tokens of one call of `read`.

    Returns:
        `Stream`.
    """
    stream = stream_of(model, chunk)
    if isinstance(stream, SlidingStream):
        return SharedStream(model, chunk)
    return stream


def read_hidden(stream, tokens):
    """Reads texts from their beginning and looks inside.

    Args:
        stream: From `shared_stream`.
        tokens: `[B, T]` int32, T at least 1.

    Returns:
        Pair of log-probabilities of each next token `[B, T, V]` and a dictionary of
        what the model has: `hidden` `[B, T, L, D]` after each token, layer by layer,
        and an LSTM's `cell` alike. Recurrent layers give their states; a Transformer
        the output of each layer, its sum of residuals, before the last norm; a fixed
        window its hidden layers. An n-gram has nothing.
    """
    if isinstance(stream.model, NGram):
        return stream.model(tokens), {}
    return KINDS[stream.model.decoder_options["kind"]](stream, tokens)


def _recurrent(stream, tokens):
    """Step by step, since a layer gives its last cell alone."""
    rows, length = tf.unstack(tf.shape(tokens))
    size = stream.model.vocabulary_size
    decoder = stream.model.decoder
    names = decoder.recurrent.states
    shape = [decoder.num_layers, decoder.units]

    def layers_of(state):
        """`{name: [B, L, U]}` of one state."""
        layers = [[state[name] for name in names], *state.get("upper", [])]
        by_name = zip(names, zip(*layers, strict=True), strict=True)
        return {name: tf.stack(states, axis=1) for name, states in by_name}

    def advance(time, state, log_probs, kept):
        scores, state = stream.step(tf.gather(tokens, time, axis=1), state)
        values = layers_of(state)
        kept = {name: kept[name].write(time, values[name]) for name in names}
        return time + 1, state, log_probs.write(time, scores), kept

    def array(shape):
        return tf.TensorArray(tf.float32, length, element_shape=[None, *shape])

    first = (
        tf.constant(0),
        stream.start(rows),
        array([size]),
        {name: array(shape) for name in names},
    )
    _, _, log_probs, kept = tf.while_loop(
        lambda time, *_: time < length, advance, first
    )

    def stacked(values):
        """`[T, B, ...]` of a TensorArray to `[B, T, ...]`."""
        return tf.einsum("tb...->bt...", values.stack())

    return stacked(log_probs), {name: stacked(kept[name]) for name in names}


def _window(stream, tokens):
    model, decoder = stream.model, stream.model.decoder
    inputs = model.embedding(tokens)  # [B, T, D]
    before = decoder.initial_state(tf.shape(tokens)[0])["inputs"]
    read = tf.concat([before, inputs], axis=1)  # [B, tau - 1 + T, D]
    hidden = [decoder.activate(decoder.input_layer(read))]  # [B, T, U]
    for layer in decoder.hidden_layers:
        hidden.append(layer(hidden[-1]))
    logits = model.score_next(decoder.output_layer(hidden[-1]))
    return ops.log_softmax(logits), {"hidden": tf.stack(hidden, axis=2)}


def _transformer(stream, tokens):
    """Chunk by chunk, with the function that `score` reads with."""
    rows, length = tf.unstack(tf.shape(tokens))
    size, decoder = stream.chunk, stream.model.decoder
    chunks = (length + size - 1) // size
    tokens = tf.pad(tokens, [[0, 0], [0, chunks * size - length]])

    def advance(index, state, log_probs, kept):
        columns = index * size + tf.range(size)
        scores, hidden, state = stream.look(tf.gather(tokens, columns, axis=1), state)
        return (
            index + 1,
            state,
            log_probs.write(index, scores),
            kept.write(index, hidden),
        )

    shapes = [stream.model.vocabulary_size], [decoder.num_layers, decoder.width]
    arrays = [
        tf.TensorArray(tf.float32, chunks, element_shape=[None, size, *shape])
        for shape in shapes
    ]
    first = (tf.constant(0), stream.start(rows), *arrays)
    _, _, *arrays = tf.while_loop(lambda index, *_: index < chunks, advance, first)

    def joined(values, shape):
        """`[N, B, C, ...]` of a TensorArray to `[B, T, ...]`."""
        values = tf.einsum("nbc...->bnc...", values.stack())
        return tf.reshape(values, [rows, chunks * size, *shape])[:, :length]

    log_probs, hidden = map(joined, arrays, shapes)
    return log_probs, {"hidden": hidden}


KINDS = {"recurrent": _recurrent, "window": _window, "transformer": _transformer}

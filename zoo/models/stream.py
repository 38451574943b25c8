"""Texts without end, read and written with a state of bounded size."""

from keras import ops, tree

from zoo.layers.positions import RotaryEmbedding
from zoo.layers.transformer_decoder_layer import places_of
from zoo.models.ngram import NGram


class Stream:
    """A language model as its users want it: log-probabilities, and a state to go on.

    The state of a recurrent network, of a fixed window and of an n-gram is as large
    after a million tokens as after one.

    Args:
        model: `LanguageModel` or `NGram`.
        chunk: Positive integer, the most tokens of one call of `read`.
    """

    def __init__(self, model, chunk):
        self.model = model
        self.chunk = chunk

    def start(self, rows):
        """Returns the state before the first token of `rows` texts."""
        return self.model.initial_state(rows)

    def read(self, tokens, state):
        """Reads tokens.

        Args:
            tokens: `[B, T]` integers, T at most `chunk`.
            state: From `start`, or what the last call returned.

        Returns:
            Pair of log-probabilities of each next token `[B, T, V]` and the state.
        """
        if isinstance(self.model, NGram):
            return self.model.read(tokens, state)
        logits, state, _ = self.model.decode(tokens, None, state)
        return ops.log_softmax(ops.cast(logits, "float32")), state

    def step(self, tokens, state):
        """Reads one token `[B]` as `read` does; the step function of `zoo.decode`."""
        log_probs, state = self.read(tokens[:, None], state)
        return log_probs[:, 0], state

    def follow(self, tokens, counts, state):
        """Reads rows of different lengths.

        Args:
            tokens: `[B, T]` integers.
            counts: `[B]` integers, how many of its tokens each row has.
            state: From `start`, or what the last call returned.

        Returns:
            The state of each row after its own last token.
        """
        counts = ops.cast(counts, "int32")

        def advance(time, state):
            _, after = self.step(ops.take(tokens, time, axis=1), state)
            going = time < counts  # [B]
            return time + 1, tree.map_structure(
                lambda new, old: ops.where(as_wide(going, new), new, old), after, state
            )

        last = _longest(counts)
        first = (ops.zeros((), "int32"), state)
        return ops.while_loop(lambda time, state: time < last, advance, first)[1]


class SlidingStream(Stream):
    """The same for a Transformer that sees no further back than its window r.

    Its caches have r + `chunk` places. When they are full, what the window still
    reaches moves to the front, and so do the positions: rotary ones tell how far apart
    two places are and nothing else, so turning the keys back by as many places leaves
    every answer what it was.

    Args:
        model: `LanguageModel` of a Transformer with a window and rotary positions.
        chunk: Positive integer, the most tokens of one call of `read`.

    Raises:
        ValueError: It has no window, or its positions are not rotary.
    """

    def __init__(self, model, chunk):
        super().__init__(model, chunk)
        decoder = model.decoder
        if decoder.window is None or decoder.positions != "rotary":
            raise ValueError(
                "`model` must have a window and rotary positions to read texts without "
                f"end. Received: window={decoder.window}, "
                f"positions={decoder.positions!r}"
            )
        self.window = decoder.window
        self.places = decoder.window + chunk
        self.turn = RotaryEmbedding(decoder.max_wavelength, dtype=decoder.dtype_policy)

    def start(self, rows):
        """Returns empty caches for `rows` texts."""
        return self.model.initial_state(rows, self.places)

    def read(self, tokens, state):
        """Reads tokens, having made room for them."""
        log_probs, _, state = self.look(tokens, state)
        return log_probs, state

    def look(self, tokens, state):
        """Reads tokens as `read` does, and keeps what each layer gave.

        Args:
            tokens: `[B, T]` integers, T at most `chunk`.
            state: From `start`, or what the last call returned.

        Returns:
            Log-probabilities `[B, T, V]`, the layers' outputs `[B, T, L, D]`, each a
            sum of residuals, and the state.
        """
        decoder, state = self.model.decoder, self.slide(state)
        length = ops.shape(tokens)[1]
        steps = state["position"][:, None] + ops.arange(length)  # [B, T]
        written, causal = places_of(steps, decoder.num_heads, self.places, self.window)
        hidden = decoder.place(self.model.embedding(tokens), steps)  # [B, T, D]
        outputs, caches = [], []
        for layer, cache in zip(decoder.stack, state["caches"], strict=True):
            hidden, cache, _, _ = layer(
                hidden, cache=cache, steps=steps, written=written, causal=causal
            )
            outputs.append(hidden)
            caches.append(cache)
        logits = self.model.score_next(decoder.finish(hidden))
        log_probs = ops.log_softmax(ops.cast(logits, "float32"))
        state = {"position": state["position"] + length, "caches": caches}
        return log_probs, ops.stack(outputs, axis=2), state

    def step(self, tokens, state):
        """Reads one token, having made room if there is none."""
        full = ops.any(state["position"] >= self.places)
        state = ops.cond(full, lambda: self.slide(state), lambda: state)
        logits, state, _ = self.model.decode(tokens[:, None], None, state)
        return ops.log_softmax(ops.cast(logits[:, 0], "float32")), state

    def follow(self, tokens, counts, state):
        """Reads rows of different lengths, a chunk of all at a time."""
        counts = ops.cast(counts, "int32")
        padding = -ops.shape(tokens)[1] % self.chunk
        tokens = ops.pad(tokens, [[0, 0], [0, padding]])

        def advance(begin, state):
            columns = begin + ops.arange(self.chunk)
            _, after = self.read(ops.take(tokens, columns, axis=1), state)
            # What was written past a row's end is out of sight, and written over.
            done = ops.clip(counts - begin, 0, self.chunk)
            position = after["position"] - self.chunk + done
            return begin + self.chunk, {**after, "position": position}

        last = _longest(counts)
        first = (ops.zeros((), "int32"), state)
        return ops.while_loop(lambda begin, state: begin < last, advance, first)[1]

    def slide(self, state):
        """Moves each row's caches to where no more than its window is occupied."""
        shift = ops.maximum(state["position"] - self.window, 0)  # [B]
        places = ops.arange(self.places) + shift[:, None]  # [B, M]
        places = ops.minimum(places, self.places - 1)
        back = ops.broadcast_to(-shift[:, None], ops.shape(places))  # [B, M]

        def move(cache):
            return {
                "keys": self._turned(_pick(cache["keys"], places), back),
                "values": _pick(cache["values"], places),
            }

        caches = [move(cache) for cache in state["caches"]]
        return {"position": state["position"] - shift, "caches": caches}

    def _turned(self, keys, by):
        """Turns keys `[B, H, M, d]` by so many places, `[B, M]`."""
        heads = ops.swapaxes(keys, 1, 2)  # [B, M, H, d]
        return ops.swapaxes(self.turn(heads, positions=by), 1, 2)


def stream_of(model, chunk=128):
    """Makes the stream that a model needs.

    Args:
        model: `LanguageModel` or `NGram`.
        chunk: Positive integer, the most tokens of one call of `read`.

    Returns:
        `Stream`.

    Raises:
        ValueError: A Transformer's caches would have to grow with the text.
    """
    kind = getattr(model, "decoder_options", {}).get("kind")
    return {"transformer": SlidingStream}.get(kind, Stream)(model, chunk)


def _pick(vectors, places):
    """Picks `[B, H, M, d]` at places `[B, M]`."""
    return ops.take_along_axis(vectors, places[:, None, :, None], axis=2)


def as_wide(chosen, leaf):
    """Gives `[B]` as many axes as a leaf of a state has, to choose rows of it by."""
    return ops.reshape(chosen, (-1,) + (1,) * (len(leaf.shape) - 1))


def _longest(counts):
    """The largest of `[B]` int32, 0 of none."""
    return ops.max(ops.concatenate([counts, ops.zeros((1,), "int32")]))

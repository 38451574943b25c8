"""Truncated backpropagation through time: long texts in chunks that hand on the state.

Backpropagation through time keeps what every step computed, so its memory grows with
the text. Cut into chunks of T steps, a chunk starts from the last state of the one
before, and the gradient stops at the border: memory is that of T steps, whatever the
length, and what lies further back than the border reaches the network as a number
(the state) but not as a gradient.

Reference:
    Williams and Peng 1990, "An Efficient Gradient-Based Algorithm for On-Line Training
    of Recurrent Network Trajectories".
"""

import keras
import numpy as np
from keras import ops


class Chunks:
    """A stream of tokens as B rows read side by side, T tokens an update, in order.

        stream   a b c d e f g h i j k l m n o      B = 2, T = 3
        rows     a b c d e f | g h i j k l
        update 0 a b c         g h i              its targets: b c d, h i j
        update 1 d e f         j k l              its targets: e f g, k l m

    Row b of an update goes on where row b of the update before stopped, so the state
    that one hands on is the right one for the other, but at an epoch's first update
    (`begins`), where the state is zero again. An epoch starts at one of the stream's
    first T tokens (above, at the first), drawn anew, so that the borders, where
    gradients stop, move; fewer than (B + 1) T tokens are left out of it.

    Inputs and targets follow from the update's number alone. A run that resumes in the
    middle of an epoch needs the state too: keep it in the checkpoint.

    Args:
        tokens: `[N]` integers.
        rows: Integer B.
        length: Integer T.
        seed: Integer.

    Raises:
        ValueError: The stream is too short for one chunk.
    """

    def __init__(self, tokens, rows, length, seed):
        if rows < 1 or length < 1 or len(tokens) < (rows + 1) * length:
            raise ValueError(
                "`rows` and `length` must be at least 1, and (rows + 1) * length at "
                f"most the stream's {len(tokens)} tokens. "
                f"Received: rows={rows}, length={length}"
            )
        self.tokens = np.asarray(tokens)
        self.batch = rows
        self.length = length
        self.seed = seed
        self.per_epoch = (len(tokens) - length) // (rows * length)

    def begins(self, update):
        """Whether an update is an epoch's first, which starts from the zero state."""
        return update % self.per_epoch == 0

    def at(self, update):
        """Returns `(tokens [B, T], next tokens [B, T])`."""
        epoch, place = divmod(update, self.per_epoch)
        start = np.random.default_rng([self.seed, epoch]).integers(self.length)
        across = start + self.length * self.per_epoch * np.arange(self.batch)[:, None]
        places = across + self.length * place + np.arange(self.length)  # [B, T]
        return self.tokens[places], self.tokens[places + 1]


def hand_on(state):
    """Returns a state as the next chunk starts from it: the same numbers, no gradient.

    Args:
        state: Nested structure of tensors.
    """
    return keras.tree.map_structure(ops.stop_gradient, state)


def cut(inputs, length):
    """Yields a sequence in chunks of `length` steps; the last may be shorter.

    Args:
        inputs: `[B, T, ...]` with T known.
        length: Integer, steps a chunk.
    """
    for begin in range(0, inputs.shape[1], length):
        yield inputs[:, begin : begin + length]


def read(call, state, chunks):
    """Reads chunks one after another, each from the last state of the one before.

    The gradient of a chunk's outputs stops at the chunk's first step. It does reach the
    first chunk's state, so a trainable first state is trained.

    Args:
        call: Function of a chunk and a state that returns outputs and the state after
            the chunk, both nested structures.
        state: State before the first chunk.
        chunks: Iterable of whatever `call` takes.

    Yields:
        Pair of a chunk's outputs and the state after it, for the next call of `read`.
    """
    for chunk in chunks:
        outputs, after = call(chunk, state)
        state = hand_on(after)
        yield outputs, state

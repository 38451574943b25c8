"""The smallest language model: a vanilla RNN that reads "hell" and says "ello".

At training time the right letters go in, one step each, and the next letter is asked
for at every step. At test time only the first letter goes in, and every letter that
comes out goes in again at the next step.
"""

import keras
from keras import ops

from zoo.decode import greedy
from zoo.layers.simple_rnn import SimpleRNN

VOCABULARY = "helo"  # a letter's id is its place here
READ, SAID = "hell", "ello"
UNITS = 8
LEARNING_RATE = 0.05
CERTAIN = 0.99  # probability that every right letter must reach
UPDATES = 1000  # the most; twenty or thirty are enough
NEVER = -1  # the id of no letter: nothing ends the text before its length


class LetterModel(keras.Model):
    """Character-level language model over one-hot letters.

        hidden' = tanh(x W_xh + hidden W_hh + bias)
        logits  = hidden' W_hy + bias

    Args:
        units: Positive integer U, width of the hidden state.
        letters: Positive integer V, size of the vocabulary.
        seed: Integer, of the first weights.

    Call arguments:
        inputs: `[B, T, V]`, one-hot.

    Returns:
        Logits `[B, T, V]` of the next letter, before softmax.
    """

    def __init__(self, units, letters, seed):
        super().__init__()
        self.letters = letters
        self.recurrent = SimpleRNN(
            units,
            kernel_initializer=keras.initializers.GlorotUniform(seed),
            recurrent_initializer=keras.initializers.Orthogonal(seed=seed),
            return_sequences=True,
            return_state=True,
            name="W_xh_W_hh",
        )
        self.output_layer = keras.layers.Dense(
            letters,
            kernel_initializer=keras.initializers.GlorotUniform(seed),
            name="W_hy",
        )

    def build(self, inputs_shape):
        """Makes W_xh, W_hh, W_hy and the two biases."""
        self.recurrent.build(inputs_shape)
        self.output_layer.build((*inputs_shape[:-1], self.recurrent.units))

    def call(self, inputs):
        """Scores the letter after every letter read."""
        hidden, _ = self.recurrent(inputs)  # [B, T, U]
        return self.output_layer(hidden)  # [B, T, V]

    def step(self, tokens, hidden):
        """Reads one letter a row.

        Args:
            tokens: `[B]`, ids.
            hidden: `[B, U]`, the hidden state before the letter.

        Returns:
            Pair of the log-probabilities of the next letter `[B, V]` and the hidden
            state after the letter `[B, U]`.
        """
        letter = ops.one_hot(tokens, self.letters)[:, None]  # [B, 1, V]
        _, hidden = self.recurrent(letter, initial_state=[hidden])
        return ops.log_softmax(self.output_layer(hidden)), hidden


def ids(text):
    """Returns the ids of a text's letters.

    >>> ids("hell")
    [0, 1, 2, 2]
    """
    return [VOCABULARY.index(letter) for letter in text]


def one_hot(text):
    """Returns a text as `[1, T, V]`, a 1 in each letter's own place."""
    return ops.one_hot(ops.array([ids(text)]), len(VOCABULARY))


def right_probabilities(model):
    """Returns the probability `[T]` of each right letter, given those before it."""
    probabilities = ops.softmax(model(one_hot(READ)))[0]  # [T, V]
    right = ops.array(ids(SAID))[:, None]  # [T, 1]
    return ops.take_along_axis(probabilities, right, axis=1)[:, 0]


def train(seed=1):
    """Trains a model until every right letter is certain.

    Args:
        seed: Integer, of the first weights.

    Returns:
        Pair of the `LetterModel` and the number of updates that it took.

    Raises:
        RuntimeError: `UPDATES` updates were not enough.
    """
    model = LetterModel(UNITS, len(VOCABULARY), seed)
    model.compile(
        keras.optimizers.Adam(LEARNING_RATE),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    )
    inputs, targets = one_hot(READ), ops.array([ids(SAID)])
    for update in range(UPDATES):
        if update % 10 == 0 and float(ops.min(right_probabilities(model))) > CERTAIN:
            return model, update
        model.train_on_batch(inputs, targets)
    raise RuntimeError(
        f"Training must reach certainty. Received: {UPDATES} updates that did not"
    )


def write(model, first="h", length=4):
    """Lets a model write by itself, given only the first letter.

    Args:
        model: `LetterModel`.
        first: A letter of the vocabulary.
        length: Positive integer, letters to write.

    Returns:
        The letters that the model wrote; the first one is not among them.
    """
    tokens, _ = greedy(
        model.step,
        model.recurrent.get_initial_state(1)[0],
        1,
        start=ids(first)[0],
        end=NEVER,
        max_length=length,
    )
    return "".join(VOCABULARY[int(token)] for token in tokens[0])


def account(seed=1):
    """Yields the lines of an account of the training and of what was written."""
    model, updates = train(seed)
    yield f'A vanilla RNN of {UNITS} units learns to say "{SAID}" after "{READ}".'
    yield f"It was certain after {updates} updates. The probability of each letter:"
    right = right_probabilities(model)
    for place, (letter, probability) in enumerate(zip(SAID, right, strict=True)):
        asked = f"P({letter} | {READ[: place + 1]})"
        yield f"    {asked:13}{float(probability):.4f}"
    written = write(model)
    yield f'Given only "h", with each answer fed back, it writes "{written}".'

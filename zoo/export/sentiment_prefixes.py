"""How a verdict moves as a text is read: one for each of its prefixes.

A verdict after t tokens is what the model says of a text of only those t. An encoder
whose states no later token changes has read all prefixes when it has read the text, and
only the pooling runs along. The others, which look ahead, read every prefix anew.
"""

import tensorflow as tf

from zoo.tokens import PAD

# Prefixes read anew side by side: of 800 tokens, the attention of one layer with four
# heads takes 164 MB.
PREFIXES = 16


def running_mean(states):
    """Means of the states up to each place, `[B, S, W]`."""
    counts = tf.range(1, tf.shape(states)[1] + 1)  # [S]
    sums = tf.cumsum(states, axis=1)
    return sums / tf.cast(counts, states.dtype)[:, tf.newaxis]


def running_max(states):
    """Largest values of the states up to each place, `[B, S, W]`.

    After the step of width w each place knows the largest of 2 w places, so that a text
    of S tokens takes log2(S) steps.
    """

    def step(width, largest):
        before = tf.pad(
            largest[:, :-width],
            [[0, 0], [width, 0], [0, 0]],
            constant_values=largest.dtype.min,
        )
        return 2 * width, tf.maximum(largest, before)

    length = tf.shape(states)[1]
    _, largest = tf.while_loop(
        lambda width, _: width < length, step, [tf.constant(1), states]
    )
    return largest


RUNNING = {
    "mean": running_mean,
    "max": running_max,
    "mean_max": lambda states: tf.concat(
        [running_mean(states), running_max(states)], axis=-1
    ),
}


def read_prefixes(model, tokens, memory):
    """Judges every prefix of some texts.

    Args:
        model: `zoo.models.classifier.Classifier` of two labels.
        tokens: `[B, S]` int32, PAD after a row's end.
        memory: The `Memory` that its encoder made of them.

    Returns:
        `[B, S]` float32: the probability of the second label after as many tokens; 0 at
        places that are PAD.
    """
    if getattr(model.encoder, "causal", False) and model.pooling in RUNNING:
        pooled = RUNNING[model.pooling](memory.states)  # [B, S, W or 2 * W]
        judged = tf.nn.softmax(model.output_layer(pooled))[..., 1]  # [B, S]
        return tf.where(tokens == PAD, 0.0, judged)
    return read_anew(model, tokens)


def read_anew(model, tokens):
    """Judges every prefix as a text of its own, `PREFIXES` at a time.

    Args:
        model: As for `read_prefixes`.
        tokens: As for `read_prefixes`.

    Returns:
        As `read_prefixes`.
    """
    # Of every real place its number and its row; short prefixes before long ones, so
    # that those read side by side are about as long.
    places = tf.cast(tf.where(tf.transpose(tokens != PAD)), tf.int32)  # [N, 2]
    count = tf.shape(places)[0]

    def step(begin, judged):
        some = places[begin : begin + PREFIXES]  # [P, 2]
        longest = some[-1, 0] + 1
        read = tf.gather(tokens[:, :longest], some[:, 1])  # [P, longest]
        read = tf.where(tf.range(longest) <= some[:, :1], read, PAD)
        positive = tf.nn.softmax(model(read))[:, 1]  # [P]
        judged = tf.tensor_scatter_nd_update(judged, some[:, ::-1], positive)
        return begin + PREFIXES, judged

    _, judged = tf.while_loop(
        lambda begin, _: begin < count,
        step,
        [tf.constant(0), tf.zeros(tf.shape(tokens))],
        shape_invariants=[tf.TensorShape([]), tf.TensorShape([None, None])],
        parallel_iterations=1,  # memory is that of one step
    )
    return judged

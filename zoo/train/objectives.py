"""What is minimised in training and measured on the dev split, one class a kind.

Shapes: B rows, T tokens, V vocabulary; see `zoo.layers`.
"""

from keras import ops

from zoo.tokens import PAD


def check_smoothing(label_smoothing):
    """Returns a share of mass to spread over all classes, if it can be one.

    Raises:
        ValueError: It is below 0, or not less than 1.
    """
    if not 0 <= label_smoothing < 1:
        raise ValueError(
            "`label_smoothing` must be at least 0 and less than 1. "
            f"Received: label_smoothing={label_smoothing}"
        )
    return label_smoothing


def smoothed_nats(targets, logits, label_smoothing=0.0):
    """Cross-entropy of each target, with some of its mass spread over all classes.

        nats = logsumexp(logits) - (1 - smoothing) logit_target - smoothing mean(logits)

    Args:
        targets: `[...]` integers, floats as Keras hands them over among them.
        logits: `[..., C]` of any floating type.
        label_smoothing: Float in [0, 1).

    Returns:
        `[...]` float32; of no meaning where a target is no class.

    Reference:
        Szegedy et al. 2016, "Rethinking the Inception Architecture", section 7.
    """
    logits = ops.cast(logits, "float32")
    # Written out as above it is slower: TensorFlow has one kernel for it and its
    # gradient, but none with smoothing for targets that are integers.
    classes = logits.shape[-1]
    aims = ops.one_hot(ops.cast(targets, "int32"), classes, dtype=logits.dtype)
    if label_smoothing:
        aims = (1.0 - label_smoothing) * aims + label_smoothing / classes
    return ops.categorical_crossentropy(aims, logits, from_logits=True)


def mean_where(real, values):
    """Mean of the values at real places, a scalar; 0 where there is none.

    Args:
        real: `[...]` boolean.
        values: `[...]` floats.
    """
    real = ops.cast(real, "float32")
    return ops.sum(values * real) / ops.maximum(ops.sum(real), 1.0)


class TokenCrossEntropy:
    """Cross-entropy of the next token, in nats, averaged over real tokens.

    Args:
        label_smoothing: Float in [0, 1): mass spread evenly over the vocabulary in
            training. The dev measure has none.

    Reference:
        Szegedy et al. 2016, "Rethinking the Inception Architecture", section 7.
    """

    unit = "tokens"

    def __init__(self, label_smoothing=0.0):
        self.label_smoothing = check_smoothing(label_smoothing)

    def __call__(self, targets, logits):
        """Returns the smoothed loss of a batch, a scalar."""
        nats = smoothed_nats(targets, logits, self.label_smoothing)  # [..., T]
        return mean_where(targets != PAD, nats)

    def total(self, targets, logits):
        """Returns `(sum of nats, number of tokens)` without smoothing."""
        real = ops.cast(ops.convert_to_tensor(targets) != PAD, "float32")
        nats = smoothed_nats(targets, logits)
        return float(ops.sum(nats * real)), float(ops.sum(real))

    def count(self, targets):
        """Returns how many tokens a batch trains on, for the progress line."""
        return int((targets != PAD).sum())


class WordCrossEntropy:
    """Binary cross-entropy of every word of a vocabulary, in nats a picture.

    Args:
        label_smoothing: Must be 0: the targets are shares already.
    """

    unit = "pictures"

    def __init__(self, label_smoothing=0.0):
        if label_smoothing:
            raise ValueError(
                "`label_smoothing` must be 0 where targets are shares. "
                f"Received: label_smoothing={label_smoothing}"
            )

    def __call__(self, targets, logits):
        """Returns the loss of a batch, a scalar."""
        return ops.mean(_binary_nats(targets, ops.cast(logits, "float32")))

    def total(self, targets, logits):
        """Returns `(sum of nats, number of pictures)`."""
        logits = ops.cast(logits, "float32")
        nats = _binary_nats(ops.convert_to_tensor(targets), logits)
        return float(ops.sum(nats)), float(len(targets))

    def count(self, targets):
        """Returns how many pictures a batch trains on, for the progress line."""
        return len(targets)


def _binary_nats(targets, logits):
    """Nats of each row, `[B]`: softplus(logit) - target * logit, summed."""
    return ops.sum(ops.softplus(logits) - targets * logits, axis=-1)

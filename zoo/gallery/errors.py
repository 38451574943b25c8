"""What can go wrong between a question and a model's answer."""


class Refused(ValueError):
    """A model refuses its input; the message is TensorFlow's own."""


class Unreachable(OSError):
    """A server did not answer: it is not there, too busy or too slow."""


class BadAnswer(OSError):
    """A server answered what no model of the zoo answers."""

"""What can go wrong between a question and a model's answer."""


class InvalidInput(ValueError):
    """A model refuses its input; the message is TensorFlow's own."""


class Unavailable(OSError):
    """A server is not there, or is gone or busy each time it is asked."""


class DeadlineExceeded(OSError):
    """A server did not answer in time."""


class UnexpectedResponse(OSError):
    """A server answered what no model of the zoo answers, or failed to."""

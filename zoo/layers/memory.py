"""What an encoder hands to a decoder."""

from typing import Any, NamedTuple


class Memory(NamedTuple):
    """Encoder output.

    Attributes:
        states: `[B, S, D]`, one vector a place.
        mask: `[B, S]` boolean, True = real.
        summary: `[B, D]`, the whole source in one vector.
        projected: What a decoder computed from the above once, to be shared by all
            steps and beams (`decoder.project`); leaves start with B. Empty before.
    """

    states: Any
    mask: Any
    summary: Any
    projected: Any = ()

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


def ready(decoder, memory):
    """Prepares for `decoder.project(memory)`, often the first thing asked of a decoder.

    Args:
        decoder: Decoder of width D; its weights are made where they are not yet.
        memory: What it is to project.

    Raises:
        ValueError: `memory` is no Memory.
    """
    if not isinstance(memory, Memory):
        raise ValueError(
            "`memory` must be a Memory, as an encoder returns it. "
            f"Received: memory of type {type(memory).__name__}"
        )
    if not decoder.built:
        decoder.build((None, None, decoder.width))


def check_projected(memory):
    """Raises ValueError where a memory does not come from a decoder's `project`."""
    if not isinstance(memory, Memory) or len(memory.projected) == 0:
        raise ValueError(
            "`memory` must be what this decoder's `project` returned. "
            f"Received: memory of type {type(memory).__name__}, not projected"
        )

"""Attention maps of pieces, put together to maps of words."""

import numpy as np


def by_words(
    weights: np.ndarray, rows: list[str], columns: list[str]
) -> tuple[np.ndarray, list[str], list[str]]:
    """Put the pieces of words together.

    A word is looked at as much as its pieces are together, and looks as its pieces do
    on average, so that each row still sums to 1.

    Args:
        weights: float [from, to].
        rows: pieces that look; one that begins with a blank begins a word.
        columns: pieces that are looked at.

    Returns:
        The map of words, and the words of both sides.
    """
    looking, look_words = _words(rows)
    seen, seen_words = _words(columns)
    weights = weights @ np.eye(len(seen_words))[seen]  # [from, words]
    shares = np.eye(len(look_words))[looking]  # [from, words]
    return (shares / shares.sum(axis=0)).T @ weights, look_words, seen_words


def _words(pieces: list[str]) -> tuple[list[int], list[str]]:
    """Return which word each piece is of, and the words."""
    places, words = [], []
    for piece in pieces:
        if not words or piece[:1].isspace() or piece == "</s>":
            words.append("")
        words[-1] += piece
        places.append(len(words) - 1)
    return places, [word.strip() for word in words]

"""Sentences -> words with their places, in graph ops."""

import re

import numpy as np


def abbreviations(words):
    """Lists the words that end in a full stop which is a part of them."""
    found = {w for w in words if re.fullmatch(r"[^\W\d_][\w.]*\.", w)}
    return np.array(sorted(found), str)

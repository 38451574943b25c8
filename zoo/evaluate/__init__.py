"""Scores an artefact on a split, through its signatures, and writes its card."""

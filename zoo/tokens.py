"""The four ids that every vocabulary of the zoo reserves, in one place.

- `PAD` fills a row after its end, and is what a decoder is fed from there on.
- `UNKNOWN` stands for a word outside the vocabulary.
- `START` is fed to a decoder before its first word; it is never produced.
- `END` is the last token of a finished row.
"""

PAD, UNKNOWN, START, END = range(4)

FIRST_WORD = 4  # the least id that stands for a word

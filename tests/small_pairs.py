"""Made-up sentence pairs in two made-up languages."""

import random

SOURCE = "a dog the man two runs sees red ball 😀".split()
TARGET = "Ein Hund der Mann zwei läuft sieht roten Ball 😀".split()


def pairs(count, seed=0):
    """Makes up pairs, word by word translations of 2 to 9 words."""
    choice = random.Random(seed)
    found = []
    for _ in range(count):
        words = choice.choices(range(len(SOURCE)), k=choice.randint(2, 9))
        found.append(
            tuple(
                " ".join(side[word] for word in words) + "."
                for side in (SOURCE, TARGET)
            )
        )
    return found

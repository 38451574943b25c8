"""What the models are given to go on from, and to read, until a visitor types."""

import streamlit as st

from apps import page

EMPTY = "Nothing"

# By the name of the corpus: only in its own language has a model anything to say.
PROMPTS = {
    "tiny-shakespeare": {
        "A king": "KING:\nThe crown sits heavy, and the night is long;\n",
        "A letter": "JULIA:\nHe writes me verses, and he cannot spell.\n",
        "A storm": "First Sailor:\nThe wind has torn the moon out of the sky,\nAnd ",
        EMPTY: "",
    },
    "keras-source": {
        "A function": 'def count_words(text):\n    """Counts the words of a text.\n\n',
        "A layer": "class Doubling(Layer):\n    def __init__(self, ",
        "An if line": "        if inputs is None:\n            raise ValueError(\n",
        EMPTY: "",
    },
}
TEXTS = {
    "tiny-shakespeare": {
        "A quarrel": """\
FIRST LORD:
You swore, my lord, upon your father's grave
That I should have the castle and the wood;
If that be false, then nothing here is good.

SECOND LORD:
I swore it, ay! And what is it I gave?
A word, a breath. Go ask the wind to pay.

FIRST LORD:
O ill-kept word! I'll have it back today.
""",
        "One speech": """\
PRINCE:
Three things I loved: the sea, the sword, and sleep.
The sea is far, the sword is in the clay,
And sleep comes late who came so soon of old.
""",
    },
    "keras-source": {
        "A class": '''\
class Basket:
    """Keeps what was bought, and what it cost.

    Args:
        owner: String, whose basket it is.
    """

    def __init__(self, owner="nobody"):
        self.owner = owner
        self.things = {}

    def add(self, name, price):
        if not isinstance(name, str) or price < 0:
            raise ValueError(f"`price` must not be negative. Received: {price}")
        if name in self.things:
            self.things[name] += price
        else:
            self.things[name] = price
        return self
''',
        "A function": '''\
def largest(values, default=None):
    """Returns the largest of some values, or `default` if there are none."""
    if not values:
        return default
    best = values[0]
    for value in values[1:]:
        if value > best:
            best = value
    return best
''',
    },
}


def pick(
    samples: dict[str, dict[str, str]], corpus: str, key: str, longest: int
) -> str:
    """Show the samples of a corpus and a box to change them in; return what it holds.

    Args:
        samples: `PROMPTS` or `TEXTS`.
        corpus: the corpus's name; one without samples has an empty one.
        key: of the widgets.
        longest: characters of a visitor's text that are taken.

    Returns:
        At most as many characters, whole ones.
    """
    offered = samples.get(corpus, {EMPTY: ""})
    sample = st.selectbox("Sample", list(offered), key=f"{key}-sample-{corpus}")
    return page.text_area(
        "Change it, or write your own",
        longest,
        value=offered[sample],
        height=170,
        key=f"{key}-{corpus}-{sample}",
    )

"""Translate a sentence with several models, side by side.

`make demo` opens it among the other pages; `streamlit run apps/translate.py` alone.
"""

import streamlit as st

from apps import (
    models,
    page,
    search,
    translate_attention,
    translate_file,
    translate_length,
    translate_scores,
    translate_text,
)
from zoo import gallery

DIRECTIONS = {
    "en-de": "English to German",
    "de-en": "German to English",
    "en-fr": "English to French",
}
MOST_CHARACTERS = 2000
# By the language they are in: sentences of our own, of the kind that the models learnt
# from, and one that is not.
SAMPLES = {
    "en": {
        "Short": "A brown dog runs across a muddy field.",
        "Longer": "Two women in yellow raincoats are waiting at a bus stop while a "
        "man with an umbrella crosses the wet street behind them.",
        "Much longer": "A group of children in school uniforms, some of them carrying "
        "large paper lanterns, are walking in a long line past a wooden fence, and an "
        "old man who sells balloons from a small cart is waving at the last of them.",
        "Word order": "The boy that the girl is looking at has a kite in his hand.",
        "Not of their world": "The committee has postponed its vote on the new budget.",
    },
    "de": {
        "Short": "Ein brauner Hund rennt über ein schlammiges Feld.",
        "Longer": "Zwei Frauen in gelben Regenjacken warten an einer Bushaltestelle, "
        "während ein Mann mit einem Schirm hinter ihnen die nasse Straße überquert.",
        "Word order": "Der Junge, den das Mädchen ansieht, hat einen Drachen.",
        "Not of their world": "Der Ausschuss hat die Abstimmung vertagt.",
    },
}
OWN = "My own"


def pick_sentence(direction: str) -> str:
    """Show samples and a field to write in; return the sentence to translate.

    Args:
        direction: from which language to which, as "en-de".
    """
    language = direction.split("-")[0]
    samples = SAMPLES.get(language, {})
    key = f"sample-{language}"
    chosen = st.selectbox("Sentence", [*samples, OWN], key=key)
    if chosen == OWN:
        return page.text_area("Write a sentence", MOST_CHARACTERS, key="text")
    st.text(samples[chosen])
    return samples[chosen]


def sentence_tab(translators: dict[str, gallery.Translator], direction: str) -> None:
    """Show a sentence and, once there is one, what the models make of it."""
    writing, searching = st.columns([2, 1], gap="large")
    with writing:
        sentence = pick_sentence(direction)
    with searching:
        chosen = search.controls("translations")
    if not sentence.strip():
        st.info("Write a sentence, and every model translates it here.")
        return
    answers = translate_text.answers(translators, sentence, chosen)
    translate_text.show(translators, answers, chosen)
    own = translate_text.own(translators, sentence)
    translate_attention.show(translators, sentence, answers, own)


def introduction(translators: dict[str, gallery.Client]) -> None:
    """Say what is to be seen here."""
    same = models.same_examples(translators, "pairs of sentences")
    st.write(
        f"Encoders and decoders of different architectures learnt to translate{same}. "
        "Some put the whole sentence into one vector; some look at its words again for "
        "each word that they write."
    )


page.begin("Translation")
direction = models.pick_variant("translate", DIRECTIONS, "Direction")
translators = page.choose_models("translate", introduction, direction)
one, long, many, scored = st.tabs(
    ["One sentence", "Long sentences", "A file", "Scores"]
)
with one:
    sentence_tab(translators, direction)
with long:
    translate_length.show(translators)
with many:
    translate_file.show(translators)
with scored:
    translate_scores.show(translators)

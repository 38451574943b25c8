"""Tag the words of a sentence with several models, side by side.

`make demo` opens it among the other pages; `streamlit run apps/tag.py` alone.
"""

import streamlit as st

from apps import models, page, tag_file, tag_scores, tag_words
from zoo import gallery

LANGUAGES = {"en": "English", "ko": "Korean (한국어)"}
MOST_CHARACTERS = 2000
# Sentences of our own, each with a word whose part of speech hangs on the others.
SAMPLES = {
    "en": {
        "A word twice": "They can fish, but they fear the fish can.",
        "A garden path": "The old man the boats while the young record the record.",
        "Clitics": "Mr. Lee's sister doesn't know what you'd have said at 3:30pm.",
        "Addresses": "E-mail jo@example.org or see http://example.org/a-page, OK? :)",
        "Made-up words": "The glimmy frabs were snorfling near the old blicket.",
    },
    "ko": {
        "같은 꼴, 다른 말": "이 배는 크고 저 배는 달다.",
        "긴 어미": "비가 그쳤으니까 아이들이 곧 나올 것 같았다.",
        "수와 단위": "지난해 12월 3일에 사과 45개를 1만 원에 샀다.",
        "따옴표와 영어": "그는 'AI 도서관'이라고 쓴 문을 천천히 열었다.",
        "없는 말": "꾸름한 도롱새가 마당에서 비실비실 푸르댔다.",
    },
}
OWN = "My own"


def pick_sentence(language: str) -> str:
    """Show the samples and a field to write in; return the sentence to tag."""
    samples = SAMPLES.get(language, {})
    chosen = st.selectbox("Sentence", [*samples, OWN], key=f"sample-{language}")
    if chosen == OWN:
        return page.text_area("Write a sentence", MOST_CHARACTERS, key="own")
    st.text(samples[chosen])
    return samples[chosen]


def sentence_tab(taggers: dict[str, gallery.Tagger], language: str) -> None:
    """Show a sentence and, once there is one, how the models tag it."""
    sentence = pick_sentence(language)
    if not sentence.strip():
        st.info("Write a sentence, and every model tags its words here.")
        return
    tag_words.show(taggers, tag_words.answers(taggers, sentence))


def introduction(_: dict[str, gallery.Client]) -> None:
    """Say what is to be seen here."""
    st.write(
        "Networks of different architectures learnt the part of speech of every word "
        "of a sentence. See how each tags yours, how sure it is and where they differ."
    )


page.begin("Tagging")
language = models.pick_variant("tag", LANGUAGES, "Language")
taggers = page.choose_models("tag", introduction, language)
one, many, scored = st.tabs(["One sentence", "A CoNLL-U file", "Scores"])
with one:
    sentence_tab(taggers, language)
with many:
    tag_file.show(taggers)
with scored:
    tag_scores.show(taggers)

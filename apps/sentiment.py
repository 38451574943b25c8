"""Judge whether a text is positive, with several models side by side.

`make demo` opens it among the other pages; `streamlit run apps/sentiment.py` alone.
"""

import streamlit as st

from apps import models, page, sentiment_file, sentiment_reading, sentiment_scores
from zoo import gallery

LANGUAGES = {"en": "English", "ko": "Korean (한국어)"}
MOST_CHARACTERS = 10_000
# Sentences of our own, each with something that a reader of single words gets wrong.
SAMPLES = {
    "en": {
        "It turns": "The first half hour drags and I nearly left. Then the two sisters "
        "meet again, and from there on I did not want it to end.",
        "Praise that is none": "What a great way to lose two hours of your life. The "
        "poster is beautiful, the rest is not.",
        "Not bad": "It is not bad at all, never dull, and less silly than I feared.",
        "Emoji": "popcorn was good 🍿 the film 😴😴😴",
    },
    "ko": {
        "뒤집히는 글": "처음 삼십 분은 지루해서 나갈 뻔했는데, 두 자매가 다시 만난 "
        "뒤로는 끝나지 않았으면 했다.",
        "칭찬이 아닌 칭찬": "두 시간을 버리기에 참 좋은 방법이다. 포스터는 예쁘고 "
        "나머지는 아니다.",
        "나쁘지 않다": "나쁘지 않다. 지루할 틈도 없고 걱정했던 것보다 훨씬 낫다.",
        "이모지": "팝콘은 맛있었음 🍿 영화는 😴😴😴",
    },
}
OWN = "My own"


def pick_text(language: str) -> str:
    """Show the samples and a field to write in; return the text to judge."""
    samples = SAMPLES.get(language, {})
    chosen = st.selectbox("Text", [*samples, OWN], key=f"sample-{language}")
    if chosen == OWN:
        return page.text_area("Write a text", MOST_CHARACTERS, height=120, key="own")
    st.text(samples[chosen])
    return samples[chosen]


def text_tab(classifiers: dict[str, gallery.Sentiment], language: str) -> None:
    """Show a text and, once there is one, what the models say of it."""
    text = pick_text(language)
    if not text.strip():
        st.info("Write a text, and every model judges it here.")
        return
    answers = sentiment_reading.answers(classifiers, text)
    sentiment_reading.show(classifiers, answers)


def introduction(_: dict[str, gallery.Client]) -> None:
    """Say what is to be seen here."""
    st.write(
        "Networks of different architectures learnt from film reviews whether a text "
        "speaks well of its subject. See what each says, how its verdict moves from "
        "word to word, and where it fails."
    )


page.begin("Sentiment")
language = models.pick_variant("sentiment", LANGUAGES, "Language")
classifiers = page.choose_models("sentiment", introduction, language)
one, many, scored = st.tabs(["One text", "A file of texts", "Scores"])
with one:
    text_tab(classifiers, language)
with many:
    sentiment_file.show(classifiers)
with scored:
    sentiment_scores.show(classifiers)

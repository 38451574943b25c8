"""BLEU by length: a row a model, a column a bucket."""

from zoo.evaluate import translator_tables


def card(name, *values):
    buckets = [
        {"words": most, "sentences": count, "bleu_lc": value}
        for most, count, value in zip((7, 10, None), (90, 1200, 5), values, strict=True)
    ]
    return {"recipe": name, "test": {"by_length": buckets}}


def test_every_bucket_is_a_column_that_says_how_many_sentences_it_has():
    cards = [card("one", 40.0, 30.04, 20.0), card("other", 41.0, 35.0, 33.36)]
    assert translator_tables.lengths(cards).splitlines() == [
        "| model | 1–7 words (90) | 8–10 words (1,200) | 11 or more words (5) |",
        "|---|---:|---:|---:|",
        "| `one` | 40.0 | 30.0 | 20.0 |",
        "| `other` | 41.0 | 35.0 | 33.4 |",
    ]

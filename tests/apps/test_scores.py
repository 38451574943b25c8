"""The third tab: every card side by side."""

import pytest


@pytest.mark.parametrize(
    ("label", "bleu4", "latency"),
    [
        ("Beam 5", "20.5 (19.5–21.5)", "45 ms"),
        ("Greedy", "18.0 (17.0–19.0)", "20 ms"),
        ("Each model's own search", "21.0 (20.0–22.0)", "–"),
    ],
)
def test_the_table_follows_the_kind_of_search(fakes, page, label, bleu4, latency):
    page.run()
    page.radio(key="by").set_value(label).run()
    row = page.dataframe[-1].value.iloc[0]
    assert row["Model"] == "The caption-lstm"
    assert row["BLEU-4"] == bleu4
    assert row["A picture"] == latency
    assert row["BLEU-1"] == "–"
    assert row["Training"] == "50 min"


def test_an_own_search_that_is_one_of_those_timed_has_its_time(fakes, page):
    fakes["caption-lstm"].card["dev"]["width"] = 5
    page.run()
    assert list(page.dataframe[-1].value["A picture"]) == ["45 ms", "–"]


def test_the_words_of_a_card_are_shown(fakes, page):
    page.run()
    assert "Sums up caption-lstm." in page.text[-2].value
    assert "Limit: Knows people and dogs." in page.text[-2].value
    assert "5,999 pictures to learn from" in page.text[-2].value
    assert "width 8, length penalty 1.2" in page.text[-2].value

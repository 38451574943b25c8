"""The front door."""

from pathlib import Path

from streamlit.testing.v1 import AppTest

HOME = Path(__file__).parents[2] / "apps" / "home.py"


def test_the_front_door_opens_on_the_caption_page(fakes):
    home = AppTest.from_file(HOME, default_timeout=60).run()
    assert not home.exception
    assert home.title[0].value == "Captions"
    assert "a dog runs" in [block.value for block in home.code]

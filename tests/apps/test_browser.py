"""A real visitor: headless Chromium sends a picture and reads two captions.

It runs on the artefacts in saved_models/, so it also sees what no made-up model can:
that they open inside Streamlit's process and answer on a real page.
"""

import io
import re

import numpy as np
import pytest
import requests
from PIL import Image

from tests.apps import demo, hostile

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """The demo's address, served from the repository's root for this module."""
    hostile.need_browser_and_models()
    with demo.running(tmp_path_factory.mktemp("demo") / "log.txt") as (address, _):
        yield address


@pytest.fixture
def visit(address):
    """A browser's page on the demo, and the foreign addresses it asked for."""
    pytest.importorskip("playwright.sync_api")
    with hostile.visiting(address) as (page, foreign):
        yield page, foreign


def test_a_visitor_sends_a_picture_and_reads_the_captions_of_two_models(visit):
    page, foreign = visit
    page.get_by_text("Upload", exact=True).click()
    captions = page.locator("[class*=st-key-column-]").get_by_test_id("stCode")
    # The sample photograph's captions stay until the page has run again.
    captions.first.wait_for(state="detached")
    grass = np.zeros((120, 160, 3), np.uint8)
    grass[:60], grass[60:] = (120, 180, 240), (60, 140, 40)
    file = io.BytesIO()
    Image.fromarray(grass).save(file, "JPEG")
    page.locator("input[type=file]").set_input_files(
        [{"name": "grass.jpg", "mimeType": "image/jpeg", "buffer": file.getvalue()}]
    )
    captions.nth(1).wait_for()
    said = [caption.inner_text().strip() for caption in captions.all()[:2]]
    assert all(len(caption.split()) >= 2 for caption in said)
    assert page.get_by_text("M parameters").count() >= 2
    assert page.get_by_test_id("stException").count() == 0
    assert foreign == []


def test_a_visitor_who_sends_no_picture_reads_a_sentence(visit):
    page, _ = visit
    page.get_by_text("Upload", exact=True).click()
    page.locator("input[type=file]").set_input_files(
        [{"name": "broken.jpg", "mimeType": "image/jpeg", "buffer": b"not a picture"}]
    )
    page.get_by_text("This picture cannot be captioned.").wait_for()
    page.get_by_text("must be a JPEG, PNG or GIF").wait_for()
    assert page.get_by_test_id("stException").count() == 0


BASE = hostile.TEXT.replace(" ", "_").replace("/", "-")
CSV = f'"{hostile.TEXT.replace(chr(34), chr(34) * 2)}",=cmd|calc\n' * 2
CONLLU = "\n".join(
    f"{number}\t{word}\t_\tNOUN\t_\t_\t0\troot\t_\t_"
    for number, word in enumerate(hostile.TEXT.split(), 1)
)
# Of each page: the list that has "My own", the field for it, and a file to send.
PAGES = {
    "sentiment": (
        "Text",
        "Write a text",
        f"text,<script>window.hacked=6</script>\n{CSV}",
        "csv",
    ),
    "tag": ("Sentence", "Write a sentence", CONLLU + "\n\n", "conllu"),
    "translate": ("Sentence", "Write a sentence", f"{hostile.TEXT}\n" * 2, "txt"),
}
WORK = re.compile("^(Judge|Tag|Translate) [0-9]+ ")


@pytest.mark.parametrize("name", PAGES)
def test_hostile_text_and_files_run_nothing_and_reach_nobody(visit, address, name):
    page, foreign = visit
    choice, field, content, ending = PAGES[name]
    page.goto(f"{address}/{name}")
    box = page.get_by_test_id("stSelectbox").filter(has_text=choice).first
    box.locator("input").click()
    page.get_by_role("option", name="My own").click()
    page.get_by_label(field).first.fill(hostile.TEXT)
    page.get_by_label(field).first.press("Control+Enter")
    # What the models make of it is on the page.
    page.get_by_text("parameters").first.wait_for()
    assert hostile.is_unharmed(page, foreign)
    page.get_by_role("tab").filter(has_text="file").first.click()
    page.locator("input[type=file]").first.set_input_files(
        [
            {
                "name": f"{BASE}.{ending}",
                "mimeType": "text/plain",
                "buffer": content.encode(),
            }
        ]
    )
    page.get_by_role("button", name=WORK).click()
    page.get_by_text("Download").first.wait_for()
    assert hostile.is_unharmed(page, foreign)


def test_the_same_text_would_run_if_it_were_markup(visit):
    page, foreign = visit
    page.set_content(hostile.TEXT)
    page.wait_for_function("window.hacked")
    assert any("evil" in address for address in foreign)


def test_a_hostile_file_name_runs_nothing(visit):
    page, foreign = visit
    page.get_by_text("Upload", exact=True).click()
    page.locator("input[type=file]").set_input_files(
        [{"name": f"{BASE}.jpg", "mimeType": "image/jpeg", "buffer": b"no picture"}]
    )
    page.get_by_text("must be a JPEG, PNG or GIF").wait_for()
    assert hostile.is_unharmed(page, foreign)


def test_who_comes_without_the_page_s_token_may_send_nothing(address):
    url = f"{address}/_stcore/upload_file/some-session/some-file"
    assert requests.put(url, data=b"x", timeout=30).status_code in (400, 403)

"""What the demo takes with ever more visitors, each in a real Chromium.

Memory, and the time from a sentence's sending to its translations by all models and a
map of attention, painted. The models are open by then: the page opens them as it comes.
"""

import pathlib
import tempfile
import time

from bench import questions, serving_process
from tests.apps import demo
from zoo import gallery

PAGE = "translate"
MAP = "[data-testid=stVegaLiteChart] .marks:visible"


def visited(count):
    """Has visitors come one after another; all stay, and each asks its own sentence.

    Args:
        count: Integer, visitors.

    Returns:
        Dictionary of `mebibytes`, a list: resident memory of the demo's process before
        anybody came, when it has not imported TensorFlow, and after each visitor had
        read the answers; of `seconds`, which each of them waited for these; and of how
        many `models` answered.

    Raises:
        RuntimeError: Not every model answers a visitor.
    """
    expected = len(gallery.names(PAGE))
    with (
        tempfile.TemporaryDirectory() as place,
        demo.running(pathlib.Path(place) / "log.txt") as (address, process),
        demo.browsing() as browser,
    ):
        mebibytes, seconds = [serving_process.resident(process.pid)], []
        for visitor in range(count):
            page = browser.new_context().new_page()
            page.set_default_timeout(1000 * demo.PATIENCE)
            page.goto(f"{address}/{PAGE}")
            page.locator(MAP).first.wait_for()  # that of the sample
            box = page.get_by_test_id("stSelectbox").filter(has_text="Sentence").first
            box.locator("input").click()
            page.get_by_role("option", name="My own").click()
            page.locator(MAP).first.wait_for(state="hidden")
            field = page.get_by_label("Write a sentence").first
            field.fill(questions.rows("translate", 1, visitor)["text"][0])
            sent = time.perf_counter()
            field.press("Control+Enter")
            page.locator(MAP).first.wait_for()
            seconds.append(time.perf_counter() - sent)
            answers = page.locator("[class*=st-key-column-]").count()
            if answers != expected:
                raise RuntimeError(f"{answers} models of {expected} answered")
            mebibytes.append(serving_process.resident(process.pid))
    return {
        "group": "visitors",
        "page": PAGE,
        "models": expected,
        "mebibytes": mebibytes,
        "seconds": seconds,
    }

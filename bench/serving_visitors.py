"""How much memory the demo takes with ever more visitors, each in a real Chromium."""

import pathlib
import tempfile

from bench import questions, serving_process
from tests.apps import demo

PAGE = "translate"


def visited(count):
    """Has visitors come one after another; all stay, and each asks its own sentence.

    Args:
        count: Integer, visitors.

    Returns:
        Dictionary of `mebibytes`, a list: resident memory of the demo's process before
        anybody came, and after each visitor had read the answers.
    """
    with (
        tempfile.TemporaryDirectory() as place,
        demo.running(pathlib.Path(place) / "log.txt") as (address, process),
        demo.browsing() as browser,
    ):
        mebibytes = [serving_process.resident(process.pid)]
        for visitor in range(count):
            page = browser.new_context().new_page()
            page.set_default_timeout(1000 * demo.PATIENCE)
            page.goto(f"{address}/{PAGE}")
            box = page.get_by_test_id("stSelectbox").filter(has_text="Sentence").first
            box.locator("input").click()
            page.get_by_role("option", name="My own").click()
            field = page.get_by_label("Write a sentence").first
            field.fill(questions.rows("translate", 1, visitor)["text"][0])
            field.press("Control+Enter")
            page.get_by_text("parameters").first.wait_for()
            page.wait_for_function(
                "!document.querySelector('[data-testid=stStatusWidget]')"
            )
            mebibytes.append(serving_process.resident(process.pid))
    return {"group": "visitors", "page": PAGE, "mebibytes": mebibytes}

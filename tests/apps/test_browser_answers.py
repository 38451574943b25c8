"""What a model answers is text on a page, whatever it says: in real Chromium.

The demo asks the stand-in for TF Serving, which puts hostile text in the place of each
text that the models answer.
"""

import numpy as np
import pytest

from tests.apps import demo, hostile
from tests.serving.served_models import Models
from tests.serving.stand_in import StandIn
from zoo import artefact

PAGES = {
    "caption": "",
    "sentiment": "sentiment",
    "tag": "tag",
    "translate": "translate",
}
PAGES["write"] = "write"

pytestmark = pytest.mark.browser


def spoilt(answer):
    """Puts the hostile text in the place of each text of an answer that has one."""
    return {
        name: np.where(value == b"", value, hostile.TEXT.encode())
        if value.dtype == object
        else value
        for name, value in answer.items()
    }


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """The address of a demo whose models answer with hostile text."""
    hostile.need_browser_and_models()
    models = Models(artefact.root())
    models.after = spoilt
    log = tmp_path_factory.mktemp("demo") / "log.txt"
    with StandIn(models) as server:
        with demo.running(log, server.addresses["grpc"]) as (address, _):
            yield address


@pytest.mark.parametrize("path", ["", "sentiment", "tag", "translate", "write"])
def test_a_hostile_answer_runs_nothing_and_reaches_nobody(address, path):
    pytest.importorskip("playwright.sync_api")
    with hostile.visiting(address, path) as (page, foreign):
        page.get_by_text("window.hacked=1").first.wait_for()
        assert hostile.is_unharmed(page, foreign)

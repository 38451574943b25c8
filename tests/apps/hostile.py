"""Text that does harm where a page takes it for markup, and who looks for the harm."""

import contextlib
import os

import pytest

from tests.apps import demo
from zoo import gallery

# Runs where a page takes it for markup, markdown or mathematics.
TEXT = (
    '<img src="http://evil.example/a.png" onerror="window.hacked=1"> '
    "<script>window.hacked=2</script> <svg onload=window.hacked=3> "
    "![picture](http://evil.example/b.png) [link](javascript:window.hacked=4) "
    "$\\href{javascript:window.hacked=5}{x}$ :material/warning: :red[paint]"
)


def need_browser_and_models():
    """Skips with a reason; in continuous integration a missing browser fails."""
    if demo.CHROMIUM is None:
        if os.environ.get("CI"):
            pytest.fail("chromium must be installed: make browser")
        pytest.skip("there is no chromium here: make browser")
    if len(gallery.names("caption")) < 2:
        pytest.skip("saved_models/ has fewer than two captioners yet")


@contextlib.contextmanager
def visiting(address, page=""):
    """Opens a page of the demo.

    Args:
        address: The demo's.
        page: The page's path, for example `"tag"`; "" is the first one.

    Yields:
        Pair of the page and the list of foreign addresses that it asks for.
    """
    own = (address, "ws://127.0.0.1", "data:", "blob:")
    with demo.browsing() as browser:
        opened = browser.new_page(viewport={"width": 1400, "height": 1000})
        opened.set_default_timeout(1000 * demo.PATIENCE)
        foreign = []

        def note(request):
            if not request.url.startswith(own):
                foreign.append(request.url)

        opened.on("request", note)
        opened.goto(f"{address}/{page}")
        yield opened, foreign


def is_unharmed(page, foreign):
    """Whether nothing of the hostile text ran, was painted or was asked for."""
    page.wait_for_timeout(1000)
    assert page.evaluate("window.hacked") is None
    assert page.locator("img[src*=evil], a[href*=javascript]").count() == 0
    assert page.get_by_test_id("stException").count() == 0
    assert foreign == []
    return True

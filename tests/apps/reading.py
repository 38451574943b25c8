"""How the tests read what a page shows."""

from apps import pictures


def upload(page, content, name="picture.jpg"):
    """Runs the page with a file sent to it."""
    page.run()
    page.radio(key="source").set_value(pictures.UPLOAD).run()
    page.file_uploader[0].set_value((name, content, "image/jpeg")).run()
    return page


def texts(page):
    """Everything shown verbatim on the page, and the small print, as one string."""
    shown = [*page.text, *page.code, *page.caption]
    return "\n".join(element.value for element in shown)


def tables(page):
    """The tables whose first column has this name, by it."""
    return {table.value.columns[0]: table.value for table in page.dataframe}


def said(page):
    """What the page says in its coloured boxes."""
    return "\n".join(box.value for box in [*page.warning, *page.info, *page.error])

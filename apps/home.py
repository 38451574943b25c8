"""The front door: every page of the zoo, the first one open. `make demo` runs it."""

import streamlit as st

from zoo import gallery

PAGES = [
    st.Page("caption.py", title="Captions", default=True),
    st.Page("sentiment.py", title="Sentiment"),
    st.Page("tag.py", title="Tags"),
]
if gallery.names("write"):  # none ships yet: `make train-write export-write` brings it
    PAGES.append(st.Page("write.py", title="Writing"))

st.navigation(PAGES).run()

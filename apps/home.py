"""The front door: every page of the zoo, the first one open. `make demo` runs it."""

import streamlit as st

PAGES = [
    st.Page("caption.py", title="Captions", default=True),
]

st.navigation(PAGES).run()

"""The front door: every page of the zoo, the first one open. `make demo` runs it."""

import streamlit as st

PAGES = [
    st.Page("caption.py", title="Captions", default=True),
    st.Page("sentiment.py", title="Sentiment"),
    st.Page("tag.py", title="Tagging"),
    st.Page("translate.py", title="Translation"),
    st.Page("write.py", title="Writing"),
]

st.navigation(PAGES).run()

"""The pages of the zoo: Streamlit widgets over zoo.gallery and zoo.corpora."""

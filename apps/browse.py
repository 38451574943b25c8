"""The test set, put in order by what the models' stored captions say about them."""

import math
from dataclasses import dataclass
from itertools import combinations

import pandas as pd
import streamlit as st

from apps import models, pictures
from zoo import gallery

ROWS_A_PAGE = 10


@dataclass(frozen=True)
class Row:
    """What the models said of one test picture.

    Args:
        id: the picture's name in the corpus.
        captions: by model.
        ciders: of those captions, by model.
    """

    id: str
    captions: dict[str, str]
    ciders: dict[str, float]

    def cider(self) -> float:
        """Return the mean CIDEr of the models."""
        return sum(self.ciders.values()) / max(len(self.ciders), 1)

    def shared(self) -> float:
        """Return the share of words two models have in common, mean over the pairs."""
        said = [set(caption.split()) for caption in self.captions.values()]
        shares = [
            len(one & other) / max(len(one | other), 1)
            for one, other in combinations(said, 2)
        ]
        return sum(shares) / max(len(shares), 1)


APART = "The models disagree most"  # of one model alone nobody can say that
ORDERS = {
    APART: lambda row: row.shared(),
    "The models do worst": lambda row: row.cider(),
    "The models do best": lambda row: -row.cider(),
}
EXAMPLES = {
    "Successes named on the cards": "successes",
    "Failures named on the cards": "failures",
}


@st.fragment
def show(captioners: dict[str, gallery.Captioner]) -> None:
    """Show the test set, a page at a time, in the order the visitor picks."""
    said = models.ask(
        captioners,
        lambda name, captioner: _predictions(captioner.edition(), captioner),
        "What one model said cannot be shown.",
    )
    silent = [models.title(captioners[name]) for name in said if not said[name]]
    if silent:
        st.text(f"Without stored captions, so left out: {', '.join(silent)}")
    stored = _stored({name: said[name] for name in said if said[name]})
    if not stored:
        st.info("These models have no stored captions of the test set in common.")
        return
    chosen, where = st.columns([3, 1])
    orders = [
        order for order in ORDERS if len(stored[0].captions) > 1 or order != APART
    ]
    order = chosen.selectbox("Show first where", [*orders, *EXAMPLES], key="order")
    rows = _ordered(stored, order, captioners)
    pages = max(math.ceil(len(rows) / ROWS_A_PAGE), 1)
    page = where.number_input(f"Page, 1 to {pages}", 1, pages, key=f"page-{order}")
    tested = pictures.test_pictures()
    if not tested:
        st.info("The pictures themselves are not here; this gets them (1 GB):")
        st.code("make data-caption", language=None)
    for row in rows[(page - 1) * ROWS_A_PAGE : page * ROWS_A_PAGE]:
        _show_row(row, captioners, tested.get(row.id))


def _stored(said: dict[str, dict[str, dict]]) -> list[Row]:
    """Return what the models said, for the pictures that all of them saw."""
    common = set.intersection(*map(set, said.values())) if said else set()
    return [
        Row(
            id,
            {name: said[name][id]["caption"] for name in said},
            {name: said[name][id]["cider"] for name in said},
        )
        for id in sorted(common)
    ]


@st.cache_resource(max_entries=20, show_spinner=False)
def _predictions(edition: str, _captioner: gallery.Captioner) -> dict[str, dict]:
    """Return a model's stored captions by picture; an unreadable file holds none."""
    try:
        return {line["id"]: line for line in _captioner.predictions()}
    except (OSError, ValueError):
        return {}


def _ordered(
    rows: list[Row], order: str, captioners: dict[str, gallery.Captioner]
) -> list[Row]:
    if order in ORDERS:
        return sorted(rows, key=ORDERS[order])
    named = {
        id
        for captioner in captioners.values()
        for id in captioner.card.get("examples", {}).get(EXAMPLES[order], [])
    }
    return [row for row in rows if row.id in named]


def _show_row(
    row: Row, captioners: dict[str, gallery.Captioner], picture: pictures.Picture | None
) -> None:
    """Show one picture, what the models said of it, and what people wrote."""
    with st.container(border=True):
        seen, said = st.columns([1, 3])
        if picture is not None:
            seen.image(pictures.shown(picture.read()), width="stretch")
        seen.text(row.id)
        table = pd.DataFrame(
            {
                "Model": [models.title(captioners[name]) for name in row.captions],
                "Caption": row.captions.values(),
                "CIDEr": row.ciders.values(),
            }
        )
        said.dataframe(table, hide_index=True, column_config=COLUMNS)
        if picture is not None:
            said.text("People wrote:\n" + "\n".join(picture.captions))


COLUMNS = {
    "Model": st.column_config.TextColumn(width=150),
    "CIDEr": st.column_config.NumberColumn(format="%.0f", width=70),
}

"""The models of a page: opened, picked, and read off their cards."""

from collections.abc import Callable
from typing import TypeVar

import streamlit as st

from apps import notices
from apps.shelf import BROKEN, opened
from zoo import gallery

Answer = TypeVar("Answer")


def pick_variant(task: str, titles: dict[str, str], label: str) -> str | None:
    """Let the visitor pick the language or the corpus, the second part of a name.

    Args:
        task: "sentiment", "tag" or "write".
        titles: what to call each variant.
        label: what to call the choice.

    Returns:
        The variant, as "en"; None where no model is there. The only one there is is
        not asked for.
    """
    names = gallery.expected(task) + gallery.names(task)
    there = list(dict.fromkeys(variant_of(name) for name in names))
    if len(there) < 2:
        return there[0] if there else None
    return st.radio(
        label,
        there,
        format_func=lambda variant: titles.get(variant, variant),
        horizontal=True,
        key="variant",
    )


def variant_of(name: str) -> str:
    """Return the language or the corpus of a model, as its name tells it.

    A translator has two languages. A language model of one's own text goes by that
    text, since no other wrote it.

    >>> [variant_of(name) for name in ("tag-ko-lstm-mine", "write-source-gru")]
    ['ko', 'source']
    >>> variant_of("translate-en-de-lstm-attention")
    'en-de'
    >>> variant_of("write-source-gru-my-novel")
    'my-novel'
    """
    if name.startswith("translate-"):
        return "-".join(name.split("-", 3)[1:3])
    task, variant, _, *own = name.split("-", 3)
    return own[0] if own and task == "write" else variant


def served() -> bool:
    """Return whether a server answers; raise ValueError where its address is none."""
    return gallery.server_of()[0] is not None


def available(task: str, variant: str | None = None) -> dict[str, gallery.Client]:
    """Open the models of a task; say so on the page where one is not to be had.

    The shipped models come first, in the order of the recipes and missed where they
    are absent; then those that the visitor trained.

    Args:
        task: "caption", "sentiment", "tag", "translate" or "write".
        variant: open only the models of this language or corpus, as "en".

    Returns:
        The models by name. Empty where there are none.
    """
    try:
        served()
    except ValueError as error:
        notices.trouble("The server of the models cannot be asked.", error)
        return {}
    there, shipped = (
        [name for name in names if variant is None or variant_of(name) == variant]
        for names in (gallery.names(task), gallery.expected(task))
    )
    if not there:
        notices.trouble(
            "There is no trained model here. A complete clone has them in "
            "saved_models/; this makes them again, in some hours:",
            command=f"make data-{task} {'train-picture-encoder ' * (task == 'caption')}"
            f"prepare-{task} train-{task} export-{task} evaluate-{task}",
        )
        return {}
    models = {}
    for name in [*shipped, *(name for name in there if name not in shipped)]:
        try:
            models[name] = opened(name)
        except gallery.Unavailable as error:  # and so it is for the others
            notices.trouble(
                "The server of the models does not answer. ZOO_SERVING names it; "
                "without that, they answer in this process.",
                error,
            )
            break
        except BROKEN as error:
            _cannot_open(name, name in shipped, error)
    return models


def _cannot_open(name: str, expected: bool, error: Exception) -> None:
    """Say that a model is not to be had, and what helps.

    Args:
        name: the model's.
        expected: whether a complete clone has it.
        error: why.
    """
    if served():
        notices.trouble("The server does not answer with one of the models.", error)
    elif isinstance(error, gallery.NotFound):
        notices.trouble(
            "One of the models is not here. A clone has it in saved_models/.", error
        )
    else:
        notices.trouble(
            "One of the models cannot be opened."
            + " A clone has it whole; this restores it:" * expected,
            error,
            f"git checkout -- saved_models/{name}" if expected else None,
        )


def ask(
    models: dict[str, gallery.Client],
    question: Callable[[str, gallery.Client], Answer],
    sorry: str,
) -> dict[str, Answer]:
    """Ask every model; say so on the page where one cannot answer.

    Args:
        models: the models by name.
        question: asks a model, given its name and itself.
        sorry: what a model that cannot answer cannot do.

    Returns:
        The answers by the models' names.
    """
    found = {}
    for name, model in models.items():
        try:
            found[name] = question(name, model)
        except BROKEN as error:
            notices.trouble(sorry, error)
    return found


def choose(
    models: dict[str, gallery.Client], key: str = "models"
) -> dict[str, gallery.Client]:
    """Let the visitor pick some of the models; until they do, all that ship.

    Args:
        models: the models by name.
        key: of the widget; one for each set of models, since under one key the browser
            would go on showing the names of another set.
    """
    titles = [title(model) for model in models.values()]
    # One's own were scored on another corpus: side by side where they are asked for.
    shipped = [name for name in models if name in gallery.expected(name.split("-")[0])]

    def label(name: str) -> str:
        known = title(models[name])
        return known if titles.count(known) == 1 else f"{known} ({name})"

    picked = st.multiselect(
        "Models",
        list(models),
        default=shipped or list(models),
        format_func=label,
        placeholder="Pick at least one",
        key=key,
    )
    return {name: models[name] for name in models if name in picked}


def pick_one(label: str, models: dict[str, gallery.Client]) -> str:
    """Let the visitor pick one of the models; return its name."""
    return st.selectbox(
        label, list(models), format_func=lambda name: title(models[name]), key=label
    )


def title(model: gallery.Client) -> str:
    """Return the title on the model's card, or its name."""
    return str(model.card.get("title") or model.name)


def millions(model: gallery.Client, part: str = "total") -> str:
    """Return how many parameters a part of the model has, as "6.12 M"."""
    count = model.card.get("parameters", {}).get(part)
    if count is None:
        return "–"
    return f"{count / 1e6:.2f} M" if count >= 10_000 else f"{count:,}"


def examples(model: gallery.Client, split: str) -> str:
    """Return how many examples a split of the model's corpus has, as "5,999".

    Args:
        model: an opened model.
        split: "train", "dev" or "test".
    """
    corpus = model.card.get("corpus", {})
    for unit, sizes in corpus.items():  # the unit is pictures, texts, sentences, ...
        if unit != "sha256" and isinstance(sizes, dict) and split in sizes:
            return f"{sizes[split]:,}"
    return "–"


def same_examples(models: dict[str, gallery.Client], unit: str) -> str:
    """Return ", each from the same 5,999 pictures", or "" where they are not alike.

    Args:
        models: the models by name.
        unit: what their corpora are counted in.
    """
    sizes = {examples(model, "train") for model in models.values()}
    if len(sizes) > 1 or "–" in sizes:
        return ""
    return f", each from the same {sizes.pop()} {unit}"


def figure(model: gallery.Client, *where: str | None, digits: int = 1) -> str:
    """Return a test figure with its 95 % interval, as "21.3 (20.1–22.4)".

    Args:
        model: an opened model.
        where: the way to it below "test" on the model's card, such as "beam5", "bleu4".
        digits: decimal places.
    """
    found = model.card.get("test", {})
    for key in where:
        found = found.get(key, {})
    if "value" not in found:
        return "–"
    value, low, high = (f"{found[key]:.{digits}f}" for key in ("value", "low", "high"))
    return f"{value} ({low}–{high})"

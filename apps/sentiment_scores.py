"""Every sentiment model's card, side by side."""

from apps import cards, models
from zoo import gallery

COLUMNS = {
    "Accuracy, %": lambda model: models.figure(model, "default", "accuracy"),
    "Parameters": models.millions,
    "of them encoder": lambda model: models.millions(model, "encoder"),
    "Training": cards.minutes,
    "A text": cards.milliseconds,
}
NOTE = (
    "On the test split of each model's corpus, with its 95 % bootstrap interval, "
    "measured on the very files that answer on this page."
)


def show(classifiers: dict[str, gallery.Sentiment]) -> None:
    """Show what the cards say: test figures, sizes, times, and where they end."""
    cards.show(classifiers, COLUMNS, NOTE, "texts", _more)


def _more(classifier: gallery.Sentiment) -> list[str]:
    return [cards.accuracy_on_dev(classifier)]

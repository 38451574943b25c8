"""Every tagger's card, side by side."""

from apps import cards, models
from zoo import gallery

COLUMNS = {
    "Accuracy, %": lambda model: models.figure(model, "accuracy", digits=2),
    "Unseen words, %": lambda model: models.figure(model, "unseen"),
    "Splitting (dev), %": lambda model: (
        f"{model.card.get('splitting', {}).get('f1', '–')}"
    ),
    "Parameters": models.millions,
    "of them encoder": lambda model: models.millions(model, "encoder"),
    "Training": cards.minutes,
    "A sentence": cards.milliseconds,
}
NOTE = (
    "Accuracy is that of the tags of the test split's own words, with its 95 % "
    "bootstrap interval; unseen words are those that are not in the training split. "
    "Splitting is the F1 of the words that a model finds in the dev split. All are "
    "measured on the very files that answer on this page."
)


def show(taggers: dict[str, gallery.Tagger]) -> None:
    """Show what the cards say: test figures, sizes, times, and where they end."""
    cards.show(taggers, COLUMNS, NOTE, "sentences", _more)


def _more(tagger: gallery.Tagger) -> list[str]:
    return [
        cards.accuracy_on_dev(tagger),
        *(
            f"Often wrong: {pair['gold']} tagged {pair['said']}, {pair['words']} words"
            for pair in tagger.card.get("test", {}).get("confusions", [])[:5]
        ),
    ]

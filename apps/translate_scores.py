"""Every translator's card, side by side."""

from apps import cards, models
from zoo import gallery

COLUMNS = {
    "BLEU, beam 5": lambda model: models.figure(model, "beam5", "bleu"),
    "case aside": lambda model: models.figure(model, "beam5", "bleu_lc"),
    "greedy, case aside": lambda model: models.figure(model, "greedy", "bleu_lc"),
    "chrF": lambda model: (
        f"{model.card.get('test', {}).get('beam5', {}).get('chrf', '–')}"
    ),
    "Parameters": models.millions,
    "of them decoder": lambda model: models.millions(model, "decoder"),
    "Training": cards.minutes,
    "A sentence, beam 5": lambda model: cards.milliseconds(model, "beam5"),
}
NOTE = (
    "BLEU and chrF are sacreBLEU's, on the test split, BLEU with its 95 % bootstrap "
    "interval, measured on the very files that answer on this page."
)


def show(translators: dict[str, gallery.Translator]) -> None:
    """Show what the cards say: test figures, sizes, times, and where they end."""
    cards.show(translators, COLUMNS, NOTE, "pairs", _more)


def _more(translator: gallery.Translator) -> list[str]:
    card = translator.card
    dev = card.get("dev", {})
    return [
        f"Default search, chosen on dev: width {dev.get('width', '–')}, length penalty "
        f"{dev.get('length_penalty', '–')}",
        *(f"{name}: {text}" for name, text in card.get("signatures", {}).items()),
    ]

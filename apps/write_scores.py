"""Every language model's card, side by side."""

from apps import cards, models
from zoo import gallery


def _speed(batch: str) -> cards.Cell:
    """Return what tells how many characters a second are written, as "4,120"."""

    def cell(writer: gallery.Client) -> str:
        milliseconds = writer.card.get("latency_ms", {}).get("write", {}).get(batch)
        return f"{1000 / milliseconds:,.0f}" if milliseconds else "–"

    return cell


COLUMNS = {
    "Nats a character": lambda m: models.figure(m, "nats_per_character", digits=3),
    "Bits": lambda model: models.figure(model, "bits_per_character", digits=3),
    "Parameters": models.millions,
    "Training": cards.minutes,
    "Characters a second": _speed("1"),
    "16 texts at once": _speed("16"),
}
NOTE = (
    "Nats a character on the last tenth of the text, which was kept from training, "
    "with the 95 % bootstrap interval, measured on the very files that write on this "
    "page. Lower is better."
)


def show(writers: dict[str, gallery.Client]) -> None:
    """Show what the cards say: test figures, sizes, times, and where they end."""
    cards.show(writers, COLUMNS, NOTE, "characters")

"""The tables about captioners: the same budget, the same width, best and worst."""

from zoo import artefact, recipes
from zoo.evaluate import tables


def shipped():
    """Makes the table of the shipped captioners, of one budget."""
    return captioners(tables.cards("caption"))


def compared():
    """Makes the table of one width; None where an artefact is not here."""
    cards = tables.compared(recipes.EQUAL_WIDTH["caption"])
    return None if cards is None else widths(cards)


def best_and_worst():
    """Makes the list of what the best captioner said."""
    return examples(tables.cards("caption"))


def captioners(cards):
    """Makes the table of the shipped captioners."""
    header = (
        "| model | parameters | of them decoder | BLEU-1 | BLEU-4 | ROUGE-L | CIDEr | "
        "BLEU-4, greedy | training, s | ms greedy, batch 1 / 32 | ms beam 5, 1 / 32 |"
    )
    rows = []
    for card in cards:
        scores, greedy = card["test"]["beam5"], card["test"]["greedy"]
        times = card["latency_ms"]
        cells = [
            f"`{card['recipe']}`",
            tables.millions(card["parameters"]["total"]),
            tables.millions(card["parameters"]["decoder"]),
            tables.plain(scores["bleu1"]),
            tables.interval(scores["bleu4"]),
            tables.plain(scores["rouge_l"]),
            tables.interval(scores["cider"]),
            tables.plain(greedy["bleu4"]),
            f"{card['training']['seconds']:,.0f}",
            *[f"{times[way]['1']} / {times[way]['32']}" for way in ("greedy", "beam5")],
        ]
        rows.append("| " + " | ".join(cells) + " |")
    note = ""
    if cards:
        note = (
            f"\n\nTest split of {cards[0]['corpus']['pictures']['test']:,} pictures, "
            f"beam 5 unless it says greedy, 95 % bootstrap intervals. Times are "
            f"milliseconds a picture, from JPEG bytes to caption, on "
            f"{cards[0]['latency_hardware']}; training on "
            f"{cards[0]['training']['hardware']}, shared with other work."
        )
    return "\n".join([header, tables.rule(header), *rows]) + note


def widths(cards):
    """Makes the table of recurrent captioners of the same width."""
    header = "| model | units | decoder parameters | BLEU-4 | CIDEr | training, s |"
    rows = []
    for card in cards:
        recipe = recipes.get(card["recipe"])
        cells = [
            f"`{card['recipe']}`",
            str(recipe.model["decoder"]["units"]),
            tables.millions(card["parameters"]["decoder"]),
            tables.interval(card["test"]["beam5"]["bleu4"]),
            tables.interval(card["test"]["beam5"]["cider"]),
            f"{card['training']['seconds']:,.0f}",
        ]
        rows.append("| " + " | ".join(cells) + " |")
    return "\n".join([header, tables.rule(header), *rows])


def examples(cards):
    """Lists what the best captioner said of the pictures it does best and worst on."""
    if not cards:
        return ""
    best = max(cards, key=lambda card: card["test"]["default"]["cider"]["value"])
    folder = artefact.locate(best["recipe"])
    said = {row["id"]: row for row in artefact.read_predictions(folder)}
    header = f"| picture | what `{best['recipe']}` said | CIDEr |"
    rows = [
        f"| {name} | {said[name]['caption']} | {said[name]['cider']:.0f} |"
        for kind in ("successes", "failures")
        for name in best["examples"][kind]
    ]
    return "\n".join([header, "|---|---|---:|", *rows])

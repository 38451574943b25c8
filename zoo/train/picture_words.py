"""What fine-tuning the picture encoder needs: crops, and their captions' words."""

from zoo.train import batches as batches_of
from zoo.train import caption, objectives, weights

build = caption.build
facts = caption.facts_of_captions


def objective(recipe):
    """Returns what is minimised, and measured on dev."""
    return objectives.WordCrossEntropy(recipe.training.label_smoothing)


def batches(recipe, split):
    """Opens the batches of a split."""
    return batches_of.PictureWordBatches(recipe.corpus, split, recipe)


def finish(recipe, model, folder):
    """Keeps the best encoder without its head: it is what was trained for."""
    encoder = folder / "encoder.npz"
    if not encoder.exists():
        weights.load(folder / "best.npz", model)
        weights.save(encoder, model.encoder)

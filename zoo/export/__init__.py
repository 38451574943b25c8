"""Trained model + preprocess -> SavedModel."""

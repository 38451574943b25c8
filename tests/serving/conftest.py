"""A folder of artefacts of one's own, and its `models.config`."""

import pytest


@pytest.fixture
def root(tmp_path, monkeypatch):
    """An empty folder of artefacts."""
    monkeypatch.setenv("ZOO_MODELS", str(tmp_path / "models"))
    (tmp_path / "models").mkdir()
    return tmp_path / "models"


@pytest.fixture
def file(tmp_path):
    """Where the configuration is written."""
    return tmp_path / "models.config"

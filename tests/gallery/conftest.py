"""A tagger of the repository here, and behind a stand-in for TF Serving."""

import pytest

from tests.serving.served_models import Models
from tests.serving.stand_in import StandIn
from zoo import artefact, gallery
from zoo.gallery import served

SCHEMES = ["grpc", "http"]
NAME = "tag-en-rnn"


@pytest.fixture(scope="module")
def models():
    """What the stand-in answers with: the artefacts of the repository, read once."""
    return Models(artefact.root())


@pytest.fixture(scope="module")
def here():
    """A tagger in this process."""
    return gallery.load_local(NAME)


@pytest.fixture
def server(models):
    """A stand-in for TF Serving."""
    models.reset()
    with StandIn(models) as running:
        yield running
    served.connect.cache_clear()


@pytest.fixture(params=SCHEMES)
def tagger(request, server, monkeypatch):
    """The same tagger, over one of the two APIs."""
    monkeypatch.setenv("ZOO_SERVING", server.addresses[request.param])
    return gallery.load(NAME)

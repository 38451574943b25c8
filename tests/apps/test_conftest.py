"""The made-up gallery is worth something only while it looks like the real one."""

import dataclasses
import inspect

import pytest

from zoo import gallery


@pytest.mark.parametrize("method", ["beam", "explain", "predictions", "warm_up"])
def test_the_made_up_captioner_is_called_like_the_real_one(fakes, method):
    fake = type(fakes["caption-lstm"])
    ours, real = (getattr(kind, method) for kind in (fake, gallery.Captioner))
    assert inspect.signature(ours) == inspect.signature(real)


@pytest.mark.parametrize("function", ["expected", "names", "load"])
def test_the_made_up_gallery_is_called_like_the_real_one(request, function):
    real = inspect.signature(inspect.unwrap(getattr(gallery, function)))
    request.getfixturevalue("fakes")
    assert inspect.signature(getattr(gallery, function)) == real


def test_the_made_up_explanation_has_the_fields_of_the_real_one(fakes):
    [made_up] = fakes["caption-lstm"].explain([b""])
    fields = {field.name for field in dataclasses.fields(gallery.Explanation)}
    assert set(vars(made_up)) == fields

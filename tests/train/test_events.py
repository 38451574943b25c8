"""TensorBoard reads what training wrote for it."""

import pytest

from zoo.train import events

NAMES = ["update", "loss", "dev"]


def read(folder, tag):
    # Inside the test: TensorBoard is for tests only.
    from tensorboard.backend.event_processing import event_accumulator

    accumulator = event_accumulator.EventAccumulator(str(folder))
    accumulator.Reload()
    return [(event.step, event.value) for event in accumulator.Scalars(tag)]


def test_tensorboard_reads_every_row_once_even_after_a_second_write(tmp_path):
    events.write(tmp_path / "events", NAMES, [[10, 4.5, 3.5]])
    events.write(tmp_path / "events", NAMES, [[10, 4.5, 3.5], [20, 4.0, 3.25]])
    assert read(tmp_path / "events", "loss") == [(10, 4.5), (20, 4.0)]
    assert read(tmp_path / "events", "dev") == [(10, 3.5), (20, 3.25)]


@pytest.mark.parametrize(
    ("installed", "backend", "wanted"),
    [(True, "tensorflow", True), (True, "jax", False), (False, "tensorflow", False)],
)
def test_they_are_wanted_where_tensorboard_is_and_tensorflow_computes(
    monkeypatch, installed, backend, wanted
):
    found = object() if installed else None
    monkeypatch.setattr(events.importlib.util, "find_spec", lambda name: found)
    monkeypatch.setattr(events.keras.backend, "backend", lambda: backend)
    assert events.wanted() is wanted

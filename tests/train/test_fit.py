"""The training loop on a model small enough to follow by hand."""

import csv
import json

import keras
import numpy as np
import pytest
from keras import ops

from zoo.recipes import Recipe, Training
from zoo.train import checkpoint
from zoo.train.fit import Run, make_optimizer

NUMBERS = {
    "updates": 10,
    "batch": 4,
    "learning_rate": 0.1,
    "warmup": 2,
    "average": 0.5,
    "evaluate_every": 4,
}


class SquaredError:
    """An objective of plain arithmetic."""

    unit = "rows"

    def __call__(self, targets, outputs):
        return ops.mean(ops.square(outputs - targets))

    def total(self, targets, outputs):
        return float(np.square(outputs - targets).sum()), float(len(targets))

    def count(self, targets):
        return len(targets)


class Line:
    """Batches of points near a line; `stop` raises instead of an update's batch."""

    def __init__(self, stop=None):
        self.stop = stop

    def at(self, update):
        if update == self.stop:
            raise InterruptedError
        random = np.random.default_rng(update)
        inputs = random.normal(size=(4, 3)).astype("float32")
        return inputs, inputs @ np.float32([[1], [-2], [3]]) + 1

    def whole(self):
        yield self.at(1000)
        yield self.at(1001)


def make_run(folder, train=None, dev=None, facts=None, **changes):
    keras.utils.set_random_seed(3)
    layers = [keras.Input((3,)), keras.layers.Dropout(0.2), keras.layers.Dense(1)]
    numbers = Training(**NUMBERS | changes)
    recipe = Recipe("line", "line", "", "", {"width": 3}, numbers, "points")
    model = keras.Sequential(layers)
    batches = (train or Line(), dev or Line())
    return Run(recipe, model, SquaredError(), *batches, folder, facts)


def follow(run):
    """Notes the weights after each update of a run, as the loop goes."""
    history = []
    average = run._average

    def noting_average():
        history.append(run.model.get_weights())
        average()

    run._average = noting_average
    return history


def read_log(folder):
    with open(folder / "log.csv", newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_it_evaluates_as_often_as_told_and_after_the_last_update(tmp_path):
    result = make_run(tmp_path).fit()
    rows = read_log(tmp_path)
    assert [row["update"] for row in rows] == ["4", "8", "10"]
    assert float(rows[-1]["dev"]) < float(rows[0]["dev"])
    assert float(rows[-1]["learning_rate"]) == pytest.approx(0.0, abs=1e-6)
    assert result == json.loads((tmp_path / "result.json").read_text())
    assert result["updates"] == 10 and result["best_update"] == 10
    assert result["dev"] == float(rows[-1]["dev"])


def test_the_averages_are_a_moving_mean_that_starts_fast(tmp_path):
    run = make_run(tmp_path, average=0.3)
    expected = run.model.get_weights()
    history = follow(run)
    run.fit()
    for update, weights in enumerate(history, start=1):
        momentum = min(0.3, (1 + update) / (10 + update))
        for place, weight in enumerate(weights):
            before = expected[place]
            expected[place] = momentum * before + (1 - momentum) * weight
    for ours, by_hand in zip(run.averages, expected, strict=True):
        np.testing.assert_allclose(ours, by_hand, rtol=1e-5, atol=1e-7)


def test_the_first_update_and_its_loss_are_those_of_adamw_by_hand(tmp_path):
    run = make_run(tmp_path, updates=1, warmup=0, evaluate_every=1, weight_decay=0.1)
    run.model.layers[0].rate = 0.0
    kernel, bias = run.model.get_weights()
    inputs, targets = Line().at(0)
    error = inputs @ kernel + bias - targets
    gradients = [2 * inputs.T @ error / 4, 2 * error.mean(axis=0)]
    norm = np.sqrt(sum(np.square(gradient).sum() for gradient in gradients))
    history = follow(run)
    run.fit()
    # In Adam's first update the corrected moments are the clipped gradient itself.
    clipped = [gradient * min(1, 1 / norm) for gradient in gradients]
    steps = [0.1 * gradient / (np.abs(gradient) + 1e-7) for gradient in clipped]
    np.testing.assert_allclose(history[0][0], 0.99 * kernel - steps[0], rtol=1e-4)
    np.testing.assert_allclose(history[0][1], bias - steps[1], rtol=1e-4)
    loss = float(read_log(tmp_path)[0]["loss"])
    assert loss == pytest.approx(float(np.square(error).mean()), rel=1e-5)


def test_the_logged_loss_is_the_mean_since_the_last_evaluation(tmp_path):
    run = make_run(tmp_path)
    losses = []
    train_on_batch = run.model.train_on_batch

    def noting(inputs, targets):
        losses.append(train_on_batch(inputs, targets))
        return losses[-1]

    run.model.train_on_batch = noting
    run.fit()
    logged = [float(row["loss"]) for row in read_log(tmp_path)]
    expected = [np.mean(losses[:4]), np.mean(losses[4:8]), np.mean(losses[8:])]
    np.testing.assert_allclose(logged, expected, rtol=1e-6)


def test_gradients_are_clipped_by_their_global_norm():
    optimizer = make_optimizer(Training(**NUMBERS, clip_norm=5.0))
    clipped = optimizer._clip_gradients([ops.ones((3, 3)) * 4, ops.ones((7,)) * 4])
    for gradient in clipped:  # 16 entries of 4: norm 16
        np.testing.assert_allclose(ops.convert_to_numpy(gradient), 1.25, rtol=1e-6)


def test_the_best_averages_are_kept_and_training_goes_on_from_the_weights(tmp_path):
    class Worsening(Line):
        """Dev points on whose outputs the second evaluation looks best."""

        scales = iter([3.0, 1.0, 9.0])

        def whole(self):
            inputs, _ = self.at(1000)
            yield inputs, np.full((4, 1), 100 * next(self.scales), "float32")

    run = make_run(tmp_path, dev=Worsening())
    kept = {}
    evaluate = run._evaluate

    def noting(loss):
        kept[run.update] = [array.copy() for array in run.averages]
        before = run._weights()
        evaluate(loss)
        for weight, again in zip(before, run._weights(), strict=True):
            np.testing.assert_array_equal(weight, again)

    run._evaluate = noting
    assert run.fit()["best_update"] == 8
    with np.load(tmp_path / "best.npz") as best:
        for place, average in enumerate(kept[8]):
            np.testing.assert_array_equal(best[str(place)], average)


@pytest.mark.parametrize("stop", [0, 3, 4, 6, 9])
def test_interrupted_anywhere_it_ends_with_the_same_state(tmp_path, stop):
    make_run(tmp_path / "whole").fit()
    with pytest.raises(InterruptedError):
        make_run(tmp_path / "cut", train=Line(stop)).fit()
    keras.utils.set_random_seed(99)
    make_run(tmp_path / "cut").fit()
    _, expected = checkpoint.load(tmp_path / "whole")
    _, state = checkpoint.load(tmp_path / "cut")
    assert state.keys() == expected.keys()
    for name in state.keys() - {"seconds", "rows"}:
        np.testing.assert_array_equal(state[name], expected[name], name)
    np.testing.assert_array_equal(state["rows"][:, :4], expected["rows"][:, :4])
    assert [row["update"] for row in read_log(tmp_path / "cut")] == ["4", "8", "10"]


def test_a_finished_run_is_not_trained_again(tmp_path):
    first = make_run(tmp_path).fit()
    again = make_run(tmp_path, train=Line(stop=0))
    assert again.fit() == first | {"seconds": pytest.approx(first["seconds"], abs=0.1)}
    assert len(read_log(tmp_path)) == 3


def test_a_folder_begun_with_other_numbers_is_refused(tmp_path):
    make_run(tmp_path).fit()
    with pytest.raises(ValueError, match="`updates` must be 10.*updates=20"):
        make_run(tmp_path, updates=20).fit()
    make_run(tmp_path, jit=True).fit()  # how, not what


def test_a_folder_begun_with_other_data_is_refused(tmp_path):
    with pytest.raises(InterruptedError):
        make_run(tmp_path, facts={"encoder": "abc"}, train=Line(stop=9)).fit()
    with pytest.raises(ValueError, match="`encoder` must be abc.*encoder=xyz"):
        make_run(tmp_path, facts={"encoder": "xyz"}).fit()
    finished = make_run(tmp_path, facts={"encoder": "abc"}).fit()
    assert finished["began_with"]["encoder"] == "abc"
    with pytest.raises(ValueError, match="`encoder` must be abc"):
        make_run(tmp_path, facts={"encoder": "xyz"}).fit()


def test_a_finished_run_stays_finished_without_its_checkpoints(tmp_path):
    first = make_run(tmp_path).fit()
    for path in tmp_path.glob("checkpoint-*"):
        path.unlink()
    assert make_run(tmp_path, train=Line(stop=0)).fit() == first


def test_training_that_diverges_says_so(tmp_path):
    class Broken(Line):
        def at(self, update):
            inputs, targets = super().at(update)
            return inputs, targets * np.float32("nan")

    with pytest.raises(ValueError, match="at update 4 the dev measure is nan"):
        make_run(tmp_path, train=Broken()).fit()
    assert not (tmp_path / "best.npz").exists()


def test_the_progress_line_tells_speed_loss_and_time_left(tmp_path, capsys):
    make_run(tmp_path).fit()
    line = capsys.readouterr().err.split("\r")[-1]
    for told in ("line:", "10/10", "<00:00", "loss ", "dev ", " rows/s"):
        assert told in line

"""Trains a recipe from prepared arrays; killed at any moment, it resumes exactly."""

import csv
import dataclasses
import json
import logging
import sys
import time

import keras
import numpy as np
import tqdm

from zoo import arrays, machine
from zoo.train import checkpoint, events, weights
from zoo.train.schedule import make_schedule

COLUMNS = ("update", "loss", "dev", "learning_rate", "seconds")  # of log.csv

log = logging.getLogger(__name__)


class Run:
    """One recipe in training: model, averaged weights, log and checkpoints.

    Everything that decides the next update is in the checkpoint (weights, optimiser,
    dropout's seeds, averages) or follows from the update's number (batches, learning
    rate), so an interrupted run ends with the same weights as an uninterrupted one.

    Args:
        recipe: The `Recipe`.
        model: Its Keras model, already called once so that its weights exist.
        objective: Training loss and dev measure; see `zoo.train.objectives`.
        train: Batches with `at(update)`.
        dev: Batches with `whole()`.
        folder: `pathlib.Path` for checkpoints, `log.csv`, `best.npz` and
            `result.json`.
        facts: Dictionary of what else decides the outcome, as JSON holds it: the
            precision, the digests of the data.

    Raises:
        ValueError: By `fit`: the folder was begun with other numbers, or training
            diverged.
    """

    def __init__(self, recipe, model, objective, train, dev, folder, facts=None):
        self.recipe = recipe
        self.facts = facts or {}
        self.numbers = recipe.training
        self.model = model
        self.objective = objective
        self.train = train
        self.dev = dev
        self.folder = folder
        on_jax = keras.backend.backend() == "jax"  # where "no XLA" means no compiler
        model.compile(
            make_optimizer(self.numbers),
            objective,
            jit_compile=self.numbers.jit or on_jax,
        )
        self.optimizer = model.optimizer  # in float16, wrapped to scale the loss
        self.optimizer.build(model.trainable_variables)
        self.averages = self._weights()
        self.update = 0
        self.seconds = 0.0
        self.best = (np.inf, 0)  # dev measure, update
        self.rows = []  # of log.csv

    def fit(self, watch=None):
        """Trains to the recipe's last update, from the newest whole checkpoint.

        Args:
            watch: Function of the number of updates done, called before the first and
                after each; it may read the model, not change it. Or None.

        Returns:
            Dictionary of what `result.json` holds.
        """
        path = self.folder / "result.json"
        if path.exists():
            result = json.loads(path.read_text("utf-8"))
            self._check(result["began_with"])
            log.info("%s was trained before: %s", self.recipe.name, self.folder)
            return result
        self._resume()
        watch = watch or (lambda update: None)
        if self.update == 0:
            watch(0)
        started = time.monotonic() - self.seconds
        progress = tqdm.tqdm(
            total=self.numbers.updates,
            initial=self.update,
            desc=self.recipe.name,
            unit="update",
            mininterval=0.5 if sys.stderr.isatty() else 20,
        )
        done = 0  # units since this process started
        losses = []
        with progress:
            while self.update < self.numbers.updates:
                inputs, targets = self.train.at(self.update)
                loss = self.model.train_on_batch(inputs, targets)
                losses.append(loss)
                self.update += 1
                self._average()
                watch(self.update)
                done += self.objective.count(targets)
                if self._is_due():
                    self.seconds = time.monotonic() - started
                    self._evaluate(float(np.mean(losses)))
                    losses = []
                rate = done / max(progress.format_dict["elapsed"], 1e-3)
                measured = f"dev {self.best[0]:.3f}, " if self.rows else ""
                progress.set_postfix_str(
                    f"loss {loss:.3f}, {measured}{rate:.0f} {self.objective.unit}/s",
                    refresh=False,
                )
                progress.update()
        return self._finish()

    def _is_due(self):
        last = self.update == self.numbers.updates
        return last or self.update % self.numbers.evaluate_every == 0

    def _average(self):
        """Moves the averages towards the weights; early on, faster."""
        momentum = min(self.numbers.average, (1 + self.update) / (10 + self.update))
        for average, weight in zip(self.averages, self._weights(), strict=True):
            average += (1.0 - momentum) * (weight - average)

    def _evaluate(self, loss):
        """Measures the averages on dev, keeps the best, writes log and checkpoint."""
        training_weights = self._weights()
        # What one chunk of a text hands on to the next; dev has its own.
        states = _values(self.model.non_trainable_variables)
        _assign(self.model.trainable_variables, self.averages)
        total, count = 0.0, 0.0
        for inputs, targets in self.dev.whole():
            logits = self.model.predict_on_batch(inputs)
            nats, units = self.objective.total(targets, logits)
            total, count = total + nats, count + units
        measure = total / count
        if not np.isfinite(measure):
            raise ValueError(
                f"`learning_rate` must be low enough for training to converge; at "
                f"update {self.update} the dev measure is {measure}. "
                f"Received: learning_rate={self.numbers.learning_rate}"
            )
        if measure < self.best[0]:
            self.best = (measure, self.update)
            weights.save(self.folder / "best.npz", self.model)
        _assign(self.model.trainable_variables, training_weights)
        _assign(self.model.non_trainable_variables, states)
        rate = float(self.optimizer.learning_rate)
        self.rows.append([self.update, loss, measure, rate, round(self.seconds, 1)])
        self._write_log()
        checkpoint.save(self.folder, self.update, self._state())
        log.info("update %d: loss %.4f, dev %.4f", self.update, loss, measure)

    def _weights(self):
        return _values(self.model.trainable_variables)

    def _state(self):
        """Everything a resumed run needs, by name."""
        state = {"seconds": self.seconds, "best": self.best, "rows": self.rows}
        state["recipe"] = json.dumps(self._what_decides())
        for index, average in enumerate(self.averages):
            state[f"average/{index}"] = average
        for group, variables in self._variables():
            for index, variable in enumerate(variables):
                state[f"{group}/{index}"] = keras.ops.convert_to_numpy(variable)
        return state

    def _variables(self):
        return [
            ("model", self.model.variables),
            ("optimizer", self.optimizer.variables),
        ]

    def _resume(self):
        """Takes up the newest whole checkpoint, where there is one."""
        self.update, state = checkpoint.load(self.folder)
        if state is None:
            return
        self._check(json.loads(str(state["recipe"])))
        self.seconds = float(state["seconds"])
        measure, update = state["best"]
        self.best = (float(measure), int(update))
        self.rows = state["rows"].tolist()
        self.averages = [state[f"average/{i}"] for i in range(len(self.averages))]
        for group, variables in self._variables():
            for index, variable in enumerate(variables):
                variable.assign(state[f"{group}/{index}"])
        log.info("%s resumes after update %d", self.recipe.name, self.update)

    def _what_decides(self):
        """What must not change between two halves of a training, as JSON has it."""
        numbers = dataclasses.asdict(self.numbers)
        del numbers["jit"]  # how the update is computed, not what
        decisive = {"model": self.recipe.model, **numbers, **self.facts}
        return json.loads(json.dumps(decisive))

    def _check(self, begun):
        """Refuses to go on with what was begun with other numbers."""
        wanted = self._what_decides()
        # A run begun before there was such a number had what it is by default.
        for field in dataclasses.fields(self.numbers):
            if field.name in wanted and field.default is not dataclasses.MISSING:
                begun.setdefault(field.name, field.default)
        for name in {**wanted, **begun}:  # what was asked for before what follows
            if begun.get(name) != wanted.get(name):
                raise ValueError(
                    f"`{name}` must be {begun.get(name)}, with which {self.folder} was "
                    f"begun; delete that folder to begin anew. "
                    f"Received: {name}={wanted.get(name)}"
                )

    def _write_log(self):
        with arrays.replacing(self.folder / "log.csv") as partial:
            with open(partial, "w", newline="", encoding="utf-8") as file:
                writer = csv.writer(file)
                writer.writerow(COLUMNS)
                writer.writerows([[int(row[0]), *row[1:]] for row in self.rows])
        if events.wanted():
            events.write(self.folder / "events", COLUMNS, self.rows)

    def _finish(self):
        result = {
            "recipe": self.recipe.name,
            "updates": self.update,
            "best_update": self.best[1],
            "dev": self.best[0],
            "seconds": round(self.seconds, 1),
            "backend": f"{keras.backend.backend()}, Keras {keras.__version__}",
            "hardware": machine.hardware(),
            "began_with": self._what_decides(),
        }
        with arrays.replacing(self.folder / "result.json") as partial:
            partial.write_text(json.dumps(result, indent=2) + "\n", "utf-8")
        return result


def _values(variables):
    """Copies the values of variables, as NumPy arrays."""
    return [np.array(keras.ops.convert_to_numpy(v)) for v in variables]


def _assign(variables, values):
    for variable, value in zip(variables, values, strict=True):
        variable.assign(value)


def make_optimizer(numbers):
    """Builds AdamW with warm-up, a falling rate and clipping by the global norm.

    Args:
        numbers: `zoo.recipes.Training`.

    Returns:
        A Keras optimiser. Biases and normalisation scales are not decayed.
    """
    optimizer = keras.optimizers.AdamW(
        make_schedule(numbers),
        weight_decay=numbers.weight_decay,
        beta_2=numbers.beta_2,
        global_clipnorm=numbers.clip_norm,
    )
    optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    return optimizer

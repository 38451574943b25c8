"""`python -m zoo ...` that kills itself with SIGKILL on the way, or waits for it.

Usage: killed_training.py MOMENT UPDATE ARGUMENT...

MOMENT: where in update number UPDATE, see `MOMENTS`. ARGUMENT: what follows
`python -m zoo`.
"""

import os
import signal
import sys
import time

from zoo import __main__ as command_line
from zoo.train import batches, checkpoint, fit

BEGUN = "training has begun"
PAUSE = 0.2  # seconds before each update, so that a kill meets any of them


def die():
    os.kill(os.getpid(), signal.SIGKILL)


def before_the_update(last):
    """Dies when asked for the batch of the update."""
    at = batches.CaptionBatches.at

    def at_or_die(self, update):
        return die() if update + 1 == last else at(self, update)

    batches.CaptionBatches.at = at_or_die


def before_the_average(last):
    """Dies when the weights have moved and the averages have not."""
    average = fit.Run._average

    def average_or_die(self):
        return die() if self.update == last else average(self)

    fit.Run._average = average_or_die


def before_the_checkpoint(last):
    """Dies when best.npz and log.csv are written and the checkpoint is not."""
    save = checkpoint.save

    def save_or_die(folder, update, arrays):
        return die() if update == last else save(folder, update, arrays)

    checkpoint.save = save_or_die


def in_the_write(last):
    """Dies with half of the checkpoint in its file."""
    save = checkpoint.save

    class Half:
        def __init__(self, file):
            self.file = file

        def __enter__(self):
            return self

        def __exit__(self, *error):
            self.file.close()

        def write(self, content):
            self.file.write(content[: len(content) // 2])
            self.file.flush()
            die()

    def save_half(folder, update, arrays):
        if update == last:
            checkpoint.open = lambda *arguments: Half(open(*arguments))
        save(folder, update, arrays)

    checkpoint.save = save_half


def after_the_rename(last):
    """Dies when the checkpoint has its name and the oldest is not deleted."""
    newest_first = checkpoint._newest_first

    def list_or_die(folder):
        paths = newest_first(folder)
        return die() if paths and f"{last:08d}" in paths[0].name else paths

    checkpoint._newest_first = list_or_die


def from_outside(last):
    """Says on a line that training goes on, then dawdles until somebody kills it."""
    at = batches.CaptionBatches.at
    asked = []

    def dawdle(self, update):
        asked.append(update)
        ends = update + 1 == last
        if len(asked) == 2 or (ends and len(asked) == 1):  # the first one compiles
            sys.stdout.write(f"\n{BEGUN}\n")
            sys.stdout.flush()
        if ends:
            signal.pause()
        time.sleep(PAUSE)
        return at(self, update)

    batches.CaptionBatches.at = dawdle


MOMENTS = {
    "from-outside": from_outside,
    "before-the-update": before_the_update,
    "before-the-average": before_the_average,
    "before-the-checkpoint": before_the_checkpoint,
    "in-the-write": in_the_write,
    "after-the-rename": after_the_rename,
}


if __name__ == "__main__":
    moment, update, *arguments = sys.argv[1:]
    MOMENTS[moment](int(update))
    sys.argv = ["zoo", *arguments]
    command_line.main()

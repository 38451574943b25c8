"""Which rows of a batch a recurrent layer computes at each step.

A recurrence asks its rows five things; the three kinds differ in the answers only:

    take     the inputs of step t
    narrow   of what all rows have, the part that step t computes with
    fill     what step t computed, for all rows again, others as given
    merge    the same where a row that is not computed must keep what it had
    flatten  a path [T, B, U] as rows for one matrix product
"""

from keras import ops

from zoo.layers.packed import places


class AllRows:
    """Every row at every step.

    Args:
        steps: `[T, B, D]`, inputs in time-major order, for their shape.
    """

    def __init__(self, steps):
        self.batch = ops.shape(steps)[1]
        self.length = steps.shape[0] or ops.shape(steps)[0]

    def take(self, steps, step):
        """Returns the inputs of a step, `[B, D]` of `[T, B, D]`."""
        return steps[step]

    def narrow(self, values, step):
        """Returns `values` as it is."""
        return values

    def fill(self, new, old, step):
        """Returns `new` as it is."""
        return new

    def merge(self, new, old, step):
        """Returns `new` as it is."""
        return new

    def flatten(self, path):
        """Turns `[T, B, U]` into `[T * B, U]`."""
        return ops.reshape(path, (-1, path.shape[-1]))


class MaskedRows(AllRows):
    """Every row at every step; a masked row keeps what it had.

    Args:
        steps: `[T, B, D]`, inputs in time-major order, for their shape.
        mask: `[T, B]` boolean, True = real.
    """

    def __init__(self, steps, mask):
        super().__init__(steps)
        self.mask = ops.cast(mask, "bool")[..., None]  # [T, B, 1]

    def merge(self, new, old, step):
        """Returns `new` where the row is real, `old` elsewhere."""
        return ops.where(self.mask[step], new, old)


class AliveRows:
    """Only the rows that have not ended, sorted by length: packed sequences.

    Args:
        packed: `zoo.layers.packed.Packed`.
    """

    def __init__(self, packed):
        self.alive = packed.alive  # [T]
        self.batch = ops.shape(packed.order)[0]
        self.length = ops.shape(packed.alive)[0]
        self.begins = ops.cumsum(packed.alive) - packed.alive  # [T]
        self.places = places(packed.alive, self.batch)  # [N]

    def take(self, steps, step):
        """Returns the inputs of the rows alive at a step, `[n, D]` of `[N, D]`."""
        begin = self.begins[step]
        return steps[begin : begin + self.alive[step]]

    def narrow(self, values, step):
        """Returns the rows alive, `[n, U]` of `[B, U]`."""
        return values[: self.alive[step]]

    def fill(self, new, old, step):
        """Puts `[n, U]` in front of the rows that have ended."""
        rest = old[self.alive[step] :]
        whole = ops.concatenate([new, rest], axis=0)  # [B, U]
        return ops.reshape(whole, ops.shape(old))

    merge = fill

    def flatten(self, path):
        """Picks the rows alive: `[T, B, U]` to `[N, U]`."""
        flat = ops.reshape(path, (-1, path.shape[-1]))  # [T * B, U]
        return ops.take(flat, self.places, axis=0)

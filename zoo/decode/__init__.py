"""Turn next-token probabilities into sequences: `greedy`, `beam` and `sample`.

A decoder takes a step *function* and a state, never a model:

    step(tokens [N], state) -> (log_probs [N, V], state)

`log_probs` arrive normalised (each row a log-softmax). The state is any nesting of
dicts, tuples and lists whose every leaf is a tensor [N, ...]; `step` returns it in
the same nesting, with the same shapes and dtypes.
"""

from zoo.decode.beam import beam
from zoo.decode.greedy import greedy
from zoo.decode.sample import sample

__all__ = ["beam", "greedy", "sample"]

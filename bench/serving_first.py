"""What warming up buys: the first request to a model, in TensorFlow's C++ loader.

Every measurement is a new process without Python (`tests/serving/run_model.c`), which
opens the model as TF Serving does.
"""

import pathlib
import tempfile

from bench import questions
from bench.serving_process import tensors
from tests.serving import loader
from tests.serving.recorded import recorded
from zoo import artefact


def begun(name, rounds):
    """Opens a model and asks it twice, with and without its warm-up, in turn.

    Args:
        name: The model's.
        rounds: Integer.

    Returns:
        Dictionary of `seconds`: lists, one value a round, of the time to `open` it, of
        the `first` and the `second` request without warm-up, of the warm-up itself
        (`warming`), and of the first request `warmed`.
    """
    folder = artefact.locate(name).resolve()
    asked = ("serving_default", tensors(questions.rows(name.partition("-")[0], 1, 1)))
    kept = list(recorded(folder).items())
    found = {key: [] for key in ("open", "first", "second", "warming", "warmed")}
    with tempfile.TemporaryDirectory() as place:
        program = loader.compiled(pathlib.Path(place))
        for number in range(rounds):
            for cold in (True, False) if number % 2 == 0 else (False, True):
                calls = [asked, asked] if cold else [*kept, asked]
                seconds, answers = loader.ask(program, folder, calls)
                for code, message, _, _ in answers:
                    if code:
                        raise RuntimeError(f"{name} refuses: {message}")
                took = [each[2] for each in answers]
                found["open"].append(seconds)
                if cold:
                    found["first"].append(took[0])
                    found["second"].append(took[1])
                else:
                    found["warming"].append(sum(took[:-1]))
                    found["warmed"].append(took[-1])
    return {"group": "first", "model": name, "rounds": rounds, "seconds": found}

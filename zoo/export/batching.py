"""Which models TF Serving may batch: those that hold a `batching_params.pbtxt`.

Requests that come within a millisecond are then answered in one call. One row that a
signature refuses fails the whole call, its neighbours' rows too. Captioners refuse
broken pictures, translators and writers options out of range; a tagger's words are as
many as the request's longest sentence has. Only classifiers accept whatever they are
given, so only they are batched.

Reference: https://www.tensorflow.org/tfx/serving/serving_config, "Batching
Configuration".
"""

FILE = "batching_params.pbtxt"
TASKS = ("sentiment",)
SIZES = (1, 2, 4, 8, 16, 32)  # rows of a call; the client asks for 32 at most
PARAMETERS = "".join(
    [
        f"max_batch_size {{ value: {SIZES[-1]} }}\n",
        *(f"allowed_batch_sizes: {size}\n" for size in SIZES),
        "batch_timeout_micros { value: 1000 }\n",
        "max_enqueued_batches { value: 100 }\n",
    ]
)


def write(folder, task):
    """Writes the parameters into a version of a model that may be batched.

    Args:
        folder: `pathlib.Path` of the version.
        task: Its task, for example `"sentiment"`.
    """
    if task in TASKS:
        (folder / FILE).write_text(PARAMETERS, "utf-8")

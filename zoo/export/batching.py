"""Which models TF Serving may batch: those that hold a `batching_params.pbtxt`.

Requests that come within a millisecond are then answered in one call. One row that a
signature refuses fails the whole call, its neighbours' rows too: captioners refuse
broken pictures, translators and writers options out of range, and a tagger's words are
as many as the request's longest sentence has. Classifiers accept whatever they are
given. Of those the Transformers are left alone, since TF Serving batches all signatures
of a model, and the attention maps of `explain` grow with the square of the longest
neighbour.

No `allowed_batch_sizes`: TF Serving fills a batch up to the next of them with copies of
a row, which costs time here, and of a request without rows there is none to copy.

Reference: https://www.tensorflow.org/tfx/serving/serving_config, "Batching
Configuration", and `batching_session.cc` in TF Serving.
"""

FILE = "batching_params.pbtxt"
ROWS = 32  # of a call; the client asks for no more
PARAMETERS = f"""\
max_batch_size {{ value: {ROWS} }}
batch_timeout_micros {{ value: 1000 }}
max_enqueued_batches {{ value: 100 }}
"""


def write(folder, recipe):
    """Writes the parameters into a version of a model that may be batched.

    Args:
        folder: `pathlib.Path` of the version.
        recipe: Its `Recipe`.
    """
    if recipe.task == "sentiment" and recipe.architecture != "transformer":
        (folder / FILE).write_text(PARAMETERS, "utf-8")

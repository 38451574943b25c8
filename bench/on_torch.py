"""PyTorch's own layers, on a CPU or (cuDNN's) on a GPU. No Keras here."""

import torch

DEVICE = "cuda" if torch.cuda.is_available() else "cpu"
LAYERS = {"SimpleRNN": "RNN", "LSTM": "LSTM", "GRU": "GRU"}


def versions():
    """Names what computes here, and with how many threads."""
    found = {
        "torch": torch.__version__,
        "device": DEVICE,
        "threads within an operation": torch.get_num_threads(),
        "threads between operations": torch.get_num_interop_threads(),
    }
    if DEVICE == "cuda":
        found["device"] = torch.cuda.get_device_name()
        found["cudnn"] = torch.backends.cudnn.version()
        found["TF32 in cuDNN"] = torch.backends.cudnn.allow_tf32
        found["matmul precision"] = torch.get_float32_matmul_precision()
    return found


def hold(contestant, case, products):
    """Makes one contestant ready; returns a function that does its work once."""
    torch.manual_seed(1)
    if contestant["maker"] == "products":
        return multiply(products)
    layer, inputs = make(case)
    if case["mode"] == "stream":
        return stream(layer, inputs)
    if case["mode"] == "infer":
        return infer(layer, inputs)
    return train(layer, inputs)


def make(case):
    """PyTorch's layer of a case, and its inputs, the batch first."""
    sizes = case["sizes"]
    if case["kind"] == "recurrent":
        kind = getattr(torch.nn, LAYERS[case["layer"]])
        layer = kind(sizes["inputs"], sizes["units"], batch_first=True)
        width = sizes["inputs"]
    else:
        width = sizes["width"]
        layer = torch.nn.TransformerEncoderLayer(
            width,
            sizes["heads"],
            sizes["feed_forward"],
            dropout=0.0,
            batch_first=True,
        )
    inputs = torch.randn(sizes["batch"], sizes["length"], width, device=DEVICE)
    return layer.to(DEVICE), inputs


def wait():
    """Returns when everything asked for is done."""
    if DEVICE == "cuda":
        torch.cuda.synchronize()


def sequence(outputs):
    """The outputs of all steps, without the state that recurrent layers add."""
    return outputs[0] if isinstance(outputs, tuple) else outputs


def train(layer, inputs):
    """A training step: forward, all gradients, Adam."""
    layer.train()
    inputs.requires_grad_(True)
    optimizer = torch.optim.Adam(layer.parameters())

    def run():
        optimizer.zero_grad()
        inputs.grad = None
        sequence(layer(inputs)).square().mean().backward()
        optimizer.step()
        wait()

    return run


def infer(layer, inputs):
    """The forward pass alone."""
    layer.eval()

    def run():
        with torch.inference_mode():
            layer(inputs)
        wait()

    return run


def stream(layer, inputs):
    """Reads one step of one row a call, from the state the last call left."""
    layer.eval()
    state = None

    def run():
        nonlocal state
        with torch.inference_mode():
            _, state = layer(inputs, state)
        wait()

    return run


def multiply(products):
    """The matrix products of a case alone."""
    pairs = [
        (
            torch.randn(batch, rows, shared, device=DEVICE),
            torch.randn(batch, shared, columns, device=DEVICE),
        )
        for batch, rows, shared, columns in products
    ]

    def run():
        with torch.inference_mode():
            for one, other in pairs:
                torch.matmul(one, other)
        wait()

    return run

"""Benchmarks: peers side by side, interleaved in one run. No part of the zoo package.

python -m bench.layers measures the layers beside Keras's, KerasHub's and PyTorch's,
python -m bench.decode translation beside KerasHub's and CTranslate2's.
Times are reported, never tested.
"""

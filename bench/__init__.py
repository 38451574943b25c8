"""Benchmarks: peers side by side, interleaved in one run. No part of the zoo package.

python -m bench.layers measures the layers against Keras's, KerasHub's and PyTorch's.
Times are reported, never tested.
"""

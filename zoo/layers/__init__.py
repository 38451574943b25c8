"""Sequence architectures as Keras layers, one a file; `keras.ops` only.

Shape letters, used in every comment and docstring of the zoo:

    B  batch: rows computed side by side
    S  source: places of a memory (words of a sentence, cells of a picture's grid)
    T  target: time steps of what is being read or written
    D  width of a vector
    U  units of a recurrent layer
    G  gates of a recurrent layer (LSTM 4, GRU 3, SimpleRNN 1)
    H  heads
    L  layers
    V  vocabulary
    K  beams
"""

from zoo.layers.attention import AdditiveAttention, MultiHeadAttention
from zoo.layers.gru import GRU
from zoo.layers.lstm import LSTM
from zoo.layers.memory import Memory
from zoo.layers.picture import PictureEncoder
from zoo.layers.recurrent_decoder import RecurrentDecoder
from zoo.layers.simple_rnn import SimpleRNN
from zoo.layers.transformer_decoder import TransformerDecoder

__all__ = [
    "GRU",
    "LSTM",
    "AdditiveAttention",
    "Memory",
    "MultiHeadAttention",
    "PictureEncoder",
    "RecurrentDecoder",
    "SimpleRNN",
    "TransformerDecoder",
]

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

from zoo.layers.attention import AdditiveAttention, DotAttention
from zoo.layers.bidirectional import Bidirectional
from zoo.layers.character_encoder import CharacterEncoder
from zoo.layers.convolution import ConvolutionDecoder, ConvolutionEncoder
from zoo.layers.gru import GRU
from zoo.layers.latent import LatentAutoregressive, vanilla_rnn
from zoo.layers.lstm import LSTM
from zoo.layers.memory import Memory
from zoo.layers.multi_head_attention import MultiHeadAttention
from zoo.layers.packed import Packed, pack, pad
from zoo.layers.picture import PictureEncoder
from zoo.layers.positions import (
    PositionEmbedding,
    RotaryEmbedding,
    SinePositionEncoding,
)
from zoo.layers.recurrent_decoder import RecurrentDecoder
from zoo.layers.recurrent_encoder import RecurrentEncoder
from zoo.layers.recurrent_stack import RecurrentStack
from zoo.layers.restricted_attention import RestrictedSelfAttention
from zoo.layers.simple_rnn import SimpleRNN
from zoo.layers.transformer_decoder import (
    TransformerDecoder,
    TransformerDecoderLayer,
)
from zoo.layers.transformer_encoder import (
    TransformerEncoder,
    TransformerEncoderLayer,
)
from zoo.layers.window import WindowDecoder, WindowEncoder
from zoo.layers.word_encoder import WordEncoder

__all__ = [
    "GRU",
    "LSTM",
    "AdditiveAttention",
    "Bidirectional",
    "CharacterEncoder",
    "ConvolutionDecoder",
    "ConvolutionEncoder",
    "DotAttention",
    "LatentAutoregressive",
    "Memory",
    "MultiHeadAttention",
    "Packed",
    "PictureEncoder",
    "PositionEmbedding",
    "RecurrentDecoder",
    "RecurrentEncoder",
    "RecurrentStack",
    "RestrictedSelfAttention",
    "RotaryEmbedding",
    "SimpleRNN",
    "SinePositionEncoding",
    "TransformerDecoder",
    "TransformerDecoderLayer",
    "TransformerEncoder",
    "TransformerEncoderLayer",
    "WindowDecoder",
    "WindowEncoder",
    "WordEncoder",
    "pack",
    "pad",
    "vanilla_rnn",
]

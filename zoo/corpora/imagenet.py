"""Weights of a picture encoder that others trained on ImageNet."""

from pathlib import Path

from zoo.corpora.fetch import fetch, held

LICENCE = "Apache-2.0"
PUBLIC_PATH = (
    "imagenet/mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_224_no_top.h5"
)
PUBLIC_URL = (
    "https://storage.googleapis.com/tensorflow/keras-applications/mobilenet_v2/"
    "mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_224_no_top.h5"
)
MIRROR_PATH = "imagenet/mobilenet_v2_1.0_224_no_top.weights.h5"
MIRROR_SHA256 = "22f873a4f165c75daab229267e8ade97d1e5e2a12c47a25f4a9eaf17b8e8313d"


def mobilenet_v2_weights() -> Path:
    """ImageNet weights of MobileNetV2 (width 1.0, 224 pixels) without its classifier.

    Two files will do, both for `load_weights` of
    `keras.applications.MobileNetV2(weights=None, include_top=False,
    input_shape=(224, 224, 3))`: the mirror's, where there is a mirror that has it,
    else Keras's own download. They keep their own names, since Keras tells the file
    format by the ending (`.weights.h5` or `.h5`).

    Returns:
        Path of the file on this machine.

    Raises:
        FetchError: neither can be had.
    """
    if held(MIRROR_PATH):
        return fetch(MIRROR_PATH, PUBLIC_URL, MIRROR_SHA256, same_bytes=False)
    return fetch(PUBLIC_PATH, PUBLIC_URL)

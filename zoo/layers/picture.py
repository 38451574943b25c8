"""Picture encoder: MobileNetV2 without its classifier."""

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="zoo")
class PictureEncoder(keras.layers.Layer):
    """Turns a picture into a grid of feature vectors by transfer learning.

    The convolutional part of MobileNetV2 (Sandler et al. 2018, table 2); the pooling
    and classifying layers are removed. A 224 x 224 picture gives a 7 x 7 grid of
    1,280 features, the 32-fold reduction of the five strided convolutions.

    Batch normalisation always uses its stored statistics: batches are small, and
    some published weights have the normalisation folded into the kernels.

    Args:
        size: Integer, side of the pictures it is meant for, in pixels, a multiple of
            32. The weights are the same for all sizes, and other multiples of 32 may
            be given in the call.

    Call arguments:
        pictures: `[B, size, size, 3]`, values 0..255 (any dtype).

    Returns:
        `[B, size / 32, size / 32, 1280]`, values 0..6 (ReLU6).

    Reference:
        Sandler et al. 2018, "MobileNetV2: Inverted Residuals and Linear Bottlenecks".
    """

    def __init__(self, size=224, **kwargs):
        super().__init__(**kwargs)
        if size < 32 or size % 32:
            raise ValueError(
                f"`size` must be a positive multiple of 32. Received: size={size}"
            )
        self.size = size
        self.supports_masking = False  # every pixel is real
        self.convolutions = keras.applications.MobileNetV2(
            weights=None,
            include_top=False,
            input_shape=(None, None, 3),
            name="mobilenet_v2",
        )
        for layer in self.convolutions.layers:
            if isinstance(layer, keras.layers.BatchNormalization):
                layer.trainable = False

    def load_imagenet(self, path):
        """Loads published ImageNet weights.

        Args:
            path: Keras weights file (`.h5` or `.weights.h5`) of MobileNetV2 without
                its classifier. See `zoo.corpora.imagenet`.
        """
        self.convolutions.load_weights(str(path))

    def call(self, pictures):
        """Encodes a batch of pictures."""
        scaled = ops.cast(pictures, self.compute_dtype) / 127.5 - 1.0
        return self.convolutions(scaled, training=False)  # [B, 7, 7, 1280]

    def compute_output_shape(self, pictures_shape):
        """Returns `[B, height / 32, width / 32, 1280]`."""
        batch, height, width, _ = pictures_shape
        cells = [side if side is None else side // 32 for side in (height, width)]
        return (batch, *cells, 1280)

    def get_config(self):
        """Returns the arguments."""
        return {**super().get_config(), "size": self.size}

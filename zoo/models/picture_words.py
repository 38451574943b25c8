"""Picture encoder with a bag-of-words head: how the encoder is fine-tuned."""

import keras

from zoo.layers.picture import PictureEncoder


@keras.saving.register_keras_serializable(package="zoo")
class PictureWords(keras.Model):
    """Predicts which words the captions of a picture use.

    The target of a word is the share of the picture's captions that use it, so the
    loss (binary cross-entropy) is that of guessing the words of one caption. What
    remains after training is the encoder; this head is thrown away.

    Args:
        vocabulary_size: Integer, number of words to predict.
        dropout: Float in [0, 1), dropout on the pooled features.
        crop: Integer, side in pixels of the random crops seen in training; a
            multiple of 32. Used by `zoo.train.batches`, not by the model.

    Call arguments:
        pictures: `[B, height, width, 3]`, values 0..255.

    Returns:
        Logits `[B, vocabulary_size]`.

    Reference:
        Fang et al. 2015, "From Captions to Visual Concepts and Back", section 3.
    """

    def __init__(self, vocabulary_size, dropout=0.0, crop=192, **kwargs):
        super().__init__(**kwargs)
        self.vocabulary_size = vocabulary_size
        self.dropout = dropout
        self.crop = crop
        self.encoder = PictureEncoder(name="encoder")
        self.pool = keras.layers.GlobalAveragePooling2D()
        self.drop = keras.layers.Dropout(dropout)
        # Captions use few words: start from a probability of 1 %.
        self.words = keras.layers.Dense(
            vocabulary_size, bias_initializer=keras.initializers.Constant(-4.6)
        )

    def call(self, pictures, training=None):
        """Scores every word for every picture."""
        grid = self.encoder(pictures)  # [B, 7, 7, 1280]
        pooled = self.pool(grid)  # [B, 1280]
        return self.words(self.drop(pooled, training=training))  # [B, words]

    def get_config(self):
        """Returns the arguments."""
        return {
            **super().get_config(),
            "vocabulary_size": self.vocabulary_size,
            "dropout": self.dropout,
            "crop": self.crop,
        }

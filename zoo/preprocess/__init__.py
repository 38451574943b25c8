"""Raw strings and pictures to numbers and back, in TensorFlow graph ops only."""

"""Options of a request are checked in the graph."""

import pytest
import tensorflow as tf

from zoo.export.options import check_range


def test_values_in_range_pass_unchanged_and_both_ends_count():
    values = tf.constant([1, 2, 32])
    assert check_range("width", values, 1, 32).numpy().tolist() == [1, 2, 32]


def test_no_rows_pass():
    assert check_range("width", tf.constant([], tf.int32), 1, 32).shape == (0,)


def test_the_first_bad_row_and_its_value_are_named():
    with pytest.raises(tf.errors.InvalidArgumentError) as caught:
        check_range("width", tf.constant([3, 0, 99]), 1, 32)
    assert "row 1: `width` must be from 1 to 32. Received: width=0" in str(caught.value)


def test_not_a_number_is_out_of_range():
    with pytest.raises(tf.errors.InvalidArgumentError, match="row 0"):
        check_range("length_penalty", tf.constant([float("nan")]), 0, 2.0)

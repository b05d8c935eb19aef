"""The one hidden check of the small unit."""


def test_strides_are_rounded_down(conv_output_shape):
    """A last step that leaves the input does not count."""
    assert conv_output_shape((8, 9), 3, stride=2) == (3, 4)

"""The one visible check of the small unit."""


def test_it_counts_both_sides_of_the_padding(conv_output_shape):
    """The padding stands on both sides."""
    assert conv_output_shape((7, 9), 3, padding=1) == (7, 9)

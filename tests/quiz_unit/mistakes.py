from autograder.authoring import answer


@answer("conv_output_shape")
def padding_once(size, kernel, stride=1, padding=0):
    """The padding is counted once; it stands on both sides."""
    return tuple((n + padding - kernel) // stride + 1 for n in size)


@answer("conv_output_shape")
def without_the_one(size, kernel, stride=1, padding=0):
    """The one at the end is missing: the first place counts, too."""
    return tuple((n + 2 * padding - kernel) // stride for n in size)


@answer("conv_output_shape")
def raises(size, kernel, stride=1, padding=0):
    """It raises."""
    raise RuntimeError


@answer("conv_output_shape")
def returns_nothing(size, kernel, stride=1, padding=0):
    """It returns nothing."""

# %% [markdown]
# # A small unit that tests of quizzes use

# %% tags=["setup"]
from autograder import check


# %%
def conv_output_shape(size, kernel, stride=1, padding=0):
    """Return the output's shape, a tuple of ints."""
    ### BEGIN SOLUTION
    return tuple((n + 2 * padding - kernel) // stride + 1 for n in size)
    ### END SOLUTION


# %%
check(conv_output_shape)

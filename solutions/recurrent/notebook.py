# %% [markdown]
# # Recurrent networks
#
# A recurrent network reads a sequence one step at a time and carries a **state** along: everything that it knows
# about the past. A plain recurrent layer makes the state anew in every step. So a fact from twenty steps ago has been
# multiplied by the same matrix twenty times, and its gradient as well; both tend to vanish or to explode.
#
# **Gates** are the remedy. A gate is a number between 0 and 1, one per unit, that the network computes from what it
# sees. It can leave a unit of the state alone for many steps, and open when something worth noting comes by.
#
# Notation: a mini-batch $X_t$ has shape $(n, d)$, the state $H_t$ has shape $(n, h)$. Weights multiply from the
# right, $\sigma$ is the logistic sigmoid and $\odot$ multiplies element by element.

# %% tags=["setup"]
import matplotlib.pyplot as plt
import torch

from autograder import check

# %% [markdown]
# ## The gates of a GRU
#
# A gated recurrent unit (Cho et al., 2014) has two gates. The **reset gate** $R_t$ says how much of the old state may
# be used for a proposal of the new one; the **update gate** $Z_t$ says how much of the old state is kept:
#
# $$
# \begin{aligned}
# R_t &= \sigma(X_t W_{xr} + H_{t-1} W_{hr} + b_r), \\
# Z_t &= \sigma(X_t W_{xz} + H_{t-1} W_{hz} + b_z).
# \end{aligned}
# $$


# %%
def gru_gates(x, h, params):
    """Return `(r, z)`, the reset gate and the update gate of a GRU.

    Each gate is sigmoid(x @ W_x + h @ W_h + b) with weights of its own.

    x: `(n, d)`, the inputs of this step. h: `(n, h)`, the old state. params: a dict with `W_xr W_hr b_r` for the
    reset gate, `W_xz W_hz b_z` for the update gate and `W_xh W_hh b_h` for the candidate, which is not needed here;
    `W_x…` are `(d, h)`, `W_h…` are `(h, h)`, `b_…` are `(h,)`.
    Returns two tensors `(n, h)` of the same dtype and device as x; gradients flow to x, h and the weights. The
    arguments stay as they are.

    Not allowed in this unit: torch's own RNN, GRU and LSTM, as layers, cells or functions.
    Source: Cho et al., 2014, arXiv:1406.1078, section 2.3.
    """
    ### BEGIN SOLUTION
    r = torch.sigmoid(x @ params["W_xr"] + h @ params["W_hr"] + params["b_r"])
    z = torch.sigmoid(x @ params["W_xz"] + h @ params["W_hz"] + params["b_z"])
    return r, z
    ### END SOLUTION


# %%
check(gru_gates)

# %% [markdown]
# ## A step of a GRU
#
# The candidate $\tilde H_t$ is a plain recurrent step in which the reset gate has blanked parts of the old state. The
# update gate then mixes old and new, unit by unit:
#
# $$
# \begin{aligned}
# \tilde H_t &= \tanh\bigl(X_t W_{xh} + (R_t \odot H_{t-1}) W_{hh} + b_h\bigr), \\
# H_t &= Z_t \odot H_{t-1} + (1 - Z_t) \odot \tilde H_t.
# \end{aligned}
# $$
#
# Libraries differ in two places. Some reset *after* the product with $W_{hh}$, which saves time on a GPU, and some
# papers let $Z_t$ weigh the candidate. Networks learn with either; here the formulas above count.


# %%
def gru_step(x, h, params):
    """Return the new state of a GRU after one step.

    h_tilde = tanh(x @ W_xh + (r * h) @ W_hh + b_h), and the new state is z * h + (1 - z) * h_tilde, with the reset
    gate r and the update gate z as in `gru_gates`, which you may call.

    x: `(n, d)`, the inputs of this step. h: `(n, h)`, the old state. params: a dict with `W_xr W_hr b_r`,
    `W_xz W_hz b_z` and `W_xh W_hh b_h`, of shapes `(d, h)`, `(h, h)` and `(h,)`.
    Returns one tensor `(n, h)` of the same dtype and device as x; gradients flow to x, h and the weights. The
    arguments stay as they are.

    Not allowed in this unit: torch's own RNN, GRU and LSTM, as layers, cells or functions.
    Source: Cho et al., 2014, arXiv:1406.1078, section 2.3.
    """
    ### BEGIN SOLUTION
    r, z = gru_gates(x, h, params)
    h_tilde = torch.tanh(x @ params["W_xh"] + (r * h) @ params["W_hh"] + params["b_h"])
    return z * h + (1 - z) * h_tilde
    ### END SOLUTION


# %%
check(gru_step)

# %% [markdown]
# What it now does. The sequence has two inputs: a noisy value, and a flag that says "remember this one". The weights
# of this one-unit GRU are set by hand: the flag pushes the update gate towards 0, so that the state is written anew,
# and the reset gate as well, so that the old state has no part in what is written.

# %%
steps = 30
noise = torch.randn(steps, generator=torch.Generator().manual_seed(3))
flag = torch.zeros(steps)
flag[[4, 13, 22]] = 1.0
sequence = torch.stack([noise, flag], dim=1).reshape(steps, 1, 2)

no_x, no_h = torch.zeros(2, 1), torch.zeros(1, 1)
gru_params = {
    "W_xr": torch.tensor([[0.0], [-6.0]]), "W_hr": no_h, "b_r": torch.tensor([2.0]),
    "W_xz": torch.tensor([[0.0], [-7.0]]), "W_hz": no_h, "b_z": torch.tensor([4.0]),
    "W_xh": torch.tensor([[1.0], [0.0]]), "W_hh": torch.ones(1, 1), "b_h": torch.zeros(1),
}  # fmt: skip
state = torch.zeros(1, 1)
gates, states = [], []
for x in sequence:
    gates.append(torch.cat(gru_gates(x, state, gru_params), dim=1))
    state = gru_step(x, state, gru_params)
    states.append(state)
gates, states = torch.cat(gates), torch.cat(states)

figure, (above, below) = plt.subplots(2, 1, sharex=True, figsize=(8, 4), layout="constrained")
above.plot(noise, "o", color="lightgrey", label="value")
above.step(range(steps), states, where="mid", label="state h")
above.vlines(flag.nonzero().flatten(), -2, 2, "grey", linestyles="dotted", label="flag")
above.legend(loc="center left", bbox_to_anchor=(1, 0.5))
below.step(range(steps), gates, where="mid", label=["reset gate r", "update gate z"])
below.set_xlabel("time step")
below.legend(loc="center left", bbox_to_anchor=(1, 0.5))
plt.show()

# %% [markdown]
# **To think about.** Between two flags the state hardly moves, but it does leak a little. What would the state be a
# thousand steps later? Which entry of the parameters would you change to make it forget more slowly, and what happens
# to the gradient of that entry then?
#
# What does a GRU compute if $R_t = 1$ and $Z_t = 0$ all the time?

# %% [markdown]
# ## The gates of an LSTM
#
# Long short-term memory is older (Hochreiter and Schmidhuber, 1997) and keeps two things: a **cell** $C_t$, the
# memory proper, and the state $H_t$, the part of it that is shown to the rest of the network. Three gates guard the
# cell: the **input gate** $I_t$ lets new things in, the **forget gate** $F_t$ keeps or clears what is there, and the
# **output gate** $O_t$ decides what is shown:
#
# $$
# \begin{aligned}
# I_t &= \sigma(X_t W_{xi} + H_{t-1} W_{hi} + b_i), \\
# F_t &= \sigma(X_t W_{xf} + H_{t-1} W_{hf} + b_f), \\
# O_t &= \sigma(X_t W_{xo} + H_{t-1} W_{ho} + b_o).
# \end{aligned}
# $$


# %%
def lstm_gates(x, h, params):
    """Return `(i, f, o)`, the input gate, the forget gate and the output gate of an LSTM.

    Each gate is sigmoid(x @ W_x + h @ W_h + b) with weights of its own.

    x: `(n, d)`, the inputs of this step. h: `(n, h)`, the old state. params: a dict with `W_xi W_hi b_i`,
    `W_xf W_hf b_f` and `W_xo W_ho b_o` for the gates and `W_xc W_hc b_c` for the candidate, which is not needed here;
    `W_x…` are `(d, h)`, `W_h…` are `(h, h)`, `b_…` are `(h,)`.
    Returns three tensors `(n, h)` of the same dtype and device as x; gradients flow to x, h and the weights. The
    arguments stay as they are.

    Not allowed in this unit: torch's own RNN, GRU and LSTM, as layers, cells or functions.
    Source: Gers, Schmidhuber and Cummins, 2000, Neural Computation 12 (10).
    """
    ### BEGIN SOLUTION
    i = torch.sigmoid(x @ params["W_xi"] + h @ params["W_hi"] + params["b_i"])
    f = torch.sigmoid(x @ params["W_xf"] + h @ params["W_hf"] + params["b_f"])
    o = torch.sigmoid(x @ params["W_xo"] + h @ params["W_ho"] + params["b_o"])
    return i, f, o
    ### END SOLUTION


# %%
check(lstm_gates)

# %% [markdown]
# ## A step of an LSTM
#
# The candidate $\tilde C_t$ is what could be written into the cell. The cell itself is only scaled and added to, so
# that its gradient passes through many steps without a matrix in between:
#
# $$
# \begin{aligned}
# \tilde C_t &= \tanh(X_t W_{xc} + H_{t-1} W_{hc} + b_c), \\
# C_t &= F_t \odot C_{t-1} + I_t \odot \tilde C_t, \\
# H_t &= O_t \odot \tanh(C_t).
# \end{aligned}
# $$


# %%
def lstm_step(x, state, params):
    """Return `(h, c)`, the new state and the new cell of an LSTM after one step.

    c_tilde = tanh(x @ W_xc + h @ W_hc + b_c), the new cell is f * c + i * c_tilde, and the new state is
    o * tanh(new cell), with the gates i, f and o as in `lstm_gates`, which you may call.

    x: `(n, d)`, the inputs of this step. state: a tuple `(h, c)`, the old state and the old cell, both `(n, h)`.
    params: a dict with `W_xi W_hi b_i`, `W_xf W_hf b_f`, `W_xo W_ho b_o` and `W_xc W_hc b_c`, of shapes `(d, h)`,
    `(h, h)` and `(h,)`.
    Returns two tensors `(n, h)` of the same dtype and device as x; gradients flow to x, both parts of the state and
    the weights. The arguments stay as they are.

    Not allowed in this unit: torch's own RNN, GRU and LSTM, as layers, cells or functions.
    Source: Gers, Schmidhuber and Cummins, 2000, Neural Computation 12 (10).
    """
    ### BEGIN SOLUTION
    h, c = state
    i, f, o = lstm_gates(x, h, params)
    c_tilde = torch.tanh(x @ params["W_xc"] + h @ params["W_hc"] + params["b_c"])
    c = f * c + i * c_tilde
    return o * torch.tanh(c), c
    ### END SOLUTION


# %%
check(lstm_step)

# %% [markdown]
# The same task as above, for an LSTM of one unit. Here writing and keeping have a gate each. A third input, "show it
# now", opens the output gate.

# %%
show = torch.zeros(steps)
show[[9, 10, 18, 19, 28]] = 1.0
sequence = torch.stack([noise, flag, show], dim=1).reshape(steps, 1, 3)

lstm_params = {
    "W_xi": torch.tensor([[0.0], [7.0], [0.0]]), "W_hi": no_h, "b_i": torch.tensor([-4.0]),
    "W_xf": torch.tensor([[0.0], [-7.0], [0.0]]), "W_hf": no_h, "b_f": torch.tensor([4.0]),
    "W_xo": torch.tensor([[0.0], [0.0], [6.0]]), "W_ho": no_h, "b_o": torch.tensor([-3.0]),
    "W_xc": torch.tensor([[1.0], [0.0], [0.0]]), "W_hc": no_h, "b_c": torch.zeros(1),
}  # fmt: skip
state = (torch.zeros(1, 1), torch.zeros(1, 1))
gates, states = [], []
for x in sequence:
    gates.append(torch.cat(lstm_gates(x, state[0], lstm_params), dim=1))
    state = lstm_step(x, state, lstm_params)
    states.append(torch.cat(state, dim=1))
gates, states = torch.cat(gates), torch.cat(states)

figure, (above, below) = plt.subplots(2, 1, sharex=True, figsize=(8, 4), layout="constrained")
above.plot(noise, "o", color="lightgrey", label="value")
above.step(range(steps), states, where="mid", label=["state h", "cell c"])
above.vlines(flag.nonzero().flatten(), -2, 2, "grey", linestyles="dotted", label="flag")
above.legend(loc="center left", bbox_to_anchor=(1, 0.5))
below.step(range(steps), gates, where="mid", label=["input gate i", "forget gate f", "output gate o"])
below.set_xlabel("time step")
below.legend(loc="center left", bbox_to_anchor=(1, 0.5))
plt.show()

# %% [markdown]
# **To think about.** The state of a GRU that starts at zero never leaves the interval from -1 to 1. Is that so for
# the cell of an LSTM? What could a network do with a cell that may grow?
#
# A GRU ties keeping and writing together: what it does not keep, it overwrites. Find a task on a sequence where an
# LSTM profits from having a gate for each. How many parameters does each of the two have, for $d$ inputs and $h$
# units?

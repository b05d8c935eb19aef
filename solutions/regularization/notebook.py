# %% [markdown]
# # Over- and underfitting, and what helps
#
# A model is trained on the examples at hand and used on others. Its mean loss on the former is the **training error**;
# its expected loss on new examples from the same source is the **generalisation error**, which nobody can compute, only
# estimate from examples that training has not seen. Two things can go wrong:
#
# - **Underfitting**: both errors are large, since the model cannot express what is there to be learnt.
# - **Overfitting**: the training error is small and the generalisation error is not, since the model has learnt its
#   examples by heart, noise included.
#
# Between them stands the model's **capacity**: how many different functions it can become. More capacity always lowers
# the training error. Whether it lowers the other one depends on how much data there is to tie the model down: a gap
# that 20 examples leave open may close with 2,000. This unit estimates the gap, narrows it in three ways (weight decay,
# dropout, early stopping), and ends with what none of the three can help against: data that change their distribution.

# %% tags=["setup"]
import math
import sys

import matplotlib.pyplot as plt
import numpy as np
import torch
from tqdm import tqdm

from autograder import after, check

COLOURS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"]
plt.rcParams["axes.prop_cycle"] = plt.cycler(color=COLOURS)
torch.set_num_threads(1)  # the networks here are too small to share out

# %% [markdown]
# ## Validation, and how to afford it
#
# To choose between models one needs examples that no model was trained on, a **validation set**; the test set is no
# choice, because what was chosen by a test set is no longer tested by it. Where examples are scarce, **$k$-fold
# cross-validation** uses each of them for both purposes. The data are cut into $k$ folds; $k$ models are trained, each
# on all folds but one, and validated on that one. The mean of the $k$ validation errors is the estimate.
#
# Where $k$ does not divide $n$, some folds have to be longer. With $n = qk + r$ and $0 \le r < k$, the first $r$ folds
# hold $q + 1$ indices and the others $q$; no index is lost, none is used twice.


# %%
def k_fold_split(n, k, i):
    """Return `(train, valid)`, the indices for round `i` of `k`-fold cross-validation.

    The indices 0 to n - 1 are cut into k contiguous folds; the first n % k folds hold one more than the others.
    `valid` holds the indices of fold i (counted from 0), `train` all the others.

    n, k, i: ints. Returns two int64 tensors, both ascending.
    Raises ValueError unless 2 <= k <= n and 0 <= i < k.

    Source: Hastie, Tibshirani and Friedman, The Elements of Statistical Learning, 2nd edition, section 7.10.
    """
    ### BEGIN SOLUTION
    if not (2 <= k <= n and 0 <= i < k):
        raise ValueError(f"there is no fold {i} of {k} folds of {n} indices")
    size, extra = divmod(n, k)
    start = i * size + min(i, extra)
    stop = start + size + (i < extra)
    index = torch.arange(n)
    return torch.cat([index[:start], index[stop:]]), index[start:stop]
    ### END SOLUTION


# %%
check(k_fold_split)


# %% [markdown]
# Thirty noisy samples of a smooth function, and polynomials as models: the degree is the capacity. On the left, look
# for the fit that misses the bend and for the one that bends too often. On the right, follow the two errors from left
# to right: the training error can only fall, and the validation error, estimated with your folds, turns.


# %%
def noisy_samples(n, seed):
    """Return `n` inputs from [-1, 1] in random order, and noisy values of a smooth function there."""
    random = np.random.default_rng(seed)
    x = random.uniform(-1, 1, n)
    return x, smooth(x) + 0.25 * random.standard_normal(n)


def smooth(x):
    """Return what there is to be learnt."""
    return np.sin(3 * x) + 0.5 * x**2


def cross_validated(x, y, degree, k=10):
    """Return the mean squared training and validation errors of a polynomial, over `k` folds."""
    errors = []
    for i in range(k):
        parts = k_fold_split(len(x), k, i)
        fit = np.polynomial.Polynomial.fit(x[parts[0]], y[parts[0]], degree, domain=[-1, 1])
        errors.append([float(((fit(x[part]) - y[part]) ** 2).mean()) for part in parts])
    return np.mean(errors, axis=0)


@after(k_fold_split)
def capacity():
    x, y = noisy_samples(30, seed=5)
    figure, (left, right) = plt.subplots(1, 2, figsize=(11, 4), layout="constrained")
    grid = np.linspace(-1, 1, 300)
    left.plot(x, y, "o", color="grey", label="samples")
    left.plot(grid, smooth(grid), color="black", linewidth=1, label="the truth")
    for degree, style in ((1, ":"), (4, "-"), (16, "--")):
        fit = np.polynomial.Polynomial.fit(x, y, degree, domain=[-1, 1])
        left.plot(grid, fit(grid), style, linewidth=2, label=f"degree {degree}")
    left.set(title="Too little, enough, too much", xlabel="x", ylabel="y", ylim=(-2, 2.2))
    left.legend(ncols=2, fontsize=9)
    degrees = range(17)
    errors = np.array([cross_validated(x, y, degree) for degree in degrees])
    right.semilogy(degrees, errors[:, 0], "o-", label="training")
    right.semilogy(degrees, errors[:, 1], "s-", label="validation")
    right.axhline(0.25**2, color="grey", linewidth=1, label="the noise")
    right.set(title="10-fold cross-validation", xlabel="degree", ylabel="mean squared error")
    right.set_ylim(0.01, 30)
    right.legend()
    plt.show()


# %% [markdown]
# The same two errors for one polynomial of degree 10 and more and more data. Look at the gap between the curves, and at
# where they meet: data size does to overfitting what no choice of capacity can do for free.


# %%
@after(k_fold_split)
def data_size():
    sizes = (20, 30, 50, 100, 300, 1000)
    errors = [[cross_validated(*noisy_samples(n, seed), 10, k=5) for seed in range(15)] for n in sizes]
    middle = np.median(errors, axis=1)
    plt.figure(figsize=(6, 4), layout="constrained")
    plt.loglog(sizes, middle[:, 0], "o-", label="training")
    plt.loglog(sizes, middle[:, 1], "s-", label="validation")
    plt.axhline(0.25**2, color="grey", linewidth=1, label="the noise")
    plt.title("Degree 10, median of 15 data sets")
    plt.xlabel("number of samples")
    plt.ylabel("mean squared error")
    plt.legend()
    plt.show()


# %% [markdown]
# **To think about.** `k_fold_split` cuts the data as they lie, and the samples above lie in random order. What would
# the validation error say if they were sorted by $x$? And what does it cost to choose $k = n$ in place of $k = 10$?
#
# **And:** after the best degree has been chosen, its validation error is a little too good to be true. Why?
#
# ## Weight decay: the penalty
#
# Capacity can be had in small steps. In place of a smaller model, take a large one and make large weights expensive:
# minimise
#
# $$
# L(w) + \lambda \, \Omega(w), \qquad \Omega(w) = \tfrac{1}{2} \lVert w \rVert^2 = \tfrac{1}{2} \sum_j w_j^2 .
# $$
#
# The half is there for the gradient's sake, which is just $w$. With $\lambda = 0$ nothing changes; with a large
# $\lambda$ all weights are near 0.


# %%
def l2_penalty(w):
    """Return half the sum of the squares of all elements of `w`.

    w: floating-point tensor of any shape. Returns a scalar tensor (no axes) of the same dtype and device; its gradient
    flows to w. w itself stays as it is.

    Source: Krogh and Hertz, 1991, A simple weight decay can improve generalization, NeurIPS 4.
    """
    ### BEGIN SOLUTION
    return (w * w).sum() / 2
    ### END SOLUTION


# %%
check(l2_penalty)


# %% [markdown]
# The polynomial of degree 16 that overfitted, now trained with your penalty. Look at how its curve calms down as
# $\lambda$ grows, and at how far it goes too far; the right picture shows what has become of its 17 coefficients.


# %%
@after(l2_penalty)
def penalised():
    x, y = map(torch.from_numpy, noisy_samples(30, seed=5))
    powers = torch.arange(17)

    def fitted(decay):
        w = torch.zeros(17, dtype=torch.float64, requires_grad=True)
        optimiser = torch.optim.LBFGS([w], max_iter=1000, line_search_fn="strong_wolfe")

        def loss():
            optimiser.zero_grad()
            value = ((x[:, None] ** powers @ w - y) ** 2).mean() / 2 + decay * l2_penalty(w)
            value.backward()
            return value

        optimiser.step(loss)
        return w.detach()

    figure, (left, right) = plt.subplots(1, 2, figsize=(11, 4), layout="constrained")
    grid = torch.linspace(-1, 1, 300).double()
    left.plot(x, y, "o", color="grey")
    for decay, style in ((1e-8, "--"), (1e-3, "-"), (1.0, ":")):
        w = fitted(decay)
        left.plot(grid, grid[:, None] ** powers @ w, style, linewidth=2, label=f"$\\lambda$ = {decay:g}")
        right.semilogy(powers, w.abs(), style, marker="o", label=f"$\\lambda$ = {decay:g}")
    left.set(title="One capacity, three penalties", xlabel="x", ylabel="y", ylim=(-2, 2.2))
    right.set(title="Its coefficients", xlabel="power of x", ylabel="magnitude")
    left.legend()
    right.legend()
    plt.show()


# %% [markdown]
# ## Weight decay: the step
#
# For gradient descent the penalty need not be computed at all. The gradient of $\lambda \Omega(w)$ is $\lambda w$, so a
# step on loss and penalty together is
#
# $$
# w \leftarrow w - \eta \, (\nabla L(w) + \lambda w) = (1 - \eta \lambda) \, w - \eta \, \nabla L(w) :
# $$
#
# in each step the weights first *decay* by the share $\eta \lambda$, and what the data keep asking for is put back.


# %%
def sgd_weight_decay_step(w, grad, lr, weight_decay):
    """Take one step of gradient descent with weight decay.

    Returns (1 - lr * weight_decay) * w - lr * grad.

    w, grad: floating-point tensors of one shape, dtype and device: weights and the gradient of the loss (without any
    penalty). lr, weight_decay: numbers. Returns a new tensor like w; the arguments stay as they are. No gradient is
    needed: working under `torch.no_grad()` is fine.

    Source: Krogh and Hertz, 1991, A simple weight decay can improve generalization, NeurIPS 4.
    """
    ### BEGIN SOLUTION
    return (1 - lr * weight_decay) * w - lr * grad
    ### END SOLUTION


# %%
check(sgd_weight_decay_step)


# %% [markdown]
# A loss that cares much about $w_1$ and little about $w_2$, with its minimum at the cross. Look at where the steps end:
# weight decay pulls every path towards the origin, but hardly along the direction that the data have an opinion on.


# %%
@after(sgd_weight_decay_step)
def paths():
    curvature, minimum = torch.tensor([1.0, 0.05]), torch.tensor([2.0, 2.0])
    w1, w2 = torch.meshgrid(torch.linspace(-1, 3, 80), torch.linspace(-1, 3, 80), indexing="ij")
    loss = (curvature[0] * (w1 - 2) ** 2 + curvature[1] * (w2 - 2) ** 2) / 2
    plt.figure(figsize=(5.5, 4.5), layout="constrained")
    plt.contour(w1, w2, loss, levels=[0.01, 0.05, 0.15, 0.4, 0.9, 1.8, 3], colors="lightgrey")
    for decay, style in ((0.0, "o-"), (0.05, "s-"), (0.5, "^-")):
        path = [torch.tensor([-0.5, 2.7])]
        for _ in range(300):
            grad = curvature * (path[-1] - minimum)
            path.append(sgd_weight_decay_step(path[-1], grad, 0.3, decay))
        plt.plot(*torch.stack(path).T, style, markersize=3, label=f"weight decay {decay:g}")
    plt.plot(*minimum, "kx", markersize=10)
    plt.plot(0, 0, "k+", markersize=10)
    plt.title("300 steps of gradient descent")
    plt.xlabel("$w_1$")
    plt.ylabel("$w_2$")
    plt.legend(loc="lower left")
    plt.show()


# %% [markdown]
# **To think about.** Biases are often left out of weight decay. What is lost if the bias of a linear regression decays?
#
# **And:** step and penalty are one and the same for plain gradient descent. Are they for momentum, and for a method
# that divides each gradient by its typical size, as Adam does?
#
# ## Dropout
#
# A network with enough units can still learn its examples by heart, by letting some units correct the mistakes of
# particular others. **Dropout** (Srivastava et al., 2014) makes that harder: in every training step it silences a
# random part of a layer, so that no unit can rely on one particular other unit being there. With probability $p$ an
# element becomes 0. Those that stay are divided by $1 - p$, so that the expected value does not change and nothing
# needs rescaling when the trained network is used:
#
# $$
# h' = \begin{cases} 0 & \text{with probability } p, \\ \dfrac{h}{1 - p} & \text{otherwise.} \end{cases}
# $$
#
# Every element draws its own coin, in every call. In evaluation nothing is dropped.


# %%
def dropout(x, p, training=True):
    """Apply inverted dropout to `x`.

    In training, each element is zeroed independently with probability `p` and the kept ones are divided by `1 - p`;
    in evaluation (`training=False`) the result is `x` as it is.

    x: floating-point tensor of any shape. p: a number; `p = 0` keeps everything, `p = 1` gives zeros (no NaN, and the
    gradient is zero). Returns a tensor of the same shape, dtype and device; the gradient uses the same mask. x itself
    stays as it is. Raises ValueError unless 0 <= p <= 1, in evaluation too.

    Not allowed: torch's own dropout in any form. Source: Srivastava et al., 2014, JMLR 15, section 4.
    """
    ### BEGIN SOLUTION
    if not 0 <= p <= 1:
        raise ValueError(f"p is a probability, got {p}")
    if not training or p == 0:
        return x
    if p == 1:
        return x * 0  # 0 / 0 would be NaN; the product keeps the graph
    mask = torch.rand(x.shape, device=x.device) >= p
    return mask * x / (1 - p)
    ### END SOLUTION


# %%
check(dropout)

# %% [markdown]
# What it now does to twenty thousand activations with mean 1, counted on a logarithmic scale. Look at the spike at 0,
# at where the others have gone, and at the dashed line, the mean of all: it stays.


# %%
@after(dropout)
def histograms():
    x = 1 + 0.2 * torch.randn(20_000, generator=torch.Generator().manual_seed(1))
    figure, axes = plt.subplots(1, 4, figsize=(11, 3), sharex=True, sharey=True, layout="constrained")
    for axis, p in zip(axes, (0.0, 0.2, 0.5, 0.8), strict=True):
        y = dropout(x, p)
        axis.hist(y, bins=np.linspace(-0.1, 8.1, 83))
        axis.axvline(y.mean(), color="black", linestyle="--")
        axis.set(title=f"p = {p:g}", xlabel="value after dropout")
    axes[0].set(ylabel="elements", xlim=(-0.3, 8), yscale="log")
    plt.show()


# %% [markdown]
# **To think about.** The four histograms have the same mean. Do they have the same variance? What does that mean for
# the next layer when $p$ is close to 1?
#
# **And:** a network trained with dropout often shows a *lower* validation error than training error. How can that be?
#
# ## Early stopping
#
# Training itself adds capacity: gradient descent starts from small weights and needs time to reach the large ones that
# learning by heart takes. So one may watch the validation loss after each epoch, remember the best epoch and its
# weights, and give up once **patience** runs out: when so many epochs have gone by without a new best. A loss that is
# only as low as the best one is not a new best; nor is NaN, which a diverging run produces.


# %%
def early_stopping(losses, patience):
    """Return `(stop, best)`: the epoch at which training stops, and the best epoch until then.

    `best` is the first epoch of the lowest validation loss seen so far; `stop` is the first epoch at which `patience`
    epochs have gone by since `best` (stop - best = patience), or the last epoch if that never happens. What comes
    after `stop` is not seen. NaN never improves, so `best` is 0 until a number comes.

    losses: non-empty list of floats, the validation loss of epoch 0, 1, ...; it stays as it is. patience: int, at
    least 1. Returns two ints.

    Source: Prechelt, 1998, Early stopping - but when?, in Neural Networks: Tricks of the Trade.
    """
    ### BEGIN SOLUTION
    best, lowest = 0, math.inf
    for epoch, loss in enumerate(losses):
        if loss < lowest:  # never the case for NaN
            best, lowest = epoch, loss
        if epoch - best >= patience:
            return epoch, best
    return len(losses) - 1, best
    ### END SOLUTION


# %%
check(early_stopping)


# %% [markdown]
# A small network learns the noisy samples from above. Look at the validation loss: it falls, wavers, and rises. Each
# patience has two marks, a dot at the best epoch that it found and a cross where it gave up.


# %%
@after(early_stopping)
def patience():
    torch.manual_seed(3)
    x, y, x_valid, y_valid = map(torch.from_numpy, noisy_samples(30, seed=5) + noisy_samples(200, seed=50))
    net = torch.nn.Sequential(
        torch.nn.Linear(1, 64),
        torch.nn.Tanh(),
        torch.nn.Linear(64, 64),
        torch.nn.Tanh(),
        torch.nn.Linear(64, 1),
    ).double()
    optimiser = torch.optim.Adam(net.parameters(), lr=0.003)
    history = []
    for _ in tqdm(range(400), file=sys.stdout, desc="epochs"):
        order = torch.randperm(30)
        for part in order.split(6):
            optimiser.zero_grad()
            ((net(x[part, None])[:, 0] - y[part]) ** 2).mean().backward()
            optimiser.step()
        with torch.no_grad():
            error = [
                ((net(a[:, None])[:, 0] - b) ** 2).mean().item() for a, b in ((x, y), (x_valid, y_valid))
            ]
        history.append(error)
    training, validation = zip(*history, strict=True)
    plt.figure(figsize=(9, 4), layout="constrained")
    plt.semilogy(training, linewidth=1, label="training")
    plt.semilogy(validation, linewidth=1, color="grey", label="validation")
    for colour, waiting in zip(COLOURS[1:], (3, 15, 60), strict=False):
        stop, best = early_stopping(list(validation), waiting)
        plt.plot(best, validation[best], "o", color=colour, label=f"patience {waiting}: epoch {best}")
        plt.plot(stop, validation[stop], "X", color=colour, markersize=9)
    plt.title("When to stop")
    plt.xlabel("epoch")
    plt.ylabel("mean squared error")
    plt.legend()
    plt.show()


# %% [markdown]
# **To think about.** Which weights should be kept in the end, those of `stop` or those of `best`? What does that ask of
# the training loop?
#
# **And:** the best of 400 validation losses was chosen. Is it an honest estimate of the generalisation error?
#
# ## When the data change: covariate shift
#
# Everything so far took for granted that new examples come from where the old ones came from. Let $p$ be the
# distribution of the training data, the **source**, and $q$ that of the data on which the model is used, the
# **target**. Three kinds of shift between them can be told apart by what stays the same:
#
# | shift | what changes | what stays | example |
# | --- | --- | --- | --- |
# | covariate shift | the inputs, $q(x) \ne p(x)$ | $q(y \mid x) = p(y \mid x)$ | photographs in training, drawings in use |
# | label shift | the labels, $q(y) \ne p(y)$ | $q(x \mid y) = p(x \mid y)$ | an epidemic: more are ill, with the same symptoms |
# | concept shift | the meaning, $q(y \mid x) \ne p(y \mid x)$ | possibly $q(x) = p(x)$ | what counts as spam, or as a soft drink |
#
# Against the first two there is a remedy that needs no labels from the target: weigh each training example by how much
# more common it is there, $\beta(x) = q(x) / p(x)$, since the mean of $\beta(x)$ times the loss over the source is the
# mean of the loss over the target. Concept shift needs new labels.
#
# Under covariate shift, the ratio can be had from a classifier (Bickel et al., 2007). Teach it to tell as many target
# examples (class 1) from source examples (class 0); with the probability $\sigma(f(x))$ of class 1,
#
# $$
# \beta(x) = \frac{q(x)}{p(x)} = \frac{P(1 \mid x)}{P(0 \mid x)} = \frac{\sigma(f(x))}{1 - \sigma(f(x))} = e^{f(x)} .
# $$
#
# A few examples may get enormous weights, and then the result hangs on them. Hence the weights are often clipped:
# $\min(\beta(x), c)$.


# %%
def covariate_shift_weights(logits, clip=None):
    """Return the importance weights of examples under covariate shift.

    The weights are exp(logits), at most `clip` where that is given.

    logits: floating-point tensor of any shape, the output (before the sigmoid) of a classifier that tells target
    examples (1) from source examples (0). clip: a positive number, or None for no limit. Returns a tensor of the same
    shape, dtype and device; logits stay as they are. No gradient is needed: working under `torch.no_grad()` is fine.

    Source: Bickel, Brueckner and Scheffer, 2007, Discriminative learning for differing training and test
    distributions, ICML.
    """
    ### BEGIN SOLUTION
    weights = torch.exp(logits)
    return weights if clip is None else weights.clamp(max=clip)
    ### END SOLUTION


# %%
check(covariate_shift_weights)


# %% [markdown]
# A straight line is fitted to a bent function. Most inputs of the source are on the left, those of the target on the
# right, where no label is known. A logistic regression tells the two apart; its logits, through your function, say how
# much each source example counts (the area of its dot). Look at which bit of the curve each line follows. On the right
# is the error on the target in 60 repetitions: look at how a limit leads from the line without weights to the other.


# %%
@after(covariate_shift_weights)
def reweighted():
    from sklearn.linear_model import LogisticRegression

    def drawn(seed):
        """Return source inputs and labels, target inputs, and a classifier's logits of the source inputs."""
        random = np.random.default_rng(seed)
        source, target = random.normal(-0.3, 0.5, 80), random.normal(0.6, 0.25, 80)
        y = smooth(source) + 0.2 * random.standard_normal(80)
        inputs = np.concatenate([source, target])
        features = np.stack([inputs, inputs**2], axis=1)
        classifier = LogisticRegression(C=100).fit(features, [0] * 80 + [1] * 80)
        return source, y, target, torch.from_numpy(classifier.decision_function(features[:80]))

    def line(source, y, weights):
        return np.polynomial.Polynomial.fit(source, y, 1, w=np.sqrt(weights))

    figure, (left, right) = plt.subplots(1, 2, figsize=(11, 4), layout="constrained")
    grid = np.linspace(-1.3, 1.3, 100)
    source, y, _, logits = drawn(1)
    weights = covariate_shift_weights(logits).numpy()
    left.axvspan(0.1, 1.1, color="lightgrey", alpha=0.5, label="where the target is")
    left.plot(grid, smooth(grid), color="black", linewidth=1, label="the truth")
    left.scatter(source, y, s=3 + 12 * weights, alpha=0.6)
    left.plot(grid, line(source, y, np.ones(80))(grid), "--", color=COLOURS[1], label="without weights")
    left.plot(grid, line(source, y, weights)(grid), color=COLOURS[2], label="with weights")
    left.set(title="A line for the target", xlabel="x", ylabel="y", ylim=(-2, 2))
    left.legend(loc="lower right", fontsize=9)
    errors = []
    for seed in range(60):
        source, y, target, logits = drawn(seed)
        choices = [torch.ones(80), *(covariate_shift_weights(logits, clip) for clip in (0.3, 1, 3, None))]
        fits = [line(source, y, weights.numpy()) for weights in choices]
        errors.append([((fit(target) - smooth(target)) ** 2).mean() for fit in fits])
    right.boxplot(np.array(errors), showfliers=False, whis=(5, 95), medianprops={"color": COLOURS[1]})
    right.set_xticks(range(1, 6), ["no weights", "clip 0.3", "clip 1", "clip 3", "no clip"])
    right.set(title="Median, quarters, 5 to 95 %", ylabel="mean squared error on the target", yscale="log")
    plt.show()


# %% [markdown]
# ## Label shift
#
# Under label shift the weight belongs to the label, $\beta(y) = q(y) / p(y)$, and $q(y)$ is not known: there are no
# labels from the target. But there is a classifier, trained on the source, and its predictions on the target can be
# counted. Let $C_{ij} = P(\text{predicted } i \mid \text{true } j)$ be its **confusion matrix**, measured on source
# data that were held out. As $x$ given $y$ is the same in both places, so are these mistakes, and the share $\mu_i$ of
# target examples predicted as $i$ is
#
# $$
# \mu_i = \sum_j C_{ij} \, q(y = j) \qquad \text{or} \qquad \mu = C q .
# $$
#
# Solving for $q$ undoes the classifier's mistakes. Since $C$ and $\mu$ are estimates, an entry of $q$ may come out
# negative. Set such entries to 0, rescale $q$ to sum 1, and only then divide by $p(y)$.


# %%
def label_shift_weights(confusion, target_prediction, source_label):
    """Return the importance weight of each label under label shift.

    Solves confusion @ q = target_prediction for the target's label shares q, sets negative ones to 0, rescales q to
    sum 1, and returns q / source_label, element by element.

    confusion: `(k, k)`, floating-point; confusion[i, j] = P(predicted i | true j) on source data, so each column sums
    to 1. target_prediction: `(k,)`, the share of target examples predicted as i. source_label: `(k,)`, the share of
    label j in the source. Returns a tensor `(k,)` of the same dtype and device; the arguments stay as they are. No
    gradient is needed: working under `torch.no_grad()` is fine.

    Source: Lipton, Wang and Smola, 2018, Detecting and correcting for label shift with black box predictors, ICML
    (with joint instead of conditional shares).
    """
    ### BEGIN SOLUTION
    target = torch.linalg.solve(confusion, target_prediction).clamp(min=0)
    return target / target.sum() / source_label
    ### END SOLUTION


# %%
check(label_shift_weights)


# %% [markdown]
# Handwritten digits, and a poor classifier that has seen sixty of them. In the target, high digits are common and low
# ones rare. Look at the right picture: the bars are the truth, the crosses what the classifier says, and the dots what
# your function makes of it (weights times source shares).


# %%
@after(label_shift_weights)
def recovered_shares():
    from sklearn.datasets import load_digits
    from sklearn.linear_model import LogisticRegression

    x, y = load_digits(return_X_y=True)
    random = np.random.default_rng(4)
    train, held_out, pool = np.split(random.permutation(len(y)), [60, 900])
    classifier = LogisticRegression(max_iter=500).fit(x[train] / 16, y[train])
    counts = np.zeros((10, 10))
    np.add.at(counts, (classifier.predict(x[held_out] / 16), y[held_out]), 1)
    share = np.arange(1, 11) ** 1.5
    chance = (share / np.bincount(y[pool]))[y[pool]]
    target = random.choice(pool, 600, p=chance / chance.sum())
    predicted = np.bincount(classifier.predict(x[target] / 16), minlength=10) / 600
    source = counts.sum(0) / counts.sum()
    confusion = counts / counts.sum(0)
    weights = label_shift_weights(*map(torch.from_numpy, (confusion, predicted, source)))

    figure, (left, right) = plt.subplots(1, 2, figsize=(11, 4), layout="constrained")
    image = left.imshow(confusion, cmap="cividis", vmin=0, vmax=1)
    figure.colorbar(image, ax=left)
    left.set(title="P(predicted | true), held-out source", xlabel="true", ylabel="predicted")
    left.set_xticks(range(10))
    left.set_yticks(range(10))
    truth = np.bincount(y[target], minlength=10) / 600
    right.bar(range(10), truth, color="lightgrey", label="target, the truth")
    right.step(np.arange(-1, 11), [source[0], *source, source[9]], where="mid", color="grey", label="source")
    right.plot(range(10), predicted, "X", markersize=9, color=COLOURS[1], label="as predicted")
    right.plot(range(10), weights.numpy() * source, "o", markersize=8, color=COLOURS[0], label="recovered")
    right.set(title="Label shares", xlabel="digit", ylabel="share", xlim=(-0.6, 9.6))
    right.set_xticks(range(10))
    right.legend()
    plt.show()


# %% [markdown]
# **To think about.** In the covariate shift above, every limit on the weights made the result worse. What would have to
# be different for a limit to help?
#
# **And:** two labels that the classifier always mixes up make two columns of $C$ equal. What happens to the
# system, and could a better estimate of $C$ help?
#
# **And:** a model that was trained on faces of adults is used on faces of children, or one that was trained in winter
# in summer. Which kind of shift is it, and what would you measure to find out?
#
# ## Borrowing data: pre-training and fine-tuning
#
# The strongest remedy for too little data is other data. **Pre-training** trains a network on a large related task;
# **fine-tuning** takes over its weights, replaces the output layer by a new one with random weights, and goes on
# training with the few examples at hand. The layers taken over change little, so they get a small learning rate, or
# none at all (they are *frozen*, and the features that they compute stay as they are); the new layer gets a larger one.
# Starting from good weights limits capacity much as early stopping does: few steps lead to no place that is far away.
# Where the two tasks have nothing in common, the borrowed weights are no better than random ones, and may be worse.
#
# ## All of it, on real data
#
# A network of two hidden layers of 256 units learns the digits from 300 examples, and a third of the labels, in
# training and validation alike, are drawn at random, as if someone had been careless. Only the labels of the test set
# are all right. Your `sgd_weight_decay_step` trains it (weights decay, biases do not), your `dropout` acts on both
# hidden layers, and your `early_stopping` says where to stop.


# %%
@after(sgd_weight_decay_step, dropout)
def histories():
    from sklearn.datasets import load_digits

    generator = torch.Generator().manual_seed(0)
    x, y = (torch.from_numpy(part) for part in load_digits(return_X_y=True))
    order = torch.randperm(len(y), generator=generator)
    x, y = (x[order] / 16).float(), y[order]
    wrong = torch.rand(800, generator=generator) < 1 / 3
    noisy = torch.where(wrong, torch.randint(10, (800,), generator=generator), y[:800])
    train, valid, test = (x[:300], noisy[:300]), (x[300:800], noisy[300:800]), (x[800:], y[800:])

    def output(params, x, p, training):
        for w, b in zip(params[0:4:2], params[1:4:2], strict=True):
            x = dropout(torch.relu(x @ w + b), p, training)
        return x @ params[4] + params[5]

    def run(name, decay, p):
        torch.manual_seed(1)
        params = []
        for d, h in ((64, 256), (256, 256), (256, 10)):
            params += [math.sqrt(2 / d) * torch.randn(d, h), torch.zeros(h)]
        history = []
        for _ in tqdm(range(100), file=sys.stdout, desc=name):
            for part in torch.randperm(300).split(30):
                params = [w.detach().requires_grad_() for w in params]
                scores = output(params, train[0][part], p, training=True)
                grads = torch.autograd.grad(torch.nn.functional.cross_entropy(scores, train[1][part]), params)
                with torch.no_grad():
                    rates = [decay if w.dim() == 2 else 0.0 for w in params]
                    params = [
                        sgd_weight_decay_step(*args, weight_decay=rate)
                        for *args, rate in zip(params, grads, [0.1] * 6, rates, strict=True)
                    ]
            with torch.no_grad():
                seen = [output(params, part[0], p, training=False) for part in (train, valid, test)]
                losses = [
                    torch.nn.functional.cross_entropy(scores, part[1]).item()
                    for scores, part in zip(seen, (train, valid), strict=False)
                ]
                history.append([*losses, (seen[2].argmax(1) == test[1]).double().mean().item()])
        return torch.tensor(history)

    settings = {
        "neither": (0.0, 0.0),
        "weight decay": (0.02, 0.0),
        "dropout": (0.0, 0.7),
        "both": (0.01, 0.5),
    }
    return {name: run(name, *values) for name, values in settings.items()}


# %% [markdown]
# Look at the gap between the two curves, at what becomes of the validation loss on the left after its minimum, and at
# where early stopping (patience 20) gives up, if at all: the dot is the best epoch, the dashed line the end. Under each
# picture is the share of the test set that is recognised, after 100 epochs and with the weights of the best epoch.


# %%
@after(early_stopping, sgd_weight_decay_step, dropout)
def comparison():
    if histories is None:
        raise NotImplementedError
    figure, axes = plt.subplots(1, 4, figsize=(13, 3.8), sharey=True, layout="constrained")
    for axis, (name, history) in zip(axes, histories.items(), strict=True):
        training, validation, accuracy = history.T
        stop, best = early_stopping(validation.tolist(), 20)
        axis.plot(training, label="training")
        axis.plot(validation, label="validation")
        axis.plot(best, validation[best], "o", color="black", label="best epoch")
        axis.axvline(stop, color="grey", linestyle="--", label="stop")
        axis.set(title=name, xlim=(-3, 102), ylim=(0, 3))
        axis.set_xlabel(f"epoch\ntest: {accuracy[-1]:.1%} at the end, {accuracy[best]:.1%} at the best")
    axes[0].set_ylabel("cross-entropy")
    axes[0].legend(fontsize=9)
    plt.show()


# %% [markdown]
# **To think about.** Early stopping alone gets far here, and costs nothing. What do weight decay and dropout spare you?
#
# **And:** no validation loss falls far below 1.5, however one trains. How low could it be at best, if a third of the
# labels is drawn evenly from ten?

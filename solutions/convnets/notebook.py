# %% [markdown]
# # Convolutional networks
#
# A convolutional layer finds patterns a few pixels wide. What a network makes of such layers, how many of them, how wide,
# and what stands between them, was found out over some twenty years, mostly by trying. This unit goes along with the six
# designs that mattered most, from LeNet's 60 thousand parameters (1998) over AlexNet's 51 million (2012) to networks that
# are deeper and better with far fewer (2014 and 2015). You build their parts with `torch.nn`, and at the end train your own
# LeNet, and small relatives of its successors, on real handwriting.
#
# Your functions return an `nn.Module`. Write it as you like: `nn.Sequential`, a class of your own, lazy layers, functions
# such as `torch.relu` where there is nothing to learn. The checks compare the number and the shapes of the parameters, put
# the same numbers into your network and into ours, layer by layer along the path that data takes, and compare what comes
# out.

# %% tags=["setup"]
import sys

import matplotlib.pyplot as plt
import torch
from torch import nn
from tqdm import tqdm

from autograder import after, check

plt.style.use("tableau-colorblind10")
torch.set_num_threads(1)  # on pictures as small as these, threads would only wait for one another

# %% [markdown]
# ## LeNet
#
# LeNet-5 read the amounts on bank cheques in the nineties. It has the shape that most networks still have: convolutional
# layers with pooling between them make the picture smaller and the number of channels larger; then what is left is
# flattened, and fully connected layers decide.
#
# | layer | output |
# | --- | --- |
# | input | 1 × 28 × 28 |
# | convolution 5×5, padding 2, 6 channels; sigmoid | 6 × 28 × 28 |
# | average-pooling 2×2, stride 2 | 6 × 14 × 14 |
# | convolution 5×5, 16 channels; sigmoid | 16 × 10 × 10 |
# | average-pooling 2×2, stride 2 | 16 × 5 × 5 |
# | flatten | 400 |
# | linear; sigmoid | 120 |
# | linear; sigmoid | 84 |
# | linear | one number per class |


# %%
def lenet(num_classes=10):
    """Return LeNet-5 for pictures of 28×28 pixels, as an `nn.Module`.

    It maps `(n, 1, 28, 28)` to `(n, num_classes)`: convolution to 6 channels, 5×5, padding 2, sigmoid, average-pooling 2;
    convolution to 16 channels, 5×5, sigmoid, average-pooling 2; flatten; linear to 120, sigmoid, linear to 84, sigmoid,
    linear to `num_classes`. Pooling windows do not overlap. The result has no activation after the last layer.

    All layers are `torch.nn`'s, with biases as by default; a lazy layer is as good as its eager twin, and a function is
    as good as a layer where nothing is learnt. num_classes: an int.

    Source: LeCun, Bottou, Bengio and Haffner, 1998, "Gradient-based learning applied to document recognition",
    section II, with a plain linear layer at the end.
    """
    ### BEGIN SOLUTION
    return nn.Sequential(
        nn.Conv2d(1, 6, 5, padding=2),
        nn.Sigmoid(),
        nn.AvgPool2d(2),
        nn.Conv2d(6, 16, 5),
        nn.Sigmoid(),
        nn.AvgPool2d(2),
        nn.Flatten(),
        nn.Linear(16 * 5 * 5, 120),
        nn.Sigmoid(),
        nn.Linear(120, 84),
        nn.Sigmoid(),
        nn.Linear(84, num_classes),
    )
    ### END SOLUTION


# %%
check(lenet)

# %% [markdown]
# Where are LeNet's parameters, and where does it spend its time? For each layer that has parameters, the bars show its
# share of all parameters, and of all multiplications that one picture costs. Which of the two is the convolutional layers'
# affair?


# %%
def costs(network, x):
    """Return, for each layer with a weight, a name, its number of parameters and its multiplications per picture."""
    found = []

    def note(layer, given, output):
        places = output[
            0, 0
        ].numel()  # a linear layer uses each weight once, a convolutional one at every place
        kind = "linear" if isinstance(layer, nn.Linear) else "conv"
        count = sum(p.numel() for p in layer.parameters())
        found.append((f"{kind} {output.shape[1]}", count, layer.weight.numel() * places))

    layers = [layer for layer in network.modules() if isinstance(layer, nn.Conv2d | nn.Linear)]
    hooks = [layer.register_forward_hook(note) for layer in layers]
    with torch.no_grad():
        network.eval()(x)
    for hook in hooks:
        hook.remove()
    return found


def show_costs(axis, network, x, title):
    """Draw the shares of parameters and multiplications of each layer."""
    names, parameters, products = zip(*costs(network, x), strict=True)
    places = torch.arange(len(names))
    axis.barh(places - 0.2, [100 * n / sum(parameters) for n in parameters], 0.4, label="parameters")
    axis.barh(
        places + 0.2, [100 * n / sum(products) for n in products], 0.4, label="multiplications", hatch="//"
    )
    axis.set_yticks(places, names)
    axis.invert_yaxis()
    axis.set_xlabel("share of the network, in %")
    axis.set_title(f"{title}: {sum(parameters):,} parameters,\n{sum(products):,} multiplications")
    axis.legend()


@after(lenet)
def lenet_costs():
    figure, axis = plt.subplots(figsize=(6, 3.2), layout="constrained")
    show_costs(axis, lenet(), torch.zeros(1, 1, 28, 28), "LeNet")
    plt.show()


# %% [markdown]
# **To think about.** Why has the first convolution a padding and the second none? Compute the sizes in the table
# yourself.
#
# The derivative of the sigmoid is at most 1/4. LeNet has four of them in a row. What does that do to the gradient on its
# way to the first layer, and what would twenty of them do?

# %% [markdown]
# ## AlexNet
#
# For some twenty years after the first LeNets, features made by hand were as good. In 2012 AlexNet won the ImageNet
# competition by a wide margin: 1.2 million photographs, 1000 classes, two graphics cards, and LeNet's plan with more of everything. What
# was new made training at that size possible: **ReLU**, whose gradient does not vanish where a unit is active;
# **dropout** on the large fully connected layers; **max-pooling** with overlapping windows; and more data by cropping
# and mirroring.
#
# This is the plan, in the form in which it is mostly taught: on one device, without local response normalisation.
#
# | layer | output |
# | --- | --- |
# | input | `in_channels` × 224 × 224 |
# | convolution 11×11, stride 4, padding 1; ReLU; max-pooling 3×3, stride 2 | 96 × 26 × 26 |
# | convolution 5×5, padding 2; ReLU; max-pooling 3×3, stride 2 | 256 × 12 × 12 |
# | convolution 3×3, padding 1; ReLU | 384 × 12 × 12 |
# | convolution 3×3, padding 1; ReLU | 384 × 12 × 12 |
# | convolution 3×3, padding 1; ReLU; max-pooling 3×3, stride 2 | 256 × 5 × 5 |
# | flatten | 6400 |
# | linear; ReLU; dropout 0.5 | 4096 |
# | linear; ReLU; dropout 0.5 | 4096 |
# | linear | one number per class |


# %%
def alexnet(num_classes=10, in_channels=1):
    """Return AlexNet for pictures of 224×224 pixels, as an `nn.Module`.

    It maps `(n, in_channels, 224, 224)` to `(n, num_classes)`: convolution to 96 channels, 11×11, stride 4, padding 1, pool;
    to 256, 5×5, padding 2, pool; to 384, 384 and 256, each 3×3, padding 1, and pool; flatten; linear to 4096,
    dropout, linear to 4096, dropout, linear to `num_classes`. Each pool is max-pooling 3×3 with stride 2. A ReLU follows
    every convolution and every linear layer but the last. Dropout has p = 0.5, and drops in training mode only.

    All layers are `torch.nn`'s, with biases as by default; a lazy layer is as good as its eager twin, and a function is
    as good as a layer where nothing is learnt. num_classes, in_channels: ints.

    Source: Krizhevsky, Sutskever and Hinton, 2012, "ImageNet classification with deep convolutional neural networks",
    section 3, on one device and without normalisation.
    """
    ### BEGIN SOLUTION
    return nn.Sequential(
        nn.Conv2d(in_channels, 96, 11, stride=4, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(3, stride=2),
        nn.Conv2d(96, 256, 5, padding=2),
        nn.ReLU(),
        nn.MaxPool2d(3, stride=2),
        nn.Conv2d(256, 384, 3, padding=1),
        nn.ReLU(),
        nn.Conv2d(384, 384, 3, padding=1),
        nn.ReLU(),
        nn.Conv2d(384, 256, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(3, stride=2),
        nn.Flatten(),
        nn.Linear(256 * 5 * 5, 4096),
        nn.ReLU(),
        nn.Dropout(0.5),
        nn.Linear(4096, 4096),
        nn.ReLU(),
        nn.Dropout(0.5),
        nn.Linear(4096, num_classes),
    )
    ### END SOLUTION


# %%
check(alexnet)

# %% [markdown]
# The same picture for AlexNet, with three input channels and 1000 classes as in the competition. Compare with LeNet's:
# has anything changed but the numbers?


# %%
@after(alexnet)
def alexnet_costs():
    figure, axis = plt.subplots(figsize=(6, 4.2), layout="constrained")
    show_costs(axis, alexnet(1000, 3), torch.zeros(1, 3, 224, 224), "AlexNet")
    plt.show()


# %% [markdown]
# **To think about.** Almost all parameters sit in two of the eight layers. How many bytes are they as float32, and how
# many more does Adam need for them? Why is dropout there, and not between the convolutions?
#
# A max-pooling layer and a ReLU can change places without any effect. Can average-pooling and a ReLU?

# %% [markdown]
# ## VGG: blocks
#
# AlexNet gives no advice on how to build the next network: each of its layers has another size. VGG (Simonyan and
# Zisserman, 2015) replaced the layer by the **block** as the unit of design: some 3×3 convolutions that keep the size, then
# pooling that halves it. Two 3×3 layers see as far as one of 5×5, three as far as one of 7×7, with fewer weights and more
# non-linearities. A whole network is then a list of pairs (number of convolutions, channels).


# %%
def vgg_block(num_convs, in_channels, out_channels):
    """Return a block of VGG, as an `nn.Module`.

    `num_convs` times a 3×3 convolution with padding 1 and a ReLU, the first convolution from `in_channels` to
    `out_channels` and the others from `out_channels` to `out_channels`; then max-pooling 2×2 with stride 2. It maps
    `(n, in_channels, h, w)` to `(n, out_channels, h // 2, w // 2)`.

    All layers are `torch.nn`'s, with biases as by default; a lazy layer is as good as its eager twin, and a function is
    as good as a layer where nothing is learnt. num_convs, in_channels, out_channels: ints, at least 1.

    Source: Simonyan and Zisserman, 2015, "Very deep convolutional networks for large-scale image recognition",
    arXiv:1409.1556, section 2.
    """
    ### BEGIN SOLUTION
    layers = []
    for _ in range(num_convs):
        layers += [nn.Conv2d(in_channels, out_channels, 3, padding=1), nn.ReLU()]
        in_channels = out_channels
    return nn.Sequential(*layers, nn.MaxPool2d(2))
    ### END SOLUTION


# %%
check(vgg_block)

# %% [markdown]
# Your blocks, stacked to VGG-11's five: each box is as high as the picture at that point, and as wide as it has channels.
# What happens to the number of elements from one block to the next?


# %%
@after(vgg_block)
def vgg_shapes():
    x = torch.zeros(1, 3, 224, 224, device="meta")  # shapes without numbers
    shapes = [x.shape]
    for num_convs, channels in ((1, 64), (1, 128), (2, 256), (2, 512), (2, 512)):
        x = vgg_block(num_convs, x.shape[1], channels).to("meta")(x)
        shapes.append(x.shape)
    figure, axis = plt.subplots(figsize=(9, 3), layout="constrained")
    left = 0.0
    for place, (_, channels, height, width) in enumerate(shapes):
        axis.add_patch(
            plt.Rectangle((left, -height / 2), channels / 4, height, facecolor=f"C{place}", alpha=0.6)
        )
        axis.text(left + channels / 8, height / 2 + 8, f"{channels}\n{height} × {width}", ha="center")
        left += channels / 4 + 55
    axis.set_xlim(-30, left)
    axis.set_ylim(-120, 170)
    axis.set_title("VGG-11: channels and size before the first and after each of the five blocks")
    axis.axis("off")
    plt.show()


# %% [markdown]
# **To think about.** Count the weights of three 3×3 layers and of one 7×7 layer with the same number of channels. Which
# other difference is there between the two?
#
# After the five blocks, VGG-11 has 512 × 7 × 7 numbers, and two linear layers of 4096 units follow. How many of its 133
# million parameters are in the first of them?

# %% [markdown]
# ## Network in network
#
# The fully connected layers have nearly all parameters, and they forget where things are. NiN (Lin, Chen and Yan, 2014) goes
# without: after each convolution it puts two 1×1 convolutions, which are a small fully connected network applied at
# every pixel. So each place can combine its channels in a non-linear way, without looking any further. At the end there
# are as many channels as classes, and each is averaged to one number.


# %%
def nin_block(in_channels, out_channels, kernel_size, stride, padding):
    """Return a block of a network in network, as an `nn.Module`.

    A convolution from `in_channels` to `out_channels` with this kernel size, stride and padding, and a ReLU; then twice a
    1×1 convolution from `out_channels` to `out_channels`, each with a ReLU. It maps `(n, in_channels, h, w)` to
    `(n, out_channels, h', w')`, with the size that the first convolution makes.

    All layers are `torch.nn`'s, with biases as by default; a lazy layer is as good as its eager twin, and a function is
    as good as a layer where nothing is learnt. All arguments are ints.

    Source: Lin, Chen and Yan, 2014, "Network in network", arXiv:1312.4400, section 3.1.
    """
    ### BEGIN SOLUTION
    return nn.Sequential(
        nn.Conv2d(in_channels, out_channels, kernel_size, stride, padding),
        nn.ReLU(),
        nn.Conv2d(out_channels, out_channels, 1),
        nn.ReLU(),
        nn.Conv2d(out_channels, out_channels, 1),
        nn.ReLU(),
    )
    ### END SOLUTION


# %%
check(nin_block)

# %% [markdown]
# How far does a block look? For random weights, the pictures show how strongly each input pixel moves one element in the
# middle of the output: on the left for your block with a 5×5 kernel, on the right for three 5×5 layers in a row. Both have
# three layers with something to learn.


# %%
def influence(network, channels=slice(None), size=21, tries=30):
    """Return `(size, size)`: how strongly each input pixel moves some channels in the middle of the output."""
    total = torch.zeros(size, size)
    for _ in range(tries):
        x = torch.randn(1, 1, size, size, requires_grad=True)
        y = network(x)
        middle = y[0, channels, y.shape[2] // 2, y.shape[3] // 2].sum()
        total += torch.autograd.grad(middle, x)[0][0, 0].abs()
    return total


def show_influence(pictures):
    """Show maps of influence side by side."""
    figure, axes = plt.subplots(1, len(pictures), figsize=(3 * len(pictures), 3.3), layout="constrained")
    for axis, (title, picture) in zip(axes, pictures.items(), strict=True):
        axis.imshow(picture, cmap="cividis")
        axis.set_title(f"{title}\n{int((picture > 0).sum(0).count_nonzero())} pixels wide")
        axis.axis("off")
    plt.show()


@after(nin_block)
def nin_sees():
    torch.manual_seed(1)
    layers = nn.Sequential(*(nn.Sequential(nn.LazyConv2d(16, 5, padding=2), nn.ReLU()) for _ in range(3)))
    blocks = {"NiN block, 5 × 5": nin_block(1, 16, 5, 1, 2), "three layers of 5 × 5": layers}
    show_influence({title: influence(block) for title, block in blocks.items()})


# %% [markdown]
# **To think about.** How many weights has a block with 5×5 kernels and 96 channels in and out, and how many have three 5×5
# layers of that width?
#
# Between the two 1×1 convolutions there is a ReLU. What would be left of the block without it?

# %% [markdown]
# ## GoogLeNet: branches
#
# Which kernel is best, 1×1, 3×3 or 5×5? GoogLeNet (Szegedy et al., 2015) asks no such question and takes all of them side by side.
# Its **inception** block has four branches that look at the same input; each keeps height and width, and their outputs
# are joined along the channels:
#
# 1. a 1×1 convolution;
# 2. a 1×1 convolution, which makes the channels fewer, then 3×3;
# 3. a 1×1 convolution, which makes the channels fewer, then 5×5;
# 4. max-pooling 3×3 with stride 1, then a 1×1 convolution.
#
# The 1×1 convolutions before the large kernels are what makes it affordable.


# %%
def inception_block(in_channels, c1, c2, c3, c4):
    """Return an inception block, as an `nn.Module`.

    Four branches, joined over the channels in this order: a 1×1 convolution to `c1` channels; 1×1 to `c2[0]`, then 3×3
    with padding 1 to `c2[1]`; 1×1 to `c3[0]`, then 5×5 with padding 2 to `c3[1]`; max-pooling 3×3 with stride 1 and
    padding 1, then 1×1 to `c4`. A ReLU follows every convolution. It maps `(n, in_channels, h, w)` to
    `(n, c1 + c2[1] + c3[1] + c4, h, w)`.

    All layers are `torch.nn`'s, with biases as by default; a lazy layer is as good as its eager twin, and a function is
    as good as a layer where nothing is learnt. in_channels, c1, c4: ints. c2, c3: pairs of ints.

    Source: Szegedy et al., 2015, "Going deeper with convolutions", arXiv:1409.4842, section 4.
    """
    ### BEGIN SOLUTION

    def conv(before, after, size):
        return nn.Sequential(nn.Conv2d(before, after, size, padding=size // 2), nn.ReLU())

    class Inception(nn.Module):
        def __init__(self):
            super().__init__()
            self.branches = nn.ModuleList(
                [
                    conv(in_channels, c1, 1),
                    nn.Sequential(conv(in_channels, c2[0], 1), conv(c2[0], c2[1], 3)),
                    nn.Sequential(conv(in_channels, c3[0], 1), conv(c3[0], c3[1], 5)),
                    nn.Sequential(nn.MaxPool2d(3, stride=1, padding=1), conv(in_channels, c4, 1)),
                ]
            )

        def forward(self, x):
            return torch.cat([branch(x) for branch in self.branches], dim=1)

    return Inception()
    ### END SOLUTION


# %%
check(inception_block)

# %% [markdown]
# Your block, with random weights, asked as before: which pixels move the middle of the output? This time channel group by
# channel group, in the order in which the branches are joined. The fourth branch needs a moment's thought: at any one time
# max-pooling passes on one pixel per channel, but which one changes from picture to picture.


# %%
@after(inception_block)
def inception_sees():
    torch.manual_seed(2)
    block = inception_block(1, 8, (8, 12), (4, 6), 10)
    groups = {
        "1 × 1": slice(0, 8),
        "1 × 1, 3 × 3": slice(8, 20),
        "1 × 1, 5 × 5": slice(20, 26),
        "pooling, 1 × 1": slice(26, 36),
    }
    show_influence({title: influence(block, group, size=9, tries=200) for title, group in groups.items()})


# %% [markdown]
# **To think about.** GoogLeNet's first inception block has 192 input channels and `c1, c2, c3, c4` = 64, (96, 128),
# (16, 32), 32. How many weights has its third branch? How many would it have without the 1×1 convolution?
#
# Why must the pooling of the fourth branch have stride 1 and padding 1?

# %% [markdown]
# ## ResNet: a way around
#
# Deeper should never be worse: the additional layers only need to learn to pass on what they get. But plain networks of
# 56 layers were worse than those of 20, in *training* error too: passing on is hard to learn through convolutions and
# ReLUs. He et al. (2016) turned it round. A **residual block** adds its input to what its layers make of it,
#
# $$
# y = \mathrm{ReLU}\bigl(x + f(x)\bigr),
# $$
#
# so that the layers learn the difference $f(x)$, and doing nothing is as easy as $f = 0$. The gradient gets a way around
# the layers as well. Where the shape changes, by a stride or another number of channels, the input goes through
# a 1×1 convolution with that stride, so that both can be added.
#
# After each convolution comes **batch norm**. In a convolutional network it has one mean, one variance, one scale and one
# shift per *channel*; in training, mean and variance are taken over the batch and all pixels, and in evaluation from
# running averages.


# %%
def residual_block(in_channels, out_channels, stride=1):
    """Return a residual block, as an `nn.Module`.

    Convolution 3×3 from `in_channels` to `out_channels` with this stride and padding 1, batch norm, ReLU, convolution 3×3
    from `out_channels` to `out_channels` with padding 1, batch norm; plus the input; then ReLU. The input is added as it
    is where the shape stays (`in_channels == out_channels` and `stride == 1`), and otherwise goes through a 1×1
    convolution with that stride, without batch norm. It maps `(n, in_channels, h, w)` to
    `(n, out_channels, ceil(h / stride), ceil(w / stride))`. In training mode batch norm uses the statistics of the batch,
    in evaluation mode the running ones.

    All layers are `torch.nn`'s, with biases, eps and momentum as by default; a lazy layer is as good as its eager twin,
    and a function is as good as a layer where nothing is learnt. in_channels, out_channels, stride: ints.

    Source: He, Zhang, Ren and Sun, 2016, "Deep residual learning for image recognition", arXiv:1512.03385, section 3.
    """
    ### BEGIN SOLUTION

    class Residual(nn.Module):
        def __init__(self):
            super().__init__()
            self.layers = nn.Sequential(
                nn.Conv2d(in_channels, out_channels, 3, stride, padding=1),
                nn.BatchNorm2d(out_channels),
                nn.ReLU(),
                nn.Conv2d(out_channels, out_channels, 3, padding=1),
                nn.BatchNorm2d(out_channels),
            )
            same = in_channels == out_channels and stride == 1
            self.shortcut = nn.Identity() if same else nn.Conv2d(in_channels, out_channels, 1, stride)

        def forward(self, x):
            return torch.relu(self.layers(x) + self.shortcut(x))

    return Residual()
    ### END SOLUTION


# %%
check(residual_block)

# %% [markdown]
# The claim, tested: sixteen of your blocks against the same thirty-two layers without a way around, on small handwritten
# digits, for three passes over the data. Both have the same parameters. Compare the losses on the *training* data.


# %%
def digits(size):
    """Return scikit-learn's handwritten digits, enlarged: training pictures and labels, then test pictures and labels."""
    from sklearn.datasets import load_digits

    source = load_digits()
    pictures = torch.tensor(source.images, dtype=torch.float32)[:, None]
    pictures = nn.functional.interpolate(pictures, size=(size, size), mode="bilinear")
    pictures = (pictures - pictures.mean()) / pictures.std()
    order = torch.randperm(len(pictures), generator=torch.Generator().manual_seed(0))
    pictures, labels = pictures[order], torch.tensor(source.target)[order]
    return pictures[:1400], labels[:1400], pictures[1400:], labels[1400:]


def fit(network, data, epochs, rate, name):
    """Train a network with Adam; return its training loss at every step and its test accuracy after every epoch."""
    pictures, labels, test_pictures, test_labels = data
    steps = epochs * -(-len(pictures) // 64)
    optimizer = torch.optim.Adam(network.parameters())
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, rate, total_steps=steps)
    losses, accuracies = [], []
    for _ in tqdm(range(epochs), desc=name, file=sys.stdout):
        network.train()
        for part in torch.randperm(len(pictures)).split(64):
            loss = nn.functional.cross_entropy(network(pictures[part]), labels[part])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            losses.append(loss.item())
        network.eval()
        with torch.no_grad():
            right = network(test_pictures).argmax(1) == test_labels
        accuracies.append(right.float().mean().item())
    return losses, accuracies


@after(residual_block)
def deep_networks():
    def plain_block(channels):
        layers = [
            [nn.Conv2d(channels, channels, 3, padding=1), nn.BatchNorm2d(channels), nn.ReLU()]
            for _ in range(2)
        ]
        return nn.Sequential(*layers[0], *layers[1])

    data = digits(10)
    plt.figure(figsize=(6, 3.2), layout="constrained")
    for name, make, style in (
        ("with a way around", lambda: residual_block(8, 8), "-"),
        ("plain", lambda: plain_block(8), "--"),
    ):
        torch.manual_seed(3)
        head = [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 10)]
        network = nn.Sequential(nn.Conv2d(1, 8, 3, padding=1), *(make() for _ in range(16)), *head)
        losses, _ = fit(network, data, 3, 0.01, name)
        plt.plot(losses, style, label=name)
    plt.xlabel("step")
    plt.ylabel("training loss")
    plt.legend()
    plt.show()


# %% [markdown]
# **To think about.** What does a residual block with all weights at zero compute? And its gradient? Compare with a plain
# block.
#
# A bias in front of batch norm has no effect in training. Why not? (That is why many implementations leave it out; ours keeps
# it, as `torch.nn` does by default.)
#
# How many numbers does batch norm keep for 64 channels of 56×56 pixels, learnt and running ones together?

# %% [markdown]
# ## Global average pooling
#
# What is left is to get from feature maps to classes without AlexNet's huge linear layers. NiN, GoogLeNet and ResNet all
# do it alike: each channel is averaged over its whole height and width,
#
# $$
# y_{b,c} = \frac{1}{h\,w} \sum_{i,j} x_{b,c,i,j} ,
# $$
#
# and at most one small linear layer follows. There is nothing to learn in it, it takes pictures of any size, and it
# asks each channel *whether* its feature occurs, not where.


# %%
def global_average_pool(x):
    """Average each channel over its whole height and width.

    x: `(n, c, h, w)`, floating-point. Returns `(n, c)`, of the dtype and on the device of `x`. Gradients flow to `x`,
    which is not changed.

    Source: Lin, Chen and Yan, 2014, "Network in network", arXiv:1312.4400, section 3.2.
    """
    ### BEGIN SOLUTION
    return x.mean(dim=(2, 3))
    ### END SOLUTION


# %%
check(global_average_pool)

# %% [markdown]
# ## Seventeen years of parameters
#
# All parts are there. Below, the six networks are put together from your functions, for 1000 classes of photographs
# (LeNet for its ten digits), and their parameters are counted: those of convolutions and batch norm, and those of
# linear layers. Which idea saved most?


# %%
class Pooled(nn.Module):
    """Apply your `global_average_pool` as a layer."""

    def forward(self, x):
        return global_average_pool(x)


def famous_networks():
    """Return six networks, for 1000 classes but for LeNet; AlexNet's relatives as their papers have them."""

    def stem(channels, size, stride):
        return [nn.Conv2d(3, channels, size, stride, size // 2), nn.ReLU(), nn.MaxPool2d(3, 2, 1)]

    vgg = [(1, 3, 64), (1, 64, 128), (2, 128, 256), (2, 256, 512), (2, 512, 512)]
    nin = [(3, 96, 11, 4, 0), (96, 256, 5, 1, 2), (256, 384, 3, 1, 1), (384, 1000, 3, 1, 1)]
    inception = [
        (192, 64, (96, 128), (16, 32), 32),
        (256, 128, (128, 192), (32, 96), 64),
        (480, 192, (96, 208), (16, 48), 64),
        (512, 160, (112, 224), (24, 64), 64),
        (512, 128, (128, 256), (24, 64), 64),
        (512, 112, (144, 288), (32, 64), 64),
        (528, 256, (160, 320), (32, 128), 128),
        (832, 256, (160, 320), (32, 128), 128),
        (832, 384, (192, 384), (48, 128), 128),
    ]
    residual = [
        (64, 64),
        (64, 64),
        (64, 128, 2),
        (128, 128),
        (128, 256, 2),
        (256, 256),
        (256, 512, 2),
        (512, 512),
    ]
    linear = [nn.Linear(512 * 7 * 7, 4096), nn.Linear(4096, 4096), nn.Linear(4096, 1000)]
    between = [nn.Conv2d(64, 64, 1), nn.Conv2d(64, 192, 3, padding=1)]
    return {
        "LeNet, 1998": lenet(),
        "AlexNet, 2012": alexnet(1000, 3),
        "NiN, 2014": nn.Sequential(*(nin_block(*sizes) for sizes in nin), Pooled()),
        "VGG-11, 2014": nn.Sequential(*(vgg_block(*sizes) for sizes in vgg), *linear),
        "GoogLeNet, 2014": nn.Sequential(
            *stem(64, 7, 2),
            *between,
            *(inception_block(*sizes) for sizes in inception),
            nn.Linear(1024, 1000),
        ),
        "ResNet-18, 2015": nn.Sequential(
            *stem(64, 7, 2), *(residual_block(*sizes) for sizes in residual), Pooled(), nn.Linear(512, 1000)
        ),
    }


@after(lenet, alexnet, vgg_block, nin_block, inception_block, residual_block, global_average_pool)
def parameters_counted():
    with torch.device("meta"):  # shapes without numbers: VGG alone would take half a gigabyte
        networks = famous_networks()
    figure, axis = plt.subplots(figsize=(8, 3.6), layout="constrained")
    for place, network in enumerate(networks.values()):
        total = sum(p.numel() for p in network.parameters())
        linear = [layer for layer in network.modules() if isinstance(layer, nn.Linear)]
        in_linear = sum(p.numel() for layer in linear for p in layer.parameters())
        axis.barh(place, total - in_linear, color="C0", label="" if place else "convolutions and batch norm")
        axis.barh(
            place, in_linear, left=total - in_linear, color="C1", hatch="//", label="" if place else "linear"
        )
        axis.text(total + 1e6, place, f"{total:,}", va="center")
    axis.set_yticks(range(len(networks)), networks)
    axis.invert_yaxis()
    axis.set_xlim(0, 1.6e8)
    axis.set_xticks([0, 5e7, 1e8, 1.5e8], ["0", "50 million", "100 million", "150 million"])
    axis.set_xlabel("parameters")
    axis.legend(loc="lower right")
    plt.show()


# %% [markdown]
# ## Real handwriting
#
# Time to let LeNet read. scikit-learn brings 1,797 digits by 13 writers, of 8×8 pixels; enlarged to 28×28 they fit your
# network. 1,400 of them are for training, the rest for the test. Two things make training with sigmoids quick: inputs of
# mean 0 and variance 1, and Xavier's initialisation; Adam does the rest. Expect a test accuracy above 95 %.


# %%
@after(lenet)
def reader():
    torch.manual_seed(0)
    data = digits(28)
    network = lenet()
    for parameter in network.parameters():
        if parameter.ndim > 1:
            nn.init.xavier_uniform_(parameter)
    losses, accuracies = fit(network, data, 12, 0.02, "LeNet")
    print(f"test accuracy {100 * accuracies[-1]:.1f} %")
    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3), layout="constrained")
    left.plot(losses)
    left.set_xlabel("step")
    left.set_ylabel("training loss")
    right.plot(range(1, len(accuracies) + 1), [100 * a for a in accuracies], marker="o")
    right.axhline(95, color="grey", linestyle="--")
    right.set_xlabel("epoch")
    right.set_ylabel("test accuracy, in %")
    plt.show()
    return network


# %% [markdown]
# What does it see? Below are test digits, and what the two convolutional layers of your trained network make of one of
# them, after the sigmoid. Which of the first six maps are edge detectors, and for which direction? Can you still
# recognise the digit in the second layer? The first row shows what the network reads wrongly, with the truth, and last the
# digit whose maps are below.


# %%
@after(lenet)
def feature_maps():
    if reader is None:
        return
    _, _, pictures, labels = digits(28)
    maps = []
    convolutions = [layer for layer in reader.modules() if isinstance(layer, nn.Conv2d)]
    hooks = [layer.register_forward_hook(lambda *what: maps.append(what[2])) for layer in convolutions]
    with torch.no_grad():
        read = reader(pictures).argmax(1)
    for hook in hooks:
        hook.remove()
    mistakes = (read != labels).nonzero().flatten()[:7]
    shown = ((read == labels) & (labels == 4)).nonzero().flatten()[0]
    figure, axes = plt.subplots(4, 8, figsize=(11, 5.8), layout="constrained")
    for axis in axes.flat:
        axis.axis("off")
    for axis, index in zip(axes[0], [*mistakes.tolist(), shown.item()], strict=False):
        axis.imshow(pictures[index, 0], cmap="gray")
        wrong = read[index] != labels[index]
        axis.set_title(f"{read[index]}" + (f", not {labels[index]}" if wrong else ""))
    for axis, picture in zip(axes[1], maps[0][shown].sigmoid(), strict=False):
        axis.imshow(picture, cmap="cividis")
    axes[1, 0].set_title("first convolution", loc="left")
    for axis, picture in zip(axes[2:].flat, maps[1][shown].sigmoid(), strict=False):
        axis.imshow(picture, cmap="cividis")
    axes[2, 0].set_title("second convolution", loc="left")
    plt.show()


# %% [markdown]
# And its successors? Here are three small networks of your own blocks, each with global average pooling and a tiny
# linear layer at the end, on digits of 16×16 pixels. LeNet has 61,706 parameters; look at how many these have, and how
# well they read.


# %%
@after(lenet, vgg_block, inception_block, residual_block, global_average_pool)
def small_reader():
    data = digits(16)
    networks = {
        "VGG blocks": [vgg_block(1, 1, 16), vgg_block(2, 16, 32)],
        "inception blocks": [
            *(nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)),
            *(inception_block(16, 8, (8, 12), (4, 6), 6), inception_block(32, 8, (12, 16), (4, 4), 4)),
        ],
        "residual blocks": [
            nn.Conv2d(1, 16, 3, padding=1),
            residual_block(16, 16),
            residual_block(16, 32, 2),
        ],
    }
    figure, axis = plt.subplots(figsize=(6, 3.4), layout="constrained")
    for (name, layers), marker in zip(networks.items(), "osD", strict=True):
        torch.manual_seed(1)
        network = nn.Sequential(*layers, Pooled(), nn.Linear(32, 10))
        for parameter in network.parameters():
            if parameter.ndim > 1:
                nn.init.kaiming_normal_(parameter, nonlinearity="relu")
        _, accuracies = fit(network, data, 10, 0.01, name)
        size = sum(p.numel() for p in network.parameters())
        label = f"{name}: {size:,} parameters"
        axis.plot(range(1, 11), [100 * a for a in accuracies], marker=marker, label=label)
    axis.set_xlabel("epoch")
    axis.set_ylabel("test accuracy, in %")
    axis.legend(loc="lower right")
    plt.show()
    return network


# %% [markdown]
# Global average pooling has a gift to make. As the last linear layer sees nothing but averages, it can be applied to every
# place *before* averaging: the result is a map of how much each place speaks for a class. Below are
# digits, and under each its map for the class that the residual network reads: yellow places speak for it, dark ones
# against. Does it look where you would?


# %%
@after(residual_block, global_average_pool)
def where_it_looks():
    if small_reader is None:
        return
    _, _, pictures, _ = digits(16)
    pictures = pictures[:8]
    with torch.no_grad():
        features = small_reader[:-2](pictures)
        weight = small_reader[-1].weight
        read = small_reader(pictures).argmax(1)
        maps = torch.einsum("nchw,nc->nhw", features, weight[read])
    figure, axes = plt.subplots(2, 8, figsize=(11, 3.2), layout="constrained")
    for column, picture, heat, label in zip(axes.T, pictures, maps, read.tolist(), strict=True):
        column[0].imshow(picture[0], cmap="gray")
        column[1].imshow(heat, cmap="cividis")
        column[0].set_title(label)
        for axis in column:
            axis.axis("off")
    plt.show()


# %% [markdown]
# **To think about.** Your LeNet takes pictures of 28×28 pixels only. Which line of it is to blame? What would happen if you
# gave the last networks pictures of 24×24?
#
# The same 13 people wrote the digits for training and those for the test. What would you have to do to learn how well a
# network reads the hand of a stranger?

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

# %% [markdown] lang="zh_CN"
# # 卷积神经网络
#
# 卷积层能找出几个像素宽的模式。网络怎样使用这样的层，用多少个，多宽，层与层之间放什么，这些是在大约二十年间摸索出来的，多半靠尝试。本单元沿着最重要的六种设计走一遍，从 LeNet 的 6 万个参数（1998）到 AlexNet 的 5100 万个（2012），再到更深、更好而参数少得多的网络（2014 和 2015）。你要用 `torch.nn` 搭建它们的各个部分，最后在真实的手写数字上训练你自己的 LeNet，以及它的后继者的小型亲戚。
#
# 你的函数返回一个 `nn.Module`。怎么写都可以：`nn.Sequential`、你自己的类、延后初始化的层，没有要学习的参数时也可以用 `torch.relu` 这样的函数。检查会比较模型参数的个数和形状，沿着数据经过的路径逐层把同样的数放进你的网络和我们的网络，再比较输出。

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

# %% [markdown] lang="zh_CN"
# ## LeNet
#
# LeNet-5 在九十年代用来读银行支票上的金额。它的样子，至今大多数网络仍然如此：卷积层和其间的汇聚（pooling）使图像变小、通道数变大；然后把剩下的展平，由全连接层做出判断。
#
# | 层 | 输出 |
# | --- | --- |
# | 输入 | 1 × 28 × 28 |
# | 卷积 5×5，填充 2，6 个通道；sigmoid | 6 × 28 × 28 |
# | 平均汇聚 2×2，步幅 2 | 6 × 14 × 14 |
# | 卷积 5×5，16 个通道；sigmoid | 16 × 10 × 10 |
# | 平均汇聚 2×2，步幅 2 | 16 × 5 × 5 |
# | 展平 | 400 |
# | 线性；sigmoid | 120 |
# | 线性；sigmoid | 84 |
# | 线性 | 每个类别一个数 |


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

# %% [markdown] lang="zh_CN"
# LeNet 的参数在哪里，时间又花在哪里？对每个有参数的层，横条显示它占全部参数的份额，以及占一幅图像所需的全部乘法的份额。卷积层主要占的是其中哪一样？


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

# %% [markdown] lang="zh_CN"
# **想一想。** 为什么第一个卷积有填充，而第二个没有？自己算一算表中的大小。
#
# sigmoid 的导数至多为 1/4。LeNet 中有四个连在一起。梯度在传到第一层的路上会怎么样，如果有二十个又会怎么样？

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

# %% [markdown] lang="zh_CN"
# ## AlexNet
#
# 在最初的 LeNet 之后大约二十年里，手工设计的特征并不逊色。2012 年，AlexNet 以很大的优势赢得了 ImageNet 竞赛：120 万张照片，1000 个类别，两块显卡，以及 LeNet 的方案，只是样样都更多。使这种规模的训练成为可能的新东西是：**ReLU**，单元处于活动状态时它的梯度不会消失；用在大的全连接层上的**暂退法（dropout）**；窗口有重叠的**最大汇聚**；以及通过裁剪和镜像得到的更多数据。
#
# 下面是它的方案，也是最常讲授的形式：在一个设备上，没有局部响应规范化。
#
# | 层 | 输出 |
# | --- | --- |
# | 输入 | `in_channels` × 224 × 224 |
# | 卷积 11×11，步幅 4，填充 1；ReLU；最大汇聚 3×3，步幅 2 | 96 × 26 × 26 |
# | 卷积 5×5，填充 2；ReLU；最大汇聚 3×3，步幅 2 | 256 × 12 × 12 |
# | 卷积 3×3，填充 1；ReLU | 384 × 12 × 12 |
# | 卷积 3×3，填充 1；ReLU | 384 × 12 × 12 |
# | 卷积 3×3，填充 1；ReLU；最大汇聚 3×3，步幅 2 | 256 × 5 × 5 |
# | 展平 | 6400 |
# | 线性；ReLU；暂退法 0.5 | 4096 |
# | 线性；ReLU；暂退法 0.5 | 4096 |
# | 线性 | 每个类别一个数 |


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

# %% [markdown] lang="zh_CN"
# AlexNet 的同一幅图，像竞赛中那样有三个输入通道和 1000 个类别。与 LeNet 的图比较：除了数字，还有什么变了吗？


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

# %% [markdown] lang="zh_CN"
# **想一想。** 几乎所有参数都在八个层中的两个里。以 float32 存放，它们是多少字节，Adam 为它们还要多用多少字节？暂退法为什么用在那里，而不用在卷积之间？
#
# 最大汇聚层与 ReLU 可以交换位置而毫无影响。平均汇聚与 ReLU 可以吗？

# %% [markdown]
# ## VGG: blocks
#
# AlexNet gives no advice on how to build the next network: each of its layers has another size. VGG (Simonyan and
# Zisserman, 2015) replaced the layer by the **block** as the unit of design: some 3×3 convolutions that keep the size, then
# pooling that halves it. Two 3×3 layers see as far as one of 5×5, three as far as one of 7×7, with fewer weights and more
# non-linearities. A whole network is then a list of pairs (number of convolutions, channels).

# %% [markdown] lang="zh_CN"
# ## VGG：块
#
# AlexNet 没有告诉我们怎样造下一个网络：它的每一层大小都不一样。VGG（Simonyan and Zisserman, 2015）用**块**取代层，作为设计的单位：几个保持大小的 3×3 卷积，然后是把大小减半的汇聚。两个 3×3 的层与一个 5×5 的层看得一样远，三个与一个 7×7 的层看得一样远，而权重更少，非线性更多。于是整个网络就是一个数对（卷积数，通道数）的列表。


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

# %% [markdown] lang="zh_CN"
# 把你的块堆叠成 VGG-11 的五个块：每个方框的高度是图像在那里的高度，宽度是它的通道数。从一个块到下一个块，元素的个数怎样变化？


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

# %% [markdown] lang="zh_CN"
# **想一想。** 数一数通道数相同的三个 3×3 层和一个 7×7 层各有多少个权重。两者之间还有什么别的差别？
#
# 五个块之后，VGG-11 有 512 × 7 × 7 个数，后面是两个 4096 个单元的线性层。它的 1.33 亿个参数中，有多少在其中的第一个里？

# %% [markdown]
# ## Network in network
#
# The fully connected layers have nearly all parameters, and they forget where things are. NiN (Lin, Chen and Yan, 2014) goes
# without: after each convolution it puts two 1×1 convolutions, which are a small fully connected network applied at
# every pixel. So each place can combine its channels in a non-linear way, without looking any further. At the end there
# are as many channels as classes, and each is averaged to one number.

# %% [markdown] lang="zh_CN"
# ## 网络中的网络
#
# 全连接层几乎占了所有的参数，而且会忘掉东西在哪里。NiN（Lin, Chen and Yan, 2014）不用它们：在每个卷积之后放两个 1×1 卷积，这相当于应用于每个像素的一个小型全连接网络。这样每个位置都能以非线性的方式组合它的通道，而不必看得更远。到最后，有多少个类别就有多少个通道，每个通道平均成一个数。


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

# %% [markdown] lang="zh_CN"
# 一个块看得多远？权重是随机的，图中显示每个输入像素对输出正中的一个元素影响有多强：左图是你的块，卷积核为 5×5；右图是连续三个 5×5 的层。两者都有三个要学习的层。


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

# %% [markdown] lang="zh_CN"
# **想一想。** 卷积核为 5×5、输入和输出都是 96 个通道的块有多少个权重，同样宽度的三个 5×5 层又有多少个？
#
# 两个 1×1 卷积之间有一个 ReLU。没有它，这个块还剩下什么？

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

# %% [markdown] lang="zh_CN"
# ## GoogLeNet：分支
#
# 哪种卷积核最好，1×1、3×3 还是 5×5？GoogLeNet（Szegedy et al., 2015）不问这样的问题，而是把它们并排全用上。它的 **Inception** 块有四个分支，看同一个输入；每个分支都保持高度和宽度，它们的输出沿通道连接：
#
# 1. 1×1 卷积；
# 2. 1×1 卷积，减少通道数，然后 3×3；
# 3. 1×1 卷积，减少通道数，然后 5×5；
# 4. 3×3、步幅 1 的最大汇聚，然后 1×1 卷积。
#
# 大卷积核之前的 1×1 卷积，使它的代价可以承受。


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

# %% [markdown] lang="zh_CN"
# 你的块，权重随机，问题与前面一样：哪些像素影响输出的正中？这次按分支连接的顺序，一组通道一组通道地看。第四个分支需要想一想：在任一时刻，最大汇聚对每个通道只传递一个像素，但传递哪一个，随图像而变。


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

# %% [markdown] lang="zh_CN"
# **想一想。** GoogLeNet 的第一个 Inception 块有 192 个输入通道，`c1, c2, c3, c4` = 64, (96, 128), (16, 32), 32。它的第三个分支有多少个权重？没有 1×1 卷积时又会有多少个？
#
# 为什么第四个分支的汇聚必须步幅为 1、填充为 1？

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

# %% [markdown] lang="zh_CN"
# ## ResNet：绕行的路
#
# 更深本不该更差：增加的层只需学会把得到的东西传下去。但普通的 56 层网络比 20 层的更差，*训练*误差也是如此：要通过卷积和 ReLU 学会原样传递是很难的。He et al. (2016) 把问题反了过来。**残差块**把它的输入加到它的各层由输入得到的结果上，
#
# $$
# y = \mathrm{ReLU}\bigl(x + f(x)\bigr),
# $$
#
# 于是各层学习的是差 $f(x)$，而什么都不做就像 $f = 0$ 一样容易。梯度也得到了一条绕过各层的路。当步幅或通道数的变化使形状改变时，输入经过一个步幅相同的 1×1 卷积，这样两者就能相加。
#
# 每个卷积之后都有**批量规范化**。在卷积神经网络中，它对每个*通道*有一个均值、一个方差、一个拉伸参数和一个偏移参数；训练时，均值和方差取自批量和所有像素，评估时取自移动平均。


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

# %% [markdown] lang="zh_CN"
# 检验这个说法：用小幅的手写数字，比较十六个你的块与没有绕行之路的同样三十二个层，在数据上各训练三轮。两者的参数相同。比较*训练*数据上的损失。


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

# %% [markdown] lang="zh_CN"
# **想一想。** 所有权重都为零的残差块计算的是什么？它的梯度呢？与普通的块比较。
#
# 批量规范化之前的偏置在训练时没有作用。为什么？（因此许多实现都不用它；我们的保留了它，与 `torch.nn` 的默认设置一样。）
#
# 对 64 个 56×56 像素的通道，批量规范化保存多少个数，学到的和移动平均的合在一起？

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

# %% [markdown] lang="zh_CN"
# ## 全局平均汇聚
#
# 剩下的是，不用 AlexNet 那样巨大的线性层，从特征图得到类别。NiN、GoogLeNet 和 ResNet 的做法都一样：每个通道在整个高度和宽度上取平均，
#
# $$
# y_{b,c} = \frac{1}{h\,w} \sum_{i,j} x_{b,c,i,j} ,
# $$
#
# 之后至多有一个小的线性层。其中没有什么要学习的，它可以接受任意大小的图像，而且它问每个通道的特征*是否*出现，而不问在哪里。


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

# %% [markdown] lang="zh_CN"
# ## 十七年的参数
#
# 各个部分都齐了。下面用你的函数组装出这六个网络，用于 1000 类照片（LeNet 用于它的十个数字），并统计它们的参数：卷积和批量规范化的参数，以及线性层的参数。哪个想法节省得最多？


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

# %% [markdown] lang="zh_CN"
# ## 真实的手写数字
#
# 该让 LeNet 读一读了。scikit-learn 带有 13 个人写的 1,797 个数字，每个为 8×8 像素；放大到 28×28，就适合你的网络。其中 1,400 个用于训练，其余的用于测试。有两件事使带 sigmoid 的训练变快：均值为 0、方差为 1 的输入，以及 Xavier 初始化；剩下的交给 Adam。测试精度应高于 95 %。


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

# %% [markdown] lang="zh_CN"
# 它看到了什么？下面是一些测试数字，以及你训练好的网络的两个卷积层对其中一个给出的结果，取在 sigmoid 之后。前六幅特征图中，哪些是边缘检测器，检测的是哪个方向？在第二层中你还能认出这个数字吗？第一行显示网络读错的数字及其真实值，最后一个是下面的特征图所对应的数字。


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

# %% [markdown] lang="zh_CN"
# 它的后继者呢？这里有三个由你自己的块组成的小网络，末尾都是全局平均汇聚和一个很小的线性层，用的是 16×16 像素的数字。LeNet 有 61,706 个参数；看看这几个网络有多少参数，读得有多好。


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

# %% [markdown] lang="zh_CN"
# 全局平均汇聚还送上一份礼物。最后的线性层看到的只有平均值，因此可以在取平均*之前*把它应用于每个位置：结果是一幅图，显示每个位置在多大程度上支持某个类别。下面是一些数字，每个数字下方是残差网络所读出的类别的图：黄色的位置支持它，深色的位置反对它。它看的是你会看的地方吗？


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

# %% [markdown] lang="zh_CN"
# **想一想。** 你的 LeNet 只接受 28×28 像素的图像。这要怪它的哪一行？如果把 24×24 的图像给最后那几个网络，会怎么样？
#
# 训练用的数字和测试用的数字，出自同样的 13 个人之手。要知道一个网络读陌生人的笔迹读得有多好，你应该怎么做？

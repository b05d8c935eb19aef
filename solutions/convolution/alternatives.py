"""Right answers written differently."""

import torch
import torch.nn.functional as F

from autograder.authoring import answer


def both(value):
    return (value, value) if isinstance(value, int) else (value[0], value[1])


@answer("conv2d")
def seven_loops(x, weight, bias=None, stride=1, padding=0):
    """Loops over every index, in plain Python, and pads nothing."""
    (sh, sw), (ph, pw) = both(stride), both(padding)
    n, c_in, height, width = x.shape
    c_out, expected, kh, kw = weight.shape
    if c_in != expected or sh < 1 or sw < 1:
        raise ValueError
    if height + 2 * ph < kh or width + 2 * pw < kw:
        raise ValueError
    rows, columns = (height + 2 * ph - kh) // sh + 1, (width + 2 * pw - kw) // sw + 1
    y = torch.zeros(n, c_out, rows, columns, dtype=x.dtype, device=x.device)
    for b in range(n):
        for o in range(c_out):
            for i in range(rows):
                for j in range(columns):
                    total = 0 if bias is None else bias[o]
                    for c in range(c_in):
                        for u in range(kh):
                            for v in range(kw):
                                row, column = i * sh + u - ph, j * sw + v - pw
                                if 0 <= row < height and 0 <= column < width:
                                    total = total + x[b, c, row, column] * weight[o, c, u, v]
                    y[b, o, i, j] = total
    return y


@answer("conv2d")
def window_by_window(x, weight, bias=None, stride=1, padding=0):
    """Loops over output positions and takes each window out of a padded copy."""
    sh, sw = stride if isinstance(stride, tuple) else (stride,) * 2
    ph, pw = padding if isinstance(padding, tuple) else (padding,) * 2
    if sh <= 0 or sw <= 0:
        raise ValueError("stride")
    if x.size(1) != weight.size(1):
        raise ValueError("channels")
    padded = F.pad(x, (pw, pw, ph, ph))
    kh, kw = weight.shape[-2:]
    rows = []
    for top in range(0, padded.size(2) - kh + 1, sh):
        row = []
        for left in range(0, padded.size(3) - kw + 1, sw):
            window = padded[:, None, :, top : top + kh, left : left + kw]
            row.append((window * weight).sum(dim=(2, 3, 4)))
        if not row:
            raise ValueError("too wide a kernel")
        rows.append(torch.stack(row, dim=-1))
    if not rows:
        raise ValueError("too high a kernel")
    y = torch.stack(rows, dim=-2)
    if bias is not None:
        y = y + bias.view(1, -1, 1, 1)
    return y


@answer("conv2d")
def shift_and_add(x, weight, bias=None, stride=1, padding=0):
    """Loops over the kernel's elements and adds up strided slices of the whole batch."""
    (sh, sw), (ph, pw) = both(stride), both(padding)
    if x.shape[1] != weight.shape[1]:
        raise ValueError("channels differ")
    if min(sh, sw) < 1:
        raise ValueError("stride")
    padded = x.new_zeros((*x.shape[:2], x.shape[2] + 2 * ph, x.shape[3] + 2 * pw))
    padded[:, :, ph : padded.shape[2] - ph, pw : padded.shape[3] - pw] = x
    kh, kw = weight.shape[2:]
    rows = (padded.shape[2] - kh) // sh + 1
    columns = (padded.shape[3] - kw) // sw + 1
    if rows < 1 or columns < 1:
        raise ValueError("kernel too large")
    y = 0
    for u in range(kh):
        for v in range(kw):
            part = padded[:, :, u : u + sh * (rows - 1) + 1 : sh, v : v + sw * (columns - 1) + 1 : sw]
            y = y + torch.tensordot(part, weight[:, :, u, v], dims=([1], [1])).permute(0, 3, 1, 2)
    return y if bias is None else y + bias[None, :, None, None]


@answer("conv2d")
def columns_and_matmul(x, weight, bias=None, stride=1, padding=0):
    """Unfolds the windows into the columns of a matrix and multiplies once."""
    (sh, sw), (ph, pw) = both(stride), both(padding)
    n, c_in, height, width = x.shape
    c_out, _, kh, kw = weight.shape
    if weight.shape[1] != c_in:
        raise ValueError(f"{weight.shape[1]} channels asked for, {c_in} given")
    if not (sh >= 1 and sw >= 1):
        raise ValueError("stride")
    if kh > height + 2 * ph or kw > width + 2 * pw:
        raise ValueError("kernel")
    cut = F.pad(x, (pw, pw, ph, ph)).unfold(2, kh, sh).unfold(3, kw, sw)
    rows, columns = cut.shape[2:4]
    matrix = cut.permute(0, 2, 3, 1, 4, 5).reshape(n * rows * columns, c_in * kh * kw)
    y = matrix @ weight.reshape(c_out, -1).T
    if bias is not None:
        y += bias
    return y.reshape(n, rows, columns, c_out).permute(0, 3, 1, 2)


@answer("conv2d")
def strided_view(x, weight, bias=None, stride=1, padding=0):
    """Shows the windows with as_strided."""
    (sh, sw), (ph, pw) = both(stride), both(padding)
    if x.shape[1] != weight.shape[1]:
        raise ValueError
    if sh < 1 or sw < 1:
        raise ValueError
    x = F.pad(x, (pw, pw, ph, ph)).contiguous()
    n, c, height, width = x.shape
    kh, kw = weight.shape[2:]
    if kh > height or kw > width:
        raise ValueError
    by_image, by_channel, by_row, by_column = x.stride()
    windows = x.as_strided(
        (n, c, (height - kh) // sh + 1, (width - kw) // sw + 1, kh, kw),
        (by_image, by_channel, by_row * sh, by_column * sw, by_row, by_column),
    )
    y = torch.tensordot(windows, weight, dims=([1, 4, 5], [1, 2, 3])).movedim(-1, 1)
    return y if bias is None else y + bias.unsqueeze(-1).unsqueeze(-1)


@answer("conv2d")
def index_arrays(x, weight, bias=None, stride=1, padding=0):
    """Gathers the windows with arrays of indices."""
    (sh, sw), (ph, pw) = both(stride), both(padding)
    c_out, c_in, kh, kw = weight.shape
    height, width = x.shape[2] + 2 * ph, x.shape[3] + 2 * pw
    if x.shape[1] != c_in or sh < 1 or sw < 1 or kh > height or kw > width:
        raise ValueError("these do not go together")
    tops = torch.arange(0, height - kh + 1, sh, device=x.device)
    lefts = torch.arange(0, width - kw + 1, sw, device=x.device)
    row = tops[:, None, None, None] + torch.arange(kh, device=x.device)[:, None]
    column = lefts[:, None, None] + torch.arange(kw, device=x.device)
    windows = F.pad(x, (pw, pw, ph, ph))[:, :, row, column]
    y = (windows.flatten(4).permute(0, 2, 3, 1, 4).flatten(3) @ weight.flatten(1).T).permute(0, 3, 1, 2)
    if bias is None:
        bias = torch.zeros(c_out, dtype=x.dtype, device=x.device)
    return y + bias.reshape(1, c_out, 1, 1)


@answer("conv2d")
def one_large_matrix(x, weight, bias=None, stride=1, padding=0):
    """Writes the layer as one matrix from pixels to outputs, through selections of rows and of columns."""
    (sh, sw), (ph, pw) = both(stride), both(padding)
    height, width = x.shape[2:]
    kh, kw = weight.shape[2:]
    if x.shape[1] != weight.shape[1]:
        raise ValueError("c_in")
    for step, kernel, room in ((sh, kh, height + 2 * ph), (sw, kw, width + 2 * pw)):
        if step < 1 or kernel > room:
            raise ValueError("stride or kernel")

    def selection(size, kernel, step, pad):
        outputs = torch.arange((size + 2 * pad - kernel) // step + 1, device=x.device)
        places = outputs[:, None] * step + torch.arange(kernel, device=x.device) - pad
        return (places[..., None] == torch.arange(size, device=x.device)).to(x.dtype)

    down, across = selection(height, kh, sh, ph), selection(width, kw, sw, pw)
    matrix = torch.einsum("iuy,jvx,ocuv->oijcyx", down, across, weight)
    y = torch.einsum("oijcyx,ncyx->noij", matrix, x)
    return y if bias is None else y + bias[:, None, None]


@answer("conv2d")
def by_fourier_transform(x, weight, bias=None, stride=1, padding=0):
    """Multiplies Fourier transforms and picks every so many elements."""
    (sh, sw), (ph, pw) = both(stride), both(padding)
    if x.shape[1] != weight.shape[1]:
        raise ValueError("channels")
    if sh < 1 or sw < 1:
        raise ValueError("stride")
    padded = F.pad(x, (pw, pw, ph, ph))
    height, width = padded.shape[2:]
    rows, columns = height - weight.shape[2] + 1, width - weight.shape[3] + 1
    if rows < 1 or columns < 1:
        raise ValueError("kernel")
    image = torch.fft.rfft2(padded)
    kernel = torch.fft.rfft2(weight, s=(height, width)).conj()
    y = torch.fft.irfft2(torch.einsum("nchw,ochw->nohw", image, kernel), s=(height, width))
    y = y[:, :, :rows:sh, :columns:sw]
    return y if bias is None else y + bias.view(-1, 1, 1)


@answer("conv2d")
def mapped(x, weight, bias=None, stride=1, padding=0):
    """Writes one image and one kernel, and maps it over the batch and the output channels."""
    (sh, sw), (ph, pw) = both(stride), both(padding)
    kh, kw = weight.shape[2:]
    if x.shape[1] != weight.shape[1] or sh < 1 or sw < 1:
        raise ValueError("channels or stride")
    if kh > x.shape[2] + 2 * ph or kw > x.shape[3] + 2 * pw:
        raise ValueError("kernel")

    def one(image, kernel):
        windows = image.unfold(1, kh, sh).unfold(2, kw, sw)
        return (windows * kernel[:, None, None]).sum(dim=(0, 3, 4))

    over_kernels = torch.vmap(one, in_dims=(None, 0))
    y = torch.vmap(over_kernels, in_dims=(0, None))(F.pad(x, (pw, pw, ph, ph)), weight)
    return y if bias is None else y + bias.reshape(-1, 1, 1)


@answer("conv2d")
def channel_by_channel(x, weight, bias=None, stride=1, padding=0):
    """Adds one input channel at a time, starts from the bias, and frames the image with concatenated zeros."""
    (sh, sw), (ph, pw) = both(stride), both(padding)
    n, c_in, height, width = x.shape
    c_out, wanted, kh, kw = weight.shape
    if c_in != wanted:
        raise ValueError("channels")
    if sh < 1 or sw < 1:
        raise ValueError("stride")
    if height + 2 * ph - kh < 0 or width + 2 * pw - kw < 0:
        raise ValueError("size")
    strip = x.new_zeros(n, c_in, ph, width)
    x = torch.cat([strip, x, strip], dim=2)
    strip = x.new_zeros(n, c_in, height + 2 * ph, pw)
    x = torch.cat([strip, x, strip], dim=3)
    rows, columns = (height + 2 * ph - kh) // sh + 1, (width + 2 * pw - kw) // sw + 1
    y = x.new_zeros(n, c_out, rows, columns)
    if bias is not None:
        y = y + bias.reshape(1, -1, 1, 1)
    for c in range(c_in):
        windows = x[:, c].unfold(1, kh, sh).unfold(2, kw, sw)
        y = y + torch.einsum("nijuv,ouv->noij", windows, weight[:, c])
    return y


# corr2d


@answer("corr2d")
def two_loops(x, k):
    """Fills a result of zeros, window by window."""
    kh, kw = k.shape
    y = torch.zeros((x.shape[0] - kh + 1, x.shape[1] - kw + 1), dtype=x.dtype, device=x.device)
    for i in range(y.shape[0]):
        for j in range(y.shape[1]):
            y[i, j] = (x[i : i + kh, j : j + kw] * k).sum()
    return y


@answer("corr2d")
def shifted_pictures(x, k):
    """Adds up one shifted picture per weight."""
    rows, columns = x.shape[0] - k.shape[0] + 1, x.shape[1] - k.shape[1] + 1
    y = 0
    for u, row in enumerate(k):
        for v, weight in enumerate(row):
            y = y + weight * x[u : u + rows, v : v + columns]
    return y


@answer("corr2d")
def lists_of_sums(x, k):
    """Stacks sums in nested lists."""
    (height, width), (kh, kw) = x.shape, k.shape
    return torch.stack(
        [
            torch.stack([torch.sum(x[i : i + kh, j : j + kw] * k) for j in range(width - kw + 1)])
            for i in range(height - kh + 1)
        ]
    )


@answer("corr2d")
def windows_as_rows(x, k):
    """Multiplies a matrix of windows with the kernel as a vector."""
    kh, kw = k.shape
    seen = x.unfold(0, kh, 1).unfold(1, kw, 1)
    return seen.reshape(-1, kh * kw).matmul(k.reshape(-1)).view(seen.shape[:2])


@answer("corr2d")
def strides_of_memory(x, k):
    """Shows the windows with as_strided, in float64 throughout."""
    (height, width), (kh, kw) = x.shape, k.shape
    x64 = x.double().contiguous()
    seen = x64.as_strided((height - kh + 1, width - kw + 1, kh, kw), (width, 1, width, 1))
    return torch.tensordot(seen, k.double(), dims=2).to(x.dtype)


@answer("corr2d")
def wrapped_and_cut(x, k):
    """Rolls the picture and cuts off where it went round."""
    total = torch.zeros_like(x)
    for u in range(k.shape[0]):
        for v in range(k.shape[1]):
            total += k[u, v] * torch.roll(x, (-u, -v), dims=(0, 1))
    return total[: x.shape[0] - k.shape[0] + 1, : x.shape[1] - k.shape[1] + 1]


# conv_output_shape


@answer("conv_output_shape")
def counted_places(size, kernel, stride=1, padding=0):
    """Counts the places with range, and returns a list."""
    result = []
    for axis in (0, 1):
        n, k, s, p = (v if isinstance(v, int) else v[axis] for v in (size, kernel, stride, padding))
        if s <= 0:
            raise ValueError("stride")
        count = len(range(-p, n + p - k + 1, s))
        if count == 0:
            raise ValueError("kernel")
        result.append(count)
    return result


@answer("conv_output_shape")
def with_math_floor(size, kernel, stride=1, padding=0):
    """Divides with / and rounds with math.floor."""
    import math

    def pair(value):
        return (value, value) if type(value) is int else value

    (h, w), (kh, kw), (sh, sw), (ph, pw) = pair(size), pair(kernel), pair(stride), pair(padding)
    if sh < 1 or sw < 1:
        raise ValueError("strides start at 1")
    out_h = math.floor((h + 2 * ph - kh) / sh) + 1
    out_w = math.floor((w + 2 * pw - kw) / sw) + 1
    if out_h <= 0 or out_w <= 0:
        raise ValueError("too small")
    return (out_h, out_w)


@answer("conv_output_shape")
def with_numpy(size, kernel, stride=1, padding=0):
    """Broadcasts with NumPy, and returns NumPy's integers."""
    import numpy as np

    n, k, s, p = (np.broadcast_to(np.asarray(v), 2) for v in (size, kernel, stride, padding))
    if (s < 1).any():
        raise ValueError("stride")
    if (k > n + 2 * p).any():
        raise ValueError("kernel")
    height, width = (n + 2 * p - k) // s + 1
    return height, width


@answer("conv_output_shape")
def as_a_named_tuple(size, kernel, stride=1, padding=0):
    """Returns a NamedTuple of what divmod says."""
    from collections import namedtuple

    Shape = namedtuple("Shape", "height width")

    def one(n, k, s, p):
        if s < 1:
            raise ValueError(s)
        steps, _ = divmod(n + 2 * p - k, s)
        if steps < 0:
            raise ValueError(k)
        return steps + 1

    size, kernel, stride, padding = (
        v if hasattr(v, "__len__") else [v] * 2 for v in (size, kernel, stride, padding)
    )
    return Shape(*[one(*numbers) for numbers in zip(size, kernel, stride, padding, strict=True)])


@answer("conv_output_shape")
def asked_of_an_empty_tensor(size, kernel, stride=1, padding=0):
    """Unfolds a tensor without values and reads off its size."""
    size, kernel, stride, padding = (
        v if isinstance(v, tuple) else (v,) * 2 for v in (size, kernel, stride, padding)
    )
    shape = []
    for n, k, s, p in zip(size, kernel, stride, padding, strict=True):
        if s < 1 or n + 2 * p < k:
            raise ValueError("no place for the kernel")
        shape.append(torch.empty(1).expand(n + 2 * p).unfold(0, k, s).size(0))
    return tuple(shape)


# true_convolution2d


@answer("true_convolution2d")
def calls_corr2d(x, k):
    """Calls corr2d with a kernel turned twice by 90°."""
    return corr2d(x, torch.rot90(k, 2))


@answer("true_convolution2d")
def adds_up_copies_of_the_kernel(x, k):
    """Puts a copy of the kernel under each pixel and cuts the inner part out."""
    (height, width), (kh, kw) = x.shape, k.shape
    full = x.new_zeros(height + kh - 1, width + kw - 1)
    for i in range(height):
        for j in range(width):
            full[i : i + kh, j : j + kw] = full[i : i + kh, j : j + kw] + x[i, j] * k
    return full[kh - 1 : height, kw - 1 : width]


@answer("true_convolution2d")
def with_fourier_transforms(x, k):
    """Multiplies Fourier transforms: convolution becomes a product."""
    height, width = x.shape
    y = torch.fft.irfft2(torch.fft.rfft2(x) * torch.fft.rfft2(k, s=(height, width)), s=(height, width))
    return y[k.shape[0] - 1 :, k.shape[1] - 1 :]


@answer("true_convolution2d")
def indices_that_count_down(x, k):
    """Loops over the windows with a kernel indexed from its end."""
    kh, kw = k.shape
    turned = torch.stack([k[kh - 1 - u, torch.arange(kw - 1, -1, -1, device=k.device)] for u in range(kh)])
    rows = [
        torch.stack([(x[i : i + kh, j : j + kw] * turned).sum() for j in range(x.shape[1] - kw + 1)])
        for i in range(x.shape[0] - kh + 1)
    ]
    return torch.stack(rows)


@answer("true_convolution2d")
def reshaped_and_reversed(x, k):
    """Reverses the kernel as a vector, which turns it by 180°."""
    seen = x.unfold(0, k.shape[0], 1).unfold(1, k.shape[1], 1).flatten(2)
    return seen @ k.flatten().flip(0)


def corr2d(x, k):
    return torch.einsum("ijuv,uv->ij", x.unfold(0, k.shape[0], 1).unfold(1, k.shape[1], 1), k)


# conv1x1


@answer("conv1x1")
def matmul_over_flat_pixels(x, weight, bias=None):
    """Multiplies weight with (n, c_in, pixels)."""
    n, _, h, w = x.shape
    y = weight @ x.flatten(2)
    if bias is not None:
        y = y + bias.unsqueeze(1)
    return y.reshape(n, -1, h, w)


@answer("conv1x1")
def linear_with_channels_last(x, weight, bias=None):
    """Moves the channels to the end and applies torch's linear layer."""
    return F.linear(x.permute(0, 2, 3, 1), weight, bias).permute(0, 3, 1, 2)


@answer("conv1x1")
def channels_one_by_one(x, weight, bias=None):
    """Builds each output channel as a sum over input channels."""
    channels = []
    for o in range(len(weight)):
        total = sum(weight[o, c] * x[:, c] for c in range(x.shape[1]))
        channels.append(total if bias is None else total + bias[o])
    return torch.stack(channels, 1)


@answer("conv1x1")
def broadcast_and_summed(x, weight, bias=None):
    """Broadcasts all products and sums over the input channels."""
    y = (x.unsqueeze(1) * weight[None, :, :, None, None]).sum(2)
    if bias is not None:
        y += bias.view(1, -1, 1, 1)
    return y


@answer("conv1x1")
def tensordot_and_move(x, weight, bias=None):
    """Uses tensordot, with zeros for a missing bias."""
    bias = torch.zeros(weight.shape[0], dtype=x.dtype, device=x.device) if bias is None else bias
    return (torch.tensordot(x, weight, dims=([1], [1])) + bias).movedim(3, 1)


@answer("conv1x1")
def as_the_layer_above(x, weight, bias=None):
    """Is written as the general layer with windows of one pixel."""
    seen = x.unfold(2, 1, 1).unfold(3, 1, 1)
    y = torch.einsum("nchwij,ocij->nohw", seen, weight.reshape(*weight.shape, 1, 1))
    return y if bias is None else torch.add(y, bias[:, None, None])


# pool2d


@answer("pool2d")
def loops_over_windows(x, size, stride=None, padding=0, mode="max"):
    """Loops over the places, with windows cut off at the rim."""
    if mode != "max" and mode != "avg":
        raise ValueError(mode)
    kh, kw = both(size)
    sh, sw = (kh, kw) if stride is None else both(stride)
    ph, pw = both(padding)
    n, c, height, width = x.shape
    if height + 2 * ph < kh or width + 2 * pw < kw:
        raise ValueError("window")
    rows, columns = (height + 2 * ph - kh) // sh + 1, (width + 2 * pw - kw) // sw + 1
    y = torch.empty((n, c, rows, columns), dtype=x.dtype, device=x.device)
    for i in range(rows):
        for j in range(columns):
            top, left = i * sh - ph, j * sw - pw
            window = x[:, :, max(top, 0) : top + kh, max(left, 0) : left + kw]
            if mode == "max":
                y[:, :, i, j] = window.flatten(2).max(dim=2)[0]
            else:
                y[:, :, i, j] = window.sum(dim=(2, 3)) / (kh * kw)
    return y


@answer("pool2d")
def strided_slices(x, size, stride=None, padding=0, mode="max"):
    """Takes the running maximum, or the sum, of strided slices."""
    if mode not in {"max", "avg"}:
        raise ValueError("unknown mode")
    stride = size if stride is None else stride
    (kh, kw), (sh, sw), (ph, pw) = both(size), both(stride), both(padding)
    framed = F.pad(x, (pw, pw, ph, ph), value=torch.finfo(x.dtype).min if mode == "max" else 0)
    rows, columns = (framed.shape[2] - kh) // sh + 1, (framed.shape[3] - kw) // sw + 1
    if rows < 1 or columns < 1:
        raise ValueError("the window is too large")
    y = None
    for u in range(kh):
        for v in range(kw):
            part = framed[:, :, u : u + sh * (rows - 1) + 1 : sh, v : v + sw * (columns - 1) + 1 : sw]
            if y is None:
                y = part
            else:
                y = torch.maximum(y, part) if mode == "max" else y + part
    return y if mode == "max" else y / (kh * kw)


@answer("pool2d")
def one_axis_after_the_other(x, size, stride=None, padding=0, mode="max"):
    """Pools the height, then the width."""
    reduce = {"max": lambda w: w.max(-1).values, "avg": lambda w: w.mean(-1)}.get(mode)
    if reduce is None:
        raise ValueError(f"no mode {mode}")
    (kh, kw), (ph, pw) = both(size), both(padding)
    sh, sw = (kh, kw) if stride is None else both(stride)
    if x.shape[2] + 2 * ph < kh or x.shape[3] + 2 * pw < kw:
        raise ValueError("size")
    x = F.pad(x, (pw, pw, ph, ph), value=-float("inf") if mode == "max" else 0.0)
    return reduce(reduce(x.unfold(2, kh, sh)).unfold(3, kw, sw))


@answer("pool2d")
def windows_flattened(x, size, stride=None, padding=0, mode="max"):
    """Sorts the flattened windows, or divides their sum."""
    (kh, kw), (ph, pw) = both(size), both(padding)
    sh, sw = both(size if stride is None else stride)
    shape = (*x.shape[:2], x.shape[2] + 2 * ph, x.shape[3] + 2 * pw)
    if kh > shape[2] or kw > shape[3]:
        raise ValueError
    if mode == "max":
        framed = torch.full(shape, float("-inf"), dtype=x.dtype, device=x.device)
    elif mode == "avg":
        framed = torch.zeros(shape, dtype=x.dtype, device=x.device)
    else:
        raise ValueError
    framed[..., ph : shape[2] - ph, pw : shape[3] - pw] = x
    seen = framed.unfold(2, kh, sh).unfold(3, kw, sw).flatten(4)
    return seen.sort(-1).values[..., -1] if mode == "max" else seen.sum(-1) / seen.shape[-1]


@answer("pool2d")
def gathered_with_a_mask(x, size, stride=None, padding=0, mode="max"):
    """Gathers windows by index and masks what lies outside of the image."""
    if mode not in ("max", "avg"):
        raise ValueError("mode")
    (kh, kw), (ph, pw) = both(size), both(padding)
    sh, sw = (kh, kw) if not stride else both(stride)
    height, width = x.shape[2:]
    if height + 2 * ph < kh or width + 2 * pw < kw:
        raise ValueError("no window fits")
    tops = torch.arange(-ph, height + ph - kh + 1, sh, device=x.device)
    lefts = torch.arange(-pw, width + pw - kw + 1, sw, device=x.device)
    row = tops[:, None, None, None] + torch.arange(kh, device=x.device)[:, None]
    column = lefts[:, None, None] + torch.arange(kw, device=x.device)
    outside = (row < 0) | (row >= height) | (column < 0) | (column >= width)
    seen = x[:, :, row.clamp(0, height - 1), column.clamp(0, width - 1)]
    if mode == "max":
        return seen.masked_fill(outside, float("-inf")).flatten(4).amax(-1)
    return seen.masked_fill(outside, 0).flatten(4).mean(-1)


@answer("pool2d")
def average_as_a_layer(x, size, stride=None, padding=0, mode="max"):
    """Takes averages as a product with a kernel of equal weights, in float64."""
    (kh, kw), (ph, pw) = both(size), both(padding)
    sh, sw = both(stride or size)
    if mode not in ("max", "avg"):
        raise ValueError("mode is max or avg")
    if kh - 2 * ph > x.size(2) or kw - 2 * pw > x.size(3):
        raise ValueError("size")
    rim = 0.0 if mode == "avg" else float("-inf")
    seen = F.pad(x.double(), (pw, pw, ph, ph), value=rim).unfold(2, kh, sh).unfold(3, kw, sw)
    if mode == "avg":
        weights = torch.full((kh, kw), 1 / (kh * kw), dtype=torch.float64, device=x.device)
        return torch.einsum("nchwuv,uv->nchw", seen, weights).to(x.dtype)
    return seen.max(-1)[0].max(-1)[0].to(x.dtype)


# receptive_field


@answer("receptive_field")
def from_the_output_back(layers):
    """Walks from the output to the input: what an element needs of the layer before."""
    field = 1
    for kernel, stride in reversed(layers):
        field = (field - 1) * stride + kernel
    return field


@answer("receptive_field")
def with_math_prod(layers):
    """Writes the formula as it stands."""
    import math

    return 1 + sum((layers[i][0] - 1) * math.prod(s for _, s in layers[:i]) for i in range(len(layers)))


@answer("receptive_field")
def with_cumulated_products(layers):
    """Uses NumPy's products."""
    import numpy as np

    kernels, strides = np.array(layers, dtype=np.int64).T
    steps = np.concatenate([[1], np.cumprod(strides)[:-1]])
    return np.dot(kernels - 1, steps) + 1


@answer("receptive_field")
def first_and_last_pixel(layers):
    """Follows the first and the last pixel that element 0 depends on."""
    first = last = 0
    for kernel, stride in layers[::-1]:
        first, last = first * stride, last * stride + (kernel - 1)
    return last - first + 1


@answer("receptive_field")
def with_reduce(layers):
    """Carries field and step along with functools.reduce."""
    from functools import reduce

    def wider(state, layer):
        return state[0] + (layer[0] - 1) * state[1], state[1] * layer[1]

    return reduce(wider, layers, (1, 1))[0]


@answer("receptive_field")
def with_recursion(layers):
    """Takes the first layer off and scales what the rest sees."""
    if not layers:
        return 1
    (kernel, stride), *rest = layers
    return kernel + stride * (with_a_loop(rest) - 1)


def with_a_loop(layers):
    field = 1
    for kernel, stride in list(layers)[::-1]:
        field = field * stride - stride + kernel
    return field

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

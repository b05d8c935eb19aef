"""The well-known corpora that need the network: fetched once, checked, kept, and read into plain data.

    from autograder.corpora import fashion_mnist, tatoeba_pairs, time_machine

Files are kept in `$AUTOGRADER_DATA`, else in the user's cache folder. `python -m autograder.corpora` fetches them all.

How far a file is to be trusted: what is fetched must have the checksum that is pinned here. Fashion-MNIST's are
SHA-256. For the other two only a SHA-1 is published, which tells damage and casual changes, but which a determined forger
can meet; so the SHA-256 of the first download is recorded beside the files and asked for ever after (trust on
first use). A resource without any pinned checksum is trusted on first use alone. The course itself does not depend on this:
its units read the data in `source_data/`, which needs no network.
"""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import json
import os
import re
import struct
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import requests
import torch
from filelock import FileLock
from platformdirs import user_cache_path
from tqdm import tqdm

from autograder.errors import AutograderError
from autograder.files import write_whole

RECORDED = "checksums.json"
MAX_BYTES = 512 << 20
CHUNK = 1 << 14
TRIES = 4
TIMEOUT = (10.0, 30.0)
D2L = ("https://d2l-data.s3-accelerate.amazonaws.com/", "http://d2l-data.s3-accelerate.amazonaws.com/")
ZALANDO = (
    "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
    "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
)


class DataError(AutograderError):
    """Report data that cannot be fetched, or that is not what it should be."""


class Interrupted(Exception):
    """Tell that a transfer ended early, and whether trying again may help."""

    def __init__(self, why: str, again: bool = True) -> None:
        super().__init__(why)
        self.again = again


@dataclass(frozen=True)
class Resource:
    """Describe a file to be fetched: where it is, its checksum as `algorithm:digest` where one is known, its terms."""

    name: str
    urls: tuple[str, ...]
    checksum: str = ""
    terms: str = ""


def _fashion(name: str, digest: str) -> Resource:
    return Resource(
        f"fashion-{name}", tuple(base + name for base in ZALANDO), f"sha256:{digest}", "MIT, Zalando SE"
    )


TIME_MACHINE = Resource(
    "timemachine.txt",
    tuple(f"{base}timemachine.txt" for base in D2L),
    "sha1:090b5e7e70c295757f55df93cb0a180b9691891a",
    "public domain",
)
TATOEBA = Resource(
    "fra-eng.zip",
    tuple(f"{base}fra-eng.zip" for base in D2L),
    "sha1:94646ad1522d915e7b0f9296181140edcf86a4f5",
    "CC BY 2.0 FR, tatoeba.org",
)
FASHION = {
    (True, "images"): _fashion(
        "train-images-idx3-ubyte.gz", "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84"
    ),
    (True, "labels"): _fashion(
        "train-labels-idx1-ubyte.gz", "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845"
    ),
    (False, "images"): _fashion(
        "t10k-images-idx3-ubyte.gz", "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073"
    ),
    (False, "labels"): _fashion(
        "t10k-labels-idx1-ubyte.gz", "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5"
    ),
}
FASHION_CLASSES = (
    "T-shirt/top",
    "trouser",
    "pullover",
    "dress",
    "coat",
    "sandal",
    "shirt",
    "sneaker",
    "bag",
    "ankle boot",
)


def time_machine(resource: Resource = TIME_MACHINE) -> str:
    """Return the text of *The Time Machine* (H. G. Wells, 1895; public domain), as it stands in the file."""
    return _text(fetch(resource).read_bytes(), resource.name)


def tatoeba_pairs(resource: Resource = TATOEBA) -> list[tuple[str, str]]:
    """Return English and French sentences (tatoeba.org, CC BY 2.0 FR) in the form of `source_data/pairs/eng-fra.tsv`.

    Lower case, tokens separated by spaces, punctuation and what French elides on its own.
    """
    path = fetch(resource)
    try:
        with zipfile.ZipFile(path) as archive:
            [member] = [name for name in archive.namelist() if name.rsplit("/", 1)[-1] == "fra.txt"]
            text = _text(archive.read(member), resource.name)
    except (zipfile.BadZipFile, ValueError) as error:
        raise _damaged(path, f"no archive with one fra.txt ({error})") from None
    return parse_pairs(text)


def parse_pairs(text: str) -> list[tuple[str, str]]:
    """Split lines `English TAB French [TAB ...]` into pairs of tokenised sentences; other lines are left out."""
    rows = (line.split("\t") for line in text.splitlines())
    return [(tokenised(row[0]), tokenised(row[1])) for row in rows if len(row) >= 2 and row[0] and row[1]]


def tokenised(sentence: str) -> str:
    """Return a sentence in lower case with its tokens apart."""
    sentence = re.sub(r"\s+", " ", sentence.lower().replace("’", "'"))
    sentence = re.sub(r"([.,!?;:…«»\"()])", r" \1 ", sentence)
    sentence = re.sub(r"\b([cdjlmnst]|qu|jusqu|lorsqu|puisqu)'(?=\w)", r"\1' ", sentence)
    return " ".join(sentence.split())


def fashion_mnist(train: bool = True) -> tuple[torch.Tensor, torch.Tensor]:
    """Return Fashion-MNIST (Zalando, MIT): images `(n, 1, 28, 28)`, float32 from 0 to 1, and labels `(n,)`, int64.

    `n` is 60,000 for training and 10,000 for testing; `FASHION_CLASSES` names the labels.
    """
    images = read_idx(fetch(FASHION[train, "images"]))
    labels = read_idx(fetch(FASHION[train, "labels"]))
    if images.dim() != 3 or len(images) != len(labels):
        raise DataError(
            f"Fashion-MNIST: {tuple(images.shape)} images, {tuple(labels.shape)} labels; fetch it again"
        )
    return images.unsqueeze(1).to(torch.float32) / 255, labels.to(torch.int64)


def read_idx(path: Path) -> torch.Tensor:
    """Read a gzipped IDX file of bytes: two zeros, the type 8, the number of axes, their sizes, the bytes."""
    try:
        data = gzip.decompress(path.read_bytes())
        zeros, kind, axes = struct.unpack_from(">HBB", data)
        shape = struct.unpack_from(f">{axes}I", data, 4)
    except (OSError, EOFError, struct.error, ValueError) as error:
        raise _damaged(path, str(error)) from None
    body = data[4 + 4 * axes :]
    count = 1
    for size in shape:
        count *= size
    if zeros != 0 or kind != 8 or len(body) != count:
        raise _damaged(path, "no IDX file of bytes, or of another length than it says")
    return torch.frombuffer(bytearray(body), dtype=torch.uint8).reshape(shape)


def _text(data: bytes, name: str) -> str:
    try:
        return data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise DataError(f"{name}: {error}; delete it from {data_folder()} and fetch it again") from None


def _damaged(path: Path, why: str) -> DataError:
    return DataError(f"{path}: {why}; delete the file and run this again to fetch it anew")


def data_folder() -> Path:
    """Return the folder that fetched files are kept in: `$AUTOGRADER_DATA`, else the user's cache folder."""
    given = os.environ.get("AUTOGRADER_DATA")
    return Path(given).expanduser() if given else user_cache_path("autograder") / "data"


def fetch(resource: Resource, folder: Path | None = None) -> Path:
    """Return the path of a resource, which is fetched where it is not kept yet; its checksum is asked for each time.

    An interrupted download goes on where it stopped. Raise `DataError` where the file cannot be had, or is another.
    """
    folder = folder or data_folder()
    target = folder / resource.name
    try:
        if not target.is_file():
            folder.mkdir(parents=True, exist_ok=True)
            with FileLock(folder / f"{resource.name}.lock"):
                if not target.is_file():
                    _fetch(resource, folder, target)
                    return target
        if problem := wrong_checksum(resource, target, folder):
            raise _damaged(target, problem)
        with contextlib.suppress(OSError):  # a folder that is filled already may be read-only
            record(resource, target, folder)
    except OSError as error:
        raise DataError(
            f"{folder}: {error.strerror or error}; name a folder that can be written with AUTOGRADER_DATA"
        ) from None
    return target


def _fetch(resource: Resource, folder: Path, target: Path) -> None:
    """Fetch a resource from the first of its addresses that has the right file."""
    part = folder / f"{resource.name}.part"
    problems: list[str] = []
    for url in resource.urls:
        resumed = part.is_file()
        problem = download(url, part)
        if problem is None:
            problem = wrong_checksum(resource, part, folder)
            if problem and resumed:  # what was there may have been of another version
                part.unlink()
                problem = download(url, part) or wrong_checksum(resource, part, folder)
            if problem is None:
                record(resource, part, folder)
                os.replace(part, target)
                return
            part.unlink(missing_ok=True)
        problems.append(f"{url}: {problem}")
    raise DataError(
        f"{resource.name} could not be fetched ({'; '.join(problems)}); connect to the network and run this again, "
        f"or put the file at {target}. Until then, the data that comes with the course needs no network."
    )


def download(url: str, part: Path) -> str | None:
    """Fetch a URL into a file, going on after what it holds; return why not where that fails."""
    why = ""
    for _ in range(TRIES):
        before = part.stat().st_size if part.exists() else 0
        try:
            _transfer(url, part, before)
            return None
        except Interrupted as error:
            why = str(error)
            if not error.again:
                return why
        after = part.stat().st_size if part.exists() else 0
        if after == before:  # no progress: the next try would end like this one
            return why
    return why


def _transfer(url: str, part: Path, start: int) -> None:
    """Append what a server has of a URL after `start` bytes; begin anew where it will not send a part."""
    headers = {"Accept-Encoding": "identity"}
    if start:
        headers["Range"] = f"bytes={start}-"
    try:
        with requests.get(url, headers=headers, stream=True, timeout=TIMEOUT) as reply:
            if reply.status_code == 416:  # the part is as long as the file, or longer
                whole = _number(r"bytes \*/(\d+)", reply.headers.get("Content-Range"))
                if whole != start:
                    part.unlink()
                    raise Interrupted("the server's file has another length than the part that is here")
                return
            if reply.status_code not in (200, 206):
                raise Interrupted(f"the server says {reply.status_code} {reply.reason}", again=False)
            goes_on = (
                reply.status_code == 206
                and _number(r"bytes (\d+)-", reply.headers.get("Content-Range")) == start
            )
            first = start if goes_on else 0
            length = _number(r"(\d+)$", reply.headers.get("Content-Length"))
            with part.open("ab" if goes_on else "wb") as file:
                for chunk in _shown(reply, url, first, length):
                    file.write(chunk)
                    if file.tell() > MAX_BYTES:
                        raise Interrupted(f"it is larger than {MAX_BYTES >> 20} MiB", again=False)
                if length is not None and file.tell() != first + length:
                    raise Interrupted(f"the connection ended after {file.tell()} bytes")
    except requests.RequestException as error:
        raise Interrupted(_reason(error)) from None


def _shown(reply: requests.Response, url: str, first: int, length: int | None) -> Iterator[bytes]:
    """Yield the chunks of a reply while a progress bar counts them; no bar where nobody looks at a terminal."""
    total = None if length is None else first + length
    with tqdm(
        total=total, initial=first, unit="B", unit_scale=True, desc=url.rsplit("/", 1)[-1], disable=None
    ) as bar:
        for chunk in reply.iter_content(CHUNK):
            yield chunk
            bar.update(len(chunk))


def _number(pattern: str, text: str | None) -> int | None:
    match = re.match(pattern, text or "")
    return int(match.group(1)) if match else None


def _reason(error: requests.RequestException) -> str:
    """Say in few words why a request failed."""
    match error:
        case requests.exceptions.ProxyError():
            return "the proxy cannot be reached"
        case requests.exceptions.SSLError():
            return "no secure connection"
        case requests.exceptions.Timeout():
            return "no answer in time"
        case requests.exceptions.ChunkedEncodingError():
            return "the connection was cut"
        case requests.exceptions.ConnectionError():
            return "no connection"
    return type(error).__name__


def checksum(path: Path, algorithm: str) -> str:
    """Return the hexadecimal digest of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, algorithm).hexdigest()


def wrong_checksum(resource: Resource, path: Path, folder: Path) -> str | None:
    """Say how a file differs from the pinned checksum, or from the one recorded at first use; None where it does not."""
    algorithm, _, pinned = resource.checksum.partition(":")
    if pinned and (found := checksum(path, algorithm)) != pinned:
        return f"its {algorithm.upper()} is {found}, not {pinned}"
    known = recorded(folder).get(resource.name)
    if known and algorithm != "sha256" and (found := checksum(path, "sha256")) != known:
        return f"its SHA256 is {found}, not {known} as when it was first fetched (see {folder / RECORDED})"
    return None


def recorded(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of each file's first download."""
    try:
        data = json.loads((folder / RECORDED).read_text(encoding="utf-8"))
        return {str(name): str(digest) for name, digest in data.items()}
    except (OSError, ValueError, AttributeError):
        return {}


def record(resource: Resource, path: Path, folder: Path) -> None:
    """Record a file's SHA-256 where none is known yet."""
    if resource.checksum.startswith("sha256:") or resource.name in recorded(folder):
        return
    digest = checksum(path, "sha256")
    with FileLock(folder / f"{RECORDED}.lock"):
        known = {**recorded(folder), resource.name: digest}
        write_whole(folder / RECORDED, json.dumps(known, indent=1, sort_keys=True) + "\n")


def main() -> None:
    """Fetch every corpus, for a machine that will be without network later."""
    failed = False
    for resource in (TIME_MACHINE, TATOEBA, *FASHION.values()):
        try:
            print(f"{fetch(resource)}  ({resource.terms})")
        except DataError as error:
            failed = True
            print(f"error: {error}", file=sys.stderr)
    raise SystemExit(1 if failed else 0)


if __name__ == "__main__":
    main()

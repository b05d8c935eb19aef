"""Fetching corpora: from a server on this machine that cuts, lies, forgets and goes away."""

import gzip
import hashlib
import http.server
import io
import json
import socket
import struct
import threading
import zipfile

import pytest
import torch

from autograder import corpora
from autograder.corpora import DataError, Resource, fetch

BODY = bytes(range(256)) * 1200


class Server(http.server.ThreadingHTTPServer):
    """Serve files from a dictionary, with faults: how each is served is said by `behave`."""

    daemon_threads = True

    def __init__(self):
        self.files, self.asked, self.cut, self.ranges, self.status = {}, [], None, True, 200
        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_address[1]}/"


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        server, wanted = self.server, self.headers.get("Range")
        server.asked.append(wanted)
        body = server.files.get(self.path.lstrip("/"))
        if server.status != 200 or body is None:
            self.send_error(server.status if server.status != 200 else 404)
            return
        start = 0
        if wanted and server.ranges:
            start = int(wanted.removeprefix("bytes=").rstrip("-"))
            if start >= len(body):
                self.send_response(416)
                self.send_header("Content-Range", f"bytes */{len(body)}")
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {start}-{len(body) - 1}/{len(body)}")
        else:
            self.send_response(200)
        self.send_header("Content-Length", str(len(body) - start))
        self.end_headers()
        sent = body[start:]
        if server.cut is not None:
            sent, server.cut = sent[: server.cut], None
        self.wfile.write(sent)

    def log_message(self, *arguments):
        pass


@pytest.fixture
def server():
    server = Server()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("AUTOGRADER_DATA", str(tmp_path / "data"))
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    return tmp_path / "data"


@pytest.fixture
def resource(server):
    server.files["file.bin"] = BODY
    return Resource("file.bin", (server.url + "file.bin",), f"sha256:{hashlib.sha256(BODY).hexdigest()}")


def nobody():
    """Return an address at which nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{taken.getsockname()[1]}/"


def test_a_file_is_fetched_once_and_kept(server, resource, folder):
    path = fetch(resource)
    assert path == folder / "file.bin" and path.read_bytes() == BODY
    assert fetch(resource) == path
    assert server.asked == [None]
    assert not (folder / "file.bin.part").exists()


def test_a_cut_download_goes_on_where_it_stopped(server, resource):
    server.cut = 100_000
    assert fetch(resource).read_bytes() == BODY
    whole, rest = server.asked
    assert whole is None and 0 < int(rest.removeprefix("bytes=").rstrip("-")) <= 100_000


def test_a_download_goes_on_in_a_later_run(server, resource, folder):
    folder.mkdir()
    (folder / "file.bin.part").write_bytes(BODY[:5000])
    assert fetch(resource).read_bytes() == BODY
    assert server.asked == ["bytes=5000-"]


def test_a_part_that_is_whole_already_is_taken(server, resource, folder):
    folder.mkdir()
    (folder / "file.bin.part").write_bytes(BODY)
    assert fetch(resource).read_bytes() == BODY


@pytest.mark.parametrize("stale", [b"of another version" * 100, BODY + b"too long"])
def test_a_part_of_another_file_is_thrown_away(server, resource, folder, stale):
    folder.mkdir()
    (folder / "file.bin.part").write_bytes(stale)
    assert fetch(resource).read_bytes() == BODY


def test_a_server_without_ranges_is_asked_for_all_of_it(server, resource):
    server.cut, server.ranges = 100_000, False
    assert fetch(resource).read_bytes() == BODY


def test_a_wrong_checksum_is_refused_and_nothing_is_kept(server, resource, folder):
    server.files["file.bin"] = BODY[:-1] + b"x"
    with pytest.raises(DataError, match=r"its SHA256 is .*, not .*run this again"):
        fetch(resource)
    assert [path.name for path in folder.iterdir() if path.suffix != ".lock"] == []


def test_a_kept_file_that_changed_is_refused(resource):
    path = fetch(resource)
    path.write_bytes(b"changed")
    with pytest.raises(DataError, match="delete the file and run this again"):
        fetch(resource)


def test_the_second_address_is_tried_where_the_first_fails(server, resource):
    both = Resource(resource.name, (nobody() + "file.bin", *resource.urls), resource.checksum)
    assert fetch(both).read_bytes() == BODY


def test_without_network_the_error_says_what_to_do(folder):
    away = Resource("file.bin", (nobody() + "file.bin",), "sha256:00")
    with pytest.raises(DataError) as caught:
        fetch(away)
    text = str(caught.value)
    assert "no connection" in text and "connect to the network and run this again" in text
    assert str(folder / "file.bin") in text


def test_what_was_fetched_is_read_without_network(server, resource):
    path = fetch(resource)
    away = Resource(resource.name, (nobody() + "file.bin",), resource.checksum)
    assert fetch(away) == path


@pytest.mark.parametrize("status", [403, 404, 500])
def test_a_refusal_of_the_server_is_said(server, resource, status):
    server.status = status
    with pytest.raises(DataError, match=f"the server says {status}"):
        fetch(resource)
    assert len(server.asked) == 1


def test_too_large_a_file_is_not_taken(resource, monkeypatch):
    monkeypatch.setattr(corpora, "MAX_BYTES", 100_000)
    with pytest.raises(DataError, match="it is larger than"):
        fetch(resource)


def test_a_checksum_that_is_not_known_is_recorded_at_first_use(server, folder):
    server.files["loose.txt"] = b"first"
    loose = Resource("loose.txt", (server.url + "loose.txt",))
    fetch(loose)
    known = json.loads((folder / corpora.RECORDED).read_text())
    assert known == {"loose.txt": hashlib.sha256(b"first").hexdigest()}
    server.files["loose.txt"] = b"second"
    (folder / "loose.txt").unlink()
    with pytest.raises(DataError, match="as when it was first fetched"):
        fetch(loose)


def test_a_weak_pinned_checksum_is_asked_for_and_a_strong_one_recorded(server, folder):
    server.files["weak.txt"] = b"text"
    urls = (server.url + "weak.txt",)
    with pytest.raises(DataError, match="its SHA1 is"):
        fetch(Resource("weak.txt", urls, "sha1:00"))
    fetch(Resource("weak.txt", urls, f"sha1:{hashlib.sha1(b'text').hexdigest()}"))
    assert set(json.loads((folder / corpora.RECORDED).read_text())) == {"weak.txt"}


def test_a_folder_that_cannot_be_written_is_named(tmp_path, monkeypatch, resource):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("AUTOGRADER_DATA", str(tmp_path / "file" / "below"))
    with pytest.raises(DataError, match="AUTOGRADER_DATA"):
        fetch(resource)


def test_the_cache_folder_follows_the_environment(monkeypatch, tmp_path, folder):
    assert corpora.data_folder() == folder
    monkeypatch.delenv("AUTOGRADER_DATA")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert corpora.data_folder().name == "data" and "autograder" in str(corpora.data_folder())


def test_pinned_resources_have_well_formed_checksums_and_terms():
    lengths = {"sha1": 40, "sha256": 64}
    for resource in (corpora.TIME_MACHINE, corpora.TATOEBA, *corpora.FASHION.values()):
        algorithm, digest = resource.checksum.split(":")
        assert len(bytes.fromhex(digest)) * 2 == lengths[algorithm]
        assert resource.terms and len(resource.urls) == 2 and resource.urls[0].startswith("https://")


def test_the_time_machine_is_text(server):
    server.files["t.txt"] = "\ufeffThe Time Machine\r\nby H. G. Wells\r\n".encode()
    assert (
        corpora.time_machine(Resource("t.txt", (server.url + "t.txt",)))
        == "The Time Machine\nby H. G. Wells\n"
    )


def test_pairs_are_read_out_of_the_archive_and_tokenised(server):
    lines = "Go.\tVa !\nI'm home.\tJe suis chez moi.\tCC-BY 2.0\nNo!\tJ’ai qu'une\u202fclé\u202f!\n\nbroken line\n"
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("fra-eng/fra.txt", lines)
    server.files["pairs.zip"] = packed.getvalue()
    pairs = corpora.tatoeba_pairs(Resource("pairs.zip", (server.url + "pairs.zip",)))
    assert pairs == [
        ("go .", "va !"),
        ("i'm home .", "je suis chez moi ."),
        ("no !", "j' ai qu' une clé !"),
    ]


def test_an_archive_of_something_else_is_refused(server):
    server.files["pairs.zip"] = b"no archive"
    with pytest.raises(DataError, match="delete the file"):
        corpora.tatoeba_pairs(Resource("pairs.zip", (server.url + "pairs.zip",)))


def idx(values, *shape):
    return gzip.compress(struct.pack(f">HBB{len(shape)}I", 0, 8, len(shape), *shape) + bytes(values))


def test_images_and_labels_become_tensors(server, monkeypatch):
    server.files["images"] = idx([0, 255] * 392 + [51] * 784, 2, 28, 28)
    server.files["labels"] = idx([9, 3], 2)
    parts = {(True, kind): Resource(kind, (server.url + kind,)) for kind in ("images", "labels")}
    monkeypatch.setattr(corpora, "FASHION", parts)
    images, labels = corpora.fashion_mnist()
    assert images.shape == (2, 1, 28, 28) and images.dtype == torch.float32
    assert images[0].max() == 1 and images[0].min() == 0 and torch.allclose(images[1], torch.tensor(0.2))
    assert labels.tolist() == [9, 3] and labels.dtype == torch.int64


@pytest.mark.parametrize(
    "data",
    [b"not gzip", gzip.compress(b"\0\0"), idx([1, 2], 3), gzip.compress(b"\0\0\x0d\x01\0\0\0\x01x")],
)
def test_damaged_image_files_are_refused(tmp_path, data):
    path = tmp_path / "images.gz"
    path.write_bytes(data)
    with pytest.raises(DataError, match="delete the file"):
        corpora.read_idx(path)


def test_images_without_as_many_labels_are_refused(server, monkeypatch):
    server.files["images"], server.files["labels"] = idx([0] * 784, 1, 28, 28), idx([9, 3], 2)
    parts = {(True, kind): Resource(kind, (server.url + kind,)) for kind in ("images", "labels")}
    monkeypatch.setattr(corpora, "FASHION", parts)
    with pytest.raises(DataError, match="fetch it again"):
        corpora.fashion_mnist()

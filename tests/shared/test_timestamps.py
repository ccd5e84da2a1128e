"""Time-stamps of an authority that OpenSSL plays: believed by us and by OpenSSL, of nothing else."""

import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from services.reporting.package.verifying import Trust, verify
from services.shared.timestamps import BadTimestamp, NotStamped, moment, stamped
from tests.reporting.invented import LEADS, an_agency_entry, catalog_entries
from tests.reporting.packages import Making, made, problems, unpacked

CONFIGURATION = """
[ tsa ]
default_tsa = tsa1
[ tsa1 ]
serial = {folder}/serial
crypto_device = builtin
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
ess_cert_id_alg = sha256
tsa_name = no
ordering = no
[ req ]
distinguished_name = name
[ name ]
[ stamping ]
basicConstraints = CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = critical, timeStamping
[ root ]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign
"""


def openssl(folder: Path, *words: str) -> subprocess.CompletedProcess[bytes]:
    """OpenSSL in a folder."""
    return subprocess.run(["openssl", *words], cwd=folder, capture_output=True, check=False)


class Authority:
    """A time-stamping authority with a root of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "tsa.cnf").write_text(CONFIGURATION.format(folder=folder))
        (folder / "serial").write_text("01")
        new = "req -config tsa.cnf -newkey rsa:2048 -nodes"
        for words in (
            f"{new} -x509 -days 30 -subj /CN=root -keyout ca.key -out ca.crt -extensions root",
            f"{new} -subj /CN=tsa -keyout tsa.key -out tsa.csr",
            "x509 -req -in tsa.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 30 -extfile tsa.cnf"
            " -extensions stamping -out tsa.crt",
        ):
            done = openssl(folder, *words.split())
            assert done.returncode == 0, done.stderr
        self.root = (folder / "ca.crt").read_bytes()

    def reply(self, request: bytes) -> bytes:
        """What it says to a request."""
        (self.folder / "request.tsq").write_bytes(request)
        words = ("-reply", "-config", "tsa.cnf", "-queryfile", "request.tsq", "-signer", "tsa.crt", "-inkey", "tsa.key")
        done = openssl(self.folder, "ts", *words, "-out", "reply.tsr")
        assert done.returncode == 0, done.stderr
        return (self.folder / "reply.tsr").read_bytes()


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """An authority."""
    return Authority(tmp_path_factory.mktemp("tsa"))


@pytest.fixture(scope="module")
def url(authority: Authority) -> Iterator[str]:
    """Where it answers; below /silent it does not."""

    class Answering(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            content = self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(503 if self.path == "/silent" else 200)
            self.end_headers()
            self.wfile.write(authority.reply(content) if self.path != "/silent" else b"")

        def log_message(self, format: str, *args: object) -> None:
            """Nothing."""

    server = HTTPServer(("127.0.0.1", 0), Answering)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_stamp_is_believed_by_us_and_by_openssl(authority: Authority, url: str, tmp_path: Path) -> None:
    content = b"tagmanifest"
    reply = stamped(content, url)
    assert moment(reply, content, authority.root) == moment(reply, content)
    (tmp_path / "content").write_bytes(content)
    (tmp_path / "reply.tsr").write_bytes(reply)
    root = str(authority.folder / "ca.crt")
    done = openssl(tmp_path, "ts", "-verify", "-data", "content", "-in", "reply.tsr", "-CAfile", root)
    assert done.returncode == 0, done.stderr


def test_a_stamp_of_something_else_or_of_somebody_else_is_not_believed(
    authority: Authority, url: str, tmp_path: Path
) -> None:
    reply = stamped(b"tagmanifest", url)
    with pytest.raises(BadTimestamp, match="other content"):
        moment(reply, b"another")
    with pytest.raises(BadTimestamp, match="not of the authority"):
        moment(reply, b"tagmanifest", Authority(tmp_path).root)
    with pytest.raises(BadTimestamp, match="no reply"):
        moment(b"nothing", b"tagmanifest")


def test_an_authority_that_does_not_answer_is_named(url: str) -> None:
    for address in (f"{url}/silent", "http://127.0.0.1:9"):
        with pytest.raises(NotStamped, match=address):
            stamped(b"tagmanifest", address)


def test_a_package_that_was_stamped_holds_and_a_stamp_of_another_is_found(
    authority: Authority, url: str, tmp_path: Path
) -> None:
    entries = [an_agency_entry(place, lead) for place, lead in enumerate(LEADS, 1)]
    package = made(tmp_path / "order", catalog_entries(), entries, Making(tsa_url=url)).path
    bag = unpacked(package, tmp_path / "bag")
    trust = Trust(tsa=authority.folder / "ca.crt")
    assert problems(bag, trust) == []
    assert any("the list of files existed at" in remark for check in verify(bag, trust) for remark in check.remarks)
    words = ("-data", "tagmanifest-sha256.txt", "-in", "signatures/tagmanifest.tsr", "-CAfile", str(trust.tsa))
    assert openssl(bag, "ts", "-verify", *words).returncode == 0
    (bag / "signatures/tagmanifest.tsr").write_bytes(stamped(b"another", url))
    assert problems(bag, trust) == ["signatures/tagmanifest.tsr: it stamps other content"]
    (bag / "signatures/tagmanifest.tsr").unlink()
    assert "tagmanifest.tsr is missing" in problems(bag, trust)[0]

"""SM2 over SM3 against the standard's own example and against OpenSSL, and as a signature of notes."""

import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

from services.shared import sm2
from services.shared.notes import ED25519, SM2, BadNote, Checkpoint, NoteSigner, NoteVerifier, checkpoint_of, signed

PRIVATE = bytes.fromhex("3945208F7B2144B13F36E38AC6D39F95889393692860B51A42FB81EF4DF7C5B8")
PUBLIC = bytes.fromhex(
    "09F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020"
    "CCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13"
)
NONCE = 0x59276E27D506861A16680F3AD9C02DCCEF3CC1FA3CDBE4CE6D54B80DEAC1BC21
R = 0xF5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3
S = 0xB1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA
"""GB/T 32918.5-2017, annex A.2: the key, the nonce and the signature of `message digest`."""
ORDER = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
TEXT = b"kepan/portfolio/test\n7\n"
ID = "distid:1234567812345678"


def openssl(*words: str, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """What OpenSSL says."""
    return subprocess.run(["openssl", *words], input=given, capture_output=True, check=False)


def test_the_example_of_the_standard(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sm2, "_nonces", lambda private, message: lambda bits: NONCE)
    assert sm2.public_of(PRIVATE) == PUBLIC
    signature = sm2.sign(PRIVATE, b"message digest")
    assert decode_dss_signature(signature) == (R, S)
    assert sm2.verifies(PUBLIC, b"message digest", signature)


def test_openssl_believes_our_signatures_and_we_believe_its(tmp_path: Path) -> None:
    (tmp_path / "text").write_bytes(TEXT)
    (tmp_path / "public.pem").write_text(sm2.pem(PUBLIC))
    (tmp_path / "ours").write_bytes(sm2.sign(PRIVATE, TEXT))
    check = ["pkeyutl", "-verify", "-pubin", "-inkey", str(tmp_path / "public.pem"), "-rawin", "-digest", "sm3"]
    check += ["-pkeyopt", ID, "-in", str(tmp_path / "text"), "-sigfile"]
    assert openssl(*check, str(tmp_path / "ours")).returncode == 0
    (tmp_path / "other").write_bytes(sm2.sign(PRIVATE, TEXT + b"\n"))
    assert openssl(*check, str(tmp_path / "other")).returncode != 0
    key = tmp_path / "its.pem"
    assert openssl("genpkey", "-algorithm", "SM2", "-out", str(key)).returncode == 0
    point = openssl("pkey", "-in", str(key), "-pubout", "-outform", "DER").stdout[-64:]
    make = ["pkeyutl", "-sign", "-inkey", str(key), "-rawin", "-digest", "sm3", "-pkeyopt", ID]
    its = openssl(*make, "-in", str(tmp_path / "text")).stdout
    assert sm2.verifies(point, TEXT, its)
    assert not sm2.verifies(point, TEXT + b" ", its)


def test_equal_texts_get_equal_signatures_and_others_other_nonces() -> None:
    private = sm2.generated()
    assert len(private) == 32
    assert sm2.sign(private, TEXT) == sm2.sign(private, TEXT)
    first, other = (decode_dss_signature(sm2.sign(private, text))[0] for text in (TEXT, b"other"))
    assert first != other
    assert sm2.sign(sm2.generated(), TEXT) != sm2.sign(private, TEXT)


@pytest.mark.parametrize(
    "signature",
    [
        b"",
        b"\x30\x00",
        encode_dss_signature(0, S),
        encode_dss_signature(R, 0),
        encode_dss_signature(R, ORDER),
        encode_dss_signature(R, S + ORDER),
        encode_dss_signature(S, R),
        encode_dss_signature(R, S) + b"\0",
    ],
)
def test_what_is_no_signature_is_not_believed(signature: bytes) -> None:
    assert not sm2.verifies(PUBLIC, b"message digest", signature)
    assert not sm2.verifies(b"\x01" * 64, b"message digest", signature), "a point that is not on the curve"


def test_a_checkpoint_bears_both_signatures_and_either_is_enough() -> None:
    first = NoteSigner.generate("kepan/portfolio/test")
    second = NoteSigner.generate("kepan/portfolio/test", SM2)
    assert NoteSigner.parse(second.written()).written() == second.written()
    assert NoteVerifier.parse(str(second.verifier)) == second.verifier
    assert (first.verifier.kind, second.verifier.kind) == (ED25519, SM2)
    note = signed(Checkpoint("kepan/portfolio/test", 0, b"\0" * 32).text(), [first, second])
    for trusted in ([first.verifier], [second.verifier], [first.verifier, second.verifier]):
        assert checkpoint_of(note, trusted).size == 0
    forged = note.replace("\n0\n", "\n1\n")
    with pytest.raises(BadNote, match="is wrong"):
        checkpoint_of(forged, [second.verifier])


def test_a_key_of_an_unknown_type_is_refused() -> None:
    with pytest.raises(BadNote, match="neither"):
        NoteVerifier.parse("kepan/x+00000000+/3VybjpvaWQ6MS4yLjM=")

"""SM2 signatures over SM3 (GB/T 32918.2-2016, GB/T 32905-2016), as OpenSSL makes and reads them.

The curve is the recommended one (GB/T 32918.5-2017), the signer's identity the customary 1234567812345678 (GB/T
35276-2017), a signature the DER of its two numbers. The nonce comes from the key and the message, as RFC 6979 has it in
spirit: equal texts get equal signatures. The library is plain Python and not of constant time: keys that somebody may
measure belong into a module of hardware.
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Callable

from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

IDENTITY = b"1234567812345678"
BYTES = 32
_POINT = b"\x04"
_SPKI = bytes.fromhex("3059301306072a8648ce3d020106082a811ccf5501822d034200")
"""SubjectPublicKeyInfo up to the point: id-ecPublicKey, the curve 1.2.156.10197.1.301, 66 bits of string to come."""


def generated() -> bytes:
    """A private key."""
    from gmalg import SM2

    key: bytes = SM2(rnd_fn=secrets.randbits).generate_keypair()[0]
    return key.rjust(BYTES, b"\0")


def public_of(private: bytes) -> bytes:
    """The two coordinates, 64 bytes, of a private key's public one."""
    from gmalg import SM2

    point: bytes = SM2().generate_pk(private)
    return point.removeprefix(_POINT)


def sign(private: bytes, message: bytes) -> bytes:
    """The signature of a message."""
    from gmalg import SM2

    signer = SM2(private, IDENTITY, _POINT + public_of(private), rnd_fn=_nonces(private, message))
    r, s = signer.sign(message)
    return encode_dss_signature(int.from_bytes(r), int.from_bytes(s))


def verifies(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether the key with these coordinates made this signature over this message."""
    from gmalg import SM2
    from gmalg.errors import GMError

    try:
        r, s = decode_dss_signature(signature)
        if encode_dss_signature(r, s) != signature or min(r, s) < 1:
            return False
        verifier = SM2(uid=IDENTITY, pk=_POINT + public)
        return bool(verifier.verify(message, r.to_bytes(BYTES), s.to_bytes(BYTES)))
    except (ValueError, OverflowError, GMError):
        return False


def pem(public: bytes) -> str:
    """A public key as OpenSSL reads it."""
    body = base64.b64encode(_SPKI + _POINT + public).decode()
    lines = [body[place : place + 64] for place in range(0, len(body), 64)]
    return "\n".join(("-----BEGIN PUBLIC KEY-----", *lines, "-----END PUBLIC KEY-----", ""))


def _nonces(private: bytes, message: bytes) -> Callable[[int], int]:
    """Numbers of so many bits that nobody without the key can tell from chance, the same for the same message."""
    digest, drawn = hashlib.sha256(message).digest(), 0

    def draw(bits: int) -> int:
        nonlocal drawn
        drawn += 1
        made = hmac.digest(private, b"sm2 nonce" + drawn.to_bytes(4) + digest, "sha512")
        return int.from_bytes(made) >> (len(made) * 8 - bits)

    return draw


def public_in(text: bytes) -> bytes | None:
    """The coordinates of an SM2 key in PEM; None where it holds a key of another type."""
    body = b"".join(line for line in text.splitlines() if line and not line.startswith(b"-"))
    try:
        der = base64.b64decode(body, validate=True)
    except ValueError:
        return None
    head = _SPKI + _POINT
    return der.removeprefix(head) if der.startswith(head) and len(der) == len(head) + 2 * BYTES else None

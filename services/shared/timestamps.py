"""Time-stamps of a third party (RFC 3161): when something existed at the latest, by somebody else's clock and key."""

import hashlib
from datetime import datetime

import httpx
from cryptography.x509 import load_pem_x509_certificates
from rfc3161_client import TimestampRequestBuilder, VerifierBuilder, decode_timestamp_response
from rfc3161_client.base import HashAlgorithm
from rfc3161_client.errors import VerificationError

SECONDS = 30.0


class NotStamped(Exception):
    """The time-stamping authority gave no time-stamp; the text says why."""


class BadTimestamp(ValueError):
    """A time-stamp is of something else, or not one of the authority trusted; the text says which."""


def stamped(content: bytes, url: str) -> bytes:
    """The reply of a time-stamping authority for some content, as `openssl ts -verify -in` reads it. NotStamped where
    there is none."""
    # The certificate has to be asked for: without it nobody can verify the reply.
    asked = TimestampRequestBuilder().data(content).hash_algorithm(HashAlgorithm.SHA256).cert_request(cert_request=True)
    try:
        answer = httpx.post(
            url,
            content=asked.build().as_bytes(),
            headers={"Content-Type": "application/timestamp-query"},
            timeout=SECONDS,
        ).raise_for_status()
        moment(answer.content, content)
    except (httpx.HTTPError, ValueError) as error:
        raise NotStamped(f"{url} gave no time-stamp: {error}") from None
    return answer.content


def certificates_in(pem: bytes) -> bytes:
    """The same text, where it holds certificates; ValueError where it does not."""
    load_pem_x509_certificates(pem)
    return pem


def moment(reply: bytes, content: bytes, authority: bytes | None = None) -> datetime:
    """When a reply says that the content existed; BadTimestamp where it is of other content or no reply, and where the
    certificates of an authority (PEM) are given, where its key did not make it."""
    try:
        found = decode_timestamp_response(reply)
        stamped = found.tst_info.message_imprint.message
        at: datetime = found.tst_info.gen_time
    except ValueError as error:
        raise BadTimestamp(f"no reply of a time-stamping authority: {error}") from None
    if stamped != hashlib.sha256(content).digest():
        raise BadTimestamp("it stamps other content")
    if authority is not None:
        builder = VerifierBuilder()
        for certificate in load_pem_x509_certificates(authority):
            builder = builder.add_root_certificate(certificate)
        try:
            builder.build().verify_message(found, content)
        except (VerificationError, ValueError) as error:
            raise BadTimestamp(f"not of the authority given: {error}") from None
    return at

"""Signed notes: the vectors of golang.org/x/mod/sumdb/note and of C2SP, rotation, and whatever is no note."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.shared.notes import (
    BadNote,
    Checkpoint,
    NoteSigner,
    NoteVerifier,
    checkpoint_of,
    opened,
    signed,
    verifiers_in,
)

PETER_KEY = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
PETER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
ENOCH = "EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop"
TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
PETER_LINE = (
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
ENOCH_LINE = (
    "— EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ=\n"
)
BOTH = TEXT + "\n" + PETER_LINE + ENOCH_LINE
C2SP_TEXT = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
ORIGIN = "kepan/portfolio/test"


def test_signing_gives_the_published_note_to_the_byte() -> None:
    signer = NoteSigner.parse(PETER_KEY)
    assert str(signer.verifier) == PETER
    assert signer.written() == PETER_KEY
    assert signed(TEXT, [signer]) == TEXT + "\n" + PETER_LINE


def test_the_published_note_of_two_signers_opens_for_who_trusts_one_or_both() -> None:
    peter, enoch = NoteVerifier.parse(PETER), NoteVerifier.parse(ENOCH)
    assert opened(BOTH, [peter, enoch]) == (TEXT, [peter, enoch])
    assert opened(BOTH, [enoch]) == (TEXT, [enoch])


def test_a_key_id_is_that_of_the_published_verifier_of_c2sp() -> None:
    line = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
    assert str(NoteVerifier.parse(line)) == line


def test_the_published_checkpoint_of_c2sp_is_read_and_written() -> None:
    found = Checkpoint.parse(C2SP_TEXT)
    assert (found.origin, found.size) == ("example.com/behind-the-sofa", 20852163)
    assert found.text() == C2SP_TEXT
    assert Checkpoint.parse(C2SP_TEXT + "an extension\n") == found


def test_a_note_that_nobody_trusted_has_signed_is_refused() -> None:
    with pytest.raises(BadNote, match="no trusted key"):
        opened(BOTH, [])
    stranger = NoteSigner.generate("PeterNeumann").verifier
    with pytest.raises(BadNote, match="no trusted key"):
        opened(BOTH, [stranger])


def test_a_wrong_signature_of_a_trusted_key_spoils_a_note_that_another_has_signed() -> None:
    wrong = BOTH.replace("JnAM=", "JnAI=")
    assert opened(wrong, [NoteVerifier.parse(ENOCH)])[0] == TEXT
    with pytest.raises(BadNote, match="PeterNeumann with key c74f20a3 is wrong"):
        opened(wrong, [NoteVerifier.parse(PETER), NoteVerifier.parse(ENOCH)])


@given(st.integers(0, len(TEXT) - 2), st.characters(codec="ascii", exclude_categories=["Cc"]))
def test_a_note_with_any_letter_changed_is_refused(at: int, sign: str) -> None:
    changed = TEXT[:at] + sign + TEXT[at + 1 :]
    if changed != TEXT:
        with pytest.raises(BadNote):
            opened(changed + "\n" + PETER_LINE, [NoteVerifier.parse(PETER)])


@pytest.mark.parametrize(
    "note",
    [
        "",
        "text\n",
        "text\n\n",
        "text\n\n— a\n",
        "text\n\n— a !!!\n",
        "te\txt\n\n" + PETER_LINE,
        BOTH[:-1],
        "\n" + PETER_LINE,
    ],
)
def test_what_is_no_note_is_refused(note: str) -> None:
    with pytest.raises(BadNote):
        opened(note, [NoteVerifier.parse(PETER)])


@pytest.mark.parametrize(
    "key",
    [
        "",
        "a",
        "a+b",
        PETER.replace("c74f20a3", "c74f20a4"),
        PETER.replace("Peter", "Pe ter"),
        PETER[:-4],
        PETER + "AA==",
    ],
)
def test_what_is_no_verifier_is_refused(key: str) -> None:
    with pytest.raises(BadNote):
        NoteVerifier.parse(key)


@pytest.mark.parametrize(
    "text",
    [
        "origin\n1\n",
        "origin\n01\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
        "origin\n-1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
        "origin\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2J=\n",
        "origin\n1\nAAAA\n",
        "\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
        C2SP_TEXT[:-1],
    ],
)
def test_what_is_no_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(BadNote):
        Checkpoint.parse(text)


def test_while_a_key_is_replaced_the_old_and_the_new_one_open_a_checkpoint() -> None:
    old, new = NoteSigner.generate(ORIGIN), NoteSigner.generate(ORIGIN)
    expected = Checkpoint(ORIGIN, 3, bytes(32))
    note = signed(expected.text(), [old, new])
    for trusted in ([old.verifier], [new.verifier], [old.verifier, new.verifier]):
        assert checkpoint_of(note, trusted) == expected


def test_a_checkpoint_that_another_log_has_signed_is_refused() -> None:
    other = NoteSigner.generate("kepan/catalog/test")
    with pytest.raises(BadNote, match="not signed its checkpoint itself"):
        checkpoint_of(signed(Checkpoint(ORIGIN, 0, bytes(32)).text(), [other]), [other.verifier])


def test_a_file_of_verifiers_has_one_a_line() -> None:
    assert [str(found) for found in verifiers_in(f"# ours\n{PETER}\n\n{ENOCH}\n")] == [PETER, ENOCH]

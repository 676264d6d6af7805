import base64

import pytest

from integrations.proof import notes
from integrations.proof.notes import BadNote, Checkpoint, Signer

SIGNER = Signer.of("vitrina.example/journal", bytes(range(32)))
ROOT = bytes(range(32))
NOTE = SIGNER.sign(7, ROOT)


def test_a_note_has_the_form_of_c2sp() -> None:
    text, signature = NOTE.split("\n\n")
    assert text.split("\n") == ["vitrina.example/journal", "7", base64.b64encode(ROOT).decode()]
    dash, name, encoded = signature.removesuffix("\n").split(" ")
    assert (dash, name) == ("—", "vitrina.example/journal")
    assert len(base64.b64decode(encoded)) == 4 + 64


def test_a_public_key_of_gos_sumdb_is_read() -> None:
    """A key made by the reference implementation: its id is computed as there."""
    text = "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8"
    key = notes.public_key(text)
    assert (key.name, str(key)) == ("sum.golang.org", text)


def test_what_was_signed_is_read() -> None:
    assert notes.read(NOTE, [SIGNER.public]) == Checkpoint("vitrina.example/journal", 7, ROOT)


def test_the_key_is_read_as_it_is_written() -> None:
    assert notes.public_key(str(SIGNER.public)) == SIGNER.public


def test_more_signatures_do_no_harm() -> None:
    cosigned = NOTE + "— witness.example AAAAAA==\n— witness.example !\n"
    assert notes.read(cosigned, [SIGNER.public]).size == 7


@pytest.mark.parametrize(
    "note",
    [
        "",
        "\n\n",
        NOTE.replace("\n7\n", "\n8\n"),
        NOTE.replace("— vitrina", "— other"),
        NOTE.replace("\n\n", "\n"),
        NOTE.rpartition("—")[0],
        NOTE.replace("\n7\n", "\n7\nmore\n"),
    ],
)
def test_nothing_else_is(note: str) -> None:
    with pytest.raises(BadNote):
        notes.read(note, [SIGNER.public])


def test_another_key_of_the_same_name_is_not_trusted() -> None:
    with pytest.raises(BadNote):
        notes.read(NOTE, [Signer.of(SIGNER.name, bytes(32)).public])


@pytest.mark.parametrize("size", ["x", "7.0", ""])
def test_what_is_signed_must_be_a_checkpoint(size: str) -> None:
    text = f"vitrina.example/journal\n{size}\nAAAA\n"
    signature = base64.b64encode(SIGNER.public.id + SIGNER.private.sign(text.encode())).decode()
    with pytest.raises(BadNote):
        notes.read(f"{text}\n— {SIGNER.name} {signature}\n", [SIGNER.public])


@pytest.mark.parametrize("text", ["", "name", "name+00000000+AAAA", str(SIGNER.public).replace("+", "+0", 1), "+x+"])
def test_what_is_no_public_key_is_refused(text: str) -> None:
    refused = ValueError
    with pytest.raises(refused):
        notes.public_key(text)

"""What could not be read as HTTP is kept without the credentials in it."""

import pytest

from integrations.yandex.unread import without_credentials

HEADS = {
    b"GET /api/banking?token=x HTTP/1.1\r\nHost: h\r\nbad\r\n": b"GET /api/banking HTTP/1.1\r\nHost: h\r\nbad\r\n",
    b"GET / HTTP/1.1\r\nAUTHORIZATION : Bearer x\r\nA: b": b"GET / HTTP/1.1\r\n[left out]\r\nA: b",
    b"GET / HTTP/1.1\nAuthorization: Bearer\n x\nA: b": b"GET / HTTP/1.1\r\n[left out]\r\n[left out]\r\nA: b",
    b"GET / HTTP/1.1\r\nCookie x\r\n\r\n{}": b"GET / HTTP/1.1\r\n[left out]\r\n{}",
    b"\x16\x03\x01": b"\x16\x03\x01",
    b"": b"",
}


@pytest.mark.parametrize(("head", "kept"), HEADS.items())
def test_a_head_is_kept_without_credentials(head: bytes, kept: bytes) -> None:
    assert without_credentials(head) == kept

"""Over TLS the service must prove who it is, and can ask the same of us."""

import datetime as dt
import ipaddress
import ssl
from collections.abc import Callable
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from config import env
from integrations.scoring import client
from integrations.scoring.question import Later
from offers.domain.known import Scored
from tests.integrations.scoring.conftest import QUESTION, Scorer, serving

NOW = dt.datetime.now(dt.UTC)
DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Pem:
    certificate: str
    key: str


class Authority:
    """Signs certificates, each written beside its key."""

    def __init__(self, folder: Path, name: str) -> None:
        self.folder, self.key = folder, ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self.pem = self.issue(name, of=self.name, key=self.key)

    def issue(
        self,
        name: str,
        *,
        host: str = "127.0.0.1",
        until: dt.datetime = NOW + DAY,
        of: x509.Name | None = None,
        key: ec.EllipticCurvePrivateKey | None = None,
    ) -> Pem:
        own = key or ec.generate_private_key(ec.SECP256R1())
        certificate = (
            x509.CertificateBuilder()
            .subject_name(of or x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
            .issuer_name(self.name)
            .public_key(own.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(NOW - 2 * DAY)
            .not_valid_after(until)
            .add_extension(x509.BasicConstraints(ca=of is not None, path_length=None), critical=True)
            .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(host))]), critical=False)
            .sign(self.key, hashes.SHA256())
        )
        written = Pem(str(self.folder / f"{name}.pem"), str(self.folder / f"{name}.key"))
        Path(written.certificate).write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        Path(written.key).write_bytes(
            own.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        return written


@pytest.fixture
def bank(tmp_path: Path) -> Authority:
    return Authority(tmp_path, "bank")


def stranger(folder: Path) -> Authority:
    return Authority(folder, "stranger")


Served = Callable[[Pem, str], AbstractContextManager[Scorer]]


@pytest.fixture
def served(settings: Any) -> Served:
    """The service with that certificate, which asks callers for one by that authority, if it is given one."""

    @contextmanager
    def serve(own: Pem, authority: str = "") -> Any:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(own.certificate, own.key)
        if authority:
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(authority)
        with serving(context) as running:
            settings.SCORING_URL = running.address
            yield running
        client.forget()

    return serve


def answer(settings: Any, authority: str, own: Pem | None = None) -> Scored | Later:
    settings.SCORING_TLS = env.client_tls(authority, *((own.certificate, own.key) if own else ("", "")))
    return client.ask(QUESTION, within=5)


def test_a_service_of_the_bank_s_authority_is_asked(served: Served, bank: Authority, settings: Any) -> None:
    with served(bank.issue("scorer"), "") as scorer:
        assert isinstance(answer(settings, bank.pem.certificate), Scored)
        client.ask(QUESTION, within=5)
        assert (len(scorer.asked), scorer.connections) == (2, 1)


def test_anybody_else_is_told_nothing(served: Served, bank: Authority, settings: Any, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    with served(stranger(tmp_path / "elsewhere").issue("scorer"), "") as scorer:
        assert answer(settings, bank.pem.certificate) == Later("unreachable")
        assert scorer.asked == []


@pytest.mark.parametrize("wrong", [{"host": "127.0.0.2"}, {"until": NOW - DAY}])
def test_nor_one_whose_certificate_is_another_s_or_over(
    served: Served, bank: Authority, settings: Any, wrong: dict[str, Any]
) -> None:
    with served(bank.issue("scorer", **wrong), "") as scorer:
        assert answer(settings, bank.pem.certificate) == Later("unreachable")
        assert scorer.asked == []


def test_nor_one_that_the_system_does_not_trust(served: Served, bank: Authority, settings: Any) -> None:
    with served(bank.issue("scorer"), "") as scorer:
        assert answer(settings, "") == Later("unreachable")
        assert scorer.asked == []


def test_a_service_that_asks_who_we_are_is_shown_our_certificate(
    served: Served, bank: Authority, settings: Any
) -> None:
    with served(bank.issue("scorer"), bank.pem.certificate):
        assert isinstance(answer(settings, bank.pem.certificate, bank.issue("vitrina")), Scored)


def test_and_answers_nobody_without_one(served: Served, bank: Authority, settings: Any) -> None:
    with served(bank.issue("scorer"), bank.pem.certificate) as scorer:
        assert isinstance(answer(settings, bank.pem.certificate), Later)
        assert scorer.asked == []


def test_a_service_that_never_shakes_hands_is_not_waited_for(bank: Authority, settings: Any) -> None:
    with serving() as scorer:  # in clear, it waits for a line
        settings.SCORING_URL = scorer.address.replace("http:", "https:")
        settings.SCORING_TLS = env.client_tls(bank.pem.certificate, "", "")
        settings.SCORING_CONNECT_MS = 5000
        answered = client.ask(QUESTION, within=0.2)
    client.forget()

    assert isinstance(answered, Later)
    assert answered.cause in ("timeout", "unreachable")

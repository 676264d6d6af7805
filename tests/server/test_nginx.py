"""The configuration that we recommend for the proxy in front, in a real nginx."""

import datetime as dt
import signal
import socket
import ssl
from collections.abc import Iterator
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from config.children import child
from tests import programs
from tests.factories import LoanFactory, UserFactory
from tests.server import serving
from tests.server.serving import HOST, PATIENCE, ROOT, Browsing, Server
from tests.server.waiting import wait_until

NGINX = programs.nginx()
PASSWORD = "for the tests only"
MAIN = """
pid {folder}/pid;
error_log {folder}/error.log;
daemon off;
worker_processes 1;
events {{}}
http {{
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/vitrina.conf;
}}
"""

pytestmark = pytest.mark.skipif(NGINX is None, reason="nginx is not installed")


@dataclass(frozen=True, slots=True)
class Front:
    """What the proxy listens on."""

    api: int
    admin: int

    def client(self, port: int, *, of: str = HOST) -> httpx.Client:
        """A caller at that address."""
        transport = httpx.HTTPTransport(verify=False, local_address=of)
        return httpx.Client(base_url=f"https://{HOST}:{port}", transport=transport, timeout=PATIENCE)


def write_certificate(folder: Path) -> None:
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + dt.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    (folder / "fullchain.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    (folder / "key.pem").write_bytes(pem)


def free_port() -> int:
    with closing(socket.create_server((HOST, 0))) as listener:
        return int(listener.getsockname()[1])


@pytest.fixture(scope="module")
def front(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    """nginx before one process for the API, with a single thread, and one for the admin."""
    assert NGINX
    server.publish(LoanFactory.build(code="cash"))
    folder = tmp_path_factory.mktemp("nginx")
    write_certificate(folder)
    uri = serving.uri_of(server.sql.info.dbname)
    served = {"DATABASE_URL": uri, "WEB_CONCURRENCY": "1", "HTTPS": "on", "TRUSTED_PROXIES": "1"}
    with ExitStack() as stack:
        api = stack.enter_context(serving.gunicorn(folder / "api.log", SERVE="api", THREADS="1", **served))
        admin = stack.enter_context(serving.gunicorn(folder / "admin.log", SERVE="admin", **served))
        ports = Front(free_port(), free_port())
        text = (ROOT / "deploy" / "nginx.conf").read_text()
        for ours, tried in (
            ("127.0.0.1:8000", f"{HOST}:{api}"),
            ("127.0.0.1:8001", f"{HOST}:{admin}"),
            ("listen [::]:443 ssl;", ""),
            ("listen [::]:8443 ssl;", ""),
            ("listen 443 ", f"listen {HOST}:{ports.api} "),
            ("listen 8443 ", f"listen {HOST}:{ports.admin} "),
            ("/etc/ssl/vitrina/", f"{folder}/"),
        ):
            assert ours in text, "the configuration has changed: change this test with it"
            text = text.replace(ours, tried)
        (folder / "vitrina.conf").write_text(text)
        (folder / "nginx.conf").write_text(MAIN.format(folder=folder))
        command = [NGINX, "-p", str(folder), "-c", str(folder / "nginx.conf")]
        stack.enter_context(child(command, stop=signal.SIGTERM, patience=PATIENCE))
        for port in (ports.api, ports.admin):
            with ports.client(port) as client:
                wait_until(partial(is_ready, client), within=PATIENCE)
        yield ports


def is_ready(client: httpx.Client) -> bool:
    with suppress(httpx.TransportError):
        return client.get("/readyz").status_code == 200
    return False


def test_an_answer_passes_and_its_entry_names_the_caller(front: Front, server: Server) -> None:
    with front.client(front.api) as yandex:
        headers = server.authorization | {"X-Forwarded-For": "198.51.100.7"}
        answer = yandex.post(serving.PATH, json=serving.question(), headers=headers)
        assert answer.status_code == 200
        assert str(server.entry_of(answer.headers)["remote_addr"]).partition("/")[0] == HOST, "not what he said himself"
        assert yandex.get("/admin/").status_code == 404


def test_slow_callers_hold_up_nobody(front: Front, server: Server) -> None:
    """Twenty that never finish, before a service with one thread: it would never come to anybody else."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    begun = f"POST {serving.PATH} HTTP/1.1\r\nHost: {HOST}\r\nContent-Length: 1000\r\n\r\n" + '{"phone'
    with ExitStack() as stack:
        for _number in range(20):
            raw = stack.enter_context(socket.create_connection((HOST, front.api), timeout=PATIENCE))
            slow = stack.enter_context(context.wrap_socket(raw, server_hostname=HOST))
            slow.sendall(begun.encode())
        with front.client(front.api) as yandex:
            answer = yandex.post(serving.PATH, json=serving.question(), headers=server.authorization)
            assert answer.status_code == 200


def test_what_is_too_long_for_us_is_refused_by_us(front: Front, server: Server) -> None:
    with front.client(front.api) as yandex:
        answer = yandex.post(serving.PATH, content=b" " * 100_000, headers=server.authorization)
        assert answer.status_code == 413
        assert server.entry_of(answer.headers)["status"] == 413
        assert yandex.post(serving.PATH, content=b" " * 2_000_000).status_code == 413


def test_cookies_of_the_admin_are_for_this_host_and_tls_alone(front: Front, server: Server) -> None:
    with server.orm():
        person = UserFactory(is_superuser=True)
        person.set_password(PASSWORD)
        person.save()
    with front.client(front.admin) as client:
        client.headers["Referer"] = str(client.base_url)
        assert Browsing(client).log_in(person.username, PASSWORD).headers["Location"] == "/admin/"
        assert {cookie.name for cookie in client.cookies.jar} == {"__Host-sessionid", "__Host-csrftoken"}
        assert all(cookie.secure for cookie in client.cookies.jar)
        page = client.get("/admin/")
        assert page.status_code == 200
        assert page.headers["Strict-Transport-Security"].startswith("max-age=31536000")
        assert client.post(serving.PATH, json={}).status_code in (403, 404), "no API here"


def test_logins_of_one_address_are_slowed_down(front: Front) -> None:
    with front.client(front.admin, of="127.0.0.2") as client:
        answers = {client.get("/admin/login/").status_code for _number in range(30)}
    assert answers == {200, 429}
    with front.client(front.admin) as another:
        assert another.get("/admin/login/").status_code == 200

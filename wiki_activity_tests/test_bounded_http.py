"""Answers that have no end, or too much in them, end all the same."""

import gzip
import socket
import ssl
import threading
import tracemalloc
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from pytest_httpserver import HTTPServer

from wiki_activity.bounded_http import AnswerLimits, BoundedSession, ElsewhereError, LongAnswerError, get_bounded
from wiki_activity_tests.wikimedia.raw_server import Answer, answering, pack_zeros, repeating, running_raw_server

LIMITS = AnswerLimits(seconds=1.0, bytes=100_000)
PATIENT = AnswerLimits(seconds=60, bytes=100_000)
DAY = timedelta(days=1)
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    "answer",
    [
        repeating(b"HTTP/1.1 200 OK\r\nContent-Length: 90000\r\n\r\n", b"a", every_seconds=0.2),
        repeating(CHUNKED, b"1\r\na\r\n", every_seconds=0.2),
        repeating(b"HTTP/1.1 200 OK\r\n", b"X: y\r\n", every_seconds=0.2),
        repeating(b"HT", b"T", every_seconds=0.2),
        repeating(b"", b"HTTP/1.1 100 Continue\r\n\r\n", every_seconds=0.2),
        repeating(CHUNKED + b"0\r\n", b"X: y\r\n", every_seconds=0.2),
        repeating(b"", b"", every_seconds=0.2),
    ],
    ids=["body", "chunks", "headers", "status", "interim", "trailers", "silence"],
)
def test_what_drips_ends_with_the_time_of_a_whole_answer(answer: Answer) -> None:
    with running_raw_server(answer) as server, pytest.raises(requests.ReadTimeout):
        get_bounded(server.url_for("/x"), LIMITS)


@pytest.mark.parametrize(
    "answer",
    [
        repeating(b"HTTP/1.1 200 OK\r\n\r\n", b"a" * 65536),
        repeating(CHUNKED, b"10000\r\n" + b"a" * 65536 + b"\r\n"),
        repeating(CHUNKED + b"0\r\n", b"X: y\r\n" * 1000),
        repeating(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 1000),
        answering(gzip.compress(b"a" * 100_001), "Content-Encoding: gzip"),
        answering(gzip.compress(gzip.compress(bytes(10_000_000))), "Content-Encoding: gzip, gzip"),
        answering(b"a" * 100_001),
    ],
    ids=["body", "chunks", "trailers", "interim", "packed", "packed twice", "one byte more"],
)
def test_what_has_too_many_bytes_ends_with_the_last_that_is_allowed(answer: Answer) -> None:
    with running_raw_server(answer) as server, pytest.raises(LongAnswerError, match="longer than 100,000 bytes"):
        get_bounded(server.url_for("/x"), PATIENT)


@pytest.mark.parametrize("headers", [[], ["Content-Encoding: gzip"]])
def test_an_answer_of_just_as_many_bytes_is_taken(headers: list[str]) -> None:
    body = gzip.compress(b"a" * 100_000) if headers else b"a" * 100_000
    with running_raw_server(answering(body, *headers)) as server:
        assert get_bounded(server.url_for("/x"), PATIENT).content == b"a" * 100_000


def test_three_megabytes_that_unpack_to_gigabytes_take_hardly_any_memory() -> None:
    bomb = pack_zeros(3000)
    with running_raw_server(answering(bomb, "Content-Encoding: gzip")) as server:
        tracemalloc.start()
        try:
            with pytest.raises(LongAnswerError):
                get_bounded(server.url_for("/x"), AnswerLimits(seconds=60, bytes=4 << 20))
            _, most = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert most < 20 << 20


def test_an_error_keeps_its_status_whatever_its_body_does() -> None:
    with running_raw_server(repeating(b"HTTP/1.1 404 Not Found\r\n\r\n", b"a" * 65536)) as server:
        answer = get_bounded(server.url_for("/x"), PATIENT)
    assert answer.status_code == 404


@pytest.mark.parametrize(
    "place",
    ["http://127.0.0.2:{port}/x?secret=1", "http://127.0.0.1:9/x", "//elsewhere.example/x", "ftp://127.0.0.1/x",
     "http://me:secret@elsewhere.example/x", "http://[::1/secret"],
)  # fmt: skip
def test_a_redirect_to_another_host_is_not_followed_and_named_without_its_secrets(place: str) -> None:
    with running_raw_server(answering(b"")) as server:
        server.answer = answering(b"", f"Location: {place.format(port=server.port)}", status="302 Found")
        with pytest.raises(ElsewhereError, match="302, a redirect to ") as caught:
            get_bounded(server.url_for("/x"), PATIENT)
    assert "secret" not in str(caught.value)
    assert len(server.asked) == 1


def test_a_redirect_at_home_is_followed(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/old").respond_with_data(status=301, headers={"Location": "/new?x=1"})
    httpserver.expect_request("/new", query_string="x=1").respond_with_data("here")

    assert get_bounded(httpserver.url_for("/old"), PATIENT).text == "here"


def test_redirects_in_a_circle_end(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/x").respond_with_data(status=302, headers={"Location": httpserver.url_for("/x")})

    with pytest.raises(requests.TooManyRedirects):
        get_bounded(httpserver.url_for("/x"), PATIENT)
    assert len(httpserver.log) == 4


def test_a_connection_is_used_again_after_a_whole_answer() -> None:
    def answer_all(connection: socket.socket, _: threading.Event) -> None:
        while True:
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]")
            if not connection.recv(65536):
                return

    with running_raw_server(answer_all) as server, BoundedSession(PATIENT) as session:
        assert [session.get(server.url_for("/x")).json() for _ in range(3)] == [[]] * 3
    assert len(server.asked) == 1


def test_what_comes_through_a_proxy_is_bounded_too() -> None:
    with running_raw_server(answering(b"[]")) as proxy, BoundedSession(LIMITS) as session:
        proxies = {"http": proxy.url_for("")}
        assert session.get("http://wikimedia.example/x", proxies=proxies).json() == []
        assert proxy.asked == ["GET http://wikimedia.example/x HTTP/1.1"]
        proxy.answer = repeating(b"HTTP/1.1 200 OK\r\n\r\n", b"a", every_seconds=0.2)
        with pytest.raises(requests.ReadTimeout):
            session.get("http://wikimedia.example/x", proxies=proxies)


def test_an_answer_over_tls_is_bounded_too(tmp_path: Path) -> None:
    certificate = make_certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)

    def over_tls(answer: Answer) -> Answer:
        def wrapped(connection: socket.socket, stop: threading.Event) -> None:
            with context.wrap_socket(connection, server_side=True) as secure:
                secure.recv(65536)
                answer(secure, stop)

        return wrapped

    drip = repeating(b"HTTP/1.1 200 OK\r\nContent-Length: 90000\r\n\r\n", b"a", every_seconds=0.2)
    with running_raw_server(over_tls(answering(b"[1]")), reads=False) as server, BoundedSession(LIMITS) as session:
        url = server.url_for("/x").replace("http:", "https:")
        assert session.get(url, verify=str(certificate)).json() == [1]
        server.answer = over_tls(drip)
        with pytest.raises(requests.ReadTimeout):
            session.get(url, verify=str(certificate))


def make_certificate(folder: Path) -> Path:
    """Make a certificate for 127.0.0.1, in one file with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now - DAY, now + DAY)
    alternative = x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))])
    certificate = builder.add_extension(alternative, critical=False).sign(key, hashes.SHA256())
    path = folder / "certificate.pem"
    plain = (Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(key.private_bytes(*plain) + certificate.public_bytes(Encoding.PEM))
    return path

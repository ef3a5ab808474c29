"""A real nginx with TLS of its own, in a temporary folder, and a browser that finds a public name at its port."""

import os
import re
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx

from wiki_activity_tests.servers import give_up

EXAMPLE = Path(__file__).parents[3] / "deploy" / "nginx" / "wiki-activity.conf"
NAME = "activity.example.org"
_NGINX = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
_FRAME = """
daemon off;
master_process off;
worker_processes 1;
pid {folder}/pid;
error_log {folder}/error.log notice;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    {servers}
}}
"""


def certify(folder: Path, name: str = NAME) -> Path:
    """Make a certificate that nobody else has signed; returns it, its key is beside it."""
    if shutil.which("openssl") is None:
        give_up("no openssl: apt-get install openssl")
    command = [
        "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
        "-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}",
        "-keyout", f"{folder}/key.pem", "-out", f"{folder}/certificate.pem",
    ]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True)
    return folder / "certificate.pem"


def example(port: int, upstream: int, folder: Path) -> str:
    """The configuration of `deploy/`, at other ports and with another certificate."""
    text = EXAMPLE.read_text(encoding="utf-8")
    changes = {
        "listen 443 ssl;": f"listen 127.0.0.1:{port} ssl;",
        "proxy_pass http://127.0.0.1:5000;": f"proxy_pass http://127.0.0.1:{upstream};",
        f"/etc/letsencrypt/live/{NAME}/fullchain.pem;": f"{folder}/certificate.pem;",
        f"/etc/letsencrypt/live/{NAME}/privkey.pem;": f"{folder}/key.pem;",
    }
    for theirs, ours in changes.items():
        assert text.count(theirs) == 1, theirs
        text = text.replace(theirs, ours)
    return text


def forwarding(
    port: int, upstream: int | str, lines: str = "", tls: Path | None = None, host: str = "127.0.0.1"
) -> str:
    """A server that passes on all it gets, to a port here or a name, with these lines beside `proxy_pass`."""
    secured = f" ssl; ssl_certificate {tls}/certificate.pem; ssl_certificate_key {tls}/key.pem" if tls else ""
    passing = f"proxy_pass http://{upstream if isinstance(upstream, str) else f'127.0.0.1:{upstream}'}; {lines}"
    return f"server {{ listen {host}:{port}{secured}; location / {{ {passing} }} }}"


def balancing(port: int, explorers: Iterable[str], tls: Path, host: str = "127.0.0.1") -> list[str]:
    """Servers that have each request answered by one of some explorers, named by their addresses."""
    lines = """proxy_http_version 1.1; proxy_set_header Connection "";
        proxy_set_header Host $host; proxy_set_header X-Forwarded-For $remote_addr;
        proxy_set_header X-Forwarded-Proto $scheme;"""
    upstream = f"upstream both {{ {' '.join(f'server {address} max_fails=0;' for address in explorers)} }}"
    return [upstream, forwarding(port, "both", lines, tls, host)]


@contextmanager
def running_nginx(folder: Path, *servers: str, machine: Sequence[str] = ()) -> Iterator[None]:
    """Run nginx, which keeps all it writes in a folder, until the block is left.

    Parameters
    ----------
    machine
        What begins each command on the host that has it.
    """
    if _NGINX is None:
        give_up("no nginx: apt-get install nginx")
    config = folder / "nginx.conf"
    config.write_text(_FRAME.format(folder=folder, servers="\n".join(servers)), encoding="utf-8")
    command = [*machine, _NGINX, "-p", str(folder), "-c", str(config), "-e", str(folder / "error.log")]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    with process:
        try:
            _wait_until_it_listens(process, folder)
            yield
        finally:
            process.terminate()


def _wait_until_it_listens(process: "subprocess.Popen[str]", folder: Path) -> None:
    places = re.findall(
        r"^\s*listen ([\d.]+):(\d+)", (folder / "nginx.conf").read_text("utf-8").replace("{", "{\n"), re.MULTILINE
    )
    deadline = time.monotonic() + 30
    for host, port in places:
        while True:
            assert process.poll() is None, process.stderr.read() if process.stderr else ""
            try:
                socket.create_connection((host, int(port)), 1).close()
                break
            except ConnectionRefusedError:
                assert time.monotonic() < deadline, f"nginx does not listen on {host}:{port}"
                time.sleep(0.02)


class _AtItsPort(httpx.HTTPTransport):
    """Finds a public name at a port of this machine, as its name server would."""

    def __init__(self, port: int, certificate: Path) -> None:
        super().__init__(verify=ssl.create_default_context(cafile=str(certificate)))
        self._port = port

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if request.url.host != NAME:
            return super().handle_request(request)
        here = httpx.Request(
            request.method,
            request.url.copy_with(host="127.0.0.1", port=self._port),
            headers=request.headers,
            stream=request.stream,
            extensions={**request.extensions, "sni_hostname": NAME},
        )
        return super().handle_request(here)


def browser(port: int, certificate: Path) -> httpx.Client:
    """A browser that believes our certificate, sends what people type, and knows nothing of the explorer's port."""
    transport = _AtItsPort(port, certificate)
    return httpx.Client(base_url=f"https://{NAME}", transport=transport, follow_redirects=True, timeout=30)

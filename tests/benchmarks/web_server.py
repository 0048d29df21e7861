"""A real web server for the bytes: nginx with TLS, in a process of its own.

It is the system's package (Debian: `apt-get install nginx-light`), started as `nginx -c FOLDER/nginx.conf` with a
configuration that is written here, as whoever runs the benchmark, on loopback; it ends with the benchmark. It answers
for the file host out of a folder of files named by their UniqueId, and passes Graph's requests on to the pretend
OneDrive. Its certificate is made with `openssl` by an authority of its own, which the client trusts through
REQUESTS_CA_BUNDLE and curl through --cacert. Nothing in the product knows of it: the client's process resolves
Microsoft's names to this computer (`measured_run.py`), as curl does with --connect-to.
"""

from __future__ import annotations

import getpass
import socket
import subprocess
import time
from pathlib import Path

FILE_HOST = "my.microsoftpersonalcontent.com"
GRAPH_HOST = "graph.microsoft.com"
CONFIGURATION = """
user {user}; daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{ worker_connections 1024; }}
http {{
    access_log off; keepalive_requests 1000000;
    client_body_temp_path {folder}/tmp; proxy_temp_path {folder}/tmp; fastcgi_temp_path {folder}/tmp;
    uwsgi_temp_path {folder}/tmp; scgi_temp_path {folder}/tmp; proxy_max_temp_file_size 0;
    ssl_certificate {folder}/server.pem; ssl_certificate_key {folder}/server.key;
    server {{
        listen 127.0.0.1:{port} ssl; server_name {file_host};
        root {folder}/files;
        location / {{ rewrite ^ /$arg_UniqueId break; }}
    }}
    server {{
        listen 127.0.0.1:{port} ssl; server_name {graph_host};
        location / {{
            proxy_pass http://127.0.0.1:{graph_port}; proxy_set_header Host $host;
            proxy_http_version 1.1; proxy_set_header Connection ""; proxy_buffers 64 64k;
        }}
    }}
}}
"""


class WebServer:
    """nginx over `folder`/files; use as a context manager. `graph_port`: where the pretend OneDrive listens."""

    def __init__(self, folder: Path, graph_port: int = 9) -> None:
        self.folder = folder
        self.files = folder / "files"
        self.ca = folder / "ca.pem"
        self.port = free_port()
        self._graph_port = graph_port
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> WebServer:
        (self.folder / "tmp").mkdir(parents=True, exist_ok=True)
        self.files.mkdir(exist_ok=True)
        _make_certificates(self.folder)
        text = CONFIGURATION.format(
            folder=self.folder,
            port=self.port,
            user=getpass.getuser(),
            graph_port=self._graph_port,
            file_host=FILE_HOST,
            graph_host=GRAPH_HOST,
        )
        (self.folder / "nginx.conf").write_text(text, encoding="utf-8")
        self._process = subprocess.Popen(
            ["nginx", "-p", str(self.folder), "-c", str(self.folder / "nginx.conf")], stderr=subprocess.DEVNULL
        )
        wait_for_port(self.port)
        return self

    def __exit__(self, *exception: object) -> None:
        if self._process:
            self._process.terminate()
            self._process.wait(10)


def free_port() -> int:
    """A port that nothing listens on now."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def wait_for_port(port: int) -> None:
    """Return when something answers there."""
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(f"nothing answers on port {port}")


def _make_certificates(folder: Path) -> None:
    def openssl(*words: str) -> None:
        subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)

    names = f"subjectAltName=DNS:{FILE_HOST},DNS:{GRAPH_HOST}\n"
    (folder / "names").write_text(names, encoding="utf-8")
    new_key = ("-newkey", "rsa:2048", "-nodes")
    openssl("req", "-x509", *new_key, "-days", "2", "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=benchmark")
    openssl("req", *new_key, "-keyout", "server.key", "-out", "server.csr", "-subj", "/CN=benchmark")
    signing = ("-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2", "-extfile", "names")
    openssl("x509", "-req", "-in", "server.csr", *signing, "-out", "server.pem")

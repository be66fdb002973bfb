"""A real nginx with the configuration in deploy/, rendered for a temporary folder."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.postgres import free_port
from tests.servers import ROOT, Server, wait_for

MISSING = (
    "The tests of deploy/nginx.conf need nginx: install the Debian package nginx-light, or set "
    "NGINX to the path of the program."
)
MAIN = """
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
worker_processes 2;
{user}
events {{ worker_connections 512; }}
http {{
    types {{ text/html html; text/css css; }}
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/portal.conf;
}}
"""


def program() -> str:
    """Return the path of nginx, which stands where an ordinary user's PATH does not look."""
    names = [os.environ.get("NGINX"), "nginx", "/usr/sbin/nginx"]
    found = next((path for name in names if name and (path := shutil.which(name))), None)
    return found or pytest.fail(MISSING)


def rendered(folder: Path, port: int) -> str:
    """Return the supplied configuration with the names of the test; each must be there."""
    text = (ROOT / "deploy/nginx.conf").read_text(encoding="utf-8")
    for supplied, own in {
        "unix:/run/portal.sock": f"unix:{folder}/portal.sock",
        "/var/cache/portal": f"{folder}/cache",
        "listen 80;": f"listen 127.0.0.1:{port};",
        "server_name portal.example.org;": "server_name 127.0.0.1;",
        "/var/log/nginx/portal.log": f"{folder}/access.log",
        "/srv/portal/staticfiles/": f"{folder}/static/",
        "/srv/portal/deploy;": f"{ROOT}/deploy;",
    }.items():
        assert supplied in text, supplied
        text = text.replace(supplied, own)
    active = re.sub(r"#.*", "", text)
    assert not re.findall(r"/(?:srv|var|run|etc)/|example\.org", active)
    return text


@contextmanager
def nginx(folder: Path) -> Iterator[Server]:
    """Serve what listens on the socket `portal.sock` in the folder until the block ends."""
    port, log = free_port(), folder / "error.log"
    (folder / "portal.conf").write_text(rendered(folder, port), encoding="utf-8")
    user = "user root;" if os.geteuid() == 0 else ""  # the folder is open to this account alone
    main = folder / "nginx.conf"
    main.write_text(MAIN.format(folder=folder, user=user), encoding="utf-8")
    command = [program(), "-p", folder, "-e", log, "-c", main]
    done = subprocess.run([*command, "-t"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "[warn]" not in done.stderr, done.stderr
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    served = Server(process, port, log)
    try:
        wait_for(lambda: listens(served), process, log)
        yield served
    finally:
        process.terminate()
        process.wait(10)


def listens(served: Server) -> bool:
    """Tell whether anything at all is answered."""
    try:
        return bool(served.get("/healthz"))
    except OSError:
        return False

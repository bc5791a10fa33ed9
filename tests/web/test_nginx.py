"""The nginx configuration in the documentation serves the finished files as the application does."""

from __future__ import annotations

import gzip
import http.client
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import URL

from tests.browser import serving
from tests.projections.record import RECORD, follower
from tests.web.conftest import Site

_TRIES = 100


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port: int = listening.getsockname()[1]
        return port


@pytest.fixture
def nginx(
    root: Path, new_sqlite: Callable[[], URL], new_site: Callable[[URL], Site], tmp_path: Path
) -> Iterator[tuple[Site, int]]:
    """A site with its files, and a real nginx before it with our configuration."""
    program = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    if program is None:
        message = "nginx is not installed; tools/test-system.sh installs it."
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    site = new_site(new_sqlite())
    (tmp_path / "signing.key").unlink()
    site.follower = follower(site.book.engine, tmp_path, files=True)
    site.publish(*RECORD)
    port = free_port()
    tmp_path.parent.chmod(0o755)
    tmp_path.chmod(0o755)
    with serving(site.app) as base:
        ours = (root / "docs" / "nginx.conf").read_text()
        parameters = tmp_path / "proxy_params"
        parameters.write_text("proxy_set_header Host $http_host;\n")
        for old, new in {
            "127.0.0.1:8000": base.removeprefix("http://").rstrip("/"),
            "listen 80;": f"listen 127.0.0.1:{port};",
            "/var/lib/candour/public": str(site.public_dir),
            "/etc/nginx/proxy_params": str(parameters),
        }.items():
            assert old in ours
            ours = ours.replace(old, new)
        main = tmp_path / "nginx.conf"
        user = "user root;\n" if os.geteuid() == 0 else ""
        main.write_text(
            f"{user}daemon off;\npid {tmp_path}/nginx.pid;\nerror_log {tmp_path}/error.log;\n"
            f"events {{ }}\nhttp {{\naccess_log off;\nclient_body_temp_path {tmp_path}/body;\n"
            f"proxy_temp_path {tmp_path}/proxy;\nfastcgi_temp_path {tmp_path}/fastcgi;\n"
            f"uwsgi_temp_path {tmp_path}/uwsgi;\nscgi_temp_path {tmp_path}/scgi;\n{ours}\n}}\n"
        )
        process = subprocess.Popen([program, "-c", str(main), "-p", str(tmp_path)])
        try:
            _wait_for(port, process)
            yield site, port
        finally:
            process.terminate()
            process.wait(10)


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(_TRIES):
        assert process.poll() is None, "nginx refused the configuration"
        with socket.socket() as trying:
            if trying.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    pytest.fail("nginx does not listen")


def ask(port: int, path: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
    """Ask nginx."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.request("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})
    answer: Any = connection.getresponse()
    content = answer.read()
    connection.close()
    return answer.status, {name.lower(): value for name, value in answer.getheaders()}, content


def test_nginx_serves_what_the_application_would(nginx: tuple[Site, int]) -> None:
    """The same bytes and types, packed where asked for, 304 for who has it; what has no file is handed on."""
    site, port = nginx
    feeds = ("/feeds/all.atom", "/feeds/process/riverside.rss", "/feeds/prison/LEI.json", "/feeds/index.opml")
    for path in (*feeds, "/calendar/all.ics", "/calendar/process/riverside.ics"):
        status, headers, content = ask(port, path)
        ours = site.get(path)
        assert (status, content) == (200, ours.get_data())
        for name in ("content-type", "cache-control", "access-control-allow-origin", "last-modified"):
            assert headers[name] == ours.headers[name], (path, name)
        status, packed, small = ask(port, path, Accept_Encoding="gzip")
        assert packed["content-encoding"] == "gzip"
        assert gzip.decompress(small) == content
        assert ask(port, path, If_None_Match=headers["etag"])[::2] == (304, b"")
        assert ask(port, path, Range="bytes=5-9")[::2] == (206, content[5:10])

    status, headers, content = ask(port, "/feeds/action/contract-modified.atom")
    assert (status, content) == (200, site.get("/feeds/action/contract-modified.atom").get_data())
    assert ask(port, "/feeds/custom.atom?process=riverside")[0] == 200
    assert ask(port, "/feeds/custom.atom?nonsense=1")[0] == 400
    assert ask(port, "/feeds/.made")[0] == ask(port, "/calendar/.made")[0] == 404
    assert ask(port, "/calendar/process/nowhere.ics")[0] == 404
    assert ask(port, "/signing.key")[0] == 404
    assert ask(port, "/processes/riverside")[0] == 200
    tile = "/log/tile/0/000.p/16"
    assert ask(port, tile)[2] == site.get(tile).get_data()

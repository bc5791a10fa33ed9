"""A real OpenID provider, as a process of its own, for accounts that are held elsewhere."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

WHO = (
    {"sub": "ada", "email": "Ada@example.org", "email_verified": True},
    {"sub": "impostor", "email": "ada@example.org", "email_verified": False},
    {"sub": "another", "email": "ada@example.org", "email_verified": True},
    {"sub": "stranger", "email": "eve@example.org", "email_verified": True},
    {"sub": "ines", "email": "ines@example.org", "email_verified": True},
)
SECONDS = 10


def free_port() -> int:
    """Return a port of this machine at which nothing listened a moment ago."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


@contextmanager
def openid_provider() -> Iterator[str]:
    """Run the provider and give the issuer's address. The program is not ours; its page asks who one is."""
    port = free_port()
    program = Path(sys.executable).with_name("oidc-provider-mock")
    claims = [part for each in WHO for part in ("--user-claims", json.dumps(each))]
    issuer = f"http://127.0.0.1:{port}"
    running = subprocess.Popen(
        [program, "--port", str(port), "--require-nonce", "true", *claims],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_for(f"{issuer}/.well-known/openid-configuration")
        yield issuer
    finally:
        running.kill()
        running.wait()


def _wait_for(address: str) -> None:
    for _ in range(200):
        try:
            requests.get(address, timeout=SECONDS).raise_for_status()
        except requests.RequestException:
            time.sleep(0.1)
        else:
            return
    pytest.fail("The OpenID provider did not start.")

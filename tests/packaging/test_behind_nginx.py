"""An instance behind a real nginx with the configuration of the handbook: browsers, apps and live updates."""

import asyncio
import os
import re
import ssl
import subprocess
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2 as httpx
import pytest
import trustme
from websockets.asyncio.client import connect

from tests.conftest import MakeDatabase, program
from tests.kit.ports import free_ports, is_served
from tests.packaging.test_deploying import DEPLOY
from tests.running import instance, until

pytestmark = pytest.mark.program("nginx")

SOON = 10.0


async def test_pages_apps_uploads_and_live_updates_pass_through_nginx(
    database_url: MakeDatabase, tmp_path: Path
) -> None:
    ports = free_ports(2)
    authority = trustme.CA()
    trusted = ssl.create_default_context()
    authority.configure_trust(trusted)
    base = f"https://localhost:{ports[1]}"
    async with (
        instance(await database_url(), tmp_path, FEDCOMM_DOMAIN=f"localhost:{ports[1]}", FEDCOMM_SCHEME="https") as at,
        nginx(tmp_path, at.site.config.listen.port, ports, authority),
        httpx.AsyncClient(base_url=base, verify=trusted, trust_env=False, timeout=20) as visitor,
        at.working(),
    ):
        ada = await at.person("ada")
        token = await at.token(ada)
        signed_in = {"Authorization": f"Bearer {token}"}

        async with httpx.AsyncClient(trust_env=False) as plain:
            moved = await plain.get(f"http://localhost:{ports[0]}/@ada?x=1")
        assert moved.status_code == 308
        assert moved.headers["location"] == "https://localhost/@ada?x=1"

        page = await visitor.get("/sign_in")
        assert page.headers["set-cookie"].startswith("__Host-fedcomm")
        assert (await visitor.get("/api/v2/instance")).json()["domain"] == f"localhost:{ports[1]}"
        actor = await visitor.get("/u/ada", headers={"Accept": "application/activity+json"})
        assert actor.json()["id"] == f"{base}/u/ada"

        large = await visitor.post("/api/v2/media", files={"file": ("a.png", b"x" * 3_000_000)}, headers=signed_in)
        assert large.status_code == 422, "it came whole: no picture, but not too large for the proxy"

        async with (
            connect(
                f"wss://localhost:{ports[1]}/api/v1/streaming?stream=user",
                ssl=trusted,
                additional_headers=signed_in,
                proxy=None,
            ) as ear,
            visitor.stream("GET", "/api/v1/streaming/user", headers=signed_in) as lines,
        ):
            assert lines.status_code == 200
            made = await visitor.post("/api/v1/statuses", json={"status": "Bread."}, headers=signed_in)
            assert made.status_code == 200
            async with asyncio.timeout(SOON):
                assert made.json()["id"] in str(await ear.recv())
                async for line in lines.aiter_lines():
                    if made.json()["id"] in line:
                        break


@asynccontextmanager
async def nginx(folder: Path, upstream: int, ports: list[int], authority: trustme.CA) -> AsyncGenerator[None]:
    """Run it with the example; only ports, name and certificate are others."""
    path = program("nginx")
    assert path is not None
    certificate = authority.issue_cert("localhost")
    certificate.private_key_and_cert_chain_pem.write_to_path(str(folder / "pem"))
    text = (DEPLOY / "nginx" / "fedcomm.conf").read_text()
    text = re.sub(r"listen \[::\].*;", "", text)
    changes = {
        "server 127.0.0.1:8000;": f"server 127.0.0.1:{upstream};",
        "listen 80;": f"listen 127.0.0.1:{ports[0]};",
        "listen 443": f"listen 127.0.0.1:{ports[1]}",
        "community.example.org;": "localhost;",
    }
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)
    text = re.sub(r"(ssl_certificate(?:_key)?) /.*;", rf"\1 {folder}/pem;", text)
    places = " ".join(f"{kind}_temp_path {folder};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    user = "user root;" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(
        f"{user} daemon off; pid {folder}/pid; error_log stderr warn;\n"
        f"events {{}}\nhttp {{ access_log off; {places}\n{text} }}\n"
    )
    running = subprocess.Popen([path, "-e", "stderr", "-c", str(folder / "nginx.conf")])
    try:
        await until(lambda: is_served(ports[1]), bool, what="nginx takes nobody")
        yield
    finally:
        running.terminate()
        running.wait(10)

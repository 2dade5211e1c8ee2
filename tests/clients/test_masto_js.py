"""masto.js, the library under Phanpy and Elk, led by `masto.mjs` (`FEDCOMM_CLIENT_MASTO`: its `node_modules`)."""

import asyncio
import base64
import json
import os
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.clients.watching import Asking
from tests.clients.world import World
from tests.media.test_uploads import picture
from tests.running import PASSWORD
from tests.security.browser import browser, hidden_fields

pytestmark = [pytest.mark.client("MASTO")]

SCRIPT = Path(__file__).with_name("masto.mjs")
WITHIN = 120.0


async def test_masto_js_leads_a_member_through_groups(world: World, client_folder: Path, tmp_path: Path) -> None:
    """Its script raises at the first thing that is not as it should be; what that was is the last thing it says."""
    program = shutil.which("node")
    assert program is not None, "masto.js needs node on the PATH"
    asking = Asking(world.association, world.chapter)
    (tmp_path / "node_modules").symlink_to(client_folder)
    shutil.copy(SCRIPT, tmp_path)
    running = await asyncio.create_subprocess_exec(
        program,
        SCRIPT.name,
        json.dumps({"url": world.association.url, "chapter": world.chapter.domain}),
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "NODE_EXTRA_CA_CERTS": str(world.authority)},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        limit=2**22,
    )
    assert running.stdin is not None
    assert running.stdout is not None
    assert running.stderr is not None
    async with asyncio.timeout(WITHIN):
        ended = False
        async for line in running.stdout:
            said = json.loads(line)
            ended = said.get("did") == "all"
            if said.get("did") == "request":
                asking.asked(said["method"], said["url"], said["body"])
                asking.told(said["method"], said["url"], said["status"], said["content"].encode())
            if "do" in said:
                running.stdin.write(json.dumps(await _done(world, said)).encode() + b"\n")
        complaint = (await running.stderr.read()).decode()
        await running.wait()

    assert ended, complaint
    assert asking.troubles == []
    assert asking.refused() == {("GET", "/api/v1/accounts/verify_credentials", 401)}
    assert asking.too_often() == []


async def _done(world: World, said: dict[str, Any]) -> object:
    """Do what the script asks for, and say what came of it."""
    match said["do"]:
        case "allow":
            return await _allowed(world, said["url"])
        case "picture":
            return base64.b64encode(picture(size=(600, 400))).decode()
        case "wait until following":
            await world.until_in_north()
        case "write":
            await world.ben.start("Fresh from the press", "The booth is done.", world.paint)
        case other:
            raise AssertionError(f"it asks for {other}")
    return None


async def _allowed(world: World, url: str) -> str:
    """Sign in and consent, as a person would in a browser; the code that the page shows."""
    async with browser(world.association, trusting=world.certificates.trusting) as there:
        await there.sign_in("dora", PASSWORD)
        page = await there.http.get(url)
        answer = await there.http.post("/oauth/authorize", data=hidden_fields(page.text) | {"decision": "allow"})
    return max(re.findall(r"[A-Za-z0-9_-]{43}", answer.text), key=len)

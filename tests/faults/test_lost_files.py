"""The folder of the files is lost; the database is not (R038)."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.faults.test_full_disk import files, photo, picture_of, upload, write
from tests.fediverse.members import member
from tests.reliability.processes import ROOT
from tests.running import Instance, MakeDatabase, instances, settle


async def test_r038_lost_files_are_listed_posts_stay_and_what_others_have_comes_back(
    database_url: MakeDatabase, tmp_path: Path
) -> None:
    """R038: one place loses all files: ours are named by a command, those of others are fetched again."""
    folder = tmp_path / "media"
    async with instances(database_url, 2, FEDCOMM_DATA_DIR=str(tmp_path), FEDCOMM_MEDIA_URL=f"file://{folder}") as (
        here,
        there,
    ):
        ada, ben = await member(here, "ada"), await member(there, "ben")
        await ben.join(ada.account)
        await settle(here, there)
        async with here.client(await here.token(ada.account)) as app, there.client() as visitor:
            kept = await upload(app, photo())
            await settle(here, there)
            shown = await write(app, "Here it is.", kept.json()["id"])
            await settle(here, there)
            remote = await picture_of(there, ben, shown)
            assert (await visitor.get(remote)).status_code == 200
            before = {path: path.read_bytes() for path in files(tmp_path)}
            assert check(here, tmp_path) == []

            copies = {path for path in before if folder not in path.parents and "instances" in path.parts}
            assert copies
            for path in copies:
                path.unlink()
            again = await visitor.get(remote)
            assert (again.status_code, again.headers["content-type"][:6]) == (200, "image/")

            shutil.rmtree(folder)
            status = await app.get(f"/api/v1/statuses/{shown.rpartition('/')[2]}")
            picture = (await app.get(kept.json()["url"] or status.json()["media_attachments"][0]["url"])).status_code

            assert status.status_code == 200
            assert picture == 404
            (missing,) = check(here, tmp_path)
            assert [path.name for path in before if path.name in missing], missing

            for path, body in before.items():
                if folder in path.parents:
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.write_bytes(body)
            assert check(here, tmp_path) == []


def check(here: Instance, folder: Path) -> list[str]:
    """What `./run check --files` says of the files, where it is not well."""
    settings = here.site.config
    assert settings.database_url is not None
    environment = {
        "PATH": os.environ["PATH"],
        "FEDCOMM_DOMAIN": settings.here.domain,
        "FEDCOMM_SCHEME": "http",
        "FEDCOMM_DEV": "1",
        "FEDCOMM_DEV_ALLOW_NETWORKS": "127.0.0.0/8,::1/128",
        "FEDCOMM_DATA_DIR": str(folder),
        "FEDCOMM_MEDIA_URL": settings.media_url,
        "DATABASE_URL": settings.database_url,
    }
    asked = [sys.executable, "-m", "fedcomm", "check", "--files", "--json"]
    done = subprocess.run(asked, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    found = [each for each in json.loads(done.stdout) if each["what"] == "files"]
    assert len(found) == 1, done.stdout + done.stderr
    return [each["text"] for each in found if not each["is_well"]]

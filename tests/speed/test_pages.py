"""`./run bench pages` asks for every page, as somebody who has signed in with a password."""

from pathlib import Path

import pytest

from fedcomm.cli import bench_pages
from tests.speed import cast
from tests.speed.conftest import Sizes

pytestmark = pytest.mark.slow


async def test_all_pages_of_a_large_instance_are_asked_for_and_answered(sizes: Sizes, tmp_path: Path) -> None:
    tmp_path.chmod(0o755)

    found = await bench_pages.measure(tmp_path, sizes.small, times=1, member=cast.TAG_READER)

    asked = {(each.who, each.path) for each in found}
    assert {("owner", f"/admin{path}") for path in bench_pages.ADMIN} <= asked
    assert {("a member", path) for path in bench_pages.MEMBER} <= asked
    threads = [each for each in found if each.bar == bench_pages.THREAD_MS]
    assert {each.path for each in threads} == {f"/@person_{cast.ASKER}/{cast.HUNDRED}"}
    assert min(each.size for each in threads) > cast.FEW_REPLIES * 500
    assert bench_pages.figures(found).keys() == {"page thread", "page dashboard", "page slowest"}

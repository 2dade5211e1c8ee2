"""Commands that are typed beside the service use its settings (`/etc/fedcomm/environment`)."""

from pathlib import Path

from fedcomm import config
from fedcomm.cli import service_settings

LINES = """
# The domain cannot be changed later.
FEDCOMM_DOMAIN=community.example.org
; another comment
FEDCOMM_SMTP_URL="smtp://user:p&ss=word@mail.example.org:587?from=community@example.org"
FEDCOMM_WORKERS='4'
nothing here
"""


def test_what_the_service_is_told_counts_for_a_command_too(tmp_path: Path) -> None:
    file = tmp_path / "environment"
    file.write_text(LINES)
    environment = {"FEDCOMM_WORKERS": "2"}

    assert service_settings.take(environment, file)

    assert environment == {
        "FEDCOMM_WORKERS": "2",
        "FEDCOMM_DOMAIN": "community.example.org",
        "FEDCOMM_SMTP_URL": "smtp://user:p&ss=word@mail.example.org:587?from=community@example.org",
    }
    assert config.load(environment).here.domain == "community.example.org"


def test_whoever_means_another_instance_gets_nothing_of_it(tmp_path: Path) -> None:
    file = tmp_path / "environment"
    file.write_text(LINES)
    for environment in ({"FEDCOMM_DOMAIN": "localhost:7001"}, {"FEDCOMM_CONFIG": "/etc/other.toml"}):
        before = dict(environment)

        assert not service_settings.take(environment, file)
        assert environment == before


def test_without_such_a_file_nothing_is_read(tmp_path: Path) -> None:
    environment: dict[str, str] = {}

    assert not service_settings.take(environment, tmp_path / "environment")
    assert environment == {}

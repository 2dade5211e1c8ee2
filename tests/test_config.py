"""What operators set, and what they are told when it cannot be."""

import re
from datetime import timedelta
from pathlib import Path

import pytest

from fedcomm import config
from fedcomm.config import Listen, Wrong
from fedcomm.durations import Durations

REAL = {"FEDCOMM_DOMAIN": "community.example.org"}
LOCAL = {
    "FEDCOMM_DOMAIN": "localhost:7001",
    "FEDCOMM_SCHEME": "http",
    "FEDCOMM_DEV": "1",
    "FEDCOMM_DEV_ALLOW_NETWORKS": "127.0.0.0/8,::1/128",
    "FEDCOMM_DEV_DURATIONS": "0.05",
}


def test_one_setting_is_enough() -> None:
    read = config.load(REAL)

    assert (read.here.base_url, read.here.domain) == ("https://community.example.org", "community.example.org")
    assert (read.scheme, read.workers, read.registrations, read.federation) == ("https", 1, "approval", "open")
    assert (read.listen, str(read.listen)) == (Listen("127.0.0.1", 8000), "127.0.0.1:8000")
    assert read.source_url == "https://community.example.org/source"
    assert read.database_url is None
    assert read.warnings() == []


def test_the_serving_host_may_differ_from_the_domain_of_handles() -> None:
    here = config.load({**REAL, "FEDCOMM_DOMAIN": "Example.ORG", "FEDCOMM_HOST": "community.example.org:443"}).here

    assert (here.domain, here.base_url, here.authority) == (
        "example.org",
        "https://community.example.org",
        "community.example.org",
    )


def test_a_domain_in_another_script_is_kept_in_its_ascii_form() -> None:
    assert config.load({"FEDCOMM_DOMAIN": "Bücher.example"}).here.domain == "xn--bcher-kva.example"


def test_development_settings_are_said_loudly() -> None:
    read = config.load(LOCAL)

    assert read.here.authority == "localhost:7001"
    assert len(read.warnings()) == 4
    assert read.durations.delivery_given_up == timedelta(days=14) * 0.05


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({}, "FEDCOMM_DOMAIN is not set"),
        ({**REAL, "FEDCOMM_DEV": "1"}, "refused for community.example.org"),
        ({**LOCAL, "FEDCOMM_HOST": "example.com"}, "refused for example.com"),
        ({**REAL, "FEDCOMM_SCHEME": "http"}, "needs FEDCOMM_DEV=1"),
        ({**REAL, "FEDCOMM_DEV_ALLOW_NETWORKS": "127.0.0.0/8"}, "FEDCOMM_DEV_ALLOW_NETWORKS is for development"),
        ({**REAL, "FEDCOMM_DEV_DURATIONS": "0.5"}, "FEDCOMM_DEV_DURATIONS is for development"),
        ({"FEDCOMM_DOMAIN": "localhost"}, "has a port or is not a full domain"),
        ({"FEDCOMM_DOMAIN": "example.org:8443"}, "has a port or is not a full domain"),
        ({"FEDCOMM_DOMAIN": "192.0.2.1"}, "has a port or is not a full domain"),
        ({"FEDCOMM_DOMAIN": "https://example.org"}, "is not a domain"),
        ({"FEDCOMM_DOMAIN": "ada@example.org"}, "is not a domain"),
        ({"FEDCOMM_DOMAIN": "exa mple.org"}, "is not a domain"),
        ({"FEDCOMM_DOMAIN": "example.org:99999"}, "is not a domain"),
        ({"FEDCOMM_DOMAIN": f"{'a' * 47}.org"}, "has 51 characters"),
        ({**REAL, "FEDCOMM_LISTEN": "8000"}, "FEDCOMM_LISTEN"),
        ({**REAL, "FEDCOMM_LISTEN": "unix:here"}, "whole path"),
        ({**REAL, "FEDCOMM_TRUSTED_PROXIES": "10.0.0.1/8"}, "FEDCOMM_TRUSTED_PROXIES"),
        ({**REAL, "FEDCOMM_WORKERS": "0"}, "FEDCOMM_WORKERS"),
        ({**REAL, "FEDCOMM_REGISTRATIONS": "anybody"}, "not one of open, approval, invite, closed"),
        ({**REAL, "FEDCOMM_RATE_LIMITS": "maybe"}, "neither on nor off"),
        ({**REAL, "DATABASE_URL": "mysql://x"}, "DATABASE_URL"),
        ({**REAL, "FEDCOMM_DATABASE_DIRECT_URL": "postgresql://x"}, "needs DATABASE_URL"),
        ({**REAL, "FEDCOMM_SOURCE_URL": "ftp://x"}, "FEDCOMM_SOURCE_URL"),
        ({**REAL, "FEDCOMM_CA_FILE": "/there/is/no/such/file"}, "FEDCOMM_CA_FILE"),
        ({**LOCAL, "FEDCOMM_DEV_DURATIONS": "0"}, "not a number from 0.001"),
        ({**REAL, "FEDCOMM_CONFIG": "/there/is/no/such/file"}, "cannot be read"),
    ],
)
def test_what_cannot_be_is_told_in_one_line(settings: dict[str, str], told: str) -> None:
    with pytest.raises(Wrong, match=re.escape(told)) as wrong:
        config.load(settings)
    assert "\n" not in str(wrong.value)


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    file = tmp_path / "fedcomm.toml"
    file.write_text(
        'FEDCOMM_DOMAIN = "file.example"\nFEDCOMM_WORKERS = 3\nFEDCOMM_RATE_LIMITS = false\n'
        'FEDCOMM_TRUSTED_PROXIES = ["10.0.0.0/8", "::1"]\n'
    )

    read = config.load({"FEDCOMM_CONFIG": str(file), "FEDCOMM_DOMAIN": "environment.example"})

    assert (read.here.domain, read.workers, read.rate_limits) == ("environment.example", 3, False)
    assert list(map(str, read.trusted_proxies)) == ["10.0.0.0/8", "::1/128"]


@pytest.mark.parametrize("text", ["FEDCOMM_DOMIAN = 'typo.example'", "FEDCOMM_DOMAIN = ["])
def test_a_file_with_a_mistake_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "fedcomm.toml"
    file.write_text(text)
    with pytest.raises(Wrong):
        config.load({"FEDCOMM_CONFIG": str(file)})


def test_everything_of_an_instance_lies_below_its_data_folder(tmp_path: Path) -> None:
    read = config.load({**LOCAL, "FEDCOMM_DATA_DIR": str(tmp_path)})

    assert read.data_root == tmp_path
    assert read.folder == tmp_path / "instances" / "localhost_7001"
    assert read.secret_file.is_relative_to(read.folder)
    assert read.media_url == (read.folder / "media").as_uri()
    assert read.database_name == "fedcomm_localhost_7001"


def test_each_domain_has_a_database_of_its_own() -> None:
    names = [config.load({"FEDCOMM_DOMAIN": d}).database_name for d in ("a-b.example", "a.b.example", "ab.example")]
    assert len(set(names)) == 3


def test_s136_a_printed_configuration_shows_no_secret() -> None:
    read = config.load({**REAL, "DATABASE_URL": "postgresql://a:geheim@db/x", "FEDCOMM_METRICS_TOKEN": "geheim"})
    assert "geheim" not in f"{read} {read!r}"


def test_limits_of_time_are_not_shrunk_below_a_second() -> None:
    short = Durations().scaled(0.01)

    assert short.delivery_limit == timedelta(seconds=1)
    assert short.polling == timedelta(seconds=0.01)
    assert short.delivery_retries[:3] == (timedelta(0), timedelta(seconds=0.1), timedelta(seconds=0.6))


def test_the_handbook_names_every_setting() -> None:
    page = (Path(__file__).parent.parent / "deploy" / "handbook" / "install.md").read_text()
    assert set(re.findall(r"`(DATABASE_URL|FEDCOMM_[A-Z_]+)`", page)) - {"FEDCOMM_CONFIG"} == config.NAMES

"""What `deploy/` offers for containers, systemd, proxies and monitoring names only what there is."""

import importlib
import json
import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
import trustme

from fedcomm import app, cli, config, source_archive
from fedcomm.http.metrics import Metrics
from fedcomm.jobs.backlog import Backlog
from fedcomm.jobs.steering import PeerStatus
from tests.conftest import program

ROOT = Path(__file__).parent.parent.parent
DEPLOY = ROOT / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
LISTENS = str(config.load({"FEDCOMM_DOMAIN": "example.org"}).listen)
SAFE_ENOUGH = 2.0
"""systemd's own measure, from 0 (shut in) to 10: of what a unit could do if it were taken over."""


def yaml(path: Path) -> Any:
    return importlib.import_module("yaml").safe_load(path.read_text(encoding="utf-8"))


def is_command(words: list[str]) -> bool:
    """Whether these words are a command of ours with arguments that it takes."""
    name, *arguments = words
    command = cli.fedcomm.get_command(click.Context(cli.fedcomm), name)
    assert command is not None, f"there is no command {name}"
    command.make_context(name, arguments)
    return True


def routes() -> set[str]:
    return {route.path for route in app.routes()}


def test_all_services_of_the_compose_file_fit_together() -> None:
    compose = yaml(DEPLOY / "container" / "compose.yaml")
    services: dict[str, dict[str, Any]] = compose["services"]
    ours = {name: service for name, service in services.items() if service["image"] == "fedcomm"}

    assert set(ours) == {"migrate", "web", "worker"}
    for name, service in services.items():
        for needed, how in service.get("depends_on", {}).items():
            assert needed in services
            if how["condition"] == "service_healthy":
                assert "healthcheck" in services[needed] or services[needed] in ours.values()
        for volume in service.get("volumes", []):
            place = volume.partition(":")[0]
            assert place in compose["volumes"] or (DEPLOY / "container" / place).exists(), volume
        assert "ports" not in service or name == "proxy"
    for service in ours.values():
        assert is_command(service["command"])
        assert set(service["environment"]) <= config.NAMES
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert (DEPLOY / "container" / service["build"]["context"]).resolve() == ROOT
        assert (ROOT / service["build"]["dockerfile"]).exists()
    asked_for = set(re.findall(r"\$\{(\w+)", (DEPLOY / "container" / "compose.yaml").read_text()))
    offered = set(re.findall(r"^(\w+)=", (DEPLOY / "container" / "environment.example").read_text(), re.M))
    assert asked_for == offered
    assert services["proxy"]["environment"]["FEDCOMM_UPSTREAM"] == "web:8000"


def test_what_compose_sets_is_a_configuration() -> None:
    compose = yaml(DEPLOY / "container" / "compose.yaml")
    given = {"FEDCOMM_DOMAIN": "community.example.org", "DATABASE_PASSWORD": "secret"}
    environment = {
        name: re.sub(r"\$\{(\w+)[^}]*\}", lambda match: given.get(match[1], ""), value)
        for name, value in compose["services"]["web"]["environment"].items()
    }
    made = config.load(environment | {"FEDCOMM_LISTEN": "0.0.0.0:8000"})

    assert made.database_url == "postgresql://fedcomm:secret@database/fedcomm"
    assert made.workers == 2


def container_file() -> Iterator[tuple[str, str]]:
    """Its instructions, each on one line."""
    text = (DEPLOY / "container" / "Containerfile").read_text().replace("\\\n", " ")
    for line in text.splitlines():
        if line and not line.startswith("#"):
            word, _, rest = line.partition(" ")
            yield word, " ".join(rest.split())


def test_the_container_holds_all_of_the_source_and_runs_as_nobody_in_particular() -> None:
    lines = list(container_file())
    copied = [rest.split()[:-1] for word, rest in lines if word == "COPY" and not rest.startswith("--from")]
    names = {name for words in copied for name in words}
    variables = dict(shlex.split(rest)[n].split("=", 1) for word, rest in lines if word == "ENV" for n in range(4))
    (health,) = [rest for word, rest in lines if word == "HEALTHCHECK"]
    (user,) = [rest for word, rest in lines if word == "USER"]
    (start,) = [json.loads(rest) for word, rest in lines if word == "CMD"]

    assert names == {*source_archive.FOLDERS, *source_archive.FILES}
    assert all((ROOT / name).exists() for name in names)
    assert {name for name in variables if name.startswith("FEDCOMM")} <= config.NAMES
    assert int(user) > 0
    assert set(re.findall(r"http://127.0.0.1:8000(/\w+)", health)) <= routes()
    assert is_command(start)
    assert all(":" in rest.split()[0] and ":latest" not in rest for word, rest in lines if word == "FROM")


@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.name)
def test_units_start_commands_that_there_are_with_settings_that_there_are(unit: Path) -> None:
    text = unit.read_text()
    started = re.findall(r"^ExecStart(?:Pre)?=/opt/fedcomm/run (.+)$", text, re.M)
    through_shell = re.findall(r"exec /opt/fedcomm/run (backup) ", text)

    assert started or through_shell
    assert all(is_command(shlex.split(each)) for each in started)
    assert set(re.findall(r"^Environment=(\w+)=", text, re.M)) <= config.NAMES
    assert "User=fedcomm" in text
    assert "RemoveIPC=yes" not in text  # it would take the shared memory of the database that comes along


@pytest.mark.program("systemd-analyze")
def test_systemd_finds_nothing_wrong_with_the_units_and_they_are_shut_in(tmp_path: Path) -> None:
    """Settings that do not exist, or stand in the wrong section, are told; paths are those of this machine."""
    for unit in (DEPLOY / "systemd").iterdir():
        text = unit.read_text().replace("/opt/fedcomm/run", str(ROOT / "run"))
        (tmp_path / unit.name).write_text(text.replace("=/etc/fedcomm/environment", "=-/etc/fedcomm/environment"))
    paths = [str(path) for path in sorted(tmp_path.iterdir())]

    verified = analyze("verify", *paths)
    assert (verified.returncode, verified.stderr) == (0, ""), verified.stderr
    for path in paths:
        if path.endswith(".service"):
            measured = analyze("security", "--offline=true", "--no-pager", f"--threshold={SAFE_ENOUGH * 10:.0f}", path)
            assert measured.returncode == 0, measured.stdout[-200:]


def analyze(*arguments: str) -> "subprocess.CompletedProcess[str]":
    path = program("systemd-analyze")
    assert path is not None
    return subprocess.run([path, *arguments], capture_output=True, text=True, check=False)


def test_the_proxies_lead_to_where_we_listen_and_name_paths_that_there_are() -> None:
    nginx = (DEPLOY / "nginx" / "fedcomm.conf").read_text()
    caddy = (DEPLOY / "caddy" / "Caddyfile").read_text()
    named = set(re.findall(r"location (/\S*)", nginx)) - {"/"}

    assert f"server {LISTENS};" in nginx
    assert f"{{$FEDCOMM_UPSTREAM:{LISTENS}}}" in caddy
    assert named
    assert all(any(route.startswith(path) for route in routes()) for path in named)
    assert re.search(r"client_max_body_size 105m", nginx)
    assert re.search(r"max_size 105MB", caddy)
    assert caddy.count("{") == caddy.count("}")


@pytest.mark.program("nginx")
def test_nginx_takes_the_example(tmp_path: Path) -> None:
    """With a certificate of its own; nothing else is changed."""
    made = trustme.CA().issue_cert("community.example.org")
    key, chain = tmp_path / "key.pem", tmp_path / "chain.pem"
    made.private_key_pem.write_to_path(str(key))
    for each in made.cert_chain_pems:
        each.write_to_path(str(chain), append=True)
    text = (DEPLOY / "nginx" / "fedcomm.conf").read_text()
    text = re.sub(r"(ssl_certificate) .*;", rf"\1 {chain};", text)
    text = re.sub(r"(ssl_certificate_key) .*;", rf"\1 {key};", text)
    whole = tmp_path / "nginx.conf"
    whole.write_text(f"pid {tmp_path}/pid; error_log stderr; events {{}} http {{ access_log off; {text} }}")
    path = program("nginx")
    assert path is not None

    tested = subprocess.run([path, "-t", "-q", "-c", str(whole)], capture_output=True, text=True, check=False)

    assert tested.returncode == 0, tested.stderr


@pytest.mark.program("caddy")
def test_caddy_takes_the_example() -> None:
    path = program("caddy")
    assert path is not None
    asked = [path, "validate", "--adapter", "caddyfile", "--config", str(DEPLOY / "caddy" / "Caddyfile")]
    tested = subprocess.run(asked, capture_output=True, text=True, check=False)
    assert tested.returncode == 0, tested.stderr


def figures() -> set[str]:
    """The names of all figures that /metrics can have."""
    metrics = Metrics()
    metrics.request("GET", "/", 200, 0.1)
    metrics.work("facts", "done")
    queue = Backlog(queue="facts", waiting=0, oldest_due_at=None, failed=0, looked_at=None, succeeded_at=None)
    peer = PeerStatus(
        authority="peer.example", waiting=0, failed=0, oldest_at=None, next_at=None, failure_count=0,
        failing_since=None, last_success_at=None, last_failure_at=None, last_status=None, last_error=None,
    )  # fmt: skip
    body, _ = metrics.render([queue], [peer])
    return set(re.findall(r"^(fedcomm_\w+)", body.decode(), re.M))


@pytest.mark.parametrize("name", ["dashboard.json", "alerts.yml"])
def test_monitoring_asks_for_figures_that_there_are(name: str) -> None:
    text = (DEPLOY / "monitoring" / name).read_text()
    asked = set(re.findall(r"\bfedcomm_\w+", text))

    assert len(asked) >= 5
    assert asked <= figures()


def test_the_dashboard_and_the_alerts_are_whole() -> None:
    dashboard = json.loads((DEPLOY / "monitoring" / "dashboard.json").read_text())
    (group,) = yaml(DEPLOY / "monitoring" / "alerts.yml")["groups"]

    assert len({panel["id"] for panel in dashboard["panels"]}) == len(dashboard["panels"])
    for panel in dashboard["panels"]:
        assert panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 24
        assert all(balanced(target["expr"]) for target in panel["targets"])
    for rule in group["rules"]:
        assert balanced(rule["expr"])
        assert set(rule["annotations"]) == {"summary", "look"}
        for command in re.findall(r"\./run ([a-z ]+)", rule["annotations"]["look"]):
            assert command.split()[0] in cli.COMMANDS


def balanced(text: str) -> bool:
    return all(text.count(opened) == text.count(closed) for opened, closed in ("()", "{}", "[]"))


def test_the_handbook_lists_every_setting_and_every_file_of_deploy() -> None:
    pages = "\n".join(path.read_text() for path in (DEPLOY / "handbook").glob("*.md"))
    missing = {name for name in config.NAMES if f"`{name}`" not in pages}
    files = {
        path.name
        for path in DEPLOY.rglob("*")
        if path.is_file() and "handbook" not in path.parts and path.name != ".env"
    }

    assert missing == set()
    assert {name for name in files if name not in pages} == set()

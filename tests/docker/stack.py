"""docker/compose.yaml brought up: the recorder and what stands around it.

Images that cannot be had are stood in for by Debian's packages of the same
programs, Grafana by a program that demands the files which it would read.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import urllib.error
import urllib.request
from pathlib import Path

from case import Skipped, check, until
from engine import COMMAND_S
from image import SOURCE, base_image, build
from place import Place

FILE = SOURCE / "docker/compose.yaml"
UP_S = 180
TOKEN = "0123456789abcdef0123456789abcdef"

STAND_IN = """
ARG BASE
FROM ${BASE}
RUN mkdir -p /etc/postgresql-common \\
 && echo 'create_main_cluster = false' >/etc/postgresql-common/createcluster.conf \\
 && apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -q -y \\
    --no-install-recommends prometheus prometheus-alertmanager postgresql-15 \\
    nats-server busybox \\
 && ln -s "$(command -v busybox)" /usr/local/bin/wget \\
 && echo 'database:x:999:999::/:/bin/sh' >>/etc/passwd \\
 && for place in 65534:/prometheus 65534:/alertmanager 472:/var/lib/grafana \\
    999:/var/lib/postgresql/data; do \\
      mkdir -p "${place#*:}" && chown "${place%%:*}" "${place#*:}"; done
COPY database grafana /usr/local/bin/
"""

DATABASE = """#!/bin/sh
set -eu
bin=/usr/lib/postgresql/15/bin
data=/var/lib/postgresql/data/cluster
[ -s $data/PG_VERSION ] || $bin/initdb -D $data -U "$POSTGRES_USER" -A scram-sha-256 \\
  --pwfile="$POSTGRES_PASSWORD_FILE" $POSTGRES_INITDB_ARGS
exec $bin/postgres -D $data -c listen_addresses='*' \\
  -c unix_socket_directories=/var/run/postgresql
"""

GRAFANA = """#!/bin/sh
set -eu
test -s "$GF_SECURITY_ADMIN_PASSWORD__FILE"
test -r /etc/grafana/provisioning/datasources/prometheus.yml
test -r /etc/grafana/provisioning/dashboards/observer.yml
test -r "$GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"
touch /var/lib/grafana/written
mkdir -p /tmp/api
echo ok >/tmp/api/health
exec busybox httpd -f -p 3000 -h /tmp
"""

ENTRYPOINTS = {
    "database": ["/usr/local/bin/database"],
    "prometheus": ["/usr/bin/prometheus"],
    "alertmanager": ["/usr/bin/prometheus-alertmanager"],
    "grafana": ["/usr/local/bin/grafana"],
    "nats": ["/usr/sbin/nats-server"],
}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def get(port: int, path: str, token: str = "") -> tuple[int, str]:
    """The status and the answer; 0 without contact."""
    asked = urllib.request.Request(f"http://127.0.0.1:{port}{path}")
    if token:
        asked.add_header("Authorization", f"Bearer {token}")
    try:
        with urllib.request.urlopen(asked, timeout=5) as reply:
            return reply.status, reply.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
    except OSError:
        return 0, ""


class Project:
    """One `docker compose` project, gone at the end of its case."""

    def __init__(self, place: Place, files: list[Path],
                 environment: dict[str, str]) -> None:
        if place.engine.name != "docker":
            raise Skipped("compose is tried with docker alone")
        engine = place.engine
        self.engine = engine
        if engine.call("compose", "version").returncode == 0:
            words = [engine.program, "compose"]
        elif shutil.which("docker-compose"):
            words = ["docker-compose"]
        else:
            raise Skipped("no docker compose here (Debian package "
                          "docker-compose)")
        self.name = f"observer-test-{os.getpid()}-{len(files)}"
        image, tag = place.image.rsplit(":", 1)
        self.environment = {
            **os.environ, "OBSERVER_IMAGE": image, "OBSERVER_TAG": tag,
            **environment}
        self.words = [*words, "-p", self.name,
                      *(word for file in files for word in ("-f", str(file)))]
        place.at_end(lambda: self.call("down", "-v", "-t", "2"))

    def call(self, *words: str) -> subprocess.CompletedProcess:
        return subprocess.run([*self.words, *words], capture_output=True,
                              text=True, check=False, env=self.environment,
                              timeout=UP_S + COMMAND_S)

    def up(self, *words: str) -> None:
        done = self.call("up", "-d", "--no-build", *words)
        check(done.returncode == 0, f"up: {done.stderr[-1200:]}")

    def state(self, service: str) -> dict:
        name = self.engine.do("ps", "-a", "-q", "--filter",
                              f"label=com.docker.compose.project={self.name}",
                              "--filter",
                              f"label=com.docker.compose.service={service}")
        return self.engine.inspect(name)["State"] if name else {}

    def healthy(self, service: str, patience_s: float = 60) -> None:
        until(lambda: self.state(service).get("Health", {}).get("Status")
              == "healthy", f"{service} is healthy: "
              f"{json.dumps(self.state(service))[-800:]} "
              f"{self.call('logs', '--tail', '5', service).stdout[-800:]}",
              patience_s)


def secrets(place: Place) -> Path:
    """As .env.example says: readable files in a folder that is not."""
    folder = place.path("secrets")
    folder.mkdir(mode=0o700)
    for name, text in (("kis_app_key", "PSx" * 12),
                       ("kis_app_secret", "secret" * 30),
                       ("service_token", TOKEN), ("db_password", TOKEN),
                       ("grafana_password", TOKEN)):
        (folder / name).write_text(text + "\n")
        (folder / name).chmod(0o644)
    return folder


def compose_demo(place: Place) -> str:
    """Profile demo: records without a key; its console asks for the token."""
    port = free_port()
    project = Project(place, [FILE], {"COMPOSE_PROFILES": "demo",
                                      "DEMO_PORT": str(port)})
    project.up()
    project.healthy("demo")
    token = (SOURCE / "docker/demo/service_token").read_text().strip()
    check(get(port, "/health")[0] == 200, "/health needs no token")
    check(get(port, "/status")[0] == 401, "/status does")
    _, status = get(port, "/status", token)
    ledger = json.loads(status)["ledger"]
    check(ledger["persisted"] > 0, f"it persists: {ledger}")
    project.call("stop", "demo")
    check(project.state("demo")["ExitCode"] == 0, "it stops in order")
    return f"{ledger['persisted']} persisted"


def compose_core(place: Place) -> str:
    """Profile core: keys and token of files, no exchange in reach: alive, not
    ready, and the secrets are nowhere to be seen."""
    port = free_port()
    settings = place.path("observer.toml")
    settings.write_text('[kis]\nbase_url = "http://127.0.0.1:1"\n'
                        'websocket_url = "ws://127.0.0.1:1"\n')
    settings.chmod(0o644)
    project = Project(place, [FILE], {
        "COMPOSE_PROFILES": "core", "SERVICE_PORT": str(port),
        "OBSERVER_TOML": str(settings), "OBSERVER_SECRETS": str(secrets(place)),
        "TRACK_B_DEBUG": "true"})
    project.up()
    until(lambda: get(port, "/health")[0] == 200, "it is alive")
    until(lambda: get(port, "/ready")[0] == 503, "it is not ready")
    until(lambda: project.state("observer")["Health"]["Status"] == "unhealthy",
          "the engine says so")
    status, text = get(port, "/status", TOKEN)
    check(status == 200, f"the token opens /status, not {status}")
    said = text + project.call("logs").stdout + json.dumps(
        project.engine.inspect(project.engine.do(
            "ps", "-q", "--filter",
            f"label=com.docker.compose.project={project.name}")))
    for secret in ("PSx" * 12, "secret" * 30, TOKEN):
        check(secret not in said, "no secret in inspect, log or status")
    host = project.engine.inspect(project.engine.do(
        "ps", "-q", "--filter",
        f"label=com.docker.compose.project={project.name}"))["HostConfig"]
    check(host["Memory"] == 1 << 30 and host["NanoCpus"] == 2_000_000_000
          and host["ReadonlyRootfs"] and host["CapDrop"] == ["ALL"],
          f"its limits are the engine's: {host['Memory']}")
    return "alive, not ready, unhealthy; limits in effect"


def compose_all(place: Place) -> str:
    """Every profile: Prometheus scrapes, the database and the monitoring may
    go, and the recorder does not care."""
    folder = place.path("stand-in")
    (folder / "docker").mkdir(parents=True)
    (folder / "docker/Dockerfile").write_text(STAND_IN)
    for name, text in (("database", DATABASE), ("grafana", GRAFANA)):
        (folder / name).write_text(text)
        (folder / name).chmod(0o755)
    stand_in = f"localhost/observer-test/stand-in:{os.getpid()}"
    place.at_end(lambda: place.engine.call("rmi", "-f", stand_in))
    build(place.engine, folder, stand_in, "--build-arg",
          f"BASE={base_image(place.engine, place.folder)}")
    other = place.path("override.yaml")
    other.write_text(json.dumps({"services": {
        name: {"image": stand_in, "entrypoint": entrypoint}
        for name, entrypoint in ENTRYPOINTS.items()}}))
    ports = {name: free_port() for name in (
        "DEMO_PORT", "PROMETHEUS_PORT", "ALERTMANAGER_PORT", "GRAFANA_PORT",
        "DB_PORT", "NATS_PORT")}
    own = secrets(place)
    (own / "service_token").write_text(
        (SOURCE / "docker/demo/service_token").read_text())
    project = Project(place, [FILE, other], {
        "COMPOSE_PROFILES": "demo,monitoring,database,stream",
        "OBSERVER_MONITORED": "demo", "OBSERVER_SECRETS": str(own),
        **{name: str(port) for name, port in ports.items()}})
    project.up()
    for service in ("demo", "prometheus", "alertmanager", "grafana",
                    "database", "nats"):
        project.healthy(service)

    def query(words: str) -> list:
        _, text = get(ports["PROMETHEUS_PORT"],
                      f"/api/v1/query?query={words}")
        return json.loads(text)["data"]["result"] if text else []

    until(lambda: [one["value"][1] for one in query("up")] == ["1"],
          f"Prometheus scrapes the recorder: {query('up')}")
    until(lambda: query("observer_records_persisted_total"), "its metrics")
    _, rules = get(ports["PROMETHEUS_PORT"], "/api/v1/rules")
    check("ObserverDown" in rules, "the rules are loaded")
    _, known = get(ports["PROMETHEUS_PORT"], "/api/v1/alertmanagers")
    check("alertmanager:9093" in known, "Alertmanager is known")
    for service in ("database", "prometheus", "alertmanager", "grafana",
                    "nats"):
        project.call("stop", "-t", "1", service)
    check(project.state("demo")["Health"]["Status"] == "healthy",
          "the recorder does not care")
    status, _ = get(ports["DEMO_PORT"], "/ready")
    check(status == 200, f"/ready is 200, not {status}")
    return "six services healthy; the recorder alone is ready as well"


CASES = [compose_demo, compose_core, compose_all]
LONG = (compose_all,)

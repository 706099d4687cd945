"""docker/compose.yaml without an engine: what each service must have, that the
files which it mounts are there and right, and that README's names are.

Exit 77 is "skipped": python3-yaml or promtool is missing.
"""

from __future__ import annotations

import functools
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
try:
    import yaml
except ImportError:
    print("skipped: no python3-yaml here")
    sys.exit(77)

SOURCE = Path(__file__).resolve().parents[2]
DOCKER = SOURCE / "docker"
VARIABLE = re.compile(r"\$\{(\w+)(?::-([^}]*))?\}")
RECORDERS = {"observer", "demo"}
PROFILES = {"core", "demo", "monitoring", "database", "stream"}
EARLIER = {"KIS_IS_VIRTUAL", "TRACK_A_ENABLED", "TRACK_B_ENABLED",
           "TRACK_B_DEBUG", "LOG_LEVEL", "DB_NAME", "DB_USER", "DB_PORT",
           "SERVICE_PORT"}
"""Names of the system before this one that mean the same here."""


def filled(value, given=None):
    """With variables as the environment of nobody has them."""
    given = given or {}
    if isinstance(value, str):
        return VARIABLE.sub(lambda found: given.get(found[1], found[2] or ""),
                            value)
    if isinstance(value, dict):
        return {key: filled(entry, given) for key, entry in value.items()}
    if isinstance(value, list):
        return [filled(entry, given) for entry in value]
    return value


def compose(given=None):
    text = (DOCKER / "compose.yaml").read_text("utf-8")
    return filled(yaml.safe_load(text), given)


def variables(path):
    """{name: value} of a file for --env-file, and the names in comments."""
    told, set_ = set(), {}
    for line in (DOCKER / path).read_text("utf-8").splitlines():
        if found := re.fullmatch(r"(# )?([A-Z][A-Z_]*)=(.*)", line):
            told.add(found[2])
            if not found[1]:
                set_[found[2]] = found[3]
    return set_, told


def mounts(service):
    """(source, target, options) of each volume."""
    for entry in service.get("volumes", []):
        source, target, *options = entry.split(":")
        yield source, target, options


class Services(unittest.TestCase):
    def setUp(self):
        self.file = compose()
        self.services = self.file["services"]

    def each(self):
        return self.services.items()

    def test_every_profile_is_there(self):
        used = [profile for _, service in self.each()
                for profile in service["profiles"]]
        self.assertEqual(set(used), PROFILES)

    def test_images_are_pinned(self):
        for name, service in self.each():
            self.assertRegex(service["image"], r":v?\d+\.\d+", name)

    def test_the_tag_is_the_version(self):
        version = re.search(r"project\(observer VERSION (\S+)",
                            (SOURCE / "CMakeLists.txt").read_text())[1]
        self.assertEqual(self.services["observer"]["image"],
                         f"observer:{version}")
        self.assertEqual(variables(".env.example")[0]["OBSERVER_TAG"], version)
        self.assertIn(f"ARG VERSION={version}\n",
                      (DOCKER / "Dockerfile").read_text())

    def test_nothing_may_more_than_it_must(self):
        for name, service in self.each():
            self.assertIs(service["read_only"], True, name)
            self.assertEqual(service["cap_drop"], ["ALL"], name)
            self.assertNotIn("cap_add", service, name)
            self.assertNotIn("privileged", service, name)
            self.assertEqual(service["security_opt"],
                             ["no-new-privileges:true"])
            # NATS' image knows no other user than root.
            self.assertRegex(service["user"], r"^0:0$" if name == "nats"
                             else r"^[1-9]\d*:\d+$", name)

    def test_everything_has_its_limits(self):
        for name, service in self.each():
            self.assertLessEqual(float(service["cpus"]), 2)
            self.assertRegex(service["mem_limit"], r"^(\d+m|1g)$", name)
            self.assertLessEqual(service["pids_limit"], 256)
            log = service["logging"]
            self.assertEqual(log["driver"], "json-file")
            self.assertTrue(log["options"]["max-size"])
            self.assertTrue(log["options"]["max-file"])

    def test_the_recorder_goes_last(self):
        recorder = self.services["observer"]
        self.assertEqual(recorder["mem_limit"], "1g")
        for name, service in self.each():
            if name in RECORDERS | {"demo-exchange"}:
                continue
            self.assertGreater(service["oom_score_adj"], 0)
            self.assertLess(service["cpu_shares"], recorder["cpu_shares"])

    def test_the_recorder_waits_for_nobody(self):
        self.assertNotIn("depends_on", self.services["observer"])

    def test_it_comes_back(self):
        for name, service in self.each():
            self.assertEqual(service["restart"], "unless-stopped", name)

    def test_ports_are_of_the_loopback(self):
        for name, service in self.each():
            for port in service.get("ports", []):
                self.assertRegex(port, r"^127\.0\.0\.1:\d+:\d+$", name)

    def test_no_two_ports_are_the_same(self):
        ports = [port.split(":")[1] for _, service in self.each()
                 for port in service.get("ports", [])]
        self.assertEqual(len(set(ports)), len(ports))

    def test_health(self):
        for name, service in self.each():
            if name == "demo-exchange":
                continue  # it has nothing to ask
            health = service["healthcheck"]
            self.assertEqual(health["test"][0], "CMD")
            for key in ("interval", "timeout", "start_period", "retries"):
                self.assertIn(key, health)
        for name in RECORDERS:
            health = self.services[name]["healthcheck"]
            self.assertEqual(health["test"],
                             ["CMD", "/usr/bin/observer", "health"])
            seconds = sum(int(health[key].rstrip("s"))
                          for key in ("interval", "timeout"))
            self.assertLess(seconds * health["retries"], 10)

    def test_the_stop_has_its_time(self):
        deadline = re.search(
            r"# stop_deadline_ms = (\d+)",
            (SOURCE / "config/observer.example.toml").read_text())[1]
        for name in RECORDERS:
            grace = self.services[name]["stop_grace_period"]
            self.assertGreater(int(grace.rstrip("s")) * 1000, int(deadline))

    def test_who_waits_waits_for_what_is_there(self):
        for name, service in self.each():
            for other, how in service.get("depends_on", {}).items():
                self.assertTrue(set(service["profiles"])
                                <= set(self.services[other]["profiles"]))
                health = self.services[other].get("healthcheck", {})
                self.assertEqual(how["condition"], "service_started"
                                 if health.get("disable")
                                 else "service_healthy")

    def test_secrets_are_files(self):
        secret = re.compile(r"(?i)(password|secret|token|key)$")
        for name, service in self.each():
            for key, value in service.get("environment", {}).items():
                if name == "demo" and str(value).startswith("sim-"):
                    continue  # the simulated exchange's, in its own help
                self.assertIsNone(secret.search(key), key)
                if str(value).startswith("/run/secrets/"):
                    self.assertIn(Path(value).name, service["secrets"])
            for used in service.get("secrets", []):
                self.assertIn(used, self.file["secrets"])
        for name, entry in self.file["secrets"].items():
            if name != "demo_token":
                self.assertEqual(entry["file"], f"./secrets/{name}")
        ignored = (SOURCE / ".gitignore").read_text().splitlines()
        for line in ("/docker/secrets/", "/docker/.env"):
            self.assertIn(line, ignored)

    def test_volumes_have_names(self):
        for name, service in self.each():
            for source, target, options in mounts(service):
                self.assertTrue(target.startswith("/"))
                if source.startswith("."):
                    self.assertTrue((DOCKER / source).exists(), source)
                    self.assertEqual(options, ["ro"])
                else:
                    self.assertIn(source, self.file["volumes"])

    def test_the_settings_are_settings(self):
        """Only names that the recorder knows: it refuses others."""
        table = (SOURCE / "config/observer.example.toml").read_text()
        for name in RECORDERS:
            for key in self.services[name]["environment"]:
                self.assertRegex(table, rf"\b{key}\b")

    def test_every_variable_is_told(self):
        text = (DOCKER / "compose.yaml").read_text("utf-8")
        used = {found[1] for found in VARIABLE.finditer(text)}
        told = variables(".env.example")[1]
        demo = variables("demo/env")[1] | {
            "DEMO_PORT", "DEMO_SYMBOLS", "DEMO_RATE"}
        self.assertLessEqual(used, told | demo)
        self.assertLessEqual(told - used, {"COMPOSE_PROFILES",
                                           "COMPOSE_PROJECT_NAME"})
        self.assertLessEqual(EARLIER, told)

    def test_a_bucket_wants_no_more_than_its_own(self):
        over = yaml.safe_load((DOCKER / "compose.s3.yaml").read_text("utf-8"))
        service, = over["services"].values()
        table = (SOURCE / "config/observer.example.toml").read_text()
        for key in service["environment"]:
            self.assertRegex(table, rf"\b{key}\b")
        base = self.services["observer"]["secrets"]
        # A list in a second file may take the place of the first one's.
        self.assertLessEqual(set(base), set(service["secrets"]))
        self.assertEqual(set(service["secrets"]) - set(base),
                         set(over["secrets"]))

    def test_the_example_changes_nothing_unsaid(self):
        given = variables(".env.example")[0]
        self.assertEqual(compose(given), compose())


class Mounted(unittest.TestCase):
    """What the services around the recorder read."""

    def prometheus(self, name):
        return yaml.safe_load((DOCKER / "prometheus" / name).read_text())

    def test_targets_are_services(self):
        services = compose()["services"]
        for name, recorder in (("observer.yml", "observer"),
                               ("demo.yml", "demo-exchange")):
            config = self.prometheus(name)
            job, = config["scrape_configs"]
            self.assertEqual(job["job_name"], "observer")
            self.assertEqual(job["static_configs"][0]["targets"],
                             [f"{recorder}:8000"])
            self.assertEqual(job["authorization"]["credentials_file"],
                             "/run/secrets/service_token")
            other, = config["alerting"]["alertmanagers"]
            self.assertEqual(other["static_configs"][0]["targets"],
                             ["alertmanager:9093"])
            self.assertIn(recorder, services)
            self.assertIn("alertmanager", services)

    def test_the_choice_is_a_file(self):
        for given in ({}, variables("demo/env")[0]):
            command = compose(given)["services"]["prometheus"]["command"]
            file = command[0].removeprefix("--config.file=/etc/prometheus/")
            self.assertTrue((DOCKER / "prometheus" / file).is_file(), file)

    def test_promtool_takes_them(self):
        tool = promtool()
        if not tool:
            self.skipTest("promtool is missing: apt-get install prometheus")
        with tempfile.TemporaryDirectory() as folder:
            place = Path(folder)
            shutil.copytree(SOURCE / "config/prometheus", place / "rules")
            (place / "token").write_text("t")
            for name in ("observer.yml", "demo.yml"):
                text = (DOCKER / "prometheus" / name).read_text()
                text = text.replace("/etc/observer/rules", f"{place}/rules")
                text = text.replace("/run/secrets/service_token",
                                    f"{place}/token")
                (place / name).write_text(text)
                done = subprocess.run([tool, "check", "config", place / name],
                                      capture_output=True, text=True,
                                      check=False)
                self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
                self.assertRegex(done.stdout, r"\d+ rules found")

    def test_amtool_takes_it(self):
        tool = shutil.which("amtool")
        if not tool:
            self.skipTest("amtool is missing: apt-get install "
                          "prometheus-alertmanager")
        file = DOCKER / "alertmanager/alertmanager.yml"
        text = file.read_text()
        with tempfile.TemporaryDirectory() as folder:
            # As it is, and with the mail receiver taken out of its comments.
            mail = text[:text.index("  # - name: phone")] + re.sub(
                r"^  # ", "  ", text[text.index("  # - name: mail"):],
                flags=re.MULTILINE)
            other = Path(folder) / "mail.yml"
            other.write_text(mail)
            self.assertIn("email_configs:", yaml.safe_load(
                mail)["receivers"][1] and mail)
            for config in (file, other):
                done = subprocess.run([tool, "check-config", str(config)],
                                      capture_output=True, text=True,
                                      check=False)
                self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_grafana_finds_dashboard_and_source(self):
        grafana = compose()["services"]["grafana"]
        targets = {target: source for source, target, _ in mounts(grafana)}
        provider, = yaml.safe_load((
            DOCKER / "grafana/provisioning/dashboards/observer.yml"
        ).read_text())["providers"]
        folder = targets[provider["options"]["path"]]
        self.assertTrue((DOCKER / folder / "observer.json").is_file())
        home = grafana["environment"][
            "GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"]
        self.assertEqual(home, provider["options"]["path"] + "/observer.json")
        sources = yaml.safe_load((
            DOCKER / "grafana/provisioning/datasources/prometheus.yml"
        ).read_text())["datasources"]
        self.assertEqual([source["type"] for source in sources
                          if source.get("isDefault")], ["prometheus"])
        for source in sources:
            host, port = source["url"].removeprefix("http://").split(":")
            published = compose()["services"][host]["ports"][0]
            self.assertTrue(published.endswith(f":{port}"))

    def test_the_demo_does_not_fill_the_disk(self):
        """Nobody backs up what is made up, so nothing of it would ever go."""
        services = compose()["services"]
        given = services["demo"]["environment"]
        self.assertEqual(given["OBSERVER_RETENTION_WITHOUT_BACKUP"], "true")
        self.assertEqual(given["OBSERVER_RETENTION_RAW_DAYS"], "1")
        self.assertIn("--rate", services["demo-exchange"]["command"])

    def test_the_demo_has_its_secrets(self):
        given = variables("demo/env")[0]
        folder = DOCKER / given["OBSERVER_SECRETS"]
        for name in ("service_token", "grafana_password"):
            self.assertTrue((folder / name).is_file(), name)
        token = (folder / "service_token").read_text().strip()
        self.assertGreaterEqual(len(token), 16)


class Dockerfile(unittest.TestCase):
    def test_its_context_holds_what_it_copies(self):
        text = (DOCKER / "Dockerfile").read_text()
        kept = [line[1:] for line in
                (SOURCE / ".dockerignore").read_text().splitlines()
                if line.startswith("!")]
        for path in ("runtime/install-packages", "docker/assemble",
                     "docker/libraries", "CMakeLists.txt", "config"):
            self.assertTrue(any(path == entry or path.startswith(entry + "/")
                                for entry in kept), path)
        for path in ("build", "data", "docker/secrets/kis_app_key",
                     "docker/.env", ".git"):
            self.assertFalse(any(path == entry or path.startswith(entry + "/")
                                 for entry in kept), path)
        self.assertNotIn("\nVOLUME", text)
        self.assertIn("\nSTOPSIGNAL SIGTERM\n", text)
        self.assertIn("\nUSER 999:999\n", text)

    def test_the_base_can_be_pinned(self):
        self.assertRegex((DOCKER / "Dockerfile").read_text(),
                         r"\nARG BASE=debian:bookworm-slim\n")


@functools.cache
def promtool():
    found = subprocess.run([SOURCE / "tests/config/promtool"], text=True,
                           capture_output=True, check=False)
    return found.stdout.strip() if found.returncode == 0 else None


if __name__ == "__main__":
    result = unittest.main(exit=False, verbosity=2).result
    if not result.wasSuccessful():
        sys.exit(1)
    if result.skipped:
        print("skipped:", result.skipped[0][1])
        sys.exit(77)

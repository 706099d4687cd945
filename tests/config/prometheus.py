"""The alerts and the dashboard: promtool checks the rules and runs their unit
tests; then every metric that they name must be one of the daemon's
(metrics.txt), and every alert must say what to do and be tested both ways.

Exit 77 is "skipped": the checks that need promtool were left out.
"""

import functools
import json
import os
import re
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
SOURCE = os.path.dirname(os.path.dirname(HERE))
RULES = os.path.join(SOURCE, "config/prometheus/observer.rules.yml")
UNIT_TESTS = os.path.join(SOURCE, "config/prometheus/observer.rules.test.yml")
SCRAPES = os.path.join(SOURCE, "config/prometheus/prometheus.yml")
DASHBOARD = os.path.join(SOURCE, "config/grafana/observer.json")
METRICS = os.path.join(HERE, "metrics.txt")
SKIPPED = 77

NAME = re.compile(r"\b(observer_[a-z0-9_]+)(\{[^}]*\})?")
# What Prometheus itself adds to a series.
LABELS_OF_PROMETHEUS = {"job", "instance", "le"}


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def metrics():
    """{name: labels}, histograms by the names of their series."""
    known = {}
    for line in read(METRICS).splitlines():
        if not line or line.startswith("#"):
            continue
        name, kind, *labels = line.split()
        assert kind in ("counter", "gauge", "histogram"), line
        labels = set(labels[0].split(",")) if labels else set()
        if kind == "histogram":
            for part in ("_bucket", "_sum", "_count"):
                known[name + part] = labels
        else:
            known[name] = labels
    return known


def unknown_in(text):
    """What an expression names that the daemon does not have."""
    known = metrics()
    wrong = []
    for name, selector in NAME.findall(text):
        if name not in known:
            wrong.append(name)
            continue
        for label in re.findall(r'(\w+)\s*(?:=~|!~|!=|=)\s*"', selector):
            if label not in known[name] | LABELS_OF_PROMETHEUS:
                wrong.append(f"{name}{{{label}}}")
    every_label = set().union(*known.values()) | LABELS_OF_PROMETHEUS
    for names in re.findall(r"\b(?:by|on|without)\s*\(([^)]*)\)", text):
        for label in re.split(r"[,\s]+", names.strip()):
            if label not in every_label:
                wrong.append(f"by ({label})")
    return wrong


def alerts():
    """{name: text of the rule}, out of the rules as they are indented here."""
    rules = re.split(r"^      - (?=alert: |record: )", read(RULES),
                     flags=re.MULTILINE)
    return {rule.split()[1]: rule for rule in rules
            if rule.startswith("alert: ")}


def without_comments(text):
    return re.sub(r"^\s*#.*$", "", text, flags=re.MULTILINE)


def expressions(rule):
    """The expr of a rule, folded or not."""
    found = re.search(r"^ +expr:(.*(?:\n {10,}.*)*)", rule, re.MULTILINE)
    return found[1]


def dashboard_expressions(node):
    if isinstance(node, dict):
        for key, value in node.items():
            if key in ("expr", "query", "definition") \
                    and isinstance(value, str):
                yield value
            else:
                yield from dashboard_expressions(value)
    elif isinstance(node, list):
        for value in node:
            yield from dashboard_expressions(value)


@functools.cache
def promtool():
    found = subprocess.run([os.path.join(HERE, "promtool")], text=True,
                           capture_output=True)
    return found.stdout.strip() if found.returncode == 0 else None


class Rules(unittest.TestCase):
    def test_only_metrics_of_the_daemon(self):
        self.assertEqual(unknown_in(without_comments(read(RULES))), [])
        self.assertEqual(unknown_in(read(UNIT_TESTS)), [])

    def test_the_check_sees_what_is_unknown(self):
        self.assertEqual(unknown_in('observer_slot{state="x"}'),
                         ["observer_slot"])
        self.assertEqual(unknown_in('observer_slots{phase="x"}'),
                         ["observer_slots{phase}"])
        self.assertEqual(unknown_in("sum by (phase) (observer_slots)"),
                         ["by (phase)"])

    def test_counters_survive_a_restart(self):
        for name, rule in alerts().items():
            for counter in re.findall(r"observer_\w+_total", expressions(rule)):
                before = expressions(rule).split(counter)[0]
                self.assertRegex(before, r"(rate|increase)\($", name)

    def test_every_alert_says_what_to_do(self):
        self.assertGreater(len(alerts()), 8)
        for name, rule in alerts().items():
            self.assertRegex(rule, r"severity: (critical|warning)\n", name)
            self.assertRegex(rule, r"\bsummary: \S+", name)
            words = rule.partition("description: ")[2].split()
            self.assertGreater(len(words), 20, name)

    def test_every_alert_is_tested_both_ways(self):
        tests = re.findall(
            r'expr: ALERTS\{alertname="(\w+)", alertstate="firing"\}\n'
            r" +exp_samples:( \[\]|\n)", read(UNIT_TESTS))
        for name in alerts():
            outcomes = {outcome for tested, outcome in tests if tested == name}
            self.assertEqual(outcomes, {"\n", " []"}, name)
        self.assertLessEqual({tested for tested, _ in tests}, set(alerts()))


class Dashboard(unittest.TestCase):
    def setUp(self):
        self.board = json.loads(read(DASHBOARD))

    def test_only_metrics_of_the_daemon(self):
        for expression in dashboard_expressions(self.board):
            self.assertEqual(unknown_in(expression), [], expression)

    def test_recorded_series_exist(self):
        recorded = set(re.findall(r"record: (\S+)", read(RULES)))
        for expression in dashboard_expressions(self.board):
            used = set(re.findall(r"\bobserver:[a-z0-9_:]+", expression))
            self.assertLessEqual(used, recorded)

    def test_first_row(self):
        first = sorted((panel for panel in self.board["panels"]
                        if panel["gridPos"]["y"] == 0),
                       key=lambda panel: panel["gridPos"]["x"])
        self.assertEqual([panel["title"] for panel in first],
                         ["Received", "Persisted", "Ratio"])

    def test_panels_have_an_id_and_a_place_of_their_own(self):
        panels = self.board["panels"]
        self.assertEqual(len({panel["id"] for panel in panels}), len(panels))
        taken = set()
        for panel in panels:
            at = panel["gridPos"]
            self.assertLessEqual(at["x"] + at["w"], 24, panel["title"])
            cells = {(x, y) for x in range(at["x"], at["x"] + at["w"])
                     for y in range(at["y"], at["y"] + at["h"])}
            self.assertFalse(cells & taken, panel["title"])
            taken |= cells
            self.assertTrue(panel["description"], panel["title"])

    def test_the_data_source_is_chosen_by_the_reader(self):
        variables = {v["name"]: v for v in self.board["templating"]["list"]}
        self.assertEqual(variables["datasource"]["type"], "datasource")
        for panel in self.board["panels"]:
            for target in panel["targets"]:
                self.assertEqual(target["datasource"]["uid"], "${datasource}")


@unittest.skipUnless(promtool(), "promtool is missing: apt-get install "
                                 "prometheus")
class Promtool(unittest.TestCase):
    def run_promtool(self, *arguments):
        done = subprocess.run([promtool(), *arguments], text=True,
                              capture_output=True)
        return done.returncode, done.stdout + done.stderr

    def succeeds(self, *arguments):
        status, text = self.run_promtool(*arguments)
        self.assertEqual(status, 0, text)

    def test_config(self):
        self.succeeds("check", "config", SCRAPES)

    def test_rules(self):
        self.succeeds("check", "rules", RULES)

    def test_unit_tests(self):
        self.succeeds("test", "rules", UNIT_TESTS)

    def test_expressions_of_the_dashboard(self):
        """As rules, so that promtool parses them."""
        lines = ["groups:", "  - name: dashboard", "    rules:"]
        for expression in dashboard_expressions(json.loads(read(DASHBOARD))):
            if "observer" not in expression or "label_values" in expression:
                continue
            expression = expression.replace("$__rate_interval", "1m")
            lines += [f"      - record: dashboard:n{len(lines)}",
                      f"        expr: {json.dumps(expression)}"]
        with tempfile.NamedTemporaryFile("w", suffix=".yml") as file:
            file.write("\n".join(lines) + "\n")
            file.flush()
            self.succeeds("check", "rules", file.name)

    def test_every_condition_is_needed(self):
        """Without one of its `and` lines a test of the alert must fail."""
        text = read(RULES)
        head, *tests = re.split(r"^(?=  - name: )", read(UNIT_TESTS),
                                flags=re.MULTILINE)
        conditions = list(re.finditer(r"^ +and .*\n", text, re.MULTILINE))
        self.assertGreater(len(conditions), 5)
        with tempfile.TemporaryDirectory() as directory:
            for found in conditions:
                alert = re.findall(r"alert: (\w+)", text[:found.start()])[-1]
                self.write(directory, "observer.rules.yml",
                           text[:found.start()] + text[found.end():])
                self.write(directory, "tests.yml", head + "".join(
                    test for test in tests if f'"{alert}"' in test))
                status, _ = self.run_promtool(
                    "test", "rules", os.path.join(directory, "tests.yml"))
                line = text.count("\n", 0, found.start()) + 1
                self.assertNotEqual(status, 0, f"line {line} is not tested: "
                                               f"{found[0]}")

    @staticmethod
    def write(directory, name, text):
        with open(os.path.join(directory, name), "w",
                  encoding="utf-8") as file:
            file.write(text)


if __name__ == "__main__":
    result = unittest.main(exit=False, verbosity=2).result
    if not result.wasSuccessful():
        sys.exit(1)
    if result.skipped:
        print("skipped:", result.skipped[0][1])
        sys.exit(SKIPPED)

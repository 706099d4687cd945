"""README's lines for DuckDB and pandas, as they stand there, on files of a real
recorder: what they read is every line that was written, and all of it.

    readers.py OBSERVER

Exit 77 is "skipped": this machine lacks a part.
"""

from __future__ import annotations

import sys

sys.dont_write_bytecode = True  # the source folder stays as it is

import functools
import gzip
import json
import random
import re
import shutil
import subprocess
import tempfile
import unittest
import urllib.request
from decimal import Decimal
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(SOURCE / "tests/faults"))

from case import House, until  # noqa: E402
from kis_server import Broker, wait_for_registrations  # noqa: E402
from layout import free_port  # noqa: E402

OBSERVER = Path(sys.argv.pop(1)) if len(sys.argv) > 1 \
    else SOURCE / "build/release/observer"
SQL = (SOURCE / "config/duckdb/observer.sql").read_text()
SKIPPED = 77
DAY = "20260914"
"""README's; the files are put under this day's names."""

QUOTE = ("0|H0STASP0|001|005930^093730^0^71900^72000^72100^72200^72300^72400"
         "^72500^72600^72700^72800^71800^71700^71600^71500^71400^71300^71200"
         "^71100^71000^70900^91918^117942^92673^79708^106729^141988^176192"
         "^113906^134077^104229^95221^159371^220746^284657^212742^195370"
         "^182710^209747^376432^158171^1159362^2095167^0^0^0^0^525579^-72000"
         "^5^-100.00^3159115^0^8^0^0^0")
SAMPLED = 20_480
"""Lines that DuckDB guesses a file's members from."""


def readme(name: str) -> str:
    """The block between <!-- NAME --> and <!-- /NAME -->."""
    text = (SOURCE / "README.md").read_text()
    found = re.search(rf"<!-- {name} -->\n(.*?)<!-- /{name} -->", text, re.S)
    assert found, f"README.md has no <!-- {name} -->"
    return re.sub(r"^ {4}|^```\w*$", "", found[1], flags=re.M).strip()


class Recording:
    """What a recorder wrote: quotes first, the gap and the decimals late."""

    def __init__(self, house: House) -> None:
        self.broker = Broker()
        house.at_end(self.broker.close)
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        self.daemon = house.daemon(
            self.broker.approvals.url, self.broker.url,
            "--symbols", "H0STASP0:005930,005930,000660",
            environment={"SERVICE_PORT": str(port)})
        self.session = wait_for_registrations(self.broker, 3)
        # A value of a day that needs 16 digits.
        self.broker.sent["005930"] = [30_000_000_000]
        self.session.send(QUOTE)
        self.daemon.persists(1)
        for _ in range(SAMPLED // 20 + 10):
            self.trades(20)
        self.broker.sent["005930"][-1] += 1_000  # shares that nobody saw
        self.trades(20, {5: "-3.95"})
        self.trades(1, {21: "left"})
        self.trades(1, {43: "\udcb0\udca1"})
        self.trades(1, {33: "20260101"}, "000660")
        self.records = 1 + (SAMPLED // 20 + 11) * 20 + 3
        self.daemon.persists(self.records)
        self.rotate()
        self.trades(5, {5: "0.37"})
        self.records += 5
        self.daemon.persists(self.records)
        self.daemon.stop()

    def trades(self, count: int, values: dict[int, str] | None = None,
               symbol: str = "005930") -> None:
        """New trades whose values at these columns are others."""
        header, payload = self.broker.trades(symbol, count).rsplit("|", 1)
        every = payload.split("^")
        width = len(every) // count
        changes = {5: "0", 33: "", **(values or {})}
        for begin in range(0, len(every), width):
            for column, value in changes.items():
                every[begin + column] = value
        text = f"{header}|{'^'.join(every)}"
        self.session.send(text.encode("utf-8", "surrogateescape"))

    def rotate(self) -> None:
        """The file's next part."""
        with urllib.request.urlopen(self.url + "/api/session") as reply:
            token = json.load(reply)["token"]
        request = urllib.request.Request(
            self.url + "/api/actions",
            json.dumps({"action": "rotate", "target": "scalp", "who": "test",
                        "confirm": True}).encode(),
            {"Content-Type": "application/json", "X-Observer-Token": token})
        urllib.request.urlopen(request).close()
        until(lambda: "scalp" in str(self.daemon.events("operator")),
              "the order is in the system journal")


def lay_out(recorded: Path, data: Path) -> None:
    """The recorder's files under README's day: an hour in parts, one of which
    is open with half a line at its end, an hour without a line, and another."""
    (data / "scalp").mkdir(parents=True)
    files = sorted(recorded.glob("scalp/*.jsonl"),
                   key=lambda file: file.stat().st_size)
    for number, file in enumerate(reversed(files)):
        # The one with 20,480 lines is read first.
        name = (f"{DAY}_15.jsonl", f"{DAY}_15.{number + 1}.jsonl")[number != 1]
        shutil.copy(file, data / "scalp" / name)
        shutil.copy(f"{file}.manifest.json",
                    data / "scalp" / f"{name}.manifest.json")
    lines = files[0].read_bytes().splitlines(keepends=True)
    (data / f"scalp/{DAY}_15.9.jsonl").write_bytes(lines[1] + lines[2][:200])
    (data / f"scalp/{DAY}_16.jsonl").write_bytes(b"")
    (data / f"scalp/{DAY}_17.jsonl").write_bytes(lines[0])
    for kind in ("system", "quarantine"):
        if (recorded / kind).is_dir():
            shutil.copytree(recorded / kind, data / kind)


def written(data: Path, folder: str = "scalp",
            name: str = "*") -> list[dict]:
    """Every whole line."""
    return [json.loads(line, parse_float=Decimal)
            for path in sorted(data.glob(f"{folder}/{name}.jsonl"))
            for line in path.read_bytes().splitlines(keepends=True)
            if line.endswith(b"\n")]


def plain(value: object) -> object:
    """Without what is absent; numbers and times as values."""
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items()
                if one is not None}
    if isinstance(value, list):
        return [plain(one) for one in value]
    if isinstance(value, (int, Decimal)):
        return Decimal(value).normalize()
    # 2026-09-14 15:07:46.1234+09, zeros at the end left out.
    time = re.fullmatch(r"(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(\.\d+)?"
                        r"\+09(:00)?", str(value))
    if time:
        return f"{time[1]}T{time[2]}{(time[3] or '').rstrip('0').rstrip('.')}"
    return value


def in_order(lines: list[dict]) -> list[dict]:
    return sorted(map(plain, lines), key=lambda line: json.dumps(
        line, default=str, sort_keys=True))


@functools.cache
def python_with_pandas() -> str | None:
    for python in (sys.executable, "/usr/bin/python3", "python3"):
        done = subprocess.run([python, "-c", "import pandas"],
                              capture_output=True, check=False)
        if done.returncode == 0:
            return python
    return None


def compress(path: Path) -> None:
    """Puts what actors/archive/zstd_frames.hpp says into the file's place."""
    python = python_with_pandas()
    if not python or subprocess.run([python, "-c", "import zstandard"],
                                    capture_output=True,
                                    check=False).returncode:
        raise unittest.SkipTest("zstandard is not installed "
                                "(python3-zstandard)")
    subprocess.run([python, "-c", COMPRESS, path], check=True, timeout=120)
    path.unlink()


COMPRESS = """
import struct, sys, zstandard
lines = open(sys.argv[1], "rb").read().splitlines(keepends=True)
frames = [b"".join(lines[at:at + 3000]) for at in range(0, len(lines), 3000)]
zstd = zstandard.ZstdCompressor(level=3, write_checksum=True,
                                write_content_size=False)
packed = [zstd.compress(frame) for frame in frames]
table = b"".join(struct.pack("<II", len(p), len(f))
                 for p, f in zip(packed, frames))
table += struct.pack("<IBI", len(frames), 0, 0x8F92EAB1)
open(sys.argv[1] + ".zst", "wb").write(
    b"".join(packed) + struct.pack("<II", 0x184D2A5E, len(table)) + table)
"""


@functools.cache
def lack_of_duckdb() -> str:
    """Why there is no DuckDB; empty if there is one."""
    if not shutil.which("node"):
        return "node is not installed"
    if subprocess.run([SOURCE / "tests/config/duckdb/packages"],
                      capture_output=True, check=False).returncode:
        return "DuckDB's packages could not be fetched"
    return ""


def duckdb(*texts: str) -> list[list[dict]]:
    """The rows of each, after config/duckdb/observer.sql."""
    done = subprocess.run(
        ["node", SOURCE / "tests/config/duckdb/query.mjs",
         SOURCE / "build/duckdb-tests"],
        input=json.dumps([SQL, *texts]), capture_output=True, text=True,
        check=True, timeout=120)
    answers = json.loads(done.stdout, parse_float=Decimal)
    for text, answer in zip([SQL, *texts], answers):
        assert "error" not in answer, f"{text}\n{answer['error']}"
    return [answer["rows"] for answer in answers[1:]]


class Readers(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.folder = Path(tempfile.mkdtemp())
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        house = House(OBSERVER.resolve(), cls.folder / "house",
                      random.Random(1), True, 1, False, print)
        cls.data = cls.folder / "DATA"
        with house:
            recorded = Recording(house)
            lay_out(recorded.daemon.data, cls.data)
        cls.lines = written(cls.data)

    def query(self, *texts: str) -> list[list[dict]]:
        if lack_of_duckdb():
            self.skipTest(lack_of_duckdb())
        return duckdb(*(text.replace("DATA", str(self.data))
                        for text in texts))

    def test_the_files_hold_what_readers_stumble_over(self) -> None:
        first, late = self.lines[:SAMPLED], self.lines[SAMPLED:]
        self.assertIn("asks", first[0])

        def rates(lines: list[dict]) -> set:
            return {line["price"]["change_rate"] for line in lines
                    if "price" in line}

        for member in ("gap", "doubt", "raw_base64", "business_date"):
            self.assertFalse(any(member in line for line in first), member)
            self.assertTrue(any(member in line for line in late), member)
        self.assertEqual(rates(first), {0})
        self.assertEqual(rates(late), {0, Decimal("-3.95"), Decimal("0.37")})
        self.assertGreater(late[0]["volume"]["trade_value"], 10 ** 15)

    def test_duckdb_reads_all_of_every_line(self) -> None:
        rows, = self.query("SELECT to_json(t)::VARCHAR AS line "
                           f"FROM ticks('DATA/scalp/{DAY}_*.jsonl') t")
        read = [json.loads(row["line"], parse_float=Decimal) for row in rows]
        self.assertEqual(len(read), len(self.lines))
        for seen, line in zip(in_order(read), in_order(self.lines)):
            self.assertEqual(seen, line)

    def test_the_lines_of_the_readme_run_in_duckdb(self) -> None:
        for text in readme("duckdb").split(";"):
            if not text.strip():
                continue
            rows, = self.query(text)
            self.assertTrue(rows, text)

    def test_the_gap_comes_with_its_time_in_korea(self) -> None:
        rows, = self.query(
            "SELECT timestamp::VARCHAR AS at, gap.cause AS cause, "
            "gap.missing_shares AS shares "
            f"FROM ticks('DATA/scalp/{DAY}_*.jsonl') WHERE gap IS NOT NULL")
        gaps = [line for line in self.lines if "gap" in line]
        self.assertEqual(
            [(plain(row["at"]), row["cause"], row["shares"]) for row in rows],
            [(plain(line["timestamp"]), line["gap"]["cause"],
              str(line["gap"]["missing_shares"])) for line in gaps])

    def test_half_a_line_is_counted(self) -> None:
        rows, = self.query("SELECT parse_filename(filename) AS file, lines "
                           f"FROM unreadable('DATA/scalp/{DAY}_*.jsonl')")
        self.assertEqual(rows, [{"file": f"{DAY}_15.9.jsonl", "lines": "1"}])

    def test_duckdb_holds_the_largest_numbers_of_the_wire(self) -> None:
        line = next(line for line in self.lines if "price" in line)
        line = json.loads(json.dumps(line, default=float))
        whole = 10 ** 18 - 1
        for group in ("price", "volume", "bid_ask"):
            line[group] = dict.fromkeys(line[group], whole)
        line["price"]["change_rate"] = -100.25
        line["seq"] = 2 ** 63 - 1
        line["gap"] = {"cause": "exchange_gap", "missing_shares": -whole,
                       "records": whole, "after": line["timestamp"]}
        line["raw"] = "\0\x01\x7f\"\\ °가"
        line["doubt"] = ["side"]
        file = self.folder / "large.jsonl"
        file.write_text(json.dumps(line) + "\n")
        rows, = self.query(f"SELECT to_json(t)::VARCHAR AS l FROM "
                           f"ticks('{file}') t")
        read = json.loads(rows[0]["l"], parse_float=Decimal)
        self.assertEqual(plain(read), plain(json.loads(
            json.dumps(line), parse_float=Decimal)))

    def test_duckdb_reads_the_other_folders(self) -> None:
        texts = {"events": "system", "rejects": "quarantine"}
        for macro, folder in texts.items():
            lines = written(self.data, folder)
            if not lines:
                continue
            rows, = self.query(f"SELECT to_json(t)::VARCHAR AS line FROM "
                               f"{macro}('DATA/{folder}/*.jsonl') t")
            read = [json.loads(row["line"], parse_float=Decimal)
                    for row in rows]
            self.assertEqual(in_order(read), in_order(lines))

    def pandas(self, folder: Path) -> list[dict]:
        """What README's lines make of an hour there."""
        python = python_with_pandas()
        if not python:
            self.skipTest("pandas is not installed (python3-pandas)")
        program = readme("pandas").replace("DATA", str(folder)) + """
trades["zone"] = str(trades["timestamp"].dt.tz)
trades["timestamp"] = [t.isoformat() for t in trades["timestamp"]]
print("\\n" + json.dumps(trades.to_dict("records")))
"""
        done = subprocess.run([python, "-c", program], capture_output=True,
                              text=True, check=False, timeout=120)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout.splitlines()[-1])

    def test_the_lines_of_the_readme_run_in_pandas(self) -> None:
        self.assertEqual(self.pandas(self.data), [
            {"timestamp": line["timestamp"], "symbol": line["symbol"],
             "price": line["price"]["current"],
             "volume": line["volume"]["tick"],
             "accumulated": line["volume"]["accumulated"],
             "gap": line.get("gap", {}).get("cause"), "zone": "Asia/Seoul"}
            for line in written(self.data, name=f"{DAY}_15*")
            if "price" in line])

    def test_an_hour_without_a_line_is_an_empty_table(self) -> None:
        folder = self.folder / "empty"
        (folder / "scalp").mkdir(parents=True)
        (folder / f"scalp/{DAY}_15.jsonl").touch()
        self.assertEqual(self.pandas(folder), [])
        rows, = self.query(
            f"FROM ticks('{folder}/scalp/{DAY}_15.jsonl')")
        self.assertEqual(rows, [])

    def compressed(self, name: str, *files: str) -> Path:
        """A copy of all, with these files compressed."""
        folder = self.folder / name
        shutil.copytree(self.data, folder)
        for file in files:
            compress(folder / "scalp" / file)
        return folder

    def test_duckdb_reads_all_of_what_was_compressed(self) -> None:
        data = self.compressed("compressed", f"{DAY}_15.jsonl",
                               f"{DAY}_17.jsonl")
        for files in ("'{}/*.jsonl'", "'{}/*.jsonl*'",
                      "['{}/*.jsonl', '{}/*.jsonl.zst']"):
            rows, = self.query("SELECT to_json(t)::VARCHAR AS line FROM ticks("
                               f"{files.replace('{}', f'{data}/scalp')}) t")
            read = [json.loads(row["line"], parse_float=Decimal)
                    for row in rows]
            self.assertEqual(in_order(read), in_order(self.lines), files)
        rows, = self.query(
            f"SELECT count(*)::INT AS n FROM ticks('{data}/scalp/{DAY}_17"
            ".jsonl')")
        self.assertEqual(rows, [{"n": 1}])

    def test_pandas_reads_all_of_what_was_compressed(self) -> None:
        data = self.compressed("compressed_for_pandas", f"{DAY}_15.jsonl")
        self.assertEqual(self.pandas(data), self.pandas(self.data))
        python = python_with_pandas()
        done = subprocess.run(
            [python, "-c", "import pandas, sys; print(len(pandas.read_json("
             "sys.argv[1], lines=True)))",
             data / f"scalp/{DAY}_15.jsonl.zst"],
            capture_output=True, text=True, check=True, timeout=120)
        self.assertEqual(int(done.stdout),
                         len(written(self.data, name=f"{DAY}_15")))

    def test_a_call_that_reads_one_frame_fails_and_cuts_nothing_off(self)\
            -> None:
        data = self.compressed("compressed_at_once", f"{DAY}_15.jsonl")
        done = subprocess.run(
            [python_with_pandas(), "-c", "import sys, zstandard; "
             "zstandard.decompress(open(sys.argv[1], 'rb').read())",
             data / f"scalp/{DAY}_15.jsonl.zst"],
            capture_output=True, text=True, check=False, timeout=120)
        self.assertIn("could not determine content size", done.stderr)

    def test_a_file_and_its_copy_are_read_once(self) -> None:
        data = self.compressed("both", f"{DAY}_15.jsonl")
        shutil.copy(self.data / f"scalp/{DAY}_15.jsonl", data / "scalp")
        self.assertEqual(self.pandas(data), self.pandas(self.data))
        rows, = self.query(
            f"SELECT count(*)::INT AS n FROM ticks('{data}/scalp/*.jsonl')")
        self.assertEqual(rows, [{"n": len(self.lines)}])

    def test_archived_files_are_read_beside_others(self) -> None:
        folder = self.folder / "archive"
        shutil.copytree(self.data, folder)
        first = sorted(folder.glob("scalp/*.jsonl"))[0]
        with gzip.open(f"{first}.gz", "wb") as archive:
            archive.write(first.read_bytes())
        first.unlink()
        rows, = self.query(
            "SELECT count(*)::INT AS n FROM ticks("
            f"['{folder}/scalp/*.jsonl', '{folder}/scalp/*.jsonl.gz'])")
        self.assertEqual(rows, [{"n": len(self.lines)}])


if __name__ == "__main__":
    if lack_of_duckdb() and not python_with_pandas():
        print(f"skipped: {lack_of_duckdb()}, and pandas is not installed")
        sys.exit(SKIPPED)
    result = unittest.main(exit=False).result
    for _, why in result.skipped:
        print("skipped:", why)
    sys.exit(SKIPPED if result.wasSuccessful() and result.skipped
             else not result.wasSuccessful())

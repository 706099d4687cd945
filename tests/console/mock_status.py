"""A daemon's HTTP service in Python's standard library, for the tests of the
consoles: `mock_status.py [PORT]` serves made-up facts on loopback, prints the
port, and ends with its standard input. The facts move with time, so a console
has something to redraw.

A line on standard input changes something: `state not_recording disk_full`,
`run RUN_ID`, `token TEXT` (ask for a bearer token), `warns` (the verdict has
reasons to warn).
"""

import http.server
import json
import sys
import threading
import time

ACTION_TOKEN = "token-of-this-run"
SLOTS = [("005930", "H0STCNT0", "live"), ("000660", "H0STCNT0", "live"),
         ("035720", "H0STCNT0", "live"), ("005930", "H0NXCNT0", "live"),
         ("005930", "H0STASP0", "live"), ("051910", "H0STCNT0", "silent"),
         ("999999", "H0STCNT0", "refused")]
# The facts of a verdict that warns, as the daemon gives them.
ITEMS = [
    {"kind": "rates", "text": "1,234/s received, 1,230/s on disk, 5 of 7 "
     "registrations live", "received_per_s": 1234.4, "persisted_per_s": 1230,
     "live": 5, "wanted": 7},
    {"kind": "refused", "text": "1 of 7 refused (refused_symbol): 999999 "
     "H0STCNT0", "count": 1, "of": 7, "names": ["999999 H0STCNT0"],
     "cause": "refused_symbol"},
    {"kind": "silent", "text": "1 of 7 silent: 051910 H0STCNT0", "count": 1,
     "of": 7, "names": ["051910 H0STCNT0"]},
]


class Facts:
    def __init__(self):
        self.started_us = now_us() - 3 * 3600 * 10**6
        self.state, self.cause = "recording", None
        self.warns, self.items = False, []
        self.run_id = "20260914T085959-7f3a2c"
        self.bearer = None
        self.asked = 0
        self.actions = []

    def verdict(self):
        texts = {
            "recording": "Recording: 1,234 trades/s, all on disk",
            "not_recording": "Not recording: the disk is full",
            "market_closed": "Market closed: opens at 09:00",
        }
        return {
            "recording": self.state == "recording",
            "state": self.state,
            "cause": self.cause,
            "severity": "bad" if self.state == "not_recording"
                        else "warn" if self.warns else "ok",
            "text": "Recording: " + "; ".join(i["text"] for i in ITEMS)
                    if self.warns else texts.get(self.state, self.state),
            "items": self.items if self.warns else [],
        }

    def slot(self, n):
        symbol, tr_id, state = SLOTS[n] if n < len(SLOTS) else (None, None,
                                                                "idle")
        live = state == "live"
        return {
            "slot": n, "state": state, "symbol": symbol, "tr_id": tr_id,
            "price": str(70000 + 1000 * n) if live else None,
            "last_tick_us": now_us() - 12_000 if live else None,
            "ticks_per_s": 10.5 * (n + 1) if live else 0,
            "received": 1000 * (10 - n) if live else 0,
            "persisted": 1000 * (10 - n) - 1 if live else 0,
            "rejected": 3 if n == 2 else 0, "shed": 0,
            "unacked": 1 if live else 0,
            "gaps": 1 if n == 1 else 0,
            "missing_shares": 35 if n == 1 else 0,
            "doubted": 2 if n == 2 else 0,
            "rejection": "bad_time: \"9000\"" if n == 2 else None,
        }

    def actors(self):
        names = ["guardian", "persistence", "persistence/scalp_writer",
                 "persistence/system_writer", "persistence/quarantine_writer",
                 "collection", "collection/credentials", "feed"]
        names += [f"feed/slot_{n}" for n in range(41)]
        names += ["feed/connection", "watch", "watch/ledger"]
        actors = []
        for i, name in enumerate(names):
            parent = name.rpartition("/")[0] or None
            actors.append({
                "name": name, "parent": parent,
                "kind": "worker" if "/" in name else "supervisor",
                "state": "up", "phase": "live" if "slot" in name else None,
                "starts": 1, "restarts": 2 if name == "feed/slot_3" else 0,
                "last_reason": "runtime_error" if name == "feed/slot_3"
                               else "", "handled": 100 * i, "dropped": 0,
                "mailbox": i % 3, "handled_per_s": 1.5 * i,
                "busy_ratio": i / 100, "mean_us": 40 + i, "wait_us": 100,
            })
        return actors

    def events(self):
        at = self.started_us
        return [
            {"at_us": at + 9_000_000, "event": "gap", "cause": "exchange_gap",
             "slot": 1, "symbol": "000660", "detail": "12 shares missing",
             "missing_shares": 12, "records": None},
            {"at_us": at + 5_000_000, "event": "operator", "cause": None,
             "slot": -1, "symbol": None, "detail": "운영자가 슬롯 3을 고정",
             "missing_shares": None, "records": None},
            *({"at_us": at + 4_000_000 - i, "event": "subscribed",
               "cause": None, "slot": i, "symbol": SLOTS[i][0],
               "detail": "SUBSCRIBE SUCCESS", "missing_shares": None,
               "records": None} for i in range(3)),
            {"at_us": at + 2_000_000, "event": "disconnected",
             "cause": "no_reply", "slot": -1, "symbol": None,
             "detail": "no byte for 45 s", "missing_shares": None,
             "records": None},
        ]

    def files(self):
        return [
            {"file": "scalp/20260914_10.jsonl", "dataset": "scalp",
             "state": "open", "lines": 12345, "bytes": 5_431_800,
             "first_us": self.started_us, "last_us": now_us(),
             "expected_bytes": 5_300_000, "sealed_because": None},
            {"file": "scalp/20260914_09.jsonl", "dataset": "scalp",
             "state": "sealed", "lines": 99999, "bytes": 43_999_560,
             "first_us": self.started_us, "last_us": self.started_us,
             "expected_bytes": None, "sealed_because": "hour"},
        ]

    def status(self):
        return {
            "now_us": now_us(), "version": "0.3.0", "run_id": self.run_id,
            "started_us": self.started_us, "host": "vm-1",
            "data_dir": "/var/lib/observer", "pid": 4242, "log_level": "info",
            "verdict": self.verdict(),
            "rates": {"received_per_s": 1234 + self.asked % 3,
                      "persisted_per_s": 1230, "over_s": 5},
            "ledger": {"received": 97329, "persisted": 97316, "rejected": 3,
                       "shed": 0, "in_flight": 10, "ratio": 0.99997,
                       "unacked_bytes": 4400, "unacked_age_ms": 21,
                       "rejected_by_reason": {"bad_time": 3},
                       "doubts": {"side": 2}, "gaps": 1,
                       "missing_shares": 35},
            "latency": {"ack_p50_us": 25_000, "ack_p99_us": 45_000,
                        "fsync_p50_us": 400, "fsync_p99_us": 3_100,
                        "exchange_lag_ms": 120},
            "market": {"open": True, "opens_us": None,
                       "closes_us": now_us() + 7_980_000_000},
            "day": {"since_us": self.started_us, "received": 97329,
                    "persisted": 97316, "rejected": 3, "shed": 0, "lost": 0,
                    "gaps": 1, "missing_shares": 35, "disconnects": 2},
            "sessions": [{
                "name": "session 1", "phase": "open",
                "since_us": self.started_us, "url": "ws://example:21000",
                "session_id": self.run_id + "-s1", "attempts": 3,
                "connects": 3, "disconnects": 2, "last_cause": None,
                "last_text": "", "last_frame_us": now_us() - 12_000,
                "last_heard_us": now_us() - 12_000,
                "slots": [self.slot(n) for n in range(41)]}],
            "actors": self.actors(),
            "restarts": [{"at_us": self.started_us, "supervisor": "feed",
                          "actor": "feed/slot_3", "reason": "runtime_error",
                          "attempt": 1}],
            "files": self.files(), "storage": [],
            "disk": {"free_bytes": 12_300_000_000},
            "events": self.events(),
            "a_field_of_a_later_version": {"unknown": [1, 2, 3]},
        }


def now_us():
    return int(time.time() * 10**6)


class Handler(http.server.BaseHTTPRequestHandler):
    facts = None

    def log_message(self, *_):
        pass

    def answer(self, value, status=200):
        body = json.dumps(value, ensure_ascii=False).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def refused(self):
        wanted = self.facts.bearer
        if wanted and self.headers["Authorization"] != f"Bearer {wanted}":
            self.answer({"error": "a bearer token is needed"}, 401)
            return True
        return False

    def do_GET(self):
        if self.refused():
            return
        facts, path = self.facts, self.path.split("?")[0]
        if path == "/status":
            facts.asked += 1
            self.answer(facts.status())
        elif path == "/api/session":
            self.answer({"token": ACTION_TOKEN, "chaos": False,
                         "version": "0.3.0",
                         "actions": ["restart_actor", "pin", "release",
                                     "reconnect", "rotate", "log_level"]})
        elif path == "/api/events":
            self.answer({"events": facts.events()})
        elif path == "/api/files":
            self.answer({"files": facts.files()})
        elif path.startswith("/api/slots/"):
            n = int(path.rpartition("/")[2])
            ticks = [{"received_us": now_us(), "execution_time": "100001",
                      "price": "71500", "volume": "5",
                      "accumulated": str(12345 + i)} for i in range(20)]
            self.answer({"slot": facts.slot(n), "ticks": ticks, "gaps": [],
                         "volume": {"last_accumulated": 12364,
                                    "missing_shares": 0, "gaps": 0}})
        else:
            self.answer({"error": "no such path"}, 404)

    def do_POST(self):
        if self.refused():
            return
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.headers["X-Observer-Token"] != ACTION_TOKEN:
            self.answer({"error": "the token is not of this run"}, 403)
        elif not body.get("confirm"):
            self.answer({"error": "not confirmed"}, 400)
        else:
            self.facts.actions.append(body)
            self.answer({"accepted": True, "text":
                         f"did {body['action']} {body['target']}"}, 202)


class Mock:
    """Serves from construction to stop(); port 0 is any free one."""

    def __init__(self, port=0):
        self.facts = Facts()
        handler = type("BoundHandler", (Handler,), {"facts": self.facts})
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", port),
                                                      handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self.server.serve_forever,
                         kwargs={"poll_interval": 0.05}, daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


def main():
    mock = Mock(int(sys.argv[1]) if len(sys.argv) > 1 else 0)
    print(mock.port, flush=True)
    for line in sys.stdin:
        words = line.split()
        if words[:1] == ["state"]:
            mock.facts.state = words[1]
            mock.facts.cause = words[2] if len(words) > 2 else None
        elif words[:1] == ["warns"]:
            mock.facts.warns, mock.facts.items = True, ITEMS
        elif words[:1] == ["run"]:
            mock.facts.run_id = words[1]
        elif words[:1] == ["token"]:
            mock.facts.bearer = words[1]
    mock.stop()


if __name__ == "__main__":
    main()

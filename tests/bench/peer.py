"""What a recorder in Python does today: split, json.dumps, and for each tick
open, append, flush. `peer.py PORT FILE`; prints how many it recorded.
"""

from __future__ import annotations

import asyncio
import json
import sys
from datetime import datetime, timedelta, timezone

import websockets

KOREA = timezone(timedelta(hours=9))


def number(text: str) -> float | int | None:
    if not text:
        return None
    return float(text) if "." in text else int(text)


def tick(values: list[str]) -> dict[str, object]:
    return {
        "timestamp": datetime.now(KOREA).isoformat(),
        "symbol": values[0],
        "execution_time": values[1],
        "price": {"current": number(values[2]), "open": number(values[7]),
                  "high": number(values[8]), "low": number(values[9]),
                  "change_rate": number(values[5])},
        "volume": {"tick": number(values[12]), "accumulated": number(values[13]),
                   "trade_value": number(values[14])},
        "bid_ask": {"ask_price": number(values[10]),
                    "bid_price": number(values[11])},
        "source": "websocket",
        "session_id": "peer",
    }


async def record(port: int, path: str) -> int:
    count = 0
    async with websockets.connect(f"ws://127.0.0.1:{port}/", max_size=None,
                                  compression=None,
                                  ping_interval=None) as socket:
        try:
            async for message in socket:
                if message[0] not in "01":
                    continue
                _, _, records, payload = message.split("|", 3)
                values = payload.split("^")
                width = len(values) // int(records)
                for at in range(0, len(values), width):
                    line = json.dumps(tick(values[at:at + width]))
                    with open(path, "a", encoding="utf-8") as out:
                        out.write(line + "\n")
                        out.flush()
                    count += 1
        except websockets.ConnectionClosed:
            pass
    return count


if __name__ == "__main__":
    print(asyncio.run(record(int(sys.argv[1]), sys.argv[2])))

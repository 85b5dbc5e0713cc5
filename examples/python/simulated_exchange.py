"""A client of the simulated exchange, written from docs/simulated-exchange.md alone.

    mem sim &
    pip install websockets
    python examples/python/simulated_exchange.py --seconds 5

It lists instruments, streams trades and candles, rebuilds the candles from the trades and compares them with the
exchange's own, then buys and sells with a signed order. It ends with 0 if everything agreed.
"""

import argparse
import asyncio
import hashlib
import hmac
import json
import sys
import time
import urllib.request
from decimal import Decimal

import websockets

MINUTE = 60 * 1_000_000_000


class Exchange:
    def __init__(self, url: str, key: str, secret: str):
        self.url, self.key, self.secret = url.rstrip("/"), key, secret

    def get(self, path: str):
        return self._send("GET", path, b"", {})

    def signed(self, method: str, path: str, body=None):
        text = json.dumps(body) if body is not None else ""
        timestamp = str(int(time.time() * 1000))
        signature = hmac.new(self.secret.encode(), (timestamp + method + path + text).encode(), hashlib.sha256)
        headers = {"X-MEM-KEY": self.key, "X-MEM-TIMESTAMP": timestamp, "X-MEM-SIGN": signature.hexdigest()}
        return self._send(method, path, text.encode(), headers)

    def _send(self, method: str, path: str, body: bytes, headers: dict):
        request = urllib.request.Request(self.url + path, data=body or None, method=method, headers=headers)
        with urllib.request.urlopen(request, timeout=10) as answer:
            assert answer.headers["X-Mem-Simulated"] == "true"
            return json.load(answer)


async def stream(url: str, symbol: str, seconds: float):
    """Trades and closed candles of `symbol`, as they come."""
    trades, candles, expected = [], [], None
    async with websockets.connect(url.replace("http", "ws", 1) + "/ws") as socket:
        streams = [f"trades:{symbol}", f"bars.1m:{symbol}"]
        await socket.send(json.dumps({"id": 1, "op": "subscribe", "streams": streams}))
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            try:
                frame = json.loads(await asyncio.wait_for(socket.recv(), left))
            except asyncio.TimeoutError:
                break
            assert expected is None or frame["n"] == expected, "a frame was lost"
            expected = frame["n"] + 1
            if frame.get("stream") == streams[0]:
                trades.append(frame)
            elif frame.get("stream") == streams[1] and frame["closed"]:
                candles.append(frame)
    return trades, candles


def rebuild(trades: list) -> dict:
    """Minute candles out of trades, by open time."""
    bars = {}
    for trade in trades:
        price, qty = Decimal(trade["price"]), Decimal(trade["qty"])
        bar = bars.setdefault(trade["ts"] // MINUTE * MINUTE, [price, price, price, price, Decimal(0)])
        bar[1], bar[2], bar[3], bar[4] = max(bar[1], price), min(bar[2], price), price, bar[4] + qty
    return bars


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", default="http://127.0.0.1:8600")
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--key", default="simulated-key")
    parser.add_argument("--secret", default="simulated-secret")
    arguments = parser.parse_args()
    exchange = Exchange(arguments.url, arguments.key, arguments.secret)

    instruments = exchange.get("/api/v1/instruments")["instruments"]
    symbol = instruments[0]["symbol"]
    print(f"{len(instruments)} instruments, the first is {symbol}")

    trades, candles = asyncio.run(stream(arguments.url, symbol, arguments.seconds))
    ids = [trade["id"] for trade in trades]
    assert ids == list(range(ids[0], ids[0] + len(ids))), "the ids of trades count up by one"
    rebuilt = rebuild(trades)
    # The first minute may have begun before we listened.
    whole = [candle for candle in candles if candle["ts"] > min(rebuilt)]
    for candle in whole:
        ours = rebuilt[candle["ts"]]
        theirs = [Decimal(candle[name]) for name in ("open", "high", "low", "close", "volume")]
        assert ours == theirs, (ours, theirs)
    first, last = whole[0]["ts"], whole[-1]["ts"] + MINUTE
    served = exchange.get(f"/api/v1/bars?symbol={symbol}&timeframe=1m&from={first}&to={last}")
    assert [bar["close"] for bar in served] == [candle["close"] for candle in whole]
    print(f"{len(trades)} trades rebuild {len(whole)} candles exactly")

    order = {"symbol": symbol, "type": "market", "qty": str(Decimal(str(instruments[0]["lot_size"])) * 10)}
    name = f"example-{int(time.time() * 1000)}"
    bought = exchange.signed("POST", "/api/v1/orders", {**order, "side": "buy", "client_order_id": f"{name}-1"})
    again = exchange.signed("POST", "/api/v1/orders", {**order, "side": "buy", "client_order_id": f"{name}-1"})
    assert again["duplicate"] and again["id"] == bought["id"], "the same order twice is one order"
    sold = exchange.signed("POST", "/api/v1/orders", {**order, "side": "sell", "client_order_id": f"{name}-2"})
    print(f"bought {bought['filled_qty']} at {bought['average_price']}, sold at {sold['average_price']}")
    for balance in exchange.signed("GET", "/api/v1/account")["balances"]:
        print(f"{balance['asset']}: {balance['free']} free, {balance['locked']} locked")
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""What ccxt makes of an exchange at an address: ccxt_market.py ADDRESS binance|binanceusdm SYMBOL

Prints one JSON object. Numbers are texts, as Python writes them, so that no reader rounds them again.
"""

import json
import re
import sys

import ccxt


def rebase(node, base):
    """Replaces scheme and host in a nested table of addresses."""
    if isinstance(node, dict):
        return {key: rebase(value, base) for key, value in node.items()}
    return re.sub(r"^https?://[^/]+", base, node) if isinstance(node, str) else node


def texts(node):
    if isinstance(node, dict):
        return {key: texts(value) for key, value in node.items()}
    if isinstance(node, (list, tuple)):
        return [texts(value) for value in node]
    return repr(node) if isinstance(node, float) else node


def main():
    address, name, symbol = sys.argv[1:]
    exchange = getattr(ccxt, name)({"enableRateLimit": False, "timeout": 10000})
    exchange.urls["api"] = rebase(exchange.urls["api"], address)
    markets = exchange.load_markets()
    market = markets[symbol]
    since = exchange.fetch_trades(symbol, limit=3)[0]["timestamp"]
    trades = exchange.fetch_trades(symbol, limit=1000)
    try:
        exchange.fetch_trades(symbol, params={"symbol": "NOSUCH"})
        refusal = "none"
    except ccxt.BadSymbol as error:
        refusal = str(error)
    fields = ("id", "timestamp", "price", "amount", "side")
    row = lambda trade: {field: trade[field] for field in fields}
    ticker = exchange.fetch_ticker(symbol)
    book = exchange.fetch_order_book(symbol, 20)
    print(json.dumps(texts({
        "time": exchange.fetch_time(),
        "markets": {key: value["active"] for key, value in markets.items()},
        "id": market["id"],
        "precision": [float(market["precision"][key]) for key in ("price", "amount")],
        "minimum": [float(market["limits"][key]["min"]) for key in ("amount", "cost")],
        "candles": exchange.fetch_ohlcv(symbol, "1m"),
        "three_candles": exchange.fetch_ohlcv(symbol, "1m", exchange.fetch_ohlcv(symbol, "1m")[2][0], 3),
        "trades": [row(trade) for trade in trades],
        "since": [row(trade) for trade in exchange.fetch_trades(symbol, since)],
        "bids": book["bids"],
        "asks": book["asks"],
        "ticker": [float(ticker[key]) for key in ("last", "open", "high", "low")],
        "refusal": refusal,
    })))


if __name__ == "__main__":
    main()

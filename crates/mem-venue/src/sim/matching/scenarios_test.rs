//! What happens in small situations, one situation a test.

use mem_types::{Aggressor, FillId};

use super::testing::{Exchange, PERP, SPOT, account, asset, config, dec, request, symbol};
use super::{AccountEventKind, AccountId, ConfigError, Matching, OrderRef, Reject};

/// Ann and Bob before a quiet book.
fn quoted() -> Exchange {
    let mut exchange = Exchange::new();
    for name in [SPOT, PERP] {
        exchange.quote(name, "100x5 99x5", "101x5 102x5");
    }
    exchange
}

#[test]
fn a_single_order_before_a_quiet_book() {
    // What Ann asks for, how it stands at once, and what she then has of BTC and USDT.
    let cases = [
        ("market within the best level", "a buy 2 BTCUSDT market", "filled 2/2 @101", "12 + 0", "9797.596 + 0"),
        ("market walks the levels", "a buy 8 BTCUSDT market", "filled 8/8 @101.375", "18 + 0", "9187.378 + 0"),
        ("market sells to the bids", "a sell 8 BTCUSDT market", "filled 8/8 @99.625", "2 + 0", "10795.406 + 0"),
        ("market: the rest expires", "a sell 10 BTCUSDT market", "filled 10/10 @99.5", "0 + 0", "10993.01 + 0"),
        ("limit rests", "a buy 2 BTCUSDT limit 100", "new 0/2", "10 + 0", "9799.6 + 200.4"),
        (
            "limit takes, then rests",
            "a buy 6 BTCUSDT limit 101",
            "partially_filled 5/6 @101",
            "15 + 0",
            "9392.788 + 101.202",
        ),
        ("limit sell locks base", "a sell 2 BTCUSDT limit 105", "new 0/2", "8 + 2", "10000 + 0"),
        (
            "limit above the market takes at the market",
            "a buy 2 BTCUSDT limit 200",
            "filled 2/2 @101",
            "12 + 0",
            "9797.596 + 0",
        ),
        (
            "ioc: the rest expires",
            "a buy 6 BTCUSDT limit 101 ioc",
            "expired 5/6 @101 (no_liquidity)",
            "15 + 0",
            "9493.99 + 0",
        ),
        (
            "ioc that finds nothing",
            "a buy 6 BTCUSDT limit 100 ioc",
            "expired 0/6 (no_liquidity)",
            "10 + 0",
            "10000 + 0",
        ),
        ("fok whole", "a buy 5 BTCUSDT limit 101 fok", "filled 5/5 @101", "15 + 0", "9493.99 + 0"),
        ("fok not whole", "a buy 6 BTCUSDT limit 101 fok", "expired 0/6 (not_whole)", "10 + 0", "10000 + 0"),
        ("fok at the market", "a buy 10.1 BTCUSDT market fok", "expired 0/10.1 (not_whole)", "10 + 0", "10000 + 0"),
        ("post-only rests", "a buy 2 BTCUSDT limit 100.5 post", "new 0/2", "10 + 0", "9798.598 + 201.402"),
        ("stop waits and locks", "a buy 2 BTCUSDT stop 110", "pending 0/2", "10 + 0", "9779.56 + 220.44"),
        (
            "stop-limit locks at its limit",
            "a buy 2 BTCUSDT stop_limit 110 112",
            "pending 0/2",
            "10 + 0",
            "9775.552 + 224.448",
        ),
        ("stop sell locks base", "a sell 2 BTCUSDT stop 90", "pending 0/2", "8 + 2", "10000 + 0"),
    ];
    for (what, order, outcome, btc, usdt) in cases {
        let mut exchange = quoted();
        assert_eq!(exchange.submit("ann", order), outcome, "{what}");
        assert_eq!(exchange.balance("ann", "BTC"), btc, "{what}");
        assert_eq!(exchange.balance("ann", "USDT"), usdt, "{what}");
    }
}

#[test]
fn refusals_change_nothing_and_say_why() {
    let cases = [
        ("a buy 2 ETHUSDT market", "no instrument ETHUSDT"),
        ("a buy 2.05 BTCUSDT market", "qty must be a multiple of 0.1"),
        ("a buy 2 BTCUSDT limit 100.2", "price must be a multiple of 0.5"),
        ("a buy 2 BTCUSDT stop 110.2", "trigger_price must be a multiple of 0.5"),
        ("a buy 0.1 BTCUSDT limit 10", "notional must be at least 5"),
        ("a buy 0 BTCUSDT limit 10", "qty must be above zero"),
        ("a buy 1000000000000 BTCUSDT limit 10", "price times quantity must be at most 1000000000000"),
        ("a buy 100 BTCUSDT limit 100", "needs 10020 USDT, free are 10000"),
        ("a sell 11 BTCUSDT limit 200", "needs 11 BTC, free are 10"),
        ("a buy 1000 BTCPERP limit 100", "needs 10200 USDT, free are 10000"),
        ("a buy 2 BTCUSDT limit 101 post", "the order would take liquidity"),
        ("a buy 2 BTCUSDT market post", "post_only goes with limit orders only"),
        ("a sell 2 BTCUSDT market reduce", "reduce_only is for perpetuals"),
        ("a sell 2 BTCPERP market reduce", "there is no position to reduce"),
        ("a sell 2 BTCUSDT stop 100", "the stop would trigger at once"),
        ("a buy 2 BTCUSDT stop 100", "the stop would trigger at once"),
        ("a sell 2 BTCUSDT trail 100", "the trail reaches below a price of zero"),
    ];
    for (order, why) in cases {
        let mut exchange = quoted();
        exchange.print(SPOT, "100x1");
        assert_eq!(exchange.submit("ann", order), format!("refused: {why}"), "{order}");
    }
    let mut exchange = Exchange::new();
    assert_eq!(exchange.submit("ann", "a sell 1 BTCUSDT trail 5"), "refused: there is no last price to trail");
    assert_eq!(exchange.submit("eve", "a sell 1 BTCUSDT market"), "refused: no account eve");
}

#[test]
fn a_market_order_that_finds_too_little_expires() {
    let mut exchange = Exchange::new();
    assert_eq!(exchange.submit("ann", "a buy 1 BTCUSDT market"), "expired 0/1 (no_liquidity)");
    exchange.quote(SPOT, "", "100x1");
    assert_eq!(exchange.submit("ann", "b buy 3 BTCUSDT market"), "expired 1/3 @100 (no_liquidity)");
    // What was taken is gone until the next quote.
    assert_eq!(exchange.submit("bob", "a buy 1 BTCUSDT market"), "expired 0/1 (no_liquidity)");
    exchange.quote(SPOT, "", "100x1");
    assert_eq!(exchange.submit("bob", "b buy 1 BTCUSDT market"), "filled 1/1 @100");
}

#[test]
fn a_name_is_used_once() {
    let mut exchange = quoted();
    assert_eq!(exchange.submit("ann", "a buy 2 BTCUSDT limit 100"), "new 0/2");
    exchange.matching.drain_events();
    let before = exchange.matching.clone();
    let again = exchange.matching.submit(&account("ann"), request("a buy 2.0 BTCUSDT limit 100"), Default::default());
    let again = again.unwrap();
    assert!(again.duplicate);
    assert_eq!(again.id, exchange.state("ann", "a").id);
    assert_eq!(exchange.matching, before);
    let reused = "refused: client order id a was used for another order";
    assert_eq!(exchange.submit("ann", "a buy 3 BTCUSDT limit 100"), reused);
    assert_eq!(exchange.submit("bob", "a buy 3 BTCUSDT limit 100"), "new 0/3");

    let (profit, loss) = ("tp sell 1 BTCUSDT limit 110", "sl sell 1 BTCUSDT stop 90");
    assert_eq!(exchange.oco("ann", profit, loss), "new 0/1, pending 0/1");
    assert_eq!(exchange.oco("ann", profit, loss), "new 0/1, pending 0/1");
    assert_eq!(exchange.matching.open_orders(&account("ann"), None).len(), 3);
    let reused = "refused: client order id tp was used for another order";
    assert_eq!(exchange.oco("ann", profit, "sl2 sell 1 BTCUSDT stop 90"), reused);
}

#[test]
fn two_orders_are_not_a_pair() {
    let mut exchange = quoted();
    let (profit, loss) = ("tp sell 1 BTCUSDT limit 110", "sl sell 1 BTCUSDT stop 90");
    exchange.submit("ann", profit);
    exchange.submit("ann", loss);
    assert_eq!(exchange.oco("ann", profit, loss), "refused: client order id tp was used for another order");
}

#[test]
fn prints_at_the_price_fill_after_the_queue() {
    let mut exchange = quoted();
    // Five stand there already.
    exchange.submit("ann", "a buy 2 BTCUSDT limit 100");
    exchange.print(SPOT, "100x3");
    assert_eq!(exchange.order("ann", "a"), "new 0/2");
    // Bob comes behind Ann.
    exchange.quote(SPOT, "100x2", "101x5");
    exchange.submit("bob", "b buy 2 BTCUSDT limit 100");
    exchange.print_by(SPOT, "100x9", Aggressor::Buy);
    assert_eq!(exchange.order("ann", "a"), "new 0/2", "that print took the other side");
    exchange.print_by(SPOT, "100x3", Aggressor::Sell);
    assert_eq!(exchange.order("ann", "a"), "partially_filled 1/2 @100");
    exchange.print(SPOT, "100x2");
    assert_eq!(exchange.order("ann", "a"), "filled 2/2 @100");
    assert_eq!(exchange.order("bob", "b"), "partially_filled 1/2 @100");
}

#[test]
fn a_shrinking_level_shortens_the_queue() {
    let mut exchange = quoted();
    exchange.submit("ann", "a buy 2 BTCUSDT limit 100");
    exchange.quote(SPOT, "100x1 99x5", "101x5");
    exchange.quote(SPOT, "100x9 99x5", "101x5");
    exchange.print(SPOT, "100x2");
    assert_eq!(exchange.order("ann", "a"), "partially_filled 1/2 @100");
}

#[test]
fn a_taker_shortens_the_queue() {
    let mut exchange = quoted();
    exchange.submit("bob", "b sell 2 BTCUSDT limit 101");
    exchange.submit("ann", "a buy 3 BTCUSDT market");
    exchange.print(SPOT, "101x3");
    assert_eq!(exchange.order("bob", "b"), "partially_filled 1/2 @101");
}

#[test]
fn deeper_than_quoted_the_queue_is_unknown() {
    let mut exchange = quoted();
    exchange.submit("ann", "a buy 2 BTCUSDT limit 98");
    exchange.print(SPOT, "98x50");
    assert_eq!(exchange.order("ann", "a"), "new 0/2");
    exchange.quote(SPOT, "98.5x1 98x1", "99x5");
    exchange.print(SPOT, "98x2");
    assert_eq!(exchange.order("ann", "a"), "partially_filled 1/2 @98");
}

#[test]
fn a_print_through_the_price_fills_whole() {
    let mut exchange = quoted();
    exchange.submit("ann", "a buy 2 BTCUSDT limit 100");
    exchange.submit("bob", "b sell 2 BTCUSDT limit 102");
    exchange.print(SPOT, "99.5x0.1");
    assert_eq!(exchange.order("ann", "a"), "filled 2/2 @100");
    exchange.print(SPOT, "102.5x0.1");
    assert_eq!(exchange.order("bob", "b"), "filled 2/2 @102");
    // Makers paid the maker's fee.
    assert_eq!(exchange.balance("ann", "USDT"), "9799.8 + 0");
    assert_eq!(exchange.balance("bob", "USDT"), "10203.796 + 0");
}

#[test]
fn a_quote_that_crosses_fills_what_it_quotes() {
    let mut exchange = quoted();
    exchange.submit("ann", "a buy 4 BTCUSDT limit 100");
    exchange.quote(SPOT, "98x5", "99x1 100x2 101x5");
    assert_eq!(exchange.order("ann", "a"), "partially_filled 3/4 @100");
    // And that liquidity is gone.
    assert_eq!(exchange.submit("bob", "b buy 1 BTCUSDT market"), "filled 1/1 @101");
}

#[test]
fn takers_meet_price_then_time() {
    let mut exchange = Exchange::new();
    exchange.open("eve", "10", "10000");
    exchange.quote(SPOT, "", "101x1 102x5");
    exchange.submit("ann", "late sell 1 BTCUSDT limit 101");
    exchange.submit("bob", "best sell 1 BTCUSDT limit 100.5");
    exchange.submit("bob", "later sell 1 BTCUSDT limit 101");
    assert_eq!(exchange.submit("eve", "1 buy 2 BTCUSDT market"), "filled 2/2 @100.75");
    assert_eq!(exchange.order("bob", "best"), "filled 1/1 @100.5");
    assert_eq!(exchange.order("ann", "late"), "new 0/1", "synthetic liquidity stood there first");
    assert_eq!(exchange.submit("eve", "2 buy 1.5 BTCUSDT market"), "filled 1.5/1.5 @101");
    assert_eq!(exchange.order("ann", "late"), "filled 1/1 @101");
    assert_eq!(exchange.order("bob", "later"), "partially_filled 0.5/1 @101");
}

#[test]
fn the_newest_of_two_orders_of_one_account_is_cancelled() {
    let mut exchange = quoted();
    exchange.submit("ann", "a sell 2 BTCUSDT limit 101");
    assert_eq!(exchange.submit("ann", "b buy 6 BTCUSDT limit 102"), "canceled 5/6 @101 (self_trade)");
    assert_eq!(exchange.order("ann", "a"), "new 0/2");
    assert_eq!(exchange.submit("ann", "c buy 6 BTCUSDT limit 102 fok"), "expired 0/6 (not_whole)");
    assert_eq!(exchange.submit("ann", "d buy 1 BTCUSDT limit 102 post"), "refused: the order would take liquidity");
}

#[test]
fn stops_trigger_on_prints() {
    let mut exchange = quoted();
    exchange.submit("ann", "stop sell 2 BTCUSDT stop 99");
    exchange.submit("ann", "limit sell 2 BTCUSDT stop_limit 99 99.5");
    exchange.submit("ann", "up buy 2 BTCUSDT stop 103");
    exchange.quote(SPOT, "98x5", "101x5");
    exchange.print(SPOT, "99.5x1");
    assert_eq!(exchange.order("ann", "stop"), "pending 0/2");
    exchange.print(SPOT, "99x1");
    assert_eq!(exchange.order("ann", "stop"), "filled 2/2 @98");
    assert_eq!(exchange.order("ann", "limit"), "new 0/2");
    exchange.print(SPOT, "103x1");
    assert_eq!(exchange.order("ann", "limit"), "filled 2/2 @99.5");
    assert_eq!(exchange.order("ann", "up"), "filled 2/2 @101");
}

#[test]
fn trailing_stops_follow_and_never_go_back() {
    let mut exchange = quoted();
    exchange.print(SPOT, "100x1");
    exchange.submit("ann", "sell sell 1 BTCUSDT trail 5");
    exchange.submit("ann", "buy buy 1 BTCUSDT trail_bps 1000");
    let triggers = |exchange: &Exchange| {
        let of = |id| exchange.state("ann", id).trigger.map(|trigger| trigger.normalize().to_string());
        (of("sell").unwrap_or_default(), of("buy").unwrap_or_default())
    };
    // (print, trigger of the sell, trigger of the buy)
    for (print, sell, buy) in [
        ("100x1", "95", "110"),
        ("104x1", "99", "110"),
        ("101x1", "99", "110"),
        ("99.5x1", "99", "109.5"),
        ("105x1", "100", "109.5"),
    ] {
        exchange.print(SPOT, print);
        assert_eq!(triggers(&exchange), (sell.to_owned(), buy.to_owned()), "{print}");
    }
    exchange.print(SPOT, "100x1");
    assert_eq!(exchange.order("ann", "sell"), "filled 1/1 @100");
    assert_eq!(exchange.order("ann", "buy"), "pending 0/1");
}

#[test]
fn a_triggered_stop_that_cannot_be_paid_for_is_rejected() {
    let mut exchange = Exchange::new();
    exchange.submit("ann", "a buy 90 BTCUSDT stop 110");
    exchange.quote(SPOT, "", "120x100");
    exchange.print(SPOT, "110x1");
    assert_eq!(exchange.order("ann", "a"), "rejected 0/90 (insufficient_funds)");
    assert_eq!(exchange.balance("ann", "USDT"), "10000 + 0");
}

#[test]
fn of_two_exits_one_cancels_the_other() {
    let placed = || {
        let mut exchange = quoted();
        exchange.print(SPOT, "100x1");
        let answer = exchange.oco("ann", "tp sell 4 BTCUSDT limit 110", "sl sell 4 BTCUSDT stop 90");
        assert_eq!(answer, "new 0/4, pending 0/4");
        assert_eq!(exchange.balance("ann", "BTC"), "6 + 4", "set aside once");
        exchange
    };
    let mut exchange = placed();
    exchange.print(SPOT, "110x1");
    exchange.quote(SPOT, "110x1", "111x1");
    assert_eq!(exchange.order("ann", "tp"), "partially_filled 1/4 @110");
    assert_eq!(exchange.order("ann", "sl"), "pending 0/3");
    exchange.print(SPOT, "111x1");
    assert_eq!(exchange.order("ann", "tp"), "filled 4/4 @110");
    assert_eq!(exchange.order("ann", "sl"), "canceled 0/3 (other_leg)");
    assert_eq!(exchange.balance("ann", "BTC"), "6 + 0");

    let mut exchange = placed();
    exchange.print(SPOT, "90x1");
    assert_eq!(exchange.order("ann", "sl"), "filled 4/4 @100");
    assert_eq!(exchange.order("ann", "tp"), "canceled 0/4 (other_leg)");

    let mut exchange = placed();
    assert_eq!(exchange.cancel("ann", "sl"), "canceled 0/4 (requested)");
    assert_eq!(exchange.order("ann", "tp"), "canceled 0/4 (other_leg)");

    let mut exchange = placed();
    let refused = exchange.oco("bob", "tp sell 4 BTCUSDT limit 100", "sl sell 4 BTCUSDT stop 90");
    assert_eq!(refused, "refused: the order would take liquidity");
    // A pair of buys sets aside what the dearer leg needs.
    exchange.oco("bob", "tp buy 1 BTCUSDT limit 90", "sl buy 1 BTCUSDT stop_limit 110 120");
    assert_eq!(exchange.balance("bob", "USDT"), "9879.76 + 120.24");
}

#[test]
fn exits_of_a_bracket_grow_with_its_entry() {
    for (name, btc) in [(SPOT, "12 + 2"), (PERP, "10 + 0")] {
        let mut exchange = quoted();
        let [entry, profit, loss] = [
            format!("in buy 4 {name} limit 100"),
            format!("tp sell 4 {name} limit 110"),
            format!("sl sell 4 {name} stop 90"),
        ];
        let answer = exchange.bracket("ann", &entry, &profit, &loss);
        assert_eq!(answer, "new 0/4, pending 0/4, pending 0/4");
        exchange.print(name, "110x1");
        exchange.print(name, "100x7");
        assert_eq!(exchange.order("ann", "in"), "partially_filled 2/4 @100");
        assert_eq!(exchange.order("ann", "tp"), "new 0/4");
        if name == SPOT {
            assert_eq!(exchange.balance("ann", "BTC"), "10 + 2");
        }
        exchange.print(name, "99.5x1");
        assert_eq!(exchange.order("ann", "in"), "filled 4/4 @100");
        exchange.print(name, "111x1");
        assert_eq!(exchange.order("ann", "tp"), "filled 4/4 @110");
        assert_eq!(exchange.order("ann", "sl"), "canceled 0/4 (other_leg)");
        assert_eq!(exchange.position("ann"), "none");
        assert_eq!(exchange.balance("ann", "BTC"), "10 + 0", "{name} {btc}");
    }
}

#[test]
fn a_stop_loss_ends_the_whole_bracket() {
    let mut exchange = quoted();
    exchange.bracket("ann", "in buy 4 BTCPERP limit 100", "tp sell 4 BTCPERP limit 110", "sl sell 4 BTCPERP stop 95");
    exchange.print(PERP, "100x6");
    assert_eq!(exchange.position("ann"), "1 @100");
    exchange.quote(PERP, "94x5", "101x5");
    // The print goes through the entry's price as well: it fills, then the stop takes it all out.
    exchange.print(PERP, "95x1");
    assert_eq!(exchange.order("ann", "in"), "filled 4/4 @100");
    assert_eq!(exchange.order("ann", "sl"), "filled 4/4 @94");
    assert_eq!(exchange.order("ann", "tp"), "canceled 0/4 (other_leg)");
    assert_eq!(exchange.position("ann"), "none");
}

#[test]
fn a_stop_loss_that_is_reached_before_its_entry_fills_triggers_at_once() {
    let mut exchange = quoted();
    exchange.print(PERP, "97x1");
    exchange.bracket("ann", "in buy 4 BTCPERP limit 100", "tp sell 4 BTCPERP limit 110", "sl sell 4 BTCPERP stop 98");
    assert_eq!(exchange.order("ann", "sl"), "pending 0/4");
    exchange.quote(PERP, "97x5", "99x1");
    assert_eq!(exchange.order("ann", "in"), "canceled 1/4 @100 (other_leg)");
    assert_eq!(exchange.order("ann", "sl"), "filled 1/1 @97");
    assert_eq!(exchange.order("ann", "tp"), "canceled 0/4 (other_leg)");
}

#[test]
fn exits_stay_for_what_the_entry_filled() {
    let mut exchange = quoted();
    exchange.bracket("ann", "in buy 4 BTCPERP limit 100", "tp sell 4 BTCPERP limit 110", "sl sell 4 BTCPERP trail 5");
    exchange.print(PERP, "100x6");
    assert_eq!(exchange.state("ann", "sl").trigger, Some(dec("95")));
    exchange.cancel("ann", "in");
    assert_eq!(exchange.order("ann", "tp"), "new 0/1");
    assert_eq!(exchange.order("ann", "sl"), "pending 0/1");

    exchange.bracket("bob", "in buy 4 BTCPERP limit 100", "tp sell 4 BTCPERP limit 110", "sl sell 4 BTCPERP stop 90");
    exchange.cancel("bob", "in");
    assert_eq!(exchange.order("bob", "tp"), "canceled 0/4 (other_leg)");
    assert_eq!(exchange.order("bob", "sl"), "canceled 0/4 (entry_ended)");

    let refused = exchange.bracket(
        "bob",
        "in2 sell 4 BTCUSDT limit 100",
        "tp2 buy 4 BTCUSDT limit 90",
        "sl2 buy 4 BTCUSDT stop 110",
    );
    assert_eq!(refused, "refused: the entry of a bracket on spot must be a buy");
}

#[test]
fn a_perpetual_books_margin_and_profit() {
    let mut exchange = quoted();
    exchange.submit("ann", "a buy 2 BTCPERP market");
    assert_eq!(exchange.position("ann"), "2 @101");
    // 202 of worth at leverage 10, and a fee of 0.404.
    assert_eq!(exchange.balance("ann", "USDT"), "9979.396 + 20.2");
    exchange.print(PERP, "110x1");
    assert_eq!(exchange.matching.positions(&account("ann"))[0].unrealised_pnl, dec("18"));
    exchange.quote(PERP, "110x1 109x9", "111x5");
    exchange.submit("ann", "b sell 3 BTCPERP market");
    assert_eq!(exchange.position("ann"), "-1 @109");
    // Realised 9 and 8, fees 0.22 and 0.436, margin 10.9.
    assert_eq!(exchange.balance("ann", "USDT"), "10005.04 + 10.9");
    let fills = exchange.matching.fills(&account("ann"), Some(&symbol(PERP)), Some(FillId(1)), 10);
    let realised: Vec<_> = fills.iter().map(|fill| fill.realised_pnl.normalize().to_string()).collect();
    assert_eq!(realised, ["9", "8"]);
    assert_eq!(exchange.matching.fills(&account("ann"), None, None, 2).len(), 2);
}

#[test]
fn reduce_only_shrinks_to_the_position() {
    let mut exchange = quoted();
    exchange.submit("ann", "a buy 2 BTCPERP market");
    assert_eq!(exchange.submit("ann", "rest sell 5 BTCPERP limit 110 reduce"), "new 0/2");
    assert_eq!(exchange.submit("ann", "stop sell 5 BTCPERP stop 90 reduce"), "pending 0/2");
    assert_eq!(exchange.submit("ann", "add buy 5 BTCPERP limit 90 reduce"), "refused: there is no position to reduce");
    exchange.submit("ann", "b sell 0.5 BTCPERP market");
    assert_eq!(exchange.order("ann", "rest"), "new 0/1.5");
    exchange.print(PERP, "110.5x1");
    assert_eq!(exchange.order("ann", "rest"), "filled 1.5/1.5 @110");
    assert_eq!(exchange.order("ann", "stop"), "canceled 0/1.5 (nothing_to_reduce)");
    assert_eq!(exchange.position("ann"), "none");
}

#[test]
fn a_reduce_only_order_offers_no_more_than_its_position_will_be() {
    let mut exchange = quoted();
    exchange.submit("bob", "open buy 2 BTCPERP market");
    exchange.submit("bob", "plain sell 1.5 BTCPERP limit 103");
    exchange.submit("bob", "reduce sell 2 BTCPERP limit 104 reduce");
    exchange.quote(PERP, "100x5", "");
    assert_eq!(exchange.submit("ann", "a buy 3 BTCPERP market fok"), "expired 0/3 (not_whole)");
    assert_eq!(exchange.submit("ann", "b buy 2 BTCPERP market fok"), "filled 2/2 @103.25");
    assert_eq!(exchange.order("bob", "reduce"), "filled 0.5/0.5 @104");
    assert_eq!(exchange.position("bob"), "none");
}

#[test]
fn closing_needs_no_margin() {
    let mut exchange = Exchange::new();
    exchange.open("eve", "1", "21");
    exchange.quote(PERP, "100x5", "101x5");
    assert_eq!(exchange.submit("eve", "a buy 2 BTCPERP market"), "filled 2/2 @101");
    assert!(exchange.submit("eve", "b buy 1 BTCPERP market").starts_with("refused: needs 10.302 USDT"));
    assert!(exchange.submit("eve", "c sell 5 BTCPERP market").starts_with("refused: needs"));
    let mut flipping = exchange.matching.clone();
    // Not even when unrealised losses have used up all that was free.
    exchange.print(PERP, "95x1");
    assert_eq!(exchange.submit("eve", "d sell 2 BTCPERP market"), "filled 2/2 @100");
    // What closing sets free may open the other side at once.
    let flipped = flipping.submit(&account("eve"), request("e sell 3 BTCPERP market"), Default::default());
    assert_eq!(flipped.unwrap().filled_qty, dec("3"));
}

#[test]
fn unrealised_losses_cannot_be_spent_and_neither_can_profits() {
    let mut exchange = Exchange::new();
    exchange.open("eve", "1", "100");
    exchange.quote(PERP, "100x5", "101x5");
    exchange.submit("eve", "a buy 2 BTCPERP market");
    exchange.print(PERP, "90x1");
    let refused = "refused: needs 70.14 USDT, free are 57.396";
    assert_eq!(exchange.submit("eve", "b buy 1 BTCUSDT limit 70"), refused);
    exchange.print(PERP, "200x1");
    let refused = "refused: needs 80.16 USDT, free are 79.396";
    assert_eq!(exchange.submit("eve", "b buy 1 BTCUSDT limit 80"), refused);
}

#[test]
fn who_runs_out_of_margin_is_liquidated() {
    let mut exchange = Exchange::new();
    exchange.open("eve", "1", "21");
    exchange.quote(PERP, "100x5", "101x5");
    exchange.submit("eve", "a buy 2 BTCPERP market");
    exchange.submit("eve", "tp sell 2 BTCPERP limit 120 reduce");
    exchange.print(PERP, "92x1");
    assert_eq!(exchange.position("eve"), "2 @101");
    exchange.quote(PERP, "80x1", "101x5");
    exchange.print(PERP, "91x1");
    assert_eq!(exchange.position("eve"), "none");
    assert_eq!(exchange.order("eve", "tp"), "canceled 0/2 (liquidation)");
    let fill = exchange.matching.fills(&account("eve"), None, None, 9).pop().unwrap();
    assert!(fill.liquidation);
    assert_eq!((fill.price, fill.qty, fill.realised_pnl), (dec("80"), dec("2"), dec("-42")));
    // 21 less 0.404 and 0.32 of fees and a loss of 42: insurance pays what is missing.
    assert_eq!(exchange.balance("eve", "USDT"), "0 + 0");
    assert_eq!(exchange.balance("insurance", "USDT"), "-21.724 + 0");
}

#[test]
fn funds_of_spot_orders_do_not_back_positions() {
    let mut exchange = Exchange::new();
    exchange.open("eve", "1", "121.24");
    exchange.quote(PERP, "100x5", "101x5");
    exchange.submit("eve", "a buy 2 BTCPERP market");
    exchange.submit("eve", "spot buy 1 BTCUSDT limit 100");
    exchange.print(PERP, "80x1");
    assert_eq!(exchange.position("eve"), "none");
    assert_eq!(exchange.order("eve", "spot"), "new 0/1");
    assert_eq!(exchange.balance("eve", "USDT"), "18.236 + 100.2");

    // Insurance pays what they would otherwise have to.
    let mut exchange = Exchange::new();
    exchange.open("eve", "1", "121.24");
    exchange.quote(PERP, "60x5", "101x5");
    exchange.submit("eve", "a buy 2 BTCPERP market");
    exchange.submit("eve", "spot buy 1 BTCUSDT limit 100");
    exchange.print(PERP, "80x1");
    assert_eq!(exchange.balance("eve", "USDT"), "0 + 100.2");
    assert_eq!(exchange.balance("insurance", "USDT"), "-61.604 + 0");
}

#[test]
fn events_tell_the_story_in_order() {
    let mut exchange = quoted();
    exchange.matching.drain_events();
    exchange.submit("ann", "a sell 1 BTCUSDT limit 100.5");
    exchange.submit("bob", "b buy 1 BTCUSDT market");
    let events = exchange.matching.drain_events();
    let story: Vec<String> = events
        .iter()
        .map(|event| {
            let what = match &event.kind {
                AccountEventKind::OrderUpdate(order) => super::testing::show(order),
                AccountEventKind::Fill(fill) => format!("{:?} {} @{}", fill.liquidity, fill.qty, fill.price),
                AccountEventKind::Balance(balance) => format!("{} {}", balance.asset, balance.free.normalize()),
                AccountEventKind::Position(position) => format!("{position:?}"),
            };
            format!("{} {} {what}", event.account, event.sequence)
        })
        .collect();
    assert_eq!(
        story,
        [
            "ann 3 new 0/1",
            "ann 4 BTC 9",
            "bob 3 new 0/1",
            "ann 5 Maker 1 @100.5",
            "ann 6 filled 1/1 @100.5",
            "bob 4 Taker 1 @100.5",
            "bob 5 filled 1/1 @100.5",
            "ann 7 BTC 9",
            "ann 8 USDT 10100.3995",
            "bob 6 BTC 11",
            "bob 7 USDT 9899.299",
        ]
    );
    assert!(exchange.matching.drain_events().is_empty());
}

#[test]
fn cancelling() {
    let mut exchange = quoted();
    exchange.submit("ann", "a buy 2 BTCUSDT limit 100");
    exchange.submit("ann", "b buy 2 BTCPERP limit 100");
    exchange.submit("ann", "c buy 2 BTCPERP limit 99");
    let ann = account("ann");
    let cancelled = exchange.matching.cancel_all(&ann, Some(&symbol(PERP)), Default::default()).unwrap();
    assert_eq!(cancelled.len(), 2);
    assert_eq!(exchange.cancel("ann", "b"), "refused: the order is not open");
    let id = OrderRef::Id(exchange.state("ann", "a").id);
    assert_eq!(exchange.matching.cancel(&account("bob"), &id, Default::default()), Err(Reject::UnknownOrder));
    assert!(exchange.matching.cancel(&ann, &id, Default::default()).is_ok());
    assert!(exchange.matching.open_orders(&ann, None).is_empty());
    assert_eq!(exchange.balance("ann", "USDT"), "10000 + 0");
}

#[test]
fn accounts_and_deposits() {
    let mut exchange = Exchange::new();
    let now = Default::default();
    for name in [account("ann"), AccountId::fees()] {
        let taken = exchange.matching.open_account(name.clone(), &[], now);
        assert_eq!(taken, Err(Reject::AccountExists { account: name }));
    }
    for wrong in ["0", "-1", "0.0000000000001", "1000000000001"] {
        let refused = exchange.matching.deposit(&account("ann"), &asset("USDT"), dec(wrong), now);
        assert_eq!(refused, Err(Reject::BadDeposit), "{wrong}");
    }
    exchange.matching.deposit(&account("ann"), &asset("USDT"), dec("5"), now).unwrap();
    assert_eq!(exchange.balance("ann", "USDT"), "10005 + 0");
    exchange.matching.audit().unwrap();
}

#[test]
fn wrong_configurations() {
    let mut twice = config("0", "0");
    twice.instruments[1].symbol = symbol(SPOT);
    assert_eq!(Matching::new(twice).unwrap_err(), ConfigError::Repeated(symbol(SPOT)));
    let mut fine = config("0", "0");
    fine.instruments[0].tick_size = dec("0.00000000000001");
    assert!(Matching::new(fine).unwrap_err().to_string().contains("at most 12 decimal places"));
    assert_eq!(Matching::new(config("0", "1")).unwrap_err(), ConfigError::Fee("taker_fee"));
}

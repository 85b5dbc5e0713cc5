//! Which entry a happening makes.

use mem_types::{Asset, Fill, Timestamp};
use rust_decimal::Decimal;

use super::{Account, Entry, EntryKind, Occasion};
use crate::exact::rounded;
use crate::instrument::{Instrument, InstrumentKind};

/// Money brought in.
pub fn deposit(at: Timestamp, asset: Asset, amount: Decimal, memo: &str) -> Entry {
    let occasion = Occasion { at, kind: EntryKind::Deposit, memo: memo.to_owned() };
    Entry::transfers(occasion, vec![(Account::Deposits, Account::Cash, asset, amount)])
}

/// A difference of `amount` that was found between the venue's books and ours: the venue has so much more on `account`.
pub fn difference(at: Timestamp, account: Account, asset: Asset, amount: Decimal, memo: &str) -> Entry {
    let occasion = Occasion { at, kind: EntryKind::Adjustment, memo: memo.to_owned() };
    Entry::transfers(occasion, vec![(Account::Adjustments, account, asset, amount)])
}

/// A fill with its fee. `realised` is what it closed with profit; on spot it is not booked, it follows from what was paid.
pub fn fill(fill: &Fill, instrument: &Instrument, realised: Decimal) -> Entry {
    let base = fill.side.signed(fill.qty);
    let (quote, fee_asset) = (instrument.quote.clone(), fill.fee_asset.clone());
    let mut transfers = match instrument.kind {
        InstrumentKind::Spot => vec![
            (Account::Trading, Account::Cash, instrument.base.clone(), base),
            (Account::Trading, Account::Cash, quote, -rounded(base * fill.price)),
        ],
        InstrumentKind::Perpetual => vec![
            (Account::Trading, Account::Contracts, instrument.base.clone(), base),
            (Account::Pnl, Account::Cash, quote, realised),
        ],
    };
    transfers.push((Account::Cash, Account::Fees, fee_asset, fill.fee));
    let occasion = Occasion { at: fill.at, kind: EntryKind::Fill, memo: fill.client_order_id.to_string() };
    Entry::transfers(occasion, transfers)
}

#[cfg(test)]
mod tests {
    use super::super::{Ledger, Posting};
    use super::*;
    use crate::instrument::Fees;
    use mem_types::{FillId, Liquidity, OrderId, Side};
    use proptest::prelude::*;

    fn dec(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    fn instrument(kind: InstrumentKind) -> Instrument {
        let gridless = Instrument::gridless(
            "BTCUSDT".parse().unwrap(),
            "BTC".parse().unwrap(),
            "USDT".parse().unwrap(),
            Fees::default(),
        );
        Instrument { kind, ..gridless }
    }

    fn filled(side: Side, qty: Decimal, price: Decimal, fee: Decimal) -> Fill {
        Fill {
            id: FillId(1),
            order_id: OrderId(1),
            client_order_id: "a".parse().unwrap(),
            symbol: "BTCUSDT".parse().unwrap(),
            side,
            price,
            qty,
            fee,
            fee_asset: "USDT".parse().unwrap(),
            liquidity: Liquidity::Taker,
            realised_pnl: Decimal::ZERO,
            liquidation: false,
            at: Timestamp::from_nanos(0),
        }
    }

    #[test]
    fn a_round_trip_on_spot_leaves_the_profit_in_cash() {
        let (spot, usdt) = (instrument(InstrumentKind::Spot), "USDT".parse().unwrap());
        let mut ledger = Ledger::default();
        ledger.book(&deposit(Timestamp::from_nanos(0), "USDT".parse().unwrap(), dec("1000"), "start"));
        ledger.book(&fill(&filled(Side::Buy, dec("2"), dec("100"), dec("0.1")), &spot, Decimal::ZERO));
        assert_eq!(ledger.balance(Account::Cash, &usdt), dec("799.9"));
        assert_eq!(ledger.balance(Account::Cash, &"BTC".parse().unwrap()), dec("2"));
        ledger.book(&fill(&filled(Side::Sell, dec("2"), dec("110"), dec("0.11")), &spot, Decimal::ZERO));
        assert_eq!(ledger.balance(Account::Cash, &usdt), dec("1019.79"));
        assert_eq!(ledger.balance(Account::Fees, &usdt), dec("0.21"));
        assert_eq!(ledger.imbalance(), []);
        let kept: Ledger = serde_json::from_str(&serde_json::to_string(&ledger).unwrap()).unwrap();
        assert_eq!(kept, ledger);
    }

    #[test]
    fn a_contract_moves_only_its_profit() {
        let (perpetual, usdt) = (instrument(InstrumentKind::Perpetual), "USDT".parse().unwrap());
        let mut ledger = Ledger::default();
        ledger.book(&fill(&filled(Side::Sell, dec("2"), dec("100"), dec("0.1")), &perpetual, Decimal::ZERO));
        ledger.book(&fill(&filled(Side::Buy, dec("2"), dec("90"), dec("0.09")), &perpetual, dec("20")));
        assert_eq!(ledger.balance(Account::Cash, &usdt), dec("19.81"));
        assert_eq!(ledger.balance(Account::Contracts, &"BTC".parse().unwrap()), Decimal::ZERO);
        assert_eq!(ledger.imbalance(), []);
    }

    #[test]
    fn what_does_not_balance_is_no_entry() {
        let posting = |account, amount| Posting { account, asset: "USDT".parse().unwrap(), amount: dec(amount) };
        let occasion = || Occasion { at: Timestamp::from_nanos(0), kind: EntryKind::Adjustment, memo: String::new() };
        let odd = Entry::new(occasion(), vec![posting(Account::Cash, "1"), posting(Account::Fees, "-0.9")]);
        assert_eq!(odd.unwrap_err().to_string(), "the postings in USDT sum to 0.1, not to zero");
        let even = Entry::new(occasion(), vec![posting(Account::Cash, "1"), posting(Account::Fees, "-1")]);
        assert_eq!(even.unwrap().postings().len(), 2);
    }

    proptest! {
        #[test]
        fn whatever_happens_the_books_balance(
            happenings in prop::collection::vec((0u8..4, any::<bool>(), 1i64..1_000_000_000, 1i64..1_000_000_000, -1000i64..1000), 1..60)
        ) {
            let mut ledger = Ledger::default();
            for (what, buys, qty, price, small) in happenings {
                let side = if buys { Side::Buy } else { Side::Sell };
                let filled = filled(side, Decimal::new(qty, 6), Decimal::new(price, 4), Decimal::new(small, 7));
                let entry = match what {
                    0 => deposit(filled.at, "USDT".parse().unwrap(), Decimal::new(qty, 2), "more"),
                    1 => fill(&filled, &instrument(InstrumentKind::Spot), Decimal::ZERO),
                    2 => fill(&filled, &instrument(InstrumentKind::Perpetual), Decimal::new(small, 3)),
                    _ => difference(filled.at, Account::Cash, "BTC".parse().unwrap(), Decimal::new(small, 5), "found"),
                };
                ledger.book(&entry);
                prop_assert_eq!(ledger.imbalance(), vec![]);
            }
        }
    }
}

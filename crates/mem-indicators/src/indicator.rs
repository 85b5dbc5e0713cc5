//! The one trait that every indicator has, and how a typed indicator gets it.

use mem_types::{Bar, BarsRef};

/// An indicator in the middle of a series.
///
/// However the bars are cut into calls of [`update`](Indicator::update) and [`update_many`](Indicator::update_many),
/// the values have the same bits.
pub trait Indicator: Send {
    /// Takes the next closed bar and writes one value per output; NaN while warming up.
    ///
    /// # Panics
    /// If `out` does not have one slot per output.
    fn update(&mut self, bar: &Bar, out: &mut [f64]);

    /// Takes the next closed bars at once: `out` has one column per output, each as long as `bars`.
    ///
    /// # Panics
    /// If it has not.
    fn update_many(&mut self, bars: BarsRef<'_>, out: &mut [&mut [f64]]) {
        let mut values = vec![f64::NAN; out.len()];
        for (index, bar) in bars.iter().enumerate() {
            self.update(&bar, &mut values);
            for (column, value) in out.iter_mut().zip(&values) {
                column[index] = *value;
            }
        }
    }
}

/// Gives a typed indicator the trait: `indicator!(Rsi: close)` for one output, `indicator!(Macd[3]: close)` for more.
macro_rules! indicator {
    ($type:ty: $($column:ident),+) => {
        impl $crate::indicator::Indicator for $type {
            fn update(&mut self, bar: &mem_types::Bar, out: &mut [f64]) {
                assert_eq!(out.len(), 1, "one slot per output");
                out[0] = self.push($(bar.$column),+);
            }

            fn update_many(&mut self, bars: mem_types::BarsRef<'_>, out: &mut [&mut [f64]]) {
                let [out] = out else { panic!("one column per output") };
                self.extend($(bars.$column,)+ out);
            }
        }
    };
    ($type:ty[$outputs:literal]: $($column:ident),+) => {
        impl $crate::indicator::Indicator for $type {
            fn update(&mut self, bar: &mem_types::Bar, out: &mut [f64]) {
                let values: [f64; $outputs] = self.push($(bar.$column),+);
                out.copy_from_slice(&values);
            }

            fn update_many(&mut self, bars: mem_types::BarsRef<'_>, out: &mut [&mut [f64]]) {
                let out: &mut [&mut [f64]; $outputs] = out.try_into().expect("one column per output");
                self.extend($(bars.$column,)+ out.each_mut().map(|column| &mut **column));
            }
        }
    };
}
pub(crate) use indicator;

//! Vector code for the processor at hand.
//!
//! Loops over columns are written so that the compiler can vectorise them. It compiles each of them twice: for the
//! baseline of the target, and for AVX2 where the processor has it. Both do the same operations in the same order on
//! each value, so both give the same bits.

use std::ops::Range;

/// How many bars at most are carried through all steps of an indicator at once: few enough that intermediate columns
/// stay in the processor's first cache.
pub(crate) const BLOCK: usize = 1024;

/// How many bars are where windows are short: the fewer, the more of the next bars' way from memory is hidden behind
/// work on these.
const SHORT_BLOCK: usize = 256;

/// How many steps of a running total are made before they are added: few enough that the processor makes the next
/// ones while it waits for the sums.
pub(crate) const STEPS: usize = 64;

/// The ranges that make up `start..end`, of at most [`BLOCK`]. Each range costs its `history` bars on top, which
/// windows look back on.
pub(crate) fn blocks(start: usize, end: usize, history: usize) -> impl Iterator<Item = Range<usize>> {
    pieces(start, end, if history <= SHORT_BLOCK / 4 { SHORT_BLOCK } else { BLOCK })
}

/// As [`blocks`], for indicators that read and write many columns or have many steps: together these pass the last cache
/// sooner, and shorter blocks hide more of the way from memory. Short ones are no power of two, so that the columns of
/// a block do not compete for the same places of the first cache.
pub(crate) fn small_blocks(start: usize, end: usize, history: usize) -> impl Iterator<Item = Range<usize>> {
    let size = match history {
        0..=24 => 96,
        25..=32 => 160,
        33..=64 => SHORT_BLOCK,
        _ => BLOCK,
    };
    pieces(start, end, size)
}

/// The ranges of at most `size` that make up `start..end`.
pub(crate) fn pieces(start: usize, end: usize, size: usize) -> impl Iterator<Item = Range<usize>> {
    (start..end).step_by(size).map(move |from| from..end.min(from + size))
}

/// Asks the processor to bring the range after `range` nearer, because it is needed soon.
///
/// Work goes block by block, so the processor sees bursts where its own guesses want an even stream. It matters where
/// the columns together are larger than its last cache; calls are spread over the steps of a block.
#[inline(always)]
pub(crate) fn fetch(column: &[f64], range: &Range<usize>) {
    let from = range.end.min(column.len());
    let to = (range.end + range.len()).min(column.len());
    #[cfg(target_arch = "x86_64")]
    for line in column[from..to].chunks(8) {
        // SAFETY: a prefetch is a hint: it changes neither memory nor registers and cannot fault, whatever the address.
        // This one is that of a live slice.
        #[allow(unsafe_code)]
        unsafe {
            std::arch::x86_64::_mm_prefetch::<{ std::arch::x86_64::_MM_HINT_T0 }>(line.as_ptr().cast());
        }
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = &column[from..to];
}

/// Of `length` coming values, how many still fall into a warm-up of `left`, which shrinks by them.
pub(crate) fn skip(left: &mut usize, length: usize) -> usize {
    let skipped = (*left).min(length);
    *left -= skipped;
    skipped
}

/// Inside an `impl` that has an `#[inline(always)] fn extend_plain`, adds `fn extend` that runs it in the widest form.
macro_rules! wide {
    ($(#[$doc:meta])* $vis:vis fn extend(&mut self $(, $argument:ident: $type:ty)* $(,)?)) => {
        $(#[$doc])*
        $vis fn extend(&mut self $(, $argument: $type)*) {
            #[cfg(target_arch = "x86_64")]
            if $crate::wide::allowed() && std::arch::is_x86_feature_detected!("avx2") {
                // SAFETY: the only demand of `extend_wide` is that the processor has AVX2, which the line above
                // has just found out. Its body is safe code.
                #[allow(unsafe_code)]
                return unsafe { self.extend_wide($($argument),*) };
            }
            self.extend_plain($($argument),*);
        }

        #[cfg(target_arch = "x86_64")]
        #[target_feature(enable = "avx2")]
        fn extend_wide(&mut self $(, $argument: $type)*) {
            self.extend_plain($($argument),*);
        }
    };
}
pub(crate) use wide;

#[cfg(not(test))]
#[inline(always)]
pub(crate) fn allowed() -> bool {
    true
}

/// Tests switch the wide form off to compare it with the plain one.
#[cfg(test)]
pub(crate) fn allowed() -> bool {
    !PLAIN.get()
}

#[cfg(test)]
thread_local! {
    static PLAIN: std::cell::Cell<bool> = const { std::cell::Cell::new(false) };
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::registry;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn wide_and_plain_code_give_the_same_bits(bars in crate::test_bars::sound(1..400), pick in any::<u64>()) {
            for spec in registry() {
                let params = crate::test_bars::some_params(spec, pick);
                let wide = spec.batch(bars.view(), &params);
                PLAIN.set(true);
                let plain = spec.batch(bars.view(), &params);
                PLAIN.set(false);
                for (wide, plain) in wide.iter().flatten().zip(plain.iter().flatten()) {
                    prop_assert_eq!(wide.to_bits(), plain.to_bits(), "{}", spec.name);
                }
            }
        }
    }
}

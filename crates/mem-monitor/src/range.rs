//! Complaints about numbers of a configuration: field, value and range.

/// A section of the configuration, by name.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Section(pub &'static str);

impl Section {
    /// Whether `value` lies in `low..=high`.
    pub(crate) fn check(self, field: &str, value: f64, low: f64, high: f64) -> Result<(), String> {
        if (low..=high).contains(&value) {
            Ok(())
        } else {
            Err(format!("{}.{field} is {value}: expected {low} to {high}", self.0))
        }
    }
}

//! A set of departments, small enough to be copied about.

use super::super::role::Department;

/// Departments, one bit each.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Departments(u16);

impl Departments {
    pub const NONE: Self = Self(0);

    pub fn of(department: Department) -> Self {
        Self(1 << department as u16)
    }

    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    #[must_use]
    pub fn with(self, others: Self) -> Self {
        Self(self.0 | others.0)
    }

    #[must_use]
    pub fn without(self, others: Self) -> Self {
        Self(self.0 & !others.0)
    }

    /// These, or the others where there are none.
    #[must_use]
    pub fn or(self, others: Self) -> Self {
        if self.is_empty() { others } else { self }
    }

    /// In the order of [`Department::ALL`].
    pub fn list(self) -> Vec<Department> {
        Department::ALL.into_iter().filter(|one| self.0 & Self::of(*one).0 != 0).collect()
    }
}

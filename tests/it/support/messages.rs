//! The contract's messages as stories write them: only what the story is about, in the notation of the wire.

// The one place where the tests name the product's messages.
use kopilka::secret::Secret;
pub use kopilka::soap::messages::{
    office_1 as office, pos_1 as pos,
    values::{Date, DateTime, Hundredths, Thousandths},
};

/// A message of its fields, each given as text or number; the others are empty:
/// `message!(pos::BlockCard { card_number: "7000000101", reason: "утеря" })`.
macro_rules! message {
    (@value $field:ident) => {
        $crate::support::messages::Field::field($field)
    };
    (@value $field:ident $value:expr) => {
        $crate::support::messages::Field::field($value)
    };
    ($($type:ident)::+ { $($field:ident $(: $value:expr)?),* $(,)? }) => {{
        #[allow(clippy::needless_update, reason = "some messages are given whole")]
        let message = $($type)::+ {
            $($field: $crate::support::messages::message!(@value $field $($value)?),)*
            ..Default::default()
        };
        message
    }};
}
pub(crate) use message;

/// What stands for a field's value.
pub trait Field<T> {
    fn field(self) -> T;
}

impl<T> Field<T> for T {
    fn field(self) -> T {
        self
    }
}

impl<T> Field<Option<T>> for T {
    fn field(self) -> Option<T> {
        Some(self)
    }
}

/// Whole roubles, points or percent.
impl Field<Hundredths> for i32 {
    fn field(self) -> Hundredths {
        Hundredths(i64::from(self) * 100)
    }
}

impl Field<Option<Hundredths>> for i32 {
    fn field(self) -> Option<Hundredths> {
        Some(self.field())
    }
}

/// Whole pieces.
impl Field<Thousandths> for i32 {
    fn field(self) -> Thousandths {
        Thousandths(i64::from(self) * 1_000)
    }
}

/// Values that are written as text, required or not.
macro_rules! by_text {
    ($($type:ty),+) => {$(
        impl Field<$type> for &str {
            #[track_caller]
            fn field(self) -> $type {
                self.parse().unwrap_or_else(|_| panic!("{self:?} is no {}", stringify!($type)))
            }
        }

        impl Field<Option<$type>> for &str {
            #[track_caller]
            fn field(self) -> Option<$type> {
                Some(self.field())
            }
        }

        impl Field<$type> for &String {
            #[track_caller]
            fn field(self) -> $type {
                self.as_str().field()
            }
        }

        impl Field<Option<$type>> for &String {
            #[track_caller]
            fn field(self) -> Option<$type> {
                Some(self.as_str().field())
            }
        }
    )+};
}

by_text!(String, Date, DateTime, Hundredths, Thousandths);

/// Passwords and codes.
impl Field<Secret> for &str {
    fn field(self) -> Secret {
        Secret::new(self)
    }
}

impl Field<Option<Secret>> for &str {
    fn field(self) -> Option<Secret> {
        Some(self.field())
    }
}

impl Field<Secret> for &String {
    fn field(self) -> Secret {
        Secret::new(self)
    }
}

/// What a receipt is made of.
pub trait Receipt {
    /// Whose it is: by card or phone.
    fn of(self, identifier: &str) -> Self;
    /// One more line; its sum is quantity by price, to the kopeck.
    fn line(self, goods: &str, quantity: impl Field<Thousandths>, price: impl Field<Hundredths>) -> Self;
    /// One more line: a piece of goods for so much.
    fn roubles(self, price: impl Field<Hundredths>) -> Self;
}

/// The next of these lines.
fn next(lines: &pos::ReceiptLines, goods: &str, quantity: Thousandths, price: Hundredths) -> pos::ReceiptLine {
    pos::ReceiptLine {
        number: i32::try_from(lines.line.len()).unwrap() + 1,
        goods_code: goods.into(),
        quantity,
        price,
        sum: Hundredths((quantity.0 * price.0 + 500) / 1_000),
        ..Default::default()
    }
}

macro_rules! of_lines {
    ($($type:ty),+) => {$(
        impl Receipt for $type {
            fn of(self, identifier: &str) -> Self {
                Self { identifier: Some(identifier.into()), ..self }
            }

            fn line(mut self, goods: &str, quantity: impl Field<Thousandths>, price: impl Field<Hundredths>) -> Self {
                self.lines.line.push(next(&self.lines, goods, quantity.field(), price.field()));
                self
            }

            fn roubles(self, price: impl Field<Hundredths>) -> Self {
                self.line("A", 1, price)
            }
        }
    )+};
}

of_lines!(pos::Receipt, pos::ReturnWithoutReceipt);

/// What a programme is made of: rules, one a kind.
pub trait Programme {
    /// The rule of a kind; a new one without fields if there is none.
    fn rule(&mut self, kind: &str) -> &mut office::ProgrammeRule;
    /// Puts a rule in the place of another of its kind.
    fn set(&mut self, rule: office::ProgrammeRule);
    fn remove(&mut self, kind: &str);
}

impl Programme for office::Programme {
    fn rule(&mut self, kind: &str) -> &mut office::ProgrammeRule {
        let rules = &mut self.rules.rule;
        let at = rules.iter().position(|rule| rule.kind == kind).unwrap_or_else(|| {
            rules.push(message!(office::ProgrammeRule { kind }));
            rules.len() - 1
        });
        &mut rules[at]
    }

    fn set(&mut self, rule: office::ProgrammeRule) {
        let kind = rule.kind.clone();
        *self.rule(&kind) = rule;
    }

    fn remove(&mut self, kind: &str) {
        self.rules.rule.retain(|rule| rule.kind != kind);
    }
}

/// What a return is made of; without lines it is all that is left.
pub trait Return {
    /// So much of a line of the sale.
    fn line(self, number: i32, quantity: impl Field<Thousandths>) -> Self;
}

impl Return for pos::ReturnReceipt {
    fn line(mut self, number: i32, quantity: impl Field<Thousandths>) -> Self {
        self.lines.line.push(pos::ReturnLine { number, quantity: quantity.field() });
        self
    }
}

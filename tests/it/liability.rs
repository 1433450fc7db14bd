//! Points outstanding at the end of a day.

use crate::{
    books::reports::spend_at_the_other,
    support::{
        App,
        calls::Call,
        messages::{Programme as _, message, office},
        on_both,
    },
};
use kopilka::domain::moment::Span;

on_both! { what_customers_hold_is_told_as_it_was_at_the_end_of_a_day }

fn liability(app: &App, day: &str) -> Call {
    app.office(message!(office::ListLiability { day }))
}

async fn what_customers_hold_is_told_as_it_was_at_the_end_of_a_day(app: &App) {
    let seen = |reply: &crate::support::soap::Reply| -> Vec<String> {
        let columns = ["issuedBy", "kind", "points", "money"].map(|name| reply.all(name));
        (0..columns[0].len()).map(|row| columns.each_ref().map(|column| column[row]).join(" ")).collect()
    };
    // The demo's two customers begin with 500 and 1200.
    assert_eq!(seen(&liability(app, "2026-11-21").await.ok()), ["demo available 1700.00 1700.00"]);
    assert_eq!(seen(&liability(app, "2026-11-20").await.ok()), [""; 0]);
    app.advance(Span::days(1));
    app.change_programme(|programme| {
        programme.set(message!(office::ProgrammeRule { kind: "activation", days: 14 }));
    })
    .await;
    app.sell("1", "7000000101", 5_000).await.ok();
    spend_at_the_other(app, "X-1", "7000000101", "+79160000101", 200).await;
    let told = liability(app, "2026-11-22").await.ok();
    let told = seen(&told);
    assert!(told.contains(&"demo available 1500.00 1500.00".to_owned()), "{told:?}");
    assert!(told.contains(&"demo pending 50.00 50.00".to_owned()), "{told:?}");
    // The day before is what it was.
    assert_eq!(seen(&liability(app, "2026-11-21").await.ok()), ["demo available 1700.00 1700.00"]);
    // Another partner sees its own alone.
    app.add_stranger();
    let others = liability(app, "2026-11-22").by("stranger").await.ok();
    assert!(others.all("issuedBy").iter().all(|partner| *partner == "other"), "{}", others.body);
    liability(app, "2026-11-22").by("demo").await.fault(500, "FORBIDDEN");
}

//! What partners owe each other, as the offices list it: each its own side.

use crate::{
    books::reports::spend_at_the_other,
    support::{
        App,
        calls::Call,
        messages::{message, office},
        on_both,
        pages::{OTHER_OFFICE, add_other_office, pages, rows},
    },
};

on_both! { partners_see_their_own_side_of_the_settlement }

fn settlement(app: &App, (from, to): (&str, &str), rows_max: i32, cursor: &str) -> Call {
    app.office(message!(office::ListSettlement { from, to, rows_max, cursor }))
}

async fn partners_see_their_own_side_of_the_settlement(app: &App) {
    spend_at_the_other(app, "X-1", "7000000101", "+79160000101", 200).await;
    app.sell("1", "7000000101", 5_000).await.ok();
    let day = ("2026-11-21", "2026-11-21");
    let whole = pages(|cursor| settlement(app, day, 0, cursor)).await;
    assert_eq!(whole[0].all("kind"), ["spent", "issued", "outstanding", "position"]);
    assert_eq!(whole[0].all("points"), ["200.00", "1750.00", "1550.00", "-200.00"]);
    assert_eq!(whole[0].all("takenBy"), ["other", "demo"]);
    assert_eq!(whole[0].get("takenByName"), "Другой партнёр");
    for size in [1, 3] {
        let paged = pages(|cursor| settlement(app, day, size, cursor)).await;
        assert_eq!(rows(&paged, "figure"), rows(&whole, "figure"), "{size}");
    }
    add_other_office(app);
    let others = settlement(app, day, 0, "").by(OTHER_OFFICE).await.ok();
    let seen: Vec<_> = others.all("kind").into_iter().zip(others.all("points")).collect();
    assert_eq!(seen.first(), Some(&("spent", "200.00")));
    assert_eq!(seen.last(), Some(&("position", "200.00")));
    assert!(!others.body.contains("1750.00"), "{}", others.body);
    let none = settlement(app, ("2026-01-01", "2026-01-31"), 0, "").await.ok();
    assert!(none.body.contains("<m:figures/>"), "{}", none.body);
    settlement(app, ("2026-11-21", "2026-11-20"), 0, "").await.refused("PERIOD_INVALID");
}

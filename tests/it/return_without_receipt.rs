//! Goods without their receipt come back only with the right to take them.

use crate::support::{
    App,
    calls::Call,
    messages::{Receipt as _, message, pos},
    on_both,
};

on_both! { goods_without_their_receipt_come_back_only_with_the_right }

/// Two pieces for 350 roubles each, taken back by the senior cashier.
fn take_back(app: &App, number: &str, identifier: &str) -> Call {
    let goods = message!(pos::ReturnWithoutReceipt {
        till: "M1-01",
        shift: "1",
        number,
        at: app.now(),
        identifier,
        reason: "Чек утерян, разрешил директор"
    });
    let goods_return = goods.line("A", 2, 350);
    app.pos(message!(pos::RegisterReturnWithoutReceipt { goods_return })).by("senior")
}

async fn goods_without_their_receipt_come_back_only_with_the_right(app: &App) {
    take_back(app, "R-1", "7000000101").by("demo").await.fault(500, "FORBIDDEN");
    let done = take_back(app, "R-1", "7000000101").await.ok();
    assert_eq!(
        (done.get("amountRefund"), done.get("pointsRevoked"), done.get("available")),
        ("700.00", "7.00", "493.00")
    );
    take_back(app, "R-1", "7000000101").await.refused("RETURN_DUPLICATE");
    let anonymous = take_back(app, "R-2", "").await.ok();
    assert_eq!((anonymous.get("amountRefund"), anonymous.get("pointsRevoked")), ("700.00", "0.00"));
    take_back(app, "R-3", "7009999999").await.refused("CARD_UNKNOWN");
}

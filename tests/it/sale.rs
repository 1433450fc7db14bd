//! What is known of a registered receipt.

use crate::support::{App, Backend, on_both};

fn by_id(id: &str) -> String {
    format!("<receiptId>{id}</receiptId>")
}

fn by_name(till: &str, shift: &str, number: &str, date: &str) -> String {
    format!(
        "<receiptId></receiptId><original><till>{till}</till><shift>{shift}</shift><number>{number}</number>\
         <date>{date}</date></original>"
    )
}

on_both! {
    async fn a_receipt_is_found_by_either_name_with_what_is_left_to_return(app: &App) {
        let id = app.sell("17", "7000000101", 1_000).await.ok().get("receiptId").to_owned();
        let found = app.call("GetReceipt", &by_id(&id)).await.ok();
        assert_eq!((found.get("state"), found.get("store"), found.get("till")), ("confirmed", "M1", "M1-01"));
        assert_eq!((found.get("number"), found.get("shift"), found.get("at")), ("17", "1", "2026-11-21T12:00:00"));
        assert_eq!((found.get("amountDue"), found.get("pointsEarned"), found.get("pointsSpent")), ("1000.00", "10.00", "0.00"));
        assert_eq!((found.get("quantity"), found.get("returned"), found.get("left")), ("1", "0", "1"));
        assert_eq!(found.get("cardNumber"), "7000000101");
        for shift in ["1", ""] {
            let named = app.call("GetReceipt", &by_name("M1-01", shift, "17", "2026-11-21")).await.ok();
            assert_eq!(named.body, found.body);
        }
        let back = format!(
            "{}<returnReceipt><receiptId>{id}</receiptId><till>M1-01</till><shift>1</shift><number>R-17</number><at>{}</at>\
             <lines/></returnReceipt>",
            app.context("back"),
            app.local_time()
        );
        app.call("RegisterReturn", &back).await.ok();
        let returned = app.call("GetReceipt", &by_id(&id)).await.ok();
        assert_eq!((returned.get("state"), returned.get("returned"), returned.get("left")), ("returned", "1", "0"));
    }

    async fn a_cancelled_or_anonymous_receipt_has_nothing_to_return_or_nobody(app: &App) {
        let id = app.sell("18", "", 500).await.ok().get("receiptId").to_owned();
        let anonymous = app.call("GetReceipt", &by_id(&id)).await.ok();
        assert!(anonymous.find("customer").is_none() && anonymous.find("cardNumber").is_none(), "{}", anonymous.body);
        let cancel = format!("{}<receiptId>{id}</receiptId><reason>ошибка</reason>", app.context("cancel"));
        app.call("CancelReceipt", &cancel).await.ok();
        let cancelled = app.call("GetReceipt", &by_id(&id)).await.ok();
        assert_eq!((cancelled.get("state"), cancelled.get("left")), ("cancelled", "0"));
    }

    async fn a_customer_is_shown_as_the_role_may_see_it_and_to_its_own_network(app: &App) {
        let id = app.sell("19", "7000000101", 500).await.ok().get("receiptId").to_owned();
        let at_the_till = app.client("kassa").pos("GetReceipt", &by_id(&id)).await.ok();
        assert_eq!((at_the_till.get("phone"), at_the_till.get("cardNumber")), ("+7 916 ***-**-01", "******0101"));
        let in_the_office = app.client("office").pos("GetReceipt", &by_id(&id)).await.ok();
        assert_eq!((in_the_office.get("phone"), in_the_office.get("cardNumber")), ("+79160000101", "7000000101"));
        // Another store's till of the network may take the goods back, and may look.
        app.client("senior").pos("GetReceipt", &by_name("M1-01", "1", "19", "2026-11-21")).await.ok();
        let other = app.client("other");
        other.pos("GetReceipt", &by_id(&id)).await.refused("RECEIPT_UNKNOWN");
        other.pos("GetReceipt", &by_name("M1-01", "1", "19", "2026-11-21")).await.refused("RECEIPT_UNKNOWN");
        for unknown in [by_id("999999"), by_id("сто"), by_id(""), by_name("M1-01", "2", "19", "2026-11-21")] {
            app.call("GetReceipt", &unknown).await.refused("RECEIPT_UNKNOWN");
        }
    }
}

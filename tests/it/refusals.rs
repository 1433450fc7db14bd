//! Bad input: a business refusal with its own code and a sentence, or a fault that names the element; nothing changed.

use crate::support::{
    App, Backend, on_both,
    soap::{POS, envelope},
};

on_both! {
    async fn whoever_is_unknown_is_named(app: &App) {
        app.balance("7009999999").await.refused("CARD_UNKNOWN");
        app.balance("+79169999999").await.refused("CUSTOMER_UNKNOWN");
        app.balance("+7 12").await.refused("PHONE_INVALID");
        app.balance("7000000001").await.refused("CARD_NOT_ISSUED");
        for spelling in ["7000000101", "+79160000101", "8 (916) 000-01-01", "8-916-000-01-01", "79160000101", "9160000101", "+7 916 000 01 01"] {
            assert_eq!(app.balance(spelling).await.ok().get("available"), "500.00", "{spelling}");
        }
    }

    async fn a_till_must_be_the_callers_own(app: &App) {
        let arguments = |till: &str, key: &str| format!("{}<cardNumber>7000000101</cardNumber><reason>утеря</reason>", app.context_at(key, till));
        app.call("BlockCard", &arguments("X1-01", "a")).await.refused("TILL_NOT_YOURS");
        app.call("BlockCard", &arguments("M9-99", "b")).await.refused("TILL_UNKNOWN");
        app.client("kassa").pos("BlockCard", &arguments("M1-02", "c")).await.refused("TILL_NOT_YOURS");
        let receipt = app.receipt("1", "7000000101", 100).replace("<till>M1-01</till>", "<till>M1-02</till>");
        let sale = format!("{}{receipt}<reservationId></reservationId><pointsToSpend>0</pointsToSpend>", app.context("d"));
        app.call("RegisterReceipt", &sale).await.refused("TILL_MISMATCH");
        let receipt = app.receipt("1", "", 100).replace("<receipt>", "<receipt><store>M2</store>");
        app.call("QuoteReceipt", &format!("{receipt}<pointsWanted>0</pointsWanted>")).await.refused("STORE_UNKNOWN");
        assert_eq!(app.call("FindCustomer", "<identifier>7000000101</identifier>").await.ok().get("state"), "active");
    }

    async fn a_receipt_of_tomorrow_is_refused(app: &App) {
        let receipt = app.receipt("1", "7000000101", 100);
        let tomorrow = receipt.replace(&app.local_time(), "2026-11-22T12:00:00");
        app.call("QuoteReceipt", &format!("{tomorrow}<pointsWanted>0</pointsWanted>")).await.refused("TIME_IN_FUTURE");
        let sale = format!("{}{tomorrow}<reservationId></reservationId><pointsToSpend>0</pointsToSpend>", app.context("s"));
        app.call("RegisterReceipt", &sale).await.refused("TIME_IN_FUTURE");
        // Nine minutes ahead is a clock that runs a little fast.
        let soon = receipt.replace(&app.local_time(), "2026-11-21T12:09:00");
        app.call("QuoteReceipt", &format!("{soon}<pointsWanted>0</pointsWanted>")).await.ok();
        // The same moment in UTC, as Axis writes it.
        let utc = receipt.replace(&app.local_time(), "2026-11-21T09:00:00.000Z");
        app.call("QuoteReceipt", &format!("{utc}<pointsWanted>0</pointsWanted>")).await.ok();
    }

    async fn more_points_than_there_are_or_than_the_receipt_takes(app: &App) {
        app.reserve("a", "7000000101", 5_000, "501").await.refused("POINTS_NOT_ENOUGH");
        let refused = app.reserve("b", "7000000101", 600, "400").await.refused("POINTS_OVER_LIMIT");
        assert!(refused.get("message").contains("300,00"));
        app.reserve("c", "7000000101", 600, "10.50").await.refused("POINTS_UNIT");
        app.reserve("d", "7000000101", 600, "0").await.refused("POINTS_REQUIRED");
        app.reserve("e", "", 600, "10").await.refused("IDENTIFIER_REQUIRED");
        assert_eq!(app.balance("7000000101").await.ok().get("reserved"), "0.00");
        assert_eq!(app.phone.count("+79160000101"), 0);
    }

    async fn a_receipt_that_contradicts_itself(app: &App) {
        let receipt = app.receipt("1", "7000000101", 100).replace("<sum>100.00", "<sum>99.00");
        let refused = app.call("QuoteReceipt", &format!("{receipt}<pointsWanted>0</pointsWanted>")).await.refused("RECEIPT_INVALID");
        assert!(refused.get("message").contains("99,00"), "{}", refused.body);
        // When several things are wrong, the first of the list of refusals is told: the receipt before the points.
        app.call("ReservePoints", &format!("{}{receipt}<points>0</points>", app.context("h"))).await.refused("RECEIPT_INVALID");
        let sale = format!("{}{receipt}<reservationId>9999999999</reservationId><pointsToSpend>0</pointsToSpend>", app.context("s"));
        app.call("RegisterReceipt", &sale).await.refused("RECEIPT_INVALID");
    }

    async fn a_receipt_is_registered_once_by_any_name(app: &App) {
        let fiscal = "<fiscal><fn>9960440300000001</fn><fd>15</fd><fp>777</fp></fiscal>";
        let sale = |key: &str, number: &str| {
            let receipt = app.receipt(number, "7000000101", 100).replace("</receipt>", &format!("{fiscal}</receipt>"));
            format!("{}{receipt}<reservationId></reservationId><pointsToSpend>0</pointsToSpend>", app.context(key))
        };
        let first = app.call("RegisterReceipt", &sale("a", "1")).await.ok();
        let refused = app.call("RegisterReceipt", &sale("b", "1")).await.refused("RECEIPT_DUPLICATE");
        assert!(refused.get("message").contains(first.get("receiptId")));
        app.call("RegisterReceipt", &sale("c", "2")).await.refused("FISCAL_DUPLICATE");
        assert_eq!(app.balance("7000000101").await.ok().get("available"), "501.00");
    }

    async fn a_changed_quote_is_shown_and_not_registered(app: &App) {
        let receipt = app.receipt("1", "7000000101", 1_000);
        let quote = app.call("QuoteReceipt", &format!("{receipt}<pointsWanted>0</pointsWanted>")).await.ok();
        let sale = |key: &str, quote_id: &str| {
            let receipt = receipt.replace("</receipt>", &format!("<quoteId>{quote_id}</quoteId></receipt>"));
            format!("{}{receipt}<reservationId></reservationId><pointsToSpend>0</pointsToSpend>", app.context(key))
        };
        let shown = app.call("RegisterReceipt", &sale("a", "0123456789abcdef")).await.refused("QUOTE_CHANGED");
        assert_eq!((shown.get("amountDue"), shown.find("receiptId")), ("1000.00", None));
        assert_eq!(app.balance("7000000101").await.ok().get("available"), "500.00");
        app.call("RegisterReceipt", &sale("b", quote.get("quoteId"))).await.ok();
    }

    async fn a_card_does_what_its_state_allows(app: &App) {
        let act = |key: &str, operation: &'static str| (operation, format!("{}<cardNumber>7000000101</cardNumber><reason>просьба клиента</reason>", app.context(key)));
        let (operation, arguments) = act("b", "BlockCard");
        app.call(operation, &arguments).await.ok();
        app.sell("1", "7000000101", 100).await.refused("CARD_BLOCKED");
        app.reserve("r", "7000000101", 100, "10").await.refused("CARD_BLOCKED");
        let (operation, arguments) = act("b2", "BlockCard");
        app.call(operation, &arguments).await.refused("CARD_BLOCKED");
        let (operation, arguments) = act("u", "UnblockCard");
        app.call(operation, &arguments).await.ok();
        let issue = format!("{}<cardNumber>7000000002</cardNumber><identifier>89161112233</identifier>", app.context("i"));
        app.call("IssueCard", &issue).await.ok();
        app.sell("2", "7000000002", 10_000).await.ok();
        app.reserve("r2", "7000000002", 100, "10").await.refused("CARD_NOT_ACTIVE");
        let quote = app.call("QuoteReceipt", &format!("{}<pointsWanted>10</pointsWanted>", app.receipt("3", "7000000002", 100))).await.ok();
        assert_eq!(quote.get("pointsMax"), "0.00");
        let (operation, arguments) = act("c", "CloseCard");
        app.call(operation, &arguments).await.ok();
        app.sell("4", "7000000101", 100).await.refused("CARD_CLOSED");
    }

    async fn an_anonymous_sale_always_works(app: &App) {
        let sold = app.sell("1", "", 1_000).await.ok();
        assert_eq!((sold.get("pointsEarned"), sold.find("available")), ("0.00", None));
    }

    async fn codes_a_day_are_capped(app: &App) {
        for number in 0..10 {
            app.reserve(&format!("r{number}"), "7000000101", 100, "1").await.ok();
        }
        app.reserve("r10", "7000000101", 100, "1").await.refused("CODE_LIMIT");
        assert_eq!(app.balance("7000000101").await.ok().get("reserved"), "10.00");
    }

    async fn what_is_not_business_is_a_fault(app: &App) {
        let demo = app.client("demo");
        let fault = demo.post("pos_1", "<soap:Envelope").await.fault(500, "MALFORMED_XML");
        assert!(fault.get("description").contains("Строка 1, символ 1."), "{}", fault.body);
        let fault = demo.pos("GetBalance", "<identifier>1</identifier><surprise>1</surprise>").await.fault(500, "INVALID_REQUEST");
        assert!(fault.get("description").contains("surprise"), "{}", fault.body);
        let fault = demo.pos("GetBalance", "").await.fault(500, "INVALID_REQUEST");
        assert!(fault.get("description").contains("identifier"), "{}", fault.body);
        demo.pos("QuoteReceipt", "<receipt/><pointsWanted>много</pointsWanted>").await.fault(500, "INVALID_REQUEST");
        demo.pos("DropTables", "").await.fault(500, "UNKNOWN_OPERATION");
        demo.office("RegisterCards", "<context><operationKey>k</operationKey><occurredAt>2026-11-21T12:00:00</occurredAt></context><batch/>").await.fault(500, "FORBIDDEN");
        app.client("office").pos("QuoteReceipt", &format!("{}<pointsWanted>0</pointsWanted>", app.receipt("1", "", 1))).await.fault(500, "FORBIDDEN");
        let dtd = "<!DOCTYPE x [<!ENTITY a \"b\">]><x/>";
        demo.post("pos_1", dtd).await.fault(500, "DTD_FORBIDDEN");
        let stranger = crate::support::soap::Client::new(&format!("http://{}", app.gateway().address()), "demo", "не тот пароль");
        stranger.pos("Ping", "").await.fault(401, "UNAUTHENTICATED");
        let soap12 = envelope(POS, "Ping", "").replace("http://schemas.xmlsoap.org/soap/envelope/", "http://www.w3.org/2003/05/soap-envelope");
        let answered = demo.post("pos_1", &soap12).await.ok();
        assert!(answered.body.contains("http://www.w3.org/2003/05/soap-envelope"));
    }

    async fn partners_do_not_see_each_others_operations(app: &App) {
        let sold = app.sell("1", "7000000101", 1_000).await.ok();
        let other = app.client("other");
        let at = app.context_at("x", "X1-01");
        let cancel = format!("{at}<receiptId>{}</receiptId><reason>чужой</reason>", sold.get("receiptId"));
        other.pos("CancelReceipt", &cancel).await.refused("RECEIPT_UNKNOWN");
        let hold = app.reserve("h", "7000000101", 100, "10").await.ok();
        other.pos("GetReservation", &format!("<reservationId>{}</reservationId>", hold.get("reservationId"))).await.refused("RESERVATION_UNKNOWN");
        let asked = other.pos("GetOperation", "<operationKey>sell-1</operationKey>").await.ok();
        assert_eq!(asked.get("found"), "false");
        app.call("GetReservation", "<reservationId>не номер</reservationId>").await.refused("RESERVATION_UNKNOWN");
    }
}

//! The ledger's harder cases through the whole gateway: cancelling by key, freezing, merging, another phone, goods without
//! their receipt, lifetimes by the calendar, status points.

use crate::{
    books::{number, open},
    support::{App, Backend, on_both, soap::Reply},
};
use kopilka::domain::moment::Span;

async fn cancel(app: &App, key: &str, cancelled: &str) -> Reply {
    let arguments = format!("{}<cancelledKey>{cancelled}</cancelledKey><reason>нет ответа</reason>", app.context(key));
    app.call("CancelOperation", &arguments).await
}

fn office_context(app: &App, key: &str) -> String {
    format!(
        "<context><operationKey>{key}</operationKey><actor>Иванова</actor><occurredAt>{}</occurredAt></context>",
        app.local_time()
    )
}

async fn office(app: &App, key: &str, operation: &str, rest: &str) -> Reply {
    let arguments = format!("{}{rest}<reason>обращение клиента</reason>", office_context(app, key));
    app.client("office").office(operation, &arguments).await
}

async fn account(app: &App, identifier: &str) -> Reply {
    app.client("office").office("GetAccount", &format!("<identifier>{identifier}</identifier>")).await
}

/// Holds points, confirms them and spends them on a sale; answers the receipt's id.
async fn buy_with_points(app: &App, number: &str, phone: &str, nth_code: usize, points: &str) -> String {
    let hold = app.reserve(&format!("hold-{number}"), phone, 900, points).await.ok().get("reservationId").to_owned();
    let code = app.phone.code(phone, nth_code).await;
    app.confirm(&format!("confirm-{number}"), &hold, &code).await.ok();
    let receipt = app.receipt(number, phone, 900);
    let arguments = format!(
        "{}{receipt}<reservationId>{hold}</reservationId><pointsToSpend>{points}</pointsToSpend>",
        app.context(&format!("sale-{number}"))
    );
    app.call("RegisterReceipt", &arguments).await.ok().get("receiptId").to_owned()
}

async fn take_back(app: &App, key: &str, receipt: &str) -> Reply {
    let arguments = format!(
        "{}<returnReceipt><receiptId>{receipt}</receiptId><till>M1-01</till><shift>1</shift><number>{key}</number>\
         <at>{}</at><lines></lines></returnReceipt>",
        app.context(key),
        app.local_time()
    );
    app.call("RegisterReturn", &arguments).await
}

async fn save_terms(app: &App, key: &str, unit: &str, count: u32, status_points: &str) -> Reply {
    let arguments = format!(
        "{}<pointsTerms><programmeCode>demo</programmeCode><validFrom>{}</validFrom><lifetimeUnit>{unit}</lifetimeUnit>\
         <lifetimeCount>{count}</lifetimeCount><statusPoints>{status_points}</statusPoints><statusStep>100.00</statusStep>\
         </pointsTerms>",
        office_context(app, key),
        app.local_time()
    );
    app.client("office").office("SavePointsTerms", &arguments).await
}

on_both! {
    async fn a_cancelled_operation_that_comes_late_is_refused(app: &App) {
        assert_eq!(cancel(app, "c1", "sell-L-1").await.ok().get("outcome"), "never_seen");
        assert_eq!(cancel(app, "c2", "sell-L-1").await.ok().get("outcome"), "already");
        app.sell("L-1", "7000000101", 700).await.refused("OPERATION_CANCELLED");
        app.sell("L-1", "7000000101", 700).await.refused("OPERATION_CANCELLED");
        assert_eq!(app.balance("7000000101").await.ok().get("available"), "500.00");
        let asked = app.call("GetOperation", "<operationKey>sell-L-1</operationKey>").await.ok();
        assert_eq!(asked.get("found"), "false");
        assert!(asked.get("message").contains("отменена"), "{}", asked.body);
        // The same receipt under a new key is a sale like any other.
        let receipt = app.receipt("L-1", "7000000101", 700);
        let arguments = format!("{}{receipt}<reservationId></reservationId><pointsToSpend>0</pointsToSpend>", app.context("new"));
        app.call("RegisterReceipt", &arguments).await.ok();
        cancel(app, "same", "same").await.refused("OPERATION_KEY_REUSED");
    }

    async fn a_sale_is_cancelled_by_its_key_once(app: &App) {
        app.sell("K-1", "7000000101", 700).await.ok();
        assert_eq!(app.balance("7000000101").await.ok().get("available"), "507.00");
        let (one, two) = tokio::join!(cancel(app, "c1", "sell-K-1"), cancel(app, "c2", "sell-K-1"));
        let mut outcomes = [one.ok().get("outcome").to_owned(), two.ok().get("outcome").to_owned()];
        outcomes.sort_unstable();
        assert_eq!(outcomes, ["already", "done"]);
        assert_eq!(app.balance("7000000101").await.ok().get("available"), "500.00");
        // The sale keeps its first answer: it did happen, and was undone.
        app.sell("K-1", "7000000101", 700).await.ok();
        assert_eq!(app.balance("7000000101").await.ok().get("available"), "500.00");
        let refused = app.sell("K-0", "7009999999", 700).await.refused("CARD_UNKNOWN");
        assert_eq!(refused.code(), "CARD_UNKNOWN");
        assert_eq!(cancel(app, "c3", "sell-K-0").await.ok().get("outcome"), "refused");
    }

    async fn a_hold_is_cancelled_by_its_key_unless_it_was_spent(app: &App) {
        app.reserve("hold-free", "+79160000101", 900, "100").await.ok();
        let done = cancel(app, "c1", "hold-free").await.ok();
        assert_eq!((done.get("outcome"), done.get("pointsRestored"), done.get("available")), ("done", "100.00", "500.00"));
        assert_eq!(cancel(app, "c2", "hold-free").await.ok().get("outcome"), "already");
        app.advance(Span::minutes(2));
        let receipt = buy_with_points(app, "H-1", "+79160000101", 1, "300").await;
        cancel(app, "c3", "hold-H-1").await.refused("RESERVATION_CAPTURED");
        take_part_back(app, &receipt).await;
        cancel(app, "c4", "sale-H-1").await.refused("RECEIPT_RETURNED");
        cancel(app, "c5", "back").await.refused("OPERATION_NOT_CANCELLABLE");
    }

    async fn a_frozen_account_earns_and_does_not_spend(app: &App) {
        let hold = app.reserve("h", "+79160000101", 900, "300").await.ok().get("reservationId").to_owned();
        let code = app.phone.code("+79160000101", 0).await;
        app.confirm("cf", &hold, &code).await.ok();
        assert_eq!(office(app, "f1", "FreezeAccount", "<identifier>7000000101</identifier>").await.ok().get("state"), "frozen");
        office(app, "f2", "FreezeAccount", "<identifier>+79160000101</identifier>").await.refused("ACCOUNT_FROZEN");
        let sale = format!(
            "{}{}<reservationId>{hold}</reservationId><pointsToSpend>300</pointsToSpend>",
            app.context("s1"), app.receipt("F-1", "+79160000101", 900)
        );
        app.call("RegisterReceipt", &sale).await.refused("ACCOUNT_FROZEN");
        app.reserve("h2", "+79160000101", 900, "100").await.refused("ACCOUNT_FROZEN");
        app.sell("F-2", "7000000101", 700).await.ok();
        let seen = account(app, "7000000101").await.ok();
        assert_eq!((seen.get("state"), seen.get("available"), seen.get("reserved")), ("frozen", "207.00", "300.00"));
        assert_eq!(office(app, "f3", "UnfreezeAccount", "<identifier>7000000101</identifier>").await.ok().get("state"), "open");
        office(app, "f4", "UnfreezeAccount", "<identifier>7000000101</identifier>").await.refused("ACCOUNT_NOT_FROZEN");
        app.call("RegisterReceipt", &sale.replace(">s1<", ">s2<")).await.ok();
        app.client("demo").office("GetAccount", "<identifier>7000000101</identifier>").await.fault(500, "FORBIDDEN");
    }

    async fn a_merge_loses_nothing_and_old_names_lead_on(app: &App) {
        let bought = buy_with_points(app, "M-1", "+79160000101", 0, "300").await;
        app.sell("M-2", "7000000102", 500).await.ok();
        // 500 − 300 + 6 for the 600 roubles that were paid with money, and 1 200 + 5.
        let hold = app.reserve("open", "7000000101", 900, "100").await.ok().get("reservationId").to_owned();
        let code = app.phone.code("+79160000101", 1).await;
        let merged = office(
            app, "m1", "MergeCustomers",
            "<identifier>7000000101</identifier><intoIdentifier>+79160000102</intoIdentifier>",
        ).await.ok();
        assert_eq!((merged.get("available"), merged.get("reserved")), ("1311.00", "100.00"));
        assert_eq!(merged.all("number").len(), 2);
        for name in ["7000000101", "7000000102", "+79160000101", "+79160000102"] {
            assert_eq!(app.balance(name).await.ok().get("available"), "1311.00", "{name}");
        }
        office(app, "m2", "MergeCustomers", "<identifier>7000000101</identifier><intoIdentifier>+79160000102</intoIdentifier>")
            .await.refused("CUSTOMERS_SAME");
        // The hold that was open is confirmed and spent as if nothing had happened.
        app.confirm("cm", &hold, &code).await.ok();
        let sale = format!(
            "{}{}<reservationId>{hold}</reservationId><pointsToSpend>100</pointsToSpend>",
            app.context("sm"), app.receipt("M-3", "7000000101", 900)
        );
        app.call("RegisterReceipt", &sale).await.ok();
        assert_eq!(app.balance("7000000102").await.ok().get("available"), "1319.00");
        // Goods of a sale before the merge come back: what was spent returns, what was earned goes.
        let back = take_back(app, "back-1", &bought).await.ok();
        assert_eq!((back.get("pointsRestored"), back.get("pointsRevoked")), ("300.00", "6.00"));
        assert_eq!(app.balance("+79160000101").await.ok().get("available"), "1613.00");
        let statement = app.call(
            "GetStatement",
            "<identifier>7000000101</identifier><from>2026-01-01</from><to>2027-01-01</to><cursor></cursor>",
        ).await.ok();
        assert!(statement.body.contains("Объединение счетов"), "{}", statement.body);
        assert_eq!(app.verify().findings, []);
    }

    async fn after_two_merges_nothing_names_an_account_that_ended(app: &App) {
        let batch = format!("{}<batch><prefix>99</prefix><from>0030</from><to>0030</to></batch>", office_context(app, "b"));
        app.client("office").office("RegisterCards", &batch).await.ok();
        let issue = format!("{}<cardNumber>990030</cardNumber><identifier>+79165550030</identifier>", app.context("i"));
        app.call("IssueCard", &issue).await.ok();
        // One hold of each kind on the account that is merged twice: given back, spent, open.
        let given_back = app.reserve("h1", "7000000101", 900, "50").await.ok().get("reservationId").to_owned();
        let release = format!("{}<reservationId>{given_back}</reservationId><reason>передумал</reason>", app.context("l"));
        app.call("ReleaseReservation", &release).await.ok();
        buy_with_points(app, "M-1", "+79160000101", 1, "300").await;
        app.reserve("h2", "7000000101", 900, "100").await.ok();
        for (key, from, into) in [("m1", "7000000101", "7000000102"), ("m2", "7000000102", "+79165550030")] {
            let customers = format!("<identifier>{from}</identifier><intoIdentifier>{into}</intoIdentifier>");
            office(app, key, "MergeCustomers", &customers).await.ok();
        }
        let mut db = open(app);
        assert_eq!(number(&mut db, "SELECT count(*) AS number FROM accounts WHERE state = 'closed'"), 2);
        for (table, rows) in [("reservations", 3), ("receipts", 1), ("cards", 3)] {
            let named = format!("SELECT count(*) AS number FROM {table} WHERE account_id IN (SELECT id FROM accounts WHERE");
            assert_eq!(number(&mut db, &format!("{named} state = 'closed')")), 0, "{table}");
            assert_eq!(number(&mut db, &format!("{named} state = 'open')")), rows, "{table}");
        }
        assert_eq!(app.verify().findings, []);
    }

    async fn another_phone_has_to_be_confirmed_and_voids_codes(app: &App) {
        let hold = app.reserve("h", "7000000101", 900, "100").await.ok().get("reservationId").to_owned();
        let code = app.phone.code("+79160000101", 0).await;
        let change = "<identifier>7000000101</identifier><newPhone>8 916 555-44-33</newPhone>";
        let changed = office(app, "p1", "ChangePhone", change).await.ok();
        assert_eq!((changed.get("phone"), changed.get("phoneConfirmed")), ("+79165554433", "false"));
        app.confirm("c1", &hold, &code).await.refused("CODE_NOT_SENT");
        app.balance("+79160000101").await.refused("CUSTOMER_UNKNOWN");
        assert_eq!(app.balance("+79165554433").await.ok().get("reserved"), "100.00");
        app.advance(Span::minutes(2));
        app.call("ResendCode", &format!("{}<reservationId>{hold}</reservationId>", app.context("r1"))).await.ok();
        let code = app.phone.code("+79165554433", 0).await;
        app.confirm("c2", &hold, &code).await.ok();
        let same = office(app, "p3", "ChangePhone", "<identifier>7000000101</identifier><newPhone>+79165554433</newPhone>").await.ok();
        assert_eq!(same.get("phone"), "+79165554433");
        office(app, "p2", "ChangePhone", "<identifier>7000000101</identifier><newPhone>+79160000102</newPhone>").await.refused("PHONE_TAKEN");
    }

    async fn goods_without_their_receipt_come_back_only_with_the_right(app: &App) {
        let back = |key: &str, number: &str, identifier: &str| {
            format!(
                "{}<goodsReturn><till>M1-01</till><shift>1</shift><number>{number}</number><at>{}</at>\
                 <identifier>{identifier}</identifier><reason>Чек утерян, разрешил директор</reason><lines><line><number>1</number>\
                 <goodsCode>A</goodsCode><quantity>2</quantity><price>350.00</price><sum>700.00</sum></line></lines></goodsReturn>",
                app.context(key), app.local_time()
            )
        };
        app.call("RegisterReturnWithoutReceipt", &back("r0", "R-1", "7000000101")).await.fault(500, "FORBIDDEN");
        let senior = app.client("senior");
        let done = senior.pos("RegisterReturnWithoutReceipt", &back("r1", "R-1", "7000000101")).await.ok();
        assert_eq!((done.get("amountRefund"), done.get("pointsRevoked"), done.get("available")), ("700.00", "7.00", "493.00"));
        senior.pos("RegisterReturnWithoutReceipt", &back("r2", "R-1", "7000000101")).await.refused("RETURN_DUPLICATE");
        let anonymous = senior.pos("RegisterReturnWithoutReceipt", &back("r3", "R-2", "")).await.ok();
        assert_eq!((anonymous.get("amountRefund"), anonymous.get("pointsRevoked")), ("700.00", "0.00"));
        senior.pos("RegisterReturnWithoutReceipt", &back("r4", "R-3", "7009999999")).await.refused("CARD_UNKNOWN");
    }

    async fn lifetimes_follow_the_calendar(app: &App) {
        // It is 21 November 2026 in the tests.
        save_terms(app, "t1", "months", 3, "0").await.ok();
        app.sell("T-1", "7000000001", 100).await.refused("CARD_NOT_ISSUED");
        app.sell("T-2", "7000000102", 700).await.ok();
        assert!(app.balance("7000000102").await.ok().body.contains("2027-02-21"), "three months on");
        save_terms(app, "t2", "year_end", 1, "0").await.ok();
        app.sell("T-3", "7000000102", 700).await.ok();
        assert!(app.balance("7000000102").await.ok().body.contains("2027-12-31"), "the end of the next year");
        let shown = app.client("office").office("GetPointsTerms", "<programmeCode>demo</programmeCode>").await.ok();
        assert_eq!((shown.get("lifetimeUnit"), shown.get("lifetimeCount")), ("year_end", "1"));
        // A call that knows days only leaves the calendar alone, unless it names days.
        let programme = app.client("office").office("GetProgramme", "<programmeCode>demo</programmeCode>").await.ok();
        assert_eq!(programme.get("lifetimeDays"), "0");
        save_terms(app, "t3", "month_end", 40_000, "0").await.fault(500, "INVALID_REQUEST");
    }

    async fn the_office_gives_takes_and_corrects(app: &App) {
        let adjust = |key: &str, points: &str, entry: &str| {
            format!(
                "{}<adjustment><identifier>7000000101</identifier><points>{points}</points><reason>Извинения за ожидание</reason>{entry}\
                 </adjustment>",
                office_context(app, key)
            )
        };
        let office = app.client("office");
        assert_eq!(office.office("AdjustPoints", &adjust("a1", "25.50", "")).await.ok().get("available"), "525.50");
        let corrected = adjust("a2", "-25.50", "<correctedEntry>2</correctedEntry>");
        assert_eq!(office.office("AdjustPoints", &corrected).await.ok().get("available"), "500.00");
        assert_eq!(office.office("AdjustPoints", &corrected).await.ok().get("available"), "500.00");
        office.office("AdjustPoints", &adjust("a3", "-500.01", "")).await.refused("POINTS_NOT_ENOUGH");
        office.office("AdjustPoints", &adjust("a4", "0", "")).await.refused("POINTS_REQUIRED");
        office.office("AdjustPoints", &adjust("a5", "1", "<correctedEntry>77</correctedEntry>")).await.refused("ENTRY_UNKNOWN");
        app.client("demo").office("AdjustPoints", &adjust("a6", "1", "")).await.fault(500, "FORBIDDEN");
        let statement = app.call(
            "GetStatement",
            "<identifier>7000000101</identifier><from>2026-01-01</from><to>2027-01-01</to><cursor></cursor>",
        ).await.ok();
        assert!(statement.body.contains("Извинения за ожидание"), "{}", statement.body);
    }

    async fn goods_of_an_anonymous_sale_come_back_once_though_two_tills_take_them(app: &App) {
        for number in 0..8 {
            let sold = app.sell(&format!("N-{number}"), "", 500).await.ok().get("receiptId").to_owned();
            let (one, two) = (format!("one-{number}"), format!("two-{number}"));
            let (one, two) = tokio::join!(take_back(app, &one, &sold), take_back(app, &two, &sold));
            let mut codes = [one.code().to_owned(), two.code().to_owned()];
            codes.sort_unstable();
            assert_eq!(codes, ["OK", "RETURN_NOTHING_LEFT"]);
        }
    }

    async fn only_the_office_that_answers_for_the_programme_touches_everybodys_customers(app: &App) {
        let mut db = kopilka::app::Opened::open(&app.config).unwrap().writer().unwrap();
        let stranger = kopilka::store::admin::NewTill {
            partner: "other".into(),
            store: None,
            till: None,
            login: "stranger".into(),
            password_hash: kopilka::access::hash_password("stranger").unwrap(),
            roles: kopilka::domain::reference::Roles::HEAD_OFFICE,
        };
        kopilka::store::admin::add_till(&mut db, &stranger, app.clock.now()).unwrap();
        let stranger = app.client("stranger");
        let context = office_context(app, "s1");
        let change = format!("{context}<identifier>7000000101</identifier><newPhone>+79161234567</newPhone><reason>x</reason>");
        stranger.office("ChangePhone", &change).await.refused("PROGRAMME_NOT_YOURS");
        let freeze = format!("{}<identifier>7000000101</identifier><reason>x</reason>", office_context(app, "s2"));
        stranger.office("FreezeAccount", &freeze).await.refused("PROGRAMME_NOT_YOURS");
        assert_eq!(account(app, "7000000101").await.ok().get("phone"), "+79160000101");
    }

    async fn status_points_are_kept_apart(app: &App) {
        save_terms(app, "t1", "year_end", 0, "1").await.ok();
        let receipt = app.sell("S-1", "7000000101", 750).await.ok().get("receiptId").to_owned();
        let seen = account(app, "7000000101").await.ok();
        assert_eq!((seen.get("statusPoints"), seen.get("available")), ("7.00", "507.00"));
        let balance = app.balance("7000000101").await.ok();
        assert_eq!(balance.get("total"), "507.00");
        app.reserve("h", "7000000101", 2_000, "508").await.refused("POINTS_NOT_ENOUGH");
        take_back(app, "back", &receipt).await.ok();
        assert_eq!(account(app, "7000000101").await.ok().get("statusPoints"), "0.00");
        app.sell("S-2", "7000000101", 750).await.ok();
        // They lapse like any points, when the year ends.
        app.advance(Span::days(60));
        assert_eq!(account(app, "7000000101").await.ok().get("statusPoints"), "0.00");
    }
}

async fn take_part_back(app: &App, receipt: &str) {
    let arguments = format!(
        "{}<returnReceipt><receiptId>{receipt}</receiptId><till>M1-01</till><shift>1</shift><number>back</number>\
         <at>{}</at><lines><line><number>1</number><quantity>0.5</quantity></line></lines></returnReceipt>",
        app.context("back"),
        app.local_time()
    );
    app.call("RegisterReturn", &arguments).await.ok();
}

//! The main job, told once more from inside: what the clients' stories do, with a clock that can be turned.

use crate::support::{App, Backend, on_both};

on_both! {
    async fn points_are_held_confirmed_spent_in_part_and_the_rest_comes_back(app: &App) {
        let hold = app.reserve("h1", "7000000101", 900, "300").await.ok();
        assert_eq!(hold.get("state"), "awaiting_code");
        assert_eq!(hold.get("codeSentTo"), "+7 916 ***-**-01");
        assert_eq!(app.balance("7000000101").await.ok().get("reserved"), "300.00");
        let id = hold.get("reservationId").to_owned();
        let code = app.phone.code("+79160000101", 0).await;
        let wrong = if code == "000000" { "000001" } else { "000000" };
        app.confirm("c1", &id, wrong).await.refused("CODE_WRONG");
        let arguments = format!(
            "{}{}<reservationId>{id}</reservationId><pointsToSpend>200</pointsToSpend>",
            app.context("s1"),
            app.receipt("r1", "7000000101", 900)
        );
        app.call("RegisterReceipt", &arguments).await.refused("RESERVATION_AWAITS_CODE");
        assert_eq!(app.confirm("c2", &id, &code).await.ok().get("state"), "held");
        let arguments = arguments.replace(">s1<", ">s2<");
        let sold = app.call("RegisterReceipt", &arguments).await.ok();
        assert_eq!((sold.get("pointsSpent"), sold.get("pointsReleased")), ("200.00", "100.00"));
        assert_eq!(sold.get("amountDue"), "700.00");
        // One point for every 100 roubles paid in money: 7 for 700.
        assert_eq!(sold.get("pointsEarned"), "7.00");
        let balance = app.balance("7000000101").await.ok();
        assert_eq!((balance.get("available"), balance.get("reserved")), ("307.00", "0.00"));
        let arguments = arguments.replace(">s2<", ">s3<").replace(">r1<", ">r2<");
        app.call("RegisterReceipt", &arguments).await.refused("RESERVATION_CAPTURED");
    }

    async fn goods_that_come_back_line_by_line_end_where_one_return_ends(app: &App) {
        let receipt = format!(
            "<receipt><till>M1-01</till><shift>1</shift><number>77</number><at>{}</at><identifier>7000000102</identifier><lines>\
             <line><number>1</number><goodsCode>A</goodsCode><quantity>3</quantity><price>333.33</price><sum>999.99</sum></line>\
             <line><number>2</number><goodsCode>B</goodsCode><quantity>1.235</quantity><price>810.00</price><sum>1000.35</sum></line>\
             </lines></receipt>",
            app.local_time()
        );
        let hold = app.call("ReservePoints", &format!("{}{receipt}<points>500</points>", app.context("h"))).await.ok();
        let id = hold.get("reservationId").to_owned();
        let code = app.phone.code("+79160000102", 0).await;
        app.confirm("c", &id, &code).await.ok();
        let arguments = format!("{}{receipt}<reservationId>{id}</reservationId><pointsToSpend>500</pointsToSpend>", app.context("s"));
        let sold = app.call("RegisterReceipt", &arguments).await.ok();
        let sale = sold.get("receiptId").to_owned();
        assert_eq!(sold.all("amountDue").last(), Some(&"1500.34"));
        assert_eq!(sold.get("pointsEarned"), "15.00");
        let back = |number: &str, lines: &str| {
            format!(
                "<returnReceipt><receiptId>{sale}</receiptId><till>M1-02</till><shift>1</shift><number>{number}</number><at>{}</at>\
                 <lines>{lines}</lines></returnReceipt>",
                app.local_time()
            )
        };
        let one = "<line><number>1</number><quantity>1</quantity></line>";
        let quoted = app.call("QuoteReturn", &back("b1", one)).await.ok();
        let first = app.call("RegisterReturn", &format!("{}{}", app.context_at("b1", "M1-02"), back("b1", one))).await.ok();
        for figure in ["amountRefund", "pointsRestored", "pointsRevoked"] {
            assert_eq!(quoted.get(figure), first.get(figure));
        }
        app.call("RegisterReturn", &format!("{}{}", app.context_at("b1x", "M1-02"), back("b1", one))).await.refused("RETURN_DUPLICATE");
        let cancel = format!("{}<receiptId>{sale}</receiptId><reason>ошибка</reason>", app.context("x"));
        app.call("CancelReceipt", &cancel).await.refused("RECEIPT_RETURNED");
        let too_many = "<line><number>1</number><quantity>2.001</quantity></line>";
        app.call("RegisterReturn", &format!("{}{}", app.context_at("b2", "M1-02"), back("b2", too_many))).await.refused("RETURN_OVER_SOLD");
        let rest = app.call("RegisterReturn", &format!("{}{}", app.context_at("b3", "M1-02"), back("b3", ""))).await.ok();
        let sum = |figure: &str| {
            let kopecks = |reply: &crate::support::soap::Reply| reply.get(figure).replace('.', "").parse::<i64>().unwrap();
            kopecks(&first) + kopecks(&rest)
        };
        assert_eq!((sum("amountRefund"), sum("pointsRestored"), sum("pointsRevoked")), (150_034, 50_000, 1_500));
        assert_eq!(app.balance("7000000102").await.ok().get("available"), "1200.00");
        app.call("RegisterReturn", &format!("{}{}", app.context_at("b4", "M1-02"), back("b4", ""))).await.refused("RETURN_NOTHING_LEFT");
    }

    async fn a_sale_is_found_by_the_tills_own_name_with_its_shift_or_as_the_only_one_of_its_number(app: &App) {
        app.sell("31", "7000000101", 1_000).await.ok();
        let quote = |shift: &str| {
            format!(
                "<returnReceipt><original><till>M1-01</till>{shift}<number>31</number><date>2026-11-21</date></original>\
                 <till>M1-02</till><number>v</number><at>{}</at><lines/></returnReceipt>",
                app.local_time()
            )
        };
        for shift in ["<shift>1</shift>", ""] {
            assert_eq!(app.call("QuoteReturn", &quote(shift)).await.ok().get("pointsRevoked"), "10.00");
        }
        app.call("QuoteReturn", &quote("<shift>2</shift>")).await.refused("RECEIPT_UNKNOWN");
        // The same number in another shift of the day: now the shift has to be said.
        let (context, receipt) = (app.context("другая смена"), app.receipt("31", "", 500).replace("<shift>1<", "<shift>2<"));
        let sale = format!("{context}{receipt}<reservationId></reservationId><pointsToSpend>0</pointsToSpend>");
        app.call("RegisterReceipt", &sale).await.ok();
        app.call("QuoteReturn", &quote("")).await.refused("RECEIPT_UNKNOWN");
        app.call("QuoteReturn", &quote("<shift>1</shift>")).await.ok();
    }

    async fn a_cancelled_receipt_never_was(app: &App) {
        let sold = app.sell("9", "7000000101", 1_000).await.ok();
        assert_eq!(app.balance("7000000101").await.get("available"), "510.00");
        let cancel = format!("{}<receiptId>{}</receiptId><reason>ошибка кассира</reason>", app.context("x"), sold.get("receiptId"));
        let cancelled = app.call("CancelReceipt", &cancel).await.ok();
        assert_eq!(cancelled.get("pointsRevoked"), "10.00");
        assert_eq!(app.balance("7000000101").await.get("available"), "500.00");
        app.call("CancelReceipt", &cancel.replace(">x<", ">y<")).await.refused("RECEIPT_CANCELLED");
    }

    async fn a_replaced_card_hands_everything_over(app: &App) {
        let arguments = format!(
            "{}<cardNumber>7000000101</cardNumber><newCardNumber>7000000001</newCardNumber><reason>потеряна</reason>",
            app.context("rep")
        );
        let replaced = app.call("ReplaceCard", &arguments).await.ok();
        assert_eq!((replaced.get("number"), replaced.get("available")), ("7000000001", "500.00"));
        let refused = app.sell("1", "7000000101", 100).await.refused("CARD_REPLACED");
        assert!(refused.get("message").contains("7000000001"));
        app.sell("2", "7000000001", 100).await.ok();
        assert_eq!(app.balance("+7 (916) 000-01-01").await.ok().get("cardNumber"), "7000000001");
    }

    async fn the_statement_explains_every_movement_and_adds_up(app: &App) {
        app.sell("1", "7000000101", 1_000).await.ok();
        let id = app.reserve("h", "7000000101", 500, "100").await.ok().get("reservationId").to_owned();
        let release = format!("{}<reservationId>{id}</reservationId><reason>передумал</reason>", app.context("rel"));
        app.call("ReleaseReservation", &release).await.ok();
        let arguments = "<identifier>7000000101</identifier><from>2026-11-01</from><to>2026-11-30</to><cursor></cursor>";
        let statement = app.call("GetStatement", arguments).await.ok();
        let points: Vec<i64> = statement.all("points").iter().map(|text| text.replace('.', "").parse().unwrap()).collect();
        assert_eq!(points, [10_000, -10_000, 1_000, 50_000]);
        assert_eq!(statement.all("kind"), ["release", "reservation", "accrual", "adjustment"]);
        assert_eq!(statement.all("balanceAfter").first(), Some(&"510.00"));
        for text in statement.all("text") {
            assert!(text.chars().any(|c| ('а'..='я').contains(&c)) && text.ends_with('.'), "{text}");
        }
        assert!(statement.all("text").iter().any(|text| text.contains("чеку № 1") && text.contains("Магазин на Тверской")));
    }

    async fn a_till_sees_the_customer_masked_and_the_partner_page_in_full(app: &App) {
        let form = "<questionnaire><surname>Иванова</surname><name>Анна</name><birthDate>1990-05-01</birthDate><sex>female</sex>\
                    <email>anna@example.ru</email></questionnaire>";
        let arguments = format!("{}<identifier>7000000101</identifier>{form}", app.context("q"));
        let saved = app.call("SaveQuestionnaire", &arguments).await.ok();
        assert_eq!((saved.get("surname"), saved.get("email")), ("Иванова", "anna@example.ru"));
        let till = app.client("kassa");
        let identifier = "<identifier>8 916 000 01 01</identifier>";
        let found = till.pos("FindCustomer", identifier).await.ok();
        assert_eq!((found.get("phone"), found.get("name")), ("+7 916 ***-**-01", "Анна И."));
        let masked = till.pos("GetQuestionnaire", identifier).await.ok();
        assert!(!masked.body.contains("Иванова") && !masked.body.contains("anna@") && !masked.body.contains("1990"), "{}", masked.body);
    }

    async fn consents_are_documents_of_their_own(app: &App) {
        let give = format!(
            "{}<identifier>7000000101</identifier><consent><purpose>advertising</purpose><channel>sms</channel><textHash>ab12</textHash></consent>",
            app.context("g")
        );
        app.call("GiveConsent", &give).await.ok();
        let withdraw = |key: &str| format!("{}<identifier>7000000101</identifier><purpose>advertising</purpose><channel>sms</channel>", app.context(key));
        app.call("WithdrawConsent", &withdraw("w1")).await.ok();
        app.call("WithdrawConsent", &withdraw("w2")).await.refused("CONSENT_UNKNOWN");
        let form = app.call("GetQuestionnaire", "<identifier>7000000101</identifier>").await.ok();
        assert_eq!(form.all("givenAt").len(), 1);
        assert_eq!(form.all("withdrawnAt").len(), 1);
    }

    async fn the_office_adds_cards_tills_and_rules_and_they_work_at_once(app: &App) {
        let office = app.client("office");
        let context = |key: &str| format!("<context><operationKey>{key}</operationKey><occurredAt>{}</occurredAt></context>", app.local_time());
        let batch = format!("{}<batch><prefix>99</prefix><from>0008</from><to>0011</to></batch>", context("b"));
        assert_eq!(office.office("RegisterCards", &batch).await.ok().get("registered"), "4");
        let again = format!("{}<batch><numbers><number>990012</number><number>990011</number></numbers></batch>", context("b2"));
        office.office("RegisterCards", &again).await.refused("CARD_EXISTS");
        let issue = |number: &str| format!("{}<cardNumber>{number}</cardNumber><identifier>8(916)5550011</identifier>", app.context(number));
        app.call("IssueCard", &issue("990010")).await.ok();
        app.call("IssueCard", &issue("990012")).await.refused("CARD_UNKNOWN");
        let till = format!(
            "{}<tillSettings><store>M2</store><till>M2-09</till><login>касса девять</login><password>секрет-9999</password>\
             <roles><role>till</role></roles></tillSettings>",
            context("t")
        );
        office.office("SaveTill", &till).await.ok();
        let base = format!("http://{}", app.gateway().address());
        let new = crate::support::soap::Client::new(&base, "касса девять", "секрет-9999");
        assert_eq!(new.pos("WhoAmI", "").await.ok().get("till"), "M2-09");
        let programme = office.office("GetProgramme", "<programmeCode>demo</programmeCode>").await.ok();
        let (_, rest) = programme.body.split_once("<m:programme>").unwrap();
        let (rules, _) = rest.split_once("</m:programme>").unwrap();
        let rules = rules.replace("m:", "").replace("<earnPoints>1.00<", "<earnPoints>5.00<");
        let rules = rules.replace(&format!("<validFrom>{}", programme.get("validFrom")), &format!("<validFrom>{}", app.local_time()));
        office.office("SaveProgramme", &format!("{}<programme>{rules}</programme>", context("p"))).await.ok();
        assert_eq!(app.sell("5", "7000000101", 1_000).await.ok().get("pointsEarned"), "50.00");
        office.office("RegisterCards", &format!("{}<batch></batch>", context("e"))).await.refused("CARD_BATCH_INVALID");
        office.office("RegisterCards", &format!("{}<batch><from>2</from><to>1</to></batch>", context("f"))).await.refused("CARD_BATCH_INVALID");
    }

    async fn a_phone_is_confirmed_by_its_code(app: &App) {
        let send = |key: &str| format!("{}<phone>8-916-000-01-02</phone>", app.context(key));
        let sent = app.call("SendPhoneCode", &send("s1")).await.ok();
        assert_eq!(sent.get("codeSentTo"), "+7 916 ***-**-02");
        app.call("SendPhoneCode", &send("s2")).await.refused("CODE_TOO_SOON");
        let code = app.phone.code("+79160000102", 0).await;
        let verify = |key: &str, code: &str| format!("{}<phone>+79160000102</phone><confirmationCode>{code}</confirmationCode>", app.context(key));
        app.call("VerifyPhone", &verify("v0", "1")).await.refused("CODE_WRONG");
        app.call("VerifyPhone", &verify("v1", &code)).await.ok();
        assert_eq!(app.call("FindCustomer", "<identifier>7000000102</identifier>").await.ok().get("phoneConfirmed"), "true");
        app.call("SendPhoneCode", &send("s3")).await.refused("PHONE_CONFIRMED");
    }
}

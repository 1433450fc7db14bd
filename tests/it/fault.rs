//! What is not business is a fault that says where to look; nothing changed. The XML is the story here.

use crate::support::{
    App,
    messages::{office, pos},
    on_both,
    soap::{POS, envelope},
};

on_both! { what_is_not_business_is_a_fault }

async fn what_is_not_business_is_a_fault(app: &App) {
    let demo = app.client("demo");
    let fault = demo.post("pos_1", "<soap:Envelope").await.fault(500, "MALFORMED_XML");
    assert!(fault.get("description").contains("Строка 1, символ 1."), "{}", fault.body);
    let surprise = "<identifier>1</identifier><surprise>1</surprise>";
    let fault = demo.pos("GetBalance", surprise).await.fault(500, "INVALID_REQUEST");
    assert!(fault.get("description").contains("surprise"), "{}", fault.body);
    let fault = demo.pos("GetBalance", "").await.fault(500, "INVALID_REQUEST");
    assert!(fault.get("description").contains("identifier"), "{}", fault.body);
    assert!(fault.body.contains(", элемент GetBalance/identifier</faultstring>"), "{}", fault.body);
    let many = "<receipt/><pointsWanted>много</pointsWanted>";
    demo.pos("QuoteReceipt", many).await.fault(500, "INVALID_REQUEST");
    let fault = demo.pos("DropTables", "").await.fault(500, "UNKNOWN_OPERATION");
    assert!(!fault.get("description").contains("/ws/"), "{}", fault.body);
    let fault = demo.pos("GetProgramme", "").await.fault(500, "UNKNOWN_OPERATION");
    assert!(fault.get("description").ends_with("Она есть у Office_1, /ws/office_1."), "{}", fault.body);
    app.office(office::RegisterCards::default()).by("demo").await.fault(500, "FORBIDDEN");
    app.reserve("1", "7000000101", 900, 10).by("office").await.fault(500, "FORBIDDEN");
    let dtd = "<!DOCTYPE x [<!ENTITY a \"b\">]><x/>";
    demo.post("pos_1", dtd).await.fault(500, "DTD_FORBIDDEN");
    app.pos(pos::Ping {}).with_password("demo", "не тот пароль").await.fault(401, "UNAUTHENTICATED");
    let soap12 = "http://www.w3.org/2003/05/soap-envelope";
    let ping = envelope(POS, "Ping", "").replace("http://schemas.xmlsoap.org/soap/envelope/", soap12);
    let answered = demo.post("pos_1", &ping).await.ok();
    assert!(answered.body.contains(soap12));
}

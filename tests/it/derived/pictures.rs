//! The pictures of the documents: the receipt's figures are the gateway's answers to the receipt of `examples/call.sh`, and the
//! English pictures follow from the Russian ones.

use std::collections::BTreeMap;

use super::{hold, read};
use crate::support::{
    App, Backend,
    messages::{Hundredths, Receipt as _, Thousandths, pos},
};
use kopilka::soap::codec::mapper;

/// The picture of the receipt, with its figures left out.
const RECEIPT: &str = "tests/it/derived/receipt.svg";
/// The phrases of the receipt's picture, in Russian and in English; the longer of two stands first.
const RECEIPT_WORDS: [(&str, &str); 24] = [
    ("Чек со списанием баллов по строкам", "A receipt with points spent by line"),
    (
        "Ответ на чек из examples/call.sh: 100 баллов разделены по строкам, остаток к оплате, начисленные баллы и новый баланс.",
        "The answer to the receipt of examples/call.sh: 100 points split by line, what is left to pay, points earned, the new balance.",
    ),
    ("Чек, в котором потрачено {{points}} баллов", "A receipt that spends {{points}} points"),
    ("КАССОВЫЙ ЧЕК", "RECEIPT"),
    ("Сыр весовой", "Cheese by weight"),
    ("без баллов {{tea sum}}, скидка кассы {{tea discount}}", "without points {{tea sum}}, discount {{tea discount}}"),
    ("без баллов", "without points"),
    (">Чай<", ">Tea<"),
    (">Без баллов<", ">Without points<"),
    ("Оплачено баллами", "Paid by points"),
    ("К ОПЛАТЕ", "TO PAY"),
    ("Начислено баллов", "Points earned"),
    (">Баланс<", ">Balance<"),
    ("карта 7000000101", "card 7000000101"),
    ("Баллы уменьшают цену строк", "Points lower the lines' prices"),
    ("{{points}} баллов разделены по суммам строк:", "{{points}} points are split by the lines' sums:"),
    ("сыр — {{cheese points}}, чай — {{tea points}}.", "cheese {{cheese points}}, tea {{tea points}}."),
    ("Сходится до копейки", "Exact to the kopeck"),
    ("Три пачки чая поровну не делятся, поэтому в строке", "Three packs of tea cannot cost the same, so the line"),
    ("две части: фискальный регистратор их примет.", "has two parts, which a fiscal printer accepts."),
    ("Не больше, чем можно", "No more than is allowed"),
    (
        "На карте было {{available}}, на этот чек можно было",
        "The card had {{available}} points; this receipt might take",
    ),
    ("потратить до {{max}} баллов.", "up to {{max}} of them."),
    ("Начислено только на деньги", "Earned on money alone"),
];
const RECEIPT_MORE_WORDS: [(&str, &str); 5] = [
    (
        "1 балл за каждые 100,00 руб. деньгами: {{earned}} за чек,",
        "1 point for each 100.00 roubles of money: {{earned}} in all,",
    ),
    (
        "из них за сыр — {{cheese earned}}, за чай — {{tea earned}}.",
        "of these cheese {{cheese earned}}, tea {{tea earned}}.",
    ),
    ("Новый баланс сразу в ответе", "The new balance is in the answer"),
    (
        "Все числа — из ответов QuoteReceipt и RegisterReceipt",
        "All figures are of the answers of QuoteReceipt and RegisterReceipt",
    ),
    ("на чек, который отправляет examples/call.sh.", "to the receipt that examples/call.sh sends."),
];
/// The phrases of the picture of the flow.
const FLOW_WORDS: [(&str, &str); 17] = [
    (
        "Касса рассчитывает чек, резервирует баллы, подтверждает их кодом из SMS и записывает продажу.",
        "The till quotes a receipt, holds points, confirms them by a code sent by SMS, and records the sale.",
    ),
    ("Покупка со списанием баллов", "A purchase that spends points"),
    ("Касса на 1С", "Till on 1C"),
    ("«Копилка»", "Kopilka"),
    ("Покупатель", "Customer"),
    ("Рассчитать чек", "Quote the receipt"),
    ("к оплате, начислится, можно списать", "to pay, to earn, may be spent"),
    ("Зарезервировать баллы", "Hold the points"),
    ("SMS с кодом", "code by SMS"),
    ("баллы отложены, ждём код", "points are set aside, a code is awaited"),
    ("называет код кассиру", "tells the code"),
    ("Подтвердить", "Confirm"),
    ("код верен, баллы ждут чека", "right code: the points wait for the sale"),
    ("Записать чек", "Record the sale"),
    ("списано, начислено, цены строк, баланс", "spent, earned, prices by line, balance"),
    (
        "Ответа нет? Тот же вызов с тем же ключом: второй раз ничего не спишется и не начислится.",
        "No answer? The same call with the same key: nothing is spent or earned twice.",
    ),
    (
        "Напечатан чек — AttachFiscal. Без списания хватает шагов 1 и 4. Возврат — RegisterReturn, отмена — CancelReceipt.",
        "After printing: AttachFiscal. Without spending steps 1 and 4 are enough. Returns: RegisterReturn; cancelling: CancelReceipt.",
    ),
];

#[test]
fn the_english_picture_of_the_flow_follows() {
    hold("docs/pictures/flow.en.svg", &in_english(&read("docs/pictures/flow.svg"), &FLOW_WORDS));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_picture_of_the_receipt_shows_what_the_gateway_answers() {
    let app = App::start(Backend::Sqlite).await;
    let figures = figures(&app).await;
    app.finish().await;
    let template = read(RECEIPT);
    hold("docs/pictures/receipt.svg", &filled(&template, &figures, ","));
    let words: Vec<_> = RECEIPT_WORDS.into_iter().chain(RECEIPT_MORE_WORDS).collect();
    hold("docs/pictures/receipt.en.svg", &filled(&in_english(&template, &words), &figures, "."));
}

/// The picture with English phrases; no Russian one is left over.
fn in_english(picture: &str, words: &[(&str, &str)]) -> String {
    let english = words.iter().fold(picture.to_owned(), |text, (russian, english)| {
        assert!(text.contains(russian), "the picture does not say «{russian}»");
        text.replace(russian, english)
    });
    let left = english.lines().find(|line| line.chars().any(|c| matches!(c, 'а'..='я' | 'А'..='Я' | 'ё' | 'Ё')));
    assert_eq!(left, None, "a phrase without its English");
    english
}

/// The picture with its figures; each is used.
fn filled(template: &str, figures: &BTreeMap<&str, String>, point: &str) -> String {
    let filled = figures.iter().fold(template.to_owned(), |text, (name, figure)| {
        let place = format!("{{{{{name}}}}}");
        assert!(text.contains(&place), "{RECEIPT} has no place {place}");
        text.replace(&place, &figure.replace(',', point))
    });
    assert!(!filled.contains("{{"), "{RECEIPT} has a place that nothing fills");
    filled
}

/// What the demo's gateway answers to the receipt of `examples/call.sh`, sold for 100 points; held to a calculation of its own.
async fn figures(app: &App) -> BTreeMap<&'static str, String> {
    let script = read("examples/call.sh");
    let lines = script.split_once("<m:lines>").unwrap().1.split_once("</m:lines>").unwrap().0;
    let lines = format!("<lines>{}</lines>", lines.replace("<m:", "<").replace("</m:", "</"));
    let lines: pos::ReceiptLines = mapper::decode(&lines).unwrap();
    let [cheese, tea] = &lines.line[..] else { panic!("examples/call.sh sends other lines") };
    let (cheese, tea) = (cheese.clone(), tea.clone());
    let receipt = pos::Receipt { lines, ..app.receipt("EXAMPLE-1").of("7000000101") };
    let quote: pos::QuoteResult = app.quote(receipt.clone(), 100).await.ok().read("return");
    let hold = app.reserve_for(receipt.clone(), 100).await.ok().get("reservationId").to_owned();
    let code = app.phone.code("+79160000101", 0).await;
    app.confirm(&hold, &code).await.ok();
    let sold: pos::ReceiptResult = app.sale_for_points(receipt, &hold, 100).await.ok().read("return");

    let spent = sold.points_spent.unwrap();
    let (due, earned) = (sold.amount_due.unwrap(), sold.points_earned.unwrap());
    let available = quote.points_available.unwrap();
    let balance = sold.balance.as_ref().unwrap().available;
    let [of_cheese, of_tea] = &sold.lines.line[..] else { panic!("other lines were sold") };
    let ([one], [first, second]) = (&of_cheese.parts.part[..], &of_tea.parts.part[..]) else {
        panic!("the picture shows one part of cheese and two of tea: {sold:?}")
    };
    assert_eq!((spent, due, earned), (Hundredths(10_000), quote.amount_due.unwrap(), quote.points_to_earn.unwrap()));
    assert_eq!(due.0, cheese.sum.0 + tea.sum.0 - spent.0);
    // A point for each full hundred roubles of money, rounded down over the receipt.
    assert_eq!(earned.0, due.0 / 100 / 100 * 100);
    assert_eq!(of_cheese.points_to_earn.0 + of_tea.points_to_earn.0, earned.0);
    assert_eq!(of_cheese.points_as_money.0 + of_tea.points_as_money.0, spent.0);
    assert_eq!(first.sum.0 + second.sum.0, tea.sum.0 - of_tea.points_as_money.0);
    for part in [one, first, second] {
        assert!((part.price.0 * part.quantity.0 - part.sum.0 * 1_000).abs() <= 500, "{part:?}");
    }
    assert_eq!(balance.0, available.0 - spent.0 + earned.0);

    let figures = [
        ("cheese quantity", quantity(one.quantity)),
        ("cheese price", sum(one.price)),
        ("cheese due", sum(one.sum)),
        ("cheese sum", sum(cheese.sum)),
        ("cheese points", sum(of_cheese.points_as_money)),
        ("cheese earned", sum(of_cheese.points_to_earn)),
        ("tea quantity 1", quantity(first.quantity)),
        ("tea price 1", sum(first.price)),
        ("tea sum 1", sum(first.sum)),
        ("tea quantity 2", quantity(second.quantity)),
        ("tea price 2", sum(second.price)),
        ("tea sum 2", sum(second.sum)),
        ("tea sum", sum(tea.sum)),
        ("tea discount", sum(tea.discount_granted.unwrap())),
        ("tea points", sum(of_tea.points_as_money)),
        ("tea earned", sum(of_tea.points_to_earn)),
        ("goods", sum(Hundredths(cheese.sum.0 + tea.sum.0))),
        ("spent", sum(spent)),
        ("points", (spent.0 / 100).to_string()),
        ("due", sum(due)),
        ("earned", sum(earned)),
        ("available", sum(available)),
        ("max", sum(quote.points_max.unwrap())),
        ("balance", sum(balance)),
    ];
    figures.into_iter().collect()
}

/// «1 040,20», with a blank that does not break.
fn sum(Hundredths(hundredths): Hundredths) -> String {
    let (whole, fraction) = (hundredths / 100, hundredths % 100);
    let thousands =
        if whole >= 1_000 { format!("{}\u{a0}{:03}", whole / 1_000, whole % 1_000) } else { whole.to_string() };
    format!("{thousands},{fraction:02}")
}

/// «1,235», or «2» for whole ones.
fn quantity(Thousandths(thousandths): Thousandths) -> String {
    if thousandths % 1_000 == 0 {
        return (thousandths / 1_000).to_string();
    }
    format!("{},{:03}", thousandths / 1_000, thousandths % 1_000)
}

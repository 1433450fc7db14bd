//! Cards and reports from the command line, without a line of SOAP.

use super::*;

on_both_databases! {
    a_file_of_cards_is_taken_over_once_with_its_balances
    a_card_is_issued_activated_blocked_unblocked_and_closed
    the_day_and_the_books_are_reported
}

/// A gateway's data for a partner of its own: an office, a till, two stores.
fn shop(backend: Backend) -> Program {
    let program = Program::on(backend).with("KOPILKA_PASSWORD", TILL_PASSWORD);
    program.run("migrate").ends(0);
    program.run("partner add --code roga --name Рога --programme bonus --store M1=Первый --store M2=Второй").ends(0);
    program.run("login add --partner roga --login office --role head_office").ends(0);
    program.run("till add --partner roga --store M1 --till M1-01 --login kassa").ends(0);
    program
}

fn lines(program: &Program, name: &str) -> Vec<String> {
    let text = fs::read_to_string(program.folder.0.join(name)).unwrap();
    text.lines().map(str::to_owned).collect()
}

fn a_file_of_cards_is_taken_over_once_with_its_balances(backend: Backend) {
    let program = shop(backend);
    let text = "\u{feff}Номер;Вид;Телефон;Фамилия;Имя;Остаток;Срок;Код;Магазин\r\n\
        5001;Золотая;8 916 555-00-01;Петрова;Анна;1 250,50;31.12.2099;a1;\r\n\
        5002;;;;;;;a2;M1\r\n\
        5003;;;;;10;;a3;\r\n\
        5004;;8 916 555-00-04;;;10;01.01.2020;a4;\r\n\
        5005;;не телефон;;;;;a5;\r\n\
        5001;;;;;;;a6;\r\n\
        5007;;;;;;;a7;M9\r\n\
        79165550008;;;;;;;a8;\r\n\
        5009;;+7 916 555-00-01;;;5;;a9;M2\r\n\
        5010;;8 916 555-00-10;;;1000000000;;b1;\r\n";
    program.file("cards.csv", text);
    let dry = program.run("card import cards.csv --source old --dry-run --report dry.csv").ends(1);
    assert!(dry.out.contains("проба, ничего не записано"), "{dry:?}");
    program.run("card show 5001").ends(1).says("5001");
    program.run("card import cards.csv --source old --report report.csv").ends(1).says("строк: 10");
    let report = lines(&program, "report.csv");
    assert_eq!(report, lines(&program, "dry.csv"), "a trial says what is done then");
    for (line, word) in [
        ("\u{feff}Строка;Номер;Итог;Причина", ""),
        ("2;5001;принята;", "выдана"),
        ("3;5002;принята;", "зарегистрирована"),
        ("4;5003;ошибка;", "нет телефона"),
        ("5;5004;ошибка;", "сгорел"),
        ("6;5005;ошибка;", "не телефон"),
        ("7;5001;ошибка;", "уже есть в файле"),
        ("8;5007;ошибка;", "магазина"),
        ("9;79165550008;ошибка;", "--phone-like"),
        ("10;5009;принята;", "выдана"),
        ("11;5010;ошибка;", "999 999 999,99"),
    ] {
        let found = report.iter().find(|found| found.starts_with(line)).unwrap_or_else(|| panic!("{line}: {report:?}"));
        assert!(found.contains(word), "{found}");
    }
    // Both cards are the one customer's.
    program.run("card show 5001").ends(0).says("доступно 1255,50");
    let stock = program.run("card stock --partner roga").ends(0);
    assert!(stock.out.contains("зарегистрирована") && stock.out.contains("выдана"), "{stock:?}");
    // What a row lacked is there at the next run, also with a fixed day; one that is too much stops no other.
    program.file("day.csv", "номер;телефон;остаток;магазин\n5101;89165550101;99999999999;\n5102;89165550102;7;M3\n");
    let day = "card import day.csv --balance-day";
    let yesterday = (chrono::Utc::now() - chrono::Duration::days(1)).format("%Y-%m-%d").to_string();
    program.run(&format!("{day} {yesterday}")).ends(1).says("999 999 999,99").says("магазина с таким кодом нет: 1");
    program.run("store add --partner roga --code M3 --name Третий").ends(0);
    program.run(&format!("{day} {yesterday}")).ends(1).says("карта зарегистрирована и выдана: 1");
    // Again, and in another file, with another row: nothing comes twice.
    let again = program.run("card import cards.csv --source old --report again.csv").ends(1);
    assert!(again.out.contains("уже загружена раньше: 3"), "{again:?}");
    let more = text.replace("5003;;;;;10", "5003;;8 916 555 00 03;;;10");
    program.file("more.csv", &more);
    let more = program.run("card import more.csv --source old").ends(1);
    assert!(more.out.contains("уже загружена раньше: 3") && more.out.contains("выдана: 1"), "{more:?}");
    program.run("card show 5001").ends(0).says("доступно 1255,50");
    program.run("card show 5003").ends(0).says("доступно 10,00");
    // A file of another system with the same codes does not pass for taken over; a code that stands twice says where first.
    program.file("other.csv", "номер;код\n5011;a1\n5012;b2\n5013;b2\n");
    program.run("card import other.csv --source old --report other-report.csv").ends(1);
    let other = lines(&program, "other-report.csv");
    assert!(other[1].contains("другая карта") && other[3].contains("строка 3"), "{other:?}");
    program.run("card import other.csv --source other").ends(1).says("карта зарегистрирована: 1");
    // What was wrong is judged anew once it is mended, also with a fixed day.
    program.file("late.csv", "номер;магазин\n5021;M7\n");
    let today = (chrono::Utc::now() + chrono::Duration::hours(3)).format("%Y-%m-%d");
    let late = format!("card import late.csv --balance-day {today}");
    program.run(&late).ends(1).says("магазина с таким кодом нет: 1");
    program.run("store add --partner roga --code M7 --name Седьмой").ends(0);
    program.run(&late).ends(0).says("карта зарегистрирована: 1");
    program.run("verify").ends(0).says(" 0 findings.");
    program.run("replay").ends(0);
    // Files that cannot be read are said so, and nothing is done.
    let windows: &[u8] = b"\xED\xEE\xEC\xE5\xF0;\xE2\xE8\xE4\n6001;\xC7\xEE\xEB\xEE\xF2\xE0\xFF\n";
    fs::write(program.folder.0.join("old.csv"), windows).unwrap();
    program.run("card import old.csv").ends(2).says("--windows-1251");
    program.run("card import old.csv --windows-1251").ends(0);
    program.run("card show 6001").ends(0).says("Золотая");
    for (text, why) in
        [("", "пуст"), ("карточка\n1\n", "карточка"), ("вид\n1\n", "номер"), ("номер;номер\n1;2\n", "дважды")]
    {
        program.file("wrong.csv", text);
        program.run("card import wrong.csv").ends(2).says(why);
    }
    program.run("card import there-is-none.csv").ends(2).says("there-is-none.csv");
    program.file("one.csv", "номер,остаток,телефон\n7001,5,8 916 555 00 07\n");
    program.run("card import one.csv --login kassa").ends(0);
    program.run("card import one.csv --login nobody").ends(1).says("nobody");
}

fn a_card_is_issued_activated_blocked_unblocked_and_closed(backend: Backend) {
    let program = shop(backend);
    program.file("cards.csv", "номер\n5001\n5002\n");
    program.run("card import cards.csv").ends(0).says("карта зарегистрирована: 2");
    let issue = ["card", "issue", "5001", "--to", "8 916 555-00-01", "--login", "kassa"];
    program.start_with(&issue, "").finish().ends(0).says("Карта выдана.");
    program.start_with(&issue, "").finish().ends(1).says("Карта уже выдана.");
    program.run("card issue 5002 --to 89165550002").ends(1).says("--till");
    program.run("card issue 5002 --to 89165550002 --till M1-01").ends(0);
    program.run("card issue 5002 --to 9999 --till M1-01").ends(1).says("не найден");
    for (command, said) in [
        ("activate", "Карта активирована."),
        ("block", "Карта заблокирована."),
        ("unblock", "Блокировка снята"),
        ("close", "Карта закрыта."),
    ] {
        program.run(&format!("card {command} 5001 --reason утеря --login kassa")).ends(0).says(said);
    }
    program.run("card block 5001 --login kassa").ends(1).says("закрыта");
    program.run("card block 9999 --login kassa").ends(1).says("не найдена");
    program.run("history --card 5001").ends(0).says("утеря");
    program.run("verify").ends(0).says(" 0 findings.");
}

fn the_day_and_the_books_are_reported(backend: Backend) {
    let program = shop(backend);
    program.file("cards.csv", "номер;телефон;остаток\n5001;89165550001;100\n");
    program.run("card import cards.csv").ends(0);
    let today = chrono::Utc::now() + chrono::Duration::hours(3);
    let day = today.format("%Y-%m-%d").to_string();
    let gateway = program.serve("");
    let client = Client::new(&gateway.base, "kassa", TILL_PASSWORD);
    let url = format!("{}/ws/pos_1", gateway.base);
    let at = today.format("%Y-%m-%dT%H:%M:%S");
    let sale = format!(
        "<context><operationKey>k1</operationKey><till>M1-01</till><occurredAt>{at}</occurredAt></context>\
         <receipt><till>M1-01</till><shift>7</shift><number>12</number><at>{at}</at><identifier>5001</identifier>\
         <lines><line><number>1</number><goodsCode>A</goodsCode><quantity>1</quantity><price>1000.00</price>\
         <sum>1000.00</sum></line></lines></receipt><reservationId></reservationId><pointsToSpend>0</pointsToSpend>"
    );
    client.post_blocking(&url, &envelope(POS, "RegisterReceipt", &sale)).ok();
    gateway.stop().ends(0);
    let receipts = program.run(&format!("report receipts --partner roga --from {day}")).ends(0);
    assert!(receipts.out.contains("продажа") && receipts.out.contains("Продаж: 1"), "{receipts:?}");
    let totals = format!("report receipts --partner roga --till M1-01 --shift 7 --from {day} --totals");
    program.run(&totals).ends(0).says("Продаж: 1").says("1000");
    program.run(&totals.replace("shift 7", "shift 8")).ends(0).says("Продаж: 0");
    program.run(&format!("report receipts --partner roga --till M9 --from {day}")).ends(1).says("M9");
    program.run("report receipts --partner roga --from 2026-02-02 --to 2026-02-01").ends(2).says("раньше");
    let held = program.run(&format!("report liability --on {day}")).ends(0);
    assert!(held.out.contains("roga") && held.out.contains("110"), "{held:?}");
    let first = program.run("report movements --login office --state cursor").ends(0);
    assert_eq!(first.out.lines().count(), 3, "{first:?}");
    let none = program.run("report movements --login office --state cursor").ends(0);
    assert_eq!(none.out.lines().count(), 1, "{none:?}");
    program.run("report movements --login nobody").ends(1).says("nobody");
    // Who may see people sees whom to remind.
    let masked = program.run("expiring --within-days 3000").ends(0);
    assert!(!masked.out.contains("+79165550001"), "{masked:?}");
    program.run("expiring --within-days 3000 --login office").ends(0).says("+79165550001");
    let till = program.run("expiring --within-days 3000 --login kassa").ends(0);
    assert!(!till.out.contains("+79165550001"), "{till:?}");
}

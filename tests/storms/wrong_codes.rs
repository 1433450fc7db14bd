//! R19: very many wrong codes at once, over all gateways: exactly the allowed tries count; a resend gives none back.

use std::{
    collections::BTreeMap,
    fs,
    sync::{Arc, Barrier},
    time::Duration,
};

use crate::{
    Outcome, Plan,
    ground::{
        Gateway, Ground,
        books::{self, grouped},
        client::{Client, Tally, context, receipt},
        load::{PREFIX, done},
        until,
    },
};

const TRIES: i64 = 3;
const MESSAGE_PATIENCE: Duration = Duration::from_secs(30);

pub fn run(plan: &Plan) -> Outcome {
    let ground = Ground::new(plan.backend);
    let settings = [("KOPILKA_CODES__RESEND_AFTER_S", "1"), ("KOPILKA_SMS__OUTBOX_POLL_MS", "50")];
    let gateways: Vec<Gateway> = (0..ground.gateways()).map(|_| ground.gateway(&settings)).collect();
    let addresses: Vec<_> = gateways.iter().map(|gateway| gateway.address).collect();
    let tally = Arc::new(Tally::default());
    let mut client = Client::new(&addresses, 0, "demo", &tally);
    let guesses = plan.of(100, 1_000);

    let id = reserve(&mut client, "7000000101");
    let right = message(&ground, "+79160000101", 0);
    let (together, mut answers) = (Barrier::new(guesses), BTreeMap::<String, usize>::new());
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..guesses)
            .map(|number| {
                let mut client = Client::new(&addresses, number, "demo", &tally);
                let (together, id, right) = (&together, &id, &right);
                scope.spawn(move || {
                    let key = format!("{PREFIX}c-{number}");
                    let arguments = confirmation(&key, id, &wrong(right, number));
                    together.wait();
                    let reply = client.pos("ConfirmReservation", &arguments).expect("an answer");
                    let left = reply.get("message").strip_prefix("Код неверен. ").unwrap_or_default().to_owned();
                    format!("{} {left}", reply.code()).trim().to_owned()
                })
            })
            .collect();
        for thread in threads {
            *answers.entry(thread.join().unwrap()).or_default() += 1;
        }
    });
    let mut outcome =
        Outcome::with_goal("3 tries evaluated, each told once, the hold released; a resend gives no try back");
    outcome.tell(format!("wrong codes {}, gateways {}", grouped(guesses), gateways.len()));
    let evaluated: usize =
        answers.iter().filter(|(answer, _)| answer.starts_with("CODE_")).map(|(_, count)| count).sum();
    outcome.must(i64::try_from(evaluated).ok() == Some(TRIES), format!("evaluated {evaluated}"));
    let once = |answer: &str| answers.get(answer) == Some(&1);
    let told = once("CODE_WRONG Осталось попыток: 2. Введите код ещё раз.")
        && once("CODE_WRONG Осталось попыток: 1. Введите код ещё раз.")
        && once("CODE_TRIES_EXHAUSTED")
        && answers.get("RESERVATION_RELEASED") == Some(&(guesses - 3));
    outcome.always(told, format!("{answers:?}"));
    let late = client.pos("ConfirmReservation", &confirmation("late", &id, &right)).expect("an answer");
    outcome.always(late.code() == "RESERVATION_RELEASED", format!("the right code too late: {}", late.code()));

    // Two wrong ones, a new code, and one more.
    let id = reserve(&mut client, "7000000102");
    let first = message(&ground, "+79160000102", 0);
    for number in 0..2 {
        let reply =
            client.pos("ConfirmReservation", &confirmation(&format!("r-{number}"), &id, &wrong(&first, number)));
        outcome.always(reply.expect("an answer").code() == "CODE_WRONG", "a wrong code was not called wrong");
    }
    let mut attempt = 0;
    until(MESSAGE_PATIENCE, || {
        attempt += 1;
        let arguments = format!("{}<reservationId>{id}</reservationId>", context(&format!("again-{attempt}")));
        client.pos("ResendCode", &arguments).is_some_and(|reply| reply.code() == "OK")
    })
    .expect("a code is sent again");
    let second = message(&ground, "+79160000102", 1);
    let last = client.pos("ConfirmReservation", &confirmation("last", &id, &wrong(&second, 7))).expect("an answer");
    outcome.must(last.code() == "CODE_TRIES_EXHAUSTED", format!("after a resend: {}", last.code()));
    let right = client.pos("ConfirmReservation", &confirmation("right", &id, &second)).expect("an answer");
    outcome.always(right.code() == "RESERVATION_RELEASED", format!("the right code then: {}", right.code()));
    books::verify(&ground, &mut outcome);
    books::check_tally(&tally, &mut outcome);
    outcome
}

fn reserve(client: &mut Client, card: &str) -> String {
    let key = format!("{PREFIX}h-{card}");
    let arguments = format!("{}{}<points>10</points>", context(&key), receipt(&key, card, 100));
    done(client.pos("ReservePoints", &arguments)).get("reservationId").to_owned()
}

fn confirmation(key: &str, id: &str, code: &str) -> String {
    let context = context(key);
    format!("{context}<reservationId>{id}</reservationId><confirmationCode>{code}</confirmationCode>")
}

/// A code that is not the right one.
fn wrong(right: &str, number: usize) -> String {
    let right: usize = right.parse().unwrap();
    format!("{:06}", (right + 1 + number) % 1_000_000)
}

/// The code in the `nth` message to a phone, once it has come.
fn message(ground: &Ground, phone: &str, nth: usize) -> String {
    let find = || -> Option<String> {
        let text = fs::read_to_string(ground.folder.join("sms.log")).ok()?;
        let line = text.lines().filter(|line| line.contains(phone)).nth(nth)?;
        let (_, said) = line.split_once(": ")?;
        said.split(|c: char| !c.is_ascii_digit()).find(|word| word.len() == 6).map(str::to_owned)
    };
    until(MESSAGE_PATIENCE, || find().is_some()).expect("a message comes");
    find().unwrap()
}

//! R12: the clock of the gateway jumps: minutes, an hour, a day, over midnight, a year, and back.

use std::{
    fs,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use chrono::{TimeDelta, Timelike as _};

use crate::{
    Outcome, Plan,
    ground::{
        Ground,
        books::{self, number},
        client::{Client, TILLS_AHEAD_MS, Tally, context, receipt, sale},
        is_ready, load,
        shim::{Shim, Word},
        until,
    },
};

const MESSAGE_PATIENCE: Duration = Duration::from_secs(30);
/// What a customer has after [`load::prepare_cards`].
const POINTS: &str = "1000.00";

pub fn run(plan: &Plan) -> Outcome {
    let ground = Ground::new(plan.backend);
    let shim = Shim::new(&ground.folder);
    let environment = shim.environment("/nowhere/");
    let mut settings: Vec<(&str, &str)> = crate::ground::shim::pairs(&environment).collect();
    settings.push(("KOPILKA_SMS__OUTBOX_POLL_MS", "50"));
    settings.push(("KOPILKA_CODES__PER_PHONE_PER_DAY_MAX", "1000"));
    let mut gateway = ground.gateway(&settings);
    let tally = Arc::new(Tally::default());
    let client = Client::new(&[gateway.address], 0, "demo", &tally);
    load::prepare_cards(&[gateway.address], &tally);
    let mut outcome =
        Outcome::with_goal("holds and codes end when they should, no fault, no time runs back in the journal");
    let _straight = Straight;
    let rounds = plan.of(2, 20);
    let mut story = Story { ground: &ground, shim: &shim, client, card: 0, number: 0, outcome: &mut outcome };
    for round in 0..rounds {
        story.card = round;
        story.tell();
    }
    outcome.tell(format!("rounds {rounds}, jumps {}", rounds * 8));
    let back = "SELECT COUNT(*) FROM (SELECT recorded_at AS at, LAG(recorded_at) OVER (PARTITION BY account_id \
                ORDER BY seq) AS before FROM journal) entries WHERE at < before";
    let back = number(&ground, back);
    outcome.must(back == 0, format!("entries before the one before them {back}"));
    let entries = number(&ground, "SELECT COUNT(*) FROM journal");
    outcome.tell(format!("entries {entries}"));
    outcome.always(is_ready(gateway.address), "not ready afterwards");
    outcome.always(gateway.ended().is_none(), "the gateway ended");
    books::verify(&ground, &mut outcome);
    books::check_tally(&tally, &mut outcome);
    outcome
}

/// The tills' clocks are right again, however the storm ends.
struct Straight;

impl Drop for Straight {
    fn drop(&mut self) {
        TILLS_AHEAD_MS.store(0, Ordering::Relaxed);
    }
}

struct Story<'a> {
    ground: &'a Ground,
    shim: &'a Shim,
    client: Client,
    card: usize,
    number: usize,
    outcome: &'a mut Outcome,
}

impl Story<'_> {
    fn tell(&mut self) {
        self.set(TimeDelta::zero());
        let at_first = self.available();
        self.expect("what there is at first", &at_first, POINTS);

        // Minutes: the code ends before its hold.
        let (hold, code) = self.hold();
        self.jump(TimeDelta::minutes(6));
        let said = self.confirm(&hold, &code);
        self.expect("a code of six minutes ago", &said, "CODE_EXPIRED");
        let state = self.state(&hold);
        self.expect("its hold", &state, "awaiting_code");

        // An hour: the hold has ended and its points are back.
        self.jump(TimeDelta::hours(1));
        let said = self.confirm(&hold, &code);
        self.expect("a hold of an hour ago", &said, "RESERVATION_EXPIRED");
        let available = self.available();
        self.expect("its points", &available, POINTS);

        // Back by an hour: what was promised until later is still good, and nobody waits an hour for another code.
        let (hold, _) = self.hold();
        self.jump(TimeDelta::hours(-1));
        let arguments = format!("{}<reservationId>{hold}</reservationId>", context(&self.key()));
        let sent = self.messages().len();
        let said = self.call("ResendCode", &arguments);
        self.expect("another code after a jump back", &said, "OK");
        let code = self.code(sent);
        let said = self.confirm(&hold, &code);
        self.expect("a hold made later", &said, "OK");
        let said = self.sell(&hold, 10);
        self.expect("its sale", &said, "OK");
        TILLS_AHEAD_MS.fetch_add(3_600_000, Ordering::Relaxed);
        let said = self.sell("", 0);
        self.expect("a till an hour ahead", &said, "TIME_IN_FUTURE");
        TILLS_AHEAD_MS.fetch_sub(3_600_000, Ordering::Relaxed);

        // A day.
        let before = self.available();
        let (hold, code) = self.hold();
        self.jump(TimeDelta::days(1));
        let said = self.confirm(&hold, &code);
        self.expect("a hold of yesterday", &said, "RESERVATION_EXPIRED");
        let available = self.available();
        self.expect("points of yesterday's hold", &available, &before);

        // Over midnight in the store: the hold stands, and a receipt's number may be used again on the new day.
        let local = chrono::Utc::now() + TimeDelta::milliseconds(self.ahead()) + TimeDelta::hours(3);
        let left = i64::from(86_400 - local.num_seconds_from_midnight());
        self.jump(TimeDelta::seconds(left - 20));
        let (hold, code) = self.hold();
        let said = self.sell_numbered("same", "", 0);
        self.expect("a sale before midnight", &said, "OK");
        self.jump(TimeDelta::seconds(40));
        let said = self.confirm(&hold, &code);
        self.expect("a hold over midnight", &said, "OK");
        let said = self.sell_numbered("same", &hold, 10);
        self.expect("its sale with a number of yesterday", &said, "OK");

        // A year and a day: all points have lapsed. And back: what has lapsed stays so, and life goes on.
        self.jump(TimeDelta::days(367));
        let available = self.available();
        self.expect("points after a year", &available, "0.00");
        let said = self.sell("", 0);
        self.expect("a sale after a year", &said, "OK");
        self.set(TimeDelta::zero());
        let available = self.available();
        self.expect("points after a year forth and back", &available, "10.00");
        let said = self.sell("", 0);
        self.expect("a sale after a year back", &said, "OK");
        let negative = number(
            self.ground,
            "SELECT COUNT(*) FROM accounts WHERE available < 0 OR pending < 0 OR reserved < 0 OR debt < 0",
        );
        self.expect("balances below nothing", &negative.to_string(), "0");
    }

    fn expect(&mut self, what: &str, is: &str, should_be: &str) {
        self.outcome.always(is == should_be, format!("{what}: {is} instead of {should_be}"));
    }

    fn ahead(&self) -> i64 {
        self.shim.get(Word::ClockAheadMs)
    }

    /// The clocks of the gateway and of the tills.
    fn set(&self, ahead: TimeDelta) {
        self.shim.set(Word::ClockAheadMs, ahead.num_milliseconds());
        TILLS_AHEAD_MS.store(ahead.num_milliseconds(), Ordering::Relaxed);
    }

    fn jump(&self, by: TimeDelta) {
        self.set(TimeDelta::milliseconds(self.ahead()) + by);
    }

    fn key(&mut self) -> String {
        self.number += 1;
        format!("clock-{}-{}", self.card, self.number)
    }

    /// A call, answered with its code.
    fn call(&mut self, operation: &str, arguments: &str) -> String {
        let reply = self.client.pos(operation, arguments).expect("an answer");
        reply.code().to_owned()
    }

    fn available(&mut self) -> String {
        let identifier = format!("<identifier>{}</identifier>", load::card(self.card));
        self.client.pos("GetBalance", &identifier).expect("an answer").get("available").to_owned()
    }

    fn state(&mut self, hold: &str) -> String {
        let asked = format!("<reservationId>{hold}</reservationId>");
        self.client.pos("GetReservation", &asked).expect("an answer").get("state").to_owned()
    }

    /// A hold of ten points and its code.
    fn hold(&mut self) -> (String, String) {
        let (key, sent) = (self.key(), self.messages().len());
        let bought = receipt(&key, &load::card(self.card), 1_000);
        let arguments = format!("{}{bought}<points>10</points>", context(&key));
        let held = load::done(self.client.pos("ReservePoints", &arguments));
        (held.get("reservationId").to_owned(), self.code(sent))
    }

    fn confirm(&mut self, hold: &str, code: &str) -> String {
        let context = context(&self.key());
        let arguments =
            format!("{context}<reservationId>{hold}</reservationId><confirmationCode>{code}</confirmationCode>");
        self.call("ConfirmReservation", &arguments)
    }

    fn sell(&mut self, hold: &str, points: u32) -> String {
        let number = self.key();
        self.sell_numbered(&number, hold, points)
    }

    fn sell_numbered(&mut self, number: &str, hold: &str, points: u32) -> String {
        let key = self.key();
        let bought = receipt(&format!("{number}-{}", self.card), &load::card(self.card), 1_000);
        self.call("RegisterReceipt", &sale(&key, &bought, hold, &points.to_string()))
    }

    fn messages(&self) -> Vec<String> {
        let text = fs::read_to_string(self.ground.folder.join("sms.log")).unwrap_or_default();
        let said = |line: &str| line.split_once(": ").map(|(_, said)| said.to_owned());
        let phone = load::phone(self.card);
        text.lines().filter(|line| line.contains(&phone)).filter_map(said).collect()
    }

    /// The code that comes after so many messages.
    fn code(&mut self, sent: usize) -> String {
        until(MESSAGE_PATIENCE, || self.messages().len() > sent).expect("a message comes");
        let last = self.messages().pop().unwrap();
        last.split(|c: char| !c.is_ascii_digit()).find(|word| word.len() == 6).unwrap_or_default().to_owned()
    }
}

//! The closed list of business refusals: a stable Latin code for the program, one Russian sentence for the cashier.
//!
//! When several apply, the first in this list is answered: its order is the precedence, which a test checks. A refusal
//! changes nothing, except with [`Decided::Counted`].

use std::fmt;

use crate::domain::{
    fiscal::{FiscalProblem, ShownHolder},
    moment::Moment,
    money::{Points, Quantity},
    russian,
};

macro_rules! refusals {
    ($($(#[$meta:meta])* $name:ident $({ $($field:ident: $ty:ty),+ })? => $code:literal, $text:literal $(, ($($shown:tt)+))?;)+) => {
        /// Why a well-formed request was not carried out.
        #[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
        pub enum Refusal {
            $($(#[$meta])* #[error($text $(, $($shown)+)?)] #[allow(missing_docs, reason = "the sentence names the field")] $name $({ $($field: $ty),+ })?,)+
        }

        impl Refusal {
            /// Every code with its sentence's template, in order of precedence; tests compare the WSDL and the
            /// documents with it.
            pub const ALL: &'static [(&'static str, &'static str)] = &[$(($code, $text)),+];

            /// The stable code that a program compares.
            #[must_use]
            pub const fn code(&self) -> &'static str {
                match self {
                    $(Self::$name $({ $($field: _),+ })? => $code,)+
                }
            }
        }
    };
}

refusals! {
    /// Same key, other body (invariant 15).
    OperationKeyReused => "OPERATION_KEY_REUSED", "Под этим номером операции уже сделано другое. Начните операцию заново.";
    /// It was cancelled before it arrived.
    OperationCancelled => "OPERATION_CANCELLED", "Эта операция отменена раньше, чем поступила. Если она нужна, начните её заново.";
    /// An operation that cannot be cancelled by its key.
    OperationNotCancellable { operation: String } => "OPERATION_NOT_CANCELLABLE", "Операцию {operation} так отменить нельзя. Отмените чек или снимите резерв.";
    /// The till's clock is ahead by more than the tolerance.
    TimeInFuture { ahead_minutes: i64 } => "TIME_IN_FUTURE", "Часы кассы спешат на {ahead_minutes} мин. Проверьте часы и часовой пояс кассы.";
    /// The receipt is older than the caller may send, or any other operation is.
    ReceiptTooOld { days: i64 } => "RECEIPT_TOO_OLD", "Дата чека или операции — {days} дн. назад, это слишком давно. Проверьте дату кассы или обратитесь в офис программы.";
    /// No till of that code anywhere.
    TillUnknown { till: String } => "TILL_UNKNOWN", "Касса «{till}» не зарегистрирована. Проверьте код кассы в настройках.";
    /// The till belongs to another partner, store or login.
    TillNotYours { till: String } => "TILL_NOT_YOURS", "Касса «{till}» не относится к вашему доступу. Проверьте код кассы и имя для входа.";
    /// The office has closed the caller's partner, network, store or till, or the till that is named.
    PlaceClosed { what: String } => "PLACE_CLOSED", "{what} в программе. Обратитесь в офис программы.";
    /// The receipt names another till than the operation.
    TillMismatch => "TILL_MISMATCH", "В чеке и в операции указаны разные кассы. Сообщите об этом тому, кто настраивает кассу.";
    /// No store of that code in the network, or not the till's store.
    StoreUnknown { store: String } => "STORE_UNKNOWN", "Магазин «{store}» не найден, или касса относится к другому магазину. Проверьте код магазина.";
    /// No partner of that code takes part in the programme.
    PartnerUnknown { partner: String } => "PARTNER_UNKNOWN", "Партнёра «{partner}» в программе нет. Проверьте код.";
    /// Another partner's, and the caller's does not run the programme.
    PartnerNotYours { partner: String } => "PARTNER_NOT_YOURS", "Партнёром «{partner}» ведает его офис или офис партнёра, который ведёт программу. Обратитесь туда.";
    /// The code is a partner's of another programme.
    PartnerTaken { partner: String } => "PARTNER_TAKEN", "Код партнёра «{partner}» уже занят. Выберите другой.";
    /// No network of that code.
    NetworkUnknown { network: String } => "NETWORK_UNKNOWN", "Сети «{network}» у партнёра нет. Проверьте код.";
    /// The partner has several networks and none is named.
    NetworkRequired => "NETWORK_REQUIRED", "У партнёра несколько сетей. Укажите код сети.";
    /// A new partner, network or store without a name.
    PlaceNameRequired => "PLACE_NAME_REQUIRED", "У нового партнёра, сети и магазина должно быть наименование. Укажите его.";
    /// The caller would close its own place.
    PlaceOwn => "PLACE_OWN", "Закрыть место, к которому относится ваш вход, нельзя. Попросите головной офис программы.";
    /// A till's login without a password or roles, or the other way round.
    TillLoginIncomplete => "TILL_LOGIN_INCOMPLETE", "Для входа кассы нужны имя, пароль и роли вместе. Укажите всё или ничего.";
    /// An unknown role.
    RoleUnknown { role: String } => "ROLE_UNKNOWN", "Роли «{role}» нет. Выберите роль из перечня.";
    /// A login, a code or a password that no call could ever name or carry.
    NameInvalid { what: String } => "NAME_INVALID", "Имя, код или пароль указаны неверно: {what}. Исправьте и сохраните ещё раз.";
    /// A phone that cannot be one.
    PhoneInvalid => "PHONE_INVALID", "Номер телефона указан неверно. Введите номер целиком, например +7 916 123-45-67.";
    /// A phone that codes do not come to: a landline. It is taken as a contact.
    PhoneNotMobile { phone: String } => "PHONE_NOT_MOBILE", "Номер {phone} не мобильный, код на него не придёт. Попросите офис программы записать клиенту мобильный телефон.";
    /// A card of one customer and a phone of another.
    IdentifierAmbiguous => "IDENTIFIER_AMBIGUOUS", "Это и номер карты, и телефон другого клиента. Отсканируйте карту или введите телефон с +7.";
    /// An invalid date of birth, e-mail or other answer of the questionnaire.
    QuestionnaireInvalid { what: String } => "QUESTIONNAIRE_INVALID", "Анкета заполнена неверно: {what}. Исправьте анкету.";
    /// Inconsistent lines.
    ReceiptInvalid { what: String } => "RECEIPT_INVALID", "Чек заполнен неверно: {what}. Исправьте чек.";
    /// A period whose end is before its beginning, or that is too long.
    PeriodInvalid => "PERIOD_INVALID", "Период указан неверно. Проверьте даты: начало должно быть не позже конца.";
    /// An invalid cursor.
    CursorInvalid => "CURSOR_INVALID", "Этот список уже не продолжить. Откройте его с начала.";
    /// A batch of cards whose range cannot be read.
    CardBatchInvalid { what: String } => "CARD_BATCH_INVALID", "Партия карт указана неверно: {what}. Исправьте партию.";
    /// An invalid rule of a programme.
    ProgrammeInvalid { what: String } => "PROGRAMME_INVALID", "Программа заполнена неверно: {what}. Исправьте её и сохраните ещё раз.";
    /// No programme of that code.
    ProgrammeUnknown => "PROGRAMME_UNKNOWN", "Бонусная программа не найдена. Обратитесь в офис программы.";
    /// Another partner runs the programme.
    ProgrammeNotYours => "PROGRAMME_NOT_YOURS", "Это делает только офис партнёра, который ведёт программу. Обратитесь к нему.";
    /// No rules were in force at that time.
    ProgrammeNotInForce => "PROGRAMME_NOT_IN_FORCE", "На дату операции бонусная программа ещё не действовала. Проверьте дату на кассе или обратитесь в офис программы.";
    /// Another version was saved since the one that this was made from.
    VersionChanged { version: i64 } => "VERSION_CHANGED", "Уже сохранена другая редакция ({version}). Получите программу ещё раз и внесите изменения в неё.";
    /// The login is another partner's, or is open and belongs to another till or to none.
    LoginTaken { login: String } => "LOGIN_TAKEN", "Имя для входа «{login}» уже занято. Выберите другое.";
    /// No such login.
    LoginUnknown { login: String } => "LOGIN_UNKNOWN", "Имя для входа «{login}» не найдено. Проверьте написание.";
    /// The login belongs to another partner.
    LoginNotYours { login: String } => "LOGIN_NOT_YOURS", "Имя для входа «{login}» принадлежит другому партнёру. Обратитесь к нему.";
    /// The caller would disable its own login.
    LoginOwn => "LOGIN_OWN", "Закрыть вход самому себе нельзя. Попросите другого сотрудника офиса.";
    /// No such card.
    CardUnknown => "CARD_UNKNOWN", "Карта с таким номером не найдена. Проверьте номер карты; телефон вводите целиком, с +7.";
    /// The card is of another kind than the one that is to be given out.
    CardKindMismatch { kind: String } => "CARD_KIND_MISMATCH", "Эта карта другого вида, не «{kind}». Возьмите карту нужного вида.";
    /// Neither a card nor a customer.
    CustomerUnknown => "CUSTOMER_UNKNOWN", "Клиент не найден. Проверьте номер карты; телефон введите целиком, с +7.";
    /// The customer has been erased: nothing personal can be read any more.
    CustomerErased => "CUSTOMER_ERASED", "Данные клиента удалены по его требованию. Если клиент хочет вернуться, зарегистрируйте его заново.";
    /// The phone already has a customer.
    CustomerExists => "CUSTOMER_EXISTS", "Клиент с таким телефоном уже зарегистрирован. Найдите его по телефону.";
    /// The number is registered already.
    CardExists { number: String } => "CARD_EXISTS", "Карта {number} уже зарегистрирована. Уберите её из партии.";
    /// The phone belongs to another customer.
    PhoneTaken => "PHONE_TAKEN", "Телефон уже принадлежит другому клиенту. Если это один человек, объедините клиентов.";
    /// Two identifiers of one customer.
    CustomersSame => "CUSTOMERS_SAME", "Оба номера принадлежат одному клиенту, объединять нечего. Проверьте номера.";
    /// The card was not issued yet.
    CardNotIssued => "CARD_NOT_ISSUED", "Карта ещё не выдана клиенту. Сначала выдайте карту.";
    /// The card was issued already.
    CardAlreadyIssued => "CARD_ALREADY_ISSUED", "Карта уже выдана. Возьмите другую карту.";
    /// The card was issued, not activated: it earns and does not spend.
    CardNotActive => "CARD_NOT_ACTIVE", "Карта не активирована. Активируйте карту, чтобы списывать баллы.";
    /// The card was issued without a phone: it earns, and neither spends nor is activated before a phone is confirmed.
    CardWithoutPhone => "CARD_WITHOUT_PHONE", "Карта выдана без телефона: баллы копятся, но не списываются. Подтвердите телефон клиента для этой карты.";
    /// The card's customer has a phone already.
    CardHasPhone => "CARD_HAS_PHONE", "У владельца этой карты телефон уже указан. Подтвердите его без номера карты, сменить его может офис программы.";
    /// The card is active already.
    CardAlreadyActive => "CARD_ALREADY_ACTIVE", "Карта уже активирована, ею можно пользоваться.";
    /// The card is blocked.
    CardBlocked => "CARD_BLOCKED", "Карта заблокирована. Обратитесь в офис программы.";
    /// The card is not blocked.
    CardNotBlocked => "CARD_NOT_BLOCKED", "Карта не заблокирована, ею можно пользоваться.";
    /// The card was replaced; its successor is named.
    CardReplaced { successor: String } => "CARD_REPLACED", "Карта заменена. Используйте карту {successor}.";
    /// The card was closed for good.
    CardClosed => "CARD_CLOSED", "Карта закрыта. Выдайте клиенту новую карту.";
    /// The new card of a replacement is not free.
    NewCardNotFree { number: String } => "NEW_CARD_NOT_FREE", "Карта {number} уже выдана или закрыта. Возьмите другую карту.";
    /// The programme lets points be spent by card only.
    CardRequired => "CARD_REQUIRED", "В этой программе баллы списываются только по карте. Отсканируйте карту клиента.";
    /// The account is frozen.
    AccountFrozen => "ACCOUNT_FROZEN", "Списание баллов по этому счёту приостановлено. Обратитесь в офис программы.";
    /// The account is not frozen.
    AccountNotFrozen => "ACCOUNT_NOT_FROZEN", "Списание баллов по этому счёту не приостановлено, разрешать его не нужно.";
    /// The receipt was registered before.
    ReceiptDuplicate { receipt: i64 } => "RECEIPT_DUPLICATE", "Этот чек уже записан, его номер в программе {receipt}. Второй раз его не записывайте.";
    /// The return was registered before under another key.
    ReturnDuplicate => "RETURN_DUPLICATE", "Этот возврат уже записан. Второй раз его не записывайте.";
    /// The fiscal document was registered before.
    FiscalDuplicate { known: ShownHolder } => "FISCAL_DUPLICATE", "Фискальный документ уже записан: {known}. Проверьте номер фискального документа.";
    /// The document has another fiscal document already.
    FiscalAttached => "FISCAL_ATTACHED", "К этому чеку уже добавлен другой фискальный документ. Проверьте номер чека.";
    /// Another sale has the fiscal document: this one's accrual was cancelled.
    FiscalTaken { known: ShownHolder } => "FISCAL_TAKEN", "Фискальный документ уже записан: {known}. Баллы за этот чек не начислены. Проверьте номер фискального документа.";
    /// This partner has no such receipt.
    ReceiptUnknown => "RECEIPT_UNKNOWN", "Чек продажи не найден. Проверьте номер чека, дату и кассу.";
    /// The goods come back before they were sold.
    ReturnBeforeSale => "RETURN_BEFORE_SALE", "Дата возврата раньше даты продажи. Проверьте дату кассы.";
    /// The receipt was cancelled.
    ReceiptCancelled => "RECEIPT_CANCELLED", "Чек продажи уже отменён. Проверьте номер чека.";
    /// The receipt is another store's: a till cancels those of its own.
    ReceiptOfAnotherStore { store: String } => "RECEIPT_OF_ANOTHER_STORE", "Чек записан в магазине {store}. Отмените его там или попросите головной офис.";
    /// The receipt is somebody's: it was sold with a card or a phone, or was claimed.
    ReceiptClaimed => "RECEIPT_CLAIMED", "Этот чек уже записан на карту или телефон, второй раз баллы за него не начисляются. Проверьте номер чека.";
    /// The receipt earns nothing, because its fiscal document is another's.
    ReceiptWithheld => "RECEIPT_WITHHELD", "За этот чек баллы не начисляются: его фискальный документ записан у другого чека. Обратитесь в офис программы.";
    /// The receipt is older than it may be to be claimed.
    ClaimTooLate { days: i64 } => "CLAIM_TOO_LATE", "Покупка была {days} дн. назад, записать её на карту уже нельзя. Обратитесь в офис программы.";
    /// Part of the receipt was returned: it cannot be cancelled whole.
    ReceiptReturned => "RECEIPT_RETURNED", "По чеку уже был возврат. Оформите возврат остатка.";
    /// More is returned than was sold and is left.
    ReturnOverSold { line: u32, left: Quantity } => "RETURN_OVER_SOLD", "По строке {line} можно вернуть не больше {left}. Уменьшите количество.", (left = russian::quantity(*.left), line = .line);
    /// A line that the receipt does not have.
    ReturnLineUnknown { line: u32 } => "RETURN_LINE_UNKNOWN", "В чеке продажи нет строки {line}. Выберите строку из этого чека.";
    /// Everything was returned before.
    ReturnNothingLeft => "RETURN_NOTHING_LEFT", "Все товары чека уже возвращены. Проверьте номер чека.";
    /// The calculation differs from the one that the customer accepted.
    QuoteChanged => "QUOTE_CHANGED", "Условия изменились. Покажите клиенту новый расчёт и подтвердите покупку ещё раз.";
    /// Points need a card or a phone.
    IdentifierRequired => "IDENTIFIER_REQUIRED", "Чтобы использовать баллы, укажите карту или телефон клиента.";
    /// No points were requested.
    PointsRequired => "POINTS_REQUIRED", "Укажите, сколько баллов использовать.";
    /// A correction names an entry that the account's journal does not have.
    EntryUnknown { entry: i64 } => "ENTRY_UNKNOWN", "В журнале счёта нет записи {entry}. Проверьте её номер.";
    /// Points of that day would have lapsed by now.
    PointsLapsed => "POINTS_LAPSED", "Баллы с такими датами уже сгорели бы. Проверьте время операции и срок.";
    /// Not a multiple of the programme's unit of spending.
    PointsUnit { unit: Points } => "POINTS_UNIT", "Баллы списываются с шагом {unit}. Измените количество.", (unit = russian::points(*.unit));
    /// The account has fewer.
    PointsNotEnough { available: Points } => "POINTS_NOT_ENOUGH", "Недостаточно баллов: доступно {available}. Уменьшите количество.", (available = russian::points(*.available));
    /// The receipt allows fewer.
    PointsOverLimit { max: Points } => "POINTS_OVER_LIMIT", "На этот чек можно списать не больше {max}. Уменьшите количество.", (max = russian::points_of(*.max));
    /// The account would hold, owe or count more than the contract can tell.
    PointsTooMany => "POINTS_TOO_MANY", "Баллов на счёте клиента стало бы больше 999 999 999,99. Проведите покупку без карты и обратитесь в офис программы.";
    /// Points are spent out of a hold only.
    ReservationRequired => "RESERVATION_REQUIRED", "Списание баллов требует резерва. Сначала зарезервируйте баллы.";
    /// This partner has no such hold.
    ReservationUnknown => "RESERVATION_UNKNOWN", "Резерв не найден. Зарезервируйте баллы заново.";
    /// The hold belongs to another customer, card or store.
    ReservationMismatch => "RESERVATION_MISMATCH", "Резерв сделан для другого клиента, другой карты или другого магазина. Возьмите ту же карту или зарезервируйте баллы заново.";
    /// The code has not been confirmed.
    ReservationAwaitsCode => "RESERVATION_AWAITS_CODE", "Списание не подтверждено. Введите код из SMS.";
    /// The hold needs no code, or has been confirmed.
    ReservationConfirmed => "RESERVATION_CONFIRMED", "Резерв уже подтверждён. Завершите покупку.";
    /// The hold was captured.
    ReservationCaptured => "RESERVATION_CAPTURED", "Баллы этого резерва уже списаны. Второй раз чек не записывайте.";
    /// The hold was released.
    ReservationReleased => "RESERVATION_RELEASED", "Резерв снят. Зарезервируйте баллы заново.";
    /// The hold has expired.
    ReservationExpired => "RESERVATION_EXPIRED", "Время резерва истекло. Зарезервируйте баллы заново.";
    /// Not a code at all: letters, or too few or too many digits. No try is lost.
    CodeInvalid { digits: usize } => "CODE_INVALID", "Это не код из SMS: в нём {digits}. Введите код ещё раз.", (digits = russian::digits(*.digits));
    /// Not the code that was sent.
    CodeWrong { tries_left: i64 } => "CODE_WRONG", "Код неверен. Осталось попыток: {tries_left}. Введите код ещё раз.";
    /// The code has expired.
    CodeExpired => "CODE_EXPIRED", "Срок действия кода истёк. Отправьте клиенту новый код.";
    /// No try is left.
    CodeTriesExhausted { spent: Spent } => "CODE_TRIES_EXHAUSTED", "Попытки ввести код исчерпаны. {spent}.";
    /// No code was requested.
    CodeNotSent => "CODE_NOT_SENT", "Код не запрашивался. Сначала отправьте код.";
    /// A code was sent a moment ago.
    CodeTooSoon { wait_seconds: i64 } => "CODE_TOO_SOON", "Новый код можно отправить через {wait_seconds} сек. Подождите или спросите у клиента прежний код.";
    /// The daily cap of codes for this phone or till is reached.
    CodeLimit => "CODE_LIMIT", "Сегодня на этот телефон или с этой кассы отправлено слишком много кодов. Проведите покупку без списания баллов.";
    /// The phone is confirmed already.
    PhoneConfirmed => "PHONE_CONFIRMED", "Телефон уже подтверждён, подтверждать его ещё раз не нужно.";
    /// A resource of the operation is unavailable now, such as random numbers for a code or a password.
    TryLater => "TRY_LATER", "Сейчас операция невозможна. Начните её заново немного позже.";
    /// No such case, or another partner's.
    CaseUnknown => "CASE_UNKNOWN", "Такого случая нет. Проверьте его номер в списке.";
    /// The case was closed before.
    CaseClosed => "CASE_CLOSED", "Этот случай уже закрыт. Откройте список случаев заново.";
    /// No consent to withdraw.
    ConsentUnknown => "CONSENT_UNKNOWN", "Действующего согласия такого вида нет, отзывать нечего. Проверьте вид согласия.";
}

/// What the last wrong try has ended; `Display` tells a cashier, without the full stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spent {
    /// The hold, which was released.
    Hold,
    /// The code that was to confirm a phone.
    PhoneCode,
}

impl fmt::Display for Spent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Hold => "Резерв снят, зарезервируйте баллы заново",
            Self::PhoneCode => "Отправьте клиенту новый код",
        })
    }
}

impl Refusal {
    /// How far ahead a till's clock is, as a refusal.
    #[must_use]
    pub const fn time_in_future(at: Moment, now: Moment) -> Self {
        Self::TimeInFuture { ahead_minutes: at.since(now).0 / 60_000 }
    }

    /// How old a receipt is, as a refusal.
    #[must_use]
    pub const fn receipt_too_old(at: Moment, now: Moment) -> Self {
        Self::ReceiptTooOld { days: now.since(at).0 / 86_400_000 }
    }
}

impl From<FiscalProblem> for Refusal {
    fn from(problem: FiscalProblem) -> Self {
        Self::ReceiptInvalid { what: problem.to_string() }
    }
}

/// The outcome of a decision that was not refused outright.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decided<T> {
    /// Done; the changes stay.
    Done(T),
    /// Refused, but the changes stay, and the answer has data: a wrong code costs a try, and so many are left.
    Counted(Refusal, T),
    /// Refused without changes, but the answer has data: a changed quote has the new one.
    Shown(Refusal, T),
}

/// A decision: refused outright, or decided.
pub type Decision<T> = Result<Decided<T>, Refusal>;

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// Words that a cashier does not know.
    const PROGRAMMERS_WORDS: [&str; 15] = [
        "идентификатор",
        "запрос",
        "сервис",
        "описани",
        "параметр",
        "поле ",
        "ключ",
        "токен",
        "cursor",
        "wsdl",
        "soap",
        "xml",
        "null",
        "operationkey",
        "формат",
    ];

    /// Whether a sentence tells somebody to do something, or that nothing is to be done.
    fn has_next_step(text: &str) -> bool {
        let is_order = |word: &str| {
            let word = word.trim_matches(|c: char| !c.is_alphabetic());
            word.chars().count() > 4 && ["ите", "йте", "ьте", "итесь", "йтесь"].iter().any(|end| word.ends_with(end))
        };
        text.split_whitespace().any(is_order) || text.contains("можно пользоваться") || text.contains("не нужно")
    }

    #[test]
    fn every_code_is_its_own_and_every_sentence_is_one_for_a_cashier() {
        let codes: BTreeSet<_> = Refusal::ALL.iter().map(|(code, _)| *code).collect();
        assert_eq!(codes.len(), Refusal::ALL.len());
        for (code, text) in Refusal::ALL {
            assert!(code.chars().all(|c| c.is_ascii_uppercase() || c == '_'), "{code}");
            assert!(text.ends_with('.') && !text.contains(".."), "{code}: it ends with one full stop: {text}");
            assert!(text.starts_with(|c: char| c.is_uppercase() || c == '{'), "{code}: {text}");
            assert!(!text.contains("  "), "{code}: {text}");
            // What stands in its place is told by its own type.
            let ends_with_its_own = *code == "CODE_TRIES_EXHAUSTED";
            assert!(ends_with_its_own || has_next_step(text), "{code}: what is the cashier to do? {text}");
            let low = text.to_lowercase();
            let words: Vec<_> = PROGRAMMERS_WORDS.iter().filter(|word| low.contains(**word)).collect();
            assert!(words.is_empty(), "{code}: a cashier does not know {words:?}: {text}");
        }
        for spent in [Spent::Hold, Spent::PhoneCode] {
            let told = Refusal::CodeTriesExhausted { spent }.to_string();
            assert!(has_next_step(&told) && told.ends_with('.') && !told.contains(".."), "{told}");
        }
    }

    #[test]
    fn the_next_step_is_looked_for_and_not_taken_for_granted() {
        for text in
            ["Карта заблокирована.", "Чек продажи не найден.", "Эти товары уже возвращены.", "Касса закрыта навсегда."]
        {
            assert!(!has_next_step(text), "{text}");
        }
    }

    #[test]
    fn figures_are_told_as_everywhere() {
        let told: Vec<String> = [
            Refusal::PointsNotEnough { available: Points(1_234_500) },
            Refusal::PointsOverLimit { max: Points(100) },
            Refusal::PointsUnit { unit: Points(1_000) },
            Refusal::ReturnOverSold { line: 2, left: Quantity(1_500) },
            Refusal::CodeInvalid { digits: 6 },
        ]
        .iter()
        .map(Refusal::to_string)
        .collect();
        assert_eq!(
            told,
            [
                "Недостаточно баллов: доступно 12 345 баллов. Уменьшите количество.",
                "На этот чек можно списать не больше 1 балла. Уменьшите количество.",
                "Баллы списываются с шагом 10 баллов. Измените количество.",
                "По строке 2 можно вернуть не больше 1,5. Уменьшите количество.",
                "Это не код из SMS: в нём 6 цифр. Введите код ещё раз.",
            ]
        );
    }

    #[test]
    fn a_replaced_card_names_its_successor() {
        let refusal = Refusal::CardReplaced { successor: "7002".into() };
        assert_eq!(refusal.code(), "CARD_REPLACED");
        assert!(refusal.to_string().contains("7002"));
    }
}

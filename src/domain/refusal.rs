//! The closed list of business refusals: a stable Latin code for the program, one Russian sentence for the cashier.
//!
//! When several apply, the first in this list is answered: its order is the precedence, which a test checks. A refusal
//! changes nothing, except with [`Decided::Counted`].

use crate::domain::{
    fiscal::{FiscalProblem, ShownHolder},
    moment::Moment,
    money::{Points, Quantity},
};

macro_rules! refusals {
    ($($(#[$meta:meta])* $name:ident $({ $($field:ident: $ty:ty),+ })? => $code:literal, $text:literal;)+) => {
        /// Why a well-formed request was not carried out.
        #[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
        pub enum Refusal {
            $($(#[$meta])* #[error($text)] #[allow(missing_docs, reason = "the sentence names the field")] $name $({ $($field: $ty),+ })?,)+
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
    OperationKeyReused => "OPERATION_KEY_REUSED", "Этот идентификатор операции уже использован для другого запроса. Сформируйте новый.";
    /// It was cancelled before it arrived.
    OperationCancelled => "OPERATION_CANCELLED", "Эта операция отменена раньше, чем поступила. Проведите её с новым идентификатором.";
    /// An operation that cannot be cancelled by its key.
    OperationNotCancellable { operation: String } => "OPERATION_NOT_CANCELLABLE", "Операцию {operation} отменить нельзя. Отмените чек или снимите резерв.";
    /// The till's clock is ahead by more than the tolerance.
    TimeInFuture { ahead_minutes: i64 } => "TIME_IN_FUTURE", "Время на кассе опережает время сервера на {ahead_minutes} мин. Проверьте часы кассы.";
    /// The receipt is older than the caller may send, or any other operation is.
    ReceiptTooOld { days: i64 } => "RECEIPT_TOO_OLD", "Дата чека или операции — {days} дн. назад, это слишком давно. Проверьте дату кассы или обратитесь в офис программы.";
    /// No till of that code anywhere.
    TillUnknown { till: String } => "TILL_UNKNOWN", "Касса «{till}» не зарегистрирована. Проверьте код кассы в настройках.";
    /// The till belongs to another partner, store or login.
    TillNotYours { till: String } => "TILL_NOT_YOURS", "Касса «{till}» не относится к вашему доступу. Проверьте код кассы и имя для входа.";
    /// The receipt names another till than the operation.
    TillMismatch => "TILL_MISMATCH", "В чеке и в операции указаны разные кассы.";
    /// No store of that code in the network, or not the till's store.
    StoreUnknown { store: String } => "STORE_UNKNOWN", "Магазин «{store}» не найден или касса относится к другому магазину.";
    /// An unknown role.
    RoleUnknown { role: String } => "ROLE_UNKNOWN", "Роли «{role}» нет. Перечень ролей — в описании сервиса.";
    /// An invalid phone.
    /// A login, a code or a password that no call could ever name or carry.
    NameInvalid { what: String } => "NAME_INVALID", "Имя, код или пароль указаны неверно: {what}.";
    /// A phone that cannot be one.
    PhoneInvalid => "PHONE_INVALID", "Номер телефона указан неверно. Введите номер целиком, например +7 916 123-45-67.";
    /// A card of one customer and a phone of another.
    IdentifierAmbiguous => "IDENTIFIER_AMBIGUOUS", "Это и номер карты, и телефон другого клиента: отсканируйте карту или введите номер с +7.";
    /// An invalid date of birth, e-mail or other answer of the questionnaire.
    QuestionnaireInvalid { what: String } => "QUESTIONNAIRE_INVALID", "Анкета заполнена неверно: {what}.";
    /// Inconsistent lines.
    ReceiptInvalid { what: String } => "RECEIPT_INVALID", "Чек заполнен неверно: {what}.";
    /// A period whose end is before its beginning, or that is too long.
    PeriodInvalid => "PERIOD_INVALID", "Период указан неверно: начало должно быть не позже конца.";
    /// An invalid cursor.
    CursorInvalid => "CURSOR_INVALID", "Продолжение списка (cursor) указано неверно. Запросите список с начала.";
    /// A batch of cards whose range cannot be read.
    CardBatchInvalid { what: String } => "CARD_BATCH_INVALID", "Партия карт указана неверно: {what}.";
    /// An invalid rule of a programme.
    ProgrammeInvalid { what: String } => "PROGRAMME_INVALID", "Программа заполнена неверно: {what}.";
    /// No programme of that code.
    ProgrammeUnknown => "PROGRAMME_UNKNOWN", "Бонусная программа не найдена.";
    /// Another partner runs the programme.
    ProgrammeNotYours => "PROGRAMME_NOT_YOURS", "Это делает только офис партнёра, который ведёт программу. Обратитесь к нему.";
    /// No rules were in force at that time.
    ProgrammeNotInForce => "PROGRAMME_NOT_IN_FORCE", "На дату операции бонусная программа ещё не действовала.";
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
    CardUnknown => "CARD_UNKNOWN", "Карта с таким номером не найдена. Проверьте номер.";
    /// The card is of another kind than the one that is to be given out.
    CardKindMismatch { kind: String } => "CARD_KIND_MISMATCH", "Эта карта другого вида, не «{kind}». Возьмите карту нужного вида.";
    /// Neither a card nor a customer.
    CustomerUnknown => "CUSTOMER_UNKNOWN", "Клиент не найден. Проверьте номер карты или телефона.";
    /// The customer has been erased: nothing personal can be read any more.
    CustomerErased => "CUSTOMER_ERASED", "Данные клиента удалены по его требованию. Операция с ними невозможна.";
    /// The phone already has a customer.
    CustomerExists => "CUSTOMER_EXISTS", "Клиент с таким телефоном уже зарегистрирован.";
    /// The number is registered already.
    CardExists { number: String } => "CARD_EXISTS", "Карта {number} уже зарегистрирована.";
    /// The phone belongs to another customer.
    PhoneTaken => "PHONE_TAKEN", "Телефон уже принадлежит другому клиенту. Если это один человек, объедините клиентов.";
    /// Two identifiers of one customer.
    CustomersSame => "CUSTOMERS_SAME", "Оба номера принадлежат одному клиенту, объединять нечего.";
    /// The card was not issued yet.
    CardNotIssued => "CARD_NOT_ISSUED", "Карта ещё не выдана клиенту. Сначала выдайте карту.";
    /// The card was issued already.
    CardAlreadyIssued => "CARD_ALREADY_ISSUED", "Карта уже выдана.";
    /// The card was issued, not activated: it earns and does not spend.
    CardNotActive => "CARD_NOT_ACTIVE", "Карта не активирована. Активируйте карту, чтобы списывать баллы.";
    /// The card was issued without a phone: it earns, and neither spends nor is activated before a phone is confirmed.
    CardWithoutPhone => "CARD_WITHOUT_PHONE", "Карта выдана без телефона: баллы копятся, но не списываются. Подтвердите телефон клиента для этой карты.";
    /// The card's customer has a phone already.
    CardHasPhone => "CARD_HAS_PHONE", "У владельца этой карты телефон уже указан. Подтвердите его без номера карты, сменить его может офис программы.";
    /// The card is active already.
    CardAlreadyActive => "CARD_ALREADY_ACTIVE", "Карта уже активирована.";
    /// The card is blocked.
    CardBlocked => "CARD_BLOCKED", "Карта заблокирована. Обратитесь в офис программы.";
    /// The card is not blocked.
    CardNotBlocked => "CARD_NOT_BLOCKED", "Карта не заблокирована.";
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
    AccountNotFrozen => "ACCOUNT_NOT_FROZEN", "Списание баллов по этому счёту не приостановлено.";
    /// The receipt was registered before.
    ReceiptDuplicate { receipt: i64 } => "RECEIPT_DUPLICATE", "Этот чек уже записан, номер в программе {receipt}.";
    /// The return was registered before under another key.
    ReturnDuplicate => "RETURN_DUPLICATE", "Этот возврат уже записан.";
    /// The fiscal document was registered before.
    FiscalDuplicate { known: ShownHolder } => "FISCAL_DUPLICATE", "Фискальный документ уже записан: {known}.";
    /// The document has another fiscal document already.
    FiscalAttached => "FISCAL_ATTACHED", "К этому чеку уже добавлен другой фискальный документ. Проверьте номер чека.";
    /// Another sale has the fiscal document: this one's accrual was cancelled.
    FiscalTaken { known: ShownHolder } => "FISCAL_TAKEN", "Фискальный документ уже записан: {known}. Баллы за этот чек не начислены, офис программы разберётся.";
    /// This partner has no such receipt.
    ReceiptUnknown => "RECEIPT_UNKNOWN", "Чек продажи не найден.";
    /// The goods come back before they were sold.
    ReturnBeforeSale => "RETURN_BEFORE_SALE", "Дата возврата раньше даты продажи. Проверьте дату кассы.";
    /// The receipt was cancelled.
    ReceiptCancelled => "RECEIPT_CANCELLED", "Чек продажи отменён.";
    /// The receipt is another store's: a till cancels those of its own.
    ReceiptOfAnotherStore { store: String } => "RECEIPT_OF_ANOTHER_STORE", "Чек записан в магазине {store}: отменить его можно там или через головной офис.";
    /// The receipt is somebody's: it was sold with a card or a phone, or was claimed.
    ReceiptClaimed => "RECEIPT_CLAIMED", "Этот чек уже записан на карту или телефон: второй раз баллы за него не начисляются.";
    /// The receipt earns nothing, because its fiscal document is another's.
    ReceiptWithheld => "RECEIPT_WITHHELD", "За этот чек баллы не начисляются: его фискальный документ записан у другого чека. Обратитесь в офис программы.";
    /// The receipt is older than it may be to be claimed.
    ClaimTooLate { days: i64 } => "CLAIM_TOO_LATE", "Покупка была {days} дн. назад: записать её на карту уже нельзя.";
    /// Part of the receipt was returned: it cannot be cancelled whole.
    ReceiptReturned => "RECEIPT_RETURNED", "По чеку уже был возврат. Оформите возврат остатка.";
    /// More is returned than was sold and is left.
    ReturnOverSold { line: u32, left: Quantity } => "RETURN_OVER_SOLD", "По строке {line} можно вернуть не больше {left}.";
    /// A line that the receipt does not have.
    ReturnLineUnknown { line: u32 } => "RETURN_LINE_UNKNOWN", "В чеке продажи нет строки {line}.";
    /// Everything was returned before.
    ReturnNothingLeft => "RETURN_NOTHING_LEFT", "Все товары чека уже возвращены.";
    /// The calculation differs from the one that the customer accepted.
    QuoteChanged => "QUOTE_CHANGED", "Условия изменились, проверьте новый расчёт и подтвердите покупку ещё раз.";
    /// Points need a card or a phone.
    IdentifierRequired => "IDENTIFIER_REQUIRED", "Чтобы использовать баллы, укажите карту или телефон клиента.";
    /// No points were requested.
    PointsRequired => "POINTS_REQUIRED", "Укажите, сколько баллов использовать.";
    /// A correction names an entry that the account's journal does not have.
    EntryUnknown { entry: i64 } => "ENTRY_UNKNOWN", "В журнале счёта нет записи {entry}. Проверьте её номер.";
    /// Not a multiple of the programme's unit of spending.
    PointsUnit { unit: Points } => "POINTS_UNIT", "Баллы списываются кратно {unit}. Измените количество.";
    /// The account has fewer.
    PointsNotEnough { available: Points } => "POINTS_NOT_ENOUGH", "Недостаточно баллов: доступно {available}.";
    /// The receipt allows fewer.
    PointsOverLimit { max: Points } => "POINTS_OVER_LIMIT", "На этот чек можно списать не больше {max} баллов.";
    /// The account would hold, owe or count more than the contract can tell.
    PointsTooMany => "POINTS_TOO_MANY", "Баллов на счёте клиента стало бы больше 999 999 999,99. Проведите покупку без карты и обратитесь в офис программы.";
    /// Points are spent out of a hold only.
    ReservationRequired => "RESERVATION_REQUIRED", "Списание баллов требует резерва. Сначала зарезервируйте баллы.";
    /// This partner has no such hold.
    ReservationUnknown => "RESERVATION_UNKNOWN", "Резерв не найден.";
    /// The hold belongs to another customer, card or store.
    ReservationMismatch => "RESERVATION_MISMATCH", "Резерв сделан для другого клиента, другой карты или другого магазина.";
    /// The code has not been confirmed.
    ReservationAwaitsCode => "RESERVATION_AWAITS_CODE", "Списание не подтверждено. Введите код из SMS.";
    /// The hold needs no code, or has been confirmed.
    ReservationConfirmed => "RESERVATION_CONFIRMED", "Резерв уже подтверждён.";
    /// The hold was captured.
    ReservationCaptured => "RESERVATION_CAPTURED", "Баллы этого резерва уже списаны.";
    /// The hold was released.
    ReservationReleased => "RESERVATION_RELEASED", "Резерв снят. Зарезервируйте баллы заново.";
    /// The hold has expired.
    ReservationExpired => "RESERVATION_EXPIRED", "Время резерва истекло. Зарезервируйте баллы заново.";
    /// Not the code that was sent.
    CodeWrong { tries_left: i64 } => "CODE_WRONG", "Код неверен. Осталось попыток: {tries_left}.";
    /// The code has expired.
    CodeExpired => "CODE_EXPIRED", "Срок действия кода истёк. Запросите новый код.";
    /// No try is left.
    CodeTriesExhausted => "CODE_TRIES_EXHAUSTED", "Попытки исчерпаны, резерв снят. Зарезервируйте баллы заново.";
    /// No code was requested.
    CodeNotSent => "CODE_NOT_SENT", "Код не запрашивался. Сначала отправьте код.";
    /// A code was sent a moment ago.
    CodeTooSoon { wait_seconds: i64 } => "CODE_TOO_SOON", "Новый код можно отправить через {wait_seconds} сек.";
    /// The daily cap of codes for this phone or till is reached.
    CodeLimit => "CODE_LIMIT", "Сегодня на этот телефон или с этой кассы отправлено слишком много кодов. Попробуйте завтра.";
    /// The phone is confirmed already.
    PhoneConfirmed => "PHONE_CONFIRMED", "Телефон уже подтверждён.";
    /// A resource of the operation is unavailable now, such as random numbers for a code or a password.
    TryLater => "TRY_LATER", "Сейчас операция невозможна. Повторите её позже с новым идентификатором.";
    /// No such case, or another partner's.
    CaseUnknown => "CASE_UNKNOWN", "Такого случая нет. Проверьте его номер в списке.";
    /// The case was closed before.
    CaseClosed => "CASE_CLOSED", "Этот случай уже закрыт.";
    /// No consent to withdraw.
    ConsentUnknown => "CONSENT_UNKNOWN", "Действующего согласия такого вида нет.";
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
    /// Refused, but the changes stay: a wrong code costs a try.
    Counted(Refusal),
    /// Refused without changes, but the answer has data: a changed quote has the new one.
    Shown(Refusal, T),
}

/// A decision: refused outright, or decided.
pub type Decision<T> = Result<Decided<T>, Refusal>;

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_code_is_its_own_and_every_sentence_ends() {
        let codes: BTreeSet<_> = Refusal::ALL.iter().map(|(code, _)| *code).collect();
        assert_eq!(codes.len(), Refusal::ALL.len());
        for (code, text) in Refusal::ALL {
            assert!(code.chars().all(|c| c.is_ascii_uppercase() || c == '_'), "{code}");
            assert!(text.ends_with('.'), "{text}");
        }
    }

    #[test]
    fn a_replaced_card_names_its_successor() {
        let refusal = Refusal::CardReplaced { successor: "7002".into() };
        assert_eq!(refusal.code(), "CARD_REPLACED");
        assert!(refusal.to_string().contains("7002"));
    }
}

#!/usr/bin/env python3
"""The product's story, told by a real SOAP client (zeep) that knows nothing but the published WSDLs.

A till issues a card, sells, spends points with a code from an SMS, takes goods back, replaces the card; on the way it
makes every mistake that a till makes. Each answer is checked against figures that are computed here independently.

    story.py --url http://127.0.0.1:8080 --sms PATH/sms.log [--cards-prefix 72]

The server must run with its demo data. A database that has heard the story already needs another prefix.
"""

import argparse
import hashlib
import re
import sys
import time
import traceback
import uuid
from datetime import date, datetime, timedelta, timezone
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal

import zeep
from lxml import etree
from zeep.transports import Transport

POS = "urn:kopilka:ws:pos:1"
SOAP_1_1 = "http://schemas.xmlsoap.org/soap/envelope/"
STORE_TIME = timezone(timedelta(hours=3))
SMS_TIMEOUT_S = 15
CALL_TIMEOUT_S = 30
POLL_S = 0.02
# A page of a statement carries 200 movements; so many receipts need a second page.
RECEIPTS_FOR_TWO_PAGES = 205
STATEMENT_PAGES_MAX = 20
KOPECK = Decimal("0.01")


class Wire(Transport):
    """zeep's transport that keeps both sides of the last exchange, byte for byte."""

    def __init__(self, login, password):
        super().__init__(timeout=CALL_TIMEOUT_S, operation_timeout=CALL_TIMEOUT_S)
        self.session.auth = (login, password)
        self.request = self.answer = b""
        self.status = None

    def post(self, address, message, headers):
        self.request, self.answer, self.status = message, b"", None
        response = super().post(address, message, headers)
        self.answer, self.status = response.content, response.status_code
        return response


class Service:
    """One service of the gateway, as one login sees it."""

    used_last = None

    def __init__(self, url, name, login="demo", password=None, port="Soap"):
        self.wire = Wire(login, password if password is not None else login)
        self.client = zeep.Client(f"{url}/ws/{name.lower()}?wsdl", transport=self.wire)
        self.bound = self.client.bind(name, f"{name}{port}")

    def __getattr__(self, operation):
        def call(**arguments):
            Service.used_last = self.wire
            return getattr(self.bound, operation)(**arguments)

        return call


class Told:
    """What was told so far, and what has to be remembered from one chapter to the next."""

    def __init__(self):
        self.passed = 0

    def ok(self, step, what):
        self.passed += 1
        print(f"ok {self.passed:02} {step}: {what}", flush=True)


def same(actual, expected, what):
    assert actual == expected, f"{what}: expected {expected!r}, got {actual!r}"


def done(answer, what):
    assert answer.code == "OK", f"{what}: expected OK, got {answer.code} «{answer.message}»"
    return answer


def refused(answer, *codes):
    assert answer.code in codes, f"expected a refusal {' or '.join(codes)}, got {answer.code} «{answer.message}»"
    assert re.search("[а-яА-Я]", answer.message or ""), f"{answer.code} has no Russian sentence: {answer.message!r}"
    return answer


def fault_of(call, **arguments):
    """The code and the description of the fault that a call must end with."""
    try:
        answer = call(**arguments)
    except zeep.exceptions.Fault as fault:
        error = next(iter(fault.detail.iter(f"{{{POS}}}error", "{*}error")), None)
        assert error is not None, "the fault has no detail/error"
        text = {etree.QName(child).localname: child.text for child in error}
        assert text.get("requestId"), "the fault names no request"
        return text["code"], text["description"] or ""
    raise AssertionError(f"expected a fault, got {answer}")


def now():
    return datetime.now(STORE_TIME).replace(microsecond=0)


def local_now():
    """The store's time without an offset, as 1C sends it."""
    return now().replace(tzinfo=None)


def context(till="M1-01", key=None, at=None):
    occurred_at = at if at is not None else local_now()
    return {
        "operationKey": key or str(uuid.uuid4()), "till": till, "cashier": "Иванова А. П.", "shift": "17",
        "occurredAt": occurred_at,
    }


def line(number, quantity, price, discount="0.00", **other):
    """A line whose sum is what a till computes: price × quantity to a kopeck, less the discount."""
    full = (Decimal(price) * Decimal(quantity)).quantize(KOPECK, ROUND_HALF_UP)
    made = {
        "number": number, "goodsCode": f"G-{number}", "name": f"Товар {number}", "quantity": Decimal(quantity),
        "price": Decimal(price), "sum": full - Decimal(discount),
    }
    if Decimal(discount):
        made["discountGranted"] = Decimal(discount)
    return made | other


def sum_of(items, name):
    return sum((getattr(item, name) for item in items), Decimal(0))


def points_for(base):
    """The demo programme: a whole point for each whole 100 roubles."""
    return (base / 100).to_integral_value(ROUND_FLOOR)


def lines_of(answer):
    return answer.lines.line or []


def rule_of(programme, kind):
    """The rule of a kind, which the programme must have."""
    return next(rule for rule in programme.rules.rule if rule.kind == kind)


def check_totals(answer, spent):
    """What a fiscal registrar and an accountant would check."""
    lines = lines_of(answer)
    same(sum_of(lines, "pointsAsMoney"), spent, "Σ pointsAsMoney over the lines")
    same(sum_of(lines, "amountDue"), answer.amountDue, "Σ amountDue over the lines")
    parts = [part for one in lines for part in one.parts.part]
    same(sum_of(parts, "sum"), answer.amountDue, "Σ sum over the parts")
    for one in lines:
        same(sum_of(one.parts.part, "sum"), one.amountDue, f"Σ parts of line {one.number}")
    for part in parts:
        off = abs(part.quantity * part.price - part.sum)
        assert off <= KOPECK, f"a part is {off} away from quantity × price: {part}"


class SmsLog:
    """The phone of every customer: the demo server writes its messages into a file."""

    def __init__(self, path):
        self.path = path

    def messages(self, phone):
        try:
            with open(self.path, encoding="utf-8") as file:
                lines = file.read().split("\n")[:-1]
        except FileNotFoundError:
            return []
        heard = (re.match(rf"\S+ \S+ №\d+ {re.escape(phone)}(?: от .+?)?: (.*)$", text) for text in lines)
        return [match.group(1) for match in heard if match]

    def code_after(self, phone, count):
        """The code of the first message to a phone after `count` others."""
        give_up = time.monotonic() + SMS_TIMEOUT_S
        while len(heard := self.messages(phone)) <= count:
            assert time.monotonic() < give_up, f"no SMS to {phone} within {SMS_TIMEOUT_S} s in {self.path}"
            time.sleep(POLL_S)
        codes = re.findall(r"(?<!\d)\d{6}(?!\d)", heard[count])
        assert len(codes) == 1, f"the SMS must hold one six-digit code: {heard[count]!r}"
        return codes[0]


class Story:
    def __init__(self, arguments):
        self.url = arguments.url.rstrip("/")
        self.sms = SmsLog(arguments.sms)
        self.told = Told()
        prefix = arguments.cards_prefix
        self.prefix = prefix
        numbers = (f"{prefix}{number:04}" for number in range(1, 6))
        self.card, self.spare, self.second, self.third, self.spoilt = numbers
        # The subscriber numbers follow from the prefix, so that every run has customers of its own.
        unique = int(hashlib.sha256(prefix.encode()).hexdigest(), 16) % 100_000
        self.national = f"916{unique:05}67"
        self.phone = f"+7{self.national}"
        self.other_phone = f"+7926{unique:05}89"
        self.third_phone = f"+7903{unique:05}45"
        self.receipts = 0

    def ok(self, step, what):
        self.told.ok(step, what)

    def receipt(self, lines, identifier=None, till="M1-01", at=None, **other):
        self.receipts += 1
        made = {
            "till": till, "shift": "17", "number": f"{self.prefix}-{self.receipts}",
            "at": at if at is not None else local_now(), "channel": "till", "lines": {"line": lines},
        }
        if identifier is not None:
            made["identifier"] = identifier
        return made | other

    def sell(self, receipt, reservation="", points="0.00", **context_of):
        return self.pos.RegisterReceipt(
            context=context(**context_of), receipt=receipt, reservationId=reservation, pointsToSpend=Decimal(points)
        )

    def balance(self, identifier=None):
        answer = done(self.pos.GetBalance(identifier=identifier or self.card), "GetBalance")
        total = answer.available + answer.pending + answer.reserved
        same(answer.total, total, "total = available + pending + reserved")
        return answer

    def tell(self):
        self.connects()
        self.office_registers_cards()
        self.office_opens_a_till()
        self.till_issues_a_card()
        self.first_sale()
        self.lost_answers()
        self.larger_sale()
        self.redemption()
        self.capture()
        self.change_of_mind()
        self.returns()
        self.cancellation()
        self.questionnaire_and_consents()
        self.phone_is_confirmed()
        self.mistakes()
        self.faults()
        self.blocking()
        self.statement()
        self.replacement()
        self.long_statement()
        self.speaks_soap_1_2()

    # Chapters, in the order in which they are told.

    def connects(self):
        self.pos = Service(self.url, "Pos_1")
        self.office = Service(self.url, "Office_1", "office")
        done(self.pos.Ping(), "Ping")
        who = done(self.pos.WhoAmI(), "WhoAmI")
        same(who.login, "demo", "who I am")
        assert who.partner and who.network, f"the demo login is nobody's: {who}"
        assert "till" in who.roles.role, f"the demo login has no role «till»: {who.roles.role}"
        self.ok("connect", f"{who.login} of {who.partner}, contract {who.contractVersion}")
        versions = done(self.pos.GetVersions(), "GetVersions").versions.version
        current = [one.namespace for one in versions if one.status == "current"]
        assert POS in current, f"{POS} is not among the current versions: {current}"
        self.ok("versions", ", ".join(one.name for one in versions))

    def office_registers_cards(self):
        batch = {"prefix": self.prefix, "from": "0001", "to": "0020"}
        request = {"operationKey": str(uuid.uuid4()), "actor": "Петрова", "occurredAt": local_now()}
        first = done(self.office.RegisterCards(context=request, batch=batch), "RegisterCards")
        same(first.registered, 20, "cards registered")
        again = done(self.office.RegisterCards(context=request, batch=batch), "RegisterCards repeated")
        same(again.registered, 20, "cards of the repeated answer")
        other = request | {"operationKey": str(uuid.uuid4())}
        refused(self.office.RegisterCards(context=other, batch=batch), "CARD_EXISTS")
        self.ok("register cards", f"{self.prefix}0001…0020 by the office, once")
        rules = done(self.office.GetProgramme(programmeCode="demo"), "GetProgramme").programme
        accrual = rule_of(rules, "accrual")
        same((accrual.points, accrual.step), (Decimal("1.00"), Decimal("100.00")), "the rule of accrual")
        same(rule_of(rules, "spending").share, Decimal(50), "the rule of redemption")
        same(rule_of(rules, "codes").tries, 3, "the rule of codes")
        self.ok("programme", f"«{rules.name}»: {accrual.points} point for {accrual.step} roubles")

        accrual.points = Decimal("2.00")
        following = {name: rules[name] for name in dir(rules)}
        following |= {"validFrom": local_now() + timedelta(days=365)}
        request = request | {"operationKey": str(uuid.uuid4())}
        saved = done(self.office.SaveProgramme(context=request, programme=following), "SaveProgramme").programme
        same(rule_of(saved, "accrual").points, Decimal("2.00"), "the next edition")
        same(saved.version, rules.version + 1, "its number")
        other = request | {"operationKey": str(uuid.uuid4())}
        refused(self.office.SaveProgramme(context=other, programme=following), "VERSION_CHANGED")
        rules = done(self.office.GetProgramme(programmeCode="demo"), "GetProgramme").programme
        same(rule_of(rules, "accrual").points, Decimal("2.00"), "the edition saved last")
        self.ok("next edition", "saved for the next year, and the next save starts from it")

    def office_opens_a_till(self):
        login, code, password = f"till-{self.prefix}", f"T{self.prefix}", f"secret-{uuid.uuid4()}"
        settings = {"store": "M1", "till": code, "login": login, "password": password, "roles": {"role": ["till"]}}
        request = {"operationKey": str(uuid.uuid4()), "occurredAt": local_now()}
        saved = done(self.office.SaveTill(context=request, tillSettings=settings), "SaveTill")
        same((saved.till, saved.login), (code, login), "the new till")
        opened = Service(self.url, "Pos_1", login, password)
        who = done(opened.WhoAmI(), "WhoAmI of the new till")
        same((who.till, who.store, who.roles.role), (code, "M1", ["till"]), "who the new till is")
        blank = self.receipt([line(1, "1", "10.00")], till=code)
        sale = {"receipt": blank, "reservationId": "", "pointsToSpend": Decimal(0)}
        done(opened.RegisterReceipt(context=context(till=code), **sale), "a sale of the new till")
        other = sale | {"receipt": blank | {"till": "M1-01"}}
        refused(opened.RegisterReceipt(context=context(), **other), "TILL_NOT_YOURS")
        self.plain_till = opened
        self.ok("open a till", f"{code} sells as {login}, and as no other till")

    def till_issues_a_card(self):
        spelled = f"+7 ({self.national[:3]}) {self.national[3:6]}-{self.national[6:8]}-{self.national[8:]}"
        answer = self.pos.IssueCard(context=context(), cardNumber=self.card, identifier=spelled)
        same((done(answer, "IssueCard").card.number, answer.card.state), (self.card, "issued"), "the card issued")
        self.ok("issue", f"{self.card} to a new customer, {spelled}")
        answer = self.pos.ActivateCard(context=context(at=now()), cardNumber=self.card)
        same(done(answer, "ActivateCard").card.state, "active", "the card's state")
        refused(self.pos.ActivateCard(context=context(), cardNumber=self.card), "CARD_ALREADY_ACTIVE")
        refused(self.pos.IssueCard(context=context(), cardNumber=self.card, identifier=spelled), "CARD_ALREADY_ISSUED")
        self.ok("activate", "active; a second activation and a second issue are refused")
        spelled = f"8 {self.national[:3]} {self.national[3:6]} {self.national[6:8]} {self.national[8:]}"
        # The login that only sells: what it sees of a customer is shortened.
        found = done(self.plain_till.FindCustomer(identifier=spelled), "FindCustomer")
        same([card.number for card in found.cards.card], [self.card], "the customer's cards")
        assert "***" in found.customer.phone, f"a till must not see the whole phone: {found.customer.phone}"
        same(self.balance(spelled).total, Decimal(0), "the balance of a new customer")
        self.ok("find", f"{spelled} is {found.customer.phone}")

    def first_sale(self):
        lines = [
            line(1, "1.235", "899.90"),
            line(2, "2", "1500.00", noEarn=True),
            line(3, "3", "2800.00", discount="165.71"),
        ]
        self.first_receipt = self.receipt(lines, identifier=f"7{self.national}", at=now())
        same(sum(one["sum"] for one in lines), Decimal("12345.67"), "the receipt's sum")
        expected = points_for(sum(one["sum"] for one in lines if not one.get("noEarn")))
        quote = done(self.pos.QuoteReceipt(receipt=self.first_receipt, pointsWanted=Decimal(0)), "QuoteReceipt")
        same((quote.amountDue, quote.pointsToEarn), (Decimal("12345.67"), expected), "the quote")
        same(quote.discountTotal, Decimal("165.71"), "the discounts of the quote")
        check_totals(quote, Decimal(0))
        same(self.balance().total, Decimal(0), "a quote changes nothing: the balance")
        self.ok("quote", f"{quote.amountDue} roubles, {expected} points to earn")

        self.first_context = context()
        answer = done(self.first_again(), "RegisterReceipt")
        same((answer.pointsEarned, answer.amountDue), (expected, Decimal("12345.67")), "the sale")
        same(sum_of(lines_of(answer), "pointsToEarn"), expected, "Σ pointsToEarn over the lines")
        same(lines_of(answer)[1].pointsToEarn, Decimal(0), "what the excluded line earns")
        same(answer.balance.available, expected, "the balance in the answer")
        check_totals(answer, Decimal(0))
        self.first_sale_answer, self.first_bytes = answer, self.pos.wire.answer
        self.ok("sell", f"receipt {answer.receiptId}, {answer.pointsEarned} points earned")
        same(self.balance().available, expected, "the balance at once")
        self.available = expected
        self.ok("balance", f"{self.available} available at once")

    def first_again(self):
        return self.pos.RegisterReceipt(
            context=self.first_context, receipt=self.first_receipt, reservationId="", pointsToSpend=Decimal(0)
        )

    def lost_answers(self):
        done(self.first_again(), "the same request again")
        same(self.pos.wire.answer, self.first_bytes, "the bytes of the second answer")
        same(self.balance().available, self.available, "the balance after a repeat")
        self.ok("repeat", f"the same request, the same {len(self.first_bytes)} bytes, no second accrual")
        key = self.first_context["operationKey"]
        found = done(self.pos.GetOperation(operationKey=key), "GetOperation")
        same((found.found, found.operation), (True, "RegisterReceipt"), "the lost operation")
        identity = f"receiptId>{self.first_sale_answer.receiptId}</"
        assert identity in found.answer, f"the stored answer has no {identity}: {found.answer}"
        # It is a document of its own; all that was not sent is the declaration of its prefix.
        assert etree.fromstring(found.answer).tag == f"{{{POS}}}return", found.answer
        sent = found.answer.replace(f' xmlns:m="{POS}"', "", 1)
        assert sent != found.answer and sent.encode() in self.first_bytes, "the stored answer is not the one that was sent"
        unknown = done(self.pos.GetOperation(operationKey=str(uuid.uuid4())), "GetOperation of an unknown key")
        same((unknown.found, unknown.answer), (False, None), "an operation that never was")
        self.ok("lost answer", "found by its key, as it was sent; an unknown key is not found")
        other = self.first_receipt | {"number": "another"}
        reused = self.pos.RegisterReceipt(
            context=self.first_context, receipt=other, reservationId="", pointsToSpend=Decimal(0)
        )
        refused(reused, "OPERATION_KEY_REUSED")
        refused(self.sell(self.first_receipt), "RECEIPT_DUPLICATE")
        same(self.balance().available, self.available, "the balance after the refusals")
        self.ok("twice", "a key with another body, and a receipt under another key, are refused")

    def larger_sale(self):
        fiscal = {"fn": f"99604403000{self.prefix}", "fd": "2", "fp": "3141592653"}
        receipt = self.receipt([line(1, "1", "54321.00", brand="Бренд")], self.card, fiscal=fiscal)
        answer = done(self.sell(receipt), "RegisterReceipt")
        same(answer.pointsEarned, points_for(Decimal("54321.00")), "points earned")
        self.available += answer.pointsEarned
        same(self.balance().available, self.available, "the balance")
        again = self.receipt([line(1, "1", "1.00")], self.card, fiscal=fiscal)
        refused(self.sell(again), "FISCAL_DUPLICATE")
        self.ok("sell more", f"{answer.pointsEarned} more, {self.available} available; a fiscal document counts once")

    def redemption(self):
        self.spend_receipt = self.receipt(
            [
                line(1, "1.235", "899.90"),
                line(2, "3", "100.00", noSpend=True),
                line(3, "7", "57.10", minimumPrice=Decimal("40.00")),
            ],
            self.card,
        )
        wanted = Decimal("100.00")
        quote = done(self.pos.QuoteReceipt(receipt=self.spend_receipt, pointsWanted=wanted), "QuoteReceipt")
        same(quote.codeRequired, True, "whether a code is required")
        # Half of what may be paid by points, in whole points, as far as there are any.
        eligible = Decimal("1111.38") + Decimal("399.70")
        limit = min((eligible / 2).to_integral_value(ROUND_FLOOR), self.available)
        same((quote.pointsMax, quote.pointsAvailable), (limit, self.available), "the most that may be spent")
        check_totals(quote, wanted)
        same(lines_of(quote)[1].pointsAsMoney, Decimal(0), "what points pay of the excluded line")
        self.quote = quote
        self.ok("quote points", f"at most {quote.pointsMax} of {quote.pointsAvailable}, by a code")

        heard = len(self.sms.messages(self.phone))
        answer = done(
            self.pos.ReservePoints(context=context(), receipt=self.spend_receipt, points=wanted), "ReservePoints"
        )
        same((answer.state, answer.points), ("awaiting_code", wanted), "the hold")
        masked = f"+7 {self.national[:3]} ***-**-{self.national[-2:]}"
        same(answer.codeSentTo, masked, "where the code went")
        self.reservation = answer.reservationId
        balance = self.balance()
        same((balance.reserved, balance.available), (wanted, self.available - wanted), "reserved and available")
        self.ok("reserve", f"{wanted} points held, code sent to {masked}")
        same(self.reservation_state(), "awaiting_code", "the hold's state")
        refused(self.pos.ResendCode(context=context(), reservationId=self.reservation), "CODE_TOO_SOON")
        refused(self.sell(self.spend_receipt, self.reservation, "73.00"), "RESERVATION_AWAITS_CODE")
        self.ok("too early", "no sale before the code is confirmed, no second code at once")
        self.confirm(self.sms.code_after(self.phone, heard), answer.triesLeft)

    def reservation_state(self):
        return done(self.pos.GetReservation(reservationId=self.reservation), "GetReservation").state

    def confirm(self, code, tries):
        wrong = f"{(int(code) + 1) % 1_000_000:06}"
        answer = self.pos.ConfirmReservation(
            context=context(), reservationId=self.reservation, confirmationCode=wrong
        )
        refused(answer, "CODE_WRONG")
        left = re.search(r"\d+", answer.message)
        assert left, f"the refusal does not say how many tries are left: {answer.message}"
        if tries is not None:
            same(int(left.group()), tries - 1, "tries left")
        self.ok("wrong code", f"refused, «{answer.message}»")
        answer = done(
            self.pos.ConfirmReservation(context=context(), reservationId=self.reservation, confirmationCode=code),
            "ConfirmReservation",
        )
        same(answer.state, "held", "the hold's state")
        same(self.reservation_state(), "held", "the hold's state, asked for")
        self.ok("confirm", "the code from the SMS is right, the points are held")

    def capture(self):
        spent, held = Decimal("73.00"), Decimal("100.00")
        too_many = self.sell(self.spend_receipt, self.reservation, "101.00")
        assert too_many.code != "OK", "more than was held was spent"
        answer = done(self.sell(self.spend_receipt, self.reservation, spent), "RegisterReceipt with points")
        same((answer.pointsSpent, answer.pointsReleased), (spent, held - spent), "points spent and released")
        check_totals(answer, spent)
        whole = sum(one["sum"] for one in self.spend_receipt["lines"]["line"])
        same(answer.amountDue, whole - spent, "the money to pay")
        same(answer.pointsEarned, points_for(whole - spent), "points earned on the money only")
        self.available += answer.pointsEarned - spent
        same((answer.balance.available, answer.balance.reserved), (self.available, Decimal(0)), "the balance told")
        balance = self.balance()
        same((balance.available, balance.reserved), (self.available, Decimal(0)), "the balance asked for")
        self.spend_answer = answer
        self.ok("capture", f"{spent} spent, {answer.pointsReleased} released, {answer.pointsEarned} earned")
        refused(self.sell(self.receipt([line(1, "1", "500.00")], self.card), self.reservation, "10.00"),
                "RESERVATION_CAPTURED")
        released = self.pos.ReleaseReservation(
            context=context(), reservationId=self.reservation, reason="Покупатель передумал"
        )
        refused(released, "RESERVATION_CAPTURED")
        self.ok("once", "a hold is spent once")

    def change_of_mind(self):
        issue = {"cardNumber": self.third, "identifier": self.third_phone}
        done(self.pos.IssueCard(context=context(), **issue), "IssueCard")
        done(self.sell(self.receipt([line(1, "10", "999.99")], self.third)), "a sale to an issued card")
        same(self.balance(self.third).available, Decimal(99), "what an issued card earns")
        hold = {"receipt": self.receipt([line(1, "1", "100.00")], self.third), "points": Decimal("20.00")}
        refused(self.pos.ReservePoints(context=context(), **hold), "CARD_NOT_ACTIVE")
        self.ok("issued card", "earns and does not spend")
        done(self.pos.ActivateCard(context=context(), cardNumber=self.third), "ActivateCard")
        held = done(self.pos.ReservePoints(context=context(), **hold), "ReservePoints")
        release = {"reservationId": held.reservationId, "reason": "Покупатель передумал"}
        answer = done(self.pos.ReleaseReservation(context=context(), **release), "ReleaseReservation")
        same(answer.state, "released", "the hold's state")
        after = self.balance(self.third)
        same((after.available, after.reserved), (Decimal(99), Decimal(0)), "the balance after the release")
        refused(self.pos.ReleaseReservation(context=context(), **release), "RESERVATION_RELEASED")
        late = {"reservationId": held.reservationId, "confirmationCode": "000000"}
        refused(self.pos.ConfirmReservation(context=context(), **late), "RESERVATION_RELEASED")
        self.ok("release", "the points are available again; a hold is released once")

    def returns(self):
        self.take_back("whole line", 1, "1.235")
        # A part of the pieces: of each amount of the line its share, rounded down.
        self.take_back("part of a line", 3, "3")
        again = {"receiptId": self.spend_answer.receiptId, "till": "M1-01", "number": f"{self.prefix}-R9",
                 "at": local_now(), "lines": {"line": [{"number": 3, "quantity": Decimal(5)}]}}
        refused(self.pos.QuoteReturn(returnReceipt=again), "RETURN_OVER_SOLD")
        answer = self.pos.CancelReceipt(
            context=context(), receiptId=self.spend_answer.receiptId, reason="Ошибка кассира"
        )
        refused(answer, "RECEIPT_RETURNED")
        self.ok("returned", "no more than was sold comes back; a receipt with a return is not cancelled whole")

    def take_back(self, title, number, quantity):
        sold = next(one for one in lines_of(self.spend_answer) if one.number == number)
        of = next(one for one in self.spend_receipt["lines"]["line"] if one["number"] == number)["quantity"]

        def share(amount):
            return (amount * Decimal(quantity) / of).quantize(KOPECK, ROUND_FLOOR)

        expected = (share(sold.amountDue), share(sold.pointsAsMoney), share(sold.pointsToEarn))
        back = {
            "receiptId": self.spend_answer.receiptId, "till": "M1-01", "shift": "17",
            "number": f"{self.prefix}-R{number}", "at": local_now(),
            "lines": {"line": [{"number": number, "quantity": Decimal(quantity)}]},
        }

        def figures(answer):
            return (answer.amountRefund, answer.pointsRestored, answer.pointsRevoked)

        quote = done(self.pos.QuoteReturn(returnReceipt=back), "QuoteReturn")
        same(figures(quote), expected, "the quote of the return")
        same(self.balance().available, self.available, "a quote changes nothing: the balance")
        answer = done(self.pos.RegisterReturn(context=context(), returnReceipt=back), "RegisterReturn")
        same(figures(answer), figures(quote), "the return against its quote")
        same([str(one) for one in lines_of(answer)], [str(one) for one in lines_of(quote)], "the lines of the return")
        self.available += answer.pointsRestored - answer.pointsRevoked
        same((answer.balance.available, self.balance().available), (self.available, self.available), "the balance")
        self.ok(f"return {title}", f"{answer.amountRefund} roubles and {answer.pointsRestored} points back, "
                                   f"{answer.pointsRevoked} revoked")

    def cancellation(self):
        sale = done(self.sell(self.receipt([line(1, "1", "1000.00")], self.card, till="M2-01"), till="M2-01"), "sale")
        same(self.balance().available, self.available + 10, "the balance after a sale in another store")
        cancel = {"context": context(), "receiptId": sale.receiptId, "reason": "Ошибка кассира"}
        refused(self.pos.CancelReceipt(**cancel), "RECEIPT_OF_ANOTHER_STORE")
        cancel["context"] = context("M2-01")
        answer = done(self.pos.CancelReceipt(**cancel), "CancelReceipt")
        same((answer.pointsRevoked, answer.pointsRestored), (Decimal(10), Decimal(0)), "points of the cancelled sale")
        same(self.balance().available, self.available, "the balance after the cancellation")
        refused(self.pos.CancelReceipt(**cancel | {"context": context("M2-01")}), "RECEIPT_CANCELLED")
        self.ok("cancel", f"receipt {sale.receiptId} and its {answer.pointsRevoked} points are undone, once")

    def questionnaire_and_consents(self):
        form = {"surname": "Кузнецова", "name": "Мария", "birthDate": date(1990, 5, 17), "sex": "female"}
        saved = done(
            self.pos.SaveQuestionnaire(context=context(), identifier=self.card, questionnaire=form), "SaveQuestionnaire"
        )
        assert saved.customerId, "the questionnaire names no customer"
        # What is not sent stays as it is.
        more = {"email": "maria@example.com"}
        done(self.pos.SaveQuestionnaire(context=context(), identifier=self.phone, questionnaire=more), "second save")
        read = done(self.pos.GetQuestionnaire(identifier=self.card), "GetQuestionnaire")
        same(read.customerId, saved.customerId, "the customer")
        same((read.questionnaire.sex, read.questionnaire.birthDate is not None), ("female", True), "the answers")
        assert read.questionnaire.name and read.questionnaire.email, f"answers are lost: {read.questionnaire}"
        wrong = {"birthDate": date.today() + timedelta(days=400)}
        refused(
            self.pos.SaveQuestionnaire(context=context(), identifier=self.card, questionnaire=wrong),
            "QUESTIONNAIRE_INVALID",
        )
        self.ok("questionnaire", "saved in two parts, read back; a birth in the future is refused")
        given = {"purpose": "advertising", "channel": "sms", "evidence": "бланк № 12",
                 "textHash": hashlib.sha256("Согласен получать рекламу".encode()).hexdigest()}
        done(self.pos.GiveConsent(context=context(), identifier=self.card, consent=given), "GiveConsent")
        same(self.consents(), [("advertising", "sms", False)], "the consents")
        withdraw = {"identifier": self.card, "purpose": "advertising", "channel": "sms"}
        done(self.pos.WithdrawConsent(context=context(), **withdraw), "WithdrawConsent")
        same(self.consents(), [("advertising", "sms", True)], "the consents after the withdrawal")
        refused(self.pos.WithdrawConsent(context=context(), **withdraw), "CONSENT_UNKNOWN")
        self.ok("consent", "given, withdrawn, kept with both times")

    def consents(self):
        kept = done(self.pos.GetQuestionnaire(identifier=self.card), "GetQuestionnaire").consents.consent
        return [(one.purpose, one.channel, one.withdrawnAt is not None) for one in kept]

    def phone_is_confirmed(self):
        registration = {"phone": self.other_phone, "name": "Пётр", "cardNumber": self.second}
        made = done(self.pos.RegisterCustomer(context=context(), registration=registration), "RegisterCustomer")
        same((made.card.number, made.customer.phoneConfirmed), (self.second, False), "the new customer")
        same(self.pos.RegisterCustomer(context=context(), registration=registration).code, "CUSTOMER_EXISTS",
             "the same phone again")
        heard = len(self.sms.messages(self.other_phone))
        sent = done(self.pos.SendPhoneCode(context=context(), phone=self.other_phone), "SendPhoneCode")
        assert "***" in sent.codeSentTo, f"the phone is not hidden: {sent.codeSentTo}"
        refused(self.pos.SendPhoneCode(context=context(), phone=self.other_phone), "CODE_TOO_SOON")
        code = self.sms.code_after(self.other_phone, heard)
        wrong = f"{(int(code) + 1) % 1_000_000:06}"
        refused(self.pos.VerifyPhone(context=context(), phone=self.other_phone, confirmationCode=wrong), "CODE_WRONG")
        done(self.pos.VerifyPhone(context=context(), phone=self.other_phone, confirmationCode=code), "VerifyPhone")
        same(self.pos.FindCustomer(identifier=self.other_phone).customer.phoneConfirmed, True, "phoneConfirmed")
        self.ok("phone", f"{sent.codeSentTo} confirmed by a code; a second code at once is refused")

    def mistakes(self):
        refused(self.pos.GetBalance(identifier="7999999999999"), "CARD_UNKNOWN", "CUSTOMER_UNKNOWN")
        unknown = self.receipt([line(1, "1", "100.00")], "7999999999999")
        refused(self.pos.QuoteReceipt(receipt=unknown, pointsWanted=Decimal(0)), "CARD_UNKNOWN")
        refused(self.pos.ActivateCard(context=context(), cardNumber="7999999999999"), "CARD_UNKNOWN")
        self.ok("unknown card", "refused")
        foreign = self.receipt([line(1, "1", "100.00")], self.card, till="X1-01")
        refused(self.sell(foreign, till="X1-01"), "TILL_NOT_YOURS")
        refused(self.sell(foreign | {"till": "NONE"}, till="NONE"), "TILL_UNKNOWN")
        self.ok("another's till", "refused, and so is one that nobody has")
        # A partner of the same programme serves its cards, and knows nothing of what others sold.
        stranger = Service(self.url, "Pos_1", "other")
        balance = done(stranger.GetBalance(identifier=self.card), "GetBalance of another partner")
        same(balance.available, self.available, "the balance, as another partner of the programme sees it")
        cancel = {"receiptId": self.spend_answer.receiptId, "reason": "Чужой чек"}
        refused(stranger.CancelReceipt(context=context("X1-01"), **cancel), "RECEIPT_UNKNOWN")
        refused(stranger.GetReservation(reservationId=self.reservation), "RESERVATION_UNKNOWN")
        lost = done(stranger.GetOperation(operationKey=self.first_context["operationKey"]), "GetOperation")
        same((lost.found, lost.answer), (False, None), "another partner's operation")
        self.ok("another partner", "serves the card, does not see receipts, holds and answers of others")
        ahead = local_now() + timedelta(hours=2)
        refused(self.sell(self.receipt([line(1, "1", "100.00")], self.card, at=ahead), at=ahead), "TIME_IN_FUTURE")
        self.ok("clock ahead", "refused")
        big = self.receipt([line(1, "1", "9000000.00")], self.card)
        small = self.receipt([line(1, "1", "100.00")], self.card)
        for receipt, points in ((big, "100000.00"), (small, "60.00")):
            answer = self.pos.ReservePoints(context=context(), receipt=receipt, points=Decimal(points))
            refused(answer, "POINTS_NOT_ENOUGH", "POINTS_OVER_LIMIT")
        refused(self.sell(small, points="10.00"), "RESERVATION_REQUIRED")
        self.ok("too many points", f"refused, «{answer.message}»")
        bad = self.receipt([line(1, "2", "100.00") | {"sum": Decimal("150.00")}], self.card)
        refused(self.pos.QuoteReceipt(receipt=bad, pointsWanted=Decimal(0)), "RECEIPT_INVALID")
        nobody = done(self.sell(self.receipt([line(1, "2", "100.00")])), "an anonymous sale")
        same((nobody.pointsEarned, nobody.amountDue), (Decimal(0), Decimal("200.00")), "an anonymous sale")
        same(self.balance().available, self.available, "the balance after all mistakes")
        self.ok("anonymous", f"a sale without a card is receipt {nobody.receiptId}")

    def faults(self):
        till_in_office = Service(self.url, "Office_1")
        code, _ = fault_of(till_in_office.GetProgramme, programmeCode="demo")
        same((till_in_office.wire.status, code), (500, "FORBIDDEN"), "a till in the office")
        self.ok("not allowed", "a till's login may not do the office's work: HTTP 500, FORBIDDEN")
        wrong = Service(self.url, "Pos_1", "demo", "guess")
        code, _ = fault_of(wrong.Ping)
        same((wrong.wire.status, code), (401, "UNAUTHENTICATED"), "a wrong password")
        self.ok("wrong password", "HTTP 401, UNAUTHENTICATED")
        malformed = self.receipt([line(1, "1", "100.00") | {"price": Decimal("100.005")}], self.card)
        code, description = fault_of(self.pos.QuoteReceipt, receipt=malformed, pointsWanted=Decimal(0))
        same((self.pos.wire.status, code), (500, "INVALID_REQUEST"), "a value with too many places")
        assert "price" in description, f"the fault does not name the element: {description}"
        malformed = self.receipt([line(1, "1", "100.00")], self.card) | {"channel": "fax"}
        _, description = fault_of(self.pos.QuoteReceipt, receipt=malformed, pointsWanted=Decimal(0))
        assert "channel" in description, f"the fault does not name the element: {description}"
        self.ok("malformed", f"INVALID_REQUEST, «{description}»")

    def blocking(self):
        about = {"cardNumber": self.card, "reason": "Карта найдена в магазине"}
        same(done(self.pos.BlockCard(context=context(), **about), "BlockCard").card.state, "blocked", "the state")
        refused(self.sell(self.receipt([line(1, "1", "100.00")], self.card)), "CARD_BLOCKED")
        same(done(self.pos.UnblockCard(context=context(), **about), "UnblockCard").card.state, "active", "the state")
        refused(self.pos.UnblockCard(context=context(), **about), "CARD_NOT_BLOCKED")
        self.ok("block", "a blocked card does nothing, an unblocked one everything")

    def pages(self, identifier):
        """Every movement of an account in its last days, page by page."""
        days = {"from": date.today() - timedelta(days=2), "to": date.today() + timedelta(days=2)}
        cursor, pages = "", []
        while cursor is not None:
            assert len(pages) < STATEMENT_PAGES_MAX, "the statement does not end"
            answer = done(self.pos.GetStatement(identifier=identifier, cursor=cursor, **days), "GetStatement")
            pages.append(answer.entries.entry or [])
            cursor = answer.nextCursor or None
        return pages

    def statement(self):
        entries = [entry for page in self.pages(self.card) for entry in page]
        same(sum_of(entries, "points"), self.available, "Σ points of the statement")
        same(entries[0].balanceAfter, self.available, "the balance after the last movement")
        for entry in entries:
            assert re.search("[а-яА-Я]", entry.text or ""), f"a movement without a Russian text: {entry}"
        kinds = {entry.kind for entry in entries}
        wanted = {"accrual", "redemption", "reservation", "release", "return", "cancellation"}
        assert wanted <= kinds, f"the statement has no {sorted(wanted - kinds)}, only {sorted(kinds)}"
        after = [entry.balanceAfter for entry in reversed(entries)]
        steps = [entry.points for entry in reversed(entries)]
        same([sum(steps[: i + 1]) for i in range(len(steps))], after, "the running balance")
        self.ok("statement", f"{len(entries)} movements, Σ = {self.available}, each explained")
        turned = {"from": date.today(), "to": date.today() - timedelta(days=1)}
        refused(self.pos.GetStatement(identifier=self.card, cursor="", **turned), "PERIOD_INVALID")

    def replacement(self):
        replace = {"cardNumber": self.card, "newCardNumber": self.spare, "reason": "Карта утеряна"}
        answer = done(self.pos.ReplaceCard(context=context(), **replace), "ReplaceCard")
        same((answer.card.number, answer.card.state), (self.spare, "active"), "the new card")
        same(self.balance(self.spare).available, self.available, "the balance of the new card")
        for sale in (self.sell(self.receipt([line(1, "1", "100.00")], self.card)),
                     self.pos.QuoteReceipt(receipt=self.receipt([line(1, "1", "100.00")], self.card),
                                           pointsWanted=Decimal(0))):
            refused(sale, "CARD_REPLACED")
            assert self.spare in sale.message, f"the refusal does not name the new card: {sale.message}"
        refused(self.pos.ReplaceCard(context=context(), **replace), "CARD_REPLACED", "NEW_CARD_NOT_FREE")
        self.ok("replace", f"{self.available} points follow to {self.spare}; «{sale.message}»")
        closed = done(self.pos.CloseCard(context=context(), cardNumber=self.spoilt, reason="Брак"), "CloseCard")
        same(closed.card.state, "closed", "the state")
        refused(self.pos.IssueCard(context=context(), cardNumber=self.spoilt, identifier=self.phone), "CARD_CLOSED")
        self.ok("close", f"{self.spoilt} is closed for good")

    def long_statement(self):
        for _ in range(RECEIPTS_FOR_TWO_PAGES):
            done(self.sell(self.receipt([line(1, "1", "100.00")], self.second)), "RegisterReceipt")
        pages = self.pages(self.second)
        entries = [entry for page in pages for entry in page]
        assert len(pages) > 1, f"{len(entries)} movements on one page"
        same(len(entries), RECEIPTS_FOR_TWO_PAGES, "movements on all pages")
        same(len({entry.receipt for entry in entries}), RECEIPTS_FOR_TWO_PAGES, "different receipts on all pages")
        same(sum_of(entries, "points"), self.balance(self.second).available, "Σ points of all pages")
        days = {"from": date.today(), "to": date.today()}
        answer = self.pos.GetStatement(identifier=self.second, cursor="no such page", **days)
        refused(answer, "CURSOR_INVALID")
        self.ok("pages", f"{len(entries)} movements on {len(pages)} pages, none twice, none lost")

    def speaks_soap_1_2(self):
        newer = Service(self.url, "Pos_1", port="Soap12")
        same(done(newer.GetBalance(identifier=self.spare), "GetBalance").available, self.available, "the balance")
        assert SOAP_1_1.encode() not in newer.wire.answer, "a 1.2 request got a 1.1 envelope"
        malformed = self.receipt([line(1, "1", "100.00") | {"quantity": Decimal("1.0001")}], self.spare)
        code, description = fault_of(newer.QuoteReceipt, receipt=malformed, pointsWanted=Decimal(0))
        same(code, "INVALID_REQUEST", "the fault")
        assert "quantity" in description, f"the fault does not name the element: {description}"
        self.ok("SOAP 1.2", f"the same balance; a fault of its own shape, «{description}»")


def main():
    parser = argparse.ArgumentParser(description="Tells the gateway's story through zeep.")
    parser.add_argument("--url", required=True, help="where the gateway listens, http://127.0.0.1:PORT")
    parser.add_argument("--sms", required=True, help="the demo server's sms.log")
    parser.add_argument("--cards-prefix", default="72", help="the first digits of this run's cards (default: 72)")
    story = Story(parser.parse_args())
    try:
        story.tell()
    except Exception as error:  # noqa: BLE001: whatever went wrong, the envelopes tell why
        if not isinstance(error, AssertionError):
            traceback.print_exc()
        print(f"FAILED after step {story.told.passed}: {error}", flush=True)
        wire = Service.used_last
        if wire is not None:
            print(f"── request\n{wire.request.decode(errors='replace')}")
            print(f"── answer, HTTP {wire.status}\n{wire.answer.decode(errors='replace')}")
        print(f"{story.told.passed} passed, 1 failed")
        sys.exit(1)
    print(f"{story.told.passed} passed, 0 failed")


if __name__ == "__main__":
    main()

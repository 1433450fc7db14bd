#!/usr/bin/env python3
"""A till that reads the contract as the 1C platform does, for the platform itself cannot run here.

Its rules are those that follow from WSDLs and BSL code published for 1C: the children of the request wrapper, in order,
are the arguments; the one child `return` of the answer is the result; a list is an element in its plural wrapper; an
optional property that was not set is absent; an element in an answer that the WSDL does not know is an error. Only the
published WSDL is read, by lxml and nothing else.

    positional.py --url http://127.0.0.1:8080 --sms PATH/sms.log

The server must run with its demo data, untouched.
"""

import argparse
import base64
import re
import sys
import time
import traceback
import urllib.error
import urllib.request
import uuid
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal

from lxml import etree

NAMESPACE = "urn:kopilka:ws:pos:1"
WSDL = "{http://schemas.xmlsoap.org/wsdl/}"
SOAP_BINDING = "{http://schemas.xmlsoap.org/wsdl/soap/}"
XS = "{http://www.w3.org/2001/XMLSchema}"
ENVELOPE = "{http://schemas.xmlsoap.org/soap/envelope/}"
CALL_TIMEOUT_S = 30
SMS_TIMEOUT_S = 15
POLL_S = 0.02
STATEMENT_PAGES_MAX = 20
# The store's time, which 1C sends without an offset.
STORE_TIME = timezone(timedelta(hours=3))
# The schema constructs that 1C reads well; the contract must use no other.
KNOWN_SCHEMA = {
    "schema", "complexType", "simpleType", "sequence", "element", "annotation", "documentation", "restriction",
    "minLength", "maxLength", "enumeration", "fractionDigits", "minInclusive", "maxInclusive",
}
BUILT_IN = {"string", "boolean", "decimal", "int", "date", "dateTime"}


class Misread(Exception):
    """What 1C would report as «неверный тип» or «неизвестное свойство»: nothing was sent, or the answer is not read."""


class Fault(Exception):
    def __init__(self, status, element):
        super().__init__(element.findtext("faultstring"))
        self.status, self.text = status, element.findtext("faultstring")
        error = element.find(f"detail/{{{NAMESPACE}}}error")
        self.code, self.description, self.request_id = (
            None if error is None else error.findtext(f"{{{NAMESPACE}}}{name}")
            for name in ("code", "description", "requestId")
        )


class Contract:
    """The WSDL, read as far as 1C needs it."""

    def __init__(self, source):
        self.root = etree.fromstring(source)
        self.schema = self.root.find(f"{WSDL}types/{XS}schema")
        strange = {etree.QName(one).localname for one in self.schema.iter(f"{XS}*")} - KNOWN_SCHEMA
        assert not strange, f"1C may not read {strange}"
        self.simple = {one.get("name"): one.find(f"{XS}restriction") for one in self.schema.findall(f"{XS}simpleType")}
        self.types = {one.get("name"): self.fields(one) for one in self.schema.findall(f"{XS}complexType")}
        wrappers = {one.get("name"): self.fields(one[-1]) for one in self.schema.findall(f"{XS}element")}
        first_port = self.root.find(f"{WSDL}service/{WSDL}port")
        assert first_port[0].tag.startswith(SOAP_BINDING), "the first port must be of SOAP 1.1"
        binding = self.root.find(f"{WSDL}binding[@name='{first_port.get('binding').split(':')[1]}']")
        self.operations = {}
        for one in binding.findall(f"{WSDL}operation"):
            name = one.get("name")
            request, response = wrappers[name], wrappers[f"{name}Response"]
            assert list(response) == ["return"], f"{name}: the result must be the one child «return»"
            assert not set(request) & set(response), f"{name}: an argument would be in-out"
            structures = [kind for kind, _, _ in request.values() if kind in self.types]
            assert len(structures) <= 2, f"{name}: too many structures"
            self.operations[name] = (one.find(f"{SOAP_BINDING}operation").get("soapAction"), request, response)

    @staticmethod
    def fields(complex_type):
        """name → (type, is required, is repeated), in order."""
        sequence = complex_type.find(f"{XS}sequence")
        assert sequence is not None, "a type without a sequence is not unwrapped"
        return {
            one.get("name"): (
                one.get("type").split(":")[1], one.get("minOccurs") != "0", one.get("maxOccurs") == "unbounded",
            )
            for one in sequence
        }

    def base_and_facets(self, kind):
        restriction = self.simple.get(kind)
        if restriction is None:
            assert kind in BUILT_IN, f"no type {kind}"
            return kind, []
        facets = [(etree.QName(one).localname, one.get("value")) for one in restriction]
        return restriction.get("base").split(":")[1], facets

    def written(self, kind, value):
        """A value as text, held to the facets as 1C holds it before sending."""
        base, facets = self.base_and_facets(kind)
        makers = {
            "string": (str, str), "boolean": (bool, lambda it: str(it).lower()), "int": (int, str),
            "decimal": (Decimal, str), "date": (date, lambda it: it.isoformat()),
            "dateTime": (datetime, lambda it: it.isoformat(timespec="seconds")),
        }
        wanted, make = makers[base]
        if type(value) is not wanted:
            raise Misread(f"{kind} takes {wanted.__name__}, gets {value!r}")
        text = make(value)
        self.hold(kind, base, facets, text)
        return text

    def read(self, kind, text):
        base, facets = self.base_and_facets(kind)
        try:
            if base == "boolean":
                value = {"true": True, "false": False}[text]
            else:
                value = {"string": str, "int": int, "decimal": Decimal, "date": date.fromisoformat,
                         "dateTime": datetime.fromisoformat}[base](text)
        except (ArithmeticError, KeyError, ValueError) as error:
            raise Misread(f"{text!r} is no {kind}") from error
        self.hold(kind, base, facets, text)
        return value

    @staticmethod
    def hold(kind, base, facets, text):
        allowed = [value for name, value in facets if name == "enumeration"]
        if allowed and text not in allowed:
            raise Misread(f"{kind} has no value {text!r}")
        for name, value in facets:
            kept = {
                "minLength": lambda: len(text) >= int(value),
                "maxLength": lambda: len(text) <= int(value),
                "fractionDigits": lambda: len(text.partition(".")[2]) <= int(value) and "E" not in text.upper(),
                "minInclusive": lambda: Decimal(text) >= Decimal(value),
                "maxInclusive": lambda: Decimal(text) <= Decimal(value),
                "enumeration": lambda: True,
            }[name]()
            if not kept:
                raise Misread(f"{text!r} breaks {name} {value} of {kind} ({base})")


class Thing:
    """An object of a type of the WSDL, as ФабрикаXDTO.Создать makes it."""

    def __init__(self, contract, kind, **values):
        fields = contract.types[kind]
        object.__setattr__(self, "_kind", kind)
        object.__setattr__(self, "_contract", contract)
        object.__setattr__(self, "_values", {name: [] for name, (_, _, repeated) in fields.items() if repeated})
        for name, value in values.items():
            setattr(self, name, value)

    def __getattr__(self, name):
        if name not in self._contract.types[self._kind]:
            raise Misread(f"{self._kind} has no property {name}")
        return self._values.get(name)

    def __setattr__(self, name, value):
        kind, _, repeated = self._contract.types[self._kind].get(name, (None, None, None))
        if kind is None or repeated:
            raise Misread(f"{self._kind} has no property {name} that can be set")
        if kind in self._contract.types and (not isinstance(value, Thing) or value._kind != kind):
            raise Misread(f"{self._kind}.{name} takes {kind}, gets {value!r}")
        if kind not in self._contract.types:
            self._contract.written(kind, value)
        self._values[name] = value

    def write(self, parent):
        for name, (kind, required, repeated) in self._contract.types[self._kind].items():
            value = self._values.get(name)
            values = value if repeated else [] if value is None else [value]
            if required and not values:
                raise Misread(f"{self._kind}.{name} is required and was not set")
            for one in values:
                put(self._contract, parent, name, kind, one)


def put(contract, parent, name, kind, value):
    element = etree.SubElement(parent, f"{{{NAMESPACE}}}{name}")
    if isinstance(value, Thing):
        if value._kind != kind:
            raise Misread(f"{name} takes {kind}, gets {value._kind}")
        value.write(element)
    elif kind in contract.types:
        raise Misread(f"{name} takes {kind}, gets {value!r}")
    else:
        element.text = contract.written(kind, value)


def take(contract, fields, element, where):
    """The children of an element, strictly in the order of the WSDL; an unknown one is an error."""
    found = {name: [] for name in fields}
    order = list(fields)
    reached = 0
    for child in element:
        name = etree.QName(child)
        if name.namespace != NAMESPACE or name.localname not in fields:
            raise Misread(f"{where} has an unknown element {name.localname}")
        place = order.index(name.localname)
        if place < reached:
            raise Misread(f"{where}/{name.localname} is out of order")
        reached = place
        found[name.localname].append(child)
    values = {}
    for name, (kind, required, repeated) in fields.items():
        elements = found[name]
        if required and not elements or len(elements) > 1 and not repeated:
            raise Misread(f"{where}/{name} occurs {len(elements)} times")
        made = [read_one(contract, kind, one, f"{where}/{name}") for one in elements]
        values[name] = made if repeated else made[0] if made else None
    return values


def read_one(contract, kind, element, where):
    if kind not in contract.types:
        if len(element):
            raise Misread(f"{where} has elements in a plain value")
        return contract.read(kind, element.text or "")
    thing = Thing(contract, kind)
    thing._values.update(take(contract, contract.types[kind], element, where))
    return thing


class Proxy:
    """WSПрокси: made of a WSDL's address, a login and a password."""

    def __init__(self, url, login, password, preemptive=True):
        self.url, self.preemptive = url.partition("?")[0], preemptive
        self.authorization = "Basic " + base64.b64encode(f"{login}:{password}".encode()).decode()
        self.contract = Contract(self.exchange(url, None, {})[1])
        self.challenges = 0
        self.request = self.answer = b""

    def exchange(self, url, body, headers):
        request = urllib.request.Request(url, data=body, headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=CALL_TIMEOUT_S) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read()

    def new(self, kind, **values):
        return Thing(self.contract, kind, **values)

    def envelope(self, operation, arguments):
        _, request, _ = self.contract.operations[operation]
        if len(arguments) != len(request):
            raise Misread(f"{operation} takes {len(request)} arguments, gets {len(arguments)}")
        soap = ENVELOPE.strip("{}")
        envelope = etree.Element(f"{ENVELOPE}Envelope", nsmap={"soap": soap})
        etree.SubElement(envelope, f"{ENVELOPE}Header")
        body = etree.SubElement(envelope, f"{ENVELOPE}Body")
        wrapper = etree.SubElement(body, f"{{{NAMESPACE}}}{operation}", nsmap={
            "m": NAMESPACE, "xs": XS.strip("{}"), "xsi": "http://www.w3.org/2001/XMLSchema-instance",
        })
        for (name, (kind, _, _)), value in zip(request.items(), arguments, strict=True):
            put(self.contract, wrapper, name, kind, value)
        return etree.tostring(envelope, xml_declaration=True, encoding="UTF-8")

    def read(self, operation, answer, status=200):
        body = etree.fromstring(answer).find(f"{ENVELOPE}Body")
        child = body[0]
        if child.tag == f"{ENVELOPE}Fault":
            raise Fault(status, child)
        if child.tag != f"{{{NAMESPACE}}}{operation}Response" or len(body) != 1:
            raise Misread(f"{child.tag} is no answer to {operation}")
        return take(self.contract, self.contract.operations[operation][2], child, operation)["return"]

    def call(self, operation, *arguments):
        self.request, self.answer = self.envelope(operation, arguments), b""
        action = self.contract.operations[operation][0]
        headers = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": f'"{action}"'}
        if self.preemptive:
            headers["Authorization"] = self.authorization
        status, self.answer = self.exchange(self.url, self.request, headers)
        if status == 401 and not self.preemptive:
            self.challenges += 1
            headers["Authorization"] = self.authorization
            status, self.answer = self.exchange(self.url, self.request, headers)
        return self.read(operation, self.answer, status)

    def __getattr__(self, operation):
        if operation not in self.contract.operations:
            raise Misread(f"no operation {operation}")
        return lambda *arguments: self.call(operation, *arguments)


def now():
    return datetime.now(STORE_TIME).replace(microsecond=0, tzinfo=None)


def same(actual, expected, what):
    assert actual == expected, f"{what}: expected {expected!r}, got {actual!r}"


def done(answer):
    assert answer.code == "OK", f"expected OK, got {answer.code} «{answer.message}»"
    return answer


def refused(answer, code):
    same(answer.code, code, f"the refusal, «{answer.message}»")
    assert re.search("[а-яА-Я]", answer.message), f"{code} has no Russian sentence"
    return answer


def misread(what, act):
    try:
        act()
    except Misread as error:
        return str(error)
    raise AssertionError(f"{what} went unnoticed")


def fault_of(act):
    try:
        answer = act()
    except Fault as fault:
        assert fault.request_id, "the fault names no request"
        assert not fault.text.partition(":")[1], f"1C cuts such a text at the colon: {fault.text}"
        return fault
    raise AssertionError(f"expected a fault, got {answer.code}")


class Till:
    """The till's day, each step as Копилка.bsl makes it."""

    card, phone = "7000000101", "+79160000101"

    def __init__(self, arguments):
        self.base, self.sms = arguments.url.rstrip("/"), arguments.sms
        self.passed, self.receipts = 0, 0
        self.run = uuid.uuid4().hex[:8]
        self.proxy = None

    def ok(self, what):
        self.passed += 1
        print(f"ok {self.passed:02} {what}", flush=True)

    def context(self, key=None):
        return self.proxy.new("Context", operationKey=key or str(uuid.uuid4()), till="M1-01", cashier="Иванова А. П.",
                              shift="17", occurredAt=now())

    def receipt(self, lines, identifier=None):
        self.receipts += 1
        made = self.proxy.new("Receipt", till="M1-01", shift="17", number=f"{self.run}-{self.receipts}", at=now(),
                              channel="till", lines=self.proxy.new("ReceiptLines"))
        for number, (quantity, price, total) in enumerate(lines, 1):
            made.lines.line.append(self.proxy.new(
                "ReceiptLine", number=number, goodsCode=f"G-{number}", name=f"Товар {number}",
                quantity=Decimal(quantity), price=Decimal(price), sum=Decimal(total),
            ))
        if identifier is not None:
            made.identifier = identifier
        return made

    def messages(self):
        try:
            with open(self.sms, encoding="utf-8") as file:
                lines = file.read().split("\n")[:-1]
        except FileNotFoundError:
            return []
        return [line for line in lines if self.phone in line]

    def code_after(self, count):
        give_up = time.monotonic() + SMS_TIMEOUT_S
        while len(heard := self.messages()) <= count:
            assert time.monotonic() < give_up, f"no SMS within {SMS_TIMEOUT_S} s"
            time.sleep(POLL_S)
        return re.findall(r"(?<!\d)\d{6}(?!\d)", heard[count])[0]

    def available(self, identifier=None):
        return done(self.proxy.GetBalance(identifier or self.card)).available

    def tell(self):
        self.connects()
        self.issues_a_card()
        self.quotes_and_reserves()
        self.sells()
        self.repeats()
        self.changes_mind()
        self.takes_back()
        self.reads_statement()
        self.sends_a_queue()
        self.mistakes()
        self.old_habits()
        self.would_notice()

    def connects(self):
        self.proxy = Proxy(f"{self.base}/ws/pos_1?wsdl", "demo", "demo")
        done(self.proxy.Ping())
        who = done(self.proxy.WhoAmI())
        assert "till" in who.roles.role, f"no role «till» among {who.roles.role}"
        assert abs(who.serverTime - now()) < timedelta(minutes=10), f"the clocks differ: {who.serverTime}"
        self.ok(f"ПроверитьПодключение: {who.login} of {who.partner}, {len(self.proxy.contract.operations)} operations")
        asked = Proxy(f"{self.base}/ws/pos_1?wsdl", "demo", "demo", preemptive=False)
        done(asked.Ping())
        same(asked.challenges, 1, "challenges")
        self.ok("credentials after a 401, on the same URL without «?wsdl»")

    def issues_a_card(self):
        number = "7000000007"
        card = done(self.proxy.IssueCard(self.context(), number, "8 916 555-44-33")).card
        same((card.number, card.state), (number, "issued"), "the card issued")
        same(done(self.proxy.ActivateCard(self.context(), number)).card.state, "active", "the card's state")
        found = done(self.proxy.FindCustomer("+7 916 555 44 33"))
        same([one.number for one in found.cards.card], [number], "the customer's cards")
        same(self.available(number), Decimal("0.00"), "a new card's balance")
        refused(self.proxy.ActivateCard(self.context(), number), "CARD_ALREADY_ACTIVE")
        self.ok(f"ВыдатьКарту, АктивироватьКарту, НайтиКлиента: {number}")

    def quotes_and_reserves(self):
        self.before = self.available()
        self.sale = self.receipt([("1.235", "899.90", "1111.38"), ("2", "250.00", "500.00")], self.card)
        self.sale.coupons = self.proxy.new("Coupons")
        self.sale.coupons.coupon.append("ВЕСНА-5")
        self.sale.acceptedOffers = self.proxy.new("AcceptedOffers")
        self.sale.acceptedOffers.offerId.append("17")
        self.sale.lines.line[0].weighed = True
        quote = done(self.proxy.QuoteReceipt(self.sale, Decimal("100.00")))
        self.answers_claims(quote)
        same((quote.amountDue, quote.codeRequired), (Decimal("1511.38"), True), "the quote")
        same(sum(line.amountDue for line in quote.lines.line), quote.amountDue, "Σ amountDue")
        self.ok(f"РассчитатьЧек: {quote.amountDue} to pay, {quote.pointsToEarn} to earn, at most {quote.pointsMax}")
        heard = len(self.messages())
        held = done(self.proxy.ReservePoints(self.context(), self.sale, Decimal("100.00")))
        same((held.state, held.points), ("awaiting_code", Decimal("100.00")), "the hold")
        self.reservation = held.reservationId
        same(self.available(), self.before - 100, "available while held")
        refused(self.proxy.ResendCode(self.context(), self.reservation), "CODE_TOO_SOON")
        self.ok(f"ЗарезервироватьБаллы: code to {held.codeSentTo}; ВыслатьКодПовторно: not so soon")
        code = self.code_after(heard)
        wrong = f"{(int(code) + 1) % 1_000_000:06}"
        refused(self.proxy.ConfirmReservation(self.context(), self.reservation, wrong), "CODE_WRONG")
        same(done(self.proxy.ConfirmReservation(self.context(), self.reservation, code)).state, "held", "the state")
        same(done(self.proxy.GetReservation(self.reservation)).state, "held", "the state, asked for")
        self.ok("ПодтвердитьРезерв: a wrong code is refused, the right one holds the points")

    def answers_claims(self, answer):
        """The coupon and the accepted offer are answered, and every list is there."""
        same([(one.number, one.outcome) for one in answer.couponResults.couponResult], [("ВЕСНА-5", "unknown")], "coupons")
        same([(one.offerId, one.outcome) for one in answer.offerResults.offerResult], [("17", "unknown")], "offers")
        told = [one.text for one in [*answer.couponResults.couponResult, *answer.offerResults.offerResult]]
        same(list(answer.cashierMessages.text)[:2], told, "what the cashier reads")
        for name, of in (("gifts", "gift"), ("prompts", "prompt"), ("couponsIssued", "coupon"), ("hints", "text")):
            same(list(getattr(getattr(answer, name), of)), [], name)

    def sells(self):
        self.key = self.context()
        self.sold = done(self.proxy.RegisterReceipt(self.key, self.sale, self.reservation, Decimal("100.00")))
        self.first_answer = self.proxy.answer
        sold = self.sold
        self.answers_claims(sold)
        same((sold.pointsSpent, sold.amountDue), (Decimal("100.00"), Decimal("1511.38")), "the sale")
        parts = [part for line in sold.lines.line for part in line.parts.part]
        same(sum(part.sum for part in parts), sold.amountDue, "Σ parts")
        same(sold.balance.available, self.before - 100 + sold.pointsEarned, "the balance told")
        same(self.available(), sold.balance.available, "the balance asked for")
        self.ok(f"ЗаписатьЧек: {sold.receiptId}, {sold.pointsSpent} spent, {sold.pointsEarned} earned")
        anonymous = done(self.proxy.RegisterReceipt(self.context(), self.receipt([("1", "100.00", "100.00")]), "",
                                                    Decimal("0.00")))
        same((anonymous.pointsEarned, anonymous.balance), (Decimal("0.00"), None), "a sale without a card")
        self.ok("ЗаписатьЧек without a card: the optional identifier is absent")

    def repeats(self):
        done(self.proxy.RegisterReceipt(self.key, self.sale, self.reservation, Decimal("100.00")))
        same(self.proxy.answer, self.first_answer, "the bytes of the repeated answer")
        same(self.available(), self.sold.balance.available, "the balance after the repeat")
        told = done(self.proxy.GetOperation(self.key.operationKey))
        same((told.found, told.operation), (True, "RegisterReceipt"), "the lost call")
        same(done(self.proxy.GetOperation(str(uuid.uuid4()))).found, False, "a call that never was")
        self.ok("the same call with the same key: the same bytes, once; РезультатОперации finds it")
        other = self.receipt([("1", "1.00", "1.00")], self.card)
        refused(self.proxy.RegisterReceipt(self.key, other, "", Decimal("0.00")), "OPERATION_KEY_REUSED")
        refused(self.proxy.RegisterReceipt(self.context(), self.sale, "", Decimal("0.00")), "RECEIPT_DUPLICATE")
        self.ok("a key with another receipt and a receipt under another key are refused")

    def changes_mind(self):
        # Another customer: a second code to the same phone is not sent at once.
        number = "7000000102"
        before = self.available(number)
        receipt = self.receipt([("1", "300.00", "300.00")], number)
        held = done(self.proxy.ReservePoints(self.context(), receipt, Decimal("50.00")))
        released = done(self.proxy.ReleaseReservation(self.context(), held.reservationId, "Покупатель передумал"))
        same((released.state, self.available(number)), ("released", before), "after the release")
        refused(self.proxy.ReleaseReservation(self.context(), held.reservationId, "Ещё раз"), "RESERVATION_RELEASED")
        self.ok("СнятьРезерв: the points are back, once")

    def takes_back(self):
        back = self.proxy.new("ReturnReceipt", receiptId=self.sold.receiptId, till="M1-01", at=now(),
                              number=f"{self.run}-R1", lines=self.proxy.new("ReturnLines"))
        back.lines.line.append(self.proxy.new("ReturnLine", number=2, quantity=Decimal("1")))
        quote = done(self.proxy.QuoteReturn(back))
        before = self.available()
        answer = done(self.proxy.RegisterReturn(self.context(), back))
        same((answer.amountRefund, answer.pointsRestored), (quote.amountRefund, quote.pointsRestored), "the return")
        same(self.available(), before + answer.pointsRestored - answer.pointsRevoked, "the balance after it")
        self.ok(f"РассчитатьВозврат, ЗаписатьВозврат: {answer.amountRefund} and {answer.pointsRestored} points back")
        by_till = self.proxy.new("ReturnReceipt", till="M1-01", at=now(), number=f"{self.run}-R2",
                                 lines=self.proxy.new("ReturnLines"))
        # The shift is a part of the receipt's identity: the sale was registered with one.
        by_till.original = self.proxy.new("ReceiptReference", till="M1-01", shift="17", number=self.sale.number,
                                          date=self.sale.at.date())
        rest = done(self.proxy.RegisterReturn(self.context(), by_till))
        same(rest.receiptId, self.sold.receiptId, "the receipt found by the till's own number")
        self.ok(f"the rest comes back by the till's number, the list of lines empty: {rest.amountRefund}")
        before = self.available()
        sold = done(self.proxy.RegisterReceipt(self.context(), self.receipt([("1", "700.00", "700.00")], self.card), "",
                                               Decimal("0.00")))
        undone = done(self.proxy.CancelReceipt(self.context(), sold.receiptId, "Ошибка кассира"))
        same((undone.pointsRevoked, self.available()), (sold.pointsEarned, before), "the cancellation")
        refused(self.proxy.CancelReceipt(self.context(), sold.receiptId, "Ещё раз"), "RECEIPT_CANCELLED")
        self.ok(f"ОтменитьЧек: {sold.receiptId} is undone, once")
        lost = self.context()
        sold = done(self.proxy.RegisterReceipt(lost, self.receipt([("1", "700.00", "700.00")], self.card), "",
                                               Decimal("0.00")))
        undone = done(self.proxy.CancelOperation(self.context(), lost.operationKey, "Нет ответа"))
        same((undone.outcome, undone.receiptId, self.available()), ("done", sold.receiptId, before), "the undone sale")
        again = done(self.proxy.CancelOperation(self.context(), lost.operationKey, "Нет ответа"))
        same(again.outcome, "already", "a second cancellation")
        self.ok(f"ОтменитьОперацию: {sold.receiptId} is undone by the key of its call")

    def reads_statement(self):
        entries, cursor = [], ""
        today = now().date()
        for _ in range(STATEMENT_PAGES_MAX):
            page = done(self.proxy.GetStatement(self.card, today - timedelta(days=30), today, cursor))
            entries += page.entries.entry
            cursor = page.nextCursor
            if cursor is None:
                break
        kinds = {entry.kind for entry in entries}
        assert {"reservation", "redemption", "accrual", "return", "cancellation"} <= kinds, f"the statement has {kinds}"
        self.ok(f"Выписка: {len(entries)} movements of {len(kinds)} kinds")
        empty = done(self.proxy.GetStatement("7000000007", today, today, ""))
        same((empty.entries.entry, empty.nextCursor), ([], None), "an empty list in its wrapper")
        self.ok("an empty list is there, an absent optional is None")

    def sends_a_queue(self):
        """A till that had no line: the calls of ОчередьЧеков.bsl, in its order, then all of them once more."""
        phone, card = "+7 916 555-44-33", "7000000007"
        before = self.available(phone)
        queue, earlier = [], now() - timedelta(hours=2)
        for number in (phone, card, "7000999999", phone):
            receipt, context = self.receipt([("1", "300.00", "300.00")], number), self.context()
            receipt.at = context.occurredAt = earlier
            queue.append((context, receipt))
        refused_keys = []
        for _ in range(2):
            for context, receipt in queue:
                answer = self.proxy.RegisterReceipt(context, receipt, "", Decimal("0.00"))
                if answer.code != "OK":
                    refused_keys.append((context.operationKey, answer.code))
        same(refused_keys, [(queue[2][0].operationKey, "CARD_UNKNOWN")] * 2, "what is left for a person")
        same(self.available(phone), before + Decimal("9.00"), "the balance after the queue")
        # The refusal belongs to the key: the mended receipt goes under a new one.
        mended = queue[2][1]
        mended.identifier = card
        refused(self.proxy.RegisterReceipt(queue[2][0], mended, "", Decimal("0.00")), "OPERATION_KEY_REUSED")
        context = self.context()
        context.occurredAt = earlier
        done(self.proxy.RegisterReceipt(context, mended, "", Decimal("0.00")))
        same(self.available(phone), before + Decimal("12.00"), "the balance after the mended receipt")
        named = self.proxy.new("ReceiptReference", till="M1-01", shift="17", number=mended.number, date=earlier.date())
        same(done(self.proxy.GetReceipt("", named)).receipt.number, mended.number, "the receipt by the till's details")
        self.ok("ОчередьЧеков: late receipts count once, a refusal waits for a person; ЧекПоРеквизитам finds one")

    def mistakes(self):
        refused(self.proxy.GetBalance("7999999999"), "CARD_UNKNOWN")
        early = self.context()
        early.occurredAt = now() + timedelta(hours=2)
        refused(self.proxy.ActivateCard(early, "7000000001"), "TIME_IN_FUTURE")
        self.ok("refusals are answers, not exceptions: CARD_UNKNOWN, TIME_IN_FUTURE")
        wrong = Proxy(f"{self.base}/ws/pos_1?wsdl", "demo", "guess")
        fault = fault_of(wrong.Ping)
        same((fault.status, fault.code), (401, "UNAUTHENTICATED"), "a wrong password")
        # What 1C would not let out is sent by hand, to see the fault that a hand-written client gets.
        request = self.proxy.envelope("GetBalance", ["7000000101"]).replace(b"identifier>", b"card>")
        status, answer = self.proxy.exchange(self.proxy.url, request, {
            "Content-Type": "text/xml", "Authorization": self.proxy.authorization,
        })
        fault = fault_of(lambda: self.proxy.read("GetBalance", answer, status))
        same((fault.status, fault.code), (500, "INVALID_REQUEST"), "an element that the WSDL has not")
        assert "card" in fault.description, f"the fault does not name the element: {fault.description}"
        self.ok(f"faults: UNAUTHENTICATED; INVALID_REQUEST «{fault.description}»")
        said = [
            misread("a missing argument", lambda: self.proxy.GetStatement(self.card, now().date(), now().date())),
            misread("a third decimal", lambda: self.proxy.QuoteReceipt(self.sale, Decimal("0.001"))),
            misread("an unknown property", lambda: setattr(self.sale, "cardNumber", "1")),
            misread("a required property", lambda: self.proxy.QuoteReceipt(self.proxy.new("Receipt"), Decimal("0"))),
            misread("a type in another's place", lambda: setattr(self.sale, "lines", self.proxy.new("ReturnLines"))),
        ]
        self.ok(f"{len(said)} mistakes are caught before anything is sent, as in 1C")

    def old_habits(self):
        older = Proxy(f"{self.base}/ws/pos_1.1cws?wsdl", "demo", "demo")
        same(done(older.GetBalance(self.card)).available, self.available(), "the balance by the older address")
        self.ok("the older spelling of the address, .1cws")
        born = self.proxy.new("Registration", phone="+7 916 555-44-22", name="Пётр", email="")
        born.birthDate = date(1, 1, 1)
        made = done(self.proxy.RegisterCustomer(self.context(), born))
        form = done(self.proxy.GetQuestionnaire("+79165554422")).questionnaire
        same((made.card, form.birthDate, form.email), (None, None, None), "what was not given")
        self.ok("1C's empty date and an empty string are «not given»")

    def would_notice(self):
        """The reader is strict: whatever a changed contract could bring, it refuses, as 1C does."""
        self.proxy.GetBalance(self.card)
        answer = self.proxy.answer
        spoilt = {
            "an unknown element": (b"</m:return>", b"<m:more>1</m:more></m:return>"),
            "a second result": (b"</m:return>", b"</m:return><m:identifier>1</m:identifier>"),
            "a required element that is missing": (b"<m:activations/>", b""),
            "two elements in another order": (b"<m:code>OK</m:code>", b""),
            "a value of another type": (b"<m:debt>0.00</m:debt>", b"<m:debt>none</m:debt>"),
            "an answer to another question": (b"GetBalanceResponse", b"GetStatementResponse"),
        }
        self.proxy.read("GetBalance", answer)
        for what, (old, new) in spoilt.items():
            assert old in answer, f"{what}: {old!r} is not in the answer"
            changed = answer.replace(old, new)
            if what.startswith("two"):
                changed = changed.replace(b"</m:message>", b"</m:message><m:code>OK</m:code>")
            misread(what, lambda changed=changed: self.proxy.read("GetBalance", changed))
        self.ok(f"{len(spoilt)} spoilt answers are refused")


def main():
    parser = argparse.ArgumentParser(description="Drives the till's cycle by 1C's positional rules.")
    parser.add_argument("--url", required=True, help="where the gateway listens, http://127.0.0.1:PORT")
    parser.add_argument("--sms", required=True, help="the demo server's sms.log")
    till = Till(parser.parse_args())
    try:
        till.tell()
    except Exception as error:  # noqa: BLE001: whatever went wrong, the envelopes tell why
        if not isinstance(error, AssertionError):
            traceback.print_exc()
        print(f"FAILED after step {till.passed}: {error}", flush=True)
        if till.proxy is not None:
            print(f"── request\n{till.proxy.request.decode()}\n── answer\n{till.proxy.answer.decode()}")
        print(f"{till.passed} passed, 1 failed")
        sys.exit(1)
    print(f"{till.passed} passed, 0 failed")


if __name__ == "__main__":
    main()

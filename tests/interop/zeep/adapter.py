"""The scenario through zeep: a proxy made of the served WSDL, Python's own Decimal, date and datetime."""

import json
import sys
from datetime import date, datetime
from decimal import Decimal

import requests
from zeep import Client, xsd
from zeep.exceptions import Fault
from zeep.helpers import serialize_object
from zeep.transports import Transport

BASE, SCENARIO = sys.argv[1:3]
TIMEOUT_S = 30
clients = {}


def service(login, soap):
    if login not in clients:
        session = requests.Session()
        session.auth = (login, login)
        session.trust_env = False
        clients[login] = Client(
            f"{BASE}/ws/pos_1?wsdl", transport=Transport(session=session, operation_timeout=TIMEOUT_S, timeout=TIMEOUT_S)
        )
    return clients[login].bind("Pos_1", "Pos_1Soap12" if soap == "1.2" else "Pos_1Soap")


def typed(value, type_):
    """A value of the scenario as what zeep wants for an element's type."""
    if value is None:
        return xsd.Nil
    if isinstance(value, dict):
        elements = dict(type_.elements)
        return {name: typed(item, elements[name].type) for name, item in value.items()}
    if isinstance(value, list):
        return [typed(item, type_) for item in value]
    python = getattr(type_, "accepted_types", ())
    if Decimal in python:
        return Decimal(value)
    if datetime in python:
        return datetime.fromisoformat(value)
    if date in python:
        return date.fromisoformat(value)
    return value


def plain(value):
    """What zeep read, as JSON."""
    if isinstance(value, dict):
        return {name: plain(item) for name, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%S")
    if isinstance(value, (date, Decimal)):
        return str(value)
    return value


def told(step):
    proxy = service(step["login"], step["soap"])
    operation = proxy._binding.get(step["operation"])
    arguments = typed(step["arguments"], operation.input.body.type)
    try:
        return {"answer": plain(serialize_object(getattr(proxy, step["operation"])(**arguments), dict))}
    except Fault as fault:
        error = clients[step["login"]].get_element("{urn:kopilka:ws:pos:1}error").parse(
            fault.detail[0], clients[step["login"]].wsdl.types
        )
        return {"fault": {"code": error.code, "description": error.description, "requestId": error.requestId}}


for step in json.load(open(SCENARIO, encoding="utf-8")):
    try:
        line = told(step)
    except Exception as error:  # noqa: BLE001: whatever the stack threw is the answer of this step
        line = {"error": f"{type(error).__name__}: {error}"}
    print(json.dumps({"step": step["step"], **line}, ensure_ascii=False), flush=True)

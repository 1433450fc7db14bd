"""The scenario through suds: a proxy made of the served WSDL; a service written ten years ago would use it."""

import json
import sys
from datetime import date, datetime
from decimal import Decimal

from suds import WebFault, null
from suds.client import Client
from suds.sudsobject import Object, asdict
from suds.transport.https import HttpAuthenticated

BASE, SCENARIO = sys.argv[1:3]
TIMEOUT_S = 30
# What it sends instead of a nil is an empty element, which the server takes for the same: the step is made all the same.
NO_NIL = "xsi:nil пишет только там, где WSDL объявляет nillable (здесь нигде); вместо него шлёт пустой элемент, и он принят"
NO_SOAP_1_2 = "знает только SOAP 1.1"
clients = {}


def service(login):
    if login not in clients:
        transport = HttpAuthenticated(username=login, password=login, timeout=TIMEOUT_S)
        clients[login] = Client(f"{BASE}/ws/pos_1?wsdl", transport=transport, cache=None)
    return clients[login].service["Pos_1Soap"]


def typed(value):
    """suds writes strings as they are; nil is its own object."""
    if value is None:
        return null()
    if isinstance(value, dict):
        return {name: typed(item) for name, item in value.items()}
    if isinstance(value, list):
        return [typed(item) for item in value]
    return value


def plain(value):
    """What suds read, as JSON."""
    if isinstance(value, Object):
        return {name: plain(item) for name, item in asdict(value).items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%S")
    if isinstance(value, (date, Decimal)):
        return str(value)
    return value if isinstance(value, (bool, int)) or value is None else str(value)


def told(step):
    if step["soap"] == "1.2":
        return {"cannot": NO_SOAP_1_2}
    try:
        answer = plain(getattr(service(step["login"]), step["operation"])(**typed(step["arguments"])))
        return {"answer": answer, "cannot": NO_NIL} if step.get("sends") == "nil" else {"answer": answer}
    except WebFault as fault:
        return {"fault": plain(fault.fault.detail.error)}


for step in json.load(open(SCENARIO, encoding="utf-8")):
    try:
        line = told(step)
    except Exception as error:  # noqa: BLE001: whatever the stack threw is the answer of this step
        line = {"error": f"{type(error).__name__}: {error}"}
    print(json.dumps({"step": step["step"], **line}, ensure_ascii=False), flush=True)

"""The client matrix: the same scenario told by many SOAP stacks, each through a proxy of its own making.

Every stack gets a gateway of its own with demo data and reads the WSDL which that gateway serves. Its adapter prints one
JSON line a step: what the stack's own objects held ("answer"), the fault they carried ("fault"), why the stack cannot do
it ("cannot"), or what went wrong ("error"). The judging is done here, once, against scenario.json; expected.json says
which cells must hold.

Between stack and gateway stands a relay that passes every byte as it is and remembers it: so «it was challenged», «it sent
xsi:nil» and «it spoke SOAP 1.2» are read off the wire, not believed.
"""

import argparse
import json
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from datetime import datetime, timedelta, timezone
from decimal import Decimal, InvalidOperation
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HERE = ROOT / "tests/interop"
WORK = ROOT / "target/interop"
DOCS = ROOT / "docs/clients.md"
PYTHON = WORK / "venv/bin/python"

INSTALL_TIMEOUT_S = 900
BUILD_TIMEOUT_S = 600
CARGO_TIMEOUT_S = 1800
ADAPTER_TIMEOUT_S = 180
START_TIMEOUT_S = 30
STOP_TIMEOUT_S = 15
OUTPUT_SHOWN_MAX = 3000
# The demo's stores are in Moscow; the stacks that know only moments run in the same zone, as tills do.
ZONE = "Europe/Moscow"
STORE_ZONE = timezone(timedelta(hours=3))

COLUMNS = {
    "call": "вызов",
    "refusal": "отказ",
    "fault": "ошибка",
    "absent": "нет значения",
    "nil": "nil",
    "lists": "списки",
    "decimals": "суммы",
    "dates": "даты",
    "text": "текст",
    "repeat": "повтор",
    "soap12": "SOAP 1.2",
    "auth": "вход",
}


class Broken(Exception):
    """A stack that could not be prepared or run; the text says why."""


class Stack:
    """One client stack: what it is made of, how its adapter is made and run."""

    def __init__(self, name, title, packages=(), is_there=lambda: True, prepare=(), build=(), run=(), quick=False):
        self.name, self.title, self.packages, self.is_there = name, title, packages, is_there
        self.prepare, self.build, self.run, self.quick = prepare, build, run, quick
        self.folder, self.target = HERE / name, WORK / name

    def command(self, template, **values):
        values |= {"folder": self.folder, "target": self.target, "python": PYTHON}
        return [part.format(**values) for part in template]


def has(*programs):
    return lambda: all(shutil.which(program) for program in programs)


def answers(*command):
    def check():
        try:
            return subprocess.run(command, capture_output=True, timeout=60).returncode == 0
        except OSError:
            return False

    return check


VENV = [
    ("python3", "-m", "venv", str(WORK / "venv")),
    (str(PYTHON), "-m", "pip", "install", "-q", "--disable-pip-version-check", "-r", str(HERE / "requirements.txt")),
]


JARS = Path("/usr/share/java")


def jars(*names):
    """A class path of Debian's jars, which may still be about to be installed; Java passes over those that a release does not have."""
    return ":".join(str(JARS / f"{name}.jar") for name in names)


def has_jars(*names):
    return all((JARS / f"{name}.jar").exists() for name in names)


JAXWS = jars(
    *"jaxws-tools jaxws-rt jaxws-api jaxb-api jaxb-core jaxb-impl jaxb-runtime jaxb-xjc jaxb-jxc jws-api".split(),
    *"javax.activation saaj saaj-impl metro-policy stax-ex stax2-api streambuffer mimepull gmbal txw2".split(),
    *"FastInfoset istack-commons-runtime istack-commons-tools rngom xsom dtd-parser codemodel args4j".split(),
    *"xml-resolver woodstox-core geronimo-annotation-1.3-spec gson".split(),
)
AXIS = jars(
    *"axis axis-jaxrpc axis-saaj wsdl4j commons-discovery commons-logging javax.activation javax.mail gson".split()
)


def javac(classpath, source):
    """Generated and own classes into {target}/classes; package-info bears the namespace, and nothing refers to it."""
    own = f"{HERE}/java/Telling.java {source}"
    options = f"-nowarn -Xlint:none -encoding UTF-8 -cp '{classpath}' -d classes"
    return ("sh", "-c", f"javac {options} $(find source -name '*.java') {own}")


FRESH = ("sh", "-c", "rm -rf source classes && mkdir source classes")

STACKS = [
    Stack(
        "zeep",
        "zeep 4.3 (Python)",
        packages=["python3-venv"],
        is_there=answers("python3", "-c", "import ensurepip, venv"),
        prepare=VENV,
        run=["{python}", "{folder}/adapter.py"],
        quick=True,
    ),
    Stack(
        "suds",
        "suds 1.2 (Python)",
        packages=["python3-venv"],
        is_there=answers("python3", "-c", "import ensurepip, venv"),
        prepare=VENV,
        run=["{python}", "{folder}/adapter.py"],
        quick=True,
    ),
    Stack(
        "php",
        "PHP 8.2 SoapClient",
        packages=["php-cli", "php-soap"],
        is_there=answers("php", "-r", "exit(class_exists('SoapClient') ? 0 : 1);"),
        run=["php", "{folder}/adapter.php"],
        quick=True,
    ),
    Stack(
        "perl",
        "Perl SOAP::Lite 1.27",
        packages=["libsoap-lite-perl"],
        is_there=answers("perl", "-MSOAP::Lite", "-e", "1"),
        run=["perl", "{folder}/adapter.pl"],
        quick=True,
    ),
    Stack(
        "node",
        "node soap 1.13",
        packages=["nodejs", "npm"],
        is_there=has("node", "npm"),
        prepare=[
            ("cp", "{folder}/package.json", "{folder}/package-lock.json", "{target}"),
            ("npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"),
        ],
        run=["node", "{folder}/adapter.cjs"],
        quick=True,
    ),
    Stack(
        "jaxws",
        "JAX-WS 2.3 (JDK 17)",
        packages=["openjdk-17-jdk-headless", "libjaxws-java", "libgoogle-gson-java"],
        is_there=lambda: has("java", "javac")() and has_jars("jaxws-tools", "gson"),
        build=[
            FRESH,
            ("java", "-cp", JAXWS, "com.sun.tools.ws.WsImport", "-extension", "-quiet", "-keep", "-Xnocompile",
             "-encoding", "UTF-8", "-s", "source", "-p", "pos", "{url}/ws/pos_1?wsdl"),
            javac(JAXWS, "{folder}/Adapter.java"),
        ],
        run=["java", "-cp", f"{JAXWS}:classes", "Adapter"],
    ),
    Stack(
        "axis",
        "Axis 1.4 (JDK 17)",
        packages=["openjdk-17-jdk-headless", "libaxis-java", "libgoogle-gson-java"],
        is_there=lambda: has("java", "javac")() and has_jars("axis", "gson"),
        build=[
            FRESH,
            ("java", "-Dfile.encoding=UTF-8", "-cp", AXIS, "org.apache.axis.wsdl.WSDL2Java", "-o", "source", "-p", "pos",
             "{url}/ws/pos_1?wsdl"),
            javac(AXIS, "{folder}/Adapter.java"),
        ],
        run=["java", "-cp", f"{AXIS}:classes", "Adapter"],
    ),
    Stack(
        "mono",
        "Mono 6.8 wsdl.exe (C#)",
        packages=["mono-devel", "mono-mcs"],
        is_there=has("mono", "mcs", "wsdl"),
        build=[
            ("wsdl", "/protocol:SOAP", "/namespace:Pos11", "/out:Pos11.cs", "{url}/ws/pos_1?wsdl"),
            ("wsdl", "/protocol:SOAP12", "/namespace:Pos12", "/out:Pos12.cs", "{url}/ws/pos_1?wsdl"),
            ("mcs", "-nowarn:0649,0067", "-out:adapter.exe", "-r:System.Web.Services", "-r:System.Web.Extensions",
             "Pos11.cs", "Pos12.cs", "{folder}/Adapter.cs"),
        ],
        run=["mono", "adapter.exe"],
    ),
    Stack(
        "gsoap",
        "gSOAP 2.8 (C++)",
        packages=["gsoap", "libgsoap-dev", "g++"],
        is_there=lambda: has("wsdl2h", "soapcpp2", "g++")() and Path("/usr/include/stdsoap2.h").exists(),
        build=[
            ("wsdl2h", "-o", "pos.h", "{url}/ws/pos_1?wsdl"),
            ("soapcpp2", "-j", "-C", "-x", "-I/usr/share/gsoap/import", "pos.h"),
            ("g++", "-O0", "-w", "-I.", "{folder}/adapter.cpp", "soapC.cpp", "soapPos_USCORE1SoapBindingProxy.cpp",
             "-lgsoap++", "-o", "adapter"),
        ],
        run=["./adapter"],
    ),
]


def run(command, timeout, folder=None, env=None):
    """Runs a command in a process group of its own, so that a time-out ends what it started and nothing else."""
    process = subprocess.Popen(
        command, cwd=folder, env=env, text=True, errors="replace", start_new_session=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )
    try:
        out, err = process.communicate(timeout=timeout)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        out, err = process.communicate()
        err += f"\nended after {timeout} s"
    return process.returncode, out, err


def must(command, timeout, folder=None, env=None):
    try:
        status, out, err = run(command, timeout, folder, env)
    except OSError as error:
        raise Broken(f"{command[0]}: {error}") from error
    if status != 0:
        raise Broken(f"{' '.join(map(str, command))}: status {status}\n{(out + err)[-OUTPUT_SHOWN_MAX:]}")


def install(stacks):
    """Installs the Debian packages that are missing, in one go."""
    missing = sorted({package for stack in stacks if not stack.is_there() for package in stack.packages})
    if not missing:
        return
    if not shutil.which("apt-get"):
        raise Broken(f"missing, by their names in Debian: {' '.join(missing)}")
    as_root = [] if os.geteuid() == 0 else ["sudo"]
    say(f"installing {' '.join(missing)}")
    env = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    must([*as_root, "apt-get", "update", "-q"], INSTALL_TIMEOUT_S, env=env)
    options = ["-q", "-y", "--no-install-recommends"]
    must([*as_root, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "install", *options, *missing], INSTALL_TIMEOUT_S)


def gateway_binary():
    given = os.environ.get("KOPILKA_BIN")
    if given:
        return Path(given).resolve()
    built = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "debug/kopilka"
    if not built.exists():
        say("building the gateway")
        must(["cargo", "build", "--locked", "--bin", "kopilka"], CARGO_TIMEOUT_S, ROOT)
    return built


class Gateway:
    """The program as a user runs it, with demo data, in a folder that goes away with it."""

    def __init__(self, binary):
        self.folder = Path(tempfile.mkdtemp(prefix="kopilka-interop-"))
        self.said = self.folder / "out"
        with self.said.open("wb") as out, (self.folder / "log").open("wb") as log:
            self.process = subprocess.Popen(
                [binary, "serve", "--demo", "--listen", "127.0.0.1:0"],
                cwd=self.folder, stdin=subprocess.DEVNULL, stdout=out, stderr=log,
            )
        self.port = self.wait_for_port()

    def wait_for_port(self):
        give_up = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < give_up:
            found = re.search(r"listens on http://127\.0\.0\.1:(\d+)/", self.said.read_text(errors="replace"))
            if found:
                return int(found[1])
            if self.process.poll() is not None:
                break
            time.sleep(0.05)
        log = (self.folder / "log").read_text(errors="replace")[-OUTPUT_SHOWN_MAX:]
        self.stop()
        raise Broken(f"the gateway did not start:\n{log}")

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


class Relay:
    """Passes every byte on as it is, and remembers it."""

    def __init__(self, port):
        self.to = port
        self.asked, self.answered = bytearray(), bytearray()
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.socket.getsockname()[1]}"
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                client, _ = self.socket.accept()
            except OSError:
                return
            server = socket.create_connection(("127.0.0.1", self.to))
            for source, sink, memory in ((client, server, self.asked), (server, client, self.answered)):
                threading.Thread(target=self.pump, args=(source, sink, memory), daemon=True).start()

    @staticmethod
    def pump(source, sink, memory):
        try:
            while data := source.recv(65536):
                memory += data
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def stop(self):
        self.socket.close()


def filled(value, names):
    """The scenario with its placeholders filled."""
    if isinstance(value, str):
        for name, text in names.items():
            value = value.replace("{" + name + "}", text)
        return value
    if isinstance(value, list):
        return [filled(item, names) for item in value]
    if isinstance(value, dict):
        return {key: filled(item, names) for key, item in value.items()}
    return value


def scenario():
    """The scenario with keys of its own and today's dates in the store's time."""
    now = datetime.now(STORE_ZONE)
    names = {"key": secrets.token_hex(6), "now": now.strftime("%Y-%m-%dT%H:%M:%S"), "today": now.strftime("%Y-%m-%d")}
    steps = filled(json.loads((HERE / "scenario.json").read_text(encoding="utf-8")), names)
    requests = {step["step"]: step["arguments"] for step in steps}
    for step in steps:
        if "of" in step["arguments"]:
            step["arguments"] = requests[step["arguments"]["of"]]
        step.setdefault("login", "demo")
        step.setdefault("soap", "1.1")
    return steps


def flattened(step, path, value):
    """A step a value a line, for adapters in languages without JSON."""
    if isinstance(value, (dict, list)):
        named = value.items() if isinstance(value, dict) else enumerate(value)
        for name, item in named:
            yield from flattened(step, f"{path}.{name}" if path else str(name), item)
    else:
        yield f"{step}\t{path}\t{value}"


def found(answer, path):
    """What is at a path of an answer; None where nothing is."""
    for name in path.split("."):
        if isinstance(answer, list):
            answer = answer[int(name)] if int(name) < len(answer) else None
        elif isinstance(answer, dict):
            answer = answer.get(name)
        else:
            return None
    return answer


def mistake(actual, expected, path, answers):
    """What is wrong with one value, or None."""
    if isinstance(expected, dict) and "decimal" in expected:
        try:
            right = isinstance(actual, str) and Decimal(actual) == Decimal(expected["decimal"])
        except InvalidOperation:
            right = False
        wanted = expected["decimal"]
    elif isinstance(expected, dict) and "absent" in expected:
        right, wanted = actual in (None, ""), "nothing"
    elif isinstance(expected, dict) and "list" in expected:
        wanted = f"a list of {expected['list']}"
        right = (actual is None and expected["list"] == 0) or (
            isinstance(actual, list) and len(actual) == expected["list"]
        )
    else:
        if isinstance(expected, dict):
            expected = found(answers.get(expected["of"], {}), path)
        right, wanted = expected is not None and actual == expected, json.dumps(expected, ensure_ascii=False)
    return None if right else f"{path}: {wanted} expected, {json.dumps(actual, ensure_ascii=False)[:200]} read"


def judged(step, line, answers):
    """(True | False | "cannot", note) for what an adapter said of a step."""
    if line is None:
        return False, "the adapter said nothing"
    if "cannot" in line and "answer" not in line:
        return "cannot", line["cannot"]
    if "error" in line:
        return False, line["error"]
    if "fault" in step["expect"]:
        fault = line.get("fault")
        if not fault:
            return False, "a fault was expected"
        if not fault.get("requestId") or not fault.get("description"):
            return False, f"the fault's detail was not read: {fault}"
        return mistake(fault.get("code"), step["expect"]["fault"], "code", answers) is None, fault.get("code") or ""
    if "answer" not in line:
        return False, f"a fault nobody expected: {line.get('fault')}"
    answers[step["step"]] = line["answer"]
    wrong = [mistake(found(line["answer"], path), value, path, answers) for path, value in step["expect"].items()]
    wrong = [text for text in wrong if text]
    if wrong:
        return False, "; ".join(wrong)
    # An answer beside «cannot»: it did what comes nearest, and that was right.
    return ("cannot", line["cannot"]) if "cannot" in line else (True, "")


SOAP_1_1 = b"http://schemas.xmlsoap.org/soap/envelope/"
SOAP_1_2 = b"http://www.w3.org/2003/05/soap-envelope"
WIRE = {
    "nil": (re.compile(rb"""<[^>]*:nil=["'](true|1)["']"""), "no xsi:nil was sent"),
    "soap12": (re.compile(re.escape(SOAP_1_2)), "no SOAP 1.2 envelope was sent"),
}


def cells(stack, steps, lines, relay):
    """column → (state, notes) and the steps as they are printed."""
    said = {line.get("step"): line for line in lines}
    answers, table = {}, {}
    for step in steps:
        state, note = judged(step, said.get(step["step"]), answers)
        seen = WIRE.get(step.get("sends"))
        if state is True and seen and not seen[0].search(relay.asked):
            state, note = False, seen[1]
        print(json.dumps({"stack": stack.name, "step": step["step"], "ok": state, "note": note}, ensure_ascii=False))
        table.setdefault(step["column"], []).append((state, note))
    challenged = len(re.findall(rb"HTTP/1\.1 401 ", relay.answered))
    calls = len(re.findall(rb"POST /ws/\S+ HTTP/1\.", relay.asked))
    with_login = len(re.findall(rb"^Authorization: Basic", relay.asked, re.M | re.I))
    versions = [len(re.findall(re.escape(name), relay.asked)) for name in (SOAP_1_1, SOAP_1_2)]
    if versions[0] == 0:
        table["call"].append((False, "no SOAP 1.1 envelope was sent"))
    way = "сразу" if challenged == 0 else "после 401"
    in_order = calls > 0 and with_login >= len(steps) // 2
    note = f"{calls} calls, {challenged} challenges; SOAP 1.1 is named {versions[0]} times, 1.2 {versions[1]} times"
    print(json.dumps({"stack": stack.name, "step": "auth", "ok": in_order, "note": note}, ensure_ascii=False))
    table["auth"] = [(in_order, way)]
    return {column: joined(states) for column, states in table.items()}


def joined(states):
    notes = [note for _, note in states if note]
    if any(state is False for state, _ in states):
        return False, "; ".join(note or "the step failed" for state, note in states if state is False)
    if any(state == "cannot" for state, _ in states):
        return "cannot", "; ".join(dict.fromkeys(note for state, note in states if state == "cannot"))
    return True, notes[0] if notes else ""


def tell(stack, binary, with_install):
    """Prepares a stack, lets it tell the scenario to a gateway of its own, and judges what it read."""
    stack.target.mkdir(parents=True, exist_ok=True)
    if with_install:
        for command in stack.prepare:
            must(stack.command(command), INSTALL_TIMEOUT_S, stack.target)
    gateway = Gateway(binary)
    relay = Relay(gateway.port)
    try:
        steps = scenario()
        script = stack.target / "scenario.json"
        script.write_text(json.dumps(steps, ensure_ascii=False, indent=1), encoding="utf-8")
        flat = [line for step in steps for line in flattened(step["step"], "", step)]
        script.with_name("scenario.json.flat").write_text("\n".join(flat) + "\n", encoding="utf-8")
        env = os.environ | {"TZ": ZONE, "PYTHONDONTWRITEBYTECODE": "1", "LC_ALL": "C.UTF-8"}
        for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "JAVA_TOOL_OPTIONS"):
            env.pop(name, None)
        for command in stack.build:
            must(stack.command(command, url=relay.url), BUILD_TIMEOUT_S, stack.target, env)
        command = [*stack.command(stack.run), relay.url, str(script)]
        status, out, err = run(command, ADAPTER_TIMEOUT_S, stack.target, env)
        lines = [json.loads(line) for line in out.splitlines() if line.startswith("{")]
        if status != 0:
            print(f"{stack.name}: the adapter ended with status {status}\n{err[-OUTPUT_SHOWN_MAX:]}", file=sys.stderr)
        return cells(stack, steps, lines, relay)
    finally:
        relay.stop()
        gateway.stop()


def say(text):
    print(f"interop: {text}", flush=True)


def sign(cell, footnotes, column):
    state, note = cell
    if state is True:
        return note if column == "auth" else "✓"
    if state == "cannot":
        if note not in footnotes:
            footnotes.append(note)
        return f"— [{footnotes.index(note) + 1}]"
    return "✗"


def table(results):
    """The table in Markdown, with its footnotes."""
    footnotes = []
    rows = ["| стек | " + " | ".join(COLUMNS.values()) + " |", "|---|" + "---|" * len(COLUMNS)]
    for stack in STACKS:
        if stack.name in results:
            row = [sign(results[stack.name].get(column, (False, "")), footnotes, column) for column in COLUMNS]
            rows.append(f"| {stack.title} | " + " | ".join(row) + " |")
    notes = [f"{number}. {note}" for number, note in enumerate(footnotes, 1)]
    return "\n".join([*rows, "", *notes]).rstrip() + "\n"


def write_docs(text):
    before, rest = DOCS.read_text(encoding="utf-8").split("<!-- matrix: begin -->\n")
    _, after = rest.split("<!-- matrix: end -->\n")
    marked = f"{before}<!-- matrix: begin -->\n{text}<!-- matrix: end -->\n{after}"
    DOCS.write_text(marked, encoding="utf-8")


def unmet(results):
    """The cells that differ from expected.json: what should hold and does not, and what holds unannounced."""
    expected = json.loads((HERE / "expected.json").read_text(encoding="utf-8"))
    for name, row in results.items():
        for column in COLUMNS:
            wanted = expected.get(name, {}).get(column, True)
            state, note = row.get(column, (False, "nothing was said of it"))
            if state != wanted:
                yield f"{name}, {column}: {wanted} expected, {state}: {note}"


def main():
    parser = argparse.ArgumentParser(prog=".ci/interop", description="Runs the client matrix against the demo gateway.")
    parser.add_argument("stacks", nargs="*", metavar="STACK", help=" ".join(stack.name for stack in STACKS))
    parser.add_argument("--quick", action="store_true", help="only the stacks that need no compiler")
    parser.add_argument("--no-install", action="store_true", help="install nothing, take what is there")
    arguments = parser.parse_args()
    unknown = set(arguments.stacks) - {stack.name for stack in STACKS}
    if unknown:
        parser.error(f"no such stack: {' '.join(sorted(unknown))}")
    chosen = [
        stack
        for stack in STACKS
        if (not arguments.stacks or stack.name in arguments.stacks) and (stack.quick or not arguments.quick)
    ]
    results = {}
    try:
        if not arguments.no_install:
            install(chosen)
        binary = gateway_binary()
    except Broken as error:
        say(str(error))
        return 1
    for stack in chosen:
        began = time.monotonic()
        try:
            results[stack.name] = tell(stack, binary, not arguments.no_install)
        except Broken as error:
            say(f"{stack.name}: {error}")
            results[stack.name] = {column: (False, "the stack could not be run") for column in COLUMNS}
        say(f"{stack.name}: told in {time.monotonic() - began:.0f} s")
    text = table(results)
    print(f"\n{text}")
    if len(chosen) == len(STACKS):
        write_docs(text)
    wrong = list(unmet(results))
    for line in wrong:
        say(line)
    cells_total = len(results) * len(COLUMNS)
    print(f"{cells_total - len(wrong)} passed, {len(wrong)} failed")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""Holds the BSL modules for 1C against the WSDL, without the 1C platform.

    bsl_check.py [--self-test]

Checked are: the syntax (tree-sitter with the BSL grammar), the format (bslfmt), that both variants of the client are one
text but for the connection, that each module says how it is to be installed, every call `Прокси.Операция(…)` by name and number of arguments, every XDTO type and every
property of a request and of an answer by name and type, that required properties are set, calls between the modules,
and that docs/1c.md explains every refusal. `--self-test` plants one mistake after another in a copy, and fails if one
of them is not found.
"""

import argparse
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import tree_sitter
import tree_sitter_hbk
from lxml import etree

ROOT = Path(__file__).resolve().parents[2]
XS = "{http://www.w3.org/2001/XMLSchema}"
PLAIN, LIBRARY, FORM = "Копилка.bsl", "КопилкаБСП.bsl", "ФормаКассы.bsl"
CACHE, QUEUE = "КопилкаПовтИсп.bsl", "ОчередьЧеков.bsl"
FILES = (PLAIN, LIBRARY, CACHE, QUEUE, FORM)
# The name of each common module, and what its header must say of it. КопилкаБСП.bsl is another text of Копилка.
FLAGS = "флажки «Сервер» и «Внешнее соединение»"
HEADERS = {
    PLAIN: ("Копилка", FLAGS), LIBRARY: ("Копилка", FLAGS), QUEUE: ("ОчередьЧеков", FLAGS),
    CACHE: ("КопилкаПовтИсп", "«На время сеанса»"),
}
# What each function of the modules' own plumbing does: the checker follows these by name.
NEW_OBJECT, CALL, ARGUMENTS, DISPATCH = "НовыйОбъект", "ВызватьОперацию", "Аргументы", "ОтветСервиса"
# ОбщегоНазначения.ПараметрыПодключенияWSПрокси() of the standard library, 3.1.
LIBRARY_PARAMETERS = {
    "АдресWSDL", "URIПространстваИмен", "ИмяСервиса", "ИмяТочкиПодключения", "ИмяПользователя", "Пароль", "Таймаут",
    "Местоположение", "ИспользоватьАутентификациюОС", "ЗащищенноеСоединение",
}
# The global functions of the platform that the modules use, with the least and the most arguments.
PLATFORM = {
    "ТекущаяДатаСеанса": (0, 0), "Окр": (1, 3), "Формат": (2, 2), "Строка": (1, 1), "СтрШаблон": (1, 11),
    "СтрНачинаетсяС": (2, 2), "СтрЗаканчиваетсяНа": (2, 2), "СтрНайти": (2, 5), "СтрДлина": (1, 1), "СокрЛП": (1, 1),
    "НРег": (1, 1), "Лев": (2, 2), "Сред": (2, 3), "ПустаяСтрока": (1, 1), "ЗначениеЗаполнено": (1, 1), "Тип": (1, 1),
    "ТипЗнч": (1, 1), "ИнформацияОбОшибке": (0, 0), "ЗаписьЖурналаРегистрации": (1, 6), "ДобавитьМесяц": (2, 2),
    "ПоказатьПредупреждение": (0, 4), "ИмяПользователя": (0, 0), "ЗначениеВСтрокуВнутр": (1, 1),
    "ЗначениеИзСтрокиВнутр": (1, 1),
}
# A property of a WSDL type has a Latin name; a field of a structure of the module's own has a Russian one.
LATIN = re.compile(r"[A-Za-z]\w*\Z", re.ASCII)
SCALAR = ("scalar", None)


@dataclass
class Property:
    type: tuple
    required: bool
    repeated: bool


class Contract:
    """Operations with their arguments in order, and types with their properties, as the WSDL has them."""

    def __init__(self, path):
        root = etree.parse(str(path)).getroot()
        schema = root.find(f".//{XS}schema")
        self.types = {
            one.get("name"): self.properties(one.find(f"{XS}sequence"))
            for one in schema.findall(f"{XS}complexType")
        }
        wrappers = {
            one.get("name"): self.properties(one.find(f"{XS}complexType/{XS}sequence"))
            for one in schema.findall(f"{XS}element")
        }
        self.operations = {
            name[: -len("Response")]: (list(wrappers[name[: -len("Response")]].values()), fields["return"].type)
            for name, fields in wrappers.items() if name.endswith("Response")
        }
        text = schema.findtext(f"{XS}simpleType[@name='ResultCode']/{XS}annotation/{XS}documentation")
        self.codes = re.findall(r"^\s*([A-Z_]+) — ", text, re.MULTILINE)

    @staticmethod
    def properties(sequence):
        made = {}
        for one in sequence.findall(f"{XS}element"):
            prefix, _, name = one.get("type").rpartition(":")
            kind = SCALAR
            root = one.getroottree().getroot()
            if prefix == "tns" and root.find(f".//{XS}complexType[@name='{name}']") is not None:
                kind = ("object", name)
            repeated = one.get("maxOccurs") == "unbounded"
            made[one.get("name")] = Property(kind, one.get("minOccurs") != "0", repeated)
        return made


@dataclass
class Routine:
    """A procedure or a function of a module."""

    name: str
    node: object
    exported: bool
    parameters: list
    required: int
    comment: str
    returned: object = None
    known: bool = False


@dataclass
class Scope:
    """What is known of the variables of one routine."""

    variables: dict = field(default_factory=dict)
    parameters: set = field(default_factory=set)
    assigned: dict = field(default_factory=dict)
    created: dict = field(default_factory=dict)
    returned: object = None


def text_of(node):
    return node.text.decode()


def walk(node):
    yield node
    for child in node.named_children:
        yield from walk(child)


class Module:
    """One module: parsed, and its expressions typed as far as the WSDL's types go."""

    def __init__(self, name, source, contract):
        self.name, self.contract = name, contract
        # The common modules that it may call, by their names in 1C.
        self.others = {}
        self.errors = []
        self.tree = tree_sitter.Parser(tree_sitter_hbk.Language()).parse(source.encode())
        self.lines = source.splitlines()
        self.routines = {}
        for node in walk(self.tree.root_node):
            if node.type in ("function_definition", "procedure_definition"):
                routine = self.routine(node)
                self.routines[routine.name.lower()] = routine

    def fail(self, node, message):
        error = f"{self.name}:{node.start_point[0] + 1}: {message}"
        if error not in self.errors:
            self.errors.append(error)

    def routine(self, node):
        parts = {child.type: child for child in node.named_children}
        name = text_of(next(child for child in node.named_children if child.type == "identifier"))
        parameters, required = [], 0
        for parameter in parts["parameters"].named_children if "parameters" in parts else []:
            names = [child for child in parameter.named_children if child.type == "identifier"]
            parameters.append(text_of(names[0]))
            required += "=" not in text_of(parameter)
        comment = []
        row = node.start_point[0] - 1
        while row >= 0 and self.lines[row].startswith(("//", "&")):
            comment.append(self.lines[row])
            row -= 1
        exported = "EXPORT_KEYWORD" in parts
        return Routine(name, node, exported, parameters, required, "\n".join(reversed(comment)))

    def check(self):
        self.check_syntax(self.tree.root_node)
        if not self.routines:
            self.fail(self.tree.root_node, "no procedure and no function was found")
        for routine in self.routines.values():
            self.type_of_routine(routine)
        if DISPATCH.lower() in self.routines:
            self.check_dispatch(self.routines[DISPATCH.lower()].node)
        return self.errors

    def check_syntax(self, node):
        if node.type == "ERROR" or node.is_missing:
            self.fail(node, f"syntax: «{text_of(node)[:60]}»")
        for child in node.children:
            self.check_syntax(child)

    def type_of_routine(self, routine):
        """Walks a routine once; what it returns is known to its callers from then on."""
        if routine.known:
            return routine.returned
        routine.known = True
        scope = Scope()
        for name in routine.parameters:
            scope.parameters.add(name.lower())
            declared = re.search(rf"//\s+{name}\s+- Структура - ([A-Z]\w+)\.", routine.comment)
            if declared:
                scope.variables[name.lower()] = self.named_type(routine.node, declared.group(1))
        for child in routine.node.named_children:
            if child.type != "parameters":
                self.visit(child, scope)
        for path, (node, name) in scope.created.items():
            missing = [
                one for one, about in self.contract.types[name].items()
                if about.required and one not in scope.assigned.get(path, set())
            ]
            if missing:
                self.fail(node, f"{name}: required but never set: {', '.join(missing)}")
        declared = re.search(r"Возвращаемое значение:\n//\s+Структура - ([A-Z]\w+)\.", routine.comment)
        if declared and scope.returned != self.named_type(routine.node, declared.group(1)):
            self.fail(routine.node, f"{routine.name} is said to return {declared.group(1)}, returns {scope.returned}")
        routine.returned = scope.returned
        return routine.returned

    def named_type(self, node, name):
        if name not in self.contract.types:
            self.fail(node, f"the WSDL has no type {name}")
            return None
        return ("object", name)

    # Statements.

    def visit(self, node, scope):
        if node.type == "assignment_statement":
            self.assign(node, scope)
        elif node.type == "for_each_statement":
            self.for_each(node, scope)
        elif node.type == "return_statement":
            for child in node.named_children:
                if child.type == "expression":
                    found = self.type_of(child, scope)
                    scope.returned = scope.returned or (found if found != SCALAR else None)
        elif node.type in ("expression", "call_expression", "method_call", "property_access"):
            self.type_of(node, scope)
        else:
            for child in node.named_children:
                self.visit(child, scope)

    def assign(self, node, scope):
        target, value = node.named_children[0], node.named_children[-1]
        given = self.type_of(value, scope)
        path = re.sub(r"\s", "", text_of(target)).lower()
        if target.type == "identifier":
            scope.variables[path] = given
        else:
            owner, name = self.owner_and_name(target)
            held = self.type_of(owner, scope)
            if LATIN.match(name) and held and held[0] == "object":
                self.set_property(node, scope, owner, held[1], name, given)
            else:
                self.type_of(target, scope)
        if given and given[0] == "object" and NEW_OBJECT in text_of(value):
            scope.created.setdefault(path, (node, given[1]))
            scope.assigned.setdefault(path, set())

    @staticmethod
    def owner_and_name(node):
        last = node.named_children[-1]
        return node.named_children[0], text_of(last) if last.type == "property" else ""

    def set_property(self, node, scope, owner, type_name, name, given):
        about = self.contract.types[type_name].get(name)
        if about is None:
            self.fail(node, f"{type_name} has no property {name}")
            return
        if about.repeated:
            self.fail(node, f"{type_name}.{name} is a list: use Добавить")
        elif about.type != SCALAR and given != about.type:
            self.fail(node, f"{type_name}.{name} takes {about.type[1]}, gets {given}")
        elif about.type == SCALAR and given not in (None, SCALAR):
            self.fail(node, f"{type_name}.{name} takes a plain value, gets {given}")
        scope.assigned.setdefault(re.sub(r"\s", "", text_of(owner)).lower(), set()).add(name)

    def for_each(self, node, scope):
        held = None
        for child in node.named_children:
            if child.type == "expression":
                held = self.type_of(child, scope)
                break
        variable = next(child for child in node.named_children if child.type == "identifier")
        scope.variables[text_of(variable).lower()] = held[1] if held and held[0] == "list" else None
        seen = False
        for child in node.named_children:
            if child.type == "expression" and not seen:
                seen = True
            else:
                self.visit(child, scope)

    # Expressions.

    def type_of(self, node, scope):
        if node.type in ("const_expression", "string", "number", "date"):
            return SCALAR
        if node.type == "identifier":
            return scope.variables.get(text_of(node).lower())
        if node.type == "method_call":
            return self.function_call(node, scope)
        if node.type == "call_expression":
            return self.method_call(node, scope)
        if node.type in ("access", "property_access") and node.named_children[-1].type == "property":
            return self.property(node, scope)
        if node.type == "new_expression":
            return self.new(node, scope)
        found = [self.type_of(child, scope) for child in node.named_children]
        return found[0] if node.type in ("expression", "access") and len(found) == 1 else None

    def new(self, node, scope):
        for child in node.named_children:
            self.type_of(child, scope)
        if "Структура" not in text_of(node):
            return None
        keys = re.search(r'"([^"]*)"', text_of(node))
        return ("structure", {key.strip() for key in keys.group(1).split(",")} if keys else set())

    def property(self, node, scope):
        owner, name = self.owner_and_name(node)
        held = self.type_of(owner, scope)
        if text_of(owner) == "ПараметрыПодключения" and name not in LIBRARY_PARAMETERS:
            self.fail(node, f"the standard library's connection has no parameter {name}")
        if not LATIN.match(name):
            return None
        if held and held[0] == "object":
            about = self.contract.types[held[1]].get(name)
            if about is None:
                self.fail(node, f"{held[1]} has no property {name}")
                return None
            return ("list", about.type) if about.repeated else about.type
        if held and held[0] == "structure" and name in held[1]:
            return SCALAR
        # Every answer begins with these two, so an answer of any operation has them.
        is_any_answer = owner.type == "access" and text_of(owner).lower() in scope.parameters
        if not (is_any_answer and name in ("code", "message")):
            self.fail(node, f"{text_of(node)}: nothing known has a property {name}")
        return None

    def arguments(self, node, scope):
        given = node.named_children[-1].named_children if node.named_children[-1].type == "arguments" else []
        return given, [self.type_of(one, scope) for one in given]

    def function_call(self, node, scope):
        name = text_of(node.named_children[0])
        given, types = self.arguments(node, scope)
        routine = self.routines.get(name.lower())
        if routine is None:
            least, most = PLATFORM.get(name, (None, None))
            if least is None:
                self.fail(node, f"no function {name}")
            elif not least <= len(given) <= most:
                self.fail(node, f"{name} takes {least} to {most} arguments, gets {len(given)}")
            return SCALAR if name != "ЗначениеИзXDTO" else None
        self.check_count(node, routine, given)
        if name == NEW_OBJECT and len(given) == 2:
            literal = re.fullmatch(r'"(\w+)"', text_of(given[1]))
            return self.named_type(node, literal.group(1)) if literal else None
        if name == CALL and len(given) == 3:
            return self.operation_call(node, given)
        return self.type_of_routine(routine)

    def check_count(self, node, routine, given):
        if not routine.required <= len(given) <= len(routine.parameters):
            wanted = f"{routine.required} to {len(routine.parameters)}"
            self.fail(node, f"{routine.name} takes {wanted} arguments, gets {len(given)}")

    def operation_call(self, node, given):
        name = text_of(given[1]).strip('"')
        if name not in self.contract.operations:
            self.fail(node, f"the WSDL has no operation {name}")
            return None
        wanted, returned = self.contract.operations[name]
        made = next((one for one in walk(given[2]) if one.type == "method_call"), None)
        if made is None or text_of(made.named_children[0]) != ARGUMENTS:
            self.fail(node, f"{name}: the arguments are not written as {ARGUMENTS}(…)")
        elif len(made.named_children[-1].named_children) != len(wanted):
            count = len(made.named_children[-1].named_children)
            self.fail(node, f"{name} takes {len(wanted)} arguments, gets {count}")
        return returned

    def method_call(self, node, scope):
        owner, call = node.named_children[0], node.named_children[-1]
        held = self.type_of(owner, scope)
        name = text_of(call.named_children[0])
        given, types = self.arguments(call, scope)
        last = text_of(owner).rsplit(".", 1)[-1]
        if last == "Прокси" and LATIN.match(name):
            return self.proxy_call(node, name, given, types)
        other = self.others.get(text_of(owner))
        if other is not None:
            routine = other.routines.get(name.lower())
            if routine is None or not routine.exported:
                self.fail(node, f"{text_of(owner)} exports no {name}")
                return None
            self.check_count(node, routine, given)
            return other.type_of_routine(routine)
        if name == "Вставить" and held and held[0] == "structure" and given:
            held[1].add(text_of(given[0]).strip('"'))
        if name == "Добавить" and held and held[0] == "list":
            if held[1] != SCALAR and types and types[0] != held[1]:
                self.fail(node, f"{text_of(owner)} holds {held[1][1]}, gets {types[0]}")
            whole = re.sub(r"\s", "", text_of(owner)).lower()
            path, _, item = whole.rpartition(".")
            scope.assigned.setdefault(path, set()).add(item)
        return None

    def proxy_call(self, node, name, given, types):
        if name not in self.contract.operations:
            self.fail(node, f"the WSDL has no operation {name}")
            return None
        wanted, returned = self.contract.operations[name]
        if len(given) != len(wanted):
            self.fail(node, f"{name} takes {len(wanted)} arguments, gets {len(given)}")
            return returned
        for place, (about, got) in enumerate(zip(wanted, types), 1):
            if about.type != SCALAR and got != about.type:
                self.fail(node, f"{name}: argument {place} is {about.type[1]}, gets {got}")
            if about.type == SCALAR and got and got[0] == "object":
                self.fail(node, f"{name}: argument {place} is a plain value, gets {got[1]}")
        used = [int(number) for one in given for number in re.findall(r"\bА\[(\d+)\]", text_of(one))]
        if used != list(range(len(wanted))):
            self.fail(node, f"{name}: the arguments are taken as {used}")
        return returned

    def check_dispatch(self, node):
        """Each condition calls the operation that it names, and each operation that is asked for has a condition."""
        named, called = [], []
        for one in walk(node):
            if one.type == "binary_expression" and text_of(one).startswith("ИмяОперации"):
                named.append(re.search(r'"(\w+)"', text_of(one)).group(1))
            if one.type == "call_expression" and text_of(one).startswith("Прокси."):
                called.append(re.match(r"Прокси\.(\w+)", text_of(one)).group(1))
        for left, right in zip(named, called, strict=False):
            if left != right:
                self.fail(node, f"{DISPATCH}: {left} calls {right}")
        source = text_of(self.tree.root_node)
        for asked in re.findall(rf'{CALL}\(\s*\w+,\s*"(\w+)"', source):
            if asked not in named:
                self.fail(node, f"{DISPATCH} does not know {asked}")


def header(source):
    """The comment that a module begins with, on one line."""
    lines = []
    for line in source.splitlines():
        if not line.startswith("//"):
            break
        lines.append(line.lstrip("/").strip())
    return " ".join(lines)


def without_connection(source):
    """A client's text but for its connection."""
    return re.sub(r"#Область Подключение\n.*?#КонецОбласти\n", "", source, flags=re.DOTALL)


def check_format(folder):
    run = subprocess.run(
        [sys.executable, "-m", "bslfmt", "--check", *(str(folder / name) for name in FILES)],
        capture_output=True, text=True, check=False,
    )
    return [] if run.returncode == 0 else [f"bslfmt: {(run.stdout + run.stderr).strip()}"]


def check(folder, page, contract):
    """Every finding, by the name of the check that found it."""
    sources = {name: (folder / name).read_text(encoding="utf-8") for name in FILES}
    modules = {name: Module(name, source, contract) for name, source in sources.items()}
    for module in modules.values():
        module.others = {HEADERS[name][0]: modules[name] for name in (PLAIN, CACHE, QUEUE)}
    findings = {f"{name} against the WSDL": module.check() for name, module in modules.items()}
    findings["headers"] = [
        f"{name}: its header does not say «{told}»" for name, (module, flags) in HEADERS.items()
        for told in (f"общий модуль с именем {module}", flags) if told not in header(sources[name])
    ]
    findings["format"] = check_format(folder)
    same = without_connection(sources[PLAIN]) == without_connection(sources[LIBRARY])
    findings["one text"] = [] if same else [f"{PLAIN} and {LIBRARY} differ outside the region Подключение"]
    explained = set(re.findall(r"^\| `([A-Z_]+)` \|", page.read_text(encoding="utf-8"), re.MULTILINE))
    findings["codes explained"] = [f"{page.name} does not explain {code}" for code in contract.codes
                                   if code not in explained]
    return findings


# What is planted: in which file, what is replaced by what, and what the finding must say.
MISTAKES = [
    (PLAIN, "Прокси.GetBalance(", "Прокси.GetBalanse(", "no operation GetBalanse"),
    (PLAIN, "Прокси.GetStatement(А[0], А[1], А[2], А[3])", "Прокси.GetStatement(А[0], А[1], А[2])", "takes 4"),
    (PLAIN, "Прокси.IssueCard(КонтекстXDTO(Прокси, А[0]), А[1], А[2])",
     "Прокси.IssueCard(КонтекстXDTO(Прокси, А[0]), А[2], А[1])", "taken as [0, 2, 1]"),
    (PLAIN, "Прокси.QuoteReceipt(ЧекXDTO(Прокси, А[0])", "Прокси.QuoteReceipt(КонтекстXDTO(Прокси, А[0])", "Receipt"),
    (PLAIN, "Возврат Прокси.Ping();", "Возврат Прокси.WhoAmI();", "Ping calls WhoAmI"),
    (PLAIN, '"CancelReceipt", Аргументы(Операция, НомерЧекаВПрограмме, Причина)',
     '"CancelReceipt", Аргументы(Операция, НомерЧекаВПрограмме)', "takes 3 arguments, gets 2"),
    (PLAIN, 'НовыйОбъект(Прокси, "Receipt")', 'НовыйОбъект(Прокси, "Reciept")', "no type Reciept"),
    (PLAIN, "Контекст.cashier", "Контекст.casher", "no property casher"),
    (PLAIN, "\tКонтекст.till = Операция.Касса;\n", "", "never set: till"),
    (PLAIN, "Объект.lines.line.Добавить(СтрокаВозврата)", "Объект.lines.line.Добавить(Объект)", "holds ReturnLine"),
    (PLAIN, 'НовыйОбъект(Прокси, "ReturnLines")', 'НовыйОбъект(Прокси, "ReceiptLines")', "takes ReturnLines"),
    (PLAIN, "Ответ.serverTime", "Ответ.servertime", "no property servertime"),
    (PLAIN, "//  Структура - QuoteResult.", "//  Структура - ReceiptResult.", "is said to return"),
    (PLAIN, "СтрЗаканчиваетсяНа(", "СтрЗаканчиваетсаНа(", "no function"),
    (LIBRARY, "ПараметрыПодключения.АдресWSDL", "ПараметрыПодключения.АдресWDSL", "no parameter АдресWDSL"),
    (LIBRARY, "Прокси.Ping()", "Прокси.Ping(1)", "takes 0"),
    (LIBRARY, '"Таймаут", 20', '"Таймаут", 21', "differ outside"),
    (LIBRARY, "флажки «Сервер» и", "флажки «Клиент» и", "its header does not say"),
    (PLAIN, "КопилкаПовтИсп.Определения(АдресСервиса, ", "КопилкаПовтИсп.Определения(", "takes 2 to 2"),
    (CACHE, "НРег(АдресСервиса)", "НРег()", "takes 1 to 1"),
    (CACHE, "«На время сеанса»", "«На время вызова»", "its header does not say"),
    (QUEUE, "Копилка.ЗаписатьВозврат(", "Копилка.ЗаписатьВозвраты(", "exports no"),
    (QUEUE, "Ответ.message", "Ответ.msg", "msg"),
    (FORM, "Ответ.pointsMax", "Ответ.pointsMaximum", "no property pointsMaximum"),
    (FORM, "Часть.quantity", "Часть.qty", "no property qty"),
    (FORM, "Копилка.СнятьРезерв(", "Копилка.СнятьРезервы(", "exports no"),
    (FORM, "Копилка.АктивироватьКарту(Соединение, ", "Копилка.АктивироватьКарту(", "takes 3"),
    (FORM, "Ответ.message", "Ответ.msg", "msg"),
    (FORM, "КонецЦикла;", "", "syntax"),
    (FORM, "\n\tОтвет = РассчитатьНаСервере();", "\nОтвет=РассчитатьНаСервере();", "bslfmt"),
]


def self_test(folder, page, contract):
    passed, failed = 0, 0
    originals = {name: (folder / name).read_text(encoding="utf-8") for name in FILES}
    with tempfile.TemporaryDirectory() as made:
        copy = Path(made)
        for name, old, new, said in MISTAKES:
            for other, source in originals.items():
                (copy / other).write_text(source, encoding="utf-8")
            if old not in originals[name]:
                failed += 1
                print(f"NOT PLANTED {name}: {old!r} is not there")
                continue
            (copy / name).write_text(originals[name].replace(old, new, 1), encoding="utf-8")
            findings = [one for found in check(copy, page, contract).values() for one in found]
            if any(said in one for one in findings):
                passed += 1
                print(f"found {name}: {old!r} → {new!r}")
            else:
                failed += 1
                print(f"NOT FOUND {name}: {old!r} → {new!r}; found instead: {findings[:3]}")
    return passed, failed


def main():
    parser = argparse.ArgumentParser(description="Holds the BSL modules for 1C against the WSDL.")
    parser.add_argument("--self-test", action="store_true", help="plant mistakes in a copy; each must be found")
    arguments = parser.parse_args()
    folder, page = ROOT / "examples/1c", ROOT / "docs/1c.md"
    contract = Contract(ROOT / "wsdl/pos_1.wsdl")
    if arguments.self_test:
        passed, failed = self_test(folder, page, contract)
    else:
        findings = check(folder, page, contract)
        for name, found in findings.items():
            print(f"{'ok' if not found else 'FAILED'} {name}")
            for one in found:
                print(f"   {one}")
        failed = sum(1 for found in findings.values() if found)
        passed = len(findings) - failed
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()

// The scenario through gSOAP: C++ classes that wsdl2h and soapcpp2 made of the served WSDL. C++ has no reflection, so every
// operation of the scenario is spelt out here; its values come from the flat form of the scenario, a value a line.
#include <ctime>
#include <fstream>
#include <functional>
#include <iostream>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "soapPos_USCORE1SoapBindingProxy.h"
#include "Pos_USCORE1SoapBinding.nsmap"

namespace {

using Json = std::string;
using Values = std::map<std::string, std::string>;
using Proxy = Pos_USCORE1SoapBindingProxy;

const int TIMEOUT_S = 30;
const char *const NO_NIL =
    "xsi:nil стек пишет только там, где WSDL объявляет nillable (здесь нигде); значение просто опускают";

// With both ports in the WSDL the proxy speaks SOAP 1.2 everywhere, unless it is given a table with 1.1 in front.
const Namespace SOAP_1_1[] = {
    {"SOAP-ENV", "http://schemas.xmlsoap.org/soap/envelope/", "http://www.w3.org/*/soap-envelope", nullptr},
    {"SOAP-ENC", "http://schemas.xmlsoap.org/soap/encoding/", "http://www.w3.org/*/soap-encoding", nullptr},
    {"xsi", "http://www.w3.org/2001/XMLSchema-instance", "http://www.w3.org/*/XMLSchema-instance", nullptr},
    {"xsd", "http://www.w3.org/2001/XMLSchema", "http://www.w3.org/*/XMLSchema", nullptr},
    {"ns1", "urn:kopilka:ws:pos:1", nullptr, nullptr},
    {nullptr, nullptr, nullptr, nullptr},
};

// What was read, as JSON.

Json text(const std::string &value) {
    Json made = "\"";
    for (char one : value) {
        if (one == '"' || one == '\\') {
            made += '\\';
        }
        made += one == '\n' ? ' ' : one;
    }
    return made + '"';
}

Json maybe(const std::string *value) { return value ? text(*value) : "null"; }

Json moment(time_t value) {
    char made[32];
    tm local;
    localtime_r(&value, &local);
    strftime(made, sizeof made, "%Y-%m-%dT%H:%M:%S", &local);
    return text(made);
}

Json object(const std::vector<std::pair<const char *, Json>> &members) {
    Json made;
    for (const auto &member : members) {
        made += (made.empty() ? "{" : ",") + text(member.first) + ":" + member.second;
    }
    return made + "}";
}

template <class Items, class Shown> Json list(const Items &items, Shown shown) {
    Json made;
    for (const auto &item : items) {
        made += (made.empty() ? "" : ",") + shown(item);
    }
    return "[" + made + "]";
}

Json dated(const ns1__Dated *one) { return object({{"at", moment(one->at)}, {"points", text(one->points)}}); }

Json part(const ns1__Part *one) {
    return object({{"quantity", text(one->quantity)}, {"price", text(one->price)}, {"sum", text(one->sum)}});
}

Json line(const ns1__ResultLine *one) {
    return object({
        {"number", std::to_string(one->number)},
        {"amountDue", text(one->amountDue)},
        {"parts", object({{"part", list(one->parts->part, part)}})},
    });
}

Json entry(const ns1__StatementEntry *one) {
    return object({{"at", moment(one->at)}, {"points", text(one->points)}, {"receipt", maybe(one->receipt)}});
}

Json questionnaire(const ns1__Questionnaire *one) {
    if (!one) {
        return "null";
    }
    const char *const sexes[] = {"male", "female"};
    return object({
        {"surname", maybe(one->surname)},
        {"name", maybe(one->name)},
        {"patronymic", maybe(one->patronymic)},
        {"birthDate", maybe(one->birthDate)},
        {"sex", one->sex ? text(sexes[*one->sex]) : "null"},
    });
}

// What is sent, out of the scenario's values.

time_t local(const std::string &value) {
    tm read = {};
    strptime(value.c_str(), "%Y-%m-%dT%H:%M:%S", &read);
    read.tm_isdst = -1;
    return mktime(&read);
}

/** One step's values and the memory of its call. */
struct Step {
    const Values &values;
    Proxy &proxy;

    bool has(const std::string &path) const { return values.count(path) != 0; }
    std::string at(const std::string &path) const { return has(path) ? values.at(path) : std::string(); }
    std::string argument(const std::string &path) const { return at("arguments." + path); }

    std::string *optional(const std::string &path) const {
        if (!has("arguments." + path)) {
            return nullptr;
        }
        std::string *made = soap_new_std__string(proxy.soap, -1);
        *made = argument(path);
        return made;
    }

    ns1__Context *context() const {
        ns1__Context *made = soap_new_ns1__Context(proxy.soap, -1);
        made->operationKey = argument("context.operationKey");
        made->till = argument("context.till");
        made->cashier = optional("context.cashier");
        made->shift = optional("context.shift");
        made->occurredAt = local(argument("context.occurredAt"));
        return made;
    }

    ns1__Receipt *receipt() const {
        ns1__Receipt *made = soap_new_ns1__Receipt(proxy.soap, -1);
        made->till = argument("receipt.till");
        made->shift = optional("receipt.shift");
        made->number = argument("receipt.number");
        made->at = local(argument("receipt.at"));
        made->identifier = optional("receipt.identifier");
        made->lines = soap_new_ns1__ReceiptLines(proxy.soap, -1);
        for (int index = 0; has("arguments.receipt.lines.line." + std::to_string(index) + ".number"); index++) {
            const std::string path = "receipt.lines.line." + std::to_string(index) + ".";
            ns1__ReceiptLine *line = soap_new_ns1__ReceiptLine(proxy.soap, -1);
            line->number = std::stoi(argument(path + "number"));
            line->goodsCode = argument(path + "goodsCode");
            line->name = optional(path + "name");
            line->quantity = argument(path + "quantity");
            line->price = argument(path + "price");
            line->sum = argument(path + "sum");
            made->lines->line.push_back(line);
        }
        return made;
    }
};

using Told = std::function<Json(const Step &)>;

// Every operation: the request, the call, what was read; nothing where the call ended with a fault.

Json get_balance(const Step &step) {
    _ns1__GetBalance request;
    _ns1__GetBalanceResponse response;
    request.identifier = step.argument("identifier");
    const bool newer = step.at("soap") == "1.2";
    if (newer ? step.proxy.GetBalance_(&request, response) : step.proxy.GetBalance(&request, response)) {
        return "";
    }
    const ns1__BalanceResult &read = *response.return_;
    return object({
        {"code", text(read.code)},
        {"message", text(read.message)},
        {"cardNumber", maybe(read.cardNumber)},
        {"cardState", maybe(read.cardState)},
        {"total", maybe(read.total)},
        {"available", maybe(read.available)},
        {"debt", maybe(read.debt)},
        {"expiries", object({{"expiry", list(read.expiries->expiry, dated)}})},
        {"activations", object({{"activation", list(read.activations->activation, dated)}})},
    });
}

Json get_statement(const Step &step) {
    _ns1__GetStatement request;
    _ns1__GetStatementResponse response;
    request.identifier = step.argument("identifier");
    request.from = step.argument("from");
    request.to = step.argument("to");
    request.cursor = step.argument("cursor");
    if (step.proxy.GetStatement(&request, response)) {
        return "";
    }
    const ns1__StatementResult &read = *response.return_;
    return object({{"code", text(read.code)}, {"entries", object({{"entry", list(read.entries->entry, entry)}})}});
}

Json who_am_i(const Step &step) {
    _ns1__WhoAmI request;
    _ns1__WhoAmIResponse response;
    if (step.proxy.WhoAmI(&request, response)) {
        return "";
    }
    return object({{"roles", object({{"role", list(response.return_->roles->role, text)}})}});
}

Json quote_receipt(const Step &step) {
    _ns1__QuoteReceipt request;
    _ns1__QuoteReceiptResponse response;
    request.receipt = step.receipt();
    request.pointsWanted = step.argument("pointsWanted");
    if (step.proxy.QuoteReceipt(&request, response)) {
        return "";
    }
    const ns1__QuoteResult &read = *response.return_;
    return object({
        {"code", text(read.code)},
        {"amountDue", maybe(read.amountDue)},
        {"pointsToEarn", maybe(read.pointsToEarn)},
        {"codeRequired", !read.codeRequired ? "null" : *read.codeRequired ? "true" : "false"},
        {"lines", object({{"line", list(read.lines->line, line)}})},
    });
}

Json save_questionnaire(const Step &step) {
    _ns1__SaveQuestionnaire request;
    _ns1__SaveQuestionnaireResponse response;
    request.context = step.context();
    request.identifier = step.argument("identifier");
    request.questionnaire = soap_new_ns1__Questionnaire(step.proxy.soap, -1);
    request.questionnaire->surname = step.optional("questionnaire.surname");
    request.questionnaire->name = step.optional("questionnaire.name");
    request.questionnaire->birthDate = step.optional("questionnaire.birthDate");
    ns1__Sex sex = ns1__Sex__female;
    request.questionnaire->sex = step.has("arguments.questionnaire.sex") ? &sex : nullptr;
    if (step.proxy.SaveQuestionnaire(&request, response)) {
        return "";
    }
    const ns1__QuestionnaireResult &read = *response.return_;
    return object({{"code", text(read.code)}, {"questionnaire", questionnaire(read.questionnaire)}});
}

Json get_questionnaire(const Step &step) {
    _ns1__GetQuestionnaire request;
    _ns1__GetQuestionnaireResponse response;
    request.identifier = step.argument("identifier");
    if (step.proxy.GetQuestionnaire(&request, response)) {
        return "";
    }
    const ns1__QuestionnaireResult &read = *response.return_;
    return object({{"code", text(read.code)}, {"questionnaire", questionnaire(read.questionnaire)}});
}

Json register_receipt(const Step &step) {
    _ns1__RegisterReceipt request;
    _ns1__RegisterReceiptResponse response;
    request.context = step.context();
    request.receipt = step.receipt();
    request.reservationId = step.argument("reservationId");
    request.pointsToSpend = step.argument("pointsToSpend");
    if (step.proxy.RegisterReceipt(&request, response)) {
        return "";
    }
    const ns1__ReceiptResult &read = *response.return_;
    return object({
        {"code", text(read.code)},
        {"receiptId", maybe(read.receiptId)},
        {"pointsEarned", maybe(read.pointsEarned)},
        {"amountDue", maybe(read.amountDue)},
        {"lines", object({{"line", list(read.lines->line, line)}})},
        {"balance", read.balance ? object({{"available", text(read.balance->available)}}) : "null"},
    });
}

const std::map<std::string, Told> OPERATIONS = {
    {"GetBalance", get_balance},
    {"GetStatement", get_statement},
    {"WhoAmI", who_am_i},
    {"QuoteReceipt", quote_receipt},
    {"SaveQuestionnaire", save_questionnaire},
    {"GetQuestionnaire", get_questionnaire},
    {"RegisterReceipt", register_receipt},
};

std::pair<const char *, Json> ending(const Step &step) {
    if (step.at("sends") == "nil") {
        return {"cannot", text(NO_NIL)};
    }
    const auto operation = OPERATIONS.find(step.at("operation"));
    if (operation == OPERATIONS.end()) {
        return {"error", text("the adapter has no " + step.at("operation"))};
    }
    const Json answer = operation->second(step);
    if (!answer.empty()) {
        return {"answer", answer};
    }
    const SOAP_ENV__Fault *fault = step.proxy.soap->fault;
    const SOAP_ENV__Detail *detail = !fault ? nullptr : fault->detail ? fault->detail : fault->SOAP_ENV__Detail;
    const _ns1__error *error = detail ? detail->ns1__error : nullptr;
    if (!error) {
        const char *said = step.proxy.soap_fault_string();
        return {"error", text(std::to_string(step.proxy.soap->error) + (said ? std::string(" ") + said : ""))};
    }
    return {"fault", object({
        {"code", text(error->code)},
        {"description", text(error->description)},
        {"requestId", text(error->requestId)},
    })};
}

/** The flat scenario: a line is the step, a path in it and the value there, with tabs between. */
std::vector<std::pair<std::string, Values>> scenario(const std::string &path) {
    std::vector<std::pair<std::string, Values>> steps;
    std::ifstream file(path);
    std::string read;
    while (std::getline(file, read)) {
        const size_t first = read.find('\t');
        const size_t second = read.find('\t', first + 1);
        const std::string step = read.substr(0, first);
        if (steps.empty() || steps.back().first != step) {
            steps.push_back({step, Values()});
        }
        steps.back().second[read.substr(first + 1, second - first - 1)] = read.substr(second + 1);
    }
    return steps;
}

} // namespace

int main(int, char **arguments) {
    const std::string endpoint = std::string(arguments[1]) + "/ws/pos_1";
    for (const auto &one : scenario(std::string(arguments[2]) + ".flat")) {
        // Else strings are cut down to Latin-1.
        Proxy proxy(endpoint.c_str(), SOAP_C_UTFSTRING);
        const Step step = {one.second, proxy};
        if (step.at("soap") != "1.2") {
            soap_set_namespaces(proxy.soap, SOAP_1_1);
        }
        const std::string login = step.at("login");
        proxy.soap->userid = login.c_str();
        proxy.soap->passwd = login.c_str();
        proxy.soap->send_timeout = proxy.soap->recv_timeout = proxy.soap->connect_timeout = TIMEOUT_S;
        const auto ended = ending(step);
        std::cout << object({{"step", text(one.first)}, ended}) << std::endl;
        proxy.destroy();
    }
    return 0;
}

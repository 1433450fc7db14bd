// The scenario through node's `soap`: a proxy made of the served WSDL, and a second one of its SOAP 1.2 port.
"use strict";

const fs = require("node:fs");
const path = require("node:path");
const soap = require(path.join(process.cwd(), "node_modules/soap"));

const TIMEOUT_MS = 30_000;
const [base, scenario] = process.argv.slice(2);
const clients = new Map();

async function port(login, version) {
    const key = `${login} ${version}`;
    if (!clients.has(key)) {
        const client = await soap.createClientAsync(`${base}/ws/pos_1?wsdl`, {
            forceSoap12Headers: version === "1.2",
        });
        client.setSecurity(new soap.BasicAuthSecurity(login, login));
        clients.set(key, client);
    }
    return clients.get(key).Pos_1[version === "1.2" ? "Pos_1Soap12" : "Pos_1Soap"];
}

const two = (number) => String(number).padStart(2, "0");

// The library reads xs:date and xs:dateTime as a Date: a day as midnight in UTC, a moment without an offset as local time.
function moment(value) {
    const day = value.toISOString();
    if (day.endsWith("T00:00:00.000Z")) {
        return day.slice(0, 10);
    }
    return (
        `${value.getFullYear()}-${two(value.getMonth() + 1)}-${two(value.getDate())}` +
        `T${two(value.getHours())}:${two(value.getMinutes())}:${two(value.getSeconds())}`
    );
}

function plain(value) {
    if (value instanceof Date) {
        return moment(value);
    }
    if (Array.isArray(value)) {
        return value.map(plain);
    }
    if (value && typeof value === "object") {
        return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, plain(item)]));
    }
    return value;
}

async function told(step) {
    const operations = await port(step.login, step.soap);
    try {
        const answer = await new Promise((resolve, reject) =>
            operations[step.operation](
                step.arguments,
                (error, result) => (error ? reject(error) : resolve(result)),
                { timeout: TIMEOUT_MS },
            ),
        );
        return { answer: plain(answer.return) };
    } catch (failure) {
        const error = failure.root?.Envelope?.Body?.Fault?.detail?.error;
        return error ? { fault: error } : { error: String(failure.message) };
    }
}

(async () => {
    for (const step of JSON.parse(fs.readFileSync(scenario, "utf8"))) {
        const line = await told(step).catch((failure) => ({ error: String(failure) }));
        console.log(JSON.stringify({ step: step.step, ...line }));
    }
})();

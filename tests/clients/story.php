<?php
/**
 * The product's story, told by PHP's own SOAP client, which knows nothing but the published WSDLs: the same story as
 * story.py tells through zeep, with PHP's ways of building and reading envelopes, and a second pass in SOAP 1.2.
 *
 *     php story.php --url http://127.0.0.1:8080 --sms PATH/sms.log [--cards-prefix 73]
 *
 * The server must run with its demo data. A database that has heard the story already needs another prefix. Amounts
 * are compared as integers of a hundredth, never as floats.
 */

declare(strict_types=1);

const POS = 'urn:kopilka:ws:pos:1';
const SOAP_1_1_NAMESPACE = 'http://schemas.xmlsoap.org/soap/envelope/';
const SMS_TIMEOUT_S = 15;
const CALL_TIMEOUT_S = 30;
const POLL_US = 20_000;
// A page of a statement carries 200 movements; so many receipts need a second page.
const RECEIPTS_FOR_TWO_PAGES = 205;
const STATEMENT_PAGES_MAX = 20;

/** What a step of the story expected and did not get. */
final class Unexpected extends Exception
{
}

/** One service of the gateway, as one login sees it. */
final class Service
{
    public static ?SoapClient $usedLast = null;
    public readonly SoapClient $client;

    public function __construct(
        string $url,
        string $name,
        string $login = 'demo',
        ?string $password = null,
        int $version = SOAP_1_1,
    ) {
        $this->client = new SoapClient($url . '/ws/' . strtolower($name) . '?wsdl', [
            'login' => $login,
            'password' => $password ?? $login,
            'soap_version' => $version,
            'features' => SOAP_SINGLE_ELEMENT_ARRAYS,
            'trace' => true,
            'exceptions' => true,
            'cache_wsdl' => WSDL_CACHE_NONE,
            'connection_timeout' => CALL_TIMEOUT_S,
            // The WSDL names two ports, of SOAP 1.1 and 1.2, with one address.
            'location' => $url . '/ws/' . strtolower($name),
        ]);
    }

    /** Calls an operation and unwraps its one child, `return`. */
    public function __call(string $operation, array $arguments): object
    {
        self::$usedLast = $this->client;
        return $this->client->__soapCall($operation, [$arguments[0] ?? []])->return;
    }

    public function status(): int
    {
        preg_match('/^HTTP\/\S+ (\d+)/', $this->client->__getLastResponseHeaders() ?? '', $found);
        return (int) ($found[1] ?? 0);
    }

    public function bytes(): string
    {
        return $this->client->__getLastResponse();
    }
}

/** The phone of every customer: the demo server writes its messages into a file. */
final class SmsLog
{
    public function __construct(private readonly string $path)
    {
    }

    public function messages(string $phone): array
    {
        $text = is_file($this->path) ? file_get_contents($this->path) : '';
        $lines = array_slice(explode("\n", $text), 0, -1);
        $pattern = '/^\S+ \S+ №\d+ ' . preg_quote($phone, '/') . '(?: от .+?)?: (.*)$/u';
        $heard = [];
        foreach ($lines as $line) {
            if (preg_match($pattern, $line, $found)) {
                $heard[] = $found[1];
            }
        }
        return $heard;
    }

    /** The code of the first message to a phone after $count others. */
    public function codeAfter(string $phone, int $count): string
    {
        $giveUp = microtime(true) + SMS_TIMEOUT_S;
        while (count($heard = $this->messages($phone)) <= $count) {
            check(microtime(true) < $giveUp, "no SMS to $phone within " . SMS_TIMEOUT_S . " s in {$this->path}");
            usleep(POLL_US);
        }
        same(preg_match_all('/(?<!\d)\d{6}(?!\d)/', $heard[$count], $codes), 1, "codes in «{$heard[$count]}»");
        return $codes[0][0];
    }
}

function check(bool $holds, string $what): void
{
    if (!$holds) {
        throw new Unexpected($what);
    }
}

function same(mixed $actual, mixed $expected, string $what): void
{
    check($actual === $expected, "$what: expected " . shown($expected) . ', got ' . shown($actual));
}

function shown(mixed $value): string
{
    return json_encode($value, JSON_UNESCAPED_UNICODE | JSON_PARTIAL_OUTPUT_ON_ERROR) ?: gettype($value);
}

function done(object $answer, string $what): object
{
    check($answer->code === 'OK', "$what: expected OK, got {$answer->code} «{$answer->message}»");
    return $answer;
}

function refused(object $answer, string ...$codes): object
{
    $expected = implode(' or ', $codes);
    check(
        in_array($answer->code, $codes, true),
        "expected a refusal $expected, got {$answer->code} «{$answer->message}»",
    );
    check(preg_match('/[а-я]/iu', $answer->message) === 1, "{$answer->code} has no Russian sentence");
    return $answer;
}

/** The code and the description of the fault that a call must end with. */
function faultOf(callable $call): array
{
    try {
        $answer = $call();
    } catch (SoapFault $fault) {
        check(isset($fault->detail->error), "the fault has no detail/error: {$fault->getMessage()}");
        $error = $fault->detail->error;
        check(($error->requestId ?? '') !== '', 'the fault names no request');
        return [$error->code, $error->description];
    }
    throw new Unexpected('expected a fault, got ' . shown($answer));
}

/** A decimal of the wire as an integer of its hundredths; more places than two are a mistake. */
function hundredths(string|int $decimal): int
{
    return scaled((string) $decimal, 2);
}

function scaled(string $decimal, int $places): int
{
    check(preg_match('/^(-?)(\d+)(?:\.(\d*))?$/', $decimal, $found) === 1, "not a plain decimal: «{$decimal}»");
    $fraction = $found[3] ?? '';
    check(strlen(rtrim($fraction, '0')) <= $places, "more than $places places: $decimal");
    $digits = $found[2] . str_pad(substr($fraction, 0, $places), $places, '0');
    return ($found[1] === '-' ? -1 : 1) * (int) $digits;
}

function decimal(int $hundredths): string
{
    return sprintf('%s%d.%02d', $hundredths < 0 ? '-' : '', intdiv(abs($hundredths), 100), abs($hundredths) % 100);
}

/** price × quantity to a kopeck, a half upwards; the quantity is in thousandths. */
function cost(int $priceKopecks, int $thousandths): int
{
    return intdiv($priceKopecks * $thousandths + 500, 1000);
}

/** The demo programme, in hundredths of a point: a whole point for each whole 100 roubles. */
function pointsFor(int $kopecks): int
{
    return intdiv($kopecks, 10_000) * 100;
}

function sumOf(array $items, string $name): int
{
    return array_sum(array_map(static fn ($item) => hundredths($item->$name), $items));
}

/** The rule of a kind, which the programme must have. */
function ruleOf(object $programme, string $kind): object
{
    return array_values(array_filter($programme->rules->rule, static fn ($rule) => $rule->kind === $kind))[0];
}

function linesOf(object $answer): array
{
    return $answer->lines->line ?? [];
}

function newKey(): string
{
    return bin2hex(random_bytes(16));
}

/** The store's time without an offset, as 1C sends it. */
function storeTime(int $aheadSeconds = 0): string
{
    return gmdate('Y-m-d\TH:i:s', time() + 3 * 3600 + $aheadSeconds);
}

function day(int $ahead = 0): string
{
    return gmdate('Y-m-d', time() + 3 * 3600 + $ahead * 86_400);
}

function context(string $till = 'M1-01', ?string $at = null): array
{
    return [
        'operationKey' => newKey(),
        'till' => $till,
        'cashier' => 'Иванова А. П.',
        'shift' => '17',
        'occurredAt' => $at ?? storeTime(),
    ];
}

/** A line whose sum is what a till computes: price × quantity to a kopeck, less the discount. */
function line(int $number, string $quantity, string $price, string $discount = '0.00', array $other = []): array
{
    $sum = cost(hundredths($price), scaled($quantity, 3)) - hundredths($discount);
    $made = [
        'number' => $number,
        'goodsCode' => "G-$number",
        'name' => "Товар $number",
        'quantity' => $quantity,
        'price' => $price,
        'sum' => decimal($sum),
    ];
    return ($discount === '0.00' ? $made : $made + ['discountGranted' => $discount]) + $other;
}

/** What a fiscal registrar and an accountant would check; $spent is in hundredths. */
function checkTotals(object $answer, int $spent): void
{
    $lines = linesOf($answer);
    $due = hundredths($answer->amountDue);
    same(sumOf($lines, 'pointsAsMoney'), $spent, 'Σ pointsAsMoney over the lines');
    same(sumOf($lines, 'amountDue'), $due, 'Σ amountDue over the lines');
    $parts = [];
    foreach ($lines as $line) {
        same(sumOf($line->parts->part, 'sum'), hundredths($line->amountDue), "Σ parts of line {$line->number}");
        array_push($parts, ...$line->parts->part);
    }
    same(sumOf($parts, 'sum'), $due, 'Σ sum over the parts');
    foreach ($parts as $part) {
        $exact = hundredths($part->price) * scaled((string) $part->quantity, 3);
        $off = abs($exact - hundredths($part->sum) * 1000);
        check($off <= 1000, 'a part is more than a kopeck away from quantity × price: ' . shown($part));
    }
}

final class Story
{
    public int $passed = 0;
    private readonly SmsLog $sms;
    private Service $pos;
    private Service $office;
    private Service $plainTill;
    private string $card;
    private string $spare;
    private string $second;
    private string $third;
    private string $spoilt;
    private string $national;
    private string $phone;
    private string $otherPhone;
    private string $thirdPhone;
    private int $receipts = 0;
    /** What must be available now, in hundredths of a point. */
    private int $available = 0;
    private array $firstRequest = [];
    private object $firstAnswer;
    private string $firstBytes = '';
    private array $spendReceipt = [];
    private object $spendAnswer;
    private string $reservation = '';

    public function __construct(private readonly string $url, string $smsPath, private readonly string $prefix)
    {
        $this->sms = new SmsLog($smsPath);
        [$this->card, $this->spare, $this->second, $this->third, $this->spoilt] =
            array_map(static fn (int $number) => sprintf('%s%04d', $prefix, $number), range(1, 5));
        // The subscriber numbers follow from the prefix, so that every run has customers of its own.
        $unique = sprintf('%05d', hexdec(substr(hash('sha256', $prefix), 0, 12)) % 100_000);
        $this->national = "915{$unique}67";
        $this->phone = "+7{$this->national}";
        $this->otherPhone = "+7925{$unique}89";
        $this->thirdPhone = "+7905{$unique}45";
    }

    public function tell(): void
    {
        $this->connects();
        $this->officeRegistersCards();
        $this->officeOpensATill();
        $this->tillIssuesACard();
        $this->firstSale();
        $this->lostAnswers();
        $this->largerSale();
        $this->redemption();
        $this->capture();
        $this->changeOfMind();
        $this->returns();
        $this->cancellation();
        $this->questionnaireAndConsents();
        $this->phoneIsConfirmed();
        $this->mistakes();
        $this->faults();
        $this->blocking();
        $this->statement();
        $this->replacement();
        $this->longStatement();
        $this->speaksSoap12();
    }

    private function ok(string $step, string $what): void
    {
        $this->passed++;
        printf("ok %02d %s: %s\n", $this->passed, $step, $what);
    }

    private function receipt(array $lines, ?string $identifier = null, array $other = []): array
    {
        $this->receipts++;
        $made = [
            'till' => 'M1-01',
            'shift' => '17',
            'number' => "{$this->prefix}-{$this->receipts}",
            'at' => storeTime(),
            'channel' => 'till',
            'lines' => ['line' => $lines],
        ];
        return $other + ($identifier === null ? $made : $made + ['identifier' => $identifier]);
    }

    private static function sale(
        array $receipt,
        string $reservation = '',
        string $points = '0.00',
        ?array $context = null,
    ): array {
        return [
            'context' => $context ?? context(),
            'receipt' => $receipt,
            'reservationId' => $reservation,
            'pointsToSpend' => $points,
        ];
    }

    private function balance(?string $identifier = null): object
    {
        $answer = done($this->pos->GetBalance(['identifier' => $identifier ?? $this->card]), 'GetBalance');
        $parts = hundredths($answer->available) + hundredths($answer->pending) + hundredths($answer->reserved);
        same(hundredths($answer->total), $parts, 'total = available + pending + reserved');
        return $answer;
    }

    private function checkAvailable(string $when): void
    {
        same(hundredths($this->balance()->available), $this->available, "the balance $when");
    }

    // Chapters, in the order in which they are told.

    private function connects(): void
    {
        $this->pos = new Service($this->url, 'Pos_1');
        $this->office = new Service($this->url, 'Office_1', 'office');
        done($this->pos->Ping(), 'Ping');
        $who = done($this->pos->WhoAmI(), 'WhoAmI');
        same($who->login, 'demo', 'who I am');
        check($who->partner !== '' && ($who->network ?? '') !== '', 'the demo login is nobody\'s: ' . shown($who));
        check(in_array('till', $who->roles->role, true), 'the demo login has no role «till»');
        $this->ok('connect', "{$who->login} of {$who->partner}, contract {$who->contractVersion}");
        $versions = done($this->pos->GetVersions(), 'GetVersions')->versions->version;
        $current = array_filter($versions, static fn ($one) => $one->status === 'current');
        check(in_array(POS, array_column($current, 'namespace'), true), POS . ' is not among the current versions');
        $this->ok('versions', implode(', ', array_column($versions, 'name')));
    }

    private static function officeContext(): array
    {
        return ['operationKey' => newKey(), 'actor' => 'Петрова', 'occurredAt' => storeTime()];
    }

    private function officeRegistersCards(): void
    {
        $batch = ['prefix' => $this->prefix, 'from' => '0001', 'to' => '0020'];
        $request = ['context' => self::officeContext(), 'batch' => $batch];
        same(done($this->office->RegisterCards($request), 'RegisterCards')->registered, 20, 'cards registered');
        same(done($this->office->RegisterCards($request), 'repeat')->registered, 20, 'cards of the repeated answer');
        $other = ['context' => self::officeContext()] + $request;
        refused($this->office->RegisterCards($other), 'CARD_EXISTS');
        $this->ok('register cards', "{$this->prefix}0001…0020 by the office, once");
        $asked = ['programmeCode' => 'demo'];
        $rules = done($this->office->GetProgramme($asked), 'GetProgramme')->programme;
        $accrual = ruleOf($rules, 'accrual');
        same([hundredths($accrual->points), hundredths($accrual->step)], [100, 10_000], 'the rule of accrual');
        same(hundredths(ruleOf($rules, 'spending')->share), 5_000, 'the rule of redemption');
        same(ruleOf($rules, 'codes')->tries, 3, 'the rule of codes');
        $this->ok('programme', "«{$rules->name}»: {$accrual->points} point for {$accrual->step} roubles");
        $accrual->points = '3.00';
        $following = ['validFrom' => storeTime(400 * 86_400)] + (array) $rules;
        $saved = $this->office->SaveProgramme(['context' => self::officeContext(), 'programme' => $following]);
        $saved = done($saved, 'SaveProgramme')->programme;
        same(hundredths(ruleOf($saved, 'accrual')->points), 300, 'the next edition');
        same($saved->version, $rules->version + 1, 'its number');
        $again = $this->office->SaveProgramme(['context' => self::officeContext(), 'programme' => $following]);
        refused($again, 'VERSION_CHANGED');
        $rules = done($this->office->GetProgramme($asked), 'GetProgramme')->programme;
        same(hundredths(ruleOf($rules, 'accrual')->points), 300, 'the edition saved last');
        $this->ok('next edition', 'saved for the next year, and the next save starts from it');
    }

    private function officeOpensATill(): void
    {
        [$login, $code, $password] = ["till-{$this->prefix}", "T{$this->prefix}", 'secret-' . newKey()];
        $settings = [
            'store' => 'M1',
            'till' => $code,
            'login' => $login,
            'password' => $password,
            'roles' => ['role' => ['till']],
        ];
        $saved = $this->office->SaveTill(['context' => self::officeContext(), 'tillSettings' => $settings]);
        same([done($saved, 'SaveTill')->till, $saved->login], [$code, $login], 'the new till');
        $opened = new Service($this->url, 'Pos_1', $login, $password);
        $who = done($opened->WhoAmI(), 'WhoAmI of the new till');
        same([$who->till, $who->store, $who->roles->role], [$code, 'M1', ['till']], 'who the new till is');
        $blank = $this->receipt([line(1, '1', '10.00')], other: ['till' => $code]);
        done($opened->RegisterReceipt(self::sale($blank, context: context($code))), 'a sale of the new till');
        refused($opened->RegisterReceipt(self::sale(['till' => 'M1-01'] + $blank)), 'TILL_NOT_YOURS');
        $this->plainTill = $opened;
        $this->ok('open a till', "$code sells as $login, and as no other till");
    }

    private function tillIssuesACard(): void
    {
        $digits = [substr($this->national, 0, 3), substr($this->national, 3, 3), substr($this->national, 6, 2),
            substr($this->national, 8)];
        $spelled = vsprintf('+7 (%s) %s-%s-%s', $digits);
        $issue = ['cardNumber' => $this->card, 'identifier' => $spelled];
        $answer = done($this->pos->IssueCard(['context' => context()] + $issue), 'IssueCard');
        same([$answer->card->number, $answer->card->state], [$this->card, 'issued'], 'the card issued');
        $this->ok('issue', "{$this->card} to a new customer, $spelled");
        $answer = $this->pos->ActivateCard([
            'context' => context(at: storeTime() . '+03:00'),
            'cardNumber' => $this->card,
        ]);
        same(done($answer, 'ActivateCard')->card->state, 'active', 'the card\'s state');
        $again = ['context' => context(), 'cardNumber' => $this->card];
        refused($this->pos->ActivateCard($again), 'CARD_ALREADY_ACTIVE');
        refused($this->pos->IssueCard(['context' => context()] + $issue), 'CARD_ALREADY_ISSUED');
        $this->ok('activate', 'active; a second activation and a second issue are refused');
        $spelled = vsprintf('8 %s %s %s %s', $digits);
        // The login that only sells: what it sees of a customer is shortened.
        $found = done($this->plainTill->FindCustomer(['identifier' => $spelled]), 'FindCustomer');
        same(array_column($found->cards->card, 'number'), [$this->card], 'the customer\'s cards');
        check(str_contains($found->customer->phone, '***'), "a till sees the whole phone: {$found->customer->phone}");
        same(hundredths($this->balance($spelled)->total), 0, 'the balance of a new customer');
        $this->ok('find', "$spelled is {$found->customer->phone}");
    }

    private function firstSale(): void
    {
        $lines = [
            line(1, '1.235', '899.90'),
            line(2, '2', '1500.00', other: ['noEarn' => true]),
            line(3, '3', '2800.00', discount: '165.71'),
        ];
        $receipt = $this->receipt($lines, "7{$this->national}", ['at' => storeTime() . '+03:00']);
        $sums = array_map(static fn (array $line) => hundredths($line['sum']), $lines);
        same(array_sum($sums), 1_234_567, 'the receipt\'s sum');
        $expected = pointsFor($sums[0] + $sums[2]);
        $quote = done($this->pos->QuoteReceipt(['receipt' => $receipt, 'pointsWanted' => '0.00']), 'QuoteReceipt');
        same([hundredths($quote->amountDue), hundredths($quote->pointsToEarn)], [1_234_567, $expected], 'the quote');
        same(hundredths($quote->discountTotal), 16_571, 'the discounts of the quote');
        checkTotals($quote, 0);
        $this->checkAvailable('after a quote, which changes nothing');
        $this->ok('quote', "{$quote->amountDue} roubles, {$quote->pointsToEarn} points to earn");

        $this->firstRequest = self::sale($receipt);
        $answer = done($this->pos->RegisterReceipt($this->firstRequest), 'RegisterReceipt');
        $this->firstAnswer = $answer;
        $this->firstBytes = $this->pos->bytes();
        same([hundredths($answer->pointsEarned), hundredths($answer->amountDue)], [$expected, 1_234_567], 'the sale');
        same(sumOf(linesOf($answer), 'pointsToEarn'), $expected, 'Σ pointsToEarn over the lines');
        same(hundredths(linesOf($answer)[1]->pointsToEarn), 0, 'what the excluded line earns');
        same(hundredths($answer->balance->available), $expected, 'the balance in the answer');
        checkTotals($answer, 0);
        $this->ok('sell', "receipt {$answer->receiptId}, {$answer->pointsEarned} points earned");
        $this->available = $expected;
        $this->checkAvailable('at once');
        $this->ok('balance', decimal($expected) . ' available at once');
    }

    private function lostAnswers(): void
    {
        done($this->pos->RegisterReceipt($this->firstRequest), 'the same request again');
        same($this->pos->bytes(), $this->firstBytes, 'the bytes of the second answer');
        $this->checkAvailable('after a repeat');
        $this->ok('repeat', 'the same request, the same ' . strlen($this->firstBytes) . ' bytes, no second accrual');
        $key = $this->firstRequest['context']['operationKey'];
        $found = done($this->pos->GetOperation(['operationKey' => $key]), 'GetOperation');
        same([$found->found, $found->operation], [true, 'RegisterReceipt'], 'the lost operation');
        $identity = "receiptId>{$this->firstAnswer->receiptId}</";
        check(str_contains($found->answer, $identity), "the stored answer has no $identity: {$found->answer}");
        // This PHP has no parser of its own; the story in Python reads the answer as a document.
        check(str_contains($found->answer, ' xmlns:m="' . POS . '"'), 'the stored answer does not declare its namespace');
        $sent = str_replace(' xmlns:m="' . POS . '"', '', $found->answer);
        check(str_contains($this->firstBytes, $sent), 'the stored answer is not the one that was sent');
        $unknown = done($this->pos->GetOperation(['operationKey' => newKey()]), 'GetOperation of an unknown key');
        same([$unknown->found, $unknown->answer ?? null], [false, null], 'an operation that never was');
        $this->ok('lost answer', 'found by its key, as it was sent; an unknown key is not found');
        $receipt = $this->firstRequest['receipt'];
        $other = ['receipt' => ['number' => 'another'] + $receipt] + $this->firstRequest;
        refused($this->pos->RegisterReceipt($other), 'OPERATION_KEY_REUSED');
        refused($this->pos->RegisterReceipt(self::sale($receipt)), 'RECEIPT_DUPLICATE');
        $this->checkAvailable('after the refusals');
        $this->ok('twice', 'a key with another body, and a receipt under another key, are refused');
    }

    private function largerSale(): void
    {
        $fiscal = ['fiscal' => ['fn' => "99604403000{$this->prefix}", 'fd' => '2', 'fp' => '3141592653']];
        $receipt = $this->receipt([line(1, '1', '54321.00', other: ['brand' => 'Бренд'])], $this->card, $fiscal);
        $answer = done($this->pos->RegisterReceipt(self::sale($receipt)), 'RegisterReceipt');
        same(hundredths($answer->pointsEarned), pointsFor(5_432_100), 'points earned');
        $this->available += hundredths($answer->pointsEarned);
        $this->checkAvailable('after the larger sale');
        $again = $this->receipt([line(1, '1', '1.00')], $this->card, $fiscal);
        refused($this->pos->RegisterReceipt(self::sale($again)), 'FISCAL_DUPLICATE');
        $this->ok('sell more', "{$answer->pointsEarned} more, " . decimal($this->available) . ' available; '
            . 'a fiscal document counts once');
    }

    private function redemption(): void
    {
        $this->spendReceipt = $this->receipt([
            line(1, '1.235', '899.90'),
            line(2, '3', '100.00', other: ['noSpend' => true]),
            line(3, '7', '57.10', other: ['minimumPrice' => '40.00']),
        ], $this->card);
        $wanted = 10_000;
        $asked = ['receipt' => $this->spendReceipt, 'pointsWanted' => decimal($wanted)];
        $quote = done($this->pos->QuoteReceipt($asked), 'QuoteReceipt');
        same($quote->codeRequired, true, 'whether a code is required');
        // Half of what may be paid by points, in whole points, as far as there are any.
        $limit = min(intdiv(111_138 + 39_970, 200) * 100, $this->available);
        $figures = [hundredths($quote->pointsMax), hundredths($quote->pointsAvailable)];
        same($figures, [$limit, $this->available], 'the most that may be spent');
        checkTotals($quote, $wanted);
        same(hundredths(linesOf($quote)[1]->pointsAsMoney), 0, 'what points pay of the excluded line');
        $this->ok('quote points', "at most {$quote->pointsMax} of {$quote->pointsAvailable}, by a code");
        $this->reserve($wanted);
    }

    private function reserve(int $wanted): void
    {
        $heard = count($this->sms->messages($this->phone));
        $hold = ['context' => context(), 'receipt' => $this->spendReceipt, 'points' => decimal($wanted)];
        $answer = done($this->pos->ReservePoints($hold), 'ReservePoints');
        same([$answer->state, hundredths($answer->points)], ['awaiting_code', $wanted], 'the hold');
        $masked = sprintf('+7 %s ***-**-%s', substr($this->national, 0, 3), substr($this->national, -2));
        same($answer->codeSentTo, $masked, 'where the code went');
        $this->reservation = $answer->reservationId;
        $balance = $this->balance();
        $figures = [hundredths($balance->reserved), hundredths($balance->available)];
        same($figures, [$wanted, $this->available - $wanted], 'reserved and available');
        $this->ok('reserve', decimal($wanted) . " points held, code sent to $masked");
        same($this->reservationState(), 'awaiting_code', 'the hold\'s state');
        $resend = ['context' => context(), 'reservationId' => $this->reservation];
        refused($this->pos->ResendCode($resend), 'CODE_TOO_SOON');
        $early = self::sale($this->spendReceipt, $this->reservation, '73.00');
        refused($this->pos->RegisterReceipt($early), 'RESERVATION_AWAITS_CODE');
        $this->ok('too early', 'no sale before the code is confirmed, no second code at once');
        $this->confirm($this->sms->codeAfter($this->phone, $heard), $answer->triesLeft ?? null);
    }

    private function reservationState(): string
    {
        $asked = ['reservationId' => $this->reservation];
        return done($this->pos->GetReservation($asked), 'GetReservation')->state;
    }

    private function confirm(string $code, ?int $tries): void
    {
        $request = ['context' => context(), 'reservationId' => $this->reservation];
        $wrong = sprintf('%06d', ((int) $code + 1) % 1_000_000);
        $answer = $this->pos->ConfirmReservation($request + ['confirmationCode' => $wrong]);
        refused($answer, 'CODE_WRONG');
        check(preg_match('/\d+/', $answer->message, $left) === 1, "how many tries are left? {$answer->message}");
        if ($tries !== null) {
            same((int) $left[0], $tries - 1, 'tries left');
        }
        $this->ok('wrong code', "refused, «{$answer->message}»");
        $request = ['context' => context()] + $request;
        $answer = done($this->pos->ConfirmReservation($request + ['confirmationCode' => $code]), 'ConfirmReservation');
        same($answer->state, 'held', 'the hold\'s state');
        same($this->reservationState(), 'held', 'the hold\'s state, asked for');
        $this->ok('confirm', 'the code from the SMS is right, the points are held');
    }

    private function capture(): void
    {
        [$spent, $held] = [7_300, 10_000];
        $tooMany = $this->pos->RegisterReceipt(self::sale($this->spendReceipt, $this->reservation, '101.00'));
        check($tooMany->code !== 'OK', 'more than was held was spent');
        $sale = self::sale($this->spendReceipt, $this->reservation, decimal($spent));
        $answer = done($this->pos->RegisterReceipt($sale), 'RegisterReceipt with points');
        $figures = [hundredths($answer->pointsSpent), hundredths($answer->pointsReleased)];
        same($figures, [$spent, $held - $spent], 'points spent and released');
        checkTotals($answer, $spent);
        $whole = array_sum(array_map(static fn ($one) => hundredths($one['sum']), $sale['receipt']['lines']['line']));
        same(hundredths($answer->amountDue), $whole - $spent, 'the money to pay');
        same(hundredths($answer->pointsEarned), pointsFor($whole - $spent), 'points earned on the money only');
        $this->available += hundredths($answer->pointsEarned) - $spent;
        $told = [hundredths($answer->balance->available), hundredths($answer->balance->reserved)];
        same($told, [$this->available, 0], 'the balance told');
        $this->checkAvailable('asked for');
        $this->spendAnswer = $answer;
        $this->ok('capture', "{$answer->pointsSpent} spent, {$answer->pointsReleased} released, "
            . "{$answer->pointsEarned} earned");
        $other = $this->receipt([line(1, '1', '500.00')], $this->card);
        refused($this->pos->RegisterReceipt(self::sale($other, $this->reservation, '10.00')), 'RESERVATION_CAPTURED');
        $release = ['context' => context(), 'reservationId' => $this->reservation, 'reason' => 'Покупатель передумал'];
        refused($this->pos->ReleaseReservation($release), 'RESERVATION_CAPTURED');
        $this->ok('once', 'a hold is spent once');
    }

    private function changeOfMind(): void
    {
        $issue = ['context' => context(), 'cardNumber' => $this->third, 'identifier' => $this->thirdPhone];
        done($this->pos->IssueCard($issue), 'IssueCard');
        $receipt = $this->receipt([line(1, '10', '999.99')], $this->third);
        done($this->pos->RegisterReceipt(self::sale($receipt)), 'a sale to an issued card');
        same(hundredths($this->balance($this->third)->available), 9_900, 'what an issued card earns');
        $hold = ['receipt' => $this->receipt([line(1, '1', '100.00')], $this->third), 'points' => '20.00'];
        refused($this->pos->ReservePoints(['context' => context()] + $hold), 'CARD_NOT_ACTIVE');
        $this->ok('issued card', 'earns and does not spend');
        done($this->pos->ActivateCard(['context' => context(), 'cardNumber' => $this->third]), 'ActivateCard');
        $held = done($this->pos->ReservePoints(['context' => context()] + $hold), 'ReservePoints');
        $release = ['reservationId' => $held->reservationId, 'reason' => 'Покупатель передумал'];
        $answer = done($this->pos->ReleaseReservation(['context' => context()] + $release), 'ReleaseReservation');
        same($answer->state, 'released', 'the hold\'s state');
        $after = $this->balance($this->third);
        $figures = [hundredths($after->available), hundredths($after->reserved)];
        same($figures, [9_900, 0], 'the balance after the release');
        refused($this->pos->ReleaseReservation(['context' => context()] + $release), 'RESERVATION_RELEASED');
        $late = ['reservationId' => $held->reservationId, 'confirmationCode' => '000000'];
        refused($this->pos->ConfirmReservation(['context' => context()] + $late), 'RESERVATION_RELEASED');
        $this->ok('release', 'the points are available again; a hold is released once');
    }

    private function returns(): void
    {
        $this->takeBack('whole line', 1, '1.235');
        // A part of the pieces: of each amount of the line its share, rounded down.
        $this->takeBack('part of a line', 3, '3');
        refused($this->pos->QuoteReturn(['returnReceipt' => $this->returnOf(3, '5')]), 'RETURN_OVER_SOLD');
        $cancel = ['receiptId' => $this->spendAnswer->receiptId, 'reason' => 'Ошибка кассира'];
        refused($this->pos->CancelReceipt(['context' => context()] + $cancel), 'RECEIPT_RETURNED');
        $this->ok('returned', 'no more than was sold comes back; a receipt with a return is not cancelled whole');
    }

    private function returnOf(int $number, string $quantity): array
    {
        return [
            'receiptId' => $this->spendAnswer->receiptId,
            'till' => 'M1-01',
            'shift' => '17',
            'number' => "{$this->prefix}-R$number-$quantity",
            'at' => storeTime(),
            'lines' => ['line' => [['number' => $number, 'quantity' => $quantity]]],
        ];
    }

    private function takeBack(string $title, int $number, string $quantity): void
    {
        $sold = linesOf($this->spendAnswer)[$number - 1];
        same($sold->number, $number, 'the line\'s number');
        $of = scaled($this->spendReceipt['lines']['line'][$number - 1]['quantity'], 3);
        $share = static fn (string $amount) => intdiv(hundredths($amount) * scaled($quantity, 3), $of);
        $expected = [$share($sold->amountDue), $share($sold->pointsAsMoney), $share($sold->pointsToEarn)];
        $figures = static fn (object $answer) => array_map(
            'hundredths',
            [$answer->amountRefund, $answer->pointsRestored, $answer->pointsRevoked],
        );
        $back = $this->returnOf($number, $quantity);
        $quote = done($this->pos->QuoteReturn(['returnReceipt' => $back]), 'QuoteReturn');
        same($figures($quote), $expected, 'the quote of the return');
        $this->checkAvailable('after a quote, which changes nothing');
        $answer = $this->pos->RegisterReturn(['context' => context(), 'returnReceipt' => $back]);
        same($figures(done($answer, 'RegisterReturn')), $expected, 'the return against its quote');
        same(shown($answer->lines), shown($quote->lines), 'the lines of the return');
        $this->available += $expected[1] - $expected[2];
        same(hundredths($answer->balance->available), $this->available, 'the balance told');
        $this->checkAvailable('after the return');
        $this->ok("return $title", "{$answer->amountRefund} roubles and {$answer->pointsRestored} points back, "
            . "{$answer->pointsRevoked} revoked");
    }

    private function cancellation(): void
    {
        $receipt = $this->receipt([line(1, '1', '1000.00')], $this->card, ['till' => 'M2-01']);
        $sale = $this->pos->RegisterReceipt(self::sale($receipt, context: context('M2-01')));
        done($sale, 'a sale in another store');
        same(hundredths($this->balance()->available), $this->available + 1_000, 'the balance after the sale');
        $cancel = ['receiptId' => $sale->receiptId, 'reason' => 'Ошибка кассира'];
        refused($this->pos->CancelReceipt(['context' => context()] + $cancel), 'RECEIPT_OF_ANOTHER_STORE');
        $answer = done($this->pos->CancelReceipt(['context' => context('M2-01')] + $cancel), 'CancelReceipt');
        $figures = [hundredths($answer->pointsRevoked), hundredths($answer->pointsRestored)];
        same($figures, [1_000, 0], 'points of the cancelled sale');
        $this->checkAvailable('after the cancellation');
        refused($this->pos->CancelReceipt(['context' => context('M2-01')] + $cancel), 'RECEIPT_CANCELLED');
        $this->ok('cancel', "receipt {$sale->receiptId} and its {$answer->pointsRevoked} points are undone, once");
    }

    private function saveForm(array $form, string $identifier): object
    {
        $request = ['context' => context(), 'identifier' => $identifier, 'questionnaire' => $form];
        return $this->pos->SaveQuestionnaire($request);
    }

    private function questionnaireAndConsents(): void
    {
        $form = ['surname' => 'Кузнецова', 'name' => 'Мария', 'birthDate' => '1990-05-17', 'sex' => 'female'];
        $saved = done($this->saveForm($form, $this->card), 'SaveQuestionnaire');
        // What is not sent stays as it is.
        done($this->saveForm(['email' => 'maria@example.com'], $this->phone), 'second save');
        $read = done($this->pos->GetQuestionnaire(['identifier' => $this->card]), 'GetQuestionnaire');
        same($read->customerId, $saved->customerId, 'the customer');
        same($read->questionnaire->sex, 'female', 'the answers');
        check(isset($read->questionnaire->name, $read->questionnaire->email, $read->questionnaire->birthDate), 'lost');
        refused($this->saveForm(['birthDate' => day(400)], $this->card), 'QUESTIONNAIRE_INVALID');
        $this->ok('questionnaire', 'saved in two parts, read back; a birth in the future is refused');
        $consent = [
            'purpose' => 'advertising',
            'channel' => 'sms',
            'textHash' => hash('sha256', 'Согласен получать рекламу'),
            'evidence' => 'бланк № 12',
        ];
        $given = ['context' => context(), 'identifier' => $this->card, 'consent' => $consent];
        done($this->pos->GiveConsent($given), 'GiveConsent');
        same($this->consents(), [['advertising', 'sms', false]], 'the consents');
        $withdraw = ['identifier' => $this->card, 'purpose' => 'advertising', 'channel' => 'sms'];
        done($this->pos->WithdrawConsent(['context' => context()] + $withdraw), 'WithdrawConsent');
        same($this->consents(), [['advertising', 'sms', true]], 'the consents after the withdrawal');
        refused($this->pos->WithdrawConsent(['context' => context()] + $withdraw), 'CONSENT_UNKNOWN');
        $this->ok('consent', 'given, withdrawn, kept with both times');
    }

    private function consents(): array
    {
        $read = done($this->pos->GetQuestionnaire(['identifier' => $this->card]), 'GetQuestionnaire');
        $short = static fn ($one) => [$one->purpose, $one->channel, isset($one->withdrawnAt)];
        return array_map($short, $read->consents->consent);
    }

    private function phoneIsConfirmed(): void
    {
        $registration = ['phone' => $this->otherPhone, 'cardNumber' => $this->second, 'name' => 'Пётр'];
        $made = $this->pos->RegisterCustomer(['context' => context(), 'registration' => $registration]);
        $figures = [done($made, 'RegisterCustomer')->card->number, $made->customer->phoneConfirmed];
        same($figures, [$this->second, false], 'the new customer');
        $again = $this->pos->RegisterCustomer(['context' => context(), 'registration' => $registration]);
        refused($again, 'CUSTOMER_EXISTS');
        $heard = count($this->sms->messages($this->otherPhone));
        $phone = ['phone' => $this->otherPhone];
        $sent = done($this->pos->SendPhoneCode(['context' => context()] + $phone), 'SendPhoneCode');
        check(str_contains($sent->codeSentTo, '***'), "the phone is not hidden: {$sent->codeSentTo}");
        refused($this->pos->SendPhoneCode(['context' => context()] + $phone), 'CODE_TOO_SOON');
        $code = $this->sms->codeAfter($this->otherPhone, $heard);
        $wrong = sprintf('%06d', ((int) $code + 1) % 1_000_000);
        $verify = fn (string $code) => $this->pos->VerifyPhone(
            ['context' => context(), 'confirmationCode' => $code] + $phone,
        );
        refused($verify($wrong), 'CODE_WRONG');
        done($verify($code), 'VerifyPhone');
        $found = done($this->pos->FindCustomer(['identifier' => $this->otherPhone]), 'FindCustomer');
        same($found->customer->phoneConfirmed, true, 'phoneConfirmed');
        $this->ok('phone', "{$sent->codeSentTo} confirmed by a code; a second code at once is refused");
    }

    private function mistakes(): void
    {
        $nobody = '7999999999999';
        refused($this->pos->GetBalance(['identifier' => $nobody]), 'CARD_UNKNOWN', 'CUSTOMER_UNKNOWN');
        $unknown = $this->receipt([line(1, '1', '100.00')], $nobody);
        refused($this->pos->QuoteReceipt(['receipt' => $unknown, 'pointsWanted' => '0']), 'CARD_UNKNOWN');
        refused($this->pos->ActivateCard(['context' => context(), 'cardNumber' => $nobody]), 'CARD_UNKNOWN');
        $this->ok('unknown card', 'refused');
        $foreign = $this->receipt([line(1, '1', '100.00')], $this->card, ['till' => 'X1-01']);
        refused($this->pos->RegisterReceipt(self::sale($foreign, context: context('X1-01'))), 'TILL_NOT_YOURS');
        $none = ['till' => 'NONE'] + $foreign;
        refused($this->pos->RegisterReceipt(self::sale($none, context: context('NONE'))), 'TILL_UNKNOWN');
        $this->ok('another\'s till', 'refused, and so is one that nobody has');
        $this->anotherPartner();
        $ahead = storeTime(7_200);
        $early = $this->receipt([line(1, '1', '100.00')], $this->card, ['at' => $ahead]);
        refused($this->pos->RegisterReceipt(self::sale($early, context: context(at: $ahead))), 'TIME_IN_FUTURE');
        $this->ok('clock ahead', 'refused');
        $small = $this->receipt([line(1, '1', '100.00')], $this->card);
        $big = $this->receipt([line(1, '1', '9000000.00')], $this->card);
        foreach ([[$big, '100000.00'], [$small, '60.00']] as [$receipt, $points]) {
            $answer = $this->pos->ReservePoints(['context' => context(), 'receipt' => $receipt, 'points' => $points]);
            refused($answer, 'POINTS_NOT_ENOUGH', 'POINTS_OVER_LIMIT');
        }
        refused($this->pos->RegisterReceipt(self::sale($small, points: '10.00')), 'RESERVATION_REQUIRED');
        $this->ok('too many points', "refused, «{$answer->message}»");
        $this->salesThatNeedNoCard();
    }

    /** A partner of the same programme serves its cards, and knows nothing of what others sold. */
    private function anotherPartner(): void
    {
        $stranger = new Service($this->url, 'Pos_1', 'other');
        $balance = done($stranger->GetBalance(['identifier' => $this->card]), 'GetBalance of another partner');
        same(hundredths($balance->available), $this->available, 'the balance, as another partner sees it');
        $cancel = ['receiptId' => $this->spendAnswer->receiptId, 'reason' => 'Чужой чек'];
        refused($stranger->CancelReceipt(['context' => context('X1-01')] + $cancel), 'RECEIPT_UNKNOWN');
        refused($stranger->GetReservation(['reservationId' => $this->reservation]), 'RESERVATION_UNKNOWN');
        $asked = ['operationKey' => $this->firstRequest['context']['operationKey']];
        $lost = done($stranger->GetOperation($asked), 'GetOperation');
        same([$lost->found, $lost->answer ?? null], [false, null], 'another partner\'s operation');
        $this->ok('another partner', 'serves the card, does not see receipts, holds and answers of others');
    }

    private function salesThatNeedNoCard(): void
    {
        $bad = $this->receipt([['sum' => '150.00'] + line(1, '2', '100.00')], $this->card);
        refused($this->pos->QuoteReceipt(['receipt' => $bad, 'pointsWanted' => '0']), 'RECEIPT_INVALID');
        $anonymous = $this->receipt([line(1, '2', '100.00')]);
        $sale = done($this->pos->RegisterReceipt(self::sale($anonymous)), 'an anonymous sale');
        same([hundredths($sale->pointsEarned), hundredths($sale->amountDue)], [0, 20_000], 'an anonymous sale');
        $this->checkAvailable('after all mistakes');
        $this->ok('anonymous', "a sale without a card is receipt {$sale->receiptId}");
    }

    private function faults(): void
    {
        $till = new Service($this->url, 'Office_1');
        [$code] = faultOf(static fn () => $till->GetProgramme(['programmeCode' => 'demo']));
        same([$till->status(), $code], [500, 'FORBIDDEN'], 'a till in the office');
        $this->ok('not allowed', 'a till\'s login may not do the office\'s work: HTTP 500, FORBIDDEN');
        $wrong = new Service($this->url, 'Pos_1', 'demo', 'guess');
        [$code] = faultOf(static fn () => $wrong->Ping());
        same([$wrong->status(), $code], [401, 'UNAUTHENTICATED'], 'a wrong password');
        $this->ok('wrong password', 'HTTP 401, UNAUTHENTICATED');
        $malformed = $this->receipt([['price' => '100.005'] + line(1, '1', '100.00')], $this->card);
        $asked = ['receipt' => $malformed, 'pointsWanted' => '0'];
        [$code, $description] = faultOf(fn () => $this->pos->QuoteReceipt($asked));
        same([$this->pos->status(), $code], [500, 'INVALID_REQUEST'], 'a value with too many places');
        check(str_contains($description, 'price'), "the fault does not name the element: $description");
        $malformed = $this->receipt([line(1, '1', '100.00')], $this->card, ['channel' => 'fax']);
        $asked = ['receipt' => $malformed, 'pointsWanted' => '0'];
        [, $description] = faultOf(fn () => $this->pos->QuoteReceipt($asked));
        check(str_contains($description, 'channel'), "the fault does not name the element: $description");
        $this->ok('malformed', "INVALID_REQUEST, «{$description}»");
    }

    private function blocking(): void
    {
        $about = ['cardNumber' => $this->card, 'reason' => 'Карта найдена в магазине'];
        $blocked = done($this->pos->BlockCard(['context' => context()] + $about), 'BlockCard');
        same($blocked->card->state, 'blocked', 'the state');
        $receipt = $this->receipt([line(1, '1', '100.00')], $this->card);
        refused($this->pos->RegisterReceipt(self::sale($receipt)), 'CARD_BLOCKED');
        $active = done($this->pos->UnblockCard(['context' => context()] + $about), 'UnblockCard');
        same($active->card->state, 'active', 'the state');
        refused($this->pos->UnblockCard(['context' => context()] + $about), 'CARD_NOT_BLOCKED');
        $this->ok('block', 'a blocked card does nothing, an unblocked one everything');
    }

    /** Every movement of an account in its last days, page by page. */
    private function pages(string $identifier): array
    {
        $asked = ['identifier' => $identifier, 'from' => day(-2), 'to' => day(2)];
        $pages = [];
        for ($cursor = ''; $cursor !== null; $cursor = $answer->nextCursor ?? null) {
            check(count($pages) < STATEMENT_PAGES_MAX, 'the statement does not end');
            $answer = done($this->pos->GetStatement($asked + ['cursor' => $cursor]), 'GetStatement');
            $pages[] = $answer->entries->entry ?? [];
        }
        return $pages;
    }

    private function statement(): void
    {
        $entries = array_merge(...$this->pages($this->card));
        same(sumOf($entries, 'points'), $this->available, 'Σ points of the statement');
        $balance = 0;
        foreach (array_reverse($entries) as $entry) {
            $balance += hundredths($entry->points);
            same(hundredths($entry->balanceAfter), $balance, 'the running balance');
            check(preg_match('/[а-я]/iu', $entry->text) === 1, 'a movement without a Russian text: ' . shown($entry));
        }
        $wanted = ['accrual', 'redemption', 'reservation', 'release', 'return', 'cancellation'];
        $missing = array_diff($wanted, array_column($entries, 'kind'));
        check($missing === [], 'the statement has no ' . implode(', ', $missing));
        $this->ok('statement', count($entries) . ' movements, Σ = ' . decimal($this->available) . ', each explained');
        $turned = ['identifier' => $this->card, 'from' => day(), 'to' => day(-1), 'cursor' => ''];
        refused($this->pos->GetStatement($turned), 'PERIOD_INVALID');
    }

    private function replacement(): void
    {
        $replace = ['cardNumber' => $this->card, 'newCardNumber' => $this->spare, 'reason' => 'Карта утеряна'];
        $answer = done($this->pos->ReplaceCard(['context' => context()] + $replace), 'ReplaceCard');
        same([$answer->card->number, $answer->card->state], [$this->spare, 'active'], 'the new card');
        same(hundredths($this->balance($this->spare)->available), $this->available, 'the balance of the new card');
        $receipt = $this->receipt([line(1, '1', '100.00')], $this->card);
        $sale = refused($this->pos->RegisterReceipt(self::sale($receipt)), 'CARD_REPLACED');
        $quote = $this->pos->QuoteReceipt(['receipt' => $receipt, 'pointsWanted' => '0']);
        foreach ([$sale, refused($quote, 'CARD_REPLACED')] as $refusal) {
            check(str_contains($refusal->message, $this->spare), "the new card is not named: {$refusal->message}");
        }
        $again = $this->pos->ReplaceCard(['context' => context()] + $replace);
        refused($again, 'CARD_REPLACED', 'NEW_CARD_NOT_FREE');
        $this->ok('replace', decimal($this->available) . " points follow to {$this->spare}; «{$sale->message}»");
        $close = ['context' => context(), 'cardNumber' => $this->spoilt, 'reason' => 'Брак'];
        same(done($this->pos->CloseCard($close), 'CloseCard')->card->state, 'closed', 'the state');
        $issue = ['context' => context(), 'cardNumber' => $this->spoilt, 'identifier' => $this->phone];
        refused($this->pos->IssueCard($issue), 'CARD_CLOSED');
        $this->ok('close', "{$this->spoilt} is closed for good");
    }

    private function longStatement(): void
    {
        for ($made = 0; $made < RECEIPTS_FOR_TWO_PAGES; $made++) {
            $receipt = $this->receipt([line(1, '1', '100.00')], $this->second);
            done($this->pos->RegisterReceipt(self::sale($receipt)), 'RegisterReceipt');
        }
        $pages = $this->pages($this->second);
        $entries = array_merge(...$pages);
        check(count($pages) > 1, count($entries) . ' movements on one page');
        same(count($entries), RECEIPTS_FOR_TWO_PAGES, 'movements on all pages');
        $numbers = array_unique(array_column($entries, 'receipt'));
        same(count($numbers), RECEIPTS_FOR_TWO_PAGES, 'different receipts on all pages');
        same(sumOf($entries, 'points'), hundredths($this->balance($this->second)->available), 'Σ points of all pages');
        $wrong = ['identifier' => $this->second, 'from' => day(), 'to' => day(), 'cursor' => 'no such page'];
        refused($this->pos->GetStatement($wrong), 'CURSOR_INVALID');
        $this->ok('pages', count($entries) . ' movements on ' . count($pages) . ' pages, none twice, none lost');
    }

    /** The second, short pass: a balance, a sale, a refusal and a fault in SOAP 1.2. */
    private function speaksSoap12(): void
    {
        $newer = new Service($this->url, 'Pos_1', version: SOAP_1_2);
        done($newer->Ping(), 'Ping');
        $balance = done($newer->GetBalance(['identifier' => $this->spare]), 'GetBalance');
        same(hundredths($balance->available), $this->available, 'the balance');
        check(!str_contains($newer->bytes(), SOAP_1_1_NAMESPACE), 'a 1.2 request got a 1.1 envelope');
        $this->ok('SOAP 1.2', 'the same balance');
        $receipt = $this->receipt([line(1, '1', '500.00')], $this->spare);
        $request = self::sale($receipt);
        $answer = done($newer->RegisterReceipt($request), 'RegisterReceipt');
        $this->available += pointsFor(50_000);
        same(hundredths($answer->balance->available), $this->available, 'the balance told');
        $bytes = $newer->bytes();
        done($newer->RegisterReceipt($request), 'the same request again');
        same($newer->bytes(), $bytes, 'the bytes of the second answer');
        refused($newer->RegisterReceipt(self::sale($receipt)), 'RECEIPT_DUPLICATE');
        $this->ok('SOAP 1.2 sale', "receipt {$answer->receiptId}, once");
        $malformed = $this->receipt([['quantity' => '1.0001'] + line(1, '1', '100.00')], $this->spare);
        $asked = ['receipt' => $malformed, 'pointsWanted' => '0'];
        [$code, $description] = faultOf(static fn () => $newer->QuoteReceipt($asked));
        same($code, 'INVALID_REQUEST', 'the fault');
        check(str_contains($description, 'quantity'), "the fault does not name the element: $description");
        $this->ok('SOAP 1.2 fault', "HTTP {$newer->status()}, «{$description}»");
    }
}

function usage(): never
{
    fwrite(STDERR, "usage: php story.php --url http://127.0.0.1:PORT --sms PATH/sms.log [--cards-prefix 73]\n");
    exit(2);
}

function main(): int
{
    $options = getopt('', ['url:', 'sms:', 'cards-prefix:']);
    if (!isset($options['url'], $options['sms'])) {
        usage();
    }
    ini_set('default_socket_timeout', (string) CALL_TIMEOUT_S);
    $story = new Story(rtrim($options['url'], '/'), $options['sms'], $options['cards-prefix'] ?? '73');
    try {
        $story->tell();
    } catch (Throwable $error) {
        $where = $error instanceof Unexpected ? $error->getTrace()[0]['line'] ?? '' : $error->getLine();
        printf("FAILED after step %d (line %s): %s\n", $story->passed, $where, $error->getMessage());
        $client = Service::$usedLast;
        printf("── request\n%s\n", $client?->__getLastRequest());
        printf("── answer\n%s\n%s\n", $client?->__getLastResponseHeaders(), $client?->__getLastResponse());
        printf("%d passed, 1 failed\n", $story->passed);
        return 1;
    }
    printf("%d passed, 0 failed\n", $story->passed);
    return 0;
}

exit(main());

#!/usr/bin/env bash
# Calls the demo gateway with nothing but curl: a balance, then the calculation of a receipt.
# Вызывает «Копилку» одним curl: баланс карты и предварительный расчёт чека.
set -euo pipefail

usage() {
    cat <<'TEXT'
Использование: examples/call.sh [АДРЕС] [КАРТА]

  АДРЕС  где работает «Копилка»; без него http://127.0.0.1:8080
  КАРТА  номер карты; без него 7000000101 из демонстрационных данных

Имя и пароль — из переменных KOPILKA_LOGIN и KOPILKA_PASSWORD, без них demo и demo;
касса — из KOPILKA_TILL, без неё M1-01. Для https://… с сертификатом, сделанным для пробы:
CURL_CA_BUNDLE=fullchain.pem.
Показывает каждый запрос и ответ. Код завершения 1, если ответ не «OK».
TEXT
}

case "${1-}" in
    -h | --help)
        usage
        exit 0
        ;;
esac

readonly URL=${1:-http://127.0.0.1:8080} CARD=${2:-7000000101} TILL=${KOPILKA_TILL:-M1-01}
readonly CREDENTIALS=${KOPILKA_LOGIN:-demo}:${KOPILKA_PASSWORD:-demo}
readonly NAMESPACE=urn:kopilka:ws:pos:1
readonly CALL_TIMEOUT_S=30

# Makes a text safe between tags.
escaped() { printf '%s' "$1" | sed -e 's/&/\&amp;/g' -e 's/</\&lt;/g' -e 's/>/\&gt;/g'; }

# Indents an XML document where xmllint is installed, and shows it as it is where not.
pretty() { if command -v xmllint >/dev/null 2>&1; then xmllint --format - 2>/dev/null; else cat; fi; }

# call TITLE OPERATION ARGUMENTS: sends one envelope, shows both sides, fails unless the answer is OK.
call() {
    local title=$1 operation=$2 arguments=$3 request answer
    request="<?xml version=\"1.0\" encoding=\"UTF-8\"?>
<soap:Envelope xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\">
  <soap:Body>
    <m:$operation xmlns:m=\"$NAMESPACE\">
$arguments
    </m:$operation>
  </soap:Body>
</soap:Envelope>"
    printf '\n━━ %s\n── Запрос: POST %s/ws/pos_1\n%s\n' "$title" "$URL" "$request"
    if ! answer=$(curl --silent --show-error --max-time "$CALL_TIMEOUT_S" --user "$CREDENTIALS" \
        --header 'Content-Type: text/xml; charset=utf-8' --header "SOAPAction: \"$NAMESPACE#Pos_1:$operation\"" \
        --data-binary "$request" "$URL/ws/pos_1"); then
        printf '\nСервер не ответил, причина — строкой выше. Демонстрационный запускает examples/demo.sh.\n' >&2
        exit 1
    fi
    printf -- '── Ответ\n%s\n' "$(pretty <<<"$answer")"
    case "$answer" in
        *'<m:code>OK</m:code>'*) printf -- '── %s: OK\n' "$operation" ;;
        *)
            printf '\n%s: отказ, объяснение — в ответе выше.\n' "$operation" >&2
            exit 1
            ;;
    esac
}

card=$(escaped "$CARD")
till=$(escaped "$TILL")

call "Баланс карты $CARD" GetBalance "      <m:identifier>$card</m:identifier>"

# The time without an offset is the store's own; a receipt's time may not be ahead of the server's.
call "Предварительный расчёт чека на 2 строки, 100 баллов к списанию" QuoteReceipt "      <m:receipt>
        <m:till>$till</m:till>
        <m:number>EXAMPLE-1</m:number>
        <m:at>$(TZ=UTC-3 date +%Y-%m-%dT%H:%M:%S)</m:at>
        <m:identifier>$card</m:identifier>
        <m:channel>till</m:channel>
        <m:lines>
          <m:line>
            <m:number>1</m:number>
            <m:goodsCode>CHEESE</m:goodsCode>
            <m:name>Сыр весовой</m:name>
            <m:quantity>1.235</m:quantity>
            <m:price>899.90</m:price>
            <m:sum>1111.38</m:sum>
          </m:line>
          <m:line>
            <m:number>2</m:number>
            <m:goodsCode>TEA</m:goodsCode>
            <m:name>Чай</m:name>
            <m:quantity>3</m:quantity>
            <m:price>250.00</m:price>
            <m:sum>700.00</m:sum>
            <m:discountGranted>50.00</m:discountGranted>
          </m:line>
        </m:lines>
      </m:receipt>
      <m:pointsWanted>100.00</m:pointsWanted>"

#!/usr/bin/env bash
# Builds the gateway, starts it with demo data in a folder of its own, and calls it.
# Собирает «Копилку», запускает её с демонстрационными данными, вызывает её и показывает историю изменений.
set -euo pipefail

usage() {
    cat <<'TEXT'
Использование: examples/demo.sh [--once]

Собирает «Копилку» (cargo build --release), запускает её с демонстрационными данными
на http://127.0.0.1:8080 во временной папке, выполняет examples/call.sh, заводит кассу от имени
офиса и показывает историю изменений (ListHistory, kopilka history).
Сервер остаётся работать, пока не нажать Ctrl+C; с ключом --once останавливается сразу.
Другой порт: KOPILKA_DEMO_PORT=8081 examples/demo.sh
Временная папка удаляется вместе с данными, когда сервер остановлен.
TEXT
}

readonly PORT=${KOPILKA_DEMO_PORT:-8080}
readonly URL=http://127.0.0.1:$PORT
readonly READY_POLLS_MAX=150
readonly READY_POLL_S=0.2

once=no
case "${1-}" in
    -h | --help)
        usage
        exit 0
        ;;
    --once) once=yes ;;
    '') ;;
    *)
        usage >&2
        exit 2
        ;;
esac

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

# A connection that succeeds means that somebody listens there already.
if (exec 3<>"/dev/tcp/127.0.0.1/$PORT") 2>/dev/null; then
    printf 'Порт %s занят другой программой. Остановите её или выберите другой порт:\n' "$PORT" >&2
    printf '  KOPILKA_DEMO_PORT=8081 examples/demo.sh\n' >&2
    exit 1
fi

printf 'Сборка…\n'
cargo build --release --locked --manifest-path "$root/Cargo.toml"
binary=${CARGO_TARGET_DIR:-$root/target}/release/kopilka

folder=$(mktemp -d)
server=
finish() {
    # Only the process that was started here is stopped, and its data go with it.
    if [ -n "$server" ]; then
        kill "$server" 2>/dev/null || true
        wait "$server" 2>/dev/null || true
    fi
    rm -rf "$folder"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

cd "$folder"
"$binary" serve --demo --database "sqlite://$folder/kopilka.db" --listen "127.0.0.1:$PORT" >server.log 2>&1 &
server=$!

ready=no
for ((poll = 0; poll < READY_POLLS_MAX; poll++)); do
    if curl --silent --fail --max-time 2 --output /dev/null "$URL/health/ready"; then
        ready=yes
        break
    fi
    kill -0 "$server" 2>/dev/null || break
    sleep "$READY_POLL_S"
done
if [ "$ready" != yes ]; then
    printf 'Сервер не запустился. Что он сообщил:\n' >&2
    cat server.log >&2
    exit 1
fi

"$root/examples/call.sh" "$URL"

# The office adds a till with its login, closes the login again, and asks who did it.
office() {
    local arguments=$2 operation=$1
    curl --silent --show-error --fail --max-time 10 --user office:office --header 'Content-Type: text/xml; charset=utf-8' \
        --data-binary "<?xml version=\"1.0\" encoding=\"UTF-8\"?>
<soap:Envelope xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\"><soap:Body>
<$operation xmlns=\"urn:kopilka:ws:office:1\">$arguments</$operation>
</soap:Body></soap:Envelope>" --output answer.xml "$URL/ws/office_1"
    grep --quiet '<m:code>OK</m:code>' answer.xml || {
        cat answer.xml >&2
        exit 1
    }
}
context() {
    printf '<context><operationKey>demo-%s</operationKey><actor>Иванова</actor><occurredAt>%s</occurredAt></context>' \
        "$1" "$(TZ=UTC-3 date +%Y-%m-%dT%H:%M:%S)"
}

printf '\n━━ Офис заводит кассу M1-03 (SaveTill), закрывает её вход (DisableLogin) и спрашивает, кто что менял (ListHistory)\n'
office SaveTill "$(context till)<tillSettings><store>M1</store><till>M1-03</till><login>kassa-3</login><password>demo-password</password><roles><role>till</role></roles></tillSettings>"
office DisableLogin "$(context login)<login>kassa-3</login>"
office ListHistory '<search><login>office</login></search><rowsMax>0</rowsMax><cursor></cursor>'
grep --only-matching '<m:text>[^<]*</m:text>' answer.xml | sed 's/<[^>]*>//g; s/^/── /'
printf '\n━━ То же из командной строки: kopilka history --login office\n'
"$binary" history --login office --database "sqlite://$folder/kopilka.db"

printf '\nWSDL: %s/ws/pos_1?wsdl (касса), %s/ws/office_1?wsdl (офис).\n' "$URL" "$URL"
printf 'Имя и пароль: demo / demo (касса M1-01), office / office (офис).\n'
printf 'Код бонусной программы: demo. Карта с баллами: 7000000101.\n'
if [ "$once" = yes ]; then
    printf 'Готово, сервер остановлен.\n'
    exit 0
fi
printf 'Сервер работает: %s\n' "$URL"
printf 'SMS с кодами: %s/sms.log. Журнал: %s/server.log.\n' "$folder" "$folder"
printf 'Остановить: Ctrl+C.\n'
wait "$server"

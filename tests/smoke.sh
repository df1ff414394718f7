#!/usr/bin/env bash
# A newcomer's first ten minutes in one: `make up` on free ports with an empty state directory, one order placed,
# confirmed, paid, fulfilled, delivered and returned by curl on the hanzo face (contract section 6), Ctrl-C, and no
# process and no port left. Any answer that is not as documented ends it.
set -euo pipefail
cd "$(dirname "$0")/.."
python=.venv/bin/python

work=$(mktemp -d)
log="$work/up.log"
up=
cleanup() {
    local code=$?
    if [ -n "$up" ] && kill -0 "$up" 2>/dev/null; then
        kill -TERM -- "-$up" 2>/dev/null || true
        wait "$up" 2>/dev/null || true
    fi
    if [ "$code" -ne 0 ] && [ -f "$log" ]; then
        echo "--- the last lines of make up" >&2
        tail -n 40 "$log" >&2
    fi
    rm -rf "$work"
    exit "$code"
}
trap cleanup EXIT

fail() { echo "smoke: $*" >&2; exit 1; }
say() { printf 'smoke: %s\n' "$*"; }

read -r api temporal ui < <("$python" -c 'from ordermill.launch.ports import free_ports; print(*free_ports(3))')
for name in $(compgen -e | grep -E '^(ORDERMILL|STRIPE|TEMPORAL)_' || true); do unset "$name"; done
export ORDERMILL_DATA_DIR="$work/state" ORDERMILL_API_PORT=$api ORDERMILL_TEMPORAL_PORT=$temporal
export ORDERMILL_TEMPORAL_UI_PORT=$ui
base="http://127.0.0.1:$api"

start() { # make up as a job with a process group of its own, as a terminal would have it
    : >"$log" # the job empties it too, but perhaps only after we have read the last run's "ready" in it
    set -m
    make up >"$log" 2>&1 &
    up=$!
    set +m
    local began=$SECONDS
    until grep -q 'Ordermill is ready' "$log"; do
        kill -0 "$up" 2>/dev/null || fail "make up ended before it was ready"
        [ $((SECONDS - began)) -lt 120 ] || fail "make up was not ready within 120 s"
        sleep 0.1
    done
    say "ready after $((SECONDS - began)) s"
}

stop() { # Ctrl-C: SIGINT to the whole foreground group
    local pids
    pids=$(descendants "$up")
    kill -INT -- "-$up"
    local began=$SECONDS
    while kill -0 "$up" 2>/dev/null; do
        [ $((SECONDS - began)) -lt 30 ] || fail "make up still runs 30 s after Ctrl-C"
        sleep 0.1
    done
    wait "$up" 2>/dev/null || true
    up=
    for pid in $pids; do
        ! kill -0 "$pid" 2>/dev/null || fail "process $pid is still there after Ctrl-C: $(ps -o args= -p "$pid" || true)"
    done
    for port in "$api" "$temporal" "$ui"; do
        "$python" -c 'import sys; from ordermill.launch.ports import is_free; sys.exit(not is_free("127.0.0.1", int(sys.argv[1])))' \
            "$port" || fail "port $port is still in use after Ctrl-C"
    done
    say "Ctrl-C stopped all $(wc -w <<<"$pids") processes in $((SECONDS - began)) s"
}

descendants() {
    local pid
    for pid in $(ps -o pid= --ppid "$1"); do
        echo "$pid"
        descendants "$pid"
    done
}

# call STATUS METHOD PATH [BODY]: the answer in $work/answer, or the end when the status differs
call() {
    local status
    status=$(curl --silent --show-error --max-time 30 --output "$work/answer" --write-out '%{http_code}' \
        --request "$2" --header "Authorization: Bearer $key" --header 'Content-Type: application/json' \
        ${4:+--data "$4"} "$base$3")
    [ "$status" = "$1" ] || fail "$2 $3 answered $status, not $1: $(cat "$work/answer")"
}

# expect PYTHON-EXPRESSION: it holds of the answer `a`
expect() {
    "$python" - "$work/answer" "$1" <<'PYTHON' || fail "not so: $1 in $(cat "$work/answer")"
import json, sys
a = json.load(open(sys.argv[1]))
sys.exit(not eval(sys.argv[2], {"a": a}))
PYTHON
}

value() { "$python" -c 'import json, sys; print(eval(sys.argv[2], {"a": json.load(open(sys.argv[1]))}))' "$work/answer" "$1"; }

start
key=$(cat "$ORDERMILL_DATA_DIR/dev-api-key")
[ "$(stat -c %a "$ORDERMILL_DATA_DIR/dev-api-key")" = 600 ] || fail "the development key's file is not private"

call 200 GET /health/live
call 200 GET /health/ready

call 201 POST /order '{"email": "jane@example.com", "currency": "USD",
  "items": [{"variantId": "var_xyz789", "quantity": 2, "unitPrice": 2999}],
  "shippingAddress": {"firstName": "Jane", "lastName": "Doe", "line1": "456 Oak Ave", "city": "Portland",
                      "state": "OR", "postalCode": "97201", "country": "US"},
  "shippingMethodId": "ship_standard", "discountCodes": ["WELCOME25"]}'
expect '(a["subtotal"], a["discount"], a["shippingTotal"], a["taxTotal"], a["total"]) == (5998, 1499, 599, 540, 5638)'
expect '(a["status"], a["lifecycle"], a["paymentStatus"]) == ("pending", "draft", "pending")'
id=$(value 'a["id"]')
item=$(value 'a["items"][0]["id"]')
say "placed $(value 'a["displayId"]') $id"

call 200 POST "/order/$id/confirm" '{}'
expect 'a["lifecycle"] == "confirmed"'
call 200 POST "/order/$id/pay" '{"paymentMethod": "pm_card_visa"}'
call 200 GET "/order/$id"
expect '(a["lifecycle"], a["paymentStatus"], a["amountDue"], a["capturedTotal"]) == ("paid", "captured", 0, 5638)'
call 200 POST "/order/$id/fulfill" "{\"items\": [{\"itemId\": \"$item\", \"quantity\": 2}],
  \"trackingNumber\": \"1Z999AA10123456784\", \"trackingCompany\": \"UPS\", \"notifyCustomer\": true}"
expect '(a["status"], a["tracking"]["number"]) == ("shipped", "1Z999AA10123456784")'
call 200 POST "/order/$id/deliver" '{}'
call 200 GET "/order/$id"
expect '(a["status"], a["lifecycle"], a["fulfillmentStatus"]) == ("delivered", "delivered", "fulfilled")'

say "stopping and starting again: the order goes on where it stopped"
stop
start
call 201 POST "/order/$id/return" "{\"items\": [{\"itemId\": \"$item\", \"quantity\": 1, \"reason\": \"too small\"}]}"
expect 'a["status"] == "requested"'
return=$(value 'a["id"]')
call 200 POST "/order/$id/return/$return/approve" '{}'
call 200 POST "/order/$id/return/$return/receive" '{}'
call 200 GET "/order/$id/returns"
call 200 GET "/order/$id"
expect 'a["returns"][0]["status"] == "refunded" and 0 < a["refundedTotal"] < a["capturedTotal"]'
call 200 GET "/order/$id/events"
expect '[m["sequence"] for m in a["models"]] == list(range(1, a["count"] + 1))'
expect '{"order.created", "order.confirmed", "order.paid", "order.shipped", "order.delivered", "order.return_requested", "order.refunded"} <= {m["type"] for m in a["models"]}'

stop
say "passed"

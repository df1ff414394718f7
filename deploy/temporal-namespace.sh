#!/bin/sh
# Runs once in temporalio/admin-tools beside a healthy Temporal server: creates the orders' namespace unless it is
# there. A closed order's history stays RETENTION long; the database keeps the order for ever.
set -eu
: "${TEMPORAL_ADDRESS:?}" "${NAMESPACE:?}" "${RETENTION:?}"

tries=0
until temporal operator cluster health --address "$TEMPORAL_ADDRESS"; do
    tries=$((tries + 1))
    [ "$tries" -lt 30 ] || { echo "Temporal at $TEMPORAL_ADDRESS is not healthy" >&2; exit 1; }
    sleep 2
done
temporal operator namespace describe --address "$TEMPORAL_ADDRESS" --namespace "$NAMESPACE" >/dev/null 2>&1 ||
    temporal operator namespace create --address "$TEMPORAL_ADDRESS" --namespace "$NAMESPACE" --retention "$RETENTION"

package sdk_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"testing"
	"time"

	sdk "ordermill.dev/commerce"
)

// ../webhooks.json, case by case.

type message struct {
	Name, Result, Error string
	Secret, Payload     *string
	Headers             map[string]string
	Now                 *int64
}

var refusals = map[string]error{
	"missing_header": sdk.ErrWebhookHeader, "wrong_secret": sdk.ErrWebhookSecret, "wrong_timestamp": sdk.ErrWebhookTimestamp,
	"wrong_signature": sdk.ErrWebhookSignature, "not_json": sdk.ErrWebhookBody,
}

func TestWebhooks(t *testing.T) {
	var whole struct {
		Default struct {
			Secret, Payload string
			Now             int64
		}
		Cases []message
	}
	if err := json.Unmarshal(must(os.ReadFile("../webhooks.json")), &whole); err != nil || len(whole.Cases) == 0 {
		t.Fatal("no cases: ", err)
	}
	for _, each := range whole.Cases {
		each := each
		t.Run(each.Name, func(t *testing.T) {
			secret, payload, now := whole.Default.Secret, whole.Default.Payload, whole.Default.Now
			if each.Secret != nil {
				secret = *each.Secret
			}
			if each.Payload != nil {
				payload = *each.Payload
			}
			if each.Now != nil {
				now = *each.Now
			}
			header := http.Header{}
			for name, value := range each.Headers {
				header.Set(name, value)
			}
			event, err := sdk.ConstructEventAt([]byte(payload), header, secret, sdk.WebhookTolerance, time.Unix(now, 0))
			if each.Error != "" {
				if !errors.Is(err, refusals[each.Error]) {
					t.Errorf("%v is not %s", err, each.Error)
				}
				return
			}
			if err != nil || event.ID != each.Result || event.Data.Order.ID != "order_1" || string(event.Raw) != payload {
				t.Errorf("%+v %v", event, err)
			}
		})
	}
}

func TestAWebhookOfLongAgoIsRefusedByTheClock(t *testing.T) {
	header := http.Header{}
	header.Set("webhook-id", "evt_1")
	header.Set("webhook-timestamp", "1700000000")
	header.Set("webhook-signature", "v1,x")
	if _, err := sdk.ConstructEvent([]byte("{}"), header, "whsec_x"); !errors.Is(err, sdk.ErrWebhookTimestamp) {
		t.Error(err)
	}
}

package sdk

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// What is wrong with a message that is none of the engine's: answer 400 and do nothing. Ask with errors.Is.
var (
	ErrWebhookHeader    = errors.New("a webhook header is missing")
	ErrWebhookSecret    = errors.New("there is no webhook secret")
	ErrWebhookTimestamp = errors.New("the webhook's timestamp is wrong, or too far from now")
	ErrWebhookSignature = errors.New("no signature is of this body under this secret; was it the raw body?")
	ErrWebhookBody      = errors.New("signed, but no JSON object")
)

// WebhookTolerance is how old or how far ahead a message may be.
const WebhookTolerance = 5 * time.Minute

// WebhookEvent is what the hanzo face sends. Other faces' bodies are in Raw.
type WebhookEvent struct {
	ID        string    `json:"id"`
	Type      string    `json:"type"`
	CreatedAt time.Time `json:"createdAt"`
	Livemode  bool      `json:"livemode"`
	Sequence  int       `json:"sequence"`
	Data      struct {
		Order       *Order       `json:"order"`
		Refund      *Refund      `json:"refund"`
		Fulfillment *Fulfillment `json:"fulfillment"`
		Return      *Return      `json:"return"`
		Payment     *Payment     `json:"payment"`
	} `json:"data"`
	Raw json.RawMessage `json:"-"`
}

// ConstructEvent is the event in a webhook's raw body, once its signature (Standard Webhooks) holds and it was sent within
// WebhookTolerance of now. The secret is what the endpoint's registration answered, whsec_ included.
func ConstructEvent(payload []byte, header http.Header, secret string) (*WebhookEvent, error) {
	return ConstructEventAt(payload, header, secret, WebhookTolerance, time.Now())
}

// ConstructEventAt is ConstructEvent with another tolerance, at another time.
func ConstructEventAt(payload []byte, header http.Header, secret string, tolerance time.Duration, now time.Time) (*WebhookEvent, error) {
	id, sent, signatures := header.Get("webhook-id"), header.Get("webhook-timestamp"), header.Get("webhook-signature")
	if id == "" || sent == "" || signatures == "" {
		return nil, ErrWebhookHeader
	}
	if secret == "" {
		return nil, ErrWebhookSecret
	}
	seconds, err := strconv.ParseUint(sent, 10, 63)
	if err != nil {
		return nil, fmt.Errorf("%w: %q", ErrWebhookTimestamp, sent)
	}
	if away := now.Sub(time.Unix(int64(seconds), 0)); away > tolerance || -away > tolerance {
		return nil, fmt.Errorf("%w: %v away", ErrWebhookTimestamp, away)
	}
	if !signed(payload, id+"."+sent+".", signatures, webhookKey(secret)) {
		return nil, ErrWebhookSignature
	}
	var object map[string]json.RawMessage
	if json.Unmarshal(payload, &object) != nil || object == nil {
		return nil, ErrWebhookBody
	}
	event := &WebhookEvent{Raw: append(json.RawMessage(nil), payload...)}
	_ = json.Unmarshal(payload, event) // another face's body fits less of it: Raw has all
	return event, nil
}

func signed(payload []byte, begin, signatures string, key []byte) bool {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(begin))
	mac.Write(payload)
	expected := []byte(base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	for _, each := range strings.Fields(signatures) {
		if strings.HasPrefix(each, "v1,") && hmac.Equal(expected, []byte(each[3:])) {
			return true
		}
	}
	return false
}

// webhookKey is what follows whsec_, decoded; a secret of the shop's own choosing that is not written so counts as text.
func webhookKey(secret string) []byte {
	if strings.HasPrefix(secret, "whsec_") {
		if key, err := base64.StdEncoding.DecodeString(secret[len("whsec_"):]); err == nil {
			return key
		}
	}
	return []byte(secret)
}

package sdk

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

const (
	maxWait      = time.Minute
	firstBackoff = 250 * time.Millisecond
	maxBackoff   = 5 * time.Second
)

// again are the statuses worth another try; 409 idempotency_key_in_use is the other one.
var again = map[int]bool{202: true, 429: true, 502: true, 503: true, 504: true}

// transport sends calls. A write gets one Idempotency-Key for its whole life, so that trying again after a lost answer
// finds what the first try did.
type transport struct {
	base, key string
	retries   int
	timeout   time.Duration
	http      *http.Client
	sleep     func(context.Context, time.Duration) error
}

type answer struct {
	status int
	header http.Header
	body   []byte
}

// versioned is a result that carries the order's version.
type versioned interface{ setETag(etag string) }

// send makes the call and decodes its final answer into result.
func (t *transport) send(ctx context.Context, path string, asked call, result any, options []Option) error {
	method := asked.method
	chosen := callOptions{accepted: asked.accepted}
	for _, option := range options {
		option(&chosen)
	}
	if method != http.MethodGet && chosen.idempotencyKey == "" {
		key, err := freshKey()
		if err != nil {
			return err
		}
		chosen.idempotencyKey = key
	} else if method == http.MethodGet {
		chosen.idempotencyKey = ""
	}
	target := t.target(path, asked.query, chosen.query)
	encoded, err := payload(method, asked.body)
	if err != nil {
		return err
	}
	final, err := t.persist(ctx, method, target, encoded, chosen)
	if err != nil {
		return err
	}
	if _, none := result.(*nothing); none || final.status == http.StatusNoContent {
		return nil
	}
	if err := json.Unmarshal(final.body, result); err != nil {
		return &Error{Status: final.status, Code: "invalid_response", Message: err.Error(), kind: ErrProtocol,
			IdempotencyKey: chosen.idempotencyKey, RequestID: final.header.Get("X-Request-Id"), cause: err}
	}
	if tagged, ok := result.(versioned); ok {
		tagged.setETag(final.header.Get("ETag"))
	}
	return nil
}

// persist tries until there is a final answer, or no try is left.
func (t *transport) persist(ctx context.Context, method, target string, body []byte, options callOptions) (*answer, error) {
	for tried := 0; ; tried++ {
		got, err := t.attempt(ctx, method, target, body, options)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		var failed *Error
		if err != nil {
			failed = &Error{Code: "connection_error", Message: fmt.Sprintf("no answer from %s: %v", t.base, err),
				IdempotencyKey: options.idempotencyKey, kind: ErrConnection, cause: err}
		} else if failed = errorOf(got, options); failed == nil {
			return got, nil
		}
		retry := err != nil || again[failed.Status] || failed.Status == 409 && failed.Code == "idempotency_key_in_use"
		if !retry || tried >= t.retries {
			return nil, failed
		}
		if err := t.sleep(ctx, waitBefore(tried, got)); err != nil {
			return nil, err
		}
	}
}

func (t *transport) attempt(ctx context.Context, method, target string, body []byte, options callOptions) (*answer, error) {
	ctx, cancel := context.WithTimeout(ctx, t.timeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, method, target, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Authorization", "Bearer "+t.key)
	request.Header.Set("Accept", "application/json")
	request.Header.Set("User-Agent", "ordermill-go/"+Version)
	if method != http.MethodGet {
		request.Header.Set("Content-Type", "application/json")
		request.Header.Set("Idempotency-Key", options.idempotencyKey)
	}
	if options.ifMatch != "" {
		request.Header.Set("If-Match", options.ifMatch)
	}
	response, err := t.http.Do(request)
	if err != nil {
		return nil, err
	}
	defer func() { _ = response.Body.Close() }()
	read, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, err
	}
	return &answer{response.StatusCode, response.Header, read}, nil
}

func (t *transport) target(path string, own, more url.Values) string {
	query := url.Values{}
	for _, values := range []url.Values{own, more} {
		for name := range values {
			query.Set(name, values.Get(name))
		}
	}
	if len(query) == 0 {
		return t.base + path
	}
	return t.base + path + "?" + query.Encode()
}

// waitBefore is what Retry-After says, else a growing, scattered pause.
func waitBefore(tried int, got *answer) time.Duration {
	if got != nil {
		if seconds, err := strconv.Atoi(got.header.Get("Retry-After")); err == nil && seconds >= 0 {
			if wait := time.Duration(seconds) * time.Second; seconds <= int(maxWait/time.Second) {
				return wait
			}
			return maxWait
		}
	}
	wait := maxBackoff
	if tried < 5 && firstBackoff<<tried < maxBackoff {
		wait = firstBackoff << tried
	}
	scatter, err := rand.Int(rand.Reader, big.NewInt(int64(wait/2)))
	if err != nil {
		return wait
	}
	return wait/2 + time.Duration(scatter.Int64())
}

func pause(ctx context.Context, wait time.Duration) error {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func freshKey() (string, error) {
	var random [16]byte
	if _, err := rand.Read(random[:]); err != nil {
		return "", err
	}
	return hex.EncodeToString(random[:]), nil
}

func payload(method string, body any) ([]byte, error) {
	if method == http.MethodGet {
		return nil, nil
	}
	encoded, err := json.Marshal(body)
	if string(encoded) == "null" { // a nil *Input
		encoded = []byte("{}")
	}
	return encoded, err
}

// Package sdk is the Go client of the Ordermill order engine: its hanzo face (documents 000 and 001) and
// what the engine knows beside: stock, catalogue, keys, webhooks, tasks, time.
//
//	client, err := sdk.New(sdk.Config{APIKey: key})
//	order, err := client.Orders.Get(ctx, "1042")
//
// Amounts are integers in the currency's minor unit. Standard library only.
package sdk

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"
)

// Version is this client's, told to the engine with every call.
const Version = "0.2.0"

// DefaultBaseURL is used when neither Config.BaseURL nor ORDERMILL_API_URL says otherwise.
const DefaultBaseURL = "http://127.0.0.1:8000"

// Config says where the engine is and how patient to be. Only APIKey is needed.
type Config struct {
	// APIKey is a secret (sk_…), restricted (rk_…) or customer key (ck_…).
	APIKey string
	// BaseURL defaults to ORDERMILL_API_URL, else DefaultBaseURL.
	BaseURL string
	// MaxRetries is how often a call is tried again: 0 means 4, a negative number never.
	MaxRetries int
	// Timeout limits one try: 0 means a minute.
	Timeout time.Duration
	// HTTPClient defaults to one of its own. Redirects are never followed.
	HTTPClient *http.Client
	// Sleep waits between tries; for tests.
	Sleep func(ctx context.Context, wait time.Duration) error
}

// Client talks to one engine. It is safe for concurrent use.
type Client struct {
	Resources
	transport *transport
}

// New makes a client. It fails when the key is missing, and sends nothing.
func New(config Config) (*Client, error) {
	if config.APIKey == "" {
		return nil, errors.New("sdk: Config.APIKey is needed")
	}
	base := config.BaseURL
	if base == "" {
		base = os.Getenv("ORDERMILL_API_URL")
	}
	if base == "" {
		base = DefaultBaseURL
	}
	retries := config.MaxRetries
	if retries == 0 {
		retries = 4
	}
	timeout := config.Timeout
	if timeout == 0 {
		timeout = time.Minute
	}
	sleep := config.Sleep
	if sleep == nil {
		sleep = pause
	}
	sender := &transport{
		base: strings.TrimRight(base, "/"), key: config.APIKey, retries: retries, timeout: timeout,
		http: withoutRedirects(config.HTTPClient), sleep: sleep,
	}
	return &Client{newResources(sender), sender}, nil
}

// Ptr makes a pointer to a value, for the optional fields where zero means something.
func Ptr[T any](value T) *T { return &value }

// The API key is for one host: a redirect is an answer, not an instruction.
func withoutRedirects(given *http.Client) *http.Client {
	client := http.Client{}
	if given != nil {
		client = *given
	}
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &client
}

// Option changes one call.
type Option func(*callOptions)

type callOptions struct {
	idempotencyKey string
	ifMatch        string
	query          url.Values
	accepted       bool
}

// WithIdempotencyKey sends this key instead of a fresh one. Reads have none.
func WithIdempotencyKey(key string) Option {
	return func(o *callOptions) { o.idempotencyKey = key }
}

// WithIfMatch refuses the call with ErrPrecondition when the order's ETag is no longer this one.
func WithIfMatch(etag string) Option {
	return func(o *callOptions) { o.ifMatch = etag }
}

// WithExpand adds parts to what Get answers: "items.product", "customer", "events" …
func WithExpand(paths ...string) Option {
	return WithQuery(url.Values{"expand": {strings.Join(paths, ",")}})
}

// WithQuery adds to the query of a Request.
func WithQuery(query url.Values) Option {
	return func(o *callOptions) { o.query = query }
}

// WithAccepted takes 202 for the final answer of a Request, as the routes that queue something answer it.
func WithAccepted() Option {
	return func(o *callOptions) { o.accepted = true }
}

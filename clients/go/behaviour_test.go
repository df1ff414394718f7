package sdk_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	sdk "ordermill.dev/commerce"
)

// ../behaviour.json, case by case, over a real socket.

type contract struct {
	Retries int `json:"retries"`
	Calls   map[string]struct {
		Method, Path string
		Body         map[string]any
	} `json:"calls"`
	Cases []behaviour `json:"cases"`
}

type behaviour struct {
	Name, Call string
	Answers    []json.RawMessage
	Requests   int
	Waits      *[]float64
	Result     map[string]any
	Error      map[string]any
}

type request struct {
	method, path, body string
	header             http.Header
}

var kinds = map[string]error{
	"authentication": sdk.ErrAuthentication, "conflict": sdk.ErrConflict, "connection": sdk.ErrConnection,
	"not_found": sdk.ErrNotFound, "payment": sdk.ErrPayment, "pending": sdk.ErrPending,
	"permission": sdk.ErrPermission, "precondition": sdk.ErrPrecondition, "protocol": sdk.ErrProtocol,
	"unavailable": sdk.ErrUnavailable, "validation": sdk.ErrValidation,
}

// stub answers the script and notes what came.
func stub(t *testing.T, script []json.RawMessage) (string, func() []request) {
	t.Helper()
	var lock sync.Mutex
	var came []request
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		lock.Lock()
		index := len(came)
		came = append(came, request{r.Method, r.URL.RequestURI(), string(body), r.Header})
		lock.Unlock()
		w.Header().Set("Connection", "close") // or net/http itself tries a dropped connection again
		play(w, script, index)
	}))
	t.Cleanup(server.Close)
	return server.URL, func() []request {
		lock.Lock()
		defer lock.Unlock()
		return came
	}
}

func play(w http.ResponseWriter, script []json.RawMessage, index int) {
	var answer struct {
		Status  int
		Headers map[string]string
		Body    json.RawMessage
		Text    string
	}
	switch {
	case index >= len(script):
		w.WriteHeader(http.StatusTeapot)
		return
	case string(script[index]) == `"drop"`:
		panic(http.ErrAbortHandler)
	}
	if err := json.Unmarshal(script[index], &answer); err != nil {
		panic(err)
	}
	for name, value := range answer.Headers {
		w.Header().Set(name, value)
	}
	w.WriteHeader(answer.Status)
	_, _ = io.WriteString(w, answer.Text+string(answer.Body))
}

func perform(ctx context.Context, client *sdk.Client, name string, options ...sdk.Option) (*sdk.Order, error) {
	switch name {
	case "get":
		return client.Orders.Get(ctx, "order_1", options...)
	case "release":
		return nil, client.Orders.ReleaseHold(ctx, "order_1", "hold_1", options...)
	case "test":
		delivery, err := client.Webhooks.Test(ctx, "whk_1", options...)
		if err != nil {
			return nil, err
		}
		return &sdk.Order{ID: delivery.ID}, nil
	case "request":
		var answer struct{ ID string }
		options = append(options, sdk.WithQuery(url.Values{"a": {"b"}}))
		err := client.Request(ctx, "post", "/v1/orders/order_1/cancel", map[string]any{"some_thing": 1}, &answer, options...)
		return &sdk.Order{ID: answer.ID}, err
	}
	return client.Orders.Pay(ctx, "order_1", &sdk.PayInput{PaymentMethod: "pm_card_visa"}, options...)
}

func newClient(t *testing.T, config sdk.Config) *sdk.Client {
	t.Helper()
	config.APIKey = "key"
	client, err := sdk.New(config)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

func TestBehaviour(t *testing.T) {
	text, err := os.ReadFile("../behaviour.json")
	if err != nil {
		t.Fatal(err)
	}
	var whole contract
	if err := json.Unmarshal(text, &whole); err != nil || len(whole.Cases) == 0 {
		t.Fatal("no cases: ", err)
	}
	for _, expected := range whole.Cases {
		expected := expected
		t.Run(expected.Name, func(t *testing.T) { check(t, &whole, &expected) })
	}
}

func check(t *testing.T, whole *contract, expected *behaviour) {
	url, requests := stub(t, expected.Answers)
	waits := []float64{}
	client := newClient(t, sdk.Config{BaseURL: url, MaxRetries: whole.Retries, Sleep: func(_ context.Context, d time.Duration) error {
		waits = append(waits, d.Seconds())
		return nil
	}})
	order, err := perform(context.Background(), client, expected.Call)
	came := requests()
	if len(came) != expected.Requests {
		t.Fatalf("%d requests, not %d: %v", len(came), expected.Requests, err)
	}
	call := whole.Calls[expected.Call]
	key := came[0].header.Get("Idempotency-Key")
	if (key == "") != (call.Method == http.MethodGet) {
		t.Errorf("%s with the key %q", call.Method, key)
	}
	for _, each := range came {
		if agent := each.header.Get("User-Agent"); agent != "ordermill-go/"+sdk.Version {
			t.Errorf("it calls itself %s", agent)
		}
		got := fmt.Sprint(each.method, each.path, each.header.Get("Authorization"), each.header.Get("Idempotency-Key"))
		if want := fmt.Sprint(call.Method, call.Path, "Bearer key", key); got != want {
			t.Errorf("%s, not %s", got, want)
		}
		var body map[string]any
		if call.Body != nil && (json.Unmarshal([]byte(each.body), &body) != nil || !reflect.DeepEqual(body, call.Body)) {
			t.Errorf("the body %s", each.body)
		}
	}
	if expected.Waits != nil && !reflect.DeepEqual(waits, *expected.Waits) || len(waits) != len(came)-1 {
		t.Errorf("waited %v", waits)
	}
	if expected.Error == nil {
		checkResult(t, expected, order, err)
	} else {
		checkError(t, expected, err, key)
	}
}

func checkResult(t *testing.T, expected *behaviour, order *sdk.Order, err error) {
	if err != nil {
		t.Fatal(err)
	}
	if expected.Result == nil {
		if order != nil {
			t.Errorf("%v instead of nothing", order)
		}
		return
	}
	got := map[string]any{"id": order.ID, "etag": order.ETag}
	for name, value := range expected.Result {
		if got[name] != value {
			t.Errorf("%s is %v, not %v", name, got[name], value)
		}
	}
}

func checkError(t *testing.T, expected *behaviour, err error, key string) {
	var failed *sdk.Error
	if !errors.As(err, &failed) {
		t.Fatalf("%v is no *sdk.Error", err)
	}
	got := map[string]any{
		"status": float64(failed.Status), "code": failed.Code, "field": failed.Field,
		"requestId": failed.RequestID, "declineCode": failed.DeclineCode(),
	}
	for name, value := range expected.Error {
		if name == "kind" {
			if !errors.Is(err, kinds[value.(string)]) {
				t.Errorf("%v is not of the kind %v", err, value)
			}
		} else if got[name] != value {
			t.Errorf("%s is %v, not %v", name, got[name], value)
		}
	}
	if failed.IdempotencyKey != key {
		t.Errorf("the key %q, not %q", failed.IdempotencyKey, key)
	}
}

func script(answers ...string) []json.RawMessage {
	raw := make([]json.RawMessage, len(answers))
	for i, answer := range answers {
		raw[i] = json.RawMessage(answer)
	}
	return raw
}

func TestEveryCallHasAKeyOfItsOwnUnlessOneIsGiven(t *testing.T) {
	ok := `{"status": 200, "body": {"id": "order_1"}}`
	url, requests := stub(t, script(ok, ok, ok))
	client := newClient(t, sdk.Config{BaseURL: url})
	ctx := context.Background()
	for _, options := range [][]sdk.Option{nil, nil, {sdk.WithIdempotencyKey("mine"), sdk.WithIfMatch(`"3"`)}} {
		if _, err := perform(ctx, client, "pay", options...); err != nil {
			t.Fatal(err)
		}
	}
	came := requests()
	first, second, third := came[0].header, came[1].header, came[2].header
	if first.Get("Idempotency-Key") == second.Get("Idempotency-Key") || third.Get("Idempotency-Key") != "mine" {
		t.Error("keys are shared")
	}
	if first.Get("If-Match") != "" || third.Get("If-Match") != `"3"` {
		t.Error("If-Match is not what was asked")
	}
}

func TestACancelledContextEndsTheCallAlsoWhileItWaits(t *testing.T) {
	url, requests := stub(t, script(`{"status": 503, "headers": {"Retry-After": "60"}}`))
	client := newClient(t, sdk.Config{BaseURL: url})
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
	defer cancel()
	if _, err := perform(ctx, client, "pay"); !errors.Is(err, context.DeadlineExceeded) || len(requests()) != 1 {
		t.Errorf("%v after %d requests", err, len(requests()))
	}
}

func TestAllGoesByCursorFromAPageOnIfOneIsGiven(t *testing.T) {
	page := func(cursor string, ids ...string) string {
		return `{"status": 200, "body": {"nextCursor": ` + cursor + `, "models": [{"id": "` + strings.Join(ids, `"}, {"id": "`) + `"}]}}`
	}
	url, requests := stub(t, script(page(`"c1"`, "a", "b"), page(`"c2"`, "c", "d"), page("null", "e")))
	it := newClient(t, sdk.Config{BaseURL: url}).Orders.All(&sdk.OrderListParams{Display: 2, Page: 3})
	seen := ""
	for it.Next(context.Background()) {
		seen += it.Order().ID
	}
	if seen != "abcde" || it.Err() != nil {
		t.Error(seen, it.Err())
	}
	if first, last := requests()[0].path, requests()[2].path; first != "/order?display=2&page=3&sort=createdAt%3Aasc" ||
		last != "/order?cursor=c2&display=2&sort=createdAt%3Aasc" {
		t.Error(first, last)
	}
}

func TestOtherListsFollowTheirCursorToo(t *testing.T) {
	page := func(cursor, id string) string {
		return `{"status": 200, "body": {"nextCursor": ` + cursor + `, "models": [{"id": "` + id + `"}]}}`
	}
	url, requests := stub(t, script(page(`"c1"`, "a"), page("null", "b"), `{"status": 404, "text": ""}`))
	tasks := newClient(t, sdk.Config{BaseURL: url}).Tasks
	it, seen := tasks.All(&sdk.TaskListParams{Kind: []string{"surplus", "hold"}}), ""
	for it.Next(context.Background()) {
		seen += it.Value().ID
	}
	if seen != "ab" || it.Err() != nil || requests()[1].path != "/engine/tasks?cursor=c1&kind=surplus%2Chold" {
		t.Error(seen, it.Err(), requests()[1].path)
	}
	if failing := tasks.All(nil); failing.Next(context.Background()) || !errors.Is(failing.Err(), sdk.ErrNotFound) {
		t.Error(failing.Err())
	}
}

func TestAllInAnotherSortReadsPageAfterPageAndShowsNoOrderTwice(t *testing.T) {
	page := func(ids ...string) string {
		return `{"status": 200, "body": {"count": 4, "models": [{"id": "` + strings.Join(ids, `"}, {"id": "`) + `"}]}}`
	}
	url, requests := stub(t, script(page("a", "b"), page("b", "c"), page("d")))
	it := newClient(t, sdk.Config{BaseURL: url}).Orders.All(&sdk.OrderListParams{Display: 2, Sort: "total", Expand: []string{"items", "customer"}})
	seen := ""
	for it.Next(context.Background()) {
		seen += it.Order().ID
	}
	if seen != "abcd" || it.Err() != nil {
		t.Error(seen, it.Err())
	}
	if want := "/order?display=2&expand=items%2Ccustomer&page=3&sort=total"; requests()[2].path != want {
		t.Error(requests()[2].path)
	}
}

func TestAnIDCannotBecomeAnotherPathAndAKeyIsNeeded(t *testing.T) {
	client := newClient(t, sdk.Config{BaseURL: "http://127.0.0.1:9"})
	for _, id := range []string{"", ".", ".."} {
		if _, err := client.Orders.Get(context.Background(), id); err == nil || !strings.Contains(err.Error(), "not an id") {
			t.Error(id, err)
		}
	}
	if _, err := sdk.New(sdk.Config{}); err == nil {
		t.Error("no key, no error")
	}
}

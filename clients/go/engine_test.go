package sdk_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	sdk "ordermill.dev/commerce"
)

// Against a running engine (ORDERMILL_API_URL, ORDERMILL_API_KEY): the document's own Go, and every verb.

const document = "../../tests/documents/000-hanzo-order-api.txt"

// program is the document's sample in a main of its own; what it declares is used after it.
const program = `package main

import (
	"context"
	"log"
	"os"

	sdk "ordermill.dev/commerce"
)

func main() {
	ctx := context.Background()
	client, err := sdk.New(sdk.Config{APIKey: os.Getenv("ORDERMILL_API_KEY")})
	if err != nil {
		log.Fatal(err)
	}
%s
	if err != nil {
		log.Fatal(err)
	}
	if orders.Count < 2 || len(orders.Models) < 2 || order.ID == "" || ful.Status != "shipped" ||
		ful.Tracking.Number != "1Z999AA10123456784" || refund.Amount != 2999 || refund.Status != "processed" {
		log.Fatalf("%%+v %%+v %%+v %%+v", orders, order, ful, refund)
	}
}
`

func engine(t *testing.T) *sdk.Client {
	t.Helper()
	if os.Getenv("ORDERMILL_API_URL") == "" || os.Getenv("ORDERMILL_API_KEY") == "" {
		t.Fatal("needs ORDERMILL_API_URL and ORDERMILL_API_KEY: `make clients`")
	}
	client, err := sdk.New(sdk.Config{APIKey: os.Getenv("ORDERMILL_API_KEY")})
	if err != nil {
		t.Fatal(err)
	}
	return client
}

func newOrder() *sdk.OrderInput {
	return &sdk.OrderInput{
		Email: "jane@example.com", Currency: "USD", ShippingMethodID: "ship_standard",
		Items:           []sdk.OrderItemInput{{VariantID: "var_xyz789", Quantity: 2, UnitPrice: sdk.Ptr(int64(2999))}},
		ShippingAddress: &sdk.AddressInput{Line1: "456 Oak Ave", City: "Portland", State: "OR", PostalCode: "97201", Country: "US"},
	}
}

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func paid(ctx context.Context, client *sdk.Client) *sdk.Order {
	order := must(client.Orders.Create(ctx, newOrder()))
	return must(client.Orders.Pay(ctx, order.ID, &sdk.PayInput{PaymentMethod: "pm_card_visa"}))
}

func sample(t *testing.T) string {
	t.Helper()
	text := string(must(os.ReadFile(document)))
	_, text, found := strings.Cut(text, "Go\norders, err := ")
	text, _, ended := strings.Cut(text, "How is this guide?")
	text = "orders, err := " + text
	if !found || !ended || strings.Count(text, "client.Orders.") != 5 {
		t.Fatal("the document's Go sample is not where it was")
	}
	return text
}

// build makes a program of its own out of the sample, as a customer of the module would.
func build(t *testing.T, body string) string {
	t.Helper()
	folder, module := t.TempDir(), must(filepath.Abs("."))
	mod := fmt.Sprintf("module sample\n\ngo 1.19\n\nrequire ordermill.dev/commerce v0.0.0\n\nreplace ordermill.dev/commerce => %s\n", module)
	for name, text := range map[string]string{"main.go": fmt.Sprintf(program, body), "go.mod": mod} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	command := exec.Command("go", "build", "-o", "sample", ".")
	command.Dir = folder
	if out, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return filepath.Join(folder, "sample")
}

func TestTheDocumentsGoCompilesAsPrinted(t *testing.T) {
	build(t, sample(t))
}

func TestTheDocumentsGoRunsWithItsPlaceholdersReplaced(t *testing.T) {
	client, ctx := engine(t), context.Background()
	shipped, cancelled := paid(ctx, client), paid(ctx, client)
	body := strings.Replace(sample(t), `Cancel(ctx, "order_abc123"`, fmt.Sprintf("Cancel(ctx, %q", cancelled.ID), 1)
	body = strings.ReplaceAll(body, "order_abc123", shipped.ID)
	body = strings.ReplaceAll(body, "oitem_001", shipped.Items[0].ID)
	if out, err := exec.Command(build(t, body)).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	after, gone := must(client.Orders.Get(ctx, shipped.ID)), must(client.Orders.Get(ctx, cancelled.ID))
	if after.Status != "shipped" || after.RefundedTotal != 2999 || gone.Status != "cancelled" || gone.CancelReason != "customer_request" {
		t.Errorf("%+v\n%+v", after, gone)
	}
}

func expect(t *testing.T, what string, got, want any) {
	t.Helper()
	if got != want {
		t.Errorf("%s is %v, not %v", what, got, want)
	}
}

func TestAnOrderFromDraftToReturned(t *testing.T) {
	client, ctx := engine(t), context.Background()
	orders := client.Orders
	order := must(orders.Create(ctx, newOrder()))
	id := order.ID
	expect(t, "create", order.Lifecycle, "draft")
	expect(t, "confirm", must(orders.Confirm(ctx, id)).Lifecycle, "confirmed")
	expect(t, "update", must(orders.Update(ctx, id, &sdk.OrderUpdate{Metadata: map[string]any{"a_b": "c"}})).Metadata["a_b"], "c")
	expect(t, "authorize", must(orders.Authorize(ctx, id, &sdk.AuthorizeInput{PaymentMethod: "pm_card_visa"})).PaymentStatus, "authorized")
	expect(t, "capture", must(orders.Capture(ctx, id, nil)).PaymentStatus, "captured")
	expect(t, "fulfill", must(orders.Fulfill(ctx, id, nil)).Status, "shipped")
	expect(t, "deliver", must(orders.Deliver(ctx, id, nil)).Lifecycle, "delivered")
	item := sdk.ReturnItemInput{ItemID: order.Items[0].ID, Quantity: 1, Reason: "wrong_size"}
	first := must(orders.Return(ctx, id, &sdk.ReturnInput{Items: []sdk.ReturnItemInput{item}}))
	expect(t, "approve", must(orders.ApproveReturn(ctx, id, first.ID, nil)).Status, "approved")
	expect(t, "receive", must(orders.ReceiveReturn(ctx, id, first.ID, nil)).Status, "refunded")
	second := must(orders.Return(ctx, id, &sdk.ReturnInput{Items: []sdk.ReturnItemInput{item}}))
	expect(t, "reject", must(orders.RejectReturn(ctx, id, second.ID, &sdk.RejectReturnInput{Reason: "worn"})).RejectReason, "worn")
	expect(t, "returns", must(orders.Returns(ctx, id)).Count, 2)
	expect(t, "refund", must(orders.Refund(ctx, id, &sdk.RefundInput{Amount: 100})).Amount, int64(100))
	for index, event := range must(orders.Events(ctx, id)).Models {
		expect(t, "sequence", event.Sequence, index+1)
	}
	expanded := must(orders.Get(ctx, id, sdk.WithExpand("items.product", "customer")))
	if expanded.Items[0].Product == nil || expanded.Customer == nil {
		t.Error("nothing expanded")
	}
}

func TestVoidReleasesWhatWasAuthorised(t *testing.T) {
	client, ctx := engine(t), context.Background()
	order := must(client.Orders.Create(ctx, newOrder()))
	must(client.Orders.Authorize(ctx, order.ID, &sdk.AuthorizeInput{PaymentMethod: "pm_card_visa"}))
	expect(t, "payment", must(client.Orders.Void(ctx, order.ID, nil)).Payments[0].Status, "voided")
}

func TestAllWalksEveryOrderOfACustomer(t *testing.T) {
	client, ctx := engine(t), context.Background()
	input := newOrder()
	input.CustomerID = fmt.Sprintf("cust_go_%d", time.Now().UnixNano())
	for n := 0; n < 5; n++ {
		must(client.Orders.Create(ctx, input))
	}
	it, found := client.Orders.All(&sdk.OrderListParams{CustomerID: input.CustomerID, Display: 2}), 0
	for it.Next(ctx) {
		found++
	}
	expect(t, "found", found, 5)
	expect(t, "error", it.Err(), nil)
}

func TestTheSameKeyDoesAThingOnceAndAnOldVersionIsRefused(t *testing.T) {
	client, ctx := engine(t), context.Background()
	key := sdk.WithIdempotencyKey(fmt.Sprintf("go-%d", time.Now().UnixNano()))
	first, again := must(client.Orders.Create(ctx, newOrder(), key)), must(client.Orders.Create(ctx, newOrder(), key))
	expect(t, "again", again.ID, first.ID)
	must(client.Orders.Confirm(ctx, first.ID, sdk.WithIfMatch(first.ETag)))
	if err := client.Orders.Cancel(ctx, first.ID, nil, sdk.WithIfMatch(first.ETag)); !errors.Is(err, sdk.ErrPrecondition) {
		t.Error(err)
	}
}

func TestRefusalsArriveAsWhatTheyAre(t *testing.T) {
	client, ctx := engine(t), context.Background()
	id := must(client.Orders.Create(ctx, newOrder())).ID
	_, missing := client.Orders.Get(ctx, "order_01HZZZZZZZZZZZZZZZZZZZZZZZ")
	_, declined := client.Orders.Pay(ctx, id, &sdk.PayInput{PaymentMethod: "pm_card_chargeDeclined"})
	first := client.Orders.Cancel(ctx, id, nil)
	second := client.Orders.Cancel(ctx, id, nil)
	_, wrong := client.Orders.Refund(ctx, id, &sdk.RefundInput{Amount: -1})
	var decline, field *sdk.Error
	if !errors.Is(missing, sdk.ErrNotFound) || first != nil || !errors.Is(second, sdk.ErrConflict) {
		t.Error(missing, first, second)
	}
	if !errors.As(declined, &decline) || decline.DeclineCode() == "" || decline.RequestID == "" {
		t.Error(declined)
	}
	if !errors.As(wrong, &field) || !errors.Is(wrong, sdk.ErrValidation) || field.Field != "amount" {
		t.Error(wrong)
	}
}

func TestAllPassesNothingOverThoughWhatItYieldsStopsMatching(t *testing.T) {
	client, ctx := engine(t), context.Background()
	input := newOrder()
	input.CustomerID = fmt.Sprintf("cust_go_all_%d", time.Now().UnixNano())
	for n := 0; n < 12; n++ {
		must(client.Orders.Create(ctx, input))
	}
	asked := sdk.OrderListParams{Status: "draft", CustomerID: input.CustomerID, Display: 4}
	it, cancelled := client.Orders.All(&asked), 0
	for it.Next(ctx) {
		if err := client.Orders.Cancel(ctx, it.Order().ID, nil); err != nil {
			t.Fatal(err)
		}
		cancelled++
	}
	expect(t, "cancelled", cancelled, 12)
	expect(t, "drafts left", must(client.Orders.List(ctx, &asked)).Count, 0)
}

package sdk_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	sdk "ordermill.dev/commerce"
)

// Against a running engine: what comes after the sale, and what the engine knows beside orders.

func TestAnEditDoesWhatItsDryRunSaysAndAHoldKeepsUnitsBack(t *testing.T) {
	client, ctx := engine(t), context.Background()
	order := paid(ctx, client)
	line := order.Items[0].ID
	edit := &sdk.EditInput{Note: "agreed", Operations: []sdk.EditOperation{sdk.SetQuantityOp{ItemID: line, Quantity: 1}}}
	would := must(client.Orders.DryRun().Edit(ctx, order.ID, edit))
	edited := must(client.Orders.Edit(ctx, order.ID, edit, sdk.WithIfMatch(order.ETag)))
	if total := int64(would.Order["total"].(float64)); total != edited.Total || total == order.Total || !would.DryRun {
		t.Errorf("%+v %+v", would, edited.Edit)
	}
	expect(t, "surplus", edited.Edit.Surplus, order.Total-edited.Total)
	until := time.Now().Add(24 * time.Hour)
	hold := must(client.Orders.Hold(ctx, order.ID, &sdk.HoldInput{Kind: "manual", Reason: "call first", Until: &until}))
	var refused *sdk.Error
	if _, err := client.Orders.Fulfill(ctx, order.ID, nil); !errors.As(err, &refused) || refused.Code != "order_on_hold" {
		t.Error(err)
	}
	held := false
	for _, wait := range must(client.Orders.Waiting(ctx, order.ID)).Models {
		held = held || wait.For == "hold"
	}
	tasks := client.Tasks.All(&sdk.TaskListParams{Kind: []string{"hold"}, Limit: 100})
	found := false
	for tasks.Next(ctx) {
		found = found || tasks.Value().OrderID == order.ID
	}
	if !held || !found || tasks.Err() != nil {
		t.Error(held, found, tasks.Err())
	}
	if err := client.Orders.ReleaseHold(ctx, order.ID, hold.ID); err != nil {
		t.Error(err)
	}
	items := []sdk.FulfillmentItem{{ItemID: line, Quantity: 1}}
	left := must(client.Orders.CancelItems(ctx, order.ID, &sdk.CancelItemsInput{Items: items}))
	expect(t, "cancelled", left.Items[0].CancelledQuantity, 1)
}

func TestAReturnInStepsAndOneThatIsWithdrawn(t *testing.T) {
	client, ctx := engine(t), context.Background()
	order := paid(ctx, client)
	line := order.Items[0].ID
	must(client.Orders.Fulfill(ctx, order.ID, nil))
	must(client.Orders.Deliver(ctx, order.ID, nil))
	item := sdk.ReturnItemInput{ItemID: line, Quantity: 2}
	first := must(client.Orders.Return(ctx, order.ID, &sdk.ReturnInput{Items: []sdk.ReturnItemInput{item}}))
	approval := &sdk.ApproveReturnInput{Label: &sdk.ReturnLabelInput{Carrier: "UPS"}}
	expect(t, "label", must(client.Orders.ApproveReturn(ctx, order.ID, first.ID, approval)).Label.Carrier, "UPS")
	came := []sdk.ReceivedItemInput{{ItemID: line, Quantity: 1, Condition: "opened"}}
	part := &sdk.ReceiveReturnInput{Items: came, Final: sdk.Ptr(false)}
	expect(t, "part", must(client.Orders.ReceiveReturn(ctx, order.ID, first.ID, part)).Status, "partially_received")
	expect(t, "rest", must(client.Orders.ReceiveReturn(ctx, order.ID, first.ID, nil)).Status, "refunded")
	expect(t, "units", must(client.Orders.GetReturn(ctx, order.ID, first.ID)).Items[0].ReceivedQuantity, 2)
	other := paid(ctx, client)
	must(client.Orders.Fulfill(ctx, other.ID, nil))
	must(client.Orders.Deliver(ctx, other.ID, nil))
	item.ItemID = other.Items[0].ID
	second := must(client.Orders.Return(ctx, other.ID, &sdk.ReturnInput{Items: []sdk.ReturnItemInput{item}}))
	expect(t, "withdrawn", must(client.Orders.WithdrawReturn(ctx, other.ID, second.ID)).Status, "withdrawn")
}

func TestAnExchangeAndAClaim(t *testing.T) {
	client, ctx := engine(t), context.Background()
	order := paid(ctx, client)
	line := order.Items[0].ID
	must(client.Orders.Fulfill(ctx, order.ID, nil))
	must(client.Orders.Deliver(ctx, order.ID, nil))
	wanted := &sdk.ExchangeInput{
		Items:    []sdk.ReturnItemInput{{ItemID: line, Quantity: 1, Reason: "too small"}},
		NewItems: []sdk.NewItemInput{{VariantID: "var_xyz789", Quantity: 1, UnitPrice: sdk.Ptr(int64(2999))}},
	}
	would := must(client.Orders.DryRun().Exchange(ctx, order.ID, wanted))
	expect(t, "planned", strings.Contains(strings.Join(would.Events, " "), "order.exchange_requested"), true)
	made := must(client.Orders.Exchange(ctx, order.ID, wanted))
	expect(t, "status", made.Status, "requested")
	must(client.Orders.ApproveReturn(ctx, order.ID, made.ReturnID, nil))
	must(client.Orders.ReceiveReturn(ctx, order.ID, made.ReturnID, nil))
	must(client.Orders.Fulfill(ctx, order.ID, nil))
	expect(t, "completed", must(client.Orders.GetExchange(ctx, order.ID, made.ID)).Status, "completed")
	expect(t, "exchanges", must(client.Orders.Exchanges(ctx, order.ID)).Count, 1)
	broken := []sdk.ClaimedItemInput{{ItemID: line, Quantity: 1, Reason: "damaged"}}
	claim := must(client.Orders.Claim(ctx, order.ID, &sdk.ClaimInput{Items: broken, Resolution: "replace"}))
	expect(t, "claim", must(client.Orders.GetClaim(ctx, order.ID, claim.ID)).Resolution, "replace")
	expect(t, "claims", must(client.Orders.Claims(ctx, order.ID)).Count, 1)
}

func TestWindowsAreSeenAndMoved(t *testing.T) {
	client, ctx := engine(t), context.Background()
	order := must(client.Orders.Confirm(ctx, must(client.Orders.Create(ctx, newOrder())).ID))
	at := time.Now().Add(24 * time.Hour).UTC().Truncate(time.Second)
	moved := must(client.Orders.MoveTimer(ctx, order.ID, "payment_window", &sdk.MoveTimerInput{At: &at}))
	expect(t, "at", moved.At.Equal(at), true)
	fired := must(client.Orders.DryRun().MoveTimer(ctx, order.ID, "payment_window", &sdk.MoveTimerInput{Fire: true}))
	expect(t, "fired", reflect.DeepEqual(fired.Events[len(fired.Events)-1:], []string{"order.cancelled"}), true)
	agenda, coming := client.Agenda.All(nil), false
	for agenda.Next(ctx) {
		coming = coming || agenda.Value().OrderID == order.ID
	}
	expect(t, "coming", coming, true)
	search := client.Search.All(&sdk.SearchParams{Q: order.ID})
	expect(t, "found", search.Next(ctx) && search.Value().ID == order.ID, true)
	expect(t, "explained", len(must(client.Orders.Explain(ctx, order.ID))) > 0, true)
	expect(t, "stats", len(must(client.Stats.Get(ctx, nil)).Models) > 0, true)
}

func TestCatalogueStockKeysCreditAndWebhookEndpoints(t *testing.T) {
	client, ctx := engine(t), context.Background()
	name := fmt.Sprintf("go_%d", time.Now().UnixNano())
	put := must(client.Catalog.Put(ctx, "var_"+name, &sdk.CatalogVariantInput{Title: "Cup", UnitPrice: 900, Options: []string{"red"}}))
	expect(t, "option", put.Options[0], "red")
	expect(t, "set", must(client.Stock.Set(ctx, "var_"+name, &sdk.StockInput{OnHand: sdk.Ptr(5)})).Available, 5)
	expect(t, "adjust", must(client.Stock.Adjust(ctx, "var_"+name, &sdk.StockAdjustment{Delta: -2, Reason: "broken"})).OnHand, 3)
	if err := client.Catalog.Delete(ctx, "var_"+name); err != nil {
		t.Error(err)
	}
	credit := must(client.Credit.Grant(ctx, "cust_"+name, &sdk.CreditInput{Amount: 500, Currency: "USD", Reason: "sorry"}))
	expect(t, "credit", credit.Balances[0].Balance, int64(500))
	key := must(client.Keys.Create(ctx, &sdk.APIKeyInput{Scope: "customer", CustomerID: "cust_" + name}))
	theirs := must(sdk.New(sdk.Config{APIKey: key.Key}))
	expect(t, "theirs", must(theirs.Orders.List(ctx, nil)).Count, 0)
	if err := client.Keys.Revoke(ctx, key.ID); err != nil {
		t.Error(err)
	}
	if _, err := theirs.Orders.List(ctx, nil); !errors.Is(err, sdk.ErrAuthentication) {
		t.Error(err)
	}
	hook := must(client.Webhooks.Create(ctx, &sdk.WebhookInput{URL: "https://example.com/hook", Events: []string{"*"}}))
	expect(t, "secret", strings.HasPrefix(hook.Secret, "whsec_"), true)
	paused := must(client.Webhooks.Update(ctx, hook.ID, &sdk.WebhookUpdate{Status: sdk.Ptr("disabled")}))
	expect(t, "status", paused.Status, "disabled")
	if err := client.Webhooks.Delete(ctx, hook.ID); err != nil {
		t.Error(err)
	}
}

func TestAnyOtherRoute(t *testing.T) {
	client, ctx := engine(t), context.Background()
	order := must(client.Orders.Create(ctx, newOrder()))
	var shown struct {
		ID string `json:"id"`
	}
	if err := client.Request(ctx, "GET", "/v1/orders/"+order.ID, nil, &shown); err != nil || !strings.EqualFold(shown.ID, order.ID) {
		t.Error(shown, err)
	}
	if err := client.Request(ctx, "POST", "/v1/orders/"+order.ID+"/cancel", nil, nil); err != nil {
		t.Error(err)
	}
}

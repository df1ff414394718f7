package sdk

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// Orders has one method per verb. An id is the order's id, its UUID or its display number; a nil input sends no field.
type Orders struct{ transport *transport }

// List answers one page.
func (o *Orders) List(ctx context.Context, params *OrderListParams, options ...Option) (*OrderList, error) {
	return fetch[OrderList](ctx, o, http.MethodGet, "/order", params.query(), nil, options)
}

// Get answers the whole order.
func (o *Orders) Get(ctx context.Context, id string, options ...Option) (*Order, error) {
	return call[Order](ctx, o, http.MethodGet, nil, options, id)
}

// Events is the order's timeline.
func (o *Orders) Events(ctx context.Context, id string, options ...Option) (*EventList, error) {
	return call[EventList](ctx, o, http.MethodGet, nil, options, id, "events")
}

// Returns are the order's returns, oldest first.
func (o *Orders) Returns(ctx context.Context, id string, options ...Option) (*ReturnList, error) {
	return call[ReturnList](ctx, o, http.MethodGet, nil, options, id, "returns")
}

// Create places an order: a draft until it is confirmed or paid.
func (o *Orders) Create(ctx context.Context, input *OrderInput, options ...Option) (*Order, error) {
	return fetch[Order](ctx, o, http.MethodPost, "/order", nil, input, options)
}

// Update changes metadata (merged; a nil value deletes its key), notes and tags, and addresses until the first unit is sent.
func (o *Orders) Update(ctx context.Context, id string, input *OrderUpdate, options ...Option) (*Order, error) {
	return call[Order](ctx, o, http.MethodPatch, input, options, id)
}

// Confirm reserves every line, or none.
func (o *Orders) Confirm(ctx context.Context, id string, options ...Option) (*Order, error) {
	return call[Order](ctx, o, http.MethodPost, nil, options, id, "confirm")
}

// Pay takes what is due; a draft is confirmed by it. ErrPayment is a decline, or 3-D Secure.
func (o *Orders) Pay(ctx context.Context, id string, input *PayInput, options ...Option) (*Order, error) {
	return call[Order](ctx, o, http.MethodPost, input, options, id, "pay")
}

// Authorize holds what is due without taking it.
func (o *Orders) Authorize(ctx context.Context, id string, input *AuthorizeInput, options ...Option) (*Order, error) {
	return call[Order](ctx, o, http.MethodPost, input, options, id, "authorize")
}

// Capture takes what is held.
func (o *Orders) Capture(ctx context.Context, id string, input *CaptureInput, options ...Option) (*Order, error) {
	return call[Order](ctx, o, http.MethodPost, input, options, id, "capture")
}

// Void releases what is held.
func (o *Orders) Void(ctx context.Context, id string, input *VoidInput, options ...Option) (*Order, error) {
	return call[Order](ctx, o, http.MethodPost, input, options, id, "void")
}

// Fulfill ships some units; without items, all that are left.
func (o *Orders) Fulfill(ctx context.Context, id string, input *FulfillmentInput, options ...Option) (*Fulfillment, error) {
	return call[Fulfillment](ctx, o, http.MethodPost, input, options, id, "fulfill")
}

// Deliver says that one fulfilment, or all that is shipped, arrived.
func (o *Orders) Deliver(ctx context.Context, id string, input *DeliverInput, options ...Option) (*Order, error) {
	return call[Order](ctx, o, http.MethodPost, input, options, id, "deliver")
}

// Cancel gives back what was captured, held and reserved.
func (o *Orders) Cancel(ctx context.Context, id string, input *CancelInput, options ...Option) error {
	_, err := call[Order](ctx, o, http.MethodPost, input, options, id, "cancel")
	return err
}

// Refund refunds an amount, some units' share, or all that is left.
func (o *Orders) Refund(ctx context.Context, id string, input *RefundInput, options ...Option) (*Refund, error) {
	return call[Refund](ctx, o, http.MethodPost, input, options, id, "refund")
}

// Return requests a return of delivered units.
func (o *Orders) Return(ctx context.Context, id string, input *ReturnInput, options ...Option) (*Return, error) {
	return call[Return](ctx, o, http.MethodPost, input, options, id, "return")
}

// ApproveReturn says that the parcel may be sent.
func (o *Orders) ApproveReturn(ctx context.Context, id, returnID string, options ...Option) (*Return, error) {
	return call[Return](ctx, o, http.MethodPost, nil, options, id, "return", returnID, "approve")
}

// RejectReturn refuses the return.
func (o *Orders) RejectReturn(ctx context.Context, id, returnID string, input *RejectReturnInput, options ...Option) (*Return, error) {
	return call[Return](ctx, o, http.MethodPost, input, options, id, "return", returnID, "reject")
}

// ReceiveReturn takes the parcel in and refunds its units' share.
func (o *Orders) ReceiveReturn(ctx context.Context, id, returnID string, input *ReceiveReturnInput, options ...Option) (*Return, error) {
	return call[Return](ctx, o, http.MethodPost, input, options, id, "return", returnID, "receive")
}

// call sends a request about one order.
func call[T any](ctx context.Context, o *Orders, method string, body any, options []Option, segments ...string) (*T, error) {
	path := "/order"
	for _, segment := range segments {
		if strings.Trim(segment, ".") == "" { // "" or ".." would be another route
			return nil, fmt.Errorf("sdk: not an id: %q", segment)
		}
		path += "/" + url.PathEscape(segment)
	}
	return fetch[T](ctx, o, method, path, nil, body, options)
}

// fetch sends a request; nil and an error, or a result.
func fetch[T any](ctx context.Context, o *Orders, method, path string, query url.Values, body any, options []Option) (*T, error) {
	result := new(T)
	if err := o.transport.send(ctx, method, path, query, body, result, options); err != nil {
		return nil, err
	}
	return result, nil
}

// OrderIterator walks every match of a list: for it.Next(ctx) { it.Order() }; it.Err().
type OrderIterator struct {
	orders *Orders
	params OrderListParams
	page   []OrderSummary
	seen   map[string]bool
	order  *OrderSummary
	last   bool
	err    error
}

// All walks every match, page after page: oldest first unless Sort says otherwise, so that orders placed meanwhile
// push none onto a page already read. Collect first and change afterwards what the filter looks at.
func (o *Orders) All(params *OrderListParams) *OrderIterator {
	asked := OrderListParams{}
	if params != nil {
		asked = *params
	}
	if asked.Sort == "" {
		asked.Sort = "createdAt:asc"
	}
	if asked.Display == 0 {
		asked.Display = 100
	}
	if asked.Page == 0 {
		asked.Page = 1
	}
	return &OrderIterator{orders: o, params: asked, seen: map[string]bool{}}
}

// Next moves to the next order; false at the end, or when a page cannot be read (Err).
func (it *OrderIterator) Next(ctx context.Context) bool {
	for {
		for len(it.page) > 0 {
			it.order, it.page = &it.page[0], it.page[1:]
			if !it.seen[it.order.ID] {
				it.seen[it.order.ID] = true
				return true
			}
		}
		if it.last || it.err != nil {
			return false
		}
		list, err := it.orders.List(ctx, &it.params)
		if err != nil {
			it.err = err
			return false
		}
		it.page, it.last = list.Models, len(list.Models) < it.params.Display
		it.params.Page++
	}
}

// Order is the one Next moved to.
func (it *OrderIterator) Order() *OrderSummary { return it.order }

// Err is what ended the walk early.
func (it *OrderIterator) Err() error { return it.err }

func (p *OrderListParams) query() url.Values {
	query := url.Values{}
	if p == nil {
		return query
	}
	words := map[string]string{
		"sort": p.Sort, "status": p.Status, "paymentStatus": p.PaymentStatus, "fulfillmentStatus": p.FulfillmentStatus,
		"customerId": p.CustomerID, "since": p.Since, "until": p.Until, "q": p.Q, "expand": strings.Join(p.Expand, ","),
	}
	for name, number := range map[string]int{"page": p.Page, "display": p.Display} {
		if number != 0 {
			words[name] = strconv.Itoa(number)
		}
	}
	for name, value := range words {
		if value != "" {
			query.Set(name, value)
		}
	}
	return query
}

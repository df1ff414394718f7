package sdk

import "context"

// Iterator walks every match of a list: for it.Next(ctx) { it.Value() }; it.Err().
type Iterator[T any] struct {
	fetch func(context.Context) (models []T, last bool, err error)
	page  []T
	value *T
	last  bool
	err   error
}

// Next moves to the next match; false at the end, or when a page cannot be read (Err).
func (it *Iterator[T]) Next(ctx context.Context) bool {
	for len(it.page) == 0 {
		if it.last || it.err != nil {
			return false
		}
		it.page, it.last, it.err = it.fetch(ctx)
	}
	it.value, it.page = &it.page[0], it.page[1:]
	return true
}

// Value is the one Next moved to.
func (it *Iterator[T]) Value() *T { return it.value }

// Err is what ended the walk early.
func (it *Iterator[T]) Err() error { return it.err }

// OrderIterator walks orders: for it.Next(ctx) { it.Order() }; it.Err().
type OrderIterator struct{ Iterator[OrderSummary] }

// Order is the one Next moved to.
func (it *OrderIterator) Order() *OrderSummary { return it.Value() }

// All walks every match of the list of orders. By creation, oldest first unless Sort says createdAt:desc, it goes by
// cursor: an order that stops matching meanwhile (because it was cancelled, say) moves no other. Other sorts, and Q, go
// by page number and do not have that: collect first, change afterwards.
func (r *Orders) All(params *OrderListParams) *OrderIterator {
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
	seen := map[string]bool{}
	return &OrderIterator{Iterator[OrderSummary]{fetch: func(ctx context.Context) ([]OrderSummary, bool, error) {
		list, err := r.List(ctx, &asked)
		if err != nil {
			return nil, false, err
		}
		return fresh(list.Models, seen), turned(&asked, list), nil
	}}}
}

// turned makes asked ask for the next page; true when there is none.
func turned(asked *OrderListParams, list *OrderList) bool {
	if list.NextCursor != "" {
		asked.Page, asked.Cursor = 0, list.NextCursor
		return false
	}
	if asked.Page == 0 {
		asked.Page = 1
	}
	asked.Page++
	return asked.Cursor != "" || len(list.Models) < asked.Display
}

// fresh are the orders that no page before had.
func fresh(models []OrderSummary, seen map[string]bool) []OrderSummary {
	var kept []OrderSummary
	for _, order := range models {
		if !seen[order.ID] {
			seen[order.ID] = true
			kept = append(kept, order)
		}
	}
	return kept
}

package sdk

import "time"

// Versioned carries the order's version as of this answer, for WithIfMatch.
type Versioned struct {
	ETag string `json:"-"`
}

func (v *Versioned) setETag(etag string) { v.ETag = etag }

// OrderList is a page; Count is of all matches.
type OrderList struct {
	Count  int            `json:"count"`
	Models []OrderSummary `json:"models"`
}

// OrderSummary is an order as lists show it. A text without a value is empty. Items to Events are there when expanded.
type OrderSummary struct {
	ID                string        `json:"id"`
	DisplayID         string        `json:"displayId"`
	Status            string        `json:"status"`
	Lifecycle         string        `json:"lifecycle"`
	PaymentStatus     string        `json:"paymentStatus"`
	FulfillmentStatus string        `json:"fulfillmentStatus"`
	Email             string        `json:"email"`
	CustomerID        string        `json:"customerId"`
	Currency          string        `json:"currency"`
	Total             int64         `json:"total"`
	CreatedAt         time.Time     `json:"createdAt"`
	Items             []Item        `json:"items"`
	Payments          []Payment     `json:"payments"`
	Fulfillments      []Fulfillment `json:"fulfillments"`
	Refunds           []Refund      `json:"refunds"`
	Returns           []Return      `json:"returns"`
	Customer          *Customer     `json:"customer"`
	Events            []Event       `json:"events"`
}

// Order is the whole order.
type Order struct {
	Versioned
	OrderSummary
	Subtotal         int64          `json:"subtotal"`
	Discount         int64          `json:"discount"`
	DiscountCodes    []string       `json:"discountCodes"`
	ShippingTotal    int64          `json:"shippingTotal"`
	ShippingMethodID string         `json:"shippingMethodId"`
	TaxTotal         int64          `json:"taxTotal"`
	AmountDue        int64          `json:"amountDue"`
	CapturedTotal    int64          `json:"capturedTotal"`
	RefundedTotal    int64          `json:"refundedTotal"`
	ShippingAddress  *Address       `json:"shippingAddress"`
	BillingAddress   *Address       `json:"billingAddress"`
	Metadata         map[string]any `json:"metadata"`
	Notes            string         `json:"notes"`
	Tags             []string       `json:"tags"`
	CancelReason     string         `json:"cancelReason"`
	CancelNote       string         `json:"cancelNote"`
	UpdatedAt        time.Time      `json:"updatedAt"`
	ConfirmedAt      *time.Time     `json:"confirmedAt"`
	CancelledAt      *time.Time     `json:"cancelledAt"`
	ClosedAt         *time.Time     `json:"closedAt"`
}

// Item is a line. Product and Variant are there when expanded.
type Item struct {
	ID                string   `json:"id"`
	VariantID         string   `json:"variantId"`
	ProductID         string   `json:"productId"`
	Title             string   `json:"title"` // product and variant
	ProductName       string   `json:"productName"`
	SKU               string   `json:"sku"`
	Quantity          int      `json:"quantity"`
	UnitPrice         int64    `json:"unitPrice"`
	Subtotal          int64    `json:"subtotal"`
	Discount          int64    `json:"discount"`
	Tax               int64    `json:"tax"`
	RequiresShipping  bool     `json:"requiresShipping"`
	FulfilledQuantity int      `json:"fulfilledQuantity"`
	ShippedQuantity   int      `json:"shippedQuantity"`
	DeliveredQuantity int      `json:"deliveredQuantity"`
	CancelledQuantity int      `json:"cancelledQuantity"`
	ReturnedQuantity  int      `json:"returnedQuantity"`
	RefundedQuantity  int      `json:"refundedQuantity"`
	Product           *Product `json:"product"`
	Variant           *Variant `json:"variant"`
}

// Product is what a line was of, when it was placed.
type Product struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	Type     string `json:"type"`
	Vendor   string `json:"vendor"`
	ImageURL string `json:"imageUrl"`
}

// Variant is which one it was.
type Variant struct {
	ID           string `json:"id"`
	Title        string `json:"title"`
	SKU          string `json:"sku"`
	Options      []any  `json:"options"`
	WeightGrams  *int64 `json:"weightGrams"`
	ComparePrice *int64 `json:"comparePrice"`
}

// Address is where to.
type Address struct {
	FirstName  string `json:"firstName"`
	LastName   string `json:"lastName"`
	Company    string `json:"company"`
	Line1      string `json:"line1"`
	Line2      string `json:"line2"`
	City       string `json:"city"`
	State      string `json:"state"`
	PostalCode string `json:"postalCode"`
	Country    string `json:"country"`
	Phone      string `json:"phone"`
}

// Customer is who an order is for, as far as it says.
type Customer struct {
	ID        string `json:"id"`
	Email     string `json:"email"`
	FirstName string `json:"firstName"`
	LastName  string `json:"lastName"`
	Phone     string `json:"phone"`
}

// Payment is one attempt. Status: pending, authorized, captured, failed, voided, refunded.
type Payment struct {
	ID             string     `json:"id"`
	Provider       string     `json:"provider"`
	Amount         int64      `json:"amount"`
	Status         string     `json:"status"`
	CapturedAmount int64      `json:"capturedAmount"`
	RefundedAmount int64      `json:"refundedAmount"`
	Card           *Card      `json:"card"`
	DeclineCode    string     `json:"declineCode"`
	Message        string     `json:"message"`
	CreatedAt      time.Time  `json:"createdAt"`
	AuthorizedAt   *time.Time `json:"authorizedAt"`
	CapturedAt     *time.Time `json:"capturedAt"`
	ExpiresAt      *time.Time `json:"expiresAt"`
}

// Card is what is known of it.
type Card struct {
	Brand string `json:"brand"`
	Last4 string `json:"last4"`
}

// Tracking is where the parcel is.
type Tracking struct {
	Number  string `json:"number"`
	Company string `json:"company"`
	URL     string `json:"url"`
}

// Fulfillment is a parcel. Status: pending (sent), shipped, delivered, cancelled.
type Fulfillment struct {
	Versioned
	ID          string            `json:"id"`
	OrderID     string            `json:"orderId"`
	Status      string            `json:"status"`
	Items       []FulfillmentItem `json:"items"`
	Tracking    Tracking          `json:"tracking"`
	LocationID  string            `json:"locationId"`
	CreatedAt   time.Time         `json:"createdAt"`
	ShippedAt   *time.Time        `json:"shippedAt"`
	DeliveredAt *time.Time        `json:"deliveredAt"`
}

// Refund is money given back. Status: pending, processed, failed.
type Refund struct {
	Versioned
	ID        string            `json:"id"`
	OrderID   string            `json:"orderId"`
	Amount    int64             `json:"amount"`
	Currency  string            `json:"currency"`
	Status    string            `json:"status"`
	Reason    string            `json:"reason"`
	Items     []FulfillmentItem `json:"items"`
	CreatedAt time.Time         `json:"createdAt"`
}

// ReturnItem is some units of a line on their way back.
type ReturnItem struct {
	ItemID           string `json:"itemId"`
	VariantID        string `json:"variantId"`
	Quantity         int    `json:"quantity"`
	Reason           string `json:"reason"`
	ReceivedQuantity int    `json:"receivedQuantity"`
}

// Return is units coming back. Status: requested, approved, rejected, received, refunded.
type Return struct {
	Versioned
	ID           string       `json:"id"`
	OrderID      string       `json:"orderId"`
	Status       string       `json:"status"`
	Items        []ReturnItem `json:"items"`
	RefundMethod string       `json:"refundMethod"`
	RefundID     string       `json:"refundId"`
	RefundAmount int64        `json:"refundAmount"`
	RejectReason string       `json:"rejectReason"`
	CreatedAt    time.Time    `json:"createdAt"`
	UpdatedAt    time.Time    `json:"updatedAt"`
}

// ReturnList is all of an order's returns.
type ReturnList struct {
	Count  int      `json:"count"`
	Models []Return `json:"models"`
}

// Event is one thing that happened. Sequence counts 1, 2, 3 … per order, without gaps.
type Event struct {
	ID        string         `json:"id"`
	Type      string         `json:"type"`
	Sequence  int            `json:"sequence"`
	CreatedAt time.Time      `json:"createdAt"`
	Actor     string         `json:"actor"`
	Data      map[string]any `json:"data"`
}

// EventList is the whole timeline.
type EventList struct {
	Count  int     `json:"count"`
	Models []Event `json:"models"`
}

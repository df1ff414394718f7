package sdk

// OrderListParams filters, sorts and pages; a zero field is not sent.
type OrderListParams struct {
	Page              int
	Display           int    // orders per page, 1 to 100
	Sort              string // createdAt, updatedAt, total or displayId; with :desc or a - before it
	Status            string // a word of status or lifecycle
	PaymentStatus     string // pending, authorized, captured, refunded
	FulfillmentStatus string // unfulfilled, partial, fulfilled
	CustomerID        string
	Since             string // RFC 3339 or a date: created at or after
	Until             string // created before
	Q                 string // beginning of an id, display number or e-mail
	Expand            []string
}

// AddressInput needs Line1, City and Country (ISO 3166-1 alpha-2).
type AddressInput struct {
	Line1      string `json:"line1"`
	City       string `json:"city"`
	Country    string `json:"country"`
	Line2      string `json:"line2,omitempty"`
	State      string `json:"state,omitempty"`
	PostalCode string `json:"postalCode,omitempty"`
	FirstName  string `json:"firstName,omitempty"`
	LastName   string `json:"lastName,omitempty"`
	Company    string `json:"company,omitempty"`
	Phone      string `json:"phone,omitempty"`
}

// OrderItemInput is a line: a variant, or a Title and UnitPrice of its own.
type OrderItemInput struct {
	VariantID        string `json:"variantId,omitempty"`
	Quantity         int    `json:"quantity"`
	UnitPrice        *int64 `json:"unitPrice,omitempty"` // nil: the catalogue's
	Title            string `json:"title,omitempty"`
	SKU              string `json:"sku,omitempty"`
	RequiresShipping *bool  `json:"requiresShipping,omitempty"`
}

// OrderInput places an order. Discount, ShippingTotal and TaxTotal are for imports and win over the computed figures.
type OrderInput struct {
	Items            []OrderItemInput `json:"items"`
	CustomerID       string           `json:"customerId,omitempty"`
	Email            string           `json:"email,omitempty"`
	Currency         string           `json:"currency,omitempty"`
	ShippingAddress  *AddressInput    `json:"shippingAddress,omitempty"`
	BillingAddress   *AddressInput    `json:"billingAddress,omitempty"`
	ShippingMethodID string           `json:"shippingMethodId,omitempty"`
	DiscountCodes    []string         `json:"discountCodes,omitempty"`
	Notes            string           `json:"notes,omitempty"`
	Metadata         map[string]any   `json:"metadata,omitempty"`
	Tags             []string         `json:"tags,omitempty"`
	Discount         *int64           `json:"discount,omitempty"`
	ShippingTotal    *int64           `json:"shippingTotal,omitempty"`
	TaxTotal         *int64           `json:"taxTotal,omitempty"`
}

// OrderUpdate changes what is not nil.
type OrderUpdate struct {
	Metadata        map[string]any `json:"metadata,omitempty"`
	Notes           *string        `json:"notes,omitempty"`
	Tags            *[]string      `json:"tags,omitempty"`
	ShippingAddress *AddressInput  `json:"shippingAddress,omitempty"`
	BillingAddress  *AddressInput  `json:"billingAddress,omitempty"`
}

// AuthorizeInput: Amount 0 is what is due; PaymentID goes on with a payment that waits for 3-D Secure.
type AuthorizeInput struct {
	PaymentMethod string `json:"paymentMethod,omitempty"`
	Amount        int64  `json:"amount,omitempty"`
	PaymentID     string `json:"paymentId,omitempty"`
}

// PayInput: Capture nil leaves it to the policy.
type PayInput struct {
	PaymentMethod string `json:"paymentMethod,omitempty"`
	Amount        int64  `json:"amount,omitempty"`
	PaymentID     string `json:"paymentId,omitempty"`
	Capture       *bool  `json:"capture,omitempty"`
}

// CaptureInput: Final nil or true releases what is not captured.
type CaptureInput struct {
	Amount    int64  `json:"amount,omitempty"`
	Final     *bool  `json:"final,omitempty"`
	PaymentID string `json:"paymentId,omitempty"`
}

// VoidInput names a payment; empty is all that is held.
type VoidInput struct {
	PaymentID string `json:"paymentId,omitempty"`
}

// FulfillmentItem is some units of a line.
type FulfillmentItem struct {
	ItemID   string `json:"itemId"`
	Quantity int    `json:"quantity"`
}

// FulfillmentInput: no Items is everything that is left.
type FulfillmentInput struct {
	Items           []FulfillmentItem `json:"items,omitempty"`
	TrackingNumber  string            `json:"trackingNumber,omitempty"`
	TrackingCompany string            `json:"trackingCompany,omitempty"`
	TrackingURL     string            `json:"trackingUrl,omitempty"`
	LocationID      string            `json:"locationId,omitempty"`
	NotifyCustomer  bool              `json:"notifyCustomer,omitempty"`
}

// DeliverInput names a fulfilment; empty is everything that is shipped.
type DeliverInput struct {
	FulfillmentID string `json:"fulfillmentId,omitempty"`
}

// CancelInput: Reason is customer_request, out_of_stock, fraud, duplicate, or other (which needs a Note).
type CancelInput struct {
	Reason         string `json:"reason,omitempty"`
	Note           string `json:"note,omitempty"`
	NotifyCustomer bool   `json:"notifyCustomer,omitempty"`
}

// RefundItem is some units of a line; Restock puts them back on the shelf.
type RefundItem struct {
	ItemID   string `json:"itemId"`
	Quantity int    `json:"quantity"`
	Restock  bool   `json:"restock,omitempty"`
}

// RefundInput: Amount wins over Items; Items alone are their share; neither is all that is left.
type RefundInput struct {
	Amount         int64        `json:"amount,omitempty"`
	Reason         string       `json:"reason,omitempty"`
	Items          []RefundItem `json:"items,omitempty"`
	NotifyCustomer bool         `json:"notifyCustomer,omitempty"`
}

// ReturnItemInput names a line, or a variant.
type ReturnItemInput struct {
	ItemID    string `json:"itemId,omitempty"`
	VariantID string `json:"variantId,omitempty"`
	Quantity  int    `json:"quantity"`
	Reason    string `json:"reason,omitempty"`
}

// ReturnInput requests a return. RefundMethod is "original" or empty.
type ReturnInput struct {
	Items        []ReturnItemInput `json:"items"`
	RefundMethod string            `json:"refundMethod,omitempty"`
}

// RejectReturnInput says why.
type RejectReturnInput struct {
	Reason string `json:"reason,omitempty"`
}

// ReceivedItem is what came back of a line; Restock nil or true puts it on the shelf.
type ReceivedItem struct {
	ItemID   string `json:"itemId"`
	Quantity int    `json:"quantity"`
	Restock  *bool  `json:"restock,omitempty"`
}

// ReceiveReturnInput: no Items is everything; Amount is instead of the units' share.
type ReceiveReturnInput struct {
	Items          []ReceivedItem `json:"items,omitempty"`
	Amount         *int64         `json:"amount,omitempty"`
	RefundShipping bool           `json:"refundShipping,omitempty"`
}

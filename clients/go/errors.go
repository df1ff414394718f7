package sdk

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
)

// What a caller does something different about; ask with errors.Is. Every error of a call but the context's own is
// an *Error of one of these kinds.
var (
	ErrAuthentication = errors.New("the key is missing or wrong")            // 401
	ErrPermission     = errors.New("the key may not")                        // 403
	ErrNotFound       = errors.New("not found")                              // 404
	ErrPayment        = errors.New("unpaid or declined")                     // 402: DeclineCode
	ErrConflict       = errors.New("the order's rules say no")               // 409
	ErrPrecondition   = errors.New("the order has changed")                  // 412: read it again
	ErrValidation     = errors.New("the request is wrong")                   // 400, 413, 422: Field
	ErrRateLimited    = errors.New("too many requests")                      // 429, still so after the last try
	ErrUnavailable    = errors.New("the engine cannot answer now")           // 5xx, still so after the last try
	ErrPending        = errors.New("accepted and durable, but not settled")  // 202: ask again with IdempotencyKey
	ErrConnection     = errors.New("no answer")                              // after the last try
	ErrProtocol       = errors.New("something other than an engine answers") // no JSON object, or a redirect
	errOther          = errors.New("an unexpected status")
)

var kinds = map[int]error{
	http.StatusAccepted:              ErrPending,
	http.StatusBadRequest:            ErrValidation,
	http.StatusUnauthorized:          ErrAuthentication,
	http.StatusPaymentRequired:       ErrPayment,
	http.StatusForbidden:             ErrPermission,
	http.StatusNotFound:              ErrNotFound,
	http.StatusConflict:              ErrConflict,
	http.StatusPreconditionFailed:    ErrPrecondition,
	http.StatusRequestEntityTooLarge: ErrValidation,
	http.StatusUnprocessableEntity:   ErrValidation,
	http.StatusTooManyRequests:       ErrRateLimited,
}

// Error is what a call ended with instead of its result.
type Error struct {
	// Code is a stable word to switch on.
	Code string
	// Status is the HTTP status; 0 when nothing answered.
	Status int
	// Message is for people.
	Message string
	// Field is the path of the wrong field in the request, or empty.
	Field string
	// RequestID is what to quote when asking the operator.
	RequestID string
	// IdempotencyKey is the key the write went under: repeating the call with it can do nothing twice.
	IdempotencyKey string
	// Details is everything the engine said about it.
	Details map[string]any

	kind  error
	cause error
}

func (e *Error) Error() string {
	text := fmt.Sprintf("%s (%s, %d)", e.Message, e.Code, e.Status)
	if e.Field != "" {
		text = e.Field + ": " + text
	}
	return text
}

// Is answers errors.Is(err, sdk.ErrConflict) and its siblings.
func (e *Error) Is(target error) bool { return target == e.kind }

// Unwrap is what the network said, when nothing answered.
func (e *Error) Unwrap() error { return e.cause }

// DeclineCode is the provider's word for a decline, or empty.
func (e *Error) DeclineCode() string { return word(e.Details, "declineCode") }

func word(details map[string]any, name string) string {
	text, _ := details[name].(string)
	return text
}

// errorOf is the error an answer is; nil for a success.
func errorOf(answer *answer, options callOptions) *Error {
	status := answer.status
	err := &Error{Status: status, RequestID: answer.header.Get("X-Request-Id"), IdempotencyKey: options.idempotencyKey, kind: kindOf(status)}
	var object map[string]any
	whole := json.Unmarshal(answer.body, &object) == nil && object != nil
	switch {
	case status == http.StatusNoContent, status == http.StatusAccepted && options.accepted && whole:
		return nil
	case status == http.StatusAccepted:
		err.Code, err.Details = "pending", object
		err.Message = "accepted, but not settled yet: repeat the call with the same idempotency key"
	case status >= 200 && status < 300 && whole:
		return nil
	case status >= 200 && status < 300:
		err.Code, err.kind = "invalid_response", ErrProtocol
		err.Message = "the answer is no JSON object: is the base URL an engine?"
	default:
		err.Details, _ = object["error"].(map[string]any)
		err.Code, err.Message, err.Field = word(err.Details, "code"), word(err.Details, "message"), word(err.Details, "field")
		if err.Code == "" {
			err.Code = fmt.Sprintf("http_%d", status)
		}
		if err.Message == "" {
			err.Message = fmt.Sprintf("the engine answered %d", status)
		}
	}
	return err
}

func kindOf(status int) error {
	if kind, known := kinds[status]; known {
		return kind
	}
	switch {
	case status >= 500:
		return ErrUnavailable
	case status < 400:
		return ErrProtocol
	}
	return errOther
}

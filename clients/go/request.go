package sdk

import (
	"context"
	"fmt"
	"net/url"
	"reflect"
	"strconv"
	"strings"
)

// call is what a method asks for.
type call struct {
	method string
	query  url.Values
	body   any
	// accepted: 202 is the answer itself, what was asked for is queued.
	accepted bool
}

// nothing is what a 204 answers.
type nothing struct{}

// fetch sends a call; nil and an error, or a result.
func fetch[T any](ctx context.Context, t *transport, asked call, options []Option, segments ...string) (*T, error) {
	path := ""
	for _, segment := range segments {
		if strings.Trim(segment, ".") == "" { // "" or ".." would be another route
			return nil, fmt.Errorf("sdk: not an id: %q", segment)
		}
		path += "/" + url.PathEscape(segment)
	}
	result := new(T)
	if err := t.send(ctx, path, asked, result, options); err != nil {
		return nil, err
	}
	return result, nil
}

// Request sends any request to any route of any face: what no method is there for. The body is marshalled as it is, a nil
// one is {}; the answer's JSON goes into result, unless that is nil. Key, retries, Idempotency-Key and errors are those of
// every other call; WithQuery adds a query, WithAccepted takes 202 for the answer.
func (c *Client) Request(ctx context.Context, method, path string, body, result any, options ...Option) error {
	if !strings.HasPrefix(path, "/") {
		return fmt.Errorf("sdk: a path begins with /, unlike %q", path)
	}
	if result == nil {
		result = &nothing{}
	}
	return c.transport.send(ctx, path, call{method: strings.ToUpper(method), body: body}, result, options)
}

// add puts a value into a query, unless it is zero; lists are joined by commas.
func add(query url.Values, name string, value any) {
	switch found := value.(type) {
	case string:
		if found != "" {
			query.Set(name, found)
		}
	case []string:
		if len(found) > 0 {
			query.Set(name, strings.Join(found, ","))
		}
	default:
		if number := reflect.ValueOf(value).Int(); number != 0 {
			query.Set(name, strconv.FormatInt(number, 10))
		}
	}
}

package aliyun

import (
	"context"
	"slices"
	"strings"

	eventbridge "github.com/alibabacloud-go/eventbridge-20200401/v2/client"
	"github.com/pai-notify/pai-notify/shared/bus"
)

// page is the most entries that one list call returns.
const page = 100

// CreateEventBus implements [bus.Bus].
func (b *Bus) CreateEventBus(ctx context.Context, e bus.EventBus) error {
	request := &eventbridge.CreateEventBusRequest{EventBusName: &e.Name, Description: &e.Description}
	return b.do(ctx, "CreateEventBus", e.Name, ask(request, (*eventbridge.Client).CreateEventBusWithOptions))
}

// GetEventBus implements [bus.Bus].
func (b *Bus) GetEventBus(ctx context.Context, name string) (bus.EventBus, error) {
	data, err := readData[eventbridge.GetEventBusResponseBodyData](ctx, b, "GetEventBus", name, ask(&eventbridge.GetEventBusRequest{EventBusName: &name}, (*eventbridge.Client).GetEventBusWithOptions))
	if err != nil {
		return bus.EventBus{}, err
	}
	return bus.EventBus{Name: name, Description: value(data.Description), ARN: value(data.EventBusARN)}, nil
}

// ListEventBuses implements [bus.Bus].
func (b *Bus) ListEventBuses(ctx context.Context, prefix string) ([]bus.EventBus, error) {
	var buses []bus.EventBus
	err := paged("ListEventBuses", func(token *string) (*string, error) {
		request := &eventbridge.ListEventBusesRequest{Limit: new(int32(page)), NextToken: token}
		if prefix != "" {
			request.NamePrefix = &prefix
		}
		data, err := readData[eventbridge.ListEventBusesResponseBodyData](ctx, b, "ListEventBuses", "", ask(request, (*eventbridge.Client).ListEventBusesWithOptions))
		for _, e := range data.EventBuses {
			if strings.HasPrefix(value(e.EventBusName), prefix) {
				buses = append(buses, bus.EventBus{Name: value(e.EventBusName), Description: value(e.Description), ARN: value(e.EventBusARN)})
			}
		}
		return data.NextToken, err
	})
	slices.SortFunc(buses, func(x, y bus.EventBus) int { return strings.Compare(x.Name, y.Name) })
	return buses, err
}

// DeleteEventBus implements [bus.Bus].
func (b *Bus) DeleteEventBus(ctx context.Context, name string) error {
	return b.do(ctx, "DeleteEventBus", name, ask(&eventbridge.DeleteEventBusRequest{EventBusName: &name}, (*eventbridge.Client).DeleteEventBusWithOptions))
}

// paged asks for pages until there is no token of a next one.
func paged(action string, next func(token *string) (*string, error)) error {
	var token *string
	asked := map[string]bool{}
	for {
		following, err := next(token)
		if err != nil || value(following) == "" {
			return err
		}
		if asked[*following] {
			return &bus.Error{Kind: bus.Unavailable, Action: "eventbridge:" + action, Text: "the service gives the same page again and again"}
		}
		asked[*following] = true
		token = following
	}
}

package dynamodb

import (
	"context"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/pai-notify/pai-notify/shared/bus"
)

// The indexes.
const (
	openIndex = "open"
	timeIndex = "time"
	jobIndex  = "job"
)

const (
	// pageKeys is how many keys one query asks for, and how many rows one read: the
	// service takes 100 of them.
	pageKeys = 100
	highest  = "~" // after every time, of which each begins with a digit
)

// span is a part of an index: the keys of one partition whose order is between two
// texts, both of them included.
type span struct {
	index, hash, partition, order string
	from, to                      string
	descending                    bool
}

// shard reads a span page by page.
type shard struct {
	span  span
	keys  []item
	start item // where the next page begins; nil before the first
	ended bool
}

// head returns the next key, nil at the end.
func (s *Store) head(ctx context.Context, h *shard) (item, error) {
	for len(h.keys) == 0 && !h.ended {
		in := map[string]any{
			"TableName": s.table, "IndexName": h.span.index, "Limit": pageKeys, "ScanIndexForward": !h.span.descending,
			"KeyConditionExpression":    "#hash = :hash AND #order BETWEEN :from AND :to",
			"ExpressionAttributeNames":  map[string]string{"#hash": h.span.hash, "#order": h.span.order},
			"ExpressionAttributeValues": item{":hash": text(h.span.partition), ":from": text(h.span.from), ":to": text(h.span.to)},
		}
		if h.start != nil {
			in["ExclusiveStartKey"] = h.start
		}
		var out struct {
			Items            []item
			LastEvaluatedKey item
		}
		if err := s.call(ctx, "Query", h.span.index, in, &out); err != nil {
			return nil, err
		}
		h.keys, h.start, h.ended = out.Items, out.LastEvaluatedKey, len(out.LastEvaluatedKey) == 0
	}
	if len(h.keys) == 0 {
		return nil, nil
	}
	return h.keys[0], nil
}

// merged reads several spans of one index as if they were one, in order.
type merged []*shard

func (s *Store) merge(ctx context.Context, spans ...span) (merged, error) {
	m := make(merged, len(spans))
	group, ctx := errgroup.WithContext(ctx)
	for i := range spans {
		m[i] = &shard{span: spans[i]}
		group.Go(func() error {
			_, err := s.head(ctx, m[i])
			return err
		})
	}
	return m, group.Wait()
}

// next takes up to n keys; fewer only at the end.
func (s *Store) next(ctx context.Context, m merged, n int) (keys []item, err error) {
	for len(keys) < n {
		var first *shard
		var order string
		for _, h := range m {
			key, err := s.head(ctx, h)
			if err != nil {
				return nil, err
			}
			if key == nil {
				continue
			}
			if o := key[h.span.order].S; first == nil || (o < order) != h.span.descending {
				first, order = h, o
			}
		}
		if first == nil {
			break
		}
		keys, first.keys = append(keys, first.keys[0]), first.keys[1:]
	}
	return keys, nil
}

// rows reads the rows of keys from the table, as last written and in their order.
// An index may know a row that has gone.
func (s *Store) rows(ctx context.Context, keys []item) ([]item, error) {
	found := map[string]item{}
	for from := 0; from < len(keys); from += pageKeys {
		var wanted []item
		for _, key := range keys[from:min(from+pageKeys, len(keys))] {
			wanted = append(wanted, keyOf(key["pk"].S))
		}
		for len(wanted) > 0 {
			var out struct {
				Responses       map[string][]item
				UnprocessedKeys map[string]struct{ Keys []item }
			}
			in := map[string]any{"RequestItems": map[string]any{s.table: map[string]any{"Keys": wanted, "ConsistentRead": true}}}
			if err := s.call(ctx, "BatchGetItem", "", in, &out); err != nil {
				return nil, err
			}
			for _, row := range out.Responses[s.table] {
				found[row["pk"].S] = row
			}
			left := out.UnprocessedKeys[s.table].Keys
			if len(left) == len(wanted) {
				return nil, &bus.Error{Kind: bus.Throttled, Action: "dynamodb:BatchGetItem", Resource: s.table, Text: "the service read none of the rows: try again"}
			}
			wanted = left
		}
	}
	rows := make([]item, 0, len(keys))
	for _, key := range keys {
		if row, ok := found[key["pk"].S]; ok && !s.expired(row) {
			rows = append(rows, row)
		}
	}
	return rows, nil
}

// after is what stands behind the first # of a text.
func after(s string) string {
	_, rest, _ := strings.Cut(s, "#")
	return rest
}

package tablestore

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"hash/fnv"
	"strconv"
	"strings"

	"github.com/aliyun/aliyun-tablestore-go-sdk/tablestore"
	"golang.org/x/sync/errgroup"

	"github.com/pai-notify/pai-notify/shared/ledger"
)

// An index is sorted by one column that says what the rows have in common, then by
// a number, then by id, which Tablestore adds. A row without the index's columns is
// not in it.
type index struct {
	// suffix follows the table's name: names of indexes are those of tables.
	suffix string
	// common and number are columns of the table.
	common, number string
}

var (
	// openIndex has what is due or dead.
	openIndex = index{"_open", "open", "at"}
	// timeIndex has all rows of a bus, and jobIndex those of a job.
	timeIndex = index{"_time", "time", "created"}
	jobIndex  = index{"_job", "job", "created"}
)

// shards spread the rows of a bus over partitions: all that begins with one value
// is served by one.
const shards = 4

// indexed returns the columns of a row that the indexes have.
func indexed(e ledger.Entry) []tablestore.AttributeColumn {
	list := []tablestore.AttributeColumn{
		column(timeIndex.common, common(e.Bus, shard(e.ID))), column(timeIndex.number, nanoseconds(e.Created)),
	}
	if e.Job != "" {
		list = append(list, column(jobIndex.common, common(e.Bus, e.Job)))
	}
	switch place := e.Index(); place {
	case ledger.NoIndex:
	case ledger.DueIndex:
		list = append(list, column(openIndex.common, common(e.Bus, string(place), shard(e.ID))), column(openIndex.number, nanoseconds(e.Due)))
	case ledger.DeadIndex:
		list = append(list, column(openIndex.common, common(e.Bus, string(place), shard(e.ID))), column(openIndex.number, nanoseconds(e.Created)))
	}
	return list
}

func shard(id string) string {
	h := fnv.New32a()
	_, _ = h.Write([]byte(id)) // a hash takes everything
	return strconv.Itoa(int(h.Sum32() % shards))
}

// maxKey is how long a text in a key may be; Tablestore takes 1,024 bytes.
const maxKey = 1000

// common returns the value of an index's first column.
func common(parts ...string) string {
	s := strings.Join(parts, "#")
	if len(s) > maxKey {
		hash := sha256.Sum256([]byte(s))
		return hex.EncodeToString(hash[:])
	}
	return s
}

// spread returns the values for all shards.
func spread(parts ...string) (list []string) {
	for i := range shards {
		list = append(list, common(append(parts, strconv.Itoa(i))...))
	}
	return list
}

// place is where a row stands in an index.
type place struct {
	number int64
	id     string
}

func (p place) compare(q place) int {
	return cmp.Or(cmp.Compare(p.number, q.number), cmp.Compare(p.id, q.id))
}

// walk goes through an index in one direction, over several values of its first
// column at once.
type walk struct {
	store    *Store
	index    index
	backward bool
	lanes    []*lane
}

// pageOfIndex is how many places are read at once; Tablestore takes 5,000.
const pageOfIndex = 1000

// lane is the part of a walk that has one value in its first column.
type lane struct {
	from, to *tablestore.PrimaryKey
	read     []place
	ended    bool
}

// walk starts at a place, with it, and ends before another one. Of a nil place, the
// walk begins or ends where the index does.
func (s *Store) walk(in index, values []string, from, to *place, backward bool) *walk {
	w := &walk{store: s, index: in, backward: backward}
	// The service refuses a range that ends where it starts, or before.
	if from != nil && to != nil && !w.before(*from, *to) {
		return w
	}
	first, last := tablestore.MIN, tablestore.MAX
	if backward {
		first, last = last, first
	}
	for _, v := range values {
		w.lanes = append(w.lanes, &lane{from: in.key(v, from, first), to: in.key(v, to, last)})
	}
	return w
}

func (i index) key(value string, p *place, open tablestore.PrimaryKeyOption) *tablestore.PrimaryKey {
	number := &tablestore.PrimaryKeyColumn{ColumnName: i.number, PrimaryKeyOption: open}
	id := &tablestore.PrimaryKeyColumn{ColumnName: columnID, PrimaryKeyOption: open}
	if p != nil {
		number.PrimaryKeyOption, number.Value = tablestore.NONE, p.number
		// Before all ids of that number, in the direction of the key's order.
		id.PrimaryKeyOption = tablestore.MIN
		if p.id != "" {
			id.PrimaryKeyOption, id.Value = tablestore.NONE, p.id
		}
	}
	return &tablestore.PrimaryKey{PrimaryKeys: []*tablestore.PrimaryKeyColumn{{ColumnName: i.common, Value: value}, number, id}}
}

// next returns up to most places, in order; none at the end.
func (w *walk) next(ctx context.Context, most int) (list []place, err error) {
	for len(list) < most {
		if err := w.fill(ctx, most); err != nil {
			return nil, err
		}
		var first *lane
		for _, l := range w.lanes {
			if len(l.read) > 0 && (first == nil || w.before(l.read[0], first.read[0])) {
				first = l
			}
		}
		if first == nil {
			break
		}
		list = append(list, first.read[0])
		first.read = first.read[1:]
	}
	return list, nil
}

func (w *walk) before(p, q place) bool {
	if w.backward {
		p, q = q, p
	}
	return p.compare(q) < 0
}

// fill reads a page of each lane of which nothing is left, all at once.
func (w *walk) fill(ctx context.Context, most int) error {
	var group errgroup.Group
	for _, l := range w.lanes {
		if len(l.read) == 0 && !l.ended {
			group.Go(func() error { return w.read(ctx, l, most) })
		}
	}
	return group.Wait()
}

func (w *walk) read(ctx context.Context, l *lane, most int) error {
	direction := tablestore.FORWARD
	if w.backward {
		direction = tablestore.BACKWARD
	}
	table := w.store.config.Table + w.index.suffix
	for len(l.read) == 0 && !l.ended {
		var answer *tablestore.GetRangeResponse
		err := w.store.call(ctx, "GetRange", table, func(c *tablestore.TableStoreClient) (err error) {
			answer, err = c.GetRange(&tablestore.GetRangeRequest{RangeRowQueryCriteria: &tablestore.RangeRowQueryCriteria{
				TableName: table, StartPrimaryKey: l.from, EndPrimaryKey: l.to, Direction: direction, MaxVersion: 1, Limit: int32(min(most, pageOfIndex)), //nolint:gosec // it is small
			}})
			return err
		})
		if err != nil {
			return err
		}
		for _, row := range answer.Rows {
			var p place
			for _, c := range row.PrimaryKey.PrimaryKeys {
				switch c.ColumnName {
				case w.index.number:
					p.number, _ = c.Value.(int64)
				case columnID:
					p.id, _ = c.Value.(string)
				}
			}
			l.read = append(l.read, p)
		}
		l.from, l.ended = answer.NextStartPrimaryKey, answer.NextStartPrimaryKey == nil
	}
	return nil
}

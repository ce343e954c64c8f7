package tablestoretest

import (
	"encoding/binary"
	"errors"
	"math"
)

// PlainBuffer is how Tablestore writes rows into its messages (its documentation,
// "PlainBuffer"). It is written anew here, so that the SDK's own is checked.

const header = 0x75

// The tags of the format.
const (
	tagKey           = 1
	tagData          = 2
	tagCell          = 3
	tagCellName      = 4
	tagCellValue     = 5
	tagCellOperation = 6
	tagCellTimestamp = 7
	tagDelete        = 8
	tagRowChecksum   = 9
	tagCellChecksum  = 10
)

// The types of values.
const (
	typeInteger = 0
	typeDouble  = 1
	typeBoolean = 2
	typeString  = 3
	typeBlob    = 7
	typeMin     = 9
	typeMax     = 10
)

// lowest and highest stand before and behind all values of a key.
type (
	lowest  struct{}
	highest struct{}
)

// cell is a column with its value: int64, float64, bool, string, []byte, or an end
// of a range. Of a row that is updated it may have an operation, and no value.
type cell struct {
	name      string
	value     any
	operation byte
}

// plainRow is a row in a message.
type plainRow struct {
	key, data []cell
	deleted   bool
}

var errPlainBuffer = errors.New("tablestoretest: not a row in the form PlainBuffer")

// reader reads the format. It stays at the end once something is wrong.
type reader struct {
	left []byte
	bad  bool
}

func (r *reader) take(n int) []byte {
	if n < 0 || n > len(r.left) {
		r.bad, r.left = true, nil
		return make([]byte, 8)
	}
	taken := r.left[:n]
	r.left = r.left[n:]
	return taken
}

func (r *reader) byte() byte { return r.take(1)[0] }

// size reads a size; a negative one is too large for anything that is left.
func (r *reader) size() int { return int(binary.LittleEndian.Uint32(r.take(4))) }

func (r *reader) text() []byte { return r.take(r.size()) }

// next reports whether a tag follows, and takes it.
func (r *reader) next(tag byte) bool {
	if len(r.left) > 0 && r.left[0] == tag {
		r.left = r.left[1:]
		return true
	}
	return false
}

func (r *reader) must(tag byte) {
	if !r.next(tag) {
		r.bad = true
	}
}

// decode reads one row.
func decode(b []byte) (row plainRow, err error) {
	r := &reader{left: b}
	if r.size() != header {
		return row, errPlainBuffer
	}
	sum := byte(0)
	cells := func() (list []cell) {
		for r.next(tagCell) {
			c, check := r.cell()
			list, sum = append(list, c), crc(sum, check)
		}
		return list
	}
	r.must(tagKey)
	row.key = cells()
	if r.next(tagData) {
		row.data = cells()
	}
	if row.deleted = r.next(tagDelete); row.deleted {
		sum = crc(sum, 1)
	} else {
		sum = crc(sum, 0)
	}
	r.must(tagRowChecksum)
	if r.byte() != sum || r.bad || len(r.left) > 0 {
		return row, errPlainBuffer
	}
	return row, nil
}

// cell reads a cell and its checksum.
func (r *reader) cell() (c cell, sum byte) {
	r.must(tagCellName)
	name := r.text()
	c.name, sum = string(name), crc(0, name...)
	if r.next(tagCellValue) {
		size := r.size()
		raw := r.take(size)
		v := reader{left: raw}
		c.value = v.value()
		r.bad = r.bad || v.bad || len(v.left) > 0
		sum = crc(sum, raw[:min(size, len(raw))]...)
	}
	if r.next(tagCellOperation) {
		c.operation = r.byte()
	}
	if r.next(tagCellTimestamp) {
		at := r.take(8)
		sum = crc(sum, at...)
	}
	if c.operation != 0 {
		sum = crc(sum, c.operation)
	}
	r.must(tagCellChecksum)
	if r.byte() != sum {
		r.bad = true
	}
	return c, sum
}

func (r *reader) value() any {
	switch r.byte() {
	case typeInteger:
		return int64(binary.LittleEndian.Uint64(r.take(8))) //nolint:gosec // the same bits
	case typeDouble:
		return math.Float64frombits(binary.LittleEndian.Uint64(r.take(8)))
	case typeBoolean:
		return r.byte() != 0
	case typeString:
		return string(r.text())
	case typeBlob:
		return append([]byte{}, r.text()...)
	case typeMin:
		return lowest{}
	case typeMax:
		return highest{}
	}
	r.bad = true
	return nil
}

// encode writes rows.
func encode(rows ...plainRow) []byte {
	b := binary.LittleEndian.AppendUint32(nil, header)
	for _, row := range rows {
		sum := byte(0)
		cells := func(list []cell) {
			for _, c := range list {
				var check byte
				b, check = appendCell(b, c)
				sum = crc(sum, check)
			}
		}
		b = append(b, tagKey)
		cells(row.key)
		if len(row.data) > 0 {
			b = append(b, tagData)
			cells(row.data)
		}
		b = append(b, tagRowChecksum, crc(sum, 0))
	}
	return b
}

func appendCell(b []byte, c cell) ([]byte, byte) {
	value := appendValue(nil, c.value)
	b = append(b, tagCell, tagCellName)
	b = appendSize(b, len(c.name))
	b = append(append(b, c.name...), tagCellValue)
	b = appendSize(b, len(value))
	b = append(b, value...)
	sum := crc(crc(0, []byte(c.name)...), value...)
	return append(b, tagCellChecksum, sum), sum
}

func appendSize(b []byte, n int) []byte {
	return binary.LittleEndian.AppendUint32(b, uint32(n)) //nolint:gosec // requests have 5 MB
}

func appendValue(b []byte, value any) []byte {
	switch v := value.(type) {
	case int64:
		return binary.LittleEndian.AppendUint64(append(b, typeInteger), uint64(v)) //nolint:gosec // the same bits
	case float64:
		return binary.LittleEndian.AppendUint64(append(b, typeDouble), math.Float64bits(v))
	case bool:
		if v {
			return append(b, typeBoolean, 1)
		}
		return append(b, typeBoolean, 0)
	case string:
		return append(appendSize(append(b, typeString), len(v)), v...)
	case []byte:
		return append(appendSize(append(b, typeBlob), len(v)), v...)
	case lowest:
		return append(b, typeMin)
	}
	return append(b, typeMax)
}

// crc is the checksum of the format: CRC-8 with the polynomial 0x07.
func crc(sum byte, data ...byte) byte {
	for _, b := range data {
		sum ^= b
		for range 8 {
			if sum&0x80 != 0 {
				sum = sum<<1 ^ 0x07
			} else {
				sum <<= 1
			}
		}
	}
	return sum
}

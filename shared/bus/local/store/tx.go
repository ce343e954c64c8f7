package store

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"time"
)

// Tx is the transaction of a group of writes. A failure of the database is kept
// until the end of the group: nothing of the group is written then.
type Tx struct {
	store    *Store
	ctx      context.Context
	conn     *sql.Conn
	prepared map[string]*sql.Stmt
	failed   error
	flush    time.Duration // what the last commit took of the disk
	args     []any

	// What the group adds is written at its end, many rows at once: fewer
	// statements are less work for the writer, who bounds the bus's rate.
	events        []row
	notifications []row
	firsts        []row // ends of first attempts
	ends          []row
	attempts      []row
	added         []Event  // those of events
	marks         []uint64 // theirs
}

func (tx *Tx) statement(query string) *sql.Stmt {
	if tx.failed != nil {
		return nil
	}
	if st, ok := tx.prepared[query]; ok {
		return st
	}
	st, err := tx.conn.PrepareContext(tx.ctx, query)
	if err != nil {
		tx.failed = err
		return nil
	}
	tx.prepared[query] = st
	return st
}

// exec runs a statement and returns how many rows it changed.
func (tx *Tx) exec(query string, args ...any) int64 {
	st := tx.statement(query)
	if st == nil {
		return 0
	}
	r, err := st.ExecContext(tx.ctx, args...)
	if err != nil {
		tx.failed = err
		return 0
	}
	n, err := r.RowsAffected()
	if err != nil {
		tx.failed = err
	}
	return n
}

// row is the values of one row.
type row []any

// rowsAtOnce are the numbers of rows that one statement writes.
var rowsAtOnce = [...]int{64, 16, 4, 1}

// insert writes rows by a statement whose VALUES are left out, as many at once as
// can be.
func (tx *Tx) insert(head, tail string, rows []row) {
	if len(rows) == 0 {
		return
	}
	columns := len(rows[0])
	one := "(" + strings.TrimSuffix(strings.Repeat("?,", columns), ",") + "),"
	for _, n := range rowsAtOnce {
		if len(rows) < n {
			continue
		}
		query := head + " VALUES " + strings.TrimSuffix(strings.Repeat(one, n), ",") + tail
		for len(rows) >= n {
			tx.args = tx.args[:0]
			for _, r := range rows[:n] {
				tx.args = append(tx.args, r...)
			}
			tx.exec(query, tx.args...)
			rows = rows[n:]
		}
	}
	clear(tx.args)
}

// row reads the first row of a query and tells whether there was one.
func (tx *Tx) row(query string, args []any, into ...any) bool {
	st := tx.statement(query)
	if st == nil {
		return false
	}
	err := st.QueryRowContext(tx.ctx, args...).Scan(into...)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		tx.failed = err
	}
	return err == nil
}

// each calls what it is given for every row of a query.
func (tx *Tx) each(query string, args []any, each func(scan func(...any) error) error) {
	st := tx.statement(query)
	if st == nil {
		return
	}
	rows, err := st.QueryContext(tx.ctx, args...)
	if err != nil {
		tx.failed = err
		return
	}
	defer rows.Close()
	for rows.Next() && tx.failed == nil {
		tx.failed = each(rows.Scan)
	}
	if tx.failed == nil {
		tx.failed = rows.Err()
	}
}

func (tx *Tx) close() {
	for _, st := range tx.prepared {
		_ = st.Close()
	}
}

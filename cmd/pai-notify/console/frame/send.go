package frame

import (
	"compress/gzip"
	"net/http"
	"strings"
)

// MaxForm is the most bytes of a form; a document may be part of one.
const MaxForm = 2 << 20

// smallest is what is not worth compressing, in bytes.
const smallest = 4 << 10

// Send writes an answer, compressed where the browser takes that: a document of
// many rules is long and says much the same. No answer holds a secret that its
// length could tell.
func Send(w http.ResponseWriter, r *http.Request, status int, body []byte) {
	h := w.Header()
	h.Add("Vary", "Accept-Encoding")
	if len(body) < smallest || !strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		w.WriteHeader(status)
		_, _ = w.Write(body) // the reader is gone otherwise
		return
	}
	h.Set("Content-Encoding", "gzip")
	w.WriteHeader(status)
	z, err := gzip.NewWriterLevel(w, gzip.BestSpeed)
	if err != nil {
		return // the level is a valid one
	}
	_, _ = z.Write(body)
	_ = z.Close()
}

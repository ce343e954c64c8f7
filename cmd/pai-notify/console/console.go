// Package console is the web interface for configuring notifications, on the local
// bus or on a cloud's bus with the user's own credentials. It is served on the
// user's machine and never deployed.
//
// The workspace document is the source of truth: every page shows what the
// document says, and every change is a change of the document, which is then
// applied to the bus. Each sub-package is one page, named after what people do
// there; this package joins them.
package console

import (
	"net/http"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/backend"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/checkup"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/contacts"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/document"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/frame"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/history"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/home"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/mutes"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/publish"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/quiet"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/received"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/receivers"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/rules"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/session"
)

// Options set a console up.
type Options = backend.Options

// New makes a console, which serves its pages at "/". It is safe for concurrent
// use. Nothing is read before the first page.
func New(o Options) http.Handler {
	b, mux := backend.New(o), http.NewServeMux()
	timeline := history.Register(mux, b)
	home.Register(mux, b, timeline)
	publish.Register(mux, b, timeline)
	rules.Register(mux, b)
	receivers.Register(mux, b)
	mutes.Register(mux, b)
	contacts.Register(mux, b)
	quiet.Register(mux, b)
	checkup.Register(mux, b)
	document.Register(mux, b)
	received.Register(mux, b)
	session.Register(mux, b)
	mux.Handle("GET /assets/", frame.Assets())
	mux.HandleFunc("/", b.NotFound)
	return session.Guard(b, mux)
}

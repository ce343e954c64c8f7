package browser_test

import (
	"context"
	"os"
	"sync"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// One browser serves all tests, since starting it takes longer than most of them.
// Each test has a profile of its own in it, which knows nothing of the others.
var (
	started  sync.Once
	allOfIt  context.Context
	quit     = func() {}
	notBegun error
)

func TestMain(m *testing.M) {
	code := m.Run()
	quit()
	os.Exit(code)
}

// browser starts the browser, once.
func browser(t *testing.T) context.Context {
	t.Helper()
	if os.Getenv(browserVariable) == "" {
		t.Skip("needs " + browserVariable + ": make browser")
	}
	started.Do(func() {
		options := append(chromedp.DefaultExecAllocatorOptions[:],
			chromedp.ExecPath(os.Getenv(browserVariable)), chromedp.WindowSize(1200, 860),
			chromedp.NoSandbox, chromedp.DisableGPU, chromedp.NoFirstRun,
			chromedp.Flag("disable-quic", true), chromedp.Flag("disable-background-networking", true),
			chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true),
			// Names of the test lead to this machine, whose certificate nobody knows.
			chromedp.Flag("host-resolver-rules", "MAP *.example 127.0.0.1"), chromedp.Flag("ignore-certificate-errors", true),
			chromedp.Flag("lang", "en"), chromedp.Flag("accept-lang", "en"),
		)
		allocated, stop := chromedp.NewExecAllocator(context.Background(), options...)
		ctx, cancel := chromedp.NewContext(allocated)
		quit = func() { cancel(); stop() }
		allOfIt, notBegun = ctx, chromedp.Do(ctx)
	})
	require.NoError(t, notBegun, "the browser starts")
	return allOfIt
}

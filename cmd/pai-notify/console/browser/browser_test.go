// Package browser_test tests the console in a browser (Debian's Chromium) with the
// program that make built, and looks at emails as a phone shows them. Only make
// browser runs it, because it needs both.
package browser_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// The environment variables by which make browser says what to use.
const (
	browserVariable = "PAI_NOTIFY_BROWSER" // the browser's executable
	axeVariable     = "PAI_NOTIFY_AXE"     // axe.min.js
	shotsVariable   = "PAI_NOTIFY_SHOTS"   // where screenshots go; none are made without
)

// patience is how long a test waits for what a page does, on a busy machine.
const patience = 60 * time.Second

const program = "../../../../build/pai-notify"

// session is a browser, mostly before a console of its own.
type session struct {
	t   *testing.T
	url string
	// link logs a browser in, once; what it opens is nobody's otherwise.
	link string
	home string
	// environment is what the program is given beside its home.
	environment []string
	ctx         context.Context
	// running is the program that was started last.
	running *exec.Cmd

	mu    sync.Mutex
	asked []string
	// warned is how often a page asked whether to leave it; stays answers no.
	warned int
	stays  bool
}

// open starts the program with arguments, and logs a browser in that speaks a
// language.
func open(t *testing.T, language string, arguments ...string) *session {
	t.Helper()
	s := unknown(t, language, arguments...)
	s.login(s.link)
	return s
}

// login opens a link, and returns when the console is there.
func (s *session) login(link string) {
	s.t.Helper()
	s.run(chromedp.Navigate(link), until(`location.pathname === "/" && document.readyState === "complete"`))
}

// unknown is open without the login.
func unknown(t *testing.T, language string, arguments ...string) *session {
	t.Helper()
	s := browse(t, language)
	s.serve(arguments...)
	return s
}

// browse opens a browser's window that speaks a language, without a console.
func browse(t *testing.T, language string) *session {
	t.Helper()
	ctx, cancel := chromedp.NewContext(browser(t), chromedp.WithNewBrowserContext())
	t.Cleanup(cancel)
	s := &session{t: t, ctx: ctx}
	require.NoError(t, chromedp.Do(ctx), "a window opens")
	require.NoError(t, chromedp.Listen(ctx, func(event any) {
		if sent, ok := event.(*network.EventRequestWillBeSent); ok {
			s.mu.Lock()
			s.asked = append(s.asked, sent.Request.URL)
			s.mu.Unlock()
		}
		if _, ok := event.(*page.EventJavascriptDialogOpening); ok {
			s.mu.Lock()
			s.warned++
			leave := !s.stays
			s.mu.Unlock()
			go func() {
				_, _ = chromedp.Call(ctx, page.HandleJavaScriptDialog, page.HandleJavaScriptDialogParams{Accept: leave})
			}()
		}
	}))
	tell(s, network.Enable, network.EnableParams{})
	tell(s, emulation.SetUserAgentOverride, emulation.SetUserAgentOverrideParams{AcceptLanguage: language})
	// The keyboard is in each of the windows that are open at once.
	tell(s, emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true})
	return s
}

var address = regexp.MustCompile(`console(?: is at)? +((https?://\S+)/login\?\S+)`)

// command is the program with arguments.
func (s *session) command(arguments ...string) *exec.Cmd {
	s.t.Helper()
	binary, err := filepath.Abs(program)
	require.NoError(s.t, err)
	cmd := exec.Command(binary, arguments...)
	cmd.Dir = s.home
	cmd.Env = append([]string{"HOME=" + s.home, "PATH=" + os.Getenv("PATH"), "NO_COLOR=1", "TZ=Asia/Shanghai"}, s.environment...)
	return cmd
}

// serve starts the program and waits for the console's address.
func (s *session) serve(arguments ...string) {
	t := s.t
	t.Helper()
	if s.home == "" {
		s.home = t.TempDir()
	}
	if !slices.Contains(arguments, "--listen") {
		arguments = append(arguments, "--listen", "127.0.0.1:0")
	}
	cmd := s.command(arguments...)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	cmd.Stderr = os.Stderr
	require.NoError(t, cmd.Start(), "run make build first")
	s.running = cmd
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait()
	})
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if found := address.FindStringSubmatch(lines.Text()); found != nil {
			go func() {
				for lines.Scan() { // keeps the pipe empty
				}
			}()
			s.link, s.url = found[1], found[2]
			return
		}
	}
	t.Fatal("the program did not say where the console is")
}

// step is one thing that a person does.
type step = chromedp.Action[chromedp.Void]

// run does steps within patience.
func (s *session) run(steps ...step) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.ctx, patience)
	defer cancel()
	require.NoError(s.t, chromedp.Do(ctx, steps...))
}

// look returns what a step finds out, within patience.
func look[T any](s *session, of chromedp.Action[T]) T {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.ctx, patience)
	defer cancel()
	found, err := chromedp.Run(ctx, of)
	require.NoError(s.t, err)
	return found
}

// tell gives the browser a command of its protocol.
func tell[P, R any](s *session, command cdp.Command[P, R], parameters P) {
	s.t.Helper()
	_, err := chromedp.Call(s.ctx, command, parameters)
	require.NoError(s.t, err)
}

// script evaluates an expression on the page.
func script[T any](s *session, expression string) T {
	s.t.Helper()
	return look(s, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
}

// until waits for an expression to be true.
func until(expression string) step {
	return func(ctx context.Context, t *chromedp.Target) (chromedp.Void, error) {
		for {
			// The page may be on its way to another.
			if ok, err := chromedp.Evaluate[bool](expression)(ctx, t); err == nil && ok {
				return chromedp.Void{}, nil
			}
			select {
			case <-ctx.Done():
				return chromedp.Void{}, fmt.Errorf("waiting for %s: %w", expression, ctx.Err())
			case <-time.After(20 * time.Millisecond):
			}
		}
	}
}

// visit opens a page of the console.
func (s *session) visit(path string) {
	s.t.Helper()
	s.run(chromedp.Navigate(s.url+path), chromedp.WaitReady(chromedp.CSS("main")))
}

// click presses what a selector finds and waits for the page that follows.
func (s *session) click(selector string) {
	s.t.Helper()
	script[bool](s, `document.documentElement.dataset.before = "1", true`)
	s.show(selector)
	s.run(chromedp.Click(chromedp.CSS(selector)),
		until(`document.documentElement.dataset.before !== "1" && document.readyState === "complete"`))
}

// show scrolls to what a selector finds, away from what sticks to the edges.
func (s *session) show(selector string) {
	s.t.Helper()
	s.run(chromedp.WaitReady(chromedp.CSS(selector)))
	script[bool](s, `(document.querySelector(`+quote(selector)+`).scrollIntoView({block: "center", behavior: "instant"}), true)`)
}

// press presses a button that changes parts of the page in place.
func (s *session) press(selector string) {
	s.t.Helper()
	s.show(selector)
	s.run(chromedp.Click(chromedp.CSS(selector)))
	s.idle()
}

// idle waits until a live form has heard from the server what was typed last.
func (s *session) idle() {
	s.t.Helper()
	s.run(until(`!document.querySelector("form[aria-busy]")`))
}

// fill types into fields, given as pairs of selector and text.
func (s *session) fill(pairs ...string) {
	s.t.Helper()
	for i := 0; i+1 < len(pairs); i += 2 {
		s.put(pairs[i], "")
		s.run(chromedp.SendKeys(chromedp.CSS(pairs[i]), pairs[i+1]))
	}
}

// put gives a field its value at once.
func (s *session) put(selector, value string) {
	s.t.Helper()
	s.run(chromedp.WaitReady(chromedp.CSS(selector)))
	script[bool](s, `(document.querySelector(`+quote(selector)+`).value = `+quote(value)+`, true)`)
}

// choose takes an option of a list.
func (s *session) choose(selector, value string) {
	s.t.Helper()
	script[bool](s, `(e => { e.value = `+quote(value)+`; e.dispatchEvent(new Event("input", {bubbles: true})); return true })(document.querySelector(`+quote(selector)+`))`)
	s.idle()
}

// text is what a person reads of the page.
func (s *session) text() string {
	s.t.Helper()
	return script[string](s, `document.body.innerText`)
}

// eventually waits until the page says something.
func (s *session) eventually(want string) {
	s.t.Helper()
	s.run(until(`document.body.innerText.includes(` + quote(want) + `)`))
}

// comes visits a page again until it says something.
func (s *session) comes(path, want string) {
	s.t.Helper()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(500 * time.Millisecond) {
		if s.visit(path); strings.Contains(s.text(), want) {
			return
		}
	}
	require.Contains(s.t, s.text(), want)
}

func quote(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}

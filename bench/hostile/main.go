// Command hostile measures how much memory callers without a key can make a
// running "pai-notify up" hold: it attacks one from many connections at once and
// prints the peak of the process after each attack. It fails when that is more
// than docs/decisions/api-on-one-machine.md promises, or when the program is not
// well afterwards. Run "make build" first, and this from the top folder.
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"time"
)

const workspace = `workspace: lab
rules:
  - {name: approved, source: model, events: ["*"], targets: [{type: http, name: a, url: "https://127.0.0.1:1/"}]}
`

func main() {
	program := flag.String("program", "build/pai-notify", "the executable")
	most := flag.Int("most", 600, "MB that the process may take at most")
	flag.Parse()
	if err := run(*program, *most); err != nil {
		fmt.Fprintln(os.Stderr, "hostile:", err)
		os.Exit(1)
	}
}

func run(program string, most int) error {
	if runtime.GOOS != "linux" {
		return errors.New("the peak of a process is read from /proc, which only Linux has")
	}
	dir, err := os.MkdirTemp("", "pai-notify-hostile-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	document := filepath.Join(dir, "workspace.yaml")
	if err := os.WriteFile(document, []byte(workspace), 0o600); err != nil {
		return err
	}
	data := filepath.Join(dir, "data")
	cmd := exec.Command(program, "up", "-w", document, "--data", data, "--listen", "127.0.0.1:0") //nolint:gosec // what the caller built
	cmd.Env = append(os.Environ(), "PAI_NOTIFY_ALLOW=127.0.0.1")
	if err := cmd.Start(); err != nil {
		return err
	}
	defer func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}()
	url, err := served(data)
	if err != nil {
		return err
	}
	p := process(cmd.Process.Pid)
	if err := p.report("at rest", most); err != nil {
		return err
	}
	for _, a := range attacks {
		p.forget()
		a.run(strings.TrimPrefix(url, "http://"))
		if err := p.report(a.name, most); err != nil {
			return err
		}
		if err := well(url); err != nil {
			return fmt.Errorf("after %s: %w", a.name, err)
		}
	}
	return nil
}

// served waits for the program and returns its address.
func served(data string) (string, error) {
	var at struct{ Endpoint string }
	for range 3000 {
		text, err := os.ReadFile(filepath.Join(data, "local.json"))
		if err == nil && json.Unmarshal(text, &at) == nil && well(at.Endpoint) == nil {
			return at.Endpoint, nil
		}
		time.Sleep(10 * time.Millisecond)
	}
	return "", errors.New("the program does not serve")
}

func well(url string) error {
	res, err := http.Get(url + "/healthz") //nolint:gosec // on this machine
	if err != nil {
		return err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err == nil && res.StatusCode != http.StatusOK {
		err = fmt.Errorf("the program is not well: %s", text)
	}
	return err
}

var peak = regexp.MustCompile(`VmHWM:\s+(\d+) kB`)

// process is a process by its number.
type process int

func (p process) file(name string) string { return fmt.Sprintf("/proc/%d/%s", p, name) }

// forget has the peak begin anew (proc(5), clear_refs). Where that is not allowed
// it is that of all attacks so far.
func (p process) forget() { _ = os.WriteFile(p.file("clear_refs"), []byte("5"), 0) }

func (p process) report(name string, most int) error {
	text, err := os.ReadFile(p.file("status"))
	if err != nil {
		return err
	}
	found := peak.FindSubmatch(text)
	if found == nil {
		return errors.New("the process ended")
	}
	kb, err := strconv.Atoi(string(found[1]))
	if err != nil {
		return err
	}
	fmt.Printf("%-58s %5d MB\n", name, kb>>10)
	if kb>>10 > most {
		return fmt.Errorf("the process took more than %d MB", most)
	}
	return nil
}

// together does something at many places at once.
func together(n int, do func()) {
	var wait sync.WaitGroup
	for range n {
		wait.Go(do)
	}
	wait.Wait()
}

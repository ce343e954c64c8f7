package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"time"

	"github.com/aliyun/credentials-go/credentials"

	"github.com/pai-notify/pai-notify/functions"
	"github.com/pai-notify/pai-notify/shared/provision"
	"github.com/pai-notify/pai-notify/shared/provision/cloud"
	"github.com/pai-notify/pai-notify/shared/workspace/yaml"
)

const busName = "pai-system-torture"

// program is pai-notify up, again and again on one directory and one address.
type program struct {
	path, dir, address, receivers string
	cmd                           *exec.Cmd
	said                          bytes.Buffer
	ended                         chan struct{}
}

func (p *program) document() string { return filepath.Join(p.dir, "workspace.yaml") }

// start starts the program with a document.
func (p *program) start(d document) error {
	if err := os.WriteFile(p.document(), []byte(d.yaml(p.receivers)), 0o600); err != nil {
		return err
	}
	p.cmd = exec.Command(p.path, "up", "-w", p.document(), "--data", filepath.Join(p.dir, "data"), "--listen", p.address)
	p.cmd.Env = append(os.Environ(), environment(p.receivers)...)
	p.said.Reset()
	p.cmd.Stdout, p.cmd.Stderr = io.Discard, &p.said
	p.ended = make(chan struct{})
	if err := p.cmd.Start(); err != nil {
		return err
	}
	go func(cmd *exec.Cmd, ended chan struct{}) {
		defer close(ended)
		_ = cmd.Wait() // killed as a rule
	}(p.cmd, p.ended)
	return nil
}

// serves waits until the doors are open.
func (p *program) serves() error {
	for range 3000 {
		res, err := http.Get("http://" + p.address + "/healthz")
		if err == nil {
			text, err := io.ReadAll(res.Body)
			_ = res.Body.Close()
			if err == nil && res.StatusCode == http.StatusOK {
				if !strings.Contains(string(text), `"ok"`) {
					return fmt.Errorf("the program runs on other rules: %s", text)
				}
				return nil
			}
		}
		select {
		case <-p.ended:
			return fmt.Errorf("the program ended:\n%s", p.said.String())
		case <-time.After(10 * time.Millisecond):
		}
	}
	return errors.New("the program does not serve")
}

// end kills the program, or has it stop by itself.
func (p *program) end(signal syscall.Signal) {
	_ = p.cmd.Process.Signal(signal)
	<-p.ended
}

// cloud opens the bus that runs.
func (p *program) cloud(ctx context.Context) (provision.Cloud, error) {
	var at struct {
		Region          string `json:"region"`
		AccountID       string `json:"account_id"`
		AccessKeyID     string `json:"access_key_id"`
		AccessKeySecret string `json:"access_key_secret"`
	}
	text, err := os.ReadFile(filepath.Join(p.dir, "data", "local.json"))
	if err == nil {
		err = json.Unmarshal(text, &at)
	}
	if err != nil {
		return provision.Cloud{}, err
	}
	keys, err := credentials.NewCredential(new(credentials.Config).SetType("access_key").SetAccessKeyId(at.AccessKeyID).SetAccessKeySecret(at.AccessKeySecret))
	if err != nil {
		return provision.Cloud{}, err
	}
	c, err := cloud.Aliyun(ctx, cloud.AliyunConfig{Region: at.Region, Account: at.AccountID, Endpoint: "http://" + p.address, Credentials: keys})
	c.Name = provision.Local
	return c, err
}

// apply brings a document onto the bus while it runs.
func (p *program) apply(ctx context.Context, c provision.Cloud, d document) error {
	text := []byte(d.yaml(p.receivers))
	if err := os.WriteFile(p.document(), text, 0o600); err != nil {
		return err
	}
	w, err := yaml.Parse(text, "workspace.yaml", functions.Register()...)
	if err != nil {
		return err
	}
	plan, err := provision.Provisioner{Cloud: c, Workspace: w}.Plan(ctx)
	if err != nil {
		return err
	}
	return c.Apply(ctx, plan, nil)
}

// describe edits the description of a rule on the bus, as people do in a cloud's
// console.
func (p *program) describe(ctx context.Context, c provision.Cloud, which float64) error {
	list, err := c.Bus.ListRules(ctx, busName)
	if err != nil || len(list) == 0 {
		return err
	}
	r := list[int(which*float64(len(list)))]
	r.Description = "edited by hand"
	return c.Bus.UpdateRule(ctx, busName, r)
}

var waitingGauge = regexp.MustCompile(`(?m)^pai_notify_bus_notifications_waiting(?:\{[^}]*\})? (\S+)$`)

// waiting asks how many notifications have not ended.
func (p *program) waiting() (n float64, err error) {
	res, err := http.Get("http://" + p.address + "/metrics")
	if err != nil {
		return 0, err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		return 0, err
	}
	found := waitingGauge.FindSubmatch(text)
	if found == nil {
		return 0, errors.New("the metrics do not say what waits")
	}
	_, err = fmt.Sscan(string(found[1]), &n)
	return n, err
}

// record is a line of the history.
type record struct {
	Outcome string `json:"outcome"`
	Rule    string `json:"rule"`
	Target  string `json:"target"`
	EventID string `json:"event_id"`
	Answer  struct {
		Reason string `json:"reason"`
	} `json:"answer"`
}

// history asks what became of everything.
func (p *program) history() ([]record, error) {
	cmd := exec.Command(p.path, "history", "--json", "--limit", "0", "--data", filepath.Join(p.dir, "data"))
	var complaints bytes.Buffer
	cmd.Stderr = &complaints
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("%w: %s", err, complaints.String())
	}
	var list []record
	lines := bufio.NewScanner(bytes.NewReader(out))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var r record
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			return nil, err
		}
		list = append(list, r)
	}
	return list, lines.Err()
}

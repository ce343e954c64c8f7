package serve

import (
	"context"
	"crypto/tls"
	"fmt"
	"net/http"
	"os"
	"strings"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/access"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/running"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/secrets"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/terminal"
	"github.com/pai-notify/pai-notify/shared/bus/local"
	"github.com/pai-notify/pai-notify/shared/provision"
)

// tokenFlags say which tokens there are beside those that the program makes. On
// the command line a token could be read by every user of the machine.
type tokenFlags struct {
	TokenFile        string `type:"path" help:"File with a token to log in to the console with, besides the printed links ($PAI_NOTIFY_CONSOLE_TOKEN)." placeholder:"FILE"`
	Token            string `hidden:""`
	PublishTokenFile string `type:"path" help:"File with a token that publishing CloudEvents requires, as Authorization: Bearer ($PAI_NOTIFY_PUBLISH_TOKEN). Without one, every user of this machine can publish." placeholder:"FILE"`
	PublishToken     string `hidden:""`
}

// login makes the console's login.
func (f tokenFlags) login() (*access.Login, error) {
	token, err := readToken("--token", f.Token, f.TokenFile, "PAI_NOTIFY_CONSOLE_TOKEN")
	return access.NewLogin(token, nil), err
}

// publishers returns what stands before the path that takes CloudEvents.
func (f tokenFlags) publishers() (func(http.Handler) http.Handler, error) {
	token, err := readToken("--publish-token", f.PublishToken, f.PublishTokenFile, "PAI_NOTIFY_PUBLISH_TOKEN")
	return func(next http.Handler) http.Handler {
		if token == "" {
			return next
		}
		return running.Bearing(token, "publishing needs the token that this bus was started with: Authorization: Bearer TOKEN", next)
	}, err
}

// shortestToken is as long as nobody tries out.
const shortestToken = 16

// readToken reads a token from a file or a variable, which what this process
// starts does not get.
func readToken(flag, given, file, variable string) (string, error) {
	token, place := os.Getenv(variable), variable
	if err := os.Unsetenv(variable); err != nil {
		return "", err
	}
	switch {
	case given != "":
		return "", fmt.Errorf("%s: every user of this machine can read the command line: write the token to a file and give %s-file FILE, or set %s", flag, flag, variable)
	case file != "":
		text, err := secrets.Read(file)
		if err != nil {
			return "", fmt.Errorf("%s-file: %w", flag, err)
		}
		token, place = strings.TrimSpace(string(text)), flag+"-file"
	case token == "":
		return "", nil
	}
	if len(token) < shortestToken {
		return "", fmt.Errorf("%s: a token has at least %d characters", place, shortestToken)
	}
	return token, nil
}

// doorFlags say how the console is reached from elsewhere.
type doorFlags struct {
	TLSCert     string `type:"path" help:"TLS certificate of the console, with its chain, as PEM." placeholder:"FILE"`
	TLSKey      string `type:"path" help:"Private key of the certificate, as PEM." placeholder:"FILE"`
	BehindProxy bool   `help:"Trust the last entry of X-Forwarded-Proto, -Host and -For, which a proxy in front of the console sets."`
	URL         string `help:"Address that people open, if other than --listen, such as https://console.example.com." placeholder:"URL"`
}

// apart tells whether the console has an address of its own: what else is served
// on this machine is for loopback alone.
func (f doorFlags) apart(address string) bool {
	return running.Loopback(address) != nil || f.TLSCert != "" || f.TLSKey != "" || f.BehindProxy
}

// listen takes the console's own address. All that is served there needs a login.
func (f doorFlags) listen(address string) (*running.Server, error) {
	if (f.TLSCert == "") != (f.TLSKey == "") {
		return nil, fmt.Errorf("--tls-cert and --tls-key go together")
	}
	var secured *tls.Config
	if f.TLSCert != "" {
		certificate, err := f.certificate()
		if err != nil {
			return nil, err
		}
		secured = &tls.Config{Certificates: []tls.Certificate{certificate}}
	}
	s, err := running.Listen(address)
	if err != nil {
		return nil, err
	}
	if secured != nil {
		s.TLS, s.URL = secured, strings.Replace(s.URL, "http://", "https://", 1)
	}
	s.Check = access.Check{AnyName: f.apart(address), BehindProxy: f.BehindProxy}
	return s, nil
}

func (f doorFlags) certificate() (tls.Certificate, error) {
	key, err := secrets.Read(f.TLSKey)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("--tls-key: %w", err)
	}
	certificate, err := os.ReadFile(f.TLSCert)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("--tls-cert: %w", err)
	}
	pair, err := tls.X509KeyPair(certificate, key)
	if err != nil {
		return pair, fmt.Errorf("--tls-cert, --tls-key: %w", err)
	}
	return pair, nil
}

// opened is the address that people open.
func (f doorFlags) opened(s *running.Server) string {
	if f.URL != "" {
		return strings.TrimSuffix(f.URL, "/")
	}
	return strings.NewReplacer("//0.0.0.0:", "//127.0.0.1:", "//[::]:", "//127.0.0.1:").Replace(s.URL)
}

// printLink prints a link that lets a browser into the console that runs.
func (c *Console) printLink(ctx context.Context, s terminal.Streams) error {
	data, name := c.Data, running.BusFile
	if data == local.Memory { // a bus in memory is known where no directory is named
		data = ""
	}
	if c.Bus != provision.Local {
		name = running.ConsoleFile
	}
	directory, err := running.DataDirectory(data)
	if err != nil {
		return err
	}
	r, err := running.Find(ctx, directory, name)
	if err != nil {
		return err
	}
	link, err := running.Ask[string](ctx, r, "link", nil)
	if err == nil {
		fmt.Fprintln(s.Out, link)
	}
	return err
}

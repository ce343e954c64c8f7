package running

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/pai-notify/pai-notify/shared/bus/local"
)

// DataDirectory returns the directory where the bus of this machine keeps what
// it must not lose: the one that is given, or pai-notify in the user's state
// directory (XDG Base Directory Specification).
func DataDirectory(given string) (string, error) {
	if given == local.Memory {
		return given, nil
	}
	if given != "" {
		return filepath.Abs(given)
	}
	state := os.Getenv("XDG_STATE_HOME")
	if !filepath.IsAbs(state) { // the specification has relative ones ignored
		home, err := os.UserHomeDir()
		if err != nil {
			return "", errors.New("neither XDG_STATE_HOME nor HOME is set: name a directory with --data")
		}
		state = filepath.Join(home, ".local", "state")
	}
	return filepath.Join(state, "pai-notify"), nil
}

// inboxFile marks the directory of a bus whose messages an inbox takes.
const inboxFile = "inbox"

// KeepApart keeps a bus with an inbox, and one with real receivers, off the
// directory of the other: what waits there would be called sent though nobody got
// it, or reach people who were only tried out.
func KeepApart(directory string, withInbox bool) error {
	if directory == local.Memory {
		return nil
	}
	mark := filepath.Join(directory, inboxFile)
	_, err := os.Stat(mark)
	marked, begun := err == nil, local.Options{Dir: directory}.Exists()
	switch {
	case begun && withInbox && !marked:
		return fmt.Errorf("%s is the directory of a bus with real receivers, and an inbox would take what waits there for them: leave --data out to keep the trial in memory, or name another directory", directory)
	case begun && !withInbox && marked:
		return fmt.Errorf("%s is the directory of a bus with --inbox, and what waits there would reach real receivers: add --inbox, or name another directory with --data", directory)
	case withInbox && !marked:
		return os.WriteFile(mark, []byte("An inbox takes the messages of the bus in this directory: pai-notify up --inbox.\n"), 0o600)
	case marked && !withInbox: // nothing was ever put there
		return os.Remove(mark)
	}
	return nil
}

package main

import (
	"errors"
	"os"
	"path/filepath"

	"github.com/pai-notify/pai-notify/shared/bus/local"
)

// dataDirectory returns the directory where the bus of this machine keeps what
// it must not lose: the one that is given, or pai-notify in the user's state
// directory (XDG Base Directory Specification).
func dataDirectory(given string) (string, error) {
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

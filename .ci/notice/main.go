// Command notice prints the licences of everything that the executables link:
// Go's own library and the modules of pai-notify and of each function. It fails
// where a licence is missing, unknown, or not one of the allowed ones.
//
// It runs in the folder of the repository: make notice.
package main

import (
	"bytes"
	"fmt"
	"os"
)

// platforms are those that the executables are built for: functions run on
// Linux, pai-notify also on people's own machines.
var platforms = []string{"linux/amd64", "linux/arm64", "darwin/amd64", "darwin/arm64", "windows/amd64", "windows/arm64"}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "notice:", err)
		os.Exit(1)
	}
}

func run() error {
	modules, err := linked(platforms)
	if err != nil {
		return err
	}
	texts, err := collect(modules)
	if err != nil {
		return err
	}
	var out bytes.Buffer
	write(&out, texts)
	_, err = os.Stdout.Write(out.Bytes())
	return err
}

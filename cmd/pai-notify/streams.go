package main

import (
	"errors"
	"io"
)

// streams are the standard streams of a command.
type streams struct {
	in  io.Reader
	out io.Writer
	err io.Writer
}

// errNo ends a command whose answer is no and was printed already.
var errNo = errors.New("no")

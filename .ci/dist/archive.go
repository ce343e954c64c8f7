package main

import (
	"archive/tar"
	"archive/zip"
	"compress/gzip"
	"errors"
	"io"
	"io/fs"
	"os"
	"time"
)

// file is a file on its way into an archive.
type file struct {
	path string // where it is
	name string // in the archive
	mode fs.FileMode
}

// packed is when every file of an archive was changed, so to say: the earliest
// time that a zip can have.
var packed = time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)

// writeZip writes files with their modes: a cloud starts bootstrap only if it may
// be executed.
func writeZip(path string, files []file) error {
	return write(path, func(out io.Writer) error {
		archive := zip.NewWriter(out)
		for _, f := range files {
			header := &zip.FileHeader{Name: f.name, Method: zip.Deflate, Modified: packed}
			header.SetMode(f.mode)
			entry, err := archive.CreateHeader(header)
			if err != nil {
				return err
			}
			if err := f.copyTo(entry); err != nil {
				return err
			}
		}
		return archive.Close()
	})
}

func writeTar(path string, files []file) error {
	return write(path, func(out io.Writer) error {
		compressed := gzip.NewWriter(out)
		archive := tar.NewWriter(compressed)
		for _, f := range files {
			info, err := os.Stat(f.path)
			if err != nil {
				return err
			}
			header := &tar.Header{Typeflag: tar.TypeReg, Name: f.name, Mode: int64(f.mode), Size: info.Size(), ModTime: packed}
			if err := archive.WriteHeader(header); err != nil {
				return err
			}
			if err := f.copyTo(archive); err != nil {
				return err
			}
		}
		return errors.Join(archive.Close(), compressed.Close())
	})
}

func write(path string, content func(io.Writer) error) error {
	out, err := os.Create(path)
	if err != nil {
		return err
	}
	return errors.Join(content(out), out.Close())
}

func (f file) copyTo(out io.Writer) error {
	in, err := os.Open(f.path)
	if err != nil {
		return err
	}
	defer in.Close()
	_, err = io.Copy(out, in)
	return err
}

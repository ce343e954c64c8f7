package standin

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"strings"
	"unicode/utf8"

	"github.com/pai-notify/pai-notify/shared/inbox"
)

// readParts takes the text and the HTML out of a mail, which must have both.
func readParts(m *inbox.Mail, letter *mail.Message) error {
	kind, parameters, err := mime.ParseMediaType(letter.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/alternative" {
		return errors.New("it is not multipart/alternative")
	}
	parts := multipart.NewReader(letter.Body, parameters["boundary"])
	for {
		part, err := parts.NextRawPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return errors.New("its parts cannot be read")
		}
		kind, _, _ := mime.ParseMediaType(part.Header.Get("Content-Type"))
		text, err := decodePart(part, part.Header.Get("Content-Transfer-Encoding"))
		if err != nil {
			return fmt.Errorf("its %s part: %w", kind, err)
		}
		switch kind {
		case "text/plain":
			m.Text = text
		case "text/html":
			m.HTML = text
		}
	}
	if m.Text == "" || m.HTML == "" {
		return errors.New("a part is missing")
	}
	return nil
}

func decodePart(r io.Reader, encoding string) (string, error) {
	switch strings.ToLower(encoding) {
	case "quoted-printable":
		r = quotedprintable.NewReader(r)
	case "base64":
		r = base64.NewDecoder(base64.StdEncoding, r)
	}
	b, err := io.ReadAll(r)
	if err != nil || !utf8.Valid(b) {
		return "", errors.New("is not decodable UTF-8")
	}
	return string(b), nil
}

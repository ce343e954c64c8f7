package tablestore

import (
	"bytes"
	"crypto/hmac"
	"crypto/md5"  //nolint:gosec // the protocol knows no other
	"crypto/sha1" //nolint:gosec // the protocol knows no other
	"encoding/base64"
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/aliyun/aliyun-tablestore-go-sdk/tablestore/otsprotocol"
	"github.com/golang/protobuf/proto" //nolint:staticcheck // the SDK's messages are of its form
)

// updatesProhibited is the member allow_update of TableOptions, number 6, with the
// value false. The documentation has it, and the SDK does not; the versions that do
// link a library whose licence this project does not take.
var updatesProhibited = []byte{6 << 3, 0}

// prohibitUpdates amends the request that makes a table: its rows may only be put
// whole. Without that, the service refuses a table with indexes and a lifetime.
func prohibitUpdates(req *http.Request, key Key) error {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return err
	}
	var m otsprotocol.CreateTableRequest
	if err := proto.Unmarshal(body, &m); err != nil {
		return err
	}
	m.TableOptions.XXX_unrecognized = append(m.TableOptions.XXX_unrecognized, updatesProhibited...)
	if body, err = proto.Marshal(&m); err != nil {
		return err
	}
	req.Body, req.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	req.GetBody = nil
	sum := md5.Sum(body) //nolint:gosec // the protocol knows no other
	req.Header.Set("X-Ots-Contentmd5", base64.StdEncoding.EncodeToString(sum[:]))
	req.Header.Del("X-Ots-Signature")
	req.Header.Set("X-Ots-Signature", signature(req, key.Secret))
	return nil
}

// signature signs a request: its path, its method, and all headers of the protocol
// that it has, in the order of their names.
func signature(req *http.Request, secret string) string {
	var headers []string
	for name, values := range req.Header {
		if name = strings.ToLower(name); strings.HasPrefix(name, "x-ots-") {
			headers = append(headers, name+":"+strings.TrimSpace(values[0])+"\n")
		}
	}
	slices.Sort(headers)
	mac := hmac.New(sha1.New, []byte(secret))
	mac.Write([]byte(req.URL.Path + "\n" + req.Method + "\n\n" + strings.Join(headers, "")))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

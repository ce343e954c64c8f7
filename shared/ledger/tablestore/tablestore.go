// Package tablestore is a ledger store in Tablestore of Alibaba Cloud, with the
// official SDK (API version 2015-12-31).
//
// A row is always put whole, under a condition: Tablestore lets a table have both
// secondary indexes and a lifetime only where updates of rows are prohibited. Three
// global indexes find rows by what is due, by time and by job. They follow the
// table asynchronously, so they give ids, and the rows are read from the table.
package tablestore

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/pai-notify/pai-notify/shared/ledger"
)

// Scheme begins a reference to such a ledger.
const Scheme = "tablestore"

// defaultInstance is the instance on an endpoint whose host does not name one: one
// on this machine.
const defaultInstance = "pai-notify"

// Reference says where a ledger is.
type Reference struct {
	// Endpoint is the address of the instance, such as
	// "https://pai-notify.cn-shanghai.vpc.tablestore.aliyuncs.com". Plain http is for
	// this machine only.
	Endpoint string
	// Instance and Region are those that the endpoint names. On this machine the
	// instance is "pai-notify", and the region is empty.
	Instance, Region string
	// Table is the table of notifications. That of control rows has the same name,
	// and "_control" behind it.
	Table string
}

// isTableName reports whether a table can be called so. A table's name may have 255
// bytes, and the SDK takes 100; the longest name made from it is eight longer. A
// regular expression would cost each cold start a third of a millisecond.
func isTableName(name string) bool {
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_"
	return name != "" && len(name) <= 92 && strings.Contains(letters, name[:1]) && strings.Trim(name, letters+"0123456789") == ""
}

const referenceForm = "it is written tablestore:ENDPOINT/TABLE, such as tablestore:https://pai-notify.cn-shanghai.vpc.tablestore.aliyuncs.com/pai_notify"

// Parse reads a reference such as
// "tablestore:https://pai-notify.cn-shanghai.vpc.tablestore.aliyuncs.com/pai_notify".
func Parse(reference string) (Reference, error) {
	address, ok := strings.CutPrefix(reference, Scheme+":")
	if !ok {
		return Reference{}, errors.New("tablestore: the reference of the ledger: " + referenceForm)
	}
	if !strings.Contains(address, "://") {
		address = "https://" + address
	}
	u, err := url.Parse(address)
	switch {
	case err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return Reference{}, errors.New("tablestore: the reference of the ledger: " + referenceForm)
	case u.Scheme != "https" && (u.Scheme != "http" || !loopback(u.Hostname())):
		return Reference{}, errors.New("tablestore: the endpoint of the ledger must start with https://, or with http:// on this machine")
	}
	r := Reference{Endpoint: u.Scheme + "://" + u.Host, Instance: defaultInstance, Table: strings.Trim(u.Path, "/")}
	if !isTableName(r.Table) {
		return Reference{}, fmt.Errorf("tablestore: %q is no name for the ledger's table: use up to 92 letters, digits and _, beginning with a letter; %s", r.Table, referenceForm)
	}
	if labels := strings.Split(u.Hostname(), "."); !loopback(u.Hostname()) {
		if len(labels) < 4 {
			return Reference{}, errors.New("tablestore: the endpoint of the ledger names no instance and region; " + referenceForm)
		}
		r.Instance, r.Region = labels[0], labels[1]
	}
	return r, nil
}

// Public returns the same ledger at the instance's public endpoint, for callers
// outside of the cloud's networks. On this machine it is the same one.
func (r Reference) Public() Reference {
	if r.Region != "" {
		r.Endpoint = "https://" + r.Instance + "." + r.Region + ".ots.aliyuncs.com"
	}
	return r
}

// String returns the reference as [Parse] reads it.
func (r Reference) String() string { return Scheme + ":" + r.Endpoint + "/" + r.Table }

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// Key is an access key, with its token when it is temporary.
type Key struct{ ID, Secret, Token string }

// Config says where a store is and who reads and writes it.
type Config struct {
	Reference
	// Key returns the key of each call; nil stands for [RoleKey].
	Key func(context.Context) (Key, error)
	// Transport carries the requests; nil stands for one like the default of
	// package net/http.
	Transport http.RoundTripper
	// Pause is the time between two looks at whether a new table is usable; 0
	// stands for two seconds.
	Pause time.Duration
}

// Store keeps rows in Tablestore. It is safe for concurrent use. Its methods fail
// with a bus.Error.
type Store struct {
	config Config
}

// New returns a store. It dials nothing.
func New(c Config) *Store {
	if c.Key == nil {
		c.Key = RoleKey
	}
	if c.Transport == nil {
		c.Transport = http.DefaultTransport.(*http.Transport).Clone()
	}
	c.Pause = cmp.Or(c.Pause, 2*time.Second)
	return &Store{config: c}
}

// RoleKey returns the key of the function's role, which Function Compute sets in
// the environment.
func RoleKey(context.Context) (Key, error) {
	k := Key{os.Getenv("ALIBABA_CLOUD_ACCESS_KEY_ID"), os.Getenv("ALIBABA_CLOUD_ACCESS_KEY_SECRET"), os.Getenv("ALIBABA_CLOUD_SECURITY_TOKEN")}
	if k.ID == "" || k.Secret == "" {
		return k, errors.New("the function has no role")
	}
	return k, nil
}

// Lasting returns true: rows outlive the instance of a function.
func (*Store) Lasting() bool { return true }

var _ ledger.Store = (*Store)(nil)

// Package ledgers opens the ledgers of an account, for people. It is apart from the
// accounts, because it links the stores of both clouds, which double the size of a
// function that looks into none.
package ledgers

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/bus/aliyun/account"
	"github.com/pai-notify/pai-notify/shared/ledger"
	"github.com/pai-notify/pai-notify/shared/ledger/dynamodb"
	"github.com/pai-notify/pai-notify/shared/ledger/tablestore"
	"github.com/pai-notify/pai-notify/shared/provision/cloud"
)

// Open opens the ledger that a reference names.
type Open func(ctx context.Context, reference string) (ledger.Store, error)

// OfAliyun opens ledgers in Tablestore at the public endpoint of their
// instance: callers of the program are seldom in the functions' network. It may be
// in another region than the bus. Where the account's endpoint is on this machine,
// it is that of all services.
func OfAliyun(c cloud.AliyunConfig) Open {
	return func(_ context.Context, reference string) (ledger.Store, error) { return inTablestore(c, reference) }
}

func inTablestore(c cloud.AliyunConfig, reference string) (ledger.Store, error) {
	r, err := tablestore.Parse(reference)
	if err != nil {
		return nil, err
	}
	client, err := account.New(account.Place{Region: cmp.Or(r.Region, c.Region), Endpoint: c.Endpoint, Credentials: c.Credentials}.Config())
	if err != nil {
		return nil, err
	}
	at := r.Public()
	if u, err := url.Parse(c.Endpoint); err == nil && loopback(u.Hostname()) && r.Region != "" {
		at.Endpoint = strings.TrimSuffix(c.Endpoint, "/")
	}
	s := tablestore.New(tablestore.Config{Reference: at, Key: func(ctx context.Context) (k tablestore.Key, err error) {
		k.ID, k.Secret, k.Token, err = client.Key(ctx)
		return k, err
	}})
	if r.Region == "" { // on this machine an instance is a process
		return s, nil
	}
	return &onInstance{tables: s, instances: client, name: r.Instance, region: r.Region, pause: loading}, nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// tables are a store that can be made in an instance that is there.
type tables interface {
	ledger.Store
	ledger.Maker
}

// onInstance is a ledger whose instance can be made, too.
type onInstance struct {
	tables
	instances interface {
		Instance(ctx context.Context, name string) error
		CreateInstance(ctx context.Context, name string) error
	}
	name, region string
	pause        time.Duration
}

// loading is the time between two looks at a new instance, and loadingTime how long
// it is waited for.
const (
	loading     = 3 * time.Second
	loadingTime = 3 * time.Minute
)

// Missing returns what [onInstance.Create] would make.
func (l *onInstance) Missing(ctx context.Context) ([]string, error) {
	switch err := l.look(ctx); {
	case bus.KindOf(err) == bus.NotFound:
		return []string{"instance " + l.name + " of Tablestore in " + l.region + ", with the tables and indexes"}, nil
	case err != nil:
		return nil, err
	}
	return l.tables.Missing(ctx)
}

// Create makes the instance, tables and indexes that are not there, and waits until
// they can be used, for some minutes at most.
func (l *onInstance) Create(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, loadingTime)
	defer cancel()
	err := l.look(ctx)
	if bus.KindOf(err) == bus.NotFound {
		if err = l.instances.CreateInstance(ctx, l.name); bus.KindOf(err) == bus.Exists {
			return fmt.Errorf("%w: the name %s is somebody else's in %s: name another instance in the ledger's endpoint", err, l.name, l.region)
		}
		if err != nil {
			return err
		}
		return l.settle(ctx)
	}
	if err != nil {
		return err
	}
	return l.tables.Create(ctx)
}

// look looks for the instance. Who may not ask for it may still work on its tables:
// then these say whether it is there.
func (l *onInstance) look(ctx context.Context) error {
	err := l.instances.Instance(ctx, l.name)
	if bus.KindOf(err) == bus.Denied {
		return nil
	}
	return err
}

// settle makes the tables of a new instance. Its name, and then the instance, take
// a while until they are known everywhere.
func (l *onInstance) settle(ctx context.Context) error {
	for {
		err := l.tables.Create(ctx)
		if kind := bus.KindOf(err); err == nil || kind != bus.Unavailable && kind != bus.NotFound {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(l.pause):
		}
	}
}

// OfAWS opens ledgers in DynamoDB.
func OfAWS(c cloud.AWSConfig) Open {
	return func(_ context.Context, reference string) (ledger.Store, error) { return inDynamoDB(c, reference) }
}

func inDynamoDB(c cloud.AWSConfig, reference string) (ledger.Store, error) {
	table, ok := strings.CutPrefix(reference, "dynamodb:")
	if !ok {
		return nil, errors.New("ledgers: the reference of a ledger on AWS is written dynamodb:TABLE")
	}
	return dynamodb.New(dynamodb.Config{
		Region: c.Region, Table: table, Endpoint: c.Endpoint, Credentials: c.Credentials,
		HTTP: &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }},
	})
}

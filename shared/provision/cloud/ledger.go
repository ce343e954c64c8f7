package cloud

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/pai-notify/pai-notify/shared/bus/aliyun/account"
	"github.com/pai-notify/pai-notify/shared/ledger"
	"github.com/pai-notify/pai-notify/shared/ledger/dynamodb"
	"github.com/pai-notify/pai-notify/shared/ledger/tablestore"
)

// ledgerOfAliyun opens a ledger in Tablestore at the public endpoint of its
// instance: callers of the program are seldom in the functions' network.
func ledgerOfAliyun(client *account.Client, reference string) (ledger.Store, error) {
	r, err := tablestore.Parse(reference)
	if err != nil {
		return nil, err
	}
	return tablestore.New(tablestore.Config{Reference: r.Public(), Key: func(ctx context.Context) (k tablestore.Key, err error) {
		k.ID, k.Secret, k.Token, err = client.Key(ctx)
		return k, err
	}}), nil
}

// ledgerOfAWS opens a ledger in DynamoDB.
func ledgerOfAWS(c AWSConfig, reference string) (ledger.Store, error) {
	table, ok := strings.CutPrefix(reference, "dynamodb:")
	if !ok {
		return nil, errors.New("cloud: the reference of a ledger on AWS is written dynamodb:TABLE")
	}
	return dynamodb.New(dynamodb.Config{
		Region: c.Region, Table: table, Endpoint: c.Endpoint, Credentials: c.Credentials,
		HTTP: &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }},
	})
}

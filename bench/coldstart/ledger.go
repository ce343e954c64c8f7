package main

import (
	"context"
	"fmt"
	"net/http/httptest"
	"path/filepath"

	"github.com/pai-notify/pai-notify/shared/deliver"
	"github.com/pai-notify/pai-notify/shared/function/runtimeapi"
	"github.com/pai-notify/pai-notify/shared/ledger"
	"github.com/pai-notify/pai-notify/shared/ledger/tablestore"
	"github.com/pai-notify/pai-notify/shared/ledger/tablestore/tablestoretest"
)

// folders are where the executables of the platforms are that link a ledger.
var folders = map[runtimeapi.Platform]string{runtimeapi.FunctionCompute: "fc", runtimeapi.Lambda: "lambda"}

// withLedger compares the functions of a platform with the same ones without a
// ledger: what linking one costs, and what using it does.
func withLedger(r *receivers, measured []measured, dir, build string, pairs int) error {
	peer := tablestoretest.New(tablestoretest.Config{Key: "id", Secret: "key"})
	plain := httptest.NewServer(peer)
	defer plain.Close()
	secure := httptest.NewTLSServer(peer) // its certificate is that of every such server, which the bundle has
	defer secure.Close()
	stores := tablestore.New(tablestore.Config{
		Reference: tablestore.Reference{Endpoint: plain.URL, Instance: "pai-notify", Table: "bench"},
		Key:       func(context.Context) (tablestore.Key, error) { return tablestore.Key{ID: "id", Secret: "key"}, nil },
	})
	if err := stores.Create(context.Background()); err != nil {
		return err
	}

	fmt.Printf("With a ledger: ratio to the same function without one, %d pairs each.\n\n", pairs)
	fmt.Printf("%-10s %-8s %-6s %-7s %10s %10s %8s %8s\n", "function", "runtime", "via", "ledger", "ms", "without", "ratio", "limit")
	missed := 0
	for _, m := range measured {
		if m.event == "" {
			continue
		}
		without, err := unpack(filepath.Join(build, m.name, "bootstrap"), dir, m.name)
		if err != nil {
			return err
		}
		for _, platform := range []runtimeapi.Platform{runtimeapi.FunctionCompute, runtimeapi.Lambda} {
			with, err := unpack(filepath.Join(build, folders[platform], m.name, "bootstrap"), dir, folders[platform]+"-"+m.name)
			if err != nil {
				return err
			}
			for _, via := range []struct {
				name       string
				receiver   receiver
				tablestore string
			}{{"plain", r.plain, plain.URL}, {"tls", r.tls, secure.URL}} {
				if via.name == "tls" && !m.secure {
					continue
				}
				reference := map[runtimeapi.Platform]string{runtimeapi.FunctionCompute: "tablestore:" + via.tablestore + "/bench", runtimeapi.Lambda: "dynamodb:bench"}[platform]
				used := append(r.environment(), ledger.Variable+"="+reference, deliver.BusVariable+"=pai-system-bench", "AWS_ENDPOINT_URL_DYNAMODB="+via.receiver.url)
				for _, c := range []struct {
					name        string
					environment []string
					limit       float64
				}{{"linked", r.environment(), mostLinked}, {"used", used, mostLedger}} {
					ratio, own, base, err := compare(platform, candidate{with, c.environment}, candidate{without, r.environment()}, m.payload(via.receiver), pairs)
					if err != nil {
						return fmt.Errorf("%s on %s with a ledger: %w", m.name, platform, err)
					}
					fmt.Printf("%-10s %-8s %-6s %-7s %10.2f %10.2f %8.2f%s\n", m.name, platform, via.name, c.name, own, base, ratio, mark(ratio, c.limit, &missed))
				}
			}
		}
	}
	fmt.Printf("\n%d of the limits missed.\n", missed)
	return nil
}

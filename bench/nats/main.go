// Command nats measures how many events a second an embedded NATS JetStream
// takes that syncs each of them to the disk, as a peer of the local bus. It is a
// module of its own, so that the server is no dependency of the program.
package main

import (
	"flag"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
)

func main() {
	dir := flag.String("dir", "", "folder of the stream")
	publishers := flag.Int("publishers", 64, "publishers, each waiting for its acknowledgement")
	size := flag.Int("size", 1024, "bytes of an event")
	during := flag.Duration("during", 2*time.Second, "how long")
	flag.Parse()
	rate, err := measure(*dir, *publishers, *size, *during)
	if err != nil {
		fmt.Fprintln(os.Stderr, "nats:", err)
		os.Exit(1)
	}
	fmt.Printf("%.0f\n", rate)
}

func measure(dir string, publishers, size int, during time.Duration) (float64, error) {
	s, err := server.NewServer(&server.Options{DontListen: true, JetStream: true, StoreDir: dir, SyncAlways: true, NoSigs: true})
	if err != nil {
		return 0, err
	}
	s.Start()
	defer s.Shutdown()
	if !s.ReadyForConnections(10 * time.Second) {
		return 0, fmt.Errorf("the server did not start")
	}
	conn, err := nats.Connect("", nats.InProcessServer(s))
	if err != nil {
		return 0, err
	}
	defer conn.Close()
	stream, err := conn.JetStream()
	if err != nil {
		return 0, err
	}
	if _, err := stream.AddStream(&nats.StreamConfig{Name: "events", Subjects: []string{"events"}, Storage: nats.FileStorage}); err != nil {
		return 0, err
	}
	body := make([]byte, size)
	var count atomic.Int64
	var failure atomic.Pointer[error]
	var running sync.WaitGroup
	start := time.Now()
	for range publishers {
		running.Go(func() {
			for time.Since(start) < during {
				if _, err := stream.Publish("events", body); err != nil {
					failure.Store(&err)
					return
				}
				count.Add(1)
			}
		})
	}
	running.Wait()
	if err := failure.Load(); err != nil {
		return 0, *err
	}
	return float64(count.Load()) / time.Since(start).Seconds(), nil
}

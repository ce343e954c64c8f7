//go:build linux

package main

import (
	"archive/tar"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// What the engine has of its own. /run is a file system of this process's mount
// namespace, so that none of it is left when the last process is gone.
const (
	engineFolder = "/run/engine"
	engineSocket = "/run/engine.sock"
	// engineHost is Docker's own address on the bridge to its containers.
	engineHost = "172.17.0.1"
	// engineGroup is the control group of its containers.
	engineGroup = "/pai-notify-containers"
)

// baseImage is what sam looks for, for the runtime and architecture of
// template.yaml.
const baseImage = "public.ecr.aws/lambda/provided:al2023-x86_64"

// startEngine starts a Docker engine in namespaces of this process alone, until
// the test ends, with the base image in it, which trusts an authority. make containers makes the namespaces:
// a network without a way out, mounts, and processes, which all end with this one.
func startEngine(t *testing.T, trusted []byte) {
	t.Helper()
	require.Equal(t, []string{"lo"}, interfaces(t), "make containers gives the test a network namespace of its own, where there is nothing but loopback: run that")
	require.Equal(t, 1, os.Getpid(), "make containers gives the test a process namespace of its own, which ends what it starts: run that")
	// What a Docker of the machine has there, its sockets and settings, is hidden.
	for _, folder := range []string{"/run", "/etc/docker", "/opt/containerd"} {
		require.NoError(t, os.MkdirAll(folder, 0o755)) //nolint:gosec // as Docker makes it
		require.NoError(t, syscall.Mount("tmpfs", folder, "tmpfs", 0, ""))
	}
	shell(t, "busybox", "ip", "link", "set", "lo", "up")

	daemon := exec.Command("dockerd", "--host", "unix://"+engineSocket, "--data-root", engineFolder+"/data", "--exec-root", engineFolder+"/exec",
		"--pidfile", engineFolder+"/pid", "--iptables=false", "--ip6tables=false", "--bip", engineHost+"/16",
		"--exec-opt", "native.cgroupdriver=cgroupfs", "--cgroup-parent", engineGroup)
	removeGroups(t) // of a run that was killed
	var log bytes.Buffer
	daemon.Stdout, daemon.Stderr = &log, &log
	require.NoError(t, os.MkdirAll(engineFolder+"/tmp", 0o755)) //nolint:gosec // containers run as another user
	t.Setenv("TMPDIR", engineFolder+"/tmp")                     // which is gone with the rest
	require.NoError(t, daemon.Start(), "apt-get install docker.io iptables busybox-static")
	t.Cleanup(func() {
		_ = daemon.Process.Signal(syscall.SIGTERM)
		_ = daemon.Wait() // it was stopped
		removeGroups(t)
		if t.Failed() {
			t.Log(log.String())
		}
	})
	t.Setenv("DOCKER_HOST", "unix://"+engineSocket)
	for attempt := 0; engine(t, http.MethodGet, "/_ping", nil) != nil; attempt++ {
		require.Less(t, attempt, 300, "the Docker engine does not start: it needs root, cgroups and overlayfs:\n%s", &log)
		time.Sleep(100 * time.Millisecond)
	}
	repository, tag, _ := strings.Cut(baseImage, ":")
	query := url.Values{"fromSrc": {"-"}, "repo": {repository}, "tag": {tag}, "changes": {"WORKDIR /var/task", "ENV PATH=/bin LAMBDA_TASK_ROOT=/var/task LAMBDA_RUNTIME_DIR=/var/runtime"}}
	require.NoError(t, engine(t, http.MethodPost, "/images/create?"+query.Encode(), base(t, trusted)))

	// Nothing leads out: there is loopback, and the bridge to the containers.
	require.Subset(t, []string{"lo", "docker0"}, interfaces(t))
	routes, err := os.ReadFile("/proc/net/route")
	require.NoError(t, err)
	for _, route := range strings.Split(strings.TrimSpace(string(routes)), "\n")[1:] {
		require.Contains(t, route, "docker0", "a route out of the namespace")
	}
	_, err = net.DialTimeout("tcp", "192.0.2.1:80", time.Second) // an address for documentation, RFC 5737
	require.ErrorIs(t, err, syscall.ENETUNREACH)
}

// removeGroups removes the control groups of the engine, which are empty.
func removeGroups(t *testing.T) {
	t.Helper()
	var groups []string
	for _, pattern := range []string{"/sys/fs/cgroup" + engineGroup, "/sys/fs/cgroup/*" + engineGroup} { // version 2, and 1
		found, err := filepath.Glob(pattern)
		require.NoError(t, err)
		for _, group := range found {
			_ = filepath.WalkDir(group, func(path string, entry os.DirEntry, err error) error {
				if err == nil && entry.IsDir() {
					groups = append(groups, path)
				}
				return nil
			})
		}
	}
	for _, group := range slices.Backward(groups) { // what is below comes later
		_ = os.Remove(group)
	}
}

// engine asks the engine's API.
func engine(t *testing.T, method, path string, body io.Reader) error {
	t.Helper()
	client := http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", engineSocket)
	}}}
	defer client.CloseIdleConnections()
	request, err := http.NewRequestWithContext(t.Context(), method, "http://engine"+path, body)
	require.NoError(t, err)
	answer, err := client.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	if err == nil && (answer.StatusCode != http.StatusOK || bytes.Contains(text, []byte(`"error"`))) {
		err = fmt.Errorf("%s: %d %s", path, answer.StatusCode, text)
	}
	return err
}

// base is the file system of the base image: what sam needs to put the runtime
// interface emulator in, and a folder for the function.
func base(t *testing.T, trusted []byte) io.Reader {
	t.Helper()
	var image bytes.Buffer
	w := tar.NewWriter(&image)
	add := func(h tar.Header, content []byte) {
		h.Size = int64(len(content))
		require.NoError(t, w.WriteHeader(&h))
		_, err := w.Write(content)
		require.NoError(t, err)
	}
	path, err := exec.LookPath("busybox")
	require.NoError(t, err, "apt-get install busybox-static")
	busybox, err := os.ReadFile(path) //nolint:gosec // of the tester's own PATH
	require.NoError(t, err)
	add(tar.Header{Name: "bin/busybox", Mode: 0o755, Typeflag: tar.TypeReg}, busybox)
	for _, tool := range []string{"sh", "mv", "chmod", "cp", "rm"} {
		add(tar.Header{Name: "bin/" + tool, Linkname: "busybox", Typeflag: tar.TypeSymlink}, nil)
	}
	add(tar.Header{Name: "etc/ssl/certs/ca-certificates.crt", Mode: 0o644, Typeflag: tar.TypeReg}, trusted)
	add(tar.Header{Name: "tmp", Mode: 0o1777, Typeflag: tar.TypeDir}, nil)
	add(tar.Header{Name: "var/task", Mode: 0o755, Typeflag: tar.TypeDir}, nil)
	require.NoError(t, w.Close())
	return &image
}

// interfaces are the names of the network's interfaces, without those that lead
// to containers.
func interfaces(t *testing.T) []string {
	t.Helper()
	all, err := net.Interfaces()
	require.NoError(t, err)
	var names []string
	for _, i := range all {
		if !strings.HasPrefix(i.Name, "veth") {
			names = append(names, i.Name)
		}
	}
	return names
}

// shell runs a program and returns what it printed on standard output.
func shell(t *testing.T, name string, arguments ...string) []byte {
	t.Helper()
	c := exec.Command(name, arguments...)
	var log bytes.Buffer
	c.Stderr = &log
	out, err := c.Output()
	require.NoError(t, err, "%s %v:\n%s%s", name, arguments, out, &log)
	return out
}

package local_test

import (
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/bus/local"
)

func TestABusWhoseDatabaseVanishesTakesNothing(t *testing.T) {
	remove := func(name string) func(*testing.T, string) {
		return func(t *testing.T, dir string) { require.NoError(t, os.Remove(filepath.Join(dir, name))) }
	}
	for name, vanish := range map[string]func(*testing.T, string){
		"the database is removed":     remove("bus.db"),
		"its log is removed":          remove("bus.db-wal"),
		"its index is removed":        remove("bus.db-shm"),
		"the lock is removed":         remove("lock"),
		"the directory is moved away": func(t *testing.T, dir string) { require.NoError(t, os.Rename(dir, dir+"-old")) },
		"the directory is removed":    func(t *testing.T, dir string) { require.NoError(t, os.RemoveAll(dir)) },
		"another directory is there": func(t *testing.T, dir string) {
			require.NoError(t, os.Rename(dir, dir+"-old"))
			require.NoError(t, os.CopyFS(dir, os.DirFS(dir+"-old")))
		},
		"a copy has its place": func(t *testing.T, dir string) {
			text, err := os.ReadFile(filepath.Join(dir, "bus.db"))
			require.NoError(t, err)
			require.NoError(t, os.WriteFile(filepath.Join(dir, "new"), text, 0o600))
			require.NoError(t, os.Rename(filepath.Join(dir, "new"), filepath.Join(dir, "bus.db")))
		},
	} {
		for _, asked := range []bool{false, true} {
			t.Run(name+map[bool]string{true: " and somebody asks", false: ""}[asked], func(t *testing.T) {
				var f functions
				dir := filepath.Join(t.TempDir(), "data")
				b := withRule(t, local.Options{Dir: dir, Invoke: f.invoke}, "f")
				published(t, b, numbered(t, 1))
				waited(t, b, numbered(t, 1))
				vanish(t, dir)
				if asked {
					require.ErrorContains(t, b.Healthy(), "was removed or moved while the bus ran")
				}
				_, err := b.Publish(t.Context(), "b", numbered(t, 2))
				refused := refusal(t, err)
				assert.Equal(t, 503, refused.Status)
				assert.Contains(t, refused.Text, "start the bus again")
				assert.ErrorContains(t, b.Healthy(), "was removed or moved while the bus ran")
				time.Sleep(10 * time.Millisecond)
				assert.Len(t, f.got(), 1, "what was not taken is not sent")
			})
		}
	}
}

// written are the lines of a log.
type written chan string

func (w written) Write(line []byte) (int, error) {
	w <- string(line)
	return len(line), nil
}

func TestABusSaysThatItsDatabaseVanishedThoughNobodyAsks(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	log := make(written, 100)
	opened(t, local.Options{Dir: dir, Log: slog.New(slog.NewJSONHandler(log, nil))})
	require.NoError(t, os.Rename(dir, dir+"-old"))
	select {
	case line := <-log:
		assert.Contains(t, line, "the bus takes and sends nothing any more")
		assert.Contains(t, line, "was removed or moved while the bus ran")
	case <-time.After(5 * time.Second):
		t.Fatal("no line")
	}
}

func TestADirectoryIsOneBussWhateverBecomesOfTheLock(t *testing.T) {
	for name, change := range map[string]func(t *testing.T, lock string){
		"nothing": func(*testing.T, string) {},
		"removed": func(t *testing.T, lock string) { require.NoError(t, os.Remove(lock)) },
		"moved":   func(t *testing.T, lock string) { require.NoError(t, os.Rename(lock, lock+"-old")) },
		"replaced": func(t *testing.T, lock string) {
			require.NoError(t, os.Remove(lock))
			require.NoError(t, os.WriteFile(lock, nil, 0o600))
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir, link := t.TempDir(), filepath.Join(t.TempDir(), "link")
			require.NoError(t, os.Symlink(dir, link))
			opened(t, local.Options{Dir: dir})
			change(t, filepath.Join(dir, "lock"))
			for _, path := range []string{dir, link} {
				_, err := local.Open(t.Context(), local.Options{Dir: path})
				require.ErrorContains(t, err, "uses this directory")
			}
		})
	}
}

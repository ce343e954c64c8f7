package deliver

import "sync"

// sentMemory remembers what this instance has sent. When the platform repeats an
// invocation because one of several notifications failed, the others are not sent
// again. That is a convenience of a warm instance, not a promise: other instances
// do not know.
type sentMemory struct {
	mu      sync.Mutex
	current map[string]struct{}
	former  map[string]struct{}
}

// Two generations of this many ids are kept: some 300 KB at most.
const sentGeneration = 2048

func (m *sentMemory) add(id string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.current == nil || len(m.current) >= sentGeneration {
		m.former, m.current = m.current, make(map[string]struct{})
	}
	m.current[id] = struct{}{}
}

func (m *sentMemory) has(id string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	_, ok := m.current[id]
	if !ok {
		_, ok = m.former[id]
	}
	return ok
}

package hold

import (
	_ "embed" // zones.txt
	"fmt"
	"strings"
	"sync"
	"time"
	_ "time/tzdata" // functions run where no zones are installed
)

// names are the time zones that Go itself brings, one to a line: what lib/time of
// its distribution lists. A zone of another name is refused, even where a machine
// has it: another one, or one that tells capitals from small letters, has not, and
// quiet hours that cannot be read hold nothing.
//
//go:embed zones.txt
var names string

// Zones returns the names of the time zones that quiet hours can be in.
func Zones() []string { return strings.Fields(names) }

// zones are those that were read, by name: one is asked for with each notification.
var zones sync.Map

func zone(name string) (*time.Location, error) {
	if z, ok := zones.Load(name); ok {
		return z.(*time.Location), nil
	}
	// "" and "Local", which would be the zone of whatever machine decides, are not
	// among the names.
	z, err := time.LoadLocation(name)
	if err != nil || name == "" || !strings.Contains("\n"+names, "\n"+name+"\n") {
		return nil, fmt.Errorf("hold: %q is not a known time zone: use a name such as Asia/Shanghai or UTC", name)
	}
	zones.Store(name, z)
	return z, nil
}

package learn

import (
	"slices"
	"strings"
	"sync"

	"github.com/pai-notify/pai-notify/shared/event"
)

// known are the names of data that the catalogue has, in plain form.
var known = sync.OnceValue(func() map[string]bool {
	names := map[string]bool{}
	for _, s := range event.Builtin().Sources {
		for _, path := range append(pathsOf(s), s.Workspace) {
			for _, name := range strings.Split(path, ".") {
				names[plain(name)] = true
			}
		}
	}
	return names
})

// vocabulary are the words, in small letters, that names of data and states of
// things are made of, and that are nobody's name.
var vocabulary = sync.OnceValue(func() map[string]bool {
	list := strings.Fields(`
		active address after alarm algorithm amount archived at attempt average begin body bucket bytes cancelled canceled
		category class cluster code command config container content cost count cpu create created creating
		current data date deleted deleting desired detail details device disk driver duration elapsed enabled end endpoint
		engine error exit file finish finished first flag format framework free gmt gpu group head hours image index info
		input instance instances interval is items job jobs kind last length level limit link list log logs max memory message
		metric metrics min mode modified minutes msg name namespace network new node nodes number old on operation output owner
		parent path payload pending percent phase pod pods policy port previous priority progress project provider queue quota
		rank ratio reason region replica replicas request requests resource resources response restart restarts result
		retries retry role running runtime score seconds service size source spec start started state status step steps stop
		storage subject sum switch table tag target task tasks team template text time timeout timestamp title total trace
		type unit update updated uri url usage used user uuid value version volume warning window worker workers workspace zone`)
	for name := range same {
		list = append(list, name, same[name])
	}
	list = append(list, neutral...)
	for _, t := range event.Builtin().Types {
		list = append(list, rawWords(t.What())...)
	}
	for _, s := range event.Builtin().Sources {
		for _, path := range pathsOf(s) {
			list = append(list, rawWords(path)...)
		}
	}
	words := map[string]bool{}
	for _, w := range list {
		words[w] = true
	}
	return words
})

// tells tells of a name that its value says who somebody is, or which of many
// something is, however short it is.
func tells(name string) bool {
	for _, end := range []string{"id", "ids", "uid", "pk", "no", "pin", "phone", "mobile"} {
		if strings.HasSuffix(plain(name), end) {
			return true
		}
	}
	return slices.ContainsFunc(rawWords(name), func(w string) bool {
		return strings.HasPrefix(w, "birth") || slices.Contains(personal, w)
	})
}

// personal are words of names whose values are somebody's.
var personal = []string{
	"account", "accounts", "age", "badge", "card", "code", "creator", "employee", "employees", "key", "lat", "latitude", "lng", "lon", "longitude",
	"label", "labels", "member", "members", "number", "otp", "owner", "owners", "password", "person", "postal", "postcode", "pwd", "salary", "secret", "staff", "tel", "token", "uids",
	"user", "users", "zip",
}

package secrets

import "io/fs"

// Windows keeps who may use a file in access lists, of which Go's mode bits show
// nothing. The lists of a user's profile keep other users out, and they are not
// looked at here: docs/security.md says so.

func private(string, fs.FileInfo, bool) error { return nil }

func guarded(string, fs.FileInfo) error { return nil }

func reached(string) error { return nil }

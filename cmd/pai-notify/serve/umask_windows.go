package serve

// keepPrivate does nothing on Windows, where a file inherits the access list of
// its directory.
func keepPrivate() {}

package provision

// What the tests look at between a document and a bus.
var (
	Compare = compare
	Emptied = emptied
	Wanted  = wanted
)

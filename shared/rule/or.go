package rule

import "slices"

// Limits of one pattern.
const (
	maxFields    = 256     // fields of a rule, as in event-ruler
	maxAllFields = 4096    // fields of all branches together
	maxBranches  = 1000    // rules that the $or of one pattern stand for
	maxPuts      = 1 << 18 // fields put into all these rules
)

// reserved names cannot be fields inside $or.
var reserved = []string{
	"exactly", "prefix", "suffix", "equals-ignore-case", "wildcard",
	"anything-but", "exists", "numeric", "cidr",
	"=", "<", "<=", ">", ">=",
	"regex", "not-wildcard", "not-equals-ignore-case",
	"date-after", "date-on-or-after", "date-before", "date-on-or-before",
	"in-date-range", "ip-address-in-range", "ip-address-not-in-range",
}

// or multiplies rules by the branches of a $or, which stands at here.
func (c *compiler) or(prefix string, n node, here *place, rules [][]uint16) ([][]uint16, error) {
	if n.kind != array || len(n.items) < 2 {
		return nil, c.refuse(here, "$or is not an array of at least two objects", `write {"$or":[{"a":["x"]},{"b":["y"]}]}`)
	}
	var all [][]uint16
	for i, item := range n.items {
		if item.kind != object {
			return nil, c.refuse(here.item(i), "a branch of $or is not an object", `write {"$or":[{"a":["x"]},{"b":["y"]}]}`)
		}
		branch := make([][]uint16, len(rules))
		for k, r := range rules {
			branch[k] = slices.Clone(r)
		}
		branch, err := c.awsObject(prefix, item, here.item(i), branch, true)
		if err != nil {
			return nil, err
		}
		if all = append(all, branch...); len(all) > maxBranches {
			return nil, c.refuse(here, "the $or of this pattern stand for more than 1,000 rules", "split the pattern into several rules")
		}
	}
	return all, nil
}

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
var reserved = map[string]bool{
	"exactly": true, "prefix": true, "suffix": true, "equals-ignore-case": true, "wildcard": true,
	"anything-but": true, "exists": true, "numeric": true, "cidr": true,
	"=": true, "<": true, "<=": true, ">": true, ">=": true,
	"regex": true, "not-wildcard": true, "not-equals-ignore-case": true,
	"date-after": true, "date-on-or-after": true, "date-before": true, "date-on-or-before": true,
	"in-date-range": true, "ip-address-in-range": true, "ip-address-not-in-range": true,
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
